//! Who gives a booking: whose turn it was, and giving it to somebody else.

use db::{Reading, Tenant, Work};
use kernel::id::{BookingId, ResourceId};
use kernel::{Id as _, Right};
use serde_json::json;

use super::{Booking, BookingChanged, Change, Closing, Overrides, Party, What};
use crate::error::Refusal;
use crate::fairness::{self, Candidate, Entry, Reason, Shifts};
use crate::hold::Choice;
use crate::needs::Who;
use crate::patch::expect_version;
use crate::plan::{self, Wish};
use crate::service::Part;
use crate::store;
use crate::store::assignment::Entries;

pub use store::assignment::Model as Assignment;

/// Writes whose turn a new booking was, and moves the balances. Whoever calls holds the pool.
pub(crate) async fn decide(work: &Work<Tenant>, booking: BookingId, choice: &Choice) -> Result<(), Refusal> {
    let Some(pool) = &choice.pool else { return Ok(()) };
    let balances = store::fairness_balance::of(work, pool.id).await?;
    let mut left: Vec<Candidate> = pool
        .candidates
        .iter()
        .map(|it| with_balance(*it, &balances))
        .collect();
    let mut shifts = Shifts::default();
    for winner in &pool.winners {
        let how = if left.len() == 1 {
            Reason::OnlyOne
        } else {
            Reason::Turn
        };
        let entries = fairness::award(&left, *winner, how);
        shifts.add(pool.id, &entries, 1);
        write(work, booking, (pool.id, *winner), entries).await?;
        left.retain(|it| it.resource != *winner);
    }
    store::fairness_balance::shift(work, &shifts).await?;
    Ok(())
}

fn with_balance(it: Candidate, balances: &[store::fairness_balance::Model]) -> Candidate {
    let found = balances.iter().find(|row| row.resource_id == it.resource);
    Candidate {
        balance: found.map_or(0, |row| row.balance),
        ..it
    }
}

async fn write(
    work: &Work<Tenant>,
    booking: BookingId,
    (pool, winner): (uuid::Uuid, ResourceId),
    entries: Vec<Entry>,
) -> Result<(), Refusal> {
    let row = Assignment {
        organization_id: work.organization(),
        id: work.mint(),
        booking_id: booking,
        pool_id: pool,
        resource_id: winner,
        candidates: Entries(entries),
        reversed_at: None,
        at: work.now(),
    };
    store::insert(work, row).await?;
    Ok(())
}

/// A booking that is no more gives back the turns that it took, exactly as they were taken.
pub(crate) async fn take_back(work: &Work<Tenant>, booking: BookingId) -> Result<Shifts, Refusal> {
    let mut shifts = Shifts::default();
    for row in store::assignment::of(work, booking).await? {
        if row.reversed_at.is_none() {
            shifts.join(reverse(work, row).await?);
        }
    }
    Ok(shifts)
}

async fn reverse(work: &Work<Tenant>, mut row: Assignment) -> Result<Shifts, Refusal> {
    let mut shifts = Shifts::default();
    shifts.add(row.pool_id, &row.candidates.0, -1);
    row.reversed_at = Some(work.now());
    store::save(work, row).await?;
    Ok(shifts)
}

/// Why a booking went to whom it went: every decision about it, with everybody who could have had it.
///
/// # Errors
/// If the right is missing or the booking is not there.
pub async fn explain_assignment(
    reading: &Reading<Tenant>,
    booking: BookingId,
) -> Result<Vec<Assignment>, Refusal> {
    reading.need(Right::DiaryRead)?;
    let found = store::find::<store::booking::Entity>(reading, &[booking]).await?;
    found.first().ok_or(Refusal::NotFound("booking"))?;
    Ok(store::assignment::of(reading, booking).await?)
}

/// What was judged when a booking was made, and is not judged again while it keeps its time.
pub(crate) const SAME_TIME: Overrides = Overrides {
    notice: true,
    limits: true,
    hours: false,
    at_the_door: false,
};

/// To whom a booking is given.
#[derive(Debug, Clone)]
pub struct Reassign {
    /// Who gives it now; the only host unless said.
    pub from: Option<ResourceId>,
    /// Who is to give it.
    pub to: ResourceId,
    /// What else is to be overruled.
    pub overrides: Overrides,
    /// The version that the caller has read, and what is said about it.
    pub how: Closing,
}

/// Staff give a booking to another of the service's hosts, at the same time. Its turn moves with it.
///
/// # Errors
/// If the right is missing, the new host cannot give it, or it has ended.
pub async fn reassign(work: &Work<Tenant>, id: BookingId, ask: Reassign) -> Result<BookingChanged, Refusal> {
    work.need(Right::DiaryWrite)?;
    let found = store::find::<store::booking::Entity>(work, &[id]).await?;
    let seen = found.into_iter().next().ok_or(Refusal::NotFound("booking"))?;
    let rows = store::booking_host::of(work, &[id]).await?;
    let of = |host: bool| -> Vec<ResourceId> {
        let part = |it: &&super::BookingHost| (it.part == Part::Host) == host;
        rows.iter().filter(part).map(|it| it.resource_id).collect()
    };
    let hosts = replaced(of(true), &ask)?;
    let wish = Wish {
        service: seen.service_id,
        starts_at: seen.starts_at,
        who: Who::These(hosts),
        prefer: of(false),
        without: vec![id.uuid()],
        overrides: ask.overrides,
        // Nothing about the time itself changes: notice and limits were judged when it was booked.
        settled: SAME_TIME,
    };
    let plan = plan::make(work, &wish).await?;
    let before: Booking = store::hold::<store::booking::Entity>(work, id).await?;
    super::read::still_takes(work, &before, &rows).await?;
    expect_version(ask.how.expected_version, before.version)?;
    super::shift::movable(&before, Party::Staff, work.now())?;
    if before.starts_at != wish.starts_at {
        return Err(Refusal::VersionConflict { now: before.version });
    }
    let facts = json!({ "from": of(true), "hosts": plan.choice.hosts });
    let change = Change {
        reason: ask.how.reason,
        ..Change::new(What::Reassigned, facts)
    };
    super::shift::put(work, &before, (&plan, change)).await?;
    let mut shifts = plan.shifts;
    shifts.join(hand_over(work, id, &plan.choice).await?);
    store::fairness_balance::shift(work, &shifts).await?;
    Ok(BookingChanged { booking: id })
}

/// The hosts with one in the place of another.
fn replaced(mut hosts: Vec<ResourceId>, ask: &Reassign) -> Result<Vec<ResourceId>, Refusal> {
    let from = match (ask.from, hosts.as_slice()) {
        (Some(from), _) => from,
        (None, [only]) => *only,
        (None, _) => return Err(Refusal::wanted("from", "one of its several hosts", "none")),
    };
    if hosts.contains(&ask.to) {
        return Err(Refusal::wanted("to", "somebody who does not give it yet", ask.to));
    }
    let place = hosts.iter_mut().find(|it| **it == from);
    *place.ok_or(Refusal::NotFound("host of this booking"))? = ask.to;
    Ok(hosts)
}

/// The turns move with the booking: those that were taken are taken back, and count for whoever gives it now and could have
/// had it then.
pub(crate) async fn hand_over(
    work: &Work<Tenant>,
    booking: BookingId,
    choice: &Choice,
) -> Result<Shifts, Refusal> {
    let rows = store::assignment::of(work, booking).await?;
    let turns: Vec<Assignment> = rows.into_iter().filter(|it| it.reversed_at.is_none()).collect();
    let mut shifts = take_back(work, booking).await?;
    let hosts = choice.hosts.iter().filter(|it| it.part == Part::Host);
    let hosts: Vec<ResourceId> = hosts.map(|it| it.resource).collect();
    for (turn, to) in turns.iter().zip(heirs(&turns, &hosts)) {
        let Some(to) = to else { continue };
        let candidates: Vec<Candidate> = turn.candidates.0.iter().map(Entry::candidate).collect();
        let entries = fairness::award(&candidates, to, Reason::Chosen);
        shifts.add(turn.pool_id, &entries, 1);
        write(work, booking, (turn.pool_id, to), entries).await?;
    }
    Ok(shifts)
}

/// Whose each turn is now: still that of whoever gives the booking as before, else that of somebody new to it who was a
/// candidate; nobody's if nobody was.
fn heirs(turns: &[Assignment], hosts: &[ResourceId]) -> Vec<Option<ResourceId>> {
    let mut new: Vec<ResourceId> = hosts.to_vec();
    new.retain(|host| !turns.iter().any(|it| it.resource_id == *host));
    let mut heirs = Vec::with_capacity(turns.len());
    for turn in turns {
        if hosts.contains(&turn.resource_id) {
            heirs.push(Some(turn.resource_id));
            continue;
        }
        let could = |host: &ResourceId| turn.candidates.0.iter().any(|it| it.resource == *host);
        heirs.push(new.iter().position(could).map(|at| new.remove(at)));
    }
    heirs
}

/// Whose turn it is to stand in for somebody, and in which pool that was decided.
#[derive(Debug)]
pub(crate) struct StandIn {
    pub resource: ResourceId,
    pub pool: Option<uuid::Uuid>,
    pub entries: Vec<Entry>,
}

/// The turns by which somebody has a booking, to be taken back.
pub(crate) async fn turns_of(
    work: &Work<Tenant>,
    booking: BookingId,
    host: ResourceId,
) -> Result<Vec<Assignment>, Refusal> {
    let mut rows = store::assignment::of(work, booking).await?;
    rows.retain(|it| it.resource_id == host && it.reversed_at.is_none());
    Ok(rows)
}

/// Somebody stands in: the turns of whoever is away are taken back, and the new one counts.
pub(crate) async fn stand_in(
    work: &Work<Tenant>,
    (booking, away): (BookingId, ResourceId),
    new: StandIn,
) -> Result<Shifts, Refusal> {
    let mut shifts = Shifts::default();
    for row in turns_of(work, booking, away).await? {
        shifts.join(reverse(work, row).await?);
    }
    if let Some(pool) = new.pool {
        shifts.add(pool, &new.entries, 1);
        write(work, booking, (pool, new.resource), new.entries).await?;
    }
    Ok(shifts)
}
