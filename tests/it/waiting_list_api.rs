//! The waiting list as a client's page and a front desk meet it.

use db::rate::Limit;
use scheduling::service::ServiceEdit;
use serde_json::{Value, json};
use tenancy::RateLimits;

use crate::world::desk::Desk;
use crate::world::{Who, With, World, generous, stories};

stories! { both: [
    a_client_waits_is_offered_what_comes_free_and_takes_it,
    staff_see_who_waits_in_the_order_in_which_they_came,
    a_stranger_joins_within_reason_and_a_machine_does_not,
] }

const TEN: &str = "2026-03-03T10:00:00Z";

fn waits(desk: &Desk, name: &str) -> Value {
    json!({
        "serviceId": desk.service.to_string(), "name": name, "email": format!("{name}@example.com"),
        "windowStartsAt": "2026-03-03T08:00:00Z", "windowEndsAt": "2026-03-03T18:00:00Z"
    })
}

const JOINS: (&str, &str) = (
    "waitlistJoin",
    "token waitlistEntry { id status offer { startsAt } }",
);

async fn joined(desk: &Desk, name: &str) -> (String, String) {
    let joined = desk.act(&Desk::client(3), JOINS, waits(desk, name)).await;
    assert!(joined.refusals("waitlistJoin").is_empty(), "{}", joined.body);
    assert_eq!(
        *joined.data("/waitlistJoin/waitlistEntry/status"),
        json!("WAITING")
    );
    (
        joined.text("/waitlistJoin/waitlistEntry/id"),
        joined.text("/waitlistJoin/token"),
    )
}

async fn place(desk: &Desk, token: &str) -> Value {
    let look = "query($token: String!) { waitlistEntryByToken(token: $token) {
        peopleAhead entry { status offer { startsAt endsAt expiresAt } booking { id } } } }";
    let seen = desk
        .api
        .ask_with(&Desk::client(3), look, json!({ "token": token }))
        .await;
    seen.data("/waitlistEntryByToken").clone()
}

async fn a_client_waits_is_offered_what_comes_free_and_takes_it(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let (_, manage) = desk.booked(TEN).await;
    let (first, second) = (joined(&desk, "eva").await.1, joined(&desk, "gil").await.1);
    let waiting = |ahead: u64| json!({ "peopleAhead": ahead, "entry": { "status": "WAITING", "offer": null, "booking": null } });
    assert_eq!(
        [place(&desk, &first).await, place(&desk, &second).await],
        [waiting(0), waiting(1)]
    );
    desk.cancels(&manage).await;
    let offer =
        json!({ "startsAt": TEN, "endsAt": "2026-03-03T10:30:00Z", "expiresAt": "2026-03-02T09:30:00Z" });
    assert_eq!(
        place(&desk, &first).await["entry"],
        json!({ "status": "OFFERED", "offer": offer, "booking": null })
    );
    assert_eq!(place(&desk, &second).await, waiting(1));
    let taken = desk.book(&Desk::client(4), desk.form(TEN)).await;
    assert_eq!(taken.refusals("bookingCreate"), ["SLOT_TAKEN startsAt"]);
    let pass = desk
        .act(
            &Desk::client(3),
            ("waitlistDecline", "waitlistEntry { status }"),
            json!({ "token": first }),
        )
        .await;
    assert_eq!(
        *pass.data("/waitlistDecline/waitlistEntry/status"),
        json!("WAITING")
    );
    let take = (
        "waitlistAccept",
        "manageToken booking { status startsAt attendees { name } }",
    );
    let input = json!({ "token": second, "notes": "At last.", "idempotencyKey": "k" });
    let took = desk.act(&Desk::client(3), take, input.clone()).await;
    assert_eq!(
        *took.data("/waitlistAccept/booking"),
        json!({ "status": "CONFIRMED", "startsAt": TEN, "attendees": [{ "name": "gil" }] })
    );
    let again = desk.act(&Desk::client(3), take, input).await;
    assert_eq!(again.data("/waitlistAccept"), took.data("/waitlistAccept"));
    let late = desk.act(&Desk::client(3), take, json!({ "token": first })).await;
    assert_eq!(late.refusals("waitlistAccept"), ["OFFER_GONE -"]);
    let guess = desk
        .act(&Desk::client(3), take, json!({ "token": "hor_wait_a guess" }))
        .await;
    assert_eq!(guess.refusals("waitlistAccept"), ["TOKEN_INVALID -"]);
    assert_eq!(place(&desk, &second).await["entry"]["status"], json!("BOOKED"));
    desk.cancels(&took.text("/waitlistAccept/manageToken")).await;
    assert!(desk.practice.audit().await.is_clean());
}

async fn staff_see_who_waits_in_the_order_in_which_they_came(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let (_, manage) = desk.booked(TEN).await;
    let (eva, _) = joined(&desk, "eva").await;
    let (gil, _) = joined(&desk, "gil").await;
    desk.cancels(&manage).await;
    let list = async |who: &Who, filter: Value| {
        let list = "query($filter: WaitlistFilterInput) { waitlist(filter: $filter) {
            nodes { id offer { startsAt } } totalCount } }";
        let answer = desk.api.ask_with(who, list, json!({ "filter": filter })).await;
        answer.body["data"]["waitlist"].clone()
    };
    let [first, second] = [
        json!({ "id": eva, "offer": { "startsAt": TEN } }),
        json!({ "id": gil, "offer": null }),
    ];
    assert_eq!(
        list(&desk.owner, json!({})).await,
        json!({ "nodes": [first, second], "totalCount": 2 })
    );
    let waiting = list(&desk.owner, json!({ "statuses": ["WAITING"], "text": "GIL@" })).await;
    assert_eq!(waiting, json!({ "nodes": [second], "totalCount": 1 }));
    let offered = json!({ "statuses": ["OFFERED"], "serviceId": desk.service.to_string() });
    assert_eq!(
        list(&desk.owner, offered).await,
        json!({ "nodes": [first], "totalCount": 1 })
    );
    assert_eq!(list(&Desk::client(1), json!({})).await, Value::Null);
    let neighbour = desk.api.founder("hugo", "boreal").await;
    assert_eq!(
        list(&neighbour, json!({})).await,
        json!({ "nodes": [], "totalCount": 0 })
    );
    let off = ("waitlistLeave", "waitlistEntry { status }");
    let theirs = desk.act(&neighbour, off, json!({ "waitlistEntryId": eva })).await;
    assert_eq!(theirs.refusals("waitlistLeave"), ["NOT_FOUND -"]);
    let left = desk
        .act(
            &desk.owner,
            off,
            json!({ "waitlistEntryId": eva, "expectedVersion": 2 }),
        )
        .await;
    assert_eq!(*left.data("/waitlistLeave/waitlistEntry/status"), json!("LEFT"));
    let node = "query($id: ID!) { node(id: $id) { ... on WaitlistEntry { name status } } }";
    let node = desk.api.ask_with(&desk.owner, node, json!({ "id": gil })).await;
    assert_eq!(*node.data("/node"), json!({ "name": "gil", "status": "OFFERED" }));
}

async fn a_stranger_joins_within_reason_and_a_machine_does_not(world: World) {
    let limits = RateLimits {
        booking: Limit::new(3, 600),
        ..generous()
    };
    let api = world.api_with(With {
        limits,
        ..With::default()
    });
    let desk = Desk::open_with(&world, api, ServiceEdit::default()).await;
    let machine = Desk::client(5);
    let mut filled = waits(&desk, "bot");
    filled["website"] = json!("https://example.com");
    filled["windowEndsAt"] = json!("2026-03-03T08:00:00Z");
    let refused = desk.act(&machine, JOINS, filled).await;
    assert_eq!(
        refused.refusals("waitlistJoin"),
        ["INVALID_INPUT website", "INVALID_INPUT windowEndsAt"]
    );
    let mut unreachable = waits(&desk, "bot");
    unreachable["email"] = Value::Null;
    let refused = desk.act(&machine, JOINS, unreachable).await;
    assert_eq!(refused.refusals("waitlistJoin"), ["INVALID_INPUT email"]);
    let joined = desk.act(&machine, JOINS, waits(&desk, "bot")).await;
    assert!(joined.refusals("waitlistJoin").is_empty());
    assert_eq!(
        desk.act(&machine, JOINS, waits(&desk, "bot")).await.code(),
        "RATE_LIMITED"
    );
    let owner = desk.act(&desk.owner, JOINS, waits(&desk, "ana")).await;
    assert!(
        owner.refusals("waitlistJoin").is_empty(),
        "members are counted with the request itself"
    );
}
