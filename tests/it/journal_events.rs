//! The journal itself: what is told gets a place, once, in the right order, and nobody misses it.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use db::audit::Deed;
use db::journal::number::{BATCH, Numbered, backlog, number};
use db::journal::{Event, after, extent, keeping, reader};
use db::{Asker, Fault, Store, Tenant, Work};
use kernel::id::OrganizationId;
use kernel::{EventType, SystemKind};
use serde_json::json;

use crate::world::{World, run, stories};

stories! {
    both: [
        a_batch_takes_along_what_else_its_things_wait_for,
        a_full_batch_leaves_the_rest_for_the_next,
        a_reader_goes_on_where_its_work_was_committed,
        an_event_gets_a_place_when_it_is_committed,
        an_event_is_changed_by_nobody_and_goes_only_below_the_floor,
        what_is_old_is_forgotten_and_the_floor_says_so,
    ],
    postgres: [
        a_dispatcher_that_hangs_is_taken_over,
        an_event_that_commits_late_is_behind_no_reader,
        one_numbers_at_a_time,
        one_reader_of_a_name_at_a_time,
        other_nodes_hear_what_is_numbered,
    ],
}

fn worker() -> Asker {
    Asker::system(SystemKind::Worker)
}

/// Of workers' transactions only so many run at once; these wait for each other on purpose.
async fn write(store: &Store, organization: OrganizationId) -> Work<Tenant> {
    let operator = Asker::system(SystemKind::Operator);
    store.write(Tenant(organization), &operator).await.unwrap()
}

fn happened(thing: &str, version: i64) -> Deed {
    Deed {
        what: EventType::BookingMoved,
        thing: thing.to_owned(),
        version,
        diff: json!({ "version": version }),
    }
}

async fn told(store: &Store, organization: OrganizationId, aggregate: &str, version: i64) {
    let work = write(store, organization).await;
    work.tell(happened(aggregate, version)).await.unwrap();
    work.commit().await.unwrap();
}

async fn read(store: &Store, organization: OrganizationId, position: i64) -> Vec<Event> {
    let reading = store.read(Tenant(organization), &worker()).await.unwrap();
    after(&reading, position, 10_000).await.unwrap()
}

fn versions(events: &[Event]) -> Vec<i64> {
    events.iter().map(|it| it.aggregate_version).collect()
}

fn positions(events: &[Event]) -> Vec<i64> {
    events.iter().filter_map(|it| it.position).collect()
}

async fn an_event_gets_a_place_when_it_is_committed(world: World) {
    let [ours, theirs] = [
        world.organization("aurora").await,
        world.organization("borealis").await,
    ];
    told(&world.store, ours, "a", 1).await;
    told(&world.store, theirs, "a", 1).await;
    told(&world.store, ours, "a", 2).await;
    assert_eq!(read(&world.store, ours, 0).await, []);
    let waiting = backlog(&world.store).await.unwrap();
    assert_eq!((waiting.events, waiting.since), (3, Some(world.store.now())));
    assert_eq!(number(&world.store).await.unwrap(), Numbered::All(3));
    assert_eq!(number(&world.store).await.unwrap(), Numbered::All(0));
    let events = read(&world.store, ours, 0).await;
    assert_eq!((positions(&events), versions(&events)), (vec![1, 2], vec![1, 2]));
    assert_eq!(positions(&read(&world.store, theirs, 0).await), [1]);
    told(&world.store, ours, "b", 1).await;
    number(&world.store).await.unwrap();
    assert_eq!(positions(&read(&world.store, ours, 2).await), [3]);
    let reading = world.store.read(Tenant(ours), &worker()).await.unwrap();
    assert_eq!(extent(&reading).await.unwrap(), (1, 3));
}

async fn an_event_that_commits_late_is_behind_no_reader(world: World) {
    let ours = world.organization("aurora").await;
    let late = write(&world.store, ours).await;
    late.tell(happened("late", 1)).await.unwrap();
    told(&world.store, ours, "soon", 1).await;
    number(&world.store).await.unwrap();
    let seen = read(&world.store, ours, 0).await;
    assert_eq!(positions(&seen), [1]);
    late.commit().await.unwrap();
    number(&world.store).await.unwrap();
    let seen = read(&world.store, ours, 1).await;
    assert_eq!((seen[0].aggregate_id.as_str(), seen.len()), ("late", 1));
}

async fn a_batch_takes_along_what_else_its_things_wait_for(world: World) {
    let ours = world.organization("aurora").await;
    // The second change of a thing was begun first, and so many others happened in between that a batch ends there.
    let work = write(&world.store, ours).await;
    work.tell(happened("thing", 2)).await.unwrap();
    for other in 1..BATCH {
        work.tell(happened(&format!("other {other}"), 1)).await.unwrap();
    }
    work.tell(happened("thing", 1)).await.unwrap();
    work.tell(happened("last", 1)).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(number(&world.store).await.unwrap(), Numbered::Full(BATCH + 1));
    assert_eq!(number(&world.store).await.unwrap(), Numbered::All(1));
    let events = read(&world.store, ours, 0).await;
    let of_thing: Vec<Event> = events
        .iter()
        .filter(|it| it.aggregate_id == "thing")
        .cloned()
        .collect();
    assert_eq!(versions(&of_thing), [1, 2]);
    assert_eq!(events.last().unwrap().aggregate_id, "last");
}

async fn a_full_batch_leaves_the_rest_for_the_next(world: World) {
    let ours = world.organization("aurora").await;
    let work = write(&world.store, ours).await;
    for one in 0..=BATCH {
        work.tell(happened(&format!("{one}"), 1)).await.unwrap();
    }
    work.commit().await.unwrap();
    assert_eq!(number(&world.store).await.unwrap(), Numbered::Full(BATCH));
    assert_eq!(number(&world.store).await.unwrap(), Numbered::All(1));
    let events = read(&world.store, ours, 0).await;
    let wanted: Vec<i64> = (1..).take(events.len()).collect();
    assert_eq!(positions(&events), wanted);
    let ids: BTreeSet<_> = events.iter().map(|it| it.id).collect();
    assert_eq!(ids.len() as u64, BATCH + 1);
}

async fn one_numbers_at_a_time(world: World) {
    let ours = world.organization("aurora").await;
    let other = world.another_node(8, 2).await;
    told(&world.store, ours, "a", 1).await;
    let busy = write(&other, ours).await;
    run(&busy, LOCK, []).await.unwrap();
    assert_eq!(number(&world.store).await.unwrap(), Numbered::Elsewhere);
    busy.undo().await.unwrap();
    assert_eq!(number(&world.store).await.unwrap(), Numbered::All(1));
}

/// What whoever numbers holds.
const LOCK: &str = "SELECT pg_advisory_xact_lock(x'686f72616a6f7572'::bigint)";

async fn a_dispatcher_that_hangs_is_taken_over(world: World) {
    let ours = world.organization("aurora").await;
    let other = world.another_node(8, 2).await;
    told(&world.store, ours, "a", 1).await;
    let hangs = write(&other, ours).await;
    let idle = "SELECT set_config('idle_in_transaction_session_timeout', '3s', true)";
    run(&hangs, LOCK, []).await.unwrap();
    run(&hangs, idle, []).await.unwrap();
    let began = std::time::Instant::now();
    while number(&world.store).await.unwrap() == Numbered::Elsewhere {
        assert!(began.elapsed().as_secs() < 20, "nobody takes over");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(positions(&read(&world.store, ours, 0).await), [1]);
    assert!(hangs.commit().await.is_err(), "its transaction is over");
}

async fn other_nodes_hear_what_is_numbered(world: World) {
    let ours = world.organization("aurora").await;
    let other = world.another_node(8, 2).await;
    let mut ears = other.wake().listen_to_journals();
    let listening = tokio::spawn({
        let other = other.clone();
        async move { other.hear_others().await }
    });
    // When it begins to listen it says that there may be news of anybody.
    assert_eq!(ears.heard_any().await, None);
    told(&world.store, ours, "a", 1).await;
    number(&world.store).await.unwrap();
    let heard = ears.heard_any();
    let patience = std::time::Duration::from_secs(20);
    let heard = tokio::time::timeout(patience, heard).await.expect("it is heard");
    assert_eq!(heard, Some(ours));
    listening.abort();
}

async fn a_reader_goes_on_where_its_work_was_committed(world: World) {
    let ours = world.organization("aurora").await;
    for version in 1..=3 {
        told(&world.store, ours, "a", version).await;
    }
    number(&world.store).await.unwrap();
    let behind = async || reader::behind(&world.store, "post", 10).await.unwrap();
    assert_eq!(behind().await, [ours]);
    let dies = write(&world.store, ours).await;
    assert_eq!(versions(&dies.unread("post", 2).await.unwrap()), [1, 2]);
    dies.have_read("post", 2).await.unwrap();
    dies.undo().await.unwrap();
    let lives = write(&world.store, ours).await;
    assert_eq!(versions(&lives.unread("post", 2).await.unwrap()), [1, 2]);
    lives.have_read("post", 2).await.unwrap();
    lives.commit().await.unwrap();
    assert_eq!(behind().await, [ours]);
    let work = write(&world.store, ours).await;
    assert_eq!(versions(&work.unread("post", 2).await.unwrap()), [3]);
    assert_eq!(versions(&work.unread("other", 9).await.unwrap()), [1, 2, 3]);
    work.have_read("post", 3).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(behind().await, []);
}

async fn one_reader_of_a_name_at_a_time(world: World) {
    let ours = world.organization("aurora").await;
    told(&world.store, ours, "a", 1).await;
    number(&world.store).await.unwrap();
    let begun = write(&world.store, ours).await;
    begun.have_read("post", 0).await.unwrap();
    begun.commit().await.unwrap();
    let first = write(&world.store, ours).await;
    assert_eq!(first.unread("post", 9).await.unwrap().len(), 1);
    let second = write(&world.store, ours).await;
    let fast = "SELECT set_config('lock_timeout', '1s', true)";
    run(&second, fast, []).await.unwrap();
    let found = second.unread("post", 9).await;
    assert!(
        matches!(&found, Ok(events) if events.is_empty()),
        "whoever comes second has nothing to do: {found:?}"
    );
    first.undo().await.unwrap();
}

async fn an_event_is_changed_by_nobody_and_goes_only_below_the_floor(world: World) {
    let ours = world.organization("aurora").await;
    told(&world.store, ours, "a", 1).await;
    let attempts = async |changes: &[&str]| {
        for change in changes {
            let work = write(&world.store, ours).await;
            let refused = run(&work, change, []).await;
            assert!(
                matches!(&refused, Err(Fault::Guard(name)) if name == "events_append_only"),
                "{change}: {refused:?}"
            );
            work.undo().await.unwrap();
        }
    };
    attempts(&[
        "UPDATE events SET type = 'nothing.done', position = 1",
        "UPDATE events SET actor_id = 'somebody', position = 1",
        "DELETE FROM events",
    ])
    .await;
    number(&world.store).await.unwrap();
    attempts(&["UPDATE events SET position = 2", "DELETE FROM events"]).await;
}

async fn what_is_old_is_forgotten_and_the_floor_says_so(world: World) {
    let ours = world.organization("aurora").await;
    told(&world.store, ours, "a", 1).await;
    told(&world.store, ours, "a", 2).await;
    number(&world.store).await.unwrap();
    world.clock.advance(keeping::KEPT);
    told(&world.store, ours, "a", 3).await;
    number(&world.store).await.unwrap();
    assert_eq!(
        keeping::forget(&world.store).await.unwrap(),
        0,
        "not a moment early"
    );
    world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(keeping::forget(&world.store).await.unwrap(), 2);
    assert_eq!(keeping::forget(&world.store).await.unwrap(), 0);
    assert_eq!(positions(&read(&world.store, ours, 0).await), [3]);
    let reading = world.store.read(Tenant(ours), &worker()).await.unwrap();
    assert_eq!(extent(&reading).await.unwrap(), (3, 3));
}
