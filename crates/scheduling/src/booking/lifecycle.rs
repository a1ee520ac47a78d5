//! What happens to a booking that stands: answered, called off, held, missed, lapsed.

use chrono::{DateTime, Utc};
use db::{Reading, Tenant, Token, Work};
use kernel::id::{BookingId, BookingTokenId, ResourceId};
use kernel::{Id as _, Line, Money, Span};
use serde_json::json;

use super::{Booking, BookingChanged, BookingHost, Change, Event, Party, Status, What};
use crate::attendee;
use crate::diary;
use crate::error::Refusal;
use crate::fairness::Shifts;
use crate::occupancy::{self, Owner, Place};
use crate::patch::expect_version;
use crate::store;
use crate::token::{self, Purpose};
use crate::waitlist::{self, Freed};

/// Bookings that one sweep expires.
pub const SWEPT_MAX: u64 = 200;

/// How a booking is to change.
#[derive(Debug, Clone, Default)]
pub struct Closing {
    /// The version that the caller has read.
    pub expected_version: Option<i64>,
    /// What is said about it; clients read it.
    pub reason: Option<Line>,
    /// Whether the client asked staff for it: then cancelling costs what it would cost the client.
    pub is_for_client: bool,
}

/// One event, on whose behalf, and through which link.
struct Ask {
    event: Event,
    party: Party,
    closing: Closing,
    link: Option<BookingTokenId>,
}

/// Staff say yes, or note that it is paid. A booking that did not take its time while it waited takes it now, or loses it
/// by name to whoever was faster.
///
/// # Errors
/// If the right is missing, the booking cannot be confirmed, or its time is taken.
pub async fn confirm(
    work: &Work<Tenant>,
    booking: BookingId,
    how: Closing,
) -> Result<BookingChanged, Refusal> {
    by_staff(work, booking, Event::Confirm, how).await
}

/// Staff say yes, and it is to be paid first; it waits for the money as long as it waited for the answer.
///
/// # Errors
/// As [`confirm`].
pub async fn require_payment(
    work: &Work<Tenant>,
    booking: BookingId,
    how: Closing,
) -> Result<BookingChanged, Refusal> {
    by_staff(work, booking, Event::RequirePayment, how).await
}

/// Staff say no.
///
/// # Errors
/// If the right is missing or nobody asks any more.
pub async fn reject(
    work: &Work<Tenant>,
    booking: BookingId,
    how: Closing,
) -> Result<BookingChanged, Refusal> {
    by_staff(work, booking, Event::Reject, how).await
}

/// Staff call it off.
///
/// # Errors
/// If the right is missing or it has ended.
pub async fn cancel(
    work: &Work<Tenant>,
    booking: BookingId,
    how: Closing,
) -> Result<BookingChanged, Refusal> {
    by_staff(work, booking, Event::Cancel, how).await
}

/// Staff note that it took place.
///
/// # Errors
/// If the right is missing, it has not begun, or it is too late to note it otherwise.
pub async fn complete(
    work: &Work<Tenant>,
    booking: BookingId,
    how: Closing,
) -> Result<BookingChanged, Refusal> {
    by_staff(work, booking, Event::Complete, how).await
}

/// Staff note that the client did not come.
///
/// # Errors
/// As [`complete`].
pub async fn mark_no_show(
    work: &Work<Tenant>,
    booking: BookingId,
    how: Closing,
) -> Result<BookingChanged, Refusal> {
    by_staff(work, booking, Event::MarkNoShow, how).await
}

/// The client calls it off with the link that came with the booking. Of a class, only the client's own seat.
///
/// # Errors
/// If the link is no good, or the booking has begun or ended.
pub async fn cancel_by_token(
    work: &Work<Tenant>,
    link: &Token,
    how: Closing,
) -> Result<BookingChanged, Refusal> {
    let opened = token::open(work, link, Purpose::Manage).await?;
    let booking = one(work, opened.booking_id).await?;
    if booking.seats > 1 {
        attendee::leave(work, &opened, how).await?;
    } else {
        let ask = Ask {
            event: Event::Cancel,
            party: Party::Client,
            closing: how,
            link: Some(opened.id),
        };
        transit(work, opened.booking_id, ask).await?;
    }
    Ok(BookingChanged {
        booking: opened.booking_id,
    })
}

/// What cancelling would cost the client now; the same function decides it when it happens.
#[must_use]
pub fn cancellation_fee(booking: &Booking, now: DateTime<Utc>) -> Money {
    booking
        .cancellation_tiers
        .quote(&booking.price(), booking.starts_at, now)
}

/// Writes down what has lapsed although nobody came by: bookings that waited too long, holds, seats. Says how much.
///
/// # Errors
/// If the database refuses.
pub async fn expire_lapsed(work: &Work<Tenant>) -> Result<u64, Refusal> {
    let rows = store::occupancy::expired(work, None).await?;
    let quiet = store::booking::lapsed(work, SWEPT_MAX).await?;
    let mut shifts = occupancy::clear_rows(work, &rows).await?;
    shifts.join(expire(work, &quiet).await?);
    let (seats, ended) = attendee::sweep(work).await?;
    shifts.join(ended);
    store::fairness_balance::shift(work, &shifts).await?;
    Ok((rows.len() + quiet.len()) as u64 + seats)
}

/// Expires whichever of these bookings have waited too long.
pub(crate) async fn expire(work: &Work<Tenant>, ids: &[BookingId]) -> Result<Shifts, Refusal> {
    let mut shifts = Shifts::default();
    if ids.is_empty() {
        return Ok(shifts);
    }
    for before in store::booking::hold_lapsed(work, ids).await? {
        let mut after = before.clone();
        after.status = before.state().after(Event::Expire, Party::Time, work.now())?;
        after.expires_at = None;
        after.closed_at = Some(work.now());
        let after = Change::new(What::Expired, json!({}))
            .write(work, &before, after)
            .await?;
        shifts.join(let_go(work, &after).await?);
    }
    Ok(shifts)
}

/// Expires a booking that has waited too long, for whoever keeps its promise.
pub(super) async fn expire_one(work: &Work<Tenant>, id: BookingId) -> Result<(), Refusal> {
    let shifts = expire(work, &[id]).await?;
    store::fairness_balance::shift(work, &shifts).await?;
    Ok(())
}

/// Notes that a booking took place of which nobody said otherwise.
pub(super) async fn complete_by_time(work: &Work<Tenant>, id: BookingId) -> Result<(), Refusal> {
    let ask = Ask {
        event: Event::Complete,
        party: Party::Time,
        closing: Closing::default(),
        link: None,
    };
    transit(work, id, ask).await
}

async fn by_staff(
    work: &Work<Tenant>,
    booking: BookingId,
    event: Event,
    closing: Closing,
) -> Result<BookingChanged, Refusal> {
    let hosts = super::read::resources(work, booking).await?;
    diary::need_write(work, &hosts).await?;
    let ask = Ask {
        event,
        party: Party::Staff,
        closing,
        link: None,
    };
    transit(work, booking, ask).await?;
    Ok(BookingChanged { booking })
}

/// Staff call off a booking that is held, as one step of something larger; whoever calls moves the balances. Its host
/// cannot come, so its start is offered to nobody.
pub(crate) async fn call_off(
    work: &Work<Tenant>,
    booking: BookingId,
    closing: Closing,
) -> Result<Shifts, Refusal> {
    let ask = Ask {
        event: Event::Cancel,
        party: Party::Staff,
        closing,
        link: None,
    };
    pass(work, one(work, booking).await?, ask).await
}

async fn one(reading: &Reading<Tenant>, id: BookingId) -> Result<Booking, Refusal> {
    let found = store::find::<store::booking::Entity>(reading, &[id]).await?;
    found.into_iter().next().ok_or(Refusal::NotFound("booking"))
}

/// Locks, decides, writes, and does what follows.
async fn transit(work: &Work<Tenant>, id: BookingId, ask: Ask) -> Result<(), Refusal> {
    let seen = one(work, id).await?;
    let freed = waiting_for(work, &seen, ask.event).await?;
    let shifts = pass(work, seen, ask).await?;
    store::fairness_balance::shift(work, &shifts).await?;
    waitlist::offer_next(work, freed).await?;
    Ok(())
}

/// The same, but for the balances and for whoever waits.
async fn pass(work: &Work<Tenant>, seen: Booking, ask: Ask) -> Result<Shifts, Refusal> {
    let id = seen.id;
    let takes = matches!(ask.event, Event::Confirm | Event::RequirePayment) && !seen.pending_occupies;
    let mut shifts = Shifts::default();
    let hosts = store::booking_host::of(work, &[id]).await?;
    let places = if takes {
        places(work, &hosts).await?
    } else {
        Vec::new()
    };
    if takes {
        // Others that lapsed are cleared before the booking itself is held: nobody waits in a circle.
        let resources: Vec<ResourceId> = places.iter().map(|it| it.resource).collect();
        shifts.join(occupancy::clear(work, &resources, span(&seen)?).await?);
    }
    let before: Booking = store::hold::<store::booking::Entity>(work, id).await?;
    if takes {
        super::read::still_takes(work, &before, &hosts).await?;
    }
    expect_version(ask.closing.expected_version, before.version)?;
    let to = before.state().after(ask.event, ask.party, work.now())?;
    let after = after(&before, to, &ask, work.now());
    let change = Change {
        reason: ask.closing.reason.clone(),
        link: ask.link,
        ..Change::new(what(to), facts(&after))
    };
    let after = change.write(work, &before, after).await?;
    if after.occupies() && !before.occupies() {
        let span = span(&after)?;
        occupancy::take(work, Owner::booking(&after), &places, span).await?;
    } else if after.occupies() {
        store::occupancy::expire_at(work, id.uuid(), after.expires_at).await?;
    } else {
        shifts.join(let_go(work, &after).await?);
    }
    Ok(shifts)
}

/// Whoever waits for what this would free. A class that is called off does not take place: nobody is offered a seat of it.
async fn waiting_for(work: &Work<Tenant>, seen: &Booking, event: Event) -> Result<Option<Freed>, Refusal> {
    let frees = matches!(event, Event::Cancel | Event::Reject) && seen.seats == 1;
    if !(frees && seen.occupies()) {
        return Ok(None);
    }
    waitlist::prepare(work, seen.service_id, seen.starts_at).await
}

/// The booking's time with the buffers that it was booked with.
pub(crate) fn span(booking: &Booking) -> Result<Span, Refusal> {
    let bare =
        Span::new(booking.starts_at, booking.ends_at).map_err(|wrong| Refusal::invalid("startsAt", wrong))?;
    occupancy::with_buffers(bare, booking.buffer_before_minutes, booking.buffer_after_minutes)
}

/// Holds the resources of a booking, in the order of their ids, and tells how many lanes they have.
async fn places(work: &Work<Tenant>, hosts: &[BookingHost]) -> Result<Vec<Place>, Refusal> {
    let resources: Vec<ResourceId> = hosts.iter().map(|it| it.resource_id).collect();
    let held = store::hold_all::<store::resource::Entity>(work, &resources).await?;
    let place = |it: &crate::resource::Resource| Place {
        resource: it.id,
        lanes: it.capacity,
    };
    Ok(held.iter().map(place).collect())
}

fn after(before: &Booking, to: Status, ask: &Ask, now: DateTime<Utc>) -> Booking {
    let mut after = before.clone();
    after.status = to;
    // Money is waited for as long as the answer was.
    after.expires_at = match to {
        Status::PendingPayment => before.expires_at.map(|at| now + (at - before.created_at)),
        Status::Pending => before.expires_at,
        Status::Confirmed
        | Status::Completed
        | Status::NoShow
        | Status::Cancelled
        | Status::Rejected
        | Status::Expired => None,
    };
    if !to.is_open() {
        // What is noted otherwise keeps its first moment: the week to do so does not begin anew.
        after.closed_at = before.closed_at.or(Some(now));
    }
    if matches!(to, Status::Cancelled | Status::Rejected) {
        after.closed_reason.clone_from(&ask.closing.reason);
    }
    let charged = ask.party == Party::Client || ask.closing.is_for_client;
    if to == Status::Cancelled && charged && before.status == Status::Confirmed {
        after.fee_minor = Some(cancellation_fee(before, now).amount_minor());
    }
    after
}

fn what(to: Status) -> What {
    match to {
        Status::Pending => What::Created,
        Status::PendingPayment => What::PaymentRequired,
        Status::Confirmed => What::Confirmed,
        Status::Completed => What::Completed,
        Status::NoShow => What::NoShow,
        Status::Cancelled => What::Cancelled,
        Status::Rejected => What::Rejected,
        Status::Expired => What::Expired,
    }
}

fn facts(after: &Booking) -> serde_json::Value {
    match after.fee_minor {
        Some(fee) => json!({ "feeMinor": fee, "currency": after.currency }),
        None => json!({}),
    }
}

/// What follows when a booking no longer takes its time: the time is free, the seats are empty, the share is given back.
pub(crate) async fn let_go(work: &Work<Tenant>, booking: &Booking) -> Result<Shifts, Refusal> {
    occupancy::release(work, booking.id.uuid()).await?;
    attendee::dismiss(work, booking.id).await?;
    super::reassign::take_back(work, booking.id).await
}
