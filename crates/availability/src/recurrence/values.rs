//! The values of a rule's parts: numbers, weekdays, dates.

use chrono::{NaiveDate, NaiveTime, Weekday};

use super::bits::Bits;
use super::refusal::Refusal;
use super::rule::{End, Frequency, Rule, Weekdays};

/// A part's canonical name and its value.
pub(super) type Part<'t> = (&'static str, &'t str);

/// The weekdays as RFC 5545 writes them, from Monday.
pub(super) const WEEKDAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Mon),
    ("TU", Weekday::Tue),
    ("WE", Weekday::Wed),
    ("TH", Weekday::Thu),
    ("FR", Weekday::Fri),
    ("SA", Weekday::Sat),
    ("SU", Weekday::Sun),
];

pub(super) fn interval(part: Part<'_>) -> Result<u32, Refusal> {
    positive(part).ok_or_else(|| {
        Refusal::new(
            part,
            "is not a number of intervals",
            format!("write 1 to {}", u32::MAX),
        )
    })
}

pub(super) fn times_counted(part: Part<'_>, frequency: Frequency) -> Result<u32, Refusal> {
    let most = if frequency.is_subdaily() {
        Rule::SUBDAILY_COUNT_MAX
    } else {
        u32::MAX
    };
    let count = positive(part).filter(|it| *it <= most);
    count.ok_or_else(|| {
        Refusal::new(
            part,
            "is not a number of occurrences",
            format!("write 1 to {most}"),
        )
    })
}

/// `1*DIGIT`, not zero.
fn positive((_, value): Part<'_>) -> Option<u32> {
    let number = value
        .bytes()
        .all(|it| it.is_ascii_digit())
        .then(|| value.parse().ok())?;
    number.filter(|it| *it > 0)
}

pub(super) fn week_start(part: Part<'_>) -> Result<Weekday, Refusal> {
    weekday(part.1)
        .ok_or_else(|| Refusal::new(part, "is not a weekday", "write MO, TU, WE, TH, FR, SA or SU"))
}

fn weekday(text: &str) -> Option<Weekday> {
    WEEKDAYS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(text))
        .map(|it| it.1)
}

pub(super) fn weekdays(part: Part<'_>) -> Result<Weekdays, Refusal> {
    let mut set = Weekdays::EMPTY;
    for item in part.1.split(',') {
        let split = item.len().saturating_sub(2);
        // The text is ASCII, so any place in it is between two characters.
        let (ordinal, name) = item.split_at(split);
        let Some(day) = weekday(name) else {
            let problem = if item.is_empty() {
                "there is an empty item".to_owned()
            } else {
                format!("\"{item}\" is not a weekday")
            };
            return Err(Refusal::new(
                part,
                problem,
                "write MO, TU, WE, TH, FR, SA or SU, or one with an ordinal: 2TU",
            ));
        };
        let day = day.num_days_from_monday() as usize;
        if ordinal.is_empty() {
            set.plain.insert(day);
            continue;
        }
        let number = signed_digits(ordinal).filter(|it| (1..=53).contains(&it.abs()));
        let number = number.ok_or_else(|| {
            Refusal::new(
                part,
                format!("\"{ordinal}\" is not an ordinal"),
                "write -53 to -1 or 1 to 53 before the weekday",
            )
        })?;
        set.ordinal[day].insert(number);
    }
    Ok(set)
}

/// UNTIL: a date, or an instant in UTC.
pub(super) fn last_moment(part: Part<'_>) -> Result<End, Refusal> {
    let malformed = || {
        let remedy = "write a date as 20260331 or an instant in UTC as 20260331T170000Z";
        Refusal::new(part, "is not a date on the calendar or an instant", remedy)
    };
    let value = part.1;
    let (date, time) = match value.len() {
        8 => (value, None),
        15 | 16 if matches!(value.as_bytes()[8], b'T' | b't') => (&value[..8], Some(&value[9..])),
        _ => return Err(malformed()),
    };
    let number = |text: &str| {
        text.bytes()
            .all(|it| it.is_ascii_digit())
            .then(|| text.parse().ok())
            .flatten()
    };
    let date: u32 = number(date).ok_or_else(malformed)?;
    let date = NaiveDate::from_ymd_opt((date / 10_000) as i32, date / 100 % 100, date % 100)
        .ok_or_else(malformed)?;
    let Some(time) = time else {
        return Ok(End::OnDate(date));
    };
    let clock: u32 = number(&time[..6]).ok_or_else(malformed)?;
    // RFC 5545, 3.3.12: where there are no leap seconds, second 60 is second 59.
    let second = if clock % 100 == 60 { 59 } else { clock % 100 };
    let time_of_day =
        NaiveTime::from_hms_opt(clock / 10_000, clock / 100 % 100, second).ok_or_else(malformed)?;
    match &time[6..] {
        "Z" | "z" => Ok(End::AtInstant(date.and_time(time_of_day).and_utc())),
        "" => Err(Refusal::new(
            part,
            "is a local time",
            format!("write it in UTC, ending in Z, or as a date: {}", &value[..8]),
        )),
        _ => Err(malformed()),
    }
}

pub(super) fn not_in_range(item: &str) -> String {
    if item.is_empty() {
        "there is an empty item".to_owned()
    } else {
        format!("\"{item}\" is out of range")
    }
}

/// One to three digits, as many as any part may have.
pub(super) fn digits(text: &str) -> Option<i32> {
    let plain = (1..=3).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

pub(super) fn signed_digits(text: &str) -> Option<i32> {
    match text.strip_prefix('-') {
        Some(rest) => digits(rest).map(|it| -it),
        None => digits(text.strip_prefix('+').unwrap_or(text)),
    }
}

/// RFC 5545, 3.3.12: where there are no leap seconds, second 60 is second 59.
pub(super) fn leap_second_is_the_59th(seconds: Bits<1>) -> Bits<1> {
    let mut real = seconds.intersect(Bits::below(60));
    if seconds.contains(60) {
        real.insert(59);
    }
    real
}
