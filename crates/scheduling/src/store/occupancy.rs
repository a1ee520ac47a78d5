//! Taken time: the table whose constraint is the whole proof against double booking.
//!
//! **Invariant:** whoever writes here holds the resource. Rows are deleted and inserted anew, never moved.

use db::{Fault, Reading, Tenant, Work};
use kernel::Span;
use kernel::id::{OccupancyId, OrganizationId, ResourceId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{FromQueryResult, IntoActiveModel, QueryOrder};

use crate::error::Refusal;
use crate::occupancy::OwnerKind;
use crate::proof::Audit;

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
    /// The hold, booking or block that takes it.
    pub owner_id: Uuid,
    /// When it frees itself, unless it becomes something else before.
    pub expires_at: Option<DateTimeUtc>,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

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

/// Frees what these holds, bookings or blocks take.
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

/// Rows of one lane that overlap, asked of the rows themselves and not of the constraint.
const OVERLAPS: &str = "SELECT CAST(count(*) AS BIGINT) AS n FROM occupancies a JOIN occupancies b \
    ON a.organization_id = b.organization_id AND a.resource_id = b.resource_id AND a.lane = b.lane AND a.id < b.id \
    AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at WHERE a.organization_id = $1";

/// Time that nobody takes, and bookings that take time without having any.
const ORPHANS: &str = "SELECT CAST((SELECT count(*) FROM occupancies o WHERE o.organization_id = $1 AND ( \
        o.owner_kind = 'HOLD' AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.organization_id = $1 AND h.id = o.owner_id) \
        OR o.owner_kind = 'BOOKING' AND NOT EXISTS (SELECT 1 FROM bookings b WHERE b.organization_id = $1 \
            AND b.id = o.owner_id AND (b.status IN ('PENDING_PAYMENT', 'CONFIRMED', 'COMPLETED', 'NO_SHOW') \
                OR b.status = 'PENDING' AND b.pending_occupies) AND EXISTS (SELECT 1 FROM booking_hosts t \
                    WHERE t.organization_id = $1 AND t.booking_id = b.id AND t.resource_id = o.resource_id)) \
        OR o.owner_kind = 'BLOCK' AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.organization_id = $1 \
            AND k.id = o.owner_id AND k.resource_id = o.resource_id AND k.archived_at IS NULL))) \
    + (SELECT count(*) FROM bookings b JOIN booking_hosts t ON t.organization_id = $1 AND t.booking_id = b.id \
        WHERE b.organization_id = $1 AND (b.status IN ('PENDING_PAYMENT', 'CONFIRMED', 'COMPLETED', 'NO_SHOW') \
            OR b.status = 'PENDING' AND b.pending_occupies) \
        AND NOT EXISTS (SELECT 1 FROM occupancies o WHERE o.organization_id = $1 AND o.owner_id = b.id \
            AND o.resource_id = t.resource_id AND o.starts_at <= b.starts_at AND o.ends_at >= b.ends_at)) \
    + (SELECT count(*) FROM bookings b WHERE b.organization_id = $1 \
        AND (b.status IN ('PENDING_PAYMENT', 'CONFIRMED', 'COMPLETED', 'NO_SHOW') \
            OR b.status = 'PENDING' AND b.pending_occupies) \
        AND NOT EXISTS (SELECT 1 FROM booking_hosts t WHERE t.organization_id = $1 AND t.booking_id = b.id)) \
    + (SELECT count(*) FROM blocks k WHERE k.organization_id = $1 AND k.archived_at IS NULL \
        AND NOT EXISTS (SELECT 1 FROM occupancies o WHERE o.organization_id = $1 AND o.owner_id = k.id \
            AND o.starts_at = k.starts_at AND o.ends_at = k.ends_at)) \
    + (SELECT count(*) FROM holds h WHERE h.organization_id = $1 AND h.booking_id IS NULL \
        AND NOT EXISTS (SELECT 1 FROM occupancies o WHERE o.organization_id = $1 AND o.owner_id = h.id)) AS BIGINT) AS n";

/// Sessions with more people than seats.
const SEATS_OVER: &str = "SELECT CAST(count(*) AS BIGINT) AS n FROM bookings b WHERE b.organization_id = $1 AND b.seats < \
    (SELECT count(*) FROM attendees a WHERE a.organization_id = $1 AND a.booking_id = b.id \
        AND a.status IN ('HELD', 'CONFIRMED'))";

#[derive(Debug, FromQueryResult)]
struct Counted {
    n: i64,
}

/// Counts what must not be.
pub(crate) async fn audit(reading: &Reading<Tenant>) -> Result<Audit, Fault> {
    let count = async |sql: &'static str| -> Result<i64, Fault> {
        let found = Counted::find_by_statement(db::dialect::about_organization(reading, sql))
            .one(reading.db())
            .await?;
        Ok(found.map_or(0, |it| it.n))
    };
    Ok(Audit {
        overlaps: count(OVERLAPS).await?,
        orphans: count(ORPHANS).await?,
        seats_over: count(SEATS_OVER).await?,
    })
}
