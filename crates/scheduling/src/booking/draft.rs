//! What a booking is made from.

use availability::BlockerCode;
use chrono::{DateTime, Utc};
use db::Token;
use kernel::id::{ClientId, ResourceId, ServiceId};
use kernel::{Email, Name, Phone, Prose, Zone};
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

use super::Source;
use crate::metadata::Metadata;
use crate::service::Answers;

/// What staff may overrule, by right; it is written down with the booking.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Overrides {
    /// How soon before its start, and how far ahead, it is booked.
    pub notice: bool,
    /// How much there may be on a day or in a week.
    pub limits: bool,
    /// The hours of whoever gives it, their absences, and the grid of starts.
    pub hours: bool,
}

impl Overrides {
    /// Whether anything is to be overruled.
    #[must_use]
    pub fn any(self) -> bool {
        self.notice || self.limits || self.hours
    }

    /// Both together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            notice: self.notice || other.notice,
            limits: self.limits || other.limits,
            hours: self.hours || other.hours,
        }
    }

    /// Whether this reason is. What is taken is taken, whoever asks.
    #[must_use]
    pub fn overrule(self, code: BlockerCode) -> bool {
        match code {
            BlockerCode::Notice | BlockerCode::Horizon => self.notice,
            BlockerCode::Limit => self.limits,
            BlockerCode::OutsideHours
            | BlockerCode::OffGrid
            | BlockerCode::DateClosed
            | BlockerCode::OutOfOffice => self.hours,
            BlockerCode::Inactive
            | BlockerCode::Occupied
            | BlockerCode::Buffer
            | BlockerCode::Held
            | BlockerCode::SeatsFull
            | BlockerCode::CalendarStale => false,
        }
    }
}

/// Who takes part, as typed.
#[derive(Debug, Clone)]
pub struct AttendeeDraft {
    /// What they are called.
    pub name: Name,
    /// Where they are written to.
    pub email: Option<Email>,
    /// Where they are called.
    pub phone: Option<Phone>,
    /// Whom the directory knows by it.
    pub client: Option<ClientId>,
    /// Whom the directory knows by the telephone number, if that is somebody else.
    pub conflicting_client: Option<ClientId>,
    /// Their answers to the service's questions.
    pub answers: Answers,
}

/// What a booking is made from.
#[derive(Debug, Clone)]
pub struct BookingDraft {
    /// What is booked.
    pub service: ServiceId,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Given by this one; by whoever can, unless said.
    pub host: Option<ResourceId>,
    /// The hold whose place it takes.
    pub hold: Option<Token>,
    /// Who takes part.
    pub attendee: AttendeeDraft,
    /// How it came in.
    pub source: Source,
    /// What is overruled for it.
    pub overrides: Overrides,
    /// The zone in which the client meant it; the host's unless said.
    pub timezone: Option<Zone>,
    /// What the client wrote.
    pub notes: Option<Prose>,
    /// The integrator's own words.
    pub metadata: Metadata,
}
