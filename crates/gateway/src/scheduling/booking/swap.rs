//! Two bookings that exchange.

use async_graphql::{Context, InputObject, Object, Result};
use kernel::id::BookingId;
use scheduling::booking::{BookingsSwapped, Exchange, Side, Swap};

use super::Booking;
use super::change::closing;
use super::create::{Override, overrides};
use crate::act::{Outcome, payload};
use crate::caller::Caller;
use crate::loaders::load;
use crate::scheduling::act;

/// One of two bookings that exchange.
#[derive(InputObject)]
pub(crate) struct BookingSwapSideInput {
    /// Which booking.
    booking_id: BookingId,
    /// The version that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
}

/// Which two bookings exchange what.
#[derive(InputObject)]
pub(crate) struct BookingSwapInput {
    /// The one.
    first: BookingSwapSideInput,
    /// The other.
    second: BookingSwapSideInput,
    /// What they exchange.
    kind: Exchange,
    /// What is said about it; clients read it.
    reason: Option<String>,
    /// What to overrule for it. Needs the right `bookings:override`.
    overrides: Option<Vec<Override>>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

payload! {
    /// Two bookings have exchanged.
    BookingSwapPayload(BookingsSwapped) {
        /// The one, as it is now. Null if it is no longer shown to you.
        async fn first(&self, ctx: &Context<'_>) -> Option<Result<Booking>> {
            load::<BookingId, Booking>(ctx, self.0.done()?.first).await.transpose()
        }

        /// The other, as it is now. Null if it is no longer shown to you.
        async fn second(&self, ctx: &Context<'_>) -> Option<Result<Booking>> {
            load::<BookingId, Booking>(ctx, self.0.done()?.second).await.transpose()
        }
    }
}

/// Letting two bookings exchange.
#[derive(Debug, Default)]
pub(crate) struct BookingSwapMutation;

/// Letting two bookings exchange.
#[Object]
impl BookingSwapMutation {
    /// Lets two bookings exchange their times, their hosts, or both, at once or not at all. If one does not fit where the other
    /// was, the refusal says which, and why. Needs the right `diary:write`; for times alone, `own_diary:write` if one gives
    /// both.
    async fn booking_swap(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which two bookings exchange what.")] input: BookingSwapInput,
    ) -> Option<Result<BookingSwapPayload>> {
        Some(swap(ctx, input).await.map(BookingSwapPayload))
    }
}

async fn swap(ctx: &Context<'_>, input: BookingSwapInput) -> Result<Outcome<BookingsSwapped>> {
    Caller::of(ctx).tenant()?;
    let said = match closing(input.reason.as_deref(), None) {
        Ok(said) => said,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let side = |it: BookingSwapSideInput| Side {
        booking: it.booking_id,
        expected_version: it.expected_version,
    };
    let ask = Swap {
        first: side(input.first),
        second: side(input.second),
        what: input.kind,
        overrides: overrides(input.overrides),
        reason: said.reason,
    };
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, |work| Box::pin(scheduling::booking::swap(work, ask)))
        .await
}
