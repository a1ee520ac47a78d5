//! Where transactions begin.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use kernel::{Actor, Clock, IdSource, SystemKind};
use secrecy::SecretString;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::dialect::{self, Announced, Pools};
use crate::fault::Fault;
use crate::secret::ServerKey;
use crate::wake::Wake;
use crate::work::{Asker, Reading, Scope, Work};

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `sqlite://…` or `postgres://…`.
    pub url: SecretString,
    /// Where reads that may lag go; the primary if absent.
    pub replica_url: Option<SecretString>,
    /// Connections to PostgreSQL, or readers of SQLite (its writer is always one).
    pub connections: u32,
    /// Connections to the replica, if there is one.
    pub replica_connections: u32,
    /// SQLite only: whether an acknowledged write survives a power cut.
    pub synchronous: Synchronous,
}

/// SQLite's `synchronous`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synchronous {
    /// An acknowledged write survives a power cut.
    Full,
    /// It survives a crash of the process, perhaps not of the machine. For tests and imports.
    Normal,
}

/// The database, the clock, the source of ids, and the server's key: what every transaction needs.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug)]
struct Inner {
    pools: Pools,
    keepers: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    ids: Arc<IdSource>,
    key: ServerKey,
    wake: Wake,
    statements: Arc<AtomicU64>,
}

impl Store {
    /// Opens the pools.
    ///
    /// # Errors
    /// If the database cannot be reached, is too old, or would not bind us by row-level security.
    pub async fn connect(
        settings: &Settings,
        clock: Arc<dyn Clock>,
        ids: Arc<IdSource>,
        key: ServerKey,
    ) -> Result<Self, Fault> {
        let statements = Arc::new(AtomicU64::new(0));
        let pools = dialect::connect(settings, &statements).await?;
        let keepers = Arc::new(Semaphore::new(pools.keepers));
        let turns = Arc::new(Semaphore::new(pools.turns));
        let inner = Inner {
            pools,
            keepers,
            turns,
            ids,
            key,
            wake: Wake::default(),
            statements,
        };
        Ok(Self {
            inner: Arc::new(inner),
            clock,
        })
    }

    /// The same database by another clock: what is written with it is dated by that one. For whatever tells a past that it
    /// did not live through, such as a demo.
    #[must_use]
    pub fn with_clock(&self, clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            ..self.clone()
        }
    }

    /// Opens a snapshot that may be of a moment ago: for reports, never for deciding and never for what was just written.
    ///
    /// # Errors
    /// If the database is busy or gone.
    pub async fn read_lagging<S: Scope>(&self, scope: S, asker: &Asker) -> Result<Reading<S>, Fault> {
        let tx = dialect::begin_read(&self.inner.pools.lagging, announced(scope, asker)).await?;
        Ok(Reading::of(self.clone(), tx, scope, asker.clone()))
    }

    /// Opens a snapshot to read from.
    ///
    /// # Errors
    /// If the database is busy or gone.
    pub async fn read<S: Scope>(&self, scope: S, asker: &Asker) -> Result<Reading<S>, Fault> {
        let tx = dialect::begin_read(&self.inner.pools.reads, announced(scope, asker)).await?;
        Ok(Reading::of(self.clone(), tx, scope, asker.clone()))
    }

    /// A place among those who keep snapshots while they ask for more: so many at once that nobody who keeps one waits for
    /// somebody who keeps one.
    ///
    /// # Errors
    /// If none is free in time.
    pub async fn keep(&self) -> Result<OwnedSemaphorePermit, Fault> {
        let place = Arc::clone(&self.inner.keepers).acquire_owned();
        match tokio::time::timeout(dialect::ACQUIRE_TIMEOUT, place).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(Fault::Busy(sea_orm::DbErr::ConnectionAcquire(
                sea_orm::ConnAcquireErr::Timeout,
            ))),
        }
    }

    /// Opens a transaction to write in. What the house does by itself waits for its turn, so that people do not wait for it: of
    /// all who want to write at once, most are somebody who looks at a page.
    ///
    /// # Errors
    /// If the database is busy or gone.
    pub async fn write<S: Scope>(&self, scope: S, asker: &Asker) -> Result<Work<S>, Fault> {
        let turn = match asker.actor {
            Actor::System(SystemKind::Worker) => Some(self.turn().await?),
            Actor::System(SystemKind::Door | SystemKind::Operator)
            | Actor::User(_)
            | Actor::ApiKey(_)
            | Actor::Anonymous => None,
        };
        let tx = dialect::begin_write(&self.inner.pools.writes, announced(scope, asker)).await?;
        Ok(Work::of(
            Reading::of(self.clone(), tx, scope, asker.clone()),
            turn,
        ))
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, Fault> {
        Arc::clone(&self.inner.turns)
            .acquire_owned()
            .await
            .map_err(|closed| Fault::Gone(sea_orm::DbErr::Custom(closed.to_string())))
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The source of ids and random bytes.
    #[must_use]
    pub fn ids(&self) -> &IdSource {
        &self.inner.ids
    }

    /// The server's key.
    #[must_use]
    pub fn key(&self) -> &ServerKey {
        &self.inner.key
    }

    /// How many statements have run since it was opened: what promises of constant work are held to.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.inner.statements.load(Ordering::Relaxed)
    }

    /// Where what was written and promised in all organizations is worked on.
    pub(crate) fn writes(&self) -> &dialect::Pool {
        &self.inner.pools.writes
    }

    /// Where it is looked at.
    pub(crate) fn reads(&self) -> &dialect::Pool {
        &self.inner.pools.reads
    }

    /// Listens for what other nodes tell, and rings here. It ends only with an error.
    ///
    /// # Errors
    /// If the database is gone.
    pub async fn hear_others(&self) -> Result<std::convert::Infallible, Fault> {
        dialect::hear_others(&self.inner.pools.writes, |it| self.wake().ring_for(&it)).await
    }

    /// How often a reader of a journal looks by itself, for what no bell has told.
    #[must_use]
    pub fn look_every(&self) -> Duration {
        dialect::look_every(&self.inner.pools.writes)
    }

    /// The bells that ring after a commit.
    #[must_use]
    pub fn wake(&self) -> &Wake {
        &self.inner.wake
    }

    /// Whether it is PostgreSQL; SQLite otherwise.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        dialect::is_postgres_pool(&self.inner.pools.writes)
    }

    /// Lets SQLite check its file; PostgreSQL's pages are its operator's to check.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub async fn integrity(&self) -> Result<(), Fault> {
        dialect::integrity(&self.inner.pools.reads).await
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// If there is none.
    pub async fn ping(&self) -> Result<(), Fault> {
        self.inner.pools.writes.ping().await.map_err(Fault::from)?;
        self.inner.pools.reads.ping().await.map_err(Fault::from)
    }

    /// Closes the pools after their transactions have ended.
    pub async fn close(&self) {
        // Nothing can be done about a pool that does not close, and the process is ending.
        let _ = self.inner.pools.reads.close_by_ref().await;
        let _ = self.inner.pools.writes.close_by_ref().await;
    }
}

fn announced<S: Scope>(scope: S, asker: &Asker) -> Announced {
    Announced::Asker {
        organization: scope.organization(),
        user: asker.actor.user(),
    }
}
