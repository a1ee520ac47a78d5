//! Letters: what is to be sent to somebody after a commit, and who carries it.

use std::fmt;

use async_trait::async_trait;
use db::Token;
use kernel::{Email, Locale, Name};
use secrecy::SecretString;
use uuid::Uuid;

/// One letter. Its id is that of the row behind it: a letter that comes twice is the same letter.
#[derive(Clone)]
pub struct Letter {
    /// The same for the same letter.
    pub id: Uuid,
    /// To whom.
    pub to: Email,
    /// What they are called, where that is known.
    pub name: Option<Name>,
    /// The language to write in.
    pub locale: Locale,
    /// What it says.
    pub matter: Matter,
}

/// What a letter says.
#[derive(Debug, Clone)]
pub enum Matter {
    /// Choose a new password with these digits.
    PasswordReset {
        /// Eight of them.
        digits: SecretString,
    },
    /// Show with these digits that the address is yours.
    EmailVerification {
        /// Eight of them.
        digits: SecretString,
    },
    /// Join an organization with this token.
    Invitation {
        /// What the organization is called.
        organization: Name,
        /// The secret.
        token: Token,
    },
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // To whom and in what words is personal.
        f.debug_struct("Letter")
            .field("id", &self.id)
            .field("matter", &self.matter)
            .finish_non_exhaustive()
    }
}

/// A letter could not be handed over; it may be tried again.
#[derive(Debug, thiserror::Error)]
#[error("the letter could not be handed over")]
pub struct Undelivered(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Whoever carries letters. Called after the commit, and not awaited by whoever asked: how long it takes must not tell
/// whether there was a letter.
#[async_trait]
pub trait Courier: fmt::Debug + Send + Sync + 'static {
    /// Hands one letter over.
    ///
    /// # Errors
    /// If it could not be handed over.
    async fn deliver(&self, letter: Letter) -> Result<(), Undelivered>;
}
