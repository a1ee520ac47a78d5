//! What has been found so far, slice after slice, and the line that says it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Outcome;

/// What slices have found.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) slices: u64,
    pub(crate) operations: u64,
    pub(crate) bookings: u64,
    pub(crate) kills: u64,
    pub(crate) overlaps: i64,
    pub(crate) orphans: i64,
    pub(crate) seats_over: i64,
    pub(crate) lost_acks: u64,
    /// Bookings that nobody was told of, though everybody asked again.
    pub(crate) ghosts: u64,
    /// Requests that were cut off by a kill and sent again.
    pub(crate) sent_again: u64,
    pub(crate) errors_leaked: u64,
    /// How often each thing was done.
    pub(crate) done: BTreeMap<String, u64>,
    /// How often each refusal was heard.
    pub(crate) refused: BTreeMap<String, u64>,
    /// Answers by the milliseconds they took.
    pub(crate) millis: BTreeMap<u64, u64>,
}

impl Tally {
    /// Adds what another has found.
    pub(crate) fn add(&mut self, other: &Self) {
        self.slices += other.slices;
        self.operations += other.operations;
        self.bookings += other.bookings;
        self.kills += other.kills;
        self.overlaps += other.overlaps;
        self.orphans += other.orphans;
        self.seats_over += other.seats_over;
        self.lost_acks += other.lost_acks;
        self.ghosts += other.ghosts;
        self.sent_again += other.sent_again;
        self.errors_leaked += other.errors_leaked;
        for (all, new) in [(&mut self.done, &other.done), (&mut self.refused, &other.refused)] {
            for (name, count) in new {
                *all.entry(name.clone()).or_default() += count;
            }
        }
        for (millis, count) in &other.millis {
            *self.millis.entry(*millis).or_default() += count;
        }
    }

    /// Counts how long answers took.
    pub(crate) fn time(&mut self, times: &[Duration]) {
        for time in times {
            *self.millis.entry(time.as_millis() as u64).or_default() += 1;
        }
    }

    /// The milliseconds that this share of the answers stayed within.
    pub(crate) fn within(&self, share: f64) -> u64 {
        let all: u64 = self.millis.values().sum();
        let wanted = (all as f64 * share).ceil() as u64;
        let mut so_far = 0;
        for (millis, count) in &self.millis {
            so_far += count;
            if so_far >= wanted {
                return *millis;
            }
        }
        0
    }

    /// Whether nothing is there that must not be.
    pub(crate) fn is_clean(&self) -> bool {
        (self.overlaps, self.orphans, self.seats_over) == (0, 0, 0)
            && (self.lost_acks, self.errors_leaked, self.ghosts) == (0, 0, 0)
    }

    /// One line for programs.
    pub(crate) fn line(&self, database: &str) -> String {
        // Written by hand: a JSON map would put its keys in another order.
        let pairs = [
            ("database", json!(database)),
            ("operations", json!(self.operations)),
            ("overlaps", json!(self.overlaps)),
            ("orphans", json!(self.orphans)),
            ("lost_acks", json!(self.lost_acks)),
            ("errors_leaked", json!(self.errors_leaked)),
            ("seats_over", json!(self.seats_over)),
            ("p99_ms", json!(self.within(0.99))),
            ("p50_ms", json!(self.within(0.5))),
            ("bookings", json!(self.bookings)),
            ("kills", json!(self.kills)),
            ("sent_again", json!(self.sent_again)),
            ("ghosts", json!(self.ghosts)),
        ];
        let pairs = pairs.map(|(name, value)| format!("\"{name}\":{value}"));
        format!("{{{}}}", pairs.join(","))
    }

    /// The same for people, with what was done and heard.
    pub(crate) fn table(&self, database: &str) -> String {
        let counted = |of: &BTreeMap<String, u64>| {
            let pairs: Vec<String> = of.iter().map(|(name, count)| format!("{name} {count}")).collect();
            pairs.join(", ")
        };
        format!(
            "{}\n  done: {}\n  refused: {}",
            self.line(database),
            counted(&self.done),
            counted(&self.refused)
        )
    }
}

/// Where slices are written down.
pub(crate) struct Book(Option<PathBuf>);

impl Book {
    /// In a folder, one file for each database; nowhere without one.
    pub(crate) fn open(folder: Option<&PathBuf>, database: &str) -> Outcome<Self> {
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder)?;
        }
        Ok(Self(folder.map(|it| it.join(format!("{database}.jsonl")))))
    }

    /// What earlier runs have found.
    pub(crate) fn so_far(&self) -> Outcome<Tally> {
        let mut tally = Tally::default();
        if let Some(file) = self.0.as_ref().filter(|it| it.exists()) {
            for line in std::fs::read_to_string(file)?.lines() {
                tally.add(&serde_json::from_str(line)?);
            }
        }
        Ok(tally)
    }

    /// Writes down a slice.
    pub(crate) fn write(&self, slice: &Tally) -> Outcome<()> {
        if let Some(file) = &self.0 {
            let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file)?;
            writeln!(file, "{}", serde_json::to_string(slice)?)?;
        }
        Ok(())
    }
}
