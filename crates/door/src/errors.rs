//! One shape for every error that leaves, and the one place where a fault is logged.
//!
//! An error passes with its own words only if somebody meant them for the caller: the gateway by setting
//! `extensions.code`, the validator by refusing the document, an input type by refusing a value. Anything else
//! is [`Code::Internal`]: its words go to the log under the `errorId` that the caller gets instead.

use std::{any::Any, error::Error as StdError, sync::Arc};

use async_graphql::{Error, ErrorExtensionValues, ServerError, Value};

use crate::{Code, Refused};

const INTERNAL: &str = "Something went wrong on our side. Quote the errorId if you ask about it.";

/// A fault that a resolver met. The chain of its causes is logged, and the caller sees none of it.
pub fn fault(cause: impl StdError + Send + Sync + 'static) -> Error {
    let mut error = Error::new(INTERNAL);
    error.source = Some(Arc::new(Cause(Box::new(cause))));
    error
}

/// What stands in [`ServerError::source`] for [`fault`].
struct Cause(Box<dyn StdError + Send + Sync>);

/// Shapes the errors of one answer.
pub(crate) struct Shaper<'a> {
    /// Makes ids.
    pub(crate) mint: &'a dyn Fn() -> String,
    /// Whether validation errors may suggest names of the schema.
    pub(crate) suggests: bool,
    /// Validation errors listed at most.
    pub(crate) listed: usize,
}

impl Shaper<'_> {
    /// A refusal of the door.
    pub(crate) fn refused(&self, refused: Refused) -> ServerError {
        let mut error = ServerError::new(refused.message, None);
        error.locations = refused.locations;
        let mut extensions = ErrorExtensionValues::default();
        if let Some(wait) = refused.retry_after {
            extensions.set("retryAfterMs", wait.as_millis().min(u128::from(u64::MAX)) as u64);
        }
        error.extensions = Some(extensions);
        self.marked(error, refused.code)
    }

    /// The errors of the executor. `is_request` says that nothing was executed.
    pub(crate) fn executed(&self, mut errors: Vec<ServerError>, is_request: bool) -> Vec<ServerError> {
        if is_request {
            errors.truncate(self.listed);
        }
        errors.into_iter().map(|error| self.shape(error)).collect()
    }

    /// A panic of a resolver.
    pub(crate) fn panicked(&self, panic: &(dyn Any + Send)) -> ServerError {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("a panic without words");
        self.internal(ServerError::new(format!("panicked: {text}"), None))
    }

    /// A fault outside the executor.
    pub(crate) fn broken(&self, cause: &(dyn StdError + 'static), code: Code, message: &str) -> ServerError {
        let error = self.marked(ServerError::new(message, None), code);
        tracing::error!(error_id = id_of(&error), code = %code, chain = chain(cause), "the host failed");
        error
    }

    fn shape(&self, error: ServerError) -> ServerError {
        if code_of(&error).is_some() {
            return self.complete(error);
        }
        if error.source.is_some() {
            return self.internal(error);
        }
        if error.path.is_empty() && !error.locations.is_empty() {
            let mut error = error;
            if !self.suggests {
                strip_suggestion(&mut error.message);
            }
            return self.marked(error, Code::ValidationFailed);
        }
        if is_about_input(&error.message) {
            let mut error = error;
            strip_value(&mut error.message);
            return self.marked(error, Code::InvalidInput);
        }
        self.internal(error)
    }

    fn internal(&self, error: ServerError) -> ServerError {
        let mut shown = ServerError::new(INTERNAL, None);
        shown.locations.clone_from(&error.locations);
        shown.path.clone_from(&error.path);
        let shown = self.marked(shown, Code::Internal);
        let chain = match error.source.as_deref().and_then(|it| it.downcast_ref::<Cause>()) {
            Some(Cause(cause)) => chain(cause.as_ref()),
            None => error.message,
        };
        let path = path_of(&error.path);
        tracing::error!(error_id = id_of(&shown), path, chain, "a request met a fault");
        shown
    }

    fn marked(&self, mut error: ServerError, code: Code) -> ServerError {
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", code.as_str());
        if extensions.get("retryable").is_none() {
            extensions.set("retryable", code.is_retryable());
        }
        self.complete(error)
    }

    fn complete(&self, mut error: ServerError) -> ServerError {
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("errorId").is_none() {
            extensions.set("errorId", (self.mint)());
        }
        if extensions.get("retryable").is_none() {
            extensions.set("retryable", false);
        }
        error
    }
}

/// The `extensions.code` of an error.
pub(crate) fn code_of(error: &ServerError) -> Option<&str> {
    text_of(error, "code")
}

fn id_of(error: &ServerError) -> Option<&str> {
    text_of(error, "errorId")
}

fn text_of<'a>(error: &'a ServerError, name: &str) -> Option<&'a str> {
    if let Value::String(text) = error.extensions.as_ref()?.get(name)? {
        Some(text)
    } else {
        None
    }
}

fn path_of(path: &[async_graphql::PathSegment]) -> String {
    let segment = |it: &async_graphql::PathSegment| match it {
        async_graphql::PathSegment::Field(name) => name.clone(),
        async_graphql::PathSegment::Index(index) => index.to_string(),
    };
    path.iter().map(segment).collect::<Vec<_>>().join(".")
}

fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut link = error.source();
    while let Some(cause) = link {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        link = cause.source();
    }
    text
}

/// The words in which input types refuse a value; they speak of the caller's own text.
fn is_about_input(message: &str) -> bool {
    ["Failed to parse \"", "Expected input type \""]
        .iter()
        .any(|it| message.starts_with(it))
}

fn strip_suggestion(message: &mut String) {
    if let Some(at) = message.find(" Did you mean") {
        message.truncate(at);
    }
}

/// Takes out the value that an input type did not expect: a password in the wrong place is still a password, and answers
/// end up in other people's logs.
fn strip_value(message: &mut String) {
    const FOUND: &str = "\", found ";
    const WITHIN: &str = " (occurred while parsing \"";
    if !message.starts_with("Expected") {
        return;
    }
    let Some(from) = message.find(FOUND) else {
        return;
    };
    let mut until = message.len();
    while let Some(at) = message[..until].rfind(WITHIN)
        && message[at + WITHIN.len()..until]
            .strip_suffix("\")")
            .is_some_and(|name| name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_'))
    {
        until = at;
    }
    message.replace_range(from + 1..until.max(from + 1), ".");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(error: ServerError) -> ServerError {
        let mint = || "err_1".to_owned();
        Shaper {
            mint: &mint,
            suggests: false,
            listed: 2,
        }
        .shape(error)
    }

    fn at_a_place(message: &str) -> ServerError {
        ServerError::new(message, Some(async_graphql::Pos { line: 1, column: 1 }))
    }

    fn in_a_resolver(message: &str) -> ServerError {
        at_a_place(message).with_path(vec![async_graphql::PathSegment::Field("booking".into())])
    }

    #[test]
    fn what_nobody_meant_for_the_caller_loses_its_words() {
        let mut sourced = at_a_place("relation \"bookings\" does not exist");
        sourced.source = Some(Arc::new("a database"));
        let placeless = ServerError::new("connection refused", None);
        for error in [sourced, placeless, in_a_resolver("pool timed out")] {
            let shaped = shape(error);
            assert_eq!(
                (code_of(&shaped), shaped.message.as_str()),
                (Some("INTERNAL"), INTERNAL)
            );
        }
    }

    #[test]
    fn what_was_meant_for_the_caller_keeps_them() {
        let mut marked = in_a_resolver("Sign in first.");
        marked
            .extensions
            .get_or_insert_default()
            .set("code", "UNAUTHENTICATED");
        let cases = [
            (marked, "UNAUTHENTICATED", "Sign in first."),
            (
                at_a_place("Unknown field \"x\"."),
                "VALIDATION_FAILED",
                "Unknown field \"x\".",
            ),
            (
                in_a_resolver("Failed to parse \"Date\": no"),
                "INVALID_INPUT",
                "Failed to parse \"Date\": no",
            ),
        ];
        for (error, code, message) in cases {
            let shaped = shape(error);
            assert_eq!((code_of(&shaped), shaped.message.as_str()), (Some(code), message));
            assert_eq!(id_of(&shaped), Some("err_1"));
            assert_eq!(
                shaped.extensions.unwrap().get("retryable"),
                Some(&Value::Boolean(false))
            );
        }
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_not_said_again() {
        let said = [
            ("[\"secret\"].", "Expected input type \"Int\"."),
            (
                "{text: \"x (occurred while parsing \\\"A\\\")\"}. (occurred while parsing \"B\") (occurred while parsing \"CInput\")",
                "Expected input type \"Int\". (occurred while parsing \"B\") (occurred while parsing \"CInput\")",
            ),
            (
                "\", found \". (occurred while parsing \"B c\")",
                "Expected input type \"Int\".",
            ),
        ];
        for (found, shown) in said {
            let error = ServerError::new(format!("Expected input type \"Int\", found {found}"), None);
            assert_eq!(shape(error).message, shown);
        }
    }

    #[test]
    fn names_of_the_schema_are_not_suggested_to_strangers() {
        let shaped = shape(at_a_place("Unknown field \"slot\". Did you mean \"slots\"?"));
        assert_eq!(shaped.message, "Unknown field \"slot\".");
    }
}
