//! Giving committed events their positions.
//!
//! Any node may do it, one at a time: on PostgreSQL whoever gets the advisory lock of the transaction, on SQLite the
//! writer. A node that dies in the middle has numbered nothing, and the next one to look does it.

use std::collections::BTreeMap;

use kernel::id::{EventId, OrganizationId};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait as _, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use sea_orm::{QueryOrder as _, QuerySelect as _};

use super::order::{Waiting, ordered};
use super::{Column, Entity};
use crate::dialect::{self, Transaction};
use crate::fault::Fault;
use crate::store::Store;

/// Events that one transaction numbers at most.
pub const BATCH: u64 = 1_000;

/// How far an organization's journal goes.
pub(super) mod journal {
    use kernel::id::OrganizationId;
    use sea_orm::entity::prelude::*;

    /// One journal.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "journals")]
    pub struct Model {
        /// Whose.
        #[sea_orm(primary_key, auto_increment = false)]
        pub organization_id: OrganizationId,
        /// The last position that was given.
        pub last_position: i64,
        /// The last position that was forgotten.
        pub floor: i64,
    }

    /// It stands alone.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What a look has brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbered {
    /// So many; there may be more.
    Full(u64),
    /// So many, and then there were none left.
    All(u64),
    /// Somebody else is at it.
    Elsewhere,
}

/// Numbers a batch of events, of whatever organizations, and rings for those organizations.
///
/// # Errors
/// If the database refuses; then none was numbered.
pub async fn number(store: &Store) -> Result<Numbered, Fault> {
    let Some(tx) = dialect::begin_numbering(store.writes()).await? else {
        return Ok(Numbered::Elsewhere);
    };
    let waiting = waiting(&tx).await?;
    let count = waiting.values().map(|it| it.len() as u64).sum();
    for (organization, events) in &waiting {
        give(&tx, *organization, ordered(events.clone())).await?;
    }
    dialect::announce_numbered(&tx, waiting.keys().copied()).await?;
    tx.commit().await?;
    for organization in waiting.into_keys() {
        store.wake().ring(organization);
    }
    Ok(if count < BATCH {
        Numbered::All(count)
    } else {
        Numbered::Full(count)
    })
}

type Batch = BTreeMap<OrganizationId, Vec<Waiting<EventId>>>;

async fn waiting(tx: &Transaction) -> Result<Batch, Fault> {
    let rows: Vec<(OrganizationId, EventId, String, i64)> = Entity::find()
        .select_only()
        .columns([
            Column::OrganizationId,
            Column::Id,
            Column::AggregateId,
            Column::AggregateVersion,
        ])
        .filter(Column::Position.is_null())
        .order_by_asc(Column::OrganizationId)
        .order_by_asc(Column::Id)
        .limit(BATCH)
        .into_tuple()
        .all(tx)
        .await?;
    let mut batch = Batch::new();
    for (organization, id, aggregate, version) in rows {
        batch.entry(organization).or_default().push(Waiting {
            id,
            aggregate,
            version,
        });
    }
    Ok(batch)
}

/// Gives the events of one organization the next positions.
async fn give(
    tx: &Transaction,
    organization: OrganizationId,
    events: Vec<Waiting<EventId>>,
) -> Result<(), Fault> {
    let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
    let journal = journal::ActiveModel {
        organization_id: Set(organization),
        last_position: Set(count),
        floor: Set(0),
    };
    let more = OnConflict::column(journal::Column::OrganizationId)
        .value(
            journal::Column::LastPosition,
            Expr::col((journal::Entity, journal::Column::LastPosition)).add(count),
        )
        .to_owned();
    let journal = journal::Entity::insert(journal)
        .on_conflict(more)
        .exec_with_returning(tx)
        .await?;
    let first = journal.last_position - count + 1;
    let ids: Vec<EventId> = events.iter().map(|it| it.id).collect();
    let positions = (first..).zip(&ids).fold(CaseStatement::new(), |case, (position, id)| {
        case.case(Column::Id.eq(*id), position)
    });
    Entity::update_many()
        .col_expr(Column::Position, positions.into())
        .filter(Column::OrganizationId.eq(organization))
        .filter(Column::Id.is_in(ids))
        .exec(tx)
        .await?;
    Ok(())
}
