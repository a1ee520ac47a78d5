//! What runs beside the requests.

mod figures;
mod journal;
mod promises;

use std::time::Duration;

use db::{Fault, Store};
use flows::promises::Keepers;
use tokio_util::sync::CancellationToken;

use crate::background::Background;

/// How often what has expired is deleted. It counts for nothing any more, so only the disk waits for it.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// How often addresses that have been quiet are forgotten: in a flood they are many, and in memory.
const FORGET_EVERY: Duration = Duration::from_secs(60);

/// Everything that runs beside the requests, or alone in a process that is a worker.
pub(super) fn all(store: &Store, host: &gateway::Host, keepers: Keepers) -> Vec<Background> {
    vec![
        sweeping(store.clone()),
        forgetting(host.clone()),
        journal::numbering(store.clone()),
        journal::hearing(store.clone()),
        journal::forgetting(store.clone()),
        promises::keeping(store.clone(), keepers),
        figures::taking(store.clone()),
    ]
}

/// What the database refused to somebody who tries again. The words stay in the log.
fn broken(what: &str, fault: &Fault) {
    tracing::warn!(%fault, what, "the background work goes on");
}

/// Deletes what has expired. A sweep that fails is tried again at the next turn.
fn sweeping(store: Store) -> Background {
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
fn forgetting(host: gateway::Host) -> Background {
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
