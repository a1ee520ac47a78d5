//! The local date-times of a rule in a zone, with dates added and taken away.

use std::ops::Range;

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
    added: Vec<Wall>,
    excluded: Vec<Wall>,
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
    walk: Walk<'s>,
    /// What the walk brought last and was not yet the turn of.
    by_rule: Option<Wall>,
    added: &'s [Wall],
    /// The window, as instants and, for the times that are skipped, by the wall clock.
    window: Range<Unix>,
    until: Wall,
    /// How many the rule may still bring, by COUNT.
    left: u64,
    steady: SteadyTime,
}

/// Seconds since 1970 in UTC.
type Unix = i64;

/// A stretch of wall-clock time with one offset.
#[derive(Clone, Debug)]
struct SteadyTime {
    times: Range<Wall>,
    /// From the wall clock to [`Unix`].
    shift: i64,
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

/// The wall-clock time of 1970-01-01T00:00:00, the beginning of [`Unix`].
const UNIX_WALL: Wall = 719_163 * DAY_SECONDS;

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
            Moments::ByDays(DaysAndTimes::new(pattern, times))
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

    /// With further occurrences (RDATE), to the second. What the rule has already is not repeated.
    #[must_use]
    pub fn adding(mut self, times: impl IntoIterator<Item = NaiveDateTime>) -> Self {
        self.added.extend(times.into_iter().map(wall));
        self.added.sort_unstable();
        self.added.dedup();
        self
    }

    /// Without these (EXDATE), to the second, whether the rule has them or they were added. COUNT still counts them.
    #[must_use]
    pub fn except(mut self, times: impl IntoIterator<Item = NaiveDateTime>) -> Self {
        self.excluded.extend(times.into_iter().map(wall));
        self.excluded.sort_unstable();
        self
    }

    /// The occurrences in `from..until`. What comes before costs nothing, except that a rule with COUNT counts it.
    pub fn between(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> impl Iterator<Item = DateTime<Utc>> + '_ {
        let mut plan = self.plan(from, until);
        std::iter::from_fn(move || {
            loop {
                if let (_, Some(instant)) = plan.advance()? {
                    return DateTime::from_timestamp(instant, 0);
                }
            }
        })
    }

    /// The occurrences in `from..until` and, between them, the times that the wall clock skips.
    pub fn plan(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Plan<'_> {
        let (first, until_local) = (wall(self.zone.local(from)), wall(self.zone.local(until)));
        let begin = first.max(self.start);
        let end = (until_local + PUT_BACK_MAX).min(self.last());
        let left = match self.end {
            End::After(count) => u64::from(count).saturating_sub(self.count_before(begin, u64::from(count))),
            End::Never | End::OnDate(_) | End::AtInstant(_) => u64::MAX,
        };
        Plan {
            series: self,
            walk: self.walk(begin, end),
            by_rule: None,
            added: &self.added[self.added.partition_point(|it| *it < first)..],
            window: whole_seconds(from)..whole_seconds(until),
            until: until_local,
            left,
            steady: SteadyTime {
                times: 0..0,
                shift: 0,
            },
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
                let mut walk = ticks.walk(self.start..end);
                let counted = walk.by_ref().filter(shown).take(enough as usize).count() as u64;
                if walk.has_given_up() { enough } else { counted }
            }
        }
    }

    /// The stretches of wall-clock time that are skipped between the start and `end`.
    fn skipped(&self, end: Wall) -> impl Iterator<Item = (Wall, Wall)> + '_ {
        let gaps = self.zone.gaps(local(self.start), local(end));
        gaps.map(move |(from, until)| (wall(from).max(self.start), wall(until).min(end)))
    }

    fn has_ended(&self, at: Wall, instant: Unix) -> bool {
        match self.end {
            End::Never | End::After(_) => false,
            End::OnDate(date) => day_of(at) > date.num_days_from_ce(),
            End::AtInstant(last) => instant > last.timestamp(),
        }
    }
}

impl Plan<'_> {
    /// The next local time, from the rule or added, and whether the rule has it.
    fn next_local(&mut self) -> Option<(Wall, bool)> {
        if self.by_rule.is_none() && self.left > 0 {
            self.by_rule = self.walk.next();
        }
        let next = match (self.by_rule, self.added.first().copied()) {
            (Some(by_rule), Some(added)) => by_rule.min(added),
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => return None,
        };
        if self.added.first() == Some(&next) {
            self.added = &self.added[1..];
        }
        let by_rule = self.by_rule == Some(next);
        if by_rule {
            self.by_rule = None;
        }
        Some((next, by_rule))
    }

    /// The instant of a local time, and whether the wall clock ever shows it.
    fn place(&mut self, at: Wall) -> (Unix, bool) {
        if !self.steady.times.contains(&at)
            && let Some(steady) = self.series.zone.steady(local(at))
        {
            let shift = -UNIX_WALL - i64::from(steady.offset_seconds);
            self.steady = SteadyTime {
                times: wall(steady.from)..wall(steady.until),
                shift,
            };
        }
        if self.steady.times.contains(&at) {
            return (at + self.steady.shift, true);
        }
        match self.series.zone.resolve(local(at)) {
            Resolved::Exact(instant) | Resolved::Ambiguous { first: instant, .. } => {
                (instant.timestamp(), true)
            }
            Resolved::Gap { compatible } => (compatible.timestamp(), false),
        }
    }

    /// The next time of the plan, and its instant unless it is skipped.
    fn advance(&mut self) -> Option<(Wall, Option<Unix>)> {
        loop {
            let (at, by_rule) = self.next_local()?;
            let excluded = self.series.excluded.binary_search(&at).is_ok();
            let (instant, shown) = self.place(at);
            if by_rule && self.series.has_ended(at, instant) {
                self.left = 0;
                continue;
            }
            if !shown {
                if at < self.until && !excluded {
                    return Some((at, None));
                }
                continue;
            }
            if instant >= self.window.end {
                (self.left, self.by_rule, self.added) = (0, None, &[]);
                return None;
            }
            self.left -= u64::from(by_rule);
            if instant >= self.window.start && !excluded {
                return Some((at, Some(instant)));
            }
        }
    }
}

impl Iterator for Plan<'_> {
    type Item = Planned;

    fn next(&mut self) -> Option<Planned> {
        let (at, instant) = self.advance()?;
        let local = local(at);
        match instant {
            Some(instant) => Some(Planned::At {
                local,
                instant: DateTime::from_timestamp(instant, 0)?,
            }),
            None => Some(Planned::Skipped { local }),
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

/// The first whole second that is not before an instant: occurrences are on whole seconds.
fn whole_seconds(at: DateTime<Utc>) -> Unix {
    at.timestamp() + i64::from(at.timestamp_subsec_nanos() > 0)
}

fn wall(local: NaiveDateTime) -> Wall {
    i64::from(local.date().num_days_from_ce()) * DAY_SECONDS
        + i64::from(local.time().num_seconds_from_midnight())
}

fn local(wall: Wall) -> NaiveDateTime {
    let time = NaiveTime::from_num_seconds_from_midnight_opt(time_of(wall) as u32, 0);
    date(day_of(wall)).and_time(time.unwrap_or(NaiveTime::MIN))
}
