//! Walk-ins: whoever comes without an appointment stands in line, and is served when it is their turn.

mod change;

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use db::paging::Page;
use kernel::id::{ResourceId, ServiceId, WalkInId};
use scheduling::walk_in::{WalkInFilter, WalkInStatus, WalkIns};

use super::booking::{Booking, seen};
use super::resource::Resource;
use crate::errors::{found, on_top};
use crate::list::{Count, connection, page};
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::{EmailAddress, Instant, PhoneNumber};

pub(crate) use self::change::WalkInMutation;

/// One who came.
#[derive(Debug, Clone)]
pub(crate) struct WalkIn(pub(crate) scheduling::walk_in::WalkIn);

/// Somebody who came without an appointment.
#[Object]
impl WalkIn {
    /// The walk-in's global id.
    pub(crate) async fn id(&self) -> WalkInId {
        self.0.id
    }

    /// Where they stand.
    async fn status(&self) -> WalkInStatus {
        self.0.status
    }

    /// What they came for.
    async fn service_id(&self) -> ServiceId {
        self.0.service_id
    }

    /// For whom they wait; whoever is free first if null.
    async fn host(&self, ctx: &Context<'_>) -> Option<Result<Resource>> {
        load::<ResourceId, Resource>(ctx, self.0.host_id?)
            .await
            .transpose()
    }

    /// The name as it was typed.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// The e-mail address as it was typed.
    async fn email(&self) -> Option<EmailAddress> {
        self.0.email.as_ref().map(EmailAddress::of)
    }

    /// The telephone number as it was typed.
    async fn phone(&self) -> Option<PhoneNumber> {
        self.0.phone.as_ref().map(PhoneNumber::of)
    }

    /// What takes the time in which they are served. Null to whoever may not read the diary.
    async fn booking(&self, ctx: &Context<'_>) -> Option<Result<Booking>> {
        seen(ctx, self.0.booking_id?, None).await.transpose()
    }

    /// Counts the changes; hand it back as `expectedVersion`.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// When they came: the order of the line.
    async fn created_at(&self) -> Instant {
        self.0.created_at.into()
    }

    /// When their turn came.
    async fn started_at(&self) -> Option<Instant> {
        self.0.started_at.map(Instant)
    }

    /// When it was over.
    async fn closed_at(&self) -> Option<Instant> {
        self.0.closed_at.map(Instant)
    }
}

/// One of a line: who, in which place, and when their turn will be as it looks now.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct WalkInPlace {
    /// Who.
    walk_in: WalkIn,
    /// In which place, from 1; null to whoever stands in line no more.
    position: Option<u64>,
    /// When they will be served, between the appointments that are there; null if not within the next 24 hours.
    expected_at: Option<Instant>,
}

impl WalkInPlace {
    fn of(place: scheduling::walk_in::Place) -> Self {
        Self {
            walk_in: WalkIn(place.walk_in),
            position: Some(place.position),
            expected_at: place.expected_at.map(Instant),
        }
    }
}

connection! {
    /// Walk-ins of an organization.
    WalkInConnection, WalkInEdge of WalkIn
}

/// Which walk-ins are asked for; what is absent does not matter.
#[derive(Debug, Default, InputObject)]
pub(crate) struct WalkInFilterInput {
    /// Standing so.
    statuses: Option<Vec<WalkInStatus>>,
    /// For this service.
    service_id: Option<ServiceId>,
    /// For this host.
    host_id: Option<ResourceId>,
}

/// Walk-ins.
#[derive(Debug, Default)]
pub(crate) struct WalkInQuery;

/// Walk-ins.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl WalkInQuery {
    /// The walk-ins of the organization, in the order in which they came. Needs the right `diary:read`; with
    /// `own_diary:write`, those for oneself.
    async fn walk_ins(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all if absent.")] filter: Option<WalkInFilterInput>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<WalkInConnection>> {
        let page = page::<WalkIns>(first, after, last, before);
        Some(list(ctx, filter.unwrap_or_default(), page).await)
    }

    /// The line for a service, with everybody's place and turn; 100 stand in one at most. Needs the right `diary:read` or
    /// `own_diary:write`.
    async fn walk_in_queue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which service.")] service_id: ServiceId,
    ) -> Option<Result<Vec<WalkInPlace>>> {
        queue(ctx, service_id).await.transpose()
    }

    /// One's own place in the line. Public: null for a token that is none.
    async fn walk_in_by_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token that joining gave.")] token: String,
    ) -> Option<Result<WalkInPlace>> {
        by_link(ctx, &token).await.transpose()
    }
}

async fn list(ctx: &Context<'_>, filter: WalkInFilterInput, page: Result<Page>) -> Result<WalkInConnection> {
    let filter = WalkInFilter {
        statuses: filter.statuses.unwrap_or_default(),
        service: filter.service_id,
        host: filter.host_id,
    };
    let reading = Reads::of(ctx).tenant().await?;
    let slice = scheduling::walk_in::walk_ins(&reading, &filter, &page?)
        .await
        .map_err(on_top)?
        .map(WalkIn);
    let count: Count = Box::new(move |reading| {
        let filter = filter.clone();
        Box::pin(async move {
            let counted = scheduling::walk_in::count_walk_ins(&reading, &filter).await;
            counted.map_err(on_top)
        })
    });
    Ok(WalkInConnection { slice, count })
}

async fn queue(ctx: &Context<'_>, service: ServiceId) -> Result<Option<Vec<WalkInPlace>>> {
    let reading = Reads::of(ctx).tenant().await?;
    let places = found(scheduling::walk_in::queue(&reading, service).await)?;
    Ok(places.map(|it| it.into_iter().map(WalkInPlace::of).collect()))
}

async fn by_link(ctx: &Context<'_>, text: &str) -> Result<Option<WalkInPlace>> {
    let reading = Reads::of(ctx).public().await?;
    let Some(token) = found(scheduling::walk_in::read_token(text))? else {
        return Ok(None);
    };
    let Some(walk_in) = found(scheduling::walk_in::by_token(&reading, &token).await)? else {
        return Ok(None);
    };
    let place = scheduling::walk_in::place_of(&reading, &walk_in)
        .await
        .map_err(on_top)?;
    Ok(Some(place.map_or(
        WalkInPlace {
            walk_in: WalkIn(walk_in),
            position: None,
            expected_at: None,
        },
        WalkInPlace::of,
    )))
}

/// A walk-in that was made or changed, as whoever holds its token sees it.
async fn own(ctx: &Context<'_>, walk_in: WalkInId) -> Result<Option<WalkInPlace>> {
    let reading = Reads::of(ctx).public().await?;
    let token = scheduling::walk_in::token(&reading, walk_in);
    by_link(ctx, token.reveal()).await
}
