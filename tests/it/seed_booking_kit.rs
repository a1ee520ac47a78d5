//! A kit that an integrator builds on: a key, rules that recur, dates that differ, limits, a class by its seats.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::world::api::Api;
use crate::world::daily::text;
use crate::world::{Who, World, stories};

stories! {
    both: [
        an_integrators_key_opens_what_it_names_and_nothing_else,
        rules_recur_from_their_anchor_and_dates_differ_as_they_say,
        a_limit_counts_bookings_and_not_what_is_shown,
        a_class_is_sold_seat_by_seat,
        a_team_takes_turns_and_says_why,
    ]
}

/// A zone that puts its clocks forward on 8 March.
const ZONE: &str = "America/New_York";

/// An integrator who reaches everything with a key.
struct Kit {
    api: Api,
    key: Who,
}

impl Kit {
    /// Somebody founds the organization and makes a key for the program.
    async fn open(world: &World) -> Self {
        let api = world.api();
        let owner = api.founder("samira", "northside").await;
        let scopes = [
            "CATALOGUE_READ",
            "CATALOGUE_WRITE",
            "CALENDARS_READ",
            "CALENDARS_WRITE",
            "DIARY_READ",
            "DIARY_WRITE",
        ];
        let wanted = json!({ "name": "The kit", "scopes": scopes });
        let made = api.does(&owner, ("apiKeyCreate", "secret"), wanted).await;
        // A key brings its own organization.
        let key = Who::with(&text(&made, "/secret"));
        Self { api, key }
    }

    fn client(address: u8) -> Who {
        Who {
            address,
            ..Who::stranger().at("northside")
        }
    }

    async fn person(&self, slug: &str) -> String {
        self.api.enters(&self.key, ("PERSON", slug), ZONE).await
    }

    async fn rule(&self, resource: &str, rrule: &str, hours: (&str, &str)) {
        self.api.opens(&self.key, (resource, rrule), hours).await;
    }

    /// A service of an hour for 90 dollars that a resource gives.
    async fn service(&self, slug: &str, hosts: Value, more: Value) -> String {
        let mut service = json!({
            "slug": slug, "title": slug, "duration": "PT1H",
            "price": { "amountMinor": "9000", "currency": "USD" }
        });
        for (name, value) in more.as_object().unwrap() {
            service[name] = value.clone();
        }
        self.api.offers(&self.key, service, &hosts).await
    }

    /// What is shown to a client between two dates.
    async fn starts(&self, service: &str, from: &str, to: &str) -> Vec<String> {
        let span = (format!("{from}T05:00:00Z"), format!("{to}T05:00:00Z"));
        let span = (span.0.as_str(), span.1.as_str());
        self.api.starts(&Self::client(1), (service, ZONE), span).await
    }

    /// A class of three on Saturdays at ten, in the hall.
    async fn class(&self) -> String {
        let ruth = self.person("ruth").await;
        self.rule(&ruth, "FREQ=WEEKLY;BYDAY=SA", ("10:00", "11:00")).await;
        let hall = self.api.enters(&self.key, ("ROOM", "hall"), ZONE).await;
        let hosts = json!([{ "resourceId": ruth }, { "part": "ROOM", "resourceId": hall }]);
        self.service("class", hosts, json!({ "seats": 3 })).await
    }

    fn form(service: &str, starts_at: &str, name: &str) -> Value {
        let attendee = json!({ "name": name, "email": format!("{}@example.com", name.to_lowercase()) });
        json!({ "serviceId": service, "startsAt": starts_at, "attendee": attendee })
    }
}

async fn an_integrators_key_opens_what_it_names_and_nothing_else(world: World) {
    let kit = Kit::open(&world).await;
    kit.person("lee").await;
    let seen = kit
        .api
        .sees(
            &kit.key,
            "{ organization { slug } resources { totalCount } }",
            json!({}),
        )
        .await;
    assert_eq!(
        seen,
        json!({ "organization": { "slug": "northside" }, "resources": { "totalCount": 1 } })
    );
    for hidden in [
        "{ members { totalCount } }",
        "{ auditLog { totalCount } }",
        "{ apiKeys { totalCount } }",
    ] {
        assert_eq!(
            kit.api.ask(&kit.key, hidden).await.code(),
            "FORBIDDEN",
            "{hidden}"
        );
    }
    let service = kit.service("training", json!([]), json!({})).await;
    let mut overruling = Kit::form(&service, "2026-03-03T15:00:00Z", "Jo");
    overruling["overrides"] = json!(["HOURS"]);
    let overruling = kit.api.change(&kit.key, ("bookingCreate", ""), overruling).await;
    assert_eq!(overruling.code(), "FORBIDDEN", "it has no right to overrule");
    let owner = kit.api.signs_in("samira", "northside").await;
    let keys = kit
        .api
        .sees(&owner, "{ apiKeys { nodes { id lastUsedAt } } }", json!({}))
        .await;
    let key = text(&keys, "/apiKeys/nodes/0/id");
    assert_eq!(
        keys["apiKeys"]["nodes"][0]["lastUsedAt"],
        json!("2026-03-02T09:00:00Z")
    );
    kit.api
        .does(&owner, ("apiKeyRevoke", ""), json!({ "apiKeyId": key }))
        .await;
    assert_eq!(
        kit.api.ask(&kit.key, "{ resources { totalCount } }").await.code(),
        "UNAUTHENTICATED"
    );
}

async fn rules_recur_from_their_anchor_and_dates_differ_as_they_say(world: World) {
    let kit = Kit::open(&world).await;
    let lee = kit.person("lee").await;
    kit.rule(&lee, "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", ("09:00", "11:00"))
        .await;
    kit.rule(&lee, "FREQ=MONTHLY;BYDAY=-1FR", ("22:00", "01:00"))
        .await;
    let service = kit
        .service("training", json!([{ "resourceId": lee }]), json!({}))
        .await;
    // Whenever it is asked, the second Monday is not one, and a night belongs to the date on which it begins.
    for from in ["2026-03-03", "2026-03-10"] {
        let month = kit.starts(&service, from, "2026-04-01").await;
        let shown = [
            "2026-03-16 09:00",
            "2026-03-16 10:00",
            "2026-03-27 22:00",
            "2026-03-27 23:00",
            "2026-03-28 00:00",
            "2026-03-30 09:00",
            "2026-03-30 10:00",
        ];
        assert_eq!(month, shown);
    }
    let differ = |on: &str, kind: &str, from: &str, to: &str| json!({ "resourceId": lee, "appliesOn": on, "kind": kind, "startTime": from, "endTime": to });
    for input in [
        differ("2026-03-16", "REPLACE", "08:00", "09:00"),
        differ("2026-03-16", "REPLACE", "14:00", "15:00"),
        differ("2026-03-30", "BLOCK", "09:00", "10:00"),
        differ("2026-03-21", "ADD", "12:00", "13:00"),
    ] {
        kit.api
            .does(&kit.key, ("availabilityOverrideCreate", ""), input)
            .await;
    }
    let month = kit.starts(&service, "2026-03-14", "2026-04-01").await;
    let shown = [
        "2026-03-16 08:00",
        "2026-03-16 14:00",
        "2026-03-21 12:00",
        "2026-03-27 22:00",
        "2026-03-27 23:00",
        "2026-03-28 00:00",
        "2026-03-30 10:00",
    ];
    assert_eq!(month, shown);
    let why = "query($service: ID!) { slotExplain(serviceId: $service, startsAt: \"2026-03-30T13:00:00Z\") {
        isOffered reasons { code } } }";
    let why = kit
        .api
        .sees(&Kit::client(1), why, json!({ "service": service }))
        .await;
    assert_eq!(
        why["slotExplain"],
        json!({ "isOffered": false, "reasons": [{ "code": "OUTSIDE_HOURS" }] })
    );
}

async fn a_limit_counts_bookings_and_not_what_is_shown(world: World) {
    let kit = Kit::open(&world).await;
    let lee = kit.person("lee").await;
    kit.rule(&lee, "FREQ=DAILY", ("09:00", "17:00")).await;
    let most = json!({
        "limits": [{ "scope": "RESOURCE", "per": "DAY", "unit": "BOOKINGS", "most": 2 }], "bufferAfter": "PT15M",
        "interval": "PT1H"
    });
    let service = kit
        .service("training", json!([{ "resourceId": lee }]), most)
        .await;
    assert_eq!(
        kit.starts(&service, "2026-03-07", "2026-03-08").await.len(),
        8,
        "every hour, whatever is left at its end"
    );
    for starts_at in ["2026-03-07T14:00:00Z", "2026-03-07T18:00:00Z"] {
        let form = Kit::form(&service, starts_at, "Jo");
        kit.api.does(&Kit::client(1), ("bookingCreate", ""), form).await;
        let left = kit.starts(&service, "2026-03-07", "2026-03-08").await;
        let is_first = starts_at.contains("T14");
        assert_eq!(left.is_empty(), !is_first, "{left:?}");
    }
    // The next date has 23 hours, and is its own.
    let next = kit.starts(&service, "2026-03-08", "2026-03-09").await;
    assert_eq!(next.first().map(String::as_str), Some("2026-03-08 09:00"));
    assert_eq!(next.len(), 8);
    let third = Kit::form(&service, "2026-03-07T21:00:00Z", "Max");
    assert_eq!(
        kit.api.refuses(&Kit::client(2), "bookingCreate", third).await,
        "SLOT_UNAVAILABLE startsAt"
    );
}

async fn a_class_is_sold_seat_by_seat(world: World) {
    let kit = Kit::open(&world).await;
    let class = kit.class().await;
    let saturday = "2026-03-07T15:00:00Z";
    let held = json!({ "serviceId": class, "startsAt": saturday });
    let held = kit.api.does(&Kit::client(9), ("holdCreate", "token"), held).await;
    let mut tokens = Vec::new();
    for (address, name) in [(1, "Jo"), (2, "Max")] {
        let gives = "manageToken booking { id }";
        let form = Kit::form(&class, saturday, name);
        tokens.push(
            kit.api
                .does(&Kit::client(address), ("bookingCreate", gives), form)
                .await,
        );
    }
    assert_eq!(
        tokens[0]["booking"], tokens[1]["booking"],
        "one session, two seats"
    );
    let late = Kit::form(&class, saturday, "Tess");
    let full = kit
        .api
        .refuses(&Kit::client(3), "bookingCreate", late.clone())
        .await;
    assert_eq!(full, "SEATS_FULL startsAt", "the third seat is kept for somebody");
    let token = text(&tokens[0], "/manageToken");
    kit.api
        .does(&Kit::client(1), ("bookingCancel", ""), json!({ "token": token }))
        .await;
    kit.api.does(&Kit::client(3), ("bookingCreate", ""), late).await;
    let attendee = json!({ "name": "Ida", "email": "ida@example.com" });
    let kept = json!({ "hold": held["token"], "attendee": attendee });
    kit.api.does(&Kit::client(9), ("bookingCreate", ""), kept).await;
    let all = "query($id: ID!) { booking(id: $id) { seats status attendees { name seat } hosts { part } } }";
    let all = kit
        .api
        .sees(&kit.key, all, json!({ "id": tokens[0]["booking"]["id"] }))
        .await;
    let mut names: Vec<Value> = all["booking"]["attendees"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].clone())
        .collect();
    names.sort_by_key(Value::to_string);
    assert_eq!(names, ["Ida", "Max", "Tess"]);
    let mine = "query($token: String!) { bookingByToken(token: $token) { booking { attendees { name } } } }";
    let token = text(&tokens[1], "/manageToken");
    let mine = kit
        .api
        .sees(&Kit::client(2), mine, json!({ "token": token }))
        .await;
    assert_eq!(
        mine["bookingByToken"]["booking"]["attendees"],
        json!([{ "name": "Max" }])
    );
    world.clock.advance(TimeDelta::days(6));
    let done = json!({ "bookingId": tokens[0]["booking"]["id"] });
    let made = kit
        .api
        .does(&kit.key, ("bookingComplete", "booking { status }"), done)
        .await;
    assert_eq!(made["booking"]["status"], json!("COMPLETED"));
}

async fn a_team_takes_turns_and_says_why(world: World) {
    let kit = Kit::open(&world).await;
    let mut members = Vec::new();
    for slug in ["lee", "max", "noor"] {
        let coach = kit.person(slug).await;
        kit.rule(&coach, "FREQ=DAILY", ("09:00", "17:00")).await;
        members.push(json!({ "resourceId": coach }));
    }
    let team = json!({ "name": "Coaches", "slug": "coaches", "strategy": "ROUND_ROBIN" });
    let made = kit.api.does(&kit.key, ("teamCreate", "team { id }"), team).await;
    let team = text(&made, "/team/id");
    let put = json!({ "teamId": team, "members": members });
    kit.api.does(&kit.key, ("teamMembersPut", ""), put).await;
    let service = kit
        .service("training", json!([{ "teamId": team }]), json!({}))
        .await;
    let mut turns: BTreeMap<String, usize> = BTreeMap::new();
    let mut last = String::new();
    for hour in 14..20 {
        let form = Kit::form(&service, &format!("2026-03-07T{hour}:00:00Z"), "Jo");
        let gives = "booking { id hosts { resource { slug } } }";
        let made = kit
            .api
            .does(&Kit::client(1), ("bookingCreate", gives), form)
            .await;
        *turns
            .entry(text(&made, "/booking/hosts/0/resource/slug"))
            .or_default() += 1;
        last = text(&made, "/booking/id");
    }
    let even = ["lee", "max", "noor"].map(|it| (it.to_owned(), 2));
    assert_eq!(turns, BTreeMap::from(even));
    let why = "query($id: ID!) { assignmentExplain(bookingId: $id) { candidateCount winner { slug }
        candidates { resource { slug } isWinner reason } } }";
    let why = kit.api.sees(&kit.key, why, json!({ "id": last })).await;
    let decided = &why["assignmentExplain"][0];
    assert_eq!(decided["candidateCount"], json!(3));
    let candidates = decided["candidates"].as_array().unwrap();
    let won: Vec<&Value> = candidates
        .iter()
        .filter(|it| it["isWinner"] == json!(true))
        .collect();
    assert_eq!(won.len(), 1, "{decided}");
    assert_eq!(
        (&won[0]["reason"], &won[0]["resource"]),
        (&json!("TURN"), &decided["winner"])
    );
    // One hour, three coaches: three are booked at once, the fourth hears when somebody is free.
    for name in ["Jo", "Max", "Tess"] {
        let form = Kit::form(&service, "2026-03-09T13:00:00Z", name);
        kit.api.does(&Kit::client(1), ("bookingCreate", ""), form).await;
    }
    let late = json!({ "input": Kit::form(&service, "2026-03-09T13:00:00Z", "Owen") });
    let document =
        "mutation($input: BookingCreateInput!) { bookingCreate(input: $input) { booking { id } userErrors {
        code field ... on SlotTakenError { alternatives { startsAt } } } } }";
    let late = kit.api.ask_with(&Kit::client(4), document, late).await;
    assert_eq!(late.refusals("bookingCreate"), ["SLOT_TAKEN startsAt"]);
    let near = late.data("/bookingCreate/userErrors/0/alternatives/0/startsAt");
    assert_eq!(*near, json!("2026-03-09T14:00:00Z"));
}
