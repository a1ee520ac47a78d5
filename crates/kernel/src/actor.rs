//! Who is asking.

use serde::{Deserialize, Serialize};

use crate::id::{ApiKeyId, UserId};

/// Whoever stands behind a request, a timer or a command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Actor {
    /// A signed-in person.
    User(UserId),
    /// An integrator's key.
    ApiKey(ApiKeyId),
    /// Somebody without credentials.
    Anonymous,
    /// The house itself.
    System(SystemKind),
}

/// Which part of the house acts when nobody asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SystemKind {
    /// Finds out who is asking, before anybody is.
    Door,
    /// The worker, keeping what was promised.
    Worker,
    /// Somebody at the command line of the machine.
    Operator,
}

impl Actor {
    /// The signed-in person, if it is one.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::User(id) => Some(*id),
            Self::ApiKey(_) | Self::Anonymous | Self::System(_) => None,
        }
    }

    /// The word that stands for this kind of actor in rows and answers.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "USER",
            Self::ApiKey(_) => "API_KEY",
            Self::Anonymous => "ANONYMOUS",
            Self::System(_) => "SYSTEM",
        }
    }

    /// The id or the part of the house, in text; nothing for somebody unknown.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        match self {
            Self::User(id) => Some(id.to_string()),
            Self::ApiKey(id) => Some(id.to_string()),
            Self::Anonymous => None,
            Self::System(SystemKind::Door) => Some("DOOR".to_owned()),
            Self::System(SystemKind::Worker) => Some("WORKER".to_owned()),
            Self::System(SystemKind::Operator) => Some("OPERATOR".to_owned()),
        }
    }
}
