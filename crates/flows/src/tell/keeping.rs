//! Forgetting what was told long ago.

use db::journal::keeping::organizations;
use db::{Store, Tenant};
use messaging::keeping;

use super::{fault, write};
use crate::Refusal;
use crate::promises::worker;

/// Forgets what was told and has been kept long enough, a batch of each organization's. Says how many rows are gone. Most have
/// nothing to forget, and whoever only looks holds up no writer.
///
/// # Errors
/// If the database refuses; what was forgotten until then stays forgotten.
pub async fn forget(store: &Store) -> Result<u64, Refusal> {
    let mut gone = 0;
    for organization in organizations(store).await.map_err(fault)? {
        let reading = store.read(Tenant(organization), &worker()).await.map_err(fault)?;
        let has_old = keeping::has_old(&reading).await.map_err(fault)?;
        drop(reading);
        if has_old {
            let work = write(store, organization).await?;
            gone += keeping::forget(&work).await.map_err(fault)?;
            work.commit().await.map_err(fault)?;
        }
    }
    Ok(gone)
}
