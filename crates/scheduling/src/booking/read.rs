//! Looking at bookings: some, many, and what happened to one.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use db::paging::{Page, Slice};
use db::{Reading, Tenant, Token, Work};
use kernel::id::{BookingId, ClientId, ResourceId, SeriesId, ServiceId};
use kernel::{Line, Right};

use super::{Booking, BookingEvent, BookingHost, Status};
use crate::diary;
use crate::error::Refusal;
use crate::store;
use crate::token::{self, BookingToken, Purpose};

/// Which bookings are asked for; what is left out does not matter.
#[derive(Debug, Clone, Default)]
pub struct BookingFilter {
    /// Taken by this resource.
    pub resource: Option<ResourceId>,
    /// That this client takes or took part in, classes too.
    pub client: Option<ClientId>,
    /// Of this service.
    pub service: Option<ServiceId>,
    /// Made of an occurrence of this series.
    pub series: Option<SeriesId>,
    /// In one of these states, as their rows say; none of them is all of them.
    pub statuses: Vec<Status>,
    /// Beginning then or later.
    pub from: Option<DateTime<Utc>>,
    /// Beginning before.
    pub until: Option<DateTime<Utc>>,
    /// In which somebody takes or took part whose name, address or number has this in it, whatever the case and accents.
    pub text: Option<Line>,
}

/// Narrows the filter to one's own diary for whoever may see no other.
async fn narrowed(reading: &Reading<Tenant>, filter: &BookingFilter) -> Result<BookingFilter, Refusal> {
    let mut filter = filter.clone();
    filter.resource = diary::narrowed(reading, filter.resource).await?;
    Ok(filter)
}

/// A page of bookings by when they begin; of one's own only, for whoever has no more than an own diary.
///
/// # Errors
/// If the right is missing.
pub async fn bookings(
    reading: &Reading<Tenant>,
    filter: &BookingFilter,
    page: &Page,
) -> Result<Slice<Booking>, Refusal> {
    let filter = narrowed(reading, filter).await?;
    Ok(store::booking::page(reading, &filter, page).await?)
}

/// How many there are, counting no further than the cap.
///
/// # Errors
/// If the right is missing.
pub async fn count_bookings(reading: &Reading<Tenant>, filter: &BookingFilter) -> Result<u64, Refusal> {
    let filter = narrowed(reading, filter).await?;
    Ok(store::booking::count(reading, &filter).await?)
}

/// Those of these bookings that whoever asks may see.
///
/// # Errors
/// If nobody is signed in who may see any.
pub async fn find_bookings(reading: &Reading<Tenant>, ids: &[BookingId]) -> Result<Vec<Booking>, Refusal> {
    let found = store::find::<store::booking::Entity>(reading, ids).await?;
    if reading.asker().rights.has(Right::DiaryRead) {
        return Ok(found);
    }
    reading.need(Right::OwnDiaryWrite)?;
    let own = diary::own(reading).await?;
    let hosts = store::booking_host::of(reading, ids).await?;
    let mine = |it: &Booking| {
        hosts
            .iter()
            .any(|host| host.booking_id == it.id && Some(host.resource_id) == own)
    };
    Ok(found.into_iter().filter(mine).collect())
}

/// The booking that a link opens, with the link.
///
/// # Errors
/// If the link is no good.
pub async fn booking_by_link(
    reading: &Reading<Tenant>,
    link: &Token,
) -> Result<(Booking, BookingToken), Refusal> {
    let opened = token::open(reading, link, Purpose::View).await?;
    let found = store::find::<store::booking::Entity>(reading, &[opened.booking_id]).await?;
    let booking = found.into_iter().next().ok_or(Refusal::TokenInvalid)?;
    Ok((booking, opened))
}

/// The resources of some bookings that the caller has found.
///
/// # Errors
/// If the database refuses.
pub async fn booking_hosts(
    reading: &Reading<Tenant>,
    bookings: &[BookingId],
) -> Result<Vec<BookingHost>, Refusal> {
    Ok(store::booking_host::of(reading, bookings).await?)
}

/// Everything that happened to a booking, in order.
///
/// # Errors
/// If the right is missing or the booking is not there.
pub async fn booking_events(
    reading: &Reading<Tenant>,
    booking: BookingId,
) -> Result<Vec<BookingEvent>, Refusal> {
    diary::need_read(reading, &resources(reading, booking).await?).await?;
    let events = store::booking_event::of(reading, booking).await?;
    if events.is_empty() {
        return Err(Refusal::NotFound("booking"));
    }
    Ok(events)
}

/// Refuses to go on if a booking that is held now takes other resources than it did before it was held: the ones that are
/// held are then not its own.
pub(crate) async fn still_takes(
    work: &Work<Tenant>,
    booking: &Booking,
    seen: &[BookingHost],
) -> Result<(), Refusal> {
    let now = store::booking_host::of(work, &[booking.id]).await?;
    let taken =
        |hosts: &[BookingHost]| -> BTreeSet<ResourceId> { hosts.iter().map(|it| it.resource_id).collect() };
    if taken(&now) == taken(seen) {
        Ok(())
    } else {
        Err(Refusal::VersionConflict { now: booking.version })
    }
}

/// The resources of one booking; none if there is no such booking.
pub(crate) async fn resources(
    reading: &Reading<Tenant>,
    booking: BookingId,
) -> Result<Vec<ResourceId>, Refusal> {
    let hosts = store::booking_host::of(reading, &[booking]).await?;
    Ok(hosts.into_iter().map(|it| it.resource_id).collect())
}
