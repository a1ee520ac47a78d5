//! What a booking went through, and what is to be told of it: worked out from the rule as it is written down, not from the
//! code that keeps it.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::id::BookingId;

/// A stretch of time in which nobody worked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pause {
    pub(super) from: DateTime<Utc>,
    pub(super) until: DateTime<Utc>,
}

/// The life of one booking.
#[derive(Debug)]
pub(super) struct Life {
    pub(super) booking: BookingId,
    pub(super) place: usize,
    /// How many minutes before its start it is to be reminded of.
    pub(super) reminders: &'static [u32],
    /// When it was agreed that it begins when, in order.
    pub(super) agreed: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    /// When it was called off.
    pub(super) ended: Option<DateTime<Utc>>,
}

/// One reminder: of which start, so many minutes before, and when it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reminder {
    pub(super) starts_at: DateTime<Utc>,
    pub(super) before: u32,
    pub(super) at: DateTime<Utc>,
}

/// What is to become of a booking's reminders.
#[derive(Debug, Default)]
pub(super) struct Due {
    pub(super) told: Vec<Reminder>,
    /// How many of those are told late.
    pub(super) late: u64,
    /// How many fell due while nobody worked, and are not told.
    pub(super) dropped: u64,
}

impl Reminder {
    pub(super) fn is_early(&self) -> bool {
        self.at < on_time(self.starts_at, self.before).at
    }
}

impl Life {
    /// "A booking that is moved is reminded of by its new start; one that is called off, never. None comes early. After a
    /// pause, of several that are late the nearest to the start is told and the others are dropped; once the booking has
    /// begun, none is told."
    pub(super) fn due(&self, pauses: &[Pause]) -> Due {
        let mut due = Due::default();
        for (at, (agreed, starts_at)) in self.agreed.iter().enumerate() {
            let next = self.agreed.get(at + 1).map(|(again, _)| *again).or(self.ended);
            let mut stands: Vec<Reminder> =
                self.reminders.iter().map(|it| on_time(*starts_at, *it)).collect();
            stands.retain(|it| it.at > *agreed && next.is_none_or(|next| it.at < next));
            for pause in pauses {
                let is_late = |it: &Reminder| pause.from <= it.at && it.at < pause.until;
                let (late, others): (Vec<_>, Vec<_>) = stands.into_iter().partition(is_late);
                stands = others;
                let is_too_late = *starts_at <= pause.until || next.is_some_and(|next| next < pause.until);
                let nearest = late.iter().min_by_key(|it| it.before);
                if let Some(nearest) = nearest.filter(|_| !is_too_late) {
                    due.late += 1;
                    due.dropped += late.len() as u64 - 1;
                    let at = pause.until;
                    due.told.push(Reminder { at, ..*nearest });
                } else {
                    due.dropped += late.len() as u64;
                }
            }
            due.told.extend(stands);
        }
        due.told.sort();
        due
    }
}

fn on_time(starts_at: DateTime<Utc>, before: u32) -> Reminder {
    Reminder {
        starts_at,
        before,
        at: starts_at - TimeDelta::minutes(i64::from(before)),
    }
}
