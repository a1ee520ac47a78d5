//! A wall clock for the oracle: it looks at every minute instead of reckoning.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use availability::Hours;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use kernel::Zone;

/// Minutes since 1970.
pub(crate) type Minute = i64;

/// How many days a wall clock is read before and after the middle of its world.
const DAYS: i64 = 9;

/// A wall clock, read off every minute of some weeks.
pub(crate) struct WallClock {
    begins: Minute,
    local: Vec<NaiveDateTime>,
    first: HashMap<NaiveDateTime, Minute>,
    pub(crate) dates: BTreeSet<NaiveDate>,
}

impl WallClock {
    pub(crate) fn around(zone: Zone, at: DateTime<Utc>) -> Self {
        let begins = minute(at) - DAYS * 1_440;
        let local: Vec<NaiveDateTime> = (begins..begins + 2 * DAYS * 1_440)
            .map(|it| zone.local(instant(it)))
            .collect();
        let mut first = HashMap::new();
        for (minute, wall) in (begins..).zip(&local) {
            first.entry(*wall).or_insert(minute);
        }
        let dates = local.iter().map(NaiveDateTime::date).collect();
        Self {
            begins,
            local,
            first,
            dates,
        }
    }

    /// The first minute that shows this time; if none does, as if the clock had not yet been put forward.
    fn minute_of(&self, wall: NaiveDateTime) -> Option<Minute> {
        self.first.get(&wall).copied().or_else(|| {
            let mut jumps = (self.begins..).zip(self.local.windows(2));
            let (minute, before) = jumps.find(|(_, it)| it[0] < wall && wall < it[1])?;
            Some(minute + (wall - before[0]).num_minutes())
        })
    }

    pub(crate) fn date_of(&self, minute: Minute) -> NaiveDate {
        self.local[usize::try_from(minute - self.begins).unwrap()].date()
    }
}

/// All wall clocks that a world needs.
pub(crate) struct Clocks(HashMap<Zone, WallClock>);

impl Clocks {
    pub(crate) fn around(zones: impl IntoIterator<Item = Zone>, at: DateTime<Utc>) -> Self {
        Self(
            zones
                .into_iter()
                .map(|zone| (zone, WallClock::around(zone, at)))
                .collect(),
        )
    }

    pub(crate) fn of(&self, zone: Zone) -> &WallClock {
        &self.0[&zone]
    }
}

impl WallClock {
    /// The minutes from one wall-clock time to another, if the date exists and any remain.
    pub(crate) fn minutes(&self, date: NaiveDate, hours: Hours) -> Option<Range<Minute>> {
        let midnight = date.and_time(NaiveTime::MIN);
        let wall = |minutes: u16| self.minute_of(midnight + TimeDelta::minutes(i64::from(minutes)));
        let past = if hours.crosses_midnight() { 1_440 } else { 0 };
        let minutes = wall(hours.from().minutes())?..wall(hours.to().minutes() + past)?;
        (self.dates.contains(&date) && !minutes.is_empty()).then_some(minutes)
    }
}

/// Some of the minutes that a wall clock was read at.
pub(crate) struct Minutes {
    begins: Minute,
    marked: Vec<bool>,
}

impl Minutes {
    pub(crate) fn around(clock: &WallClock) -> Self {
        Self {
            begins: clock.begins,
            marked: vec![false; clock.local.len()],
        }
    }

    pub(crate) fn mark(&mut self, minutes: Range<Minute>) {
        let index = |it: Minute| usize::try_from(it - self.begins).unwrap();
        self.marked[index(minutes.start.max(self.begins))..index(minutes.end.max(self.begins))].fill(true);
    }

    pub(crate) fn has(&self, minute: Minute) -> bool {
        self.marked[usize::try_from(minute - self.begins).unwrap()]
    }

    /// Unbroken runs, half-open.
    pub(crate) fn runs(&self) -> Vec<(Minute, Minute)> {
        let mut at = self.begins;
        let lengths = self.marked.chunk_by(|a, b| a == b);
        let each = lengths.map(|run| {
            at += run.len() as i64;
            (run[0], at - run.len() as i64, at)
        });
        each.filter(|it| it.0).map(|it| (it.1, it.2)).collect()
    }
}

pub(crate) fn minute(at: DateTime<Utc>) -> Minute {
    at.timestamp().div_euclid(60)
}

pub(crate) fn instant(minute: Minute) -> DateTime<Utc> {
    DateTime::from_timestamp(minute * 60, 0).unwrap()
}
