//! Letters to those outside.

use db::paging::{self, Keyed, Page, Slice};
use db::{Fault, Reading, Tenant, Work, lock};
use kernel::id::{AttendeeId, BookingId, BookingTokenId, DeliveryId, EventId, OrganizationId};
use kernel::{Email, Locale};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{Condition, IntoActiveModel, Select};

use super::Old;

use crate::error::Refusal;
use crate::mail::Key;
use crate::mail::delivery::{Channel, DeliveryState};

/// One letter. What it says is decided when it is sent, by what is true then.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "deliveries")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id; the message's too.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DeliveryId,
    /// How it is carried.
    pub channel: Channel,
    /// Which letter it is.
    pub template: Key,
    /// Because of which event.
    pub event_id: EventId,
    /// About which booking.
    pub booking_id: BookingId,
    /// To whom.
    pub attendee_id: AttendeeId,
    /// The link in it.
    pub link_id: Option<BookingTokenId>,
    /// Where they are written to, as they typed it when they booked.
    pub recipient: Email,
    /// In which language.
    pub locale: Locale,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: i64,
    /// Why it was not sent.
    #[sea_orm(column_type = "Text", nullable)]
    pub last_error: Option<String>,
    /// When it came to its end.
    pub ended_at: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Keyed for Entity {
    const LIST: &'static str = "deliveries";
    fn order() -> Vec<Column> {
        vec![Column::CreatedAt, Column::Id]
    }
    fn key(row: &Model) -> Vec<sea_orm::Value> {
        vec![row.created_at.into(), row.id.into()]
    }
}

fn mine(reading: &Reading<Tenant>) -> Select<Entity> {
    Entity::find().filter(Column::OrganizationId.eq(reading.organization()))
}

/// Makes a letter unless the same event has made it; says whether it did.
pub(crate) async fn insert_once(work: &Work<Tenant>, row: Model) -> Result<bool, Fault> {
    let there = OnConflict::columns([
        Column::OrganizationId,
        Column::EventId,
        Column::AttendeeId,
        Column::Template,
    ])
    .do_nothing()
    .to_owned();
    let made = Entity::insert(row.into_active_model())
        .on_conflict(there)
        .exec_without_returning(work.db())
        .await?;
    Ok(made == 1)
}

pub(crate) async fn hold(work: &Work<Tenant>, id: DeliveryId) -> Result<Model, Refusal> {
    lock::hold(mine(work).filter(Column::Id.eq(id)))
        .one(work.db())
        .await
        .map_err(Fault::from)?
        .ok_or(Refusal::NotFound("delivery"))
}

pub(crate) async fn find(reading: &Reading<Tenant>, ids: &[DeliveryId]) -> Result<Vec<Model>, Fault> {
    Ok(mine(reading)
        .filter(Column::Id.is_in(ids.iter().copied()))
        .all(reading.db())
        .await?)
}

/// Letters that came to their end before a moment.
pub(crate) fn ended(before: DateTimeUtc) -> Old<Entity> {
    Old {
        columns: [Column::OrganizationId, Column::Id, Column::EndedAt],
        are: Condition::all().add(Column::EndedAt.lt(before)),
    }
}

pub(crate) async fn page(
    reading: &Reading<Tenant>,
    booking: Option<BookingId>,
    page: &Page,
) -> Result<Slice<Model>, Fault> {
    paging::slice(reading.db(), about(reading, booking), page).await
}

pub(crate) async fn count(reading: &Reading<Tenant>, booking: Option<BookingId>) -> Result<u64, Fault> {
    paging::count(reading.db(), about(reading, booking)).await
}

fn about(reading: &Reading<Tenant>, booking: Option<BookingId>) -> Select<Entity> {
    match booking {
        Some(booking) => mine(reading).filter(Column::BookingId.eq(booking)),
        None => mine(reading),
    }
}
