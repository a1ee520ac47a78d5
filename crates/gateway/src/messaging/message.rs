//! Letters that were sent, or were not.

use async_graphql::{Context, Object, Result};
use db::paging::Page;
use kernel::Right;
use kernel::id::{BookingId, DeliveryId};
use messaging::mail::Key;
use messaging::mail::delivery::{self, Channel, Deliveries, DeliveryState};

use crate::caller::Caller;
use crate::errors::on_top;
use crate::list::{Count, connection, page};
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::{EmailAddress, Instant, Locale};
use crate::scheduling::booking::Booking;

/// One letter.
#[derive(Debug, Clone)]
pub(crate) struct Message(pub(crate) delivery::Delivery);

/// One letter to somebody outside. What it says is decided when it is sent, by what is true then.
#[Object]
impl Message {
    /// The letter's global id.
    pub(crate) async fn id(&self) -> DeliveryId {
        self.0.id
    }

    /// How it is carried.
    async fn channel(&self) -> Channel {
        self.0.channel
    }

    /// Which letter it is.
    async fn template(&self) -> Key {
        self.0.template
    }

    /// Where it goes, as somebody typed it when they booked.
    async fn recipient(&self) -> EmailAddress {
        EmailAddress::of(&self.0.recipient)
    }

    /// In which language.
    async fn locale(&self) -> Locale {
        Locale::of(&self.0.locale)
    }

    /// The booking that it is about. Null unless you may see it.
    async fn booking(&self, ctx: &Context<'_>) -> Option<Result<Booking>> {
        load::<BookingId, Booking>(ctx, self.0.booking_id)
            .await
            .transpose()
    }

    /// Where it stands. It is never said to be sent unless the mail server has taken it.
    async fn state(&self) -> DeliveryState {
        self.0.state
    }

    /// How often it was tried.
    async fn attempts(&self) -> i64 {
        self.0.attempts
    }

    /// Why it was not sent.
    async fn error(&self) -> Option<&str> {
        self.0.last_error.as_deref()
    }

    /// When it came to its end.
    async fn ended_at(&self) -> Option<Instant> {
        self.0.ended_at.map(Instant)
    }

    /// When it was ordered.
    async fn created_at(&self) -> Instant {
        self.0.created_at.into()
    }
}

connection! {
    /// Letters to those whom the organization serves.
    MessageConnection, MessageEdge of Message
}

/// Letters.
#[derive(Debug, Default)]
pub(crate) struct MessageQuery;

/// Letters.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl MessageQuery {
    /// The letters of the organization, earliest first, for 90 days after they were sent, dropped or given up. Needs the right
    /// `messages:read`.
    async fn messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those about this booking; all if absent.")] booking_id: Option<BookingId>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<MessageConnection>> {
        Some(list(ctx, booking_id, page::<Deliveries>(first, after, last, before)).await)
    }
}

async fn list(
    ctx: &Context<'_>,
    booking: Option<BookingId>,
    page: Result<Page>,
) -> Result<MessageConnection> {
    Caller::of(ctx).need(Right::MessagesRead)?;
    let page = page?;
    let reading = Reads::of(ctx).tenant().await?;
    let slice = delivery::deliveries(&reading, booking, &page)
        .await
        .map_err(on_top)?
        .map(Message);
    let count: Count = Box::new(move |reading| {
        Box::pin(async move {
            delivery::count_deliveries(&reading, booking)
                .await
                .map_err(on_top)
        })
    });
    Ok(MessageConnection { slice, count })
}
