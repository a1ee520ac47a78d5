//! Why a start cannot be booked: the rule it fails, the row that says so, and the numbers.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::Span;

use crate::facts::Owner;
use crate::policy::{Most, Per, Scope};
use crate::{Horizon, Tag};

/// The stable name of a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlockerCode {
    /// The resource or the service is switched off.
    Inactive,
    /// No window holds the booking.
    OutsideHours,
    /// A window holds it, but it does not start on the window's grid.
    OffGrid,
    /// An override closes the date.
    DateClosed,
    /// The resource is away.
    OutOfOffice,
    /// The time is taken.
    Occupied,
    /// The time is free, the buffer around it is not.
    Buffer,
    /// Somebody is about to book it.
    Held,
    /// It is too soon.
    Notice,
    /// It is too far ahead.
    Horizon,
    /// The date or week has all it may have.
    Limit,
    /// The session has no seat left.
    SeatsFull,
    /// An outside calendar has not been read for too long.
    CalendarStale,
}

impl BlockerCode {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Inactive,
        Self::OutsideHours,
        Self::OffGrid,
        Self::DateClosed,
        Self::OutOfOffice,
        Self::Occupied,
        Self::Buffer,
        Self::Held,
        Self::Notice,
        Self::Horizon,
        Self::Limit,
        Self::SeatsFull,
        Self::CalendarStale,
    ];

    /// As it is written on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inactive => "INACTIVE",
            Self::OutsideHours => "OUTSIDE_HOURS",
            Self::OffGrid => "OFF_GRID",
            Self::DateClosed => "DATE_CLOSED",
            Self::OutOfOffice => "OUT_OF_OFFICE",
            Self::Occupied => "OCCUPIED",
            Self::Buffer => "BUFFER",
            Self::Held => "HELD",
            Self::Notice => "NOTICE",
            Self::Horizon => "HORIZON",
            Self::Limit => "LIMIT",
            Self::SeatsFull => "SEATS_FULL",
            Self::CalendarStale => "CALENDAR_STALE",
        }
    }
}

impl fmt::Display for BlockerCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What makes a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// This rule.
    Rule(Tag),
    /// This override.
    Override(Tag),
    /// Nothing: a room or piece of equipment without rules is always open.
    Always,
}

/// One reason why a start cannot be booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blocker {
    /// The resource or service with this id is switched off.
    Inactive {
        /// Which.
        by: Tag,
    },
    /// No window holds the booking.
    OutsideHours {
        /// The window it begins in or, if there is none, the one of its date that is nearest.
        window: Option<Span>,
        /// What makes that window.
        by: Vec<Source>,
    },
    /// An override takes these hours out.
    CutOut {
        /// Which override.
        by: Tag,
        /// The hours.
        span: Span,
    },
    /// A window holds it, but it does not start on the window's grid.
    OffGrid {
        /// The window.
        window: Span,
        /// What makes it; of a team, the ids of the hosts whose windows meet are in the explanation instead.
        by: Vec<Source>,
        /// Minutes from one start to the next.
        interval: u16,
        /// The last start of the grid before.
        previous: DateTime<Utc>,
        /// The next start of the grid, if it still fits.
        next: Option<DateTime<Utc>>,
    },
    /// An override closes this date.
    DateClosed {
        /// Which override.
        by: Tag,
        /// The date.
        date: NaiveDate,
    },
    /// The resource is away.
    OutOfOffice {
        /// Which absence.
        by: Tag,
        /// From when until when.
        span: Span,
    },
    /// The time is taken, or held for somebody.
    Occupied {
        /// Whose booking, hold, block or event.
        by: Tag,
        /// What kind of owner that is.
        kind: Owner,
        /// From when until when, its own buffers inside.
        span: Span,
    },
    /// The time itself is free, but too little is free before or after it.
    Buffer {
        /// Whose booking, hold, block or event is too near.
        by: Tag,
        /// What kind of owner that is.
        kind: Owner,
        /// From when until when, its own buffers inside.
        span: Span,
        /// Minutes that must be free between the two.
        needs: u16,
        /// Whole minutes that are.
        has: u16,
    },
    /// It is too soon.
    Notice {
        /// Minutes of notice that are needed.
        needs: u32,
        /// Whole minutes that are left; below zero it is over.
        left: i64,
    },
    /// It is too far ahead.
    Horizon {
        /// How far one may book.
        horizon: Horizon,
        /// The last date that may be booked, in the resource's zone.
        last: NaiveDate,
    },
    /// The date or week has all it may have.
    Limit {
        /// Which limit.
        by: Tag,
        /// Whose bookings it counts.
        scope: Scope,
        /// On a date or in a week.
        per: Per,
        /// How much it allows.
        most: Most,
        /// How much there is, in the limit's unit.
        used: u64,
        /// The date, or the Monday of the week.
        from: NaiveDate,
    },
    /// The session has no seat left.
    SeatsFull {
        /// Which session.
        by: Tag,
        /// How many seats it has.
        seats: u16,
        /// How many are taken.
        taken: u16,
    },
    /// An outside calendar has not been read for too long.
    CalendarStale {
        /// Which connection.
        by: Tag,
        /// When it was last read, if ever.
        synced_at: Option<DateTime<Utc>>,
    },
}

impl Blocker {
    /// Which reason it is.
    #[must_use]
    pub fn code(&self) -> BlockerCode {
        match self {
            Self::Inactive { .. } => BlockerCode::Inactive,
            Self::OutsideHours { .. } | Self::CutOut { .. } => BlockerCode::OutsideHours,
            Self::OffGrid { .. } => BlockerCode::OffGrid,
            Self::DateClosed { .. } => BlockerCode::DateClosed,
            Self::OutOfOffice { .. } => BlockerCode::OutOfOffice,
            Self::Occupied {
                kind: Owner::Hold, ..
            } => BlockerCode::Held,
            Self::Occupied {
                kind: Owner::Booking | Owner::Block | Owner::External,
                ..
            } => BlockerCode::Occupied,
            Self::Buffer { .. } => BlockerCode::Buffer,
            Self::Notice { .. } => BlockerCode::Notice,
            Self::Horizon { .. } => BlockerCode::Horizon,
            Self::Limit { .. } => BlockerCode::Limit,
            Self::SeatsFull { .. } => BlockerCode::SeatsFull,
            Self::CalendarStale { .. } => BlockerCode::CalendarStale,
        }
    }

    /// The row that says so. Hours that nobody gave, notice and horizon have none of their own.
    #[must_use]
    pub fn by(&self) -> Option<Tag> {
        match self {
            Self::OutsideHours { by, .. } | Self::OffGrid { by, .. } => by.iter().find_map(|it| match it {
                Source::Rule(tag) | Source::Override(tag) => Some(*tag),
                Source::Always => None,
            }),
            Self::Inactive { by }
            | Self::CutOut { by, .. }
            | Self::DateClosed { by, .. }
            | Self::OutOfOffice { by, .. }
            | Self::Occupied { by, .. }
            | Self::Buffer { by, .. }
            | Self::Limit { by, .. }
            | Self::SeatsFull { by, .. }
            | Self::CalendarStale { by, .. } => Some(*by),
            Self::Notice { .. } | Self::Horizon { .. } => None,
        }
    }

    /// What the public may know: the code, and the numbers that the service announces anyway.
    #[must_use]
    pub fn redacted(&self) -> PublicBlocker {
        let mut public = PublicBlocker::bare(self.code());
        match self {
            Self::Notice { needs, left } => public.needs_minutes = Some(i64::from(*needs)).zip(Some(*left)),
            Self::OffGrid { previous, next, .. } => public.nearby = [Some(*previous), *next],
            Self::Horizon { last, .. } => public.last_date = Some(*last),
            Self::Inactive { .. }
            | Self::OutsideHours { .. }
            | Self::CutOut { .. }
            | Self::DateClosed { .. }
            | Self::OutOfOffice { .. }
            | Self::Occupied { .. }
            | Self::Buffer { .. }
            | Self::Limit { .. }
            | Self::SeatsFull { .. }
            | Self::CalendarStale { .. } => {}
        }
        public
    }
}

/// A reason without owners, names or other people's times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicBlocker {
    /// Which reason it is.
    pub code: BlockerCode,
    /// Of NOTICE: minutes that are needed, and that are left.
    pub needs_minutes: Option<(i64, i64)>,
    /// Of OFF_GRID: the starts of the grid before and after. They need not be free.
    pub nearby: [Option<DateTime<Utc>>; 2],
    /// Of HORIZON: the last date that may be booked.
    pub last_date: Option<NaiveDate>,
}

impl PublicBlocker {
    fn bare(code: BlockerCode) -> Self {
        Self {
            code,
            needs_minutes: None,
            nearby: [None, None],
            last_date: None,
        }
    }
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inactive { .. } => f.write_str("it is switched off"),
            Self::OutsideHours { window: None, .. } => f.write_str("there are no hours on that date"),
            Self::OutsideHours {
                window: Some(window), ..
            } => {
                write!(f, "the hours are {} to {}", window.start(), window.end())
            }
            Self::CutOut { span, .. } => write!(f, "{} to {} is taken out", span.start(), span.end()),
            Self::OffGrid {
                interval, previous, ..
            } => {
                write!(f, "starts are every {interval} min, such as {previous}")
            }
            Self::DateClosed { date, .. } => write!(f, "{date} is closed"),
            Self::OutOfOffice { span, .. } => write!(f, "away from {} to {}", span.start(), span.end()),
            Self::Occupied {
                kind: Owner::Hold,
                span,
                ..
            } => {
                write!(f, "somebody is about to book {} to {}", span.start(), span.end())
            }
            Self::Occupied { span, .. } => write!(f, "{} to {} is taken", span.start(), span.end()),
            Self::Buffer { needs, has, .. } => write!(f, "needs {needs} min to the next booking, has {has}"),
            Self::Notice { needs, left } => write!(f, "needs {needs} min notice, {left} left"),
            Self::Horizon { last, .. } => write!(f, "bookings are taken up to {last}"),
            Self::Limit {
                most: Most::Bookings(most),
                used,
                from,
                ..
            } => {
                write!(f, "{used} of {most} bookings are taken from {from}")
            }
            Self::Limit {
                most: Most::Minutes(most),
                used,
                from,
                ..
            } => {
                write!(f, "{used} of {most} min are taken from {from}")
            }
            Self::SeatsFull { seats, taken, .. } => write!(f, "{taken} of {seats} seats are taken"),
            Self::CalendarStale {
                synced_at: Some(at), ..
            } => write!(f, "a calendar was last read at {at}"),
            Self::CalendarStale { synced_at: None, .. } => f.write_str("a calendar has never been read"),
        }
    }
}
