//! Our answers beside those of the `rrule` crate, wherever that crate keeps to RFC 5545.

use availability::recurrence::Rule;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use kernel::Zone;
use proptest::prelude::*;

use crate::rules::time_rule;

/// What the other crate says, or nothing where it refuses the rule or is known to read it differently.
fn theirs(rule: &str, start: DateTime<Utc>, count: u16) -> Option<Vec<DateTime<Utc>>> {
    let stamp = start.format("%Y%m%dT%H%M%SZ");
    let set: rrule::RRuleSet = format!("DTSTART:{stamp}\nRRULE:{rule}").parse().ok()?;
    let known = reads_differently(rule);
    (!known).then(|| {
        set.all(count)
            .dates
            .into_iter()
            .map(|it| it.with_timezone(&Utc))
            .collect()
    })
}

fn reads_differently(rule: &str) -> bool {
    let values = |name: &str| {
        rule.split(';')
            .filter_map(|it| it.split_once('='))
            .find(|(it, _)| *it == name)
            .map(|(_, values)| values)
    };
    let is_plain = |it: &str| it.len() == 2;
    // It intersects plain with ordinal weekdays; RFC 5545 lists them.
    let mixed = values("BYDAY").is_some_and(|it| it.split(',').any(is_plain) && !it.split(',').all(is_plain));
    // It takes every day of a numbered week where the rule names no weekday; RFC 5545 takes the start's.
    let week_alone = values("BYWEEKNO").is_some() && values("BYDAY").is_none();
    // It begins BYSETPOS of a week at the start; for us the interval is the whole week.
    let part_of_week = values("FREQ") == Some("WEEKLY") && values("BYSETPOS").is_some();
    // It loses days of a week that lies in two years.
    let at_the_turn = |it: &str| matches!(it.trim_start_matches('-'), "1" | "52" | "53");
    let straddles = values("BYWEEKNO").is_some_and(|it| it.split(',').any(at_the_turn));
    mixed || week_alone || part_of_week || straddles
}

proptest! {
    #[test]
    fn the_other_crate_finds_the_same_occurrences(rule in time_rule(), start in 0..2_000_u64, hour in 0..24_u32) {
        let date = NaiveDate::from_ymd_opt(2019, 1, 1).expect("a date") + Days::new(start);
        let start = date.and_time(NaiveTime::from_hms_opt(hour, 0, 0).expect("a time")).and_utc();
        if let Some(theirs) = theirs(&rule, start, 60) {
            let last = theirs.last().copied().unwrap_or(start);
            let series = Rule::parse(&rule).expect(&rule).times(start.naive_utc(), Zone::UTC);
            let ours: Vec<_> = series.between(start, last + Days::new(1)).take(theirs.len()).collect();
            prop_assert_eq!(ours, theirs, "{} from {}", rule, start);
        }
    }
}
