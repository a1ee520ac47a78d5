//! GraphQL over HTTP.

use std::sync::atomic::Ordering::SeqCst;

use http::{StatusCode, header};
use serde_json::json;

use crate::world::{World, get, post};

#[tokio::test]
async fn a_query_is_answered_with_its_cost() {
    let world = World::new();
    let answer = world.ask("{ hello }").await;
    assert_eq!(answer.status, StatusCode::OK);
    let throttle = json!({ "limit": 1_000_000, "remaining": 1_000_000, "resetMs": 1_500 });
    let cost = json!({ "requested": 0, "actual": 0, "throttle": throttle });
    assert_eq!(
        answer.json(),
        json!({ "data": { "hello": "Hello, you!" }, "extensions": { "cost": cost } })
    );
    assert_eq!(answer.header("ratelimit-reset"), Some("2"));
}

#[tokio::test]
async fn a_get_runs_queries_and_nothing_else() {
    let world = World::new();
    let answer = world.send(get("query=%7Bhello(name:%22Ada%22)%7D")).await;
    assert_eq!(answer.json()["data"]["hello"], "Hello, Ada!");
    let answer = world.send(get("query=mutation%7Bwrite%7D")).await;
    assert_eq!(
        (answer.status, answer.header("allow")),
        (StatusCode::METHOD_NOT_ALLOWED, Some("GET, POST"))
    );
    assert_eq!(world.house.written.load(SeqCst), 0);
}

#[tokio::test]
async fn a_mutation_by_post_runs_once() {
    let world = World::new();
    let answer = world.send(post(r#"{"query":"mutation { write }"}"#)).await;
    assert_eq!(answer.json()["data"]["write"], 1);
    assert_eq!(world.house.written.load(SeqCst), 1);
}

#[tokio::test]
async fn a_media_type_nobody_speaks_is_refused() {
    let world = World::new();
    let mut request = post(&json!({ "query": "{ hello }" }).to_string());
    request
        .headers_mut()
        .insert(header::ACCEPT, "text/html".parse().unwrap());
    let answer = world.send(request).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE".into())
    );
}
