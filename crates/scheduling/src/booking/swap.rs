//! Two bookings exchange their times, their hosts, or both, at once or not at all.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use db::{Tenant, Work};
use kernel::id::{BookingId, ResourceId};
use kernel::{Id as _, Line, Right, Span};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Booking, BookingHost, Change, Overrides, Party, What, reassign, shift};
use crate::diary;
use crate::error::Refusal;
use crate::fairness::Shifts;
use crate::needs::{self, Who};
use crate::occupancy;
use crate::patch::expect_version;
use crate::plan::{self, Plan, Wish};
use crate::service::Part;
use crate::store;
use crate::word::words;

/// Buffers and a service's length are a day each at most.
const REACH: TimeDelta = TimeDelta::days(3);

words! {
    /// What two bookings exchange.
    #[cfg_attr(feature = "graphql", graphql(name = "SwapKind"))]
    pub enum Exchange {
        /// Each begins when the other did, given by the same hosts as before.
        Times = "TIMES",
        /// Each is given by the other's hosts, at the same time as before.
        Hosts = "HOSTS",
        /// Each begins when the other did, given by the other's hosts.
        Places = "PLACES",
    }
}

impl Exchange {
    fn times(self) -> bool {
        matches!(self, Self::Times | Self::Places)
    }

    fn hosts(self) -> bool {
        matches!(self, Self::Hosts | Self::Places)
    }
}

/// One of the two.
#[derive(Debug, Clone, Copy)]
pub struct Side {
    /// Which booking.
    pub booking: BookingId,
    /// The version that the caller has read.
    pub expected_version: Option<i64>,
}

/// Which two exchange what.
#[derive(Debug, Clone)]
pub struct Swap {
    /// The one.
    pub first: Side,
    /// The other.
    pub second: Side,
    /// What they exchange.
    pub what: Exchange,
    /// What is overruled for it.
    pub overrides: Overrides,
    /// What is said about it.
    pub reason: Option<Line>,
}

/// Two bookings have exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingsSwapped {
    /// The one.
    pub first: BookingId,
    /// The other.
    pub second: BookingId,
}

/// A booking, and what it takes.
struct Seen {
    booking: Booking,
    hosts: Vec<BookingHost>,
    /// The input field that names it.
    field: &'static str,
}

impl Seen {
    fn taken_as(&self, part: impl Fn(Part) -> bool) -> Vec<ResourceId> {
        let taken = self.hosts.iter().filter(|it| part(it.part));
        taken.map(|it| it.resource_id).collect()
    }

    fn hosts(&self) -> Vec<ResourceId> {
        self.taken_as(|part| part == Part::Host)
    }

    fn resources(&self) -> Vec<ResourceId> {
        self.taken_as(|_| true)
    }

    /// What is wrong, about this one of the two.
    fn about(&self, why: Refusal) -> Refusal {
        Refusal::about(self.booking.id, Some(self.field), why)
    }
}

/// Lets two bookings exchange. They keep their ids, prices and terms; each must fit where the other was, as if neither were
/// there.
///
/// # Errors
/// If a right is missing, one of them has ended or changed, or does not fit: the refusal says which, and why.
pub async fn swap(work: &Work<Tenant>, ask: Swap) -> Result<BookingsSwapped, Refusal> {
    let (first, second) = (
        seen(work, ask.first, "first").await?,
        seen(work, ask.second, "second").await?,
    );
    if ask.first.booking == ask.second.booking {
        return Err(Refusal::wanted(
            "second",
            "another booking than `first`",
            ask.second.booking,
        ));
    }
    if ask.what.hosts() {
        work.need(Right::DiaryWrite)?;
        if first.hosts().len() != second.hosts().len() {
            return Err(Refusal::wanted(
                "kind",
                "bookings with as many hosts as each other",
                ask.what,
            ));
        }
    }
    let shifts = hold(work, &first, &second).await?;
    let first = Seen {
        booking: held(work, &first, ask.first).await?,
        ..first
    };
    let second = Seen {
        booking: held(work, &second, ask.second).await?,
        ..second
    };
    // Both are gone from where they were before either is judged.
    for it in [&first, &second] {
        occupancy::release(work, it.booking.id.uuid()).await?;
    }
    let ids = [first.booking.id.uuid(), second.booking.id.uuid()];
    let mut all = shifts;
    // The first is judged without both, the second with the first where it is now.
    all.join(cross(work, &ask, (&first, &second), &ids).await?);
    all.join(cross(work, &ask, (&second, &first), &ids[1..]).await?);
    store::fairness_balance::shift(work, &all).await?;
    Ok(BookingsSwapped {
        first: ask.first.booking,
        second: ask.second.booking,
    })
}

async fn seen(work: &Work<Tenant>, side: Side, field: &'static str) -> Result<Seen, Refusal> {
    let hosts = store::booking_host::of(work, &[side.booking]).await?;
    let resources: Vec<ResourceId> = hosts.iter().map(|it| it.resource_id).collect();
    diary::need_write(work, &resources).await?;
    let found = store::find::<store::booking::Entity>(work, &[side.booking]).await?;
    let booking = found.into_iter().next().ok_or(Refusal::NotFound("booking"))?;
    Ok(Seen {
        booking,
        hosts,
        field,
    })
}

/// Holds whatever both could take and clears what has lapsed there, then holds both bookings.
async fn hold(work: &Work<Tenant>, first: &Seen, second: &Seen) -> Result<Shifts, Refusal> {
    let services = BTreeSet::from([first.booking.service_id, second.booking.service_id]);
    let now = [first.resources(), second.resources()].concat();
    let held = needs::reserve(work, (&services, &Who::These(Vec::new())), &now).await?;
    let starts = first.booking.starts_at.min(second.booking.starts_at) - REACH;
    let ends = first.booking.ends_at.max(second.booking.ends_at) + REACH;
    let around = Span::new(starts, ends).map_err(|wrong| Refusal::invalid("first", wrong))?;
    let shifts = occupancy::clear(work, &held, around).await?;
    store::hold_all::<store::booking::Entity>(work, &[first.booking.id, second.booking.id]).await?;
    Ok(shifts)
}

/// The booking as it is under its lock, if it can still go.
async fn held(work: &Work<Tenant>, seen: &Seen, side: Side) -> Result<Booking, Refusal> {
    let booking: Booking = store::hold::<store::booking::Entity>(work, side.booking).await?;
    let judged = async {
        super::read::still_takes(work, &booking, &seen.hosts).await?;
        expect_version(side.expected_version, booking.version)?;
        if booking.starts_at != seen.booking.starts_at {
            return Err(Refusal::VersionConflict { now: booking.version });
        }
        shift::movable(&booking, Party::Staff, work.now())
    };
    judged.await.map_err(|why| seen.about(why))?;
    Ok(booking)
}

/// Puts one where the other was, judged as if `without` were not there.
async fn cross(
    work: &Work<Tenant>,
    ask: &Swap,
    (own, other): (&Seen, &Seen),
    without: &[uuid::Uuid],
) -> Result<Shifts, Refusal> {
    let (time, place) = (
        if ask.what.times() { other } else { own },
        if ask.what.hosts() { other } else { own },
    );
    let wish = Wish {
        service: own.booking.service_id,
        starts_at: time.booking.starts_at,
        who: Who::These(place.hosts()),
        // Whoever goes to another's time goes to their room, which is free then.
        prefer: time.taken_as(|part| part != Part::Host),
        without: without.to_vec(),
        overrides: ask.overrides,
        settled: if ask.what.times() {
            Overrides::default()
        } else {
            reassign::SAME_TIME
        },
    };
    let plan = plan::make(work, &wish).await.map_err(|why| own.about(why))?;
    let change = Change {
        reason: ask.reason.clone(),
        ..Change::new(what(ask.what), facts((own, other), &plan))
    };
    let put = shift::put(work, &own.booking, (&plan, change)).await;
    put.map_err(|why| own.about(why))?;
    let mut shifts = plan.shifts;
    if ask.what.hosts() {
        shifts.join(reassign::hand_over(work, own.booking.id, &plan.choice).await?);
    }
    Ok(shifts)
}

fn what(exchange: Exchange) -> What {
    if exchange.times() {
        What::Moved
    } else {
        What::Reassigned
    }
}

fn facts((own, other): (&Seen, &Seen), plan: &Plan) -> serde_json::Value {
    json!({
        "swappedWith": other.booking.id,
        "from": { "startsAt": own.booking.starts_at, "endsAt": own.booking.ends_at, "hosts": own.resources() },
        "to": { "startsAt": plan.span.start(), "endsAt": plan.span.end() },
        "hosts": plan.choice.hosts,
        "overruled": super::create::words(&plan.overruled),
    })
}
