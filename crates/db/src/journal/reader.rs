//! Readers that the house itself keeps: each has a name, and its place in every journal is written with what it did.
//!
//! Whoever does something because of an event reads it, does it and moves its mark in one [`Work`]: whatever dies in
//! between has done nothing.

use kernel::id::OrganizationId;
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, JoinType, LockBehavior, LockType, Query};
use sea_orm::{ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use super::{Event, after, mark};
use crate::dialect;
use crate::fault::Fault;
use crate::store::Store;
use crate::work::{Tenant, Work};

/// Organizations whose journal goes further than the reader of this name has read.
///
/// # Errors
/// If the database refuses.
pub async fn behind(store: &Store, name: &str, most: u64) -> Result<Vec<OrganizationId>, Fault> {
    use mark::Column;
    let [end, read] = ["numbered", "reader"].map(Alias::new);
    let col = |table: &Alias, column: Column| Expr::col((table.clone(), column));
    let same = col(&read, Column::OrganizationId)
        .equals((end.clone(), Column::OrganizationId))
        .and(col(&read, Column::Name).eq(name));
    let asked = Query::select()
        .column((end.clone(), Column::OrganizationId))
        .from_as(mark::Entity, end.clone())
        .join_as(JoinType::LeftJoin, mark::Entity, read.clone(), same)
        .and_where(col(&end, Column::Name).eq(mark::NUMBERED))
        .and_where(col(&end, Column::Position).gt(Expr::cust("coalesce(\"reader\".\"position\", 0)")))
        .limit(most)
        .to_owned();
    let tx = dialect::begin_looking(store.reads()).await?;
    let rows = tx.query_all(&asked).await?;
    tx.rollback().await?;
    let organizations = rows.iter().map(|it| it.try_get("", "organization_id"));
    Ok(organizations.collect::<Result<_, _>>()?)
}

impl Work<Tenant> {
    /// What the reader of this name has not read yet, oldest first. Its mark is held until the transaction ends: nothing,
    /// if somebody else holds it.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn unread(&self, name: &str, most: u64) -> Result<Vec<Event>, Fault> {
        mark::begin(self.db(), (self.organization(), name)).await?;
        let held = mark::Entity::find()
            .filter(mark::Column::OrganizationId.eq(self.organization()))
            .filter(mark::Column::Name.eq(name))
            .lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked)
            .one(self.db())
            .await?;
        match held {
            Some(mark) => after(self, mark.position, most).await,
            None => Ok(Vec::new()),
        }
    }

    /// Says that the reader of this name has done what follows from everything up to this position.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn have_read(&self, name: &str, position: i64) -> Result<(), Fault> {
        mark::put(self.db(), (self.organization(), name), position).await
    }
}
