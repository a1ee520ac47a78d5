//! The same requests in a small database and in a grown one, in alternating rounds.

use std::time::Duration;

use sea_orm::ConnectionTrait;

use super::fill::{self, ORGANIZATIONS};
use super::practice::{LANES, Practice};
use crate::load::{self, Sender};
use crate::product::Product;
use crate::report::{Figure, Report, median};
use crate::{Outcome, postgres};

/// Bookings of the small one.
const FEW: i64 = 10_000;
/// Rounds of each side that count.
const ROUNDS: usize = 7;
/// How long a round lasts.
const ROUND: Duration = Duration::from_millis(1_500);

/// How much longer the same requests take on PostgreSQL where there are `bookings`.
pub(crate) async fn on_postgres(report: &Report, bookings: i64) -> Outcome<()> {
    let (Some(small), Some(large)) = (
        postgres::fresh("horarium_bench_small").await?,
        postgres::fresh("horarium_bench_large").await?,
    ) else {
        return Ok(());
    };
    let (small, large) = (
        Product::on_postgres(&small).await?,
        Product::on_postgres(&large).await?,
    );
    growth((small, large), report, bookings).await
}

/// The same on SQLite.
pub(crate) async fn on_sqlite(report: &Report, bookings: i64) -> Outcome<()> {
    let (small, large) = (Product::on_sqlite().await?, Product::on_sqlite().await?);
    growth((small, large), report, bookings).await
}

async fn growth((small, large): (Product, Product), report: &Report, bookings: i64) -> Outcome<()> {
    let database = large.database;
    let small = Grown::to(small, FEW).await?;
    let large = Grown::to(large, bookings).await?;
    let slots = compare((&small, &large), Grown::lookers).await?;
    let booked = compare((&small, &large), |it| it.practice.callers()).await?;
    report.tell(&Figure {
        name: "growth_10k_to_5m",
        database,
        values: vec![
            ("ratio", slots.ratio.max(booked.ratio)),
            ("slots_ratio", slots.ratio),
            ("slots_median_ms_10k", slots.small_ms),
            ("slots_median_ms_grown", slots.large_ms),
            ("booking_ratio", booked.ratio),
            ("booking_median_ms_10k", booked.small_ms),
            ("booking_median_ms_grown", booked.large_ms),
            ("bookings", bookings as f64),
            ("organizations", ORGANIZATIONS as f64),
            ("rounds", ROUNDS as f64),
            ("connections", LANES as f64),
        ],
    });
    Ok(())
}

/// A server whose database has so many bookings.
struct Grown {
    product: Product,
    practice: Practice,
}

impl Grown {
    async fn to(product: Product, bookings: i64) -> Outcome<Self> {
        let practice = Practice::open(&product).await?;
        let db = product.past_the_api().await?;
        for statement in fill::statements(&db, practice.from.timestamp(), bookings) {
            db.execute_unprepared(&statement).await?;
        }
        Ok(Self { product, practice })
    }

    /// Sixteen who look at the starts of a fortnight.
    fn lookers(&self) -> Vec<Sender> {
        let looker = |_| {
            let request = self.practice.starts();
            Sender {
                next: Box::new(move || request.clone()),
                wanted: r#""startsAt""#,
            }
        };
        (0..LANES).map(looker).collect()
    }
}

/// How two databases compare.
struct Compared {
    ratio: f64,
    small_ms: f64,
    large_ms: f64,
}

async fn compare(
    (small, large): (&Grown, &Grown),
    senders: impl Fn(&Grown) -> Vec<Sender>,
) -> Outcome<Compared> {
    let (mut ratios, mut smalls, mut larges) = (vec![], vec![], vec![]);
    for round in 0..=ROUNDS {
        let of_small = load::round_of(small.product.address, senders(small), ROUND).await?;
        let of_large = load::round_of(large.product.address, senders(large), ROUND).await?;
        // The first warms both.
        if round > 0 {
            ratios.push(of_small.rate / of_large.rate);
            smalls.push(of_small.within(0.5).as_secs_f64() * 1e3);
            larges.push(of_large.within(0.5).as_secs_f64() * 1e3);
        }
    }
    Ok(Compared {
        ratio: median(&mut ratios),
        small_ms: median(&mut smalls),
        large_ms: median(&mut larges),
    })
}
