//! Every limit, at its maximum and one beyond.

use std::{sync::atomic::Ordering::SeqCst, time::Duration};

use axum::body::Body;
use door::Limits;
use futures::stream;
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    corpus::aliases,
    world::{World, post},
};

/// The code that a document is refused with under some limits; `None`: it ran.
async fn code(limits: Limits, query: &str, variables: Value) -> Option<String> {
    let answer = World::with(limits).ask_with(query, variables).await;
    match answer.json().get("data") {
        Some(_) => None,
        None => Some(answer.code()),
    }
}

/// What fits a limit of its size runs; under a limit one smaller it is refused.
async fn holds(limit: impl Fn(i32) -> Limits, query: &str, variables: Value) {
    assert_eq!(code(limit(0), query, variables.clone()).await, None, "{query}");
    let refused = code(limit(-1), query, variables).await.unwrap_or_default();
    assert!(
        ["LIMIT_EXCEEDED", "COST_EXCEEDED"].contains(&refused.as_str()),
        "{query}: {refused:?}"
    );
}

fn size(at: usize, by: i32) -> usize {
    at.checked_add_signed(by as isize).unwrap()
}

fn count(at: u64, by: i32) -> u64 {
    at.checked_add_signed(i64::from(by)).unwrap()
}

#[tokio::test]
async fn the_text_is_held() {
    let none = json!({});
    let standard = Limits::default;
    let hello = "{ hello }";
    holds(
        |by| Limits {
            document_bytes: size(hello.len(), by),
            ..standard()
        },
        hello,
        none.clone(),
    )
    .await;
    holds(
        |by| Limits {
            tokens: size(3, by),
            ..standard()
        },
        hello,
        none.clone(),
    )
    .await;
    let query = "{ search(filter: { anyOf: [\"a\"] }) }";
    holds(
        |by| Limits {
            brackets: size(4, by),
            ..standard()
        },
        query,
        none.clone(),
    )
    .await;
    let query = "{ hello @include(if: true) @skip(if: false) }";
    holds(
        |by| Limits {
            directives: size(2, by),
            ..standard()
        },
        query,
        none.clone(),
    )
    .await;
    let query = "{ ...a ...b } fragment a on Query { hello } fragment b on Query { hello }";
    holds(
        |by| Limits {
            fragments: size(2, by),
            ..standard()
        },
        query,
        none,
    )
    .await;
    let two = json!({ "query": "query a { hello } query b { hello }", "operationName": "a" }).to_string();
    for (operations, is_refused) in [(2, false), (1, true)] {
        let world = World::with(Limits {
            operations,
            ..standard()
        });
        assert_eq!(
            world.send(post(&two)).await.json().get("data").is_none(),
            is_refused
        );
    }
}

#[tokio::test]
async fn the_shape_is_held() {
    let none = json!({});
    let standard = Limits::default;
    let query = "{ people(first: 1) { nodes { ...p } } } fragment p on Person { friend { ... { id } } }";
    holds(
        |by| Limits {
            depth: size(4, by),
            ..standard()
        },
        query,
        none.clone(),
    )
    .await;
    holds(
        |by| Limits {
            nesting: size(6, by),
            ..standard()
        },
        query,
        none.clone(),
    )
    .await;
    holds(
        |by| Limits {
            selections: count(6, by),
            ..standard()
        },
        query,
        none.clone(),
    )
    .await;
    let query = "{ ...a b: hello } fragment a on Query { hello ... { c: hello } }";
    holds(
        |by| Limits {
            root_fields: size(3, by),
            ..standard()
        },
        query,
        none.clone(),
    )
    .await;
    let query = "{ __schema { queryType { name } } }";
    holds(
        |by| Limits {
            introspection_depth: size(3, by),
            ..standard()
        },
        query,
        none.clone(),
    )
    .await;
    holds(
        |by| Limits {
            introspection_values: count(2, by),
            ..standard()
        },
        query,
        none,
    )
    .await;
}

#[tokio::test]
async fn the_input_is_held() {
    let standard = Limits::default;
    let words = json!({ "f": { "anyOf": ["a", "b", "c"] } });
    let literal = "{ search(filter: { anyOf: [\"a\", \"b\", \"c\"] }) }";
    let variable = "query($f: Filter!) { search(filter: $f) }";
    holds(
        |by| Limits {
            list_items: size(3, by),
            ..standard()
        },
        literal,
        json!({}),
    )
    .await;
    holds(
        |by| Limits {
            list_items: size(3, by),
            ..standard()
        },
        variable,
        words.clone(),
    )
    .await;
    holds(
        |by| Limits {
            input_values: count(5, by),
            ..standard()
        },
        literal,
        json!({}),
    )
    .await;
    let twice = "query($f: Filter!) { a: search(filter: $f) b: search(filter: $f) }";
    holds(
        |by| Limits {
            input_values: count(10, by),
            ..standard()
        },
        twice,
        words,
    )
    .await;
    let long = "query($name: String!) { hello(name: $name) }";
    holds(
        |by| Limits {
            input_values: count(3, by),
            ..standard()
        },
        long,
        json!({ "name": "x".repeat(128) }),
    )
    .await;
}

#[tokio::test]
async fn the_price_is_held() {
    let standard = Limits::default;
    let query = "{ people(first: 9) { nodes { id name } } }";
    holds(
        |by| Limits {
            cost: count(10, by),
            ..standard()
        },
        query,
        json!({}),
    )
    .await;
    // The page, its list, and of each of nine people the person, the id and the name.
    holds(
        |by| Limits {
            answer_values: count(1 + 1 + 9 * 3, by),
            ..standard()
        },
        query,
        json!({}),
    )
    .await;
}

#[tokio::test]
async fn unknown_names_are_listed_up_to_a_number() {
    let world = World::with(Limits {
        unknown_fields: 3,
        listed_errors: 3,
        ..Limits::default()
    });
    for (unknown, listed) in [(3, 3), (4, 1)] {
        let answer = world.ask(&format!("{{ {} }}", aliases(unknown, "nothing"))).await;
        assert_eq!(answer.code(), "VALIDATION_FAILED");
        assert_eq!(answer.json()["errors"].as_array().unwrap().len(), listed);
    }
    let world = World::with(Limits {
        listed_errors: 2,
        ..Limits::default()
    });
    let answer = world.ask(&format!("{{ {} }}", aliases(3, "nothing"))).await;
    assert_eq!(answer.json()["errors"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_body_is_held() {
    let body = json!({ "query": "{ hello }" }).to_string();
    for (body_bytes, status) in [
        (body.len(), StatusCode::OK),
        (body.len() - 1, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let world = World::with(Limits {
            body_bytes,
            ..Limits::default()
        });
        assert_eq!(world.send(post(&body)).await.status, status);
        // Sent in pieces, of no length that is told.
        let pieces: Vec<_> = body.bytes().map(|it| Ok::<_, std::io::Error>(vec![it])).collect();
        let mut request = post("");
        *request.body_mut() = Body::from_stream(stream::iter(pieces));
        assert_eq!(world.send(request).await.status, status);
    }
    let world = World::new();
    let answer = world.send(post(&"x".repeat(256 * 1024 + 1))).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE".into())
    );
}

#[tokio::test(start_paused = true)]
async fn a_body_must_arrive_in_time() {
    let world = World::new();
    let mut request = post("");
    *request.body_mut() = Body::from_stream(stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let answer = world.send(request).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::REQUEST_TIMEOUT, "BODY_TIMEOUT".into())
    );
}

#[tokio::test(start_paused = true)]
async fn a_query_has_its_time_and_a_mutation_more() {
    let world = World::new();
    let time = |query: &str| {
        let request = post(&json!({ "query": query }).to_string());
        world.send(request)
    };
    assert_eq!(time("{ slow(millis: 15000) }").await.status, StatusCode::OK);
    let answer = time("{ slow(millis: 15001) }").await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::GATEWAY_TIMEOUT, "TIMEOUT".into())
    );
    assert_eq!(
        time("mutation { writeSlowly(millis: 60000) }").await.status,
        StatusCode::OK
    );
    assert_eq!(world.house.written.load(SeqCst), 1);
    assert_eq!(
        time("mutation { writeSlowly(millis: 60001) }").await.code(),
        "TIMEOUT"
    );
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(
        world.house.written.load(SeqCst),
        1,
        "what took too long has stopped"
    );
}

#[test]
fn the_defaults_are_those_of_the_documentation() {
    let it = Limits::default();
    let sizes = [
        it.body_bytes,
        it.document_bytes,
        it.tokens,
        it.fragments,
        it.depth,
        it.root_fields,
    ];
    assert_eq!(sizes, [262_144, 20_000, 5_000, 50, 12, 30]);
    assert_eq!((it.list_items, it.subscriptions, it.cost), (250, 100, 10_000));
    assert_eq!(
        (
            it.query_time.as_secs(),
            it.mutation_time.as_secs(),
            it.init_time.as_secs()
        ),
        (15, 60, 5)
    );
    assert!(it.recheck_every < Duration::from_secs(5));
}
