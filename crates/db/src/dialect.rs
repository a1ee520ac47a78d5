//! What differs between the two databases and is no table.

use std::time::Duration;

use sea_orm::sea_query::{CommonTableExpression, InsertStatement, WithClause};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DbBackend, DbErr, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};
use secrecy::{ExposeSecret, SecretString};

use crate::fault::Fault;
use crate::store::{Settings, Synchronous};

/// How long somebody waits for a connection before hearing "busy".
pub const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

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

/// Begins a snapshot.
pub(crate) async fn begin_read(pool: &Pool) -> Result<Transaction, Fault> {
    let postgres = pool.get_database_backend() == DbBackend::Postgres;
    let options = TransactionOptions {
        isolation_level: postgres.then_some(sea_orm::IsolationLevel::RepeatableRead),
        access_mode: postgres.then_some(sea_orm::AccessMode::ReadOnly),
        sqlite_transaction_mode: None,
    };
    Ok(pool.begin_with_options(options).await?)
}

/// Begins a transaction that may write: PostgreSQL READ COMMITTED with row locks, SQLite's one writer.
pub(crate) async fn begin_write(pool: &Pool) -> Result<Transaction, Fault> {
    let options = TransactionOptions {
        isolation_level: None,
        access_mode: None,
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
    };
    Ok(pool.begin_with_options(options).await?)
}

/// Whoever numbers a PostgreSQL journal holds this advisory lock until the transaction ends.
const NUMBERING: i64 = 0x686f_7261_6a6f_7572;

/// How long whoever numbers may hang before PostgreSQL ends its transaction, and somebody else takes over.
pub const NUMBERING_IDLE: &str = "3s";

/// Where nodes tell each other which organizations have news.
const NEWS: &str = "horarium_journal";

/// Organizations in one notification, which holds 8,000 bytes.
const NEWS_AT_ONCE: usize = 200;

/// Begins a transaction that sees the journals and promises of all organizations, and nothing else of them.
pub(crate) async fn begin_promises(pool: &Pool) -> Result<Transaction, Fault> {
    let tx = begin_write(pool).await?;
    become_worker(&tx).await?;
    Ok(tx)
}

/// Begins a snapshot of the same.
pub(crate) async fn begin_looking(pool: &Pool) -> Result<Transaction, Fault> {
    let tx = begin_read(pool).await?;
    become_worker(&tx).await?;
    Ok(tx)
}

async fn become_worker(tx: &Transaction) -> Result<(), Fault> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    // The tenants' own policies stand beside the worker's, and ask for an organization: none has this id.
    let worker = format!(
        "SELECT set_config('role', '{WORKER_ROLE}', true), set_config('app.organization', '{}', true)",
        uuid::Uuid::nil()
    );
    tx.execute_raw(Statement::from_string(DbBackend::Postgres, worker))
        .await?;
    Ok(())
}

/// The same, for whoever numbers events; nothing if somebody else is at it. SQLite's writer is alone anyway.
pub(crate) async fn begin_numbering(pool: &Pool) -> Result<Option<Transaction>, Fault> {
    let tx = begin_promises(pool).await?;
    if !is_postgres_pool(pool) {
        return Ok(Some(tx));
    }
    let lock = format!(
        "SELECT pg_try_advisory_xact_lock({NUMBERING}), \
         set_config('idle_in_transaction_session_timeout', '{NUMBERING_IDLE}', true)"
    );
    let row = tx
        .query_one_raw(Statement::from_string(DbBackend::Postgres, lock))
        .await?;
    let is_ours = row.map(|it| it.try_get_by_index::<bool>(0)).transpose()?;
    if is_ours == Some(true) {
        return Ok(Some(tx));
    }
    tx.rollback().await?;
    Ok(None)
}

/// Tells the other nodes, once the transaction is committed, that organizations have news.
pub(crate) async fn announce_numbered(
    tx: &Transaction,
    organizations: &[kernel::id::OrganizationId],
) -> Result<(), Fault> {
    use kernel::Id as _;
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    for some in organizations.chunks(NEWS_AT_ONCE) {
        let ids: Vec<String> = some.iter().map(|it| it.uuid().to_string()).collect();
        let told = [NEWS.into(), ids.join(",").into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, "SELECT pg_notify($1, $2)", told);
        tx.execute_raw(statement).await?;
    }
    Ok(())
}

/// How often a reader looks by itself, for what no bell has told: seldom where nodes tell each other, and oftener where
/// another process has the same SQLite file.
pub(crate) fn look_every(pool: &Pool) -> Duration {
    Duration::from_secs(if is_postgres_pool(pool) { 15 } else { 2 })
}

/// Listens for what other nodes number, and rings here: for an organization, or for all of them when something may have been
/// missed. It ends only with an error; SQLite has no other nodes.
pub(crate) async fn hear_others(
    pool: &Pool,
    ring: impl Fn(Option<kernel::id::OrganizationId>),
) -> Result<std::convert::Infallible, Fault> {
    use kernel::Id as _;
    if !is_postgres_pool(pool) {
        return std::future::pending().await;
    }
    let gone = |wrong: sqlx::Error| Fault::Gone(DbErr::Custom(wrong.to_string()));
    // Whoever listens keeps a connection: one of its own, so that no request waits for it.
    let options = pool.get_postgres_connection_pool().connect_options();
    let own = sqlx::postgres::PgPoolOptions::new()
        .max_connections(1)
        .connect_lazy_with((*options).clone());
    let mut ears = sqlx::postgres::PgListener::connect_with(&own)
        .await
        .map_err(gone)?;
    ears.listen(NEWS).await.map_err(gone)?;
    ring(None);
    loop {
        let Some(told) = ears.try_recv().await.map_err(gone)? else {
            // The connection was lost; the next turn makes another.
            ring(None);
            continue;
        };
        let ids = told.payload().split(',').filter_map(|it| it.parse().ok());
        ids.map(kernel::id::OrganizationId::from_uuid)
            .for_each(|it| ring(Some(it)));
    }
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

/// Tells PostgreSQL's row-level security whose rows this transaction may see. SQLite has none: there the scoped
/// constructors stand alone, held by the same isolation tests.
pub(crate) async fn announce(
    tx: &Transaction,
    organization: Option<kernel::id::OrganizationId>,
    user: Option<kernel::id::UserId>,
) -> Result<(), Fault> {
    use kernel::Id as _;
    if tx.get_database_backend() != DbBackend::Postgres || (organization.is_none() && user.is_none()) {
        return Ok(());
    }
    let text = |uuid: Option<uuid::Uuid>| uuid.map(|it| it.to_string()).unwrap_or_default();
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT set_config('app.organization', $1, true), set_config('app.user', $2, true)",
        [
            text(organization.map(kernel::Id::uuid)).into(),
            text(user.map(|it| it.uuid())).into(),
        ],
    );
    tx.execute_raw(statement).await?;
    Ok(())
}
