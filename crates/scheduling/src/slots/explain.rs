//! Why a start cannot be booked, and which near it can.

use availability::{Ask, Explanation, PublicBlocker};
use chrono::{DateTime, TimeDelta, Utc};
use db::{Reading, Tenant};
use kernel::Span;
use kernel::id::{ResourceId, ServiceId};

use super::list::{Press, Slot};
use crate::calendar::{Board, Candidates};
use crate::error::Refusal;
use crate::provider::Sight;

/// The most starts near another that one call returns.
pub const NEAREST_MAX: usize = Ask::NEAREST_MAX;

/// How many days before and after are looked at.
pub const NEAREST_DAYS: i64 = 30;

/// What can be said about a start.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// Which start.
    pub starts_at: DateTime<Utc>,
    /// Whether it can be booked.
    pub is_offered: bool,
    /// What the public may know: each reason once, without owners and names.
    pub reasons: Vec<PublicBlocker>,
    /// Everything, host by host, for whoever may see all their calendars from within.
    pub full: Option<Explanation>,
}

/// Everything that can be said against a start of a service.
///
/// # Errors
/// If the service is not there, or there are too many candidates.
pub async fn slot_explain(
    reading: &Reading<Tenant>,
    (service, candidates): (ServiceId, &Candidates),
    starts_at: DateTime<Utc>,
) -> Result<Explained, Refusal> {
    let board = around(reading, (service, candidates), (starts_at, TimeDelta::zero())).await?;
    let explanation = board.explain(starts_at);
    let sight = Sight::of(reading).await?;
    let sees_all = board.cast().resources().iter().all(|it| sight.reaches(*it));
    Ok(Explained {
        starts_at,
        is_offered: explanation.is_offered(),
        reasons: explanation.redacted(),
        full: sees_all.then_some(explanation),
    })
}

/// The bookable starts that are nearest to an instant, the nearest first, at most [`NEAREST_DAYS`] away.
///
/// # Errors
/// If the service is not there, there are too many candidates, or more than [`NEAREST_MAX`] starts are asked for.
pub async fn nearest_slots(
    reading: &Reading<Tenant>,
    (service, candidates): (ServiceId, &Candidates),
    (at, count): (DateTime<Utc>, usize),
) -> Result<Vec<Slot>, Refusal> {
    if count > NEAREST_MAX {
        return Err(Refusal::wanted("first", "at most 50", count));
    }
    let reach = TimeDelta::days(NEAREST_DAYS);
    let board = around(reading, (service, candidates), (at, reach)).await?;
    let press = Press::new(&board, *candidates != Candidates::All);
    let known = board.starts();
    let mut near = board.ask(|asked| asked.nearest(at, count));
    near.retain(|it| known.start() <= *it && *it < known.end());
    near.into_iter()
        .map(|at| {
            let explanation = board.explain(at);
            let free = explanation.hosts().iter().filter(|it| it.listed);
            let hosts: Vec<ResourceId> = free.clone().map(|it| it.resource.id()).collect();
            let seats = free.filter_map(|it| it.seat.map(|seat| seat.left)).max();
            let count = hosts.len();
            let shown = hosts.into_iter().take(super::HOSTS_SHOWN).collect();
            press.with(at, (shown, count), seats)
        })
        .collect()
}

/// A board of the starts around an instant.
async fn around(
    reading: &Reading<Tenant>,
    (service, candidates): (ServiceId, &Candidates),
    (at, reach): (DateTime<Utc>, TimeDelta),
) -> Result<Board, Refusal> {
    let wrong = || Refusal::wanted("startsAt", "a time within the calendar", at);
    let from = at.checked_sub_signed(reach).ok_or_else(wrong)?;
    let to = at
        .checked_add_signed(reach + TimeDelta::seconds(1))
        .ok_or_else(wrong)?;
    let span = Span::new(from, to).map_err(|wrong| Refusal::invalid("startsAt", wrong))?;
    let service = super::service(reading, service).await?;
    super::board(reading, (&service, candidates), span).await
}
