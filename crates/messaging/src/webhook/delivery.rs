//! Events on their way to endpoints: laid out, sent, tried again, replayed.
//!
//! Laying out and sending are apart: an endpoint's place in the journal moves on when an event is laid out for it, and each
//! delivery is tried by itself, so one that fails delays no other.

use chrono::{DateTime, Utc};
use db::journal::{self, Event};
use db::paging::Cursor;
use db::timer::Promise;
use db::{Fault, Reading, Tenant, Work};
use kernel::id::{EventId, WebhookDeliveryId, WebhookEndpointId};
use kernel::{EventType, Id as _};
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use super::body::Envelope;
use super::endpoint::{EndpointState, WebhookEndpoint, stop};
use super::schedule::{FAILING_MAX, Outcome, Verdict, verdict};
use super::{ANSWER_MAX, Answer, Request, Unreached, sign};
use crate::error::Refusal;
use crate::store;

pub use store::webhook_delivery::{Entity as WebhookDeliveries, Model as WebhookDelivery};

/// The kind of the promise that sends one event to one endpoint.
pub const DELIVER: &str = "webhook.deliver";

/// Events that an endpoint catches up with in one work.
pub const CATCH_UP_BATCH: u64 = 100;

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(feature = "graphql", derive(async_graphql::Enum))]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum WebhookDeliveryState {
    /// It is tried when its time comes.
    #[sea_orm(string_value = "WAITING")]
    Waiting,
    /// It is kept back until its endpoint is resumed.
    #[sea_orm(string_value = "HELD")]
    Held,
    /// The endpoint has it.
    #[sea_orm(string_value = "DELIVERED")]
    Delivered,
    /// It was tried often enough.
    #[sea_orm(string_value = "FAILED")]
    Failed,
    /// Its endpoint is no more.
    #[sea_orm(string_value = "CANCELLED")]
    Cancelled,
}

/// Lays events out for every endpoint that wants them, one delivery each. Whoever is further behind than the first of them
/// catches up by a promise of its own.
///
/// # Errors
/// If the database refuses.
pub async fn fan_out(work: &Work<Tenant>, events: &[Event]) -> Result<(), Fault> {
    let Some(first) = events.first().and_then(|it| it.position) else {
        return Ok(());
    };
    for endpoint in store::webhook_endpoint::hold_active(work).await? {
        if endpoint.position + 1 >= first {
            lay_out(work, endpoint, events).await?;
        }
    }
    Ok(())
}

async fn lay_out(work: &Work<Tenant>, mut endpoint: WebhookEndpoint, events: &[Event]) -> Result<(), Fault> {
    let before = endpoint.position;
    for event in events {
        let Some(position) = event.position.filter(|it| *it > endpoint.position) else {
            continue;
        };
        if endpoint.types.want(&event.type_) {
            let row = fresh(work, endpoint.id, &envelope(event), (event.id, Some(position)));
            put(work, row).await?;
        }
        endpoint.position = position;
    }
    if endpoint.position > before {
        store::save(work, endpoint).await?;
    }
    Ok(())
}

pub(super) async fn put(work: &Work<Tenant>, row: WebhookDelivery) -> Result<(), Fault> {
    let id = row.id;
    if store::webhook_delivery::insert_once(work, row).await? {
        promise(work, id).await?;
    }
    Ok(())
}

pub(super) async fn promise(work: &Work<Tenant>, id: WebhookDeliveryId) -> Result<(), Fault> {
    work.promise(Promise {
        kind: DELIVER,
        subject: id.to_string(),
        payload: json!({}),
        due_at: work.now(),
    })
    .await
}

fn envelope(event: &Event) -> Envelope {
    Envelope {
        id: event.id.to_string(),
        cursor: Some(Cursor::of::<journal::Entity>(event).to_string()),
        type_: event.type_.clone(),
        occurred_at: rfc3339(event.occurred_at),
        actor_kind: event.actor_kind.clone(),
        actor_id: event.actor_id.clone(),
        aggregate_id: event.aggregate_id.clone(),
        aggregate_version: event.aggregate_version,
        payload: event.payload.clone(),
    }
}

pub(super) fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

pub(super) fn fresh(
    work: &Work<Tenant>,
    endpoint: WebhookEndpointId,
    envelope: &Envelope,
    (event, position): (EventId, Option<i64>),
) -> WebhookDelivery {
    WebhookDelivery {
        organization_id: work.organization(),
        id: work.mint(),
        endpoint_id: endpoint,
        event_id: event,
        event_type: envelope.type_.clone(),
        position,
        body: envelope.body(),
        state: WebhookDeliveryState::Waiting,
        attempts: 0,
        next_attempt_at: Some(work.now()),
        attempted_at: None,
        answer_status: None,
        answer_body: None,
        last_error: None,
        ended_at: None,
        created_at: work.now(),
    }
}

impl WebhookDelivery {
    fn wait(&mut self, at: DateTime<Utc>) {
        self.state = WebhookDeliveryState::Waiting;
        self.next_attempt_at = Some(at);
        self.ended_at = None;
    }

    fn keep_back(&mut self) {
        self.state = WebhookDeliveryState::Held;
        self.next_attempt_at = None;
    }

    fn end(&mut self, state: WebhookDeliveryState, at: DateTime<Utc>) {
        self.state = state;
        self.next_attempt_at = None;
        self.ended_at = Some(at);
    }

    pub(super) fn again(&mut self, now: DateTime<Utc>) {
        self.attempts = 0;
        self.wait(now);
    }
}

/// Lays out some of what an endpoint missed while it was paused, what was kept back first. Says whether that was all.
///
/// # Errors
/// If the database refuses.
pub async fn catch_up(work: &Work<Tenant>, id: WebhookEndpointId) -> Result<bool, Refusal> {
    let endpoint = match store::webhook_endpoint::hold(work, id).await {
        Ok(endpoint) if endpoint.state == EndpointState::Active => endpoint,
        Ok(_) | Err(Refusal::NotFound(_)) => return Ok(true),
        Err(refused) => return Err(refused),
    };
    let kept = store::webhook_delivery::hold_kept_back(work, id, CATCH_UP_BATCH).await?;
    let is_more_kept = kept.len() as u64 == CATCH_UP_BATCH;
    for mut row in kept {
        row.wait(work.now());
        let delivery = row.id;
        store::save(work, row).await?;
        promise(work, delivery).await?;
    }
    if is_more_kept {
        return Ok(false);
    }
    let events = journal::after(work, endpoint.position, CATCH_UP_BATCH).await?;
    let is_all = (events.len() as u64) < CATCH_UP_BATCH;
    lay_out(work, endpoint, &events).await?;
    Ok(is_all)
}

/// What is to be done about a delivery whose time has come.
#[derive(Debug)]
pub enum Ready {
    /// It is to be sent.
    Send {
        /// To which endpoint.
        endpoint: WebhookEndpointId,
        /// Whether nothing has arrived there lately.
        is_failing: bool,
        /// What.
        request: Box<Request>,
    },
    /// Its endpoint gets nothing now.
    KeepBack,
    /// It has come to its end already, or its endpoint has.
    Nothing,
}

/// Gets a delivery ready to be sent.
///
/// # Errors
/// If the database refuses.
pub async fn ready(reading: &Reading<Tenant>, id: WebhookDeliveryId) -> Result<Ready, Fault> {
    let found = store::webhook_delivery::find(reading, &[id]).await?.pop();
    let Some(row) = found.filter(|it| it.state == WebhookDeliveryState::Waiting) else {
        return Ok(Ready::Nothing);
    };
    let found = store::webhook_endpoint::find(reading, &[row.endpoint_id])
        .await?
        .pop();
    let Some((endpoint, url)) = found.and_then(|it| Url::parse(&it.url).ok().map(|url| (it, url))) else {
        return Ok(Ready::Nothing);
    };
    if endpoint.state != EndpointState::Active {
        return Ok(Ready::KeepBack);
    }
    let secrets = endpoint.secrets(reading.key(), reading.now());
    let event = row.event_id.to_string();
    let headers = sign::headers(&secrets, (&event, reading.now()), &row.body);
    Ok(Ready::Send {
        endpoint: endpoint.id,
        is_failing: endpoint.failing_since.is_some(),
        request: Box::new(Request {
            url,
            headers,
            body: row.body,
        }),
    })
}

/// Keeps a delivery back until its endpoint is resumed.
///
/// # Errors
/// If the database refuses.
pub async fn keep_back(work: &Work<Tenant>, id: WebhookDeliveryId) -> Result<(), Refusal> {
    let mut row = store::webhook_delivery::hold(work, id).await?;
    if row.state == WebhookDeliveryState::Waiting {
        row.keep_back();
        store::save(work, row).await?;
    }
    Ok(())
}

/// Writes down what came of one attempt. Says when the next one is due, if there is one.
///
/// # Errors
/// If the database refuses.
pub async fn attempted(
    work: &Work<Tenant>,
    id: WebhookDeliveryId,
    came: &Result<Answer, Unreached>,
) -> Result<Option<DateTime<Utc>>, Refusal> {
    let Some(seen) = store::webhook_delivery::find(work, &[id]).await?.pop() else {
        return Ok(None);
    };
    // The endpoint before its deliveries, always.
    let endpoint = match store::webhook_endpoint::hold(work, seen.endpoint_id).await {
        Ok(endpoint) => Some(endpoint),
        Err(Refusal::NotFound(_)) => None,
        Err(refused) => return Err(refused),
    };
    let mut row = store::webhook_delivery::hold(work, id).await?;
    if row.state != WebhookDeliveryState::Waiting {
        return Ok(None);
    }
    note(&mut row, came, work.now());
    let dice = id.uuid().as_u64_pair().1 ^ row.attempts.unsigned_abs();
    let decided = verdict(&outcome(came), row.attempts, (work.now(), dice));
    let gets_more = match endpoint {
        Some(endpoint) => follow(work, endpoint, decided).await?,
        None => false,
    };
    match decided {
        Verdict::Delivered => row.end(WebhookDeliveryState::Delivered, work.now()),
        Verdict::Gone | Verdict::GivenUp => row.end(WebhookDeliveryState::Failed, work.now()),
        Verdict::Again(at) if gets_more => row.wait(at),
        Verdict::Again(_) => row.keep_back(),
    }
    let next = row.next_attempt_at;
    store::save(work, row).await?;
    Ok(next)
}

fn outcome(came: &Result<Answer, Unreached>) -> Outcome {
    match came {
        Ok(answer) => Outcome::Answered {
            status: answer.status,
            retry_after: answer.retry_after.clone(),
        },
        Err(_) => Outcome::Unanswered,
    }
}

fn note(row: &mut WebhookDelivery, came: &Result<Answer, Unreached>, now: DateTime<Utc>) {
    row.attempts += 1;
    row.attempted_at = Some(now);
    // PostgreSQL's text has no zero byte.
    let kept = |text: &str| -> String { text.chars().filter(|it| *it != '\0').take(ANSWER_MAX).collect() };
    match came {
        Ok(answer) => {
            row.answer_status = Some(i64::from(answer.status));
            row.answer_body = Some(kept(&answer.body));
            row.last_error = None;
        }
        Err(why) => {
            row.answer_status = None;
            row.answer_body = None;
            row.last_error = Some(why.to_string());
        }
    }
}

/// What an attempt means for its endpoint. Says whether more is sent there.
async fn follow(
    work: &Work<Tenant>,
    mut endpoint: WebhookEndpoint,
    decided: Verdict,
) -> Result<bool, Refusal> {
    if endpoint.state != EndpointState::Active {
        return Ok(false);
    }
    match decided {
        Verdict::Delivered => {
            if endpoint.failing_since.take().is_some() {
                store::save(work, endpoint).await?;
            }
            Ok(true)
        }
        Verdict::Gone => {
            stop(
                work,
                endpoint,
                EndpointState::Disabled,
                EventType::WebhookEndpointDisabled,
            )
            .await?;
            Ok(false)
        }
        Verdict::Again(_) | Verdict::GivenUp => match endpoint.failing_since {
            Some(since) if work.now() - since >= FAILING_MAX => {
                stop(
                    work,
                    endpoint,
                    EndpointState::Paused,
                    EventType::WebhookEndpointPaused,
                )
                .await?;
                Ok(false)
            }
            Some(_) => Ok(true),
            None => {
                endpoint.failing_since = Some(work.now());
                store::save(work, endpoint).await?;
                Ok(true)
            }
        },
    }
}
