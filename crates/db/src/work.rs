//! A unit of work: transaction, scope, who asks, one moment.

use std::fmt;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use kernel::id::OrganizationId;
use kernel::{Actor, Denied, Id, Right, Rights, SystemKind};
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use tokio::sync::OwnedSemaphorePermit;

use crate::dialect::Transaction;
use crate::fault::Fault;
use crate::secret::ServerKey;
use crate::store::Store;

/// What a transaction may touch.
pub trait Scope: Copy + Send + Sync + 'static {
    /// The organization, if it is one's.
    fn organization(self) -> Option<OrganizationId>;
}

/// Accounts: people, their sessions, and which organizations they belong to.
#[derive(Debug, Clone, Copy)]
pub struct Account;

/// One organization's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tenant(pub OrganizationId);

impl Scope for Account {
    fn organization(self) -> Option<OrganizationId> {
        None
    }
}

impl Scope for Tenant {
    fn organization(self) -> Option<OrganizationId> {
        Some(self.0)
    }
}

/// Who asks, what they may do here, and from where.
#[derive(Debug, Clone)]
pub struct Asker {
    /// Who.
    pub actor: Actor,
    /// What they may do in the organization of the transaction.
    pub rights: Rights,
    /// The address they come from.
    pub ip: Option<IpAddr>,
    /// The program they use, as it calls itself.
    pub user_agent: Option<String>,
}

impl Asker {
    /// Somebody without credentials.
    #[must_use]
    pub fn anonymous() -> Self {
        Self {
            actor: Actor::Anonymous,
            rights: Rights::NONE,
            ip: None,
            user_agent: None,
        }
    }

    /// The house itself, which may do everything.
    #[must_use]
    pub fn system(kind: SystemKind) -> Self {
        Self {
            actor: Actor::System(kind),
            rights: Rights::EVERY,
            ip: None,
            user_agent: None,
        }
    }
}

/// A snapshot. Everything read through it is of one moment; nothing can be written.
pub struct Reading<S: Scope> {
    store: Store,
    tx: Transaction,
    scope: S,
    asker: Asker,
    now: DateTime<Utc>,
}

impl<S: Scope> Reading<S> {
    /// Of a transaction that was begun for this scope and whoever asks.
    pub(crate) fn of(store: Store, tx: Transaction, scope: S, asker: Asker) -> Self {
        let now = store.now();
        Self {
            store,
            tx,
            scope,
            asker,
            now,
        }
    }

    /// What queries run on.
    pub fn db(&self) -> &impl ConnectionTrait {
        &self.tx
    }

    /// Shows the rows of a question one by one: where there are many, they are never all there.
    ///
    /// # Errors
    /// If the database refuses, or whoever is shown a row.
    pub async fn each(
        &self,
        question: &SelectStatement,
        shown: impl FnMut(QueryResult) -> Result<(), DbErr>,
    ) -> Result<(), Fault> {
        let question = self.tx.get_database_backend().build(question);
        Ok(self.tx.each_raw(question, shown).await?)
    }

    /// The one moment of this unit of work.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Who asks.
    pub fn asker(&self) -> &Asker {
        &self.asker
    }

    /// Who asks, in short.
    pub fn actor(&self) -> Actor {
        self.asker.actor
    }

    /// The server's key.
    pub fn key(&self) -> &ServerKey {
        self.store.key()
    }

    /// Refuses whoever has not this right here.
    ///
    /// # Errors
    /// If nobody is signed in, or who is has not the right.
    pub fn need(&self, right: Right) -> Result<(), Denied> {
        if self.asker.rights.has(right) {
            Ok(())
        } else if self.asker.actor == Actor::Anonymous {
            Err(Denied::Unauthenticated)
        } else {
            Err(Denied::Forbidden(right))
        }
    }

    /// The signed-in person.
    ///
    /// # Errors
    /// If it is not a person who asks.
    pub fn need_user(&self) -> Result<kernel::id::UserId, Denied> {
        self.asker.actor.user().ok_or(Denied::Unauthenticated)
    }
}

impl Reading<Tenant> {
    /// Whose rows these are.
    pub fn organization(&self) -> OrganizationId {
        self.scope.0
    }
}

impl<S: Scope> fmt::Debug for Reading<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading")
            .field("organization", &self.scope.organization())
            .finish_non_exhaustive()
    }
}

/// A transaction that may write. Whatever takes a [`Reading`] takes a `Work` too.
#[must_use = "work that is not committed is undone"]
pub struct Work<S: Scope> {
    reading: Reading<S>,
    rings: AtomicBool,
    /// The earliest moment that something was promised for.
    promised: Mutex<Option<DateTime<Utc>>>,
    /// Of what the house does by itself, its place among so many at once.
    _turn: Option<OwnedSemaphorePermit>,
}

impl<S: Scope> Deref for Work<S> {
    type Target = Reading<S>;
    fn deref(&self) -> &Reading<S> {
        &self.reading
    }
}

impl<S: Scope> fmt::Debug for Work<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reading.fmt(f)
    }
}

impl<S: Scope> Work<S> {
    pub(crate) fn of(reading: Reading<S>, turn: Option<OwnedSemaphorePermit>) -> Self {
        Self {
            reading,
            rings: AtomicBool::new(false),
            promised: Mutex::new(None),
            _turn: turn,
        }
    }

    /// The next id of its kind.
    pub fn mint<I: Id>(&self) -> I {
        self.reading.store.ids().mint(self.reading.now)
    }

    /// The next id of its kind by the clock as it is now, not as it was when the work was opened.
    pub(crate) fn mint_by_the_clock<I: Id>(&self) -> I {
        let store = &self.reading.store;
        store.ids().mint(store.now())
    }

    /// Makes it true, then tells whoever listens.
    ///
    /// # Errors
    /// If the database refuses at the last moment: then nothing happened. If it is lost ([`Fault::Gone`]), nobody knows.
    pub async fn commit(self) -> Result<(), Fault> {
        let promised = self.earliest();
        let Reading { store, tx, scope, .. } = self.reading;
        tx.commit().await?;
        if let Some(organization) = scope
            .organization()
            .filter(|_| self.rings.load(Ordering::Relaxed))
        {
            store.wake().ring(organization);
        }
        if let Some(due_at) = promised {
            store.wake().promise(due_at);
        }
        Ok(())
    }

    /// Undoes it, and waits until it is undone.
    ///
    /// # Errors
    /// If the database is gone: then it is undone as well.
    pub async fn undo(self) -> Result<(), Fault> {
        self.reading.tx.rollback().await.map_err(Fault::from)
    }

    pub(crate) fn will_ring(&self) {
        self.rings.store(true, Ordering::Relaxed);
    }

    pub(crate) fn will_wake(&self, due_at: DateTime<Utc>) {
        let mut promised = self.promised.lock().unwrap_or_else(PoisonError::into_inner);
        *promised = Some(promised.map_or(due_at, |it| it.min(due_at)));
    }

    fn earliest(&self) -> Option<DateTime<Utc>> {
        *self.promised.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
