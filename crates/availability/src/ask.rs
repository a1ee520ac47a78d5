//! The questions: which starts are there, why is this not one, which are near it.

use std::fmt;

use chrono::{DateTime, Datelike, TimeDelta, Utc};

use crate::bars::Judge;
use crate::explain::Explanation;
use crate::facts::Session;
use crate::offers::Offers;
use crate::policy::{Policy, Scope};
use crate::seconds::{ceil, instant, minutes};
use crate::tally::Tally;
use crate::team::Team;

/// From when to when starts are asked for (S12): only the start of a booking must lie inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartRange {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

impl StartRange {
    /// The most days a range may span.
    pub const DAYS_MAX: i64 = 366;

    /// The last year that is asked about; the first is 1.
    pub const YEAR_MAX: i32 = 9998;

    /// From one instant until just before another.
    ///
    /// # Errors
    /// If it ends before it begins, spans more than [`StartRange::DAYS_MAX`] days, or leaves the calendar.
    pub fn new(from: DateTime<Utc>, until: DateTime<Utc>) -> Result<Self, BadRange> {
        let years = 1..=Self::YEAR_MAX;
        if !years.contains(&from.year()) || !years.contains(&until.year()) {
            return Err(BadRange::OutsideCalendar);
        }
        if until < from {
            return Err(BadRange::Backwards);
        }
        if until - from > TimeDelta::days(Self::DAYS_MAX) {
            return Err(BadRange::TooLong);
        }
        Ok(Self { from, until })
    }

    /// The first whole second inside.
    pub(crate) fn first(self) -> i64 {
        ceil(self.from)
    }

    /// The first whole second after it.
    pub(crate) fn end(self) -> i64 {
        ceil(self.until)
    }
}

/// A range that is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadRange {
    /// It ends before it begins.
    Backwards,
    /// It is longer than [`StartRange::DAYS_MAX`] days.
    TooLong,
    /// It leaves the years 1 to [`StartRange::YEAR_MAX`].
    OutsideCalendar,
}

impl fmt::Display for BadRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Backwards => f.write_str("the range ends before it begins"),
            Self::TooLong => write!(f, "a range spans at most {} days", StartRange::DAYS_MAX),
            Self::OutsideCalendar => write!(f, "a range lies within the years 1 to {}", StartRange::YEAR_MAX),
        }
    }
}

impl std::error::Error for BadRange {}

/// One service asked of one team at one moment. Every question about it is answered by the same evaluator.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    policy: &'a Policy,
    team: &'a Team<'a>,
    now: DateTime<Utc>,
    everywhere: Tally,
}

impl<'a> Ask<'a> {
    /// The most starts that [`Ask::nearest`] returns.
    pub const NEAREST_MAX: usize = 50;

    /// How many days before and after [`Ask::nearest`] looks.
    pub const NEAREST_DAYS: i64 = 92;

    /// Asks on behalf of a service.
    #[must_use]
    pub fn new(policy: &'a Policy, team: &'a Team<'a>, now: DateTime<Utc>) -> Self {
        let needed = policy.limits.iter().any(|it| it.scope == Scope::Service);
        let everywhere = Tally::new(policy.counted.iter().filter(|_| needed));
        Self {
            policy,
            team,
            now,
            everywhere,
        }
    }

    /// The starts of a range in order, each with who can give it. Nothing is evaluated before it is asked for.
    #[must_use]
    pub fn offers(&'a self, range: StartRange) -> Offers<'a> {
        Offers::new(self, range)
    }

    /// The starts of a range in order.
    pub fn starts(&'a self, range: StartRange) -> impl Iterator<Item = DateTime<Utc>> + use<'a> {
        let mut offers = self.offers(range);
        std::iter::from_fn(move || offers.next_start().map(instant))
    }

    /// Everything that can be said against a start.
    #[must_use]
    pub fn explain(&self, at: DateTime<Utc>) -> Explanation {
        Explanation::of(self, at)
    }

    /// Whether a start can be booked.
    #[must_use]
    pub fn is_offered(&self, at: DateTime<Utc>) -> bool {
        self.explain(at).is_offered()
    }

    /// The bookable starts that are nearest to an instant, the nearest first: at most `count` and
    /// [`Ask::NEAREST_MAX`], at most [`Ask::NEAREST_DAYS`] away.
    #[must_use]
    pub fn nearest(&self, at: DateTime<Utc>, count: usize) -> Vec<DateTime<Utc>> {
        let count = count.min(Self::NEAREST_MAX);
        let reach = TimeDelta::days(Self::NEAREST_DAYS);
        let mut near: Vec<DateTime<Utc>> = Vec::with_capacity(2 * count);
        if let Some(range) = at
            .checked_add_signed(reach)
            .and_then(|until| StartRange::new(at, until).ok())
        {
            near.extend(self.starts(range).take(count));
        }
        let (mut until, mut days, earliest) =
            (at, 1, at.checked_sub_signed(reach).unwrap_or(at).max(self.now));
        while until > earliest && near.iter().filter(|it| **it < at).count() < count {
            let from = (until - TimeDelta::days(days)).max(earliest);
            near.extend(
                StartRange::new(from, until)
                    .into_iter()
                    .flat_map(|range| self.starts(range)),
            );
            (until, days) = (from, days * 2);
        }
        near.sort_by_key(|it| ((*it - at).abs(), *it));
        near.truncate(count);
        near
    }

    /// The moment it is asked at.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Who is asked.
    #[must_use]
    pub fn team(&self) -> &'a Team<'a> {
        self.team
    }

    /// What is asked.
    #[must_use]
    pub fn policy(&self) -> &'a Policy {
        self.policy
    }

    /// From one start of a grid to the next, in seconds.
    pub(crate) fn interval(&self) -> i64 {
        minutes(self.policy.interval.get())
    }

    /// The judges of the hosts, in the order of the team.
    pub(crate) fn judges(&self) -> impl Iterator<Item = Judge<'_>> {
        let hosts = self.team.hosts().iter();
        hosts.map(|it| Judge::new(it.calendar, self.policy, self.now, &self.everywhere))
    }

    /// The judges of the parts' resources, each with its position in the part.
    pub(crate) fn parts(&self) -> impl Iterator<Item = impl Iterator<Item = (usize, Judge<'_>)>> {
        self.team.parts().iter().map(|part| {
            let judge = |it| Judge::new(it, self.policy, self.now, &self.everywhere);
            part.iter().map(move |it| judge(*it)).enumerate()
        })
    }

    /// How many hosts of the team lead a session.
    pub(crate) fn leaders(&self, session: &Session, at: i64) -> usize {
        let leads = |it: &Judge<'_>| {
            it.sessions_starting(at, at + 1)
                .any(|it| it.booking == session.booking)
        };
        self.judges().filter(leads).count()
    }
}
