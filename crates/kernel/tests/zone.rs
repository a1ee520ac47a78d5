//! Zones against the tz database itself, minute by minute, with nothing clever in between.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use kernel::Zone;
use kernel::zone::{Resolved, Steady};
use proptest::prelude::*;

fn zone(name: &str) -> Zone {
    name.parse().expect("a zone")
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn local(text: &str) -> NaiveDateTime {
    text.parse().expect("a local time")
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("on the calendar")
}

fn stated_offset(stated: &TimeZone, seconds: i64) -> i64 {
    let timestamp = Timestamp::from_second(seconds).expect("on the calendar");
    i64::from(stated.to_offset(timestamp).seconds())
}

/// The instants at which the offset changes from 2020 to 2037.
fn changes(stated: &TimeZone) -> Vec<i64> {
    let begin: Timestamp = "2020-01-01T00:00:00Z".parse().expect("an instant");
    let end: Timestamp = "2038-01-01T00:00:00Z".parse().expect("an instant");
    let changes = stated
        .following(begin)
        .map(|it| it.timestamp())
        .take_while(|it| *it < end);
    let moved = |it: &i64| stated_offset(stated, *it) != stated_offset(stated, it - 1);
    changes.map(Timestamp::as_second).filter(moved).collect()
}

/// Walks the minutes around a change, notes what the wall clock shows, and asks for every wall-clock minute.
fn minutes_around_are_right(zone: Zone, stated: &TimeZone, change: i64) {
    let (before, after) = (stated_offset(stated, change - 1), stated_offset(stated, change));
    let jump = (after - before).abs();
    let reach = 2 * jump + 7_200;
    let mut shown: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for instant in (change - reach..change + reach).step_by(60) {
        let offset = stated_offset(stated, instant);
        assert_eq!(
            i64::from(zone.offset_seconds(at(instant))),
            offset,
            "{zone} at {}",
            at(instant)
        );
        shown.entry(instant + offset).or_default().push(instant);
    }
    let middle = change + before.max(after);
    for wall in (middle - jump - 3_600..middle + jump + 3_600).step_by(60) {
        let (asked, expected) = (
            at(wall).naive_utc(),
            shown.get(&wall).map_or(&[][..], Vec::as_slice),
        );
        let expected = match expected {
            [] => Resolved::Gap {
                compatible: at(wall - before),
            },
            [only] => Resolved::Exact(at(*only)),
            [first, .., second] => Resolved::Ambiguous {
                first: at(*first),
                second: at(*second),
            },
        };
        assert_eq!(zone.resolve(asked), expected, "{zone} at {asked}");
        if let Some(steady) = zone.steady(asked) {
            assert!(steady.from <= asked && asked < steady.until, "{zone} at {asked}");
            let instant = at(wall - i64::from(steady.offset_seconds));
            assert_eq!(expected, Resolved::Exact(instant), "{zone} at {asked}");
        }
        let compatible = match expected {
            Resolved::Exact(it)
            | Resolved::Gap { compatible: it }
            | Resolved::Ambiguous { first: it, .. } => it,
        };
        assert_eq!(zone.instant(asked), compatible, "{zone} at {asked}");
    }
}

#[test]
fn every_minute_around_every_change_from_2020_to_2037_is_right() {
    let database = TimeZoneDatabase::bundled();
    let mut walked = HashSet::new();
    for name in Zone::all_names() {
        let stated = database.get(&name).expect("a zone");
        let changes = changes(&stated);
        let offsets: Vec<_> = changes.iter().map(|it| stated_offset(&stated, *it)).collect();
        // Links and neighbours keep the same time: each timetable is walked once.
        let noon_2020 = stated_offset(&stated, 1_577_880_000);
        if walked.insert((noon_2020, changes.clone(), offsets)) {
            changes
                .iter()
                .for_each(|it| minutes_around_are_right(zone(&name), &stated, *it));
        }
    }
    assert!(walked.len() > 60, "only {} timetables", walked.len());
}

#[test]
fn every_name_can_be_looked_up_and_agrees_with_the_database_for_six_centuries() {
    let database = TimeZoneDatabase::bundled();
    let names: Vec<String> = Zone::all_names().collect();
    assert!(names.len() > 500 && names.is_sorted());
    for name in names {
        let stated = database.get(&name).expect("a zone");
        let (first, last) = (
            utc("1800-01-01T00:00:00Z").timestamp(),
            utc("2700-01-01T00:00:00Z").timestamp(),
        );
        // A prime number of seconds, so that every season and time of day is met.
        for instant in (first..last).step_by(9_999_991) {
            let offset = i64::from(zone(&name).offset_seconds(at(instant)));
            assert_eq!(
                offset,
                stated_offset(&stated, instant),
                "{name} at {}",
                at(instant)
            );
        }
    }
}

#[test]
fn a_gap_is_what_cannot_be_resolved() {
    for name in Zone::all_names() {
        let zone = zone(&name);
        let (from, until) = (local("1970-01-01T00:00:00"), local("2600-01-01T00:00:00"));
        let mut last = from;
        for (start, end) in zone.gaps(from, until) {
            let is_gap = |it| matches!(zone.resolve(it), Resolved::Gap { .. });
            let second = TimeDelta::seconds(1);
            let around = [start - second, start, end - second, end].map(is_gap);
            assert_eq!(around, [false, true, true, false], "{zone} from {start} to {end}");
            assert!(last <= start, "{zone} at {start}");
            last = end;
        }
    }
}

#[test]
fn a_skipped_hour_is_read_by_the_offset_before_it_and_a_repeated_one_the_first_time() {
    let berlin = zone("Europe/Berlin");
    assert_eq!(
        berlin.instant(local("2026-03-29T02:30:00")),
        utc("2026-03-29T01:30:00Z")
    );
    assert_eq!(
        berlin.local(utc("2026-03-29T01:30:00Z")),
        local("2026-03-29T03:30:00")
    );
    let (first, second) = (utc("2026-10-25T00:30:00Z"), utc("2026-10-25T01:30:00Z"));
    assert_eq!(
        berlin.resolve(local("2026-10-25T02:30:00")),
        Resolved::Ambiguous { first, second }
    );
    assert_eq!(berlin.instant(local("2026-10-25T02:30:00")), first);
}

#[test]
fn time_is_steady_from_one_change_to_the_next() {
    let berlin = zone("Europe/Berlin");
    let summer = Steady {
        from: local("2026-03-29T03:00:00"),
        until: local("2026-10-25T02:00:00"),
        offset_seconds: 7_200,
    };
    for inside in [
        "2026-03-29T03:00:00",
        "2026-07-01T12:00:00",
        "2026-10-25T01:59:59",
    ] {
        assert_eq!(berlin.steady(local(inside)), Some(summer));
    }
    for unsteady in [
        "2026-03-29T02:59:59",
        "2026-10-25T02:00:00",
        "2026-10-25T02:59:59",
    ] {
        assert_eq!(berlin.steady(local(unsteady)), None);
    }
    let whole = Steady {
        from: NaiveDateTime::MIN,
        until: NaiveDateTime::MAX,
        offset_seconds: 0,
    };
    assert_eq!(Zone::UTC.steady(local("2026-07-01T12:00:00")), Some(whole));
}

#[test]
fn a_date_that_a_zone_left_out_is_not_there() {
    let apia = zone("Pacific/Apia");
    assert!(!apia.has_date(date("2011-12-30")));
    assert!(apia.has_date(date("2011-12-29")) && apia.has_date(date("2011-12-31")));
    assert!(!zone("Pacific/Kwajalein").has_date(date("1993-08-21")));
    assert!(
        zone("America/Sao_Paulo").has_date(date("2018-11-04")),
        "the day without a midnight is there"
    );
}

#[test]
fn fractions_of_a_second_are_kept() {
    let tokyo = zone("Asia/Tokyo");
    let instant = utc("2026-01-01T00:00:00.123456Z");
    assert_eq!(tokyo.local(instant), local("2026-01-01T09:00:00.123456"));
    assert_eq!(tokyo.instant(local("2026-01-01T09:00:00.123456")), instant);
}

#[test]
fn a_zone_is_its_name() {
    assert_eq!(zone("europe/BERLIN"), zone("Europe/Berlin"));
    assert_eq!(zone("Europe/Berlin").to_string(), "Europe/Berlin");
    assert_eq!(zone("UTC"), Zone::UTC);
    assert!(zone("Asia/Tokyo") < zone("Europe/Berlin"));
    assert_eq!(
        serde_json::to_string(&zone("Asia/Tokyo")).expect("text"),
        r#""Asia/Tokyo""#
    );
    assert_eq!(
        serde_json::from_str::<Zone>(r#""Asia/Tokyo""#).expect("a zone"),
        zone("Asia/Tokyo")
    );
}

#[test]
fn what_is_not_a_name_is_refused_with_an_example() {
    let long = "x".repeat(Zone::NAME_LENGTH_MAX + 1);
    for name in [
        "",
        "Mars/Base",
        "../Europe/Berlin",
        "Etc/Unknown",
        "Europe/Berlin\n",
        "+02:00",
        &long,
    ] {
        assert!(name.parse::<Zone>().is_err(), "{name:?} was taken");
    }
    let refused = "Mars/Base".parse::<Zone>().expect_err("no such zone").to_string();
    assert_eq!(
        refused,
        r#""Mars/Base" is not a time zone; write an IANA name such as "Europe/Berlin""#
    );
}

#[test]
fn the_ends_of_the_calendar_are_no_trouble() {
    for name in ["Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York"] {
        for instant in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            zone(name).local(instant);
            zone(name).instant(instant.naive_utc());
            zone(name).has_date(instant.date_naive());
        }
    }
}

proptest! {
    #[test]
    fn an_instant_is_found_again_by_what_the_wall_clock_shows(
        index in any::<prop::sample::Index>(),
        seconds in -4_000_000_000_i64..60_000_000_000,
    ) {
        let names: Vec<String> = Zone::all_names().collect();
        let zone = zone(index.get::<String>(&names));
        let instant = at(seconds);
        let shown = match zone.resolve(zone.local(instant)) {
            Resolved::Exact(it) => it == instant,
            Resolved::Ambiguous { first, second } => first <= instant && instant <= second,
            Resolved::Gap { .. } => false,
        };
        prop_assert!(shown, "{} in {}", instant, zone);
    }
}
