//! Other hours on one date.

use chrono::NaiveDate;
use db::{Fault, Reading, Tenant};
use kernel::Line;
use kernel::id::{OrganizationId, OverrideId, ResourceId};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

use super::mine;
use crate::overrides::OverrideKind;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "availability_overrides")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) organization_id: OrganizationId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: OverrideId,
    pub(crate) resource_id: ResourceId,
    pub(crate) on_date: Date,
    pub(crate) kind: OverrideKind,
    pub(crate) start_minute: Option<i64>,
    pub(crate) end_minute: Option<i64>,
    pub(crate) reason: Option<Line>,
    pub(crate) version: i64,
    pub(crate) archived_at: Option<DateTimeUtc>,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(OverrideId, "override");
super::touched!();

fn standing(
    reading: &Reading<Tenant>,
    resources: &[ResourceId],
    (first, last): (NaiveDate, NaiveDate),
) -> sea_orm::Select<Entity> {
    mine::<Entity>(reading)
        .filter(Column::ResourceId.is_in(resources.iter().copied()))
        .filter(Column::OnDate.between(first, last))
        .filter(Column::ArchivedAt.is_null())
}

/// The overrides of some resources between two dates, both inclusive, by resource and date.
pub(crate) async fn between(
    reading: &Reading<Tenant>,
    resources: &[ResourceId],
    dates: (NaiveDate, NaiveDate),
) -> Result<Vec<Model>, Fault> {
    Ok(standing(reading, resources, dates)
        .order_by_asc(Column::ResourceId)
        .order_by_asc(Column::OnDate)
        .order_by_asc(Column::Id)
        .all(reading.db())
        .await?)
}

/// How many there are of a resource between two dates, both inclusive.
pub(crate) async fn count(
    reading: &Reading<Tenant>,
    resource: ResourceId,
    dates: (NaiveDate, NaiveDate),
) -> Result<u64, Fault> {
    use sea_orm::PaginatorTrait as _;
    Ok(standing(reading, &[resource], dates).count(reading.db()).await?)
}
