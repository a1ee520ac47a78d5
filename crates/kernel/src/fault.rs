//! How things are refused: a kind for the transport, a stable code for programs, a sentence for people.

use std::fmt;

/// What sort of refusal it is. The gateway turns it into a place: `userErrors` or top-level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nobody is signed in, or the credential is no good.
    Unauthenticated,
    /// Signed in, without the right.
    Forbidden,
    /// Not there, or not yours: the same answer.
    NotFound,
    /// What was sent makes no sense; the person can mend it.
    Invalid,
    /// It made sense, but the world says no; the person can choose otherwise.
    Conflict,
    /// Too often.
    Throttled,
    /// Nothing wrong with the request; try again in a moment.
    Unavailable,
    /// Our fault. Its text never reaches a client.
    Internal,
}

/// A refusal of some domain. One enum per domain implements it, matching without `_`.
pub trait Refuse: std::error::Error + Send + Sync + 'static {
    /// What sort it is.
    fn kind(&self) -> Kind;

    /// The stable code.
    fn code(&self) -> Code;

    /// The input field that it is about, as the API spells it.
    fn field(&self) -> Option<&str> {
        None
    }

    /// Whether what the verb wrote before refusing stays written (a wrong code counts an attempt).
    fn keeps(&self) -> bool {
        false
    }

    /// When to come back, for [`Kind::Throttled`] and [`Kind::Unavailable`].
    fn retry_after(&self) -> Option<chrono::TimeDelta> {
        None
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $word:literal,)*) => {
        /// Why something was refused. Codes are never renamed and never change their meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "graphql", derive(async_graphql::Enum), graphql(name = "ErrorCode"))]
        pub enum Code {
            $($(#[doc = $doc])* $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Code] = &[$(Code::$name),*];

            /// The code as clients see it.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Code::$name => $word,)* }
            }
        }
    };
}

codes! {
    /// The invited person belongs to the organization already.
    AlreadyMember = "ALREADY_MEMBER",
    /// The code is wrong, used, expired, or was tried too often.
    CodeInvalid = "CODE_INVALID",
    /// The words typed to confirm are not the ones asked for.
    ConfirmationMismatch = "CONFIRMATION_MISMATCH",
    /// It is meant for another e-mail address than the one you signed in with.
    EmailMismatch = "EMAIL_MISMATCH",
    /// Signed in, but without the right to do this.
    Forbidden = "FORBIDDEN",
    /// The hold is unknown, has lapsed, or keeps something else.
    HoldInvalid = "HOLD_INVALID",
    /// The same idempotency key came with another request.
    IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED",
    /// Something went wrong on our side; quote the error id.
    Internal = "INTERNAL",
    /// Something else still needs it.
    InUse = "IN_USE",
    /// No account matches this e-mail and password.
    InvalidCredentials = "INVALID_CREDENTIALS",
    /// A value was sent that cannot be meant; the message says what would be right.
    InvalidInput = "INVALID_INPUT",
    /// The last owner cannot leave, be removed or be given a lesser role.
    LastOwner = "LAST_OWNER",
    /// It has waited too long and is no more.
    Lapsed = "LAPSED",
    /// The most that this organization or account can have is reached.
    LimitReached = "LIMIT_REACHED",
    /// Some of the bookings that were to be covered cannot be.
    NotCovered = "NOT_COVERED",
    /// It does not exist, or is not yours to see.
    NotFound = "NOT_FOUND",
    /// What was offered is booked, passed on, or was not answered in time.
    OfferGone = "OFFER_GONE",
    /// No organization was named, and this needs one.
    OrganizationRequired = "ORGANIZATION_REQUIRED",
    /// Too often; wait as long as it says.
    RateLimited = "RATE_LIMITED",
    /// The booking request was booked, has expired or was cancelled; the message says which.
    RequestClosed = "REQUEST_CLOSED",
    /// No seat is left.
    SeatsFull = "SEATS_FULL",
    /// Occurrences of the series cannot be booked; the message names every one.
    SeriesConflict = "SERIES_CONFLICT",
    /// What happened after that cursor is no longer all there: read the present state, then go on from now.
    SnapshotRequired = "SNAPSHOT_REQUIRED",
    /// Somebody else has this time; choose another.
    SlotTaken = "SLOT_TAKEN",
    /// The time cannot be booked; `slotExplain` says why.
    SlotUnavailable = "SLOT_UNAVAILABLE",
    /// Somebody else has it already.
    Taken = "TAKEN",
    /// The token is unknown, expired, revoked or used.
    TokenInvalid = "TOKEN_INVALID",
    /// A refresh token came back after it was replaced; every session of its family has been ended.
    TokenReused = "TOKEN_REUSED",
    /// That cannot happen to it in the state that it is in, or not now.
    TransitionRefused = "TRANSITION_REFUSED",
    /// Sign in first.
    Unauthenticated = "UNAUTHENTICATED",
    /// Nothing wrong with the request; try again in a moment.
    Unavailable = "UNAVAILABLE",
    /// Somebody changed it since you read it; read again.
    VersionConflict = "VERSION_CONFLICT",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Somebody asked for what they may not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// Nobody is signed in.
    Unauthenticated,
    /// Somebody is, without this right.
    Forbidden(crate::Right),
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthenticated => f.write_str("sign in first"),
            Self::Forbidden(right) => write!(f, "this needs the right {right}"),
        }
    }
}

impl std::error::Error for Denied {}

impl Denied {
    /// What sort of refusal it is.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Unauthenticated => Kind::Unauthenticated,
            Self::Forbidden(_) => Kind::Forbidden,
        }
    }

    /// Its stable code.
    #[must_use]
    pub fn code(self) -> Code {
        match self {
            Self::Unauthenticated => Code::Unauthenticated,
            Self::Forbidden(_) => Code::Forbidden,
        }
    }
}
