//! A request to the server beside the same request to the plain handler, in alternating rounds.

use std::time::Duration;

use crate::Outcome;
use crate::load::{self, Round};
use crate::plain::Plain;
use crate::product::{Child, Product};
use crate::report::{Figure, median};

/// Rounds of each side that count.
const ROUNDS: usize = 9;
/// How long a round lasts.
const ROUND: Duration = Duration::from_millis(1500);
/// Connections at once.
const CONNECTIONS: usize = 32;

/// One side, round after round.
#[derive(Default)]
struct Side {
    rates: Vec<f64>,
    p99s: Vec<f64>,
    costs: Vec<f64>,
}

impl Side {
    fn add(&mut self, round: &Round, used: Duration) {
        self.rates.push(round.rate);
        self.p99s.push(round.within(0.99).as_secs_f64() * 1e3);
        self.costs
            .push(used.as_secs_f64() * 1e6 / round.times.len().max(1) as f64);
    }
}

/// Answers a second, as a share of what the plain handler reaches.
pub(crate) async fn compare(name: &'static str, product: &Product, request: &[u8]) -> Outcome<Figure> {
    let plain = Plain::answering(&load::once(product.address, request).await?).await?;
    let (mut ours, mut theirs) = (Side::default(), Side::default());
    for round in 0..=ROUNDS {
        let (of_ours, used_by_us) = measure(product.address, &product.process, request).await?;
        let (of_theirs, used_by_them) = measure(plain.address, &plain.process, request).await?;
        // The first warms both.
        if round > 0 {
            ours.add(&of_ours, used_by_us);
            theirs.add(&of_theirs, used_by_them);
        }
    }
    let mut ratios: Vec<f64> = ours
        .rates
        .iter()
        .zip(&theirs.rates)
        .map(|(ours, theirs)| ours / theirs)
        .collect();
    let (rate, plain_rate) = (median(&mut ours.rates), median(&mut theirs.rates));
    ratios.sort_by(f64::total_cmp);
    Ok(Figure {
        name,
        database: product.database,
        values: vec![
            ("ratio", rate / plain_rate),
            ("ratio_lowest", ratios[0]),
            ("ratio_highest", ratios[ratios.len() - 1]),
            ("per_second", rate),
            ("axum_per_second", plain_rate),
            ("p99_ms", median(&mut ours.p99s)),
            ("axum_p99_ms", median(&mut theirs.p99s)),
            ("cpu_us", median(&mut ours.costs)),
            ("axum_cpu_us", median(&mut theirs.costs)),
            ("rounds", ROUNDS as f64),
            ("connections", CONNECTIONS as f64),
        ],
    })
}

async fn measure(to: std::net::SocketAddr, process: &Child, request: &[u8]) -> Outcome<(Round, Duration)> {
    let before = process.used()?;
    let round = load::round(to, request, CONNECTIONS, ROUND).await?;
    Ok((round, process.used()?.saturating_sub(before)))
}
