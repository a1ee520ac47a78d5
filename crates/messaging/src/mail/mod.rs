//! Letters to those whom an organization serves: which there are, what they say, and who carries them.

pub mod date;
pub mod delivery;
pub mod invite;
pub mod own;
pub mod template;
mod words;

use std::fmt;

use async_trait::async_trait;
use kernel::{Email, Name};
use sea_orm::{DeriveActiveEnum, EnumIter};

/// Which letter it is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(
    feature = "graphql",
    derive(async_graphql::Enum),
    graphql(name = "TemplateKey")
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Key {
    /// A booking waits for an answer.
    #[sea_orm(string_value = "BOOKING_REQUESTED")]
    BookingRequested,
    /// A booking stands.
    #[sea_orm(string_value = "BOOKING_CONFIRMED")]
    BookingConfirmed,
    /// A booking was refused.
    #[sea_orm(string_value = "BOOKING_REJECTED")]
    BookingRejected,
    /// A booking was called off.
    #[sea_orm(string_value = "BOOKING_CANCELLED")]
    BookingCancelled,
    /// A booking has another time.
    #[sea_orm(string_value = "BOOKING_MOVED")]
    BookingMoved,
    /// A booking begins soon.
    #[sea_orm(string_value = "BOOKING_REMINDER")]
    BookingReminder,
}

impl Key {
    /// Every letter.
    pub const ALL: [Self; 6] = [
        Self::BookingRequested,
        Self::BookingConfirmed,
        Self::BookingRejected,
        Self::BookingCancelled,
        Self::BookingMoved,
        Self::BookingReminder,
    ];
}

/// A template: a subject and a body with facts in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub body: String,
}

/// One message, ready to be carried.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The same for the same message, however often it is carried: letters, digits and underscores.
    pub id: String,
    /// In whose name it is sent; the address is the installation's.
    pub from_name: Option<Name>,
    /// To whom.
    pub to: Email,
    /// What they are called.
    pub to_name: Option<Name>,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// An appointment for their calendar.
    pub invite: Option<Attachment>,
}

/// The text of an `.ics` file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// What calendars are asked to do.
    pub method: invite::Method,
    /// The file.
    pub text: String,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // To whom and in what words is personal.
        f.debug_struct("Mail")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Why a message was not carried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsent {
    /// It will never be: the address, or the message, is no good.
    #[error("refused for good: {0}")]
    Refused(String),
    /// It may be tried again.
    #[error("not now: {0}")]
    Later(String),
}

/// Whoever carries messages. Never called while a work is open.
#[async_trait]
pub trait Post: fmt::Debug + Send + Sync + 'static {
    /// In whose address messages are sent: it stands in invitations too.
    fn sender(&self) -> &Email;

    /// Hands one message over.
    ///
    /// # Errors
    /// If it was not taken.
    async fn send(&self, mail: &Mail) -> Result<(), Unsent>;
}
