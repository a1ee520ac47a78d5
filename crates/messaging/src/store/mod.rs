//! Rows: one file per table. Nothing else in the crate speaks SQL.

pub(crate) mod delivery;
pub(crate) mod notification;
pub(crate) mod template;
pub(crate) mod webhook_delivery;
pub(crate) mod webhook_endpoint;

use db::{Fault, Reading, Tenant, Work};
use sea_orm::entity::prelude::Uuid;
use sea_orm::sea_query::Query;
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, ModelTrait,
    QueryFilter, QuerySelect,
};

type Active<M> = <<M as ModelTrait>::Entity as EntityTrait>::ActiveModel;

/// Writes a new row.
pub(crate) async fn insert<M>(work: &Work<Tenant>, row: M) -> Result<(), Fault>
where
    M: ModelTrait + IntoActiveModel<Active<M>>,
    Active<M>: ActiveModelBehavior + Send,
{
    M::Entity::insert(row.into_active_model())
        .exec_without_returning(work.db())
        .await?;
    Ok(())
}

/// Rows of a table whose time is over.
pub(crate) struct Old<E: EntityTrait> {
    /// The columns that say whose a row is, which it is, and since when it could be forgotten.
    pub(crate) columns: [E::Column; 3],
    pub(crate) are: Condition,
}

/// Whether an organization has such rows.
pub(crate) async fn has_old<E: EntityTrait>(reading: &Reading<Tenant>, old: Old<E>) -> Result<bool, Fault> {
    let [organization, id, _] = old.columns;
    let one = E::find()
        .select_only()
        .column(id)
        .filter(organization.eq(reading.organization()))
        .filter(old.are)
        .limit(1);
    Ok(one.into_tuple::<Uuid>().one(reading.db()).await?.is_some())
}

/// Deletes so many of them, the oldest first. What they are is asked of the row that is deleted, too: somebody may have begun
/// anew with it meanwhile.
pub(crate) async fn forget<E: EntityTrait>(
    work: &Work<Tenant>,
    old: Old<E>,
    most: u64,
) -> Result<u64, Fault> {
    let [organization, id, since] = old.columns;
    let some = Query::select()
        .column(id)
        .from(E::default())
        .and_where(organization.eq(work.organization()))
        .cond_where(old.are.clone())
        .order_by(since, sea_orm::Order::Asc)
        .limit(most)
        .to_owned();
    let gone = E::delete_many()
        .filter(organization.eq(work.organization()))
        .filter(old.are)
        .filter(id.in_subquery(some))
        .exec(work.db())
        .await?;
    Ok(gone.rows_affected)
}

/// Writes every column of a row that was read under lock.
pub(crate) async fn save<M>(work: &Work<Tenant>, row: M) -> Result<(), Fault>
where
    M: ModelTrait + IntoActiveModel<Active<M>>,
    Active<M>: ActiveModelBehavior + Send,
    <M::Entity as EntityTrait>::Model: IntoActiveModel<Active<M>>,
{
    row.into_active_model().reset_all().update(work.db()).await?;
    Ok(())
}
