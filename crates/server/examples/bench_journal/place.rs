//! Where the rows are, and how they are looked at past the API.

use std::sync::Arc;

use db::{ServerKey, Settings, Store, Synchronous};
use kernel::{IdSource, SystemClock};
use tempfile::TempDir;

use crate::Outcome;
use crate::postgres::{self, Urls};

/// As the lines call them.
pub(crate) const DATABASES: [&str; 2] = ["sqlite", "postgresql"];

/// A database that several servers may share, if it is PostgreSQL.
pub(crate) struct Place {
    /// For SQLite's file, and the secret that all servers of the place have.
    pub(crate) folder: TempDir,
    /// PostgreSQL's addresses.
    pub(crate) urls: Option<Urls>,
}

impl Place {
    /// A fresh one; nothing if there is no PostgreSQL.
    pub(crate) async fn of(database: &str) -> Outcome<Option<Self>> {
        let folder = TempDir::new()?;
        if database == DATABASES[0] {
            return Ok(Some(Self { folder, urls: None }));
        }
        let urls = postgres::fresh("horarium_bench_journal").await?;
        Ok(urls.map(|urls| Self {
            folder,
            urls: Some(urls),
        }))
    }

    /// The store of this process, beside whichever servers there are; they have migrated it.
    pub(crate) async fn store(&self, connections: u32) -> Outcome<Store> {
        let url = match &self.urls {
            Some(urls) => urls.app.to_string(),
            None => format!("sqlite://{}", self.folder.path().join("horarium.db").display()),
        };
        let settings = Settings {
            url: url.into(),
            replica_url: None,
            connections,
            replica_connections: 1,
            synchronous: Synchronous::Full,
        };
        let ids = Arc::new(IdSource::system());
        let key = ServerKey::new(b"a bench signs nothing");
        Ok(Store::connect(&settings, Arc::new(SystemClock), ids, key).await?)
    }
}
