//! A tutor and pupils in other zones: blocks of hours, held lessons, fifty minutes each.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::world::api::Api;
use crate::world::daily::text;
use crate::world::{Who, World, stories};

stories! {
    both: [
        a_lesson_is_shown_on_the_pupils_wall_on_both_sides_of_the_change_of_the_clock,
        a_held_lesson_is_nobody_elses_until_it_lapses,
        blocks_single_blocks_and_time_off_make_the_lessons,
        an_hourly_rate_makes_the_price_of_fifty_minutes,
    ]
}

/// Where the tutor teaches.
const MADRID: &str = "Europe/Madrid";

/// Where a pupil learns.
const NEW_YORK: &str = "America/New_York";

/// Tuesday at five in the afternoon in Madrid.
const TUESDAY_AT_FIVE: &str = "2026-03-03T16:00:00Z";

/// Irene, who teaches on Tuesdays from five to eight.
struct Tutor {
    api: Api,
    irene: Who,
    resource: String,
    lesson: String,
}

impl Tutor {
    async fn open(world: &World) -> Self {
        let api = world.api();
        let irene = api.founder("irene", "lingua").await;
        let resource = api.enters(&irene, ("PERSON", "irene"), MADRID).await;
        api.opens(&irene, (&resource, "FREQ=WEEKLY;BYDAY=TU"), ("17:00", "20:00"))
            .await;
        let lesson = json!({
            "slug": "spanish", "title": "Spanish lesson", "duration": "PT50M", "interval": "PT30M",
            "notice": "PT4H", "price": { "amountMinor": "3000", "currency": "EUR" }, "location": "VIDEO"
        });
        let hosts = json!([{ "resourceId": resource }]);
        let lesson = api.offers(&irene, lesson, &hosts).await;
        Self {
            api,
            irene,
            resource,
            lesson,
        }
    }

    fn pupil(address: u8) -> Who {
        Who {
            address,
            ..Who::stranger().at("lingua")
        }
    }

    /// What can be booked between two instants, on a wall.
    async fn starts(&self, span: (&str, &str), zone: &str) -> Vec<String> {
        self.api.starts(&Self::pupil(3), (&self.lesson, zone), span).await
    }

    /// A pupil keeps a time and gets a token for it.
    async fn holds(&self, pupil: &Who, starts_at: &str) -> String {
        let input = json!({ "serviceId": self.lesson, "startsAt": starts_at });
        let made = self
            .api
            .does(pupil, ("holdCreate", "token hold { expiresAt }"), input)
            .await;
        text(&made, "/token")
    }

    /// A pupil books what a token keeps.
    fn form(hold: &str) -> Value {
        let attendee = json!({ "name": "Maya Stone", "email": "maya@example.com" });
        json!({ "hold": hold, "attendee": attendee, "timeZone": NEW_YORK })
    }

    /// How Irene sees the starts of her Tuesday.
    async fn states(&self) -> Value {
        let document = "query($lesson: ID!) { slotStates(serviceId: $lesson, from: \"2026-03-03T16:00:00Z\",
            to: \"2026-03-03T18:00:00Z\") { states { startsAt status } } }";
        let seen = self
            .api
            .sees(&self.irene, document, json!({ "lesson": self.lesson }))
            .await;
        let states = seen["slotStates"]["states"].as_array().unwrap().iter();
        states.map(|it| it["status"].clone()).collect()
    }
}

async fn a_lesson_is_shown_on_the_pupils_wall_on_both_sides_of_the_change_of_the_clock(world: World) {
    let tutor = Tutor::open(&world).await;
    let month = ("2026-03-03T00:00:00Z", "2026-04-01T00:00:00Z");
    let in_madrid = tutor.starts(month, MADRID).await;
    assert_eq!(
        in_madrid.len(),
        5 * 5,
        "five Tuesdays, a start each half hour that leaves fifty minutes"
    );
    assert!(
        in_madrid
            .iter()
            .all(|it| it[11..] >= *"17:00" && it[11..] <= *"19:10")
    );
    let first: Vec<String> = tutor
        .starts(month, NEW_YORK)
        .await
        .into_iter()
        .step_by(5)
        .collect();
    // New York changes on 8 March and Madrid on the 29th: for three weeks an afternoon is nearer.
    let walls = [
        "2026-03-03 11:00",
        "2026-03-10 12:00",
        "2026-03-17 12:00",
        "2026-03-24 12:00",
        "2026-03-31 11:00",
    ];
    assert_eq!(first, walls);
    let hold = tutor.holds(&Tutor::pupil(1), "2026-03-10T16:00:00Z").await;
    let gives = "booking { startsAt endsAt localTime timeZone startsOn price { amountMinor currency } }";
    let booked = tutor
        .api
        .does(&Tutor::pupil(1), ("bookingCreate", gives), Tutor::form(&hold))
        .await;
    let lesson = json!({
        "startsAt": "2026-03-10T16:00:00Z", "endsAt": "2026-03-10T16:50:00Z", "localTime": "12:00",
        "timeZone": NEW_YORK, "startsOn": "2026-03-10", "price": { "amountMinor": "3000", "currency": "EUR" }
    });
    assert_eq!(booked["booking"], lesson);
}

async fn a_held_lesson_is_nobody_elses_until_it_lapses(world: World) {
    let tutor = Tutor::open(&world).await;
    let (maya, omar) = (Tutor::pupil(1), Tutor::pupil(2));
    let hold = tutor.holds(&maya, TUESDAY_AT_FIVE).await;
    assert_eq!(tutor.states().await, json!(["HELD", "HELD", "OPEN", "OPEN"]));
    let same = json!({ "serviceId": tutor.lesson, "startsAt": TUESDAY_AT_FIVE });
    assert_eq!(
        tutor.api.refuses(&omar, "holdCreate", same.clone()).await,
        "SLOT_TAKEN startsAt"
    );
    // Another start that overlaps is as taken as the same.
    let overlapping = json!({ "serviceId": tutor.lesson, "startsAt": "2026-03-03T16:30:00Z" });
    assert_eq!(
        tutor.api.refuses(&omar, "holdCreate", overlapping).await,
        "SLOT_TAKEN startsAt"
    );
    let other = tutor.holds(&omar, "2026-03-03T17:00:00Z").await;
    let mut crossed = Tutor::form(&other);
    crossed["serviceId"] = json!(tutor.lesson);
    crossed["startsAt"] = json!(TUESDAY_AT_FIVE);
    let refused = tutor.api.change(&omar, ("bookingCreate", ""), crossed).await;
    assert_eq!(
        refused.refusals("bookingCreate").len(),
        1,
        "a hold books its own time alone: {}",
        refused.body
    );
    tutor
        .api
        .does(&maya, ("bookingCreate", ""), Tutor::form(&hold))
        .await;
    assert_eq!(tutor.states().await, json!(["BOOKED", "BOOKED", "HELD", "HELD"]));
    assert_eq!(
        tutor
            .api
            .refuses(&maya, "bookingCreate", Tutor::form(&hold))
            .await,
        "HOLD_INVALID hold"
    );
    world.clock.advance(TimeDelta::minutes(10));
    assert_eq!(tutor.states().await, json!(["BOOKED", "BOOKED", "OPEN", "OPEN"]));
    assert_eq!(
        tutor
            .api
            .refuses(&omar, "bookingCreate", Tutor::form(&other))
            .await,
        "HOLD_INVALID hold"
    );
}

async fn blocks_single_blocks_and_time_off_make_the_lessons(world: World) {
    let tutor = Tutor::open(&world).await;
    let once = json!({
        "resourceId": tutor.resource, "appliesOn": "2026-03-05", "kind": "ADD", "startTime": "10:00", "endTime": "11:00"
    });
    tutor
        .api
        .does(&tutor.irene, ("availabilityOverrideCreate", ""), once)
        .await;
    let week = ("2026-03-04T00:00:00Z", "2026-03-07T00:00:00Z");
    assert_eq!(tutor.starts(week, MADRID).await, ["2026-03-05 10:00"]);
    let off = json!({
        "resourceId": tutor.resource, "startsAt": "2026-03-09T23:00:00Z", "endsAt": "2026-03-16T23:00:00Z"
    });
    tutor.api.does(&tutor.irene, ("outOfOfficeCreate", ""), off).await;
    let fortnight = ("2026-03-09T00:00:00Z", "2026-03-19T00:00:00Z");
    let after = tutor.starts(fortnight, MADRID).await;
    assert_eq!(
        after.first().map(String::as_str),
        Some("2026-03-17 17:00"),
        "the week off is no lesson's"
    );
    let invalid = json!({
        "resourceId": tutor.resource, "rrule": "FREQ=WEEKLY;BYDAY=MO", "startsOn": "2026-03-02",
        "startTime": "25:00", "endTime": "26:00"
    });
    let refused = tutor
        .api
        .refuses(&tutor.irene, "availabilityRuleCreate", invalid)
        .await;
    assert_eq!(refused, "INVALID_INPUT startTime, INVALID_INPUT endTime");
}

async fn an_hourly_rate_makes_the_price_of_fifty_minutes(world: World) {
    let tutor = Tutor::open(&world).await;
    let rate = json!({ "amountMinor": "4200", "currency": "EUR" });
    let profile = json!({
        "person": { "resourceId": tutor.resource }, "reviewState": "ACTIVE", "profile": { "hourlyRate": rate }
    });
    tutor
        .api
        .does(&tutor.irene, ("providerCreate", "provider { id }"), profile)
        .await;
    let terms = json!({ "serviceId": tutor.lesson, "priceMode": "HOST_RATE" });
    tutor.api.does(&tutor.irene, ("serviceUpdate", ""), terms).await;
    let hold = tutor.holds(&Tutor::pupil(1), TUESDAY_AT_FIVE).await;
    let gives = "booking { price { amountMinor currency } }";
    let booked = tutor
        .api
        .does(&Tutor::pupil(1), ("bookingCreate", gives), Tutor::form(&hold))
        .await;
    assert_eq!(
        booked["booking"]["price"],
        json!({ "amountMinor": "3500", "currency": "EUR" })
    );
}
