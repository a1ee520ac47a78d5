//! The log of an endpoint: what was sent there, once more when somebody says so, and a test.

use chrono::{DateTime, Utc};
use db::paging::{Page, Slice};
use db::{Fault, Reading, Tenant, Work};
use kernel::id::{EventId, WebhookDeliveryId, WebhookEndpointId};
use kernel::{Invalid, Right};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::body::Envelope;
use super::delivery::{WebhookDelivery, WebhookDeliveryState, fresh, promise, put, rfc3339};
use super::endpoint::{EndpointState, WebhookEndpoint};
use crate::error::Refusal;
use crate::store;

/// What a test is called.
pub const TEST_TYPE: &str = "webhook.test";

/// Deliveries that one replay starts.
pub const REPLAY_MAX: u64 = 250;

/// Which deliveries are asked for.
#[derive(Debug, Clone, Copy)]
pub struct DeliveryFilter {
    /// To this endpoint.
    pub endpoint: WebhookEndpointId,
    /// Only those that stand here.
    pub state: Option<WebhookDeliveryState>,
}

/// Which deliveries are sent once more.
#[derive(Debug, Clone)]
pub enum Replay {
    /// All that failed.
    Failed,
    /// All that came to their end, of those laid out in a stretch of time.
    Since {
        /// From then on.
        from: DateTime<Utc>,
        /// Before then.
        until: DateTime<Utc>,
    },
}

/// Deliveries are on their way again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    /// The endpoint.
    pub endpoint: WebhookEndpointId,
    /// How many.
    pub count: u64,
    /// Whether there are more that the same replay would start.
    pub has_more: bool,
}

/// A test is on its way, or a delivery once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sending {
    /// Which.
    pub delivery: WebhookDeliveryId,
}

async fn hold_active(work: &Work<Tenant>, id: WebhookEndpointId) -> Result<WebhookEndpoint, Refusal> {
    let endpoint = store::webhook_endpoint::hold(work, id).await?;
    match endpoint.state {
        EndpointState::Active => Ok(endpoint),
        EndpointState::Paused => Err(Refusal::NotFrom("PAUSED")),
        EndpointState::Disabled => Err(Refusal::NotFrom("DISABLED")),
    }
}

/// Sends a test to an endpoint, whatever types it wants.
///
/// # Errors
/// If the right is missing, or the endpoint is not there or gets nothing.
pub async fn send_test(work: &Work<Tenant>, id: WebhookEndpointId) -> Result<Sending, Refusal> {
    work.need(Right::WebhooksWrite)?;
    let endpoint = hold_active(work, id).await?;
    let event: EventId = work.mint();
    let test = Envelope {
        id: event.to_string(),
        cursor: None,
        type_: TEST_TYPE.to_owned(),
        occurred_at: rfc3339(work.now()),
        actor_kind: work.actor().kind().to_owned(),
        actor_id: work.actor().id(),
        aggregate_id: endpoint.id.to_string(),
        aggregate_version: endpoint.version,
        payload: json!({}),
    };
    let row = fresh(work, endpoint.id, &test, (event, None));
    let delivery = row.id;
    put(work, row).await?;
    Ok(Sending { delivery })
}

/// Sends one event once more, with all its attempts.
///
/// # Errors
/// If the right is missing, it is not there or still on its way, or its endpoint gets nothing.
pub async fn replay_one(work: &Work<Tenant>, id: WebhookDeliveryId) -> Result<Replayed, Refusal> {
    work.need(Right::WebhooksWrite)?;
    let seen = store::webhook_delivery::find(work, &[id]).await?.pop();
    let endpoint = seen.ok_or(Refusal::NotFound("webhook delivery"))?.endpoint_id;
    hold_active(work, endpoint).await?;
    let row = store::webhook_delivery::hold(work, id).await?;
    if row.ended_at.is_none() {
        return Err(Refusal::NotFrom("still sending it"));
    }
    once_more(work, row).await?;
    Ok(Replayed {
        endpoint,
        count: 1,
        has_more: false,
    })
}

/// Sends many events of an endpoint once more, the earliest first, [`REPLAY_MAX`] at once.
///
/// # Errors
/// If the right is missing, the endpoint is not there or gets nothing, or the stretch of time is empty.
pub async fn replay(
    work: &Work<Tenant>,
    endpoint: WebhookEndpointId,
    which: &Replay,
) -> Result<Replayed, Refusal> {
    work.need(Right::WebhooksWrite)?;
    if let Replay::Since { from, until } = which
        && from >= until
    {
        let wrong = Invalid::new("an instant after `from`", &rfc3339(*until));
        return Err(Refusal::Invalid { field: "to", wrong });
    }
    hold_active(work, endpoint).await?;
    let mut ended = store::webhook_delivery::hold_ended(work, endpoint, (which, REPLAY_MAX + 1)).await?;
    let has_more = ended.len() as u64 > REPLAY_MAX;
    ended.truncate(usize::try_from(REPLAY_MAX).unwrap_or(usize::MAX));
    let count = ended.len() as u64;
    for row in ended {
        once_more(work, row).await?;
    }
    Ok(Replayed {
        endpoint,
        count,
        has_more,
    })
}

async fn once_more(work: &Work<Tenant>, mut row: WebhookDelivery) -> Result<(), Fault> {
    let id = row.id;
    row.again(work.now());
    store::save(work, row).await?;
    promise(work, id).await
}

/// A page of what was sent to an endpoint, earliest first.
///
/// # Errors
/// If the right is missing.
pub async fn deliveries(
    reading: &Reading<Tenant>,
    filter: &DeliveryFilter,
    page: &Page,
) -> Result<Slice<WebhookDelivery>, Refusal> {
    reading.need(Right::WebhooksRead)?;
    Ok(store::webhook_delivery::page(reading, filter, page).await?)
}

/// How many there are, counting no further than the cap.
///
/// # Errors
/// If the right is missing.
pub async fn count_deliveries(reading: &Reading<Tenant>, filter: &DeliveryFilter) -> Result<u64, Refusal> {
    reading.need(Right::WebhooksRead)?;
    Ok(store::webhook_delivery::count(reading, filter).await?)
}

/// Deliveries by their ids.
///
/// # Errors
/// If the right is missing.
pub async fn find_deliveries(
    reading: &Reading<Tenant>,
    ids: &[WebhookDeliveryId],
) -> Result<Vec<WebhookDelivery>, Refusal> {
    reading.need(Right::WebhooksRead)?;
    Ok(store::webhook_delivery::find(reading, ids).await?)
}
