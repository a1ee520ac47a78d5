//! Lists, explanations and teams, over and over. `examples/speed` measures whole calls from plain values instead.

use std::hint::black_box;
use std::num::NonZeroU16;

use availability::recurrence::Rule;
use availability::{Ask, Calendar, Facts, HoursRule, Occupancy, Owner, Policy, StartRange, Tag, Team};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use kernel::{Span, Zone};

fn from() -> DateTime<Utc> {
    "2026-01-05T00:00:00Z".parse().expect("an instant")
}

/// Weekdays from nine to five in New York, with half-hour bookings that leave a gap between them.
fn facts(resource: u128, bookings: i64, days: i64) -> Facts {
    let zone: Zone = "America/New_York".parse().expect("a zone");
    let rule = Rule::for_dates("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR").expect("a rule");
    let since = NaiveDate::from_ymd_opt(2026, 1, 1).expect("a date");
    let mut facts = Facts::new(Tag(resource), zone);
    facts.rules.push(HoursRule::new(
        Tag(1),
        rule,
        since,
        "09:00-17:00".parse().expect("hours"),
    ));
    let booking = |index: i64| {
        let start = from() + TimeDelta::minutes(14 * 60 + index * days * 1_440 / bookings / 15 * 15);
        let span = Span::new(start, start + TimeDelta::minutes(30)).expect("half an hour");
        Occupancy {
            owner: Tag(2),
            kind: Owner::Booking,
            lane: None,
            span,
        }
    };
    facts.occupancies = (0..bookings).map(booking).collect();
    facts
}

fn policy() -> Policy {
    let minutes = |count| NonZeroU16::new(count).expect("a length");
    Policy::new(Tag(3), minutes(30), minutes(15))
}

fn range(days: i64) -> StartRange {
    StartRange::new(from(), from() + TimeDelta::days(days)).expect("a range")
}

fn list(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("list");
    let policy = policy();
    for (days, bookings) in [(60, 100), (365, 0), (365, 1_000)] {
        let calendar = Calendar::new(facts(10, bookings, days));
        let team = Team::one(&calendar);
        let ask = Ask::new(&policy, &team, from());
        group.throughput(Throughput::Elements(ask.starts(range(days)).count() as u64));
        group.bench_function(BenchmarkId::new(format!("{days} days"), bookings), |bencher| {
            bencher.iter(|| ask.starts(black_box(range(days))).collect::<Vec<_>>());
        });
    }
    group.finish();
}

fn prepare(criterion: &mut Criterion) {
    let facts = facts(10, 1_000, 365);
    criterion.bench_function("prepare 1,000 bookings", |bencher| {
        bencher.iter_batched(|| facts.clone(), Calendar::new, criterion::BatchSize::SmallInput);
    });
}

fn explain(criterion: &mut Criterion) {
    let (policy, calendar) = (policy(), Calendar::new(facts(10, 1_000, 60)));
    let team = Team::one(&calendar);
    let ask = Ask::new(&policy, &team, from());
    let taken = from() + TimeDelta::hours(16);
    criterion.bench_function("explain one start", |bencher| {
        bencher.iter(|| ask.explain(black_box(taken)))
    });
    criterion.bench_function("list one day", |bencher| {
        bencher.iter(|| ask.starts(black_box(range(1))).collect::<Vec<_>>());
    });
}

fn teams(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("teams for 14 days");
    let policy = policy();
    for hosts in [10, 1_000] {
        let calendars: Vec<Calendar> = (0..hosts)
            .map(|host| Calendar::new(facts(host, 20, 14)))
            .collect();
        let any = Team::any(&calendars);
        let ask = Ask::new(&policy, &any, from());
        group.bench_function(BenchmarkId::new("any, first 20", hosts), |bencher| {
            bencher.iter(|| ask.starts(range(14)).take(20).count());
        });
        group.bench_function(BenchmarkId::new("any, all", hosts), |bencher| {
            bencher.iter(|| ask.starts(range(14)).count());
        });
    }
    let calendars: Vec<Calendar> = (0..10).map(|host| Calendar::new(facts(host, 20, 14))).collect();
    let all = Team::all(&calendars);
    let ask = Ask::new(&policy, &all, from());
    group.bench_function("all ten together", |bencher| {
        bencher.iter(|| ask.starts(range(14)).count())
    });
    group.finish();
}

criterion_group!(benches, list, prepare, explain, teams);
criterion_main!(benches);
