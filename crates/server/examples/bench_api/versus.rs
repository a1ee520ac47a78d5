//! A request to the server beside the same request to the plain handler, in alternating rounds.

use std::net::SocketAddr;
use std::time::Duration;

use crate::Outcome;
use crate::library::Library;
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
    /// One round of it.
    async fn play(
        &mut self,
        (address, process): (SocketAddr, &Child),
        request: &[u8],
        counts: bool,
    ) -> Outcome<()> {
        let before = process.used()?;
        let round = load::round(address, request, CONNECTIONS, ROUND).await?;
        let used = process.used()?.saturating_sub(before);
        if counts {
            self.add(&round, used);
        }
        Ok(())
    }

    /// The middle one of its rounds.
    fn rate(&self) -> f64 {
        median(&mut self.rates.clone())
    }

    /// Round by round as a share of another, sorted.
    fn beside(&self, other: &Self) -> Vec<f64> {
        let shares = self.rates.iter().zip(&other.rates);
        let mut shares: Vec<f64> = shares.map(|(ours, theirs)| ours / theirs).collect();
        shares.sort_by(f64::total_cmp);
        shares
    }

    fn add(&mut self, round: &Round, used: Duration) {
        self.rates.push(round.rate);
        self.p99s.push(round.within(0.99).as_secs_f64() * 1e3);
        self.costs
            .push(used.as_secs_f64() * 1e6 / round.times.len().max(1) as f64);
    }
}

/// Answers a second, as a share of what the plain handler reaches; beside it what the library alone reaches, if it is asked.
pub(crate) async fn compare(
    (name, request): (&'static str, &[u8]),
    product: &Product,
    library: Option<&Library>,
) -> Outcome<Figure> {
    let plain = Plain::answering(&load::once(product.address, request).await?).await?;
    let (mut ours, mut theirs, mut alone) = (Side::default(), Side::default(), Side::default());
    for round in 0..=ROUNDS {
        // The first warms all of them.
        let counts = round > 0;
        ours.play((product.address, &product.process), request, counts)
            .await?;
        theirs
            .play((plain.address, &plain.process), request, counts)
            .await?;
        if let Some(library) = library {
            alone
                .play((library.address, &library.process), request, counts)
                .await?;
        }
    }
    let (ratios, to_library) = (ours.beside(&theirs), ours.beside(&alone));
    let mut values = vec![
        ("ratio", ours.rate() / theirs.rate()),
        ("ratio_lowest", ratios[0]),
        ("ratio_highest", ratios[ratios.len() - 1]),
        ("per_second", ours.rate()),
        ("axum_per_second", theirs.rate()),
        ("p99_ms", median(&mut ours.p99s)),
        ("axum_p99_ms", median(&mut theirs.p99s)),
        ("cpu_us", median(&mut ours.costs)),
        ("axum_cpu_us", median(&mut theirs.costs)),
        ("rounds", ROUNDS as f64),
        ("connections", CONNECTIONS as f64),
    ];
    if library.is_some() {
        values.extend([
            ("ratio_to_library", ours.rate() / alone.rate()),
            ("ratio_to_library_lowest", to_library[0]),
            ("ratio_to_library_highest", to_library[to_library.len() - 1]),
            ("library_vs_axum", alone.rate() / theirs.rate()),
            ("library_cpu_us", median(&mut alone.costs)),
        ]);
    }
    Ok(Figure {
        name,
        database: product.database,
        values,
    })
}
