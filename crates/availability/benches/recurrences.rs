//! Recurrences from text to the last occurrence, one number per input. `examples/speed` puts the `rrule` crate beside.

use std::hint::black_box;

use availability::recurrence::Rule;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use kernel::Zone;

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn dates(criterion: &mut Criterion) {
    let cases = [
        (
            "weekdays in a year",
            "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
            "2026-01-01",
            "2026-12-31",
        ),
        (
            "30 days of a rule from 1990",
            "FREQ=DAILY",
            "1990-01-01",
            "2026-01-30",
        ),
        (
            "30 days of a counted rule from 1990",
            "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=9999",
            "1990-01-01",
            "2026-01-30",
        ),
        (
            "30 February",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
            "2026-01-01",
            "9999-12-31",
        ),
    ];
    let mut group = criterion.benchmark_group("dates");
    for (name, rule, start, to) in cases {
        let (start, to) = (date(start), date(to));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let rule = Rule::for_dates(black_box(rule)).expect("a rule");
                rule.dates(start).between(date("2026-01-01"), to).count()
            });
        });
    }
    group.finish();
}

fn times(criterion: &mut Criterion) {
    let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
    let zone: Zone = "America/New_York".parse().expect("a zone");
    let start: NaiveDateTime = "1990-01-01T09:00:00".parse().expect("a time");
    let cases = [
        ("weekdays in a year", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
        ("a counted daily rule", "FREQ=DAILY;COUNT=20000"),
        (
            "every quarter of an hour on weekdays",
            "FREQ=MINUTELY;INTERVAL=15;BYDAY=MO,TU,WE,TH,FR;BYHOUR=9,10,11",
        ),
    ];
    let mut group = criterion.benchmark_group("times in New York");
    for (name, rule) in cases {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let rule = Rule::parse(black_box(rule)).expect("a rule");
                rule.times(start, zone)
                    .between(at("2026-01-01T05:00:00Z"), at("2027-01-01T05:00:00Z"))
                    .count()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, dates, times);
criterion_main!(benches);
