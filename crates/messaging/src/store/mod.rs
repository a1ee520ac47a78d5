//! Rows: one file per table. Nothing else in the crate speaks SQL.

pub(crate) mod delivery;
pub(crate) mod notification;
pub(crate) mod template;
pub(crate) mod webhook_delivery;
pub(crate) mod webhook_endpoint;

use db::{Fault, Tenant, Work};
use sea_orm::{ActiveModelBehavior, ActiveModelTrait, EntityTrait, IntoActiveModel, ModelTrait};

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
