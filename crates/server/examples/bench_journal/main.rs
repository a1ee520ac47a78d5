//! How soon what was committed is numbered, heard and sent, what the journal costs beside plain inserts, what those who
//! watch it take of the memory, and how long it stands still when whoever numbers it dies.
//!
//! ```sh
//! cargo run --release -p server --example bench_journal             # a table
//! cargo run --release -p server --example bench_journal -- --json   # one line of JSON per figure and database
//! cargo run --release -p server --example bench_journal -- --json --database sqlite commit_to_subscriber_ms   # some of them
//! cargo run -p server --example bench_journal -- --quick            # a try of everything, whose figures say nothing
//! ```
//!
//! The server is `horarium serve` as a process of its own (this program run again), with its limits raised as data. All
//! processes share the machine and its clock, so a moment that the server wrote down and a moment here can be compared.
//! An event's `occurredAt` is the moment at which its transaction was opened: every lag begins there, so it holds the
//! transaction itself and its commit too, and can only be too long.

#[path = "../prove/client.rs"]
#[expect(dead_code, reason = "nobody here turns to another server")]
mod client;
#[path = "../../../../tests/it/harness/cluster.rs"]
mod cluster;
mod crowd;
mod hung;
mod idle;
mod inserts;
mod lag;
#[path = "../bench_api/load.rs"]
#[expect(dead_code, reason = "what is timed here is not how fast it answers")]
mod load;
mod node;
mod numbered;
#[path = "../bench_api/pgbench/mod.rs"]
#[expect(dead_code, unused_imports, reason = "its script is written here, not heard")]
mod pgbench;
mod place;
mod plain;
#[path = "../bench_api/postgres.rs"]
#[expect(dead_code, reason = "an organization is known by its id here")]
mod postgres;
mod practice;
#[path = "../bench_api/product.rs"]
#[expect(dead_code, reason = "several servers share a place here")]
mod product;
#[path = "../bench_api/report.rs"]
mod report;
#[path = "../prove/scene.rs"]
#[expect(dead_code, reason = "only times are kept in it")]
mod scene;
mod subscriber;
mod takeover;
mod timers;
mod webhook;

use clap::Parser;
use futures::future::BoxFuture;

use place::{DATABASES, Place};
use report::{Figure, Report};

/// What can go wrong in a bench: everything, and then there is no figure.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What a figure says, name by name.
type Values = Vec<(&'static str, f64)>;

/// Measures one figure on one database; nothing where it means nothing.
type Measure = for<'a> fn(&'a Place, &'a Sizes) -> BoxFuture<'a, Outcome<Option<Values>>>;

/// The figures, in the order in which they are taken. One name may stand for several.
const FIGURES: [(&str, Measure); 10] = [
    ("commit_to_numbered_ms", |place, sizes| {
        Box::pin(numbered::measure(place, sizes))
    }),
    ("commit_to_subscriber_ms", |place, sizes| {
        Box::pin(subscriber::measure(place, sizes, 1))
    }),
    ("commit_to_subscriber_ms", |place, sizes| {
        Box::pin(subscriber::measure(place, sizes, sizes.subscribers))
    }),
    ("commit_to_webhook_ms", |place, sizes| {
        Box::pin(webhook::measure(place, sizes))
    }),
    ("timer_start_ms", |place, sizes| {
        Box::pin(timers::measure(place, sizes))
    }),
    ("journal_vs_inserts", |place, sizes| {
        Box::pin(inserts::measure(place, sizes))
    }),
    ("idle_subscriptions", |place, sizes| {
        Box::pin(idle::measure(place, sizes, 1))
    }),
    ("idle_subscriptions", |place, sizes| {
        Box::pin(idle::measure(place, sizes, sizes.sockets))
    }),
    ("takeover_killed_ms", |place, sizes| {
        Box::pin(takeover::measure(place, sizes))
    }),
    ("takeover_hung_ms", |place, sizes| {
        Box::pin(hung::measure(place, sizes))
    }),
];

/// How much of everything there is.
struct Sizes {
    /// Events whose way is timed.
    events: usize,
    /// Those who watch one organization.
    subscribers: usize,
    /// Sockets of those who watch and hear nothing; each has as many subscriptions as it may.
    sockets: usize,
    /// Holds that lapse.
    holds: usize,
    /// Rounds that count.
    rounds: usize,
}

const WHOLE: Sizes = Sizes {
    events: 200,
    subscribers: 1_000,
    sockets: 100,
    holds: 200,
    rounds: 5,
};

const QUICK: Sizes = Sizes {
    events: 20,
    subscribers: 20,
    sockets: 4,
    holds: 5,
    rounds: 1,
};

/// What the journal costs, and how soon it tells.
#[derive(Debug, Parser)]
struct Cli {
    /// One line of JSON for each figure
    #[arg(long)]
    json: bool,
    /// A small part of everything, to see that it works
    #[arg(long)]
    quick: bool,
    /// Only `sqlite` or only `postgresql`
    #[arg(long, value_parser = DATABASES)]
    database: Option<String>,
    /// Which figures; all if none is named
    #[arg(value_parser = FIGURES.map(|(name, _)| name))]
    figures: Vec<String>,
}

fn main() -> std::process::ExitCode {
    if std::env::args().nth(1).as_deref() == Some(product::ROLE) {
        return product::serve();
    }
    let cli = Cli::parse();
    let sizes = if cli.quick { QUICK } else { WHOLE };
    let shown = if cli.json { Figure::line } else { Figure::row };
    let report = Report::new(shown, cli.figures);
    match bench(&report, &sizes, cli.database.as_deref()) {
        Ok(0) => std::process::ExitCode::SUCCESS,
        Ok(missing) => {
            eprintln!("bench_journal: {missing} figures could not be measured");
            std::process::ExitCode::FAILURE
        }
        Err(why) => {
            eprintln!("bench_journal: {why}");
            std::process::ExitCode::FAILURE
        }
    }
}

/// Tells every figure that is wanted. Says how many could not be measured: one that fails keeps no other from being told.
#[tokio::main]
async fn bench(report: &Report, sizes: &Sizes, only: Option<&str>) -> Outcome<usize> {
    let mut missing = 0;
    for database in DATABASES {
        if only.is_some_and(|it| it != database) {
            continue;
        }
        let Some(place) = Place::of(database).await? else {
            continue;
        };
        for (name, measure) in FIGURES {
            if !report.wants(name) {
                continue;
            }
            match measure(&place, sizes).await {
                Ok(Some(values)) => report.tell(&Figure {
                    name,
                    database,
                    values,
                }),
                Ok(None) => {}
                Err(why) => {
                    eprintln!("bench_journal: {name} on {database}: {why}");
                    missing += 1;
                }
            }
        }
    }
    Ok(missing)
}
