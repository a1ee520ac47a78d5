//! A transaction of either database. PostgreSQL's begins with all that is said of it in one message, which SeaORM has no words
//! for; what is asked in it is built and read by SeaORM all the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::TryStreamExt as _;
use sea_orm::entity::prelude::async_trait;
use sea_orm::sea_query::Values;
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr,
    SqliteTransactionMode, Statement, StreamTrait as _, TransactionOptions, TransactionTrait,
};
use sea_query_sqlx::SqlxValues;
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Executor as _, SqlSafeStr as _};
use sqlx_core::transaction::TransactionManager as _;
use tokio::sync::Mutex;

use super::Pool;
use crate::fault::Fault;

/// Undone when it is dropped.
#[derive(Debug)]
pub(crate) enum Transaction {
    #[expect(clippy::disallowed_types, reason = "transactions live here")]
    Sqlite(sea_orm::DatabaseTransaction),
    Postgres(Postgres),
}

#[derive(Debug)]
pub(crate) struct Postgres {
    connection: Mutex<PoolConnection<sqlx::Postgres>>,
    statements: Arc<AtomicU64>,
}

type Manager = <sqlx::Postgres as sqlx::Database>::TransactionManager;

/// A connection that is told to begin. If nobody waits for its answer it does not go back to the pool: it may stand in a
/// transaction that nobody ends, as whoever began it.
struct Beginning(Option<PoolConnection<sqlx::Postgres>>);

impl Drop for Beginning {
    fn drop(&mut self) {
        if let Some(connection) = &mut self.0 {
            connection.close_on_drop();
        }
    }
}

impl Transaction {
    pub(super) async fn of_sqlite(pool: &Pool, mode: Option<SqliteTransactionMode>) -> Result<Self, Fault> {
        let options = TransactionOptions {
            sqlite_transaction_mode: mode,
            ..TransactionOptions::default()
        };
        Ok(Self::Sqlite(pool.begin_with_options(options).await?))
    }

    /// The message holds nobody's text: words of how the transaction is, and ids.
    pub(super) async fn of_postgres(pool: &Pool, message: String) -> Result<Self, Fault> {
        let connections = pool.get_postgres_connection_pool();
        let mut beginning = Beginning(None);
        let connection = beginning
            .0
            .insert(connections.acquire().await.map_err(acquire_error)?);
        let message = AssertSqlSafe(message).into_sql_str();
        Manager::begin(connection, Some(message))
            .await
            .map_err(query_error)?;
        let Some(connection) = beginning.0.take() else {
            return Err(Fault::Gone(DbErr::Custom("a connection was lost".to_owned())));
        };
        Ok(Self::Postgres(Postgres {
            connection: Mutex::new(connection),
            statements: Arc::clone(&pool.statements),
        }))
    }

    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(mut tx) => Manager::commit(tx.connection.get_mut())
                .await
                .map_err(query_error),
        }
    }

    pub(crate) async fn rollback(self) -> Result<(), DbErr> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await,
            Self::Postgres(mut tx) => Manager::rollback(tx.connection.get_mut())
                .await
                .map_err(query_error),
        }
    }

    /// Shows each row of an answer when it arrives.
    pub(crate) async fn each_raw(
        &self,
        statement: Statement,
        mut shown: impl FnMut(QueryResult) -> Result<(), DbErr>,
    ) -> Result<(), DbErr> {
        match self {
            Self::Sqlite(tx) => {
                let mut rows = tx.stream_raw(statement).await?;
                while let Some(row) = rows.try_next().await? {
                    shown(row)?;
                }
            }
            Self::Postgres(tx) => {
                let query = tx.query(statement);
                let mut connection = tx.connection.lock().await;
                let mut rows = query.fetch(&mut **connection);
                while let Some(row) = rows.try_next().await.map_err(query_error)? {
                    shown(row.into())?;
                }
            }
        }
        Ok(())
    }
}

impl Drop for Postgres {
    /// Before anybody else is served by the connection, if this was not ended.
    fn drop(&mut self) {
        Manager::start_rollback(self.connection.get_mut());
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Sqlite(_) => DbBackend::Sqlite,
            Self::Postgres(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Sqlite(tx) => tx.execute_raw(statement).await,
            Self::Postgres(tx) => {
                let query = tx.query(statement);
                let done = query.execute(&mut **tx.connection.lock().await).await;
                done.map(ExecResult::from).map_err(exec_error)
            }
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self {
            Self::Sqlite(tx) => tx.execute_unprepared(sql).await,
            Self::Postgres(tx) => {
                tx.statements.fetch_add(1, Ordering::Relaxed);
                let mut connection = tx.connection.lock().await;
                let done = connection.execute(AssertSqlSafe(sql)).await;
                done.map(ExecResult::from).map_err(exec_error)
            }
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Sqlite(tx) => tx.query_one_raw(statement).await,
            Self::Postgres(tx) => {
                let query = tx.query(statement);
                let row = query.fetch_optional(&mut **tx.connection.lock().await).await;
                row.map(|it| it.map(QueryResult::from)).map_err(query_error)
            }
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Sqlite(tx) => tx.query_all_raw(statement).await,
            Self::Postgres(tx) => {
                let query = tx.query(statement);
                let rows = query.fetch_all(&mut **tx.connection.lock().await).await;
                let rows = rows.map_err(query_error)?;
                Ok(rows.into_iter().map(QueryResult::from).collect())
            }
        }
    }
}

impl Postgres {
    fn query(&self, statement: Statement) -> sqlx::query::Query<'static, sqlx::Postgres, SqlxValues> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        let values = statement.values.unwrap_or(Values(Vec::new()));
        sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(values))
    }
}

/// In SeaORM's words, by which a fault is known.
fn acquire_error(error: sqlx::Error) -> DbErr {
    if matches!(error, sqlx::Error::PoolTimedOut) {
        return DbErr::ConnectionAcquire(ConnAcquireErr::Timeout);
    }
    if matches!(error, sqlx::Error::PoolClosed) {
        return DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed);
    }
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}

fn query_error(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

fn exec_error(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}
