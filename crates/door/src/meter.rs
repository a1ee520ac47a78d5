//! What the door counts.
//!
//! | metric | labels | meaning |
//! |---|---|---|
//! | `horarium_graphql_requests_total` | `kind`, `outcome` | operations that ran: `ok`, `partial`, `refused` |
//! | `horarium_graphql_seconds` | `kind` | how long they ran |
//! | `horarium_graphql_refusals_total` | `code` | what the door refused, and why |
//! | `horarium_graphql_sockets_open` | | WebSockets and event streams open now |
//! | `horarium_graphql_closes_total` | `code` | how the door closed sockets |

use std::time::Instant;

use async_graphql_parser::types::OperationType;
use metrics::{counter, gauge, histogram};
use tokio::sync::OwnedSemaphorePermit;

use crate::Code;

/// Measures one operation.
pub(crate) struct Clock {
    kind: OperationType,
    since: Instant,
}

impl Clock {
    pub(crate) fn start(kind: OperationType) -> Self {
        Self {
            kind,
            since: Instant::now(),
        }
    }

    pub(crate) fn stop(self, outcome: &'static str) {
        let kind = word(self.kind);
        counter!("horarium_graphql_requests_total", "kind" => kind, "outcome" => outcome).increment(1);
        histogram!("horarium_graphql_seconds", "kind" => kind).record(self.since.elapsed().as_secs_f64());
    }
}

pub(crate) fn refused(code: Code) {
    counter!("horarium_graphql_refusals_total", "code" => code.as_str()).increment(1);
}

/// Counts an open socket until it is dropped, and takes up its room.
pub(crate) struct Open(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

impl Open {
    pub(crate) fn new(room: OwnedSemaphorePermit) -> Self {
        gauge!("horarium_graphql_sockets_open").increment(1);
        Self(room)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        gauge!("horarium_graphql_sockets_open").decrement(1);
    }
}

pub(crate) fn closed(code: u16) {
    counter!("horarium_graphql_closes_total", "code" => code.to_string()).increment(1);
}

fn word(kind: OperationType) -> &'static str {
    match kind {
        OperationType::Query => "query",
        OperationType::Mutation => "mutation",
        OperationType::Subscription => "subscription",
    }
}
