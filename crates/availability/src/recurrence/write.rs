//! Rule to text: every part that is not left at its default, in one order, numbers ascending.

use std::fmt::{self, Display, Formatter, Write};

use chrono::{Datelike, Weekday};

use super::bits::{Bits, Signed};
use super::rule::{End, Frequency, Rule, Weekdays};
use super::values::WEEKDAYS;

impl Display for Rule {
    /// Writes the rule as an RRULE, from which the same rule can be read again.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "FREQ={}", self.frequency)?;
        if self.interval > 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        match self.end {
            End::Never => {}
            End::After(count) => write!(f, ";COUNT={count}")?,
            End::OnDate(date) => {
                write!(f, ";UNTIL={:04}{:02}{:02}", date.year(), date.month(), date.day())?;
            }
            End::AtInstant(instant) => write!(f, ";UNTIL={}", instant.format("%Y%m%dT%H%M%SZ"))?,
        }
        if self.week_start != Weekday::Mon {
            write!(
                f,
                ";WKST={}",
                code(self.week_start.num_days_from_monday() as usize)
            )?;
        }
        numbers(f, "BYMONTH", self.months)?;
        list(f, "BYWEEKNO", self.weeks.iter())?;
        list(f, "BYYEARDAY", self.year_days.iter())?;
        list(f, "BYMONTHDAY", self.month_days.iter())?;
        list(f, "BYDAY", weekdays(&self.weekdays))?;
        numbers(f, "BYHOUR", self.hours)?;
        numbers(f, "BYMINUTE", self.minutes)?;
        numbers(f, "BYSECOND", self.seconds)?;
        list(f, "BYSETPOS", self.positions.iter())
    }
}

impl Display for Frequency {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secondly => "SECONDLY",
            Self::Minutely => "MINUTELY",
            Self::Hourly => "HOURLY",
            Self::Daily => "DAILY",
            Self::Weekly => "WEEKLY",
            Self::Monthly => "MONTHLY",
            Self::Yearly => "YEARLY",
        })
    }
}

/// A weekday, alone or with an ordinal.
struct WeekdayItem(Option<i32>, usize);

impl Display for WeekdayItem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(ordinal) = self.0 {
            write!(f, "{ordinal}")?;
        }
        f.write_str(code(self.1))
    }
}

fn weekdays(chosen: &Weekdays) -> impl Iterator<Item = WeekdayItem> + '_ {
    let of = |(day, ordinals): (usize, &Signed<1>)| ordinals.iter().map(move |it| WeekdayItem(Some(it), day));
    let plain = chosen.plain.iter().map(|day| WeekdayItem(None, day));
    plain.chain(chosen.ordinal.iter().enumerate().flat_map(of))
}

fn code(weekday: usize) -> &'static str {
    WEEKDAYS[weekday].0
}

fn numbers(f: &mut Formatter<'_>, name: &str, set: Bits<1>) -> fmt::Result {
    list(f, name, set.iter())
}

fn list<T: Display>(f: &mut Formatter<'_>, name: &str, items: impl Iterator<Item = T>) -> fmt::Result {
    for (index, item) in items.enumerate() {
        if index == 0 {
            write!(f, ";{name}=")?;
        } else {
            f.write_char(',')?;
        }
        write!(f, "{item}")?;
    }
    Ok(())
}
