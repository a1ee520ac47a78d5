//! A refusal of the door itself.

use std::time::Duration;

use async_graphql_parser::Pos;

use crate::Code;

/// Why a request did not run. Its message is written for the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Refused {
    /// The kind of refusal.
    pub code: Code,
    /// What is wrong, and what would be right.
    pub message: String,
    /// Where in the document.
    pub locations: Vec<Pos>,
    /// When it is worth asking again.
    pub retry_after: Option<Duration>,
}

impl Refused {
    /// A refusal with nothing but its reason.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            locations: Vec::new(),
            retry_after: None,
        }
    }

    /// Names the place, unless a closer one is named already.
    #[must_use]
    pub fn at(mut self, pos: Pos) -> Self {
        if self.locations.is_empty() {
            self.locations.push(pos);
        }
        self
    }

    /// Names the time to wait.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }
}
