//! A week of a professional who works alone: requests, answers, regulars, and what is left to review.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::world::api::Api;
use crate::world::daily::text;
use crate::world::{Who, World, stories};

stories! {
    both: [
        a_request_is_answered_and_the_session_takes_place,
        whoever_trusts_her_clients_lets_them_book_at_once,
        what_nobody_answers_lapses_and_what_is_called_off_is_free_again,
        calling_off_late_costs_what_her_policy_says,
    ]
}

/// A zone without changes of the clock.
const ZONE: &str = "America/Sao_Paulo";

/// Tuesday, ten in the morning in São Paulo.
const TUESDAY_AT_TEN: &str = "2026-03-03T13:00:00Z";

/// Ana, who does everything herself.
struct Solo {
    api: Api,
    ana: Who,
    session: String,
}

impl Solo {
    /// She registers, says when she works, and offers fifty minutes that she confirms herself.
    async fn open(world: &World) -> Self {
        let api = world.api();
        let ana = api.founder("ana", "aurora").await;
        let resource = api.enters(&ana, ("PERSON", "ana"), ZONE).await;
        for hours in [("09:00", "12:00"), ("14:00", "18:00")] {
            let dates = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR";
            api.opens(&ana, (&resource, dates), hours).await;
        }
        let session = json!({
            "slug": "session", "title": "Session", "duration": "PT50M", "interval": "PT1H", "notice": "PT2H",
            "price": { "amountMinor": "18000", "currency": "BRL" },
            "confirmation": "MANUAL", "confirmationTimeout": "PT24H"
        });
        let hosts = json!([{ "resourceId": resource }]);
        let session = api.offers(&ana, session, &hosts).await;
        Self { api, ana, session }
    }

    /// Somebody on her public page.
    fn client(address: u8) -> Who {
        Who {
            address,
            ..Who::stranger().at("aurora")
        }
    }

    /// What a client fills in, whose name is also the address.
    fn form(&self, name: &str, starts_at: &str) -> Value {
        let attendee = json!({ "name": name, "email": format!("{}@example.com", name.to_lowercase()) });
        json!({ "serviceId": self.session, "startsAt": starts_at, "attendee": attendee })
    }

    /// A client books: the booking's id, its state and the client's token.
    async fn books(&self, name: &str, starts_at: &str) -> (String, String, String) {
        let gives = "manageToken booking { id status }";
        let made = self
            .api
            .does(
                &Self::client(1),
                ("bookingCreate", gives),
                self.form(name, starts_at),
            )
            .await;
        (
            text(&made, "/booking/id"),
            text(&made, "/booking/status"),
            text(&made, "/manageToken"),
        )
    }

    /// What is free on one date of hers.
    async fn free_on(&self, date: &str) -> Vec<String> {
        let span = (format!("{date}T03:00:00Z"), format!("{date}T23:59:00Z"));
        let found = self
            .api
            .starts(&Self::client(2), (&self.session, ZONE), (&span.0, &span.1))
            .await;
        found.iter().map(|it| it[11..].to_owned()).collect()
    }

    /// Ana reads one booking.
    async fn reads(&self, ana: &Who, id: &str) -> Value {
        let document =
            "query($id: ID!) { booking(id: $id) { status closedAt closedReason expiresAt events { kind } } }";
        let seen = self.api.sees(ana, document, json!({ "id": id })).await;
        seen["booking"].clone()
    }
}

async fn a_request_is_answered_and_the_session_takes_place(world: World) {
    let solo = Solo::open(&world).await;
    let all = ["09:00", "10:00", "11:00", "14:00", "15:00", "16:00", "17:00"];
    assert_eq!(solo.free_on("2026-03-03").await, all);
    let mut robot = solo.form("Robot", TUESDAY_AT_TEN);
    robot["website"] = json!("https://example.com");
    let refused = solo.api.refuses(&Solo::client(9), "bookingCreate", robot).await;
    assert_eq!(refused, "INVALID_INPUT website");
    let (id, status, token) = solo.books("Rui", TUESDAY_AT_TEN).await;
    assert_eq!(status, "PENDING");
    assert!(!solo.free_on("2026-03-03").await.contains(&"10:00".to_owned()));
    let late = solo.form("Eva", TUESDAY_AT_TEN);
    let refused = solo.api.refuses(&Solo::client(2), "bookingCreate", late).await;
    assert_eq!(refused, "SLOT_TAKEN startsAt");
    let waiting =
        "{ bookings(filter: { statuses: [PENDING] }) { nodes { id attendees { name } expiresAt } } }";
    let waiting = solo.api.sees(&solo.ana, waiting, json!({})).await;
    let asked = json!({ "id": id, "attendees": [{ "name": "Rui" }], "expiresAt": "2026-03-03T09:00:00Z" });
    assert_eq!(waiting["bookings"]["nodes"], json!([asked]));
    let yes = json!({ "bookingId": id });
    let made = solo
        .api
        .does(
            &solo.ana,
            ("bookingConfirm", "booking { status version }"),
            yes.clone(),
        )
        .await;
    assert_eq!(made["booking"], json!({ "status": "CONFIRMED", "version": 2 }));
    let own =
        "query($token: String!) { bookingByToken(token: $token) { booking { status localTime timeZone } } }";
    let own = solo
        .api
        .sees(&Solo::client(1), own, json!({ "token": token }))
        .await;
    let link = json!({ "status": "CONFIRMED", "localTime": "10:00", "timeZone": ZONE });
    assert_eq!(own["bookingByToken"]["booking"], link);
    let early = solo.api.refuses(&solo.ana, "bookingComplete", yes.clone()).await;
    assert_eq!(early, "TRANSITION_REFUSED -");
    world.clock.advance(TimeDelta::hours(29));
    let ana = solo.api.signs_in("ana", "aurora").await;
    let made = solo
        .api
        .does(&ana, ("bookingComplete", "booking { status closedAt }"), yes)
        .await;
    // Whoever wants reviews asks for what is COMPLETED, and when it became so.
    assert_eq!(
        made["booking"],
        json!({ "status": "COMPLETED", "closedAt": "2026-03-03T14:00:00Z" })
    );
    let told = solo.reads(&ana, &id).await;
    assert_eq!(
        told["events"],
        json!([{ "kind": "CREATED" }, { "kind": "CONFIRMED" }, { "kind": "COMPLETED" }])
    );
}

async fn whoever_trusts_her_clients_lets_them_book_at_once(world: World) {
    let solo = Solo::open(&world).await;
    let auto = json!({ "serviceId": solo.session, "confirmation": "AUTO" });
    let made = solo
        .api
        .does(&solo.ana, ("serviceUpdate", "service { confirmation }"), auto)
        .await;
    assert_eq!(made["service"], json!({ "confirmation": "AUTO" }));
    let (_, status, _) = solo.books("Rui", TUESDAY_AT_TEN).await;
    assert_eq!(status, "CONFIRMED");
    // She answers the telephone, and takes somebody outside her hours.
    let mut phone = solo.form("Eva", "2026-03-03T22:00:00Z");
    phone["source"] = json!("PHONE");
    let refused = solo.api.refuses(&solo.ana, "bookingCreate", phone.clone()).await;
    assert_eq!(refused, "SLOT_UNAVAILABLE startsAt");
    phone["overrides"] = json!(["HOURS"]);
    let made = solo
        .api
        .does(
            &solo.ana,
            ("bookingCreate", "booking { status source localTime }"),
            phone,
        )
        .await;
    assert_eq!(
        made["booking"],
        json!({ "status": "CONFIRMED", "source": "PHONE", "localTime": "19:00" })
    );
    // Next week she is away for a day, and writes nothing twice if her page sends it twice.
    let away = json!({
        "resourceId": text(&made_resource(&solo).await, "/resource/id"), "startsAt": "2026-03-10T03:00:00Z",
        "endsAt": "2026-03-11T03:00:00Z", "reason": "A congress", "idempotencyKey": "away-1"
    });
    let gives = "outOfOffice { id }";
    let once = solo
        .api
        .does(&solo.ana, ("outOfOfficeCreate", gives), away.clone())
        .await;
    let twice = solo.api.does(&solo.ana, ("outOfOfficeCreate", gives), away).await;
    assert_eq!(once, twice);
    assert_eq!(solo.free_on("2026-03-10").await, [] as [String; 0]);
    assert_eq!(solo.free_on("2026-03-11").await.len(), 7);
}

/// Ana as somebody who can be booked.
async fn made_resource(solo: &Solo) -> Value {
    let document = "{ resource(slug: \"ana\") { id } }";
    solo.api.sees(&solo.ana, document, json!({})).await
}

async fn what_nobody_answers_lapses_and_what_is_called_off_is_free_again(world: World) {
    let solo = Solo::open(&world).await;
    let (unanswered, ..) = solo.books("Caio", "2026-03-06T13:00:00Z").await;
    let (unwanted, ..) = solo.books("Lia", "2026-03-05T13:00:00Z").await;
    let (kept, _, token) = solo.books("Rui", TUESDAY_AT_TEN).await;
    let no = json!({ "bookingId": unwanted, "reason": "I am full on Thursdays" });
    let made = solo
        .api
        .does(
            &solo.ana,
            ("bookingReject", "booking { status closedReason }"),
            no,
        )
        .await;
    assert_eq!(
        made["booking"],
        json!({ "status": "REJECTED", "closedReason": "I am full on Thursdays" })
    );
    assert!(solo.free_on("2026-03-05").await.contains(&"10:00".to_owned()));
    solo.api
        .does(&solo.ana, ("bookingConfirm", ""), json!({ "bookingId": kept }))
        .await;
    let off = json!({ "token": token, "reason": "I am ill" });
    let made = solo
        .api
        .does(
            &Solo::client(1),
            ("bookingCancel", "booking { status }"),
            off.clone(),
        )
        .await;
    assert_eq!(made["booking"]["status"], json!("CANCELLED"));
    assert_eq!(
        solo.api.refuses(&Solo::client(1), "bookingCancel", off).await,
        "TRANSITION_REFUSED -"
    );
    assert!(solo.free_on("2026-03-03").await.contains(&"10:00".to_owned()));
    world.clock.advance(TimeDelta::hours(24));
    let ana = solo.api.signs_in("ana", "aurora").await;
    assert_eq!(solo.reads(&ana, &unanswered).await["status"], json!("EXPIRED"));
    assert!(solo.free_on("2026-03-06").await.contains(&"10:00".to_owned()));
    let late = solo
        .api
        .refuses(&ana, "bookingConfirm", json!({ "bookingId": unanswered }))
        .await;
    assert_eq!(late, "LAPSED -");
}

async fn calling_off_late_costs_what_her_policy_says(world: World) {
    let solo = Solo::open(&world).await;
    let tiers = json!([{ "hoursBefore": 24, "feePercent": 0 }, { "hoursBefore": 2, "feePercent": 50 }]);
    let policy = json!({ "name": "A day before", "tiers": tiers });
    let gives = "cancellationPolicy { id }";
    let made = solo
        .api
        .does(&solo.ana, ("cancellationPolicyCreate", gives), policy)
        .await;
    let terms = json!({
        "serviceId": solo.session, "cancellationPolicyId": text(&made, "/cancellationPolicy/id"), "confirmation": "AUTO"
    });
    solo.api.does(&solo.ana, ("serviceUpdate", ""), terms).await;
    let (_, status, token) = solo.books("Rui", TUESDAY_AT_TEN).await;
    assert_eq!(status, "CONFIRMED");
    let quote = async || {
        let document =
            "query($token: String!) { cancellationQuote(token: $token) { fee { amountMinor } feePercent } }";
        let seen = solo
            .api
            .sees(&Solo::client(1), document, json!({ "token": token }))
            .await;
        seen["cancellationQuote"].clone()
    };
    assert_eq!(
        quote().await,
        json!({ "fee": { "amountMinor": "0" }, "feePercent": 0 })
    );
    world.clock.advance(TimeDelta::hours(5));
    assert_eq!(
        quote().await,
        json!({ "fee": { "amountMinor": "9000" }, "feePercent": 50 })
    );
    let gives = "booking { status cancellationFeeCharged { amountMinor } }";
    let gone = solo
        .api
        .does(
            &Solo::client(1),
            ("bookingCancel", gives),
            json!({ "token": token }),
        )
        .await;
    let charged = json!({ "status": "CANCELLED", "cancellationFeeCharged": { "amountMinor": "9000" } });
    assert_eq!(gone["booking"], charged);
    let ana = solo.api.signs_in("ana", "aurora").await;
    let known = "{ clients { nodes { name email bookings { nodes { status } } } } }";
    let known = solo.api.sees(&ana, known, json!({})).await;
    let rui = json!({ "name": "Rui", "email": "rui@example.com", "bookings": { "nodes": [{ "status": "CANCELLED" }] } });
    assert_eq!(known["clients"]["nodes"], json!([rui]));
}
