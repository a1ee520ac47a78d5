//! Readers of the journal that lay out what is to be told to others.

use std::time::Duration;

use db::journal::reader::behind;
use db::{Fault, Store};
use flows::tell::{NOTIFIER, Outside, WEBHOOKS};
use tokio_util::sync::CancellationToken;

use crate::background::Background;

/// How often a reader looks by itself: for what a node that died has left behind.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Organizations that one look finds.
const FOUND: u64 = 100;

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
