//! Numbering what is committed, hearing what other nodes have numbered, and forgetting what is old.

use std::time::Duration;

use db::Store;
use db::journal::keeping;
use db::journal::number::{Numbered, number};
use tokio_util::sync::CancellationToken;

use super::{broken, passes};
use crate::background::Background;

/// How often a node looks for what nobody has numbered: what a node that died has left behind.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long a node waits after numbering something, so that what comes close together is numbered together.
const GATHER: Duration = Duration::from_millis(5);

/// How long a node waits for another one that is at it: what it has committed itself may have come too late for that one.
const ELSEWHERE: Duration = Duration::from_millis(10);

/// How long a node waits before it tries again what the database refused.
const AGAIN: Duration = Duration::from_secs(1);

/// How often what is old is looked for.
const FORGET_EVERY: Duration = Duration::from_secs(3_600);

/// Gives committed events their places.
pub(super) fn numbering(store: Store) -> Background {
    Background::new("numbering", move |stop| async move {
        let mut wait = Duration::ZERO;
        while passes(&stop, wait).await {
            wait = match number(&store).await {
                Ok(Numbered::Full(_)) => Duration::ZERO,
                Ok(Numbered::All(0)) => {
                    news(&store, &stop).await;
                    Duration::ZERO
                }
                Ok(Numbered::All(_)) => GATHER,
                Ok(Numbered::Elsewhere) => ELSEWHERE,
                Err(fault) => {
                    broken("numbering events", &fault);
                    AGAIN
                }
            };
        }
        Ok(())
    })
}

/// Waits until there may be something to number.
async fn news(store: &Store, stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = store.wake().unnumbered() => {}
        () = tokio::time::sleep(LOOK_EVERY) => {}
    }
}

/// Hears what other nodes have numbered. While it cannot, readers look by themselves.
pub(super) fn hearing(store: Store) -> Background {
    Background::new("hearing", move |stop| async move {
        while let Some(ended) = stop.run_until_cancelled(store.hear_others()).await {
            let Err(fault) = ended;
            broken("listening to other nodes", &fault);
            passes(&stop, AGAIN).await;
        }
        Ok(())
    })
}

/// Forgets events whose time is over.
pub(super) fn forgetting(store: Store) -> Background {
    Background::new("retention", move |stop| async move {
        let mut wait = FORGET_EVERY;
        while passes(&stop, wait).await {
            wait = match keeping::forget(&store).await {
                Ok(0) => FORGET_EVERY,
                Ok(gone) => {
                    tracing::debug!(gone, "events forgotten");
                    AGAIN
                }
                Err(fault) => {
                    broken("forgetting events", &fault);
                    FORGET_EVERY
                }
            };
        }
        Ok(())
    })
}
