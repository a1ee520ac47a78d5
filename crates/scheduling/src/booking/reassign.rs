//! Who gives a booking: whose turn it was, and giving it to somebody else.

use db::{Reading, Tenant, Work};
use kernel::id::{BookingId, ResourceId};
use kernel::{Id as _, Right};
use serde_json::json;

use super::{Booking, BookingChanged, Change, Closing, What, lifecycle};
use crate::diary;
use crate::error::Refusal;
use crate::fairness::{self, Candidate, Entry, Reason, Shifts};
use crate::hold::{Choice, Taken};
use crate::occupancy::{self, Owner};
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
    let mut left: Vec<Candidate> = pool.candidates.iter().map(|it| with_balance(*it, &balances)).collect();
    let mut shifts = Shifts::default();
    for winner in &pool.winners {
        let how = if left.len() == 1 { Reason::OnlyOne } else { Reason::Turn };
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
/// If the right is missing.
pub async fn explain_assignment(
    reading: &Reading<Tenant>,
    booking: BookingId,
) -> Result<Vec<Assignment>, Refusal> {
    reading.need(Right::DiaryRead)?;
    Ok(store::assignment::of(reading, booking).await?)
}
