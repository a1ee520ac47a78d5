//! Who is away, and who can be booked instead.

use async_graphql::{Context, Object, Result};
use kernel::Zone;
use kernel::id::{ResourceId, ServiceId, TeamId};
use scheduling::slots::Redirect;

use super::{Wanted, there};
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::Instant;
use crate::scheduling::provider::ProviderFilterInput;
use crate::scheduling::resource::Resource;

/// Somebody is away, and somebody else can be booked instead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SlotRedirect(Redirect);

/// Somebody is away, and somebody else can be booked instead. Why they are away is not told.
#[Object]
impl SlotRedirect {
    /// Who is away.
    async fn away_id(&self) -> ResourceId {
        self.0.away
    }

    /// Who is away.
    async fn away(&self, ctx: &Context<'_>) -> Option<Result<Resource>> {
        load::<ResourceId, Resource>(ctx, self.0.away).await.transpose()
    }

    /// From when, as far as it was asked about.
    async fn starts_at(&self) -> Instant {
        self.0.span.start().into()
    }

    /// Until when, as far as it was asked about.
    async fn ends_at(&self) -> Instant {
        self.0.span.end().into()
    }

    /// Who can be booked instead.
    async fn redirect_to_id(&self) -> ResourceId {
        self.0.to
    }

    /// Who can be booked instead.
    async fn redirect_to(&self, ctx: &Context<'_>) -> Option<Result<Resource>> {
        load::<ResourceId, Resource>(ctx, self.0.to).await.transpose()
    }
}

/// Who can be booked instead.
#[derive(Debug, Default)]
pub(crate) struct SlotRedirectQuery;

/// Who can be booked instead.
#[expect(
    clippy::too_many_arguments,
    reason = "a question has many sides, and an argument is read where it is asked"
)]
#[Object]
impl SlotRedirectQuery {
    /// Which hosts of a service are away and name somebody who can be booked instead, by when they leave; 100 at most. Public;
    /// null if there is no such service.
    async fn slot_redirects(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which service.")] service_id: ServiceId,
        #[graphql(desc = "Only these hosts.")] resource_ids: Option<Vec<ResourceId>>,
        #[graphql(desc = "Only members of this team.")] team_id: Option<TeamId>,
        #[graphql(desc = "Only providers whom this lets through.")] providers: Option<ProviderFilterInput>,
        #[graphql(desc = "From when; now if absent.")] from: Option<Instant>,
        #[graphql(desc = "Until when, 366 days later at most; 14 days later if absent.")] to: Option<Instant>,
    ) -> Option<Result<Vec<SlotRedirect>>> {
        let chosen = (resource_ids, team_id, providers);
        let wanted = Wanted::new(service_id, chosen, (from, to), None);
        redirects(ctx, wanted).await.transpose()
    }
}

async fn redirects(ctx: &Context<'_>, wanted: Wanted) -> Result<Option<Vec<SlotRedirect>>> {
    let reading = Reads::of(ctx).public().await?;
    let ask = wanted.ask(reading.now(), Zone::UTC)?;
    let found = there(scheduling::slots::redirects(&reading, &ask).await)?;
    Ok(found.map(|it| it.into_iter().map(SlotRedirect).collect()))
}
