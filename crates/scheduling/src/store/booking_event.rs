//! What happened to a booking. Append-only by trigger in both databases.

use db::paging::Keyed;
use db::{Reading, Tenant};
use kernel::Line;
use kernel::id::{BookingEventId, BookingId, OrganizationId};
use sea_orm::Select;
use sea_orm::entity::prelude::*;
use serde_json::Value;

use crate::booking::{Status, What};

super::word_columns!(What);

/// One thing that happened; every version of a booking has one.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "booking_events")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BookingEventId,
    /// To which booking.
    pub booking_id: BookingId,
    /// The version that the booking had after it.
    pub version: i64,
    /// What happened.
    pub what: What,
    /// The state before; none before there was a booking.
    pub from_status: Option<Status>,
    /// The state after.
    pub to_status: Status,
    /// USER, `API_KEY`, `BOOKING_TOKEN`, ANONYMOUS or SYSTEM.
    #[sea_orm(column_type = "Text")]
    pub actor_kind: String,
    /// Which of them.
    #[sea_orm(column_type = "Text", nullable)]
    pub actor_id: Option<String>,
    /// What was said about it.
    pub reason: Option<Line>,
    /// What else there is to know: ids, words, instants; nothing personal.
    #[sea_orm(column_type = "JsonBinary")]
    pub facts: Value,
    /// When.
    pub at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

super::table!(BookingEventId, "event of a booking");

impl Keyed for Entity {
    const LIST: &'static str = "booking_events";
    fn order() -> Vec<Column> {
        vec![Column::Version, Column::Id]
    }
    fn key(row: &Model) -> Vec<sea_orm::Value> {
        vec![row.version.into(), row.id.into()]
    }
}

/// What happened to a booking, as a list.
pub(crate) fn of(reading: &Reading<Tenant>, booking: BookingId) -> Select<Entity> {
    super::mine::<Entity>(reading).filter(Column::BookingId.eq(booking))
}
