//! Asking an issuer for its keys.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::issuer::Issuer;
use super::keys::{Jwks, Keys};

/// How long one of the two documents may take.
pub const FETCH_TIMEOUT: Duration = Duration::from_secs(5);
/// The most bytes of one document.
pub const MAX_DOCUMENT_BYTES: usize = 256 * 1024;

/// Why there are no keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchFailure {
    /// This machine cannot ask anybody.
    #[error("no secure connections from this machine: {0}")]
    Machine(String),
    /// No answer, or not a whole one.
    #[error("the issuer does not answer")]
    Unreachable,
    /// Another answer than 200; a redirect is one too.
    #[error("the issuer answers with status {0}")]
    Status(u16),
    /// A document that is too long.
    #[error("the issuer's document has more than {MAX_DOCUMENT_BYTES} bytes")]
    TooLong,
    /// A document that says something else.
    #[error("the issuer's document is not what OpenID Connect asks for")]
    Malformed,
    /// The issuer calls itself by another name.
    #[error("the issuer describes itself under another name")]
    OtherName,
    /// The keys are said to lie where nobody may fetch them.
    #[error("the issuer's keys do not lie behind https")]
    Plain,
    /// It was asked a moment ago, in vain.
    #[error("the issuer was asked a moment ago, in vain")]
    AskedLately,
}

/// What an issuer says of itself (OpenID Connect Discovery 1.0).
#[derive(Debug, Deserialize)]
struct Description {
    issuer: String,
    jwks_uri: String,
}

/// A client that goes where it is sent and nowhere else.
pub(super) fn client() -> Result<Client, FetchFailure> {
    let builder = Client::builder()
        .redirect(Policy::none())
        .timeout(FETCH_TIMEOUT)
        .no_proxy();
    builder
        .build()
        .map_err(|why| FetchFailure::Machine(why.to_string()))
}

/// The keys that `issuer` publishes now.
pub(super) async fn keys(client: &Client, issuer: &Issuer) -> Result<Keys, FetchFailure> {
    let description: Description = document(client, &issuer.discovery()).await?;
    if description.issuer != issuer.name() {
        return Err(FetchFailure::OtherName);
    }
    let url = Url::parse(&description.jwks_uri).map_err(|_| FetchFailure::Malformed)?;
    if !issuer.may_publish_at(&url) {
        return Err(FetchFailure::Plain);
    }
    document(client, url.as_str())
        .await
        .map(|published: Jwks| published.into())
}

async fn document<T: DeserializeOwned>(client: &Client, url: &str) -> Result<T, FetchFailure> {
    let unreachable = |why: reqwest::Error| {
        tracing::warn!(why = &why as &dyn std::error::Error, "an issuer does not answer");
        FetchFailure::Unreachable
    };
    let mut response = client.get(url).send().await.map_err(unreachable)?;
    if response.status() != StatusCode::OK {
        return Err(FetchFailure::Status(response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > MAX_DOCUMENT_BYTES {
            return Err(FetchFailure::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&body).map_err(|_| FetchFailure::Malformed)
}
