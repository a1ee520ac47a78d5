//! Server-sent events.

use std::{sync::atomic::Ordering::SeqCst, time::Duration};

use axum::body::{Body, BodyDataStream};
use door::{Limits, Settings};
use futures::StreamExt;
use http::{Request, Response, header};
use serde_json::json;
use tower::ServiceExt;

use crate::{
    wire::soon,
    world::{World, post},
};

async fn open(world: &World, query: &str) -> Response<Body> {
    let mut request = post(&json!({ "query": query }).to_string());
    request
        .headers_mut()
        .insert(header::ACCEPT, "text/event-stream".parse().unwrap());
    world.door.clone().oneshot(request).await.unwrap()
}

async fn read(response: Response<Body>) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn chunk(stream: &mut BodyDataStream) -> String {
    String::from_utf8(stream.next().await.unwrap().unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn a_subscription_streams_and_says_when_it_is_over() {
    let world = World::new();
    let response = open(&world, "subscription { ticks(to: 2) }").await;
    assert_eq!(
        response.headers()["content-type"],
        "text/event-stream; charset=utf-8"
    );
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    let expected = "event: next\ndata: {\"data\":{\"ticks\":1}}\n\n\
        event: next\ndata: {\"data\":{\"ticks\":2}}\n\n\
        event: complete\ndata:\n\n";
    assert_eq!(read(response).await, expected);
}

#[tokio::test]
async fn a_query_is_one_event_and_a_refused_document_too() {
    let world = World::new();
    let text = read(open(&world, "{ hello }").await).await;
    assert!(
        text.contains("\"hello\":\"Hello, you!\"") && text.ends_with("event: complete\ndata:\n\n"),
        "{text}"
    );
    let response = open(&world, "subscription { nothing }").await;
    assert_eq!(response.status(), 200);
    let text = read(response).await;
    assert!(
        text.starts_with("event: next\ndata: {\"errors\":[") && text.contains("VALIDATION_FAILED"),
        "{text}"
    );
    assert!(text.ends_with("event: complete\ndata:\n\n"), "{text}");
}

#[tokio::test]
async fn a_get_may_subscribe() {
    let world = World::new();
    let request = Request::get("/graphql?query=subscription%7Bticks(to:1)%7D")
        .header(header::ACCEPT, "text/event-stream")
        .body(Body::empty())
        .unwrap();
    let text = read(world.door.clone().oneshot(request).await.unwrap()).await;
    assert!(
        text.contains("{\"ticks\":1}") && text.ends_with("event: complete\ndata:\n\n"),
        "{text}"
    );
}

#[tokio::test]
async fn inner_text_never_leaves_a_stream() {
    let world = World::new();
    for field in ["panics", "leaks"] {
        let text = read(open(&world, &format!("subscription {{ {field} }}")).await).await;
        assert!(text.contains("INTERNAL") && !text.contains("canary"), "{text}");
        assert!(text.ends_with("event: complete\ndata:\n\n"), "{text}");
    }
}

#[tokio::test]
async fn a_closed_reader_ends_the_subscription() {
    let world = World::new();
    let mut stream = open(&world, "subscription { ticks }")
        .await
        .into_body()
        .into_data_stream();
    chunk(&mut stream).await;
    assert_eq!(world.house.following.load(SeqCst), 1);
    drop(stream);
    soon(|| world.house.following.load(SeqCst) == 0).await;
}

#[tokio::test]
async fn a_revoked_credential_ends_the_stream() {
    let world = World::with(Limits {
        recheck_every: Duration::from_millis(20),
        ..Limits::default()
    });
    let mut stream = open(&world, "subscription { ticks(millis: 600000) }")
        .await
        .into_body()
        .into_data_stream();
    world.house.revoked.store(true, SeqCst);
    let text = chunk(&mut stream).await + &chunk(&mut stream).await;
    assert!(
        text.contains("UNAUTHENTICATED") && text.ends_with("event: complete\ndata:\n\n"),
        "{text}"
    );
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_stopping_service_ends_the_stream_without_calling_it_complete() {
    let settings = Settings::default();
    let (drain, tasks) = (settings.drain.clone(), settings.tasks.clone());
    let world = World::of(Limits::default(), settings);
    let response = open(&world, "subscription { ticks(millis: 600000) }").await;
    drain.cancel();
    assert_eq!(read(response).await, "");
    tasks.close();
    tasks.wait().await;
    assert_eq!(world.house.following.load(SeqCst), 0);
}

#[tokio::test]
async fn an_idle_stream_is_kept_alive_by_comments() {
    let world = World::with(Limits {
        keep_alive_every: Duration::from_millis(20),
        ..Limits::default()
    });
    let mut stream = open(&world, "subscription { ticks(millis: 600000) }")
        .await
        .into_body()
        .into_data_stream();
    assert_eq!(chunk(&mut stream).await, ":\n\n");
}

#[tokio::test]
async fn who_does_not_read_is_given_up() {
    let limits = Limits {
        send_queue: 2,
        slow_time: Duration::from_millis(30),
        ..Limits::default()
    };
    let world = World::with(limits);
    let response = open(&world, "subscription { floods(bytes: 10) }").await;
    soon(|| world.house.following.load(SeqCst) == 1).await;
    soon(|| world.house.following.load(SeqCst) == 0).await;
    let text = read(response).await;
    assert_eq!(text.matches("event: next").count(), 2, "what was queued: {text}");
    assert!(!text.contains("complete"), "the client should come back");
}

#[tokio::test]
async fn so_many_streams_are_open_at_once_and_no_more() {
    let world = World::with(Limits {
        streams: 2,
        ..Limits::default()
    });
    let endless = "subscription { ticks(millis: 600000) }";
    let held = [open(&world, endless).await, open(&world, endless).await];
    soon(|| world.house.following.load(SeqCst) == 2).await;
    assert_eq!(open(&world, endless).await.status(), 503);
    drop(held);
    soon(|| world.house.following.load(SeqCst) == 0).await;
    assert_eq!(open(&world, endless).await.status(), 200);
}
