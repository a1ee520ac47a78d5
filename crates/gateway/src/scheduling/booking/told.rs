//! What a booking tells of itself: who gives it, and what happened to it.

use async_graphql::{Context, Object, Result};
use db::paging::Page;
use kernel::id::{BookingEventId, BookingId, ResourceId};
use scheduling::booking::{Status, What};
use scheduling::service::Part;

use crate::errors::on_top;
use crate::list::{Count, connection};
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::Instant;
use crate::scheduling::resource::Resource;

/// Somebody or something that a booking takes.
#[derive(Debug, Clone)]
pub(crate) struct BookingHost(pub(super) scheduling::booking::BookingHost);

/// Somebody or something that a booking takes.
#[Object]
impl BookingHost {
    /// Which.
    async fn resource_id(&self) -> ResourceId {
        self.0.resource_id
    }

    /// Which. Null if it is not shown to you any more.
    async fn resource(&self, ctx: &Context<'_>) -> Option<Result<Resource>> {
        load::<ResourceId, Resource>(ctx, self.0.resource_id)
            .await
            .transpose()
    }

    /// As what.
    async fn part(&self) -> Part {
        self.0.part
    }
}

/// One thing that happened to a booking.
#[derive(Debug, Clone)]
pub(crate) struct BookingEvent(pub(super) scheduling::booking::BookingEvent);

/// One thing that happened to a booking. Nothing of it is ever changed or removed.
#[Object]
impl BookingEvent {
    /// The event's global id.
    async fn id(&self) -> BookingEventId {
        self.0.id
    }

    /// The version that the booking had after it.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// What happened.
    async fn kind(&self) -> What {
        self.0.what
    }

    /// The state before; null before there was a booking.
    async fn from_status(&self) -> Option<Status> {
        self.0.from_status
    }

    /// The state after.
    async fn to_status(&self) -> Status {
        self.0.to_status
    }

    /// `USER`, `API_KEY`, `BOOKING_TOKEN`, `ANONYMOUS` or `SYSTEM`.
    async fn actor_kind(&self) -> &str {
        &self.0.actor_kind
    }

    /// Which of them.
    async fn actor_id(&self) -> Option<&str> {
        self.0.actor_id.as_deref()
    }

    /// What was said about it.
    async fn reason(&self) -> Option<String> {
        self.0.reason.as_ref().map(ToString::to_string)
    }

    /// When.
    async fn occurred_at(&self) -> Instant {
        self.0.at.into()
    }
}

connection! {
    /// What happened to a booking.
    BookingEventConnection, BookingEventEdge of BookingEvent
}

/// What happened to a booking that was found, in order.
pub(super) async fn list(
    ctx: &Context<'_>,
    booking: BookingId,
    page: Result<Page>,
) -> Result<BookingEventConnection> {
    let page = page?;
    let reading = Reads::of(ctx).tenant().await?;
    let slice = scheduling::booking::booking_events(&reading, booking, &page)
        .await
        .map_err(on_top)?
        .map(BookingEvent);
    let count: Count = Box::new(move |reading| {
        Box::pin(async move {
            scheduling::booking::count_booking_events(&reading, booking)
                .await
                .map_err(on_top)
        })
    });
    Ok(BookingEventConnection { slice, count })
}
