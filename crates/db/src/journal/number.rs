//! Giving committed events their positions.
//!
//! Any node may do it, one at a time: on PostgreSQL whoever gets the advisory lock of the transaction, on SQLite the
//! writer. A node that dies in the middle has numbered nothing, and the next one to look does it; one that hangs loses its
//! transaction after [`dialect::NUMBERING_IDLE`].

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::Id as _;
use kernel::id::{EventId, OrganizationId};
use sea_orm::sea_query::{Expr, ExprTrait as _, IntoIden as _, Query, TableRef, Value, ValueTuple};
use sea_orm::{ColumnTrait as _, ConnectionTrait as _, EntityTrait as _};
use sea_orm::{QueryFilter as _, QueryOrder as _, QuerySelect as _, Select};

use super::order::{Waiting, ordered};
use super::{Column, Entity, mark};
use crate::dialect::{self, Transaction};
use crate::fault::Fault;
use crate::store::Store;

/// Events that one transaction numbers, besides those that belong to the same things.
pub const BATCH: u64 = 1_000;

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

/// What waits to be numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// How many events.
    pub events: u64,
    /// Since when the first of them does.
    pub since: Option<DateTime<Utc>>,
}

/// Numbers a batch of events, of whatever organizations, and rings for those organizations.
///
/// # Errors
/// If the database refuses; then none was numbered.
pub async fn number(store: &Store) -> Result<Numbered, Fault> {
    let Some(tx) = dialect::begin_numbering(store.writes()).await? else {
        return Ok(Numbered::Elsewhere);
    };
    let batch = waiting(&tx).await?;
    if batch.is_empty() {
        tx.rollback().await?;
        return Ok(Numbered::All(0));
    }
    let count = batch.values().map(|it| it.len() as u64).sum();
    let organizations: Vec<OrganizationId> = batch.keys().copied().collect();
    give(&tx, batch).await?;
    dialect::announce_numbered(&tx, &organizations).await?;
    tx.commit().await?;
    for organization in organizations {
        store.wake().ring_numbered(organization);
    }
    Ok(if count < BATCH {
        Numbered::All(count)
    } else {
        Numbered::Full(count)
    })
}

/// What waits to be numbered, of all organizations.
///
/// # Errors
/// If the database refuses.
pub async fn backlog(store: &Store) -> Result<Backlog, Fault> {
    let tx = dialect::begin_looking(store.reads()).await?;
    let found: Option<(i64, Option<DateTime<Utc>>)> = Entity::find()
        .select_only()
        .column_as(Column::Id.count(), "events")
        .column_as(Column::OccurredAt.min(), "since")
        .filter(Column::Position.is_null())
        .into_tuple()
        .one(&tx)
        .await?;
    tx.rollback().await?;
    let (events, since) = found.unwrap_or_default();
    Ok(Backlog {
        events: events.unsigned_abs(),
        since,
    })
}

type Batch = BTreeMap<OrganizationId, Vec<Waiting<EventId>>>;

/// A batch of events without positions. A full one takes along whatever else waits of the things that it is about: what
/// happened to one of them before must not be left for later.
async fn waiting(tx: &Transaction) -> Result<Batch, Fault> {
    let in_order = unnumbered()
        .order_by_asc(Column::OrganizationId)
        .order_by_asc(Column::Id)
        .limit(BATCH);
    let mut rows = rows(in_order, tx).await?;
    if rows.len() as u64 == BATCH {
        let aggregates: Vec<String> = rows.iter().map(|it| it.2.clone()).collect();
        rows = self::rows(unnumbered().filter(Column::AggregateId.is_in(aggregates)), tx).await?;
    }
    let mut batch = Batch::new();
    for (organization, id, aggregate, version) in rows {
        let event = Waiting {
            id,
            aggregate,
            version,
        };
        batch.entry(organization).or_default().push(event);
    }
    Ok(batch)
}

fn unnumbered() -> Select<Entity> {
    Entity::find()
        .select_only()
        .columns([
            Column::OrganizationId,
            Column::Id,
            Column::AggregateId,
            Column::AggregateVersion,
        ])
        .filter(Column::Position.is_null())
}

type Row = (OrganizationId, EventId, String, i64);

async fn rows(query: Select<Entity>, tx: &Transaction) -> Result<Vec<Row>, Fault> {
    Ok(query.into_tuple().all(tx).await?)
}

/// Gives the events of each organization the next positions, in two statements.
async fn give(tx: &Transaction, batch: Batch) -> Result<(), Fault> {
    let counts = batch
        .iter()
        .map(|(organization, events)| (*organization, i64::try_from(events.len()).unwrap_or(i64::MAX)))
        .collect();
    let last = mark::advance(tx, mark::NUMBERED, &counts).await?;
    let mut given = Vec::new();
    for (organization, events) in batch {
        let first = last[&organization] - counts[&organization] + 1;
        let places = (first..).zip(ordered(events));
        given.extend(places.map(|(position, event)| {
            let [organization, id]: [Value; 2] = [organization.uuid().into(), event.id.uuid().into()];
            ValueTuple::Three(organization, id, position.into())
        }));
    }
    let place = |column: &'static str| Expr::col(("given", column));
    let update = Query::update()
        .table(Entity)
        .value(Column::Position, place("column3"))
        .from(TableRef::ValuesList(given, "given".into_iden()))
        .and_where(Expr::col((Entity, Column::OrganizationId)).eq(place("column1")))
        .and_where(Expr::col((Entity, Column::Id)).eq(place("column2")))
        .to_owned();
    tx.execute(&update).await?;
    Ok(())
}
