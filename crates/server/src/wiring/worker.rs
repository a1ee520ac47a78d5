//! What runs beside the requests.

use std::time::Duration;

use db::Store;
use tokio_util::sync::CancellationToken;

use crate::background::Background;

/// How often what has expired is deleted. It counts for nothing any more, so only the disk waits for it.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// How often addresses that have been quiet are forgotten: in a flood they are many, and in memory.
const FORGET_EVERY: Duration = Duration::from_secs(60);

/// Deletes what has expired. A sweep that fails is tried again at the next turn.
pub(super) fn sweeping(store: Store) -> Background {
    Background::new("sweep", move |stop| async move {
        while passes(&stop, SWEEP_EVERY).await {
            match tenancy::sweep(&store).await {
                Ok(swept) => tracing::debug!(?swept, "swept"),
                Err(fault) => tracing::warn!(%fault, "a sweep failed"),
            }
        }
        Ok(())
    })
}

/// Forgets addresses that have been quiet.
pub(super) fn forgetting(host: gateway::Host) -> Background {
    Background::new("forget", move |stop| async move {
        while passes(&stop, FORGET_EVERY).await {
            host.sweep();
        }
        Ok(())
    })
}

/// Whether the time passes before the end comes.
async fn passes(stop: &CancellationToken, time: Duration) -> bool {
    stop.run_until_cancelled(tokio::time::sleep(time)).await.is_some()
}
