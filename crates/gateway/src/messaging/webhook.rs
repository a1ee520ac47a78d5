//! One endpoint, and the log of what was sent there.

use async_graphql::{Context, Object, Result};
use db::paging::Page;
use kernel::id::{WebhookDeliveryId, WebhookEndpointId};
use messaging::webhook::delivery::{self, WebhookDeliveries, WebhookDeliveryState};
use messaging::webhook::endpoint::EndpointState;
use messaging::webhook::log::{self, DeliveryFilter};

use crate::errors::on_top;
use crate::list::{Count, connection, page};
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::Instant;

/// One endpoint.
#[derive(Debug, Clone)]
pub(crate) struct WebhookEndpoint(pub(crate) messaging::webhook::endpoint::WebhookEndpoint);

/// Somebody else's server that events are sent to, signed as Standard Webhooks says.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl WebhookEndpoint {
    /// The endpoint's global id.
    pub(crate) async fn id(&self) -> WebhookEndpointId {
        self.0.id
    }

    /// Where it is.
    async fn url(&self) -> &str {
        &self.0.url
    }

    /// What it is for.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_ref().map(kernel::Line::as_str)
    }

    /// Which events it wants: `booking.confirmed`, `booking.*` for all of a kind, or `*`.
    async fn types(&self) -> &[String] {
        self.0.types.as_slice()
    }

    /// Whether events are sent to it.
    async fn state(&self) -> EndpointState {
        self.0.state
    }

    /// Since when nothing has arrived there. After five days it is paused.
    async fn failing_since_at(&self) -> Option<Instant> {
        self.0.failing_since.map(Instant)
    }

    /// Until when the secret before the newest signs too.
    async fn previous_secret_ends_at(&self) -> Option<Instant> {
        self.0.previous_secret_until.map(Instant)
    }

    /// What was sent there, earliest first, for 90 days after it was delivered or given up.
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand here; all if absent.")] state: Option<WebhookDeliveryState>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<WebhookDeliveryConnection>> {
        let filter = DeliveryFilter {
            endpoint: self.0.id,
            state,
        };
        Some(sent(ctx, filter, page::<WebhookDeliveries>(first, after, last, before)).await)
    }

    /// Counts the changes; hand it back as `expectedVersion`.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// When it was made.
    async fn created_at(&self) -> Instant {
        self.0.created_at.into()
    }

    /// When it was changed last.
    async fn updated_at(&self) -> Instant {
        self.0.updated_at.into()
    }
}

async fn sent(
    ctx: &Context<'_>,
    filter: DeliveryFilter,
    page: Result<Page>,
) -> Result<WebhookDeliveryConnection> {
    let reading = Reads::of(ctx).tenant().await?;
    let slice = log::deliveries(&reading, &filter, &page?)
        .await
        .map_err(on_top)?
        .map(WebhookDelivery);
    let count: Count = Box::new(move |reading| {
        Box::pin(async move { log::count_deliveries(&reading, &filter).await.map_err(on_top) })
    });
    Ok(WebhookDeliveryConnection { slice, count })
}

/// One delivery.
#[derive(Debug, Clone)]
pub(crate) struct WebhookDelivery(pub(crate) delivery::WebhookDelivery);

/// One event on its way to one endpoint: however often it is tried, it has one id and one body.
#[Object]
impl WebhookDelivery {
    /// The delivery's global id.
    pub(crate) async fn id(&self) -> WebhookDeliveryId {
        self.0.id
    }

    /// To which endpoint. Null if it was deleted.
    async fn webhook_endpoint(&self, ctx: &Context<'_>) -> Option<Result<WebhookEndpoint>> {
        load::<WebhookEndpointId, WebhookEndpoint>(ctx, self.0.endpoint_id)
            .await
            .transpose()
    }

    /// The event's id, which is the header `webhook-id`: by it a receiver tells what it has seen.
    async fn event_id(&self) -> kernel::id::EventId {
        self.0.event_id
    }

    /// What happened, such as `booking.confirmed`.
    async fn event_type(&self) -> &str {
        &self.0.event_type
    }

    /// The body that is sent.
    async fn body(&self) -> &str {
        &self.0.body
    }

    /// Where it stands.
    async fn state(&self) -> WebhookDeliveryState {
        self.0.state
    }

    /// How often it was tried since it was laid out or replayed, ten times at most.
    async fn attempts(&self) -> i64 {
        self.0.attempts
    }

    /// When it is tried next.
    async fn next_attempt_at(&self) -> Option<Instant> {
        self.0.next_attempt_at.map(Instant)
    }

    /// When it was tried last.
    async fn attempted_at(&self) -> Option<Instant> {
        self.0.attempted_at.map(Instant)
    }

    /// The status of HTTP that was answered last.
    async fn answer_status(&self) -> Option<i64> {
        self.0.answer_status
    }

    /// The beginning of what was answered last, 2,000 characters at most.
    async fn answer_body(&self) -> Option<&str> {
        self.0.answer_body.as_deref()
    }

    /// Why there was no answer.
    async fn error(&self) -> Option<&str> {
        self.0.last_error.as_deref()
    }

    /// When it came to its end.
    async fn ended_at(&self) -> Option<Instant> {
        self.0.ended_at.map(Instant)
    }

    /// When it was laid out.
    async fn created_at(&self) -> Instant {
        self.0.created_at.into()
    }
}

connection! {
    /// What was sent to an endpoint.
    WebhookDeliveryConnection, WebhookDeliveryEdge of WebhookDelivery
}
