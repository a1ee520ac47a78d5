//! Row locks. Reads that decide something are taken under the lock that the write needs.

use sea_orm::QuerySelect;
use sea_orm::sea_query::LockType;

/// Locks the rows that a query finds until the transaction ends: `FOR NO KEY UPDATE` on PostgreSQL; nothing on SQLite,
/// where a writing transaction is alone from its first moment.
pub fn hold<Q: QuerySelect>(query: Q) -> Q {
    query.lock(LockType::NoKeyUpdate)
}
