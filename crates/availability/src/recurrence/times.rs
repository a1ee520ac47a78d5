//! The local date-times of a rule in a zone, with dates added and taken away.

use std::iter::Peekable;

use chrono::{DateTime, Datelike, NaiveDateTime, NaiveTime, Timelike, Utc};
use kernel::Zone;
use kernel::zone::Resolved;

use super::bits::Bits;
use super::by_days::{DAY_SECONDS, DayWalk, DaysAndTimes, Wall, day_of, time_of};
use super::by_ticks::{TickWalk, Ticks};
use super::pattern::{Pattern, date, last_day};
use super::rule::{End, Frequency, Rule};
use super::times_of_day::TimesOfDay;

/// The occurrences of a rule in a zone; made by [`Rule::times`].
///
/// ```
/// use availability::recurrence::{Planned, Rule};
/// use chrono::{DateTime, Utc};
///
/// let sundays = Rule::parse("FREQ=WEEKLY;COUNT=3")?
///     .times("2026-03-22T02:30:00".parse()?, "Europe/Berlin".parse()?);
/// let (from, until): (DateTime<Utc>, DateTime<Utc>) =
///     ("2026-03-01T00:00:00Z".parse()?, "2026-05-01T00:00:00Z".parse()?);
///
/// // On 29 March the clocks go from 02:00 to 03:00: that Sunday is skipped and not counted.
/// assert_eq!(sundays.between(from, until).count(), 3);
/// let skipped: Vec<_> = sundays.plan(from, until).filter(|it| it.instant().is_none()).collect();
/// assert_eq!(skipped, [Planned::Skipped { local: "2026-03-29T02:30:00".parse()? }]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TimeSeries {
    moments: Moments,
    zone: Zone,
    start: Wall,
    end: End,
    added: Vec<NaiveDateTime>,
    excluded: Vec<NaiveDateTime>,
}

/// What a series has at a local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planned {
    /// An occurrence.
    At {
        /// What the wall clock shows.
        local: NaiveDateTime,
        /// When that is; the first time, if the wall clock shows it twice.
        instant: DateTime<Utc>,
    },
    /// The wall clock skips this time, so there is no occurrence, and COUNT does not count it.
    Skipped {
        /// The time that is skipped.
        local: NaiveDateTime,
    },
}

/// A part of a series, in order, with the times that are skipped; made by [`TimeSeries::plan`].
#[derive(Clone, Debug)]
pub struct Plan<'s> {
    series: &'s TimeSeries,
    walk: Peekable<Walk<'s>>,
    added: &'s [NaiveDateTime],
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    /// How many the rule may still bring, by COUNT.
    left: u64,
}

#[derive(Clone, Debug)]
enum Moments {
    ByDays(DaysAndTimes),
    ByTicks(Ticks),
}

#[derive(Clone, Debug)]
enum Walk<'s> {
    ByDays(DayWalk<'s>),
    ByTicks(TickWalk<'s>),
}

/// No wall clock is put back further than this, so what is shown later than this after a time comes after it.
const PUT_BACK_MAX: Wall = 2 * DAY_SECONDS;

impl TimeSeries {
    pub(super) fn new(rule: &Rule, starts_at: NaiveDateTime, zone: Zone) -> Self {
        let mut rule = *rule;
        complete(&mut rule, starts_at.time());
        let start = wall(starts_at);
        let pattern = Pattern::new(&rule, starts_at.date());
        let moments = if rule.frequency.is_subdaily() {
            Moments::ByTicks(Ticks::new(pattern, start))
        } else {
            let times = TimesOfDay::new(rule.hours, rule.minutes, rule.seconds);
            Moments::ByDays(DaysAndTimes { pattern, times })
        };
        Self {
            moments,
            zone,
            start,
            end: rule.end,
            added: Vec::new(),
            excluded: Vec::new(),
        }
    }

    /// With further occurrences (RDATE). What the rule has already is not repeated.
    #[must_use]
    pub fn adding(mut self, times: impl IntoIterator<Item = NaiveDateTime>) -> Self {
        self.added.extend(times);
        self.added.sort_unstable();
        self.added.dedup();
        self
    }

    /// Without these (EXDATE), whether the rule has them or they were added. COUNT still counts them.
    #[must_use]
    pub fn except(mut self, times: impl IntoIterator<Item = NaiveDateTime>) -> Self {
        self.excluded.extend(times);
        self.excluded.sort_unstable();
        self
    }

    /// The occurrences in `from..until`. What comes before costs nothing, except that a rule with COUNT counts it.
    pub fn between(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> impl Iterator<Item = DateTime<Utc>> + '_ {
        self.plan(from, until).filter_map(|it| it.instant())
    }

    /// The occurrences in `from..until` and, between them, the times that the wall clock skips.
    pub fn plan(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Plan<'_> {
        let first = self.zone.local(from);
        let begin = wall(first).max(self.start);
        let end = (wall(self.zone.local(until)) + PUT_BACK_MAX).min(self.last());
        let left = match self.end {
            End::After(count) => u64::from(count).saturating_sub(self.count_before(begin, u64::from(count))),
            End::Never | End::OnDate(_) | End::AtInstant(_) => u64::MAX,
        };
        let added = &self.added[self.added.partition_point(|it| *it < first)..];
        Plan {
            series: self,
            walk: self.walk(begin, end).peekable(),
            added,
            from,
            until,
            left,
        }
    }

    /// The wall-clock time before which the rule ends, whatever the zone.
    fn last(&self) -> Wall {
        let day = match self.end {
            End::Never | End::After(_) => last_day(),
            End::OnDate(date) => date.num_days_from_ce().min(last_day()),
            End::AtInstant(instant) => instant
                .naive_utc()
                .date()
                .num_days_from_ce()
                .saturating_add(2)
                .min(last_day()),
        };
        i64::from(day + 1) * DAY_SECONDS
    }

    fn walk(&self, begin: Wall, end: Wall) -> Walk<'_> {
        match &self.moments {
            Moments::ByDays(days) => Walk::ByDays(days.walk(begin..end)),
            Moments::ByTicks(ticks) => Walk::ByTicks(ticks.walk(begin..end)),
        }
    }

    /// How many occurrences the rule has before a wall-clock time; counting stops soon after `enough`.
    fn count_before(&self, end: Wall, enough: u64) -> u64 {
        if end <= self.start {
            return 0;
        }
        match &self.moments {
            Moments::ByDays(days) => {
                let skipped: u64 = self
                    .skipped(end)
                    .map(|(from, until)| days.count(from..until, enough))
                    .sum();
                days.count(self.start..end, enough.saturating_add(skipped))
                    .saturating_sub(skipped)
            }
            Moments::ByTicks(ticks) => {
                let shown = |at: &Wall| !matches!(self.zone.resolve(local(*at)), Resolved::Gap { .. });
                ticks
                    .walk(self.start..end)
                    .filter(shown)
                    .take(enough as usize)
                    .count() as u64
            }
        }
    }

    /// The stretches of wall-clock time that are skipped between the start and `end`.
    fn skipped(&self, end: Wall) -> impl Iterator<Item = (Wall, Wall)> + '_ {
        let gaps = self.zone.gaps(local(self.start), local(end));
        gaps.map(move |(from, until)| (wall(from).max(self.start), wall(until).min(end)))
    }

    fn has_ended(&self, local: NaiveDateTime, instant: DateTime<Utc>) -> bool {
        match self.end {
            End::Never | End::After(_) => false,
            End::OnDate(date) => local.date() > date,
            End::AtInstant(last) => instant > last,
        }
    }
}

impl Plan<'_> {
    /// The next local time, from the rule or added, and whether the rule has it.
    fn next_local(&mut self) -> Option<(NaiveDateTime, bool)> {
        let by_rule = if self.left > 0 {
            self.walk.peek().map(|it| local(*it))
        } else {
            None
        };
        let added = self.added.first().copied();
        let next = by_rule.into_iter().chain(added).min()?;
        if added == Some(next) {
            self.added = &self.added[1..];
        }
        if by_rule == Some(next) {
            self.walk.next();
        }
        Some((next, by_rule == Some(next)))
    }
}

impl Iterator for Plan<'_> {
    type Item = Planned;

    fn next(&mut self) -> Option<Planned> {
        loop {
            let (local, by_rule) = self.next_local()?;
            let excluded = self.series.excluded.binary_search(&local).is_ok();
            let (instant, shown) = match self.series.zone.resolve(local) {
                Resolved::Exact(instant) | Resolved::Ambiguous { first: instant, .. } => (instant, true),
                Resolved::Gap { compatible } => (compatible, false),
            };
            if by_rule && self.series.has_ended(local, instant) {
                self.left = 0;
                continue;
            }
            if !shown {
                if local < self.series.zone.local(self.until) && !excluded {
                    return Some(Planned::Skipped { local });
                }
                continue;
            }
            if instant >= self.until {
                (self.left, self.added) = (0, &[]);
                return None;
            }
            self.left -= u64::from(by_rule);
            if instant >= self.from && !excluded {
                return Some(Planned::At { local, instant });
            }
        }
    }
}

impl Iterator for Walk<'_> {
    type Item = Wall;

    fn next(&mut self) -> Option<Wall> {
        match self {
            Self::ByDays(walk) => walk.next(),
            Self::ByTicks(walk) => walk.next(),
        }
    }
}

impl Planned {
    /// What the wall clock shows, or would.
    pub fn local(&self) -> NaiveDateTime {
        match self {
            Self::At { local, .. } | Self::Skipped { local } => *local,
        }
    }

    /// When it takes place, if it does.
    pub fn instant(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::At { instant, .. } => Some(*instant),
            Self::Skipped { .. } => None,
        }
    }
}

/// Takes from the start the times of day that the rule does not say and that do not come with its interval.
fn complete(rule: &mut Rule, starts_at: NaiveTime) {
    let from_start = |set: &mut Bits<1>, number: u32| {
        if set.is_empty() {
            set.insert(number as usize);
        }
    };
    if rule.frequency > Frequency::Hourly {
        from_start(&mut rule.hours, starts_at.hour());
    }
    if rule.frequency > Frequency::Minutely {
        from_start(&mut rule.minutes, starts_at.minute());
    }
    if rule.frequency > Frequency::Secondly {
        from_start(&mut rule.seconds, starts_at.second());
    }
}

fn wall(local: NaiveDateTime) -> Wall {
    i64::from(local.date().num_days_from_ce()) * DAY_SECONDS
        + i64::from(local.time().num_seconds_from_midnight())
}

fn local(wall: Wall) -> NaiveDateTime {
    let time = NaiveTime::from_num_seconds_from_midnight_opt(time_of(wall) as u32, 0);
    date(day_of(wall)).and_time(time.unwrap_or(NaiveTime::MIN))
}
