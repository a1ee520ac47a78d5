//! What one booking of a service needs.

use db::{Fault, Reading, Tenant, Work};
use kernel::id::{OrganizationId, ResourceId, ServiceHostId, ServiceId, TeamId};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect, QueryTrait as _};

use super::{mine, service};
use crate::service::Part;

super::word_columns!(Part);

/// One resource or team that can give a part of a service. Rows of one part and need are alternatives.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service_hosts")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ServiceHostId,
    /// Of which service.
    pub service_id: ServiceId,
    /// Which part.
    pub part: Part,
    /// Which of several rooms or pieces of equipment that are needed at once; a host's is 0.
    pub need: i64,
    /// Which resource, if it is one.
    pub resource_id: Option<ResourceId>,
    /// Which team, if it is one.
    pub team_id: Option<TeamId>,
    /// Who comes first; the lowest number does.
    pub priority: i64,
    /// How much of the bookings, beside the others' weights.
    pub weight: i64,
    /// Whether a FIXED service can do nothing without them.
    pub is_fixed: bool,
    /// What it costs with them, if that differs, in the smallest unit of the service's currency.
    pub price_minor: Option<i64>,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(ServiceHostId, "host");

/// What some services need, by service, part, need and priority.
pub(crate) async fn of(reading: &Reading<Tenant>, services: &[ServiceId]) -> Result<Vec<Model>, Fault> {
    Ok(mine::<Entity>(reading)
        .filter(Column::ServiceId.is_in(services.iter().copied()))
        .order_by_asc(Column::ServiceId)
        .order_by_asc(Column::Part)
        .order_by_asc(Column::Need)
        .order_by_asc(Column::Priority)
        .order_by_asc(Column::Id)
        .all(reading.db())
        .await?)
}

/// Puts others in the place of a service's.
pub(crate) async fn replace(work: &Work<Tenant>, service: ServiceId, rows: Vec<Model>) -> Result<(), Fault> {
    Entity::delete_many()
        .filter(Column::OrganizationId.eq(work.organization()))
        .filter(Column::ServiceId.eq(service))
        .exec(work.db())
        .await?;
    super::insert_many(work, rows).await
}

/// Whether a service that is not put away needs this team.
pub(crate) async fn is_team_needed(reading: &Reading<Tenant>, team: TeamId) -> Result<bool, Fault> {
    let live = mine::<service::Entity>(reading)
        .filter(service::Column::ArchivedAt.is_null())
        .select_only()
        .column(service::Column::Id)
        .into_query();
    let one = mine::<Entity>(reading)
        .filter(Column::TeamId.eq(team))
        .filter(Column::ServiceId.in_subquery(live))
        .one(reading.db())
        .await?;
    Ok(one.is_some())
}

/// The services that a resource gives itself, as part of another query.
pub(crate) fn services_of(
    reading: &Reading<Tenant>,
    resource: ResourceId,
) -> sea_orm::sea_query::SelectStatement {
    use sea_orm::Condition;
    let teams = mine::<super::team_member::Entity>(reading)
        .filter(super::team_member::Column::ResourceId.eq(resource))
        .select_only()
        .column(super::team_member::Column::TeamId)
        .into_query();
    mine::<Entity>(reading)
        .filter(
            Condition::any()
                .add(Column::ResourceId.eq(resource))
                .add(Column::TeamId.in_subquery(teams)),
        )
        .select_only()
        .column(Column::ServiceId)
        .into_query()
}
