//! Who stands at the door; only the hashes of their links are here.

use db::paging::Keyed;
use db::{Digest, Fault, Reading, Tenant};
use kernel::id::{BookingId, OrganizationId, ResourceId, ServiceId, WalkInId};
use kernel::{Email, Name, Phone};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder as _, QuerySelect as _, Select};

use crate::walk_in::{WalkInFilter, WalkInStatus};

super::word_columns!(WalkInStatus);

/// Somebody who came without an appointment.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "walk_ins")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WalkInId,
    /// What they came for.
    pub service_id: ServiceId,
    /// Given by this one; by whoever is free first, unless said.
    pub host_id: Option<ResourceId>,
    /// The name as it was typed.
    pub name: Name,
    /// The e-mail address as it was typed.
    pub email: Option<Email>,
    /// The telephone number as it was typed.
    pub phone: Option<Phone>,
    /// Where they stand.
    pub status: WalkInStatus,
    /// The hash of their link's token.
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub digest: Digest,
    /// What takes the time in which they are served.
    pub booking_id: Option<BookingId>,
    /// Counts the changes.
    pub version: i64,
    /// When they came.
    pub created_at: DateTimeUtc,
    /// When their turn came.
    pub started_at: Option<DateTimeUtc>,
    /// When it was over.
    pub closed_at: Option<DateTimeUtc>,
    /// When it was changed last.
    pub updated_at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(WalkInId, "walk-in");
super::touched!();

impl Keyed for Entity {
    const LIST: &'static str = "walk_ins";
    fn order() -> Vec<Column> {
        vec![Column::CreatedAt, Column::Id]
    }
    fn key(row: &Model) -> Vec<sea_orm::Value> {
        vec![row.created_at.into(), row.id.into()]
    }
}

/// The one that a token opens, whatever came of it.
pub(crate) async fn by_digest(reading: &Reading<Tenant>, digest: &Digest) -> Result<Option<Model>, Fault> {
    Ok(super::mine::<Entity>(reading)
        .filter(Column::Digest.eq(digest.clone()))
        .one(reading.db())
        .await?)
}

/// Those who wait for a service, in the order in which they came.
pub(crate) async fn queued(
    reading: &Reading<Tenant>,
    service: ServiceId,
    most: u64,
) -> Result<Vec<Model>, Fault> {
    Ok(super::mine::<Entity>(reading)
        .filter(Column::ServiceId.eq(service))
        .filter(Column::Status.eq(WalkInStatus::Queued))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .limit(most)
        .all(reading.db())
        .await?)
}

/// The list that a filter means.
pub(crate) fn select(reading: &Reading<Tenant>, filter: &WalkInFilter) -> Select<Entity> {
    let mut list = super::mine::<Entity>(reading);
    if !filter.statuses.is_empty() {
        list = list.filter(Column::Status.is_in(filter.statuses.iter().copied()));
    }
    let narrow = [
        filter.service.map(|it| Column::ServiceId.eq(it)),
        filter.host.map(|it| Column::HostId.eq(it)),
    ];
    narrow
        .into_iter()
        .flatten()
        .fold(list, |list, narrow| list.filter(narrow))
}
