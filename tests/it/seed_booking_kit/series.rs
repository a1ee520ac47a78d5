//! Series as an integrator makes them: by a key, across a change of the clock, once for one key, open at the end.

use serde_json::json;

use super::{Kit, ZONE};
use crate::world::daily::text;
use crate::world::{World, stories};

stories! { both: [
    a_series_keeps_its_time_when_the_clocks_change_and_goes_on_without_end,
] }

async fn a_series_keeps_its_time_when_the_clocks_change_and_goes_on_without_end(world: World) {
    let kit = Kit::open(&world).await;
    let lee = kit.person("lee").await;
    kit.rule(&lee, "FREQ=DAILY", ("09:00", "17:00")).await;
    let service = kit
        .service("training", json!([{ "resourceId": lee }]), json!({}))
        .await;
    let form = json!({
        "serviceId": service, "rrule": "FREQ=WEEKLY;BYDAY=SA", "startsOn": "2026-03-07", "startTime": "10:00",
        "timeZone": ZONE, "exceptOn": ["2026-03-21"], "attendee": { "name": "Jo", "email": "jo@example.com" },
        "source": "ADMIN", "idempotencyKey": "jo-on-saturdays"
    });
    let gives = "series { id summary stoppedAt exceptions(first: 5) { nodes { fallsOn status reasons } } }
        bookings { booking { startsAt localTime } }";
    let made = kit
        .api
        .does(&kit.key, ("seriesCreate", gives), form.clone())
        .await;
    let starts: Vec<&str> = made["bookings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|it| it["booking"]["startsAt"].as_str())
        .collect();
    // Eight weeks ahead of the first, without the Saturday that is left out; the clocks go forward on the eighth of March.
    assert_eq!(
        (starts.len(), starts[0], starts[1]),
        (7, "2026-03-07T15:00:00Z", "2026-03-14T14:00:00Z")
    );
    let on_the_wall = |it: &serde_json::Value| it["booking"]["localTime"] == json!("10:00");
    assert!(made["bookings"].as_array().unwrap().iter().all(on_the_wall));
    assert!(made["series"]["stoppedAt"].is_string(), "others follow: {made}");
    assert_eq!(
        made["series"]["exceptions"]["nodes"],
        json!([{ "fallsOn": "2026-03-21", "status": "SKIPPED", "reasons": ["EXCLUDED"] }])
    );
    let again = kit.api.does(&kit.key, ("seriesCreate", gives), form).await;
    assert_eq!(again, made, "one key makes one series");
    let free = kit.starts(&service, "2026-03-14", "2026-03-15").await;
    assert!(
        !free.contains(&"2026-03-14 10:00".to_owned()) && free.len() == 7,
        "{free:?}"
    );
    let weekly = json!({
        "serviceId": service, "rrule": "FREQ=WEEKLY;BYDAY=SA;COUNT=3", "startsOn": "2026-03-14", "startTime": "10:00",
        "timeZone": ZONE, "attendee": { "name": "Max", "email": "max@example.com" }
    });
    let refused = kit
        .api
        .refuses(&Kit::client(2), "seriesCreate", weekly.clone())
        .await;
    assert_eq!(refused, "SERIES_CONFLICT -");
    let off = json!({ "seriesId": text(&made, "/series/id"), "scope": "ALL", "reason": "Jo has moved away" });
    let off = kit
        .api
        .does(
            &kit.key,
            ("seriesCancel", "series { endedOn } bookings { status }"),
            off,
        )
        .await;
    assert_eq!(off["bookings"], json!(vec![json!({ "status": "CANCELLED" }); 7]));
    kit.api
        .does(
            &Kit::client(2),
            ("seriesCreate", "bookings { manageToken }"),
            weekly,
        )
        .await;
}
