//! Tells readers in this process that there may be something new. Only hints: whoever listens also looks by itself.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use kernel::id::{OrganizationId, UserId};
use tokio::sync::{Notify, broadcast, watch};

use crate::dialect::{self, Heard};
use crate::fault::Fault;
use crate::journal::tail::Tails;
use crate::store::Store;
use crate::work::{Tenant, Work};

/// Hints kept for a reader that is busy; one that falls behind further looks at everything.
const KEPT: usize = 1_024;

/// For whom it rings: for one organization, or for whichever it may be.
type Rung = Option<OrganizationId>;

/// Somebody who is told something inside an organization.
type Told = (OrganizationId, UserId);

/// The bells.
#[derive(Debug)]
pub struct Wake {
    written: broadcast::Sender<Rung>,
    numbered: broadcast::Sender<Rung>,
    tails: Tails,
    noticed: Mutex<HashMap<Told, watch::Sender<()>>>,
    unnumbered: Notify,
    promised: watch::Sender<DateTime<Utc>>,
}

impl Default for Wake {
    fn default() -> Self {
        Self {
            written: broadcast::Sender::new(KEPT),
            numbered: broadcast::Sender::new(KEPT),
            tails: Tails::default(),
            noticed: Mutex::default(),
            unnumbered: Notify::new(),
            promised: watch::Sender::new(DateTime::<Utc>::MAX_UTC),
        }
    }
}

impl Wake {
    /// An organization has committed something.
    pub(crate) fn ring(&self, organization: OrganizationId) {
        // Nobody listening is no failure.
        let _ = self.written.send(Some(organization));
        self.unnumbered.notify_one();
    }

    /// An organization's journal goes further.
    pub(crate) fn ring_numbered(&self, organization: OrganizationId) {
        let _ = self.numbered.send(Some(organization));
        self.tails.ring(organization);
    }

    /// Some people were told something.
    pub fn ring_noticed(&self, organization: OrganizationId, users: &[UserId]) {
        let noticed = self.noticed();
        for bell in users.iter().filter_map(|it| noticed.get(&(organization, *it))) {
            bell.send_replace(());
        }
    }

    /// Another node has told something.
    pub(crate) fn ring_for(&self, heard: &Heard) {
        match heard {
            Heard::Numbered(organization) => self.ring_numbered(*organization),
            Heard::Noticed(organization, users) => self.ring_noticed(*organization, users),
            Heard::Anything => self.ring_all(),
        }
    }

    /// What other nodes told was not heard for a while: it may have been for anybody.
    fn ring_all(&self) {
        let _ = self.numbered.send(None);
        self.tails.ring_all();
        for bell in self.noticed().values() {
            bell.send_replace(());
        }
    }

    fn noticed(&self) -> MutexGuard<'_, HashMap<Told, watch::Sender<()>>> {
        self.noticed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many journals somebody follows on this node.
    #[must_use]
    pub fn followed(&self) -> usize {
        self.tails.count()
    }

    /// The tails of those journals.
    pub(crate) fn tails(&self) -> &Tails {
        &self.tails
    }

    /// Something was promised for this moment.
    pub(crate) fn promise(&self, due_at: DateTime<Utc>) {
        self.promised.send_if_modified(|earliest| {
            let is_earlier = due_at < *earliest;
            if is_earlier {
                *earliest = due_at;
            }
            is_earlier
        });
    }

    /// Listens from now on to what is committed.
    #[must_use]
    pub fn listen(&self) -> Listener {
        Listener(self.written.subscribe())
    }

    /// Listens from now on to what is numbered, here or elsewhere.
    #[must_use]
    pub fn listen_to_journals(&self) -> Listener {
        Listener(self.numbered.subscribe())
    }

    /// Waits until something was committed that may have to be numbered. One waits at a time.
    pub async fn unnumbered(&self) {
        self.unnumbered.notified().await;
    }

    /// Forgets what was promised until now: whoever keeps promises is about to look.
    pub fn look_at_promises(&self) {
        self.promised.send_modify(|it| *it = DateTime::<Utc>::MAX_UTC);
    }

    /// Waits until something is promised for before this moment, of what was promised since the last look.
    pub async fn promised_before(&self, moment: DateTime<Utc>) {
        // The sender is ours: it does not close.
        let _ = self
            .promised
            .subscribe()
            .wait_for(|due_at| *due_at < moment)
            .await;
    }
}

/// One pair of ears.
#[derive(Debug)]
pub struct Listener(broadcast::Receiver<Rung>);

impl Listener {
    /// Waits until `organization` may have something new.
    pub async fn heard(&mut self, organization: OrganizationId) {
        while self.heard_any().await.is_some_and(|rung| rung != organization) {}
    }

    /// Waits until an organization may have something new, and says which; nothing if it may be any.
    pub async fn heard_any(&mut self) -> Option<OrganizationId> {
        match self.0.recv().await {
            Ok(rung) => rung,
            Err(broadcast::error::RecvError::Lagged(_)) => None,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

impl Work<Tenant> {
    /// Lets other nodes know, once this is committed, that some people were told something. This node's bell is rung by whoever
    /// commits.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn announce_noticed(&self, users: &[UserId]) -> Result<(), Fault> {
        dialect::announce_noticed(self.db(), self.organization(), users).await
    }
}

/// Ears for what one person is told in one organization.
#[derive(Debug)]
pub struct Notices {
    store: Store,
    told: Told,
    bell: watch::Receiver<()>,
}

impl Notices {
    /// Listens from now on.
    #[must_use]
    pub fn of(store: &Store, organization: OrganizationId, user: UserId) -> Self {
        let told = (organization, user);
        let bell = store.wake().noticed().entry(told).or_default().subscribe();
        Self {
            store: store.clone(),
            told,
            bell,
        }
    }

    /// Waits until they may have been told something.
    pub async fn heard(&mut self) {
        if self.bell.changed().await.is_err() {
            // The bell is there as long as we are.
            std::future::pending().await
        }
    }
}

impl Drop for Notices {
    fn drop(&mut self) {
        let mut noticed = self.store.wake().noticed();
        if noticed.get(&self.told).is_some_and(|it| it.receiver_count() == 1) {
            noticed.remove(&self.told);
        }
    }
}
