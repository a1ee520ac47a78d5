//! The journal as it grows: first what was missed, then what happens, without a gap and without a repeat.

use std::collections::VecDeque;

use async_graphql::Result;
use db::journal::{Entity, Event, Sought, extent, sought_after};
use db::paging::Cursor;
use db::wake::Listener;
use db::{Asker, Reading, Store, Tenant};
use kernel::Code;

use crate::errors::{broken, coded};

/// Events read at once.
const BATCH: u64 = 100;

/// Follows a journal from a position on.
pub(super) struct Tail {
    store: Store,
    tenant: Tenant,
    asker: Asker,
    listener: Listener,
    sought: Sought,
    position: i64,
}

/// What one look has brought, with the snapshot that it was seen in.
pub(super) struct Look {
    pub(super) reading: Reading<Tenant>,
    pub(super) events: VecDeque<Event>,
}

/// Refuses to go on after a position if what came next is no longer there.
pub(super) async fn still_kept(reading: &Reading<Tenant>, position: i64) -> Result<()> {
    let (first, _) = extent(reading).await.map_err(broken)?;
    if position + 1 < first {
        return Err(coded(
            Code::SnapshotRequired,
            &"what happened after this cursor is no longer kept: read the present state, then go on from now",
        ));
    }
    Ok(())
}

impl Tail {
    /// From a cursor on, or from now on. Whatever is committed after this begins is told.
    pub(super) async fn new(
        (store, tenant, asker): (Store, Tenant, Asker),
        sought: Sought,
        after: Option<&str>,
    ) -> Result<Self> {
        let listener = store.wake().listen_to_journals();
        let reading = store.read(tenant, &asker).await.map_err(broken)?;
        let position = match after {
            Some(text) => {
                let wrong = || coded(Code::InvalidInput, &"`after` is no cursor of the journal");
                let cursor = Cursor::read::<Entity>(text).and_then(|it| it.number());
                let position = cursor.ok_or_else(wrong)?;
                still_kept(&reading, position).await?;
                position
            }
            None => extent(&reading).await.map_err(broken)?.1,
        };
        drop(reading);
        Ok(Self {
            store,
            tenant,
            asker,
            listener,
            sought,
            position,
        })
    }

    /// The next events, as soon as there are some.
    pub(super) async fn next(&mut self) -> Result<Look> {
        loop {
            let look = self.look().await?;
            if !look.events.is_empty() {
                return Ok(look);
            }
            let rung = self.listener.heard(self.tenant.0);
            // Either way it is time to look.
            let _ = tokio::time::timeout(self.store.look_every(), rung).await;
        }
    }

    /// Reads one batch, in a snapshot of its own: rights are asked of the present.
    async fn look(&mut self) -> Result<Look> {
        let reading = self.store.read(self.tenant, &self.asker).await.map_err(broken)?;
        still_kept(&reading, self.position).await?;
        let (_, end) = extent(&reading).await.map_err(broken)?;
        let events = sought_after(&reading, &self.sought, (self.position, BATCH))
            .await
            .map_err(broken)?;
        let is_last = (events.len() as u64) < BATCH;
        let read = events.last().and_then(|it| it.position);
        self.position = if is_last { end } else { read.unwrap_or(end) };
        Ok(Look {
            reading,
            events: events.into(),
        })
    }
}
