//! The two protocols: `graphql-transport-ws`, and the older `graphql-ws` that mobile clients still default to.

use serde_json::{Map, Value, json};

use super::close::Close;
use crate::reply::Reply;

/// Bytes of an operation's id.
pub(super) const ID_BYTES: usize = 128;

/// What a socket speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `graphql-transport-ws`.
    Transport,
    /// `graphql-ws`, as subscriptions-transport-ws spoke it.
    Legacy,
}

/// What a client says.
#[derive(Debug, PartialEq)]
pub(super) enum Said {
    Init(Map<String, Value>),
    Ping(Option<Value>),
    Pong,
    Start { id: String, request: Value },
    Stop { id: String },
    Goodbye,
}

impl Dialect {
    /// The names of the subprotocols, the preferred one first.
    pub(super) const NAMES: [&'static str; 2] = ["graphql-transport-ws", "graphql-ws"];

    pub(super) fn named(name: &str) -> Self {
        if name == Self::NAMES[0] {
            Self::Transport
        } else {
            Self::Legacy
        }
    }

    /// Reads a message.
    pub(super) fn read(self, text: &str) -> Result<Said, Close> {
        let invalid = |why: &str| Close::Invalid(format!("Invalid message: {why}"));
        let Ok(Value::Object(mut message)) = serde_json::from_str(text) else {
            return Err(invalid("not a JSON object"));
        };
        let Some(Value::String(kind)) = message.remove("type") else {
            return Err(invalid("`type` must be a string"));
        };
        let payload = message.remove("payload");
        let id = match message.remove("id") {
            Some(Value::String(id)) if (1..=ID_BYTES).contains(&id.len()) => Some(id),
            _ => None,
        };
        let id = id.ok_or_else(|| invalid(&format!("`id` must be a string of 1 to {ID_BYTES} bytes")));
        match (self, kind.as_str()) {
            (_, "connection_init") => match payload {
                None | Some(Value::Null) => Ok(Said::Init(Map::new())),
                Some(Value::Object(payload)) => Ok(Said::Init(payload)),
                Some(_) => Err(invalid("`payload` must be an object")),
            },
            (Self::Transport, "ping") => Ok(Said::Ping(payload)),
            (Self::Transport, "pong") => Ok(Said::Pong),
            (Self::Transport, "subscribe") | (Self::Legacy, "start") => Ok(Said::Start {
                id: id?,
                request: payload.unwrap_or(Value::Null),
            }),
            (Self::Transport, "complete") | (Self::Legacy, "stop") => Ok(Said::Stop { id: id? }),
            (Self::Legacy, "connection_terminate") => Ok(Said::Goodbye),
            _ => Err(invalid("`type` is not one of this protocol")),
        }
    }

    /// The client is let in.
    pub(super) fn welcome(self) -> Vec<String> {
        let ack = json!({ "type": "connection_ack" });
        let more = self.keep_alive();
        std::iter::once(ack.to_string()).chain(more).collect()
    }

    /// The client is not let in: said before the socket is closed, where the protocol has a word for it.
    pub(super) fn unwelcome(self, why: &str) -> Option<String> {
        match self {
            Self::Transport => None,
            Self::Legacy => {
                Some(json!({ "type": "connection_error", "payload": { "message": why } }).to_string())
            }
        }
    }

    /// A word now and then, where the protocol has one of its own.
    pub(super) fn keep_alive(self) -> Option<String> {
        match self {
            Self::Transport => None,
            Self::Legacy => Some(json!({ "type": "ka" }).to_string()),
        }
    }

    /// The answer to a ping.
    pub(super) fn pong(payload: Option<Value>) -> String {
        match payload {
            Some(payload) => json!({ "type": "pong", "payload": payload }).to_string(),
            None => json!({ "type": "pong" }).to_string(),
        }
    }

    /// An answer to an operation.
    pub(super) fn next(self, id: &str, reply: &Reply) -> String {
        let kind = match self {
            Self::Transport => "next",
            Self::Legacy => "data",
        };
        json!({ "type": kind, "id": id, "payload": reply }).to_string()
    }

    /// The operation was refused, and is over.
    pub(super) fn error(self, id: &str, reply: &Reply) -> String {
        match self {
            Self::Transport => json!({ "type": "error", "id": id, "payload": reply.errors }).to_string(),
            Self::Legacy => json!({ "type": "error", "id": id, "payload": reply.errors.first() }).to_string(),
        }
    }

    /// The operation is over.
    pub(super) fn complete(id: &str) -> String {
        json!({ "type": "complete", "id": id }).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_protocol_has_its_own_words() {
        let subscribe = r#"{"type":"subscribe","id":"1","payload":{}}"#;
        let start = r#"{"type":"start","id":"1","payload":{}}"#;
        assert!(Dialect::Transport.read(subscribe).is_ok() && Dialect::Legacy.read(start).is_ok());
        assert!(Dialect::Transport.read(start).is_err() && Dialect::Legacy.read(subscribe).is_err());
    }

    #[test]
    fn an_id_has_a_length() {
        let stop = |id: &str| Dialect::Transport.read(&json!({ "type": "complete", "id": id }).to_string());
        assert!(stop(&"i".repeat(ID_BYTES)).is_ok());
        assert!(stop(&"i".repeat(ID_BYTES + 1)).is_err() && stop("").is_err());
    }

    #[test]
    fn what_is_not_a_message_is_named() {
        let cases = [
            "",
            "[]",
            "{}",
            r#"{"type":7}"#,
            r#"{"type":"connection_init","payload":1}"#,
            r#"{"type":"x"}"#,
        ];
        for text in cases {
            assert!(
                matches!(Dialect::Transport.read(text), Err(Close::Invalid(_))),
                "{text}"
            );
        }
    }
}
