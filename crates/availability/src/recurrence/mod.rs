//! RFC 5545 recurrence: which dates, and which local date-times, a rule means.
//!
//! A [`Rule`] is a handful of sets of small numbers. Expanding one is set arithmetic: each interval of the rule
//! (a year, a month, a week, a day) becomes the set of its days, and sets are intersected, counted and skipped
//! without looking at one day after the other. So a series *jumps* to the window that is asked for, and nothing
//! is allocated per occurrence.
//!
//! - [`Rule::dates`] gives whole dates, for availability.
//! - [`Rule::times`] gives local date-times in a zone, with dates added and taken away, for series.
//!
//! Where RFC 5545 leaves a choice, this is ours:
//!
//! - The start is an occurrence only if it matches the rule.
//! - Plain and ordinal weekdays in one BYDAY are a union.
//! - BYSETPOS chooses from the whole interval, also from what lies before the start.
//! - BYWEEKNO chooses, within the calendar year, the days whose week has that number in the year it belongs to.
//! - A local time that the zone skips is not an occurrence and is not counted; [`TimeSeries::plan`] shows it.
//!
//! Every search ends. A rule that never matches has shown so when its intervals have come round, which takes them
//! 400 years at most, and every rule ends with the year 9999. HOURLY, MINUTELY and SECONDLY rules, which products of
//! strides and times can make rarer than that, give up after a million ticks in vain.
//!
//! **Invariant:** an occurrence never depends on the window in which it is looked for.
//! To add a part, add a set to [`Rule`], a line to `parse`, and its meaning to `pattern`.

mod bits;
mod by_days;
mod by_ticks;
mod dates;
mod parse;
mod pattern;
mod refusal;
mod rule;
mod times;
mod times_of_day;
mod values;
mod words;
mod write;

pub use dates::{DateSeries, Dates};
pub use refusal::Refusal;
pub use rule::{End, Frequency, Rule};
pub use times::{Plan, Planned, TimeSeries};
