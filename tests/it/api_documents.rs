//! A client sends the same few documents again and again, with other variables each time.

use serde_json::{Value, json};

use crate::world::{Answer, Api, Who, World, stories};

stories! {
    both: [
        what_a_variable_does_not_say_is_the_default,
        a_document_means_the_same_the_third_time,
        what_was_rehearsed_was_not_looked_at,
    ]
}

/// What a caller sees, but for what errors are numbered by.
fn seen(answer: &Answer) -> (u16, Value, Value) {
    let mut errors = answer.body["errors"].clone();
    for error in errors.as_array_mut().into_iter().flatten() {
        error["extensions"]["errorId"].take();
    }
    (answer.status.as_u16(), answer.body["data"].clone(), errors)
}

async fn titled(api: &Api, who: &Who, titles: &[&str]) {
    let document = "mutation($input: ServiceCreateInput!) {
        serviceCreate(input: $input) { userErrors { code field message } } }";
    for (count, title) in titles.iter().enumerate() {
        let input = json!({
            "slug": format!("service-{count}"), "title": title, "duration": "PT1H",
            "price": { "amountMinor": "15000", "currency": "BRL" }
        });
        let made = api.ask_with(who, document, json!({ "input": input })).await;
        assert!(made.refusals("serviceCreate").is_empty(), "{title}");
    }
}

async fn what_a_variable_does_not_say_is_the_default(world: World) {
    let api = world.api();
    let ana = api.founder("ana", "aurora").await;
    titled(&api, &ana, &["A", "B", "C"]).await;
    let document = "query($archived: Boolean, $first: Int) {
        services(first: $first, withArchived: $archived) { nodes { title } }
        rateLimit(dryRun: $archived) { cost }
    }";
    for (variables, count) in [
        (json!({}), 3),
        (json!({ "archived": null, "first": null }), 3),
        (json!({ "archived": false, "first": 2 }), 2),
        (json!({ "archived": null }), 3),
    ] {
        let answer = api.ask_with(&ana, document, variables.clone()).await;
        let found = answer.data("/services/nodes").as_array().unwrap().len();
        assert_eq!(found, count, "{variables}");
    }
}

async fn a_document_means_the_same_the_third_time(world: World) {
    let api = world.api();
    let ana = api.founder("ana", "aurora").await;
    titled(&api, &ana, &["A", "B", "C"]).await;
    let document = "query($first: Int, $text: String, $id: ID!) {
        services(first: $first, text: $text) { totalCount nodes { title } }
        node(id: $id) { id }
    }";
    let good = json!({ "first": 2, "text": "b", "id": "nobody" });
    let first = seen(&api.ask_with(&ana, document, good.clone()).await);
    assert_eq!(
        first.1["services"],
        json!({ "totalCount": 1, "nodes": [{ "title": "B" }] })
    );
    let others = [
        good,
        json!({ "id": "nobody" }),
        json!({ "id": 7, "first": 1 }),
        json!({ "id": 7.5 }),
        json!({ "id": ["nobody"] }),
        json!({ "id": "nobody", "first": "2" }),
        json!({ "id": "nobody", "first": 101 }),
        json!({ "id": "nobody", "text": { "is": "b" } }),
        json!({ "first": 2 }),
    ];
    for (count, variables) in others.into_iter().enumerate() {
        let again = api.ask_with(&ana, document, variables.clone()).await;
        // Another text, though it says the same.
        let new = format!("{document} # {count}");
        let new = api.ask_with(&ana, &new, variables.clone()).await;
        assert_eq!(seen(&again), seen(&new), "{variables}");
    }
}

async fn what_was_rehearsed_was_not_looked_at(world: World) {
    let api = world.api();
    let ana = api.founder("ana", "aurora").await;
    let document = "query($isDry: Boolean!) { rateLimit(dryRun: $isDry) { cost } nothing }";
    for _ in 0..2 {
        let rehearsed = api.ask_with(&ana, document, json!({ "isDry": true })).await;
        assert_ne!(*rehearsed.data("/rateLimit/cost"), Value::Null);
    }
    for _ in 0..2 {
        let run = api.ask_with(&ana, document, json!({ "isDry": false })).await;
        assert_eq!(
            (&run.body["data"], run.code()),
            (&Value::Null, "VALIDATION_FAILED")
        );
    }
}
