//! Booking requests: a link that staff send fills in who, what and with whom, and books once.

use chrono::TimeDelta;
use scheduling::service::ServiceEdit;
use serde_json::{Value, json};

use crate::world::desk::Desk;
use crate::world::{World, stories};

stories! { both: [
    a_client_books_by_a_link_that_staff_sent,
    a_link_that_was_taken_back_or_has_expired_books_nothing_and_says_which,
    a_link_books_its_own_service_with_its_own_host,
    of_eight_who_book_by_one_link_at_once_one_books,
    staff_find_links_by_where_they_stand_and_by_their_contact,
    a_link_is_made_once_for_one_key_and_for_ninety_days_at_most,
    a_neighbour_and_a_stranger_see_no_links,
] }

const TEN: &str = "2026-03-03T10:00:00Z";

const SHOWN: &str =
    "bookingRequest { id status version name email phone message expiresAt service { slug } host { slug }
    booking { id } }";

/// A link for Eva to Bea's half hour.
async fn sent(desk: &Desk, more: Value) -> (String, String) {
    let mut input =
        json!({ "serviceId": desk.service.to_string(), "name": "Eva Lima", "email": "eva@example.com" });
    let more = more.as_object().unwrap().clone();
    input.as_object_mut().unwrap().extend(more);
    let made = desk
        .act(
            &desk.owner,
            ("bookingRequestCreate", &format!("token {SHOWN}")),
            input,
        )
        .await;
    assert!(made.refusals("bookingRequestCreate").is_empty(), "{}", made.body);
    assert_eq!(
        *made.data("/bookingRequestCreate/bookingRequest/status"),
        json!("SENT")
    );
    (
        made.text("/bookingRequestCreate/bookingRequest/id"),
        made.text("/bookingRequestCreate/token"),
    )
}

/// What whoever holds the link sees.
async fn seen(desk: &Desk, token: &str) -> Value {
    let look = "query($token: String!) { bookingRequestByToken(token: $token) {
        status name email message service { slug } host { slug } booking { id } } }";
    let answer = desk
        .api
        .ask_with(&Desk::client(2), look, json!({ "token": token }))
        .await;
    answer.data("/bookingRequestByToken").clone()
}

fn form(desk: &Desk, token: &str, starts_at: &str) -> Value {
    let mut form = desk.form(starts_at);
    form["request"] = json!(token);
    form
}

async fn a_client_books_by_a_link_that_staff_sent(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let more = json!({ "hostId": desk.hosts[0].to_string(), "message": "As we said on the telephone." });
    let (id, token) = sent(&desk, more).await;
    let filled = json!({
        "status": "SENT", "name": "Eva Lima", "email": "eva@example.com", "message": "As we said on the telephone.",
        "service": { "slug": "consulta" }, "host": { "slug": "bea" }, "booking": null
    });
    assert_eq!(seen(&desk, &token).await, filled);
    assert_eq!(seen(&desk, &token).await, filled, "looking does not open it");
    for version in [2, 2] {
        let open = desk
            .act(
                &Desk::client(2),
                ("bookingRequestOpen", "bookingRequest { status version name }"),
                json!({ "token": token }),
            )
            .await;
        assert_eq!(
            *open.data("/bookingRequestOpen/bookingRequest"),
            json!({ "status": "OPENED", "version": version, "name": "Eva Lima" })
        );
    }
    let booked = desk.book(&Desk::client(2), form(&desk, &token, TEN)).await;
    assert!(booked.refusals("bookingCreate").is_empty(), "{}", booked.body);
    let again = desk
        .book(&Desk::client(2), form(&desk, &token, "2026-03-03T12:00:00Z"))
        .await;
    assert_eq!(again.refusals("bookingCreate"), ["REQUEST_CLOSED request"]);
    let open = desk
        .act(
            &Desk::client(2),
            ("bookingRequestOpen", ""),
            json!({ "token": token }),
        )
        .await;
    assert_eq!(open.refusals("bookingRequestOpen"), ["REQUEST_CLOSED request"]);
    let closed = seen(&desk, &token).await;
    assert_eq!(closed["status"], json!("BOOKED"));
    assert_eq!(
        [&closed["name"], &closed["email"], &closed["message"]],
        [&Value::Null; 3]
    );
    let node = "query($id: ID!) { node(id: $id) { ... on BookingRequest { status name booking { id } } } }";
    let node = desk.api.ask_with(&desk.owner, node, json!({ "id": id })).await;
    assert_eq!(
        *node.data("/node"),
        json!({ "status": "BOOKED", "name": "Eva Lima", "booking": { "id": booked.text("/bookingCreate/booking/id") } })
    );
    let one = desk.api.ask(&desk.owner, "{ bookings { totalCount } }").await;
    assert_eq!(*one.data("/bookings/totalCount"), json!(1));
}

async fn a_link_that_was_taken_back_or_has_expired_books_nothing_and_says_which(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let (id, taken_back) = sent(&desk, json!({})).await;
    let (_, short) = sent(&desk, json!({ "expiresAt": "2026-03-02T10:00:00Z" })).await;
    let back = json!({ "bookingRequestId": id, "expectedVersion": 7 });
    let stale = desk.act(&desk.owner, ("bookingRequestCancel", SHOWN), back).await;
    assert_eq!(
        stale.refusals("bookingRequestCancel"),
        ["VERSION_CONFLICT expectedVersion"]
    );
    let back = json!({ "bookingRequestId": id, "expectedVersion": 1 });
    let gone = desk
        .act(&desk.owner, ("bookingRequestCancel", SHOWN), back.clone())
        .await;
    assert_eq!(
        *gone.data("/bookingRequestCancel/bookingRequest/status"),
        json!("CANCELLED")
    );
    let twice = json!({ "bookingRequestId": id });
    let twice = desk
        .act(&desk.owner, ("bookingRequestCancel", SHOWN), twice)
        .await;
    assert_eq!(twice.refusals("bookingRequestCancel"), ["REQUEST_CLOSED request"]);
    let said = async |token: &str| {
        let refused = desk.book(&Desk::client(2), form(&desk, token, TEN)).await;
        assert_eq!(refused.refusals("bookingCreate"), ["REQUEST_CLOSED request"]);
        refused.text("/bookingCreate/userErrors/0/message")
    };
    assert_eq!(said(&taken_back).await, "the link is no longer good: CANCELLED");
    world.clock.advance(TimeDelta::hours(1) - TimeDelta::seconds(1));
    assert_eq!(seen(&desk, &short).await["status"], json!("SENT"));
    world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(seen(&desk, &short).await["status"], json!("EXPIRED"));
    assert_eq!(said(&short).await, "the link is no longer good: EXPIRED");
    let guess = desk
        .book(&Desk::client(2), form(&desk, "hor_request_a guess", TEN))
        .await;
    assert_eq!(guess.refusals("bookingCreate"), ["TOKEN_INVALID -"]);
    assert_eq!(seen(&desk, "hor_request_a guess").await, Value::Null);
}

async fn a_link_books_its_own_service_with_its_own_host(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let both = desk
        .practice
        .service("terapia", &desk.hosts, ServiceEdit::default())
        .await;
    let caio = desk.hosts[1].to_string();
    let (_, token) = sent(&desk, json!({ "serviceId": both.to_string(), "hostId": caio })).await;
    let elsewhere = desk.book(&Desk::client(2), form(&desk, &token, TEN)).await;
    assert_eq!(elsewhere.refusals("bookingCreate"), ["INVALID_INPUT request"]);
    let mut with = form(&desk, &token, TEN);
    with["serviceId"] = json!(both.to_string());
    with["hostId"] = json!(desk.hosts[0].to_string());
    let other = desk.book(&Desk::client(2), with.clone()).await;
    assert_eq!(other.refusals("bookingCreate"), ["INVALID_INPUT request"]);
    with["hostId"] = Value::Null;
    let booked = desk.book(&Desk::client(2), with).await;
    assert_eq!(
        *booked.data("/bookingCreate/booking/hosts/0/resource/slug"),
        json!("caio"),
        "the link names him"
    );
    let not_his = json!({ "serviceId": desk.service.to_string(), "hostId": caio, "name": "Eva", "email": "eva@example.com" });
    let not_his = desk
        .act(&desk.owner, ("bookingRequestCreate", SHOWN), not_his)
        .await;
    assert_eq!(not_his.refusals("bookingRequestCreate"), ["NOT_FOUND -"]);
    let nowhere = json!({ "serviceId": desk.service.to_string(), "name": "Eva" });
    let nowhere = desk
        .act(&desk.owner, ("bookingRequestCreate", SHOWN), nowhere)
        .await;
    assert_eq!(nowhere.refusals("bookingRequestCreate"), ["INVALID_INPUT email"]);
}

async fn of_eight_who_book_by_one_link_at_once_one_books(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let (_, token) = sent(&desk, json!({})).await;
    let tries: Vec<_> = (0..8)
        .map(|hour| {
            let input = form(&desk, &token, &format!("2026-03-03T{:02}:00:00Z", 9 + hour));
            let api = desk.api.clone();
            let book = "mutation($input: BookingCreateInput!) { bookingCreate(input: $input) { userErrors { code field } } }";
            tokio::spawn(async move {
                let client = Desk::client(hour);
                let answer = api.ask_with(&client, book, json!({ "input": input })).await;
                answer.refusals("bookingCreate").join(", ")
            })
        })
        .collect();
    let mut answers = Vec::new();
    for one in tries {
        answers.push(one.await.unwrap());
    }
    answers.sort();
    assert_eq!(answers[0], "");
    assert!(
        answers[1..].iter().all(|it| it == "REQUEST_CLOSED request"),
        "{answers:?}"
    );
    assert!(desk.practice.audit().await.is_clean());
}

async fn staff_find_links_by_where_they_stand_and_by_their_contact(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let (eva, _) = sent(&desk, json!({})).await;
    let zoe = json!({ "name": "Zoé Araújo", "email": null, "phone": "+351210000001", "expiresAt": "2026-03-02T09:10:00Z" });
    let (zoe, _) = sent(&desk, zoe).await;
    let bea = json!({ "hostId": desk.hosts[0].to_string(), "name": "Gil Prado", "email": "gil@example.com" });
    let (gil, token) = sent(&desk, bea).await;
    desk.book(&Desk::client(2), form(&desk, &token, TEN)).await;
    let list = async |filter: Value| {
        let list = "query($filter: BookingRequestFilterInput) { bookingRequests(filter: $filter) {
            nodes { id } totalCount } }";
        let answer = desk
            .api
            .ask_with(&desk.owner, list, json!({ "filter": filter }))
            .await;
        let nodes = answer.data("/bookingRequests/nodes").as_array().unwrap().clone();
        assert_eq!(*answer.data("/bookingRequests/totalCount"), json!(nodes.len()));
        let ids = nodes.iter().map(|it| it["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(list(json!({})).await, [&*eva, &*zoe, &*gil]);
    assert_eq!(list(json!({ "statuses": ["SENT"] })).await, [&*eva, &*zoe]);
    assert_eq!(list(json!({ "statuses": ["BOOKED", "OPENED"] })).await, [&*gil]);
    assert_eq!(list(json!({ "text": "zoe ARAUJO" })).await, [&*zoe]);
    assert_eq!(list(json!({ "text": "+35121" })).await, [&*zoe]);
    assert_eq!(list(json!({ "text": "@example.com" })).await, [&*eva, &*gil]);
    assert_eq!(
        list(json!({ "hostId": desk.hosts[0].to_string() })).await,
        [&*gil]
    );
    world.clock.advance(TimeDelta::minutes(10));
    assert_eq!(list(json!({ "statuses": ["SENT"] })).await, [&*eva]);
    assert_eq!(list(json!({ "statuses": ["EXPIRED"] })).await, [&*zoe]);
}

async fn a_link_is_made_once_for_one_key_and_for_ninety_days_at_most(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let first = sent(&desk, json!({ "idempotencyKey": "k" })).await;
    assert_eq!(sent(&desk, json!({ "idempotencyKey": "k" })).await, first);
    assert!(first.1.starts_with("hor_request_"));
    let until = async |at: &str| {
        let input = json!({
            "serviceId": desk.service.to_string(), "name": "Eva", "email": "eva@example.com", "expiresAt": at,
            "validateOnly": true
        });
        let made = desk
            .act(&desk.owner, ("bookingRequestCreate", SHOWN), input)
            .await;
        made.refusals("bookingRequestCreate").join(", ")
    };
    assert_eq!(until("2026-03-02T09:00:00Z").await, "INVALID_INPUT expiresAt");
    assert_eq!(until("2026-03-02T09:00:01Z").await, "");
    assert_eq!(until("2026-05-31T09:00:00Z").await, "");
    assert_eq!(until("2026-05-31T09:00:01Z").await, "INVALID_INPUT expiresAt");
}

async fn a_neighbour_and_a_stranger_see_no_links(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let (id, token) = sent(&desk, json!({})).await;
    let neighbour = desk.api.founder("hugo", "boreal").await;
    let all = "query($id: ID!) { node(id: $id) { id } bookingRequests { nodes { id } totalCount } }";
    let none = desk.api.ask_with(&neighbour, all, json!({ "id": id })).await;
    assert_eq!(
        *none.data(""),
        json!({ "node": null, "bookingRequests": { "nodes": [], "totalCount": 0 } })
    );
    let look = "query($token: String!) { bookingRequestByToken(token: $token) { id } }";
    let there = desk
        .api
        .ask_with(&Desk::client(1).at("boreal"), look, json!({ "token": token }))
        .await;
    assert_eq!(*there.data("/bookingRequestByToken"), Value::Null);
    let back = desk
        .act(
            &neighbour,
            ("bookingRequestCancel", SHOWN),
            json!({ "bookingRequestId": id }),
        )
        .await;
    assert_eq!(back.refusals("bookingRequestCancel"), ["NOT_FOUND -"]);
    let list = "{ bookingRequests { nodes { id } } }";
    let stranger = desk.api.ask(&Desk::client(1), list).await;
    assert_eq!(stranger.code(), "UNAUTHENTICATED");
    let guest = desk.api.member(&desk.owner, "rui", "PROVIDER").await;
    let own = desk
        .act(
            &guest,
            ("bookingRequestCancel", SHOWN),
            json!({ "bookingRequestId": id }),
        )
        .await;
    assert_eq!(own.refusals("bookingRequestCancel"), ["NOT_FOUND -"], "not his");
}
