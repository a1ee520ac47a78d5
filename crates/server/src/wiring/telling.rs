//! Readers of the journal that lay out what is to be told to others, and forgetting what was told long ago.

use std::time::Duration;

use db::journal::reader::behind;
use db::{Fault, Store};
use flows::tell::{NOTIFIER, Outside, WEBHOOKS, keeping};
use tokio_util::sync::CancellationToken;

use crate::background::Background;

/// How often a reader looks by itself: for what a node that died has left behind.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Organizations that one look finds.
const FOUND: u64 = 100;

/// How often what has been kept long enough is looked for.
const FORGET_EVERY: Duration = Duration::from_secs(3_600);

/// How long it takes until the next batch of it goes.
const AGAIN: Duration = Duration::from_secs(1);

/// Forgets what was told and has been kept long enough.
pub(super) fn forgetting(store: Store) -> Background {
    Background::new("told", move |stop| async move {
        let mut wait = FORGET_EVERY;
        while stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_some() {
            wait = match keeping::forget(&store).await {
                Ok(0) => FORGET_EVERY,
                Ok(gone) => {
                    tracing::debug!(gone, "what was told long ago is forgotten");
                    AGAIN
                }
                Err(why) => {
                    tracing::warn!(%why, "forgetting what was told goes on");
                    FORGET_EVERY
                }
            };
        }
        Ok(())
    })
}

/// Both readers.
pub(super) fn reading(store: &Store, outside: &Outside) -> [Background; 2] {
    [WEBHOOKS, NOTIFIER].map(|reader| {
        let (store, outside) = (store.clone(), outside.clone());
        Background::new(reader, move |stop| async move {
            let mut listener = store.wake().listen_to_journals();
            while !stop.is_cancelled() {
                if let Err(fault) = look(&store, (&outside, reader), &stop).await {
                    tracing::warn!(%fault, reader, "a reader of the journal goes on");
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    _ = listener.heard_any() => {}
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                }
            }
            Ok(())
        })
    })
}

/// Reads everything that is there. What cannot be laid out for one organization keeps no other waiting.
async fn look(
    store: &Store,
    (outside, reader): (&Outside, &'static str),
    stop: &CancellationToken,
) -> Result<(), Fault> {
    for organization in behind(store, reader, FOUND).await? {
        while !stop.is_cancelled() {
            match outside.read(store, (reader, organization)).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(why) => {
                    tracing::warn!(%why, reader, %organization, "events were not laid out");
                    break;
                }
            }
        }
    }
    Ok(())
}
