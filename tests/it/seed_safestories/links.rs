//! The link that the desk sends after a first call: it fills in who, what and with whom, and books once.

use serde_json::json;

use super::{Practice, TUESDAY_AT_TEN};
use crate::world::daily::text;
use crate::world::{World, stories};

stories! { both: [
    after_the_first_call_the_desk_sends_a_link_that_books_once,
] }

async fn after_the_first_call_the_desk_sends_a_link_that_books_once(world: World) {
    let practice = Practice::open(&world).await;
    let (api, client) = (&practice.api, Practice::client(3));
    let link = json!({
        "serviceId": practice.session, "hostId": practice.asha, "name": "Tara", "phone": "+919876543210",
        "message": "As we said on the telephone: fifty minutes with Asha."
    });
    let gives = "token bookingRequest { id status }";
    let sent = api
        .does(&practice.kabir, ("bookingRequestCreate", gives), link)
        .await;
    assert_eq!(text(&sent, "/bookingRequest/status"), "SENT");
    let token = text(&sent, "/token");
    let open = json!({ "token": token });
    let shows = "bookingRequest { status name message service { slug title } host { slug } }";
    let opened = api.does(&client, ("bookingRequestOpen", shows), open).await;
    assert_eq!(
        opened["bookingRequest"],
        json!({ "status": "OPENED", "name": "Tara", "message": "As we said on the telephone: fifty minutes with Asha.",
            "service": { "slug": "session", "title": "Individual session" }, "host": { "slug": "asha" } })
    );
    let form = |service: &str, starts_at: &str| {
        json!({ "serviceId": service, "startsAt": starts_at, "request": token,
            "attendee": { "name": "Tara", "phone": "+919876543210" } })
    };
    let other = api
        .refuses(&client, "bookingCreate", form(&practice.call, TUESDAY_AT_TEN))
        .await;
    assert_eq!(other, "INVALID_INPUT request");
    let gives = "booking { id hosts { resource { slug } } }";
    let made = api
        .does(
            &client,
            ("bookingCreate", gives),
            form(&practice.session, TUESDAY_AT_TEN),
        )
        .await;
    assert_eq!(text(&made, "/booking/hosts/0/resource/slug"), "asha");
    let twice = api
        .refuses(
            &client,
            "bookingCreate",
            form(&practice.session, "2026-03-04T04:30:00Z"),
        )
        .await;
    assert_eq!(twice, "REQUEST_CLOSED request");
    let seen = "query($id: ID!) { node(id: $id) { ... on BookingRequest { status booking { id client { name phone } } } } }";
    let seen = api
        .sees(
            &practice.kabir,
            seen,
            json!({ "id": sent["bookingRequest"]["id"] }),
        )
        .await;
    assert_eq!(
        seen["node"],
        json!({ "status": "BOOKED", "booking": { "id": made["booking"]["id"],
            "client": { "name": "Tara", "phone": "+919876543210" } } })
    );
}
