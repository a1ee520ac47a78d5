//! What staff see of a calendar: every start that the hours make, free or not.

use std::collections::BTreeSet;

use availability::{BlockerCode, Explanation};
use chrono::{DateTime, Utc};
use db::{Reading, Tenant};
use kernel::{Denied, Right};
use serde::{Deserialize, Serialize};

use super::{STARTS_MAX, SlotsAsk};
use crate::error::Refusal;
use crate::provider::{Sight, need_sight, need_some_sight};

/// What has become of a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(feature = "graphql", derive(async_graphql::Enum))]
pub enum SlotStatus {
    /// It can be booked.
    Open,
    /// Somebody is about to book it.
    Held,
    /// It is booked, or too near to what is.
    Booked,
    /// Something else keeps it from being booked.
    Closed,
}

/// One start of the hours, and what has become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stated {
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// What has become of it.
    pub status: SlotStatus,
}

/// The most candidates of a question about statuses: it is about a desk, not about a crowd.
pub const STATUS_HOSTS_MAX: usize = 20;

/// Every start that the hours of a range make, free or not, in order, for whoever may see the calendars from within.
/// Sessions and bookings off the grid of today's hours are no starts of it; what they take shows on those they meet.
///
/// # Errors
/// If the right is missing, the service is not there, or the question is too long or about too many.
pub async fn slot_statuses(
    reading: &Reading<Tenant>,
    ask: &SlotsAsk,
) -> Result<(Vec<Stated>, Option<DateTime<Utc>>), Refusal> {
    need_some_sight(reading)?;
    let limit = ask.limit()?;
    let board = match ask.board(reading).await {
        // Whoever may not see every calendar hears the same of a service that is not there.
        Err(Refusal::NotFound(_)) if reading.need(Right::CalendarsRead).is_err() => {
            return Err(Denied::Forbidden(Right::CalendarsRead).into());
        }
        asked => asked?,
    };
    if board.cast().len() > STATUS_HOSTS_MAX {
        return Err(Refusal::LimitReached {
            what: "hosts, rooms and equipment in one question about statuses",
            max: STATUS_HOSTS_MAX as u64,
        });
    }
    let sight = Sight::of(reading).await?;
    if let Some(hidden) = board.cast().hosts.iter().find(|it| !sight.reaches(it.resource)) {
        need_sight(reading, hidden.resource).await?;
    }
    let range = board.range()?;
    let bare = board.hours_only();
    let mut starts: BTreeSet<DateTime<Utc>> =
        bare.ask(|asked| asked.starts(range).take(STARTS_MAX + 1).collect());
    starts.extend(board.ask(|asked| asked.starts(range).take(STARTS_MAX + 1).collect::<Vec<_>>()));
    let mut stated = Vec::with_capacity(starts.len().min(limit));
    for starts_at in starts {
        if stated.len() == limit {
            return Ok((stated, Some(starts_at)));
        }
        let status = status(&board.explain(starts_at));
        stated.push(Stated { starts_at, status });
    }
    Ok((stated, None))
}

/// What the reasons against a start make of it. Of several, the one that a person made counts first.
fn status(explanation: &Explanation) -> SlotStatus {
    if explanation.is_offered() {
        return SlotStatus::Open;
    }
    let codes: BTreeSet<BlockerCode> = explanation.blockers().map(availability::Blocker::code).collect();
    let any = |of: &[BlockerCode]| of.iter().any(|it| codes.contains(it));
    if any(&[BlockerCode::Occupied, BlockerCode::SeatsFull]) {
        SlotStatus::Booked
    } else if any(&[BlockerCode::Held]) {
        SlotStatus::Held
    } else if any(&[BlockerCode::Buffer]) {
        SlotStatus::Booked
    } else {
        SlotStatus::Closed
    }
}
