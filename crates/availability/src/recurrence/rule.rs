//! A valid rule: a handful of sets.

use super::bits::{Bits, Signed};
use super::dates::DateSeries;
use super::parse;
use super::refusal::Refusal;
use super::times::TimeSeries;
use super::words;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc, Weekday};
use kernel::Zone;

/// A valid RFC 5545 recurrence rule. It is plain data of fixed size: nothing in it is allocated.
///
/// ```
/// use availability::recurrence::Rule;
/// use chrono::NaiveDate;
///
/// let day = |day| NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
/// let rule: Rule = "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU".parse()?;
/// let tuesdays: Vec<_> = rule.dates(day(3)).between(day(4), day(31)).collect();
/// assert_eq!(tuesdays, [day(17), day(31)]);
/// # Ok::<(), availability::recurrence::Refusal>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    pub(super) frequency: Frequency,
    pub(super) interval: u32,
    pub(super) end: End,
    pub(super) week_start: Weekday,
    pub(super) months: Bits<1>,
    pub(super) weeks: Signed<1>,
    pub(super) year_days: Signed<6>,
    pub(super) month_days: Signed<1>,
    pub(super) weekdays: Weekdays,
    pub(super) hours: Bits<1>,
    pub(super) minutes: Bits<1>,
    pub(super) seconds: Bits<1>,
    pub(super) positions: Signed<6>,
}

/// RFC 5545 writes years with four digits.
pub(super) const LAST_YEAR: i32 = 9999;

/// How long one interval of a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Frequency {
    /// A second.
    Secondly,
    /// A minute.
    Minutely,
    /// An hour.
    Hourly,
    /// A day.
    Daily,
    /// A week, from WKST.
    Weekly,
    /// A calendar month.
    Monthly,
    /// A calendar year.
    Yearly,
}

/// When a rule stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// It does not.
    Never,
    /// After so many occurrences.
    After(u32),
    /// After this date, on the local calendar.
    OnDate(NaiveDate),
    /// After this instant.
    AtInstant(DateTime<Utc>),
}

/// BYDAY: weekdays, each alone or with ordinals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Weekdays {
    /// Numbered from Monday, 0.
    pub(super) plain: Bits<1>,
    /// By the weekday's number: the ordinals it has.
    pub(super) ordinal: [Signed<1>; 7],
}

impl Rule {
    /// The longest text that is read, in bytes. All of BYYEARDAY, both ways round, is shorter.
    pub const TEXT_LENGTH_MAX: usize = 4_096;

    /// The most occurrences an HOURLY, MINUTELY or SECONDLY rule may count: they are counted one by one.
    pub const SUBDAILY_COUNT_MAX: u32 = 100_000;

    /// The last date of the calendar. Rules end there.
    pub const LAST_DATE: NaiveDate = match NaiveDate::from_ymd_opt(LAST_YEAR, 12, 31) {
        Some(date) => date,
        None => NaiveDate::MAX,
    };

    /// Reads an RRULE (the value, without the name `RRULE:`).
    ///
    /// # Errors
    /// The text is not a valid rule: see [`Refusal`].
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        parse::rule(text)
    }

    /// Reads a rule for whole dates: no part of it speaks of a time of day.
    ///
    /// # Errors
    /// The text is not a valid rule, or speaks of hours, minutes or seconds.
    pub fn for_dates(text: &str) -> Result<Self, Refusal> {
        let rule = Self::for_series(text)?;
        parse::refuse_times_of_day(&rule)?;
        Ok(rule)
    }

    /// Reads a rule for a series of bookings: it is at most daily, but may name times of day.
    ///
    /// # Errors
    /// The text is not a valid rule, or is HOURLY, MINUTELY or SECONDLY.
    pub fn for_series(text: &str) -> Result<Self, Refusal> {
        let rule = Self::parse(text)?;
        parse::refuse_subdaily(&rule)?;
        Ok(rule)
    }

    /// The rule in words, as an interface may show it. What the rule leaves unsaid is taken from its first date,
    /// and an end in the same year is named without the year.
    ///
    /// ```
    /// use availability::recurrence::Rule;
    ///
    /// let rule = Rule::parse("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20260303")?;
    /// assert_eq!(rule.summary("2026-01-06".parse()?), "every second Tuesday until 3 March");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn summary(&self, starts_on: NaiveDate) -> String {
        words::summary(self, starts_on)
    }

    /// How long one interval is.
    pub fn frequency(&self) -> Frequency {
        self.frequency
    }

    /// When the rule stops.
    pub fn end(&self) -> End {
        self.end
    }

    /// The dates of this rule. The first date counts as an occurrence only if it matches.
    ///
    /// Times of day in the rule are passed over; [`Rule::for_dates`] refuses them.
    pub fn dates(&self, starts_on: NaiveDate) -> DateSeries {
        DateSeries::new(self, starts_on)
    }

    /// The local date-times of this rule. The first one counts as an occurrence only if it matches.
    pub fn times(&self, starts_at: NaiveDateTime, zone: Zone) -> TimeSeries {
        TimeSeries::new(self, starts_at, zone)
    }
}

impl std::str::FromStr for Rule {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        Self::parse(text)
    }
}

impl Frequency {
    /// HOURLY, MINUTELY and SECONDLY.
    pub fn is_subdaily(self) -> bool {
        self < Self::Daily
    }
}

impl Weekdays {
    pub(super) const EMPTY: Self = Self {
        plain: Bits::EMPTY,
        ordinal: [Signed::EMPTY; 7],
    };

    pub(super) fn is_empty(&self) -> bool {
        self.plain.is_empty() && !self.has_ordinals()
    }

    pub(super) fn has_ordinals(&self) -> bool {
        self.ordinal.iter().any(|it| !it.is_empty())
    }
}
