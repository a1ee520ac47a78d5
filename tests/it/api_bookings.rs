//! Booking as a client's page meets it: through the API, with what a client may see.

use chrono::TimeDelta;
use scheduling::service::{Confirmation, ServiceEdit};
use serde_json::json;

use crate::world::desk::{BOOK, Desk, HOLD, TEN};
use crate::world::{Who, World, stories};

stories! {
    both: [
        a_client_holds_a_time_and_books_it,
        whoever_comes_second_hears_what_is_free_nearby,
        a_link_opens_its_own_booking_until_it_ends,
        what_is_shown_at_once_is_what_was_written,
        of_sixteen_at_once_one_books_and_the_others_hear_that_it_is_taken,
        asking_again_with_one_key_books_once,
        what_cannot_be_meant_is_named_by_its_field,
    ]
}

async fn a_client_holds_a_time_and_books_it(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let client = Desk::client(1);
    let start = json!({ "serviceId": desk.service.to_string(), "startsAt": TEN, "lasts": "PT5M" });
    let held = desk.api.ask_with(&client, HOLD, json!({ "input": start })).await;
    let token = held.text("/holdCreate/token");
    assert_eq!(
        *held.data("/holdCreate/hold"),
        json!({ "startsAt": TEN, "expiresAt": "2026-03-02T09:05:00Z" })
    );
    let other = desk.book(&Desk::client(2), desk.form(TEN)).await;
    assert_eq!(other.refusals("bookingCreate"), ["SLOT_TAKEN startsAt"]);
    let attendee = json!({ "name": "Rui Prado", "email": "rui@example.com" });
    let booked = desk
        .book(&client, json!({ "hold": token, "attendee": attendee }))
        .await;
    assert!(booked.refusals("bookingCreate").is_empty(), "{}", booked.body);
    assert!(booked.text("/bookingCreate/booking/id").starts_with("bkg_"));
    assert_eq!(
        *booked.data("/bookingCreate/booking/startsOn"),
        json!("2026-03-03")
    );
    assert_eq!(*booked.data("/bookingCreate/booking/localTime"), json!("10:00"));
    assert_eq!(
        *booked.data("/bookingCreate/booking/timeZone"),
        json!("Europe/Lisbon")
    );
    assert_eq!(
        *booked.data("/bookingCreate/booking/price"),
        json!({ "amountMinor": "5000", "currency": "EUR" })
    );
    assert_eq!(
        *booked.data("/bookingCreate/booking/attendees/0/name"),
        json!("Rui Prado")
    );
    assert_eq!(
        *booked.data("/bookingCreate/booking/hosts/0/resource/slug"),
        json!("bea")
    );
    assert_eq!(*booked.data("/bookingCreate/booking/events"), json!(null));
    let release = "mutation($hold: String!) { holdRelease(input: { hold: $hold }) { isReleased userErrors { code field } } }";
    let gone = desk
        .api
        .ask_with(&client, release, json!({ "hold": token }))
        .await;
    assert_eq!(gone.refusals("holdRelease"), ["HOLD_INVALID hold"]);
    assert!(desk.practice.audit().await.is_clean());
}

async fn whoever_comes_second_hears_what_is_free_nearby(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    desk.booked(TEN).await;
    let late = desk.book(&Desk::client(2), desk.form(TEN)).await;
    assert_eq!(late.refusals("bookingCreate"), ["SLOT_TAKEN startsAt"]);
    let near = late
        .data("/bookingCreate/userErrors/0/alternatives")
        .as_array()
        .unwrap();
    let starts: Vec<&str> = near.iter().filter_map(|it| it["startsAt"].as_str()).collect();
    assert_eq!(starts.len(), 5);
    assert!(
        starts.contains(&"2026-03-03T09:30:00Z") && starts.contains(&"2026-03-03T10:30:00Z"),
        "{starts:?}"
    );
    let attendee = json!({ "name": "Eva Lima", "phone": "+5511987654321" });
    let input = json!({ "slotToken": near[0]["token"], "attendee": attendee });
    let booked = desk.book(&Desk::client(2), input).await;
    assert_eq!(
        booked.data("/bookingCreate/booking/startsAt"),
        &near[0]["startsAt"]
    );
    let forged = json!({ "slotToken": "slot_AAAA", "attendee": attendee });
    let forged = desk.book(&Desk::client(2), forged).await;
    assert_eq!(forged.refusals("bookingCreate"), ["INVALID_INPUT slotToken"]);
}

async fn a_link_opens_its_own_booking_until_it_ends(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let (id, token) = desk.booked(TEN).await;
    let (_, other) = desk.booked("2026-03-03T12:00:00Z").await;
    let open = "query($token: String!) { bookingByToken(token: $token) { purpose expiresAt booking { id metadata { key } events { nodes { kind } } } } }";
    let opened = async |token: &str, slug: &str| {
        let asked = desk
            .api
            .ask_with(&Who::stranger().at(slug), open, json!({ "token": token }))
            .await;
        asked.data("/bookingByToken").clone()
    };
    assert_eq!(
        opened(&token, "aurora").await,
        json!({ "purpose": "MANAGE", "expiresAt": "2026-04-02T10:30:00Z",
            "booking": { "id": id, "metadata": null, "events": null } })
    );
    assert_ne!(opened(&other, "aurora").await["booking"]["id"], json!(id));
    assert_eq!(opened("hor_manage_nothing", "aurora").await, json!(null));
    world.practice("boreal").await;
    assert_eq!(opened(&token, "boreal").await, json!(null));
    let to = json!({ "token": token, "startsAt": "2026-03-03T12:00:00Z" });
    let taken = desk.change(&Desk::client(1), "bookingMove", to).await;
    assert_eq!(taken.refusals("bookingMove"), ["SLOT_TAKEN startsAt"]);
    let to = json!({ "token": token, "startsAt": "2026-03-03T10:30:00Z" });
    let moved = desk.change(&Desk::client(1), "bookingMove", to).await;
    assert_eq!(*moved.data("/bookingMove/booking/version"), json!(2));
    world.clock.advance(TimeDelta::days(32));
    assert_eq!(opened(&token, "aurora").await, json!(null));
    let late = desk
        .change(&Desk::client(1), "bookingCancel", json!({ "token": token }))
        .await;
    assert_eq!(late.refusals("bookingCancel"), ["TOKEN_INVALID -"]);
}

async fn what_is_shown_at_once_is_what_was_written(world: World) {
    let details = ServiceEdit {
        confirmation: Some(Confirmation::Manual),
        ..ServiceEdit::default()
    };
    let desk = Desk::open(&world, details).await;
    let fields =
        "id status version startsAt endsAt startsOn localTime timeZone source seats expiresAt notes closedAt
        price { amountMinor currency } cancellationFee { amountMinor } metadata { key value } locationDetail
        attendees { seat name } client { name } createdAt updatedAt";
    let shown = format!("booking {{ {fields} }} manageToken");
    let mut form = desk.form(TEN);
    form["notes"] = json!("by the side door");
    form["timeZone"] = json!("America/Sao_Paulo");
    let client = Desk::client(1);
    let made = desk.act(&client, ("bookingCreate", &shown), form).await;
    let opens = format!("query($it: String!) {{ bookingByToken(token: $it) {{ booking {{ {fields} }} }} }}");
    let token = json!({ "it": made.text("/bookingCreate/manageToken") });
    let kept = desk.api.ask_with(&client, &opens, token).await;
    assert_eq!(
        made.data("/bookingCreate/booking"),
        kept.data("/bookingByToken/booking")
    );
    assert_eq!(*made.data("/bookingCreate/booking/metadata"), json!(null));

    let mut form = desk.form("2026-03-03T12:00:00Z");
    form["source"] = json!("PHONE");
    form["metadata"] = json!([{ "key": "room", "value": "3" }]);
    form["idempotencyKey"] = json!("a telephone call");
    let made = desk
        .act(&desk.owner, ("bookingCreate", &shown), form.clone())
        .await;
    let opens = format!("query($it: ID!) {{ node(id: $it) {{ ... on Booking {{ {fields} }} }} }}");
    let id = json!({ "it": made.text("/bookingCreate/booking/id") });
    let kept = desk.api.ask_with(&desk.owner, &opens, id.clone()).await;
    assert_eq!(made.data("/bookingCreate/booking"), kept.data("/node"));
    assert_eq!(*made.data("/bookingCreate/booking/metadata/0/value"), json!("3"));

    // Whoever asks again with the same key is shown what has become of it.
    let off = json!({ "bookingId": id["it"] });
    desk.change(&desk.owner, "bookingCancel", off).await;
    let again = desk.act(&desk.owner, ("bookingCreate", &shown), form).await;
    assert_eq!(*again.data("/bookingCreate/booking/status"), json!("CANCELLED"));
}

async fn of_sixteen_at_once_one_books_and_the_others_hear_that_it_is_taken(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let tries = (1..=16).map(|address| {
        let (api, input) = (desk.api.clone(), desk.form(TEN));
        tokio::spawn(async move {
            let answer = api
                .ask_with(&Desk::client(address), BOOK, json!({ "input": input }))
                .await;
            answer.refusals("bookingCreate").join(", ")
        })
    });
    let mut answers = Vec::new();
    for one in tries.collect::<Vec<_>>() {
        answers.push(one.await.unwrap());
    }
    answers.sort();
    assert_eq!(answers.first().map(String::as_str), Some(""));
    assert!(
        answers[1..].iter().all(|it| it == "SLOT_TAKEN startsAt"),
        "{answers:?}"
    );
    assert!(desk.practice.audit().await.is_clean());
}

async fn asking_again_with_one_key_books_once(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let mut input = desk.form(TEN);
    input["idempotencyKey"] = json!("k");
    let first = desk.book(&Desk::client(1), input.clone()).await;
    let again = desk.book(&Desk::client(1), input.clone()).await;
    assert_eq!(first.data("/bookingCreate"), again.data("/bookingCreate"));
    assert!(
        first
            .text("/bookingCreate/manageToken")
            .starts_with("hor_manage_")
    );
    let stranger = desk.book(&Desk::client(2), input.clone()).await;
    assert_eq!(stranger.refusals("bookingCreate"), ["SLOT_TAKEN startsAt"]);
    let nobody = Who {
        client_secret: None,
        ..Desk::client(3)
    };
    assert_eq!(desk.book(&nobody, input.clone()).await.code(), "INVALID_INPUT");
    input["startsAt"] = json!("2026-03-03T15:00:00Z");
    let reused = desk.book(&Desk::client(1), input).await;
    assert_eq!(
        reused.refusals("bookingCreate"),
        ["IDEMPOTENCY_KEY_REUSED idempotencyKey"]
    );
    let count = desk.api.ask(&desk.owner, "{ bookings { totalCount } }").await;
    assert_eq!(*count.data("/bookings/totalCount"), json!(1));
}

async fn what_cannot_be_meant_is_named_by_its_field(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let client = Desk::client(1);
    let wrong = json!({
        "website": "https://example.com", "timeZone": "Nowhere/At_All",
        "attendee": { "name": "", "email": "nobody" }, "answers": [{ "question": "why" }]
    });
    let wrong = desk.book(&client, wrong).await;
    let fields = [
        "website",
        "slotToken",
        "attendee.name",
        "attendee.email",
        "answers",
        "timeZone",
    ];
    let named: Vec<String> = fields.iter().map(|it| format!("INVALID_INPUT {it}")).collect();
    assert_eq!(wrong.refusals("bookingCreate"), named);
    let mut unreachable = desk.form(TEN);
    unreachable["attendee"] = json!({ "name": "Rui Prado" });
    let unreachable = desk.book(&client, unreachable).await;
    assert_eq!(unreachable.refusals("bookingCreate"), ["INVALID_INPUT attendee"]);
    let mut staff = desk.form(TEN);
    staff["source"] = json!("PHONE");
    assert_eq!(desk.book(&client, staff).await.code(), "UNAUTHENTICATED");
    let mut early = desk.form("2026-03-03T10:10:00Z");
    assert_eq!(
        desk.book(&client, early.clone()).await.refusals("bookingCreate"),
        ["SLOT_UNAVAILABLE startsAt"]
    );
    early["overrides"] = json!(["HOURS"]);
    assert_eq!(desk.book(&client, early.clone()).await.code(), "UNAUTHENTICATED");
    let overruled = desk.book(&desk.owner, early).await;
    assert_eq!(
        *overruled.data("/bookingCreate/booking/status"),
        json!("CONFIRMED")
    );
    let many = "query($id: ID!) { booking(id: $id) { attendees(first: 101) { seat } } }";
    let id = overruled.text("/bookingCreate/booking/id");
    assert_eq!(
        desk.api
            .ask_with(&desk.owner, many, json!({ "id": id }))
            .await
            .code(),
        "INVALID_INPUT"
    );
}
