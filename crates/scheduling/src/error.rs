//! Why scheduling says no.

use availability::PublicBlocker;
use chrono::TimeDelta;
use db::Fault;
use kernel::id::BookingId;
use kernel::{Code, Denied, Invalid, Kind, Refuse};

use crate::block::InTheWay;
use crate::booking::{Event, Party, Status};
use crate::cover::CoveredBooking;
use crate::request::RequestStatus;
use crate::series::PlannedOccurrence;
use crate::walk_in::WalkInStatus;

/// A refusal of one of the verbs.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Nobody is signed in, or whoever is has not the right.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// A value that cannot be meant.
    #[error("{wrong}")]
    Invalid {
        /// The input field, as the API spells it.
        field: &'static str,
        /// What would be right.
        wrong: Invalid,
    },
    /// One of the answers to a service's questions cannot be meant.
    #[error("the answer to “{key}” is wrong: {wrong}")]
    Answer {
        /// The question's key.
        key: String,
        /// What would be right.
        wrong: Invalid,
    },
    /// Something else is called so.
    #[error("another {what} has this {field} already")]
    Taken {
        /// What sort of thing.
        what: &'static str,
        /// The input field, as the API spells it.
        field: &'static str,
    },
    /// Not there, or not yours.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// Somebody was faster.
    #[error("it has changed since you read it and is at version {now}; read it again")]
    VersionConflict {
        /// The version that it has now.
        now: i64,
    },
    /// There can be no more.
    #[error("there can be {max} {what} at most")]
    LimitReached {
        /// Of what.
        what: &'static str,
        /// How many.
        max: u64,
    },
    /// It is still needed.
    #[error("it is still used by {0}; take it out there first")]
    InUse(&'static str),
    /// The time cannot be booked; the reasons are those that the public may know.
    #[error("this time cannot be booked: {}", reasons(.0))]
    NotOffered(Vec<PublicBlocker>),
    /// Somebody was faster. The constraint of the occupancies says so, or the evaluator before it.
    #[error("somebody else has this time; choose another")]
    SlotTaken,
    /// Occurrences of a series that cannot be booked; every one is named.
    #[error("{} of the series cannot be booked: {}", count(.0), conflicts(.0))]
    SeriesConflict(Vec<PlannedOccurrence>),
    /// Nothing of it is to come.
    #[error("the series has ended, or nothing of it is to come")]
    SeriesOver,
    /// Something is there already: what, for whoever may see it.
    #[error("this time is taken{}", told(.0))]
    Occupied(Vec<InTheWay>),
    /// How long, how much, how confirmed or where is not as it was when the slot was shown.
    #[error("the service has changed since this slot was shown; ask for the slots again")]
    SlotStale,
    /// Every seat is kept or taken.
    #[error("no seat is left")]
    SeatsFull,
    /// Unknown, lapsed, booked or let go.
    #[error("the hold is unknown or has lapsed; choose a time again")]
    HoldGone,
    /// It keeps another time, service or host.
    #[error("the hold keeps something else than what is to be booked")]
    HoldElsewhere,
    /// Unknown, expired, revoked, or not good for this.
    #[error("the link is unknown or no longer good")]
    TokenInvalid,
    /// The link of a booking request has been used, has expired, or was taken back.
    #[error("the link is no longer good: {0}")]
    RequestClosed(RequestStatus),
    /// What was offered to somebody who waits is booked, declined, lapsed or withdrawn, or nothing is offered.
    #[error("nothing is offered to you any more")]
    OfferGone,
    /// A walk-in is not where that can happen to them.
    #[error("that cannot happen to a walk-in who is {0}")]
    WalkInIs(WalkInStatus),
    /// Whoever waited has booked or left already.
    #[error("you do not wait any more")]
    NotWaiting,
    /// It waited for an answer or for money, and neither came in time.
    #[error("it has waited too long and is no more")]
    Lapsed,
    /// Its time has not run out.
    #[error("it has not waited too long yet")]
    NotLapsed,
    /// What cannot happen to it in its state.
    #[error("{event} cannot happen to a booking that is {status}")]
    NotFrom {
        /// What was asked for.
        event: Event,
        /// The state that it is in.
        status: Status,
    },
    /// What is not this party's to do.
    #[error("{event} is not for {party} to do")]
    NotTheirs {
        /// What was asked for.
        event: Event,
        /// On whose behalf.
        party: Party,
    },
    /// What can be noted only once it has begun.
    #[error("it has not begun yet")]
    NotBegun,
    /// What a client can do only before it begins.
    #[error("it has begun already")]
    Begun,
    /// What was noted stays noted.
    #[error("it ended too long ago to be noted otherwise")]
    TooLateToCorrect,
    /// It is about one booking of several.
    #[error("{booking}: {why}")]
    About {
        /// Which.
        booking: BookingId,
        /// The input field that names it, as the API spells it.
        field: Option<&'static str>,
        /// What is wrong.
        why: Box<Self>,
    },
    /// Everybody who could is busy, or nobody else does it.
    #[error("nobody else who gives it is free then")]
    NobodyElse,
    /// The same hosts have no time for it.
    #[error("its hosts have no time for it in the {days} days after")]
    NoTimeLater {
        /// How far was looked.
        days: i64,
    },
    /// Some of the bookings that were to be covered cannot be.
    #[error("{} cannot be covered: {}", .0.len(), .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    NotCovered(Vec<CoveredBooking>),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

fn reasons(blockers: &[PublicBlocker]) -> String {
    let codes: Vec<&str> = blockers.iter().map(|it| it.code.as_str()).collect();
    codes.join(", ")
}

/// Each conflict with its reasons: as many as can be planned at once.
fn conflicts(all: &[PlannedOccurrence]) -> String {
    let told = |it: &PlannedOccurrence| {
        let reasons: Vec<&str> = it.reasons.iter().map(|it| it.word()).collect();
        format!(
            "{} ({})",
            it.local_start.format("%Y-%m-%d %H:%M"),
            reasons.join(", ")
        )
    };
    all.iter().map(told).collect::<Vec<_>>().join("; ")
}

fn count(all: &[PlannedOccurrence]) -> String {
    match all.len() {
        1 => "1 occurrence".to_owned(),
        many => format!("{many} occurrences"),
    }
}

fn told(there: &[InTheWay]) -> String {
    let told: Vec<String> = there.iter().map(ToString::to_string).collect();
    if told.is_empty() {
        String::new()
    } else {
        format!(": {}", told.join(", "))
    }
}

impl Refusal {
    /// A value that cannot be meant, in an input field.
    #[must_use]
    pub fn invalid(field: &'static str, wrong: Invalid) -> Self {
        Self::Invalid { field, wrong }
    }

    /// What is wrong about one booking of several. What is wrong about the whole stays so.
    #[must_use]
    pub(crate) fn about(booking: BookingId, field: Option<&'static str>, why: Self) -> Self {
        match why.kind() {
            Kind::Conflict | Kind::Invalid | Kind::NotFound => Self::About {
                booking,
                field,
                why: Box::new(why),
            },
            Kind::Unauthenticated
            | Kind::Forbidden
            | Kind::Throttled
            | Kind::Unavailable
            | Kind::Internal => why,
        }
    }

    /// Says what would be right in an input field, beside what was sent.
    #[must_use]
    pub(crate) fn wanted(field: &'static str, wanted: &str, got: impl std::fmt::Display) -> Self {
        Self::invalid(field, Invalid::new(wanted, &got.to_string()))
    }
}

impl Refuse for Refusal {
    fn kind(&self) -> Kind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::Invalid { .. } | Self::Answer { .. } | Self::TokenInvalid => Kind::Invalid,
            Self::Taken { .. }
            | Self::VersionConflict { .. }
            | Self::LimitReached { .. }
            | Self::InUse(_)
            | Self::NotOffered(_)
            | Self::SeriesConflict(_)
            | Self::SeriesOver
            | Self::SlotTaken
            | Self::Occupied(_)
            | Self::SlotStale
            | Self::SeatsFull
            | Self::HoldGone
            | Self::HoldElsewhere
            | Self::RequestClosed(_)
            | Self::OfferGone
            | Self::NotWaiting
            | Self::WalkInIs(_)
            | Self::Lapsed
            | Self::NotLapsed
            | Self::NotFrom { .. }
            | Self::NotTheirs { .. }
            | Self::NotBegun
            | Self::Begun
            | Self::TooLateToCorrect
            | Self::NobodyElse
            | Self::NoTimeLater { .. }
            | Self::NotCovered(_) => Kind::Conflict,
            Self::About { why, .. } => why.kind(),
            Self::NotFound(_) => Kind::NotFound,
            Self::Fault(fault) => fault.kind(),
        }
    }

    fn code(&self) -> Code {
        match self {
            Self::Denied(denied) => denied.code(),
            Self::Invalid { .. } | Self::Answer { .. } => Code::InvalidInput,
            Self::Taken { .. } => Code::Taken,
            Self::VersionConflict { .. } => Code::VersionConflict,
            Self::LimitReached { .. } => Code::LimitReached,
            Self::InUse(_) => Code::InUse,
            Self::NotOffered(_) | Self::SlotStale | Self::NobodyElse | Self::NoTimeLater { .. } => {
                Code::SlotUnavailable
            }
            Self::SeriesConflict(_) => Code::SeriesConflict,
            Self::SlotTaken | Self::Occupied(_) => Code::SlotTaken,
            Self::SeatsFull => Code::SeatsFull,
            Self::HoldGone | Self::HoldElsewhere => Code::HoldInvalid,
            Self::TokenInvalid => Code::TokenInvalid,
            Self::RequestClosed(_) => Code::RequestClosed,
            Self::OfferGone => Code::OfferGone,
            Self::Lapsed => Code::Lapsed,
            Self::SeriesOver
            | Self::NotLapsed
            | Self::NotWaiting
            | Self::WalkInIs(_)
            | Self::NotFrom { .. }
            | Self::NotTheirs { .. }
            | Self::NotBegun
            | Self::Begun
            | Self::TooLateToCorrect => Code::TransitionRefused,
            Self::NotFound(_) => Code::NotFound,
            Self::About { why, .. } => why.code(),
            Self::NotCovered(_) => Code::NotCovered,
            Self::Fault(fault) if fault.kind() == Kind::Unavailable => Code::Unavailable,
            Self::Fault(_) => Code::Internal,
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid { field, .. } | Self::Taken { field, .. } => Some(field),
            Self::Answer { .. } => Some("answers"),
            Self::VersionConflict { .. } => Some("expectedVersion"),
            Self::NotOffered(_) | Self::SlotTaken | Self::Occupied(_) | Self::SeatsFull => Some("startsAt"),
            Self::SlotStale => Some("slotToken"),
            Self::HoldGone | Self::HoldElsewhere => Some("hold"),
            Self::About { field, .. } => *field,
            Self::RequestClosed(_) => Some("request"),
            Self::Denied(_)
            | Self::NotFound(_)
            | Self::LimitReached { .. }
            | Self::InUse(_)
            | Self::SeriesConflict(_)
            | Self::SeriesOver
            | Self::TokenInvalid
            | Self::OfferGone
            | Self::NotWaiting
            | Self::WalkInIs(_)
            | Self::Lapsed
            | Self::NotLapsed
            | Self::NotFrom { .. }
            | Self::NotTheirs { .. }
            | Self::NotBegun
            | Self::Begun
            | Self::TooLateToCorrect
            | Self::NobodyElse
            | Self::NoTimeLater { .. }
            | Self::NotCovered(_)
            | Self::Fault(_) => None,
        }
    }

    fn retry_after(&self) -> Option<TimeDelta> {
        None
    }
}
