//! Why a token is not believed. No text repeats anything of the token.

use super::fetch::FetchFailure;
use super::keys::ALGORITHMS;
use super::token::{LEEWAY, MAX_SUBJECT_BYTES, MAX_TOKEN_BYTES};

/// One reason each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Too long to be looked at.
    #[error("the token has more than {MAX_TOKEN_BYTES} bytes")]
    TooLong,
    /// Not a signed JWT.
    #[error("the token is not three parts of base64url, the first two JSON objects with the usual members")]
    Malformed,
    /// Signed in a way that is not accepted: also not at all, or with a shared secret.
    #[error("the token's `alg` must be one of {}", ALGORITHMS.join(", "))]
    Algorithm,
    /// A JWT for another purpose.
    #[error("the token's `typ` must be JWT or at+jwt, or absent")]
    Type,
    /// Its header demands something that is not understood here.
    #[error("the token's `crit` demands extensions, and none is known here")]
    Critical,
    /// It does not say which key has signed it.
    #[error("the token's header must name its key in `kid`")]
    NoKeyId,
    /// From an issuer that is not configured.
    #[error("the token's `iss` is not a configured issuer")]
    Issuer,
    /// Signed with a key that its issuer does not publish, or has published since it was last asked.
    #[error("the token's `kid` is not among its issuer's keys")]
    UnknownKey,
    /// The key is there, and it is for another algorithm.
    #[error("the token's `alg` is not the one its key was published for")]
    KeyMismatch,
    /// Not signed by that key.
    #[error("the token's signature does not fit")]
    Signature,
    /// Made for another application.
    #[error("the token's `aud` names none of the configured audiences")]
    Audience,
    /// Made at the wish of another application.
    #[error("the token's `azp` is none of the configured authorized parties")]
    AuthorizedParty,
    /// Its time is over.
    #[error("the token has expired (`exp`, with {} s of grace)", LEEWAY.num_seconds())]
    Expired,
    /// Its time has not come.
    #[error("the token is not valid yet (`nbf`, with {} s of grace)", LEEWAY.num_seconds())]
    NotYetValid,
    /// Made in the future.
    #[error("the token was issued in the future (`iat`, with {} s of grace)", LEEWAY.num_seconds())]
    IssuedLater,
    /// About nobody.
    #[error("the token's `sub` must have 1 to {MAX_SUBJECT_BYTES} bytes")]
    Subject,
    /// The issuer's keys cannot be had now; the token may be good.
    #[error("the issuer's keys cannot be fetched: {0}")]
    Unavailable(FetchFailure),
}
