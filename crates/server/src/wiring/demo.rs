//! A demo organization with four people and a key, made by the same verbs as any other.

use db::rate::Limit;
use db::{Account, Asker, Store, Tenant, Work};
use kernel::id::{OrganizationId, UserId};
use kernel::{Actor, Right, Zone};
use tenancy::{Founding, Hasher, KeyWanted, Password, RateLimits, Registration, Role};

use super::broken;
use crate::config::Config;
use crate::demo::{Demo, SignIn};
use crate::start::Failure;

/// The password of everybody in the demo.
const PASSWORD: &str = "correct horse battery";

/// A first query.
const QUERY: &str = "{ organization { name slug timeZone } members(first: 10) { totalCount nodes { role user { name email } } } }";

/// Who is in the demo, the owner first.
const PEOPLE: [(&str, &str, Role); 4] = [
    ("ana", "Ana Ribeiro", Role::Owner),
    ("bruno", "Bruno Costa", Role::Admin),
    ("carla", "Carla Nunes", Role::Staff),
    ("davi", "Davi Prado", Role::Provider),
];

/// Nobody trying things out should meet the limits of the public. Beside other people's accounts, in a database that is
/// not the demo's own, whatever guards passwords stays as it is.
pub(super) fn limits(config: &Config) -> RateLimits {
    let much = Limit::new(600_000, 60);
    let open = RateLimits {
        api: much,
        user: much,
        key: much,
        ..config.rate_limits
    };
    if config.database_url.is_some() {
        return open;
    }
    RateLimits {
        register: much,
        sign_in: much,
        sign_in_account: much,
        refresh: much,
        reset: much,
        code: much,
        invitation: much,
        onboarding: much,
        ..open
    }
}

/// Makes the demo. A database that has one already gets another beside it.
pub(super) async fn furnish(store: &Store, hasher: &Hasher) -> Result<Demo, Failure> {
    let host = "aurora"
        .parse()
        .map_err(|_| Failure::Machine("the demo's slug".to_owned()))?;
    let reading = store
        .read(Account, &Asker::anonymous())
        .await
        .map_err(broken("demo"))?;
    let taken = tenancy::organization_named(&reading, "aurora")
        .await
        .map_err(broken("demo"))?
        .is_some();
    drop(reading);
    let suffix = if taken {
        format!("-{:06x}", u32::from_le_bytes(store.ids().secret()) >> 8)
    } else {
        String::new()
    };
    let furnishing = Furnishing {
        store,
        hasher,
        suffix,
    };
    furnishing
        .run(host)
        .await
        .map_err(|why| Failure::Machine(format!("the demo cannot be made: {why}")))
}

struct Furnishing<'a> {
    store: &'a Store,
    hasher: &'a Hasher,
    suffix: String,
}

type Made<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

impl Furnishing<'_> {
    async fn run(&self, slug: kernel::Slug) -> Made<Demo> {
        let slug: kernel::Slug = format!("{slug}{}", self.suffix).parse()?;
        let mut people = Vec::new();
        for (name, full, _) in PEOPLE {
            people.push(self.register(name, full).await?);
        }
        let organization = self.found(people[0], slug.clone()).await?;
        for ((name, _, role), user) in PEOPLE.into_iter().zip(&people).skip(1) {
            self.join(organization, (people[0], *user), (self.email(name), role))
                .await?;
        }
        let api_key = self.key(organization, people[0]).await?;
        let sign_ins = PEOPLE.map(|(name, _, role)| SignIn {
            email: self.email(name),
            password: PASSWORD.to_owned(),
            role: role.word().to_owned(),
        });
        Ok(Demo {
            api_key,
            organization: slug.to_string(),
            query: QUERY.to_owned(),
            sign_ins: sign_ins.to_vec(),
        })
    }

    fn email(&self, name: &str) -> String {
        format!("{name}{}@example.com", self.suffix)
    }

    async fn register(&self, name: &str, full: &str) -> Made<UserId> {
        let email = self.email(name).parse()?;
        let password = Password::new(PASSWORD, &email)?;
        let registration = Registration {
            hash: self.hasher.hash(&password, self.store.ids()).await?,
            name: full.parse()?,
            timezone: "America/Sao_Paulo".parse::<Zone>()?,
            locale: "pt-BR".parse()?,
            email,
        };
        let work = self.store.write(Account, &Asker::anonymous()).await?;
        let made = tenancy::register(&work, registration).await?;
        work.commit().await?;
        Ok(made.signed_in.user)
    }

    async fn found(&self, owner: UserId, slug: kernel::Slug) -> Made<OrganizationId> {
        let founding = Founding {
            slug,
            name: "Clínica Aurora".parse()?,
            timezone: "America/Sao_Paulo".parse()?,
            locale: "pt-BR".parse()?,
            currency: "BRL".parse()?,
            country: Some("BR".parse()?),
        };
        let fresh = Tenant(self.store.ids().mint(self.store.now()));
        let work = self.store.write(fresh, &person(owner, None)).await?;
        let founded = tenancy::create_organization(&work, founding).await?;
        work.commit().await?;
        Ok(founded.organization)
    }

    async fn as_owner(&self, organization: OrganizationId, owner: UserId) -> Made<Work<Tenant>> {
        Ok(self
            .store
            .write(Tenant(organization), &person(owner, Some(Role::Owner)))
            .await?)
    }

    async fn join(
        &self,
        organization: OrganizationId,
        (owner, user): (UserId, UserId),
        (email, role): (String, Role),
    ) -> Made<()> {
        let work = self.as_owner(organization, owner).await?;
        let invited = tenancy::invite(&work, email.parse()?, role).await?;
        work.commit().await?;
        let token = tenancy::invitation_token(self.store.key(), invited.invitation);
        let work = self
            .store
            .write(Tenant(organization), &person(user, None))
            .await?;
        tenancy::accept_invitation(&work, token.reveal()).await?;
        Ok(work.commit().await?)
    }

    async fn key(&self, organization: OrganizationId, owner: UserId) -> Made<String> {
        let work = self.as_owner(organization, owner).await?;
        let wanted = KeyWanted {
            name: "Demo".parse()?,
            scopes: Right::ALL
                .iter()
                .copied()
                .filter(|it| *it != Right::OrganizationDelete)
                .collect(),
            rate_per_minute: None,
            expires_at: None,
        };
        let made = tenancy::create_api_key(&work, wanted).await?;
        work.commit().await?;
        Ok(tenancy::api_key_secret(self.store.key(), made.api_key)
            .reveal()
            .to_owned())
    }
}

fn person(user: UserId, role: Option<Role>) -> Asker {
    let rights = role.map(tenancy::role_rights).unwrap_or_default();
    Asker {
        actor: Actor::User(user),
        rights,
        ..Asker::anonymous()
    }
}
