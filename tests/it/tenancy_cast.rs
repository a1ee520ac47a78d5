//! The cast of tenancy's stories, and the boundary that their verbs run at.

use std::borrow::Borrow;

use db::{Account, Asker, Reading, Scope, Tenant, Work};
use kernel::id::{OrganizationId, UserId};
use kernel::{Actor, Refuse, Rights};
use secrecy::SecretString;
use tenancy::{Founding, Hasher, Issued, Membership, Password, Proof, Refusal, Registration, Role, SignedIn};

use crate::world::World;

/// Everybody's first password.
pub(crate) const PASSWORD: &str = "a quiet harbour";

/// Somebody who asks outside any organization.
pub(crate) fn person(user: UserId) -> Asker {
    member(user, Rights::NONE)
}

/// Somebody who asks with rights.
pub(crate) fn member(user: UserId, rights: Rights) -> Asker {
    Asker {
        actor: Actor::User(user),
        rights,
        ..Asker::anonymous()
    }
}

/// Somebody who asks with the rights of a role.
pub(crate) fn acting(user: UserId, role: Role) -> Asker {
    member(user, tenancy::role_rights(role))
}

/// The code of a refusal; whatever is done against expectation fails the story.
pub(crate) fn code<T: std::fmt::Debug>(came_to: Result<T, Refusal>) -> &'static str {
    came_to.map_or_else(|refusal| refusal.code().word(), |done| panic!("done: {done:?}"))
}

impl World {
    /// Runs one verb as the boundary does: what is done or kept is committed, everything else undone.
    pub(crate) async fn act<S: Scope, T>(
        &self,
        scope: S,
        asker: impl Borrow<Asker>,
        verb: impl AsyncFnOnce(&Work<S>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let work = self.store.write(scope, asker.borrow()).await?;
        let came_to = verb(&work).await;
        match &came_to {
            Err(refusal) if !refusal.keeps() => work.undo().await?,
            Ok(_) | Err(_) => work.commit().await?,
        }
        came_to
    }

    /// A snapshot of accounts, for whoever asks.
    pub(crate) async fn account(&self, asker: &Asker) -> Reading<Account> {
        self.store.read(Account, asker).await.unwrap()
    }

    /// A snapshot of an organization, for whoever asks.
    pub(crate) async fn tenant(&self, organization: OrganizationId, asker: &Asker) -> Reading<Tenant> {
        self.store.read(Tenant(organization), asker).await.unwrap()
    }

    /// What somebody registers with.
    pub(crate) async fn registration(&self, email: &str) -> Registration {
        let email = email.parse().unwrap();
        let password = Password::new(PASSWORD, &email).unwrap();
        Registration {
            hash: Hasher::new(2).hash(&password, self.store.ids()).await.unwrap(),
            email,
            name: "Ana Monteiro".parse().unwrap(),
            timezone: "America/Sao_Paulo".parse().unwrap(),
            locale: "pt-BR".parse().unwrap(),
        }
    }

    /// Somebody who has an account and is signed in.
    pub(crate) async fn registers(&self, email: &str) -> SignedIn {
        let registration = self.registration(email).await;
        let verb = async |work: &_| tenancy::register(work, registration).await;
        self.act(Account, Asker::anonymous(), verb)
            .await
            .unwrap()
            .signed_in
    }

    /// The proof that somebody knows a password.
    pub(crate) async fn proves(&self, email: &str, password: &str) -> Result<Proof, Refusal> {
        tenancy::prove(&self.store, &Hasher::new(2), email, &SecretString::from(password)).await
    }

    /// Signs in with everybody's first password.
    pub(crate) async fn signs_in(&self, email: &str) -> SignedIn {
        let proof = self.proves(email, PASSWORD).await.unwrap();
        let verb = async |work: &_| tenancy::sign_in(work, proof).await;
        self.act(Account, Asker::anonymous(), verb).await.unwrap()
    }

    /// What somebody was told when they signed in.
    pub(crate) async fn issued(&self, signed_in: &SignedIn) -> Issued {
        let reading = self.account(&Asker::anonymous()).await;
        tenancy::issued(&reading, signed_in).await.unwrap().unwrap()
    }

    /// Whether the access token of a sign-in opens anything now.
    pub(crate) async fn is_recognised(&self, signed_in: &SignedIn) -> bool {
        let access = self.issued(signed_in).await.tokens.access;
        let reading = self.account(&Asker::anonymous()).await;
        let found = tenancy::recognise_session(&reading, &access).await.unwrap();
        found.is_some_and(|it| (it.user, it.session) == (signed_in.user, signed_in.session))
    }

    /// An organization that somebody owns.
    pub(crate) async fn founds(&self, owner: UserId, slug: &str) -> Result<OrganizationId, Refusal> {
        let id = self.store.ids().mint(self.store.now());
        let founding = Founding {
            slug: slug.parse().unwrap(),
            name: "Clínica Aurora".parse().unwrap(),
            timezone: "America/Sao_Paulo".parse().unwrap(),
            locale: "pt-BR".parse().unwrap(),
            currency: "BRL".parse().unwrap(),
            country: Some("BR".parse().unwrap()),
        };
        let verb = async |work: &_| tenancy::create_organization(work, founding).await;
        let founded = self.act(Tenant(id), person(owner), verb).await?;
        assert_eq!(founded.organization, id);
        Ok(id)
    }

    /// Somebody new who joins by invitation of the owner.
    pub(crate) async fn joins(
        &self,
        organization: OrganizationId,
        owner: UserId,
        (email, role): (&str, Role),
    ) -> UserId {
        let user = self.registers(email).await.user;
        self.accepts(organization, owner, (user, email, role)).await;
        user
    }

    /// Somebody who joins by invitation of the owner.
    pub(crate) async fn accepts(
        &self,
        organization: OrganizationId,
        owner: UserId,
        (user, email, role): (UserId, &str, Role),
    ) {
        let email = email.parse().unwrap();
        let verb = async |work: &_| tenancy::invite(work, email, role).await;
        let invited = self
            .act(Tenant(organization), acting(owner, Role::Owner), verb)
            .await
            .unwrap();
        let token = tenancy::invitation_token(self.store.key(), invited.invitation);
        let verb = async |work: &_| tenancy::accept_invitation(work, token.reveal()).await;
        self.act(Tenant(organization), person(user), verb).await.unwrap();
    }

    /// Somebody's place in an organization.
    pub(crate) async fn place(&self, organization: OrganizationId, user: UserId) -> Option<Membership> {
        let reading = self.account(&person(user)).await;
        let places = tenancy::my_organizations(&reading).await.unwrap();
        places
            .into_iter()
            .map(|it| it.membership)
            .find(|it| it.organization_id == organization)
    }

    /// What the audit log of an organization says was done, earliest first.
    pub(crate) async fn deeds(&self, organization: OrganizationId) -> Vec<String> {
        let reading = self.tenant(organization, &Asker::anonymous()).await;
        let asked = db::paging::Asked {
            first: Some(100),
            ..Default::default()
        };
        let page = asked.page::<db::audit::Entity>().unwrap();
        let lines = db::audit::page(&reading, &page).await.unwrap();
        lines.rows.into_iter().map(|(_, line)| line.action).collect()
    }
}
