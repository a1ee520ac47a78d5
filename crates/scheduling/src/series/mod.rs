//! Bookings that recur: planned, made, extended, moved and ended together.
//!
//! A series says when it takes place on the wall clock of its zone; what became of each occurrence is a row: booked, moved
//! on its own, skipped, or in conflict. Every booking of a series is a booking like any other, made and judged by the same
//! code; what happens to it on its own is noted at its occurrence.
//!
//! **Invariant:** one [`crate::calendar::Board`] judges all occurrences, each beside those before it.
//! **Invariant:** whoever makes or forgets occurrences holds the series first; then service, team, resources, bookings.

mod cancel;
mod create;
mod extend;
mod plan;
mod read;
mod recurrence;
mod replace;
mod season;
mod shift;
mod write;

use availability::BlockerCode;
use chrono::TimeDelta;
use kernel::id::{BookingId, ClientId, SeriesId, ServiceId};
use serde::{Deserialize, Serialize};

use crate::booking::BookingMade;
use crate::store;
use crate::word::words;

pub use cancel::{SeriesCancel, cancel};
pub use create::{SeriesDraft, create};
pub use extend::{EXTENSION, due, extend, keep_going};
pub use plan::{PlannedOccurrence, SeriesAsk, SeriesPlan, plan};
pub use read::{count_exceptions, count_series, exceptions, find_series, occurrences_of, series};
pub use recurrence::Recurrence;
pub use shift::{SeriesShift, shift};
pub use store::series::{Entity as AllSeries, Model as Series};
pub use store::series_occurrence::{Entity as Occurrences, Model as Occurrence};

pub(crate) use write::note;

/// The most occurrences that are planned, made or changed at once: two a week for a year.
pub const OCCURRENCES_MAX: usize = 104;

/// How far ahead a series is made that does not end within [`REACH`].
pub const AHEAD: TimeDelta = TimeDelta::weeks(8);

/// How far ahead a series is made that ends.
pub const REACH: TimeDelta = TimeDelta::days(366);

/// How many series are named at once that are to be extended.
pub const DUE_MAX: u64 = 200;

/// How often a series that goes on is looked at.
pub const EXTENDED_EVERY: TimeDelta = TimeDelta::days(1);

words! {
    /// What becomes of a plan with conflicts.
    #[cfg_attr(feature = "graphql", graphql(name = "SeriesPolicy"))]
    pub enum Policy {
        /// Every occurrence or none: a conflict refuses the whole.
        All = "ALL",
        /// Those that can be had; the others are noted as exceptions.
        AvailableOnly = "AVAILABLE_ONLY",
    }
}

words! {
    /// What can be made of an occurrence.
    #[cfg_attr(feature = "graphql", graphql(name = "SeriesPlanStatus"))]
    pub enum PlanStatus {
        /// It can be booked.
        Ok = "OK",
        /// It cannot, and something else near it may.
        Conflict = "CONFLICT",
        /// It does not take place: its date is left out, or the wall clock never shows its time.
        Skipped = "SKIPPED",
    }
}

words! {
    /// What became of an occurrence.
    #[cfg_attr(feature = "graphql", graphql(name = "SeriesOccurrenceStatus"))]
    pub enum OccurrenceStatus {
        /// It is booked, when the rule says.
        Booked = "BOOKED",
        /// It is booked, and was moved on its own.
        Moved = "MOVED",
        /// It does not take place.
        Skipped = "SKIPPED",
        /// It could not be booked.
        Conflict = "CONFLICT",
    }
}

words! {
    /// How much of a series is meant.
    #[cfg_attr(feature = "graphql", graphql(name = "SeriesScope"))]
    pub enum Scope {
        /// One occurrence.
        This = "THIS",
        /// One occurrence and those after it.
        ThisAndFollowing = "THIS_AND_FOLLOWING",
        /// Every occurrence that is to come. What has begun is a fact.
        All = "ALL",
    }
}

words! {
    /// Why an occurrence is not as the rule says.
    #[cfg_attr(feature = "graphql", graphql(name = "SeriesReason"))]
    pub enum Reason {
        /// The wall clock never shows its time: the clocks go forward over it.
        NoSuchTime = "NO_SUCH_TIME",
        /// Its date is left out.
        Excluded = "EXCLUDED",
        /// It was called off.
        Cancelled = "CANCELLED",
        /// Staff said no to it.
        Rejected = "REJECTED",
        /// Nobody answered in time.
        Expired = "EXPIRED",
        /// The resource or the service is switched off.
        Inactive = "INACTIVE",
        /// No hours hold the booking.
        OutsideHours = "OUTSIDE_HOURS",
        /// There are hours, but it does not start on their grid.
        OffGrid = "OFF_GRID",
        /// The date is closed.
        DateClosed = "DATE_CLOSED",
        /// Somebody is away.
        OutOfOffice = "OUT_OF_OFFICE",
        /// The time is taken.
        Occupied = "OCCUPIED",
        /// The time is free, what must be free around it is not.
        Buffer = "BUFFER",
        /// Somebody is about to book it.
        Held = "HELD",
        /// It is too soon.
        Notice = "NOTICE",
        /// It is too far ahead.
        Horizon = "HORIZON",
        /// The date or week has all it may have.
        Limit = "LIMIT",
        /// The session has no seat left.
        SeatsFull = "SEATS_FULL",
        /// An outside calendar has not been read for too long.
        CalendarStale = "CALENDAR_STALE",
    }
}

impl From<BlockerCode> for Reason {
    fn from(code: BlockerCode) -> Self {
        match code {
            BlockerCode::Inactive => Self::Inactive,
            BlockerCode::OutsideHours => Self::OutsideHours,
            BlockerCode::OffGrid => Self::OffGrid,
            BlockerCode::DateClosed => Self::DateClosed,
            BlockerCode::OutOfOffice => Self::OutOfOffice,
            BlockerCode::Occupied => Self::Occupied,
            BlockerCode::Buffer => Self::Buffer,
            BlockerCode::Held => Self::Held,
            BlockerCode::Notice => Self::Notice,
            BlockerCode::Horizon => Self::Horizon,
            BlockerCode::Limit => Self::Limit,
            BlockerCode::SeatsFull => Self::SeatsFull,
            BlockerCode::CalendarStale => Self::CalendarStale,
        }
    }
}

/// Which series are asked for; what is left out does not matter.
#[derive(Debug, Clone, Copy, Default)]
pub struct SeriesFilter {
    /// For this client.
    pub client: Option<ClientId>,
    /// Of this service.
    pub service: Option<ServiceId>,
}

/// A series was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesMade {
    /// Which.
    pub series: SeriesId,
    /// Its bookings so far, in order.
    pub bookings: Vec<BookingMade>,
}

/// A series was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesChanged {
    /// The series that what was changed belongs to now: another one, if it was split off.
    pub series: SeriesId,
    /// The bookings that were moved, made or called off, in order.
    pub bookings: Vec<BookingId>,
}
