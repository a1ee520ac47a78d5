//! Time that staff have taken out.

use db::paging::Keyed;
use db::{Fault, Reading, Tenant};
use kernel::id::{BlockId, OrganizationId, ResourceId};
use kernel::{Line, Span};
use sea_orm::Select;
use sea_orm::entity::prelude::*;

use super::mine;

/// A stretch of time that is taken out of a resource's calendar.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "blocks")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BlockId,
    /// Of which resource.
    pub resource_id: ResourceId,
    /// From when.
    pub starts_at: DateTimeUtc,
    /// Until when.
    pub ends_at: DateTimeUtc,
    /// Why; not public.
    pub reason: Option<Line>,
    /// Counts the changes.
    pub version: i64,
    /// Since when it is taken back.
    pub archived_at: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was changed last.
    pub updated_at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(BlockId, "block");
super::touched!();

impl Keyed for Entity {
    const LIST: &'static str = "blocks";
    fn order() -> Vec<Column> {
        vec![Column::StartsAt, Column::Id]
    }
    fn key(row: &Model) -> Vec<sea_orm::Value> {
        vec![row.starts_at.into(), row.id.into()]
    }
}

/// The blocks of a resource that meet a span.
pub(crate) fn meeting(reading: &Reading<Tenant>, resource: ResourceId, span: Span) -> Select<Entity> {
    mine::<Entity>(reading)
        .filter(Column::ResourceId.eq(resource))
        .filter(Column::StartsAt.lt(span.end()))
        .filter(Column::EndsAt.gt(span.start()))
        .filter(Column::ArchivedAt.is_null())
}

/// How many of a resource are not over.
pub(crate) async fn ahead(reading: &Reading<Tenant>, resource: ResourceId) -> Result<u64, Fault> {
    use sea_orm::PaginatorTrait as _;
    Ok(mine::<Entity>(reading)
        .filter(Column::ResourceId.eq(resource))
        .filter(Column::EndsAt.gt(reading.now()))
        .filter(Column::ArchivedAt.is_null())
        .count(reading.db())
        .await?)
}
