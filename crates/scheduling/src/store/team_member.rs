//! Who belongs to which team.

use db::paging::Keyed;
use db::{Fault, Reading, Tenant, Work};
use kernel::id::{OrganizationId, ResourceId, TeamId, TeamMemberId};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, Select};

use super::mine;
use crate::team::TeamRole;

super::word_columns!(TeamRole);

/// One place in a team.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "team_members")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TeamMemberId,
    /// In which team.
    pub team_id: TeamId,
    /// Who.
    pub resource_id: ResourceId,
    /// As what.
    pub role: TeamRole,
    /// Who comes first; the lowest number does.
    pub priority: i64,
    /// How much of the bookings, beside the others' weights.
    pub weight: i64,
    /// Whether a FIXED team can do nothing without them.
    pub is_fixed: bool,
    /// Since when.
    pub created_at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(TeamMemberId, "member");

impl Keyed for Entity {
    const LIST: &'static str = "team_members";
    fn order() -> Vec<Column> {
        vec![Column::Priority, Column::Id]
    }
    fn key(row: &Model) -> Vec<sea_orm::Value> {
        vec![row.priority.into(), row.id.into()]
    }
}

/// The members of one team as a list.
pub(crate) fn of_one(reading: &Reading<Tenant>, team: TeamId) -> Select<Entity> {
    mine::<Entity>(reading).filter(Column::TeamId.eq(team))
}

/// The members of some teams, by team, priority and id.
pub(crate) async fn of_teams(reading: &Reading<Tenant>, teams: &[TeamId]) -> Result<Vec<Model>, Fault> {
    if teams.is_empty() {
        return Ok(Vec::new());
    }
    Ok(mine::<Entity>(reading)
        .filter(Column::TeamId.is_in(teams.iter().copied()))
        .order_by_asc(Column::TeamId)
        .order_by_asc(Column::Priority)
        .order_by_asc(Column::ResourceId)
        .all(reading.db())
        .await?)
}

/// The places of some resources, in whatever teams.
pub(crate) async fn of_resources(reading: &Reading<Tenant>, ids: &[ResourceId]) -> Result<Vec<Model>, Fault> {
    Ok(mine::<Entity>(reading)
        .filter(Column::ResourceId.is_in(ids.iter().copied()))
        .order_by_asc(Column::ResourceId)
        .order_by_asc(Column::TeamId)
        .all(reading.db())
        .await?)
}

/// Takes members out; those who are none are passed over.
pub(crate) async fn remove(work: &Work<Tenant>, team: TeamId, who: &[ResourceId]) -> Result<u64, Fault> {
    let gone = Entity::delete_many()
        .filter(Column::OrganizationId.eq(work.organization()))
        .filter(Column::TeamId.eq(team))
        .filter(Column::ResourceId.is_in(who.iter().copied()))
        .exec(work.db())
        .await?;
    Ok(gone.rows_affected)
}
