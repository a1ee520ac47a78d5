//! Time that is kept for whoever is about to book it.

use db::{Digest, Fault, Reading, Tenant, Work, lock};
use kernel::id::{BookingId, HoldId, OrganizationId, ResourceId, ServiceId};
use sea_orm::entity::prelude::*;
use sea_orm::{FromJsonQueryResult, QueryOrder};
use serde::{Deserialize, Serialize};

use crate::error::Refusal;
use crate::fairness::Candidate;
use crate::service::Part;

/// One hold. Only the hash of its token is here.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "holds")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: HoldId,
    /// Of which service.
    pub service_id: ServiceId,
    /// The session whose seats it keeps, if it keeps seats.
    pub booking_id: Option<BookingId>,
    /// The hash of its token.
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub digest: Digest,
    /// When the booking would begin.
    pub starts_at: DateTimeUtc,
    /// When the booking would end.
    pub ends_at: DateTimeUtc,
    /// Who would give it, and among whom that was decided.
    #[sea_orm(column_type = "JsonBinary")]
    pub choice: Choice,
    /// Until when it is kept.
    pub expires_at: DateTimeUtc,
    /// Since when it is kept.
    pub created_at: DateTimeUtc,
}

/// Who gives a booking, and among whom that was decided.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Choice {
    /// Every resource that it takes, and as what.
    pub hosts: Vec<Taken>,
    /// The pool that decided, if one did: its id, and who was free.
    pub pool: Option<Pool>,
}

/// One resource that a booking takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Which.
    pub resource: ResourceId,
    /// As what.
    pub part: Part,
}

/// Hosts that share their bookings, as far as they were free.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pool {
    /// The team, or the service whose own hosts share.
    pub id: Uuid,
    /// Who was free.
    pub candidates: Vec<Candidate>,
    /// Whose turn it was, in order.
    pub winners: Vec<ResourceId>,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(HoldId, "hold");

/// The hold that a token opens. What has expired is opened too: the caller says so.
pub(crate) async fn by_digest(reading: &Reading<Tenant>, digest: &Digest) -> Result<Option<Model>, Fault> {
    Ok(super::mine::<Entity>(reading)
        .filter(Column::Digest.eq(digest.clone()))
        .one(reading.db())
        .await?)
}

/// Holds these holds, in the order of their ids, so that whoever ends them takes turns. Those that are left.
pub(crate) async fn seize(work: &Work<Tenant>, ids: &[HoldId]) -> Result<Vec<Model>, Fault> {
    Ok(lock::hold(
        super::mine::<Entity>(work)
            .filter(Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(Column::Id),
    )
    .all(work.db())
    .await?)
}

/// Forgets holds; says how many there were.
pub(crate) async fn delete(work: &Work<Tenant>, ids: &[HoldId]) -> Result<u64, Refusal> {
    let gone = Entity::delete_many()
        .filter(Column::OrganizationId.eq(work.organization()))
        .filter(Column::Id.is_in(ids.iter().copied()))
        .exec(work.db())
        .await
        .map_err(Fault::from)?;
    Ok(gone.rows_affected)
}
