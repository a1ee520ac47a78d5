//! Walk-ins: a line at the door, turns between the appointments, and nobody served by somebody who is booked.

use chrono::TimeDelta;
use kernel::Refuse as _;
use scheduling::contact::Contact;
use scheduling::provider::{Person, ProviderDraft, ProviderEdit, ReviewState, create_provider};
use scheduling::service::ServiceEdit;
use scheduling::walk_in::{self, QUEUE_MAX, WalkInDraft};
use serde_json::{Value, json};

use crate::world::desk::Desk;
use crate::world::practice::end;
use crate::world::{World, stories};

stories! { both: [
    whoever_comes_is_served_between_the_appointments_in_the_order_of_the_line,
    whoever_is_served_takes_the_time_as_a_booking_does,
    a_stranger_joins_where_somebody_takes_walk_ins,
    whoever_waits_for_one_host_gets_their_turn_and_leaves_by_their_token,
    of_eight_who_call_one_walk_in_at_once_one_serves,
    a_line_is_as_long_as_its_limit,
    a_neighbour_and_a_provider_see_no_line_of_others,
] }

const JOIN: (&str, &str) = (
    "walkInJoin",
    "token place { position expectedAt walkIn { id status } }",
);

async fn joined(desk: &Desk, name: &str) -> (String, String) {
    let input = json!({ "serviceId": desk.service.to_string(), "name": name });
    let answer = desk.act(&desk.owner, JOIN, input).await;
    assert!(answer.refusals("walkInJoin").is_empty(), "{}", answer.body);
    (
        answer.text("/walkInJoin/place/walkIn/id"),
        answer.text("/walkInJoin/token"),
    )
}

/// Everybody's turn, as times of the story's Monday.
async fn turns(desk: &Desk) -> Vec<String> {
    let line = "query($id: ID!) { walkInQueue(serviceId: $id) { position expectedAt } }";
    let id = json!({ "id": desk.service.to_string() });
    let answer = desk.api.ask_with(&desk.owner, line, id).await;
    let places = answer.data("/walkInQueue").as_array().unwrap();
    let positions: Vec<u64> = places.iter().filter_map(|it| it["position"].as_u64()).collect();
    assert_eq!(positions, (1..=places.len() as u64).collect::<Vec<_>>());
    places
        .iter()
        .map(|it| it["expectedAt"].as_str().unwrap()[11..16].to_owned())
        .collect()
}

const STARTS: (&str, &str) = (
    "walkInStart",
    "walkIn { status booking { status source startsAt endsAt } }",
);

async fn whoever_comes_is_served_between_the_appointments_in_the_order_of_the_line(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    desk.booked("2026-03-02T09:30:00Z").await;
    desk.booked("2026-03-02T10:30:00Z").await;
    for name in ["Ana", "Rui", "Eva"] {
        joined(&desk, name).await;
    }
    assert_eq!(turns(&desk).await, ["09:00", "10:00", "11:00"]);
    world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(
        turns(&desk).await,
        ["10:00", "11:00", "11:30"],
        "half an hour no longer fits before the first appointment"
    );
    world.clock.advance(TimeDelta::minutes(2));
    joined(&desk, "Gil").await;
    assert_eq!(turns(&desk).await, ["10:00", "11:00", "11:30", "12:00"]);
}

async fn whoever_is_served_takes_the_time_as_a_booking_does(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    world.clock.advance(TimeDelta::seconds(61));
    let (ana, token) = joined(&desk, "Ana").await;
    let (rui, _) = joined(&desk, "Rui").await;
    assert_eq!(turns(&desk).await, ["09:02", "09:32"]);
    let started = desk
        .act(
            &desk.owner,
            STARTS,
            json!({ "walkInId": ana, "expectedVersion": 1 }),
        )
        .await;
    assert!(started.refusals("walkInStart").is_empty(), "{}", started.body);
    assert_eq!(
        *started.data("/walkInStart/walkIn"),
        json!({ "status": "IN_SERVICE", "booking": {
            "status": "CONFIRMED", "source": "WALK_IN",
            "startsAt": "2026-03-02T09:01:01Z", "endsAt": "2026-03-02T09:31:01Z" } })
    );
    assert_eq!(turns(&desk).await, ["09:32"]);
    let second = desk.act(&desk.owner, STARTS, json!({ "walkInId": rui })).await;
    assert_eq!(second.refusals("walkInStart"), ["SLOT_TAKEN startsAt"]);
    let taken = desk
        .book(&Desk::client(1), desk.form("2026-03-02T09:30:00Z"))
        .await;
    assert_eq!(taken.refusals("bookingCreate"), ["SLOT_TAKEN startsAt"]);
    let gone = desk
        .act(&Desk::client(1), ("walkInCancel", ""), json!({ "token": token }))
        .await;
    assert_eq!(gone.refusals("walkInCancel"), ["TRANSITION_REFUSED -"]);
    world.clock.advance(TimeDelta::minutes(5));
    let done = desk
        .act(
            &desk.owner,
            (
                "walkInComplete",
                "place { position walkIn { status booking { status } } }",
            ),
            json!({ "walkInId": ana }),
        )
        .await;
    assert_eq!(
        *done.data("/walkInComplete/place"),
        json!({ "position": null, "walkIn": { "status": "COMPLETED", "booking": { "status": "COMPLETED" } } })
    );
    let missed = desk
        .act(
            &desk.owner,
            ("walkInNoShow", "place { walkIn { status } }"),
            json!({ "walkInId": rui }),
        )
        .await;
    assert_eq!(
        *missed.data("/walkInNoShow/place/walkIn/status"),
        json!("NO_SHOW")
    );
    assert!(turns(&desk).await.is_empty());
    assert!(desk.practice.audit().await.is_clean());
}

async fn a_stranger_joins_where_somebody_takes_walk_ins(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let client = Desk::client(1);
    let input = json!({ "serviceId": desk.service.to_string(), "name": "Ana" });
    let nobody = desk.act(&client, JOIN, input.clone()).await;
    assert_eq!(nobody.refusals("walkInJoin"), ["NOT_FOUND -"]);
    let work = desk.practice.staff().await;
    let takes = ProviderDraft {
        person: Person::Known(desk.hosts[0]),
        details: ProviderEdit {
            accepts_walk_ins: Some(true),
            ..ProviderEdit::default()
        },
        review_state: ReviewState::Active,
    };
    create_provider(&work, takes).await.unwrap();
    work.commit().await.unwrap();
    let mut filled = input.clone();
    filled["website"] = json!("https://example.com");
    let machine = desk.act(&client, JOIN, filled).await;
    assert_eq!(machine.refusals("walkInJoin"), ["INVALID_INPUT website"]);
    let joined = desk.act(&client, JOIN, input).await;
    assert_eq!(*joined.data("/walkInJoin/place/position"), json!(1));
    assert_eq!(
        *joined.data("/walkInJoin/place/expectedAt"),
        json!("2026-03-02T09:00:00Z")
    );
    let class = desk
        .practice
        .service(
            "yoga",
            &desk.hosts,
            ServiceEdit {
                seats: Some(5),
                ..ServiceEdit::default()
            },
        )
        .await;
    let class = json!({ "serviceId": class.to_string(), "name": "Ana" });
    let class = desk.act(&desk.owner, JOIN, class).await;
    assert_eq!(class.refusals("walkInJoin"), ["INVALID_INPUT serviceId"]);
}

async fn whoever_waits_for_one_host_gets_their_turn_and_leaves_by_their_token(world: World) {
    let mut desk = Desk::open(&world, ServiceEdit::default()).await;
    desk.service = desk
        .practice
        .service("terapia", &desk.hosts, ServiceEdit::default())
        .await;
    let mut tokens = Vec::new();
    for host in [None, Some(desk.hosts[0]), None, Some(desk.hosts[0])] {
        let host = host.map(|it| it.to_string());
        let input = json!({ "serviceId": desk.service.to_string(), "name": "Ana", "hostId": host });
        tokens.push(desk.act(&desk.owner, JOIN, input).await.text("/walkInJoin/token"));
    }
    let before = turns(&desk).await;
    assert_eq!(before.iter().filter(|it| *it == "09:00").count(), 2, "{before:?}");
    let look =
        "query($token: String!) { walkInByToken(token: $token) { position expectedAt walkIn { status } } }";
    let seen = async |token: &str| {
        let seen = desk
            .api
            .ask_with(&Desk::client(1), look, json!({ "token": token }))
            .await;
        seen.data("/walkInByToken").clone()
    };
    assert_eq!(seen(&tokens[3]).await["position"], json!(4));
    let gone = desk
        .act(
            &Desk::client(1),
            ("walkInCancel", "place { walkIn { status } }"),
            json!({ "token": tokens[1] }),
        )
        .await;
    assert_eq!(
        *gone.data("/walkInCancel/place/walkIn/status"),
        json!("CANCELLED")
    );
    assert_eq!(seen(&tokens[3]).await["position"], json!(3));
    assert_eq!(
        seen(&tokens[1]).await,
        json!({ "position": null, "expectedAt": null, "walkIn": { "status": "CANCELLED" } })
    );
    assert_eq!(seen("hor_walk_in_a guess").await, Value::Null);
}

async fn of_eight_who_call_one_walk_in_at_once_one_serves(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let both = desk
        .practice
        .service("terapia", &desk.hosts, ServiceEdit::default())
        .await;
    let input = json!({ "serviceId": both.to_string(), "name": "Ana" });
    let id = desk
        .act(&desk.owner, JOIN, input)
        .await
        .text("/walkInJoin/place/walkIn/id");
    let tries: Vec<_> = (0..8)
        .map(|_| {
            let (practice, id) = (desk.practice.clone(), id.parse().unwrap());
            tokio::spawn(async move {
                let work = practice.staff().await;
                let started = walk_in::start(&work, id, None, None).await;
                let started = end(work, started).await;
                started.map_or_else(|refused| refused.code().word(), |_| "OK")
            })
        })
        .collect();
    let mut codes = Vec::new();
    for one in tries {
        codes.push(one.await.unwrap());
    }
    assert_eq!(codes.iter().filter(|it| **it == "OK").count(), 1, "{codes:?}");
    let others = ["OK", "TRANSITION_REFUSED", "SLOT_TAKEN", "SLOT_UNAVAILABLE"];
    assert!(codes.iter().all(|it| others.contains(it)), "{codes:?}");
    assert!(desk.practice.audit().await.is_clean());
}

async fn a_line_is_as_long_as_its_limit(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let work = desk.practice.staff().await;
    let draft = WalkInDraft {
        service: desk.service,
        host: None,
        client: Contact {
            name: "Ana".parse().unwrap(),
            email: None,
            phone: None,
        },
    };
    for _ in 0..QUEUE_MAX {
        walk_in::join(&work, draft.clone()).await.unwrap();
    }
    let one_more = walk_in::join(&work, draft).await.unwrap_err();
    assert_eq!(one_more.code().word(), "LIMIT_REACHED");
    work.commit().await.unwrap();
    let line = "query($id: ID!) { walkInQueue(serviceId: $id) { expectedAt } }";
    let id = json!({ "id": desk.service.to_string() });
    let line = desk.api.ask_with(&desk.owner, line, id).await;
    let line = line.data("/walkInQueue").as_array().unwrap();
    let served = line.iter().filter(|it| !it["expectedAt"].is_null()).count();
    assert_eq!((line.len(), served), (100, 48), "half hours of a day");
}

async fn a_neighbour_and_a_provider_see_no_line_of_others(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let (id, _) = joined(&desk, "Ana").await;
    let look = "query($id: ID!, $service: ID!) { node(id: $id) { id } walkIns { totalCount }
        walkInQueue(serviceId: $service) { position } }";
    let about = json!({ "id": id, "service": desk.service.to_string() });
    let neighbour = desk.api.founder("hugo", "boreal").await;
    let theirs = desk.api.ask_with(&neighbour, look, about.clone()).await;
    assert_eq!(
        *theirs.data(""),
        json!({ "node": null, "walkIns": { "totalCount": 0 }, "walkInQueue": [] })
    );
    let provider = desk.api.member(&desk.owner, "rui", "PROVIDER").await;
    let line = "query($service: ID!) { walkInQueue(serviceId: $service) { position } }";
    let line = desk
        .api
        .ask_with(&provider, line, json!({ "service": desk.service.to_string() }))
        .await;
    assert_eq!(*line.data("/walkInQueue"), json!([]));
    let start = desk.act(&provider, STARTS, json!({ "walkInId": id })).await;
    assert_eq!(start.refusals("walkInStart"), ["NOT_FOUND -"]);
    let stranger = desk
        .act(&Desk::client(1), STARTS, json!({ "walkInId": id }))
        .await;
    assert_eq!(stranger.code(), "UNAUTHENTICATED");
}
