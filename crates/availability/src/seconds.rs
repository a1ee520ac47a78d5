//! Instants as whole seconds since 1970, which is how the engine counts.
//!
//! Candidate starts are whole seconds, so a span with a fraction is widened to whole ones without changing any answer.

use chrono::{DateTime, Days, NaiveDate, Utc};

/// Seconds in a minute.
pub(crate) const MINUTE: i64 = 60;

/// Seconds in 24 hours.
pub(crate) const DAY: i64 = 86_400;

/// The last whole second that is not after `at`.
pub(crate) fn floor(at: DateTime<Utc>) -> i64 {
    at.timestamp()
}

/// The first whole second that is not before `at`.
pub(crate) fn ceil(at: DateTime<Utc>) -> i64 {
    at.timestamp() + i64::from(at.timestamp_subsec_nanos() > 0)
}

/// The instant of a second; beyond the calendar it is the nearest instant that exists.
pub(crate) fn instant(second: i64) -> DateTime<Utc> {
    let edge = if second < 0 {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    };
    DateTime::from_timestamp(second, 0).unwrap_or(edge)
}

/// Midnight of a date, as wall-clock seconds.
pub(crate) fn midnight(date: NaiveDate) -> i64 {
    i64::from(date.to_epoch_days()) * DAY
}

/// The date that a wall-clock second falls on.
pub(crate) fn date(wall: i64) -> NaiveDate {
    let edge = if wall < 0 { NaiveDate::MIN } else { NaiveDate::MAX };
    i32::try_from(wall.div_euclid(DAY))
        .ok()
        .and_then(NaiveDate::from_epoch_days)
        .unwrap_or(edge)
}

/// As many minutes in seconds.
pub(crate) fn minutes(count: impl Into<i64>) -> i64 {
    count.into() * MINUTE
}

/// The date so many days earlier, or the first of the calendar.
pub(crate) fn days_before(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN)
}

/// The date so many days later, or the last of the calendar.
pub(crate) fn days_after(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX)
}
