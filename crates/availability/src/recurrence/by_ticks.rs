//! The moments of HOURLY, MINUTELY and SECONDLY rules: ticks on a stride, on the days and at the times that are chosen.
//!
//! The walk goes from tick to tick, but leaps over days, hours and minutes that are not chosen. What it cannot leap
//! over is a stride that is out of step with the chosen times; there it gives up after [`MISSES_MAX`] leaps in vain.

use std::ops::Range;

use super::bits::Bits;
use super::by_days::{DAY_SECONDS, Wall, day_of, time_of};
use super::pattern::{Day, Frame, Pattern};
use super::rule::{Frequency, Rule};
use super::times_of_day::TimesOfDay;

/// A walk that has so often come to a tick that is not chosen ends as if the rule had ended. A year has half as many
/// minutes, and at most one miss in each, so this cuts no window of a year short.
const MISSES_MAX: u32 = 1_000_000;

/// The rule's ticks.
#[derive(Clone, Debug)]
pub(super) struct Ticks {
    days: Pattern,
    /// How long an interval is, in seconds.
    length: i64,
    /// Every so many intervals one counts, from the one that holds the start.
    stride: i64,
    origin: i64,
    /// The times of day at which an interval may begin.
    beginnings: TimesOfDay,
    /// What is chosen from an interval, in seconds from its beginning.
    within: TimesOfDay,
    /// Whether the stride ever comes to one of the beginnings, and BYSETPOS leaves something there.
    reachable: bool,
}

/// A walk over the moments of a window.
#[derive(Clone, Debug)]
pub(super) struct TickWalk<'s> {
    of: &'s Ticks,
    window: Range<Wall>,
    /// The interval the walk is in, and how many of its moments are behind.
    tick: i64,
    rank: usize,
    month: Option<Frame>,
    misses: u32,
}

impl Ticks {
    /// `pattern` chooses the days; its rule has been completed, times of day included.
    pub(super) fn new(pattern: Pattern, start: Wall) -> Self {
        let Rule {
            frequency,
            interval,
            hours,
            minutes,
            seconds,
            ..
        } = pattern.rule;
        let zero = Bits::below(1);
        let (length, beginnings, within) = match frequency {
            Frequency::Secondly => (1, TimesOfDay::new(hours, minutes, seconds), [zero, zero]),
            Frequency::Minutely => (60, TimesOfDay::new(hours, minutes, zero), [zero, seconds]),
            Frequency::Hourly
            | Frequency::Daily
            | Frequency::Weekly
            | Frequency::Monthly
            | Frequency::Yearly => (3_600, TimesOfDay::new(hours, zero, zero), [minutes, seconds]),
        };
        let mut ticks = Self {
            days: pattern,
            length,
            stride: i64::from(interval),
            origin: start.div_euclid(length),
            beginnings,
            within: TimesOfDay::new(zero, within[0], within[1]),
            reachable: true,
        };
        ticks.reachable = ticks.leaves_a_position() && ticks.reaches_a_beginning();
        ticks
    }

    /// Walks the moments of `window`.
    pub(super) fn walk(&self, window: Range<Wall>) -> TickWalk<'_> {
        let tick = self.on_stride(window.start.div_euclid(self.length));
        TickWalk {
            of: self,
            window,
            tick,
            rank: 0,
            month: None,
            misses: 0,
        }
    }

    /// The first tick of the rule that is not before this one.
    fn on_stride(&self, tick: i64) -> i64 {
        let intervals = (tick - self.origin).max(0);
        self.origin + (intervals + self.stride - 1) / self.stride * self.stride
    }

    fn leaves_a_position(&self) -> bool {
        let positions = &self.days.rule.positions;
        positions.is_empty() || positions.next_index(0, self.within.len()).is_some()
    }

    /// Over the days, the stride comes to every tick of the day that is a multiple of `step` away from the origin.
    fn reaches_a_beginning(&self) -> bool {
        let per_day = DAY_SECONDS / self.length;
        let step = common_divisor(self.stride, per_day);
        if step == 1 {
            return true;
        }
        let mut visited = (self.origin.rem_euclid(step)..per_day).step_by(step as usize);
        visited.any(|tick| {
            let time = (tick * self.length) as usize;
            self.beginnings.first_from(time) == Some(time)
        })
    }
}

impl TickWalk<'_> {
    /// Whether the walk has ended for want of luck, not because there is nothing more.
    pub(super) fn has_given_up(&self) -> bool {
        self.misses >= MISSES_MAX
    }

    /// Moves on to the next tick that begins on a chosen day at a chosen time, if this one does not.
    fn settle(&mut self) -> Option<()> {
        if !self.of.reachable {
            return None;
        }
        loop {
            let begins = self.tick * self.of.length;
            if begins >= self.window.end || self.has_given_up() {
                return None;
            }
            let day = self.first_chosen_day(day_of(begins))?;
            let earliest = if day == day_of(begins) { time_of(begins) } else { 0 };
            let next = match self.of.beginnings.first_from(earliest) {
                Some(time) => i64::from(day) * DAY_SECONDS + time as i64,
                None => i64::from(day + 1) * DAY_SECONDS,
            };
            if next == begins {
                return Some(());
            }
            (self.tick, self.rank) = (self.of.on_stride(next / self.of.length), 0);
            self.misses += 1;
        }
    }

    fn first_chosen_day(&mut self, day: Day) -> Option<Day> {
        let known =
            |month: &Frame| usize::try_from(day - month.first).is_ok_and(|it| month.days.contains(it));
        if self.month.as_ref().is_some_and(known) {
            return Some(day);
        }
        let days = &self.of.days;
        let number = days.frame_at(day);
        for number in number..=number + days.barren_max() {
            let month = days.frame(number)?;
            self.month = Some(month);
            if let Some(index) = month.days.first_from((day - month.first).max(0) as usize) {
                return Some(month.first + index as Day);
            }
        }
        None
    }

    /// The next moment of the interval the walk is in.
    fn within(&mut self) -> Option<Wall> {
        let (within, positions) = (&self.of.within, &self.of.days.rule.positions);
        let rank = if positions.is_empty() {
            Some(self.rank)
        } else {
            positions.next_index(self.rank, within.len())
        };
        let rank = rank?;
        self.rank = rank + 1;
        Some(self.tick * self.of.length + within.nth(rank)? as i64)
    }
}

impl Iterator for TickWalk<'_> {
    type Item = Wall;

    fn next(&mut self) -> Option<Wall> {
        loop {
            self.settle()?;
            while let Some(wall) = self.within() {
                if wall >= self.window.start {
                    return Some(wall).filter(|it| *it < self.window.end);
                }
            }
            (self.tick, self.rank) = (self.tick.checked_add(self.of.stride)?, 0);
        }
    }
}

fn common_divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}
