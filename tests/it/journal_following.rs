//! Following a journal: many follow it for what one costs, and each hears everything once, in order, from where they stood.

use std::time::Duration;

use chrono::TimeDelta;
use db::audit::Deed;
use db::journal::follow::{Follower, Halt};
use db::journal::number::number;
use db::journal::tail::KEPT;
use db::journal::{Event, Sought, after, keeping};
use db::{Asker, Store, Tenant};
use futures::future::join_all;
use kernel::id::OrganizationId;
use kernel::{EventType, SystemKind};
use serde_json::json;

use crate::world::{Dice, Dispatcher, World, stories};

stories! {
    both: [
        a_position_that_was_never_given_is_the_end,
        many_who_follow_cost_what_one_does,
        nobody_misses_anything_or_hears_it_twice,
        the_tail_ends_with_the_last_who_follows,
        whoever_is_far_behind_reads_alone_and_joins_the_others,
        whoever_is_overtaken_by_the_floor_is_told_so,
    ],
    sqlite: [what_no_bell_has_told_is_found],
    postgres: [what_another_node_numbers_is_heard_at_once],
}

/// How long a story waits for what must come. Never reached by what is right.
const PATIENCE: Duration = Duration::from_secs(20);

async fn told(store: &Store, organization: OrganizationId, deeds: Vec<Deed>) {
    let worker = Asker::system(SystemKind::Worker);
    let work = store.write(Tenant(organization), &worker).await.unwrap();
    for deed in deeds {
        work.tell(deed).await.unwrap();
    }
    work.commit().await.unwrap();
}

fn happened(what: EventType, thing: &str, version: usize) -> Deed {
    Deed {
        what,
        thing: thing.to_owned(),
        version: i64::try_from(version).unwrap(),
        diff: json!({}),
    }
}

fn moved(count: usize) -> Vec<Deed> {
    let moved = |it| happened(EventType::BookingMoved, &format!("thing {it}"), 1);
    (0..count).map(moved).collect()
}

async fn follow(store: &Store, organization: OrganizationId, from: Option<i64>) -> Follower {
    let begun = Follower::begin(store, Tenant(organization), (Sought::default(), from)).await;
    begun.unwrap()
}

/// The positions of what somebody hears next.
async fn heard(follower: &mut Follower) -> Vec<i64> {
    let next = tokio::time::timeout(PATIENCE, follower.next()).await;
    let events = next.expect("it is heard").unwrap();
    events.iter().filter_map(|it| it.position).collect()
}

async fn many_who_follow_cost_what_one_does(world: World) {
    let ours = world.organization("aurora").await;
    let mut followers = vec![follow(&world.store, ours, None).await];
    let mut costs = Vec::new();
    for many in [1, 200] {
        while followers.len() < many {
            followers.push(follow(&world.store, ours, None).await);
        }
        // The tail has looked once when it began.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let before = world.store.statements();
        told(&world.store, ours, moved(1)).await;
        number(&world.store).await.unwrap();
        let all = join_all(followers.iter_mut().map(heard)).await;
        assert!(all.iter().all(|it| *it == all[0]), "{all:?}");
        costs.push(world.store.statements() - before);
    }
    assert!(costs[1] <= costs[0], "{costs:?}");
}

async fn whoever_is_far_behind_reads_alone_and_joins_the_others(world: World) {
    let ours = world.organization("aurora").await;
    let mut slow = follow(&world.store, ours, None).await;
    let mut quick = follow(&world.store, ours, None).await;
    let count = KEPT + 300;
    told(&world.store, ours, moved(count)).await;
    while !matches!(
        number(&world.store).await.unwrap(),
        db::journal::number::Numbered::All(_)
    ) {}
    let mut late = follow(&world.store, ours, Some(3)).await;
    let all: Vec<i64> = (1..).take(count).collect();
    for (follower, from) in [(&mut quick, 0), (&mut slow, 0), (&mut late, 3)] {
        let mut positions = Vec::new();
        while positions.len() < count - from {
            positions.extend(heard(follower).await);
        }
        assert_eq!(positions, all[from..]);
    }
    told(&world.store, ours, moved(1)).await;
    number(&world.store).await.unwrap();
    for follower in [&mut quick, &mut slow, &mut late] {
        assert_eq!(heard(follower).await, [i64::try_from(count).unwrap() + 1]);
    }
}

/// Three things, about each of which it is said at the end that it is over.
const THINGS: [&str; 3] = ["one", "two", "three"];

/// What is said at the end.
const OVER: EventType = EventType::OrganizationDeleted;

/// What somebody wants to hear, and how often it will be over for them.
fn wanted(dice: &mut Dice) -> (Sought, usize) {
    let mut sought = Sought::default();
    match dice.below(3) {
        0 => sought.types = Some(vec![EventType::BookingMoved, OVER]),
        1 => sought.aggregate = dice.pick(&THINGS).map(str::to_owned),
        _ => {}
    }
    let ends = if sought.aggregate.is_some() { 1 } else { 3 };
    (sought, ends)
}

/// Follows until it is over, now and then too slowly, and now and then cut off.
async fn follows(nodes: [Store; 2], organization: OrganizationId, seed: u64) -> (Sought, Vec<i64>) {
    let mut dice = Dice::new(seed);
    let (sought, mut ends) = wanted(&mut dice);
    let (mut positions, mut position) = (Vec::new(), 0);
    while ends > 0 {
        let node = &nodes[dice.below(2)];
        let from = (sought.clone(), Some(position));
        let mut follower = Follower::begin(node, Tenant(organization), from).await.unwrap();
        for _ in 0..=dice.below(6) {
            if ends == 0 {
                break;
            }
            let next = tokio::time::timeout(PATIENCE, follower.next()).await;
            let events = next.expect("it is heard").unwrap();
            ends -= events.iter().filter(|it| it.type_ == OVER.word()).count();
            positions.extend(events.iter().filter_map(|it| it.position));
            position = *positions.last().unwrap();
            let pause = if dice.below(4) == 0 { 20 } else { 0 };
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }
    (sought, positions)
}

async fn writes(node: Store, organization: OrganizationId, seed: u64) {
    let mut dice = Dice::new(seed);
    for version in 0..80 {
        let some = 0..=dice.below(5);
        let some = some.map(|_| {
            let what = [EventType::BookingMoved, EventType::BookingCancelled][dice.below(2)];
            happened(what, THINGS[dice.below(3)], version)
        });
        let some = some.collect();
        told(&node, organization, some).await;
    }
}

async fn nobody_misses_anything_or_hears_it_twice(world: World) {
    let ours = world.organization("aurora").await;
    let nodes = [world.store.clone(), world.another_node(8, 4).await];
    let _numbers = nodes.each_ref().map(Dispatcher::of);
    let followers: Vec<_> = (0..24)
        .map(|seed| tokio::spawn(follows(nodes.clone(), ours, seed)))
        .collect();
    join_all([(&nodes[0], 90), (&nodes[1], 91)].map(|(node, seed)| writes(node.clone(), ours, seed))).await;
    let over = THINGS.map(|it| happened(OVER, it, 1_000)).into();
    told(&world.store, ours, over).await;
    let heard = join_all(followers).await;
    let worker = Asker::system(SystemKind::Worker);
    let reading = world.store.read(Tenant(ours), &worker).await.unwrap();
    let all: Vec<Event> = after(&reading, 0, 10_000).await.unwrap();
    for follower in heard {
        let (sought, positions) = follower.unwrap();
        let is_meant = |it: &&Event| {
            let of_kind = sought.types.as_ref();
            of_kind.is_none_or(|types| types.iter().any(|kind| kind.word() == it.type_))
                && sought.aggregate.as_ref().is_none_or(|of| *of == it.aggregate_id)
        };
        let meant: Vec<i64> = all.iter().filter(is_meant).filter_map(|it| it.position).collect();
        assert_eq!(positions, meant, "{sought:?}");
    }
}

async fn the_tail_ends_with_the_last_who_follows(world: World) {
    let [ours, theirs] = [
        world.organization("aurora").await,
        world.organization("borealis").await,
    ];
    let followed = || world.store.wake().followed();
    let one = follow(&world.store, ours, None).await;
    let other = follow(&world.store, ours, None).await;
    assert_eq!(followed(), 1);
    let third = follow(&world.store, theirs, None).await;
    assert_eq!(followed(), 2);
    drop(one);
    assert_eq!(followed(), 2);
    drop((other, third));
    assert_eq!(followed(), 0);
    let mut again = follow(&world.store, ours, None).await;
    told(&world.store, ours, moved(1)).await;
    number(&world.store).await.unwrap();
    assert_eq!(heard(&mut again).await, [1]);
}

async fn whoever_is_overtaken_by_the_floor_is_told_so(world: World) {
    let ours = world.organization("aurora").await;
    let mut sleeps = follow(&world.store, ours, None).await;
    let mut awake = follow(&world.store, ours, None).await;
    let end = sleeps.position() + i64::try_from(KEPT).unwrap() + 2;
    told(&world.store, ours, moved(KEPT + 1)).await;
    world.settle().await;
    world.clock.advance(keeping::KEPT + TimeDelta::seconds(1));
    told(&world.store, ours, moved(1)).await;
    world.settle().await;
    // What the tail still keeps in memory is handed over, forgotten or not: it has to come to the end first.
    while awake.position() < end {
        heard(&mut awake).await;
    }
    assert_eq!(keeping::forget(&world.store).await.unwrap(), 1_000);
    let next = tokio::time::timeout(PATIENCE, sleeps.next()).await;
    assert!(matches!(next.expect("a word"), Err(Halt::Forgotten)));
    for (from, is_there) in [(999, false), (1_000, true)] {
        let begun = Follower::begin(&world.store, Tenant(ours), (Sought::default(), Some(from))).await;
        assert_eq!(begun.is_ok(), is_there, "{from}");
    }
}

async fn a_position_that_was_never_given_is_the_end(world: World) {
    let ours = world.organization("aurora").await;
    told(&world.store, ours, moved(2)).await;
    world.settle().await;
    let mut ahead = follow(&world.store, ours, Some(1_000)).await;
    told(&world.store, ours, moved(1)).await;
    world.settle().await;
    assert_eq!(heard(&mut ahead).await, [3]);
}

/// Another process has the same file, and its bells do not ring here.
async fn what_no_bell_has_told_is_found(world: World) {
    let ours = world.organization("aurora").await;
    let other = world.another_node(8, 2).await;
    let mut follower = follow(&world.store, ours, None).await;
    told(&other, ours, moved(1)).await;
    number(&other).await.unwrap();
    assert_eq!(heard(&mut follower).await, [1]);
}

async fn what_another_node_numbers_is_heard_at_once(world: World) {
    let ours = world.organization("aurora").await;
    let other = world.another_node(8, 2).await;
    let mut follower = follow(&other, ours, None).await;
    let mut ears = other.wake().listen_to_journals();
    let hearing = tokio::spawn({
        let other = other.clone();
        async move { other.hear_others().await }
    });
    // It says that it listens by ringing for everybody.
    assert_eq!(ears.heard_any().await, None);
    told(&world.store, ours, moved(1)).await;
    number(&world.store).await.unwrap();
    let soon = other.look_every() / 2;
    let next = tokio::time::timeout(soon, follower.next()).await;
    assert_eq!(next.expect("it is heard").unwrap().len(), 1);
    hearing.abort();
}
