//! What whoever holds a link is shown, and how somebody sees what they have just done.

use async_graphql::{Context, Result, SimpleObject};
use kernel::Right;
use kernel::id::{AttendeeId, BookingId, BookingTokenId};
use scheduling::token::{self, Purpose};

use super::Booking;
use crate::caller::Caller;
use crate::errors::found;
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::Instant;

/// What a link opens.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct BookingLink {
    /// The booking, as whoever holds the link sees it.
    booking: Booking,
    /// What the link is good for.
    purpose: Purpose,
    /// Until when.
    expires_at: Instant,
}

/// What a link opens; nothing, if it is not or no longer good.
pub(super) async fn by_link(ctx: &Context<'_>, text: &str) -> Result<Option<BookingLink>> {
    let reading = Reads::of(ctx).public().await?;
    let Some(link) = found(token::read_any_link(text))? else {
        return Ok(None);
    };
    let opened = found(scheduling::booking::booking_by_link(&reading, &link).await)?;
    Ok(opened.map(|(row, link)| BookingLink {
        booking: Booking::through_link(row, link.attendee_id),
        purpose: link.purpose,
        expires_at: link.expires_at.into(),
    }))
}

/// A booking that was made or changed, as whoever did it may see it: staff by id, a client through the link.
pub(crate) async fn seen(
    ctx: &Context<'_>,
    booking: BookingId,
    link: Option<BookingTokenId>,
) -> Result<Option<Booking>> {
    let caller = Caller::of(ctx);
    if (caller.may(Right::DiaryRead) || caller.may(Right::OwnDiaryWrite))
        && let Some(booking) = load::<BookingId, Booking>(ctx, booking).await?
    {
        return Ok(Some(booking));
    }
    let Some(link) = link else {
        return Ok(None);
    };
    let token = token::link(Reads::of(ctx).store().key(), link, Purpose::Manage);
    Ok(by_link(ctx, token.reveal()).await?.map(|it| it.booking))
}

/// As [`seen`], of what the caller has just written: nothing is read again of whoever may see it all, or sees their own seat.
pub(super) async fn written(
    ctx: &Context<'_>,
    row: &scheduling::booking::Booking,
    (attendee, link): (AttendeeId, BookingTokenId),
) -> Result<Option<Booking>> {
    let caller = Caller::of(ctx);
    if caller.may(Right::DiaryRead) {
        return Ok(Some(Booking::of(row.clone())));
    }
    if caller.may(Right::OwnDiaryWrite) {
        return seen(ctx, row.id, Some(link)).await;
    }
    Ok(Some(Booking::through_link(row.clone(), attendee)))
}
