//! Rows that a story of `db` needs, put where a domain would put them, and statements of a story's own.

use std::collections::BTreeMap;

use db::{Account, Asker, Fault, Reading, Scope};
use kernel::id::{OrganizationId, UserId};
use kernel::{Id as _, SystemKind};
use sea_orm::{ConnectionTrait as _, Statement, Value};
use serde_json::json;

use super::World;

/// Runs a statement that no verb would run; `$1` and onwards are bound. Tells how many rows it touched.
pub(crate) async fn run<S: Scope>(
    reading: &Reading<S>,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<u64, Fault> {
    let statement = Statement::from_sql_and_values(reading.db().get_database_backend(), sql, values);
    Ok(reading.db().execute_raw(statement).await?.rows_affected())
}

/// The one number that a query answers.
pub(crate) async fn number<S: Scope>(
    reading: &Reading<S>,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<i64, Fault> {
    let statement = Statement::from_sql_and_values(reading.db().get_database_backend(), sql, values);
    let row = reading.db().query_one_raw(statement).await?.expect("a row");
    Ok(row.try_get_by_index(0)?)
}

/// How many rows of a table this transaction has looked at, one after the other or through an index, as PostgreSQL counts.
pub(crate) async fn looked_at<S: Scope>(reading: &Reading<S>, table: &str) -> i64 {
    let read = "SELECT (pg_stat_get_xact_tuples_returned($1::text::regclass) \
                + (SELECT sum(pg_stat_get_xact_tuples_returned(indexrelid)) FROM pg_index \
                WHERE indrelid = $1::text::regclass))::bigint";
    number(reading, read, [table.into()]).await.unwrap()
}

/// The rows of a query that answers a word and how often it stands there.
pub(crate) async fn counted<S: Scope>(
    reading: &Reading<S>,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<BTreeMap<String, i64>, Fault> {
    let statement = Statement::from_sql_and_values(reading.db().get_database_backend(), sql, values);
    let rows = reading.db().query_all_raw(statement).await?;
    let pairs = rows
        .iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)));
    pairs.collect()
}

impl World {
    /// An organization without anything.
    pub(crate) async fn organization(&self, slug: &str) -> OrganizationId {
        let work = self
            .store
            .write(Account, &Asker::system(SystemKind::Operator))
            .await
            .unwrap();
        let id: OrganizationId = work.mint();
        let now = work.now();
        let row = "INSERT INTO organizations (id, slug, name, timezone, locale, currency, branding, settings, version, \
                   created_at, updated_at) VALUES ($1, $2, $2, 'Europe/Lisbon', 'pt-PT', 'EUR', $3, $3, 1, $4, $4)";
        run(
            &work,
            row,
            [id.uuid().into(), slug.into(), json!({}).into(), now.into()],
        )
        .await
        .unwrap();
        work.commit().await.unwrap();
        id
    }

    /// A person without a password.
    pub(crate) async fn person(&self, email: &str) -> UserId {
        let work = self
            .store
            .write(Account, &Asker::system(SystemKind::Operator))
            .await
            .unwrap();
        let id: UserId = work.mint();
        let now = work.now();
        let row = "INSERT INTO users (id, email, name, timezone, locale, version, created_at, updated_at) \
                   VALUES ($1, $2, $2, 'Europe/Lisbon', 'pt-PT', 1, $3, $3)";
        run(&work, row, [id.uuid().into(), email.into(), now.into()])
            .await
            .unwrap();
        work.commit().await.unwrap();
        id
    }
}
