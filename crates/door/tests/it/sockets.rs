//! graphql-transport-ws, to the letter.

use std::{sync::atomic::Ordering::SeqCst, time::Duration};

use door::Limits;
use futures::SinkExt;
use serde_json::json;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::wire::{Town, soon};

#[tokio::test]
async fn a_subscription_runs_to_its_end() {
    let mut socket = Town::new().await.enter().await;
    socket.subscribe("a", "subscription { ticks(to: 2) }").await;
    for tick in [1, 2] {
        let payload = json!({ "data": { "ticks": tick } });
        assert_eq!(
            socket.hear().await,
            json!({ "type": "next", "id": "a", "payload": payload })
        );
    }
    assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "a" }));
    socket.subscribe("a", "subscription { ticks(to: 1) }").await;
    assert_eq!(
        socket.hear().await["payload"]["data"]["ticks"],
        1,
        "the id is free again"
    );
}

#[tokio::test]
async fn queries_and_mutations_run_too_and_say_what_they_cost() {
    let town = Town::new().await;
    let mut socket = town.enter().await;
    socket
        .subscribe("q", "{ people(first: 3) { nodes { id } } }")
        .await;
    let next = socket.hear().await;
    assert_eq!(
        (&next["type"], &next["payload"]["extensions"]["cost"]["requested"]),
        (&json!("next"), &json!(4))
    );
    assert_eq!(socket.hear().await["type"], "complete");
    socket.subscribe("m", "mutation { write }").await;
    assert_eq!(socket.hear().await["payload"]["data"]["write"], 1);
}

#[tokio::test]
async fn a_refused_document_is_an_error_and_not_an_answer() {
    let mut socket = Town::new().await.enter().await;
    let cases = [
        ("subscription { nothing }", "VALIDATION_FAILED"),
        ("{ hello", "PARSE_FAILED"),
        ("{ nothing }", "VALIDATION_FAILED"),
        ("subscription { ticks panics }", "VALIDATION_FAILED"),
        ("subscription { panics }", "INTERNAL"),
    ];
    for (query, code) in cases {
        socket.subscribe("a", query).await;
        let mut heard = socket.hear().await;
        if heard["type"] == "next" {
            heard = socket.hear().await;
        }
        assert_eq!(
            (&heard["type"], &heard["id"]),
            (&json!("error"), &json!("a")),
            "{query}: {heard}"
        );
        assert_eq!(
            heard["payload"][0]["extensions"]["code"], code,
            "{query}: {heard}"
        );
        assert!(!heard.to_string().contains("canary"));
    }
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(
        socket.hear().await,
        json!({ "type": "pong" }),
        "an error is not followed by complete"
    );
}

#[tokio::test]
async fn pings_are_answered_with_what_they_carry() {
    let mut socket = Town::new().await.open().await;
    socket.say(json!({ "type": "ping", "payload": { "n": 1 } })).await;
    assert_eq!(
        socket.hear().await,
        json!({ "type": "pong", "payload": { "n": 1 } })
    );
    socket.say(json!({ "type": "pong" })).await;
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong" }));
}

#[tokio::test]
async fn what_is_not_a_message_closes_with_4400() {
    let town = Town::new().await;
    let subscribe = json!({ "type": "subscribe", "id": "a", "payload": { "query": 7 } }).to_string();
    for text in [
        "",
        "{",
        "[]",
        r#"{"type":"start","id":"1"}"#,
        r#"{"type":"subscribe"}"#,
        &subscribe,
    ] {
        let mut socket = town.enter().await;
        socket.0.send(Message::text(text)).await.unwrap();
        assert_eq!(socket.closed().await.0, 4400, "{text}");
    }
    let mut socket = town.enter().await;
    socket.0.send(Message::binary(vec![1])).await.unwrap();
    assert_eq!(socket.closed().await.0, 4400);
}

#[tokio::test]
async fn who_asks_before_being_let_in_is_closed_with_4401() {
    let mut socket = Town::new().await.open().await;
    socket.subscribe("a", "{ hello }").await;
    assert_eq!(socket.closed().await, (4401, "Unauthorized".into()));
}

#[tokio::test]
async fn a_credential_is_read_from_the_init_and_decides_the_code() {
    let town = Town::new().await;
    for (token, code) in [("stale", 4401), ("banned", 4403), ("unlucky", 1013)] {
        let mut socket = town.open().await;
        let payload = json!({ "Authorization": format!("Bearer {token}") });
        socket
            .say(json!({ "type": "connection_init", "payload": payload }))
            .await;
        let (closed, reason) = socket.closed().await;
        assert_eq!(closed, code, "{token}");
        assert!(!reason.contains("canary"));
    }
    let mut socket = town.open().await;
    let payload = json!({ "authorization": "Bearer alice" });
    socket
        .say(json!({ "type": "connection_init", "payload": payload }))
        .await;
    assert_eq!(socket.hear().await["type"], "connection_ack");
    socket.subscribe("a", "{ viewer }").await;
    assert_eq!(socket.hear().await["payload"]["data"]["viewer"], "alice");
}

#[tokio::test]
async fn a_credential_in_the_header_of_the_upgrade_counts() {
    let town = Town::new().await;
    let mut request = town.upgrade("graphql-transport-ws");
    request
        .headers_mut()
        .insert("authorization", "Bearer alice".parse().unwrap());
    let mut socket = town.connect(request).await.unwrap();
    socket
        .say(json!({ "type": "connection_init", "payload": null }))
        .await;
    assert_eq!(socket.hear().await["type"], "connection_ack");
    socket.subscribe("a", "{ viewer }").await;
    assert_eq!(socket.hear().await["payload"]["data"]["viewer"], "alice");
}

#[tokio::test]
async fn silence_is_closed_with_4408() {
    let town = Town::with(Limits {
        init_time: Duration::from_millis(30),
        ..Limits::default()
    })
    .await;
    let mut socket = town.open().await;
    assert_eq!(socket.closed().await.0, 4408);
}

#[tokio::test]
async fn an_id_in_use_closes_with_4409() {
    let mut socket = Town::new().await.enter().await;
    socket
        .subscribe("a", "subscription { ticks(millis: 600000) }")
        .await;
    socket.subscribe("a", "{ hello }").await;
    assert_eq!(
        socket.closed().await,
        (4409, "Subscriber for a already exists".into())
    );
}

#[tokio::test]
async fn a_second_init_closes_with_4429() {
    let mut socket = Town::new().await.enter().await;
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(
        socket.closed().await,
        (4429, "Too many initialisation requests".into())
    );
}

#[tokio::test]
async fn a_stopped_operation_ends_at_once_and_frees_its_id() {
    let town = Town::new().await;
    let mut socket = town.enter().await;
    socket.subscribe("a", "subscription { ticks(millis: 1) }").await;
    socket.hear().await;
    socket.say(json!({ "type": "complete", "id": "a" })).await;
    socket
        .say(json!({ "type": "complete", "id": "never started" }))
        .await;
    soon(|| town.house.following.load(SeqCst) == 0).await;
    socket.subscribe("a", "{ hello }").await;
    loop {
        let heard = socket.hear().await;
        if heard["payload"]["data"]["hello"] == "Hello, you!" {
            break;
        }
        assert!(
            heard["payload"]["data"]["ticks"].is_number(),
            "sent before the stop was read: {heard}"
        );
    }
}

#[tokio::test]
async fn a_closed_socket_ends_its_subscriptions() {
    let town = Town::new().await;
    let mut socket = town.enter().await;
    for id in ["a", "b"] {
        socket
            .subscribe(id, "subscription { ticks(millis: 600000) }")
            .await;
    }
    soon(|| town.house.following.load(SeqCst) == 2).await;
    drop(socket);
    soon(|| town.house.following.load(SeqCst) == 0).await;
}

#[tokio::test]
async fn a_socket_runs_so_many_operations_and_no_more() {
    let town = Town::with(Limits {
        subscriptions: 3,
        ..Limits::default()
    })
    .await;
    let mut socket = town.enter().await;
    for id in ["1", "2", "3", "4"] {
        socket
            .subscribe(id, "subscription { ticks(millis: 600000) }")
            .await;
    }
    let heard = socket.hear().await;
    assert_eq!((&heard["type"], &heard["id"]), (&json!("error"), &json!("4")));
    assert_eq!(
        heard["payload"][0]["extensions"]["code"],
        "TOO_MANY_SUBSCRIPTIONS"
    );
    socket.say(json!({ "type": "complete", "id": "1" })).await;
    socket.subscribe("4", "{ hello }").await;
    assert_eq!(socket.hear().await["payload"]["data"]["hello"], "Hello, you!");
}

#[tokio::test]
async fn a_message_too_large_closes_with_1009() {
    let body_bytes = 1_000;
    let town = Town::with(Limits {
        body_bytes,
        ..Limits::default()
    })
    .await;
    let ping = |bytes: usize| {
        let frame = json!({ "type": "ping", "payload": "" }).to_string().len();
        Message::text(json!({ "type": "ping", "payload": "x".repeat(bytes - frame) }).to_string())
    };
    let mut socket = town.enter().await;
    socket.0.send(ping(body_bytes)).await.unwrap();
    assert_eq!(socket.hear().await["type"], "pong");
    for bytes in [body_bytes + 1, 50 * body_bytes] {
        let mut socket = town.enter().await;
        socket.0.send(ping(bytes)).await.unwrap();
        assert_eq!(socket.closed().await.0, 1009);
    }
}

#[tokio::test]
async fn an_origin_is_checked_before_the_upgrade() {
    let town = Town::new().await;
    for (origin, is_let_in) in [
        (Some("https://app.example.com"), true),
        (None, true),
        (Some("https://evil.example.com"), false),
        (Some("http://app.example.com"), false),
        (Some("null"), false),
    ] {
        let mut request = town.upgrade("graphql-transport-ws");
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        match town.connect(request).await {
            Ok(_) => assert!(is_let_in, "{origin:?}"),
            Err(Error::Http(response)) => {
                assert!(!is_let_in && response.status() == 403, "{origin:?}: {response:?}");
            }
            Err(other) => panic!("{origin:?}: {other}"),
        }
    }
}

#[tokio::test]
async fn an_unknown_subprotocol_is_refused_and_the_newer_one_preferred() {
    let town = Town::new().await;
    match town.connect(town.upgrade("mqtt, soap")).await {
        Err(Error::Http(response)) => assert_eq!(response.status(), 400),
        other => panic!("{:?}", other.map(|_| ())),
    }
    let (_, response) = tokio_tungstenite::connect_async(town.upgrade("graphql-ws, graphql-transport-ws"))
        .await
        .unwrap();
    assert_eq!(
        response.headers()["sec-websocket-protocol"],
        "graphql-transport-ws"
    );
}
