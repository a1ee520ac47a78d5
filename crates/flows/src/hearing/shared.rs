//! What may move a service, read once for everybody on this node who watches it, and again when it has changed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use db::journal::Event;
use db::{Asker, Store, Tenant};
use kernel::id::{OrganizationId, ServiceId};
use kernel::{Span, SystemKind};
use scheduling::Refusal;

use super::time::Reach;

/// The services that somebody watches on this node.
#[derive(Debug, Clone, Default)]
pub struct Reaches(Arc<Mutex<Services>>);

type Services = HashMap<(OrganizationId, ServiceId), Weak<Watched>>;

/// A service that somebody watches.
#[derive(Debug)]
pub struct Watched {
    store: Store,
    tenant: Tenant,
    service: ServiceId,
    known: Mutex<Option<Known>>,
    /// Whoever reads it again: one at a time.
    turn: tokio::sync::Mutex<()>,
    all: Reaches,
}

/// What is known, and up to which position of the journal it still holds.
#[derive(Debug, Clone)]
struct Known {
    reach: Arc<Reach>,
    until: i64,
}

impl Reaches {
    /// A service, for one who watches it.
    #[must_use]
    pub fn watch(&self, store: &Store, tenant: Tenant, service: ServiceId) -> Arc<Watched> {
        let mut services = lock(&self.0);
        let place = services.entry((tenant.0, service)).or_default();
        if let Some(watched) = place.upgrade() {
            return watched;
        }
        let watched = Arc::new(Watched {
            store: store.clone(),
            tenant,
            service,
            known: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            all: self.clone(),
        });
        *place = Arc::downgrade(&watched);
        watched
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let mut services = lock(&self.all.0);
        let place = (self.tenant.0, self.service);
        // Somebody may have come meanwhile, and watches another.
        if services.get(&place).is_some_and(|it| it.strong_count() == 0) {
            services.remove(&place);
        }
    }
}

impl Watched {
    /// The last of some events that may have moved starts within a span. They are all that happened after one position up to
    /// another.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn last_to_move<'a>(
        self: &Arc<Self>,
        (events, from, until): (&'a [Arc<Event>], i64, i64),
        starts: Span,
    ) -> Result<Option<&'a Event>, Refusal> {
        let mut reach = self.as_of(from).await?;
        let outdated = events.iter().rfind(|it| reach.is_outdated_by(it));
        match outdated.and_then(|it| it.position) {
            Some(position) => reach = self.as_of(position).await?,
            None => self.holds(from, until),
        }
        let mut events = events.iter().map(Arc::as_ref);
        Ok(events.rfind(|it| reach.may_be_moved_by(it, starts)))
    }

    /// What is known as of a position, or of a later one.
    async fn as_of(self: &Arc<Self>, position: i64) -> Result<Arc<Reach>, Refusal> {
        if let Some(reach) = self.known(position) {
            return Ok(reach);
        }
        // In a task of its own: whoever waits for it may be a client that reads slowly, and others wait for it too.
        let watched = Arc::clone(self);
        match tokio::spawn(async move { watched.read_again(position).await }).await {
            Ok(read) => read,
            Err(broken) => match broken.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The process is ending.
                Err(_) => std::future::pending().await,
            },
        }
    }

    async fn read_again(&self, position: i64) -> Result<Arc<Reach>, Refusal> {
        let _turn = self.turn.lock().await;
        if let Some(reach) = self.known(position) {
            return Ok(reach);
        }
        let worker = Asker::system(SystemKind::Worker);
        let reading = self.store.read(self.tenant, &worker).await?;
        let (reach, until) = Reach::read(&reading, self.service).await?;
        let reach = Arc::new(reach);
        *lock(&self.known) = Some(Known {
            reach: Arc::clone(&reach),
            until,
        });
        Ok(reach)
    }

    fn known(&self, position: i64) -> Option<Arc<Reach>> {
        let known = lock(&self.known);
        let known = known.as_ref().filter(|it| it.until >= position)?;
        Some(Arc::clone(&known.reach))
    }

    /// Nothing between two positions has changed it.
    fn holds(&self, from: i64, until: i64) {
        if let Some(known) = lock(&self.known).as_mut().filter(|it| it.until >= from) {
            known.until = known.until.max(until);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
