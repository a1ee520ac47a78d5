//! PostgreSQL: a template database per schema, and a clone of it per story.

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DbErr, Statement};
use sea_orm::{DbBackend, QueryResult};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::OnceCell;
use url::Url;

use super::cluster;

/// The application's login in every story: a member of `horarium_app`, neither superuser nor owner.
const LOGIN: &str = "horarium_test";

/// Processes that want the same template take turns under this advisory lock.
const TEMPLATE_LOCK: i64 = 0x7465_6d70_6c61_7465;

/// A database that a killed run left on somebody's own server goes when the schema next changes, if it is this old.
const LEFTOVERS: &str = "
    SELECT format('DROP DATABASE IF EXISTS %I', datname) FROM pg_database
    WHERE datname LIKE 'horarium\\_test\\_%'
      AND NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datid = pg_database.oid)
      AND (pg_stat_file('base/' || oid || '/PG_VERSION')).modification < now() - interval '1 hour'";

/// One story's database; gone when dropped.
#[derive(Debug)]
pub(crate) struct Clone {
    name: String,
    server: &'static Url,
}

impl Clone {
    /// A fresh copy of the template; nothing if there is no server.
    pub(crate) async fn new() -> Option<Self> {
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        let server = cluster::url()?;
        let template = TEMPLATE.get_or_init(|| template(server)).await;
        Some(Self::of(template, server).await)
    }

    /// A database with nothing in it; nothing if there is no server.
    pub(crate) async fn blank() -> Option<Self> {
        Some(Self::of("template0", cluster::url()?).await)
    }

    async fn of(template: &str, server: &'static Url) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "horarium_test_{}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        // A process of an earlier run may have had this id and been killed.
        on(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .await
            .expect("no leftover");
        on(server, &format!("CREATE DATABASE {name} TEMPLATE {template}"))
            .await
            .expect("a clone");
        Self { name, server }
    }

    /// Where the application connects.
    pub(crate) fn app_url(&self) -> Url {
        let mut url = self.owner_url();
        url.set_username(LOGIN).expect("a URL with a host");
        url.set_password(Some(&password(self.server)))
            .expect("a URL with a host");
        url
    }

    /// Where the superuser connects, who owns the tables.
    pub(crate) fn owner_url(&self) -> Url {
        at(self.server, &self.name)
    }
}

impl Drop for Clone {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let server = self.server;
        // A story's runtime may be ending with it: this one is its own.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(on(server, &sql)).map_err(std::io::Error::other)
        });
        let dropped = dropping.join();
        if !std::thread::panicking() {
            dropped
                .expect("a thread that ends")
                .expect("the clone is dropped");
        }
    }
}

/// Runs statements as the superuser, on a connection of their own.
pub(crate) async fn on(url: &Url, sql: &str) -> Result<Vec<QueryResult>, DbErr> {
    let db = Database::connect(alone(url)).await?;
    let rows = db
        .query_all_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await;
    db.close().await?;
    rows
}

fn alone(url: &Url) -> ConnectOptions {
    let mut options = ConnectOptions::new(url.as_str());
    options.max_connections(1).sqlx_logging(false);
    options
}

fn at(server: &Url, database: &str) -> Url {
    let mut url = server.clone();
    url.set_path(database);
    url
}

/// Unguessable wherever the superuser's URL is.
fn password(server: &Url) -> String {
    super::short_hash(server.as_str())
}

/// Makes the template unless it is there, and tells its name.
async fn template(server: &Url) -> String {
    let name = format!("horarium_template_{}", super::schema_hash());
    let admin = Database::connect(alone(server))
        .await
        .expect("PostgreSQL answers");
    let run = async |sql: String| admin.execute_unprepared(&sql).await.expect("the superuser may");
    run(format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})")).await;
    let finished = format!("SELECT 1 FROM pg_database WHERE datname = '{name}' AND datistemplate");
    let finished = admin
        .query_one_raw(Statement::from_string(DbBackend::Postgres, finished))
        .await;
    if finished.expect("the catalog answers").is_none() {
        for row in on(server, LEFTOVERS).await.expect("the catalog answers") {
            run(row.try_get_by_index(0).expect("a statement")).await;
        }
        run(format!(
            "DO $$ BEGIN CREATE ROLE {LOGIN} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        ))
        .await;
        run(format!("ALTER ROLE {LOGIN} PASSWORD '{}'", password(server))).await;
        run(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        run(format!("CREATE DATABASE {name}")).await;
        migration::migrate(at(server, &name).as_str(), &[LOGIN])
            .await
            .expect("the migration runs");
        // Only a finished one is marked: a run that was killed half-way leaves one that is made again.
        run(format!("ALTER DATABASE {name} IS_TEMPLATE true")).await;
    }
    admin.close().await.expect("closes");
    name
}
