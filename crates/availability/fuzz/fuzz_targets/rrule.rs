//! Any text is refused or is a rule that can be written, said and expanded, each within 50 ms.
//!
//! The last nine bytes choose the start, the window and the zone; the text is what stands before them.

#![no_main]

use std::hint::black_box;
use std::time::Duration;

use availability::recurrence::Rule;
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use kernel::Zone;
use libfuzzer_sys::fuzz_target;

const PATIENCE: Duration = Duration::from_millis(50);

/// More occurrences than this are somebody's wish, not work that the rule causes.
const TAKEN: usize = 1_000;

const ZONES: [&str; 4] = ["UTC", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"];

/// 1900-01-01, from which starts and windows are chosen.
const ORIGIN: i64 = -2_208_988_800;

fuzz_target!(|input: &[u8]| {
    let Some((text, [s0, s1, s2, s3, w0, w1, w2, w3, zone])) = input.split_last_chunk::<9>() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let zone: Zone = ZONES[usize::from(*zone) % ZONES.len()].parse().expect("a zone");
    // From 1900 to 2172.
    let at = |bytes| {
        DateTime::from_timestamp(ORIGIN + i64::from(u32::from_le_bytes(bytes)) * 2, 0).expect("an instant")
    };
    let (start, from) = (at([*s0, *s1, *s2, *s3]).naive_utc(), at([*w0, *w1, *w2, *w3]));

    let begun = time_on_processor();
    everything(text, start, from, zone);
    let taken = time_on_processor() - begun;
    assert!(taken <= PATIENCE, "{text:?} takes {taken:?}");
});

fn everything(text: &str, start: NaiveDateTime, from: DateTime<Utc>, zone: Zone) {
    if let Ok(rule) = Rule::parse(text) {
        assert_eq!(
            Rule::parse(&rule.to_string()),
            Ok(rule),
            "{text:?} changes when it is written"
        );
        black_box(rule.summary(start.date()));
        let times = rule.times(start, zone);
        let mut last = None;
        for instant in times.between(from, from + TimeDelta::days(366)).take(TAKEN) {
            assert!(
                last < Some(instant) && from <= instant,
                "{text:?} goes back to {instant}"
            );
            last = Some(instant);
        }
        whole_dates(&rule, start, from.date_naive());
    }
}

/// How long this thread has run so far, not counting what it waited for on a busy machine.
fn time_on_processor() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("fuzzing runs on Linux");
    let nanos = text
        .split(' ')
        .next()
        .and_then(|it| it.parse().ok())
        .expect("a number of nanoseconds");
    Duration::from_nanos(nanos)
}

/// A window is the same seen whole and in two halves, and a search without a window ends.
fn whole_dates(rule: &Rule, start: NaiveDateTime, from: NaiveDate) {
    if rule.frequency().is_subdaily() {
        return;
    }
    let dates = rule.dates(start.date());
    let (middle, to) = (from + TimeDelta::days(100), from + TimeDelta::days(366));
    let halves = dates
        .between(from, middle)
        .chain(dates.between(middle + TimeDelta::days(1), to));
    assert!(halves.eq(dates.between(from, to)), "{rule} depends on its window");
    black_box(dates.from(from).next());
}
