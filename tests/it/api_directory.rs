//! Whom a booking is for, however it comes about: found in the directory, entered there, or named by staff.

use scheduling::service::ServiceEdit;
use serde_json::{Value, json};

use crate::world::desk::{Desk, TEN};
use crate::world::{Who, World, stories};

stories! { both: [
    whoever_takes_an_offer_is_in_the_directory,
    whoever_is_served_at_the_door_is_in_the_directory_if_they_can_be_reached,
    staff_name_a_client_and_nobody_else_does,
    a_series_is_for_the_client_whom_staff_name,
] }

async fn entered(desk: &Desk, who: &Who, name: &str) -> String {
    let input = json!({ "name": name, "email": format!("{}@example.com", name.to_lowercase()) });
    let made = desk.act(who, ("clientCreate", "client { id }"), input).await;
    made.text("/clientCreate/client/id")
}

/// The names of everybody in the directory.
async fn directory(desk: &Desk) -> Value {
    let all = "{ clients(first: 20) { nodes { name } } }";
    desk.api
        .ask(&desk.owner, all)
        .await
        .data("/clients/nodes")
        .clone()
}

async fn whoever_takes_an_offer_is_in_the_directory(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let known = entered(&desk, &desk.owner, "Eva").await;
    let (_, manage) = desk.booked(TEN).await;
    let joins = |name: &str| {
        json!({ "serviceId": desk.service.to_string(), "name": name, "email": format!("{name}@example.com"),
            "windowStartsAt": "2026-03-03T08:00:00Z", "windowEndsAt": "2026-03-03T18:00:00Z" })
    };
    let mut token = Vec::new();
    for name in ["eva", "gil"] {
        let joined = desk
            .act(&Desk::client(3), ("waitlistJoin", "token"), joins(name))
            .await;
        token.push(joined.text("/waitlistJoin/token"));
    }
    desk.cancels(&manage).await;
    let take = async |token: &str| {
        let shows = ("waitlistAccept", "manageToken booking { id }");
        let took = desk.act(&Desk::client(3), shows, json!({ "token": token })).await;
        let id = took.text("/waitlistAccept/booking/id");
        let look = "query($id: ID!) { booking(id: $id) { client { id name } } }";
        let seen = desk.api.ask_with(&desk.owner, look, json!({ "id": id })).await;
        (
            took.text("/waitlistAccept/manageToken"),
            seen.data("/booking/client").clone(),
        )
    };
    let (manage, client) = take(&token[0]).await;
    assert_eq!(client, json!({ "id": known, "name": "Eva" }), "she was known");
    desk.cancels(&manage).await;
    let (_, client) = take(&token[1]).await;
    assert_eq!(client["name"], json!("gil"), "he was not");
    assert_eq!(
        directory(&desk).await,
        json!([{ "name": "Eva" }, { "name": "Rui Prado" }, { "name": "gil" }])
    );
}

async fn whoever_is_served_at_the_door_is_in_the_directory_if_they_can_be_reached(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let known = entered(&desk, &desk.owner, "Eva").await;
    let three = desk.practice.people(&["dora", "hugo", "iris"]).await;
    let service = desk
        .practice
        .service("door", &three, ServiceEdit::default())
        .await;
    let serve = async |who: Value| {
        let mut input = json!({ "serviceId": service.to_string() });
        for (key, value) in who.as_object().unwrap() {
            input[key] = value.clone();
        }
        let place = ("walkInJoin", "place { walkIn { id } }");
        let joined = desk.act(&desk.owner, place, input).await;
        let id = joined.text("/walkInJoin/place/walkIn/id");
        let shows = ("walkInStart", "walkIn { booking { client { id name } } }");
        let started = desk.act(&desk.owner, shows, json!({ "walkInId": id })).await;
        started.data("/walkInStart/walkIn/booking/client").clone()
    };
    let eva = serve(json!({ "name": "E.", "email": "eva@example.com" })).await;
    assert_eq!(eva, json!({ "id": known, "name": "Eva" }));
    let gil = serve(json!({ "name": "Gil", "phone": "+351210000001" })).await;
    assert_eq!(gil["name"], json!("Gil"));
    assert_eq!(serve(json!({ "name": "Somebody" })).await, Value::Null);
    assert_eq!(
        directory(&desk).await,
        json!([{ "name": "Eva" }, { "name": "Gil" }])
    );
}

async fn staff_name_a_client_and_nobody_else_does(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let eva = entered(&desk, &desk.owner, "Eva").await;
    let form = |client: &str, starts_at: &str| json!({ "serviceId": desk.service.to_string(), "startsAt": starts_at, "clientId": client, "source": "PHONE" });
    let book = async |who: &Who, input: Value| {
        let shows = "booking { client { id } attendees { name email } }";
        desk.act(who, ("bookingCreate", shows), input).await
    };
    let bare = book(&desk.owner, form(&eva, TEN)).await;
    assert_eq!(
        *bare.data("/bookingCreate/booking"),
        json!({ "client": { "id": eva }, "attendees": [{ "name": "Eva", "email": "eva@example.com" }] })
    );
    let mut typed = form(&eva, "2026-03-03T11:00:00Z");
    typed["attendee"] = json!({ "name": "Her mother", "email": "rui@example.com" });
    let typed = book(&desk.owner, typed).await;
    assert_eq!(
        *typed.data("/bookingCreate/booking"),
        json!({ "client": { "id": eva }, "attendees": [{ "name": "Her mother", "email": "rui@example.com" }] }),
        "whoever is typed in is not who is meant"
    );
    let noon = "2026-03-03T12:00:00Z";
    let mut nobody = form(&eva, noon);
    nobody["clientId"] = Value::Null;
    let nobody = book(&desk.owner, nobody).await;
    assert_eq!(nobody.refusals("bookingCreate"), ["INVALID_INPUT attendee"]);
    let mut online = form(&eva, noon);
    online["source"] = json!("ONLINE");
    assert_eq!(
        book(&Desk::client(1), online.clone()).await.code(),
        "UNAUTHENTICATED"
    );
    let provider = desk.api.member(&desk.owner, "rui", "PROVIDER").await;
    assert_eq!(book(&provider, online).await.code(), "FORBIDDEN");
    let neighbour = desk.api.founder("bela", "boreal").await;
    let theirs = entered(&desk, &neighbour, "Eva").await;
    let unknown = "cli_01kjpzzzzzzzzzzzzzzzzzzzzz".to_owned();
    for client in [theirs, unknown] {
        let refused = book(&desk.owner, form(&client, noon)).await;
        assert_eq!(refused.refusals("bookingCreate"), ["NOT_FOUND -"]);
    }
    desk.act(
        &desk.owner,
        ("clientArchive", "client { id }"),
        json!({ "clientId": eva }),
    )
    .await;
    let gone = book(&desk.owner, form(&eva, noon)).await;
    assert_eq!(gone.refusals("bookingCreate"), ["NOT_FOUND -"]);
}

async fn a_series_is_for_the_client_whom_staff_name(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let eva = entered(&desk, &desk.owner, "Eva").await;
    let form = json!({ "serviceId": desk.service.to_string(), "rrule": "FREQ=WEEKLY;COUNT=2", "startsOn": "2026-03-10",
        "startTime": "09:00", "timeZone": "Europe/Lisbon", "clientId": eva });
    let shows = (
        "seriesCreate",
        "series { clientId } bookings { booking { client { id } attendees { name } } }",
    );
    let made = desk.act(&desk.owner, shows, form.clone()).await;
    assert_eq!(*made.data("/seriesCreate/series/clientId"), json!(eva));
    let each = json!({ "booking": { "client": { "id": eva }, "attendees": [{ "name": "Eva" }] } });
    assert_eq!(*made.data("/seriesCreate/bookings"), json!([each, each]));
    assert_eq!(
        desk.act(&Desk::client(1), ("seriesCreate", ""), form)
            .await
            .code(),
        "UNAUTHENTICATED"
    );
}
