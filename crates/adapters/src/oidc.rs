//! Signing in with a token that somebody else has issued (OpenID Connect), as Supabase and Clerk do.
//!
//! **Invariant:** a key is used only for the algorithm it was published for, and only [`ALGORITHMS`] exist.
//! **Invariant:** whatever strangers send, one issuer is asked at most once in [`ASK_AGAIN_AFTER`].
//! Time is an argument everywhere.

mod cache;
mod fetch;
mod issuer;
mod keys;
mod refusal;
mod token;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use cache::KeyCache;
pub use cache::{ASK_AGAIN_AFTER, KEYS_FRESH_FOR, KEYS_USABLE_FOR};
pub use fetch::{FETCH_TIMEOUT, FetchFailure, MAX_DOCUMENT_BYTES};
pub use issuer::{Issuer, IssuerRefusal, MAX_NAME_BYTES};
pub use keys::{ALGORITHMS, MAX_KEYS, RSA_BITS};
pub use refusal::Refusal;
use token::Token;
pub use token::{LEEWAY, MAX_SUBJECT_BYTES, MAX_TOKEN_BYTES};

/// Whom a token speaks of, once it has been believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Who says so: an issuer's own name.
    pub issuer: String,
    /// The person's name at that issuer, for ever the same.
    pub subject: String,
    /// The person's address, if the token has one.
    pub email: Option<String>,
    /// Whether the issuer says that the address is the person's own.
    pub email_verified: bool,
    /// What to call the person.
    pub name: Option<String>,
}

/// Somebody who vouches for people.
#[async_trait]
pub trait IdentityProvider: Send + Sync {
    /// Whom `token` speaks of, if it is good at `now`.
    ///
    /// # Errors
    /// [`Refusal`] says what is wrong with the token, never what it says.
    async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Verified, Refusal>;
}

/// The issuers that an operator has named.
#[derive(Debug)]
pub struct Issuers(Vec<Arc<KeyCache>>);

impl Issuers {
    /// Knows these issuers; asks them only when a token needs it.
    ///
    /// # Errors
    /// When this machine has no certificates to trust.
    pub fn new(issuers: Vec<Issuer>) -> Result<Self, FetchFailure> {
        let client = fetch::client()?;
        Ok(Self(
            issuers
                .into_iter()
                .map(|issuer| Arc::new(KeyCache::new(issuer, client.clone())))
                .collect(),
        ))
    }
}

#[async_trait]
impl IdentityProvider for Issuers {
    async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Verified, Refusal> {
        let token = Token::read(token)?;
        let issuer = self
            .0
            .iter()
            .find(|it| it.issuer.name() == token.issuer())
            .ok_or(Refusal::Issuer)?;
        let key = issuer.key(token.key_id(), token.algorithm(), now).await?;
        token.believe(&key)?.hold(&issuer.issuer, now)
    }
}

#[cfg(test)]
mod tests;
