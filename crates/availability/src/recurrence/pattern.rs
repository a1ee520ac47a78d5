//! From a rule and its start to intervals, each with the set of its days.

use chrono::{Datelike, NaiveDate};

use super::bits::Bits;
use super::rule::{Frequency, LAST_YEAR, Rule};

/// A day, counted from 0001-01-01, which is day 1 and a Monday.
pub(super) type Day = i32;

/// Days in 400 Gregorian years, after which dates and weekdays repeat.
const CYCLE_DAYS: i64 = 146_097;

/// A rule together with its start. What the rule leaves unsaid has been taken from the start.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    pub(super) rule: Rule,
    pub(super) start: Day,
    unit: Unit,
    /// The unit that holds the start; the rule's intervals are every `stride`-th from here.
    origin: i64,
    stride: i64,
    /// BYDAY in a week that begins on WKST: the same in every week.
    week: Bits<1>,
}

/// What one frame covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Year,
    Month,
    Week,
    /// The days of a month, each an interval of its own: one set for all of them is quicker.
    MonthOfDays,
}

/// The days that an interval of the rule selects, or for DAILY and shorter a month of intervals; before BYSETPOS.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// The day that the set calls 0.
    pub(super) first: Day,
    pub(super) days: Bits<6>,
}

impl Pattern {
    pub(super) fn new(rule: &Rule, starts_on: NaiveDate) -> Self {
        let mut rule = *rule;
        complete(&mut rule, starts_on);
        let unit = match rule.frequency {
            Frequency::Yearly => Unit::Year,
            Frequency::Monthly => Unit::Month,
            Frequency::Weekly => Unit::Week,
            Frequency::Daily | Frequency::Hourly | Frequency::Minutely | Frequency::Secondly => {
                Unit::MonthOfDays
            }
        };
        let stride = if unit == Unit::MonthOfDays {
            1
        } else {
            i64::from(rule.interval)
        };
        let start = starts_on.num_days_from_ce();
        let mut pattern = Self {
            rule,
            start,
            unit,
            origin: 0,
            stride,
            week: Bits::EMPTY,
        };
        pattern.week = pattern.weekdays(pattern.week_start_of(start), 7);
        pattern.origin = pattern.unit_of(start);
        pattern
    }

    /// The number of the first frame that ends on `day` or later.
    pub(super) fn frame_at(&self, day: Day) -> i64 {
        let distance = (self.unit_of(day) - self.origin).max(0);
        (distance + self.stride - 1) / self.stride
    }

    /// The frame with this number; none where the calendar has ended.
    pub(super) fn frame(&self, number: i64) -> Option<Frame> {
        let unit = self.origin.checked_add(number.checked_mul(self.stride)?)?;
        match self.unit {
            Unit::Year => self.year(unit),
            Unit::Month | Unit::MonthOfDays => self.month(unit),
            Unit::Week => self.week(unit),
        }
    }

    /// After so many frames without a day there will never be one: the calendar and the stride have come round.
    pub(super) fn barren_max(&self) -> i64 {
        match self.unit {
            Unit::Year => 400,
            Unit::Month => 400 * 12,
            Unit::Week => CYCLE_DAYS / 7,
            Unit::MonthOfDays if self.rule.frequency == Frequency::Daily => {
                400 * 12 * i64::from(self.rule.interval)
            }
            Unit::MonthOfDays => 400 * 12,
        }
    }

    fn unit_of(&self, day: Day) -> i64 {
        match self.unit {
            Unit::Year => i64::from(date(day).year()),
            Unit::Month | Unit::MonthOfDays => {
                let date = date(day);
                i64::from(date.year()) * 12 + i64::from(date.month0())
            }
            Unit::Week => i64::from(self.week_start_of(day).div_euclid(7)),
        }
    }

    fn year(&self, year: i64) -> Option<Frame> {
        let year = i32::try_from(year).ok().filter(|it| *it <= LAST_YEAR)?;
        let first = first_day(year, 1)?;
        let length = (first_day(year + 1, 1)? - first) as usize;
        let rule = &self.rule;
        let mut days = Bits::EMPTY;
        for month in 1..=12 {
            if let Some(chosen) = self.days_of_month(year, month) {
                days.insert_shifted(chosen.days, (chosen.first - first) as usize);
            }
        }
        if !rule.year_days.is_empty() {
            days = days.intersect(rule.year_days.indexes(length));
        }
        if !rule.weeks.is_empty() {
            days = days.intersect(self.numbered_weeks(year)?);
        }
        if !self.ordinals_count_in_months() {
            days = days.intersect(self.weekdays(first, length));
        }
        Some(Frame { first, days })
    }

    fn month(&self, month: i64) -> Option<Frame> {
        let year = i32::try_from(month.div_euclid(12))
            .ok()
            .filter(|it| *it <= LAST_YEAR)?;
        let month = month.rem_euclid(12) as u32 + 1;
        let Some(MonthDays { first, mut days }) = self.days_of_month(year, month) else {
            return Some(Frame {
                first: first_day(year, month)?,
                days: Bits::EMPTY,
            });
        };
        if self.unit == Unit::MonthOfDays {
            days = self.only_days(first, days);
        }
        Some(Frame {
            first,
            days: days.widen(),
        })
    }

    fn week(&self, week: i64) -> Option<Frame> {
        let monday_is_1 = i64::from(self.rule.week_start.num_days_from_monday() + 1) % 7;
        let first = Day::try_from(week * 7 + monday_is_1)
            .ok()
            .filter(|it| *it <= last_day())?;
        let mut days = self.week;
        if !self.rule.months.is_empty() {
            days = keep(days, |index| {
                self.rule.months.contains(date(first + index).month() as usize)
            });
        }
        Some(Frame {
            first,
            days: days.widen(),
        })
    }

    /// What BYMONTH, BYMONTHDAY and, where it counts in months, BYDAY choose; none if it is not one of the months.
    fn days_of_month(&self, year: i32, month: u32) -> Option<MonthDays> {
        let rule = &self.rule;
        if !rule.months.is_empty() && !rule.months.contains(month as usize) {
            return None;
        }
        let first = first_day(year, month)?;
        let length = days_in_month(year, month);
        let mut days = Bits::below(length);
        if !rule.month_days.is_empty() {
            days = rule.month_days.indexes(length);
        }
        if self.ordinals_count_in_months() {
            days = days.intersect(self.weekdays(first, length));
        }
        Some(MonthDays { first, days })
    }

    /// For DAILY, the days on the stride; for shorter intervals, the days of the year that are meant.
    fn only_days(&self, first: Day, days: Bits<1>) -> Bits<1> {
        let rule = &self.rule;
        if rule.frequency == Frequency::Daily {
            if rule.interval == 1 {
                return days;
            }
            let interval = i64::from(rule.interval);
            let since = i64::from(first) - i64::from(self.start);
            return keep(days, |index| (since + i64::from(index)).rem_euclid(interval) == 0);
        }
        if rule.year_days.is_empty() {
            return days;
        }
        keep(days, |index| {
            let date = date(first + index);
            let length = if date.leap_year() { 366 } else { 365 };
            rule.year_days.selects(date.ordinal0() as usize, length)
        })
    }

    /// In a year without BYMONTH an ordinal weekday counts in the whole year.
    fn ordinals_count_in_months(&self) -> bool {
        self.unit != Unit::Year || !self.rule.months.is_empty()
    }

    /// The indexes of the days BYDAY chooses from a stretch of days, ordinals counted in it. No BYDAY, all days.
    fn weekdays<const N: usize>(&self, first: Day, length: usize) -> Bits<N> {
        let chosen = &self.rule.weekdays;
        let all = Bits::below(length);
        if chosen.is_empty() {
            return all;
        }
        // The index of the first Monday, Tuesday, …
        let offset_of = |weekday: usize| (weekday as i32 - weekday_of(first)).rem_euclid(7) as usize;
        let mut days = Bits::EMPTY;
        for weekday in chosen.plain.iter() {
            days = days.union(Bits::weekly(offset_of(weekday)));
        }
        for (weekday, ordinals) in chosen.ordinal.iter().enumerate() {
            if ordinals.is_empty() {
                continue;
            }
            let offset = offset_of(weekday);
            let times = (length - offset).div_ceil(7);
            for index in ordinals.indexes(times).iter() {
                days.insert(offset + 7 * index);
            }
        }
        days.intersect(all)
    }

    /// The days of a year whose week number is chosen, whichever year the week belongs to.
    fn numbered_weeks(&self, year: i32) -> Option<Bits<6>> {
        let first = first_day(year, 1)?;
        let mut days = Bits::EMPTY;
        for owner in [year - 1, year, year + 1] {
            let (from, until) = (self.first_week(owner)?, self.first_week(owner + 1)?);
            let weeks = (until - from) as usize / 7;
            for week in self.rule.weeks.indexes(weeks).iter() {
                let monday = from + 7 * week as i32 - first;
                for index in (monday..monday + 7).filter(|it| (0..366).contains(it)) {
                    days.insert(index as usize);
                }
            }
        }
        Some(days)
    }

    /// The first day of week 1, the week that holds 4 January.
    fn first_week(&self, year: i32) -> Option<Day> {
        Some(self.week_start_of(first_day(year, 1)? + 3))
    }

    fn week_start_of(&self, day: Day) -> Day {
        day - (weekday_of(day) - self.rule.week_start.num_days_from_monday() as i32).rem_euclid(7)
    }
}

/// Takes from the start what the rule does not say.
pub(super) fn complete(rule: &mut Rule, starts_on: NaiveDate) {
    let no_days_of_month = rule.month_days.is_empty() && rule.weekdays.is_empty();
    match rule.frequency {
        Frequency::Yearly if no_days_of_month && !rule.weeks.is_empty() && rule.year_days.is_empty() => {
            rule.weekdays
                .plain
                .insert(starts_on.weekday().num_days_from_monday() as usize);
        }
        Frequency::Yearly if no_days_of_month && rule.year_days.is_empty() => {
            rule.month_days.insert(starts_on.day() as i32);
            if rule.months.is_empty() {
                rule.months.insert(starts_on.month() as usize);
            }
        }
        Frequency::Monthly if no_days_of_month => rule.month_days.insert(starts_on.day() as i32),
        Frequency::Weekly if rule.weekdays.is_empty() => {
            rule.weekdays
                .plain
                .insert(starts_on.weekday().num_days_from_monday() as usize);
        }
        Frequency::Yearly
        | Frequency::Monthly
        | Frequency::Weekly
        | Frequency::Daily
        | Frequency::Hourly
        | Frequency::Minutely
        | Frequency::Secondly => {}
    }
}

/// A month's first day and the days chosen from it.
struct MonthDays {
    first: Day,
    days: Bits<1>,
}

/// The last day of the calendar.
pub(super) fn last_day() -> Day {
    Rule::LAST_DATE.num_days_from_ce()
}

/// The date of a day, which is on chrono's calendar because every frame is.
pub(super) fn date(day: Day) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(day).unwrap_or(NaiveDate::MAX)
}

/// Numbered from Monday, 0.
fn weekday_of(day: Day) -> i32 {
    (day - 1).rem_euclid(7)
}

fn first_day(year: i32, month: u32) -> Option<Day> {
    NaiveDate::from_ymd_opt(year, month, 1).map(|it| it.num_days_from_ce())
}

fn days_in_month(year: i32, month: u32) -> usize {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The members that pass.
fn keep(days: Bits<1>, passes: impl Fn(Day) -> bool) -> Bits<1> {
    let mut kept = Bits::EMPTY;
    for index in days.iter().filter(|it| passes(*it as Day)) {
        kept.insert(index);
    }
    kept
}
