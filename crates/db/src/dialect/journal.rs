//! What numbering events and keeping promises asks of each database: all organizations at once, one at a time, and a bell
//! between nodes.

use std::time::Duration;

use kernel::Id as _;
use kernel::id::{OrganizationId, UserId};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::{Announced, Pool, Transaction, begin_read, begin_write, is_postgres_pool};
use crate::fault::Fault;

/// Whoever numbers a PostgreSQL journal holds this advisory lock until the transaction ends.
const NUMBERING: i64 = 0x686f_7261_6a6f_7572;

/// How long whoever numbers may hang before PostgreSQL ends its transaction, and somebody else takes over.
pub const NUMBERING_IDLE: &str = "3s";

/// Where nodes tell each other which organizations have news.
const NEWS: &str = "horarium_journal";

/// Where nodes tell each other who was told something inside.
const NOTICES: &str = "horarium_notices";

/// Ids in one notification, which holds 8,000 bytes.
const IDS_AT_ONCE: usize = 200;

/// What other nodes have told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Something may have been missed.
    Anything,
    /// An organization's journal goes further.
    Numbered(OrganizationId),
    /// People were told something inside.
    Noticed(OrganizationId, Vec<UserId>),
}

/// Begins a transaction that sees the journals and promises of all organizations, and nothing else of them.
pub(crate) async fn begin_promises(pool: &Pool) -> Result<Transaction, Fault> {
    begin_write(pool, Announced::Worker).await
}

/// Begins a snapshot of the same.
pub(crate) async fn begin_looking(pool: &Pool) -> Result<Transaction, Fault> {
    begin_read(pool, Announced::Worker).await
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
    organizations: &[OrganizationId],
) -> Result<(), Fault> {
    for some in organizations.chunks(IDS_AT_ONCE) {
        announce(tx, NEWS, ids(some)).await?;
    }
    Ok(())
}

/// Tells the other nodes, once the transaction is committed, that people of an organization were told something inside.
pub(crate) async fn announce_noticed(
    tx: &impl ConnectionTrait,
    organization: OrganizationId,
    users: &[UserId],
) -> Result<(), Fault> {
    for some in users.chunks(IDS_AT_ONCE) {
        announce(tx, NOTICES, format!("{}:{}", organization.uuid(), ids(some))).await?;
    }
    Ok(())
}

fn ids<I: kernel::Id>(of: &[I]) -> String {
    let ids: Vec<String> = of.iter().map(|it| it.uuid().to_string()).collect();
    ids.join(",")
}

/// SQLite has no other nodes.
async fn announce(tx: &impl ConnectionTrait, channel: &str, what: String) -> Result<(), Fault> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let told = [channel.into(), what.into()];
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, "SELECT pg_notify($1, $2)", told);
    tx.execute_raw(statement).await?;
    Ok(())
}

/// How often a reader looks by itself, for what no bell has told: seldom where nodes tell each other, and oftener where
/// another process has the same SQLite file.
pub(crate) fn look_every(pool: &Pool) -> Duration {
    Duration::from_secs(if is_postgres_pool(pool) { 15 } else { 2 })
}

/// Listens for what other nodes tell, and rings here. It ends only with an error; SQLite has no other nodes.
pub(crate) async fn hear_others(
    pool: &Pool,
    ring: impl Fn(Heard),
) -> Result<std::convert::Infallible, Fault> {
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
    ears.listen_all([NEWS, NOTICES]).await.map_err(gone)?;
    ring(Heard::Anything);
    loop {
        let Some(told) = ears.try_recv().await.map_err(gone)? else {
            // The connection was lost; the next turn makes another.
            ring(Heard::Anything);
            continue;
        };
        if told.channel() == NEWS {
            read::<OrganizationId>(told.payload()).for_each(|it| ring(Heard::Numbered(it)));
        } else if let Some((organization, users)) = told.payload().split_once(':') {
            let users: Vec<UserId> = read(users).collect();
            read(organization).for_each(|it| ring(Heard::Noticed(it, users.clone())));
        }
    }
}

fn read<I: kernel::Id>(ids: &str) -> impl Iterator<Item = I> {
    ids.split(',').filter_map(|it| it.parse().ok()).map(I::from_uuid)
}
