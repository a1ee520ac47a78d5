//! One key, one effect, one answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use db::idempotency::{self, Ask, Claim, KEPT_FOR};
use db::{Account, Asker, Fault, Store, Tenant};
use kernel::SystemKind;
use kernel::id::{OrganizationId, UserId};
use serde_json::{Value, json};
use tokio::sync::Barrier;

use crate::world::{World, number, stories};

stories! {
    both: [
        a_claim_that_was_given_back_may_be_made_again,
        a_claim_that_was_undone_may_be_made_again,
        a_key_is_forgotten_when_it_expires_and_not_before,
        a_thousand_parallel_calls_have_one_effect_and_one_answer,
        another_request_under_the_same_key_is_told_so,
        one_key_of_two_actors_or_for_two_mutations_is_two_keys,
    ],
}

fn ask<'a>(key: &'a str, request: &'a [u8]) -> Ask<'a> {
    Ask {
        actor: "usr_1",
        mutation: "organizationCreate",
        key,
        request,
    }
}

fn operator() -> Asker {
    Asker::system(SystemKind::Operator)
}

/// What a mutation does: claim, have an effect, keep the answer, all in one Work.
async fn call(store: &Store, ours: OrganizationId, ask: &Ask<'_>) -> Result<Option<Value>, Fault> {
    let work = store.write(Tenant(ours), &operator()).await?;
    let answer = match idempotency::claim(&work, Tenant(ours), ask).await? {
        Claim::Replay(answer) => Some(answer),
        Claim::Reused => None,
        Claim::Fresh(id) => {
            let made: UserId = work.mint();
            work.account_event(made, "effect.had", json!({})).await?;
            let answer = json!({ "id": made, "userErrors": [] });
            idempotency::keep(&work, Tenant(ours), id, answer.clone()).await?;
            Some(answer)
        }
    };
    work.commit().await?;
    Ok(answer)
}

async fn effects(world: &World) -> i64 {
    let reading = world.store.read(Account, &operator()).await.unwrap();
    number(&reading, "SELECT count(*) FROM account_events", [])
        .await
        .unwrap()
}

async fn a_thousand_parallel_calls_have_one_effect_and_one_answer(world: World) {
    const CALLS: usize = 1_000;
    let ours = world.organization("aurora").await;
    let nodes = [world.store.clone(), world.another_node(8, 8).await];
    let start = Arc::new(Barrier::new(CALLS));
    let calls: Vec<_> = (0..CALLS)
        .map(|nth| {
            let (store, start) = (nodes[nth % 2].clone(), start.clone());
            tokio::spawn(async move {
                start.wait().await;
                call(&store, ours, &ask("one", b"{}")).await
            })
        })
        .collect();
    let mut answers = BTreeMap::new();
    for answer in calls {
        let answer = answer.await.unwrap().unwrap().expect("no other request was sent");
        *answers.entry(answer.to_string()).or_insert(0) += 1;
    }
    assert_eq!(effects(&world).await, 1);
    assert_eq!(
        answers.into_values().collect::<Vec<_>>(),
        [CALLS],
        "everybody hears the same"
    );
}

async fn another_request_under_the_same_key_is_told_so(world: World) {
    let ours = world.organization("aurora").await;
    let answer = call(&world.store, ours, &ask("one", br#"{"name":"Aurora"}"#))
        .await
        .unwrap();
    assert!(answer.is_some());
    let other = call(&world.store, ours, &ask("one", br#"{"name":"Boreal"}"#))
        .await
        .unwrap();
    assert_eq!(other, None);
    let again = call(&world.store, ours, &ask("one", br#"{"name":"Aurora"}"#))
        .await
        .unwrap();
    assert_eq!(again, answer);
    assert_eq!(effects(&world).await, 1);
}

async fn one_key_of_two_actors_or_for_two_mutations_is_two_keys(world: World) {
    let ours = world.organization("aurora").await;
    // Where one part ends and the next begins is part of the key.
    for (actor, mutation, key) in [
        ("ab", "c", "d"),
        ("a", "bc", "d"),
        ("a", "b", "cd"),
        ("abc", "", "d"),
    ] {
        let ask = Ask {
            actor,
            mutation,
            key,
            request: b"{}",
        };
        call(&world.store, ours, &ask).await.unwrap();
    }
    assert_eq!(effects(&world).await, 4);
}

async fn a_claim_that_was_undone_may_be_made_again(world: World) {
    let ours = world.organization("aurora").await;
    let work = world.store.write(Tenant(ours), &operator()).await.unwrap();
    let claim = idempotency::claim(&work, Tenant(ours), &ask("one", b"{}"))
        .await
        .unwrap();
    assert!(matches!(claim, Claim::Fresh(_)), "{claim:?}");
    // On PostgreSQL this one waits for the first to end; on SQLite there is only one writer.
    let waiting = tokio::spawn({
        let store = world.store.clone();
        async move { call(&store, ours, &ask("one", b"{}")).await }
    });
    tokio::task::yield_now().await;
    drop(work);
    assert!(waiting.await.unwrap().unwrap().is_some());
    assert_eq!(effects(&world).await, 1);
}

async fn a_claim_that_was_given_back_may_be_made_again(world: World) {
    let ours = world.organization("aurora").await;
    let work = world.store.write(Tenant(ours), &operator()).await.unwrap();
    let claim = idempotency::claim(&work, Tenant(ours), &ask("one", b"{}"))
        .await
        .unwrap();
    let Claim::Fresh(id) = claim else {
        panic!("{claim:?}")
    };
    idempotency::release(&work, Tenant(ours), id).await.unwrap();
    work.commit().await.unwrap();
    call(&world.store, ours, &ask("one", b"another request"))
        .await
        .unwrap()
        .expect("as good as never claimed");
    assert_eq!(effects(&world).await, 1);
}

async fn a_key_is_forgotten_when_it_expires_and_not_before(world: World) {
    let ours = world.organization("aurora").await;
    assert!(KEPT_FOR >= TimeDelta::hours(24), "R5 promises a day");
    let first = call(&world.store, ours, &ask("one", b"{}")).await.unwrap();
    world.clock.advance(KEPT_FOR - TimeDelta::microseconds(1));
    assert_eq!(call(&world.store, ours, &ask("one", b"{}")).await.unwrap(), first);
    world.clock.advance(TimeDelta::microseconds(1));
    assert_ne!(call(&world.store, ours, &ask("one", b"{}")).await.unwrap(), first);
    assert_eq!(effects(&world).await, 2);
}
