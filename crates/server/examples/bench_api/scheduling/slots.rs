//! Sixteen callers look at the starts of a fortnight.

use super::practice::{LANES, Practice, SLUG};
use super::versus::compare;
use crate::Outcome;
use crate::load::{self, Sender};
use crate::pgbench::{Listener, Script};
use crate::postgres::Urls;
use crate::product::Product;
use crate::report::Figure;

/// The rate of `slots` for one provider and fourteen days, beside `pgbench` running its SELECTs.
pub(super) async fn versus(product: &Product, practice: &Practice, urls: Option<&Urls>) -> Outcome<Figure> {
    let name = "slots_14d_vs_pgbench";
    let senders = || (0..LANES).map(|_| sender(practice)).collect();
    let Some(urls) = urls else {
        return compare(name, product, senders, None).await;
    };
    let organization = urls.organization(SLUG).await?;
    let db = urls.superuser().await?;
    load::once(product.address, &practice.starts()).await?;
    let listener = Listener::begin(&db).await?;
    let mark = listener.mark().await?;
    load::once(product.address, &practice.starts()).await?;
    let heard = listener.since(mark, &organization).await?;
    listener.end().await?;
    let script = Script::reading(&organization, &heard)?;
    compare(name, product, senders, Some((&script, urls))).await
}

fn sender(practice: &Practice) -> Sender {
    let request = practice.starts();
    Sender {
        next: Box::new(move || request.clone()),
        wanted: r#""startsAt""#,
    }
}
