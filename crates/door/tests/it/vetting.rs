//! A document that the validator has passed is not looked at again, and nobody can tell.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value, json};
use tokio::runtime::Handle;

use crate::world::{World, post};

/// What a caller sees, but for what it has spent and what its errors are numbered by.
async fn seen(world: &World, query: &str, variables: Value) -> (u16, Value, Value) {
    let answer = world.ask_with(query, variables).await;
    let mut json = answer.json();
    for error in json["errors"].as_array_mut().into_iter().flatten() {
        error["extensions"]["errorId"].take();
    }
    (answer.status.as_u16(), json["data"].take(), json["errors"].take())
}

fn unseen(world: &World) -> u64 {
    world.house.unseen.load(SeqCst)
}

#[tokio::test]
async fn a_document_is_looked_at_once() {
    let world = World::new();
    let query = "query Hello($name: String) { hello(name: $name) }";
    for (name, looked_over) in [("Ana", 0), ("Ana", 1), ("Bea", 2)] {
        let (_, data, errors) = seen(&world, query, json!({ "name": name })).await;
        assert_eq!(data["hello"], format!("Hello, {name}!"), "{errors}");
        assert_eq!(unseen(&world), looked_over, "{name}");
    }
}

#[tokio::test]
async fn a_document_with_a_mistake_is_looked_at_each_time() {
    let world = World::new();
    for query in [
        "{ hello nothing }",
        "{ hello(nam: 1) }",
        "query ($a: Int) { hello }",
    ] {
        let first = seen(&world, query, json!({})).await;
        assert_eq!(first.0, 400, "{query}");
        assert_eq!(seen(&world, query, json!({})).await, first, "{query}");
    }
    assert_eq!(unseen(&world), 0);
}

#[tokio::test]
async fn what_variables_hold_is_looked_at_each_time() {
    // Each with values that pass, and with others.
    let cases = [
        (
            "query ($name: String) { hello(name: $name) }",
            json!({ "name": "Ana" }),
            vec![
                json!({}),
                json!({ "name": null }),
                json!({ "name": 7 }),
                json!({ "other": 7 }),
            ],
        ),
        (
            "query ($ids: [ID!]!) { nodes(ids: $ids) { name } }",
            json!({ "ids": ["a", "b"] }),
            vec![
                json!({ "ids": "a" }),
                json!({ "ids": [7] }),
                json!({ "ids": [7.5] }),
                json!({ "ids": [null] }),
                json!({ "ids": null }),
                json!({}),
            ],
        ),
        (
            "query ($filter: Filter!) { search(filter: $filter) }",
            json!({ "filter": { "anyOf": ["a"], "within": [{ "anyOf": [] }] } }),
            vec![
                json!({ "filter": { "anyOf": "a" } }),
                json!({ "filter": { "anyOf": [1] } }),
                json!({ "filter": {} }),
                json!({ "filter": { "anyOf": [], "noneOf": [] } }),
                json!({ "filter": { "anyOf": [], "within": [{}] } }),
                json!({ "filter": [] }),
            ],
        ),
        (
            "query ($first: Int = 3) { people(first: $first) { edges { cursor } } }",
            json!({ "first": 2 }),
            vec![
                json!({}),
                json!({ "first": null }),
                json!({ "first": 2.5 }),
                json!({ "first": 3_000_000_000_i64 }),
            ],
        ),
        (
            "query ($yes: Boolean!) { hello @include(if: $yes) tags }",
            json!({ "yes": true }),
            vec![json!({ "yes": false }), json!({ "yes": "yes" }), json!({})],
        ),
    ];
    for (query, good, others) in cases {
        let vetted = World::new();
        for _ in 0..2 {
            let (status, _, errors) = seen(&vetted, query, good.clone()).await;
            assert_eq!((status, errors), (200, Value::Null), "{query}");
        }
        assert_eq!(unseen(&vetted), 1, "{query}");
        for other in others {
            let as_if_new = seen(&World::new(), query, other.clone()).await;
            assert_eq!(
                seen(&vetted, query, other.clone()).await,
                as_if_new,
                "{query}: {other}"
            );
        }
    }
}

/// Of a list or an object that is written out, the validator looks at nothing while a variable in it is not given.
#[tokio::test]
async fn what_the_validator_left_alone_is_not_passed() {
    let query = "query ($within: [Filter!]) { search(filter: { anyOf: [7], within: $within }) }";
    let world = World::new();
    for _ in 0..2 {
        seen(&world, query, json!({})).await;
    }
    let given = json!({ "within": [] });
    let as_if_new = seen(&World::new(), query, given.clone()).await;
    assert_eq!(as_if_new.0, 400, "a mistake of the document");
    assert_eq!(seen(&world, query, given).await, as_if_new);
    assert_eq!(unseen(&world), 0);
}

/// Values are those of the operation that runs, and the others' are not there.
#[tokio::test]
async fn of_several_operations_none_is_passed() {
    let world = World::new();
    let document = json!({
        "query": "query A($name: String) { hello(name: $name) } query B($ids: [ID!]!) { nodes(ids: $ids) { name } }",
        "operationName": "A",
        "variables": { "name": "Ana" },
    });
    for _ in 0..3 {
        let answer = world.send(post(&document.to_string())).await;
        assert_eq!(answer.json()["data"]["hello"], "Hello, Ana!");
    }
    assert_eq!(unseen(&world), 0);
}

#[tokio::test]
async fn an_error_of_a_field_is_no_mistake_of_the_document() {
    let world = World::new();
    for _ in 0..2 {
        let (status, data, errors) = seen(&world, "{ hello refuses }", json!({})).await;
        assert_eq!((status, &data["hello"]), (200, &json!("Hello, you!")));
        assert_eq!(errors[0]["extensions"]["code"], "CLOSED");
    }
    assert_eq!(unseen(&world), 1);
}

/// Values as clients send them, some of which fit.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2_i64..3).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z]{0,3}".prop_map(Value::from),
    ];
    let name = prop_oneof![4 => Just("anyOf"), 4 => Just("within"), 1 => Just("noneOf")];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let object = prop::collection::btree_map(name.clone(), inner.clone(), 0..3);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            object.prop_map(|it| json!(it)),
        ]
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_variables_hold_nobody_can_tell() {
    let world = World::new();
    let queries = [
        ("query ($v: String) { hello(name: $v) }", json!("Ana")),
        (
            "query ($v: Int) { people(first: $v) { edges { cursor } } }",
            json!(2),
        ),
        ("query ($v: [ID!]!) { nodes(ids: $v) { name } }", json!(["a"])),
        ("query ($v: Boolean!) { hello @skip(if: $v) tags }", json!(false)),
        (
            "query ($v: Filter!) { search(filter: $v) }",
            json!({ "anyOf": [] }),
        ),
        (
            "query ($v: [Filter!]) { search(filter: { anyOf: [], within: $v }) }",
            json!([]),
        ),
        (
            "query ($v: [String!]!) { search(filter: { anyOf: $v }) }",
            json!([]),
        ),
    ];
    for (query, good) in &queries {
        seen(&world, query, json!({ "v": good })).await;
    }
    let (strangers, handle) = (AtomicU64::new(0), Handle::current());
    let told = tokio::task::block_in_place(|| {
        let config = Config {
            failure_persistence: None,
            ..Config::default()
        };
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        TestRunner::new_with_rng(config, rng).run(&(values(), 0..queries.len()), |(value, which)| {
            let (query, variables) = (queries[which].0, json!({ "v": value }));
            // A text that was never seen before is looked at.
            let as_if_new = format!("{query} # {}", strangers.fetch_add(1, SeqCst));
            let (as_if_new, again) = handle.block_on(async {
                let as_if_new = seen(&world, &as_if_new, variables.clone()).await;
                (as_if_new, seen(&world, query, variables.clone()).await)
            });
            prop_assert_eq!(again, as_if_new, "{}: {}", query, variables);
            Ok(())
        })
    });
    told.unwrap();
    assert!(unseen(&world) > 10, "{}", unseen(&world));
}
