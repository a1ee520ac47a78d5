//! What attendees answered to a service's questions.

use db::{Fault, Reading, Tenant};
use kernel::id::{AnswerId, AttendeeId, BookingId, OrganizationId};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;
use serde_json::Value;

/// One answer of one attendee.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "booking_answers")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AnswerId,
    /// In which booking.
    pub booking_id: BookingId,
    /// Of whom.
    pub attendee_id: AttendeeId,
    /// The question's key.
    #[sea_orm(column_type = "Text")]
    pub question: String,
    /// What was answered, as the question's kind has it.
    #[sea_orm(column_type = "JsonBinary")]
    pub answer: Value,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(AnswerId, "answer");

/// The answers given in some bookings.
pub(crate) async fn of(reading: &Reading<Tenant>, bookings: &[BookingId]) -> Result<Vec<Model>, Fault> {
    Ok(super::mine::<Entity>(reading)
        .filter(Column::BookingId.is_in(bookings.iter().copied()))
        .order_by_asc(Column::AttendeeId)
        .order_by_asc(Column::Question)
        .all(reading.db())
        .await?)
}
