//! Rules against cases with known answers.
use availability::recurrence::Rule;
use chrono::{NaiveDate, NaiveDateTime};
#[test]
fn dates_agree() {
    let cases: serde_json::Value =
        serde_json::from_str(include_str!("../testdata/rrule_cases.json")).unwrap();
    let (mut n, mut bad) = (0, 0);
    for c in cases.as_array().unwrap() {
        let text = c["rrule"].as_str().unwrap();
        let rule = Rule::parse(text).unwrap();
        if Rule::for_dates(text).is_err()
            || !c["exdate_local"].as_array().unwrap().is_empty()
            || !c["rdate_local"].as_array().unwrap().is_empty()
        {
            continue;
        }
        let start: NaiveDateTime = c["dtstart_local"].as_str().unwrap().parse().unwrap();
        let expected: Vec<NaiveDate> = c["expected_local"]
            .as_array()
            .unwrap()
            .iter()
            .map(|t| t.as_str().unwrap().parse::<NaiveDateTime>().unwrap().date())
            .collect();
        let (Some(a), Some(b)) = (expected.first(), expected.last()) else {
            continue;
        };
        let got: Vec<NaiveDate> = rule.dates(start.date()).between(*a, *b).collect();
        n += 1;
        if got != expected {
            bad += 1;
            println!("{text} {start} {:?} {:?}", got.len(), expected.len());
        }
    }
    println!("{n}");
    assert_eq!(bad, 0);
}
