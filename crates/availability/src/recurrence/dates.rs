//! The dates of a rule.

use chrono::{Datelike, NaiveDate};

use super::bits::Bits;
use super::pattern::{Day, Pattern, date, last_day};
use super::rule::{End, Frequency, Rule};

/// The dates of a rule from its start on; made by [`Rule::dates`].
#[derive(Clone, Debug)]
pub struct DateSeries {
    pattern: Pattern,
    last: Day,
}

/// Some dates of a rule, in order; made by [`DateSeries::between`].
#[derive(Clone, Debug)]
pub struct Dates<'s> {
    series: &'s DateSeries,
    /// The frame to be read next.
    frame: i64,
    /// What is left of the frame read last.
    first: Day,
    days: Bits<6>,
    /// No date before this one, or after that one.
    from: Day,
    to: Day,
    /// How many may still come, by COUNT.
    left: usize,
}

impl DateSeries {
    pub(super) fn new(rule: &Rule, starts_on: NaiveDate) -> Self {
        let last = match rule.end {
            End::Never | End::After(_) => last_day(),
            End::OnDate(date) => date.num_days_from_ce(),
            End::AtInstant(instant) => instant.date_naive().num_days_from_ce(),
        };
        Self {
            pattern: Pattern::new(rule, starts_on),
            last: last.min(last_day()),
        }
    }

    /// The occurrences from one date to another, both included. The dates before cost nothing, except that a rule
    /// with COUNT counts them, interval by interval.
    pub fn between(&self, from: NaiveDate, to: NaiveDate) -> Dates<'_> {
        let from = from.num_days_from_ce().max(self.pattern.start);
        let mut dates = Dates {
            series: self,
            frame: self.pattern.frame_at(from),
            first: self.pattern.start,
            days: Bits::EMPTY,
            from,
            to: to.num_days_from_ce().min(self.last),
            left: usize::MAX,
        };
        if let End::After(count) = self.pattern.rule.end {
            dates.left = (count as usize).saturating_sub(self.count_before(from, count as usize));
        }
        dates
    }

    /// All occurrences from a date on, to the end of the rule or of the calendar.
    pub fn from(&self, from: NaiveDate) -> Dates<'_> {
        self.between(from, Rule::LAST_DATE)
    }

    /// Whether a date is an occurrence.
    pub fn contains(&self, date: NaiveDate) -> bool {
        self.between(date, date).next().is_some()
    }

    /// How many occurrences come before a day, or `enough` if there are more.
    fn count_before(&self, day: Day, enough: usize) -> usize {
        let mut counted = 0;
        let mut barren = 0;
        for number in 0..self.pattern.frame_at(day) {
            let Some((first, mut days)) = self.chosen(number) else {
                break;
            };
            days.remove_below((self.pattern.start - first).max(0) as usize);
            counted += days.len();
            barren = if days.is_empty() { barren + 1 } else { 0 };
            if counted >= enough || barren > self.pattern.barren_max() {
                return counted.min(enough);
            }
        }
        let here = self
            .chosen(self.pattern.frame_at(day))
            .map_or(0, |(first, mut days)| {
                days.remove_below((self.pattern.start - first).max(0) as usize);
                days.rank((day - first).max(0) as usize)
            });
        counted + here
    }

    /// The days of a frame after BYSETPOS.
    fn chosen(&self, number: i64) -> Option<(Day, Bits<6>)> {
        let frame = self.pattern.frame(number)?;
        let positions = &self.pattern.rule.positions;
        if positions.is_empty() {
            return Some((frame.first, frame.days));
        }
        let mut chosen = Bits::EMPTY;
        if self.pattern.rule.frequency == Frequency::Daily {
            // Each day is an interval with one date in it.
            let days = if positions.selects(0, 1) {
                frame.days
            } else {
                chosen
            };
            return Some((frame.first, days));
        }
        for rank in positions.indexes(frame.days.len()).iter() {
            chosen.insert(frame.days.nth(rank)?);
        }
        Some((frame.first, chosen))
    }
}

impl Dates<'_> {
    /// Reads frames until one has a date in it. A rule that never matches ends here, because its intervals have come
    /// round without one: after 400 years of them at most, or at the end of the calendar.
    fn next_frame(&mut self) -> Option<()> {
        for _ in 0..=self.series.pattern.barren_max() {
            let (first, mut days) = self.series.chosen(self.frame)?;
            self.frame += 1;
            days.remove_below((self.from - first).max(0) as usize);
            if !days.is_empty() {
                (self.first, self.days) = (first, days);
                return Some(());
            }
            if first > self.to {
                break;
            }
        }
        None
    }
}

impl Iterator for Dates<'_> {
    type Item = NaiveDate;

    fn next(&mut self) -> Option<NaiveDate> {
        if self.left == 0 {
            return None;
        }
        let index = match self.days.pop_first() {
            Some(index) => index,
            None => {
                self.next_frame()?;
                self.days.pop_first()?
            }
        };
        let day = self.first + index as Day;
        if day > self.to {
            self.left = 0;
            return None;
        }
        self.left -= 1;
        Some(date(day))
    }
}

impl std::iter::FusedIterator for Dates<'_> {}
