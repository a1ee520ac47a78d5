//! What is true of every rule.

use availability::recurrence::Rule;
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use kernel::Zone;
use proptest::prelude::*;

use crate::rules::{date_rule, subdaily_rule, time_rule};

fn date(days: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2019, 1, 1).expect("a date") + Days::new(days)
}

fn midnight(days: u64) -> DateTime<Utc> {
    date(days).and_time(NaiveTime::MIN).and_utc()
}

/// Zones in which the wall clock does odd things.
fn zone() -> impl Strategy<Value = Zone> {
    let names = [
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "America/Santiago",
        "Africa/Casablanca",
        "Asia/Tokyo",
    ];
    prop::sample::select(names.to_vec()).prop_map(|it| it.parse().expect("a zone"))
}

/// A rule with an end of some kind or none.
fn ending(rule: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let end = prop_oneof![
        Just(String::new()),
        (1..400_u32).prop_map(|it| format!(";COUNT={it}")),
        (0..3_000_u64).prop_map(|it| format!(";UNTIL={}", date(it).format("%Y%m%d"))),
    ];
    (rule, end).prop_map(|(rule, end)| format!("{rule}{end}"))
}

proptest! {
    #[test]
    fn a_rule_can_be_written_and_read_again(rule in prop_oneof![ending(time_rule()), subdaily_rule()]) {
        let read = Rule::parse(&rule).expect(&rule);
        prop_assert_eq!(Rule::parse(&read.to_string()), Ok(read), "{}", rule);
    }

    #[test]
    fn every_rule_has_words(rule in prop_oneof![ending(time_rule()), subdaily_rule()], start in 0..2_000_u64) {
        let words = Rule::parse(&rule).expect(&rule).summary(date(start));
        prop_assert!(!words.contains("  ") && !words.contains("the  ") && !words.ends_with(' '), "{}: {}", rule, words);
    }

    #[test]
    fn two_windows_side_by_side_are_one_window(
        rule in ending(date_rule()), start in 0..2_000_u64, from in 0..3_000_u64, lengths in (0..700_u64, 0..700_u64),
    ) {
        let series = Rule::parse(&rule).expect(&rule).dates(date(start));
        let (middle, to) = (from + lengths.0, from + lengths.0 + 1 + lengths.1);
        let first = series.between(date(from), date(middle));
        let both: Vec<_> = first.chain(series.between(date(middle + 1), date(to))).collect();
        prop_assert_eq!(both, series.between(date(from), date(to)).collect::<Vec<_>>(), "{}", rule);
    }

    #[test]
    fn a_window_is_a_cut_from_the_whole(rule in ending(date_rule()), start in 0..2_000_u64, from in 0..5_000_u64) {
        let series = Rule::parse(&rule).expect(&rule).dates(date(start));
        let (from, to) = (date(from), date(from + 366));
        let mut whole: Vec<_> = series.between(date(start), to).collect();
        whole.retain(|it| *it >= from);
        prop_assert_eq!(series.between(from, to).collect::<Vec<_>>(), whole, "{}", rule);
    }

    #[test]
    fn dates_ascend_once_each_from_the_start_on(rule in ending(date_rule()), start in 0..2_000_u64) {
        let dates: Vec<_> = Rule::parse(&rule).expect(&rule).dates(date(start)).from(date(0)).take(200).collect();
        prop_assert!(dates.is_sorted_by(|a, b| a < b) && dates.iter().all(|it| *it >= date(start)), "{}", rule);
    }

    #[test]
    fn two_windows_of_a_series_are_one(
        rule in ending(time_rule()), zone in zone(), starts in (0..1_000_u64, 0..1_440_i64),
        from in 0..2_000_u64, lengths in (0..20_000_i64, 0..200_u64),
    ) {
        let start = date(starts.0).and_time(NaiveTime::MIN) + TimeDelta::minutes(starts.1);
        let series = Rule::parse(&rule).expect(&rule).times(start, zone);
        let (from, until) = (midnight(from), midnight(from + 20 + lengths.1));
        let middle = from + TimeDelta::minutes(lengths.0);
        let both: Vec<_> = series.plan(from, middle).chain(series.plan(middle, until)).collect();
        prop_assert_eq!(both, series.plan(from, until).collect::<Vec<_>>(), "{} in {}", rule, zone);
    }

    #[test]
    fn a_window_of_a_counted_series_is_a_cut_from_the_whole(
        rule in prop_oneof![time_rule(), subdaily_rule()], zone in zone(), count in 1..3_000_u32,
        starts in (0..1_000_u64, 0..1_440_i64), skip in 0..600_u64,
    ) {
        let start = date(starts.0).and_time(NaiveTime::MIN) + TimeDelta::minutes(starts.1);
        let counted = format!("{rule};COUNT={count}");
        let series = Rule::parse(&counted).expect(&counted).times(start, zone);
        let (from, until) = (midnight(starts.0 + skip), midnight(starts.0 + skip + 10));
        let endless = Rule::parse(&rule).expect(&rule).times(start, zone);
        let mut whole: Vec<_> = endless.between(midnight(starts.0.saturating_sub(2)), until).take(count as usize).collect();
        whole.retain(|it| *it >= from);
        prop_assert_eq!(series.between(from, until).collect::<Vec<_>>(), whole, "{} in {}", counted, zone);
    }

    #[test]
    fn added_times_come_once_and_excluded_ones_never(
        rule in time_rule(), added in prop::collection::vec(0..100_000_i64, 0..8), excluded in prop::collection::vec(0..100_000_i64, 0..8),
    ) {
        let at = |minutes: &i64| date(100).and_time(NaiveTime::MIN) + TimeDelta::minutes(*minutes);
        let rule = Rule::parse(&rule).expect(&rule);
        let (from, until) = (midnight(99), midnight(200));
        let bare: Vec<NaiveDateTime> = rule.times(at(&0), Zone::UTC).between(from, until).map(|it| it.naive_utc()).collect();
        let excluded: Vec<NaiveDateTime> = excluded.iter().map(at).chain(bare.first().copied()).collect();
        let mut expected: Vec<NaiveDateTime> = added.iter().map(at).chain(bare).filter(|it| !excluded.contains(it)).collect();
        expected.sort_unstable();
        expected.dedup();
        let series = rule.times(at(&0), Zone::UTC).adding(added.iter().map(at)).except(excluded);
        prop_assert_eq!(series.between(from, until).map(|it| it.naive_utc()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY|HOURLY))?[;=,A-Z0-9+-]{0,40}") {
        if let Ok(rule) = Rule::parse(&text) {
            prop_assert_eq!(Rule::parse(&rule.to_string()), Ok(rule));
        }
    }
}

/// Each of these is valid and has no occurrence, so that only the bound on barren intervals ends the search.
const NEVER: [&str; 16] = [
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=DAILY;INTERVAL=9;BYMONTH=2;BYMONTHDAY=30,31",
    "FREQ=DAILY;INTERVAL=7;BYDAY=SU",
    "FREQ=DAILY;BYMONTHDAY=4;BYSETPOS=2",
    "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2",
    "FREQ=WEEKLY;INTERVAL=4294967295;BYMONTH=1;BYDAY=SU;BYSETPOS=-2",
    "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31",
    "FREQ=MONTHLY;INTERVAL=12;BYMONTH=3",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=YEARLY;INTERVAL=4;BYYEARDAY=366",
    "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
    "FREQ=HOURLY;INTERVAL=48;BYHOUR=3",
    "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=MINUTELY;BYSECOND=1;BYSETPOS=2",
    "FREQ=SECONDLY;INTERVAL=2;BYSECOND=1",
    "FREQ=SECONDLY;INTERVAL=604800;BYDAY=SU",
];

#[test]
fn a_rule_that_never_matches_ends() {
    let start: NaiveDateTime = "2026-01-05T10:00:00".parse().expect("a time");
    let end = Rule::LAST_DATE.and_time(NaiveTime::MIN).and_utc();
    for text in NEVER {
        let rule = Rule::parse(text).expect(text);
        assert_eq!(
            rule.times(start, Zone::UTC).between(start.and_utc(), end).next(),
            None,
            "{text}"
        );
        if !rule.frequency().is_subdaily() {
            assert_eq!(rule.dates(start.date()).from(start.date()).next(), None, "{text}");
        }
        let counted = Rule::parse(&format!("{text};COUNT=3")).expect(text);
        assert_eq!(
            counted
                .times(start, Zone::UTC)
                .between(end - TimeDelta::days(366), end)
                .next(),
            None,
            "{text}"
        );
    }
}

#[test]
fn the_calendar_ends_on_its_last_date() {
    let rule = Rule::parse("FREQ=DAILY").expect("a rule");
    let last: Vec<_> = rule.dates(date(0)).from(Rule::LAST_DATE - Days::new(1)).collect();
    assert_eq!(last, [Rule::LAST_DATE - Days::new(1), Rule::LAST_DATE]);
    assert_eq!(
        rule.dates(Rule::LAST_DATE + Days::new(1))
            .between(NaiveDate::MIN, NaiveDate::MAX)
            .count(),
        0
    );
    assert_eq!(
        rule.dates(NaiveDate::MAX)
            .between(NaiveDate::MIN, NaiveDate::MAX)
            .count(),
        0
    );
    let leap = Rule::parse("FREQ=YEARLY;INTERVAL=4294967295").expect("a rule");
    assert_eq!(leap.dates(date(0)).from(date(0)).collect::<Vec<_>>(), [date(0)]);
}

#[test]
fn a_stride_out_of_step_is_followed_for_a_million_ticks() {
    // One tick a day, a second earlier every day: midnight comes round every 86,399 days.
    let rule = Rule::parse("FREQ=SECONDLY;INTERVAL=86399;BYHOUR=0;BYMINUTE=0;BYSECOND=0").expect("a rule");
    let series = rule.times(midnight(0).naive_utc(), Zone::UTC);
    let found: Vec<_> = series
        .between(midnight(0), Rule::LAST_DATE.and_time(NaiveTime::MIN).and_utc())
        .collect();
    assert_eq!(
        found,
        (0..=11).map(|it| midnight(it * 86_399)).collect::<Vec<_>>()
    );
    // A window further on begins its own million.
    assert_eq!(
        series
            .between(midnight(20 * 86_399), midnight(20 * 86_399 + 1))
            .count(),
        1
    );
}

#[test]
fn a_date_is_asked_for_alone() {
    let mondays = Rule::parse("FREQ=WEEKLY;BYDAY=MO;COUNT=2")
        .expect("a rule")
        .dates(date(0));
    let found: Vec<u64> = (0..30).filter(|it| mondays.contains(date(*it))).collect();
    assert_eq!(found, [6, 13]);
}
