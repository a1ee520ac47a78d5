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
    for mut row in store::assignment::of(work, booking).await? {
        if row.reversed_at.is_none() {
            shifts.add(row.pool_id, &row.candidates.0, -1);
            row.reversed_at = Some(work.now());
            store::save(work, row).await?;
        }
    }
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
        without: Some(id.uuid()),
        // Nothing about the time itself changes: notice and limits were judged when it was booked.
        overrides: Overrides {
            notice: true,
            limits: true,
            ..ask.overrides
        },
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
    let after = change.write(work, &before, before.clone()).await?;
    super::shift::settle(work, &after, &plan).await?;
    let mut shifts = plan.shifts;
    shifts.join(hand_over(work, id, ask.to).await?);
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

/// The turn moves: it is taken back, and counts for whoever has the booking now, if they could have had it then.
async fn hand_over(work: &Work<Tenant>, booking: BookingId, to: ResourceId) -> Result<Shifts, Refusal> {
    let last = store::assignment::of(work, booking)
        .await?
        .into_iter()
        .rfind(|it| it.reversed_at.is_none());
    let mut shifts = take_back(work, booking).await?;
    let Some(last) = last else { return Ok(shifts) };
    let candidates: Vec<Candidate> = last.candidates.0.iter().map(Entry::candidate).collect();
    if candidates.iter().any(|it| it.resource == to) {
        let entries = fairness::award(&candidates, to, Reason::Chosen);
        shifts.add(last.pool_id, &entries, 1);
        write(work, booking, (last.pool_id, to), entries).await?;
    }
    Ok(shifts)
}
