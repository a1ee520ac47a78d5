//! What cancelling costs.

use db::paging::Keyed;
use db::{Fault, Reading, Tenant, Work};
use kernel::Name;
use kernel::id::{CancellationPolicyId, OrganizationId};
use sea_orm::Select;
use sea_orm::entity::prelude::*;

use super::mine;
use crate::cancellation::Tiers;
use crate::error::Refusal;

/// What cancelling costs, and until when.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cancellation_policies")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CancellationPolicyId,
    /// What it is called.
    pub name: Name,
    /// The fees, by how long before the start.
    #[sea_orm(column_type = "JsonBinary")]
    pub tiers: Tiers,
    /// Counts the changes.
    pub version: i64,
    /// Since when it is put away.
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

super::table!(CancellationPolicyId, "cancellation policy");
super::touched!();

impl Keyed for Entity {
    const LIST: &'static str = "cancellation_policies";
    fn order() -> Vec<Column> {
        vec![Column::Name, Column::Id]
    }
    fn key(row: &Model) -> Vec<sea_orm::Value> {
        vec![row.name.clone().into(), row.id.into()]
    }
}

fn name_taken(fault: Fault) -> Refusal {
    match fault.constraint() {
        Some("cancellation_policies_name_unique") => Refusal::Taken {
            what: "cancellation policy",
            field: "name",
        },
        _ => Refusal::Fault(fault),
    }
}

pub(crate) async fn insert(work: &Work<Tenant>, policy: Model) -> Result<(), Refusal> {
    super::insert(work, policy).await.map_err(name_taken)
}

pub(crate) async fn save(work: &Work<Tenant>, policy: Model) -> Result<(), Refusal> {
    super::save(work, policy).await.map_err(name_taken)
}

/// Those that are not put away.
pub(crate) fn standing(reading: &Reading<Tenant>) -> Select<Entity> {
    mine::<Entity>(reading).filter(Column::ArchivedAt.is_null())
}

/// How many there are that are not put away.
pub(crate) async fn live(reading: &Reading<Tenant>) -> Result<u64, Fault> {
    use sea_orm::PaginatorTrait as _;
    Ok(standing(reading).count(reading.db()).await?)
}
