//! What became of each occurrence of a series.

use chrono::NaiveDateTime;
use db::paging::Keyed;
use db::{Fault, Reading, Tenant, Work};
use kernel::id::{BookingId, OrganizationId, SeriesId, SeriesOccurrenceId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{FromJsonQueryResult, QueryOrder, QuerySelect as _, QueryTrait as _, Select};
use serde::{Deserialize, Serialize};

use super::{booking, mine};
use crate::booking::Status;
use crate::series::{OccurrenceStatus, Reason};

super::word_columns!(OccurrenceStatus);

/// Why an occurrence is not as the rule says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Reasons(pub Vec<Reason>);

/// One occurrence that was looked at.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "series_occurrences")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SeriesOccurrenceId,
    /// Of which series.
    pub series_id: SeriesId,
    /// When the rule has it, on the wall of the series' zone.
    pub local_start: DateTime,
    /// What became of it.
    pub status: OccurrenceStatus,
    /// Why, if it is not as the rule says.
    #[sea_orm(column_type = "JsonBinary")]
    pub reasons: Reasons,
    /// The booking that was made of it.
    pub booking_id: Option<BookingId>,
    /// When it was looked at first.
    pub created_at: DateTimeUtc,
    /// When it was changed last.
    pub updated_at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(SeriesOccurrenceId, "occurrence");

impl Keyed for Entity {
    const LIST: &'static str = "series_occurrences";
    fn order() -> Vec<Column> {
        vec![Column::LocalStart, Column::Id]
    }
    fn key(row: &Model) -> Vec<sea_orm::Value> {
        vec![row.local_start.into(), row.id.into()]
    }
}

/// The occurrences of a series, in order, from a local time on.
pub(crate) async fn from(
    reading: &Reading<Tenant>,
    series: SeriesId,
    from: NaiveDateTime,
) -> Result<Vec<Model>, Fault> {
    Ok(mine::<Entity>(reading)
        .filter(Column::SeriesId.eq(series))
        .filter(Column::LocalStart.gte(from))
        .order_by_asc(Column::LocalStart)
        .all(reading.db())
        .await?)
}

/// Whether a series has an occurrence before a local time.
pub(crate) async fn any_before(
    reading: &Reading<Tenant>,
    series: SeriesId,
    until: NaiveDateTime,
) -> Result<bool, Fault> {
    let found = mine::<Entity>(reading)
        .filter(Column::SeriesId.eq(series))
        .filter(Column::LocalStart.lt(until));
    Ok(found.one(reading.db()).await?.is_some())
}

/// Those of a series that are not as the rule says.
pub(crate) fn exceptions(reading: &Reading<Tenant>, series: SeriesId) -> Select<Entity> {
    mine::<Entity>(reading)
        .filter(Column::SeriesId.eq(series))
        .filter(Column::Status.ne(OccurrenceStatus::Booked))
}

/// Those that some bookings were made of.
pub(crate) async fn of_bookings(
    reading: &Reading<Tenant>,
    bookings: &[BookingId],
) -> Result<Vec<Model>, Fault> {
    Ok(mine::<Entity>(reading)
        .filter(Column::BookingId.is_in(bookings.iter().copied()))
        .order_by_asc(Column::Id)
        .all(reading.db())
        .await?)
}

/// Whether staff have said yes to a booking of a series, or it asked nobody.
pub(crate) async fn is_agreed(reading: &Reading<Tenant>, series: SeriesId) -> Result<bool, Fault> {
    let yes = [Status::Confirmed, Status::Completed, Status::NoShow];
    let agreed = mine::<booking::Entity>(reading)
        .filter(booking::Column::Status.is_in(yes))
        .select_only()
        .column(booking::Column::Id);
    let found = mine::<Entity>(reading)
        .filter(Column::SeriesId.eq(series))
        .filter(Column::BookingId.in_subquery(agreed.into_query()));
    Ok(found.one(reading.db()).await?.is_some())
}

/// The bookings of a series that have not begun, with their occurrences.
pub(crate) async fn to_come(
    reading: &Reading<Tenant>,
    series: SeriesId,
) -> Result<Vec<(Model, booking::Model)>, Fault> {
    let rows = mine::<Entity>(reading)
        .filter(Column::SeriesId.eq(series))
        .filter(Column::BookingId.in_subquery(starting(reading).into_query()))
        .order_by_asc(Column::LocalStart)
        .all(reading.db())
        .await?;
    let ids: Vec<BookingId> = rows.iter().filter_map(|it| it.booking_id).collect();
    let bookings = super::find::<booking::Entity>(reading, &ids).await?;
    let with = |row: Model| {
        let booking = bookings.iter().find(|it| Some(it.id) == row.booking_id)?;
        Some((row, booking.clone()))
    };
    Ok(rows.into_iter().filter_map(with).collect())
}

fn starting(reading: &Reading<Tenant>) -> Select<booking::Entity> {
    mine::<booking::Entity>(reading)
        .filter(booking::Column::StartsAt.gt(reading.now()))
        .select_only()
        .column(booking::Column::Id)
}

/// Notes what has become of the occurrence that a booking was made of, if it was made of one.
pub(crate) async fn note(
    work: &Work<Tenant>,
    booking: BookingId,
    (status, reasons): (OccurrenceStatus, Reasons),
) -> Result<(), Fault> {
    Entity::update_many()
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::Reasons, Expr::value(reasons))
        .col_expr(Column::UpdatedAt, Expr::value(work.now()))
        .filter(Column::OrganizationId.eq(work.organization()))
        .filter(Column::BookingId.eq(booking))
        .exec(work.db())
        .await?;
    Ok(())
}

/// Forgets the occurrences of a series from a local time on: others take their place.
pub(crate) async fn forget(work: &Work<Tenant>, series: SeriesId, from: NaiveDateTime) -> Result<(), Fault> {
    Entity::delete_many()
        .filter(Column::OrganizationId.eq(work.organization()))
        .filter(Column::SeriesId.eq(series))
        .filter(Column::LocalStart.gte(from))
        .exec(work.db())
        .await?;
    Ok(())
}
