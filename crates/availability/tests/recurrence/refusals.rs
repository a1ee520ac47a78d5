//! What is not a rule, and what the refusal says.

use availability::recurrence::{Refusal, Rule};

#[derive(Debug, PartialEq)]
struct Said<'t>(&'t str, &'t str);

fn refused(text: &str) -> Refusal {
    Rule::parse(text).expect_err(text)
}

fn names_part(text: &str, part: &str, problem: &str) {
    let refusal = refused(text);
    assert_eq!(
        Said(refusal.part(), refusal.problem()),
        Said(part, problem),
        "{text}"
    );
    assert!(!refusal.remedy().is_empty(), "{text}");
}

#[test]
fn a_refusal_names_the_part_the_problem_and_the_remedy() {
    assert_eq!(
        refused("FREQ=MONTHLY;BYDAY=8FR").to_string(),
        "BYDAY=8FR: ordinal 8 is more weekdays than a month has; write -5 to -1 or 1 to 5 before the weekday"
    );
    assert_eq!(
        refused("FREQ=WEEKLY;BYDAY=1MO").to_string(),
        "BYDAY=1MO: an ordinal counts weekdays in a month or a year; \
         write the weekday alone, or use FREQ=MONTHLY or YEARLY"
    );
    assert_eq!(
        refused("FREQ=DAILY;BYHOUR=9,24").to_string(),
        "BYHOUR=9,24: \"24\" is out of range; write numbers from 0 to 23"
    );
    assert_eq!(
        refused("FREQ=DAILY;UNTIL=20260230").to_string(),
        "UNTIL=20260230: is not a date on the calendar or an instant; \
         write a date as 20260331 or an instant in UTC as 20260331T170000Z"
    );
}

#[test]
fn parts_are_written_once_with_a_value_and_without_extras() {
    names_part("FREQ=DAILY;", "RRULE", "there is a part with nothing in it");
    names_part(
        "FREQ=DAILY;;COUNT=2",
        "RRULE",
        "there is a part with nothing in it",
    );
    names_part("FREQ=DAILY;COUNT", "COUNT", "there is no such part in a rule");
    names_part("FREQ=DAILY;COUNT=", "COUNT", "has no value");
    names_part("FREQ=DAILY;FREQ=DAILY", "FREQ", "is written twice");
    names_part(
        "FREQ=DAILY;RSCALE=HEBREW",
        "RSCALE",
        "there is no such part in a rule",
    );
    names_part("COUNT=2", "FREQ", "is missing");
    names_part("FREQ=FORTNIGHTLY", "FREQ", "is not a frequency");
    names_part("RRULE:FREQ=DAILY", "RRULE", "begins with the property's name");
    names_part(
        "FREQ=DAILY ",
        "RRULE",
        "the character   does not belong in a rule",
    );
    names_part(
        "FREQ=DAILY\nEXDATE:20260101",
        "RRULE",
        "the character \\n does not belong in a rule",
    );
    names_part(
        "FREQ=DÄILY",
        "RRULE",
        "the character \\u{c4} does not belong in a rule",
    );
}

#[test]
fn parts_that_exclude_each_other_are_refused() {
    names_part(
        "FREQ=DAILY;COUNT=2;UNTIL=20260301",
        "COUNT",
        "stands beside UNTIL",
    );
    names_part(
        "FREQ=MONTHLY;BYWEEKNO=3",
        "BYWEEKNO",
        "weeks are numbered in a year",
    );
    names_part(
        "FREQ=MONTHLY;BYYEARDAY=3",
        "BYYEARDAY",
        "days of the year need a longer interval",
    );
    names_part(
        "FREQ=WEEKLY;BYMONTHDAY=3",
        "BYMONTHDAY",
        "a week has no days of the month",
    );
    names_part(
        "FREQ=HOURLY;BYDAY=2TU",
        "BYDAY",
        "an ordinal counts weekdays in a month or a year",
    );
    names_part(
        "FREQ=YEARLY;BYWEEKNO=3;BYDAY=1MO",
        "BYDAY",
        "a week has each weekday once",
    );
    names_part(
        "FREQ=YEARLY;BYMONTH=3;BYDAY=-6MO",
        "BYDAY",
        "ordinal -6 is more weekdays than a month has",
    );
    names_part(
        "FREQ=MONTHLY;BYSETPOS=1",
        "BYSETPOS",
        "there is nothing to choose from",
    );
    names_part("FREQ=DAILY;UNTIL=20260301T090000", "UNTIL", "is a local time");
}

#[test]
fn every_range_ends_where_it_says() {
    let ranges = [
        ("YEARLY;BYMONTH", 1, 12, false),
        ("YEARLY;BYWEEKNO", 1, 53, true),
        ("YEARLY;BYYEARDAY", 1, 366, true),
        ("MONTHLY;BYMONTHDAY", 1, 31, true),
        ("DAILY;BYHOUR", 0, 23, false),
        ("DAILY;BYMINUTE", 0, 59, false),
        ("DAILY;BYSECOND", 0, 60, false),
        ("DAILY;BYHOUR=1;BYSETPOS", 1, 366, true),
    ];
    for (part, least, most, signed) in ranges {
        let accepted = |number: i32| Rule::parse(&format!("FREQ={part}={number}")).is_ok();
        assert!(accepted(least) && accepted(most), "{part}");
        assert!(!accepted(least - 1) && !accepted(most + 1), "{part}");
        assert_eq!(
            [-most, -least].map(accepted),
            [signed && most > 0, (signed || least == 0)],
            "{part}"
        );
        assert!(!accepted(-most - 1), "{part}");
    }
    let weekday = |ordinal: i32| Rule::parse(&format!("FREQ=YEARLY;BYDAY={ordinal}MO")).is_ok();
    assert_eq!(
        [-54, -53, 0, 53, 54].map(weekday),
        [false, true, false, true, false]
    );
}

#[test]
fn counts_and_intervals_are_whole_and_positive() {
    for value in ["0", "-1", "+1", "1.5", "x", "4294967296", "99999999999999999999"] {
        names_part(
            &format!("FREQ=DAILY;COUNT={value}"),
            "COUNT",
            "is not a number of occurrences",
        );
        names_part(
            &format!("FREQ=DAILY;INTERVAL={value}"),
            "INTERVAL",
            "is not a number of intervals",
        );
    }
    for value in ["1", "007", "4294967295"] {
        assert!(Rule::parse(&format!("FREQ=DAILY;INTERVAL={value}")).is_ok());
        assert!(Rule::parse(&format!("FREQ=DAILY;COUNT={value}")).is_ok());
    }
    let subdaily = |count: u32| Rule::parse(&format!("FREQ=SECONDLY;COUNT={count}")).is_ok();
    assert!(subdaily(Rule::SUBDAILY_COUNT_MAX) && !subdaily(Rule::SUBDAILY_COUNT_MAX + 1));
}

#[test]
fn a_text_is_at_most_as_long_as_it_says() {
    let days = |length: usize| {
        let head = "FREQ=WEEKLY;BYDAY=MO";
        format!("{head}{}{}", ",MO".repeat((length - head.len()) / 3), "")
    };
    let longest = days(Rule::TEXT_LENGTH_MAX);
    assert!(longest.len() > Rule::TEXT_LENGTH_MAX - 3 && Rule::parse(&longest).is_ok());
    names_part(
        &format!("{longest},MO"),
        "RRULE",
        &format!("{} bytes are too long", longest.len() + 3),
    );
}

#[test]
fn availability_takes_whole_dates_alone() {
    let refused = |text| Rule::for_dates(text).expect_err(text).to_string();
    assert_eq!(
        refused("FREQ=HOURLY"),
        "FREQ=HOURLY: is more often than daily; write DAILY, WEEKLY, MONTHLY or YEARLY"
    );
    assert_eq!(
        refused("FREQ=DAILY;BYHOUR=9"),
        "BYHOUR: this rule chooses whole dates; leave it out; the times stand beside the rule"
    );
    assert_eq!(
        refused("FREQ=DAILY;UNTIL=20260301T090000Z"),
        "UNTIL=20260301T090000Z: this rule chooses whole dates; write the last date, such as UNTIL=20260301"
    );
    assert!(Rule::for_dates("FREQ=DAILY;UNTIL=20260301").is_ok());
}

#[test]
fn a_series_is_at_most_daily() {
    for text in ["FREQ=HOURLY", "FREQ=MINUTELY", "FREQ=SECONDLY"] {
        assert!(Rule::parse(text).is_ok() && Rule::for_series(text).is_err());
    }
    assert!(Rule::for_series("FREQ=DAILY;BYHOUR=9,13;UNTIL=20260301T090000Z").is_ok());
}

#[test]
fn small_letters_and_plus_signs_are_read() {
    let read = |text| Rule::parse(text).expect(text);
    assert_eq!(
        read("freq=monthly;byday=+1mo,-1Fr"),
        read("FREQ=MONTHLY;BYDAY=1MO,-1FR")
    );
    assert_eq!(read("BYDAY=MO;FREQ=WEEKLY"), read("FREQ=WEEKLY;BYDAY=MO,MO"));
}
