//! A therapy practice: a free first call, sessions that move, clients who do not come, therapists who leave.

use chrono::TimeDelta;
use serde_json::json;

use crate::world::api::Api;
use crate::world::daily::text;
use crate::world::{Who, World, stories};

stories! {
    both: [
        a_first_call_is_free_and_answered_by_the_desk,
        a_session_moves_and_stays_the_same_session,
        whoever_does_not_come_is_noted_and_a_mistake_is_mended_within_a_week,
        a_therapist_who_leaves_hands_over_what_is_to_come_and_keeps_what_was,
        a_therapist_sees_and_notes_what_is_their_own,
        somebody_who_falls_ill_is_covered_in_one_go,
    ]
}

/// A zone of half an hour.
const ZONE: &str = "Asia/Kolkata";

/// Tuesday, ten in the morning in Kolkata.
const TUESDAY_AT_TEN: &str = "2026-03-03T04:30:00Z";

/// The practice, its desk, and two therapists.
struct Practice {
    api: Api,
    meera: Who,
    kabir: Who,
    asha: String,
    rohan: String,
    call: String,
    session: String,
}

impl Practice {
    async fn open(world: &World) -> Self {
        let api = world.api();
        let meera = api.founder("meera", "neem").await;
        let home = json!({ "timeZone": ZONE, "currency": "INR", "country": "IN" });
        api.does(&meera, ("organizationUpdate", ""), home).await;
        let kabir = api.member(&meera, "kabir", "STAFF").await;
        let (asha, rohan) = (
            therapist(&api, &meera, "asha").await,
            therapist(&api, &meera, "rohan").await,
        );
        let hosts = json!([{ "resourceId": asha }, { "resourceId": rohan }]);
        let call = json!({
            "slug": "free-consultation", "title": "Free consultation", "duration": "PT20M", "interval": "PT30M",
            "price": { "amountMinor": "0", "currency": "INR" }, "confirmation": "MANUAL", "location": "PHONE",
            "questions": [{ "key": "concern", "label": "What brings you here?", "kind": "TEXT", "isRequired": true }]
        });
        let call = api.offers(&meera, call, &hosts).await;
        let session = json!({
            "slug": "session", "title": "Individual session", "duration": "PT50M", "interval": "PT1H",
            "bufferAfter": "PT10M", "price": { "amountMinor": "150000", "currency": "INR" }
        });
        let session = api.offers(&meera, session, &hosts).await;
        Self {
            api,
            meera,
            kabir,
            asha,
            rohan,
            call,
            session,
        }
    }

    fn client(address: u8) -> Who {
        Who {
            address,
            ..Who::stranger().at("neem")
        }
    }

    /// A client books a session with a therapist of their choice: the booking's id and the client's token.
    async fn books(&self, name: &str, starts_at: &str, with: &str) -> (String, String) {
        let attendee = json!({ "name": name, "email": format!("{}@example.com", name.to_lowercase()) });
        let form =
            json!({ "serviceId": self.session, "startsAt": starts_at, "hostId": with, "attendee": attendee });
        let gives = "manageToken booking { id }";
        let made = self
            .api
            .does(&Self::client(1), ("bookingCreate", gives), form)
            .await;
        (text(&made, "/booking/id"), text(&made, "/manageToken"))
    }

    /// The bookings of a therapist, by when they start, as `id status`.
    async fn diary(&self, who: &Who, resource: &str) -> Vec<(String, String)> {
        let document = "query($who: ID!) { bookings(filter: { resourceId: $who }) { nodes { id status } } }";
        let seen = self.api.sees(who, document, json!({ "who": resource })).await;
        let nodes = seen["bookings"]["nodes"].as_array().unwrap().iter();
        nodes.map(|it| (text(it, "/id"), text(it, "/status"))).collect()
    }
}

/// Somebody who works on weekdays and Saturdays.
async fn therapist(api: &Api, owner: &Who, slug: &str) -> String {
    let resource = api.enters(owner, ("PERSON", slug), ZONE).await;
    let dates = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA";
    api.opens(owner, (&resource, dates), ("10:00", "18:00")).await;
    resource
}

async fn a_first_call_is_free_and_answered_by_the_desk(world: World) {
    let practice = Practice::open(&world).await;
    let attendee = json!({ "name": "Tara", "phone": "+919876543210" });
    let mut form = json!({ "serviceId": practice.call, "startsAt": TUESDAY_AT_TEN, "attendee": attendee });
    let silent = practice
        .api
        .refuses(&Practice::client(1), "bookingCreate", form.clone())
        .await;
    assert_eq!(silent, "INVALID_INPUT answers");
    form["answers"] = json!([{ "question": "concern", "text": "I sleep badly." }]);
    let gives = "booking { id status price { amountMinor } cancellationFee { amountMinor } }";
    let made = practice
        .api
        .does(&Practice::client(1), ("bookingCreate", gives), form)
        .await;
    assert_eq!(text(&made, "/booking/price/amountMinor"), "0");
    assert_eq!(text(&made, "/booking/cancellationFee/amountMinor"), "0");
    assert_eq!(made["booking"]["status"], json!("PENDING"));
    let id = text(&made, "/booking/id");
    let asked =
        "query($id: ID!) { booking(id: $id) { attendees { name phone answers { question values } } } }";
    let asked = practice
        .api
        .sees(&practice.kabir, asked, json!({ "id": id }))
        .await;
    let told = json!([{
        "name": "Tara", "phone": "+919876543210",
        "answers": [{ "question": "concern", "values": ["I sleep badly."] }]
    }]);
    assert_eq!(asked["booking"]["attendees"], told);
    let yes = json!({ "bookingId": id, "expectedVersion": 1 });
    practice
        .api
        .does(&practice.kabir, ("bookingConfirm", ""), yes.clone())
        .await;
    let again = practice.api.refuses(&practice.meera, "bookingConfirm", yes).await;
    assert_eq!(
        again, "VERSION_CONFLICT expectedVersion",
        "two at the desk answer once"
    );
}

async fn a_session_moves_and_stays_the_same_session(world: World) {
    let practice = Practice::open(&world).await;
    let (id, token) = practice.books("Imran", TUESDAY_AT_TEN, &practice.asha).await;
    let (_, other) = practice
        .books("Divya", "2026-03-03T05:30:00Z", &practice.asha)
        .await;
    let taken = json!({ "token": token, "startsAt": "2026-03-03T05:30:00Z" });
    assert_eq!(
        practice
            .api
            .refuses(&Practice::client(1), "bookingMove", taken)
            .await,
        "SLOT_TAKEN startsAt"
    );
    let later = json!({ "token": token, "startsAt": "2026-03-04T04:30:00Z" });
    let gives = "booking { id version status startsAt localTime }";
    let moved = practice
        .api
        .does(&Practice::client(1), ("bookingMove", gives), later)
        .await;
    let same = json!({
        "id": id, "version": 2, "status": "CONFIRMED", "startsAt": "2026-03-04T04:30:00Z", "localTime": "10:00"
    });
    assert_eq!(moved["booking"], same);
    let earlier = json!({ "token": other, "startsAt": TUESDAY_AT_TEN });
    practice
        .api
        .does(&Practice::client(2), ("bookingMove", ""), earlier)
        .await;
    let told = "query($id: ID!) { booking(id: $id) { events { kind actorKind version } hosts { resource { slug } } } }";
    let told = practice
        .api
        .sees(&practice.kabir, told, json!({ "id": id }))
        .await;
    let events = json!([
        { "kind": "CREATED", "actorKind": "ANONYMOUS", "version": 1 },
        { "kind": "MOVED", "actorKind": "BOOKING_TOKEN", "version": 2 }
    ]);
    assert_eq!(told["booking"]["events"], events);
    assert_eq!(
        told["booking"]["hosts"],
        json!([{ "resource": { "slug": "asha" } }]),
        "the therapist stays"
    );
}

async fn whoever_does_not_come_is_noted_and_a_mistake_is_mended_within_a_week(world: World) {
    let practice = Practice::open(&world).await;
    let (id, token) = practice.books("Imran", TUESDAY_AT_TEN, &practice.asha).await;
    let (late, _) = practice
        .books("Divya", "2026-03-03T05:30:00Z", &practice.asha)
        .await;
    let note = json!({ "bookingId": id });
    assert_eq!(
        practice
            .api
            .refuses(&practice.kabir, "bookingNoShow", note.clone())
            .await,
        "TRANSITION_REFUSED -"
    );
    world.clock.advance(TimeDelta::hours(24));
    let kabir = practice.api.signs_in("kabir", "neem").await;
    for id in [&id, &late] {
        let gives = "booking { status }";
        let noted = practice
            .api
            .does(&kabir, ("bookingNoShow", gives), json!({ "bookingId": id }))
            .await;
        assert_eq!(noted["booking"]["status"], json!("NO_SHOW"));
    }
    let off = json!({ "token": token });
    assert_eq!(
        practice
            .api
            .refuses(&Practice::client(1), "bookingCancel", off)
            .await,
        "TRANSITION_REFUSED -"
    );
    let mended = practice
        .api
        .does(&kabir, ("bookingComplete", "booking { status version }"), note)
        .await;
    assert_eq!(mended["booking"], json!({ "status": "COMPLETED", "version": 3 }));
    world.clock.advance(TimeDelta::days(8));
    let kabir = practice.api.signs_in("kabir", "neem").await;
    let too_late = practice
        .api
        .refuses(&kabir, "bookingComplete", json!({ "bookingId": late }))
        .await;
    assert_eq!(too_late, "TRANSITION_REFUSED -");
}

async fn a_therapist_who_leaves_hands_over_what_is_to_come_and_keeps_what_was(world: World) {
    let practice = Practice::open(&world).await;
    let (past, _) = practice.books("Leela", TUESDAY_AT_TEN, &practice.asha).await;
    let mut coming = Vec::new();
    for day in ["2026-03-10", "2026-03-17"] {
        coming.push(
            practice
                .books("Leela", &format!("{day}T04:30:00Z"), &practice.asha)
                .await
                .0,
        );
    }
    let (busy, _) = practice
        .books("Arjun", "2026-03-17T04:30:00Z", &practice.rohan)
        .await;
    world.clock.advance(TimeDelta::days(3));
    let meera = practice.api.signs_in("meera", "neem").await;
    practice
        .api
        .does(&meera, ("bookingComplete", ""), json!({ "bookingId": past }))
        .await;
    let to =
        |id: &str| json!({ "bookingId": id, "toHostId": practice.rohan, "reason": "Asha has moved away" });
    let gives = "booking { version hosts { resource { slug } } }";
    let given = practice
        .api
        .does(&meera, ("bookingReassign", gives), to(&coming[0]))
        .await;
    assert_eq!(
        given["booking"]["hosts"],
        json!([{ "resource": { "slug": "rohan" } }])
    );
    let refused = practice
        .api
        .refuses(&meera, "bookingReassign", to(&coming[1]))
        .await;
    assert_eq!(refused, "SLOT_TAKEN toHostId", "Rohan has somebody then");
    let later = json!({ "bookingId": coming[1], "startsAt": "2026-03-17T05:30:00Z" });
    practice.api.does(&meera, ("bookingMove", ""), later).await;
    practice
        .api
        .does(&meera, ("bookingReassign", gives), to(&coming[1]))
        .await;
    assert_eq!(
        practice.api.refuses(&meera, "bookingReassign", to(&past)).await,
        "TRANSITION_REFUSED -"
    );
    let asha = practice.diary(&meera, &practice.asha).await;
    assert_eq!(
        asha,
        [(past, "COMPLETED".to_owned())],
        "history stays with who made it"
    );
    let rohan = practice.diary(&meera, &practice.rohan).await;
    let ids: Vec<&String> = rohan.iter().map(|(id, _)| id).collect();
    assert_eq!(ids, [&coming[0], &busy, &coming[1]]);
}

async fn a_therapist_sees_and_notes_what_is_their_own(world: World) {
    let practice = Practice::open(&world).await;
    let asha = practice.api.member(&practice.meera, "asha", "PROVIDER").await;
    let viewer = practice.api.sees(&asha, "{ viewer { id } }", json!({})).await;
    let profile = json!({
        "person": { "resourceId": practice.asha }, "reviewState": "ACTIVE",
        "profile": { "userId": viewer["viewer"]["id"], "profession": "Psychotherapist" }
    });
    practice
        .api
        .does(&practice.meera, ("providerCreate", "provider { id }"), profile)
        .await;
    let (own, _) = practice.books("Imran", TUESDAY_AT_TEN, &practice.asha).await;
    let (other, _) = practice.books("Divya", TUESDAY_AT_TEN, &practice.rohan).await;
    let all = practice
        .api
        .sees(&asha, "{ bookings { nodes { id } } }", json!({}))
        .await;
    assert_eq!(all["bookings"]["nodes"], json!([{ "id": own }]));
    let day = "query($who: ID!) { agenda(resourceId: $who, fallsOn: \"2026-03-03\") {
        bookings { id localTime } stretches { status } } }";
    let day = practice
        .api
        .sees(&asha, day, json!({ "who": practice.asha }))
        .await;
    assert_eq!(
        day["agenda"]["bookings"],
        json!([{ "id": own, "localTime": "10:00" }])
    );
    world.clock.advance(TimeDelta::hours(24));
    let asha = practice.api.signs_in("asha", "neem").await;
    let noted = practice
        .api
        .does(
            &asha,
            ("bookingComplete", "booking { status }"),
            json!({ "bookingId": own }),
        )
        .await;
    assert_eq!(noted["booking"]["status"], json!("COMPLETED"));
    let refused = practice
        .api
        .change(&asha, ("bookingComplete", ""), json!({ "bookingId": other }))
        .await;
    assert_eq!(
        refused.refusals("bookingComplete"),
        ["NOT_FOUND -"],
        "as if it were not there"
    );
    let public = "{ provider(slug: \"asha\") { name profession userId } }";
    let public = practice.api.sees(&Practice::client(1), public, json!({})).await;
    assert_eq!(
        public["provider"],
        json!({ "name": "asha", "profession": "Psychotherapist", "userId": null })
    );
}

async fn somebody_who_falls_ill_is_covered_in_one_go(world: World) {
    let practice = Practice::open(&world).await;
    let (given, _) = practice.books("Leela", TUESDAY_AT_TEN, &practice.asha).await;
    let (moved, _) = practice
        .books("Tara", "2026-03-03T05:30:00Z", &practice.asha)
        .await;
    let (busy, _) = practice
        .books("Arjun", "2026-03-03T05:30:00Z", &practice.rohan)
        .await;
    let span = ("2026-03-02T18:30:00Z", "2026-03-03T18:30:00Z");
    let plan =
        "query($who: ID!, $from: DateTime!, $to: DateTime!) { absenceCoverPlan(resourceId: $who, from: $from,
        to: $to, strategies: [REASSIGN, MOVE]) { bookings { bookingId outcome standIn { slug } } } }";
    let variables = json!({ "who": practice.asha, "from": span.0, "to": span.1 });
    let planned = practice.api.sees(&practice.kabir, plan, variables).await;
    let told = json!([
        { "bookingId": given, "outcome": "REASSIGNED", "standIn": { "slug": "rohan" } },
        { "bookingId": moved, "outcome": "MOVED", "standIn": null }
    ]);
    assert_eq!(planned["absenceCoverPlan"]["bookings"], told);
    let ill = json!({
        "resourceId": practice.asha, "startsAt": span.0, "endsAt": span.1, "reason": "Ill",
        "strategies": ["REASSIGN", "MOVE"]
    });
    let gives = "outOfOffice { reason } bookings { bookingId outcome standIn { slug } }";
    let done = practice
        .api
        .does(&practice.kabir, ("absenceCover", gives), ill)
        .await;
    assert_eq!(done["bookings"], told, "it does what it said");
    let rohan = practice.diary(&practice.kabir, &practice.rohan).await;
    let ids: Vec<&String> = rohan.iter().map(|(id, _)| id).collect();
    assert_eq!(ids, [&given, &busy]);
    let day = "query($id: ID!) { booking(id: $id) { startsOn localTime version } }";
    let day = practice
        .api
        .sees(&practice.kabir, day, json!({ "id": moved }))
        .await;
    assert_eq!(
        day["booking"],
        json!({ "startsOn": "2026-03-04", "localTime": "10:00", "version": 2 })
    );
}
