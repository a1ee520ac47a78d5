//! What offering and booking times costs, over HTTP.

mod booking;
mod crowd;
mod fill;
pub(crate) mod growth;
mod memory;
mod practice;
mod slots;
mod sql;
mod versus;

use crate::Outcome;
use crate::postgres::Urls;
use crate::product::Product;
use crate::report::Report;
use practice::Practice;

/// The figures of one database: what `pgbench` takes beside it, where there is a `pgbench`.
pub(crate) async fn measure(product: &Product, urls: Option<&Urls>, report: &Report) -> Outcome<()> {
    let idle = memory::of(product)?;
    let practice = Practice::open(product).await?;
    if report.wants("booking_create_vs_pgbench") {
        report.tell(&booking::versus(product, &practice, urls).await?);
    }
    if report.wants("slots_14d_vs_pgbench") {
        report.tell(&slots::versus(product, &practice, urls).await?);
    }
    if report.wants("providers_1000_7d_ms") {
        report.tell(&crowd::crowd(product, &practice).await?);
    }
    if report.wants("rss_idle_mb") || report.wants("rss_load_mb") {
        memory::tell((product, idle), report)?;
    }
    Ok(())
}
