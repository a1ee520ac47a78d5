//! Taking time, and giving it back: the one way into the table that keeps two people out of one chair.
//!
//! **Invariant:** whoever takes time holds the resource. Whatever the rules overlooked, the constraint of the table refuses
//! by name, and the name becomes [`Refusal::SlotTaken`].

use chrono::TimeDelta;
use db::{Tenant, Work};
use kernel::id::{BookingId, HoldId, OccupancyId, ResourceId};
use kernel::{Id as _, Span};
use uuid::Uuid;

use crate::booking::Booking;
use crate::error::Refusal;
use crate::fairness::Shifts;
use crate::store;
use crate::word::words;

pub use store::occupancy::Model as Occupancy;

words! {
    /// What sort of thing takes time.
    #[cfg_attr(feature = "graphql", graphql(name = "OccupancyOwner"))]
    pub enum OwnerKind {
        /// Somebody is about to book it.
        Hold = "HOLD",
        /// It is booked.
        Booking = "BOOKING",
        /// Somebody has taken it out.
        Block = "BLOCK",
    }
}

/// Whose time it is to be, and until when if it frees itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner {
    pub kind: OwnerKind,
    pub id: Uuid,
    pub expires_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl Owner {
    /// Time that a booking takes; what waits for an answer frees itself when nobody gives one.
    pub(crate) fn booking(booking: &Booking) -> Self {
        Self {
            kind: OwnerKind::Booking,
            id: booking.id.uuid(),
            expires_at: booking.expires_at,
        }
    }
}

/// A resource that is held, and how many lanes it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub resource: ResourceId,
    pub lanes: i64,
}

/// A booking's time with the buffers around it.
///
/// # Errors
/// If it leaves the calendar.
pub(crate) fn with_buffers(span: Span, before: i64, after: i64) -> Result<Span, Refusal> {
    let start = span.start().checked_sub_signed(TimeDelta::minutes(before));
    let end = span.end().checked_add_signed(TimeDelta::minutes(after));
    let (Some(start), Some(end)) = (start, end) else {
        return Err(Refusal::wanted(
            "startsAt",
            "a time within the calendar",
            span.start(),
        ));
    };
    Span::new(start, end).map_err(|wrong| Refusal::invalid("startsAt", wrong))
}

/// Takes one free lane of each place, all or nothing.
///
/// # Errors
/// [`Refusal::SlotTaken`] if a place has no lane left.
pub(crate) async fn take(
    work: &Work<Tenant>,
    owner: Owner,
    places: &[Place],
    span: Span,
) -> Result<(), Refusal> {
    let resources: Vec<ResourceId> = places.iter().map(|it| it.resource).collect();
    let there = store::occupancy::meeting(work, &resources, span).await?;
    let mut rows = Vec::with_capacity(places.len());
    for place in places {
        let taken = there
            .iter()
            .filter(|it| it.resource_id == place.resource)
            .map(|it| it.lane);
        let lane = free_lane(taken, place.lanes).ok_or(Refusal::SlotTaken)?;
        rows.push(row(work, owner, (place.resource, lane), span));
    }
    store::occupancy::take(work, rows).await
}

/// Takes every lane of a place, in which nothing is.
///
/// # Errors
/// [`Refusal::SlotTaken`] if something is.
pub(crate) async fn take_all(
    work: &Work<Tenant>,
    owner: Owner,
    place: Place,
    span: Span,
) -> Result<(), Refusal> {
    let lanes = 0..place.lanes;
    let rows = lanes.map(|lane| row(work, owner, (place.resource, lane), span));
    store::occupancy::take(work, rows.collect()).await
}

fn row(work: &Work<Tenant>, owner: Owner, (resource, lane): (ResourceId, i64), span: Span) -> Occupancy {
    Occupancy {
        organization_id: work.organization(),
        id: work.mint::<OccupancyId>(),
        resource_id: resource,
        lane,
        starts_at: span.start(),
        ends_at: span.end(),
        owner_kind: owner.kind,
        owner_id: owner.id,
        expires_at: owner.expires_at,
    }
}

/// The first lane that nothing takes.
fn free_lane(taken: impl Iterator<Item = i64>, lanes: i64) -> Option<i64> {
    let taken: Vec<i64> = taken.collect();
    (0..lanes).find(|lane| !taken.contains(lane))
}

/// Gives back whatever a hold, booking or block takes.
pub(crate) async fn release(work: &Work<Tenant>, owner: Uuid) -> Result<(), Refusal> {
    store::occupancy::release(work, &[owner]).await?;
    Ok(())
}

/// Clears what has freed itself within a span of resources that are held: holds are forgotten, and bookings that waited
/// too long expire, with everything that belongs to that.
pub(crate) async fn clear(
    work: &Work<Tenant>,
    resources: &[ResourceId],
    span: Span,
) -> Result<Shifts, Refusal> {
    let rows = store::occupancy::expired(work, Some((resources, span))).await?;
    clear_rows(work, &rows).await
}

/// What [`clear`] and the sweep do with what has freed itself.
pub(crate) async fn clear_rows(work: &Work<Tenant>, rows: &[Occupancy]) -> Result<Shifts, Refusal> {
    let owners = |kind: OwnerKind| {
        let mut owners: Vec<Uuid> = rows
            .iter()
            .filter(|it| it.owner_kind == kind)
            .map(|it| it.owner_id)
            .collect();
        owners.sort_unstable();
        owners.dedup();
        owners
    };
    let holds = owners(OwnerKind::Hold);
    if !holds.is_empty() {
        let ids: Vec<HoldId> = holds.iter().copied().map(HoldId::from_uuid).collect();
        crate::hold::forget(work, &ids).await?;
    }
    let bookings: Vec<BookingId> = owners(OwnerKind::Booking)
        .into_iter()
        .map(BookingId::from_uuid)
        .collect();
    crate::booking::expire(work, &bookings).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_lane_that_nothing_takes_is_taken() {
        assert_eq!(free_lane([].into_iter(), 1), Some(0));
        assert_eq!(free_lane([0, 2].into_iter(), 4), Some(1));
        assert_eq!(free_lane([1, 0].into_iter(), 2), None);
        // A lane that the resource no longer has stands in nobody's way.
        assert_eq!(free_lane([7].into_iter(), 1), Some(0));
    }
}
