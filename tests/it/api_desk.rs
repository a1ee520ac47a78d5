//! The front desk's harder days through the API: time taken out, two bookings exchanged, somebody ill.

use kernel::id::{ResourceId, ServiceId};
use scheduling::service::ServiceEdit;
use serde_json::{Value, json};

use crate::world::api::{Answer, Api};
use crate::world::practice::{Practice, at};
use crate::world::{Who, World, stories};

stories! {
    both: [
        a_block_is_made_moved_listed_and_deleted,
        two_bookings_are_swapped_and_the_answer_shows_both,
        a_cover_is_planned_and_then_done_as_planned,
        whoever_has_no_right_plans_nothing,
        a_thousand_calls_with_one_key_make_one_booking_and_get_one_answer,
    ]
}

struct Desk {
    api: Api,
    owner: Who,
    practice: Practice,
    hosts: Vec<ResourceId>,
    service: ServiceId,
}

impl Desk {
    async fn open(world: &World) -> Self {
        let api = world.api();
        let owner = api.founder("ana", "aurora").await;
        let practice = world.practice_of(&api, &owner).await;
        let hosts = practice.people(&["bea", "caio"]).await;
        let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
        Self {
            api,
            owner,
            practice,
            hosts,
            service,
        }
    }

    async fn ask(&self, document: &str, input: Value) -> Answer {
        self.api
            .ask_with(&self.owner, document, json!({ "input": input }))
            .await
    }

    async fn books(&self, time: &str) -> String {
        let made = self.practice.books(self.service, at(time)).await.unwrap();
        made.booking.to_string()
    }
}

const CREATE: &str = "mutation($input: BlockCreateInput!) { blockCreate(input: $input) {
    block { id version startsAt endsAt reason } userErrors { code field message } } }";
const UPDATE: &str = "mutation($input: BlockUpdateInput!) { blockUpdate(input: $input) {
    block { id version startsAt endsAt reason } userErrors { code field message } } }";
const DELETE: &str = "mutation($input: BlockDeleteInput!) { blockDelete(input: $input) {
    deletedBlockId userErrors { code field message } } }";
const LIST: &str = "query($id: ID!) { blocks(resourceId: $id, from: \"2026-03-03T00:00:00Z\", to: \"2026-03-04T00:00:00Z\") {
    nodes { id resourceId reason } totalCount } }";

async fn a_block_is_made_moved_listed_and_deleted(world: World) {
    let desk = Desk::open(&world).await;
    let resource = desk.hosts[0].to_string();
    let booked = desk.books("2026-03-03T10:00:00Z").await;
    let on_it = json!({ "resourceId": resource, "startsAt": "2026-03-03T09:30:00Z", "endsAt": "2026-03-03T10:30:00Z" });
    let refused = desk.ask(CREATE, on_it).await;
    assert_eq!(refused.refusals("blockCreate"), ["SLOT_TAKEN startsAt"]);
    assert!(
        refused
            .text("/blockCreate/userErrors/0/message")
            .contains(&booked)
    );
    let lunch = json!({ "resourceId": resource, "startsAt": "2026-03-03T12:00:00Z", "endsAt": "2026-03-03T13:00:00Z",
        "reason": "lunch with the bank", "idempotencyKey": "lunch" });
    let made = desk.ask(CREATE, lunch.clone()).await;
    let id = made.text("/blockCreate/block/id");
    assert!(id.starts_with("blk_"));
    assert_eq!(
        desk.ask(CREATE, lunch).await.text("/blockCreate/block/id"),
        id,
        "once"
    );
    let listed = desk
        .api
        .ask_with(&desk.owner, LIST, json!({ "id": resource }))
        .await;
    let expected = json!([{ "id": id, "resourceId": resource, "reason": "lunch with the bank" }]);
    assert_eq!(
        (listed.data("/blocks/nodes"), listed.data("/blocks/totalCount")),
        (&expected, &json!(1))
    );
    let later =
        json!({ "blockId": id, "endsAt": "2026-03-03T13:30:00Z", "reason": null, "expectedVersion": 1 });
    let moved = desk.ask(UPDATE, later).await;
    assert_eq!(
        *moved.data("/blockUpdate/block"),
        json!({ "id": id, "version": 2, "startsAt": "2026-03-03T12:00:00Z", "endsAt": "2026-03-03T13:30:00Z", "reason": null })
    );
    let node = "query($id: ID!) { node(id: $id) { __typename id } }";
    let node = desk.api.ask_with(&desk.owner, node, json!({ "id": id })).await;
    assert_eq!(*node.data("/node"), json!({ "__typename": "Block", "id": id }));
    let gone = desk
        .ask(DELETE, json!({ "blockId": id, "expectedVersion": 2 }))
        .await;
    assert_eq!(gone.text("/blockDelete/deletedBlockId"), id);
    desk.books("2026-03-03T12:00:00Z").await;
}

const SWAP: &str = "mutation($input: BookingSwapInput!) { bookingSwap(input: $input) {
    first { id startsAt version } second { id startsAt version } userErrors { code field message } } }";

async fn two_bookings_are_swapped_and_the_answer_shows_both(world: World) {
    let desk = Desk::open(&world).await;
    let (ten, noon) = ("2026-03-03T10:00:00Z", "2026-03-03T12:00:00Z");
    let (first, second) = (desk.books(ten).await, desk.books(noon).await);
    let input = |version: i64| {
        json!({ "first": { "bookingId": first, "expectedVersion": version }, "second": { "bookingId": second },
            "kind": "TIMES", "reason": "they asked for it" })
    };
    let stale = desk.ask(SWAP, input(4)).await;
    assert_eq!(stale.refusals("bookingSwap"), ["VERSION_CONFLICT first"]);
    let done = desk.ask(SWAP, input(1)).await;
    assert_eq!(
        *done.data("/bookingSwap/first"),
        json!({ "id": first, "startsAt": noon, "version": 2 })
    );
    assert_eq!(
        *done.data("/bookingSwap/second"),
        json!({ "id": second, "startsAt": ten, "version": 2 })
    );
}

const PLAN: &str = "query($id: ID!) { absenceCoverPlan(resourceId: $id, from: \"2026-03-03T00:00:00Z\",
    to: \"2026-03-04T00:00:00Z\", strategies: [REASSIGN, CANCEL]) {
    bookings { bookingId outcome startsAt standIn { slug } refusals { strategy code message } } userErrors { code field } } }";
const COVER: &str = "mutation($input: AbsenceCoverInput!) { absenceCover(input: $input) {
    outOfOffice { id resourceId reason }
    bookings { bookingId outcome startsAt standIn { slug } refusals { strategy code message } } userErrors { code field message } } }";

async fn a_cover_is_planned_and_then_done_as_planned(world: World) {
    let desk = Desk::open(&world).await;
    desk.books("2026-03-03T10:00:00Z").await;
    desk.books("2026-03-03T10:00:00Z").await;
    let alone = desk
        .practice
        .books(desk.service, at("2026-03-03T11:00:00Z"))
        .await
        .unwrap();
    let resource = desk.practice.hosts(alone.booking).await[0].to_string();
    let plan = desk
        .api
        .ask_with(&desk.owner, PLAN, json!({ "id": resource }))
        .await;
    let planned = plan.data("/absenceCoverPlan/bookings").clone();
    let outcomes: Vec<&str> = planned
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["CANCELLED", "REASSIGNED"], "{planned}");
    assert_eq!(planned[0]["refusals"][0]["code"], "SLOT_UNAVAILABLE");
    let input = json!({ "resourceId": resource, "startsAt": "2026-03-03T00:00:00Z", "endsAt": "2026-03-04T00:00:00Z",
        "reason": "a cold", "strategies": ["REASSIGN", "CANCEL"], "uncovered": "REFUSE", "idempotencyKey": "ill" });
    let done = desk.ask(COVER, input.clone()).await;
    assert_eq!(*done.data("/absenceCover/bookings"), planned);
    assert_eq!(done.text("/absenceCover/outOfOffice/resourceId"), resource);
    let again = desk.ask(COVER, input).await;
    assert_eq!(
        again.data("/absenceCover"),
        done.data("/absenceCover"),
        "one key, one effect"
    );
    assert!(desk.practice.audit().await.is_clean());
}

async fn whoever_has_no_right_plans_nothing(world: World) {
    let desk = Desk::open(&world).await;
    let provider = desk.api.member(&desk.owner, "rui", "PROVIDER").await;
    let resource = json!({ "id": desk.hosts[0].to_string() });
    assert_eq!(
        desk.api.ask_with(&provider, PLAN, resource.clone()).await.code(),
        "FORBIDDEN"
    );
    let stranger = Who::stranger().at("aurora");
    assert_eq!(
        desk.api.ask_with(&stranger, PLAN, resource).await.code(),
        "UNAUTHENTICATED"
    );
}

const BOOK: &str = "mutation($input: BookingCreateInput!) { bookingCreate(input: $input) {
    manageToken booking { id version startsAt hosts { resourceId } } userErrors { code field message } } }";

async fn a_thousand_calls_with_one_key_make_one_booking_and_get_one_answer(world: World) {
    let desk = Desk::open(&world).await;
    let client = Who {
        client_secret: Some("a secret that only this client knows".to_owned()),
        ..Who::stranger().at("aurora")
    };
    let input = json!({ "serviceId": desk.service.to_string(), "startsAt": "2026-03-03T10:00:00Z",
        "attendee": { "name": "Rui Prado", "email": "rui@example.com" }, "idempotencyKey": "one" });
    let tries = (0..1_000).map(|_| {
        let (api, client, input) = (desk.api.clone(), client.clone(), input.clone());
        tokio::spawn(async move { api.ask_with(&client, BOOK, json!({ "input": input })).await })
    });
    let mut answers = Vec::new();
    for one in tries.collect::<Vec<_>>() {
        answers.push(one.await.unwrap().data("/bookingCreate").clone());
    }
    assert_eq!(answers[0]["userErrors"], json!([]));
    assert!(
        answers.iter().all(|it| *it == answers[0]),
        "the same answer for everybody"
    );
    let all = "SELECT CAST(count(*) AS text) FROM bookings";
    assert_eq!(world.admin_sql(all).await, [[Some("1".to_owned())]]);
    let mut other = input.clone();
    other["startsAt"] = json!("2026-03-03T11:00:00Z");
    let reused = desk.api.ask_with(&client, BOOK, json!({ "input": other })).await;
    assert_eq!(
        reused.refusals("bookingCreate"),
        ["IDEMPOTENCY_KEY_REUSED idempotencyKey"]
    );
    assert_eq!(world.admin_sql(all).await, [[Some("1".to_owned())]]);
}
