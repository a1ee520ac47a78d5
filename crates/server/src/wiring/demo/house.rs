//! An organization of the demo: who founds it, who joins, and its key.

use db::{Account, Asker, Tenant, Work};
use kernel::id::{OrganizationId, UserId};
use kernel::{Right, Slug, Zone};
use tenancy::{Founding, KeyWanted, Registration, Role};

use super::{Made, Stage};

/// Whose daily life it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Somebody who works alone.
    Solo,
    /// Whoever builds on the API: a team, a room, a class.
    Studio,
    /// Therapists and a front desk.
    Practice,
    /// Teachers and pupils in many zones.
    Tutors,
}

impl Kind {
    /// As it is told to a person.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Solo => "a solo professional",
            Self::Studio => "a studio with a team, a room and a class",
            Self::Practice => "a therapy practice",
            Self::Tutors => "tutors and pupils in many time zones",
        }
    }
}

/// What an organization is founded with.
#[derive(Debug)]
pub(super) struct House {
    pub(super) kind: Kind,
    pub(super) slug: &'static str,
    pub(super) name: &'static str,
    pub(super) zone: &'static str,
    pub(super) locale: &'static str,
    pub(super) currency: &'static str,
    pub(super) country: &'static str,
    /// Address before the @, full name and role; the owner first.
    pub(super) people: &'static [(&'static str, &'static str, Role)],
}

/// An organization that was founded, with its people in the order of [`House::people`].
pub(super) struct Founded {
    pub(super) organization: OrganizationId,
    pub(super) slug: Slug,
    pub(super) zone: Zone,
    pub(super) users: Vec<UserId>,
    pub(super) api_key: String,
}

impl Founded {
    /// A transaction of its owner.
    pub(super) async fn owner(&self, stage: &Stage) -> Made<Work<Tenant>> {
        stage
            .work(self.organization, (self.users[0], Some(Role::Owner)))
            .await
    }
}

/// Registers everybody, founds the organization, lets the others join, and makes a key that may do everything but end it.
pub(super) async fn found(stage: &Stage, house: &House) -> Made<Founded> {
    let users = register(stage, house).await?;
    let slug: Slug = format!("{}{}", house.slug, stage.suffix).parse()?;
    let founding = Founding {
        slug: slug.clone(),
        name: house.name.parse()?,
        timezone: house.zone.parse()?,
        locale: house.locale.parse()?,
        currency: house.currency.parse()?,
        country: Some(house.country.parse()?),
    };
    let fresh: OrganizationId = stage.store.ids().mint(stage.store.now());
    let work = stage.work(fresh, (users[0], None)).await?;
    let organization = tenancy::create_organization(&work, founding).await?.organization;
    work.commit().await?;
    let founded = Founded {
        organization,
        slug,
        zone: house.zone.parse()?,
        users,
        api_key: String::new(),
    };
    for (&(name, _, role), user) in house.people.iter().zip(&founded.users).skip(1) {
        join(stage, &founded, (&stage.email(name), role, *user)).await?;
    }
    Ok(Founded {
        api_key: key(stage, &founded).await?,
        ..founded
    })
}

async fn register(stage: &Stage, house: &House) -> Made<Vec<UserId>> {
    let work = stage.store.write(Account, &Asker::anonymous()).await?;
    let mut users = Vec::new();
    for (name, full, _) in house.people {
        let registration = Registration {
            hash: stage.hash.clone(),
            name: full.parse()?,
            timezone: house.zone.parse()?,
            locale: house.locale.parse()?,
            email: stage.email(name).parse()?,
        };
        users.push(tenancy::register(&work, registration).await?.signed_in.user);
    }
    work.commit().await?;
    Ok(users)
}

async fn join(stage: &Stage, to: &Founded, (email, role, user): (&str, Role, UserId)) -> Made<()> {
    let work = to.owner(stage).await?;
    let invited = tenancy::invite(&work, email.parse()?, role).await?;
    work.commit().await?;
    let token = tenancy::invitation_token(stage.store.key(), invited.invitation);
    let work = stage.work(to.organization, (user, None)).await?;
    tenancy::accept_invitation(&work, token.reveal()).await?;
    Ok(work.commit().await?)
}

async fn key(stage: &Stage, of: &Founded) -> Made<String> {
    let work = of.owner(stage).await?;
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
    let secret = tenancy::api_key_secret(stage.store.key(), made.api_key);
    Ok(secret.reveal().to_owned())
}
