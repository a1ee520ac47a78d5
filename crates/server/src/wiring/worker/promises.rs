//! Keeping what was promised, as soon as it is due.

use std::time::Duration;

use chrono::TimeDelta;
use db::timer::{Claim, claim, next_due};
use db::{Fault, Store};
use flows::promises::{Ended, Keepers};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{broken, passes};
use crate::background::Background;

/// Promises that one node keeps at once.
const AT_ONCE: usize = 16;

/// How often a node looks by itself: for what other nodes were promised and have not kept.
const LOOK_EVERY: TimeDelta = TimeDelta::seconds(1);

/// How long a node waits before it tries again what the database refused.
const AGAIN: Duration = Duration::from_secs(1);

/// Keeps promises. When it is asked to end it claims no more, and finishes what it has.
pub(super) fn keeping(store: Store, keepers: Keepers) -> Background {
    Background::new("promises", move |stop| async move {
        let mut running = JoinSet::new();
        while !stop.is_cancelled() {
            if let Err(fault) = turn(&store, &keepers, (&mut running, &stop)).await {
                broken("claiming promises", &fault);
                passes(&stop, AGAIN).await;
            }
        }
        while running.join_next().await.is_some() {}
        Ok(())
    })
}

/// Claims what is due, as far as there is room, and waits until there may be more.
async fn turn(
    store: &Store,
    keepers: &Keepers,
    (running, stop): (&mut JoinSet<()>, &CancellationToken),
) -> Result<(), Fault> {
    store.wake().look_at_promises();
    let room = AT_ONCE - running.len();
    let claims = claim(store, room as u64).await?;
    let is_full = claims.len() == room;
    for claim in claims {
        let (store, keepers) = (store.clone(), keepers.clone());
        running.spawn(async move { report(&claim, keepers.keep(&store, &claim).await) });
    }
    if is_full {
        stop.run_until_cancelled(running.join_next()).await;
        return Ok(());
    }
    let look_at = store.now() + LOOK_EVERY;
    let wake_at = next_due(store).await?.map_or(look_at, |it| it.min(look_at));
    let pause = (wake_at - store.now()).to_std().unwrap_or_default();
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(pause) => {}
        () = store.wake().promised_before(wake_at) => {}
        Some(_) = running.join_next() => {}
    }
    Ok(())
}

fn report(claim: &Claim, ended: Ended) {
    let (kind, timer, attempt) = (claim.kind.as_str(), claim.id.to_string(), claim.attempt);
    let outcome = match ended {
        Ended::Kept => "kept",
        Ended::Lost => {
            tracing::info!(kind, timer, attempt, "a claim was lost");
            "lost"
        }
        Ended::Failed(why) => {
            let word = why.word();
            tracing::warn!(kind, timer, attempt, word, %why, "a promise was not kept");
            "failed"
        }
    };
    metrics::counter!(crate::metrics::PROMISES, "kind" => claim.kind.clone(), "outcome" => outcome)
        .increment(1);
}
