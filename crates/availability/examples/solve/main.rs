//! Solves cases of availability, recurrence and time zones, so that answers can be compared with another system's.
//!
//! ```text
//! cargo run --release --example solve -- --kind rrule < crates/availability/testdata/rrule_cases.json
//! ```
//!
//! It reads a JSON array of cases on standard input and writes one JSON line per case, in the same order:
//!
//! | `--kind` | a case has | a line has |
//! |---|---|---|
//! | `slots` | `provider_tz`, `rules`, `overrides`, `out_of_office`, `busy`, `event`, `now`, `range_start`, `range_end` | `id`, `starts` |
//! | `rrule`, `rrule-dst` | `rrule`, `dtstart_local`, `tz`, `rdate_local`, `exdate_local`, `window_start_utc`, `window_end_utc` | `id`, `occurrences` |
//! | `invalid` | `rrule` | `id`, `rejected`, `reason` |
//! | `hostile` | as `rrule` | `id`, `count` (null if refused), `ms`, `reason` |
//! | `tzdata` | `tz`, `instant` | `tz`, `instant`, `offset_minutes` |
//!
//! Instants are UTC, local times are written without an offset, and windows do not include their end. The files in
//! `testdata` are examples of each kind. A case that cannot be read gives a line with `id` and `error`.

mod recurrences;
mod slots;
mod zones;

use std::error::Error;
use std::io::{BufWriter, Read, Write};
use std::process::ExitCode;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn main() -> ExitCode {
    let kind = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [flag, kind] if flag == "--kind" => kind.clone(),
        _ => String::new(),
    };
    match solve(&kind) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("solve: {error}");
            ExitCode::FAILURE
        }
    }
}

fn solve(kind: &str) -> Result<(), Box<dyn Error>> {
    match kind {
        "rrule" | "rrule-dst" => each(recurrences::occurrences),
        "invalid" => each(recurrences::refusal),
        "hostile" => each(recurrences::patience),
        "slots" => each(slots::answer),
        "tzdata" => each(zones::offset),
        _ => Err("write --kind and one of slots, rrule, rrule-dst, invalid, hostile, tzdata".into()),
    }
}

/// Reads cases and writes an answer to each.
fn each<Case, Answer>(answer: fn(&Case) -> Result<Answer, Box<dyn Error>>) -> Result<(), Box<dyn Error>>
where
    Case: DeserializeOwned,
    Answer: Serialize,
{
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    for case in serde_json::from_str::<Vec<Value>>(&text)? {
        let id = case["id"].clone();
        let answered = serde_json::from_value(case)
            .map_err(Into::into)
            .and_then(|case| answer(&case));
        match answered {
            Ok(line) => serde_json::to_writer(&mut out, &line)?,
            Err(error) => serde_json::to_writer(&mut out, &json!({ "id": id, "error": error.to_string() }))?,
        }
        writeln!(out)?;
    }
    Ok(out.flush()?)
}
