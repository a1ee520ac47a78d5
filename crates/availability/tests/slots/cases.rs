//! Every slot case with its expected answer.

use crate::solve::{self, Case};
use availability::{Ask, Team};
use chrono::TimeDelta;

const CASES: &str = include_str!("../../testdata/slot_cases.json");

fn cases() -> Vec<Case> {
    serde_json::from_str(CASES).unwrap()
}

#[test]
fn every_case_has_exactly_the_expected_starts() {
    let cases = cases();
    assert_eq!(cases.len(), 238, "the file is complete");
    for case in cases {
        let answer = solve::answer(&case).unwrap();
        assert_eq!(answer.starts(), case.expected, "{}", case.id);
    }
}

#[test]
fn every_expected_start_is_explained_as_bookable_and_its_neighbours_as_the_list_says() {
    for case in cases() {
        let (calendar, policy) = (case.calendar().unwrap(), case.policy().unwrap());
        let team = Team::one(&calendar);
        let ask = Ask::new(&policy, &team, case.now());
        for at in &case.expected {
            for (near, step) in [
                (*at, 0),
                (*at + TimeDelta::minutes(1), 1),
                (*at - TimeDelta::hours(7), -7),
            ] {
                let explained = ask.explain(near);
                let listed = case.expected.binary_search(&near).is_ok();
                let inside = step == 0 || near < *case.expected.last().unwrap() && case.expected[0] < near;
                if inside {
                    assert_eq!(explained.is_offered(), listed, "{} {near} {explained:?}", case.id);
                }
                assert_eq!(
                    explained.is_offered(),
                    explained.blockers().next().is_none(),
                    "{}",
                    case.id
                );
            }
        }
    }
}
