//! What everybody knows of what is there: what was acknowledged, and what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

/// What the clients of a slice have been told.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Bookings and blocks, with the highest version that was acknowledged.
    pub(crate) versions: BTreeMap<String, u64>,
    /// Bookings, with the clients' links.
    pub(crate) bookings: Vec<(String, String)>,
    /// Those of them that are no session of a class: nothing but `bookingCreate` makes one.
    pub(crate) own: BTreeSet<String>,
    /// What was sent to `bookingCreate` and never answered.
    pub(crate) open: Vec<Value>,
    /// Tokens of holds.
    pub(crate) holds: Vec<String>,
    /// Blocks that stand, as far as is known.
    pub(crate) blocks: Vec<String>,
    /// How often each thing was done.
    pub(crate) done: BTreeMap<&'static str, u64>,
    /// How often each refusal was heard.
    pub(crate) refused: BTreeMap<String, u64>,
    /// What nobody should have heard.
    pub(crate) leaked: Vec<String>,
    /// Answers that never came, because the server was killed.
    pub(crate) unanswered: u64,
    /// Audits in the middle of it that found something.
    pub(crate) unclean: u64,
    /// How long each answer took.
    pub(crate) times: Vec<Duration>,
}

impl Known {
    /// What the next slice of the same organization knows already.
    pub(crate) fn carried_on(self) -> Self {
        Self {
            versions: self.versions,
            bookings: self.bookings,
            own: self.own,
            blocks: self.blocks,
            ..Self::default()
        }
    }

    /// A booking was made, in a slice whose class is this service.
    pub(crate) fn book(&mut self, made: &Value, class: &str) {
        let text = |pointer: &str| made.pointer(pointer).and_then(Value::as_str);
        let (Some(id), Some(link)) = (text("/booking/id"), text("/manageToken")) else {
            return self.leaked.push(format!("a booking without an id: {made}"));
        };
        self.bookings.push((id.to_owned(), link.to_owned()));
        self.acknowledge(id, made["booking"]["version"].as_u64().unwrap_or(1));
        if text("/booking/serviceId") != Some(class) {
            self.own.insert(id.to_owned());
        }
    }

    /// Something was acknowledged at a version.
    pub(crate) fn acknowledge(&mut self, id: &str, version: u64) {
        let highest = self.versions.entry(id.to_owned()).or_default();
        *highest = version.max(*highest);
    }
}
