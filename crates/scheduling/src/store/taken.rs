//! What bookings and holds say about time, for the evaluator: rows of several tables, read as one.
//!
//! **Invariant:** every function here is one statement. What has expired does not count, whether it was cleared or not.

use chrono::{DateTime, Utc};
use db::{Fault, Reading, Tenant};
use kernel::Span;
use kernel::id::{BookingId, ResourceId, ServiceId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait as _, Func, Query, SelectStatement};
use sea_orm::{FromQueryResult, QueryResult, QuerySelect as _, QueryTrait as _};

use super::{attendee, booking, booking_host, hold, mine, occupancy};
use crate::booking::Status;
use crate::occupancy::OwnerKind;
use crate::service::Part;

/// Time that a lane is taken.
#[derive(Debug)]
pub(crate) struct Occupied {
    pub(crate) resource_id: ResourceId,
    pub(crate) lane: i64,
    pub(crate) starts_at: DateTime<Utc>,
    pub(crate) ends_at: DateTime<Utc>,
    pub(crate) owner_kind: OwnerKind,
    pub(crate) owner_id: Uuid,
}

/// A booking that a resource gives.
#[derive(Debug, FromQueryResult)]
pub(crate) struct Given {
    pub(crate) resource_id: ResourceId,
    #[sea_orm(nested)]
    pub(crate) booking: Booked,
}

/// A booking, as far as it takes time, counts, and has seats.
#[derive(Debug, FromQueryResult)]
pub(crate) struct Booked {
    pub(crate) id: BookingId,
    pub(crate) service_id: ServiceId,
    pub(crate) starts_at: DateTime<Utc>,
    pub(crate) ends_at: DateTime<Utc>,
    pub(crate) seats: i64,
    pub(crate) status: Status,
    pub(crate) pending_occupies: bool,
}

impl Booked {
    /// Whether it takes its time.
    pub(crate) fn occupies(&self) -> bool {
        self.status.occupies(self.pending_occupies)
    }
}

/// Which of its columns are read.
const BOOKED: [booking::Column; 7] = [
    booking::Column::Id,
    booking::Column::ServiceId,
    booking::Column::StartsAt,
    booking::Column::EndsAt,
    booking::Column::Seats,
    booking::Column::Status,
    booking::Column::PendingOccupies,
];

/// What takes the time of some resources within a span.
pub(crate) async fn occupied(
    reading: &Reading<Tenant>,
    resources: &[ResourceId],
    span: Span,
) -> Result<Vec<Occupied>, Fault> {
    use occupancy::Column;
    let question = mine::<occupancy::Entity>(reading)
        .select_only()
        .columns([
            Column::ResourceId,
            Column::Lane,
            Column::StartsAt,
            Column::EndsAt,
            Column::OwnerKind,
            Column::OwnerId,
        ])
        .filter(Column::ResourceId.is_in(resources.iter().copied()))
        .filter(occupancy::meets(span))
        .filter(standing(Column::ExpiresAt, reading));
    let mut occupied = Vec::new();
    // A thousand calendars hold tens of thousands of these, and a row takes more room than what it says.
    let shown = |row: QueryResult| {
        occupied.push(Occupied {
            resource_id: row.try_get_by_index(0)?,
            lane: row.try_get_by_index(1)?,
            starts_at: row.try_get_by_index(2)?,
            ends_at: row.try_get_by_index(3)?,
            owner_kind: row.try_get_by_index(4)?,
            owner_id: row.try_get_by_index(5)?,
        });
        Ok(())
    };
    reading.each(&question.into_query(), shown).await?;
    Ok(occupied)
}

/// How many lanes of a resource are in use, now or later: the highest that is taken, counted from 1.
pub(crate) async fn lanes_in_use(reading: &Reading<Tenant>, resource: ResourceId) -> Result<i64, Fault> {
    use occupancy::Column;
    let highest: Option<Option<i64>> = mine::<occupancy::Entity>(reading)
        .select_only()
        .column_as(Column::Lane.max(), "lane")
        .filter(Column::ResourceId.eq(resource))
        .filter(Column::EndsAt.gt(reading.now()))
        .filter(standing(Column::ExpiresAt, reading))
        .into_tuple()
        .one(reading.db())
        .await?;
    Ok(highest.flatten().map_or(0, |lane| lane + 1))
}

/// What frees itself at some time is there until then.
fn standing<C: ColumnTrait>(expires_at: C, reading: &Reading<Tenant>) -> Condition {
    Condition::any()
        .add(expires_at.is_null())
        .add(expires_at.gt(reading.now()))
}

/// The bookings that some resources host and that start within a span; of one service only, if it is named.
pub(crate) async fn given(
    reading: &Reading<Tenant>,
    resources: &[ResourceId],
    (starts, service): (Span, Option<ServiceId>),
) -> Result<Vec<Given>, Fault> {
    let mut query = Query::select();
    query
        .column((booking_host::Entity, booking_host::Column::ResourceId))
        .columns(BOOKED.map(|it| (booking::Entity, it)))
        .from(booking_host::Entity)
        .inner_join(booking::Entity, hosted())
        .and_where(own(booking_host::Column::OrganizationId, reading))
        .and_where(booking_host::Column::ResourceId.is_in(resources.iter().copied()))
        .and_where(booking_host::Column::StartsAt.gte(starts.start()))
        .and_where(booking_host::Column::StartsAt.lt(starts.end()))
        .and_where(booking_host::Column::Part.eq(Part::Host))
        .cond_where(standing(booking::Column::ExpiresAt, reading));
    if let Some(service) = service {
        query.and_where(booking::Column::ServiceId.eq(service));
    }
    let rows = reading.db().query_all(&query).await?;
    rows.iter()
        .map(|row| Ok(Given::from_query_result(row, "")?))
        .collect()
}

fn own<C: ColumnTrait>(organization: C, reading: &Reading<Tenant>) -> Expr {
    organization.eq(reading.organization())
}

/// The host of a booking is in the same organization.
fn hosted() -> Condition {
    let theirs = |host: booking_host::Column, of: booking::Column| {
        Expr::col((booking_host::Entity, host)).equals((booking::Entity, of))
    };
    Condition::all()
        .add(theirs(
            booking_host::Column::OrganizationId,
            booking::Column::OrganizationId,
        ))
        .add(theirs(booking_host::Column::BookingId, booking::Column::Id))
}

/// The bookings of one service that start within a span, whoever gives them.
pub(crate) async fn of_service(
    reading: &Reading<Tenant>,
    service: ServiceId,
    starts: Span,
) -> Result<Vec<Booked>, Fault> {
    Ok(mine::<booking::Entity>(reading)
        .select_only()
        .columns(BOOKED)
        .filter(booking::Column::ServiceId.eq(service))
        .filter(booking::Column::StartsAt.gte(starts.start()))
        .filter(booking::Column::StartsAt.lt(starts.end()))
        .filter(standing(booking::Column::ExpiresAt, reading))
        .into_model()
        .all(reading.db())
        .await?)
}

/// Time that is kept for new bookings which would start within a span. A seat's hold is no booking of its own.
pub(crate) async fn held(reading: &Reading<Tenant>, starts: Span) -> Result<Vec<hold::Model>, Fault> {
    Ok(mine::<hold::Entity>(reading)
        .filter(hold::Column::ExpiresAt.gt(reading.now()))
        .filter(hold::Column::StartsAt.gte(starts.start()))
        .filter(hold::Column::StartsAt.lt(starts.end()))
        .filter(hold::Column::BookingId.is_null())
        .all(reading.db())
        .await?)
}

/// How many seats are held or confirmed in the bookings of one service that start within a span; those without any are
/// left out.
pub(crate) async fn seats_taken(
    reading: &Reading<Tenant>,
    service: ServiceId,
    starts: Span,
) -> Result<Vec<(BookingId, i64)>, Fault> {
    let query = seats_query(reading, service, starts);
    let rows = reading.db().query_all(&query).await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect()
}

fn seats_query(reading: &Reading<Tenant>, service: ServiceId, starts: Span) -> SelectStatement {
    let sessions = mine::<booking::Entity>(reading)
        .select_only()
        .column(booking::Column::Id)
        .filter(booking::Column::ServiceId.eq(service))
        .filter(booking::Column::StartsAt.gte(starts.start()))
        .filter(booking::Column::StartsAt.lt(starts.end()));
    let sessions = sessions.into_query();
    Query::select()
        .column(attendee::Column::BookingId)
        .expr_as(
            Func::count(Expr::col(attendee::Column::SeatNo)),
            Alias::new("taken"),
        )
        .from(attendee::Entity)
        .and_where(own(attendee::Column::OrganizationId, reading))
        .and_where(attendee::Column::BookingId.in_subquery(sessions))
        .and_where(attendee::Column::SeatNo.is_not_null())
        .cond_where(standing(attendee::Column::ExpiresAt, reading))
        .group_by_col(attendee::Column::BookingId)
        .to_owned()
}
