//! What an answer means: done, refused in words of ours, or something that nobody should ever hear.

use serde_json::Value;

/// Codes that tell somebody that another was faster, or that something cannot happen now.
const REFUSALS: [&str; 12] = [
    "HOLD_INVALID",
    "INVALID_INPUT",
    "LAPSED",
    "LIMIT_REACHED",
    "NOT_COVERED",
    "NOT_FOUND",
    "SEATS_FULL",
    "SLOT_TAKEN",
    "SLOT_UNAVAILABLE",
    "TOKEN_INVALID",
    "TRANSITION_REFUSED",
    "VERSION_CONFLICT",
];

/// What came of a mutation.
#[derive(Debug)]
pub(crate) enum Answer {
    /// It is done; the payload.
    Done(Value),
    /// It was refused, with this code.
    Refused(String),
    /// Something that is no refusal: a fault, a deadlock, a busy database.
    Leaked(String),
}

/// Reads the answer to one mutation.
pub(crate) fn read(mutation: &str, body: &Value) -> Answer {
    if body.get("errors").is_some() {
        return Answer::Leaked(format!("{mutation}: {body}"));
    }
    let payload = &body["data"][mutation];
    match payload["userErrors"].as_array().map(Vec::as_slice) {
        Some([]) => Answer::Done(payload.clone()),
        Some([first, ..]) => match first["code"].as_str() {
            Some(code) if REFUSALS.contains(&code) => Answer::Refused(code.to_owned()),
            Some(_) | None => Answer::Leaked(format!("{mutation}: {body}")),
        },
        None => Answer::Leaked(format!("{mutation}: {body}")),
    }
}
