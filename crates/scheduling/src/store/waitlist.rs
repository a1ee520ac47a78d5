//! Who waits for what; only the hashes of their links are here.

use chrono::{DateTime, Utc};
use db::paging::Keyed;
use db::{Digest, Fault, Reading, Tenant};
use kernel::id::{BookingId, OrganizationId, ResourceId, ServiceId, WaitlistEntryId};
use kernel::{Email, Name, Phone};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Condition;
use sea_orm::{QueryOrder as _, QuerySelect as _, QueryTrait as _, Select};

use super::waitlist_offer;
use crate::waitlist::{WaitlistFilter, WaitlistStatus};

super::word_columns!(WaitlistStatus);

/// Somebody who waits for a service to come free within a window.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "waitlist")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WaitlistEntryId,
    /// What they wait for.
    pub service_id: ServiceId,
    /// Given by this one; by whoever can, unless said.
    pub host_id: Option<ResourceId>,
    /// The first instant at which it may start.
    pub window_starts_at: DateTimeUtc,
    /// The first instant after it.
    pub window_ends_at: DateTimeUtc,
    /// The name as it was typed.
    pub name: Name,
    /// The e-mail address as it was typed.
    pub email: Option<Email>,
    /// The telephone number as it was typed.
    pub phone: Option<Phone>,
    /// Where it stands, but for the clock.
    pub status: WaitlistStatus,
    /// Until when they may take what is offered to them.
    pub offered_until: Option<DateTimeUtc>,
    /// The hash of their link's token.
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub digest: Digest,
    /// What they booked.
    pub booking_id: Option<BookingId>,
    /// The contact as people search for it.
    #[sea_orm(column_type = "Text")]
    pub search: String,
    /// Counts the changes.
    pub version: i64,
    /// When they joined.
    pub created_at: DateTimeUtc,
    /// When it was changed last.
    pub updated_at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(WaitlistEntryId, "waitlist entry");
super::touched!();

impl Keyed for Entity {
    const LIST: &'static str = "waitlist";
    fn order() -> Vec<Column> {
        vec![Column::CreatedAt, Column::Id]
    }
    fn key(row: &Model) -> Vec<sea_orm::Value> {
        vec![row.created_at.into(), row.id.into()]
    }
}

/// The entry that a token opens, whatever came of it.
pub(crate) async fn by_digest(reading: &Reading<Tenant>, digest: &Digest) -> Result<Option<Model>, Fault> {
    Ok(super::mine::<Entity>(reading)
        .filter(Column::Digest.eq(digest.clone()))
        .one(reading.db())
        .await?)
}

/// Whom a start of a service fits and who has not passed on it, in the order in which they came.
pub(crate) async fn fitting(
    reading: &Reading<Tenant>,
    (service, starts_at): (ServiceId, DateTime<Utc>),
    most: u64,
) -> Result<Vec<Model>, Fault> {
    let passed = super::mine::<waitlist_offer::Entity>(reading)
        .filter(waitlist_offer::Column::ServiceId.eq(service))
        .filter(waitlist_offer::Column::StartsAt.eq(starts_at))
        .select_only()
        .column(waitlist_offer::Column::EntryId);
    Ok(super::mine::<Entity>(reading)
        .filter(Column::ServiceId.eq(service))
        .filter(Column::Status.eq(WaitlistStatus::Waiting))
        .filter(Column::WindowStartsAt.lte(starts_at))
        .filter(Column::WindowEndsAt.gt(starts_at))
        .filter(Column::Id.not_in_subquery(passed.into_query()))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .limit(most)
        .all(reading.db())
        .await?)
}

/// How many wait for a service, offered something or not; before somebody, if they are named.
pub(crate) async fn waiting(
    reading: &Reading<Tenant>,
    service: ServiceId,
    before: Option<&Model>,
) -> Result<u64, Fault> {
    use sea_orm::PaginatorTrait as _;
    let mut list = super::mine::<Entity>(reading)
        .filter(Column::ServiceId.eq(service))
        .filter(Column::Status.is_in([WaitlistStatus::Waiting, WaitlistStatus::Offered]))
        .filter(Column::WindowEndsAt.gt(reading.now()));
    if let Some(before) = before {
        let earlier = Condition::any().add(Column::CreatedAt.lt(before.created_at)).add(
            Condition::all()
                .add(Column::CreatedAt.eq(before.created_at))
                .add(Column::Id.lt(before.id)),
        );
        list = list.filter(earlier);
    }
    Ok(list.count(reading.db()).await?)
}

/// The list that a filter means.
pub(crate) fn select(reading: &Reading<Tenant>, filter: &WaitlistFilter) -> Select<Entity> {
    let mut list = super::mine::<Entity>(reading);
    if !filter.statuses.is_empty() {
        let any = filter.statuses.iter().map(|it| standing(reading, *it));
        list = list.filter(any.fold(Condition::any(), Condition::add));
    }
    let narrow = [
        filter.service.map(|it| Column::ServiceId.eq(it)),
        filter.host.map(|it| Column::HostId.eq(it)),
        filter
            .text
            .as_ref()
            .map(|it| super::has_inside(Column::Search, it.as_str())),
    ];
    narrow
        .into_iter()
        .flatten()
        .fold(list, |list, narrow| list.filter(narrow))
}

/// The rows that stand so by now: the clock decides what has lapsed.
fn standing(reading: &Reading<Tenant>, status: WaitlistStatus) -> Condition {
    let now = reading.now();
    let offered = Column::Status.eq(WaitlistStatus::Offered);
    let lapsed = Condition::all()
        .add(offered.clone())
        .add(Column::OfferedUntil.lte(now));
    let without_offer = Condition::any()
        .add(Column::Status.eq(WaitlistStatus::Waiting))
        .add(lapsed);
    match status {
        WaitlistStatus::Waiting => Condition::all()
            .add(without_offer)
            .add(Column::WindowEndsAt.gt(now)),
        WaitlistStatus::Expired => Condition::all()
            .add(without_offer)
            .add(Column::WindowEndsAt.lte(now)),
        WaitlistStatus::Offered => Condition::all().add(offered).add(Column::OfferedUntil.gt(now)),
        WaitlistStatus::Booked | WaitlistStatus::Left => Condition::all().add(Column::Status.eq(status)),
    }
}
