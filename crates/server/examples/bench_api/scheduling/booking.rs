//! Sixteen callers book, each with a provider of their own.

use super::practice::{LANES, Practice, STEP};
use super::versus::compare;
use crate::Outcome;
use crate::load;
use crate::pgbench::{Fresh, Heard, Listener, Script};
use crate::postgres::Urls;
use crate::product::Product;
use crate::report::Figure;

/// The rate of `bookingCreate`, beside `pgbench` running its statements in one transaction.
pub(super) async fn versus(product: &Product, practice: &Practice, urls: Option<&Urls>) -> Outcome<Figure> {
    let name = "booking_create_vs_pgbench";
    let Some(urls) = urls else {
        return compare(name, product, || practice.callers(), None).await;
    };
    let organization = urls.organization(super::practice::SLUG).await?;
    let lanes = hear((product, practice), urls, &organization).await?;
    let script = Script::writing(&organization, &lanes, Fresh { step: STEP })?;
    compare(name, product, || practice.callers(), Some((&script, urls))).await
}

/// Books twice in every lane and listens.
async fn hear(
    (product, practice): (&Product, &Practice),
    urls: &Urls,
    organization: &str,
) -> Outcome<Vec<[Vec<Heard>; 2]>> {
    // What is prepared, remembered and leased the first time is not what a booking costs.
    for lane in 0..LANES {
        load::once(product.address, &practice.next_booking(lane)).await?;
        load::once(product.address, &practice.next_booking(lane)).await?;
    }
    let db = urls.superuser().await?;
    let listener = Listener::begin(&db).await?;
    let mut rounds = [Vec::new(), Vec::new()];
    for round in &mut rounds {
        for lane in 0..LANES {
            let mark = listener.mark().await?;
            load::once(product.address, &practice.next_booking(lane)).await?;
            round.push(listener.since(mark, organization).await?);
        }
    }
    listener.end().await?;
    let [first, second] = rounds;
    Ok(first
        .into_iter()
        .zip(second)
        .map(|(first, second)| [first, second])
        .collect())
}
