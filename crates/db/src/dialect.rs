//! What differs between the two databases and is no table.

mod journal;
mod transaction;

use std::fmt::Write as _;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::sea_query::{CommonTableExpression, InsertStatement, WithClause};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DbBackend, DbErr, SqliteTransactionMode, Statement,
};
use secrecy::{ExposeSecret, SecretString};

use crate::fault::Fault;
use crate::store::{Settings, Synchronous};

pub use journal::NUMBERING_IDLE;
pub(crate) use journal::{
    Heard, announce_noticed, announce_numbered, begin_looking, begin_numbering, begin_promises, hear_others,
    look_every,
};

/// How long somebody waits for a connection before hearing "busy".
pub const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

/// Statements that a connection keeps prepared. The product has some three hundred, each in a few shapes: a list of ids is as
/// long as it is; with sqlx's hundred, a node that does everything would prepare some of them again and again.
const STATEMENTS_KEPT: usize = 400;

/// How long SQLite waits for another process's write.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The oldest SQLite that survives a reset of its write-ahead log beside readers.
pub const SQLITE_AT_LEAST: (u32, u32, u32) = (3, 51, 3);

/// The role that every application connection takes: neither superuser nor owner, so row-level security binds it.
pub const APP_ROLE: &str = "horarium_app";

/// The role that reads promises across tenants, and nothing else.
pub const WORKER_ROLE: &str = "horarium_worker";

pub(crate) use transaction::Transaction;

#[expect(clippy::disallowed_types, reason = "the pool lives here")]
type Connections = sea_orm::DatabaseConnection;

/// Where transactions begin, and what counts their statements.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    connections: Connections,
    statements: Arc<AtomicU64>,
}

impl Pool {
    fn new(mut connections: Connections, statements: &Arc<AtomicU64>) -> Self {
        let statements = Arc::clone(statements);
        let counter = Arc::clone(&statements);
        connections.set_metric_callback(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        Self {
            connections,
            statements,
        }
    }
}

impl Deref for Pool {
    type Target = Connections;
    fn deref(&self) -> &Connections {
        &self.connections
    }
}

/// Whether the address is PostgreSQL's; SQLite's otherwise.
#[must_use]
pub fn is_postgres(url: &SecretString) -> bool {
    let url = url.expose_secret();
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// Where statements go.
#[derive(Debug)]
pub(crate) struct Pools {
    /// Transactions that write.
    pub(crate) writes: Pool,
    /// Snapshots of now.
    pub(crate) reads: Pool,
    /// Snapshots of a moment ago.
    pub(crate) lagging: Pool,
    /// How many requests may keep snapshots at once: each may keep two, and none must wait for another's.
    pub(crate) keepers: usize,
    /// How many transactions the house may write in by itself at once.
    pub(crate) turns: usize,
}

/// Opens the pools, and counts the statements that run on them.
pub(crate) async fn connect(settings: &Settings, statements: &Arc<AtomicU64>) -> Result<Pools, Fault> {
    // A request may hold one connection and ask for a second.
    let connections = settings.connections.max(2);
    let keepers = (connections / 2) as usize;
    if is_postgres(&settings.url) {
        let primary = Pool::new(postgres(&settings.url, connections).await?, statements);
        let lagging = match &settings.replica_url {
            Some(url) => Pool::new(postgres(url, settings.replica_connections).await?, statements),
            None => primary.clone(),
        };
        return Ok(Pools {
            writes: primary.clone(),
            reads: primary,
            lagging,
            keepers,
            turns: (connections / 5).max(1) as usize,
        });
    }
    let writer = Pool::new(sqlite(settings, 1, "OFF").await?, statements);
    let found = sqlite_version(&writer).await?;
    if found < SQLITE_AT_LEAST {
        return Err(Fault::Other(DbErr::Custom(format!(
            "SQLite {found:?} is older than {SQLITE_AT_LEAST:?}"
        ))));
    }
    let reads = Pool::new(sqlite(settings, connections, "ON").await?, statements);
    Ok(Pools {
        writes: writer,
        lagging: reads.clone(),
        reads,
        keepers,
        turns: 1,
    })
}

fn options(url: &SecretString, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url.expose_secret());
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .sqlx_logging(false)
        // A ping before every use doubles a point read.
        .test_before_acquire_if_idle_for(Duration::from_secs(30));
    options
}

async fn postgres(url: &SecretString, connections: u32) -> Result<Connections, Fault> {
    let mut options = options(url, connections);
    options.map_sqlx_postgres_opts(|it| {
        let it = it.statement_cache_capacity(STATEMENTS_KEPT);
        it.application_name("horarium").options([
            ("role", APP_ROLE),
            ("lock_timeout", "20s"),
            ("idle_in_transaction_session_timeout", "60s"),
        ])
    });
    let pool = Database::connect(options).await?;
    let row = pool
        .query_one_raw(Statement::from_string(
            DbBackend::Postgres,
            "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user",
        ))
        .await?;
    let unbound = row
        .map(|it| it.try_get_by_index::<bool>(0))
        .transpose()?
        .unwrap_or(true);
    if unbound {
        return Err(Fault::Other(DbErr::Custom(format!(
            "row-level security does not bind the role {APP_ROLE}"
        ))));
    }
    Ok(pool)
}

async fn sqlite(
    settings: &Settings,
    connections: u32,
    query_only: &'static str,
) -> Result<Connections, Fault> {
    let mut options = options(&settings.url, connections);
    // A connection to a file does not go away by itself, and reopening one costs.
    options
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>);
    let synchronous = settings.synchronous;
    options.map_sqlx_sqlite_opts(move |it| {
        use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
        it.create_if_missing(true)
            .statement_cache_capacity(STATEMENTS_KEPT)
            .foreign_keys(true)
            // Or `INSERT OR REPLACE` would delete rows behind the back of the triggers that guard them.
            .pragma("recursive_triggers", "ON")
            // What a reader writes would pass by the one writer.
            .pragma("query_only", query_only)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(SQLITE_BUSY_TIMEOUT)
            .synchronous(match synchronous {
                Synchronous::Full => SqliteSynchronous::Full,
                Synchronous::Normal => SqliteSynchronous::Normal,
            })
    });
    Ok(Database::connect(options).await?)
}

async fn sqlite_version(pool: &Pool) -> Result<(u32, u32, u32), Fault> {
    let row = pool
        .query_one_raw(Statement::from_string(
            DbBackend::Sqlite,
            "SELECT sqlite_version()",
        ))
        .await?;
    let text: String = row
        .map(|it| it.try_get_by_index(0))
        .transpose()?
        .unwrap_or_default();
    let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
    Ok((
        parts.next().unwrap_or(0),
        parts.next().unwrap_or(0),
        parts.next().unwrap_or(0),
    ))
}

/// A statement of a domain's own about one organization, which is its `$1`: for questions that have no shorter words.
pub fn about_organization(reading: &crate::Reading<crate::Tenant>, sql: &str) -> Statement {
    use kernel::Id as _;
    let backend = reading.db().get_database_backend();
    Statement::from_sql_and_values(backend, sql, [reading.organization().uuid().into()])
}

/// Whether a pool is PostgreSQL's.
pub(crate) fn is_postgres_pool(pool: &Pool) -> bool {
    pool.get_database_backend() == DbBackend::Postgres
}

/// Lets SQLite check its file.
pub(crate) async fn integrity(pool: &Pool) -> Result<(), Fault> {
    if is_postgres_pool(pool) {
        return Ok(());
    }
    let row = pool
        .query_one_raw(Statement::from_string(
            DbBackend::Sqlite,
            "PRAGMA integrity_check(1)",
        ))
        .await?;
    match row
        .map(|it| it.try_get_by_index::<String>(0))
        .transpose()?
        .as_deref()
    {
        Some("ok") => Ok(()),
        said => Err(Fault::Corrupt(said.unwrap_or("no answer").to_owned())),
    }
}

/// Who a transaction is for: whose rows it may see, and as whom.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Announced {
    /// Somebody who asks.
    Asker {
        organization: Option<kernel::id::OrganizationId>,
        user: Option<kernel::id::UserId>,
    },
    /// Whoever works for all organizations: who they are is said by their role.
    Worker,
}

impl Announced {
    /// What tells PostgreSQL's row-level security, in the message of others: ids, and nobody's text. SQLite has no such
    /// security: there the scoped constructors stand alone, held by the same isolation tests.
    fn say(self, message: &mut String) {
        use kernel::Id as _;
        let mut tell = |name: &str, id: uuid::Uuid| {
            // A string takes whatever is written to it.
            _ = write!(message, "; SET LOCAL \"app\".\"{name}\" = '{id}'");
        };
        match self {
            Self::Asker { organization, user } => {
                if let Some(organization) = organization {
                    tell("organization", organization.uuid());
                }
                if let Some(user) = user {
                    tell("user", user.uuid());
                }
            }
            Self::Worker => {
                // The tenants' own policies stand beside the worker's, and ask for an organization: none has this id.
                tell("organization", uuid::Uuid::nil());
                _ = write!(message, "; SET LOCAL ROLE {WORKER_ROLE}");
            }
        }
    }
}

/// Begins a snapshot.
pub(crate) async fn begin_read(pool: &Pool, whose: Announced) -> Result<Transaction, Fault> {
    if is_postgres_pool(pool) {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        return Transaction::of_postgres(pool, message(begin, whose)).await;
    }
    Transaction::of_sqlite(pool, None).await
}

/// Begins a transaction that may write: PostgreSQL READ COMMITTED with row locks, SQLite's one writer.
pub(crate) async fn begin_write(pool: &Pool, whose: Announced) -> Result<Transaction, Fault> {
    if is_postgres_pool(pool) {
        return Transaction::of_postgres(pool, message("BEGIN", whose)).await;
    }
    Transaction::of_sqlite(pool, Some(SqliteTransactionMode::Immediate)).await
}

/// All that is said at the beginning, in one message: each way to the database counts.
fn message(begin: &str, whose: Announced) -> String {
    let mut message = String::with_capacity(256);
    message.push_str(begin);
    whose.say(&mut message);
    message
}

/// Inserts several things at once: PostgreSQL's way there is paid once; SQLite is in the process.
pub(crate) async fn insert_together(
    db: &impl ConnectionTrait,
    mut inserts: Vec<InsertStatement>,
) -> Result<(), Fault> {
    if db.get_database_backend() != DbBackend::Postgres {
        for insert in &inserts {
            db.execute(insert).await?;
        }
        return Ok(());
    }
    let Some(mut last) = inserts.pop() else {
        return Ok(());
    };
    if !inserts.is_empty() {
        let mut with = WithClause::new();
        for (at, insert) in inserts.into_iter().enumerate() {
            let mut part = CommonTableExpression::new();
            part.table_name(format!("part_{at}")).query(insert);
            with.cte(part);
        }
        last.with_cte(with);
    }
    db.execute(&last).await?;
    Ok(())
}
