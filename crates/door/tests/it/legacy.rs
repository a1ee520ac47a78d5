//! The older `graphql-ws` subprotocol, which mobile clients still default to.

use std::sync::atomic::Ordering::SeqCst;

use serde_json::json;

use crate::wire::{Socket, Town, soon};

async fn enter(town: &Town) -> Socket {
    let mut socket = town.connect(town.upgrade("graphql-ws")).await.unwrap();
    socket
        .say(json!({ "type": "connection_init", "payload": {} }))
        .await;
    assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
    assert_eq!(socket.hear().await, json!({ "type": "ka" }));
    socket
}

fn start(id: &str, query: &str) -> serde_json::Value {
    json!({ "type": "start", "id": id, "payload": { "query": query, "variables": {} } })
}

#[tokio::test]
async fn an_operation_is_started_answered_and_completed() {
    let mut socket = enter(&Town::new().await).await;
    socket.say(start("1", "subscription { ticks(to: 1) }")).await;
    let payload = json!({ "data": { "ticks": 1 } });
    assert_eq!(
        socket.hear().await,
        json!({ "type": "data", "id": "1", "payload": payload })
    );
    assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "1" }));
}

#[tokio::test]
async fn a_refused_document_is_one_error() {
    let mut socket = enter(&Town::new().await).await;
    socket.say(start("1", "{ nothing }")).await;
    let heard = socket.hear().await;
    assert_eq!((&heard["type"], &heard["id"]), (&json!("error"), &json!("1")));
    assert_eq!(heard["payload"]["extensions"]["code"], "VALIDATION_FAILED");
}

#[tokio::test]
async fn stop_ends_an_operation_and_a_new_one_takes_the_place_of_the_same_id() {
    let town = Town::new().await;
    let mut socket = enter(&town).await;
    let endless = "subscription { ticks(millis: 600000) }";
    socket.say(start("1", endless)).await;
    soon(|| town.house.following.load(SeqCst) == 1).await;
    socket.say(start("1", "{ hello }")).await;
    assert_eq!(socket.hear().await["payload"]["data"]["hello"], "Hello, you!");
    assert_eq!(socket.hear().await["type"], "complete");
    soon(|| town.house.following.load(SeqCst) == 0).await;
    socket.say(start("2", endless)).await;
    soon(|| town.house.following.load(SeqCst) == 1).await;
    socket.say(json!({ "type": "stop", "id": "2" })).await;
    soon(|| town.house.following.load(SeqCst) == 0).await;
}

#[tokio::test]
async fn a_bad_credential_is_told_before_the_close() {
    let town = Town::new().await;
    let mut socket = town.connect(town.upgrade("graphql-ws")).await.unwrap();
    let payload = json!({ "Authorization": "Bearer stale" });
    socket
        .say(json!({ "type": "connection_init", "payload": payload }))
        .await;
    let told = json!({ "type": "connection_error", "payload": { "message": "The token is not valid." } });
    assert_eq!(socket.hear().await, told);
    assert_eq!(socket.closed().await.0, 4401);
}

#[tokio::test]
async fn the_client_may_say_goodbye() {
    let mut socket = enter(&Town::new().await).await;
    socket.say(json!({ "type": "connection_terminate" })).await;
    assert_eq!(socket.closed().await.0, 1000);
}

#[tokio::test]
async fn asking_before_the_init_closes_with_4401_and_nonsense_with_4400() {
    let town = Town::new().await;
    let mut socket = town.connect(town.upgrade("graphql-ws")).await.unwrap();
    socket.say(start("1", "{ hello }")).await;
    assert_eq!(socket.closed().await.0, 4401);
    let mut socket = enter(&town).await;
    socket
        .say(json!({ "type": "subscribe", "id": "1", "payload": {} }))
        .await;
    assert_eq!(socket.closed().await.0, 4400);
}
