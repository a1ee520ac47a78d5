//! Hours that recur.

use chrono::NaiveDate;
use db::{Fault, Reading, Tenant};
use kernel::Zone;
use kernel::id::{OrganizationId, ResourceId, RuleId, ServiceId};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, FromJsonQueryResult, QueryOrder};
use serde::{Deserialize, Serialize};

use super::mine;

/// Dates that a rule does not hold on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Exceptions(pub Vec<NaiveDate>);

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "availability_rules")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) organization_id: OrganizationId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: RuleId,
    pub(crate) resource_id: ResourceId,
    pub(crate) service_id: Option<ServiceId>,
    pub(crate) starts_on: Date,
    #[sea_orm(column_type = "Text")]
    pub(crate) rrule: String,
    pub(crate) start_minute: i64,
    pub(crate) end_minute: i64,
    pub(crate) timezone: Option<Zone>,
    pub(crate) valid_from: Option<Date>,
    pub(crate) valid_until: Option<Date>,
    #[sea_orm(column_type = "JsonBinary")]
    pub(crate) except_on: Exceptions,
    pub(crate) version: i64,
    pub(crate) archived_at: Option<DateTimeUtc>,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(RuleId, "rule");
super::touched!();

/// The rules of some resources that stand, by resource and beginning.
pub(crate) async fn of(reading: &Reading<Tenant>, resources: &[ResourceId]) -> Result<Vec<Model>, Fault> {
    Ok(mine::<Entity>(reading)
        .filter(Column::ResourceId.is_in(resources.iter().copied()))
        .filter(Column::ArchivedAt.is_null())
        .order_by_asc(Column::ResourceId)
        .order_by_asc(Column::StartsOn)
        .order_by_asc(Column::Id)
        .all(reading.db())
        .await?)
}

/// Those of them that can matter to one service: its own, and the general ones. Those that hold no longer are among them,
/// because a room without any rule is always open and a room with a rule is not.
pub(crate) async fn for_service(
    reading: &Reading<Tenant>,
    resources: &[ResourceId],
    service: ServiceId,
) -> Result<Vec<Model>, Fault> {
    let to_it = Condition::any()
        .add(Column::ServiceId.is_null())
        .add(Column::ServiceId.eq(service));
    Ok(mine::<Entity>(reading)
        .filter(Column::ResourceId.is_in(resources.iter().copied()))
        .filter(Column::ArchivedAt.is_null())
        .filter(to_it)
        .all(reading.db())
        .await?)
}

/// How many rules of a resource stand.
pub(crate) async fn live(reading: &Reading<Tenant>, resource: ResourceId) -> Result<u64, Fault> {
    use sea_orm::PaginatorTrait as _;
    Ok(mine::<Entity>(reading)
        .filter(Column::ResourceId.eq(resource))
        .filter(Column::ArchivedAt.is_null())
        .count(reading.db())
        .await?)
}
