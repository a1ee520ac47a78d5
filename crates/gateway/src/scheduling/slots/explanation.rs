//! Why a start cannot be booked: what everybody may know, and what staff see.

use async_graphql::{Enum, ID, SimpleObject};
use kernel::id::{AbsenceId, BookingId, HoldId, OverrideId, ResourceId, RuleId};
use scheduling::slots::{
    Answer, Blocker, BlockerCode, Explained, Explanation, Owner, PublicBlocker, Source, Tag,
};

use crate::scalars::{Date, Duration, Instant};

/// The most hosts, rooms and pieces of equipment that an explanation goes into.
pub(crate) const ANSWERS_MAX: usize = 100;

/// The most that is said against one of them: who meets a crowded room in the diary needs no list of the crowd.
pub(crate) const BLOCKERS_MAX: usize = 20;

/// Why a start cannot be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "BlockerCode")]
pub(crate) enum SlotBlockerCode {
    /// The resource or the service is switched off.
    Inactive,
    /// No hours hold the booking.
    OutsideHours,
    /// There are hours, but it does not start on their grid.
    OffGrid,
    /// The date is closed.
    DateClosed,
    /// Somebody is away.
    OutOfOffice,
    /// The time is taken.
    Occupied,
    /// The time is free, what must be free around it is not.
    Buffer,
    /// Somebody is about to book it.
    Held,
    /// It is too soon.
    Notice,
    /// It is too far ahead.
    Horizon,
    /// The date or week has all it may have.
    Limit,
    /// The session has no seat left.
    SeatsFull,
    /// An outside calendar has not been read for too long.
    CalendarStale,
}

/// One reason against a start, as far as everybody may know it.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub(crate) struct SlotReason {
    /// Which reason.
    code: SlotBlockerCode,
    /// Of NOTICE: how long before its start it is booked at the latest.
    notice: Option<Duration>,
    /// Of NOTICE: the minutes that are left until it starts; below zero it is over.
    minutes_left: Option<i64>,
    /// Of OFF_GRID: the start of the grid before. It need not be free.
    previous_starts_at: Option<Instant>,
    /// Of OFF_GRID: the start of the grid after. It need not be free.
    next_starts_at: Option<Instant>,
    /// Of HORIZON: the last date that may be booked.
    last_on: Option<Date>,
}

impl From<PublicBlocker> for SlotReason {
    fn from(it: PublicBlocker) -> Self {
        let [previous, next] = it.nearby;
        Self {
            code: it.code.into(),
            notice: it.needs_minutes.map(|(needs, _)| Duration::of(needs)),
            minutes_left: it.needs_minutes.map(|(_, left)| left),
            previous_starts_at: previous.map(Instant),
            next_starts_at: next.map(Instant),
            last_on: it.last_date.map(Date),
        }
    }
}

/// One reason against a start, for whoever may see the calendar from within.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct SlotBlocker {
    /// Which reason.
    code: SlotBlockerCode,
    /// The same with its numbers, in English.
    message: String,
    /// The rule, override, absence, booking or hold that says so, if one does.
    blocked_by_id: Option<ID>,
}

impl From<&Blocker> for SlotBlocker {
    fn from(it: &Blocker) -> Self {
        Self {
            code: it.code().into(),
            message: it.to_string(),
            blocked_by_id: said_by(it),
        }
    }
}

/// The id of what says so: the engine passes ids through and knows only what they stand for.
fn said_by(blocker: &Blocker) -> Option<ID> {
    let owner = |tag: &Tag, kind: &Owner| match kind {
        Owner::Hold => Some(tag.id::<HoldId>().to_string()),
        Owner::Booking => Some(tag.id::<BookingId>().to_string()),
        Owner::Block | Owner::External => None,
    };
    let source = |it: &Source| match it {
        Source::Rule(tag) => Some(tag.id::<RuleId>().to_string()),
        Source::Override(tag) => Some(tag.id::<OverrideId>().to_string()),
        Source::Always => None,
    };
    let id = match blocker {
        Blocker::OutsideHours { by, .. } | Blocker::OffGrid { by, .. } => by.iter().find_map(source),
        Blocker::CutOut { by, .. } | Blocker::DateClosed { by, .. } => {
            Some(by.id::<OverrideId>().to_string())
        }
        Blocker::OutOfOffice { by, .. } => Some(by.id::<AbsenceId>().to_string()),
        Blocker::Occupied { by, kind, .. } | Blocker::Buffer { by, kind, .. } => owner(by, kind),
        Blocker::Inactive { .. }
        | Blocker::Notice { .. }
        | Blocker::Horizon { .. }
        | Blocker::Limit { .. }
        | Blocker::SeatsFull { .. }
        | Blocker::CalendarStale { .. } => None,
    };
    id.map(ID)
}

/// What one host, room or piece of equipment says about a start.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct SlotAnswer {
    /// Which resource.
    resource_id: ResourceId,
    /// Whether it is among those that can give the start.
    is_listed: bool,
    /// What can be said against it, 20 at most.
    blockers: Vec<SlotBlocker>,
}

impl From<&Answer> for SlotAnswer {
    fn from(it: &Answer) -> Self {
        Self {
            resource_id: it.resource.id(),
            is_listed: it.listed,
            blockers: it
                .blockers
                .iter()
                .take(BLOCKERS_MAX)
                .map(SlotBlocker::from)
                .collect(),
        }
    }
}

/// Everything that can be said against a start.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct SlotExplanation {
    /// Which start.
    starts_at: Instant,
    /// Whether it can be booked.
    is_offered: bool,
    /// What everybody may know: each reason once, without owners and names.
    reasons: Vec<SlotReason>,
    /// Everything, for the first 100 hosts, rooms and pieces of equipment. Null unless you may see all their calendars from within.
    answers: Option<Vec<SlotAnswer>>,
}

impl From<Explained> for SlotExplanation {
    fn from(it: Explained) -> Self {
        let answers = |it: Explanation| {
            let all = it.hosts().iter().chain(it.parts().iter().flatten());
            all.take(ANSWERS_MAX).map(SlotAnswer::from).collect()
        };
        Self {
            starts_at: it.starts_at.into(),
            is_offered: it.is_offered,
            reasons: it.reasons.into_iter().map(SlotReason::from).collect(),
            answers: it.full.map(answers),
        }
    }
}
