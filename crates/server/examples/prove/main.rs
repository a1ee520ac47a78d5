//! What is promised about bookings, tried on the real server: over HTTP, by many at once, killed in between.
//!
//! ```sh
//! cargo run --release -p server --example prove -- history --operations 20000 --json
//! cargo run --release -p server --example prove -- history --operations 1000000 --json --tally target/prove
//! cargo run --release -p server --example prove -- contention --json
//! cargo run --release -p server --example prove -- journal --json   # some ten minutes; --quick for less of everything
//! ```
//!
//! A *history* is many slices. In each, an organization is booked by twelve clients who do everything that can be done, in
//! an order that dice decide, while the server is killed with `kill -9` and started again; then every answer that was
//! given is held against what is there, and the audit of `horarium doctor` counts what must not be. With `--tally` each
//! slice is written down when it is done, and a run that was stopped goes on where it ended.
//!
//! *Contention* is 8, 32 and 64 clients who all want times of one resource: what they hear, and how long it takes.
//!
//! *Journal* is what happens because of something: whether it happens in time, once, whatever becomes of the node that is at
//! it, and whether somebody who follows it sees all of it.

mod answer;
mod audit;
mod client;
#[path = "../../../../tests/it/harness/cluster.rs"]
mod cluster;
mod contention;
mod dice;
mod history;
mod journal;
mod known;
mod operations;
mod place;
#[path = "../bench_api/postgres.rs"]
#[expect(
    dead_code,
    reason = "a bench asks the owner of the tables for more than a proof does"
)]
mod postgres;
mod process;
mod scene;
mod tally;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// What can go wrong in a proof: everything, and then nothing is proved.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Tries on a real server what is promised about bookings.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    proof: Proof,
}

#[derive(Debug, Subcommand)]
enum Proof {
    /// Everything that can be done, by many at once, with kills in between
    History {
        /// How many operations on each database
        #[arg(long, default_value_t = 20_000)]
        operations: u64,
        /// One line of JSON for each database
        #[arg(long)]
        json: bool,
        /// A folder in which slices are written down, so that a run can be stopped and go on
        #[arg(long)]
        tally: Option<PathBuf>,
        /// Only `sqlite` or only `postgresql`
        #[arg(long)]
        database: Option<String>,
    },
    /// Many who want times of one resource
    Contention {
        /// One line of JSON for each figure
        #[arg(long)]
        json: bool,
    },
    /// Events and promises, on nodes that are paused, killed and cut off
    Journal {
        /// One line of JSON for each check and database
        #[arg(long)]
        json: bool,
        /// Less of everything
        #[arg(long)]
        quick: bool,
        /// Only `sqlite` or only `postgresql`
        #[arg(long)]
        database: Option<String>,
        /// Only these of `start`, `fencing` and `resume`
        #[arg(long = "check")]
        checks: Vec<String>,
    },
    /// Become the server, or another command of it
    #[command(hide = true)]
    Horarium {
        /// Which
        command: String,
    },
}

fn main() -> std::process::ExitCode {
    let told = match Cli::parse().proof {
        Proof::Horarium { command } => return process::become_horarium(&command),
        Proof::History {
            operations,
            json,
            tally,
            database,
        } => run(history::prove(operations, (tally, database), json)),
        Proof::Contention { json } => run(contention::measure(json)),
        Proof::Journal {
            json,
            quick,
            database,
            checks,
        } => run(journal::prove(journal::Wanted {
            json,
            is_quick: quick,
            database,
            checks,
        })),
    };
    match told {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("prove: {why}");
            std::process::ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(proof: impl Future<Output = Outcome<()>>) -> Outcome<()> {
    proof.await
}
