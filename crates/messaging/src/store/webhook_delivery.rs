//! Events on their way to endpoints.

use db::paging::{self, Keyed, Page, Slice};
use db::{Fault, Reading, Tenant, Work, lock};
use kernel::id::{EventId, OrganizationId, WebhookDeliveryId, WebhookEndpointId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{Condition, IntoActiveModel, QueryOrder, QuerySelect, Select};

use super::Old;

use crate::error::Refusal;
use crate::webhook::delivery::WebhookDeliveryState as State;
use crate::webhook::log::{DeliveryFilter, Replay};

/// One event on its way to one endpoint.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_deliveries")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookDeliveryId,
    /// To which endpoint.
    pub endpoint_id: WebhookEndpointId,
    /// Which event.
    pub event_id: EventId,
    /// What happened.
    #[sea_orm(column_type = "Text")]
    pub event_type: String,
    /// Where the event stands in the journal; nothing for a test, which stands in none.
    pub position: Option<i64>,
    /// What is sent, the same every time.
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// Where it stands.
    pub state: State,
    /// How often it was tried since it was made or replayed.
    pub attempts: i64,
    /// When it is tried next.
    pub next_attempt_at: Option<DateTimeUtc>,
    /// When it was tried last.
    pub attempted_at: Option<DateTimeUtc>,
    /// What the endpoint answered then.
    pub answer_status: Option<i64>,
    /// The beginning of what it said.
    #[sea_orm(column_type = "Text", nullable)]
    pub answer_body: Option<String>,
    /// Why there was no answer.
    #[sea_orm(column_type = "Text", nullable)]
    pub last_error: Option<String>,
    /// When it came to its end.
    pub ended_at: Option<DateTimeUtc>,
    /// When it was laid out.
    pub created_at: DateTimeUtc,
}

/// What it refers to is asked for by id.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Keyed for Entity {
    const LIST: &'static str = "webhook_deliveries";
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

/// Lays an event out unless it is there already; says whether it did.
pub(crate) async fn insert_once(work: &Work<Tenant>, row: Model) -> Result<bool, Fault> {
    let there = OnConflict::columns([Column::OrganizationId, Column::EndpointId, Column::EventId])
        .do_nothing()
        .to_owned();
    let made = Entity::insert(row.into_active_model())
        .on_conflict(there)
        .exec_without_returning(work.db())
        .await?;
    Ok(made == 1)
}

pub(crate) async fn hold(work: &Work<Tenant>, id: WebhookDeliveryId) -> Result<Model, Refusal> {
    lock::hold(mine(work).filter(Column::Id.eq(id)))
        .one(work.db())
        .await
        .map_err(Fault::from)?
        .ok_or(Refusal::NotFound("webhook delivery"))
}

pub(crate) async fn find(reading: &Reading<Tenant>, ids: &[WebhookDeliveryId]) -> Result<Vec<Model>, Fault> {
    Ok(mine(reading)
        .filter(Column::Id.is_in(ids.iter().copied()))
        .all(reading.db())
        .await?)
}

/// Holds so many of an endpoint's that were kept back, the earliest first.
pub(crate) async fn hold_kept_back(
    work: &Work<Tenant>,
    endpoint: WebhookEndpointId,
    most: u64,
) -> Result<Vec<Model>, Fault> {
    let kept = mine(work)
        .filter(Column::EndpointId.eq(endpoint))
        .filter(Column::State.eq(State::Held));
    Ok(lock::hold(earliest(kept, most)).all(work.db()).await?)
}

/// Holds so many of those that are to be sent once more, the earliest first.
pub(crate) async fn hold_ended(
    work: &Work<Tenant>,
    endpoint: WebhookEndpointId,
    (which, most): (&Replay, u64),
) -> Result<Vec<Model>, Fault> {
    let ended = mine(work).filter(Column::EndpointId.eq(endpoint));
    let ended = match which {
        Replay::Failed => ended.filter(Column::State.eq(State::Failed)),
        Replay::Since { from, until } => ended
            .filter(Column::State.is_in([State::Failed, State::Delivered, State::Cancelled]))
            .filter(Column::CreatedAt.gte(*from))
            .filter(Column::CreatedAt.lt(*until)),
    };
    Ok(lock::hold(earliest(ended, most)).all(work.db()).await?)
}

fn earliest(list: Select<Entity>, most: u64) -> Select<Entity> {
    list.order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .limit(most)
}

/// Ends whatever is still on its way to an endpoint.
pub(crate) async fn cancel(work: &Work<Tenant>, endpoint: WebhookEndpointId) -> Result<(), Fault> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(State::Cancelled))
        .col_expr(Column::NextAttemptAt, Expr::value(None::<DateTimeUtc>))
        .col_expr(Column::EndedAt, Expr::value(work.now()))
        .filter(Column::OrganizationId.eq(work.organization()))
        .filter(Column::EndpointId.eq(endpoint))
        .filter(Column::State.is_in([State::Waiting, State::Held]))
        .exec(work.db())
        .await?;
    Ok(())
}

/// Those that came to their end before a moment.
pub(crate) fn ended(before: DateTimeUtc) -> Old<Entity> {
    Old {
        columns: [Column::OrganizationId, Column::Id, Column::EndedAt],
        are: Condition::all().add(Column::EndedAt.lt(before)),
    }
}

pub(crate) async fn page(
    reading: &Reading<Tenant>,
    filter: &DeliveryFilter,
    page: &Page,
) -> Result<Slice<Model>, Fault> {
    paging::slice(reading.db(), select(reading, filter), page).await
}

pub(crate) async fn count(reading: &Reading<Tenant>, filter: &DeliveryFilter) -> Result<u64, Fault> {
    paging::count(reading.db(), select(reading, filter)).await
}

fn select(reading: &Reading<Tenant>, filter: &DeliveryFilter) -> Select<Entity> {
    let list = mine(reading).filter(Column::EndpointId.eq(filter.endpoint));
    match filter.state {
        Some(state) => list.filter(Column::State.eq(state)),
        None => list,
    }
}
