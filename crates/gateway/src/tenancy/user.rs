//! A person.

use async_graphql::{Context, Object, Result};
use kernel::id::UserId;
use tenancy::Role;

use crate::caller::Caller;
use crate::errors::{broken, on_top};
use crate::loaders::Loaders;
use crate::reads::Reads;
use crate::scalars::{EmailAddress, Instant, Locale, PhoneNumber, TimeZone};
use crate::tenancy::organization::Organization;
use crate::tenancy::session::Session;

/// A person with an account. One person may belong to many organizations.
#[derive(Debug, Clone)]
pub struct User(pub tenancy::User);

impl User {
    /// Whether the person asks about themselves.
    fn is_viewer(&self, ctx: &Context<'_>) -> bool {
        Caller::of(ctx).asker.actor.user() == Some(self.0.id)
    }
}

/// A person with an account. One person may belong to many organizations. What is private is null for everybody else.
#[Object]
impl User {
    /// The person's global id.
    async fn id(&self) -> UserId {
        self.0.id
    }

    /// What the person is called.
    async fn name(&self) -> String {
        self.0.name.to_string()
    }

    /// The address that the person signs in with. Shown to the person and to those who may see an organization's members.
    async fn email(&self) -> EmailAddress {
        EmailAddress::of(&self.0.email)
    }

    /// The person's telephone.
    async fn phone(&self, ctx: &Context<'_>) -> Option<PhoneNumber> {
        self.0.phone.as_ref().filter(|_| self.is_viewer(ctx)).map(PhoneNumber::of)
    }

    /// The zone that times are shown to the person in.
    async fn time_zone(&self) -> TimeZone {
        TimeZone::of(&self.0.timezone)
    }

    /// The language that the person reads.
    async fn locale(&self) -> Locale {
        Locale::of(&self.0.locale)
    }

    /// Whether the person has proved that the e-mail address is theirs.
    async fn is_verified(&self) -> bool {
        self.0.verified_at.is_some()
    }

    /// Counts the changes; hand it back as `expectedVersion`.
    async fn version(&self) -> u64 {
        self.0.version.unsigned_abs()
    }

    /// When the account was made.
    async fn created_at(&self) -> Instant {
        self.0.created_at.into()
    }

    /// Where the person is signed in, latest first. Null unless it is you.
    async fn sessions(&self, ctx: &Context<'_>) -> Option<Result<Vec<Session>>> {
        self.is_viewer(ctx).then_some(())?;
        Some(sessions(ctx).await)
    }

    /// The organizations that the person belongs to. Null unless it is you.
    async fn organizations(&self, ctx: &Context<'_>) -> Option<Result<Vec<OwnPlace>>> {
        self.is_viewer(ctx).then_some(())?;
        Some(organizations(ctx).await)
    }
}

async fn sessions(ctx: &Context<'_>) -> Result<Vec<Session>> {
    let reading = Reads::of(ctx).account().await?;
    let found = tenancy::sessions(&reading).await.map_err(on_top)?;
    Ok(found.into_iter().map(Session).collect())
}

async fn organizations(ctx: &Context<'_>) -> Result<Vec<OwnPlace>> {
    let reading = Reads::of(ctx).account().await?;
    let found = tenancy::my_organizations(&reading).await.map_err(on_top)?;
    Ok(found.into_iter().map(|(organization, role)| OwnPlace { organization, role }).collect())
}

/// An organization and what one is there.
#[derive(Debug, Clone)]
pub struct OwnPlace {
    organization: tenancy::Organization,
    role: Role,
}

/// An organization that you belong to, and what you are there.
#[Object(name = "Place")]
impl OwnPlace {
    /// The organization.
    async fn organization(&self) -> Organization {
        Organization(self.organization.clone())
    }

    /// What you are there.
    async fn role(&self) -> Role {
        self.role
    }
}
