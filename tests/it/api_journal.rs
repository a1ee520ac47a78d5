//! The journal through the API: page by page, as it happens, for whom it is, and what is promised.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::TimeDelta;
use db::timer::{Promise, claim};
use flows::promises::Keepers;
use scheduling::provider::{Person, ProviderDraft, ProviderEdit, ReviewState};
use scheduling::service::ServiceEdit;
use serde_json::{Value, json};

use crate::world::desk::Desk;
use crate::world::{Api, Dice, Dispatcher, Events, Who, With, World, stories};

stories! { both: [
    a_cursor_below_the_floor_needs_a_snapshot,
    a_page_goes_on_where_the_last_one_ended,
    a_promise_that_was_given_up_is_listed_and_put_back_to_work,
    a_provider_hears_of_their_own,
    a_stream_ends_when_the_right_does,
    a_subscriber_that_is_cut_off_sees_every_event_once_and_in_order,
    whoever_looks_at_free_times_hears_that_they_change,
] }

const EVENT: &str = "id cursor type occurredAt actor { kind id } aggregate { id version } payload";

fn watching() -> String {
    format!(
        "subscription($after: String, $types: [EventKind!], $aggregate: ID) \
         {{ events(after: $after, types: $types, aggregate: $aggregate) {{ {EVENT} }} }}"
    )
}

async fn event(events: &mut Events) -> Value {
    let told = events.next().await.expect("an event");
    assert!(told.get("errors").is_none(), "{told}");
    let data = told["data"].as_object().unwrap();
    data.values().next().unwrap().clone()
}

/// The journal through the API.
async fn journal(api: &Api, who: &Who, arguments: &str) -> Vec<Value> {
    let document = format!("{{ events(first: 100{arguments}) {{ nodes {{ {EVENT} }} }} }}");
    let answer = api.ask(who, &document).await;
    answer.data("/events/nodes").as_array().unwrap().clone()
}

async fn cursor(api: &Api, who: &Who) -> Value {
    journal(api, who, "").await.pop().expect("an event")["cursor"].clone()
}

async fn rename(api: &Api, who: &Who, name: &str) {
    let rename =
        "mutation($name: String!) { organizationUpdate(input: { name: $name }) { userErrors { code } } }";
    let answer = api.ask_with(who, rename, json!({ "name": name })).await;
    assert!(answer.refusals("organizationUpdate").is_empty());
}

async fn a_page_goes_on_where_the_last_one_ended(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let (booking, token) = desk.booked("2026-03-03T10:00:00Z").await;
    desk.cancels(&token).await;
    world.settle().await;
    let (api, owner) = (&desk.api, &desk.owner);
    let all = journal(api, owner, "").await;
    let about = journal(api, owner, &format!(", aggregate: \"{booking}\"")).await;
    let kinds: Vec<&str> = about.iter().filter_map(|it| it["type"].as_str()).collect();
    assert_eq!(kinds, ["BOOKING_CREATED", "BOOKING_CANCELLED"]);
    assert_eq!(about[1]["actor"]["kind"], "BOOKING_TOKEN");
    assert_eq!(about[1]["aggregate"]["version"], 2);
    let created = journal(api, owner, ", types: [BOOKING_CREATED]").await;
    assert_eq!(created, about[..1]);
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let page = format!(
            "{{ events(first: 3{after}) {{ nodes {{ {EVENT} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let answer = api.ask(owner, &page).await;
        seen.extend(answer.data("/events/nodes").as_array().unwrap().clone());
        after = format!(", after: \"{}\"", answer.text("/events/pageInfo/endCursor"));
        if answer.data("/events/pageInfo/hasNextPage") == false {
            break;
        }
    }
    assert_eq!(seen, all);
    let count = api.ask(owner, "{ events { totalCount } }").await;
    assert_eq!(count.data("/events/totalCount"), &json!(all.len()));
}

async fn a_subscriber_that_is_cut_off_sees_every_event_once_and_in_order(world: World) {
    let here = world.api();
    let ana = here.founder("ana", "aurora").await;
    let other = world.another_node(8, 4).await;
    let there = Api::on(&other, With::default());
    let _numbers = [Dispatcher::of(&world.store), Dispatcher::of(&other)];
    world.settle().await;
    let mut after = cursor(&here, &ana).await;
    let writers = [(&here, "here"), (&there, "there")].map(|(api, node)| {
        let (api, ana) = (api.clone(), ana.clone());
        tokio::spawn(async move {
            for number in 0..60 {
                rename(&api, &ana, &format!("{node} {number}")).await;
            }
        })
    });
    let (mut dice, mut ids, mut versions) = (Dice::new(7), BTreeSet::new(), BTreeMap::new());
    while ids.len() < 120 {
        let api = if dice.below(2) == 0 { &here } else { &there };
        let mut events = api.watch(&ana, &watching(), json!({ "after": after })).await;
        // Then the line is cut.
        for _ in 0..=dice.below(9) {
            if ids.len() == 120 {
                break;
            }
            let told = event(&mut events).await;
            assert!(ids.insert(told["id"].to_string()), "twice: {told}");
            let version = told["aggregate"]["version"].as_i64().unwrap();
            let before = versions.insert(told["aggregate"]["id"].to_string(), version);
            assert!(before.is_none_or(|it| it < version), "{before:?}, then {version}");
            after = told["cursor"].clone();
        }
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let mut rest = here.watch(&ana, &watching(), json!({ "after": after })).await;
    let more = tokio::time::timeout(Duration::from_millis(300), rest.next()).await;
    assert!(more.is_err(), "nothing is left: {more:?}");
}

async fn a_cursor_below_the_floor_needs_a_snapshot(world: World) {
    let api = world.api();
    let ana = api.founder("ana", "aurora").await;
    world.settle().await;
    let old = cursor(&api, &ana).await;
    rename(&api, &ana, "Two").await;
    rename(&api, &ana, "Three").await;
    world.settle().await;
    world
        .clock
        .advance(db::journal::keeping::KEPT + TimeDelta::seconds(1));
    let ana = api.sign_in("ana").await.at("aurora");
    rename(&api, &ana, "Four").await;
    world.settle().await;
    assert_eq!(db::journal::keeping::forget(&world.store).await.unwrap(), 3);
    let page = format!("{{ events(after: {old}) {{ nodes {{ id }} }} }}");
    assert_eq!(api.ask(&ana, &page).await.code(), "SNAPSHOT_REQUIRED");
    let mut events = api.watch(&ana, &watching(), json!({ "after": old })).await;
    let told = events.next().await.expect("a refusal");
    assert_eq!(
        told["errors"][0]["extensions"]["code"], "SNAPSHOT_REQUIRED",
        "{told}"
    );
    assert_eq!(events.next().await, None);
    assert_eq!(journal(&api, &ana, "").await.len(), 1);
    let wrong = api
        .watch(&ana, &watching(), json!({ "after": "nonsense" }))
        .await
        .next()
        .await;
    assert_eq!(
        wrong.expect("a refusal")["errors"][0]["extensions"]["code"],
        "INVALID_INPUT"
    );
}

async fn a_provider_hears_of_their_own(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let bea = desk.api.member(&desk.owner, "bea", "PROVIDER").await;
    let viewer = desk.api.ask(&bea, "{ viewer { id } }").await.text("/viewer/id");
    let work = desk.practice.staff().await;
    let draft = ProviderDraft {
        person: Person::Known(desk.hosts[0]),
        details: ProviderEdit {
            user: Some(Some(viewer.parse().unwrap())),
            ..ProviderEdit::default()
        },
        review_state: ReviewState::Active,
    };
    flows::create_provider(&work, draft).await.unwrap();
    work.commit().await.unwrap();
    let other = desk
        .practice
        .service("outra", &desk.hosts[1..], ServiceEdit::default())
        .await;
    let _numbers = Dispatcher::of(&world.store);
    let (mine, _) = desk.booked("2026-03-03T10:00:00Z").await;
    desk.practice
        .books(other, "2026-03-03T10:00:00Z".parse().unwrap())
        .await
        .unwrap();
    world.settle().await;
    let bookings = journal(
        &desk.api,
        &bea,
        ", types: [BOOKING_CREATED, CLIENT_CREATED, MEMBERSHIP_LEFT]",
    )
    .await;
    let about: Vec<&Value> = bookings.iter().map(|it| &it["aggregate"]["id"]).collect();
    assert_eq!(about, [&json!(mine)]);
    let created = journal(&desk.api, &desk.owner, ", types: [BOOKING_CREATED]").await;
    assert_eq!(created.len(), 2);
    let from = json!({ "after": created[0]["cursor"], "types": ["BOOKING_CREATED"] });
    let mut events = desk.api.watch(&bea, &watching(), from).await;
    desk.practice
        .books(other, "2026-03-03T11:00:00Z".parse().unwrap())
        .await
        .unwrap();
    let (next, _) = desk.booked("2026-03-03T12:00:00Z").await;
    assert_eq!(event(&mut events).await["aggregate"]["id"], json!(next));
}

async fn a_stream_ends_when_the_right_does(world: World) {
    let attentive = With {
        door: door::Limits {
            recheck_every: Duration::from_millis(50),
            ..door::Limits::default()
        },
        ..With::default()
    };
    let api = world.api_with(attentive);
    let ana = api.founder("ana", "aurora").await;
    let rui = api.member(&ana, "rui", "ADMIN").await;
    world.settle().await;
    let after = cursor(&api, &ana).await;
    let mut events = api.watch(&rui, &watching(), json!({ "after": after })).await;
    rename(&api, &ana, "Two").await;
    world.settle().await;
    assert_eq!(event(&mut events).await["type"], "ORGANIZATION_UPDATED");
    let members = api.ask(&ana, "{ members(last: 1) { nodes { id } } }").await;
    let demote = "mutation($id: ID!) { membershipUpdate(input: { membershipId: $id, role: PROVIDER }) { userErrors { code } } }";
    let id = json!({ "id": members.text("/members/nodes/0/id") });
    assert!(
        api.ask_with(&ana, demote, id)
            .await
            .refusals("membershipUpdate")
            .is_empty()
    );
    let last = events.next().await.expect("a last word");
    assert!(last["errors"][0]["extensions"]["code"].is_string(), "{last}");
    assert_eq!(events.next().await, None);
}

async fn whoever_looks_at_free_times_hears_that_they_change(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let _numbers = Dispatcher::of(&world.store);
    world.settle().await;
    let day = json!({ "id": desk.service.to_string(), "host": desk.hosts[0].to_string(),
        "after": cursor(&desk.api, &desk.owner).await });
    let slots = "subscription($id: ID!, $after: String) { slotsChanged(serviceId: $id, from: \"2026-03-03T09:00:00Z\", \
                 to: \"2026-03-03T18:00:00Z\", after: $after) { cursor occurredAt } }";
    let agenda = "subscription($host: ID!, $after: String) { agendaChanged(resourceId: $host, fallsOn: \"2026-03-03\", \
                  after: $after) { cursor } }";
    let mut slots = desk.api.watch(&Desk::client(2), slots, day.clone()).await;
    let mut agenda = desk.api.watch(&desk.owner, agenda, day.clone()).await;
    // Of another day, and of nobody's time.
    desk.practice
        .books(desk.service, "2026-03-05T10:00:00Z".parse().unwrap())
        .await
        .unwrap();
    rename(&desk.api, &desk.owner, "Two").await;
    let (booking, token) = desk.booked("2026-03-03T10:00:00Z").await;
    let first = event(&mut slots).await;
    assert_eq!(event(&mut agenda).await["cursor"], first["cursor"]);
    let about = json!({ "id": booking, "after": day["after"] });
    let watch =
        "subscription($id: ID!, $after: String) { bookingChanged(bookingId: $id, after: $after) { type } }";
    let mut changes = desk.api.watch(&desk.owner, watch, about).await;
    assert_eq!(event(&mut changes).await["type"], "BOOKING_CREATED");
    desk.cancels(&token).await;
    assert_eq!(event(&mut changes).await["type"], "BOOKING_CANCELLED");
    assert_ne!(event(&mut slots).await["cursor"], first["cursor"]);
    desk.practice
        .holds(desk.service, "2026-03-03T15:00:00Z".parse().unwrap())
        .await
        .unwrap();
    event(&mut slots).await;
}

async fn a_promise_that_was_given_up_is_listed_and_put_back_to_work(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let work = desk.practice.staff().await;
    let promise = Promise {
        kind: "egg.boiled",
        subject: "egg".to_owned(),
        payload: json!({}),
        due_at: work.now(),
    };
    work.promise(promise).await.unwrap();
    work.commit().await.unwrap();
    while let Some(egg) = claim(&world.store, 1).await.unwrap().first() {
        Keepers::default().keep(&world.store, egg).await;
        world.clock.advance(TimeDelta::hours(1));
    }
    let owner = desk.api.sign_in("ana").await.at("aurora");
    let dead = "{ timers(state: DEAD) { nodes { id kind subjectId state attempts lastError } totalCount } }";
    let answer = desk.api.ask(&owner, dead).await;
    let [timer] = answer.data("/timers/nodes").as_array().unwrap().as_slice() else {
        panic!("{}", answer.body)
    };
    assert_eq!(
        (&timer["attempts"], &timer["lastError"]),
        (&json!(25), &json!("UNKNOWN_KIND"))
    );
    let input = json!({ "timerId": timer["id"] });
    let armed = desk
        .act(&owner, ("timerRearm", "timer { state attempts }"), input.clone())
        .await;
    assert_eq!(
        armed.data("/timerRearm/timer"),
        &json!({ "state": "WAITING", "attempts": 0 })
    );
    let again = desk.act(&owner, ("timerRearm", "timer { state }"), input).await;
    assert_eq!(again.refusals("timerRearm"), ["NOT_FOUND -"]);
    let work = desk.practice.staff().await;
    work.take_back("egg.boiled", "egg").await.unwrap();
    work.commit().await.unwrap();
}
