//! A person.

use async_graphql::{Context, Object, Result};
use kernel::id::UserId;
use tenancy::Role;

use super::organization::Organization;
use super::session::Session;
use crate::caller::Caller;
use crate::errors::{broken, on_top};
use crate::reads::Reads;
use crate::scalars::{EmailAddress, Instant, Locale, PhoneNumber, TimeZone};

/// A person with an account.
#[derive(Debug, Clone)]
pub(crate) struct User(pub(crate) tenancy::User);

/// A person with an account; one person may belong to many organizations. What is private is null for everybody else.
#[Object]
impl User {
    /// The person's global id.
    pub(crate) async fn id(&self) -> UserId {
        self.0.id
    }

    /// What the person is called.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// The address that the person signs in with.
    async fn email(&self) -> EmailAddress {
        EmailAddress::of(&self.0.email)
    }

    /// Where the person can be called. Null unless it is you.
    async fn phone(&self, ctx: &Context<'_>) -> Option<PhoneNumber> {
        self.private(ctx)?.phone.as_ref().map(PhoneNumber::of)
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
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// When the account was made.
    async fn created_at(&self) -> Instant {
        self.0.created_at.into()
    }

    /// Where the person is signed in, latest used first; 100 at most. Null unless it is you.
    async fn sessions(&self, ctx: &Context<'_>) -> Option<Result<Vec<Session>>> {
        self.private(ctx)?;
        Some(sessions(ctx).await)
    }

    /// The organizations that the person belongs to, earliest first; 100 at most. Null unless it is you.
    async fn places(&self, ctx: &Context<'_>) -> Option<Result<Vec<Place>>> {
        self.private(ctx)?;
        Some(places(ctx).await)
    }
}

impl User {
    /// What only the person sees.
    fn private(&self, ctx: &Context<'_>) -> Option<&tenancy::User> {
        (Caller::of(ctx).asker.actor.user() == Some(self.0.id)).then_some(&self.0)
    }
}

async fn sessions(ctx: &Context<'_>) -> Result<Vec<Session>> {
    let reading = Reads::of(ctx).account().await?;
    let found = tenancy::sessions(&reading).await.map_err(on_top)?;
    Ok(found.into_iter().map(Session).collect())
}

async fn places(ctx: &Context<'_>) -> Result<Vec<Place>> {
    let reading = Reads::of(ctx).account().await?;
    let found = tenancy::my_organizations(&reading).await.map_err(on_top)?;
    Ok(found.into_iter().map(Place).collect())
}

/// Whoever asks, as they see themselves after a change.
pub(super) async fn oneself(ctx: &Context<'_>) -> Result<Option<User>> {
    let reading = Reads::of(ctx).account().await?;
    Ok(tenancy::viewer(&reading).await.map_err(broken)?.map(User))
}

/// An organization that one belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Place(tenancy::Place);

/// An organization that you belong to, and what you are there.
#[Object]
impl Place {
    /// The organization.
    async fn organization(&self) -> Organization {
        Organization(self.0.organization.clone())
    }

    /// What you are there.
    async fn role(&self) -> Role {
        self.0.membership.role
    }

    /// What you may do there.
    async fn rights(&self) -> Vec<kernel::Right> {
        tenancy::role_rights(self.0.membership.role).iter().collect()
    }
}

/// About oneself.
#[derive(Debug, Default)]
pub(crate) struct UserQuery;

/// About oneself.
#[Object]
impl UserQuery {
    /// Whoever is signed in. Null for a key.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        viewer(ctx).await.transpose()
    }
}

async fn viewer(ctx: &Context<'_>) -> Result<Option<User>> {
    Caller::of(ctx).known()?;
    oneself(ctx).await
}
