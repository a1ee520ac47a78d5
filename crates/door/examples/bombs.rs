//! Prints what it takes to judge each document of the corpus, and what the executor's validator takes for the
//! largest ones that pass: `cargo run --release -p door --example bombs`.
//!
//! Each is judged many times on a warm machine; the figure is the median. The promise is 10 ms.

#[path = "echo/house.rs"]
mod house;

#[path = "../tests/it/corpus.rs"]
mod corpus;

use std::{
    sync::atomic::Ordering::SeqCst,
    time::{Duration, Instant},
};

use async_graphql::{Request, Variables};
use door::{Host, Limits};

const ROUNDS: usize = 101;

fn median(mut act: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            act();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[ROUNDS / 2]
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let house = house::House::new();
    let guard = house.guard(Limits::default());
    let mut worst = Duration::ZERO;
    for bomb in corpus::bombs() {
        let variables = Variables::from_json(bomb.variables);
        let time = median(|| drop(guard.judge(&bomb.query, None, &variables)));
        worst = worst.max(time);
        println!(
            "{:>8.1} µs  {:<16} {}",
            time.as_secs_f64() * 1e6,
            bomb.code,
            bomb.name
        );
    }
    let largest = corpus::giants()
        .into_iter()
        .chain([("fragments 2^10", corpus::fan_out(2, 10))]);
    for (name, query) in largest {
        let time = median(|| drop(guard.judge(&query, None, &Variables::default())));
        worst = worst.max(time);
        println!("{:>8.1} µs  {:<16} {name}", time.as_secs_f64() * 1e6, "judged");
        let judged = guard.judge(&query, None, &Variables::default());
        let vetting = judged.expect("what is that large may run").vetting;
        let start = Instant::now();
        let response = house
            .execute(house::Caller(None), Request::new(&query), vetting)
            .await;
        let errors = response.errors.len();
        println!(
            "{:>8.1} µs  {:<16} {name} ({errors} errors)",
            start.elapsed().as_secs_f64() * 1e6,
            "executed"
        );
    }
    let ran = house.written.load(SeqCst) + house.following.load(SeqCst);
    assert_eq!(ran, 0, "judging runs nothing");
    println!("the longest took {:.2} ms to judge", worst.as_secs_f64() * 1e3);
}
