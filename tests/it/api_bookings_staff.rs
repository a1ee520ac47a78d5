//! Booking as a front desk meets it: what staff see of a booking, and what they may do with it.

use chrono::TimeDelta;
use scheduling::service::ServiceEdit;
use serde_json::json;

use crate::world::desk::{Desk, TEN};
use crate::world::{Who, World, stories};

stories! {
    both: [
        staff_move_and_cancel_what_a_client_booked,
        a_request_is_answered_by_staff_and_noted_when_it_is_over,
        a_class_shows_everybody_to_staff_and_oneself_to_a_client,
        a_neighbour_sees_nothing_and_a_stranger_no_diary,
    ]
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
    let told =
        "query($id: ID!) { node(id: $id) { ... on Booking { events { nodes { kind version reason } } } } }";
    let told = desk.api.ask_with(&desk.owner, told, json!({ "id": id })).await;
    let kinds: Vec<_> = told
        .data("/node/events/nodes")
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
    let status = async |who: &Who, mutation: &str, id: &str| {
        let done = desk.change(who, mutation, json!({ "bookingId": id })).await;
        match done.refusals(mutation).as_slice() {
            [] => done.text(&format!("/{mutation}/booking/status")),
            refused => refused.join(", "),
        }
    };
    assert_eq!(status(&desk.owner, "bookingConfirm", &id).await, "CONFIRMED");
    assert_eq!(status(&desk.owner, "bookingReject", &no).await, "REJECTED");
    assert_eq!(
        status(&desk.owner, "bookingComplete", &id).await,
        "TRANSITION_REFUSED -"
    );
    world.clock.advance(TimeDelta::hours(26));
    let owner = desk.api.sign_in("ana").await.at("aurora");
    assert_eq!(status(&owner, "bookingNoShow", &id).await, "NO_SHOW");
    assert_eq!(status(&owner, "bookingComplete", &id).await, "COMPLETED");
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
