//! Why scheduling says no.

use availability::PublicBlocker;
use chrono::TimeDelta;
use db::Fault;
use kernel::{Code, Denied, Invalid, Kind, Refuse};

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
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

fn reasons(blockers: &[PublicBlocker]) -> String {
    let codes: Vec<&str> = blockers.iter().map(|it| it.code.as_str()).collect();
    codes.join(", ")
}

impl Refusal {
    /// A value that cannot be meant, in an input field.
    #[must_use]
    pub fn invalid(field: &'static str, wrong: Invalid) -> Self {
        Self::Invalid { field, wrong }
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
            Self::Invalid { .. } | Self::Answer { .. } => Kind::Invalid,
            Self::Taken { .. }
            | Self::VersionConflict { .. }
            | Self::LimitReached { .. }
            | Self::InUse(_)
            | Self::NotOffered(_) => Kind::Conflict,
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
            Self::NotOffered(_) => Code::SlotUnavailable,
            Self::NotFound(_) => Code::NotFound,
            Self::Fault(fault) if fault.kind() == Kind::Unavailable => Code::Unavailable,
            Self::Fault(_) => Code::Internal,
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid { field, .. } | Self::Taken { field, .. } => Some(field),
            Self::Answer { .. } => Some("answers"),
            Self::VersionConflict { .. } => Some("expectedVersion"),
            Self::NotOffered(_) => Some("startsAt"),
            Self::Denied(_)
            | Self::NotFound(_)
            | Self::LimitReached { .. }
            | Self::InUse(_)
            | Self::Fault(_) => None,
        }
    }

    fn retry_after(&self) -> Option<TimeDelta> {
        None
    }
}
