//! Time zones: the only module in the product that knows offsets.
//!
//! Everything else speaks chrono's `DateTime<Utc>`, `NaiveDate`, `NaiveTime` and [`Zone`].
//! The rules come from the tz database compiled into the binary, never from the machine's own copy, which is
//! years old on many systems; an operator may name a folder of newer rules instead ([`use_folder`]).
//!
//! That folder, read once before anything else happens, is the only thing outside the process that this crate touches.
//!
//! **Invariant:** equal names are the same zone, whatever the order in which they were looked up.

mod source;
mod timeline;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use timeline::{Fit, Timeline};

pub use source::{FolderRefused, tzdb_version, use_folder};

/// An IANA time zone such as `America/New_York`. Copying it costs nothing.
#[derive(Clone, Copy)]
pub struct Zone(&'static Record);

/// What a zone is made of; one for each name, kept for the life of the process.
struct Record {
    name: &'static str,
    timeline: Timeline,
}

static UTC: Record = Record {
    name: "UTC",
    timeline: Timeline::UTC,
};

/// The text names no zone of the tz database in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownZone {
    /// What was asked for, cut to [`Zone::NAME_LENGTH_MAX`] characters.
    pub name: String,
}

/// A stretch of wall-clock time in which every time is shown once, by one offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steady {
    /// Where it begins.
    pub from: NaiveDateTime,
    /// Where it ends; this is not part of it.
    pub until: NaiveDateTime,
    /// How far the wall clock is ahead of UTC, in seconds.
    pub offset_seconds: i32,
}

/// What a wall-clock time means in a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// The wall clock shows this time once.
    Exact(DateTime<Utc>),
    /// The wall clock skips this time.
    Gap {
        /// The instant by the offset in force before the gap: 02:30 becomes 03:30.
        compatible: DateTime<Utc>,
    },
    /// The wall clock shows this time more than once.
    Ambiguous {
        /// The earliest instant.
        first: DateTime<Utc>,
        /// The latest instant.
        second: DateTime<Utc>,
    },
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(&UTC);

    /// The longest name that is looked up, in bytes.
    pub const NAME_LENGTH_MAX: usize = 64;

    /// The IANA name.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// How far the wall clock is ahead of UTC at an instant, in seconds.
    pub fn offset_seconds(self, at: DateTime<Utc>) -> i32 {
        self.0.timeline.offset_at(at.timestamp())
    }

    /// What the wall clock shows at an instant.
    pub fn local(self, at: DateTime<Utc>) -> NaiveDateTime {
        let utc = at.naive_utc();
        utc.checked_add_signed(seconds(self.offset_seconds(at)))
            .unwrap_or(utc)
    }

    /// Every meaning of a wall-clock time.
    pub fn resolve(self, local: NaiveDateTime) -> Resolved {
        match self.fit(local) {
            Fit::Once { offset } => Resolved::Exact(by(local, offset)),
            Fit::Never { before, .. } => Resolved::Gap {
                compatible: by(local, before),
            },
            Fit::Twice { first, last } => Resolved::Ambiguous {
                first: by(local, first),
                second: by(local, last),
            },
        }
    }

    /// The one instant a wall-clock time stands for: in a gap by the offset before the gap, the first if ambiguous.
    pub fn instant(self, local: NaiveDateTime) -> DateTime<Utc> {
        match self.fit(local) {
            Fit::Once { offset } => by(local, offset),
            Fit::Never { before, .. } => by(local, before),
            Fit::Twice { first, .. } => by(local, first),
        }
    }

    /// The steady time around a wall-clock time, for callers that map many; none near a gap or a repetition.
    pub fn steady(self, local: NaiveDateTime) -> Option<Steady> {
        let (from, until, offset_seconds) = self.0.timeline.steady(local.and_utc().timestamp())?;
        let wall = |seconds| DateTime::from_timestamp(seconds, 0).map(|it| it.naive_utc());
        let from = wall(from).unwrap_or(NaiveDateTime::MIN);
        Some(Steady {
            from,
            until: wall(until).unwrap_or(NaiveDateTime::MAX),
            offset_seconds,
        })
    }

    /// Whether any instant carries this date. Pacific/Apia never had 30 December 2011.
    pub fn has_date(self, date: NaiveDate) -> bool {
        match self.fit(date.and_time(NaiveTime::MIN)) {
            Fit::Once { .. } | Fit::Twice { .. } => true,
            Fit::Never { resumes, .. } => {
                DateTime::from_timestamp(resumes, 0).is_some_and(|at| self.local(at).date() == date)
            }
        }
    }

    /// The stretches `[from, until)` of wall-clock time that are skipped and touch `[after, before)`, in order.
    pub fn gaps(
        self,
        after: NaiveDateTime,
        before: NaiveDateTime,
    ) -> impl Iterator<Item = (NaiveDateTime, NaiveDateTime)> {
        let wall = |seconds: i64| DateTime::from_timestamp(seconds, 0).map(|it| it.naive_utc());
        self.0
            .timeline
            .gaps(after.and_utc().timestamp())
            .map_while(move |(from, until)| wall(from).zip(wall(until)))
            .skip_while(move |(_, until)| *until <= after)
            .take_while(move |(from, _)| *from < before)
    }

    /// The stretches of unchanging offset that meet `[from, until)`, in order: when each begins and its offset in
    /// seconds. The first begins at `from`, though it was in force before.
    ///
    /// ```
    /// let berlin: kernel::Zone = "Europe/Berlin".parse()?;
    /// let [from, until] = ["2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z"].map(|it| it.parse().expect("an instant"));
    /// let summer = "2026-03-29T01:00:00Z".parse().expect("an instant");
    /// assert!(berlin.offsets(from, until).eq([(from, 3_600), (summer, 7_200)]));
    /// # Ok::<(), kernel::zone::UnknownZone>(())
    /// ```
    pub fn offsets(
        self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> impl Iterator<Item = (DateTime<Utc>, i32)> {
        let (first, end) = (from.timestamp(), until.timestamp());
        self.0
            .timeline
            .stretches_from(first)
            .take_while(move |(begins, _)| *begins < end)
            .map(move |(begins, offset)| {
                (
                    DateTime::from_timestamp(begins.max(first), 0).unwrap_or(from),
                    offset,
                )
            })
    }

    /// Every name in the tz database in use, in alphabetical order.
    pub fn all_names() -> impl Iterator<Item = String> {
        source::names().into_iter()
    }

    fn fit(self, local: NaiveDateTime) -> Fit {
        self.0.timeline.fit(local.and_utc().timestamp())
    }
}

fn seconds(offset: i32) -> TimeDelta {
    TimeDelta::seconds(i64::from(offset))
}

fn by(local: NaiveDateTime, offset: i32) -> DateTime<Utc> {
    local
        .checked_sub_signed(seconds(offset))
        .unwrap_or(local)
        .and_utc()
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        source::find(name).ok_or_else(|| UnknownZone {
            name: name.chars().take(Self::NAME_LENGTH_MAX).collect(),
        })
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name())
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Zone {}

impl Hash for Zone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl PartialOrd for Zone {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Zone {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.name().cmp(other.name())
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for UnknownZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "\"{}\" is not a time zone; write an IANA name such as \"Europe/Berlin\"",
            self.name
        )
    }
}

impl std::error::Error for UnknownZone {}
