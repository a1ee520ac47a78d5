//! How long what was told is kept. What is still under way is kept however long that takes.

use chrono::TimeDelta;
use db::{Fault, Reading, Tenant, Work};

use crate::store;
use crate::store::{delivery, notification, webhook_delivery};

/// How long a letter, or an event for an endpoint, is kept after it came to its end.
pub const ENDED_KEPT: TimeDelta = TimeDelta::days(90);

/// How long a notification is kept after it was read.
pub const READ_KEPT: TimeDelta = TimeDelta::days(180);

/// How long a notification is kept that nobody reads.
pub const UNREAD_KEPT: TimeDelta = TimeDelta::days(365);

/// Rows of each kind that one transaction forgets: whoever wants to write waits no longer than that takes.
pub const BATCH: u64 = 1_000;

/// Whether an organization has something whose time is over.
///
/// # Errors
/// If the database refuses.
pub async fn has_old(reading: &Reading<Tenant>) -> Result<bool, Fault> {
    let now = reading.now();
    Ok(store::has_old(reading, delivery::ended(now - ENDED_KEPT)).await?
        || store::has_old(reading, webhook_delivery::ended(now - ENDED_KEPT)).await?
        || store::has_old(reading, notification::read(now - READ_KEPT)).await?
        || store::has_old(reading, notification::ignored(now - UNREAD_KEPT)).await?)
}

/// Forgets what has been kept long enough, a batch of each kind, the oldest first. Says how many rows are gone.
///
/// # Errors
/// If the database refuses.
pub async fn forget(work: &Work<Tenant>) -> Result<u64, Fault> {
    let now = work.now();
    Ok(
        store::forget(work, delivery::ended(now - ENDED_KEPT), BATCH).await?
            + store::forget(work, webhook_delivery::ended(now - ENDED_KEPT), BATCH).await?
            + store::forget(work, notification::read(now - READ_KEPT), BATCH).await?
            + store::forget(work, notification::ignored(now - UNREAD_KEPT), BATCH).await?,
    )
}
