//! Following a journal: first what was missed, then what happens, without a gap and without a repeat.

use std::sync::Arc;

use kernel::SystemKind;
use sea_orm::DbErr;
use tokio::sync::watch;

use super::tail::{Stretch, Tail};
use super::{Event, Sought, extent, sought_after};
use crate::fault::Fault;
use crate::store::Store;
use crate::work::{Asker, Tenant};

/// Events that are handed over at once.
const BATCH: usize = 100;

/// Why nobody can follow any further.
#[derive(Debug, thiserror::Error)]
pub enum Halt {
    /// What came next is no longer kept.
    #[error("what came next is no longer kept")]
    Forgotten,
    /// The database refused.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Somebody who follows a journal from a position on. Whatever happens after that position is handed over once, in the order
/// of the journal; who may hear of it is asked elsewhere.
///
/// Who follows live waits for the [`Tail`], which reads for all; who stands further back reads by themselves until they have
/// caught up with it. Either way everything up to the next position was read, so it does not matter which way it was.
#[derive(Debug)]
pub struct Follower {
    store: Store,
    tenant: Tenant,
    sought: Sought,
    position: i64,
    read: watch::Receiver<Stretch>,
    /// Held so that it goes on.
    _tail: Arc<Tail>,
}

impl Follower {
    /// From a position on, or from now on: whatever is numbered after this began is told.
    ///
    /// # Errors
    /// If what came after the position is no longer kept, or the database refuses.
    pub async fn begin(
        store: &Store,
        tenant: Tenant,
        (sought, after): (Sought, Option<i64>),
    ) -> Result<Self, Halt> {
        let reading = store.read(tenant, &Asker::system(SystemKind::Worker)).await?;
        let (first, end) = extent(&reading).await?;
        drop(reading);
        // A position that was never given is the end.
        let position = after.unwrap_or(end).min(end);
        if position + 1 < first {
            return Err(Halt::Forgotten);
        }
        let tail = Tail::of(store, tenant, end);
        Ok(Self {
            store: store.clone(),
            tenant,
            sought,
            position,
            read: tail.read(),
            _tail: tail,
        })
    }

    /// The position up to which everything was handed over, or is not sought.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.position
    }

    /// The next events, as soon as there are some.
    ///
    /// # Errors
    /// If what comes next is no longer kept, or the database refuses.
    pub async fn next(&mut self) -> Result<Vec<Arc<Event>>, Halt> {
        loop {
            let events = match self.with_the_others().await? {
                Some(events) => events,
                None => self.alone().await?,
            };
            if !events.is_empty() {
                return Ok(events);
            }
        }
    }

    /// Takes what the tail has read after our position, as soon as it has; nothing if it has let go of it.
    async fn with_the_others(&mut self) -> Result<Option<Vec<Arc<Event>>>, Halt> {
        let position = self.position;
        let gone = |_| Fault::Gone(DbErr::Custom("the tail of a journal has broken off".to_owned()));
        let read = self.read.wait_for(|it| it.end > position).await.map_err(gone)?;
        let Some(mut events) = read.after(position, BATCH) else {
            return Ok(None);
        };
        drop(read);
        self.position = events.last().and_then(|it| it.position).unwrap_or(position);
        events.retain(|it| self.sought.holds(it));
        Ok(Some(events))
    }

    /// Reads one batch from the database.
    async fn alone(&mut self) -> Result<Vec<Arc<Event>>, Halt> {
        let asker = Asker::system(SystemKind::Worker);
        let reading = self.store.read(self.tenant, &asker).await?;
        let (first, end) = extent(&reading).await?;
        if self.position + 1 < first {
            return Err(Halt::Forgotten);
        }
        let events = sought_after(&reading, &self.sought, (self.position, BATCH as u64)).await?;
        let is_last = events.len() < BATCH;
        let read = events.last().and_then(|it| it.position);
        self.position = if is_last { end } else { read.unwrap_or(end) };
        Ok(events.into_iter().map(Arc::new).collect())
    }
}
