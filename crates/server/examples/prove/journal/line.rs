//! What a check has found on one database.

use std::time::Duration;

use serde_json::{Value, json};

/// One line.
#[derive(Debug)]
pub(super) struct Line {
    check: &'static str,
    database: &'static str,
    zeros: Vec<(&'static str, u64)>,
    figures: Vec<(&'static str, Value)>,
}

impl Line {
    /// A line of a check.
    pub(super) fn new(check: &'static str, database: &'static str) -> Self {
        Self {
            check,
            database,
            zeros: Vec::new(),
            figures: Vec::new(),
        }
    }

    /// With a count that must be zero.
    pub(super) fn zero(mut self, name: &'static str, count: usize) -> Self {
        self.zeros.push((name, count as u64));
        self
    }

    /// With a count or a time of which there may be as much as there is.
    pub(super) fn figure(mut self, name: &'static str, figure: impl Into<Value>) -> Self {
        self.figures.push((name, figure.into()));
        self
    }

    /// Whether every count is zero that must be.
    pub(super) fn is_clean(&self) -> bool {
        self.zeros.iter().all(|(_, count)| *count == 0)
    }

    fn pairs(&self) -> impl Iterator<Item = (&'static str, Value)> {
        let zeros = self.zeros.iter().map(|(name, count)| (*name, json!(count)));
        zeros.chain(self.figures.iter().cloned())
    }

    /// For programs.
    pub(super) fn json(&self) -> String {
        // Written by hand: a JSON map would put its keys in another order.
        let names = [("check", json!(self.check)), ("database", json!(self.database))];
        let pairs = names.into_iter().chain(self.pairs());
        let pairs: Vec<String> = pairs.map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", pairs.join(","))
    }

    /// For people.
    pub(super) fn row(&self) -> String {
        let pairs: Vec<String> = self
            .pairs()
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        format!("{:<11} {:<8} {}", self.database, self.check, pairs.join(", "))
    }
}

/// The milliseconds that this share of the times stayed within, to the tenth; the times are in order.
pub(super) fn within(times: &[Duration], share: f64) -> Value {
    let at = (times.len().saturating_sub(1) as f64 * share).round() as usize;
    times.get(at).map_or(Value::Null, |it| {
        json!((it.as_secs_f64() * 10_000.0).round() / 10.0)
    })
}
