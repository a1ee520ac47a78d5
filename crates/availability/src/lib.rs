//! The availability engine: which starts can be booked, and why the others cannot.
//!
//! Rules and overrides make *windows*; windows minus everything that *bars* a start are *free time*; the grid of each
//! window cuts free time into *starts*; a *team* decides how many hosts must have a start in common. The list and the
//! explanation read the same bars ([`Ask::starts`], [`Ask::explain`]), so a start is listed exactly if nothing can be
//! said against it. `docs/availability.md` tells the model with a picture.
//!
//! **Invariant:** no I/O, no async, no database, no clock. Everything is a value that comes in by an argument.
//!
//! ```
//! use std::num::NonZeroU16;
//!
//! use availability::recurrence::Rule;
//! use availability::{Ask, BlockerCode, Calendar, Facts, HoursRule, Policy, StartRange, Tag, Team};
//! use chrono::{DateTime, NaiveDate, Utc};
//!
//! // A therapist in New York, weekdays from nine to five.
//! let mut facts = Facts::new(Tag(1), "America/New_York".parse()?);
//! let weekdays = Rule::for_dates("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR")?;
//! let since = NaiveDate::from_ymd_opt(2026, 1, 1).ok_or("no date")?;
//! facts.rules.push(HoursRule::new(Tag(2), weekdays, since, "09:00-17:00".parse()?));
//! let calendar = Calendar::new(facts);
//!
//! // 50 minutes on the hour, a day of notice.
//! let minutes = |count| NonZeroU16::new(count).ok_or("no length");
//! let mut policy = Policy::new(Tag(3), minutes(50)?, minutes(60)?);
//! policy.notice = 24 * 60;
//!
//! let at = |text: &str| text.parse::<DateTime<Utc>>();
//! let team = Team::one(&calendar);
//! let ask = Ask::new(&policy, &team, at("2026-03-02T15:00:00Z")?);
//!
//! let week = StartRange::new(at("2026-03-02T00:00:00Z")?, at("2026-03-09T00:00:00Z")?)?;
//! assert_eq!(ask.starts(week).next(), Some(at("2026-03-03T15:00:00Z")?));
//!
//! let why = ask.explain(at("2026-03-02T23:10:00Z")?);
//! let codes: Vec<_> = why.blockers().map(|it| it.code()).collect();
//! assert_eq!(codes, [BlockerCode::OutsideHours, BlockerCode::Notice]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod recurrence;

mod ask;
mod bars;
mod blocker;
mod calendar;
mod explain;
mod facts;
mod free;
mod hours;
mod lanes;
mod offer;
mod offers;
mod offsets;
mod policy;
mod seconds;
mod tag;
mod tally;
mod team;
mod timeline;
mod verdict;
mod view;
mod windows;

pub use ask::{Ask, BadRange, StartRange};
pub use blocker::{Blocker, BlockerCode, PublicBlocker, Source};
pub use calendar::Calendar;
pub use explain::{Answer, Explanation};
pub use facts::{
    Absence, Change, Counted, Facts, HoursRule, Occupancy, Override, Owner, Session, StaleCalendar,
};
pub use hours::{BadHours, Hours, LocalTime};
pub use offer::{Offer, Seat};
pub use offers::Offers;
pub use policy::{Horizon, Limit, Most, Per, Policy, Scope};
pub use tag::Tag;
pub use team::{Host, Strategy, Team};
pub use view::OpenHours;
