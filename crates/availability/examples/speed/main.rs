//! How long the engine takes, beside the `rrule` crate on the same inputs.
//!
//! ```text
//! cargo run --release --example speed            # a table
//! cargo run --release --example speed -- --json  # one line per case: {"case", "n", "median_us"}
//! ```
//!
//! `n` is how many occurrences, dates or starts a run brings; `median_us` is the median time of a run in
//! microseconds. A run begins with text and plain values: reading the rule is part of it.

mod recurrences;
mod slots;

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde_json::json;

/// A name and what is timed; it returns how much it brought.
pub(crate) type Case = (&'static str, Box<dyn Fn() -> usize>);

/// How many times are taken of each case. The median is the middle one.
const SAMPLES: usize = 101;
/// A time is taken over enough runs to last this long, so that the clock's own grain does not count.
const SAMPLE_MIN: Duration = Duration::from_micros(200);

fn main() {
    let as_json = std::env::args().any(|it| it == "--json");
    for (case, run) in slots::cases().into_iter().chain(recurrences::cases()) {
        let (n, median_us) = (run(), median_us(&run));
        if as_json {
            println!(
                "{}",
                json!({ "case": case, "n": n, "median_us": (median_us * 1_000.0).round() / 1_000.0 })
            );
        } else {
            println!("{case:<40} {n:>8} {median_us:>12.3} µs");
        }
    }
}

fn median_us(run: &dyn Fn() -> usize) -> f64 {
    let runs = runs_per_sample(run);
    let mut samples: Vec<Duration> = (0..SAMPLES).map(|_| time(run, runs)).collect();
    samples.sort_unstable();
    samples[SAMPLES / 2].as_secs_f64() * 1e6 / f64::from(runs)
}

/// Doubles the number of runs until they last long enough, which also warms up.
fn runs_per_sample(run: &dyn Fn() -> usize) -> u32 {
    let mut runs = 1;
    while time(run, runs) < SAMPLE_MIN {
        runs *= 2;
    }
    runs
}

fn time(run: &dyn Fn() -> usize, runs: u32) -> Duration {
    let begun = Instant::now();
    for _ in 0..runs {
        black_box(run());
    }
    begun.elapsed()
}
