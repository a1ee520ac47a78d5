//! The audit log as it happens: first what was missed, then what comes, from whichever node, until the right is lost.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::world::{Api, Events, Who, With, World, stories};

stories! {
    both: [
        whoever_comes_back_gets_what_was_missed_and_then_what_happens,
        nothing_is_lost_or_told_twice_that_two_nodes_write,
        a_stream_ends_when_the_right_is_lost,
        a_stream_ends_when_the_session_does,
        a_cursor_of_something_else_is_refused,
    ]
}

const WATCH: &str =
    "subscription($after: String) { auditLogged(after: $after) { id cursor action entityId } }";

const RENAME: &str =
    "mutation($name: String!) { organizationUpdate(input: { name: $name }) { userErrors { code } } }";

/// The recheck of the door, in time for a story.
fn attentive() -> With {
    With {
        door: door::Limits {
            recheck_every: Duration::from_millis(50),
            ..door::Limits::default()
        },
        ..With::default()
    }
}

async fn rename(api: &Api, who: &Who, name: &str) {
    let answer = api.ask_with(who, RENAME, json!({ "name": name })).await;
    assert!(answer.refusals("organizationUpdate").is_empty());
}

async fn line(events: &mut Events) -> Value {
    let told = events.next().await.expect("a line");
    assert!(told.get("errors").is_none(), "{told}");
    told["data"]["auditLogged"].clone()
}

/// A stream that has begun: from the last line of the log on, which has come once more.
async fn caught_up(api: &Api, who: &Who) -> Events {
    let last = log(api, who).await.pop().expect("a line");
    let mut events = api.watch(who, WATCH, json!({ "after": last["cursor"] })).await;
    while line(&mut events).await["id"] != last["id"] {}
    events
}

/// The whole log, through the API.
async fn log(api: &Api, who: &Who) -> Vec<Value> {
    let answer = api
        .ask(
            who,
            "{ auditLog(first: 100) { nodes { id cursor action entityId } } }",
        )
        .await;
    answer.data("/auditLog/nodes").as_array().unwrap().clone()
}

async fn whoever_comes_back_gets_what_was_missed_and_then_what_happens(world: World) {
    let api = world.api();
    let ana = api.founder("ana", "aurora").await;
    world.clock.advance(TimeDelta::minutes(6));
    rename(&api, &ana, "One").await;
    let known = log(&api, &ana).await.pop().unwrap();
    world.clock.advance(TimeDelta::minutes(6));
    rename(&api, &ana, "Two").await;
    rename(&api, &ana, "Three").await;
    let mut events = api.watch(&ana, WATCH, json!({ "after": known["cursor"] })).await;
    let missed = log(&api, &ana).await.split_off(2);
    assert_eq!(missed.len(), 2);
    // What is within a minute of the cursor may be told again, and is known by its id.
    let mut told = line(&mut events).await;
    if told["id"] == known["id"] {
        told = line(&mut events).await;
    }
    assert_eq!([told, line(&mut events).await], missed[..]);
    for name in ["Four", "Five"] {
        world.clock.advance(TimeDelta::seconds(1));
        rename(&api, &ana, name).await;
        let told = line(&mut events).await;
        assert_eq!(log(&api, &ana).await.last(), Some(&told));
    }
    let before = log(&api, &ana).await;
    let mut fresh = api.watch(&ana, WATCH, json!({})).await;
    // Nobody says when a stream without a cursor has begun: whatever comes is from then on.
    let told = loop {
        rename(&api, &ana, &format!("Now {}", world.store.now())).await;
        world.clock.advance(TimeDelta::seconds(1));
        if let Ok(told) = tokio::time::timeout(Duration::from_millis(100), line(&mut fresh)).await {
            break told;
        }
    };
    assert!(
        !before.contains(&told) && log(&api, &ana).await.contains(&told),
        "{told}"
    );
}

async fn nothing_is_lost_or_told_twice_that_two_nodes_write(world: World) {
    let here = world.api();
    let ana = here.founder("ana", "aurora").await;
    let there = Api::on(&world.another_node(8, 4).await, With::default());
    let mut watching = [caught_up(&here, &ana).await, caught_up(&there, &ana).await];
    let writing = |api: &Api, node: &str| {
        let (api, ana, node) = (api.clone(), ana.clone(), node.to_owned());
        tokio::spawn(async move {
            for number in 0..20 {
                rename(&api, &ana, &format!("{node} {number}")).await;
            }
        })
    };
    let writers = [writing(&here, "here"), writing(&there, "there")];
    let mut heard = Vec::new();
    for events in &mut watching {
        let mut lines = Vec::new();
        for _ in 0..40 {
            lines.push(line(events).await);
        }
        heard.push(lines);
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let by_id = |lines: &[Value]| {
        let mut ids: Vec<String> = lines.iter().map(|it| it["id"].to_string()).collect();
        ids.sort();
        ids
    };
    let written = by_id(&log(&here, &ana).await.split_off(1));
    assert_eq!(written.len(), 40);
    for lines in heard {
        assert_eq!(by_id(&lines), written, "each line once");
    }
}

async fn a_stream_ends_when_the_right_is_lost(world: World) {
    let api = world.api_with(attentive());
    let ana = api.founder("ana", "aurora").await;
    let rui = api.member(&ana, "rui", "ADMIN").await;
    let mut events = caught_up(&api, &rui).await;
    rename(&api, &ana, "Aurora").await;
    assert_eq!(line(&mut events).await["action"], "organization.updated");
    let members = api.ask(&ana, "{ members(last: 1) { nodes { id } } }").await;
    let remove =
        "mutation($id: ID!) { membershipRemove(input: { membershipId: $id }) { userErrors { code } } }";
    let id = json!({ "id": members.text("/members/nodes/0/id") });
    let removed = api.ask_with(&ana, remove, id).await;
    assert!(removed.refusals("membershipRemove").is_empty());
    let (mut last, mut lines) = (Value::Null, 0);
    while let Some(told) = events.next().await {
        lines += usize::from(told.get("errors").is_none());
        last = told;
    }
    assert!(
        lines <= 1,
        "the removal itself may be told, in the moment before it is felt"
    );
    assert_eq!(
        last["errors"][0]["extensions"]["code"], "UNAUTHENTICATED",
        "{last}"
    );
}

async fn a_stream_ends_when_the_session_does(world: World) {
    let api = world.api_with(attentive());
    let ana = api.founder("ana", "aurora").await;
    let mut events = caught_up(&api, &ana).await;
    let out = "mutation { sessionRevoke(input: {}) { userErrors { code } } }";
    assert!(api.ask(&ana, out).await.refusals("sessionRevoke").is_empty());
    let last = events.next().await.expect("a last word");
    assert_eq!(
        last["errors"][0]["extensions"]["code"], "UNAUTHENTICATED",
        "{last}"
    );
    assert_eq!(events.next().await, None);
}

async fn a_cursor_of_something_else_is_refused(world: World) {
    let api = world.api();
    let ana = api.founder("ana", "aurora").await;
    let cursor = api
        .ask(&ana, "{ members { edges { cursor } } }")
        .await
        .text("/members/edges/0/cursor");
    for wrong in [cursor.as_str(), "nonsense", ""] {
        let mut events = api.watch(&ana, WATCH, json!({ "after": wrong })).await;
        let told = events.next().await.expect("a refusal");
        assert_eq!(told["errors"][0]["extensions"]["code"], "INVALID_INPUT", "{told}");
        assert_eq!(events.next().await, None);
    }
}
