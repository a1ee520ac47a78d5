//! Which resources a booking takes.

use db::{Fault, Reading, Tenant, Work};
use kernel::id::{BookingHostId, BookingId, OrganizationId, ResourceId};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

use crate::service::Part;

/// One resource of one booking.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "booking_hosts")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BookingHostId,
    /// Of which booking.
    pub booking_id: BookingId,
    /// Which resource.
    pub resource_id: ResourceId,
    /// As what.
    pub part: Part,
    /// When the booking begins: what a resource's bookings are listed by.
    pub starts_at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(BookingHostId, "host of a booking");

/// The resources of some bookings.
pub(crate) async fn of(reading: &Reading<Tenant>, bookings: &[BookingId]) -> Result<Vec<Model>, Fault> {
    Ok(super::mine::<Entity>(reading)
        .filter(Column::BookingId.is_in(bookings.iter().copied()))
        .order_by_asc(Column::BookingId)
        .order_by_asc(Column::Id)
        .all(reading.db())
        .await?)
}

/// The booking takes other resources from now on.
pub(crate) async fn clear(work: &Work<Tenant>, booking: BookingId) -> Result<(), Fault> {
    Entity::delete_many()
        .filter(Column::OrganizationId.eq(work.organization()))
        .filter(Column::BookingId.eq(booking))
        .exec(work.db())
        .await?;
    Ok(())
}
