//! Moving a booking: the same booking at another time, given by the same people.

use chrono::{DateTime, Utc};
use db::{Tenant, Token, Work};
use kernel::Id as _;
use kernel::id::{BookingId, BookingTokenId, ResourceId};
use serde_json::json;

use super::{Booking, BookingChanged, Change, Overrides, Party, What, create};
use crate::diary;
use crate::error::Refusal;
use crate::needs::Who;
use crate::occupancy::{self, Owner};
use crate::patch::expect_version;
use crate::plan::{self, Plan, Wish};
use crate::service::Part;
use crate::store;
use crate::token::{self, Purpose};
use crate::waitlist;

/// Where a booking is to go.
#[derive(Debug, Clone)]
pub struct Shift {
    /// When it is to begin.
    pub starts_at: DateTime<Utc>,
    /// The version that the caller has read.
    pub expected_version: Option<i64>,
    /// What is overruled for it; for staff only.
    pub overrides: Overrides,
    /// What is said about it.
    pub reason: Option<kernel::Line>,
}

/// Staff move a booking. It keeps its id, its price and its terms; its hosts must be free, the time that it takes now being
/// no hindrance.
///
/// # Errors
/// If a right is missing, it has ended, or the new time is not offered.
pub async fn shift(work: &Work<Tenant>, booking: BookingId, to: Shift) -> Result<BookingChanged, Refusal> {
    diary::need_write(work, &super::resources(work, booking).await?).await?;
    shift_it(work, booking, to, None).await
}

/// The client moves a booking of their own with the link that came with it, before it begins.
///
/// # Errors
/// If the link is no good, it is a class's, it has begun, or the new time is not offered.
pub async fn shift_by_token(work: &Work<Tenant>, link: &Token, to: Shift) -> Result<BookingChanged, Refusal> {
    let opened = token::open(work, link, Purpose::Manage).await?;
    let to = Shift {
        overrides: Overrides::default(),
        ..to
    };
    shift_it(work, opened.booking_id, to, Some(opened.id)).await
}

async fn shift_it(
    work: &Work<Tenant>,
    id: BookingId,
    to: Shift,
    link: Option<BookingTokenId>,
) -> Result<BookingChanged, Refusal> {
    let seen = one(work, id).await?;
    let hosts = store::booking_host::of(work, &[id]).await?;
    let of = |part: fn(Part) -> bool| -> Vec<ResourceId> {
        hosts
            .iter()
            .filter(|it| part(it.part))
            .map(|it| it.resource_id)
            .collect()
    };
    let wish = Wish {
        service: seen.service_id,
        starts_at: to.starts_at,
        who: Who::These(of(|part| part == Part::Host)),
        prefer: of(|part| part != Part::Host),
        without: vec![id.uuid()],
        overrides: to.overrides,
        settled: Overrides::default(),
    };
    // What it gives up is offered to whoever waits; a class that moves takes its seats along.
    let freed = if seen.seats == 1 && seen.occupies() {
        waitlist::prepare(work, seen.service_id, seen.starts_at).await?
    } else {
        None
    };
    let plan = plan::make(work, &wish).await?;
    let before: Booking = store::hold::<store::booking::Entity>(work, id).await?;
    super::read::still_takes(work, &before, &hosts).await?;
    expect_version(to.expected_version, before.version)?;
    let party = if link.is_some() {
        Party::Client
    } else {
        Party::Staff
    };
    movable(&before, party, work.now())?;
    let change = Change {
        reason: to.reason,
        link,
        ..Change::new(What::Moved, facts(&before, &plan))
    };
    put(work, &before, (&plan, change)).await?;
    store::fairness_balance::shift(work, &plan.shifts).await?;
    waitlist::offer_next(work, freed).await?;
    Ok(BookingChanged { booking: id })
}

async fn one(work: &Work<Tenant>, id: BookingId) -> Result<Booking, Refusal> {
    let found = store::find::<store::booking::Entity>(work, &[id]).await?;
    found.into_iter().next().ok_or(Refusal::NotFound("booking"))
}

/// Whether a booking can go to another time: while it is to come, and for its client only if it is theirs alone.
pub(crate) fn movable(booking: &Booking, party: Party, now: DateTime<Utc>) -> Result<(), Refusal> {
    // A move asks no more of a booking than calling it off does.
    booking.state().after(super::Event::Cancel, party, now)?;
    if party == Party::Client && booking.seats > 1 {
        return Err(Refusal::NotTheirs {
            event: super::Event::Cancel,
            party,
        });
    }
    Ok(())
}

/// The booking at its new time. What was agreed stays; how long it takes and what must be free around it are the service's
/// as it is now, because that is what was judged.
pub(crate) fn moved(before: &Booking, plan: &Plan) -> Booking {
    Booking {
        starts_at: plan.span.start(),
        ends_at: plan.span.end(),
        buffer_before_minutes: plan.service.buffer_before_minutes,
        buffer_after_minutes: plan.service.buffer_after_minutes,
        local_start: before.timezone.local(plan.span.start()),
        ..before.clone()
    }
}

fn facts(before: &Booking, plan: &Plan) -> serde_json::Value {
    json!({
        "from": { "startsAt": before.starts_at, "endsAt": before.ends_at },
        "to": { "startsAt": plan.span.start(), "endsAt": plan.span.end() },
        "hosts": plan.choice.hosts,
        "overruled": create::words(&plan.overruled),
    })
}

/// Puts a booking that is held where it was planned, and writes down what happened.
pub(crate) async fn put(
    work: &Work<Tenant>,
    before: &Booking,
    (plan, change): (&Plan, Change),
) -> Result<Booking, Refusal> {
    plan.alone()?;
    let after = change.write(work, before, moved(before, plan)).await?;
    settle(work, &after, plan).await?;
    Ok(after)
}

/// Takes the new time in the place of the old: first the old is given back, then the new taken, so that the two may overlap.
pub(crate) async fn settle(work: &Work<Tenant>, after: &Booking, plan: &Plan) -> Result<(), Refusal> {
    occupancy::release(work, after.id.uuid()).await?;
    if after.occupies() {
        occupancy::take(work, Owner::booking(after), &plan.places, plan.taken).await?;
    }
    store::booking_host::clear(work, after.id).await?;
    create::write_hosts(work, after, &plan.choice).await
}
