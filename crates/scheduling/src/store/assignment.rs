//! Who got a booking that several could have had, and why.

use db::{Fault, Reading, Tenant};
use kernel::id::{AssignmentId, BookingId, OrganizationId, ResourceId};
use sea_orm::entity::prelude::*;
use sea_orm::{FromJsonQueryResult, QueryOrder};
use serde::{Deserialize, Serialize};

use crate::fairness::Entry;

/// One decision. What it changed in the balances is in it, so that it can be taken back exactly.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "assignments")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AssignmentId,
    /// Of which booking.
    pub booking_id: BookingId,
    /// The team, or the service whose own hosts share.
    pub pool_id: Uuid,
    /// Who got it.
    pub resource_id: ResourceId,
    /// Who could have had it, and why they did or did not.
    #[sea_orm(column_type = "JsonBinary")]
    pub candidates: Entries,
    /// When it was taken back.
    pub reversed_at: Option<DateTimeUtc>,
    /// When.
    pub at: DateTimeUtc,
}

/// Everybody who could have had a booking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Entries(pub Vec<Entry>);

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(AssignmentId, "assignment");

/// Every decision about a booking, in order.
pub(crate) async fn of(reading: &Reading<Tenant>, booking: BookingId) -> Result<Vec<Model>, Fault> {
    Ok(super::mine::<Entity>(reading)
        .filter(Column::BookingId.eq(booking))
        .order_by_asc(Column::Id)
        .all(reading.db())
        .await?)
}
