//! What can be booked.

use db::paging::Keyed;
use db::{Fault, Reading, Tenant, Work};
use kernel::id::{CancellationPolicyId, OrganizationId, ServiceId};
use kernel::{CurrencyCode, Line, Name, Prose, Right, Slug};
use sea_orm::Select;
use sea_orm::entity::prelude::*;

use super::{Shown as _, mine};
use crate::error::Refusal;
use crate::metadata::Metadata;
use crate::service::{
    Confirmation, HorizonKind, Limits, LocationKind, PaymentKind, PriceMode, Questions, Reminders,
    ServiceFilter, ZoneIntent,
};
use crate::team::Strategy;

super::word_columns!(
    Confirmation,
    HorizonKind,
    LocationKind,
    PaymentKind,
    PriceMode,
    ZoneIntent
);

/// Something that can be booked, and all the terms of it.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "services")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ServiceId,
    /// Its part of a public address.
    pub slug: Slug,
    /// What it is called.
    pub title: Name,
    /// What there is to know about it.
    pub description: Option<Prose>,
    /// How long it takes.
    pub duration_minutes: i64,
    /// From one start to the next.
    pub interval_minutes: i64,
    /// What must be free before it.
    pub buffer_before_minutes: i64,
    /// What must be free after it.
    pub buffer_after_minutes: i64,
    /// How long before its start it is booked at the latest.
    pub notice_minutes: i64,
    /// How the days ahead are counted.
    pub horizon: HorizonKind,
    /// How many days ahead it is booked at the earliest.
    pub horizon_days: Option<i64>,
    /// How much of it there may be on a day or in a week.
    #[sea_orm(column_type = "JsonBinary")]
    pub limits: Limits,
    /// How many can take part.
    pub seats: i64,
    /// Whether those who take part see each other's names.
    pub shows_attendees: bool,
    /// Whether somebody has to confirm it.
    pub confirmation: Confirmation,
    /// How long somebody has to confirm it.
    pub confirmation_timeout_minutes: i64,
    /// Whether it takes its time before it is confirmed.
    pub pending_occupies: bool,
    /// Where it takes place.
    pub location: LocationKind,
    /// Which address, number or room that is.
    pub location_detail: Option<Line>,
    /// Where its price comes from.
    pub price_mode: PriceMode,
    /// What it costs, in the smallest unit of the currency.
    pub price_minor: i64,
    /// The currency of its price.
    pub currency: CurrencyCode,
    /// What is paid when it is booked.
    pub payment_terms: PaymentKind,
    /// Of PERCENT, how much.
    pub payment_percent: Option<i64>,
    /// Of DEPOSIT, how much.
    pub deposit_minor: Option<i64>,
    /// What cancelling costs.
    pub cancellation_policy_id: Option<CancellationPolicyId>,
    /// When whoever booked is reminded.
    #[sea_orm(column_type = "JsonBinary")]
    pub reminders: Reminders,
    /// What whoever books is asked.
    #[sea_orm(column_type = "JsonBinary")]
    pub questions: Questions,
    /// How its hosts share; none is as their team does, or round robin.
    pub strategy: Option<Strategy>,
    /// How many hosts it takes; none is as the strategy says.
    pub hosts_required: Option<i64>,
    /// What stays when a zone changes its rules.
    pub zone_intent: ZoneIntent,
    /// Whether it can be booked.
    pub is_active: bool,
    /// The integrator's own words.
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Metadata,
    /// What it is found by, folded.
    #[sea_orm(column_type = "Text")]
    pub search: String,
    /// Counts the changes, those of its hosts too.
    pub version: i64,
    /// Since when it is put away.
    pub archived_at: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was changed last.
    pub updated_at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(ServiceId, "service");
super::touched!();

impl Keyed for Entity {
    const LIST: &'static str = "services";
    fn order() -> Vec<Column> {
        vec![Column::Title, Column::Id]
    }
    fn key(row: &Model) -> Vec<sea_orm::Value> {
        vec![row.title.clone().into(), row.id.into()]
    }
}

fn slug_taken(fault: Fault) -> Refusal {
    match fault.constraint() {
        Some("services_slug_unique") => Refusal::Taken {
            what: "service",
            field: "slug",
        },
        _ => Refusal::Fault(fault),
    }
}

pub(crate) async fn insert(work: &Work<Tenant>, service: Model) -> Result<(), Refusal> {
    super::insert(work, service).await.map_err(slug_taken)
}

pub(crate) async fn save(work: &Work<Tenant>, service: Model) -> Result<(), Refusal> {
    super::save(work, service).await.map_err(slug_taken)
}

impl super::Shown for Entity {
    /// What whoever asks may see: all of them, or those that can be booked.
    fn visible(reading: &Reading<Tenant>) -> Select<Self> {
        let all = mine::<Entity>(reading);
        if reading.asker().rights.has(Right::CatalogueRead) {
            all
        } else {
            all.filter(Column::IsActive.eq(true))
                .filter(Column::ArchivedAt.is_null())
        }
    }
}

/// How many there are that are not put away.
pub(crate) async fn live(reading: &Reading<Tenant>) -> Result<u64, Fault> {
    use sea_orm::PaginatorTrait as _;
    Ok(mine::<Entity>(reading)
        .filter(Column::ArchivedAt.is_null())
        .count(reading.db())
        .await?)
}

/// Whether a service that is not put away has this cancellation policy.
pub(crate) async fn is_policy_needed(
    reading: &Reading<Tenant>,
    policy: CancellationPolicyId,
) -> Result<bool, Fault> {
    let one = mine::<Entity>(reading)
        .filter(Column::CancellationPolicyId.eq(policy))
        .filter(Column::ArchivedAt.is_null())
        .one(reading.db())
        .await?;
    Ok(one.is_some())
}

/// The list that a filter means.
pub(crate) fn select(reading: &Reading<Tenant>, filter: &ServiceFilter) -> Select<Entity> {
    let mut list = Entity::visible(reading);
    if !filter.with_archived {
        list = list.filter(Column::ArchivedAt.is_null());
    }
    if let Some(resource) = filter.given_by {
        list = list.filter(Column::Id.in_subquery(super::service_host::services_of(reading, resource)));
    }
    match &filter.text {
        Some(text) => list.filter(super::has_inside(Column::Search, text.as_str())),
        None => list,
    }
}

/// The one at a public address.
pub(crate) async fn named(reading: &Reading<Tenant>, slug: &Slug) -> Result<Option<Model>, Fault> {
    Ok(Entity::visible(reading)
        .filter(Column::Slug.eq(slug.clone()))
        .filter(Column::ArchivedAt.is_null())
        .one(reading.db())
        .await?)
}
