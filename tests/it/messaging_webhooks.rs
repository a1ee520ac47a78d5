//! Webhooks: what happens arrives, signed, wherever it is wanted, however long that takes.

use chrono::TimeDelta;
use db::journal::keeping;
use kernel::EventType;
use messaging::Refusal;
use messaging::webhook::delivery::WebhookDeliveryState as State;
use messaging::webhook::endpoint::{EndpointState, pause_endpoint, resume_endpoint};
use messaging::webhook::log::send_test;
use messaging::webhook::sign::SigningSecret;
use serde_json::json;

use crate::world::hooks::House;
use crate::world::{World, stories};

stories! { both: [
    a_dead_endpoint_is_tried_ten_times_by_the_schedule_and_delays_no_other,
    a_paused_endpoint_goes_on_where_it_stopped,
    an_endpoint_that_asks_for_time_gets_it,
    an_endpoint_that_wants_no_more_is_disabled,
    an_event_arrives_signed_wherever_it_is_wanted_and_nowhere_else,
    five_days_without_an_arrival_pause_an_endpoint_and_keep_its_place,
    what_is_read_twice_is_laid_out_once,
    what_left_the_journal_while_an_endpoint_was_paused_is_told_as_missed,
] }

async fn an_event_arrives_signed_wherever_it_is_wanted_and_nowhere_else(world: World) {
    let house = House::new(&world).await;
    house.happens(EventType::BookingMoved, 1).await;
    let all = house.wants("/all", &["*"]).await;
    house.wants("/bookings", &["booking.*"]).await;
    house.wants("/moves", &["booking.moved", "client.created"]).await;
    house.wants("/clients", &["client.*"]).await;
    house.works().await;
    let before = house.receiver.got("/moves").len();
    house.happens(EventType::BookingMoved, 1).await;
    house.happens(EventType::BookingCancelled, 1).await;
    house.works().await;
    let got = house.receiver.got("/moves");
    assert_eq!((got.len() - before, house.receiver.got("/clients").len()), (1, 0));
    let told = got.last().unwrap();
    let body = told.json();
    assert_eq!(
        (&body["type"], &body["aggregate"]["version"]),
        (&json!("booking.moved"), &json!(1))
    );
    assert_eq!(body["payload"], json!({ "version": 1 }));
    assert_eq!(
        (&body["actor"]["kind"], &body["isThin"]),
        (&json!("SYSTEM"), &json!(false))
    );
    assert_eq!(told.header("webhook-id"), body["id"].as_str().unwrap());
    let bookings = house.receiver.types("/bookings", 0);
    assert!(
        bookings.ends_with(&["booking.moved".to_owned()]) && bookings[0] == "booking.cancelled",
        "{bookings:?}"
    );
    let last = house.log(all).await.pop().unwrap();
    let everything = house.receiver.got("/all");
    let event = everything
        .iter()
        .find(|it| it.header("webhook-id") == last.event_id.to_string())
        .unwrap();
    let work = house.work().await;
    let secret = SigningSecret::of(work.key(), all, 1);
    let signature = secret.signature(event.header("webhook-id"), world.store.now(), &event.body);
    assert_eq!(event.header("webhook-signature"), signature);
    drop(work);
    let log = house.log(all).await;
    let last = log.last().unwrap();
    assert_eq!(
        (last.state, last.attempts, last.answer_status),
        (State::Delivered, 1, Some(200))
    );
    assert_eq!(
        (last.answer_body.as_deref(), &last.body),
        (Some("as you like"), &event.body)
    );
}

async fn a_dead_endpoint_is_tried_ten_times_by_the_schedule_and_delays_no_other(world: World) {
    let house = House::new(&world).await;
    let dead = house.wants("/dead", &["booking.*"]).await;
    house.wants("/well", &["booking.*"]).await;
    house.receiver.answers("/dead", 503);
    house.happens(EventType::BookingMoved, 1).await;
    house.works().await;
    assert_eq!(
        (
            house.receiver.got("/dead").len(),
            house.receiver.got("/well").len()
        ),
        (1, 1)
    );
    // After each pause, and a tenth of it, one attempt more has been made; before it, none.
    let pauses = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400].map(TimeDelta::seconds);
    for (made, pause) in (2..).zip(pauses) {
        let due = house.log(dead).await[0].next_attempt_at.unwrap();
        let wait = due - world.store.now();
        assert!(
            wait >= pause && wait <= pause + pause / 10,
            "attempt {made}: {wait}"
        );
        house.passes(wait - TimeDelta::milliseconds(1)).await;
        assert_eq!(house.receiver.got("/dead").len(), made - 1);
        house.passes(TimeDelta::milliseconds(1)).await;
        assert_eq!(house.receiver.got("/dead").len(), made);
    }
    let log = house.log(dead).await;
    assert_eq!(
        (log[0].state, log[0].attempts, log[0].answer_status),
        (State::Failed, 10, Some(503))
    );
    let ids = house.receiver.ids("/dead");
    assert_eq!(ids.len(), 1, "one event, one id");
    let bodies: Vec<String> = house
        .receiver
        .got("/dead")
        .into_iter()
        .map(|it| it.body)
        .collect();
    assert!(bodies.iter().all(|it| *it == bodies[0]), "one event, one body");
    house.happens(EventType::BookingCancelled, 1).await;
    house.works().await;
    assert_eq!(house.receiver.got("/well").len(), 2);
}

async fn an_endpoint_that_asks_for_time_gets_it(world: World) {
    let house = House::new(&world).await;
    let endpoint = house.wants("/busy", &["booking.*"]).await;
    house.receiver.answers("/busy", 429);
    house.receiver.asks_to_wait(600);
    house.happens(EventType::BookingMoved, 1).await;
    house.works().await;
    let due = house.log(endpoint).await[0].next_attempt_at.unwrap();
    assert_eq!(due - world.store.now(), TimeDelta::seconds(600));
}

async fn an_endpoint_that_wants_no_more_is_disabled(world: World) {
    let house = House::new(&world).await;
    let endpoint = house.wants("/gone", &["booking.*"]).await;
    house.receiver.answers("/gone", 410);
    house.happens(EventType::BookingMoved, 1).await;
    house.works().await;
    assert_eq!(house.endpoint(endpoint).await.state, EndpointState::Disabled);
    assert_eq!(house.states(endpoint).await, [State::Failed]);
    house.happens(EventType::BookingMoved, 3).await;
    house.passes(TimeDelta::days(1)).await;
    assert_eq!(house.receiver.got("/gone").len(), 1);
    house.receiver.answers("/gone", 200);
    house
        .does(async |work| resume_endpoint(work, endpoint).await)
        .await
        .unwrap();
    house.works().await;
    assert_eq!(
        house.receiver.got("/gone").len(),
        4,
        "it goes on where it stopped"
    );
}

async fn five_days_without_an_arrival_pause_an_endpoint_and_keep_its_place(world: World) {
    let house = House::new(&world).await;
    let endpoint = house.wants("/dead", &["booking.*"]).await;
    house.receiver.answers("/dead", 500);
    house.happens(EventType::BookingMoved, 1).await;
    house.passes(TimeDelta::days(5) - TimeDelta::seconds(1)).await;
    assert_eq!(house.endpoint(endpoint).await.state, EndpointState::Active);
    house.passes(TimeDelta::seconds(1)).await;
    house.happens(EventType::BookingCancelled, 1).await;
    house.works().await;
    assert_eq!(house.endpoint(endpoint).await.state, EndpointState::Paused);
    assert_eq!(house.states(endpoint).await, [State::Failed, State::Held]);
    let place = house.endpoint(endpoint).await.position;
    house.happens(EventType::BookingConfirmed, 2).await;
    house.passes(TimeDelta::days(1)).await;
    assert_eq!(house.endpoint(endpoint).await.position, place);
    let before = house.receiver.got("/dead").len();
    house.receiver.answers("/dead", 200);
    let resumed = house
        .does(async |work| resume_endpoint(work, endpoint).await)
        .await;
    assert_eq!(resumed.unwrap().missed, 0);
    house.works().await;
    let after = house.receiver.types("/dead", before);
    assert_eq!(
        after,
        ["booking.cancelled", "booking.confirmed", "booking.confirmed"]
    );
    assert_eq!(house.endpoint(endpoint).await.failing_since, None);
}

async fn a_paused_endpoint_goes_on_where_it_stopped(world: World) {
    let house = House::new(&world).await;
    let (paused, other) = (
        house.wants("/paused", &["booking.*"]).await,
        house.wants("/other", &["booking.*"]).await,
    );
    house
        .does(async |work| pause_endpoint(work, paused).await)
        .await
        .unwrap();
    // More than one work catches up with.
    house.happens(EventType::BookingMoved, 120).await;
    house.works().await;
    assert_eq!(
        (
            house.receiver.got("/paused").len(),
            house.receiver.got("/other").len()
        ),
        (0, 120)
    );
    let again = house.does(async |work| pause_endpoint(work, paused).await).await;
    assert!(matches!(again, Err(Refusal::NotFrom("PAUSED"))), "{again:?}");
    let tested = house.does(async |work| send_test(work, paused).await).await;
    assert!(matches!(tested, Err(Refusal::NotFrom("PAUSED"))), "{tested:?}");
    house
        .does(async |work| resume_endpoint(work, paused).await)
        .await
        .unwrap();
    house.happens(EventType::BookingCancelled, 1).await;
    house.works().await;
    assert_eq!(house.receiver.ids("/paused"), house.receiver.ids("/other"));
    assert_eq!(
        house.endpoint(paused).await.position,
        house.endpoint(other).await.position
    );
}

async fn what_left_the_journal_while_an_endpoint_was_paused_is_told_as_missed(world: World) {
    let house = House::new(&world).await;
    let endpoint = house.wants("/hooks", &["booking.*"]).await;
    house.works().await;
    house
        .does(async |work| pause_endpoint(work, endpoint).await)
        .await
        .unwrap();
    house.happens(EventType::BookingMoved, 5).await;
    house.works().await;
    world.clock.advance(keeping::KEPT + TimeDelta::days(1));
    house.happens(EventType::BookingCancelled, 1).await;
    house.works().await;
    assert!(keeping::forget(&world.store).await.unwrap() >= 5);
    let resumed = house
        .does(async |work| resume_endpoint(work, endpoint).await)
        .await;
    let missed = resumed.unwrap().missed;
    assert!(missed >= 5, "{missed}");
    house.works().await;
    let types = house.receiver.types("/hooks", 0);
    assert_eq!(types, ["booking.cancelled"]);
}

async fn what_is_read_twice_is_laid_out_once(world: World) {
    let house = House::new(&world).await;
    let endpoint = house.wants("/hooks", &["booking.*"]).await;
    house.happens(EventType::BookingMoved, 2).await;
    house.works().await;
    // Whoever was paused, and comes back, reads again what was read meanwhile.
    let work = house.work().await;
    let events = db::journal::after(&work, 0, 100).await.unwrap();
    messaging::webhook::delivery::fan_out(&work, &events)
        .await
        .unwrap();
    work.commit().await.unwrap();
    house.works().await;
    assert_eq!(
        (
            house.log(endpoint).await.len(),
            house.receiver.got("/hooks").len()
        ),
        (2, 2)
    );
}
