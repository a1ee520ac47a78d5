//! Who takes part in a booking, seat by seat.

use db::{Fault, Reading, Tenant, Work, lock};
use kernel::id::{AttendeeId, BookingId, ClientId, HoldId, OrganizationId};
use kernel::{CurrencyCode, Email, Name, Phone};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Condition, Expr, ExprTrait as _, SelectStatement, SimpleExpr};
use sea_orm::{QueryOrder, QuerySelect as _, QueryTrait};

use super::booking;
use crate::attendee::AttendeeStatus;
use crate::error::Refusal;

super::word_columns!(AttendeeStatus);

/// Somebody who takes part, or a seat that is kept for whoever is about to.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "attendees")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AttendeeId,
    /// In which booking.
    pub booking_id: BookingId,
    /// How many seats that booking has.
    pub seats: i64,
    /// On which of them; none after cancelling.
    pub seat_no: Option<i64>,
    /// Where it stands.
    pub status: AttendeeStatus,
    /// The name as it was typed.
    pub name: Option<Name>,
    /// The e-mail address as it was typed.
    pub email: Option<Email>,
    /// The telephone number as it was typed.
    pub phone: Option<Phone>,
    /// Whom the directory knows by it.
    pub client_id: Option<ClientId>,
    /// Whom the directory knows by the telephone number, if that is somebody else.
    pub conflicting_client_id: Option<ClientId>,
    /// The hold that keeps the seat.
    pub hold_id: Option<HoldId>,
    /// What they are found by, folded; a seat that is only kept is nobody's to find.
    #[sea_orm(column_type = "Text", nullable)]
    pub search: Option<String>,
    /// What the seat cost when it was booked, in minor units.
    pub price_minor: i64,
    /// In which currency.
    pub currency: CurrencyCode,
    /// Until when the seat is kept.
    pub expires_at: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was changed last.
    pub updated_at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(AttendeeId, "attendee");

/// The constraint that keeps two people off one seat.
fn taken(fault: Fault) -> Refusal {
    match fault.constraint() {
        Some("attendees_booking_id_seat_no_unique" | "attendees_seat_check") => Refusal::SeatsFull,
        _ => Refusal::Fault(fault),
    }
}

pub(crate) async fn insert_many(work: &Work<Tenant>, rows: Vec<Model>) -> Result<(), Refusal> {
    super::insert_many(work, rows).await.map_err(taken)
}

/// Whether somebody takes part in a booking whose name, address or number has this in it.
pub(crate) fn one_called(reading: &Reading<Tenant>, text: &str) -> SimpleExpr {
    let theirs = super::mine::<Entity>(reading)
        .select_only()
        .expr(Expr::value(1))
        .filter(Expr::col((Entity, Column::BookingId)).equals((booking::Entity, booking::Column::Id)))
        .filter(super::has_inside(Column::Search, text));
    Expr::exists(QueryTrait::into_query(theirs))
}

/// The bookings that a client takes or took part in, those of classes too.
pub(crate) fn of_client(reading: &Reading<Tenant>, client: ClientId) -> SelectStatement {
    let theirs = super::mine::<Entity>(reading)
        .select_only()
        .column(Column::BookingId)
        .filter(Column::ClientId.eq(client));
    QueryTrait::into_query(theirs)
}

/// Pairs of clients of whom one was recognised by the address and the other by the number, as they were typed together;
/// each pair once, those of some clients only.
pub(crate) async fn conflicts(
    reading: &Reading<Tenant>,
    clients: &[ClientId],
) -> Result<Vec<(ClientId, ClientId)>, Fault> {
    let ours = Condition::any()
        .add(Column::ClientId.is_in(clients.iter().copied()))
        .add(Column::ConflictingClientId.is_in(clients.iter().copied()));
    Ok(super::mine::<Entity>(reading)
        .select_only()
        .column(Column::ClientId)
        .column(Column::ConflictingClientId)
        .distinct()
        .filter(Column::ClientId.is_not_null())
        .filter(Column::ConflictingClientId.is_not_null())
        .filter(ours)
        .into_tuple()
        .all(reading.db())
        .await?)
}

/// Everybody in some bookings, in the order in which they came.
pub(crate) async fn of(reading: &Reading<Tenant>, bookings: &[BookingId]) -> Result<Vec<Model>, Fault> {
    Ok(super::mine::<Entity>(reading)
        .filter(Column::BookingId.is_in(bookings.iter().copied()))
        .order_by_asc(Column::BookingId)
        .order_by_asc(Column::Id)
        .all(reading.db())
        .await?)
}

/// The sessions with a seat that was kept for too long, in order.
pub(crate) async fn sessions_with_lapsed(reading: &Reading<Tenant>) -> Result<Vec<BookingId>, Fault> {
    Ok(super::mine::<Entity>(reading)
        .select_only()
        .column(Column::BookingId)
        .distinct()
        .filter(Column::Status.eq(AttendeeStatus::Held))
        .filter(Column::ExpiresAt.lte(reading.now()))
        .order_by_asc(Column::BookingId)
        .into_tuple()
        .all(reading.db())
        .await?)
}

/// Everybody in a booking that is held, held too.
pub(crate) async fn hold_of(work: &Work<Tenant>, booking: BookingId) -> Result<Vec<Model>, Fault> {
    Ok(lock::hold(
        super::mine::<Entity>(work)
            .filter(Column::BookingId.eq(booking))
            .order_by_asc(Column::Id),
    )
    .all(work.db())
    .await?)
}

/// A seat that was kept and not taken leaves no trace.
pub(crate) async fn delete(work: &Work<Tenant>, ids: &[AttendeeId]) -> Result<(), Fault> {
    Entity::delete_many()
        .filter(Column::OrganizationId.eq(work.organization()))
        .filter(Column::Id.is_in(ids.iter().copied()))
        .exec(work.db())
        .await?;
    Ok(())
}
