//! Somebody else's servers that want events.

use db::paging::{self, Keyed, Page, Slice};
use db::{Fault, Reading, Tenant, Work, lock};
use kernel::Line;
use kernel::id::{OrganizationId, WebhookEndpointId};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, Select};

use crate::error::Refusal;
use crate::webhook::endpoint::{EndpointState, EventTypes};

/// One endpoint. Its secret is said again from its id and the generation, and stored nowhere.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_endpoints")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookEndpointId,
    /// Where it is.
    #[sea_orm(column_type = "Text")]
    pub url: String,
    /// What it is for, in its owner's words.
    pub description: Option<Line>,
    /// Which events it wants.
    #[sea_orm(column_type = "JsonBinary")]
    pub types: EventTypes,
    /// Whether it gets any.
    pub state: EndpointState,
    /// The last event that was laid out for it.
    pub position: i64,
    /// Which of its secrets is the newest.
    pub secret_generation: i64,
    /// Until when the one before signs too.
    pub previous_secret_until: Option<DateTimeUtc>,
    /// Since when nothing has arrived.
    pub failing_since: Option<DateTimeUtc>,
    /// Counts the changes.
    pub version: i64,
    /// Since when it is no more.
    pub deleted_at: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was changed last.
    pub updated_at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Keyed for Entity {
    const LIST: &'static str = "webhook_endpoints";
    fn order() -> Vec<Column> {
        vec![Column::CreatedAt, Column::Id]
    }
    fn key(row: &Model) -> Vec<sea_orm::Value> {
        vec![row.created_at.into(), row.id.into()]
    }
}

fn mine(reading: &Reading<Tenant>) -> Select<Entity> {
    Entity::find()
        .filter(Column::OrganizationId.eq(reading.organization()))
        .filter(Column::DeletedAt.is_null())
}

pub(crate) async fn hold(work: &Work<Tenant>, id: WebhookEndpointId) -> Result<Model, Refusal> {
    lock::hold(mine(work).filter(Column::Id.eq(id)))
        .one(work.db())
        .await
        .map_err(Fault::from)?
        .ok_or(Refusal::NotFound("webhook endpoint"))
}

/// Holds those that get events, in the order of their ids.
pub(crate) async fn hold_active(work: &Work<Tenant>) -> Result<Vec<Model>, Fault> {
    let active = mine(work)
        .filter(Column::State.eq(EndpointState::Active))
        .order_by_asc(Column::Id);
    Ok(lock::hold(active).all(work.db()).await?)
}

pub(crate) async fn find(reading: &Reading<Tenant>, ids: &[WebhookEndpointId]) -> Result<Vec<Model>, Fault> {
    Ok(mine(reading)
        .filter(Column::Id.is_in(ids.iter().copied()))
        .all(reading.db())
        .await?)
}

pub(crate) async fn page(reading: &Reading<Tenant>, page: &Page) -> Result<Slice<Model>, Fault> {
    paging::slice(reading.db(), mine(reading), page).await
}

pub(crate) async fn count(reading: &Reading<Tenant>) -> Result<u64, Fault> {
    paging::count(reading.db(), mine(reading)).await
}
