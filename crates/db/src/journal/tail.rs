//! The end of a journal, read once for everybody on this node who follows it.
//!
//! A tail is there while somebody follows the journal. One task reads each new stretch and keeps the last of it in memory;
//! whoever follows takes from there what comes after their own position. The positions are the truth: who finds that what they
//! need is not kept here reads it from the database, and comes back.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use kernel::SystemKind;
use kernel::id::OrganizationId;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;

use super::{Event, after};
use crate::fault::Fault;
use crate::store::Store;
use crate::work::{Asker, Tenant};

/// Events of one journal that are kept in memory. Whoever falls behind further reads by themselves.
pub const KEPT: usize = 1_024;

/// Events that one look reads at once.
const BATCH: u64 = 500;

/// How long a tail waits before it tries again what the database refused.
const AGAIN: Duration = Duration::from_secs(1);

/// Every event after one position up to another.
#[derive(Debug)]
pub(super) struct Stretch {
    from: i64,
    pub(super) end: i64,
    events: VecDeque<Arc<Event>>,
}

impl Stretch {
    /// Nothing yet, at a position.
    fn at(position: i64) -> Self {
        Self {
            from: position,
            end: position,
            events: VecDeque::new(),
        }
    }

    /// Goes on with what came next.
    fn extend(&mut self, events: Vec<Event>) {
        for event in events {
            let Some(position) = event.position else { continue };
            if position != self.end + 1 {
                // What lay between is forgotten: whoever stands before it must hear of that.
                *self = Self::at(position - 1);
            }
            self.end = position;
            self.events.push_back(Arc::new(event));
            if self.events.len() > KEPT {
                self.events.pop_front();
                self.from += 1;
            }
        }
    }

    /// Lets go of everything: whoever wanted it has had the time to take it.
    fn let_go(&mut self) {
        *self = Self::at(self.end);
    }

    /// So many events after a position; nothing if not all that came after it are here.
    pub(super) fn after(&self, position: i64, most: usize) -> Option<Vec<Arc<Event>>> {
        let skipped = usize::try_from(position - self.from).ok()?;
        Some(self.events.iter().skip(skipped).take(most).cloned().collect())
    }
}

/// The tail of one journal. It ends when nobody holds it any more.
#[derive(Debug)]
pub(super) struct Tail {
    store: Store,
    organization: OrganizationId,
    read: watch::Receiver<Stretch>,
    reader: AbortHandle,
}

impl Tail {
    /// The tail of a journal that goes at least up to this position. It is made if nobody follows that journal yet.
    pub(super) fn of(store: &Store, tenant: Tenant, end: i64) -> Arc<Self> {
        let mut tails = store.wake().tails().lock();
        if let Some(tail) = tails.get(&tenant.0).and_then(|it| it.tail.upgrade()) {
            return tail;
        }
        let bell = Arc::new(Notify::new());
        let (told, read) = watch::channel(Stretch::at(end));
        let reader = tokio::spawn(read_on(store.clone(), tenant, Arc::clone(&bell), told));
        let tail = Arc::new(Self {
            store: store.clone(),
            organization: tenant.0,
            read,
            reader: reader.abort_handle(),
        });
        let followed = Followed {
            tail: Arc::downgrade(&tail),
            bell,
        };
        tails.insert(tenant.0, followed);
        tail
    }

    /// What has been read, as it grows.
    pub(super) fn read(&self) -> watch::Receiver<Stretch> {
        self.read.clone()
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.reader.abort();
        let mut tails = self.store.wake().tails().lock();
        // Somebody may have come meanwhile, and made another.
        if tails
            .get(&self.organization)
            .is_some_and(|it| it.tail.strong_count() == 0)
        {
            tails.remove(&self.organization);
        }
    }
}

/// The tails of this node, and the bells at which they look.
#[derive(Debug, Default)]
pub(crate) struct Tails(Mutex<HashMap<OrganizationId, Followed>>);

#[derive(Debug)]
struct Followed {
    tail: Weak<Tail>,
    bell: Arc<Notify>,
}

impl Tails {
    /// A journal goes further.
    pub(crate) fn ring(&self, organization: OrganizationId) {
        if let Some(followed) = self.lock().get(&organization) {
            followed.bell.notify_one();
        }
    }

    /// Any journal may go further.
    pub(crate) fn ring_all(&self) {
        for followed in self.lock().values() {
            followed.bell.notify_one();
        }
    }

    /// How many journals are followed on this node.
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<OrganizationId, Followed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a journal as it grows: at the bell, and by itself for what no bell has told.
async fn read_on(store: Store, tenant: Tenant, bell: Arc<Notify>, told: watch::Sender<Stretch>) {
    loop {
        if let Err(fault) = look(&store, tenant, &told).await {
            tracing::warn!(%fault, organization = %tenant.0, "the tail of a journal goes on");
            tokio::time::sleep(AGAIN).await;
            continue;
        }
        let rung = tokio::time::timeout(store.look_every(), bell.notified()).await;
        if rung.is_err() {
            told.send_if_modified(|it| {
                it.let_go();
                false
            });
        }
    }
}

/// Reads what is there, batch after batch.
async fn look(store: &Store, tenant: Tenant, told: &watch::Sender<Stretch>) -> Result<(), Fault> {
    loop {
        let end = told.borrow().end;
        let reading = store.read(tenant, &Asker::system(SystemKind::Worker)).await?;
        let events = after(&reading, end, BATCH).await?;
        drop(reading);
        let is_last = (events.len() as u64) < BATCH;
        if !events.is_empty() {
            told.send_modify(|it| it.extend(events));
        }
        if is_last {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::Id as _;
    use kernel::id::EventId;

    use super::*;

    fn events(positions: std::ops::RangeInclusive<i64>) -> Vec<Event> {
        let event = |position| Event {
            organization_id: OrganizationId::from_uuid(uuid::Uuid::nil()),
            id: EventId::from_uuid(uuid::Uuid::nil()),
            position: Some(position),
            type_: "organization.updated".to_owned(),
            aggregate_id: String::new(),
            aggregate_version: 1,
            payload: serde_json::Value::Null,
            actor_kind: "SYSTEM".to_owned(),
            actor_id: None,
            occurred_at: chrono::DateTime::UNIX_EPOCH,
        };
        positions.map(event).collect()
    }

    fn after(stretch: &Stretch, position: i64, most: usize) -> Option<Vec<i64>> {
        let events = stretch.after(position, most)?;
        Some(events.iter().filter_map(|it| it.position).collect())
    }

    #[test]
    fn whoever_stands_within_a_stretch_gets_what_comes_next() {
        let mut stretch = Stretch::at(3);
        assert_eq!(after(&stretch, 3, 10), Some(vec![]));
        stretch.extend(events(4..=7));
        assert_eq!(after(&stretch, 3, 2), Some(vec![4, 5]));
        assert_eq!(after(&stretch, 6, 10), Some(vec![7]));
        assert_eq!(after(&stretch, 9, 10), Some(vec![]), "who has read further waits");
        assert_eq!(after(&stretch, 2, 10), None);
    }

    #[test]
    fn whoever_stands_before_a_stretch_is_told_so() {
        let mut stretch = Stretch::at(0);
        let many = i64::try_from(KEPT).unwrap();
        stretch.extend(events(1..=many));
        assert_eq!(after(&stretch, 0, 1), Some(vec![1]));
        stretch.extend(events(many + 1..=many + 1));
        assert_eq!(after(&stretch, 0, 1), None);
        assert_eq!(after(&stretch, 1, 1), Some(vec![2]));
        stretch.let_go();
        assert_eq!(after(&stretch, many, 1), None);
        assert_eq!(after(&stretch, many + 1, 1), Some(vec![]));
    }

    #[test]
    fn what_is_forgotten_between_two_looks_is_no_stretch() {
        let mut stretch = Stretch::at(3);
        stretch.extend(events(6..=7));
        assert_eq!(after(&stretch, 3, 10), None);
        assert_eq!(after(&stretch, 5, 10), Some(vec![6, 7]));
    }
}
