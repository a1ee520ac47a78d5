//! The schema: one file per step, forward only; expand, then contract. Names no entity.
//!
//! To change the schema, add `sql/NNNN_what.sql` (with `{uuid}`, `{instant}`, `{date}`, `{local}`, `{json}`, `{bytes}` for the types that
//! differ)
//! and, where a database needs more of its own, `NNNN_what.sqlite.sql` and `NNNN_what.postgres.sql`; then a line in `STEPS`.

pub mod guards;

use std::fmt::Write as _;
use std::time::Duration;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{
    self, ConnectOptions, Database, DbBackend, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait as _,
};

#[expect(clippy::disallowed_types, reason = "a migration runs before there is a Work")]
type Connection = sea_orm::DatabaseConnection;

/// One step: its name, what both databases do, and what each does beside it.
struct Step {
    name: &'static str,
    both: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! step {
    ($name:literal) => {
        Step {
            name: $name,
            both: include_str!(concat!("../sql/", $name, ".sql")),
            sqlite: include_str!(concat!("../sql/", $name, ".sqlite.sql")),
            postgres: include_str!(concat!("../sql/", $name, ".postgres.sql")),
        }
    };
}

/// Every step, in order. Append only.
const STEPS: &[Step] = &[
    step!("0001_tenancy"),
    step!("0002_catalogue"),
    step!("0003_booking"),
    step!("0004_series"),
    step!("0005_waiting"),
    step!("0006_blocks"),
    step!("0007_journal"),
    step!("0008_messaging"),
    step!("0009_notices"),
    step!("0010_keeping"),
];

const ROLES: &str = include_str!("../sql/roles.sql");
const GRANTS: &str = include_str!("../sql/grants.sql");

/// Two migrations of one PostgreSQL database take turns under this advisory lock.
const ADVISORY_LOCK: i64 = 0x686f_7261_7269_756d;

/// How long a migration of a SQLite file waits for another one.
const TURN: Duration = Duration::from_secs(60);

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        STEPS
            .iter()
            .map(|step| Box::new(Up(step)) as Box<dyn MigrationTrait>)
            .collect()
    }
}

struct Up(&'static Step);

impl MigrationName for Up {
    fn name(&self) -> &str {
        self.0.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Up {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let backend = manager.get_database_backend();
        db.execute_unprepared(&with_types(self.0.both, backend)).await?;
        let own = if backend == DbBackend::Postgres {
            self.0.postgres
        } else {
            self.0.sqlite
        };
        db.execute_unprepared(&with_types(own, backend)).await.map(drop)
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn with_types(sql: &str, backend: DbBackend) -> String {
    let types = if backend == DbBackend::Postgres {
        [
            ("{uuid}", "uuid"),
            ("{instant}", "timestamptz"),
            ("{date}", "date"),
            ("{local}", "timestamp"),
            ("{json}", "jsonb"),
            ("{bytes}", "bytea"),
        ]
    } else {
        // SQLite keeps any name; these are the ones SeaORM reads and writes by.
        [
            ("{uuid}", "uuid_text"),
            ("{instant}", "timestamp_with_timezone_text"),
            ("{date}", "date_text"),
            ("{local}", "datetime_text"),
            ("{json}", "jsonb_text"),
            ("{bytes}", "varbinary_blob"),
        ]
    };
    types
        .iter()
        .fold(sql.to_owned(), |sql, (mark, own)| sql.replace(mark, own))
}

/// Brings the database at `url` to this version. `logins` are PostgreSQL logins that may take the application's role.
///
/// On PostgreSQL the owner of the database may be anybody; one who may make no roles finds them made.
///
/// # Errors
/// If the database cannot be reached or a step fails; then no step has happened.
pub async fn migrate(url: &str, logins: &[&str]) -> Result<(), DbErr> {
    let db = connect(url).await?;
    let postgres = db.get_database_backend() == DbBackend::Postgres;
    if postgres {
        run(&db, &format!("SELECT pg_advisory_lock({ADVISORY_LOCK})")).await?;
        run(&db, ROLES).await?;
    }
    // Whoever comes second to a SQLite file waits here, and then finds nothing left to do.
    let options = TransactionOptions {
        isolation_level: None,
        access_mode: None,
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
    };
    let steps = db.begin_with_options(options).await?;
    Migrator::up(&steps, None).await?;
    steps.commit().await?;
    if postgres {
        run(&db, GRANTS).await?;
        for login in logins {
            admit(&db, login).await?;
        }
        run(&db, &format!("SELECT pg_advisory_unlock({ADVISORY_LOCK})")).await?;
    }
    db.close().await
}

/// Lets a PostgreSQL login take both roles, unless it may already: who made the roles may have seen to that.
async fn admit(db: &Connection, login: &str) -> Result<(), DbErr> {
    let asked = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT pg_has_role($1, 'horarium_app', 'MEMBER') AND pg_has_role($1, 'horarium_worker', 'MEMBER')",
        [login.into()],
    );
    let admitted = db
        .query_one_raw(asked)
        .await?
        .map(|row| row.try_get_by_index(0))
        .transpose()?;
    if admitted == Some(true) {
        return Ok(());
    }
    let quoted = login.replace('"', "\"\"");
    run(
        db,
        &format!("GRANT horarium_app, horarium_worker TO \"{quoted}\""),
    )
    .await
}

/// The steps that the database at `url` still lacks.
///
/// # Errors
/// If the database cannot be reached.
pub async fn pending(url: &str) -> Result<Vec<String>, DbErr> {
    let db = connect(url).await?;
    let known = SchemaManager::new(&db).has_table("seaql_migrations").await?;
    let applied: Vec<String> = if known {
        let rows = db
            .query_all_raw(Statement::from_string(
                db.get_database_backend(),
                "SELECT version FROM seaql_migrations",
            ))
            .await?;
        rows.iter()
            .map(|row| row.try_get("", "version"))
            .collect::<Result<_, _>>()?
    } else {
        Vec::new()
    };
    db.close().await?;
    let missing = STEPS
        .iter()
        .map(|step| step.name.to_owned())
        .filter(|name| !applied.contains(name));
    Ok(missing.collect())
}

/// The newest step.
#[must_use]
pub fn latest() -> &'static str {
    STEPS.last().map_or("", |step| step.name)
}

/// Everything that shapes the schema, in one text: equal texts make equal schemas.
#[must_use]
pub fn source() -> String {
    STEPS.iter().fold(format!("{ROLES}{GRANTS}"), |mut all, step| {
        // Writing to a string does not fail.
        let _ = write!(all, "{}{}{}{}", step.name, step.both, step.sqlite, step.postgres);
        all
    })
}

/// One connection, so that a session's lock is everybody's.
async fn connect(url: &str) -> Result<Connection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    options.map_sqlx_sqlite_opts(|it| it.create_if_missing(true).foreign_keys(true).busy_timeout(TURN));
    Database::connect(options).await
}

async fn run(db: &Connection, sql: &str) -> Result<(), DbErr> {
    db.execute_unprepared(sql).await.map(drop)
}
