//! What is known about one resource: plain values that the caller loads, each with the id of its row.

use std::num::NonZeroU16;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Span, Zone};

use crate::recurrence::Rule;
use crate::{Hours, Tag};

/// Everything the engine needs to know about one person, room or piece of equipment.
///
/// The order of rows never matters. Rows far outside the asked range do no harm and cost next to nothing.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Which resource.
    pub resource: Tag,
    /// The zone its dates are counted in.
    pub zone: Zone,
    /// Whether it can be booked at all.
    pub active: bool,
    /// How many bookings it can carry at once.
    pub lanes: NonZeroU16,
    /// When it is open (S1 to S5).
    pub rules: Vec<HoursRule>,
    /// Dates on which other hours hold (S6).
    pub overrides: Vec<Override>,
    /// When it is away (S8).
    pub absences: Vec<Absence>,
    /// When it is taken (S9).
    pub occupancies: Vec<Occupancy>,
    /// Bookings that count toward limits (S13).
    pub counted: Vec<Counted>,
    /// Sessions with seats that it leads (S16).
    pub sessions: Vec<Session>,
    /// Calendars too old to be trusted; each closes the resource until it has been read again.
    pub stale: Vec<StaleCalendar>,
}

impl Facts {
    /// An active resource with one lane, of which nothing else is known.
    #[must_use]
    pub fn new(resource: Tag, zone: Zone) -> Self {
        Self {
            resource,
            zone,
            active: true,
            lanes: NonZeroU16::MIN,
            rules: Vec::new(),
            overrides: Vec::new(),
            absences: Vec::new(),
            occupancies: Vec::new(),
            counted: Vec::new(),
            sessions: Vec::new(),
            stale: Vec::new(),
        }
    }

    /// The same facts as if this booking or hold had never been made: what a move is judged by, or a booking by its
    /// own hold. Its occupancies go, its share of limits, and its session.
    #[must_use]
    pub fn without(mut self, owner: Tag) -> Self {
        self.occupancies.retain(|it| it.owner != owner);
        self.counted.retain(|it| it.owner != owner);
        self.sessions.retain(|it| it.booking != owner);
        self
    }
}

/// Open at these hours on the dates of a recurrence.
#[derive(Clone, Debug)]
pub struct HoursRule {
    /// Which rule.
    pub tag: Tag,
    /// On which dates, counted from `starts_on`.
    pub dates: Rule,
    /// The date that the recurrence is anchored at.
    pub starts_on: NaiveDate,
    /// From when to when.
    pub hours: Hours,
    /// The zone of its dates and hours; none is the resource's.
    pub zone: Option<Zone>,
    /// The first date it holds on, inclusive.
    pub valid_from: Option<NaiveDate>,
    /// The last date it holds on, inclusive.
    pub valid_until: Option<NaiveDate>,
    /// Dates it does not hold on.
    pub except: Vec<NaiveDate>,
}

impl HoursRule {
    /// A rule in the resource's zone without exceptions.
    #[must_use]
    pub fn new(tag: Tag, dates: Rule, starts_on: NaiveDate, hours: Hours) -> Self {
        let (zone, valid_from, valid_until) = (None, None, None);
        Self {
            tag,
            dates,
            starts_on,
            hours,
            zone,
            valid_from,
            valid_until,
            except: Vec::new(),
        }
    }

    /// Whether an occurrence on this date stands. The exceptions must be in order.
    pub(crate) fn holds_on(&self, date: NaiveDate) -> bool {
        self.valid_from.is_none_or(|first| first <= date)
            && self.valid_until.is_none_or(|last| date <= last)
            && self.except.binary_search(&date).is_err()
    }
}

/// Other hours on one date of the resource's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Override {
    /// Which override.
    pub tag: Tag,
    /// On which date.
    pub date: NaiveDate,
    /// What it does.
    pub change: Change,
}

/// What an override does to its date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// These hours instead of the rules'; several on one date add up.
    Replace(Hours),
    /// These hours too.
    Add(Hours),
    /// No start whose booking would meet these hours, whichever window it lies in. The grid stays where it is.
    Block(Hours),
    /// Closed, whatever else is said about the date. The tail of a night that began the day before remains.
    Close,
}

/// Out of office.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absence {
    /// Which absence.
    pub tag: Tag,
    /// From when until when.
    pub span: Span,
}

/// Time that is taken, its own buffers inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occupancy {
    /// The hold, booking, block or outside event that takes it.
    pub owner: Tag,
    /// What kind of owner that is.
    pub kind: Owner,
    /// Which lane it takes; none is all of them. A lane that the resource does not have takes nothing.
    pub lane: Option<u16>,
    /// From when until when.
    pub span: Span,
}

/// What takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// Somebody is about to book it.
    Hold,
    /// It is booked.
    Booking,
    /// Staff took it out.
    Block,
    /// An outside calendar says so.
    External,
}

/// A booking or hold that counts toward limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Which booking or hold.
    pub owner: Tag,
    /// Of which service.
    pub service: Tag,
    /// When it starts, without buffers: the date it counts on.
    pub starts_at: DateTime<Utc>,
    /// How many minutes it counts for.
    pub minutes: u32,
}

/// A booking with several seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Which booking.
    pub booking: Tag,
    /// Of which service; only the same service offers its seats.
    pub service: Tag,
    /// When it takes place, without buffers.
    pub span: Span,
    /// How many seats it has.
    pub seats: u16,
    /// How many of them are held or confirmed.
    pub taken: u16,
}

impl Session {
    /// How many seats are free.
    #[must_use]
    pub fn left(&self) -> u16 {
        self.seats.saturating_sub(self.taken)
    }
}

/// An outside calendar that has not been read for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaleCalendar {
    /// Which connection.
    pub connection: Tag,
    /// When it was last read, if ever.
    pub synced_at: Option<DateTime<Utc>>,
}
