//! The one place that speaks to clients about what went wrong.
//!
//! A refusal that a person could cause becomes a [`UserError`] in the payload; authentication, authorization, throttling and
//! faults become top-level errors. The inner text of a fault never leaves: the door logs it under an `errorId`.

use std::fmt::Display;

use async_graphql::{Error, ErrorExtensions, Interface, MaybeUndefined, Object};
use kernel::{Code, Denied, Kind, Refuse};

use crate::scheduling::refusal::SlotTakenError;

/// The most that one answer says is wrong with an input; whoever mends so much hears the rest the next time.
pub const WRONG_MAX: usize = 20;

/// Something in the request that its sender can mend.
#[derive(Debug, Clone, Interface, serde::Serialize, serde::Deserialize)]
#[graphql(
    field(
        name = "code",
        ty = "Code",
        desc = "Why, for programs. Codes never change their meaning."
    ),
    field(
        name = "message",
        ty = "String",
        desc = "Why, for people, and what would be right."
    ),
    field(
        name = "field",
        ty = "Option<Vec<String>>",
        desc = "The path of the input field that it is about, such as `[\"input\", \"email\"]`; null if it is about the whole."
    )
)]
pub(crate) enum UserError {
    /// The plain kind.
    Plain(ActionError),
    /// Somebody was faster.
    SlotTaken(SlotTakenError),
}

/// A refusal with nothing to add to its code and message.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct ActionError {
    #[serde(with = "code_word")]
    pub(crate) code: Code,
    pub(crate) message: String,
    pub(crate) field: Option<Vec<String>>,
}

/// A refusal with nothing to add to its code and message.
#[Object]
impl ActionError {
    /// Why, for programs. Codes never change their meaning.
    async fn code(&self) -> Code {
        self.code
    }

    /// Why, for people, and what would be right.
    async fn message(&self) -> String {
        self.message.clone()
    }

    /// The path of the input field that it is about, such as `["input", "email"]`; null if it is about the whole.
    async fn field(&self) -> Option<Vec<String>> {
        self.field.clone()
    }
}

impl UserError {
    /// About one field of the input.
    pub(crate) fn about(field: &str, code: Code, message: &dyn Display) -> Self {
        let path = std::iter::once("input")
            .chain(field.split('.'))
            .map(ToOwned::to_owned)
            .collect();
        Self::Plain(ActionError {
            code,
            message: message.to_string(),
            field: Some(path),
        })
    }

    /// Whether it has this code.
    pub(crate) fn is(&self, code: Code) -> bool {
        match self {
            Self::Plain(error) => error.code == code,
            Self::SlotTaken(error) => error.said.code == code,
        }
    }

    fn of(refusal: &dyn Refuse) -> Self {
        match refusal.field() {
            Some(field) => Self::about(field, refusal.code(), &refusal),
            None => Self::Plain(ActionError {
                code: refusal.code(),
                message: refusal.to_string(),
                field: None,
            }),
        }
    }
}

/// Where a refusal is shown.
pub(crate) enum Shown {
    /// In the payload's `userErrors`.
    InPayload(UserError),
    /// As a top-level error.
    OnTop(Error),
}

/// Speaks about a domain's refusal.
pub(crate) fn refuse(refusal: impl Refuse) -> Shown {
    match refusal.kind() {
        Kind::Invalid | Kind::Conflict | Kind::NotFound => Shown::InPayload(UserError::of(&refusal)),
        Kind::Unauthenticated | Kind::Forbidden => Shown::OnTop(coded(refusal.code(), &refusal)),
        Kind::Throttled => Shown::OnTop(later(refusal.code(), &refusal, refusal.retry_after())),
        Kind::Unavailable => Shown::OnTop(unavailable(&refusal)),
        Kind::Internal => Shown::OnTop(door::fault(refusal)),
    }
}

/// Speaks about a refusal where there is no payload: a query. What is not there is null, so this is about the rest. The
/// argument that it is about is named in the sentence: there is no other place for it.
pub(crate) fn on_top(refusal: impl Refuse) -> Error {
    let argument = refusal.field().map(|it| format!("`{it}`: ")).unwrap_or_default();
    match refuse(refusal) {
        Shown::OnTop(error) => error,
        Shown::InPayload(UserError::Plain(said)) => {
            coded(said.code, &format_args!("{argument}{}", said.message))
        }
        Shown::InPayload(UserError::SlotTaken(error)) => coded(error.said.code, &error.said.message),
    }
}

/// What was found; nothing for what is not there, and for a secret that opens nothing.
///
/// # Errors
/// Whatever else was wrong.
pub(crate) fn found<T>(found: Result<T, impl Refuse>) -> Result<Option<T>, Error> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(refusal)
            if refusal.kind() == Kind::NotFound
                || matches!(refusal.code(), Code::TokenInvalid | Code::HoldInvalid) =>
        {
            Ok(None)
        }
        Err(refusal) => Err(on_top(refusal)),
    }
}

/// Reads an argument of a query, where there is no payload to say what is wrong with it.
pub(crate) fn asked<T: std::str::FromStr<Err: Display>>(
    argument: &str,
    text: &str,
) -> async_graphql::Result<T> {
    text.parse()
        .map_err(|wrong| coded(Code::InvalidInput, &format!("`{argument}`: {wrong}")))
}

/// A field of a patch as the domains have it: absent, taken away, or given.
pub(crate) fn patched<T>(value: MaybeUndefined<T>) -> Option<Option<T>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}

/// A top-level error whose words are meant for the client.
pub(crate) fn coded(code: Code, message: &dyn Display) -> Error {
    Error::new(message.to_string()).extend_with(|_, extensions| extensions.set("code", code.word()))
}

/// Somebody may not do this.
pub(crate) fn denied(denied: Denied) -> Error {
    coded(denied.code(), &denied)
}

/// The database said no, outside any verb.
pub(crate) fn broken(fault: db::Fault) -> Error {
    if fault.kind() == Kind::Unavailable {
        unavailable(&fault)
    } else {
        door::fault(fault)
    }
}

/// Nothing wrong with the request; the cause is for the log.
pub(crate) fn unavailable(cause: &dyn Display) -> Error {
    tracing::warn!(cause = %cause, "unavailable for a moment");
    later(
        Code::Unavailable,
        &"Try again in a moment; nothing was changed.",
        Some(chrono::TimeDelta::seconds(1)),
    )
}

/// The database was lost while a work was being committed: nobody knows whether it was done.
pub(crate) fn uncertain(fault: &db::Fault) -> Error {
    tracing::error!(%fault, "a commit has an unknown end");
    let message = "It is not known whether this was done; send it again with the same idempotencyKey.";
    later(Code::Unavailable, &message, Some(chrono::TimeDelta::seconds(1)))
}

/// Something that will go well later.
pub(crate) fn later(code: Code, message: &dyn Display, wait: Option<chrono::TimeDelta>) -> Error {
    coded(code, message).extend_with(|_, extensions| {
        extensions.set("retryable", true);
        if let Some(wait) = wait {
            extensions.set("retryAfterMs", wait.num_milliseconds());
        }
    })
}

/// Reads an input's fields and collects everything that is wrong with them.
#[derive(Debug, Default)]
pub(crate) struct Form(Vec<UserError>);

impl Form {
    /// Takes a field's value, or notes why it cannot be meant.
    pub(crate) fn read<T, E: Display>(&mut self, field: &str, value: Result<T, E>) -> Option<T> {
        value
            .map_err(|wrong| self.0.push(UserError::about(field, Code::InvalidInput, &wrong)))
            .ok()
    }

    /// Parses a field's text.
    pub(crate) fn parse<T: std::str::FromStr<Err: Display>>(&mut self, field: &str, text: &str) -> Option<T> {
        self.read(field, text.parse())
    }

    /// Parses a field's text if there is one.
    pub(crate) fn parse_if<T: std::str::FromStr<Err: Display>>(
        &mut self,
        field: &str,
        text: Option<&str>,
    ) -> Option<Option<T>> {
        text.map_or(Some(None), |text| self.parse(field, text).map(Some))
    }

    /// Parses a field's text in a patch: absent, taken away, or given.
    pub(crate) fn parse_patch<T: std::str::FromStr<Err: Display>>(
        &mut self,
        field: &str,
        text: MaybeUndefined<String>,
    ) -> Option<Option<Option<T>>> {
        match text {
            MaybeUndefined::Undefined => Some(None),
            MaybeUndefined::Null => Some(Some(None)),
            MaybeUndefined::Value(text) => self.parse(field, &text).map(|it| Some(Some(it))),
        }
    }

    /// The command, if every field could be meant.
    ///
    /// # Errors
    /// Everything that could not, up to [`WRONG_MAX`].
    pub(crate) fn done<T>(mut self, command: Option<T>) -> Result<T, Vec<UserError>> {
        self.0.truncate(WRONG_MAX);
        match command {
            Some(command) if self.0.is_empty() => Ok(command),
            _ => Err(self.0),
        }
    }
}

mod code_word {
    use kernel::Code;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(code: &Code, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(code.word())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Code, D::Error> {
        let word = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        let known = Code::ALL.iter().find(|code| code.word() == word);
        known.copied().ok_or_else(|| serde::de::Error::custom("no code"))
    }
}
