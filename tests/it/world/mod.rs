//! A world for one story: a database of its own, a clock that stands still, ids that repeat.
//!
//! Nothing of ours is mocked: the store is the real one, on the real database, connected as the application's login.

pub(crate) mod api;
pub(crate) mod daily;
pub(crate) mod desk;
mod dice;
mod dying;
mod events;
mod furnished;
pub(crate) mod hooks;
pub(crate) mod practice;
mod proof;
pub(crate) mod queue;
mod rows;
mod stories;
pub(crate) mod telling;
mod time;
mod told;
mod waiting;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use db::{Fault, ServerKey, Settings, Store, Synchronous};
use kernel::{IdSource, ManualClock};
use sea_orm::{ConnectOptions, ConnectionTrait as _, Statement};

use crate::harness::{postgres, sqlite};

pub(crate) use api::{Answer, Api, Who, With, generous};
pub(crate) use dice::Dice;
pub(crate) use dying::{counting_waits, dying_after};
pub(crate) use events::Events;
pub(crate) use proof::{at_length, proved};
pub(crate) use rows::{counted, looked_at, number, run};
pub(crate) use stories::{stories, tell};
pub(crate) use time::Dispatcher;

/// Which database a story runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    /// A file of its own.
    Sqlite,
    /// A database of its own on the server of the run.
    Postgres,
}

impl Database {
    /// What it is called in what a proof prints.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgresql",
        }
    }
}

/// When every story begins: a Monday morning.
pub(crate) const BEGINNING: &str = "2026-03-02T09:00:00Z";

/// What the ids of every story are made from.
const SEED: u64 = 7;

/// Connections of a node: few, so that stories may run beside each other, and more than one, so that they race.
const CONNECTIONS: u32 = 8;

/// Everything that a story needs.
#[derive(Debug)]
pub(crate) struct World {
    /// Which database this is.
    pub(crate) database: Database,
    /// Stands at [`BEGINNING`] until it is told to move.
    pub(crate) clock: Arc<ManualClock>,
    /// The application's store.
    pub(crate) store: Store,
    home: Arc<Home>,
}

/// Where the rows are. Dropped after the store, and the database with it.
#[derive(Debug)]
enum Home {
    Sqlite(sqlite::Copy),
    Postgres(postgres::Clone),
}

impl World {
    /// A fresh world; nothing if there is no PostgreSQL to make it on.
    pub(crate) async fn new(database: Database) -> Option<Self> {
        let home = match database {
            Database::Sqlite => Home::Sqlite(sqlite::Copy::new().await),
            Database::Postgres => Home::Postgres(postgres::Clone::new().await?),
        };
        Some(Self::at(database, home).await)
    }

    /// Another world on the same kind of database, with nothing in it, not even a table.
    pub(crate) async fn blank(&self) -> Self {
        let home = match self.database {
            Database::Sqlite => Home::Sqlite(sqlite::Copy::blank()),
            Database::Postgres => {
                Home::Postgres(postgres::Clone::blank().await.expect("the server is there"))
            }
        };
        Self::at(self.database, home).await
    }

    async fn at(database: Database, home: Home) -> Self {
        let beginning: DateTime<Utc> = BEGINNING.parse().expect("an instant");
        let clock = Arc::new(ManualClock::at(beginning));
        let store = open(&home.url(), &clock, (SEED, CONNECTIONS))
            .await
            .expect("the store opens");
        Self {
            database,
            clock,
            store,
            home: Arc::new(home),
        }
    }

    /// Where the application connects.
    pub(crate) fn url(&self) -> String {
        self.home.url()
    }

    /// Where the owner of the tables connects.
    pub(crate) fn owner_url(&self) -> String {
        match &*self.home {
            Home::Sqlite(copy) => copy.url(),
            Home::Postgres(clone) => clone.owner_url().into(),
        }
    }

    /// Another node on the same database, with the same clock and key, and ids of its own.
    pub(crate) async fn another_node(&self, seed: u64, connections: u32) -> Store {
        assert_ne!(seed, SEED, "two nodes never mint the same ids");
        open(&self.url(), &self.clock, (seed, connections))
            .await
            .expect("the store opens")
    }

    /// What a query answers when the owner asks, who is bound by no policy: rows of text, so cast what is none.
    /// For looking at the catalog, and at what the application did behind its own back.
    pub(crate) async fn admin_sql(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        let mut options = ConnectOptions::new(self.owner_url());
        options.max_connections(1).sqlx_logging(false);
        let db = sea_orm::Database::connect(options)
            .await
            .expect("the owner connects");
        let asked = Statement::from_string(db.get_database_backend(), sql);
        let found = db
            .query_all_raw(asked)
            .await
            .unwrap_or_else(|wrong| panic!("{sql}\n{wrong}"));
        let texts = found.iter().map(|row| {
            let columns = row.column_names().len();
            (0..columns)
                .map(|at| row.try_get_by_index(at).expect("a column of text"))
                .collect()
        });
        let texts = texts.collect();
        db.close().await.expect("closes");
        texts
    }
}

impl Home {
    fn url(&self) -> String {
        match self {
            Self::Sqlite(copy) => copy.url(),
            Self::Postgres(clone) => clone.app_url().into(),
        }
    }
}

/// Opens a store as the application does.
pub(crate) async fn open(
    url: &str,
    clock: &Arc<ManualClock>,
    (seed, connections): (u64, u32),
) -> Result<Store, Fault> {
    let settings = Settings {
        url: url.into(),
        replica_url: None,
        connections,
        replica_connections: 1,
        synchronous: Synchronous::Normal,
    };
    let ids = Arc::new(IdSource::seeded(seed));
    let key = ServerKey::new(b"the key of every story");
    Store::connect(&settings, clock.clone(), ids, key).await
}
