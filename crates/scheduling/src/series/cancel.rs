//! Calling off one occurrence, the rest, or everything that is to come.

use chrono::NaiveDateTime;
use db::{Tenant, Work};
use kernel::EventType;
use kernel::id::{BookingId, ResourceId, SeriesId};
use serde_json::json;

use super::{Occurrence, Scope, Series, SeriesChanged};
use crate::booking::{self, Booking, Closing};
use crate::diary;
use crate::error::Refusal;
use crate::fairness::Shifts;
use crate::patch::{expect_version, write_down};
use crate::store;
use crate::waitlist::{self, Freed};

/// How much of a series is called off.
#[derive(Debug, Clone)]
pub struct SeriesCancel {
    /// How much.
    pub scope: Scope,
    /// From which occurrence on; only ALL needs none.
    pub from: Option<BookingId>,
    /// The version of the series that the caller has read, and what is said about it.
    pub how: Closing,
}

/// Staff call off one booking of a series, it and those after it, or all that have not begun. Of the last two the series
/// ends: nothing more is made of it.
///
/// # Errors
/// If a right is missing, the booking is none of the series', or nothing of it is to come.
pub async fn cancel(work: &Work<Tenant>, id: SeriesId, ask: SeriesCancel) -> Result<SeriesChanged, Refusal> {
    let mut series = super::read::held(work, id).await?;
    expect_version(ask.how.expected_version, series.version)?;
    let (from, rest) = rest(work, &series, (ask.scope, ask.from)).await?;
    may_change(work, &series, &rest).await?;
    let said = Closing {
        expected_version: None,
        ..ask.how
    };
    if ask.scope == Scope::This {
        let one = ask.from.ok_or(Refusal::NotFound("booking"))?;
        booking::cancel(work, one, said).await?;
        return Ok(SeriesChanged {
            series: id,
            bookings: vec![one],
        });
    }
    let is_open = |it: &(Occurrence, Booking)| it.1.state().seen(work.now()).is_open();
    if !rest.iter().any(is_open) && series.ended_from.is_some_and(|end| end <= from) {
        return Err(Refusal::SeriesOver);
    }
    let waited_for = waited_for(work, &rest).await?;
    let bookings: Vec<BookingId> = rest.iter().map(|(_, it)| it.id).collect();
    let (bookings, shifts) = call_off(work, &bookings, &said).await?;
    series.ended_from = Some(series.ended_from.map_or(from, |end| end.min(from)));
    (series.materialised_until, series.extend_at) = (None, None);
    let version = series.touch(work.now());
    store::save(work, series).await?;
    store::fairness_balance::shift(work, &shifts).await?;
    offer(work, &waited_for, &bookings).await?;
    let diff = json!({ "from": from, "bookings": bookings.len() });
    write_down(work, EventType::SeriesCancelled, (id, version), diff).await?;
    Ok(SeriesChanged { series: id, bookings })
}

/// The local time from which on a series changes, and its bookings from there that have not begun, with their occurrences.
pub(super) async fn rest(
    work: &Work<Tenant>,
    series: &Series,
    (scope, from): (Scope, Option<BookingId>),
) -> Result<(NaiveDateTime, Vec<(Occurrence, Booking)>), Refusal> {
    let mut rest = store::series_occurrence::to_come(work, series.id).await?;
    if scope == Scope::All {
        return Ok((series.timezone.local(work.now()), rest));
    }
    let wanted = || Refusal::wanted("bookingId", "the booking from which on", "none");
    let from = from.ok_or_else(wanted)?;
    let found = rest.iter().find(|(it, _)| it.booking_id == Some(from));
    let from = found
        .ok_or(Refusal::NotFound("booking of this series that is to come"))?
        .0
        .local_start;
    let meant = |it: &Occurrence| match scope {
        Scope::This => it.local_start == from,
        Scope::ThisAndFollowing | Scope::All => it.local_start >= from,
    };
    rest.retain(|(it, _)| meant(it));
    Ok((from, rest))
}

/// Refuses whoever may not change every one of these bookings.
pub(super) async fn may_change(
    work: &Work<Tenant>,
    series: &Series,
    rest: &[(Occurrence, Booking)],
) -> Result<(), Refusal> {
    let ids: Vec<BookingId> = rest.iter().map(|(_, it)| it.id).collect();
    let hosts = store::booking_host::of(work, &ids).await?;
    for id in &ids {
        let of_it = hosts.iter().filter(|it| it.booking_id == *id);
        let of_it: Vec<ResourceId> = of_it.map(|it| it.resource_id).collect();
        diary::need_write(work, &of_it).await?;
    }
    let host: Vec<ResourceId> = series.host_id.into_iter().collect();
    if ids.is_empty() {
        diary::need_write(work, &host).await?;
    }
    Ok(())
}

/// A booking, and what it would give up for which somebody waits.
pub(super) type WaitedFor = (BookingId, Freed);

/// What these bookings would give up and somebody waits for. Whatever offering it needs is held, before the bookings are.
pub(super) async fn waited_for(
    work: &Work<Tenant>,
    rest: &[(Occurrence, Booking)],
) -> Result<Vec<WaitedFor>, Refusal> {
    let mut waited_for = Vec::new();
    for (_, it) in rest.iter().filter(|(_, it)| it.occupies()) {
        let freed = waitlist::prepare(work, it.service_id, it.starts_at).await?;
        waited_for.extend(freed.map(|freed| (it.id, freed)));
    }
    Ok(waited_for)
}

/// Offers what those of them that have gone gave up, once all of them are where they go.
pub(super) async fn offer(
    work: &Work<Tenant>,
    waited_for: &[WaitedFor],
    gone: &[BookingId],
) -> Result<(), Refusal> {
    for (_, freed) in waited_for.iter().filter(|(id, _)| gone.contains(id)) {
        waitlist::offer_next(work, Some(*freed)).await?;
    }
    Ok(())
}

/// Calls bookings off that are not over; the others stay what they are. What they take is held first, then they. Whoever
/// calls moves the balances and offers what came free.
pub(super) async fn call_off(
    work: &Work<Tenant>,
    ids: &[BookingId],
    said: &Closing,
) -> Result<(Vec<BookingId>, Shifts), Refusal> {
    let hosts = store::booking_host::of(work, ids).await?;
    let resources: Vec<ResourceId> = hosts.iter().map(|it| it.resource_id).collect();
    store::hold_all::<store::resource::Entity>(work, &resources).await?;
    let held: Vec<Booking> = store::hold_all::<store::booking::Entity>(work, ids).await?;
    let open = held.iter().filter(|it| it.state().seen(work.now()).is_open());
    let open: Vec<BookingId> = open.map(|it| it.id).collect();
    let mut shifts = Shifts::default();
    for id in &open {
        shifts.join(booking::call_off(work, *id, said.clone()).await?);
    }
    Ok((open, shifts))
}
