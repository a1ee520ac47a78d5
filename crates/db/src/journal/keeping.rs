//! How long a journal is kept.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::id::OrganizationId;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::{Column, Entity, mark};
use crate::dialect::{self, Transaction};
use crate::fault::Fault;
use crate::store::Store;

/// How long what happened can be read at least: whoever comes back within it has missed nothing.
pub const KEPT: TimeDelta = TimeDelta::days(35);

/// Events of one organization that one transaction forgets.
const BATCH: u64 = 1_000;

/// Forgets what happened longer ago than [`KEPT`], a batch of each journal. Says how many events are gone.
///
/// # Errors
/// If the database refuses.
pub async fn forget(store: &Store) -> Result<u64, Fault> {
    let before = store.now() - KEPT;
    let mut gone = 0;
    for (organization, floor) in journals(store).await? {
        let tx = dialect::begin_promises(store.writes()).await?;
        gone += forget_of(&tx, (organization, floor), before).await?;
        tx.commit().await?;
    }
    Ok(gone)
}

/// Every organization that anything ever happened in.
///
/// # Errors
/// If the database refuses.
pub async fn organizations(store: &Store) -> Result<Vec<OrganizationId>, Fault> {
    let tx = dialect::begin_looking(store.reads()).await?;
    let all = mark::Entity::find()
        .select_only()
        .column(mark::Column::OrganizationId)
        .filter(mark::Column::Name.eq(mark::NUMBERED))
        .into_tuple()
        .all(&tx)
        .await?;
    tx.rollback().await?;
    Ok(all)
}

/// Every journal that has something in it, and the last position that is no longer there.
async fn journals(store: &Store) -> Result<Vec<(OrganizationId, i64)>, Fault> {
    let tx = dialect::begin_looking(store.reads()).await?;
    let marks = mark::Entity::find()
        .filter(mark::Column::Name.is_in([mark::NUMBERED, mark::FORGOTTEN]))
        .all(&tx)
        .await?;
    tx.rollback().await?;
    let mut journals: BTreeMap<OrganizationId, (i64, i64)> = BTreeMap::new();
    for mark in marks {
        let journal = journals.entry(mark.organization_id).or_default();
        if mark.name == mark::NUMBERED {
            journal.0 = mark.position;
        } else {
            journal.1 = mark.position;
        }
    }
    Ok(journals
        .into_iter()
        .filter(|(_, (last, floor))| floor < last)
        .map(|(organization, (_, floor))| (organization, floor))
        .collect())
}

async fn forget_of(
    tx: &Transaction,
    (organization, floor): (OrganizationId, i64),
    before: DateTime<Utc>,
) -> Result<u64, Fault> {
    let oldest: Vec<(Option<i64>, DateTime<Utc>)> = Entity::find()
        .select_only()
        .columns([Column::Position, Column::OccurredAt])
        .filter(Column::OrganizationId.eq(organization))
        .filter(Column::Position.gt(floor))
        .order_by_asc(Column::Position)
        .limit(BATCH)
        .into_tuple()
        .all(tx)
        .await?;
    let old = oldest.into_iter().take_while(|(_, at)| *at < before);
    let Some(floor) = old.filter_map(|(position, _)| position).last() else {
        return Ok(0);
    };
    mark::put(tx, (organization, mark::FORGOTTEN), floor).await?;
    let gone = Entity::delete_many()
        .filter(Column::OrganizationId.eq(organization))
        .filter(Column::Position.lte(floor))
        .exec(tx)
        .await?;
    Ok(gone.rows_affected)
}
