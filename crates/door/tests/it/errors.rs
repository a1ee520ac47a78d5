//! What a caller reads when something goes wrong, and what it never reads.

use std::sync::atomic::Ordering::SeqCst;

use http::{Request, StatusCode, header};
use serde_json::{Value, json};

use crate::{
    house::CANARY,
    world::{World, get, post},
};

/// The parts of the canary: none may appear.
fn is_silent(text: &str) -> bool {
    !text.contains("canary") && !text.contains("bookings") && !text.contains("house.rs")
}

#[tokio::test]
async fn inner_text_never_leaves() {
    assert!(!is_silent(CANARY));
    let world = World::new();
    for field in ["leaks", "breaks", "faults"] {
        let answer = world.ask(&format!("{{ hello {field} }}")).await;
        assert!(is_silent(&answer.text), "{}", answer.text);
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.code(), "INTERNAL");
        let json = answer.json();
        assert_eq!(json["data"]["hello"], "Hello, you!", "the rest is answered");
        assert_eq!(json["errors"][0]["path"], json!([field]));
        assert!(
            json["errors"][0]["extensions"]["errorId"]
                .as_str()
                .unwrap()
                .starts_with("id_")
        );
    }
}

#[tokio::test]
async fn a_panic_is_an_error_with_an_id() {
    let world = World::new();
    let answer = world.ask("{ panics }").await;
    assert!(is_silent(&answer.text), "{}", answer.text);
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL".into())
    );
    assert!(answer.json().get("data").is_none());
    assert_eq!(
        world.ask("{ hello }").await.status,
        StatusCode::OK,
        "the next request is served"
    );
}

#[tokio::test]
async fn a_host_that_fails_is_unavailable() {
    let world = World::new();
    let answer = world
        .send(with_token(post(r#"{"query":"{ hello }"}"#), "unlucky"))
        .await;
    assert!(is_silent(&answer.text), "{}", answer.text);
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE".into())
    );
    assert_eq!(answer.json()["errors"][0]["extensions"]["retryable"], true);
}

#[tokio::test]
async fn what_the_house_meant_for_the_caller_passes() {
    let world = World::new();
    let answer = world.ask("{ refuses }").await;
    assert_eq!(answer.code(), "CLOSED");
    assert_eq!(answer.json()["errors"][0]["message"], "Not on Sundays.");
    assert_eq!(answer.json()["errors"][0]["extensions"]["retryable"], false);
}

#[tokio::test]
async fn credentials_decide_the_status_whatever_the_media_type() {
    let world = World::new();
    for accept in [
        "application/json",
        "application/graphql-response+json",
        "text/event-stream",
    ] {
        for (token, status, code) in [("stale", 401, "UNAUTHENTICATED"), ("banned", 403, "FORBIDDEN")] {
            let mut request = with_token(post(r#"{"query":"{ hello }"}"#), token);
            request
                .headers_mut()
                .insert(header::ACCEPT, accept.parse().unwrap());
            let answer = world.send(request).await;
            assert_eq!(
                (answer.status.as_u16(), answer.code().as_str()),
                (status, code),
                "{accept}"
            );
            assert_eq!(
                answer.header("www-authenticate"),
                (status == 401).then_some("Bearer")
            );
        }
    }
}

#[tokio::test]
async fn an_empty_purse_is_told_when_to_come_back() {
    let world = World::new();
    let answer = world
        .send(with_token(post(r#"{"query":"mutation { write }"}"#), "poor"))
        .await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED".into())
    );
    assert_eq!(answer.header("retry-after"), Some("3"), "2.5 s, rounded up");
    assert_eq!(
        (
            answer.header("ratelimit-limit"),
            answer.header("ratelimit-remaining")
        ),
        (Some("10"), Some("0"))
    );
    let extensions = &answer.json()["errors"][0]["extensions"];
    assert_eq!(
        (&extensions["retryable"], &extensions["retryAfterMs"]),
        (&json!(true), &json!(2_500))
    );
    assert_eq!(world.house.written.load(SeqCst), 0);
}

#[tokio::test]
async fn request_errors_are_400_for_those_who_ask_for_the_new_media_type_and_200_for_the_old() {
    let world = World::new();
    let cases = [
        ("{ hello", "PARSE_FAILED"),
        ("{ nothing }", "VALIDATION_FAILED"),
        (
            "query($name: String!) { hello(name: $name) }",
            "VALIDATION_FAILED",
        ),
        ("subscription { ticks }", "SUBSCRIPTION_NEEDS_STREAM"),
    ];
    for (query, code) in cases {
        for (accept, status) in [
            ("application/graphql-response+json", 400),
            ("application/json", 200),
        ] {
            let mut request = post(&json!({ "query": query }).to_string());
            request
                .headers_mut()
                .insert(header::ACCEPT, accept.parse().unwrap());
            let answer = world.send(request).await;
            assert_eq!(
                (answer.status.as_u16(), answer.code().as_str()),
                (status, code),
                "{query}"
            );
            assert!(
                answer.json().get("data").is_none(),
                "nothing was executed: {}",
                answer.text
            );
        }
    }
}

#[tokio::test]
async fn a_malformed_request_is_named() {
    let world = World::new();
    let cases = [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("7", "an object"),
        (r#"{"query":7}"#, "`query`"),
        (r#"{"variables":{}}"#, "`query`"),
        (r#"{"query":"{ hello }","variables":[]}"#, "`variables`"),
        (r#"{"query":"{ hello }","operationName":{}}"#, "`operationName`"),
        (r#"{"query":"{ hello }","extensions":"x"}"#, "`extensions`"),
    ];
    for (body, named) in cases {
        let answer = world.send(post(body)).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::BAD_REQUEST, "BAD_REQUEST".into()),
            "{body}"
        );
        let message = answer.json()["errors"][0]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(named), "{body}: {message}");
    }
    let answer = world.send(post(r#"[{"query":"{ hello }"}]"#)).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::BAD_REQUEST, "BATCHING_NOT_SUPPORTED".into())
    );
    for query in ["variables=%5B", "query=%7Bhello%7D&query=%7Bhello%7D"] {
        assert_eq!(world.send(get(query)).await.code(), "BAD_REQUEST", "{query}");
    }
}

#[tokio::test]
async fn a_persisted_query_is_refused_so_that_the_client_sends_the_text() {
    let world = World::new();
    let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": "00" } });
    let answer = world
        .send(post(&json!({ "extensions": extensions }).to_string()))
        .await;
    assert_eq!(answer.code(), "PERSISTED_QUERY_NOT_SUPPORTED");
    assert_eq!(
        answer.json()["errors"][0]["message"],
        "PersistedQueryNotSupported"
    );
    let both = json!({ "query": "{ hello }", "extensions": extensions });
    assert_eq!(
        world.send(post(&both.to_string())).await.json()["data"]["hello"],
        "Hello, you!"
    );
}

#[tokio::test]
async fn strangers_learn_no_names_where_introspection_is_closed() {
    let world = World::new();
    let text = "{ helo }";
    let message = |answer: Value| answer["errors"][0]["message"].as_str().unwrap().to_owned();
    assert!(message(world.ask(text).await.json()).contains("Did you mean"));
    world.house.is_open.store(false, SeqCst);
    let told = message(world.ask(text).await.json());
    assert!(
        told.contains("helo") && !told.contains("mean") && !told.contains("hello"),
        "{told}"
    );

    let schema = r#"{"query":"{ __schema { queryType { name } } __typename }"}"#;
    assert_eq!(world.send(post(schema)).await.code(), "INTROSPECTION_DISABLED");
    let hidden =
        r#"{"query":"query { ...a } fragment a on Query { ... { __type(name: \"Query\") { name } } }"}"#;
    assert_eq!(world.send(post(hidden)).await.code(), "INTROSPECTION_DISABLED");
    assert_eq!(
        world.ask("{ __typename }").await.json()["data"]["__typename"],
        "Query"
    );
    let known = world.send(with_token(post(schema), "alice")).await;
    assert_eq!(known.json()["data"]["__schema"]["queryType"]["name"], "Query");
}

#[tokio::test]
async fn a_knock_too_many_is_turned_away_before_anything_is_read() {
    let settings = door::Settings {
        trusted_proxies: vec!["127.0.0.1/32".parse().unwrap()],
        ..Default::default()
    };
    let world = World::of(door::Limits::default(), settings);
    let mut request: Request<axum::body::Body> = post("not even JSON");
    request
        .headers_mut()
        .insert("x-forwarded-for", "203.0.113.66".parse().unwrap());
    let socket: std::net::SocketAddr = "127.0.0.1:9".parse().unwrap();
    request
        .extensions_mut()
        .insert(axum::extract::ConnectInfo(socket));
    assert_eq!(world.send(request).await.status, StatusCode::TOO_MANY_REQUESTS);
}

fn with_token(mut request: Request<axum::body::Body>, token: &str) -> Request<axum::body::Body> {
    let value = format!("Bearer {token}").parse().unwrap();
    request.headers_mut().insert(header::AUTHORIZATION, value);
    request
}
