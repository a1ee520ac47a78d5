//! Those who come every week: a series for somebody who comes twice, with what does not fit and what changes.

use serde_json::{Value, json};

use super::{Solo, ZONE};
use crate::world::daily::text;
use crate::world::{World, stories};

stories! { both: [
    somebody_who_comes_twice_a_week_is_booked_for_a_month,
] }

/// Rui, on Tuesdays and Thursdays at ten, eight times.
fn twice_a_week(solo: &Solo) -> Value {
    json!({
        "serviceId": solo.session, "rrule": "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=8", "startsOn": "2026-03-03",
        "startTime": "10:00", "timeZone": ZONE, "policy": "AVAILABLE_ONLY", "source": "PHONE",
        "attendee": { "name": "Rui", "email": "rui@example.com" }
    })
}

/// The dates and times of what is booked of a series and stands, such as `03-10 10:00`.
async fn standing(solo: &Solo, series: &str) -> Vec<String> {
    let document =
        "query($id: ID!) { series(id: $id) { bookings(first: 20) { nodes { status startsOn localTime } } } }";
    let seen = solo.api.sees(&solo.ana, document, json!({ "id": series })).await;
    let nodes = seen["series"]["bookings"]["nodes"].as_array().unwrap().iter();
    let stand = nodes.filter(|it| it["status"] == json!("CONFIRMED"));
    stand
        .map(|it| format!("{} {}", &text(it, "/startsOn")[5..], text(it, "/localTime")))
        .collect()
}

async fn somebody_who_comes_twice_a_week_is_booked_for_a_month(world: World) {
    let solo = Solo::open(&world).await;
    solo.books("Lia", "2026-03-05T13:00:00Z").await;
    let plan = "query($service: ID!, $zone: TimeZone!) { seriesPlan(serviceId: $service,
        rrule: \"FREQ=WEEKLY;BYDAY=TU,TH;COUNT=8\", startsOn: \"2026-03-03\", startTime: \"10:00\", timeZone: $zone) {
        occurrences { fallsOn status reasons nearestStartsAt } } }";
    let variables = json!({ "service": solo.session, "zone": ZONE });
    let plan = solo.api.sees(&solo.ana, plan, variables).await;
    let occurrences = plan["seriesPlan"]["occurrences"].as_array().unwrap();
    let fits = occurrences
        .iter()
        .filter(|it| it["status"] == json!("OK"))
        .count();
    assert_eq!((occurrences.len(), fits), (8, 7));
    assert_eq!(
        occurrences[1],
        json!({ "fallsOn": "2026-03-05", "status": "CONFLICT", "reasons": ["OCCUPIED"],
            "nearestStartsAt": "2026-03-05T12:00:00Z" })
    );
    let gives =
        "series { id exceptions(first: 5) { nodes { fallsOn status } } } bookings { booking { status } }";
    let made = solo
        .api
        .does(&solo.ana, ("seriesCreate", gives), twice_a_week(&solo))
        .await;
    let stands = json!({ "booking": { "status": "CONFIRMED" } });
    assert_eq!(
        made["bookings"],
        json!(vec![stands; 7]),
        "she has said yes by making it"
    );
    let exceptions = json!([{ "fallsOn": "2026-03-05", "status": "CONFLICT" }]);
    assert_eq!(made["series"]["exceptions"]["nodes"], exceptions);
    let series = text(&made, "/series/id");
    assert!(!solo.free_on("2026-03-10").await.contains(&"10:00".to_owned()));
    // He travels for a day, and from the middle of the month on he comes an hour later.
    let nodes = "query($id: ID!) { series(id: $id) { bookings(first: 20) { nodes { id startsOn } } } }";
    let nodes = solo.api.sees(&solo.ana, nodes, json!({ "id": series })).await;
    let on = |date: &str| {
        let nodes = nodes["series"]["bookings"]["nodes"].as_array().unwrap();
        let found = nodes.iter().find(|it| it["startsOn"] == json!(date)).unwrap();
        found["id"].clone()
    };
    let off =
        json!({ "seriesId": series, "scope": "THIS", "bookingId": on("2026-03-12"), "isForClient": true });
    solo.api.does(&solo.ana, ("seriesCancel", ""), off).await;
    let later = json!({ "seriesId": series, "scope": "THIS_AND_FOLLOWING", "bookingId": on("2026-03-17"),
        "startTime": "11:00" });
    let gives = "series { id startTime continues { id } }";
    let moved = solo.api.does(&solo.ana, ("seriesMove", gives), later).await;
    assert_eq!(
        (&moved["series"]["startTime"], &moved["series"]["continues"]["id"]),
        (&json!("11:00"), &json!(series))
    );
    assert_eq!(standing(&solo, &series).await, ["03-03 10:00", "03-10 10:00"]);
    let rest = ["03-17 11:00", "03-19 11:00", "03-24 11:00", "03-26 11:00"];
    assert_eq!(standing(&solo, &text(&moved, "/series/id")).await, rest);
    let known =
        "{ clients(filter: { text: \"rui@\" }) { nodes { name bookings(first: 20) { totalCount } } } }";
    let known = solo.api.sees(&solo.ana, known, json!({})).await;
    let rui = json!([{ "name": "Rui", "bookings": { "totalCount": 7 } }]);
    assert_eq!(
        known["clients"]["nodes"], rui,
        "one person, however often he comes"
    );
}
