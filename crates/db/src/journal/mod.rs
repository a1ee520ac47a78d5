//! What happened in an organization, in an order that nobody has to doubt.
//!
//! A verb tells an event in the transaction that makes it true. It has no position then: two transactions that overlap
//! commit in an order that neither knows. [`number`](number::number) gives committed events their positions, one after
//! another in each organization, and in the order of their versions within one aggregate. A reader's cursor is a position,
//! so nothing that commits late is ever behind it.
//!
//! **Invariant:** an event is never changed, and goes only when its time is over.

pub mod follow;
pub mod keeping;
pub mod mark;
pub mod number;
mod order;
pub mod reader;
pub mod tail;

use kernel::EventType;
use kernel::id::{EventId, OrganizationId};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::InsertStatement;
use sea_orm::{Condition, QueryOrder, QuerySelect, QueryTrait as _};
use serde_json::Value;

use crate::audit::{Deed, Doer};
use crate::dialect;
use crate::fault::Fault;
use crate::paging::{self, Keyed, Page, Slice};
use crate::work::{Reading, Tenant, Work};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    /// Where.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EventId,
    /// Its place in the organization's journal; none until it is numbered.
    pub position: Option<i64>,
    /// What: the thing, then the verb in the past, such as `booking.confirmed`.
    #[sea_orm(column_name = "type", column_type = "Text")]
    pub type_: String,
    /// The global id of the thing that it happened to.
    #[sea_orm(column_type = "Text")]
    pub aggregate_id: String,
    /// The version of that thing afterwards.
    pub aggregate_version: i64,
    /// The facts: ids, enums, instants; nothing personal.
    #[sea_orm(column_type = "JsonBinary")]
    pub payload: Value,
    /// `USER`, `API_KEY`, `BOOKING_TOKEN`, `ANONYMOUS` or `SYSTEM`.
    #[sea_orm(column_type = "Text")]
    pub actor_kind: String,
    /// Which of them.
    #[sea_orm(column_type = "Text", nullable)]
    pub actor_id: Option<String>,
    /// When.
    pub occurred_at: DateTimeUtc,
}

/// It stands alone: what it names may be gone.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// One thing that happened, as domains and the gateway speak of it.
pub type Event = Model;

impl Work<Tenant> {
    /// Tells an event, in the transaction that makes it true. What is a change by somebody is told by [`Work::audit`].
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn tell(&self, deed: Deed) -> Result<(), Fault> {
        self.tell_by(Doer::of(self.actor()), deed, Vec::new()).await
    }

    /// The same for what somebody else did than whoever asks, with other rows that are written at once.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn tell_by(&self, by: Doer, deed: Deed, beside: Vec<InsertStatement>) -> Result<(), Fault> {
        let mut together = beside;
        together.push(self.happened(by, deed));
        dialect::insert_together(self.db(), together).await?;
        self.will_ring();
        Ok(())
    }

    /// The row of an event. Its id says when it was told, which is after the thing was held, however long that took.
    pub(crate) fn happened(&self, by: Doer, deed: Deed) -> InsertStatement {
        let event = ActiveModel {
            organization_id: Set(self.organization()),
            id: Set(self.mint_by_the_clock()),
            position: Set(None),
            type_: Set(deed.what.word().to_owned()),
            aggregate_id: Set(deed.thing),
            aggregate_version: Set(deed.version),
            payload: Set(deed.diff),
            actor_kind: Set(by.kind.to_owned()),
            actor_id: Set(by.id),
            occurred_at: Set(self.now()),
        };
        Entity::insert(event).into_query()
    }
}

impl Keyed for Entity {
    const LIST: &'static str = "events";
    fn order() -> Vec<Column> {
        vec![Column::Position]
    }
    fn key(row: &Model) -> Vec<sea_orm::Value> {
        vec![row.position.into()]
    }
}

/// Which events are meant; all, unless it says.
#[derive(Debug, Clone, Default)]
pub struct Sought {
    /// Only of these kinds.
    pub types: Option<Vec<EventType>>,
    /// Only what happened to the thing with this global id.
    pub aggregate: Option<String>,
}

impl Sought {
    fn condition(&self) -> Condition {
        let types = self
            .types
            .as_ref()
            .map(|it| Column::Type.is_in(it.iter().map(|it| it.word())));
        let aggregate = self
            .aggregate
            .as_ref()
            .map(|it| Column::AggregateId.eq(it.as_str()));
        Condition::all().add_option(types).add_option(aggregate)
    }

    /// Whether an event that was read for others is meant: what [`Self::condition`] asks the database.
    fn holds(&self, event: &Event) -> bool {
        let is_one_of = |types: &Vec<EventType>| types.iter().any(|it| it.word() == event.type_);
        let is_of = |aggregate: &String| *aggregate == event.aggregate_id;
        self.types.as_ref().is_none_or(is_one_of) && self.aggregate.as_ref().is_none_or(is_of)
    }
}

/// A page of the journal, oldest first; the caller has checked the right.
///
/// # Errors
/// If the database refuses.
pub async fn page(reading: &Reading<Tenant>, sought: &Sought, page: &Page) -> Result<Slice<Model>, Fault> {
    paging::slice(reading.db(), mine(reading).filter(sought.condition()), page).await
}

/// How many events there are of these, counting no further than the cap.
///
/// # Errors
/// If the database refuses.
pub async fn count(reading: &Reading<Tenant>, sought: &Sought) -> Result<u64, Fault> {
    paging::count(reading.db(), mine(reading).filter(sought.condition())).await
}

/// Events after a position, oldest first: what a live reader asks for.
///
/// # Errors
/// If the database refuses.
pub async fn after(reading: &Reading<Tenant>, position: i64, most: u64) -> Result<Vec<Event>, Fault> {
    sought_after(reading, &Sought::default(), (position, most)).await
}

/// So many of these events after a position, oldest first.
///
/// # Errors
/// If the database refuses.
pub async fn sought_after(
    reading: &Reading<Tenant>,
    sought: &Sought,
    (position, most): (i64, u64),
) -> Result<Vec<Event>, Fault> {
    let events = mine(reading)
        .filter(sought.condition())
        .filter(Column::Position.gt(position))
        .order_by_asc(Column::Position)
        .limit(most);
    Ok(events.all(reading.db()).await?)
}

/// How far the journal goes: the first position that is still there, and the last that was given.
///
/// # Errors
/// If the database refuses.
pub async fn extent(reading: &Reading<Tenant>) -> Result<(i64, i64), Fault> {
    let marks = mark::Entity::find()
        .filter(mark::Column::OrganizationId.eq(reading.organization()))
        .filter(mark::Column::Name.is_in([mark::NUMBERED, mark::FORGOTTEN]))
        .all(reading.db())
        .await?;
    let at = |name: &str| {
        marks
            .iter()
            .find(|it| it.name == name)
            .map_or(0, |it| it.position)
    };
    Ok((at(mark::FORGOTTEN) + 1, at(mark::NUMBERED)))
}

/// Whether everything that came after a position is still there.
///
/// # Errors
/// If the database refuses.
pub async fn is_kept_after(reading: &Reading<Tenant>, position: i64) -> Result<bool, Fault> {
    let (first, _) = extent(reading).await?;
    Ok(first <= position + 1)
}

fn mine(reading: &Reading<Tenant>) -> Select<Entity> {
    Entity::find()
        .filter(Column::OrganizationId.eq(reading.organization()))
        .filter(Column::Position.is_not_null())
}
