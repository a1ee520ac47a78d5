//! Rows: one file per table. Nothing else in the crate speaks SQL.

pub(crate) mod api_key;
pub(crate) mod credential;
pub(crate) mod generation;
pub(crate) mod identity;
pub(crate) mod invitation;
pub(crate) mod membership;
pub(crate) mod one_time_code;
pub(crate) mod organization;
pub(crate) mod session;
pub(crate) mod user;

use db::{Fault, Scope, Work};
use sea_orm::{ActiveModelBehavior, ActiveModelTrait, EntityTrait, IntoActiveModel, ModelTrait};

type Active<M> = <<M as ModelTrait>::Entity as EntityTrait>::ActiveModel;

/// Writes a new row.
pub(crate) async fn insert<M, S>(work: &Work<S>, row: M) -> Result<(), Fault>
where
    S: Scope,
    M: ModelTrait + IntoActiveModel<Active<M>>,
    Active<M>: ActiveModelBehavior + Send,
{
    M::Entity::insert(row.into_active_model())
        .exec_without_returning(work.db())
        .await?;
    Ok(())
}

/// Writes every column of a row that was read under lock.
pub(crate) async fn save<M, S>(work: &Work<S>, row: M) -> Result<(), Fault>
where
    S: Scope,
    M: ModelTrait + IntoActiveModel<Active<M>>,
    Active<M>: ActiveModelBehavior + Send,
    <M::Entity as EntityTrait>::Model: IntoActiveModel<Active<M>>,
{
    row.into_active_model().reset_all().update(work.db()).await?;
    Ok(())
}
