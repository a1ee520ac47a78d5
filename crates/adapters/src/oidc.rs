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

use tenancy::{IdentityProvider, IdentityRefusal, Verified};

use cache::KeyCache;
pub use cache::{ASK_AGAIN_AFTER, KEYS_FRESH_FOR, KEYS_USABLE_FOR};
pub use fetch::{FETCH_TIMEOUT, FetchFailure, MAX_DOCUMENT_BYTES};
pub use issuer::{Issuer, IssuerRefusal, MAX_NAME_BYTES};
pub use keys::{ALGORITHMS, MAX_KEYS, RSA_BITS};
pub use refusal::Refusal;
use token::Token;
pub use token::{LEEWAY, MAX_SUBJECT_BYTES, MAX_TOKEN_BYTES};

/// The issuers that an operator has named.
#[derive(Debug)]
pub struct Issuers(Vec<Arc<KeyCache>>);

impl Issuers {
    /// Knows these issuers; asks them only when a token needs it.
    ///
    /// # Errors
    /// When there are issuers and this machine has no certificates to trust.
    ///
    /// # Panics
    /// When there are issuers and the process has not installed its TLS provider.
    pub fn new(issuers: Vec<Issuer>) -> Result<Self, FetchFailure> {
        let cache = |issuer| Ok(Arc::new(KeyCache::new(issuer, fetch::client()?)));
        issuers.into_iter().map(cache).collect::<Result<_, _>>().map(Self)
    }
}

impl Issuers {
    /// Whom `token` speaks of, if it is good at `now`.
    ///
    /// # Errors
    /// [`Refusal`] says what is wrong with the token, never what it says.
    pub async fn read(&self, token: &str, now: DateTime<Utc>) -> Result<Verified, Refusal> {
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

#[async_trait]
impl IdentityProvider for Issuers {
    async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Verified, IdentityRefusal> {
        self.read(token, now).await.map_err(|refusal| {
            tracing::info!(reason = %refusal, "a token was not believed");
            if matches!(refusal, Refusal::Unavailable(_)) {
                IdentityRefusal::Unreachable(refusal.into())
            } else {
                IdentityRefusal::Rejected(refusal.into())
            }
        })
    }
}

#[cfg(test)]
mod tests;
