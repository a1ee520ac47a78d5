//! Promises: claimed once, kept once, whatever dies or sleeps in between.

use chrono::TimeDelta;
use db::timer::{
    self, ATTEMPTS_MAX, Claim, ERROR_MAX, LEASE, Lost, Promise, State, backlog, claim, next_due, pause,
};
use db::{Asker, Store, Tenant, Work};
use kernel::SystemKind;
use kernel::id::OrganizationId;
use serde_json::{Value, json};

use crate::world::{World, stories};

stories! {
    both: [
        a_kept_promise_is_gone,
        a_promise_that_is_made_again_moves_even_from_under_its_holder,
        a_promise_that_is_taken_back_is_lost_to_its_holder,
        a_promise_waits_for_its_moment,
        a_renewed_claim_stays_whose_it_is,
        a_zombie_cannot_acknowledge,
        crashes_count_as_attempts_and_the_last_is_given_up,
        failures_pause_and_end_in_what_can_be_armed_again,
        what_recurs_is_kept_until_its_next_moment,
    ],
    postgres: [two_workers_never_claim_the_same],
}

fn worker() -> Asker {
    Asker::system(SystemKind::Worker)
}

async fn write(store: &Store, organization: OrganizationId) -> Work<Tenant> {
    store.write(Tenant(organization), &worker()).await.unwrap()
}

fn promise(world: &World, subject: &str, after: TimeDelta) -> Promise {
    Promise {
        kind: "egg.boiled",
        subject: subject.to_owned(),
        payload: json!({ "minutes": after.num_minutes() }),
        due_at: world.store.now() + after,
    }
}

/// An organization to which one egg is promised in four minutes.
async fn kitchen(world: &World) -> OrganizationId {
    let ours = world.organization("aurora").await;
    promised(world, ours, "egg", 4).await;
    ours
}

async fn promised(world: &World, ours: OrganizationId, subject: &str, minutes: i64) {
    let work = write(&world.store, ours).await;
    let promise = promise(world, subject, TimeDelta::minutes(minutes));
    work.promise(promise).await.unwrap();
    work.commit().await.unwrap();
}

async fn claimed(store: &Store) -> Vec<Claim> {
    claim(store, 10).await.unwrap()
}

async fn the_one(store: &Store) -> Claim {
    let [claim] = claimed(store).await.try_into().expect("one claim");
    claim
}

async fn kept(world: &World, claim: &Claim) -> Result<(), Lost> {
    let work = write(&world.store, claim.organization).await;
    let kept = work.keep(claim).await.unwrap();
    work.commit().await.unwrap();
    kept
}

async fn dead(world: &World, ours: OrganizationId) -> Vec<timer::Timer> {
    let reading = world.store.read(Tenant(ours), &worker()).await.unwrap();
    let page = db::paging::Asked::default().page::<timer::Entity>().unwrap();
    let slice = timer::page(&reading, State::Dead, &page).await.unwrap();
    slice.rows.into_iter().map(|(_, it)| it).collect()
}

async fn a_promise_waits_for_its_moment(world: World) {
    let ours = kitchen(&world).await;
    promised(&world, ours, "toast", 2).await;
    let due_at = world.store.now() + TimeDelta::minutes(2);
    assert_eq!(next_due(&world.store).await.unwrap(), Some(due_at));
    world.clock.advance(TimeDelta::minutes(2) - TimeDelta::seconds(1));
    assert_eq!(claimed(&world.store).await, []);
    world.clock.advance(TimeDelta::seconds(1));
    let toast = the_one(&world.store).await;
    assert_eq!(
        (
            toast.organization,
            toast.kind.as_str(),
            toast.subject.as_str(),
            toast.attempt
        ),
        (ours, "egg.boiled", "toast", 1)
    );
    assert_eq!((toast.due_at, &toast.payload), (due_at, &json!({ "minutes": 2 })));
    assert_eq!(claimed(&world.store).await, [], "it is somebody's already");
    let egg = due_at + TimeDelta::minutes(2);
    assert_eq!(next_due(&world.store).await.unwrap(), Some(egg));
}

async fn a_kept_promise_is_gone(world: World) {
    kitchen(&world).await;
    world.clock.advance(TimeDelta::minutes(4));
    let egg = the_one(&world.store).await;
    let undone = write(&world.store, egg.organization).await;
    assert_eq!(undone.keep(&egg).await.unwrap(), Ok(()));
    undone.undo().await.unwrap();
    assert_eq!(kept(&world, &egg).await, Ok(()));
    assert_eq!(kept(&world, &egg).await, Err(Lost));
    world.clock.advance(TimeDelta::days(1));
    assert_eq!(claimed(&world.store).await, []);
    assert_eq!(next_due(&world.store).await.unwrap(), None);
}

async fn a_zombie_cannot_acknowledge(world: World) {
    let ours = kitchen(&world).await;
    world.clock.advance(TimeDelta::minutes(4));
    let zombie = the_one(&world.store).await;
    world.clock.advance(LEASE);
    assert_eq!(
        claimed(&world.store).await,
        [],
        "the lease lasts its whole minute"
    );
    world.clock.advance(TimeDelta::seconds(1));
    let fresh = the_one(&world.store).await;
    assert_eq!((fresh.id, fresh.attempt), (zombie.id, 2));
    let work = write(&world.store, ours).await;
    assert_eq!(work.renew(&zombie).await.unwrap(), Err(Lost));
    assert_eq!(work.keep(&zombie).await.unwrap(), Err(Lost));
    assert_eq!(work.fail(&zombie, "late").await.unwrap(), Err(Lost));
    let later = work.now() + TimeDelta::hours(1);
    assert_eq!(
        work.keep_until(&zombie, later, Value::Null).await.unwrap(),
        Err(Lost)
    );
    work.commit().await.unwrap();
    assert_eq!(kept(&world, &fresh).await, Ok(()));
    assert_eq!(kept(&world, &zombie).await, Err(Lost));
}

async fn a_renewed_claim_stays_whose_it_is(world: World) {
    let ours = kitchen(&world).await;
    world.clock.advance(TimeDelta::minutes(4));
    let egg = the_one(&world.store).await;
    for _ in 0..3 {
        world.clock.advance(LEASE - TimeDelta::seconds(1));
        let work = write(&world.store, ours).await;
        assert_eq!(work.renew(&egg).await.unwrap(), Ok(()));
        work.commit().await.unwrap();
        assert_eq!(claimed(&world.store).await, []);
    }
    assert_eq!(kept(&world, &egg).await, Ok(()));
}

async fn a_promise_that_is_made_again_moves_even_from_under_its_holder(world: World) {
    let ours = kitchen(&world).await;
    promised(&world, ours, "egg", 6).await;
    world.clock.advance(TimeDelta::minutes(4));
    assert_eq!(claimed(&world.store).await, []);
    world.clock.advance(TimeDelta::minutes(2));
    let egg = the_one(&world.store).await;
    assert_eq!(egg.payload, json!({ "minutes": 6 }));
    promised(&world, ours, "egg", 1).await;
    assert_eq!(kept(&world, &egg).await, Err(Lost));
    world.clock.advance(TimeDelta::minutes(1));
    assert_eq!(the_one(&world.store).await.attempt, 1);
}

async fn a_promise_that_is_taken_back_is_lost_to_its_holder(world: World) {
    let ours = kitchen(&world).await;
    world.clock.advance(TimeDelta::minutes(4));
    let egg = the_one(&world.store).await;
    let work = write(&world.store, ours).await;
    work.take_back("egg.boiled", "egg").await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(kept(&world, &egg).await, Err(Lost));
    assert_eq!(next_due(&world.store).await.unwrap(), None);
}

async fn what_recurs_is_kept_until_its_next_moment(world: World) {
    let ours = kitchen(&world).await;
    world.clock.advance(TimeDelta::minutes(4));
    let egg = the_one(&world.store).await;
    let work = write(&world.store, ours).await;
    let tomorrow = work.now() + TimeDelta::days(1);
    assert_eq!(
        work.keep_until(&egg, tomorrow, json!({ "next": true }))
            .await
            .unwrap(),
        Ok(())
    );
    work.commit().await.unwrap();
    assert_eq!(next_due(&world.store).await.unwrap(), Some(tomorrow));
    world.clock.advance(TimeDelta::days(1));
    let again = the_one(&world.store).await;
    assert_eq!((again.attempt, again.payload), (1, json!({ "next": true })));
}

async fn failures_pause_and_end_in_what_can_be_armed_again(world: World) {
    let ours = kitchen(&world).await;
    world.clock.advance(TimeDelta::minutes(4));
    for attempt in 1..=ATTEMPTS_MAX {
        let egg = the_one(&world.store).await;
        assert_eq!(egg.attempt, attempt);
        let work = write(&world.store, ours).await;
        let long = "é".repeat(ERROR_MAX + 1);
        assert_eq!(work.fail(&egg, &long).await.unwrap(), Ok(()));
        work.commit().await.unwrap();
        world.clock.advance(pause(attempt) - TimeDelta::seconds(1));
        assert_eq!(claimed(&world.store).await, [], "attempt {attempt}");
        world.clock.advance(TimeDelta::seconds(1));
    }
    assert_eq!(claimed(&world.store).await, []);
    let gone = dead(&world, ours).await;
    let error = gone[0].last_error.clone().unwrap();
    assert_eq!(
        (gone.len(), error.chars().count(), gone[0].attempts),
        (1, ERROR_MAX, ATTEMPTS_MAX)
    );
    assert_eq!(timer::dead_everywhere(&world.store, 9).await.unwrap(), gone);
    let counted = backlog(&world.store).await.unwrap();
    assert_eq!((counted.promises, counted.since, counted.dead), (0, None, 1));
    let work = write(&world.store, ours).await;
    assert!(work.rearm(gone[0].id).await.unwrap());
    assert!(!work.rearm(gone[0].id).await.unwrap());
    work.commit().await.unwrap();
    assert_eq!(the_one(&world.store).await.attempt, 1);
}

async fn crashes_count_as_attempts_and_the_last_is_given_up(world: World) {
    let ours = kitchen(&world).await;
    world.clock.advance(TimeDelta::minutes(4));
    for attempt in 1..=ATTEMPTS_MAX {
        // Whoever claims it dies of it.
        assert_eq!(the_one(&world.store).await.attempt, attempt);
        world.clock.advance(LEASE + TimeDelta::seconds(1));
    }
    assert_eq!(dead(&world, ours).await, []);
    assert_eq!(claimed(&world.store).await, []);
    assert_eq!(dead(&world, ours).await.len(), 1);
    assert_eq!(next_due(&world.store).await.unwrap(), None);
}

async fn two_workers_never_claim_the_same(world: World) {
    let ours = world.organization("aurora").await;
    let work = write(&world.store, ours).await;
    for egg in 0..40 {
        let promise = promise(&world, &format!("egg {egg}"), TimeDelta::zero());
        work.promise(promise).await.unwrap();
    }
    work.commit().await.unwrap();
    let nodes = [world.store.clone(), world.another_node(8, 4).await];
    let claims = nodes.map(|node| {
        tokio::spawn(async move {
            let mut mine = Vec::new();
            loop {
                let some = claim(&node, 3).await.unwrap();
                if some.is_empty() {
                    return mine;
                }
                mine.extend(some.into_iter().map(|it| it.subject));
            }
        })
    });
    let mut all = Vec::new();
    for claims in claims {
        all.extend(claims.await.unwrap());
    }
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!((count, all.len()), (40, 40));
}
