//! Zone rules, against published changes.

use chrono::{DateTime, Utc};
use kernel::Zone;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    tz: Zone,
    instant: DateTime<Utc>,
    offset_minutes: i32,
}

#[test]
fn offsets_are_those_of_a_current_tz_database() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../../testdata/tzdata_cases.json")).unwrap();
    for case in cases {
        let minutes = case.tz.offset_seconds(case.instant) / 60;
        assert_eq!(minutes, case.offset_minutes, "{} at {}", case.tz, case.instant);
    }
}
