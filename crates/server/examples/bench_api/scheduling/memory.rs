//! How much memory the server takes.

use crate::Outcome;
use crate::product::Product;
use crate::report::{Figure, Report};

/// Megabytes that the process has resident now.
pub(crate) fn of(product: &Product) -> Outcome<f64> {
    product.process.status_mb("VmRSS")
}

/// Before anything was asked, and the most that it has ever had since.
pub(crate) fn tell((product, idle): (&Product, f64), report: &Report) -> Outcome<()> {
    report.tell(&Figure {
        name: "rss_idle_mb",
        database: product.database,
        values: vec![("mb", idle)],
    });
    report.tell(&Figure {
        name: "rss_load_mb",
        database: product.database,
        values: vec![
            ("mb", product.process.status_mb("VmHWM")?),
            ("mb_after", of(product)?),
        ],
    });
    Ok(())
}
