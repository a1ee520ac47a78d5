//! What is sent to an endpoint: the envelope that every reader of the journal gets.

use serde_json::{Value, json};

/// The most bytes of a body. What would be longer comes without its payload.
pub const BODY_MAX: usize = 20_000;

/// One event in its envelope.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// The event's id: the same however often it comes.
    pub id: String,
    /// Where it stands in the journal; nothing for an event that stands in none.
    pub cursor: Option<String>,
    /// What happened: `booking.confirmed`.
    pub type_: String,
    /// When, RFC 3339.
    pub occurred_at: String,
    /// What sort of actor it was.
    pub actor_kind: String,
    /// Which one.
    pub actor_id: Option<String>,
    /// The global id of what it happened to.
    pub aggregate_id: String,
    /// Its version then.
    pub aggregate_version: i64,
    /// The facts.
    pub payload: Value,
}

impl Envelope {
    /// The body, always within [`BODY_MAX`].
    #[must_use]
    pub fn body(&self) -> String {
        let whole = self.with(&self.payload, false);
        if whole.len() <= BODY_MAX {
            return whole;
        }
        // The thin form: whoever wants the facts reads them through the API.
        self.with(&Value::Null, true)
    }

    fn with(&self, payload: &Value, is_thin: bool) -> String {
        let envelope = json!({
            "id": self.id,
            "cursor": self.cursor,
            "type": self.type_,
            "occurredAt": self.occurred_at,
            "actor": { "kind": self.actor_kind, "id": self.actor_id },
            "aggregate": { "id": self.aggregate_id, "version": self.aggregate_version },
            "payload": payload,
            "isThin": is_thin,
        });
        envelope.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(payload: Value) -> Envelope {
        Envelope {
            id: "evt_01kjp00000000000000000000a".to_owned(),
            cursor: Some("7".to_owned()),
            type_: "booking.confirmed".to_owned(),
            occurred_at: "2026-03-02T12:00:00Z".to_owned(),
            actor_kind: "USER".to_owned(),
            actor_id: Some("usr_01kjp00000000000000000000a".to_owned()),
            aggregate_id: "bkg_01kjp00000000000000000000a".to_owned(),
            aggregate_version: 2,
            payload,
        }
    }

    fn read(body: &str) -> Value {
        serde_json::from_str(body).unwrap()
    }

    #[test]
    fn a_body_says_what_happened_to_what_when_and_by_whom() {
        let body = read(&envelope(json!({ "status": "CONFIRMED" })).body());
        let told = json!({
            "id": "evt_01kjp00000000000000000000a",
            "cursor": "7",
            "type": "booking.confirmed",
            "occurredAt": "2026-03-02T12:00:00Z",
            "actor": { "kind": "USER", "id": "usr_01kjp00000000000000000000a" },
            "aggregate": { "id": "bkg_01kjp00000000000000000000a", "version": 2 },
            "payload": { "status": "CONFIRMED" },
            "isThin": false,
        });
        assert_eq!(body, told);
    }

    #[test]
    fn the_longest_body_comes_whole_and_one_byte_more_comes_thin() {
        let empty = envelope(json!("")).body().len();
        let longest = envelope(json!("x".repeat(BODY_MAX - empty)));
        assert_eq!(longest.body().len(), BODY_MAX);
        assert_eq!(read(&longest.body())["isThin"], json!(false));
        let longer = envelope(json!("x".repeat(BODY_MAX - empty + 1))).body();
        let thin = read(&longer);
        assert_eq!((&thin["isThin"], &thin["payload"]), (&json!(true), &Value::Null));
        assert!(longer.len() < 1_000 && thin["id"] == json!("evt_01kjp00000000000000000000a"));
    }
}
