//! The case files in `testdata`, whose answers several other implementations agree on.

use availability::recurrence::Rule;
use chrono::{DateTime, NaiveDateTime, Utc};
use kernel::Zone;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    id: String,
    rrule: String,
    dtstart_local: NaiveDateTime,
    tz: Zone,
    #[serde(default)]
    exdate_local: Vec<NaiveDateTime>,
    #[serde(default)]
    rdate_local: Vec<NaiveDateTime>,
    window_start_utc: DateTime<Utc>,
    window_end_utc: DateTime<Utc>,
    expected_utc: Vec<DateTime<Utc>>,
    #[serde(default)]
    gap_hits_local: Vec<NaiveDateTime>,
}

#[derive(Deserialize)]
struct Hostile {
    id: String,
    rrule: String,
    dtstart_local: NaiveDateTime,
    tz: Zone,
    window_start_utc: DateTime<Utc>,
    window_end_utc: DateTime<Utc>,
    expected_count_if_accepted: Option<usize>,
}

#[derive(Deserialize)]
struct Invalid {
    id: String,
    rrule: String,
}

fn read<T: for<'de> Deserialize<'de>>(text: &str) -> Vec<T> {
    serde_json::from_str(text).expect("a case file")
}

fn every_case_agrees(text: &str) {
    let wrong: Vec<String> = read::<Case>(text).iter().filter_map(disagreement).collect();
    assert!(
        wrong.is_empty(),
        "{} cases disagree:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn disagreement(case: &Case) -> Option<String> {
    let rule = match Rule::parse(&case.rrule) {
        Ok(rule) => rule,
        Err(refusal) => return Some(format!("{} refused: {refusal}", case.id)),
    };
    let series = rule
        .times(case.dtstart_local, case.tz)
        .adding(case.rdate_local.iter().copied())
        .except(case.exdate_local.iter().copied());
    let found: Vec<_> = series
        .between(case.window_start_utc, case.window_end_utc)
        .collect();
    let (id, text) = (&case.id, &case.rrule);
    (found != case.expected_utc).then(|| format!("{id} {text}: {found:?} instead of {:?}", case.expected_utc))
}

#[test]
fn rules_give_the_agreed_occurrences() {
    every_case_agrees(include_str!("../../testdata/rrule_cases.json"));
}

#[test]
fn plain_and_ordinal_weekdays_are_a_union() {
    every_case_agrees(include_str!("../../testdata/rrule_cases_supplement.json"));
}

#[test]
fn skipped_local_times_are_neither_occurrences_nor_counted() {
    every_case_agrees(include_str!("../../testdata/rrule_dst_cases.json"));
}

#[test]
fn the_plan_shows_every_skipped_time() {
    for case in read::<Case>(include_str!("../../testdata/rrule_dst_cases.json")) {
        let series = Rule::parse(&case.rrule)
            .unwrap()
            .times(case.dtstart_local, case.tz)
            .adding(case.rdate_local.iter().copied())
            .except(case.exdate_local.iter().copied());
        let plan = series.plan(case.window_start_utc, case.window_end_utc);
        let skipped: Vec<_> = plan
            .filter(|it| it.instant().is_none())
            .map(|it| it.local())
            .collect();
        assert_eq!(skipped, case.gap_hits_local, "{} {}", case.id, case.rrule);
    }
}

#[test]
fn texts_that_are_not_rules_are_refused() {
    for case in read::<Invalid>(include_str!("../../testdata/rrule_invalid_cases.json")) {
        assert!(
            Rule::parse(&case.rrule).is_err(),
            "{} accepted: {:?}",
            case.id,
            case.rrule
        );
    }
}

#[test]
fn hostile_rules_give_what_they_must_or_are_refused() {
    for case in read::<Hostile>(include_str!("../../testdata/rrule_hostile_cases.json")) {
        let Ok(rule) = Rule::parse(&case.rrule) else {
            continue;
        };
        let series = rule.times(case.dtstart_local, case.tz);
        let count = series.between(case.window_start_utc, case.window_end_utc).count();
        assert_eq!(
            Some(count),
            case.expected_count_if_accepted,
            "{} {}",
            case.id,
            case.rrule
        );
    }
}
