//! A therapist who falls ill: everybody of the day is looked after in one go.

use serde_json::json;

use super::{Practice, TUESDAY_AT_TEN};
use crate::world::{World, stories};

stories! { both: [
    somebody_who_falls_ill_is_covered_in_one_go,
] }

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
        "query($who: ID!, $from: DateTime!, $to: DateTime!) { absenceCoverPlan(resourceId: $who, startsAt: $from,
        endsAt: $to, strategies: [REASSIGN, MOVE]) { bookings { bookingId outcome standIn { slug } } } }";
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
