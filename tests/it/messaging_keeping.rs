//! How long what was told is kept: to the second, and what is still under way however long that takes.

use chrono::TimeDelta;
use db::journal::Event;
use flows::tell::keeping::forget;
use kernel::id::UserId;
use kernel::{Actor, Rights};
use messaging::keeping::{BATCH, ENDED_KEPT, READ_KEPT, UNREAD_KEPT};
use messaging::notification::{mark_read, notify};
use messaging::webhook::endpoint::{EndpointDraft, EventTypes, create_endpoint, pause_endpoint};
use scheduling::service::ServiceEdit;
use serde_json::json;

use crate::world::practice::{Practice, at};
use crate::world::telling::{Receiver, Teller};
use crate::world::{World, looked_at, run, stories};

stories! {
    both: [
        a_pass_forgets_a_batch_and_the_next_one_the_rest,
        letters_and_deliveries_are_kept_ninety_days_after_their_end,
        notices_are_kept_half_a_year_after_they_were_read_and_a_year_if_nobody_does,
    ],
    postgres: [what_is_kept_is_not_looked_through],
}

/// How many rows of a table there are, in each state.
async fn states(world: &World, table: &str) -> Vec<(String, i64)> {
    let sql = format!("SELECT state, CAST(count(*) AS text) FROM {table} GROUP BY state ORDER BY state");
    let rows = world.admin_sql(&sql).await;
    rows.into_iter()
        .map(|row| (row[0].clone().unwrap(), row[1].as_ref().unwrap().parse().unwrap()))
        .collect()
}

async fn count(world: &World, table: &str) -> i64 {
    let rows = world
        .admin_sql(&format!("SELECT CAST(count(*) AS text) FROM {table}"))
        .await;
    rows[0][0].as_ref().unwrap().parse().unwrap()
}

async fn endpoint(practice: &Practice, receiver: &Receiver, path: &str) -> kernel::id::WebhookEndpointId {
    let work = practice.staff().await;
    let draft = EndpointDraft {
        url: receiver.at(path).parse().unwrap(),
        description: None,
        types: EventTypes::new(vec!["booking.*".to_owned()]).unwrap(),
    };
    let made = create_endpoint(&work, draft).await.unwrap().endpoint;
    work.commit().await.unwrap();
    made
}

async fn letters_and_deliveries_are_kept_ninety_days_after_their_end(world: World) {
    let practice = world.practice("aurora").await;
    let (receiver, teller) = (Receiver::new().await, Teller::new());
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    endpoint(&practice, &receiver, "/takes").await;
    let fails = endpoint(&practice, &receiver, "/fails").await;
    receiver.answers("/fails", 500);
    practice.books(service, at("2026-03-03T10:00:00Z")).await.unwrap();
    teller.works(&world).await;
    // What is kept back of a paused endpoint is still under way. It is held when it would be tried again.
    let work = practice.staff().await;
    pause_endpoint(&work, fails).await.unwrap();
    work.commit().await.unwrap();
    let later = TimeDelta::minutes(1);
    teller.passes(&world, later).await;
    let deliveries = [("DELIVERED".to_owned(), 1), ("HELD".to_owned(), 1)];
    assert_eq!(states(&world, "webhook_deliveries").await, deliveries);
    assert_eq!(states(&world, "deliveries").await, [("SENT".to_owned(), 1)]);
    world.clock.advance(ENDED_KEPT - later - TimeDelta::seconds(1));
    assert_eq!(forget(&world.store).await.unwrap(), 0);
    world.clock.advance(TimeDelta::seconds(2));
    assert_eq!(forget(&world.store).await.unwrap(), 2);
    assert_eq!(states(&world, "webhook_deliveries").await, deliveries[1..]);
    assert_eq!(states(&world, "deliveries").await, []);
    world.clock.advance(ENDED_KEPT * 10);
    assert_eq!(forget(&world.store).await.unwrap(), 0);
    assert_eq!(states(&world, "webhook_deliveries").await, deliveries[1..]);
}

/// So many notices of somebody.
async fn noticed(practice: &Practice, user: UserId, many: u64) {
    let work = practice.staff().await;
    for _ in 0..many {
        let event = Event {
            organization_id: work.organization(),
            id: work.mint(),
            position: None,
            type_: "booking.moved".to_owned(),
            aggregate_id: "bkg".to_owned(),
            aggregate_version: 2,
            payload: json!({}),
            actor_kind: "SYSTEM".to_owned(),
            actor_id: None,
            occurred_at: work.now(),
        };
        notify(&work, &[user], &event).await.unwrap();
    }
    work.commit().await.unwrap();
}

async fn reads_all(practice: &Practice, user: UserId) {
    let work = practice.somebody(Actor::User(user), Rights::NONE).await;
    mark_read(&work, None).await.unwrap();
    work.commit().await.unwrap();
}

/// A practice in whose journal something stands, and somebody who is told.
async fn inbox(world: &World) -> (Practice, UserId) {
    let practice = world.practice("aurora").await;
    practice.people(&["bea"]).await;
    world.settle().await;
    (practice, world.person("bea@example.com").await)
}

async fn notices_are_kept_half_a_year_after_they_were_read_and_a_year_if_nobody_does(world: World) {
    let (practice, user) = inbox(&world).await;
    noticed(&practice, user, 1).await;
    world.clock.advance(TimeDelta::days(10));
    reads_all(&practice, user).await;
    noticed(&practice, user, 1).await;
    let edges = [READ_KEPT, UNREAD_KEPT].map(|it| it - TimeDelta::seconds(1));
    for (left, until_edge) in [(1, edges[0]), (0, edges[1] - edges[0] - TimeDelta::seconds(2))] {
        world.clock.advance(until_edge);
        assert_eq!(forget(&world.store).await.unwrap(), 0);
        world.clock.advance(TimeDelta::seconds(2));
        assert_eq!(forget(&world.store).await.unwrap(), 1);
        assert_eq!(count(&world, "notifications").await, left);
    }
}

async fn a_pass_forgets_a_batch_and_the_next_one_the_rest(world: World) {
    let (practice, user) = inbox(&world).await;
    noticed(&practice, user, BATCH + 1).await;
    reads_all(&practice, user).await;
    world.clock.advance(READ_KEPT + TimeDelta::seconds(1));
    let mut gone = Vec::new();
    for _ in 0..3 {
        gone.push(forget(&world.store).await.unwrap());
    }
    assert_eq!(gone, [BATCH, 1, 0]);
}

/// What is kept two thousand times over besides the old row that is there, and when it came to its end: just now.
const MANY: [(&str, &str); 3] = [
    ("deliveries", "'attempts', n, 'ended_at', $2"),
    ("webhook_deliveries", "'attempts', n % 10, 'ended_at', $2"),
    (
        "notifications",
        "'created_at', $2, 'read_at', CASE WHEN n % 2 = 0 THEN $2 END",
    ),
];

/// The young rows are written as such: of rows that were old and became young, the index would keep the old entries.
async fn what_is_kept_is_not_looked_through(world: World) {
    let (practice, user) = inbox(&world).await;
    let (receiver, teller) = (Receiver::new().await, Teller::new());
    let host = practice.people(&["caio"]).await;
    let service = practice.service("consulta", &host, ServiceEdit::default()).await;
    endpoint(&practice, &receiver, "/takes").await;
    practice.books(service, at("2026-03-03T10:00:00Z")).await.unwrap();
    noticed(&practice, user, 1).await;
    teller.works(&world).await;
    world.clock.advance(UNREAD_KEPT + TimeDelta::days(1));
    let organization = kernel::Id::uuid(practice.organization);
    let work = practice.staff().await;
    for (table, differs) in MANY {
        let many = format!(
            "INSERT INTO {table} SELECT r.* FROM {table} t, generate_series(1, 2000) n, LATERAL \
             jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(), 'event_id', gen_random_uuid(), {differs})) r \
             WHERE t.organization_id = $1"
        )
        .replace("$2", "$2::timestamptz");
        run(&work, &many, [organization.into(), work.now().into()])
            .await
            .unwrap();
    }
    work.commit().await.unwrap();
    world.admin_sql("VACUUM ANALYZE").await;
    let work = practice.staff().await;
    assert_eq!(messaging::keeping::forget(&work).await.unwrap(), 3);
    for (table, _) in MANY {
        let looked = looked_at(&work, table).await;
        assert!(looked <= 20, "{looked} rows of {table}");
    }
    work.commit().await.unwrap();
}
