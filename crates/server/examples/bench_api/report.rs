//! A figure, and how it is told.

use serde_json::{Value, json};

/// Where figures are told as they come.
pub(crate) struct Report {
    shown: fn(&Figure) -> String,
    /// Those that are wanted; all of them if none is named.
    names: Vec<String>,
}

impl Report {
    /// In one of the forms of [`Figure`].
    pub(crate) fn new(shown: fn(&Figure) -> String, names: Vec<String>) -> Self {
        Self { shown, names }
    }

    /// Whether a figure is.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|it| it == name)
    }

    /// Tells one.
    pub(crate) fn tell(&self, figure: &Figure) {
        println!("{}", (self.shown)(figure));
    }
}

/// What was measured.
#[derive(Debug)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) database: &'static str,
    /// What it is about, and then what stands beside it.
    pub(crate) values: Vec<(&'static str, f64)>,
}

impl Figure {
    /// One line of JSON.
    pub(crate) fn line(&self) -> String {
        let values = self
            .values
            .iter()
            .map(|(name, value)| (*name, json!(rounded(*value))));
        let pairs = [("figure", json!(self.name)), ("database", json!(self.database))];
        // Written by hand: a JSON map would put its keys in another order.
        let written = pairs.into_iter().chain(values);
        let written: Vec<String> = written
            .map(|(name, value): (&str, Value)| format!("\"{name}\":{value}"))
            .collect();
        format!("{{{}}}", written.join(","))
    }

    /// One line for people.
    pub(crate) fn row(&self) -> String {
        let values: Vec<String> = self
            .values
            .iter()
            .map(|(name, value)| format!("{name} {}", rounded(*value)))
            .collect();
        format!("{:<22} {:<11} {}", self.name, self.database, values.join("  "))
    }
}

/// Three figures after the point: the rest is noise.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// The one in the middle; the values are in order afterwards.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
