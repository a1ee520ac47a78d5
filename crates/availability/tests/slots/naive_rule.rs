//! Recurrences for the oracle: written as text for the engine, and expanded here by asking every single date.

use std::fmt::Write;

use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::dice::Dice;

const WEEKDAYS: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];

#[derive(Clone, Debug)]
enum Every {
    Days,
    Weeks(Vec<Weekday>),
    MonthDays(Vec<i32>),
    MonthWeekdays(Vec<(i32, Weekday)>),
}

/// A rule that can be read aloud.
#[derive(Clone, Debug)]
pub(crate) struct NaiveRule {
    every: Every,
    interval: i32,
    count: Option<usize>,
    until: Option<NaiveDate>,
    pub(crate) starts_on: NaiveDate,
}

impl NaiveRule {
    /// Some rule that is likely to have dates near `today`.
    pub(crate) fn thrown(dice: &mut Dice, today: NaiveDate) -> Self {
        let every = match dice.of(0..10) {
            0..=2 => Every::Days,
            3..=7 => Every::Weeks(some(dice, &WEEKDAYS, 4)),
            8 => Every::MonthDays(some(dice, &[1, 2, 15, 28, 29, 30, 31, -1, -2, -30], 5)),
            _ => {
                let ordinals = [1, 2, 3, 4, 5, -1, -2, -5].map(|it| (it, dice.one(&WEEKDAYS)));
                Every::MonthWeekdays(some(dice, &ordinals, 3))
            }
        };
        let ago = if dice.once_in(20) { 4_000 } else { 40 };
        let starts_on = today - Days::new(dice.of(0..ago) as u64);
        let interval = if dice.once_in(4) { dice.of(1..4) as i32 } else { 1 };
        let count = dice.once_in(8).then(|| dice.of(1..40) as usize);
        let soon = today + Days::new(dice.of(0..6) as u64);
        let until = (count.is_none() && dice.once_in(8)).then_some(soon);
        Self {
            every,
            interval,
            count,
            until,
            starts_on,
        }
    }

    /// A rule whose dates move with its start.
    pub(crate) fn is_weekly(&self) -> bool {
        matches!(self.every, Every::Days | Every::Weeks(_))
    }

    /// The same rule some days later. Only a daily or weekly rule means the same then.
    pub(crate) fn later(mut self, days: u64) -> Self {
        self.starts_on = self.starts_on + Days::new(days);
        self.until = self.until.map(|it| it + Days::new(days));
        self
    }

    /// RFC 5545.
    pub(crate) fn text(&self) -> String {
        let list = |each: Vec<String>| each.join(",");
        let mut text = match &self.every {
            Every::Days => "FREQ=DAILY".to_owned(),
            Every::Weeks(days) => {
                format!(
                    "FREQ=WEEKLY;BYDAY={}",
                    list(days.iter().map(|it| two_letters(*it)).collect())
                )
            }
            Every::MonthDays(days) => {
                format!(
                    "FREQ=MONTHLY;BYMONTHDAY={}",
                    list(days.iter().map(i32::to_string).collect())
                )
            }
            Every::MonthWeekdays(days) => {
                let each = days
                    .iter()
                    .map(|(ordinal, day)| format!("{ordinal}{}", two_letters(*day)));
                format!("FREQ=MONTHLY;BYDAY={}", list(each.collect()))
            }
        };
        let end = self.count.map(|it| format!(";COUNT={it}"));
        let end = end.or(self.until.map(|it| format!(";UNTIL={}", it.format("%Y%m%d"))));
        write!(text, ";INTERVAL={}{}", self.interval, end.unwrap_or_default()).unwrap();
        text
    }

    /// Every date up to `last`, found by asking them all.
    pub(crate) fn dates(&self, last: NaiveDate) -> Vec<NaiveDate> {
        let asked = self
            .starts_on
            .iter_days()
            .take_while(|it| *it <= self.until.unwrap_or(last).min(last));
        asked
            .filter(|it| self.matches(*it))
            .take(self.count.unwrap_or(usize::MAX))
            .collect()
    }

    fn matches(&self, date: NaiveDate) -> bool {
        let start = self.starts_on;
        let days_between = |a: NaiveDate, b: NaiveDate| b.signed_duration_since(a).num_days();
        let months = (date.year() - start.year()) * 12 + date.month0() as i32 - start.month0() as i32;
        let in_month = months % self.interval == 0;
        let length = i32::from(date.num_days_in_month());
        let day = date.day() as i32;
        match &self.every {
            Every::Days => days_between(start, date) % i64::from(self.interval) == 0,
            Every::Weeks(weekdays) => {
                let weeks = days_between(monday(start), monday(date)) / 7;
                weekdays.contains(&date.weekday()) && weeks % i64::from(self.interval) == 0
            }
            Every::MonthDays(days) => in_month && days.iter().any(|it| *it == day || *it == day - length - 1),
            Every::MonthWeekdays(days) => {
                let (nth, from_last) = ((day + 6) / 7, -((length - day) / 7 + 1));
                let here = |it: &(i32, Weekday)| it.1 == date.weekday() && (it.0 == nth || it.0 == from_last);
                in_month && days.iter().any(here)
            }
        }
    }
}

fn monday(date: NaiveDate) -> NaiveDate {
    date - Days::new(u64::from(date.weekday().num_days_from_monday()))
}

fn two_letters(day: Weekday) -> String {
    day.to_string()[..2].to_uppercase()
}

/// At least one of these, at most `most`.
fn some<T: Copy>(dice: &mut Dice, of: &[T], most: i64) -> Vec<T> {
    let mut all = of.to_vec();
    dice.shuffle(&mut all);
    all.truncate(dice.of(1..most + 1) as usize);
    all
}
