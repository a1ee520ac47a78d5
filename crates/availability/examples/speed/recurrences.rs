//! Recurrences: text in, instants or dates out.

use availability::recurrence::Rule;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use kernel::Zone;

use crate::Case;

/// A rule, its start at nine in New York, and a window.
#[derive(Clone, Copy)]
struct Input {
    rule: &'static str,
    starts_on: &'static str,
    from: &'static str,
    days: i64,
}

const WEEKDAYS: &str = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR";

const INPUTS: [(&str, &str, &str, Input); 6] = [
    (
        "weekly_1y",
        "rrule_crate_weekly_1y",
        "dates_weekly_1y",
        new(WEEKDAYS, 365),
    ),
    (
        "weekly_10y",
        "rrule_crate_weekly_10y",
        "dates_weekly_10y",
        new(WEEKDAYS, 3_652),
    ),
    (
        "monthly_2tu_10y",
        "rrule_crate_monthly_2tu_10y",
        "dates_monthly_2tu_10y",
        new("FREQ=MONTHLY;BYDAY=2TU", 3_652),
    ),
    (
        "monthly_lastworkday_10y",
        "rrule_crate_monthly_lastworkday_10y",
        "dates_monthly_lastworkday_10y",
        new("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", 3_652),
    ),
    (
        "far_daily_1990_30d",
        "rrule_crate_far_daily_1990_30d",
        "dates_far_daily_1990_30d",
        Input {
            starts_on: "1990-01-01",
            ..new("FREQ=DAILY", 30)
        },
    ),
    (
        "never_feb30",
        "rrule_crate_never_feb30",
        "dates_never_feb30",
        new("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", NEVER_DAYS),
    ),
];

/// As far as the calendar goes, or nearly: the search must end by itself.
const NEVER_DAYS: i64 = 7_900 * 365;

const fn new(rule: &'static str, days: i64) -> Input {
    Input {
        rule,
        starts_on: "2026-01-01",
        from: "2026-01-01",
        days,
    }
}

/// Each input three times: local date-times in New York, the same by the `rrule` crate, and whole dates.
pub(crate) fn cases() -> Vec<Case> {
    let of = |(ours, theirs, dates, input): (&'static str, &'static str, &'static str, Input)| {
        let window = Window::of(input);
        let case = |name, run: fn(&Window) -> usize| -> Case { (name, Box::new(move || run(&window))) };
        [
            case(ours, times),
            case(theirs, by_the_crate),
            case(dates, whole_dates),
        ]
    };
    INPUTS.into_iter().flat_map(of).collect()
}

/// An input, read as far as any caller has it read.
#[derive(Clone, Copy)]
struct Window {
    rule: &'static str,
    start: NaiveDateTime,
    zone: Zone,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

impl Window {
    fn of(input: Input) -> Self {
        let zone: Zone = "America/New_York".parse().expect("a zone");
        let at = |date: &str, time| format!("{date}T{time}").parse::<NaiveDateTime>().expect("a time");
        let from = zone.instant(at(input.from, "00:00:00"));
        let start = at(input.starts_on, "09:00:00");
        Self {
            rule: input.rule,
            start,
            zone,
            from,
            until: from + TimeDelta::days(input.days),
        }
    }
}

fn times(window: &Window) -> usize {
    let rule = Rule::parse(window.rule).expect("a rule");
    rule.times(window.start, window.zone)
        .between(window.from, window.until)
        .count()
}

fn whole_dates(window: &Window) -> usize {
    let rule = Rule::for_dates(window.rule).expect("a rule");
    let last = window.until.date_naive() - TimeDelta::days(1);
    rule.dates(window.start.date())
        .between(window.from.date_naive(), last)
        .count()
}

fn by_the_crate(window: &Window) -> usize {
    let start = window.start.format("%Y%m%dT%H%M%S");
    let text = format!("DTSTART;TZID=America/New_York:{start}\nRRULE:{}", window.rule);
    let set: rrule::RRuleSet = text.parse().expect("a rule");
    let utc = |at: DateTime<Utc>| at.with_timezone(&rrule::Tz::UTC);
    // Its window includes both ends.
    let (from, until) = (utc(window.from), utc(window.until - TimeDelta::seconds(1)));
    set.after(from).before(until).all(u16::MAX).dates.len()
}
