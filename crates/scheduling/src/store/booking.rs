//! Appointments.

use chrono::TimeDelta;
use db::paging::{self, Direction, Keyed, Page, Slice};
use db::{Fault, Reading, Tenant, Work, lock};
use kernel::id::{BookingId, ClientId, OrganizationId, ResourceId, ServiceId};
use kernel::{CurrencyCode, Line, Money, Prose, Span, Zone};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Condition, Expr, ExprTrait as _};
use sea_orm::{IntoActiveModel, JoinType, QueryOrder, QuerySelect, QueryTrait as _, Select};

use super::attendee;
use crate::booking::{BookingFilter, Event, Party, Source, State, Status};
use crate::cancellation::Tiers;
use crate::error::Refusal;
use crate::metadata::Metadata;
use crate::service::{LocationKind, PaymentKind, Reminders, ZoneIntent};

super::word_columns!(Event, Party, Source, Status);

/// One appointment, or one session of a class.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "bookings")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BookingId,
    /// What is booked.
    pub service_id: ServiceId,
    /// Who it is for; nobody in particular for a class.
    pub client_id: Option<ClientId>,
    /// When it begins.
    pub starts_at: DateTimeUtc,
    /// When it ends.
    pub ends_at: DateTimeUtc,
    /// Minutes that were to be free before it when it was booked.
    pub buffer_before_minutes: i64,
    /// Minutes that were to be free after it when it was booked.
    pub buffer_after_minutes: i64,
    /// When it begins on the wall, in `timezone`.
    pub local_start: DateTime,
    /// The zone in which it was meant.
    pub timezone: Zone,
    /// Whether the wall clock or the instant is what was meant.
    pub zone_intent: ZoneIntent,
    /// Where it stands.
    pub status: Status,
    /// Counts the changes.
    pub version: i64,
    /// How it came in.
    pub source: Source,
    /// How many can take part.
    pub seats: i64,
    /// Whether it takes its time while it waits for an answer.
    pub pending_occupies: bool,
    /// Until when it waits for an answer or for money.
    pub expires_at: Option<DateTimeUtc>,
    /// What it cost when it was booked, in minor units: of one seat, if it has several.
    pub price_minor: i64,
    /// In which currency.
    pub currency: CurrencyCode,
    /// How it was to be paid when it was booked.
    pub payment_terms: PaymentKind,
    /// What was to be paid at once when it was booked, in minor units.
    pub due_minor: i64,
    /// What cancelling was to cost when it was booked.
    #[sea_orm(column_type = "JsonBinary")]
    pub cancellation_tiers: Tiers,
    /// How long before its start it was to be reminded of when it was booked.
    #[sea_orm(column_type = "JsonBinary")]
    pub reminders: Reminders,
    /// Where it takes place.
    pub location: LocationKind,
    /// Where exactly.
    pub location_detail: Option<Line>,
    /// What the client wrote.
    pub notes: Option<Prose>,
    /// The integrator's own words.
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Metadata,
    /// When it came to its end.
    pub closed_at: Option<DateTimeUtc>,
    /// Why it was cancelled or rejected.
    pub closed_reason: Option<Line>,
    /// What cancelling cost, in minor units.
    pub fee_minor: Option<i64>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was changed last.
    pub updated_at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(BookingId, "booking");

impl Keyed for Entity {
    const LIST: &'static str = "bookings";
    fn order() -> Vec<Column> {
        vec![Column::StartsAt, Column::Id]
    }
    fn key(row: &Model) -> Vec<sea_orm::Value> {
        vec![row.starts_at.into(), row.id.into()]
    }
}

impl Model {
    /// As much of it as decides what can happen to it.
    #[must_use]
    pub fn state(&self) -> State {
        State {
            status: self.status,
            starts_at: self.starts_at,
            expires_at: self.expires_at,
            closed_at: self.closed_at,
        }
    }

    /// Whether it takes its time, as its row says.
    #[must_use]
    pub fn occupies(&self) -> bool {
        self.status.occupies(self.pending_occupies)
    }

    /// What it cost when it was booked: of one seat, if it has several.
    #[must_use]
    pub fn price(&self) -> Money {
        Money::new(self.price_minor, self.currency.clone())
    }
}

/// Writes a changed booking, unless somebody has changed it since its version was read.
pub(crate) async fn swap(work: &Work<Tenant>, before: i64, booking: Model) -> Result<(), Refusal> {
    let key = (booking.organization_id, booking.id);
    let changed = Entity::update_many()
        .set(booking.into_active_model().reset_all())
        .filter(Column::OrganizationId.eq(key.0))
        .filter(Column::Id.eq(key.1))
        .filter(Column::Version.eq(before))
        .exec(work.db())
        .await
        .map_err(Fault::from)?;
    if changed.rows_affected == 1 {
        Ok(())
    } else {
        Err(Refusal::VersionConflict { now: before + 1 })
    }
}

/// Holds these bookings, in the order of their ids, if they have waited too long.
pub(crate) async fn hold_lapsed(work: &Work<Tenant>, ids: &[BookingId]) -> Result<Vec<Model>, Fault> {
    Ok(lock::hold(
        super::mine::<Entity>(work)
            .filter(Column::Id.is_in(ids.iter().copied()))
            .filter(Column::Status.is_in([Status::Pending, Status::PendingPayment]))
            .filter(Column::ExpiresAt.lte(work.now()))
            .order_by_asc(Column::Id),
    )
    .all(work.db())
    .await?)
}

/// The open bookings of a resource that meet a span and have not lapsed, by their beginning; no more than `most`.
pub(crate) async fn open_of(
    reading: &Reading<Tenant>,
    (resource, span): (ResourceId, Span),
    most: u64,
) -> Result<Vec<Model>, Fault> {
    use super::booking_host;
    // No booking is longer than a day.
    let earliest = span.start() - chrono::TimeDelta::days(1);
    let theirs = super::mine::<booking_host::Entity>(reading)
        .filter(booking_host::Column::ResourceId.eq(resource))
        .filter(booking_host::Column::StartsAt.gte(earliest))
        .filter(booking_host::Column::StartsAt.lt(span.end()))
        .select_only()
        .column(booking_host::Column::BookingId);
    let stands = Condition::any()
        .add(Column::ExpiresAt.is_null())
        .add(Column::ExpiresAt.gt(reading.now()));
    Ok(super::mine::<Entity>(reading)
        .filter(Column::Id.in_subquery(theirs.into_query()))
        .filter(Column::EndsAt.gt(span.start()))
        .filter(Column::Status.is_in([Status::Pending, Status::PendingPayment, Status::Confirmed]))
        .filter(stands)
        .order_by_asc(Column::StartsAt)
        .order_by_asc(Column::Id)
        .limit(most)
        .all(reading.db())
        .await?)
}

/// Bookings that have waited too long, takes time or not; no more than `most`.
pub(crate) async fn lapsed(reading: &Reading<Tenant>, most: u64) -> Result<Vec<BookingId>, Fault> {
    Ok(super::mine::<Entity>(reading)
        .select_only()
        .column(Column::Id)
        .filter(Column::ExpiresAt.lte(reading.now()))
        .limit(most)
        .into_tuple()
        .all(reading.db())
        .await?)
}

/// A page of the bookings that a filter lets through.
pub(crate) async fn page(
    reading: &Reading<Tenant>,
    filter: &BookingFilter,
    page: &Page,
) -> Result<Slice<Model>, Fault> {
    let mut found = select(reading, filter);
    if filter.resource.is_some()
        && let Some((direction, moment)) = page.moment()
    {
        // The place is sought in the index of the hosts: reading past everything before it would cost more with every page.
        use super::booking_host::Column as Host;
        found = found.filter(match direction {
            Direction::Forward => Host::StartsAt.gte(moment),
            Direction::Backward => Host::StartsAt.lte(moment),
        });
    }
    paging::slice(reading.db(), found, page).await
}

/// How many there are, counting no further than the cap.
pub(crate) async fn count(reading: &Reading<Tenant>, filter: &BookingFilter) -> Result<u64, Fault> {
    paging::count(reading.db(), select(reading, filter)).await
}

/// The bookings that a filter lets through.
fn select(reading: &Reading<Tenant>, filter: &BookingFilter) -> Select<Entity> {
    let mut found = super::mine::<Entity>(reading);
    if let Some(resource) = filter.resource {
        use super::booking_host::{Column as Host, Entity as Hosts};
        let ours = Condition::all()
            .add(Expr::col((Hosts, Host::OrganizationId)).equals((Entity, Column::OrganizationId)))
            .add(Expr::col((Hosts, Host::BookingId)).equals((Entity, Column::Id)))
            // Always so; said, because the list's order is then the order of the hosts' index.
            .add(Expr::col((Hosts, Host::StartsAt)).equals((Entity, Column::StartsAt)));
        sea_orm::QueryTrait::query(&mut found).join(JoinType::InnerJoin, Hosts, ours);
        found = found.filter(Host::ResourceId.eq(resource));
        let within = [
            filter.from.map(|it| Host::StartsAt.gte(it)),
            filter.until.map(|it| Host::StartsAt.lt(it)),
        ];
        found = within.into_iter().flatten().fold(found, Select::filter);
    }
    if let Some(series) = filter.series {
        use super::series_occurrence;
        let its = super::mine::<series_occurrence::Entity>(reading)
            .filter(series_occurrence::Column::SeriesId.eq(series))
            .filter(series_occurrence::Column::BookingId.is_not_null())
            .select_only()
            .column(series_occurrence::Column::BookingId);
        found = found.filter(Column::Id.in_subquery(its.into_query()));
    }
    if !filter.statuses.is_empty() {
        found = found.filter(Column::Status.is_in(filter.statuses.iter().copied()));
    }
    let narrow = [
        filter
            .client
            .map(|it| Column::Id.in_subquery(attendee::of_client(reading, it))),
        filter
            .text
            .as_ref()
            .map(|it| attendee::one_called(reading, it.as_str())),
        filter.service.map(|it| Column::ServiceId.eq(it)),
        filter.from.map(|it| Column::StartsAt.gte(it)),
        filter.until.map(|it| Column::StartsAt.lt(it)),
    ];
    narrow.into_iter().flatten().fold(found, Select::filter)
}

/// What a resource gives that meets a day, in order: no booking is longer than a day.
pub(crate) async fn meeting_day(
    reading: &Reading<Tenant>,
    resource: ResourceId,
    (day, most): (Span, u64),
) -> Result<Vec<Model>, Fault> {
    let filter = BookingFilter {
        resource: Some(resource),
        from: Some(day.start() - TimeDelta::days(1)),
        until: Some(day.end()),
        ..BookingFilter::default()
    };
    Ok(select(reading, &filter)
        .filter(Column::EndsAt.gt(day.start()))
        .order_by_asc(Column::StartsAt)
        .order_by_asc(Column::Id)
        .limit(most)
        .all(reading.db())
        .await?)
}
