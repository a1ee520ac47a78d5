//! A booking at another time, or with somebody else.

use async_graphql::{Context, InputObject, Object, Result};
use kernel::id::{BookingId, ResourceId};
use scheduling::booking::{Closing, Reassign, Shift, find_bookings};
use scheduling::token::{self, Purpose};

use super::Booking;
use super::change::{Changed, by_staff, changes, closing, which};
use super::create::{Override, overrides};
use crate::act::{Act, Manner, Outcome, payload};
use crate::caller::Caller;
use crate::errors::found;
use crate::reads::Reads;
use crate::scalars::Instant;
use crate::scheduling::refusal::{Start, about_no_start, is_taken, with_alternatives};
use crate::scheduling::which::Which;

/// Where a booking is to go: staff name it, a client shows the token that came with it.
#[derive(InputObject)]
pub(crate) struct BookingMoveInput {
    /// Which booking, for staff.
    booking_id: Option<BookingId>,
    /// The `manageToken` of the booking, for its client.
    token: Option<String>,
    /// When it is to start.
    starts_at: Instant,
    /// What is said about it.
    reason: Option<String>,
    /// What to overrule for it. Needs the right `bookings:override`.
    overrides: Option<Vec<Override>>,
    /// The version that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// To whom a booking is given.
#[derive(InputObject)]
pub(crate) struct BookingReassignInput {
    /// Which booking.
    booking_id: BookingId,
    /// Who gives it now; may be absent if there is only one.
    from_host_id: Option<ResourceId>,
    /// Who is to give it.
    to_host_id: ResourceId,
    /// What is said about it.
    reason: Option<String>,
    /// What to overrule for it. Needs the right `bookings:override`.
    overrides: Option<Vec<Override>>,
    /// The version that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

changes! {
    /// It takes place at another time.
    BookingMovePayload;
    /// Somebody else gives it.
    BookingReassignPayload;
}

/// Moving bookings and giving them to others.
#[derive(Debug, Default)]
pub(crate) struct BookingShiftMutation;

/// Moving bookings and giving them to others.
#[Object]
impl BookingShiftMutation {
    /// Moves a booking; it keeps its id, price, terms and hosts. Public with the booking's token; otherwise needs the right
    /// `diary:write`, or `own_diary:write` for one's own.
    async fn booking_move(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Where a booking is to go: staff name it, a client shows the token that came with it."
        )]
        input: BookingMoveInput,
    ) -> Option<Result<BookingMovePayload>> {
        Some(shift(ctx, input).await.map(BookingMovePayload))
    }

    /// Gives a booking to another of the service's hosts, at the same time. Needs the right `diary:write`.
    async fn booking_reassign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To whom a booking is given.")] input: BookingReassignInput,
    ) -> Option<Result<BookingReassignPayload>> {
        Some(reassign(ctx, input).await.map(BookingReassignPayload))
    }
}

async fn shift(ctx: &Context<'_>, input: BookingMoveInput) -> Result<Outcome<Changed>> {
    let which = match which(input.booking_id, input.token.as_deref()) {
        Ok(which) => which,
        Err(error) => return Ok(Outcome::Refused(vec![error])),
    };
    let said = match closing(input.reason.as_deref(), input.expected_version) {
        Ok(said) => said,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let to = Shift {
        starts_at: input.starts_at.0,
        expected_version: said.expected_version,
        overrides: overrides(input.overrides),
        reason: said.reason,
    };
    let act = Act::new(
        ctx,
        which.place(ctx)?,
        Manner::of(input.idempotency_key, input.validate_only),
    )?;
    let whose = which.clone();
    let outcome = act
        .run(ctx, |work| {
            Box::pin(async move {
                match whose {
                    Which::Id(id) => scheduling::booking::shift(work, id, to).await.map(by_staff),
                    Which::Link(link) => {
                        let opened = token::open(work, &link, Purpose::Manage).await?;
                        let done = scheduling::booking::shift_by_token(work, &link, to).await?;
                        Ok(Changed {
                            booking: done.booking,
                            link: Some(opened.id),
                        })
                    }
                }
            })
        })
        .await?;
    answered(ctx, &which, (outcome, input.starts_at)).await
}

/// Names other starts where somebody was faster.
async fn answered(
    ctx: &Context<'_>,
    which: &Which<BookingId>,
    (outcome, Instant(starts_at)): (Outcome<Changed>, Instant),
) -> Result<Outcome<Changed>> {
    if !is_taken(&outcome) {
        return Ok(outcome);
    }
    let reading = Reads::of(ctx).public().await?;
    let booking = match which {
        Which::Id(id) => found(find_bookings(&reading, &[*id]).await)?.and_then(|mut it| it.pop()),
        Which::Link(link) => {
            found(scheduling::booking::booking_by_link(&reading, link).await)?.map(|(booking, _)| booking)
        }
    };
    let Some(booking) = booking else {
        return Ok(outcome);
    };
    let start = Start {
        service: booking.service_id,
        starts_at,
        host: None,
    };
    Ok(with_alternatives(outcome, start))
}

async fn reassign(ctx: &Context<'_>, input: BookingReassignInput) -> Result<Outcome<Changed>> {
    let tenant = Caller::of(ctx).tenant()?;
    let how: Closing = match closing(input.reason.as_deref(), input.expected_version) {
        Ok(how) => how,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let ask = Reassign {
        from: input.from_host_id,
        to: input.to_host_id,
        overrides: overrides(input.overrides),
        how,
    };
    let act = Act::new(
        ctx,
        tenant,
        Manner::of(input.idempotency_key, input.validate_only),
    )?;
    let id = input.booking_id;
    let outcome = act
        .run(ctx, move |work| {
            Box::pin(async move { scheduling::booking::reassign(work, id, ask).await.map(by_staff) })
        })
        .await?;
    Ok(about_no_start(outcome, Some("toHostId")))
}
