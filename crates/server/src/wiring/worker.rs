//! What runs beside the requests.

use std::time::Duration;

use db::Store;

use crate::background::Background;

/// How often what has expired is forgotten.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Forgets what has expired. A sweep that fails is tried again at the next turn.
pub(super) fn sweeping(store: Store, host: gateway::Host) -> Background {
    Background::new("sweep", move |stop| async move {
        while stop
            .run_until_cancelled(tokio::time::sleep(SWEEP_EVERY))
            .await
            .is_some()
        {
            host.sweep();
            match tenancy::sweep(&store).await {
                Ok(swept) => tracing::debug!(?swept, "swept"),
                Err(fault) => tracing::warn!(%fault, "a sweep failed"),
            }
        }
        Ok(())
    })
}
