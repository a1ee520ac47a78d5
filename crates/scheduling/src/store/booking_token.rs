//! Links that clients carry; only their hashes are here.

use db::{Digest, Fault, Reading, Tenant, Work};
use kernel::id::{AttendeeId, BookingId, BookingTokenId, OrganizationId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;

use crate::token::Purpose;

super::word_columns!(Purpose);

/// One link of one attendee, for one purpose.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "booking_tokens")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BookingTokenId,
    /// To which booking.
    pub booking_id: BookingId,
    /// Of whom.
    pub attendee_id: AttendeeId,
    /// What it is good for.
    pub purpose: Purpose,
    /// Its hash.
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub digest: Digest,
    /// Until when it is good.
    pub expires_at: DateTimeUtc,
    /// Since when it is no good, before its time.
    pub revoked_at: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(BookingTokenId, "booking token");

pub(crate) async fn by_digest(reading: &Reading<Tenant>, digest: &Digest) -> Result<Option<Model>, Fault> {
    Ok(super::mine::<Entity>(reading)
        .filter(Column::Digest.eq(digest.clone()))
        .one(reading.db())
        .await?)
}

/// Ends every link of a booking, or of one attendee of it.
pub(crate) async fn revoke(
    work: &Work<Tenant>,
    booking: BookingId,
    attendee: Option<AttendeeId>,
) -> Result<u64, Fault> {
    let mut update = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(work.now()))
        .filter(Column::OrganizationId.eq(work.organization()))
        .filter(Column::BookingId.eq(booking))
        .filter(Column::RevokedAt.is_null());
    if let Some(attendee) = attendee {
        update = update.filter(Column::AttendeeId.eq(attendee));
    }
    Ok(update.exec(work.db()).await?.rows_affected)
}
