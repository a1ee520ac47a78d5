//! Every slot case with its expected answer.

use crate::solve::{self, Case};
use availability::{Ask, Team};
use chrono::{DateTime, Utc};

const CASES: &str = include_str!("../../testdata/slot_cases.json");

/// Each case, with the starts that it says are right.
fn cases() -> Vec<(Case, Vec<DateTime<Utc>>)> {
    let cases: Vec<serde_json::Value> = serde_json::from_str(CASES).unwrap();
    let of = |it: serde_json::Value| {
        let expected = serde_json::from_value(it["expected"].clone()).unwrap();
        (serde_json::from_value(it).unwrap(), expected)
    };
    cases.into_iter().map(of).collect()
}

#[test]
fn every_case_has_exactly_the_expected_starts() {
    let cases = cases();
    assert_eq!(cases.len(), 238, "the file is complete");
    for (case, expected) in cases {
        assert_eq!(solve::answer(&case).unwrap().starts, expected, "{}", case.id);
    }
}

#[test]
fn every_expected_start_can_be_explained_and_so_can_the_minutes_between() {
    for (case, expected) in cases() {
        let (calendar, policy) = (case.calendar().unwrap(), case.policy().unwrap());
        let team = Team::one(&calendar);
        let ask = Ask::new(&policy, &team, case.now);
        for pair in expected.windows(2) {
            let between = pair[0] + (pair[1] - pair[0]) / 2;
            assert!(ask.is_offered(pair[0]), "{} {}", case.id, pair[0]);
            assert!(!ask.is_offered(between), "{} {between}", case.id);
        }
    }
}
