//! Watching free times: whoever does hears of what may change them, and of nothing that only others are in.

use std::sync::Arc;
use std::time::Duration;

use db::journal::follow::Follower;
use db::journal::{Event, Sought};
use db::{Asker, Tenant};
use flows::hearing::{Reaches, Watched};
use futures::future::join_all;
use kernel::{Span, SystemKind};
use scheduling::service::{ServiceEdit, ServicePart, Who, set_service_hosts};
use serde_json::{Value, json};

use crate::world::desk::Desk;
use crate::world::practice::at;
use crate::world::{Events, World, stories};

stories! { both: [
    a_block_that_is_moved_away_is_heard_of_where_it_was,
    a_service_is_read_once_for_all_who_watch_it,
    whoever_watches_a_service_hears_nothing_of_those_who_do_not_give_it,
] }

const SLOTS: &str = "subscription($id: ID!) { slotsChanged(serviceId: $id, from: \"2026-03-03T09:00:00Z\", \
                     to: \"2026-03-03T18:00:00Z\") { cursor } }";

impl Desk {
    /// The kind of the event that a watcher was last told of.
    async fn kind_of(&self, events: &mut Events) -> String {
        let told = events.next().await.expect("a change");
        let data = told["data"].as_object().unwrap_or_else(|| panic!("{told}"));
        let cursor = data.values().next().unwrap()["cursor"].clone();
        let journal = "{ events(last: 20) { nodes { cursor type } } }";
        let answer = self.api.ask(&self.owner, journal).await;
        let all = answer.data("/events/nodes").as_array().unwrap().clone();
        let it: &Value = all.iter().find(|it| it["cursor"] == cursor).expect("an event");
        it["type"].as_str().unwrap().to_owned()
    }

    async fn given_by_both(&self) {
        let work = self.practice.staff().await;
        let parts = self.hosts.iter().map(|it| ServicePart::host(Who::Resource(*it)));
        set_service_hosts(&work, self.service, parts.collect(), None)
            .await
            .unwrap();
        work.commit().await.unwrap();
    }
}

/// A stream that has begun: nobody says so, so something is told until it hears.
async fn began(world: &World, desk: &Desk, document: &str, variables: Value) -> Events {
    let mut events = desk.api.watch(&Desk::client(2), document, variables).await;
    let mut minute = 0;
    loop {
        let start = at("2026-03-03T09:00:00Z") + chrono::TimeDelta::minutes(minute);
        desk.practice.holds(desk.service, start).await.unwrap();
        minute += 30;
        world.settle().await;
        if tokio::time::timeout(Duration::from_millis(200), events.next())
            .await
            .is_ok()
        {
            return events;
        }
    }
}

async fn is_silent(events: &mut Events) -> bool {
    tokio::time::timeout(Duration::from_millis(300), events.next())
        .await
        .is_err()
}

async fn whoever_watches_a_service_hears_nothing_of_those_who_do_not_give_it(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let other = desk
        .practice
        .service("outra", &desk.hosts[1..], ServiceEdit::default())
        .await;
    let id = json!({ "id": desk.service.to_string() });
    let mut slots = began(&world, &desk, SLOTS, id).await;
    desk.practice
        .holds(other, at("2026-03-03T15:00:00Z"))
        .await
        .unwrap();
    desk.practice
        .books(other, at("2026-03-03T16:00:00Z"))
        .await
        .unwrap();
    world.settle().await;
    assert!(is_silent(&mut slots).await);
    let (_, token) = desk.booked("2026-03-03T16:30:00Z").await;
    world.settle().await;
    assert_eq!(desk.kind_of(&mut slots).await, "BOOKING_CREATED");
    desk.given_by_both().await;
    world.settle().await;
    assert_eq!(desk.kind_of(&mut slots).await, "SERVICE_HOSTS_SET");
    // Whoever gives the other service gives this one now, too.
    desk.practice
        .holds(other, at("2026-03-03T17:00:00Z"))
        .await
        .unwrap();
    world.settle().await;
    assert_eq!(desk.kind_of(&mut slots).await, "HOLD_PLACED");
    desk.cancels(&token).await;
    world.settle().await;
    assert_eq!(desk.kind_of(&mut slots).await, "BOOKING_CANCELLED");
}

async fn a_block_that_is_moved_away_is_heard_of_where_it_was(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let input = json!({ "resourceId": desk.hosts[0].to_string(),
        "startsAt": "2026-03-03T16:00:00Z", "endsAt": "2026-03-03T17:00:00Z" });
    let made = desk
        .act(&desk.owner, ("blockCreate", "block { id }"), input)
        .await;
    let block = made.text("/blockCreate/block/id");
    let id = json!({ "id": desk.service.to_string() });
    let mut slots = began(&world, &desk, SLOTS, id).await;
    let input = json!({ "blockId": block,
        "startsAt": "2026-06-03T16:00:00Z", "endsAt": "2026-06-03T17:00:00Z" });
    let moved = desk
        .act(&desk.owner, ("blockUpdate", "block { id }"), input)
        .await;
    assert!(moved.refusals("blockUpdate").is_empty(), "{}", moved.body);
    world.settle().await;
    assert_eq!(desk.kind_of(&mut slots).await, "BLOCK_UPDATED");
}

async fn a_service_is_read_once_for_all_who_watch_it(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    world.settle().await;
    let tenant = Tenant(desk.practice.organization);
    let from = (Sought::default(), None);
    let mut follower = Follower::begin(&world.store, tenant, from).await.unwrap();
    let reaches = Reaches::default();
    let watchers: Vec<Arc<Watched>> = (0..50)
        .map(|_| reaches.watch(&world.store, tenant, desk.service))
        .collect();
    let starts = Span::new(at("2026-03-03T09:00:00Z"), at("2026-03-03T18:00:00Z")).unwrap();
    let worker = Asker::system(SystemKind::Worker);
    let reading = world.store.read(tenant, &worker).await.unwrap();
    let before = world.store.statements();
    flows::hearing::Reach::read(&reading, desk.service).await.unwrap();
    let once = world.store.statements() - before;
    drop(reading);
    let read = async |events: &[Arc<Event>], (from, until): (i64, i64)| {
        let before = world.store.statements();
        let asked = watchers
            .iter()
            .map(|it| it.last_to_move((events, from, until), starts));
        for answer in join_all(asked).await {
            assert!(answer.unwrap().is_some());
        }
        world.store.statements() - before
    };
    let mut last = follower.position();
    for (is_new, act) in [(true, "begins"), (false, "goes on"), (true, "changes")] {
        if act == "changes" {
            desk.given_by_both().await;
        } else {
            let hour = if act == "begins" { "10" } else { "11" };
            let start = format!("2026-03-03T{hour}:00:00Z");
            desk.practice.holds(desk.service, at(&start)).await.unwrap();
        }
        world.settle().await;
        let events = follower.next().await.unwrap();
        let statements = read(&events, (last, follower.position())).await;
        // Beside what is read there is the snapshot that it is read in.
        let most = if is_new { once + 3 } else { 0 };
        assert!(statements <= most, "{act}: {statements} of {most}");
        last = follower.position();
    }
}
