//! Rules for the generative tests.

use std::fmt::Write;

use proptest::prelude::*;

/// Texts of valid rules for whole dates, without an end.
pub(crate) fn date_rule() -> impl Strategy<Value = String> {
    prop_oneof![daily(), weekly(), monthly(), yearly()]
}

/// Texts of valid rules for dates and times, at most daily, without an end.
pub(crate) fn time_rule() -> impl Strategy<Value = String> {
    let times = (
        part("BYHOUR", 0..=23),
        part("BYMINUTE", 0..=59),
        signed_part("BYSETPOS", 6),
    );
    (date_rule(), times).prop_map(|(rule, (hours, minutes, positions))| {
        let rule = format!("{rule}{hours}{minutes}");
        if rule.contains("BYSETPOS") {
            rule
        } else {
            with_positions(&rule, &positions)
        }
    })
}

/// Positions need something to choose from.
fn with_positions(rule: &str, positions: &str) -> String {
    if rule.contains(";BY") {
        format!("{rule}{positions}")
    } else {
        rule.to_owned()
    }
}

/// Texts of valid HOURLY, MINUTELY and SECONDLY rules without an end.
pub(crate) fn subdaily_rule() -> impl Strategy<Value = String> {
    let head = (
        prop::sample::select(vec!["HOURLY", "MINUTELY", "SECONDLY"]),
        prop_oneof![1..=8_u32, 1..=100_000_u32],
    );
    let days = (part("BYMONTH", 1..=12), part("BYMONTHDAY", 1..=31), weekdays());
    let times = (
        part("BYHOUR", 0..=23),
        part("BYMINUTE", 0..=59),
        part("BYSECOND", 0..=59),
    );
    (head, days, times, signed_part("BYSETPOS", 3)).prop_map(|(head, days, times, positions)| {
        let ((frequency, interval), (months, month_days, weekdays)) = (head, days);
        let (hours, minutes, seconds) = times;
        let days = format!("FREQ={frequency};INTERVAL={interval}{months}{month_days}{weekdays}");
        with_positions(&format!("{days}{hours}{minutes}{seconds}"), &positions)
    })
}

fn daily() -> impl Strategy<Value = String> {
    (
        1..=9_u32,
        part("BYMONTH", 1..=12),
        signed_part("BYMONTHDAY", 31),
        weekdays(),
    )
        .prop_map(|(interval, a, b, c)| format!("FREQ=DAILY;INTERVAL={interval}{a}{b}{c}"))
}

fn weekly() -> impl Strategy<Value = String> {
    let start = prop::sample::select(vec!["", ";WKST=SU", ";WKST=WE", ";WKST=SA"]);
    (
        1..=6_u32,
        start,
        part("BYMONTH", 1..=12),
        weekdays(),
        signed_part("BYSETPOS", 4),
    )
        .prop_map(|(interval, start, months, days, positions)| {
            with_positions(
                &format!("FREQ=WEEKLY;INTERVAL={interval}{start}{months}{days}"),
                &positions,
            )
        })
}

fn monthly() -> impl Strategy<Value = String> {
    let days = prop_oneof![weekdays(), ordinal_weekdays(5), signed_part("BYMONTHDAY", 31)];
    (
        1..=7_u32,
        part("BYMONTH", 1..=12),
        days,
        signed_part("BYMONTHDAY", 31),
        signed_part("BYSETPOS", 6),
    )
        .prop_map(|(interval, months, days, month_days, positions)| {
            let month_days = if days.contains("BYMONTHDAY") {
                String::new()
            } else {
                month_days
            };
            let chosen = format!("{months}{days}{month_days}");
            with_positions(&format!("FREQ=MONTHLY;INTERVAL={interval}{chosen}"), &positions)
        })
}

fn yearly() -> impl Strategy<Value = String> {
    let by_month = (
        part("BYMONTH", 1..=12),
        prop_oneof![weekdays(), ordinal_weekdays(5)],
        signed_part("BYMONTHDAY", 31),
    )
        .prop_map(|(a, b, c)| format!("{a}{b}{c}"));
    let by_week = (signed_part("BYWEEKNO", 53), weekdays(), part("BYMONTH", 1..=12))
        .prop_map(|(a, b, c)| format!("{a}{b}{c}"));
    let by_day = (signed_part("BYYEARDAY", 366), weekdays()).prop_map(|(a, b)| format!("{a}{b}"));
    let whole = ordinal_weekdays(53);
    (
        1..=3_u32,
        prop_oneof![by_month, by_week, by_day, whole],
        signed_part("BYSETPOS", 12),
    )
        .prop_map(|(interval, chosen, positions)| {
            with_positions(&format!("FREQ=YEARLY;INTERVAL={interval}{chosen}"), &positions)
        })
}

/// Nothing, or the part with one to four numbers.
fn part(name: &'static str, range: std::ops::RangeInclusive<i32>) -> impl Strategy<Value = String> {
    list(
        name,
        prop::collection::vec(range.prop_map(|it| it.to_string()), 1..=4),
    )
}

fn signed_part(name: &'static str, most: i32) -> impl Strategy<Value = String> {
    let number = (1..=most, any::<bool>()).prop_map(|(it, back)| if back { -it } else { it }.to_string());
    list(name, prop::collection::vec(number, 1..=4))
}

fn weekdays() -> impl Strategy<Value = String> {
    list(
        "BYDAY",
        prop::collection::vec(weekday().prop_map(str::to_owned), 1..=5),
    )
}

fn ordinal_weekdays(most: i32) -> impl Strategy<Value = String> {
    let item = (weekday(), -most..=most).prop_map(|(day, ordinal)| {
        if ordinal == 0 {
            day.to_owned()
        } else {
            format!("{ordinal}{day}")
        }
    });
    list("BYDAY", prop::collection::vec(item, 1..=4))
}

fn weekday() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"])
}

fn list(name: &'static str, items: impl Strategy<Value = Vec<String>>) -> impl Strategy<Value = String> {
    prop::option::of(items).prop_map(move |items| {
        let mut text = String::new();
        if let Some(items) = items {
            write!(text, ";{name}={}", items.join(",")).expect("a string takes it");
        }
        text
    })
}
