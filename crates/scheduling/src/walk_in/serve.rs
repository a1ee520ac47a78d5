//! Serving whoever stands in line, and letting them go.

use db::{Tenant, Token, Work};
use kernel::EventType;
use kernel::id::{AttendeeId, BookingId, ResourceId, WalkInId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{WalkIn, WalkInChanged, WalkInStatus, by_token};
use crate::booking::{self, BookingDraft, Closing, Overrides, Source};
use crate::contact::Contact;
use crate::diary;
use crate::error::Refusal;
use crate::metadata::Metadata;
use crate::patch::{expect_version, write_down};
use crate::service::Answers;
use crate::store::{self, Table as _};

/// Somebody's turn has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalkInStarted {
    /// Whose.
    pub walk_in: WalkInId,
    /// What takes the time.
    pub booking: BookingId,
    /// They, in it.
    pub attendee: AttendeeId,
}

/// Somebody's turn has come: a booking is made for them that begins now, given by this one, by whom they wished for, or by
/// whoever is free. Whoever keeps an own diary only serves them oneself.
/// No notice is asked for and no grid of starts; whatever else says no to a booking says no to this one.
///
/// # Errors
/// If the right is missing, they stand in line no more, or whoever is to serve them is not there or not free for as long
/// as it takes.
pub async fn start(
    work: &Work<Tenant>,
    id: WalkInId,
    host: Option<ResourceId>,
    expected_version: Option<i64>,
) -> Result<WalkInStarted, Refusal> {
    let seen = found(work, id).await?;
    let serves: Vec<ResourceId> = host.or(seen.host_id).into_iter().collect();
    need_write(work, &serves).await?;
    can_become(&seen, WalkInStatus::InService)?;
    let client = Contact {
        name: seen.name.clone(),
        email: seen.email.clone(),
        phone: seen.phone.clone(),
    };
    let draft = BookingDraft {
        service: seen.service_id,
        starts_at: work.now(),
        host: host.or(seen.host_id),
        hold: None,
        request: None,
        attendee: client.attends(Answers::new()),
        source: Source::WalkIn,
        overrides: Overrides::default(),
        timezone: None,
        notes: None,
        metadata: Metadata::default(),
    };
    let made = booking::create(work, draft).await?;
    let mut walk_in = held(work, id, expected_version).await?;
    can_become(&walk_in, WalkInStatus::InService)?;
    walk_in.status = WalkInStatus::InService;
    walk_in.booking_id = Some(made.booking);
    walk_in.started_at = Some(work.now());
    let version = walk_in.touch(work.now());
    store::save(work, walk_in).await?;
    write_down(
        work,
        EventType::WalkInStarted,
        (id, version),
        json!({ "booking": made.booking }),
    )
    .await?;
    Ok(WalkInStarted {
        walk_in: id,
        booking: made.booking,
        attendee: made.attendee,
    })
}

/// Somebody has been served; what took the time is noted as having taken place.
///
/// # Errors
/// If the right is missing, or they are not being served.
pub async fn complete(
    work: &Work<Tenant>,
    id: WalkInId,
    expected_version: Option<i64>,
) -> Result<WalkInChanged, Refusal> {
    let seen = found(work, id).await?;
    need_theirs(work, &seen).await?;
    can_become(&seen, WalkInStatus::Completed)?;
    let bookings: Vec<BookingId> = seen.booking_id.into_iter().collect();
    let taken = store::find::<store::booking::Entity>(work, &bookings).await?;
    for booking in taken.iter().filter(|it| it.status.is_open()) {
        booking::complete(work, booking.id, Closing::default()).await?;
    }
    close(work, (id, expected_version), WalkInStatus::Completed).await
}

/// Staff note that somebody was gone when it was their turn.
///
/// # Errors
/// If the right is missing, or they stand in line no more.
pub async fn mark_no_show(
    work: &Work<Tenant>,
    id: WalkInId,
    expected_version: Option<i64>,
) -> Result<WalkInChanged, Refusal> {
    need_theirs(work, &found(work, id).await?).await?;
    close(work, (id, expected_version), WalkInStatus::NoShow).await
}

/// Staff take somebody out of the line.
///
/// # Errors
/// If the right is missing, or they stand in line no more.
pub async fn cancel(
    work: &Work<Tenant>,
    id: WalkInId,
    expected_version: Option<i64>,
) -> Result<WalkInChanged, Refusal> {
    need_theirs(work, &found(work, id).await?).await?;
    close(work, (id, expected_version), WalkInStatus::Cancelled).await
}

/// Somebody goes by the link that came with their place.
///
/// # Errors
/// If there is no such link, or they stand in line no more.
pub async fn cancel_by_token(work: &Work<Tenant>, token: &Token) -> Result<WalkInChanged, Refusal> {
    let seen = by_token(work, token).await?;
    close(work, (seen.id, None), WalkInStatus::Cancelled).await
}

async fn close(
    work: &Work<Tenant>,
    (id, expected_version): (WalkInId, Option<i64>),
    to: WalkInStatus,
) -> Result<WalkInChanged, Refusal> {
    let mut walk_in = held(work, id, expected_version).await?;
    can_become(&walk_in, to)?;
    walk_in.status = to;
    walk_in.closed_at = Some(work.now());
    let version = walk_in.touch(work.now());
    store::save(work, walk_in).await?;
    write_down(work, EventType::WalkInClosed, (id, version), json!({ "to": to })).await?;
    Ok(WalkInChanged { walk_in: id })
}

async fn held(work: &Work<Tenant>, id: WalkInId, expected_version: Option<i64>) -> Result<WalkIn, Refusal> {
    let walk_in: WalkIn = store::hold::<store::walk_in::Entity>(work, id).await?;
    expect_version(expected_version, walk_in.version)?;
    Ok(walk_in)
}

fn can_become(walk_in: &WalkIn, to: WalkInStatus) -> Result<(), Refusal> {
    if walk_in.status.can_become(to) {
        Ok(())
    } else {
        Err(Refusal::WalkInIs(walk_in.status))
    }
}

async fn found(work: &Work<Tenant>, id: WalkInId) -> Result<WalkIn, Refusal> {
    diary::need_some_write(work)?;
    let found = store::find::<store::walk_in::Entity>(work, &[id]).await?;
    found.into_iter().next().ok_or_else(none)
}

fn none() -> Refusal {
    Refusal::NotFound(store::walk_in::Entity::WHAT)
}

/// Refuses whoever may write neither everybody's diary nor that of whom somebody waits for or is served by.
async fn need_theirs(work: &Work<Tenant>, walk_in: &WalkIn) -> Result<(), Refusal> {
    let mut hosts: Vec<ResourceId> = walk_in.host_id.into_iter().collect();
    if let Some(booking) = walk_in.booking_id {
        hosts.extend(booking::resources(work, booking).await?);
    }
    need_write(work, &hosts).await
}

async fn need_write(work: &Work<Tenant>, hosts: &[ResourceId]) -> Result<(), Refusal> {
    diary::need_write_of(work, hosts, store::walk_in::Entity::WHAT).await
}
