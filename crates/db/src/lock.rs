//! Row locks. Reads that decide something are taken under the lock that the write needs.

use sea_orm::sea_query::{Expr, ExprTrait as _, LockType, Query};
use sea_orm::{ConnectionTrait as _, QuerySelect};

use crate::fault::Fault;
use crate::work::{Tenant, Work};

/// Locks the rows that a query finds until the transaction ends: `FOR NO KEY UPDATE` on PostgreSQL; nothing on SQLite,
/// where a writing transaction is alone from its first moment.
pub fn hold<Q: QuerySelect>(query: Q) -> Q {
    query.lock(LockType::NoKeyUpdate)
}

/// Holds the organization itself: whoever counts its rows before adding one does so alone. It comes before any other lock.
///
/// # Errors
/// If the database refuses, or the lock is not given in time.
pub async fn organization(work: &Work<Tenant>) -> Result<(), Fault> {
    let held = Query::select()
        .column("id")
        .from("organizations")
        .and_where(Expr::col("id").eq(work.organization()))
        .lock(LockType::NoKeyUpdate)
        .to_owned();
    work.db().query_one(&held).await?;
    Ok(())
}
