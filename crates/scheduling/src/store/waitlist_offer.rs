//! What was offered to whoever waits, and what came of it.

use db::{Fault, Reading, Tenant};
use kernel::id::{HoldId, OrganizationId, ServiceId, WaitlistEntryId, WaitlistOfferId};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder as _, QuerySelect as _};

use crate::waitlist::Outcome;

super::word_columns!(Outcome);

/// One start that was offered to one who waits.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "waitlist_offers")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WaitlistOfferId,
    /// To whom.
    pub entry_id: WaitlistEntryId,
    /// What.
    pub service_id: ServiceId,
    /// What keeps it for them, as long as it is open.
    pub hold_id: HoldId,
    /// When it would begin.
    pub starts_at: DateTimeUtc,
    /// When it would end.
    pub ends_at: DateTimeUtc,
    /// Until when they may take it.
    pub offered_until: DateTimeUtc,
    /// What came of it; nothing yet, if it is open.
    pub outcome: Option<Outcome>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was ended.
    pub ended_at: Option<DateTimeUtc>,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(WaitlistOfferId, "offer");

fn open(reading: &Reading<Tenant>) -> sea_orm::Select<Entity> {
    super::mine::<Entity>(reading).filter(Column::Outcome.is_null())
}

/// The open offers of some who wait: one of each, at most.
pub(crate) async fn open_of(
    reading: &Reading<Tenant>,
    entries: &[WaitlistEntryId],
) -> Result<Vec<Model>, Fault> {
    Ok(open(reading)
        .filter(Column::EntryId.is_in(entries.iter().copied()))
        .all(reading.db())
        .await?)
}

/// The open offers that these holds keep, in the order of the entries.
pub(crate) async fn kept_by(reading: &Reading<Tenant>, holds: &[HoldId]) -> Result<Vec<Model>, Fault> {
    Ok(open(reading)
        .filter(Column::HoldId.is_in(holds.iter().copied()))
        .order_by_asc(Column::EntryId)
        .all(reading.db())
        .await?)
}

/// The open offers that nobody has answered in time, the longest ago first; of one service, if it is named.
pub(crate) async fn due(
    reading: &Reading<Tenant>,
    service: Option<ServiceId>,
    most: u64,
) -> Result<Vec<Model>, Fault> {
    let mut list = open(reading).filter(Column::OfferedUntil.lte(reading.now()));
    if let Some(service) = service {
        list = list.filter(Column::ServiceId.eq(service));
    }
    Ok(list
        .order_by_asc(Column::OfferedUntil)
        .order_by_asc(Column::Id)
        .limit(most)
        .all(reading.db())
        .await?)
}
