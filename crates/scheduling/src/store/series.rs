//! Bookings that recur.

use chrono::NaiveDate;
use db::paging::Keyed;
use db::{Fault, Reading, Tenant};
use kernel::id::{ClientId, OrganizationId, ResourceId, SeriesId, ServiceId};
use kernel::{Email, Name, Phone, Prose, Zone};
use sea_orm::entity::prelude::*;
use sea_orm::{FromJsonQueryResult, QueryOrder as _, QuerySelect as _, QueryTrait as _, Select};
use serde::{Deserialize, Serialize};

use super::{booking_host, mine, series_occurrence};
use crate::booking::{Overrides, Source};
use crate::metadata::Metadata;
use crate::series::{Policy, SeriesFilter};
use crate::service::Answers;

super::word_columns!(Policy);

/// Dates of a series, in order, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Dates(pub Vec<NaiveDate>);

/// What was answered to the service's questions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Given(pub Answers);

/// One series.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "series")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SeriesId,
    /// What is booked.
    pub service_id: ServiceId,
    /// Given by this one; by whoever's turn it is, unless said.
    pub host_id: Option<ResourceId>,
    /// Who it is for.
    pub client_id: Option<ClientId>,
    /// Whom the directory knows by the telephone number, if that is somebody else.
    pub conflicting_client_id: Option<ClientId>,
    /// The series that it was split off from.
    pub continues_id: Option<SeriesId>,
    /// How it recurs.
    #[sea_orm(column_type = "Text")]
    pub rrule: String,
    /// From when the rule is counted, on the wall of its zone.
    pub local_start: DateTime,
    /// The zone of its wall.
    pub timezone: Zone,
    /// Dates that it has beside those of the rule.
    #[sea_orm(column_type = "JsonBinary")]
    pub added_on: Dates,
    /// Dates that it leaves out.
    #[sea_orm(column_type = "JsonBinary")]
    pub except_on: Dates,
    /// What the rule has before this local time is not this series'.
    pub begins_from: DateTime,
    /// What the rule has from this local time on is not this series', if it was ended.
    pub ended_from: Option<DateTime>,
    /// What becomes of a plan with conflicts.
    pub policy: Policy,
    /// What is overruled for it.
    #[sea_orm(column_type = "JsonBinary")]
    pub overrides: Overrides,
    /// How it came in.
    pub source: Source,
    /// What the client is called, as typed.
    pub attendee_name: Name,
    /// Where the client is written to, as typed.
    pub attendee_email: Option<Email>,
    /// Where the client is called, as typed.
    pub attendee_phone: Option<Phone>,
    /// The client's answers to the service's questions.
    #[sea_orm(column_type = "JsonBinary")]
    pub answers: Given,
    /// What the client wrote.
    pub notes: Option<Prose>,
    /// The integrator's own words.
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Metadata,
    /// Until when its occurrences have been made; nothing if there are no others to be made.
    pub materialised_until: Option<DateTimeUtc>,
    /// When the next ones are made; nothing if there are none.
    pub extend_at: Option<DateTimeUtc>,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was changed last.
    pub updated_at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(SeriesId, "series");
super::touched!();

impl Keyed for Entity {
    const LIST: &'static str = "series";
    fn order() -> Vec<Column> {
        vec![Column::CreatedAt, Column::Id]
    }
    fn key(row: &Model) -> Vec<sea_orm::Value> {
        vec![row.created_at.into(), row.id.into()]
    }
}

/// The series that a filter lets through; of one resource only, those with a booking that it gives.
pub(crate) fn select(
    reading: &Reading<Tenant>,
    filter: &SeriesFilter,
    given_by: Option<ResourceId>,
) -> Select<Entity> {
    let narrow = [
        filter.client.map(|it| Column::ClientId.eq(it)),
        filter.service.map(|it| Column::ServiceId.eq(it)),
        given_by.map(|it| Column::Id.in_subquery(of_resource(reading, it).into_query())),
    ];
    narrow
        .into_iter()
        .flatten()
        .fold(mine::<Entity>(reading), |found, narrow| found.filter(narrow))
}

/// Series by their ids; of one resource only, those with a booking that it gives.
pub(crate) async fn find(
    reading: &Reading<Tenant>,
    ids: &[SeriesId],
    given_by: Option<ResourceId>,
) -> Result<Vec<Model>, Fault> {
    Ok(select(reading, &SeriesFilter::default(), given_by)
        .filter(Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(Column::Id)
        .all(reading.db())
        .await?)
}

/// The series in which a resource gives a booking.
fn of_resource(reading: &Reading<Tenant>, resource: ResourceId) -> Select<series_occurrence::Entity> {
    let theirs = mine::<booking_host::Entity>(reading)
        .filter(booking_host::Column::ResourceId.eq(resource))
        .select_only()
        .column(booking_host::Column::BookingId);
    mine::<series_occurrence::Entity>(reading)
        .filter(series_occurrence::Column::BookingId.in_subquery(theirs.into_query()))
        .select_only()
        .column(series_occurrence::Column::SeriesId)
}

/// The series that are to be looked at again, those that wait longest first; no more than `most`.
pub(crate) async fn due(reading: &Reading<Tenant>, most: u64) -> Result<Vec<SeriesId>, Fault> {
    Ok(mine::<Entity>(reading)
        .select_only()
        .column(Column::Id)
        .filter(Column::ExtendAt.lte(reading.now()))
        .order_by_asc(Column::ExtendAt)
        .order_by_asc(Column::Id)
        .limit(most)
        .into_tuple()
        .all(reading.db())
        .await?)
}
