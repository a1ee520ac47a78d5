//! What somebody is told inside.

use db::paging::{self, Keyed, Page, Slice};
use db::{Fault, Reading, Tenant, Work};
use kernel::id::{EventId, NotificationId, OrganizationId, UserId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{Condition, IntoActiveModel, QueryOrder, QuerySelect, Select};

use super::Old;

/// One thing that somebody is told.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "notifications")]
pub struct Model {
    /// Where.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NotificationId,
    /// Who is told.
    pub user_id: UserId,
    /// Of which event.
    pub event_id: EventId,
    /// What happened.
    #[sea_orm(column_name = "type", column_type = "Text")]
    pub type_: String,
    /// The global id of what it happened to.
    #[sea_orm(column_type = "Text")]
    pub subject_id: String,
    /// When they read it.
    pub read_at: Option<DateTimeUtc>,
    /// When they were told.
    pub created_at: DateTimeUtc,
    /// Where the event stands in the journal; nothing for those that were told before this was noted.
    pub position: Option<i64>,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Keyed for Entity {
    const LIST: &'static str = "notifications";
    fn order() -> Vec<Column> {
        vec![Column::CreatedAt, Column::Id]
    }
    fn key(row: &Model) -> Vec<sea_orm::Value> {
        vec![row.created_at.into(), row.id.into()]
    }
}

fn of(reading: &Reading<Tenant>, user: UserId) -> Select<Entity> {
    Entity::find()
        .filter(Column::OrganizationId.eq(reading.organization()))
        .filter(Column::UserId.eq(user))
}

fn unread(reading: &Reading<Tenant>, user: UserId) -> Select<Entity> {
    of(reading, user).filter(Column::ReadAt.is_null())
}

/// Tells somebody of an event once.
pub(crate) async fn insert_once(work: &Work<Tenant>, row: Model) -> Result<(), Fault> {
    let told = OnConflict::columns([Column::OrganizationId, Column::UserId, Column::EventId])
        .do_nothing()
        .to_owned();
    Entity::insert(row.into_active_model())
        .on_conflict(told)
        .exec_without_returning(work.db())
        .await?;
    Ok(())
}

/// Notes that somebody has read some of what they were told, or all of it.
pub(crate) async fn mark_read(
    work: &Work<Tenant>,
    user: UserId,
    which: Option<&[NotificationId]>,
) -> Result<u64, Fault> {
    let mut update = Entity::update_many()
        .col_expr(Column::ReadAt, Expr::value(work.now()))
        .filter(Column::OrganizationId.eq(work.organization()))
        .filter(Column::UserId.eq(user))
        .filter(Column::ReadAt.is_null());
    if let Some(ids) = which {
        update = update.filter(Column::Id.is_in(ids.iter().copied()));
    }
    Ok(update.exec(work.db()).await?.rows_affected)
}

pub(crate) async fn find(
    reading: &Reading<Tenant>,
    user: UserId,
    ids: &[NotificationId],
) -> Result<Vec<Model>, Fault> {
    Ok(of(reading, user)
        .filter(Column::Id.is_in(ids.iter().copied()))
        .all(reading.db())
        .await?)
}

/// Those that were read before a moment.
pub(crate) fn read(before: DateTimeUtc) -> Old<Entity> {
    Old {
        columns: [Column::OrganizationId, Column::Id, Column::ReadAt],
        are: Condition::all().add(Column::ReadAt.lt(before)),
    }
}

/// Those that were told before a moment, and never read.
pub(crate) fn ignored(before: DateTimeUtc) -> Old<Entity> {
    Old {
        columns: [Column::OrganizationId, Column::Id, Column::CreatedAt],
        are: Condition::all()
            .add(Column::ReadAt.is_null())
            .add(Column::CreatedAt.lt(before)),
    }
}

/// What somebody was told of events after a position, in the order of the journal: whoever tells holds its mark, so nothing
/// is told of an earlier event later.
pub(crate) async fn after(
    reading: &Reading<Tenant>,
    user: UserId,
    (position, most): (i64, u64),
) -> Result<Vec<Model>, Fault> {
    let told = of(reading, user)
        .filter(Column::Position.gt(position))
        .order_by_asc(Column::Position)
        .limit(most);
    Ok(told.all(reading.db()).await?)
}

/// The last position of whose event somebody was told.
pub(crate) async fn last_position(reading: &Reading<Tenant>, user: UserId) -> Result<Option<i64>, Fault> {
    let last: Option<Option<i64>> = of(reading, user)
        .select_only()
        .column(Column::Position)
        .filter(Column::Position.is_not_null())
        .order_by_desc(Column::Position)
        .into_tuple()
        .one(reading.db())
        .await?;
    Ok(last.flatten())
}

pub(crate) async fn page(
    reading: &Reading<Tenant>,
    (user, only_unread): (UserId, bool),
    page: &Page,
) -> Result<Slice<Model>, Fault> {
    let list = if only_unread {
        unread(reading, user)
    } else {
        of(reading, user)
    };
    paging::slice(reading.db(), list, page).await
}

pub(crate) async fn count(
    reading: &Reading<Tenant>,
    (user, only_unread): (UserId, bool),
) -> Result<u64, Fault> {
    let list = if only_unread {
        unread(reading, user)
    } else {
        of(reading, user)
    };
    paging::count(reading.db(), list).await
}
