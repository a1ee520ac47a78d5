//! Which database it is, that it has this program's version, and that it can be reached.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use db::{ServerKey, Settings, Store, Synchronous};
use url::Url;

use super::{Role, World, broken};
use crate::config::{self, Config, Mode};
use crate::http::Check;
use crate::start::Failure;

/// Where the rows are.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// A file of our own.
    Sqlite(PathBuf),
    /// PostgreSQL: the application's address, and the owner's where it is known.
    Postgres {
        /// As the application.
        url: String,
        /// As the owner of the tables.
        owner: Option<String>,
    },
}

impl Place {
    /// Where the configuration says. The demo's file is made afresh every time.
    pub(super) fn of(config: &Config, role: Role) -> Result<Self, Failure> {
        if let Some(url) = &config.database_url {
            let url = url.expose().to_owned();
            let owner = config
                .database_owner_url
                .as_ref()
                .map(|it| it.expose().to_owned());
            // At an engineer's desk one login may be both.
            let owner = owner.or_else(|| (config.env == Mode::Development).then(|| url.clone()));
            return Ok(Self::Postgres { url, owner });
        }
        let machine = |why: std::io::Error| Failure::Machine(format!("{}: {why}", config.data.display()));
        crate::secret::make_folder(&config.data)?;
        let file = if role == Role::Demo {
            "demo.db"
        } else {
            "horarium.db"
        };
        let path = std::path::absolute(config.data.join(file)).map_err(machine)?;
        if role == Role::Demo {
            for left in ["demo.db", "demo.db-wal", "demo.db-shm"] {
                match std::fs::remove_file(config.data.join(left)) {
                    Err(why) if why.kind() != std::io::ErrorKind::NotFound => return Err(machine(why)),
                    Ok(()) | Err(_) => {}
                }
            }
        }
        Ok(Self::Sqlite(path))
    }

    fn url(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite://{}", path.display()),
            Self::Postgres { url, .. } => url.clone(),
        }
    }

    /// Migrates where that is this process's business, else checks that somebody has.
    pub(super) async fn prepare(&self) -> Result<(), Failure> {
        match self {
            Self::Postgres { owner: None, .. } => match self.pending().await?.as_slice() {
                [] => Ok(()),
                missing => Err(Failure::Machine(format!(
                    "the database lacks {}; run `horarium migrate` with DATABASE_OWNER_URL",
                    missing.join(", ")
                ))),
            },
            Self::Postgres { .. } | Self::Sqlite(_) => self.migrate().await,
        }
    }

    /// Brings the database to this program's version, as its owner.
    pub(super) async fn migrate(&self) -> Result<(), Failure> {
        let (url, login) = match self {
            Self::Sqlite(_) => (self.url(), None),
            Self::Postgres { url, owner } => (owner.clone().unwrap_or_else(|| url.clone()), login(url)),
        };
        let logins: Vec<&str> = login.as_deref().into_iter().collect();
        migration::migrate(&url, &logins)
            .await
            .map_err(|why| Failure::Machine(format!("the database cannot be migrated: {why}")))
    }

    /// The steps that the database lacks.
    pub(super) async fn pending(&self) -> Result<Vec<String>, Failure> {
        migration::pending(&self.url())
            .await
            .map_err(|why| Failure::Machine(format!("the database cannot be reached: {why}")))
    }

    /// The guards that the database lacks, and how many it should have.
    pub(super) async fn lacks(&self) -> Result<(Vec<String>, usize), Failure> {
        migration::guards::missing(&self.url())
            .await
            .map_err(|why| Failure::Machine(format!("the database cannot be reached: {why}")))
    }

    /// Opens the store.
    pub(super) async fn open(&self, config: &Config, world: &World) -> Result<Store, Failure> {
        let connections = match self {
            Self::Sqlite(_) => config.sqlite_readers.get(),
            Self::Postgres { .. } => config.pool_size.get(),
        };
        let settings = Settings {
            url: self.url().into(),
            replica_url: config.database_replica_url.as_ref().map(|it| it.expose().into()),
            connections,
            replica_connections: config.replica_pool_size.get(),
            synchronous: match config.sqlite_synchronous {
                config::Synchronous::Full => Synchronous::Full,
                config::Synchronous::Normal => Synchronous::Normal,
            },
        };
        let secret = config.secret.as_ref().map(config::MasterKey::expose);
        let secret = secret.ok_or_else(|| Failure::Machine("there is no HORARIUM_SECRET".to_owned()))?;
        Store::connect(
            &settings,
            world.clock.clone(),
            world.ids.clone(),
            ServerKey::new(secret),
        )
        .await
        .map_err(broken("the database cannot be opened"))
    }
}

/// The name that an address signs in with.
fn login(url: &str) -> Option<String> {
    let name = Url::parse(url).ok()?.username().to_owned();
    (!name.is_empty()).then_some(name)
}

/// What must be there for the process to work.
pub(super) fn checks(store: &Store, place: Place) -> Vec<Arc<dyn Check>> {
    vec![
        Arc::new(Alive(store.clone())),
        Arc::new(Current(place)),
        Arc::new(Zones),
    ]
}

/// The database answers.
struct Alive(Store);

#[async_trait]
impl Check for Alive {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn probe(&self) -> Result<String, String> {
        self.0.ping().await.map_err(|fault| fault.to_string())?;
        Ok(if self.0.is_postgres() {
            "postgresql"
        } else {
            "sqlite"
        }
        .to_owned())
    }
}

/// The schema is this program's.
struct Current(Place);

#[async_trait]
impl Check for Current {
    fn name(&self) -> &'static str {
        "schema"
    }

    async fn probe(&self) -> Result<String, String> {
        match self.0.pending().await.map_err(|why| why.to_string())?.as_slice() {
            [] => Ok(migration::latest().to_owned()),
            missing => Err(format!("the database lacks {}", missing.join(", "))),
        }
    }
}

/// Which zone data is in use: nodes that differ would offer different times.
struct Zones;

#[async_trait]
impl Check for Zones {
    fn name(&self) -> &'static str {
        "zones"
    }

    async fn probe(&self) -> Result<String, String> {
        Ok(kernel::zone::tzdb_version().to_owned())
    }
}
