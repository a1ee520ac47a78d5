//! Finding bookings.

use async_graphql::{Context, InputObject, Object, Result};
use db::paging::Page;
use kernel::id::{BookingId, ClientId, ResourceId, ServiceId};
use scheduling::booking::{BookingFilter, Bookings, Status};

use super::Booking;
use super::link::{BookingLink, by_link};
use crate::errors::{asked, on_top};
use crate::list::{Count, connection, page};
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::Instant;

connection! {
    /// Bookings of an organization.
    BookingConnection, BookingEdge of Booking
}

/// Which bookings are asked for; what is absent does not matter.
#[derive(Debug, Default, InputObject)]
pub(crate) struct BookingFilterInput {
    /// Taken by this resource.
    resource_id: Option<ResourceId>,
    /// That this client takes or took part in, classes too.
    client_id: Option<ClientId>,
    /// Of this service.
    service_id: Option<ServiceId>,
    /// In one of these states, as they were last written.
    statuses: Option<Vec<Status>>,
    /// Starting then or later.
    from: Option<Instant>,
    /// Starting before.
    to: Option<Instant>,
    /// In which somebody takes or took part whose name, address or number has this in it, whatever the case and accents.
    text: Option<String>,
}

/// Bookings.
#[derive(Debug, Default)]
pub(crate) struct BookingQuery;

/// Bookings.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl BookingQuery {
    /// A booking by its id. Needs the right `diary:read`, or `own_diary:write` for those that one gives oneself.
    async fn booking(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The booking's global id.")] id: BookingId,
    ) -> Option<Result<Booking>> {
        load::<BookingId, Booking>(ctx, id).await.transpose()
    }

    /// The booking that a link opens. Public: null for a link that is not, or no longer, good.
    async fn booking_by_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token of the link.")] token: String,
    ) -> Option<Result<BookingLink>> {
        by_link(ctx, &token).await.transpose()
    }

    /// The bookings of the organization, by when they start. Needs the right `diary:read`; with `own_diary:write`, those that
    /// one gives oneself.
    async fn bookings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all if absent.")] filter: Option<BookingFilterInput>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<BookingConnection>> {
        Some(
            list(
                ctx,
                filter.unwrap_or_default(),
                page::<Bookings>(first, after, last, before),
            )
            .await,
        )
    }
}

async fn list(
    ctx: &Context<'_>,
    filter: BookingFilterInput,
    page: Result<Page>,
) -> Result<BookingConnection> {
    let filter = BookingFilter {
        resource: filter.resource_id,
        client: filter.client_id,
        service: filter.service_id,
        statuses: filter.statuses.unwrap_or_default(),
        from: filter.from.map(|it| it.0),
        until: filter.to.map(|it| it.0),
        text: filter.text.map(|it| asked("text", &it)).transpose()?,
        ..BookingFilter::default()
    };
    listed(ctx, filter, page?).await
}

/// A page of bookings, as far as whoever asks may see them.
pub(crate) async fn listed(
    ctx: &Context<'_>,
    filter: BookingFilter,
    page: Page,
) -> Result<BookingConnection> {
    let reading = Reads::of(ctx).tenant().await?;
    let slice = scheduling::booking::bookings(&reading, &filter, &page)
        .await
        .map_err(on_top)?
        .map(Booking::of);
    let count: Count = Box::new(move |reading| {
        let filter = filter.clone();
        Box::pin(async move {
            scheduling::booking::count_bookings(&reading, &filter)
                .await
                .map_err(on_top)
        })
    });
    Ok(BookingConnection { slice, count })
}
