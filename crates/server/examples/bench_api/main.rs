//! What the API costs: the whole front door beside a plain axum handler that answers the same bytes, what a flood of
//! sign-ins does to everybody else, and offering and booking times beside `pgbench` running the same statements.
//!
//! ```sh
//! cargo run --release -p server --example bench_api             # a table
//! cargo run --release -p server --example bench_api -- --json   # one line of JSON per figure
//! cargo run --release -p server --example bench_api -- --json slots_14d_vs_pgbench   # these figures only
//! cargo run --release -p server --example bench_api -- --bookings 1000000   # what a database grows to; 5,000,000 unless said
//! ```
//!
//! Processes of their own share the machine: the server as `horarium serve` starts it (this program run again), what it is
//! compared with (the plain handler, `pgbench`), the database, and the load. Rounds alternate, so that whatever else the
//! machine does meets both sides.

#[path = "../../../../tests/it/harness/cluster.rs"]
mod cluster;
mod flood;
mod library;
mod load;
mod pgbench;
mod plain;
mod postgres;
mod product;
mod report;
mod scheduling;
mod versus;

use report::{Figure, Report};

/// What can go wrong in a bench: everything, and then there is no figure.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Bookings that a grown PostgreSQL has, unless said.
const BOOKINGS: i64 = 5_000_000;
/// A grown SQLite has so many times fewer: it is one server's file.
const SQLITE_SHARE: i64 = 10;
/// What an anonymous request for nothing costs.
const BARE: &str = "bare_graphql_vs_axum";
/// What a person's request for themselves costs.
const VIEWER: &str = "viewer_id_vs_axum";
/// What a grown database is for.
const GROWTH: &str = "growth_10k_to_5m";

fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some(product::ROLE) => product::serve(),
        Some(plain::ROLE) => end(plain::serve()),
        Some(library::ROLE) => end(library::serve()),
        Some(_) | None => end(asked(arguments).and_then(|(report, bookings)| bench(&report, bookings))),
    }
}

/// What the arguments ask for.
fn asked(arguments: Vec<String>) -> Outcome<(Report, i64)> {
    let (mut shown, mut names, mut bookings): (fn(&Figure) -> String, _, _) =
        (Figure::row, Vec::new(), BOOKINGS);
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--json" => shown = Figure::line,
            "--bookings" => bookings = arguments.next().ok_or("--bookings of how many?")?.parse()?,
            option if option.starts_with('-') => {
                return Err(format!("{option:?} is neither --json nor --bookings").into());
            }
            _ => names.push(argument),
        }
    }
    Ok((Report::new(shown, names), bookings))
}

fn end(outcome: Outcome<()>) -> std::process::ExitCode {
    match outcome {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("bench_api: {why}");
            std::process::ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn bench(report: &Report, bookings: i64) -> Outcome<()> {
    if [BARE, VIEWER, "sign_in_flood"].iter().any(|it| report.wants(it)) {
        measure(&product::Product::on_sqlite().await?, report).await?;
        if let Some(urls) = postgres::fresh("horarium_bench").await? {
            measure(&product::Product::on_postgres(&urls).await?, report).await?;
        }
    }
    scheduling::measure(&product::Product::on_sqlite().await?, None, report).await?;
    if report.wants(GROWTH) {
        scheduling::growth::on_sqlite(report, bookings / SQLITE_SHARE).await?;
    }
    let Some(urls) = postgres::fresh("horarium_bench").await? else {
        return Ok(());
    };
    scheduling::measure(&product::Product::on_postgres(&urls).await?, Some(&urls), report).await?;
    if report.wants(GROWTH) {
        scheduling::growth::on_postgres(report, bookings).await?;
    }
    Ok(())
}

async fn measure(product: &product::Product, report: &Report) -> Outcome<()> {
    let session = format!("Bearer {}", product.sign_up("ana@example.com").await?);
    let bare = load::post("/graphql", &[], r#"{"query":"{ __typename }"}"#);
    let viewer = [("authorization", session.as_str())];
    let viewer = load::post("/graphql", &viewer, r#"{"query":"{ viewer { id } }"}"#);
    if report.wants(BARE) {
        // Anybody's schema answers this one.
        let library = library::Library::start().await?;
        report.tell(&versus::compare((BARE, &bare), product, Some(&library)).await?);
    }
    if report.wants(VIEWER) {
        report.tell(&versus::compare((VIEWER, &viewer), product, None).await?);
    }
    if report.wants("sign_in_flood") {
        report.tell(&flood::sign_in(product, &viewer).await?);
    }
    Ok(())
}
