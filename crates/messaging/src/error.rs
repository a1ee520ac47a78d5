//! Why messaging says no.

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
    /// A text that is no template.
    #[error("{wrong}")]
    Template {
        /// The input field, as the API spells it.
        field: &'static str,
        /// What in it is not.
        wrong: crate::mail::template::Wrong,
    },
    /// There are as many as there may be.
    #[error("an organization can have {max} {what} at most")]
    LimitReached {
        /// Of what.
        what: &'static str,
        /// How many.
        max: u64,
    },
    /// It cannot be done in the state that it is in.
    #[error("the endpoint is {0}")]
    NotFrom(&'static str),
    /// Not there, or not yours.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// Somebody was faster.
    #[error("it has changed since you read it and is at version {now}; read it again")]
    VersionConflict {
        /// The version that it has now.
        now: i64,
    },
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refuse for Refusal {
    fn kind(&self) -> Kind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::Invalid { .. } | Self::Template { .. } => Kind::Invalid,
            Self::LimitReached { .. } | Self::NotFrom(_) | Self::VersionConflict { .. } => Kind::Conflict,
            Self::NotFound(_) => Kind::NotFound,
            Self::Fault(fault) => fault.kind(),
        }
    }

    fn code(&self) -> Code {
        match self {
            Self::Denied(denied) => denied.code(),
            Self::Invalid { .. } | Self::Template { .. } => Code::InvalidInput,
            Self::LimitReached { .. } => Code::LimitReached,
            Self::NotFrom(_) => Code::TransitionRefused,
            Self::NotFound(_) => Code::NotFound,
            Self::VersionConflict { .. } => Code::VersionConflict,
            Self::Fault(fault) if fault.kind() == Kind::Unavailable => Code::Unavailable,
            Self::Fault(_) => Code::Internal,
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid { field, .. } | Self::Template { field, .. } => Some(field),
            Self::VersionConflict { .. } => Some("expectedVersion"),
            Self::Denied(_)
            | Self::LimitReached { .. }
            | Self::NotFrom(_)
            | Self::NotFound(_)
            | Self::Fault(_) => None,
        }
    }
}

/// Refuses a change of something that has changed since it was read.
pub(crate) fn expect_version(expected: Option<i64>, now: i64) -> Result<(), Refusal> {
    match expected {
        Some(expected) if expected != now => Err(Refusal::VersionConflict { now }),
        Some(_) | None => Ok(()),
    }
}
