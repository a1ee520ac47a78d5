//! What staff look at all day, and how clients look for a time: agendas, lists of bookings, calendars of many hosts.

use scheduling::service::ServiceEdit;
use serde_json::{Value, json};

use crate::world::desk::{Desk, HOLD};
use crate::world::{Who, World, stories};

stories! { both: [
    an_agenda_shows_one_day_of_one_host_in_their_zone,
    bookings_are_found_by_host_client_state_and_words_page_by_page,
    a_time_is_found_with_whoever_teaches_a_subject_in_a_place,
    whoever_is_away_sends_people_to_somebody_else,
] }

async fn an_agenda_shows_one_day_of_one_host_in_their_zone(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let bea = desk.hosts[0].to_string();
    let (booking, _) = desk.booked("2026-03-03T10:00:00Z").await;
    let held = json!({ "serviceId": desk.service.to_string(), "startsAt": "2026-03-03T12:00:00Z" });
    desk.api
        .ask_with(&Desk::client(2), HOLD, json!({ "input": held }))
        .await;
    let away =
        json!({ "resourceId": bea, "startsAt": "2026-03-03T20:00:00Z", "endsAt": "2026-03-05T00:00:00Z" });
    desk.api
        .change(&desk.owner, ("outOfOfficeCreate", "outOfOffice { id }"), away)
        .await;
    let document =
        "query($id: ID!, $on: Date!) { agenda(resourceId: $id, fallsOn: $on) { timeZone startsAt endsAt
        stretches { startsAt endsAt status } bookings { id status attendees { name } } } }";
    let day = async |who: &Who, on: &str| {
        let variables = json!({ "id": bea, "on": on });
        desk.api.ask_with(who, document, variables).await
    };
    let told = day(&desk.owner, "2026-03-03").await;
    let part = |from: &str, to: &str, status: &str| {
        let at = |time: &str| {
            if time == "24" {
                "2026-03-04T00:00:00Z".to_owned()
            } else {
                format!("2026-03-03T{time}:00Z")
            }
        };
        json!({ "startsAt": at(from), "endsAt": at(to), "status": status })
    };
    assert_eq!(
        *told.data("/agenda"),
        json!({
            "timeZone": "Europe/Lisbon", "startsAt": "2026-03-03T00:00:00Z", "endsAt": "2026-03-04T00:00:00Z",
            "stretches": [
                part("00:00", "10:00", "OPEN"), part("10:00", "10:30", "BOOKED"), part("10:30", "12:00", "OPEN"),
                part("12:00", "12:30", "HELD"), part("12:30", "20:00", "OPEN"), part("20:00", "24", "CLOSED")
            ],
            "bookings": [{ "id": booking, "status": "CONFIRMED", "attendees": [{ "name": "Rui Prado" }] }]
        })
    );
    // Summer time begins: the day has 23 hours.
    let short = day(&desk.owner, "2026-03-29").await;
    assert_eq!(
        (short.text("/agenda/startsAt"), short.text("/agenda/endsAt")),
        (
            "2026-03-29T00:00:00Z".to_owned(),
            "2026-03-29T23:00:00Z".to_owned()
        )
    );
    assert_eq!(day(&desk.owner, "9999-12-31").await.code(), "INVALID_INPUT");
    let stranger = Who::stranger().at("aurora");
    assert_eq!(day(&stranger, "2026-03-03").await.code(), "UNAUTHENTICATED");
    let other = desk.api.member(&desk.owner, "rui", "PROVIDER").await;
    assert_eq!(
        *day(&other, "2026-03-03").await.data("/agenda"),
        Value::Null,
        "not his own"
    );
}

async fn bookings_are_found_by_host_client_state_and_words_page_by_page(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let both = json!({ "serviceId": desk.service.to_string(),
        "hosts": [{ "resourceId": desk.hosts[0].to_string() }, { "resourceId": desk.hosts[1].to_string() }] });
    desk.api
        .change(&desk.owner, ("serviceHostsSet", "service { id }"), both)
        .await;
    for (hour, host, name) in [
        (10, 0, "Rui Prado"),
        (11, 1, "Zoé Costa"),
        (12, 0, "Rui Prado"),
        (13, 0, "Zoé Costa"),
    ] {
        let mut form = desk.form(&format!("2026-03-03T{hour}:00:00Z"));
        form["hostId"] = json!(desk.hosts[host].to_string());
        let email = format!("{}@example.com", name[..2].to_lowercase());
        form["attendee"] = json!({ "name": name, "email": email });
        let made = desk.book(&Desk::client(1), form).await;
        assert!(made.refusals("bookingCreate").is_empty(), "{}", made.body);
    }
    let page = async |filter: Value, more: Value| {
        let document = "query($filter: BookingFilterInput, $first: Int, $after: String, $last: Int, $before: String) {
            bookings(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
                totalCount edges { cursor node { startsAt client { id } } } pageInfo { hasNextPage hasPreviousPage } } }";
        let mut variables = more;
        variables["filter"] = filter;
        let found = desk.api.ask_with(&desk.owner, document, variables).await;
        found.data("/bookings").clone()
    };
    let hours = |found: &Value| -> Vec<String> {
        let edges = found["edges"].as_array().unwrap().iter();
        edges
            .map(|it| it["node"]["startsAt"].as_str().unwrap()[11..13].to_owned())
            .collect()
    };
    let bea = json!({ "resourceId": desk.hosts[0].to_string() });
    let first = page(bea.clone(), json!({ "first": 1 })).await;
    assert_eq!(
        (hours(&first), &first["totalCount"]),
        (vec!["10".to_owned()], &json!(3))
    );
    let after = json!({ "first": 5, "after": first["edges"][0]["cursor"] });
    let rest = page(bea.clone(), after).await;
    assert_eq!(hours(&rest), ["12", "13"]);
    let before = json!({ "last": 1, "before": rest["edges"][1]["cursor"] });
    assert_eq!(hours(&page(bea, before).await), ["12"]);
    let zoe = page(json!({ "text": "ZOE" }), json!({})).await;
    assert_eq!(hours(&zoe), ["11", "13"]);
    let client = zoe["edges"][0]["node"]["client"]["id"].clone();
    assert_eq!(
        hours(&page(json!({ "clientId": client }), json!({})).await),
        ["11", "13"]
    );
    let narrow =
        json!({ "clientId": client, "resourceId": desk.hosts[0].to_string(), "statuses": ["CONFIRMED"] });
    assert_eq!(hours(&page(narrow, json!({})).await), ["13"]);
    let range = json!({ "from": "2026-03-03T11:00:00Z", "to": "2026-03-03T13:00:00Z" });
    assert_eq!(hours(&page(range, json!({})).await), ["11", "12"]);
    assert!(hours(&page(json!({ "statuses": ["CANCELLED"] }), json!({})).await).is_empty());
}

/// Bea and Caio, both with a profile; Bea teaches maths in Lisbon.
async fn teachers(world: &World) -> Desk {
    let desk = Desk::open(world, ServiceEdit::default()).await;
    let mut providers = Vec::new();
    for host in &desk.hosts {
        let person = json!({ "person": { "resourceId": host.to_string() }, "reviewState": "ACTIVE" });
        let made = desk
            .api
            .change(&desk.owner, ("providerCreate", "provider { id }"), person)
            .await;
        providers.push(made.text("/providerCreate/provider/id"));
    }
    let words = json!({ "providerId": providers[0], "tags": [{ "kind": "SUBJECT", "word": "Maths" }] });
    desk.api
        .change(&desk.owner, ("providerTagsSet", "provider { id }"), words)
        .await;
    let place = json!({ "resourceId": desk.hosts[0].to_string(), "location": "Lisboa" });
    desk.api
        .change(&desk.owner, ("resourceUpdate", "resource { id }"), place)
        .await;
    let both = json!({ "serviceId": desk.service.to_string(),
        "hosts": [{ "resourceId": desk.hosts[0].to_string() }, { "resourceId": desk.hosts[1].to_string() }] });
    desk.api
        .change(&desk.owner, ("serviceHostsSet", "service { id }"), both)
        .await;
    desk
}

async fn a_time_is_found_with_whoever_teaches_a_subject_in_a_place(world: World) {
    let desk = teachers(&world).await;
    let stranger = Who::stranger().at("aurora");
    let document = "query($id: ID!, $who: ProviderFilterInput) {
        slots(serviceId: $id, providers: $who, from: \"2026-03-03T10:00:00Z\", to: \"2026-03-03T11:00:00Z\", timeZone: \"Asia/Tokyo\", first: 1) {
            days { fallsOn slots { localTime hostCount hosts { slug provider { name } } token } } stoppedAt }
        slotCounts(serviceId: $id, providers: $who, from: \"2026-03-03T00:00:00Z\", to: \"2026-03-04T00:00:00Z\", timeZone: \"UTC\") { count }
        slotsByHost(serviceId: $id, providers: $who, from: \"2026-03-03T10:00:00Z\", to: \"2026-03-03T11:00:00Z\", timeZone: \"UTC\") {
            hosts { host { slug } slots { startsAt } } stoppedAt } }";
    let ask = async |who: Value| {
        let variables = json!({ "id": desk.service.to_string(), "who": who });
        desk.api.ask_with(&stranger, document, variables).await
    };
    let maths = ask(json!({ "tags": [{ "kind": "SUBJECT", "word": "MATHS" }], "location": "lisboa" })).await;
    let slot = maths.data("/slots/days/0/slots/0");
    assert_eq!(
        (&slot["localTime"], &slot["hostCount"]),
        (&json!("19:00"), &json!(1))
    );
    assert_eq!(
        slot["hosts"],
        json!([{ "slug": "bea", "provider": { "name": "bea" } }])
    );
    assert_eq!(*maths.data("/slotCounts"), json!([{ "count": 48 }]));
    let starts = json!([{ "startsAt": "2026-03-03T10:00:00Z" }, { "startsAt": "2026-03-03T10:30:00Z" }]);
    assert_eq!(
        *maths.data("/slotsByHost"),
        json!({ "hosts": [{ "host": { "slug": "bea" }, "slots": starts }], "stoppedAt": null })
    );
    let anybody = ask(Value::Null).await;
    assert_eq!(*anybody.data("/slots/days/0/slots/0/hostCount"), json!(2));
    assert_eq!(anybody.data("/slotsByHost/hosts").as_array().unwrap().len(), 2);
    let nobody = ask(json!({ "tags": [{ "kind": "SUBJECT", "word": "Physics" }] })).await;
    assert_eq!(*nobody.data("/slotsByHost/hosts"), json!([]));
    assert_eq!(*nobody.data("/slots/days"), json!([]));
    let input =
        json!({ "slotToken": slot["token"], "attendee": { "name": "Rui", "email": "rui@example.com" } });
    let made = desk.book(&Desk::client(1), input).await;
    assert_eq!(
        *made.data("/bookingCreate/booking/hosts/0/resource/slug"),
        json!("bea"),
        "{}",
        made.body
    );
}

async fn whoever_is_away_sends_people_to_somebody_else(world: World) {
    let desk = teachers(&world).await;
    let [bea, caio] = [0, 1].map(|it| desk.hosts[it].to_string());
    let away = json!({ "resourceId": bea, "startsAt": "2026-03-04T00:00:00Z", "endsAt": "2026-03-06T00:00:00Z",
        "reason": "Dentist", "redirectToId": caio });
    desk.api
        .change(&desk.owner, ("outOfOfficeCreate", "outOfOffice { id }"), away)
        .await;
    let document = "query($id: ID!, $from: DateTime!) { slotRedirects(serviceId: $id, from: $from, to: \"2026-03-05T00:00:00Z\") {
        away { slug } startsAt endsAt redirectTo { slug } } }";
    let ask = async |from: &str| {
        let variables = json!({ "id": desk.service.to_string(), "from": from });
        let told = desk
            .api
            .ask_with(&Who::stranger().at("aurora"), document, variables)
            .await;
        told.data("/slotRedirects").clone()
    };
    assert_eq!(
        ask("2026-03-04T12:00:00Z").await,
        json!([{ "away": { "slug": "bea" }, "startsAt": "2026-03-04T12:00:00Z", "endsAt": "2026-03-05T00:00:00Z",
            "redirectTo": { "slug": "caio" } }])
    );
    let off = json!({ "resourceId": caio, "isActive": false });
    desk.api
        .change(&desk.owner, ("resourceUpdate", "resource { id }"), off)
        .await;
    assert_eq!(
        ask("2026-03-04T12:00:00Z").await,
        json!([]),
        "nobody is sent to whom nobody can book"
    );
}
