//! Events for other people's servers.

pub mod body;
pub mod delivery;
pub mod endpoint;
pub mod log;
pub mod schedule;
pub mod sign;
pub mod wanted;

use std::fmt;

use async_trait::async_trait;
use url::Url;

/// The most bytes of an answer that are read.
pub const ANSWER_MAX: usize = 2_000;

/// One request to an endpoint.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where to.
    pub url: Url,
    /// Beside those that every request has.
    pub headers: [(&'static str, String); 3],
    /// JSON.
    pub body: String,
}

/// What an endpoint answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Of HTTP.
    pub status: u16,
    /// The header `Retry-After`.
    pub retry_after: Option<String>,
    /// The beginning of the body, [`ANSWER_MAX`] bytes at most.
    pub body: String,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreached {
    /// The address is not one that may be asked: not on https, or not of the public network.
    #[error("the address is not of the public network: {0}")]
    Forbidden(String),
    /// It took too long.
    #[error("no answer in time")]
    TimedOut,
    /// No connection, or one that broke.
    #[error("no connection")]
    NoConnection,
}

/// Whoever asks other people's servers. Never called while a work is open.
#[async_trait]
pub trait Wire: fmt::Debug + Send + Sync + 'static {
    /// Whether an address may be asked at all, as far as its text says.
    ///
    /// # Errors
    /// If it may not.
    fn admit(&self, url: &Url) -> Result<(), Unreached>;

    /// Sends one request.
    ///
    /// # Errors
    /// If there is no answer.
    async fn post(&self, request: &Request) -> Result<Answer, Unreached>;
}
