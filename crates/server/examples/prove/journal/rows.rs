//! What is there, read page by page through the API.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

use crate::Outcome;
use crate::client::Client;

/// What happened.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) cursor: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) occurred_at: DateTime<Utc>,
    pub(super) aggregate: Aggregate,
    #[serde(default)]
    pub(super) payload: Value,
}

/// To what.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Aggregate {
    pub(super) id: String,
    pub(super) version: i64,
}

/// One event on its way to one endpoint.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Delivery {
    /// Which of the receiver's addresses the endpoint is.
    #[serde(skip)]
    pub(super) path: String,
    pub(super) event_id: String,
    pub(super) state: String,
    pub(super) attempts: u32,
    pub(super) answer_body: Option<String>,
    pub(super) error: Option<String>,
}

/// A letter.
#[derive(Debug, Deserialize)]
pub(super) struct Letter {
    pub(super) id: String,
    pub(super) state: String,
    pub(super) template: String,
    pub(super) recipient: String,
}

/// A promise.
#[derive(Debug, Deserialize)]
pub(super) struct Timer {
    pub(super) kind: String,
}

/// The journal after a cursor, or from its beginning on.
pub(super) async fn events(desk: &mut Client, after: Option<&str>) -> Outcome<Vec<Event>> {
    let document = "query($after: String) { it: events(first: 100, after: $after) {
        nodes { id cursor type occurredAt aggregate { id version } payload } pageInfo { hasNextPage endCursor } } }";
    pages(desk, document, (json!({ "after": after }), "/data/it")).await
}

/// Where the journal ends now.
pub(super) async fn end(desk: &mut Client) -> Outcome<String> {
    let answer = desk
        .ask("{ events(last: 1) { nodes { cursor } } }", json!({}))
        .await?;
    let cursor = answer
        .pointer("/data/events/nodes/0/cursor")
        .and_then(Value::as_str);
    Ok(cursor.ok_or_else(|| answer.to_string())?.to_owned())
}

/// What is, or was, on its way to any endpoint.
pub(super) async fn deliveries(desk: &mut Client) -> Outcome<Vec<Delivery>> {
    let endpoints = desk
        .ask("{ webhookEndpoints(first: 100) { nodes { id url } } }", json!({}))
        .await?;
    let endpoints = endpoints
        .pointer("/data/webhookEndpoints/nodes")
        .and_then(Value::as_array);
    let document = "query($id: ID!, $after: String) { node(id: $id) { ... on WebhookEndpoint {
        deliveries(first: 100, after: $after) {
            nodes { eventId state attempts answerBody error } pageInfo { hasNextPage endCursor } } } } }";
    let mut all = Vec::new();
    for endpoint in endpoints.ok_or("no endpoints")? {
        let url: Url = endpoint["url"].as_str().unwrap_or_default().parse()?;
        let variables = json!({ "id": endpoint["id"] });
        let some: Vec<Delivery> = pages(desk, document, (variables, "/data/node/deliveries")).await?;
        all.extend(some.into_iter().map(|it| Delivery {
            path: url.path().to_owned(),
            ..it
        }));
    }
    Ok(all)
}

/// Every letter.
pub(super) async fn letters(desk: &mut Client) -> Outcome<Vec<Letter>> {
    let document = "query($after: String) { messages(first: 100, after: $after) {
        nodes { id state template recipient } pageInfo { hasNextPage endCursor } } }";
    pages(desk, document, (json!({}), "/data/messages")).await
}

/// Promises that stand so.
pub(super) async fn timers(desk: &mut Client, state: &str) -> Outcome<Vec<Timer>> {
    let document =
        "query($state: TimerState!, $after: String) { timers(state: $state, first: 100, after: $after) {
        nodes { kind } pageInfo { hasNextPage endCursor } } }";
    pages(desk, document, (json!({ "state": state }), "/data/timers")).await
}

async fn pages<T: DeserializeOwned>(
    desk: &mut Client,
    document: &str,
    (mut variables, place): (Value, &str),
) -> Outcome<Vec<T>> {
    let mut all = Vec::new();
    loop {
        let answer = desk.ask(document, variables.clone()).await?;
        let page = answer.pointer(place).ok_or_else(|| answer.to_string())?;
        all.extend(Vec::<T>::deserialize(&page["nodes"]).map_err(|why| format!("{why}: {answer}"))?);
        if page["pageInfo"]["hasNextPage"] != json!(true) {
            return Ok(all);
        }
        variables["after"] = page["pageInfo"]["endCursor"].clone();
    }
}
