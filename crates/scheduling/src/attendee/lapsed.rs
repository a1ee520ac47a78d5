//! Seats that were kept and not taken in time.

use db::{Tenant, Work};
use kernel::id::{AttendeeId, BookingId, HoldId};

use super::{Attendee, AttendeeStatus, end_if_empty};
use crate::booking::{Booking, Status};
use crate::error::Refusal;
use crate::fairness::Shifts;
use crate::hold;
use crate::store::{self, attendee as rows};

/// Seats that were kept and not taken leave no trace; their holds neither.
pub(super) async fn forget(work: &Work<Tenant>, held: &[Attendee]) -> Result<(), Refusal> {
    if held.is_empty() {
        return Ok(());
    }
    let ids: Vec<AttendeeId> = held.iter().map(|it| it.id).collect();
    let holds: Vec<HoldId> = held.iter().filter_map(|it| it.hold_id).collect();
    rows::delete(work, &ids).await?;
    let mut lapsed = store::hold::seize(work, &holds).await?;
    lapsed.retain(|it| it.expires_at <= work.now());
    store::hold::delete(work, &holds).await?;
    hold::tell_expired(work, &lapsed).await
}

/// Clears seats that were kept and not taken, and ends the sessions that nobody is left in. Says how many seats there were.
pub(crate) async fn sweep(work: &Work<Tenant>) -> Result<(u64, Shifts), Refusal> {
    let (mut seats, mut shifts) = (0, Shifts::default());
    for session in rows::sessions_with_lapsed(work).await? {
        let (gone, ended) = clear_session(work, session).await?;
        seats += gone;
        shifts.join(ended);
    }
    Ok((seats, shifts))
}

/// The same for one session, for whoever keeps the promise of a hold.
pub(crate) async fn sweep_session(work: &Work<Tenant>, session: BookingId) -> Result<(), Refusal> {
    let (_, shifts) = clear_session(work, session).await?;
    store::fairness_balance::shift(work, &shifts).await?;
    Ok(())
}

async fn clear_session(work: &Work<Tenant>, session: BookingId) -> Result<(u64, Shifts), Refusal> {
    let session: Booking = store::hold::<store::booking::Entity>(work, session).await?;
    let all = rows::hold_of(work, session.id).await?;
    let held = all.into_iter().filter(|it| it.status == AttendeeStatus::Held);
    let lapsed: Vec<Attendee> = held.filter(|it| !it.is_live(work.now())).collect();
    let seats = lapsed.len() as u64;
    forget(work, &lapsed).await?;
    let shifts = if session.status == Status::Confirmed {
        end_if_empty(work, session).await?
    } else {
        Shifts::default()
    };
    Ok((seats, shifts))
}
