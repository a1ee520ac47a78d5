//! How much is booked between two instants, answered by two searches instead of a walk.

use crate::facts::Counted;
use crate::seconds::floor;

/// Bookings and minutes that already count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Used {
    pub(crate) bookings: u64,
    pub(crate) minutes: u64,
}

/// Counted bookings in order of their start, with the minutes of all before each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    starts: Vec<i64>,
    minutes_before: Vec<u64>,
}

impl Tally {
    /// Counts these.
    pub(crate) fn new<'a>(counted: impl Iterator<Item = &'a Counted>) -> Self {
        let mut each: Vec<(i64, u32)> = counted.map(|it| (floor(it.starts_at), it.minutes)).collect();
        if each.is_empty() {
            return Self::default();
        }
        each.sort_unstable();
        let mut sum = 0;
        let mut minutes_before = vec![0];
        minutes_before.extend(each.iter().map(|(_, minutes)| {
            sum += u64::from(*minutes);
            sum
        }));
        Self {
            starts: each.into_iter().map(|(start, _)| start).collect(),
            minutes_before,
        }
    }

    /// What starts in `[from, until)`.
    pub(crate) fn used(&self, from: i64, until: i64) -> Used {
        let first = self.starts.partition_point(|it| *it < from);
        let last = self.starts.partition_point(|it| *it < until);
        let before = |index: usize| self.minutes_before.get(index).copied().unwrap_or_default();
        Used {
            bookings: (last - first) as u64,
            minutes: before(last) - before(first),
        }
    }
}
