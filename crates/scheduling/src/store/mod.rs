//! Rows: one file per table. Nothing else in the crate speaks SQL.
//!
//! Most tables are asked for in the same few ways; [`Table`] says what those need to know.

pub(crate) mod absence;
pub(crate) mod assignment;
pub(crate) mod attendee;
pub(crate) mod block;
pub(crate) mod booking;
pub(crate) mod booking_answer;
pub(crate) mod booking_event;
pub(crate) mod booking_host;
pub(crate) mod booking_request;
pub(crate) mod booking_token;
pub(crate) mod cancellation_policy;
pub(crate) mod fairness_balance;
pub(crate) mod hold;
pub(crate) mod occupancy;
pub(crate) mod overrides;
pub(crate) mod provider;
pub(crate) mod provider_tag;
pub(crate) mod resource;
pub(crate) mod routing_form;
pub(crate) mod routing_submission;
pub(crate) mod rule;
pub(crate) mod series;
pub(crate) mod series_occurrence;
pub(crate) mod service;
pub(crate) mod service_host;
pub(crate) mod taken;
pub(crate) mod team;
pub(crate) mod team_member;
pub(crate) mod waitlist;
pub(crate) mod waitlist_offer;
pub(crate) mod walk_in;
mod word;

pub(crate) use word::word_columns;

use db::paging::{self, Keyed, Page, Slice};
use db::{Fault, Reading, Scope, Tenant, Work, lock};
use kernel::Id;
use sea_orm::sea_query::{Expr, ExprTrait as _, InsertStatement, LikeExpr};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, ModelTrait,
    QueryFilter, QueryOrder, QueryTrait as _, Select, Value,
};

use crate::error::Refusal;
use crate::folded::anywhere;

type Active<M> = <<M as ModelTrait>::Entity as EntityTrait>::ActiveModel;

/// A table of one organization's rows, found by id.
pub(crate) trait Table: EntityTrait {
    /// What its rows are called by.
    type Id: Id + Into<Value>;
    /// What a row is, in a sentence.
    const WHAT: &'static str;
    /// The column of the organization.
    const ORGANIZATION: Self::Column;
    /// The column of the id.
    const ID: Self::Column;
}

/// Says how a table's rows are found.
macro_rules! table {
    ($id:ty, $what:literal) => {
        impl crate::store::Table for Entity {
            type Id = $id;
            const WHAT: &'static str = $what;
            const ORGANIZATION: Column = Column::OrganizationId;
            const ID: Column = Column::Id;
        }
    };
}
pub(crate) use table;

/// Counts a change of a row with a version.
macro_rules! touched {
    () => {
        impl Model {
            /// Counts a change, and says the version that it leads to.
            pub(crate) fn touch(&mut self, now: DateTimeUtc) -> i64 {
                self.version += 1;
                self.updated_at = now;
                self.version
            }
        }
    };
}
pub(crate) use touched;

/// This organization's rows.
pub(crate) fn mine<E: Table>(reading: &Reading<Tenant>) -> Select<E> {
    db::rows::<E>().filter(E::ORGANIZATION.eq(reading.organization()))
}

/// Rows by their ids, in the order of the ids.
pub(crate) async fn find<E: Table>(reading: &Reading<Tenant>, ids: &[E::Id]) -> Result<Vec<E::Model>, Fault> {
    Ok(mine::<E>(reading)
        .filter(E::ID.is_in(ids.iter().copied()))
        .order_by_asc(E::ID)
        .all(reading.db())
        .await?)
}

/// A table of which whoever may not read the catalogue sees a part.
pub(crate) trait Shown: Table {
    /// What whoever asks may see.
    fn visible(reading: &Reading<Tenant>) -> Select<Self>;
}

/// Rows by their ids, as far as whoever asks may see them.
pub(crate) async fn seen<E: Shown>(reading: &Reading<Tenant>, ids: &[E::Id]) -> Result<Vec<E::Model>, Fault> {
    Ok(E::visible(reading)
        .filter(E::ID.is_in(ids.iter().copied()))
        .all(reading.db())
        .await?)
}

/// A page of a list.
pub(crate) async fn page<E: Keyed>(
    reading: &Reading<Tenant>,
    list: Select<E>,
    page: &Page,
) -> Result<Slice<E::Model>, Fault> {
    paging::slice(reading.db(), list, page).await
}

/// How many rows a list has, counting no further than the cap.
pub(crate) async fn count<E: Keyed>(reading: &Reading<Tenant>, list: Select<E>) -> Result<u64, Fault>
where
    E::Model: Send + Sync,
{
    paging::count(reading.db(), list).await
}

/// Whether a column of folded text has this text in it.
pub(crate) fn has_inside<C: ColumnTrait>(column: C, text: &str) -> Expr {
    let pattern = LikeExpr::new(anywhere(text)).escape('\\');
    column.into_expr().like(pattern)
}

/// Holds one row.
pub(crate) async fn hold<E: Table>(work: &Work<Tenant>, id: E::Id) -> Result<E::Model, Refusal> {
    lock::hold(mine::<E>(work).filter(E::ID.eq(id)))
        .one(work.db())
        .await
        .map_err(Fault::from)?
        .ok_or(Refusal::NotFound(E::WHAT))
}

/// Holds rows, always in the order of their ids, so that two writers never wait for each other.
pub(crate) async fn hold_all<E: Table>(work: &Work<Tenant>, ids: &[E::Id]) -> Result<Vec<E::Model>, Refusal> {
    let mut unique = ids.to_vec();
    unique.sort_unstable();
    unique.dedup();
    let found = lock::hold(
        mine::<E>(work)
            .filter(E::ID.is_in(unique.iter().copied()))
            .order_by_asc(E::ID),
    )
    .all(work.db())
    .await
    .map_err(Fault::from)?;
    if found.len() == unique.len() {
        Ok(found)
    } else {
        Err(Refusal::NotFound(E::WHAT))
    }
}

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

/// What writes new rows, for whoever writes them together with others.
pub(crate) type Insertion = InsertStatement;

/// What writes a new row.
pub(crate) fn insertion<M>(row: M) -> Insertion
where
    M: ModelTrait + IntoActiveModel<Active<M>>,
    Active<M>: ActiveModelBehavior + Send,
{
    M::Entity::insert(row.into_active_model()).into_query()
}

/// What writes several new rows of a table.
pub(crate) fn insertion_of_many<M>(rows: Vec<M>) -> Insertion
where
    M: ModelTrait + IntoActiveModel<Active<M>>,
    Active<M>: ActiveModelBehavior + Send,
{
    M::Entity::insert_many(rows.into_iter().map(IntoActiveModel::into_active_model)).into_query()
}

/// Writes new rows in one statement; none is fine.
pub(crate) async fn insert_many<M, S>(work: &Work<S>, rows: Vec<M>) -> Result<(), Fault>
where
    S: Scope,
    M: ModelTrait + IntoActiveModel<Active<M>>,
    Active<M>: ActiveModelBehavior + Send,
{
    if rows.is_empty() {
        return Ok(());
    }
    M::Entity::insert_many(rows.into_iter().map(IntoActiveModel::into_active_model))
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
