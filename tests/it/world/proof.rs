//! Proofs: a story that is told small in every run is told at length where `HORARIUM_PROVE` is set, and then or otherwise
//! leaves what it counted, one line of JSON, in the file that `HORARIUM_PROVE_LINES` names.

use std::fs::OpenOptions;
use std::io::Write as _;

use serde_json::{Value, json};

use super::Database;

/// Whether a story is to be told at length.
pub(crate) fn at_length() -> bool {
    std::env::var_os("HORARIUM_PROVE").is_some()
}

/// Leaves what a check has counted on a database, in the order in which it is said.
pub(crate) fn proved(check: &str, database: Database, counted: &[(&str, Value)]) {
    let Some(file) = std::env::var_os("HORARIUM_PROVE_LINES") else {
        return;
    };
    // Written by hand: a JSON map would put its keys in another order.
    let named = [("check", json!(check)), ("database", json!(database.name()))];
    let pairs = named.iter().chain(counted);
    let pairs: Vec<String> = pairs.map(|(name, value)| format!("\"{name}\":{value}")).collect();
    let line = format!("{{{}}}\n", pairs.join(","));
    let mut file = OpenOptions::new().create(true).append(true).open(file).unwrap();
    // In one piece: others write to the same file.
    file.write_all(line.as_bytes()).unwrap();
}
