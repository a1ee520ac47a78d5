//! Taken time: the table whose constraint is the whole proof against double booking.
//!
//! **Invariant:** whoever writes here holds the resource. Rows are deleted and inserted anew, never moved.

use db::{Fault, Reading, Tenant, Work};
use kernel::Span;
use kernel::id::{OccupancyId, OrganizationId, ResourceId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{IntoActiveModel, QueryOrder};

use crate::error::Refusal;
use crate::occupancy::OwnerKind;

super::word_columns!(OwnerKind);

/// One stretch of one lane of one resource, buffers inside.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "occupancies")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OccupancyId,
    /// Of which resource.
    pub resource_id: ResourceId,
    /// In which of its lanes, counted from 0.
    pub lane: i64,
    /// Its first instant.
    pub starts_at: DateTimeUtc,
    /// The first instant after it.
    pub ends_at: DateTimeUtc,
    /// What sort of thing takes it.
    pub owner_kind: OwnerKind,
    /// The hold or booking that takes it; a block is its own owner.
    pub owner_id: Uuid,
    /// When it frees itself, unless it becomes something else before.
    pub expires_at: Option<DateTimeUtc>,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// From when to when; a row that the constraint let in is never empty.
    pub(crate) fn meets(&self, span: Span) -> bool {
        self.starts_at < span.end() && span.start() < self.ends_at
    }
}

super::table!(OccupancyId, "occupancy");

/// What meets a span on any of some resources, expired or not.
pub(crate) async fn meeting(
    reading: &Reading<Tenant>,
    resources: &[ResourceId],
    span: Span,
) -> Result<Vec<Model>, Fault> {
    Ok(super::mine::<Entity>(reading)
        .filter(Column::ResourceId.is_in(resources.iter().copied()))
        .filter(Column::StartsAt.lt(span.end()))
        .filter(Column::EndsAt.gt(span.start()))
        .order_by_asc(Column::ResourceId)
        .order_by_asc(Column::Lane)
        .order_by_asc(Column::StartsAt)
        .all(reading.db())
        .await?)
}

/// What one hold or booking takes.
pub(crate) async fn of(reading: &Reading<Tenant>, owner: Uuid) -> Result<Vec<Model>, Fault> {
    Ok(super::mine::<Entity>(reading).filter(Column::OwnerId.eq(owner)).all(reading.db()).await?)
}

/// What a booking takes frees itself then, or no more. The span stays, so nothing can be met.
pub(crate) async fn expire_at(
    work: &Work<Tenant>,
    owner: Uuid,
    at: Option<DateTimeUtc>,
) -> Result<(), Fault> {
    Entity::update_many()
        .col_expr(Column::ExpiresAt, Expr::value(at))
        .filter(Column::OrganizationId.eq(work.organization()))
        .filter(Column::OwnerId.eq(owner))
        .exec(work.db())
        .await?;
    Ok(())
}

/// Frees what these holds or bookings take.
pub(crate) async fn release(work: &Work<Tenant>, owners: &[Uuid]) -> Result<u64, Fault> {
    let gone = Entity::delete_many()
        .filter(Column::OrganizationId.eq(work.organization()))
        .filter(Column::OwnerId.is_in(owners.iter().copied()))
        .exec(work.db())
        .await?;
    Ok(gone.rows_affected)
}

/// The constraint that keeps two of them out of one chair.
fn taken(fault: Fault) -> Refusal {
    match fault.constraint() {
        Some("occupancies_overlap_excludes") => Refusal::SlotTaken,
        _ => Refusal::Fault(fault),
    }
}

/// Takes time, or is refused by name.
pub(crate) async fn take(work: &Work<Tenant>, rows: Vec<Model>) -> Result<(), Refusal> {
    if rows.is_empty() {
        return Ok(());
    }
    Entity::insert_many(rows.into_iter().map(IntoActiveModel::into_active_model))
        .exec_without_returning(work.db())
        .await
        .map_err(|err| taken(err.into()))?;
    Ok(())
}

/// Whatever frees itself by `now`, of these resources within this span, or of everything.
pub(crate) async fn expired(
    work: &Work<Tenant>,
    within: Option<(&[ResourceId], Span)>,
) -> Result<Vec<Model>, Fault> {
    let place = within.map(|(resources, span)| {
        Condition::all()
            .add(Column::ResourceId.is_in(resources.iter().copied()))
            .add(Column::StartsAt.lt(span.end()))
            .add(Column::EndsAt.gt(span.start()))
    });
    Ok(super::mine::<Entity>(work)
        .filter(Column::ExpiresAt.lte(work.now()))
        .filter(place.unwrap_or_else(Condition::all))
        .order_by_asc(Column::OwnerId)
        .all(work.db())
        .await?)
}
