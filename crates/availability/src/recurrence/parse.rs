//! Text to rule, or a refusal that says what would be right.
//!
//! The grammar and the prohibitions are those of RFC 5545, section 3.3.10. Names and values may be written in
//! small letters, as the RFC allows; nothing is trimmed, guessed or passed over.

use std::ops::RangeInclusive;

use chrono::Weekday;

use super::bits::{Bits, Signed};
use super::refusal::Refusal;
use super::rule::{End, Frequency, Rule, Weekdays};
use super::values::{self, Part, digits, not_in_range, signed_digits};

/// The names of all parts, in the order in which we write them.
const NAMES: [&str; 14] = [
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "WKST",
    "BYMONTH",
    "BYWEEKNO",
    "BYYEARDAY",
    "BYMONTHDAY",
    "BYDAY",
    "BYHOUR",
    "BYMINUTE",
    "BYSECOND",
    "BYSETPOS",
];

pub(super) fn rule(text: &str) -> Result<Rule, Refusal> {
    refuse_unreadable(text)?;
    let mut parts = Parts::default();
    for piece in text.split(';') {
        parts.take(piece)?;
    }
    let frequency = parts.frequency()?;
    let rule = Rule {
        frequency,
        interval: parts.get("INTERVAL").map_or(Ok(1), values::interval)?,
        end: parts.end(frequency)?,
        week_start: parts.get("WKST").map_or(Ok(Weekday::Mon), values::week_start)?,
        months: parts.numbers("BYMONTH", 1..=12)?,
        weeks: parts.signed("BYWEEKNO", 53)?,
        year_days: parts.signed("BYYEARDAY", 366)?,
        month_days: parts.signed("BYMONTHDAY", 31)?,
        weekdays: parts.get("BYDAY").map_or(Ok(Weekdays::EMPTY), values::weekdays)?,
        hours: parts.numbers("BYHOUR", 0..=23)?,
        minutes: parts.numbers("BYMINUTE", 0..=59)?,
        seconds: values::leap_second_is_the_59th(parts.numbers("BYSECOND", 0..=60)?),
        positions: parts.signed("BYSETPOS", 366)?,
    };
    parts.refuse_prohibited(&rule)?;
    Ok(rule)
}

/// Refuses a rule whose interval is shorter than a day.
pub(super) fn refuse_subdaily(rule: &Rule) -> Result<(), Refusal> {
    if !rule.frequency.is_subdaily() {
        return Ok(());
    }
    let name = rule.frequency.to_string();
    Err(Refusal::new(
        ("FREQ", &name),
        "is more often than daily",
        "write DAILY, WEEKLY, MONTHLY or YEARLY",
    ))
}

/// Refuses a rule that says when on a day, or on which day by a time.
pub(super) fn refuse_times_of_day(rule: &Rule) -> Result<(), Refusal> {
    let parts = [
        ("BYHOUR", rule.hours),
        ("BYMINUTE", rule.minutes),
        ("BYSECOND", rule.seconds),
    ];
    if let Some((name, _)) = parts.iter().find(|(_, set)| !set.is_empty()) {
        let remedy = "leave it out; the times stand beside the rule";
        return Err(Refusal::new((name, ""), "this rule chooses whole dates", remedy));
    }
    if let End::AtInstant(instant) = rule.end {
        let written = instant.format("%Y%m%dT%H%M%SZ").to_string();
        let remedy = format!("write the last date, such as UNTIL={}", instant.format("%Y%m%d"));
        return Err(Refusal::new(
            ("UNTIL", &written),
            "this rule chooses whole dates",
            remedy,
        ));
    }
    Ok(())
}

fn refuse_unreadable(text: &str) -> Result<(), Refusal> {
    let whole = ("RRULE", text);
    if text.len() > Rule::TEXT_LENGTH_MAX {
        let problem = format!("{} bytes are too long", text.len());
        return Err(Refusal::new(
            whole,
            problem,
            format!("write {} at most", Rule::TEXT_LENGTH_MAX),
        ));
    }
    if text.trim().is_empty() {
        return Err(Refusal::new(
            whole,
            "is blank",
            "write a rule such as FREQ=WEEKLY;BYDAY=MO",
        ));
    }
    if let Some(odd) = text.chars().find(|it| !it.is_ascii_graphic()) {
        let problem = format!("the character {} does not belong in a rule", odd.escape_default());
        return Err(Refusal::new(
            whole,
            problem,
            "write one line of letters, digits and = ; , + - alone",
        ));
    }
    if text.len() > 6 && text.as_bytes()[..6].eq_ignore_ascii_case(b"RRULE:") {
        return Err(Refusal::new(
            whole,
            "begins with the property's name",
            "leave out RRULE:",
        ));
    }
    Ok(())
}

/// The parts as written, each at most once, by their place in [`NAMES`].
#[derive(Default)]
struct Parts<'t> {
    values: [Option<&'t str>; NAMES.len()],
}

impl<'t> Parts<'t> {
    fn take(&mut self, piece: &'t str) -> Result<(), Refusal> {
        if piece.is_empty() {
            return Err(Refusal::new(
                ("RRULE", ""),
                "there is a part with nothing in it",
                "remove the stray ;",
            ));
        }
        let Some((name, value)) = piece.split_once('=') else {
            return Err(Refusal::unknown_part(piece, "write a part as NAME=value"));
        };
        let Some(index) = NAMES.iter().position(|it| it.eq_ignore_ascii_case(name)) else {
            return Err(Refusal::unknown_part(
                name,
                "the parts are FREQ, INTERVAL, COUNT, UNTIL, WKST and those that begin with BY",
            ));
        };
        let part = (NAMES[index], value);
        if value.is_empty() {
            return Err(Refusal::new(
                part,
                "has no value",
                "write one or leave the part out",
            ));
        }
        if self.values[index].replace(value).is_some() {
            return Err(Refusal::new(
                part,
                "is written twice",
                "write it once, values separated by commas",
            ));
        }
        Ok(())
    }

    fn get(&self, name: &'static str) -> Option<Part<'t>> {
        let index = NAMES.iter().position(|it| *it == name)?;
        self.values[index].map(|value| (name, value))
    }

    fn frequency(&self) -> Result<Frequency, Refusal> {
        const FREQUENCIES: [(&str, Frequency); 7] = [
            ("YEARLY", Frequency::Yearly),
            ("MONTHLY", Frequency::Monthly),
            ("WEEKLY", Frequency::Weekly),
            ("DAILY", Frequency::Daily),
            ("HOURLY", Frequency::Hourly),
            ("MINUTELY", Frequency::Minutely),
            ("SECONDLY", Frequency::Secondly),
        ];
        let remedy = "write FREQ=DAILY, WEEKLY, MONTHLY, YEARLY, HOURLY, MINUTELY or SECONDLY";
        let Some(part) = self.get("FREQ") else {
            return Err(Refusal::new(("FREQ", ""), "is missing", remedy));
        };
        let found = FREQUENCIES
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(part.1));
        found
            .map(|it| it.1)
            .ok_or_else(|| Refusal::new(part, "is not a frequency", remedy))
    }

    fn end(&self, frequency: Frequency) -> Result<End, Refusal> {
        match (self.get("COUNT"), self.get("UNTIL")) {
            (None, None) => Ok(End::Never),
            (Some(count), None) => values::times_counted(count, frequency).map(End::After),
            (None, Some(until)) => values::last_moment(until),
            (Some(count), Some(_)) => Err(Refusal::new(
                count,
                "stands beside UNTIL",
                "keep one of the two: a rule ends once",
            )),
        }
    }

    fn numbers(&self, name: &'static str, range: RangeInclusive<i32>) -> Result<Bits<1>, Refusal> {
        let mut set = Bits::EMPTY;
        let Some(part) = self.get(name) else {
            return Ok(set);
        };
        for item in part.1.split(',') {
            let number = digits(item).filter(|it| range.contains(it));
            let number = number.ok_or_else(|| {
                let remedy = format!("write numbers from {} to {}", range.start(), range.end());
                Refusal::new(part, not_in_range(item), remedy)
            })?;
            set.insert(number as usize);
        }
        Ok(set)
    }

    fn signed<const N: usize>(&self, name: &'static str, most: i32) -> Result<Signed<N>, Refusal> {
        let mut set = Signed::EMPTY;
        let Some(part) = self.get(name) else {
            return Ok(set);
        };
        for item in part.1.split(',') {
            let number = signed_digits(item).filter(|it| (1..=most).contains(&it.abs()));
            let number = number.ok_or_else(|| {
                let remedy =
                    format!("write numbers from 1 to {most}, or -{most} to -1 to count from the end");
                Refusal::new(part, not_in_range(item), remedy)
            })?;
            set.insert(number);
        }
        Ok(set)
    }

    /// Parts that are right alone and wrong together.
    fn refuse_prohibited(&self, rule: &Rule) -> Result<(), Refusal> {
        use Frequency::{Daily, Monthly, Weekly, Yearly};
        let refuse_if =
            |wrong: bool, name: &'static str, problem: &'static str, remedy: &'static str| match self
                .get(name)
            {
                Some(part) if wrong => Err(Refusal::new(part, problem, remedy)),
                Some(_) | None => Ok(()),
            };
        let frequency = rule.frequency;
        refuse_if(
            frequency != Yearly,
            "BYWEEKNO",
            "weeks are numbered in a year",
            "use it with FREQ=YEARLY",
        )?;
        let wrong = matches!(frequency, Daily | Weekly | Monthly);
        refuse_if(
            wrong,
            "BYYEARDAY",
            "days of the year need a longer interval",
            "use it with FREQ=YEARLY",
        )?;
        let remedy = "use it with FREQ=MONTHLY, YEARLY or DAILY";
        refuse_if(
            frequency == Weekly,
            "BYMONTHDAY",
            "a week has no days of the month",
            remedy,
        )?;
        if rule.weekdays.has_ordinals() {
            let wrong = !matches!(frequency, Monthly | Yearly);
            let remedy = "write the weekday alone, or use FREQ=MONTHLY or YEARLY";
            refuse_if(
                wrong,
                "BYDAY",
                "an ordinal counts weekdays in a month or a year",
                remedy,
            )?;
            let remedy = "write the weekday alone";
            refuse_if(
                !rule.weeks.is_empty(),
                "BYDAY",
                "a week has each weekday once",
                remedy,
            )?;
            self.refuse_long_ordinals(rule)?;
        }
        let alone = self
            .values
            .iter()
            .zip(NAMES)
            .all(|(value, name)| value.is_none() || name == "BYSETPOS" || !name.starts_with("BY"));
        let remedy = "add the part whose occurrences it counts, such as BYDAY";
        refuse_if(alone, "BYSETPOS", "there is nothing to choose from", remedy)
    }

    /// A month has at most five of a weekday.
    fn refuse_long_ordinals(&self, rule: &Rule) -> Result<(), Refusal> {
        let in_month = rule.frequency == Frequency::Monthly || !rule.months.is_empty();
        let longest = rule
            .weekdays
            .ordinal
            .iter()
            .flat_map(|it| it.iter())
            .find(|it| it.abs() > 5);
        match (longest, self.get("BYDAY")) {
            (Some(ordinal), Some(part)) if in_month => Err(Refusal::new(
                part,
                format!("ordinal {ordinal} is more weekdays than a month has"),
                "write -5 to -1 or 1 to 5 before the weekday",
            )),
            _ => Ok(()),
        }
    }
}
