//! What differs between the two databases and is no table.

mod journal;

use std::time::Duration;

use sea_orm::sea_query::{CommonTableExpression, InsertStatement, WithClause};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DbBackend, DbErr, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
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

#[expect(clippy::disallowed_types, reason = "the pool lives here")]
pub(crate) type Pool = sea_orm::DatabaseConnection;

#[expect(clippy::disallowed_types, reason = "transactions live here")]
pub(crate) type Transaction = sea_orm::DatabaseTransaction;

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
}

/// Opens the pools.
pub(crate) async fn connect(settings: &Settings) -> Result<Pools, Fault> {
    // A request may hold one connection and ask for a second.
    let connections = settings.connections.max(2);
    let keepers = (connections / 2) as usize;
    if is_postgres(&settings.url) {
        let primary = postgres(&settings.url, connections).await?;
        let lagging = match &settings.replica_url {
            Some(url) => postgres(url, settings.replica_connections).await?,
            None => primary.clone(),
        };
        return Ok(Pools {
            writes: primary.clone(),
            reads: primary,
            lagging,
            keepers,
        });
    }
    let writer = sqlite(settings, 1, "OFF").await?;
    let found = sqlite_version(&writer).await?;
    if found < SQLITE_AT_LEAST {
        return Err(Fault::Other(DbErr::Custom(format!(
            "SQLite {found:?} is older than {SQLITE_AT_LEAST:?}"
        ))));
    }
    let reads = sqlite(settings, connections, "ON").await?;
    Ok(Pools {
        writes: writer,
        lagging: reads.clone(),
        reads,
        keepers,
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

async fn postgres(url: &SecretString, connections: u32) -> Result<Pool, Fault> {
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

async fn sqlite(settings: &Settings, connections: u32, query_only: &'static str) -> Result<Pool, Fault> {
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
pub(crate) struct Announced {
    pub(crate) organization: Option<kernel::id::OrganizationId>,
    pub(crate) user: Option<kernel::id::UserId>,
}

impl Announced {
    /// Whoever works for all organizations: who they are is said by their role.
    const NOBODY: Self = Self {
        organization: None,
        user: None,
    };

    /// What tells PostgreSQL's row-level security, as statements that may share a message with others: they hold ids and
    /// nobody's text. SQLite has no such security: there the scoped constructors stand alone, held by the same isolation
    /// tests.
    fn statements(self) -> impl Iterator<Item = String> {
        use kernel::Id as _;
        let organization = self.organization.map(|it| ("organization", it.uuid()));
        let user = self.user.map(|it| ("user", it.uuid()));
        let both = organization.into_iter().chain(user);
        both.map(|(name, id)| format!("SET LOCAL \"app\".\"{name}\" = '{id}'"))
    }
}

/// Begins a snapshot. On PostgreSQL, all that must be said of it is said in one message after BEGIN.
pub(crate) async fn begin_read(pool: &Pool, whose: Announced) -> Result<Transaction, Fault> {
    let tx = pool.begin().await?;
    if is_postgres_pool(pool) {
        let kind = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY".to_owned();
        say(&tx, std::iter::once(kind).chain(whose.statements())).await?;
    }
    Ok(tx)
}

/// Begins a transaction that may write: PostgreSQL READ COMMITTED with row locks, SQLite's one writer.
pub(crate) async fn begin_write(pool: &Pool, whose: Announced) -> Result<Transaction, Fault> {
    let options = TransactionOptions {
        isolation_level: None,
        access_mode: None,
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
    };
    let tx = pool.begin_with_options(options).await?;
    if is_postgres_pool(pool) {
        say(&tx, whose.statements()).await?;
    }
    Ok(tx)
}

/// Several statements without values in one message, if there are any.
async fn say(tx: &Transaction, statements: impl Iterator<Item = String>) -> Result<(), Fault> {
    let message = statements.collect::<Vec<_>>().join("; ");
    if !message.is_empty() {
        tx.execute_unprepared(&message).await?;
    }
    Ok(())
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
