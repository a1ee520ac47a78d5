//! The directory of clients through the API: who books is entered, staff sort out.

use scheduling::service::ServiceEdit;
use serde_json::{Value, json};

use crate::world::desk::Desk;
use crate::world::{World, stories};

stories! { both: [
    whoever_books_is_in_the_directory_with_what_they_booked,
    two_who_seem_to_be_one_are_shown_to_staff,
    staff_enter_and_change_clients,
    clients_are_found_and_put_away,
] }

const CLIENT: &str = "client { id name email phone city country status version primaryProvider { name } }";

fn form(desk: &Desk, starts_at: &str, (name, email, phone): (&str, &str, Option<&str>)) -> Value {
    let mut form = desk.form(starts_at);
    form["attendee"] = json!({ "name": name, "email": email, "phone": phone });
    form
}

async fn whoever_books_is_in_the_directory_with_what_they_booked(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    for hour in [10, 11, 12] {
        desk.booked(&format!("2026-03-03T{hour}:00:00Z")).await;
    }
    let all = "{ clients(first: 2, filter: { text: \"PRADO\" }) { totalCount nodes { id name email status
        bookings(first: 2) { totalCount nodes { startsAt client { email } attendees(first: 1) { client { name } } } pageInfo { endCursor } } } } }";
    let found = desk.api.ask(&desk.owner, all).await;
    assert_eq!(
        *found.data("/clients/totalCount"),
        json!(1),
        "three bookings, one client"
    );
    let rui = found.data("/clients/nodes/0");
    assert_eq!(
        (&rui["name"], &rui["status"]),
        (&json!("Rui Prado"), &json!("ACTIVE"))
    );
    let booking = |hour: u32| {
        json!({ "startsAt": format!("2026-03-03T{hour}:00:00Z"),
        "client": { "email": "rui@example.com" }, "attendees": [{ "client": { "name": "Rui Prado" } }] })
    };
    assert_eq!(rui["bookings"]["totalCount"], json!(3));
    assert_eq!(rui["bookings"]["nodes"], json!([booking(10), booking(11)]));
    let next = "query($id: ID!, $after: String) { client(id: $id) { bookings(first: 2, after: $after) { nodes { startsAt } } } }";
    let after = json!({ "id": rui["id"], "after": rui["bookings"]["pageInfo"]["endCursor"] });
    let next = desk.api.ask_with(&desk.owner, next, after).await;
    let last = json!([{ "startsAt": "2026-03-03T12:00:00Z" }]);
    assert_eq!(*next.data("/client/bookings/nodes"), last);
    let provider = desk.api.member(&desk.owner, "bia", "PROVIDER").await;
    assert_eq!(desk.api.ask(&provider, all).await.code(), "FORBIDDEN");
}

async fn two_who_seem_to_be_one_are_shown_to_staff(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let number = Some("+351210000001");
    let book = async |starts_at: &str, who| {
        let made = desk.book(&Desk::client(1), form(&desk, starts_at, who)).await;
        assert!(made.refusals("bookingCreate").is_empty(), "{}", made.body);
        made.text("/bookingCreate/booking/id")
    };
    book(
        "2026-03-03T10:00:00Z",
        ("Ana Prado", "ana.prado@example.com", number),
    )
    .await;
    let second = book("2026-03-03T11:00:00Z", ("Rui Prado", "rui@example.com", None)).await;
    let both = book("2026-03-03T12:00:00Z", ("Rui Prado", "rui@example.com", number)).await;
    let document = "query($id: ID!) { booking(id: $id) { client { name conflictingClients { name } }
        attendees { client { name } conflictingClient { name conflictingClients { name } } } } }";
    let told = desk
        .api
        .ask_with(&desk.owner, document, json!({ "id": both }))
        .await;
    assert_eq!(
        *told.data("/booking"),
        json!({
            "client": { "name": "Rui Prado", "conflictingClients": [{ "name": "Ana Prado" }] },
            "attendees": [{ "client": { "name": "Rui Prado" }, "conflictingClient":
                { "name": "Ana Prado", "conflictingClients": [{ "name": "Rui Prado" }] } }]
        })
    );
    let told = desk
        .api
        .ask_with(&desk.owner, document, json!({ "id": second }))
        .await;
    assert_eq!(*told.data("/booking/attendees/0/conflictingClient"), Value::Null);
}

/// Bea's profile.
async fn provider(desk: &Desk) -> String {
    let person = json!({ "person": { "resourceId": desk.hosts[0].to_string() }, "reviewState": "ACTIVE" });
    let bea = desk
        .api
        .change(&desk.owner, ("providerCreate", "provider { id }"), person)
        .await;
    bea.text("/providerCreate/provider/id")
}

async fn staff_enter_and_change_clients(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let bea = provider(&desk).await;
    let does =
        async |mutation: &str, input: Value| desk.api.change(&desk.owner, (mutation, CLIENT), input).await;
    let ana = json!({ "name": "Ána Prado", "email": "ANA.P@example.com", "city": "Lisboa", "country": "pt", "primaryProviderId": bea });
    let made = does("clientCreate", ana).await;
    let id = made.text("/clientCreate/client/id");
    assert_eq!(
        *made.data("/clientCreate/client"),
        json!({ "id": id, "name": "Ána Prado", "email": "ana.p@example.com", "phone": null, "city": "Lisboa",
            "country": "PT", "status": "ACTIVE", "version": 1, "primaryProvider": { "name": "bea" } })
    );
    let wrong = json!({ "name": "", "email": "nobody", "phone": "12", "country": "Portugal" });
    assert_eq!(
        does("clientCreate", wrong).await.refusals("clientCreate"),
        [
            "INVALID_INPUT name",
            "INVALID_INPUT email",
            "INVALID_INPUT phone",
            "INVALID_INPUT country"
        ]
    );
    let same = json!({ "name": "Other", "email": "ana.p@example.com" });
    assert_eq!(
        does("clientCreate", same).await.refusals("clientCreate"),
        ["TAKEN email"]
    );
    let unknown = json!({ "name": "Other", "primaryProviderId": "prv_01kjpzzzzzzzzzzzzzzzzzzzzz" });
    assert_eq!(
        does("clientCreate", unknown).await.refusals("clientCreate"),
        ["NOT_FOUND -"]
    );
    let patch = json!({ "clientId": id, "expectedVersion": 1, "city": null, "phone": "+351210000001" });
    let changed = does("clientUpdate", patch.clone()).await;
    let now = changed.data("/clientUpdate/client");
    assert_eq!(
        (&now["city"], &now["phone"], &now["country"], &now["version"]),
        (&Value::Null, &json!("+351210000001"), &json!("PT"), &json!(2)),
        "what is absent stays"
    );
    assert_eq!(
        does("clientUpdate", patch).await.refusals("clientUpdate"),
        ["VERSION_CONFLICT expectedVersion"]
    );
}

async fn clients_are_found_and_put_away(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let bea = provider(&desk).await;
    let does =
        async |mutation: &str, input: Value| desk.api.change(&desk.owner, (mutation, CLIENT), input).await;
    let ana = json!({ "name": "Ána Prado", "email": "ana.p@example.com", "phone": "+351210000001", "primaryProviderId": bea });
    let id = does("clientCreate", ana).await.text("/clientCreate/client/id");
    let count = async |filter: Value| {
        let document =
            "query($filter: ClientFilterInput) { clients(filter: $filter) { totalCount nodes { id } } }";
        let found = desk
            .api
            .ask_with(&desk.owner, document, json!({ "filter": filter }))
            .await;
        found.data("/clients/totalCount").clone()
    };
    for words in ["ana prado", "ANA.P@", "21000000"] {
        assert_eq!(count(json!({ "text": words })).await, json!(1), "{words}");
    }
    assert_eq!(count(json!({ "text": "%" })).await, json!(0), "no pattern");
    assert_eq!(count(json!({ "primaryProviderId": bea })).await, json!(1));
    let gone = does("clientArchive", json!({ "clientId": id })).await;
    assert_eq!(*gone.data("/clientArchive/client/status"), json!("ARCHIVED"));
    assert_eq!(
        (
            count(json!({ "status": "ACTIVE" })).await,
            count(json!({ "status": "ARCHIVED" })).await
        ),
        (json!(0), json!(1))
    );
    let back = does("clientRestore", json!({ "clientId": id, "expectedVersion": 2 })).await;
    assert_eq!(*back.data("/clientRestore/client/version"), json!(3));
}
