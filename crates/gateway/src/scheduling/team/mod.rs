//! People who share their bookings: looking at them.

mod change;
mod members;

use async_graphql::{Context, Object, Result};
use db::paging::Page;
use kernel::Right;
use kernel::id::TeamId;
use scheduling::team::{Lock, Strategy, TeamFilter, Teams};

use self::members::TeamMemberConnection;
use crate::caller::Caller;
use crate::errors::{broken, on_top};
use crate::list::{Count, connection, page};
use crate::reads::Reads;
use crate::scalars::Instant;

pub(crate) use self::change::TeamMutation;
pub(crate) use self::members::TeamMemberMutation;

/// One team.
#[derive(Debug, Clone)]
pub(crate) struct Team(pub(crate) scheduling::team::Team);

/// People who share their bookings.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl Team {
    /// The team's global id.
    pub(crate) async fn id(&self) -> TeamId {
        self.0.id
    }

    /// What it is called.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// Its part of a public address.
    async fn slug(&self) -> &str {
        self.0.slug.as_str()
    }

    /// How it shares.
    async fn strategy(&self) -> Strategy {
        self.0.strategy
    }

    /// Of a MANAGED team, what its members may not change of their copies of its templates. Null unless you may read the catalogue.
    async fn locks(&self, ctx: &Context<'_>) -> Option<Vec<Lock>> {
        self.private(ctx).map(|it| it.locks.0.iter().copied().collect())
    }

    /// Who belongs to it, by priority.
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<TeamMemberConnection>> {
        let page = page::<scheduling::team::TeamMembers>(first, after, last, before);
        Some(members::list(ctx, self.0.id, page).await)
    }

    /// Counts the changes; hand it back as `expectedVersion`. Null unless you may read the catalogue.
    async fn version(&self, ctx: &Context<'_>) -> Option<i64> {
        self.private(ctx).map(|it| it.version)
    }

    /// Since when it is put away. Null unless you may read the catalogue.
    async fn archived_at(&self, ctx: &Context<'_>) -> Option<Instant> {
        self.private(ctx)?.archived_at.map(Instant)
    }

    /// When it was made. Null unless you may read the catalogue.
    async fn created_at(&self, ctx: &Context<'_>) -> Option<Instant> {
        self.private(ctx).map(|it| it.created_at.into())
    }
}

impl Team {
    /// What only members see who may read the catalogue.
    fn private(&self, ctx: &Context<'_>) -> Option<&scheduling::team::Team> {
        Caller::of(ctx).may(Right::CatalogueRead).then_some(&self.0)
    }
}

connection! {
    /// Teams of an organization.
    TeamConnection, TeamEdge of Team
}

/// Teams.
#[derive(Debug, Default)]
pub(crate) struct TeamQuery;

/// Teams.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl TeamQuery {
    /// The teams of the organization, by name. Public.
    async fn teams(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(
            default_with = "Some(false)",
            desc = "Whether those that were put away are listed too."
        )]
        with_archived: Option<bool>,
    ) -> Option<Result<TeamConnection>> {
        let page = page::<Teams>(first, after, last, before);
        let with_archived = with_archived.unwrap_or_default();
        Some(list(ctx, page, TeamFilter { with_archived }).await)
    }

    /// The team at a public address; null if there is none. Public.
    async fn team(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its part of a public address.")] slug: String,
    ) -> Option<Result<Team>> {
        named(ctx, &slug).await.transpose()
    }
}

async fn list(ctx: &Context<'_>, page: Result<Page>, filter: TeamFilter) -> Result<TeamConnection> {
    let page = page?;
    let reading = Reads::of(ctx).public().await?;
    let slice = scheduling::team::teams(&reading, filter, &page)
        .await
        .map_err(on_top)?
        .map(Team);
    let count: Count = Box::new(move |reading| {
        Box::pin(async move {
            scheduling::team::count_teams(&reading, filter)
                .await
                .map_err(on_top)
        })
    });
    Ok(TeamConnection { slice, count })
}

async fn named(ctx: &Context<'_>, slug: &str) -> Result<Option<Team>> {
    let Ok(slug) = slug.parse() else {
        return Ok(None);
    };
    let reading = Reads::of(ctx).public().await?;
    let found = scheduling::team::team_named(&reading, &slug)
        .await
        .map_err(broken)?;
    Ok(found.map(Team))
}
