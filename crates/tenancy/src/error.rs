//! Why tenancy says no.

use chrono::TimeDelta;
use db::Fault;
use kernel::{Code, Denied, Invalid, Kind, Refuse, Slug};

use crate::password::Weakness;

/// A refusal of one of the verbs.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Nobody is signed in, or whoever is has not the right.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The same words for an unknown address, an account without a password, a disabled one and a wrong password.
    #[error("no account matches this e-mail and password")]
    InvalidCredentials,
    /// A password that is too easy to guess.
    #[error(transparent)]
    WeakPassword(#[from] Weakness),
    /// A value that cannot be meant.
    #[error("{wrong}")]
    Invalid {
        /// The input field, as the API spells it.
        field: &'static str,
        /// What would be right.
        wrong: Invalid,
    },
    /// Somebody has an account with this address.
    #[error("this e-mail address has an account already; sign in, or reset its password")]
    EmailTaken,
    /// The issuer vouches for an address whose account is not proved to be the same person's.
    #[error(
        "this e-mail address has an account that is not proved to be yours: verify the address with the issuer, \
         and here by a code or by resetting the password; then sign in with the issuer again"
    )]
    IdentityUnlinked,
    /// A first sign-in needs an address.
    #[error(
        "the issuer's token says no e-mail address, which an account needs; let it include the claim `email`"
    )]
    IdentityWithoutEmail,
    /// Another organization is called so.
    #[error("another organization has this slug already")]
    SlugTaken,
    /// The house keeps this word for itself.
    #[error("the slug “{0}” is reserved; choose another")]
    SlugReserved(Slug),
    /// Unknown, expired, used, or tried too often. What the try wrote is kept: it counts.
    #[error("the code is wrong or has expired, or was tried too often; ask for a new one")]
    CodeInvalid,
    /// More codes than an hour allows.
    #[error("{max} codes were sent within the last hour; use the latest, or wait")]
    TooManyCodes {
        /// How many an hour allows.
        max: u64,
        /// How long to wait.
        wait: TimeDelta,
    },
    /// Unknown, expired, revoked or used.
    #[error("the token is unknown or no longer good")]
    TokenInvalid,
    /// A refresh token came back after it was replaced. What that wrote is kept: its session has ended.
    #[error("the refresh token was used before; its session has been ended, sign in again")]
    TokenReused,
    /// It was meant for somebody else.
    #[error("this invitation is for {meant}; sign in with that address")]
    EmailMismatch {
        /// For whom, masked.
        meant: String,
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
    /// An organization is always somebody's.
    #[error("this is the last owner; make somebody else an owner first")]
    LastOwner,
    /// The person belongs to the organization.
    #[error("this person belongs to the organization already")]
    AlreadyMember,
    /// An invitation is open.
    #[error("this address has an open invitation already; revoke that one first")]
    AlreadyInvited,
    /// What was typed to confirm is something else.
    #[error("type the organization's slug, exactly, to confirm that it is to be deleted")]
    ConfirmationMismatch,
    /// Too many passwords are waiting to be checked.
    #[error("too many people are signing in at once; try again in a moment")]
    Crowded,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// Something failed that does not fail.
    #[error("{0}")]
    Broken(&'static str),
}

impl Refusal {
    /// A value that cannot be meant, in an input field.
    #[must_use]
    pub fn invalid(field: &'static str, wrong: Invalid) -> Self {
        Self::Invalid { field, wrong }
    }

    /// How long it may take until the queue of passwords is short again.
    const CROWDED_FOR: TimeDelta = TimeDelta::seconds(2);
}

impl Refuse for Refusal {
    fn kind(&self) -> Kind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::InvalidCredentials
            | Self::WeakPassword(_)
            | Self::Invalid { .. }
            | Self::IdentityWithoutEmail
            | Self::SlugReserved(_)
            | Self::CodeInvalid
            | Self::TokenInvalid
            | Self::TokenReused
            | Self::ConfirmationMismatch => Kind::Invalid,
            Self::EmailTaken
            | Self::IdentityUnlinked
            | Self::SlugTaken
            | Self::EmailMismatch { .. }
            | Self::VersionConflict { .. }
            | Self::LimitReached { .. }
            | Self::LastOwner
            | Self::AlreadyMember
            | Self::AlreadyInvited => Kind::Conflict,
            Self::NotFound(_) => Kind::NotFound,
            Self::TooManyCodes { .. } => Kind::Throttled,
            Self::Crowded => Kind::Unavailable,
            Self::Fault(fault) => fault.kind(),
            Self::Broken(_) => Kind::Internal,
        }
    }

    fn code(&self) -> Code {
        match self {
            Self::Denied(denied) => denied.code(),
            Self::InvalidCredentials => Code::InvalidCredentials,
            Self::WeakPassword(_)
            | Self::Invalid { .. }
            | Self::IdentityWithoutEmail
            | Self::SlugReserved(_) => Code::InvalidInput,
            Self::CodeInvalid => Code::CodeInvalid,
            Self::TokenInvalid => Code::TokenInvalid,
            Self::TokenReused => Code::TokenReused,
            Self::ConfirmationMismatch => Code::ConfirmationMismatch,
            Self::EmailTaken | Self::IdentityUnlinked | Self::SlugTaken | Self::AlreadyInvited => Code::Taken,
            Self::EmailMismatch { .. } => Code::EmailMismatch,
            Self::VersionConflict { .. } => Code::VersionConflict,
            Self::LimitReached { .. } => Code::LimitReached,
            Self::LastOwner => Code::LastOwner,
            Self::AlreadyMember => Code::AlreadyMember,
            Self::NotFound(_) => Code::NotFound,
            Self::TooManyCodes { .. } => Code::RateLimited,
            Self::Crowded => Code::Unavailable,
            Self::Fault(fault) => match fault.kind() {
                Kind::Unavailable => Code::Unavailable,
                Kind::Unauthenticated
                | Kind::Forbidden
                | Kind::NotFound
                | Kind::Invalid
                | Kind::Conflict
                | Kind::Throttled
                | Kind::Internal => Code::Internal,
            },
            Self::Broken(_) => Code::Internal,
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::WeakPassword(_) => Some("password"),
            Self::Invalid { field, .. } => Some(field),
            Self::EmailTaken | Self::AlreadyMember | Self::AlreadyInvited => Some("email"),
            Self::SlugTaken | Self::SlugReserved(_) | Self::ConfirmationMismatch => Some("slug"),
            Self::CodeInvalid => Some("code"),
            Self::VersionConflict { .. } => Some("expectedVersion"),
            Self::Denied(_)
            | Self::InvalidCredentials
            | Self::IdentityUnlinked
            | Self::IdentityWithoutEmail
            | Self::TooManyCodes { .. }
            | Self::TokenInvalid
            | Self::TokenReused
            | Self::EmailMismatch { .. }
            | Self::NotFound(_)
            | Self::LimitReached { .. }
            | Self::LastOwner
            | Self::Crowded
            | Self::Fault(_)
            | Self::Broken(_) => None,
        }
    }

    fn keeps(&self) -> bool {
        match self {
            Self::CodeInvalid | Self::TokenReused => true,
            Self::Denied(_)
            | Self::InvalidCredentials
            | Self::WeakPassword(_)
            | Self::Invalid { .. }
            | Self::EmailTaken
            | Self::IdentityUnlinked
            | Self::IdentityWithoutEmail
            | Self::SlugTaken
            | Self::SlugReserved(_)
            | Self::TooManyCodes { .. }
            | Self::TokenInvalid
            | Self::EmailMismatch { .. }
            | Self::NotFound(_)
            | Self::VersionConflict { .. }
            | Self::LimitReached { .. }
            | Self::LastOwner
            | Self::AlreadyMember
            | Self::AlreadyInvited
            | Self::ConfirmationMismatch
            | Self::Crowded
            | Self::Fault(_)
            | Self::Broken(_) => false,
        }
    }

    fn retry_after(&self) -> Option<TimeDelta> {
        if let Self::TooManyCodes { wait, .. } = self {
            Some(*wait)
        } else {
            matches!(self, Self::Crowded).then_some(Self::CROWDED_FOR)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each.
    fn every() -> Vec<Refusal> {
        vec![
            Refusal::Denied(Denied::Unauthenticated),
            Refusal::InvalidCredentials,
            Refusal::WeakPassword(Weakness::Length),
            Refusal::invalid("expiresAt", Invalid::new("an instant to come", "yesterday")),
            Refusal::EmailTaken,
            Refusal::IdentityUnlinked,
            Refusal::IdentityWithoutEmail,
            Refusal::SlugTaken,
            Refusal::SlugReserved("www".parse().unwrap()),
            Refusal::CodeInvalid,
            Refusal::TooManyCodes {
                max: 3,
                wait: TimeDelta::hours(1),
            },
            Refusal::TokenInvalid,
            Refusal::TokenReused,
            Refusal::EmailMismatch {
                meant: "b…@example.com".to_owned(),
            },
            Refusal::NotFound("member"),
            Refusal::VersionConflict { now: 2 },
            Refusal::LimitReached {
                what: "open invitations",
                max: 100,
            },
            Refusal::LastOwner,
            Refusal::AlreadyMember,
            Refusal::AlreadyInvited,
            Refusal::ConfirmationMismatch,
            Refusal::Crowded,
            Refusal::Fault(Fault::Corrupt("usr_1".to_owned())),
            Refusal::Broken("what does not fail has failed"),
        ]
    }

    #[test]
    fn two_refusals_keep_what_was_written() {
        let kept: Vec<Code> = every().iter().filter(|it| it.keeps()).map(Refuse::code).collect();
        assert_eq!(kept, [Code::CodeInvalid, Code::TokenReused]);
    }

    #[test]
    fn only_our_own_faults_are_internal() {
        for refusal in every() {
            let is_ours = matches!(refusal, Refusal::Fault(_) | Refusal::Broken(_));
            assert_eq!(refusal.kind() == Kind::Internal, is_ours, "{refusal}");
            assert_eq!(refusal.code() == Code::Internal, is_ours, "{refusal}");
        }
    }

    #[test]
    fn whoever_is_to_come_back_is_told_when() {
        for refusal in every() {
            let is_later = matches!(refusal.kind(), Kind::Throttled | Kind::Unavailable);
            assert_eq!(refusal.retry_after().is_some(), is_later, "{refusal}");
        }
    }
}
