//! How far each host of a pool is from its share. Whoever writes here holds the pool.

use db::{Fault, Reading, Tenant, Work};
use kernel::id::{BalanceId, OrganizationId, ResourceId};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};

use crate::fairness::Shifts;

/// One host's balance in one pool.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "fairness_balances")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BalanceId,
    pub pool_id: Uuid,
    pub resource_id: ResourceId,
    pub balance: i64,
    pub updated_at: DateTimeUtc,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(BalanceId, "balance");

/// The balances of a pool; who is not among them is even.
pub(crate) async fn of(reading: &Reading<Tenant>, pool: Uuid) -> Result<Vec<Model>, Fault> {
    Ok(super::mine::<Entity>(reading)
        .filter(Column::PoolId.eq(pool))
        .all(reading.db())
        .await?)
}

/// Moves balances, in their order.
pub(crate) async fn shift(work: &Work<Tenant>, shifts: &Shifts) -> Result<(), Fault> {
    let row = |(pool, resource, change)| ActiveModel {
        organization_id: Set(work.organization()),
        id: Set(work.mint()),
        pool_id: Set(pool),
        resource_id: Set(resource),
        balance: Set(change),
        updated_at: Set(work.now()),
    };
    let rows: Vec<ActiveModel> = shifts.changes().map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let excluded = |column: Column| Expr::col(("excluded", column));
    let add = OnConflict::columns([Column::OrganizationId, Column::PoolId, Column::ResourceId])
        .value(
            Column::Balance,
            Expr::col((Entity, Column::Balance)).add(excluded(Column::Balance)),
        )
        .value(Column::UpdatedAt, excluded(Column::UpdatedAt))
        .to_owned();
    Entity::insert_many(rows)
        .on_conflict(add)
        .exec_without_returning(work.db())
        .await?;
    Ok(())
}
