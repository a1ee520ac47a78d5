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
    /// Another client has this address or account.
    #[error("another client has this {0} already")]
    Taken(&'static str),
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
            Self::Invalid { .. } => Kind::Invalid,
            Self::Taken(_) | Self::VersionConflict { .. } => Kind::Conflict,
            Self::NotFound(_) => Kind::NotFound,
            Self::Fault(fault) => fault.kind(),
        }
    }

    fn code(&self) -> Code {
        match self {
            Self::Denied(denied) => denied.code(),
            Self::Invalid { .. } => Code::InvalidInput,
            Self::Taken(_) => Code::Taken,
            Self::VersionConflict { .. } => Code::VersionConflict,
            Self::NotFound(_) => Code::NotFound,
            Self::Fault(fault) if fault.kind() == Kind::Unavailable => Code::Unavailable,
            Self::Fault(_) => Code::Internal,
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid { field, .. } | Self::Taken(field) => Some(field),
            Self::VersionConflict { .. } => Some("expectedVersion"),
            Self::Denied(_) | Self::NotFound(_) | Self::Fault(_) => None,
        }
    }
}
