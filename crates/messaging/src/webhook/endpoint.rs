//! Endpoints: where events are wanted, which, and whether any are sent there.

use chrono::{DateTime, Utc};
use db::audit::Deed;
use db::journal;
use db::paging::{Page, Slice};
use db::timer::Promise;
use db::{Fault, Reading, ServerKey, Tenant, Work, lock};
use kernel::id::WebhookEndpointId;
use kernel::{EventType, Line, Right};
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::sign::{OVERLAP, SigningSecret};
use crate::error::{Refusal, expect_version};
use crate::store;

pub use super::wanted::{EndpointUrl, EventTypes};
pub use store::webhook_endpoint::{Entity as WebhookEndpoints, Model as WebhookEndpoint};

/// Endpoints that an organization can have.
pub const ENDPOINTS_MAX: u64 = 20;

/// The kind of the promise that lays out what an endpoint missed while it was paused.
pub const CATCH_UP: &str = "webhook.catch_up";

/// Whether an endpoint gets events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(
    feature = "graphql",
    derive(async_graphql::Enum),
    graphql(name = "WebhookEndpointState")
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum EndpointState {
    /// It gets what it wants.
    #[sea_orm(string_value = "ACTIVE")]
    Active,
    /// Nothing is laid out for it; it goes on where it stopped when it is resumed.
    #[sea_orm(string_value = "PAUSED")]
    Paused,
    /// It answered that it wants no more.
    #[sea_orm(string_value = "DISABLED")]
    Disabled,
}

impl EndpointState {
    fn word(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Paused => "PAUSED",
            Self::Disabled => "DISABLED",
        }
    }
}

/// What an endpoint is made from.
#[derive(Debug, Clone)]
pub struct EndpointDraft {
    /// Where it is.
    pub url: EndpointUrl,
    /// What it is for.
    pub description: Option<Line>,
    /// Which events it wants.
    pub types: EventTypes,
}

/// A change of an endpoint: what is left out stays, `Some(None)` takes away.
#[derive(Debug, Clone, Default)]
pub struct EndpointEdit {
    /// Where it is.
    pub url: Option<EndpointUrl>,
    /// What it is for.
    pub description: Option<Option<Line>>,
    /// Which events it wants.
    pub types: Option<EventTypes>,
}

/// An endpoint was made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointChanged {
    /// Which.
    pub endpoint: WebhookEndpointId,
}

/// An endpoint has a new secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretMade {
    /// Which.
    pub endpoint: WebhookEndpointId,
    /// The secret's generation; [`SigningSecret::of`] says it.
    pub generation: i64,
}

/// An endpoint gets events again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    /// Which.
    pub endpoint: WebhookEndpointId,
    /// Events that it will not get: they had left the journal before it was resumed.
    pub missed: i64,
}

/// Makes an endpoint. It gets what happens from now on. Its secret is said by [`SigningSecret::of`], to its maker, once.
///
/// # Errors
/// If the right is missing or there are too many.
pub async fn create_endpoint(work: &Work<Tenant>, draft: EndpointDraft) -> Result<SecretMade, Refusal> {
    work.need(Right::WebhooksWrite)?;
    lock::organization(work).await?;
    if store::webhook_endpoint::count(work).await? >= ENDPOINTS_MAX {
        return Err(Refusal::LimitReached {
            what: "webhook endpoints",
            max: ENDPOINTS_MAX,
        });
    }
    let (_, last) = journal::extent(work).await?;
    let row = WebhookEndpoint {
        organization_id: work.organization(),
        id: work.mint(),
        url: draft.url.0,
        description: draft.description,
        types: draft.types,
        state: EndpointState::Active,
        position: last,
        secret_generation: 1,
        previous_secret_until: None,
        failing_since: None,
        version: 1,
        deleted_at: None,
        created_at: work.now(),
        updated_at: work.now(),
    };
    let endpoint = row.id;
    let facts = json!({ "types": row.types });
    store::insert(work, row).await?;
    told(work, EventType::WebhookEndpointCreated, (endpoint, 1), facts).await?;
    Ok(SecretMade {
        endpoint,
        generation: 1,
    })
}

/// Changes an endpoint. What is on its way already goes to the new address.
///
/// # Errors
/// If the right is missing, or it is not there or has another version.
pub async fn update_endpoint(
    work: &Work<Tenant>,
    id: WebhookEndpointId,
    edit: EndpointEdit,
    expected_version: Option<i64>,
) -> Result<EndpointChanged, Refusal> {
    fn set<T: PartialEq>(place: &mut T, new: Option<T>) -> bool {
        new.is_some_and(|new| std::mem::replace(place, new) != *place)
    }
    work.need(Right::WebhooksWrite)?;
    let mut row = store::webhook_endpoint::hold(work, id).await?;
    expect_version(expected_version, row.version)?;
    let changes = [
        ("url", set(&mut row.url, edit.url.map(|it| it.0))),
        ("description", set(&mut row.description, edit.description)),
        ("types", set(&mut row.types, edit.types)),
    ];
    let changed: Vec<&str> = changes.iter().filter(|it| it.1).map(|it| it.0).collect();
    if !changed.is_empty() {
        save(
            work,
            row,
            (EventType::WebhookEndpointUpdated, json!({ "changed": changed })),
        )
        .await?;
    }
    Ok(EndpointChanged { endpoint: id })
}

/// Ends an endpoint for good, and whatever is on its way there. What was sent stays in the log.
///
/// # Errors
/// If the right is missing or it is not there.
pub async fn delete_endpoint(work: &Work<Tenant>, id: WebhookEndpointId) -> Result<EndpointChanged, Refusal> {
    work.need(Right::WebhooksWrite)?;
    let mut row = store::webhook_endpoint::hold(work, id).await?;
    row.deleted_at = Some(work.now());
    store::webhook_delivery::cancel(work, id).await?;
    save(work, row, (EventType::WebhookEndpointDeleted, json!({}))).await?;
    Ok(EndpointChanged { endpoint: id })
}

/// Gives an endpoint a new secret. For a day the one before signs too.
///
/// # Errors
/// If the right is missing or it is not there.
pub async fn rotate_secret(work: &Work<Tenant>, id: WebhookEndpointId) -> Result<SecretMade, Refusal> {
    work.need(Right::WebhooksWrite)?;
    let mut row = store::webhook_endpoint::hold(work, id).await?;
    row.secret_generation += 1;
    row.previous_secret_until = Some(work.now() + OVERLAP);
    let generation = row.secret_generation;
    save(work, row, (EventType::WebhookEndpointSecretRotated, json!({}))).await?;
    Ok(SecretMade {
        endpoint: id,
        generation,
    })
}

/// Lays nothing out for an endpoint until it is resumed. What is on its way is kept back.
///
/// # Errors
/// If the right is missing, or it is not there or gets no events anyway.
pub async fn pause_endpoint(work: &Work<Tenant>, id: WebhookEndpointId) -> Result<EndpointChanged, Refusal> {
    work.need(Right::WebhooksWrite)?;
    let row = store::webhook_endpoint::hold(work, id).await?;
    if row.state != EndpointState::Active {
        return Err(Refusal::NotFrom(row.state.word()));
    }
    stop(work, row, EndpointState::Paused, EventType::WebhookEndpointPaused).await?;
    Ok(EndpointChanged { endpoint: id })
}

/// Lets an endpoint go on where it stopped.
///
/// # Errors
/// If the right is missing, or it is not there or gets events already.
pub async fn resume_endpoint(work: &Work<Tenant>, id: WebhookEndpointId) -> Result<Resumed, Refusal> {
    work.need(Right::WebhooksWrite)?;
    let mut row = store::webhook_endpoint::hold(work, id).await?;
    if row.state == EndpointState::Active {
        return Err(Refusal::NotFrom(row.state.word()));
    }
    let (first, _) = journal::extent(work).await?;
    let missed = (first - 1 - row.position).max(0);
    row.position = row.position.max(first - 1);
    row.state = EndpointState::Active;
    row.failing_since = None;
    save(
        work,
        row,
        (EventType::WebhookEndpointResumed, json!({ "missed": missed })),
    )
    .await?;
    work.promise(Promise {
        kind: CATCH_UP,
        subject: id.to_string(),
        payload: json!({}),
        due_at: work.now(),
    })
    .await?;
    Ok(Resumed { endpoint: id, missed })
}

/// Ends the sending to an endpoint; its place in the journal stays.
pub(crate) async fn stop(
    work: &Work<Tenant>,
    mut row: WebhookEndpoint,
    state: EndpointState,
    what: EventType,
) -> Result<(), Refusal> {
    row.state = state;
    let facts = json!({ "failingSince": row.failing_since });
    save(work, row, (what, facts)).await
}

async fn save(
    work: &Work<Tenant>,
    mut row: WebhookEndpoint,
    (what, diff): (EventType, Value),
) -> Result<(), Refusal> {
    row.version += 1;
    row.updated_at = work.now();
    let (id, version) = (row.id, row.version);
    store::save(work, row).await?;
    Ok(told(work, what, (id, version), diff).await?)
}

async fn told(
    work: &Work<Tenant>,
    what: EventType,
    (id, version): (WebhookEndpointId, i64),
    diff: Value,
) -> Result<(), Fault> {
    let thing = id.to_string();
    work.audit(Deed {
        what,
        thing,
        version,
        diff,
    })
    .await
}

impl WebhookEndpoint {
    /// What a message to it is signed with: its newest secret, and for a while the one before.
    #[must_use]
    pub fn secrets(&self, key: &ServerKey, now: DateTime<Utc>) -> Vec<SigningSecret> {
        let newest = self.secret_generation;
        let before = self.previous_secret_until.filter(|until| now < *until);
        let generations = std::iter::once(newest).chain(before.map(|_| newest - 1));
        generations
            .map(|generation| SigningSecret::of(key, self.id, generation))
            .collect()
    }
}

/// A page of the organization's endpoints, earliest first.
///
/// # Errors
/// If the right is missing.
pub async fn endpoints(reading: &Reading<Tenant>, page: &Page) -> Result<Slice<WebhookEndpoint>, Refusal> {
    reading.need(Right::WebhooksRead)?;
    Ok(store::webhook_endpoint::page(reading, page).await?)
}

/// How many there are, counting no further than the cap.
///
/// # Errors
/// If the right is missing.
pub async fn count_endpoints(reading: &Reading<Tenant>) -> Result<u64, Refusal> {
    reading.need(Right::WebhooksRead)?;
    Ok(store::webhook_endpoint::count(reading).await?)
}

/// Endpoints by their ids.
///
/// # Errors
/// If the right is missing.
pub async fn find_endpoints(
    reading: &Reading<Tenant>,
    ids: &[WebhookEndpointId],
) -> Result<Vec<WebhookEndpoint>, Refusal> {
    reading.need(Right::WebhooksRead)?;
    Ok(store::webhook_endpoint::find(reading, ids).await?)
}
