//! RFC 5545 said as plainly as possible: look at every candidate, ask every part. Slow, and without a clever thought.

use std::collections::BTreeMap;

use availability::recurrence::Rule;
use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Weekday};
use kernel::Zone;
use proptest::prelude::*;

use crate::rules::{date_rule, subdaily_rule, time_rule};

const CODES: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// A rule as a map from part to values, and where it starts.
struct Naive<'t> {
    parts: BTreeMap<&'t str, Vec<&'t str>>,
    start: NaiveDateTime,
}

impl<'t> Naive<'t> {
    fn new(rule: &'t str, start: NaiveDateTime) -> Self {
        let parts = rule.split(';').filter_map(|it| it.split_once('='));
        Self {
            parts: parts
                .map(|(name, values)| (name, values.split(',').collect()))
                .collect(),
            start,
        }
    }

    fn frequency(&self) -> &str {
        self.parts["FREQ"][0]
    }

    fn has(&self, part: &str) -> bool {
        self.parts.contains_key(part)
    }

    fn numbers(&self, part: &str) -> Vec<i64> {
        let values = self.parts.get(part).into_iter().flatten();
        values.map(|it| it.parse().expect("a number")).collect()
    }

    /// Whether the part is absent, or names the number, counted from one end or the other of `total`.
    fn allows(&self, part: &str, number: i64, total: i64) -> bool {
        !self.has(part)
            || self
                .numbers(part)
                .iter()
                .any(|it| *it == number || *it == number - total - 1)
    }

    fn week_start(&self) -> Weekday {
        let code = self.parts.get("WKST").map_or("MO", |it| it[0]);
        CODES
            .iter()
            .position(|it| *it == code)
            .and_then(|it| Weekday::try_from(it as u8).ok())
            .expect("a weekday")
    }

    fn first_of_week(&self, date: NaiveDate) -> NaiveDate {
        let start = self.week_start();
        date.iter_days()
            .rev()
            .find(|it| it.weekday() == start)
            .expect("a week before")
    }

    /// The year a week belongs to is the year of its fourth day.
    fn week_number(&self, date: NaiveDate) -> (i32, i64) {
        let fourth = self.first_of_week(date) + Days::new(3);
        (fourth.year(), i64::from(fourth.ordinal0() / 7 + 1))
    }

    /// The number of the interval a time is in, counted from anywhere.
    fn interval_of(&self, at: NaiveDateTime) -> i64 {
        let since = |unit: i64| at.and_utc().timestamp().div_euclid(unit);
        match self.frequency() {
            "YEARLY" => i64::from(at.year()),
            "MONTHLY" => i64::from(at.year()) * 12 + i64::from(at.month()),
            "WEEKLY" => {
                self.first_of_week(at.date())
                    .and_time(NaiveTime::MIN)
                    .and_utc()
                    .timestamp()
                    / 604_800
            }
            "DAILY" => since(86_400),
            "HOURLY" => since(3_600),
            "MINUTELY" => since(60),
            _ => since(1),
        }
    }

    fn in_interval(&self, at: NaiveDateTime) -> bool {
        let step = self.numbers("INTERVAL").first().copied().unwrap_or(1);
        (self.interval_of(at) - self.interval_of(self.start)).rem_euclid(step) == 0
    }

    fn weekday_matches(&self, date: NaiveDate) -> bool {
        let in_month = self.frequency() == "MONTHLY" || self.has("BYMONTH");
        let first = if in_month {
            date.with_day(1)
        } else {
            date.with_ordinal(1)
        }
        .expect("a first day");
        let scope = first
            .iter_days()
            .take_while(|it| it.year() == date.year() && (!in_month || it.month() == date.month()));
        let same: Vec<NaiveDate> = scope.filter(|it| it.weekday() == date.weekday()).collect();
        let number = same.iter().position(|it| *it == date).expect("the date itself") as i64 + 1;
        let total = same.len() as i64;
        self.parts["BYDAY"].iter().any(|item| {
            let (ordinal, code) = item.split_at(item.len() - 2);
            let ordinal: Option<i64> = ordinal.parse().ok();
            code == CODES[date.weekday().num_days_from_monday() as usize]
                && ordinal.is_none_or(|it| it == number || it == number - total - 1)
        })
    }

    fn date_matches(&self, date: NaiveDate) -> bool {
        let start = self.start.date();
        let says_days = ["BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYDAY"].map(|it| self.has(it));
        let silent = match (self.frequency(), says_days) {
            ("YEARLY", [false, false, false, false]) => {
                date.day() == start.day() && (self.has("BYMONTH") || date.month() == start.month())
            }
            ("YEARLY", [true, false, false, false]) | ("WEEKLY", [.., false]) => {
                date.weekday() == start.weekday()
            }
            ("MONTHLY", [.., false, false]) => date.day() == start.day(),
            _ => true,
        };
        let days_in_month = date
            .with_day(1)
            .expect("a day")
            .iter_days()
            .take_while(|it| it.month() == date.month());
        let days_in_year = if date.leap_year() { 366 } else { 365 };
        let (week_year, week) = self.week_number(date);
        let late = NaiveDate::from_ymd_opt(week_year, 12, 28).expect("a date");
        silent
            && self.allows("BYMONTH", i64::from(date.month()), 999)
            && self.allows("BYWEEKNO", week, self.week_number(late).1)
            && self.allows("BYYEARDAY", i64::from(date.ordinal()), days_in_year)
            && self.allows("BYMONTHDAY", i64::from(date.day()), days_in_month.count() as i64)
            && (!self.has("BYDAY") || self.weekday_matches(date))
    }

    fn time_matches(&self, time: NaiveTime) -> bool {
        let start = self.start.time();
        let short = ["SECONDLY", "MINUTELY", "HOURLY"]
            .iter()
            .position(|it| *it == self.frequency())
            .unwrap_or(3);
        let part = |name, number: u32, at_start: u32, silent: bool| {
            if self.has(name) {
                self.numbers(name).contains(&i64::from(number))
            } else {
                silent || number == at_start
            }
        };
        part("BYHOUR", time.hour(), start.hour(), short <= 2)
            && part("BYMINUTE", time.minute(), start.minute(), short <= 1)
            && part("BYSECOND", time.second(), start.second(), short == 0)
    }

    /// All occurrences in `from..=to`, of candidates `step` seconds apart.
    fn occurrences(&self, from: NaiveDate, to: NaiveDate, step: usize) -> Vec<NaiveDateTime> {
        let mut sets: BTreeMap<i64, Vec<NaiveDateTime>> = BTreeMap::new();
        for date in from
            .iter_days()
            .take_while(|it| *it <= to)
            .filter(|it| self.date_matches(*it))
        {
            for seconds in (0..86_400).step_by(step) {
                let at = date.and_time(NaiveTime::MIN) + TimeDelta::seconds(seconds);
                if self.time_matches(at.time()) && self.in_interval(at) {
                    sets.entry(self.interval_of(at)).or_default().push(at);
                }
            }
        }
        let positions = self.numbers("BYSETPOS");
        let chosen = |set: Vec<NaiveDateTime>| {
            let total = set.len() as i64;
            let keeps =
                |it: i64| positions.is_empty() || positions.iter().any(|p| *p == it || *p == it - total - 1);
            (1..)
                .zip(set)
                .filter(|(it, _)| keeps(*it))
                .map(|(_, at)| at)
                .collect::<Vec<_>>()
        };
        sets.into_values()
            .flat_map(chosen)
            .filter(|it| *it >= self.start)
            .collect()
    }
}

fn date(days: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2019, 1, 1).expect("a date") + Days::new(days)
}

proptest! {
    #[test]
    fn dates_are_those_of_the_naive_definition(rule in date_rule(), start in 0..2_000_u64) {
        let start = date(start);
        // Whole years, so that BYSETPOS sees whole intervals.
        let (first, last) = (start.with_ordinal(1).unwrap() - Days::new(10), date(0).with_year(start.year() + 4).unwrap());
        let naive = Naive::new(&rule, start.and_time(NaiveTime::MIN));
        let expected = naive.occurrences(first, last + Days::new(400), 86_400);
        let expected: Vec<NaiveDate> = expected.into_iter().map(|it| it.date()).filter(|it| *it <= last).collect();
        let series = Rule::for_dates(&rule).expect(&rule).dates(start);
        prop_assert_eq!(series.from(start).take_while(|it| *it <= last).collect::<Vec<_>>(), expected, "{}", rule);
    }

    #[test]
    fn dates_and_times_are_those_of_the_naive_definition(rule in time_rule(), start in 0..800_u64, minute in 0..1_440_i64) {
        let start = date(start).and_time(NaiveTime::MIN) + TimeDelta::minutes(minute);
        let (first, last) = (start.date().with_ordinal(1).unwrap() - Days::new(10), start.date() + Days::new(200));
        let naive = Naive::new(&rule, start);
        let mut expected = naive.occurrences(first, last + Days::new(400), 60);
        expected.retain(|it| it.date() <= last);
        let series = Rule::for_series(&rule).expect(&rule).times(start, Zone::UTC);
        let end = (last + Days::new(1)).and_time(NaiveTime::MIN).and_utc();
        let found: Vec<NaiveDateTime> = series.between(start.and_utc(), end).map(|it| it.naive_utc()).collect();
        prop_assert_eq!(found, expected, "{} from {}", rule, start);
    }

    #[test]
    fn short_intervals_are_those_of_the_naive_definition(rule in subdaily_rule(), start in 0..800_u64, second in 0..86_400_i64) {
        let start = date(start).and_time(NaiveTime::MIN) + TimeDelta::seconds(second);
        let last = start.date() + Days::new(3);
        let expected = Naive::new(&rule, start).occurrences(start.date(), last, 1);
        let series = Rule::parse(&rule).expect(&rule).times(start, Zone::UTC);
        let end = (last + Days::new(1)).and_time(NaiveTime::MIN).and_utc();
        let found: Vec<NaiveDateTime> = series.between(start.and_utc(), end).map(|it| it.naive_utc()).collect();
        prop_assert_eq!(found, expected, "{} from {}", rule, start);
    }
}
