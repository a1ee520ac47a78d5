//! Local hours: from one wall-clock minute to another, perhaps past midnight (S3, S4).

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;

use crate::seconds::{DAY, MINUTE, midnight};

/// A wall-clock minute of a day, from 00:00 to 24:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalTime(u16);

impl LocalTime {
    /// 24:00, which is 00:00 of the next date.
    pub const END_OF_DAY: Self = Self(24 * 60);

    /// An hour and a minute, if there is such a time.
    ///
    /// # Errors
    /// Beyond 24:00, and for a minute beyond 59.
    pub fn new(hour: u8, minute: u8) -> Result<Self, BadHours> {
        let total = u16::from(hour) * 60 + u16::from(minute);
        if minute < 60 && total <= Self::END_OF_DAY.0 {
            Ok(Self(total))
        } else {
            Err(BadHours(format!(
                "{hour:02}:{minute:02} is no time of a day; write 00:00 to 24:00"
            )))
        }
    }

    /// Minutes since midnight.
    #[must_use]
    pub fn minutes(self) -> u16 {
        self.0
    }
}

impl FromStr for LocalTime {
    type Err = BadHours;

    fn from_str(text: &str) -> Result<Self, BadHours> {
        let two = |digits: &str| match digits.as_bytes() {
            [b'0'..=b'9', b'0'..=b'9'] => digits.parse::<u8>().ok(),
            _ => None,
        };
        text.split_once(':')
            .and_then(|(hour, minute)| two(hour).zip(two(minute)))
            .ok_or_else(|| BadHours("a time of day is written HH:MM, such as 09:30".to_owned()))
            .and_then(|(hour, minute)| Self::new(hour, minute))
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// Opening hours on a date. When `to` is not after `from` they end on the next date; equal times are 24 hours.
///
/// ```
/// use availability::Hours;
///
/// let night: Hours = "22:00-02:00".parse()?;
/// assert!(night.crosses_midnight());
/// assert!("09:00-25:00".parse::<Hours>().is_err());
/// # Ok::<(), availability::BadHours>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hours {
    from: LocalTime,
    to: LocalTime,
}

impl Hours {
    /// From midnight to midnight.
    pub const WHOLE_DAY: Self = Self {
        from: LocalTime(0),
        to: LocalTime::END_OF_DAY,
    };

    /// Hours from one time to another.
    ///
    /// # Errors
    /// If they begin at 24:00, which belongs to the next date.
    pub fn new(from: LocalTime, to: LocalTime) -> Result<Self, BadHours> {
        if from == LocalTime::END_OF_DAY {
            return Err(BadHours(
                "hours cannot begin at 24:00; write 00:00 of the next date".to_owned(),
            ));
        }
        Ok(Self { from, to })
    }

    /// When they begin.
    #[must_use]
    pub fn from(self) -> LocalTime {
        self.from
    }

    /// When they end.
    #[must_use]
    pub fn to(self) -> LocalTime {
        self.to
    }

    /// Whether they end on the date after the one they begin on.
    #[must_use]
    pub fn crosses_midnight(self) -> bool {
        self.to <= self.from
    }

    /// Both ends on a date as wall-clock seconds, not yet placed in any zone.
    pub(crate) fn on(self, date: NaiveDate) -> (i64, i64) {
        let start = midnight(date);
        let end = start + if self.crosses_midnight() { DAY } else { 0 };
        (
            start + i64::from(self.from.0) * MINUTE,
            end + i64::from(self.to.0) * MINUTE,
        )
    }
}

impl FromStr for Hours {
    type Err = BadHours;

    fn from_str(text: &str) -> Result<Self, BadHours> {
        let (from, to) = text
            .split_once('-')
            .ok_or_else(|| BadHours("hours are written HH:MM-HH:MM, such as 09:00-17:00".to_owned()))?;
        Self::new(from.parse()?, to.parse()?)
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.to)
    }
}

/// Text or numbers that are no local hours; says what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadHours(String);

impl fmt::Display for BadHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadHours {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_ends_at_24_00_and_not_a_minute_later() {
        assert_eq!("24:00".parse(), Ok(LocalTime::END_OF_DAY));
        for wrong in [
            "24:01", "25:00", "23:60", "9:00", "09:0", "+9:00", "09:00:00", "", ":", "９9:00",
        ] {
            assert!(wrong.parse::<LocalTime>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn hours_cannot_begin_when_the_day_is_over() {
        assert!("24:00-02:00".parse::<Hours>().is_err());
        assert_eq!("00:00-24:00".parse(), Ok(Hours::WHOLE_DAY));
    }

    #[test]
    fn equal_times_are_24_hours() {
        let date = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
        let (from, to) = "10:00-10:00".parse::<Hours>().unwrap().on(date);
        assert_eq!(to - from, DAY);
    }
}
