//! The codes that sockets are closed with.

use std::borrow::Cow;

use axum::extract::ws::{CloseFrame, Message};

use crate::meter;

/// Why the door closes a socket. Those from 4400 on are `graphql-transport-ws`'s own; after a code that
/// [`Close::code`] marks with "again", the clients we know reconnect by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Close {
    /// The client said goodbye.
    Goodbye,
    /// The client is gone, or silent for two rounds of pings.
    Gone,
    /// The service stops here and is up elsewhere.
    Restart,
    /// The client does not read what it asked for.
    Slow,
    /// It could not be found out who asks.
    Unavailable,
    /// A message is larger than allowed.
    TooLarge,
    /// Not a message of the protocol.
    Invalid(String),
    /// Asked before being let in, or with a credential that is not valid.
    Unauthorized(String),
    /// The credential does not open this, or no longer stands.
    Forbidden(String),
    /// Silent instead of saying who it is.
    InitTimeout,
    /// This id is taken on this socket.
    Duplicate(String),
    /// Said twice who it is.
    TooManyInits,
}

impl Close {
    fn code(&self) -> u16 {
        match self {
            Self::Goodbye => 1000,
            Self::Gone => 1001,     // again
            Self::TooLarge => 1009, // fatal
            Self::Restart => 1012,  // again
            // Again, and from the last cursor: nothing that is journalled is lost.
            Self::Slow | Self::Unavailable => 1013,
            Self::Invalid(_) => 4400,
            Self::Unauthorized(_) => 4401,
            Self::Forbidden(_) => 4403, // again, with what may be a fresh credential
            Self::InitTimeout => 4408,
            Self::Duplicate(_) => 4409,
            Self::TooManyInits => 4429,
        }
    }

    /// The reason, in words.
    pub(super) fn reason(&self) -> Cow<'_, str> {
        match self {
            Self::Goodbye => "Goodbye".into(),
            Self::Gone => "Nothing heard from you".into(),
            Self::TooLarge => "Message too large".into(),
            Self::Restart => "Service restart: reconnect".into(),
            Self::Slow => "Reading too slowly: reconnect and resume".into(),
            Self::Unavailable => "Try again in a moment".into(),
            Self::Invalid(why) | Self::Unauthorized(why) | Self::Forbidden(why) => why.into(),
            Self::InitTimeout => "Connection initialisation timeout".into(),
            Self::Duplicate(id) => format!("Subscriber for {id} already exists").into(),
            Self::TooManyInits => "Too many initialisation requests".into(),
        }
    }

    /// The frame to send, and counts it.
    pub(super) fn frame(&self) -> Message {
        meter::closed(self.code());
        let mut reason = self.reason().into_owned();
        // A control frame holds 125 bytes, two of them the code.
        reason.truncate(reason.floor_char_boundary(123));
        Message::Close(Some(CloseFrame {
            code: self.code(),
            reason: reason.into(),
        }))
    }
}
