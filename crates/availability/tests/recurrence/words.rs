//! Rules in words.

use availability::recurrence::Rule;

/// Every rule starts on Tuesday, 6 January 2026.
fn says(rule: &str, words: &str) {
    let start = "2026-01-06".parse().expect("a date");
    let summary = Rule::parse(rule).map(|it| it.summary(start));
    assert_eq!(summary.as_deref(), Ok(words), "{rule}");
}

#[test]
fn days_and_weeks_are_named() {
    says("FREQ=DAILY", "every day");
    says("FREQ=DAILY;INTERVAL=2", "every second day");
    says("FREQ=DAILY;INTERVAL=14;COUNT=2", "every 14 days, twice");
    says(
        "FREQ=DAILY;BYDAY=MO,FR;BYMONTH=1,3",
        "every Monday and Friday in January and March",
    );
    says(
        "FREQ=DAILY;INTERVAL=3;BYDAY=MO",
        "every third day if it is a Monday",
    );
    says(
        "FREQ=DAILY;BYMONTHDAY=13;BYDAY=FR",
        "every day on the 13th of the month if it is a Friday",
    );
    says("FREQ=WEEKLY", "every Tuesday");
    says("FREQ=WEEKLY;BYDAY=FR,TH,WE,TU,MO", "every weekday");
    says("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", "every day");
    says(
        "FREQ=WEEKLY;BYDAY=SU,SA,WE",
        "every Wednesday, Saturday and Sunday",
    );
    says(
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH",
        "every second week on Tuesday and Thursday",
    );
}

#[test]
fn months_and_years_are_named() {
    says("FREQ=MONTHLY", "on the 6th of every month");
    says(
        "FREQ=MONTHLY;BYMONTHDAY=1,15,-1",
        "on the 1st, the 15th and the last day of every month",
    );
    says(
        "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR",
        "on the 13th of every month if it is a Friday",
    );
    says(
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=1MO,-1FR",
        "on the first Monday and the last Friday of every second month",
    );
    says(
        "FREQ=MONTHLY;BYDAY=MO,2FR",
        "on every Monday and the second Friday of every month",
    );
    says(
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "on the last weekday of every month",
    );
    says(
        "FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1,-2",
        "on the first and second to last Saturday or Sunday of every month",
    );
    says("FREQ=YEARLY", "on 6 January every year");
    says(
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29",
        "on 29 February every fourth year",
    );
    says(
        "FREQ=YEARLY;BYMONTH=6,7;BYDAY=1MO",
        "on the first Monday of June and July every year",
    );
    says("FREQ=YEARLY;BYDAY=20MO", "on the 20th Monday of every year");
    says(
        "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        "on Monday in week 20 of every year",
    );
    says(
        "FREQ=YEARLY;BYYEARDAY=100,-1",
        "on day 100 and the last day of every year",
    );
    says(
        "FREQ=YEARLY;BYMONTHDAY=13;BYDAY=FR",
        "on the 13th of every month every year if it is a Friday",
    );
}

#[test]
fn times_and_positions_and_ends_are_named() {
    says("FREQ=DAILY;BYHOUR=9,13", "every day at hours 9 and 13");
    says(
        "FREQ=HOURLY;INTERVAL=2;BYDAY=SA;BYMINUTE=30",
        "every second hour if it is a Saturday at minute 30",
    );
    says(
        "FREQ=WEEKLY;BYDAY=TU,TH;BYSETPOS=1",
        "every Tuesday and Thursday, of these only the first of each week",
    );
    says("FREQ=WEEKLY;COUNT=1", "every Tuesday, once");
    says(
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20260303",
        "every second Tuesday until 3 March",
    );
    says(
        "FREQ=WEEKLY;UNTIL=20270303T170000Z",
        "every Tuesday until 3 March 2027, 17:00 UTC",
    );
}
