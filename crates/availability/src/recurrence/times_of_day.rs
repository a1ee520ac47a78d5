//! A set of times of day: every chosen hour with every chosen minute with every chosen second.

use super::bits::Bits;

/// Seconds since midnight, chosen by BYHOUR, BYMINUTE and BYSECOND. Never empty.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimesOfDay {
    hours: Bits<1>,
    minutes: Bits<1>,
    seconds: Bits<1>,
    /// How many there are; counted once.
    len: usize,
    earliest: usize,
}

impl TimesOfDay {
    /// A set left empty stands for all hours, all minutes, all seconds.
    pub(super) fn new(hours: Bits<1>, minutes: Bits<1>, seconds: Bits<1>) -> Self {
        let or_all = |set: Bits<1>, length| if set.is_empty() { Bits::below(length) } else { set };
        let (hours, minutes, seconds) = (or_all(hours, 24), or_all(minutes, 60), or_all(seconds, 60));
        let mut times = Self {
            hours,
            minutes,
            seconds,
            len: 0,
            earliest: 0,
        };
        times.len = hours.len() * times.per_hour();
        times.earliest = times.nth_of_all(0).unwrap_or(0);
        times
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The time that has `rank` earlier ones.
    pub(super) fn nth(&self, rank: usize) -> Option<usize> {
        if rank == 0 {
            Some(self.earliest)
        } else {
            self.nth_of_all(rank)
        }
    }

    fn nth_of_all(&self, rank: usize) -> Option<usize> {
        let (per_hour, per_minute) = (self.per_hour(), self.seconds.len());
        let hour = self.hours.nth(rank / per_hour)?;
        let minute = self.minutes.nth(rank % per_hour / per_minute)?;
        let second = self.seconds.nth(rank % per_minute)?;
        Some(3_600 * hour + 60 * minute + second)
    }

    /// How many times are earlier than this one.
    pub(super) fn rank(&self, time: usize) -> usize {
        let (hour, minute, second) = (time / 3_600, time / 60 % 60, time % 60);
        let mut rank = self.hours.rank(hour) * self.per_hour();
        if self.hours.contains(hour) {
            rank += self.minutes.rank(minute) * self.seconds.len();
            if self.minutes.contains(minute) {
                rank += self.seconds.rank(second);
            }
        }
        rank
    }

    /// The earliest time that is not before this one.
    pub(super) fn first_from(&self, time: usize) -> Option<usize> {
        self.nth(self.rank(time))
    }

    fn per_hour(&self) -> usize {
        self.minutes.len() * self.seconds.len()
    }
}
