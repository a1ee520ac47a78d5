//! Links that staff send; only their hashes are here.

use db::paging::Keyed;
use db::{Digest, Fault, Reading, Tenant};
use kernel::id::{BookingId, BookingRequestId, OrganizationId, ResourceId, ServiceId};
use kernel::{Email, Name, Phone, Prose};
use sea_orm::Select;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Condition;

use crate::request::{RequestFilter, RequestStatus};

super::word_columns!(RequestStatus);

/// One link, for whom, and what came of it.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "booking_requests")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BookingRequestId,
    /// What is to be booked.
    pub service_id: ServiceId,
    /// Given by this one; by whoever can, unless said.
    pub host_id: Option<ResourceId>,
    /// The name as staff typed it.
    pub name: Name,
    /// The e-mail address as staff typed it.
    pub email: Option<Email>,
    /// The telephone number as staff typed it.
    pub phone: Option<Phone>,
    /// What staff wrote to them.
    pub message: Option<Prose>,
    /// Where it stands, but for the clock.
    pub status: RequestStatus,
    /// The hash of the link's token.
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub digest: Digest,
    /// What was booked by it.
    pub booking_id: Option<BookingId>,
    /// The contact as people search for it.
    #[sea_orm(column_type = "Text")]
    pub search: String,
    /// Counts the changes.
    pub version: i64,
    /// Until when it is good.
    pub expires_at: DateTimeUtc,
    /// When it was opened first.
    pub opened_at: Option<DateTimeUtc>,
    /// When it was booked or taken back.
    pub closed_at: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was changed last.
    pub updated_at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(BookingRequestId, "booking request");
super::touched!();

impl Keyed for Entity {
    const LIST: &'static str = "booking_requests";
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

/// The list that a filter means.
pub(crate) fn select(reading: &Reading<Tenant>, filter: &RequestFilter) -> Select<Entity> {
    let mut list = super::mine::<Entity>(reading);
    if !filter.statuses.is_empty() {
        let any = filter.statuses.iter().map(|it| standing(reading, *it));
        list = list.filter(any.fold(Condition::any(), Condition::add));
    }
    if let Some(host) = filter.host {
        list = list.filter(Column::HostId.eq(host));
    }
    match &filter.text {
        Some(text) => list.filter(super::has_inside(Column::Search, text.as_str())),
        None => list,
    }
}

/// The rows that stand so by now: the clock decides between open and expired.
fn standing(reading: &Reading<Tenant>, status: RequestStatus) -> Condition {
    let now = reading.now();
    match status {
        RequestStatus::Sent | RequestStatus::Opened => Condition::all()
            .add(Column::Status.eq(status))
            .add(Column::ExpiresAt.gt(now)),
        RequestStatus::Booked | RequestStatus::Cancelled => Condition::all().add(Column::Status.eq(status)),
        RequestStatus::Expired => Condition::all()
            .add(Column::Status.is_in([RequestStatus::Sent, RequestStatus::Opened]))
            .add(Column::ExpiresAt.lte(now)),
    }
}
