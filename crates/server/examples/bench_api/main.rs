//! What the API costs: the whole front door beside a plain axum handler that answers the same bytes, and what a
//! flood of sign-ins does to everybody else.
//!
//! ```sh
//! cargo run --release -p server --example bench_api             # a table
//! cargo run --release -p server --example bench_api -- --json   # one line of JSON per figure
//! ```
//!
//! Three processes share the machine: the server as `horarium serve` starts it (this program run again), the plain
//! handler (the same), and the load. Rounds alternate, so that whatever else the machine does meets both.

#[path = "../../../../tests/it/harness/cluster.rs"]
mod cluster;
mod flood;
mod load;
mod plain;
mod postgres;
mod product;
mod report;
mod versus;

use report::Figure;

/// What can go wrong in a bench: everything, and then there is no figure.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some(product::ROLE) => product::serve(),
        Some(plain::ROLE) => end(plain::serve()),
        Some("--json") => end(bench(Figure::line)),
        None => end(bench(Figure::row)),
        Some(other) => end(Err(format!("{other:?} is not --json").into())),
    }
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
async fn bench(shown: fn(&Figure) -> String) -> Outcome<()> {
    let product = product::Product::on_sqlite().await?;
    measure(&product, shown).await?;
    drop(product);
    if let Some(urls) = postgres::fresh().await? {
        let product = product::Product::on_postgres(&urls).await?;
        measure(&product, shown).await?;
    }
    Ok(())
}

async fn measure(product: &product::Product, shown: fn(&Figure) -> String) -> Outcome<()> {
    let session = format!("Bearer {}", product.sign_up("ana@example.com").await?);
    let bare = load::post("/graphql", &[], r#"{"query":"{ __typename }"}"#);
    let viewer = [("authorization", session.as_str())];
    let viewer = load::post("/graphql", &viewer, r#"{"query":"{ viewer { id } }"}"#);
    println!(
        "{}",
        shown(&versus::compare("bare_graphql_vs_axum", product, &bare).await?)
    );
    println!(
        "{}",
        shown(&versus::compare("viewer_id_vs_axum", product, &viewer).await?)
    );
    println!("{}", shown(&flood::sign_in(product, &viewer).await?));
    Ok(())
}
