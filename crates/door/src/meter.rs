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
use metrics::{Counter, Histogram, counter, gauge, histogram};
use tokio::sync::OwnedSemaphorePermit;

use crate::Code;

/// Counts operations. The figures are looked up once: finding one costs more than adding to it.
pub(crate) struct Meter {
    query: Figures,
    mutation: Figures,
    subscription: Figures,
}

/// What is counted of one kind of operation.
struct Figures {
    ok: Counter,
    partial: Counter,
    refused: Counter,
    seconds: Histogram,
}

/// What became of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything was answered.
    Ok,
    /// Some of it was.
    Partial,
    /// Nothing was.
    Refused,
}

impl Meter {
    pub(crate) fn new() -> Self {
        Self {
            query: Figures::of("query"),
            mutation: Figures::of("mutation"),
            subscription: Figures::of("subscription"),
        }
    }

    /// Begins to measure one operation.
    pub(crate) fn start(&self, kind: OperationType) -> Clock<'_> {
        let figures = match kind {
            OperationType::Query => &self.query,
            OperationType::Mutation => &self.mutation,
            OperationType::Subscription => &self.subscription,
        };
        Clock {
            figures,
            since: Instant::now(),
        }
    }
}

impl Figures {
    fn of(kind: &'static str) -> Self {
        let ended = |outcome: &'static str| counter!("horarium_graphql_requests_total", "kind" => kind, "outcome" => outcome);
        Self {
            ok: ended("ok"),
            partial: ended("partial"),
            refused: ended("refused"),
            seconds: histogram!("horarium_graphql_seconds", "kind" => kind),
        }
    }
}

/// Measures one operation.
pub(crate) struct Clock<'a> {
    figures: &'a Figures,
    since: Instant,
}

impl Clock<'_> {
    pub(crate) fn stop(self, outcome: Outcome) {
        let ended = match outcome {
            Outcome::Ok => &self.figures.ok,
            Outcome::Partial => &self.figures.partial,
            Outcome::Refused => &self.figures.refused,
        };
        ended.increment(1);
        self.figures.seconds.record(self.since.elapsed().as_secs_f64());
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
