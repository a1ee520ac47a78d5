//! What a booking is made from.

use availability::BlockerCode;
use chrono::{DateTime, Utc};
use db::Token;
use kernel::id::{ClientId, ResourceId, ServiceId};
use kernel::{Email, Name, Phone, Prose, Zone};
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

use super::Source;
use crate::error::Refusal;
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
    /// Notice and the grid of starts, because the client stands at the door. Needs no right: [`super::create`] sets it for
    /// a walk-in that begins now, and for nothing else.
    #[serde(skip)]
    pub at_the_door: bool,
}

impl Overrides {
    /// Whether anything is to be overruled.
    #[must_use]
    pub fn any(self) -> bool {
        self.need_right() || self.at_the_door
    }

    /// Whether anything is to be overruled that only some may overrule.
    #[must_use]
    pub fn need_right(self) -> bool {
        self.notice || self.limits || self.hours
    }

    /// Both together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            notice: self.notice || other.notice,
            limits: self.limits || other.limits,
            hours: self.hours || other.hours,
            at_the_door: self.at_the_door || other.at_the_door,
        }
    }

    /// Whether this reason is. What is taken is taken, whoever asks.
    #[must_use]
    pub fn overrule(self, code: BlockerCode) -> bool {
        match code {
            BlockerCode::Notice => self.notice || self.at_the_door,
            BlockerCode::Horizon => self.notice,
            BlockerCode::Limit => self.limits,
            BlockerCode::OffGrid => self.hours || self.at_the_door,
            BlockerCode::OutsideHours | BlockerCode::DateClosed | BlockerCode::OutOfOffice => self.hours,
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

impl AttendeeDraft {
    /// Refuses whoever cannot be written to or called.
    pub(crate) fn need_reachable(&self) -> Result<(), Refusal> {
        if self.email.is_some() || self.phone.is_some() {
            return Ok(());
        }
        let wanted = "an e-mail address or a telephone number";
        Err(Refusal::wanted("attendee", wanted, "neither"))
    }
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
    /// The link that staff sent, by which it is booked.
    pub request: Option<Token>,
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
