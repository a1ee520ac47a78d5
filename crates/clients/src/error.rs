//! Why the directory of clients says no.

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
    /// Another client has this address.
    #[error("another client has this e-mail address already")]
    EmailTaken,
    /// Not there, or not yours.
    #[error("no such client")]
    NotFound,
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
            Self::Invalid { .. } => Kind::Invalid,
            Self::EmailTaken | Self::VersionConflict { .. } => Kind::Conflict,
            Self::NotFound => Kind::NotFound,
            Self::Fault(fault) => fault.kind(),
        }
    }

    fn code(&self) -> Code {
        match self {
            Self::Denied(denied) => denied.code(),
            Self::Invalid { .. } => Code::InvalidInput,
            Self::EmailTaken => Code::Taken,
            Self::VersionConflict { .. } => Code::VersionConflict,
            Self::NotFound => Code::NotFound,
            Self::Fault(fault) if fault.kind() == Kind::Unavailable => Code::Unavailable,
            Self::Fault(_) => Code::Internal,
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid { field, .. } => Some(field),
            Self::EmailTaken => Some("email"),
            Self::VersionConflict { .. } => Some("expectedVersion"),
            Self::Denied(_) | Self::NotFound | Self::Fault(_) => None,
        }
    }
}
