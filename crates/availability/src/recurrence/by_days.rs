//! The moments of rules whose interval is a day or longer: in each interval, every chosen day with every chosen time.
//!
//! The moments of an interval are numbered without being listed: moment `rank` is time `rank % times` of day
//! `rank / times`. So BYSETPOS, a jump into the middle of an interval and the count of what lies between two
//! moments are arithmetic.

use std::ops::Range;

use super::bits::{Bits, Signed};
use super::pattern::{Day, Frame, Pattern};
use super::rule::Frequency;
use super::times_of_day::TimesOfDay;

/// A wall-clock time in seconds, from the midnight before [`Day`] 0.
pub(super) type Wall = i64;

pub(super) const DAY_SECONDS: i64 = 86_400;

/// The rule's days and times.
#[derive(Clone, Debug)]
pub(super) struct DaysAndTimes {
    pattern: Pattern,
    times: TimesOfDay,
    /// BYSETPOS, if there is one.
    positions: Option<Signed<6>>,
}

/// One frame of the rule and the number of its moments, before BYSETPOS.
#[derive(Clone, Copy, Debug)]
struct Interval {
    frame: Frame,
    moments: usize,
}

/// A walk over the moments of a window.
#[derive(Clone, Debug)]
pub(super) struct DayWalk<'s> {
    of: &'s DaysAndTimes,
    until: Wall,
    number: i64,
    interval: Option<Interval>,
    rank: usize,
    days: DaysInTurn,
}

/// The days of an interval, of which the next one is usually wanted.
#[derive(Clone, Copy, Debug)]
struct DaysInTurn {
    /// The rank and the index of the day given last.
    last: Option<(usize, usize)>,
    /// The days after that one.
    rest: Bits<6>,
}

impl DaysAndTimes {
    pub(super) fn new(pattern: Pattern, times: TimesOfDay) -> Self {
        let positions = Some(pattern.rule.positions).filter(|it| !it.is_empty());
        Self {
            pattern,
            times,
            positions,
        }
    }

    /// Walks the moments of `window`.
    pub(super) fn walk(&self, window: Range<Wall>) -> DayWalk<'_> {
        let number = self.pattern.frame_at(day_of(window.start));
        let interval = self.interval(number);
        let rank = interval.map_or(0, |it| self.rank(&it, window.start));
        let days = DaysInTurn::of(interval);
        DayWalk {
            of: self,
            until: window.end,
            number,
            interval,
            rank,
            days,
        }
    }

    /// How many moments lie in `window`; counting stops soon after `enough`.
    pub(super) fn count(&self, window: Range<Wall>, enough: u64) -> u64 {
        let Range {
            start: from,
            end: until,
        } = window;
        let numbers = self.pattern.frame_at(day_of(from))..=self.pattern.frame_at(day_of(until));
        let (mut counted, mut barren) = (0, 0);
        for number in numbers {
            let Some(interval) = self.interval(number) else {
                break;
            };
            let here = self.count_chosen(&interval, self.rank(&interval, from), self.rank(&interval, until));
            counted += here;
            barren = if here == 0 { barren + 1 } else { 0 };
            if counted >= enough || barren > self.pattern.barren_max() {
                break;
            }
        }
        counted
    }

    fn interval(&self, number: i64) -> Option<Interval> {
        let frame = self.pattern.frame(number)?;
        Some(Interval {
            frame,
            moments: frame.days.len() * self.times.len(),
        })
    }

    /// How many moments of the interval are before `wall`, BYSETPOS aside.
    fn rank(&self, interval: &Interval, wall: Wall) -> usize {
        let Frame { first, days } = interval.frame;
        let Ok(index) = usize::try_from(day_of(wall) - first) else {
            return 0;
        };
        let today = if days.contains(index) {
            self.times.rank(time_of(wall))
        } else {
            0
        };
        days.rank(index) * self.times.len() + today
    }

    /// The first rank from `rank` on that BYSETPOS leaves.
    fn chosen_from(&self, interval: &Interval, rank: usize) -> Option<usize> {
        let Some(positions) = &self.positions else {
            return (rank < interval.moments).then_some(rank);
        };
        if self.pattern.rule.frequency != Frequency::Daily {
            return positions.next_index(rank, interval.moments);
        }
        // A frame of DAILY holds many intervals, each a day with the same times.
        let times = self.times.len();
        let today = rank - rank % times;
        let next = match positions.next_index(rank - today, times) {
            Some(index) => today + index,
            None => today + times + positions.next_index(0, times)?,
        };
        (next < interval.moments).then_some(next)
    }

    fn count_chosen(&self, interval: &Interval, from: usize, until: usize) -> u64 {
        if self.positions.is_none() {
            return until.saturating_sub(from) as u64;
        }
        let next = |rank| self.chosen_from(interval, rank).filter(|it| *it < until);
        std::iter::successors(next(from), |rank| next(rank + 1)).count() as u64
    }
}

impl DayWalk<'_> {
    /// The moment with this rank in the interval.
    fn wall(&mut self, interval: &Interval, rank: usize) -> Option<Wall> {
        let times = &self.of.times;
        let (day, time) = match times.len() {
            1 => (rank, 0),
            several => (rank / several, rank % several),
        };
        let index = self.days.nth(&interval.frame.days, day)?;
        Some(i64::from(interval.frame.first + index as Day) * DAY_SECONDS + times.nth(time)? as i64)
    }
}

impl Iterator for DayWalk<'_> {
    type Item = Wall;

    fn next(&mut self) -> Option<Wall> {
        for _ in 0..=self.of.pattern.barren_max() {
            let interval = self.interval?;
            if let Some(rank) = self.of.chosen_from(&interval, self.rank) {
                self.rank = rank + 1;
                return self.wall(&interval, rank).filter(|it| *it < self.until);
            }
            if i64::from(interval.frame.first) * DAY_SECONDS >= self.until {
                break;
            }
            self.number += 1;
            (self.interval, self.rank) = (self.of.interval(self.number), 0);
            self.days = DaysInTurn::of(self.interval);
        }
        self.interval = None;
        None
    }
}

impl DaysInTurn {
    fn of(interval: Option<Interval>) -> Self {
        Self {
            last: None,
            rest: interval.map_or(Bits::EMPTY, |it| it.frame.days),
        }
    }

    /// The index of the day that has `rank` earlier ones in `all`.
    fn nth(&mut self, all: &Bits<6>, rank: usize) -> Option<usize> {
        let index = match self.last {
            Some((last, index)) if last == rank => return Some(index),
            Some((last, _)) if last + 1 == rank => self.rest.pop_first()?,
            None if rank == 0 => self.rest.pop_first()?,
            Some(_) | None => {
                let index = all.nth(rank)?;
                self.rest = *all;
                self.rest.remove_below(index + 1);
                index
            }
        };
        self.last = Some((rank, index));
        Some(index)
    }
}

pub(super) fn day_of(wall: Wall) -> Day {
    // A wall-clock time comes from chrono, whose days fit.
    wall.div_euclid(DAY_SECONDS) as Day
}

pub(super) fn time_of(wall: Wall) -> usize {
    wall.rem_euclid(DAY_SECONDS) as usize
}
