//! Booking as a client's page and a front desk meet it: through the API, with what each of them may see.

use chrono::TimeDelta;
use kernel::id::{ResourceId, ServiceId};
use scheduling::service::ServiceEdit;
use serde_json::{Value, json};

use crate::world::api::{Answer, Api};
use crate::world::practice::Practice;
use crate::world::{Who, World, stories};

stories! {
    both: [
        a_client_holds_a_time_and_books_it,
        whoever_comes_second_hears_what_is_free_nearby,
        staff_move_and_cancel_what_a_client_booked,
        a_request_is_answered_by_staff_and_noted_when_it_is_over,
        a_link_opens_its_own_booking_until_it_ends,
        of_sixteen_at_once_one_books_and_the_others_hear_that_it_is_taken,
        asking_again_with_one_key_books_once,
        a_neighbour_sees_nothing_and_a_stranger_no_diary,
        a_class_shows_everybody_to_staff_and_oneself_to_a_client,
        what_cannot_be_meant_is_named_by_its_field,
    ]
}

const TEN: &str = "2026-03-03T10:00:00Z";

const BOOK: &str = "mutation($input: BookingCreateInput!) { bookingCreate(input: $input) {
    manageToken
    booking { id status version startsAt endsAt startsOn localTime timeZone price { amountMinor currency }
        hosts { part resource { slug } } attendees { name email } events { kind } }
    userErrors { code field message ... on SlotTakenError { alternatives { startsAt token } } }
} }";

const HOLD: &str = "mutation($input: HoldCreateInput!) { holdCreate(input: $input) {
    token hold { startsAt expiresAt }
    userErrors { code field ... on SlotTakenError { alternatives { startsAt } } }
} }";

/// An organization with an owner who is signed in, somebody who gives half hours, and strangers.
struct Desk {
    api: Api,
    owner: Who,
    practice: Practice,
    service: ServiceId,
    hosts: Vec<ResourceId>,
}

impl Desk {
    async fn open(world: &World, details: ServiceEdit) -> Self {
        let api = world.api();
        let owner = api.founder("ana", "aurora").await;
        let practice = world.practice_of(&api, &owner).await;
        let hosts = practice.people(&["bea", "caio"]).await;
        let service = practice.service("consulta", &hosts[..1], details).await;
        Self {
            api,
            owner,
            practice,
            service,
            hosts,
        }
    }

    /// Somebody without credentials, from an address of their own.
    fn client(address: u8) -> Who {
        Who {
            address,
            client_secret: Some(format!("a secret of the client number {address}")),
            ..Who::stranger().at("aurora")
        }
    }

    /// What a client fills in.
    fn form(&self, starts_at: &str) -> Value {
        json!({
            "serviceId": self.service.to_string(),
            "startsAt": starts_at,
            "attendee": { "name": "Rui Prado", "email": "rui@example.com" }
        })
    }

    async fn book(&self, who: &Who, input: Value) -> Answer {
        self.api.ask_with(who, BOOK, json!({ "input": input })).await
    }

    /// A client's booking at this time, and its token.
    async fn booked(&self, starts_at: &str) -> (String, String) {
        let answer = self.book(&Self::client(1), self.form(starts_at)).await;
        assert!(answer.refusals("bookingCreate").is_empty(), "{}", answer.body);
        (
            answer.text("/bookingCreate/booking/id"),
            answer.text("/bookingCreate/manageToken"),
        )
    }

    /// Runs a mutation that answers with the booking.
    async fn change(&self, who: &Who, mutation: &str, input: Value) -> Answer {
        let kind = mutation[..1].to_uppercase() + &mutation[1..];
        let kind = match mutation {
            "bookingConfirm" | "bookingReject" | "bookingComplete" | "bookingNoShow" => "BookingDecision",
            _ => &kind,
        };
        let document = format!(
            "mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{
                booking {{ status version startsAt closedReason hosts {{ resource {{ slug }} }} }} userErrors {{ code field message }}
            }} }}"
        );
        self.api.ask_with(who, &document, json!({ "input": input })).await
    }
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

async fn staff_move_and_cancel_what_a_client_booked(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let (id, token) = desk.booked(TEN).await;
    let eleven = "2026-03-03T11:00:00Z";
    let stale = json!({ "bookingId": id, "startsAt": eleven, "expectedVersion": 7 });
    let stale = desk.change(&desk.owner, "bookingMove", stale).await;
    assert_eq!(
        stale.refusals("bookingMove"),
        ["VERSION_CONFLICT expectedVersion"]
    );
    let to = json!({ "bookingId": id, "startsAt": eleven, "expectedVersion": 1 });
    let moved = desk.change(&desk.owner, "bookingMove", to).await;
    assert_eq!(*moved.data("/bookingMove/booking/startsAt"), json!(eleven));
    assert_eq!(*moved.data("/bookingMove/booking/version"), json!(2));
    let other = json!({ "bookingId": id, "toHostId": desk.hosts[1].to_string() });
    let other = desk.change(&desk.owner, "bookingReassign", other).await;
    assert_eq!(
        other.refusals("bookingReassign").len(),
        1,
        "she does not give it: {}",
        other.body
    );
    let dry = json!({ "bookingId": id, "validateOnly": true });
    let dry = desk.change(&desk.owner, "bookingCancel", dry).await;
    assert_eq!(
        *dry.data("/bookingCancel"),
        json!({ "booking": null, "userErrors": [] })
    );
    let why = json!({ "bookingId": id, "reason": "Bea is ill" });
    let gone = desk.change(&desk.owner, "bookingCancel", why).await;
    assert_eq!(*gone.data("/bookingCancel/booking/status"), json!("CANCELLED"));
    assert_eq!(
        *gone.data("/bookingCancel/booking/closedReason"),
        json!("Bea is ill")
    );
    let again = desk
        .change(&Desk::client(1), "bookingCancel", json!({ "token": token }))
        .await;
    assert_eq!(again.refusals("bookingCancel"), ["TRANSITION_REFUSED -"]);
    let told = "query($id: ID!) { node(id: $id) { ... on Booking { events { kind version reason } } } }";
    let told = desk.api.ask_with(&desk.owner, told, json!({ "id": id })).await;
    let kinds: Vec<_> = told
        .data("/node/events")
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["kind"].clone())
        .collect();
    assert_eq!(kinds, ["CREATED", "MOVED", "CANCELLED"]);
    desk.booked(eleven).await;
}

async fn a_request_is_answered_by_staff_and_noted_when_it_is_over(world: World) {
    let asks = ServiceEdit {
        confirmation: Some(scheduling::service::Confirmation::Manual),
        ..ServiceEdit::default()
    };
    let desk = Desk::open(&world, asks).await;
    let (id, _) = desk.booked(TEN).await;
    let (no, _) = desk.booked("2026-03-03T12:00:00Z").await;
    let waiting = "{ bookings(filter: { statuses: [PENDING], from: \"2026-03-03T00:00:00Z\" }, first: 1) {
        nodes { id } pageInfo { hasNextPage } totalCount } }";
    let waiting = desk.api.ask(&desk.owner, waiting).await;
    assert_eq!(
        *waiting.data("/bookings"),
        json!({ "nodes": [{ "id": id }], "pageInfo": { "hasNextPage": true }, "totalCount": 2 })
    );
    let status = async |mutation: &str, id: &str| {
        let done = desk
            .change(&desk.owner, mutation, json!({ "bookingId": id }))
            .await;
        match done.refusals(mutation).as_slice() {
            [] => done.text(&format!("/{mutation}/booking/status")),
            refused => refused.join(", "),
        }
    };
    assert_eq!(status("bookingConfirm", &id).await, "CONFIRMED");
    assert_eq!(status("bookingReject", &no).await, "REJECTED");
    assert_eq!(status("bookingComplete", &id).await, "TRANSITION_REFUSED -");
    world.clock.advance(TimeDelta::hours(26));
    assert_eq!(status("bookingNoShow", &id).await, "NO_SHOW");
    assert_eq!(status("bookingComplete", &id).await, "COMPLETED");
}

async fn a_link_opens_its_own_booking_until_it_ends(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let (id, token) = desk.booked(TEN).await;
    let (_, other) = desk.booked("2026-03-03T12:00:00Z").await;
    let open = "query($token: String!) { bookingByToken(token: $token) { purpose expiresAt booking { id metadata { key } events { kind } } } }";
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

async fn a_neighbour_sees_nothing_and_a_stranger_no_diary(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let (id, _) = desk.booked(TEN).await;
    let neighbour = desk.api.founder("gil", "boreal").await;
    let seen = "query($id: ID!) { node(id: $id) { id } booking(id: $id) { id } bookings { nodes { id } } }";
    let seen = desk.api.ask_with(&neighbour, seen, json!({ "id": id })).await;
    assert_eq!(
        *seen.data(""),
        json!({ "node": null, "booking": null, "bookings": { "nodes": [] } })
    );
    let cancelled = desk
        .change(&neighbour, "bookingCancel", json!({ "bookingId": id }))
        .await;
    assert_eq!(cancelled.refusals("bookingCancel"), ["NOT_FOUND -"]);
    let booked = desk
        .book(&Desk::client(1).at("boreal"), desk.form("2026-03-03T15:00:00Z"))
        .await;
    assert_eq!(booked.refusals("bookingCreate"), ["NOT_FOUND -"]);
    let list = "{ bookings { nodes { id } } }";
    assert_eq!(
        desk.api.ask(&Desk::client(1), list).await.code(),
        "UNAUTHENTICATED"
    );
    assert_eq!(
        desk.api.ask(&neighbour.at("aurora"), list).await.code(),
        "FORBIDDEN"
    );
    let nowhere = desk
        .book(&Who::stranger(), desk.form("2026-03-03T15:00:00Z"))
        .await;
    assert_eq!(nowhere.code(), "ORGANIZATION_REQUIRED");
}

async fn a_class_shows_everybody_to_staff_and_oneself_to_a_client(world: World) {
    let class = ServiceEdit {
        seats: Some(3),
        ..ServiceEdit::default()
    };
    let desk = Desk::open(&world, class).await;
    let (id, token) = desk.booked(TEN).await;
    let (same, _) = desk.booked(TEN).await;
    assert_eq!(id, same);
    let own = "query($token: String!) { bookingByToken(token: $token) { booking { attendees { seat } } } }";
    let own = desk
        .api
        .ask_with(&Desk::client(1), own, json!({ "token": token }))
        .await;
    assert_eq!(
        *own.data("/bookingByToken/booking/attendees"),
        json!([{ "seat": 1 }])
    );
    let all =
        "query($id: ID!) { booking(id: $id) { attendees { id seat status name answers { question } } } }";
    let all = desk.api.ask_with(&desk.owner, all, json!({ "id": id })).await;
    let all = all.data("/booking/attendees").as_array().unwrap().clone();
    assert_eq!(all.len(), 2);
    let out = "mutation($id: ID!) { attendeeCancel(input: { attendeeId: $id }) {
        booking { status attendees { seat } } userErrors { code field } } }";
    let out = desk
        .api
        .ask_with(&desk.owner, out, json!({ "id": all[1]["id"] }))
        .await;
    assert_eq!(
        *out.data("/attendeeCancel/booking"),
        json!({ "status": "CONFIRMED", "attendees": [{ "seat": 1 }] })
    );
    let last = desk
        .change(&Desk::client(1), "bookingCancel", json!({ "token": token }))
        .await;
    assert!(last.refusals("bookingCancel").is_empty(), "{}", last.body);
    let ended = "query($id: ID!) { booking(id: $id) { status attendees { seat } } }";
    let ended = desk.api.ask_with(&desk.owner, ended, json!({ "id": id })).await;
    assert_eq!(
        *ended.data("/booking"),
        json!({ "status": "CANCELLED", "attendees": [] })
    );
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
