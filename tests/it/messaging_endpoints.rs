//! Whoever looks after endpoints: makes and ends them, replaces secrets, tests, and sends once more.

use chrono::TimeDelta;
use db::{Asker, Tenant};
use kernel::id::WebhookDeliveryId;
use kernel::{EventType, SystemKind};
use messaging::Refusal;
use messaging::webhook::delivery::WebhookDeliveryState as State;
use messaging::webhook::endpoint::{
    ENDPOINTS_MAX, EndpointEdit, create_endpoint, delete_endpoint, find_endpoints, rotate_secret,
    update_endpoint,
};
use messaging::webhook::log::{Replay, replay, replay_one, send_test};
use serde_json::json;

use crate::world::hooks::{House, draft, wanted};
use crate::world::{World, stories};

stories! { both: [
    a_test_is_sent_whatever_types_are_wanted,
    an_organization_has_so_many_endpoints_and_no_more,
    nobody_without_the_right_makes_or_sees_an_endpoint,
    what_came_to_its_end_is_sent_once_more_when_somebody_says_so,
    while_a_secret_is_replaced_both_sign_for_a_day,
    whoever_deletes_an_endpoint_ends_what_is_on_its_way,
] }

async fn a_test_is_sent_whatever_types_are_wanted(world: World) {
    let house = House::new(&world).await;
    let endpoint = house.wants("/hooks", &["client.*"]).await;
    house
        .does(async |work| send_test(work, endpoint).await)
        .await
        .unwrap();
    house.works().await;
    let got = house.receiver.got("/hooks");
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].json()["type"], json!("webhook.test"));
}

async fn nobody_without_the_right_makes_or_sees_an_endpoint(world: World) {
    let house = House::new(&world).await;
    let endpoint = house.wants("/hooks", &["*"]).await;
    let stranger = world
        .store
        .write(Tenant(house.organization), &Asker::anonymous())
        .await;
    let stranger = stranger.unwrap();
    let made = create_endpoint(&stranger, draft("https://example.com/", &["*"])).await;
    assert!(matches!(made, Err(Refusal::Denied(_))));
    let seen = find_endpoints(&stranger, &[endpoint]).await;
    assert!(matches!(seen, Err(Refusal::Denied(_))));
    stranger.undo().await.unwrap();
    let neighbour = world.organization("boreal").await;
    let work = world
        .store
        .write(Tenant(neighbour), &Asker::system(SystemKind::Operator))
        .await;
    let work = work.unwrap();
    assert_eq!(find_endpoints(&work, &[endpoint]).await.unwrap(), []);
    let edit = EndpointEdit {
        types: Some(wanted(&["client.*"])),
        ..EndpointEdit::default()
    };
    let changed = update_endpoint(&work, endpoint, edit, None).await;
    assert!(matches!(changed, Err(Refusal::NotFound(_))));
}

async fn what_came_to_its_end_is_sent_once_more_when_somebody_says_so(world: World) {
    let house = House::new(&world).await;
    let endpoint = house.wants("/hooks", &["booking.*"]).await;
    let begun = world.store.now();
    house.happens(EventType::BookingMoved, 3).await;
    house.works().await;
    house.receiver.answers("/hooks", 500);
    house.happens(EventType::BookingCancelled, 2).await;
    house.passes(TimeDelta::days(4)).await;
    house.receiver.answers("/hooks", 200);
    let failed = house
        .does(async |work| replay(work, endpoint, &Replay::Failed).await)
        .await;
    let failed = failed.unwrap();
    assert_eq!((failed.count, failed.has_more), (2, false));
    let on_its_way = house.log(endpoint).await[4].id;
    let refused = house.does(async |work| replay_one(work, on_its_way).await).await;
    assert!(matches!(refused, Err(Refusal::NotFrom(_))), "{refused:?}");
    house.works().await;
    assert_eq!(house.states(endpoint).await, [State::Delivered; 5]);
    let log = house.log(endpoint).await;
    let before = house.receiver.got("/hooks").len();
    let one = house.does(async |work| replay_one(work, log[0].id).await).await;
    assert_eq!(one.unwrap().count, 1);
    let since = Replay::Since {
        from: begun,
        until: begun + TimeDelta::hours(1),
    };
    let many = house
        .does(async |work| replay(work, endpoint, &since).await)
        .await;
    assert_eq!(many.unwrap().count, 4, "all but the one that is on its way");
    house.works().await;
    assert_eq!(house.receiver.got("/hooks").len(), before + 5);
    let empty = Replay::Since {
        from: begun,
        until: begun,
    };
    let refused = house
        .does(async |work| replay(work, endpoint, &empty).await)
        .await;
    assert!(
        matches!(refused, Err(Refusal::Invalid { field: "to", .. })),
        "{refused:?}"
    );
    let nothing: WebhookDeliveryId = "whd_01kjp00000000000000000000a".parse().unwrap();
    let refused = house.does(async |work| replay_one(work, nothing).await).await;
    assert!(matches!(refused, Err(Refusal::NotFound(_))), "{refused:?}");
}

async fn while_a_secret_is_replaced_both_sign_for_a_day(world: World) {
    let house = House::new(&world).await;
    let endpoint = house.wants("/hooks", &["booking.*"]).await;
    let made = house
        .does(async |work| rotate_secret(work, endpoint).await)
        .await
        .unwrap();
    assert_eq!(made.generation, 2);
    house.happens(EventType::BookingMoved, 1).await;
    house.passes(TimeDelta::days(1)).await;
    house.happens(EventType::BookingMoved, 1).await;
    house.works().await;
    let got = house.receiver.got("/hooks");
    let signatures = |at: usize| got[at].header("webhook-signature").split(' ').count();
    assert_eq!((got.len(), signatures(0), signatures(1)), (2, 2, 1));
}

async fn whoever_deletes_an_endpoint_ends_what_is_on_its_way(world: World) {
    let house = House::new(&world).await;
    let endpoint = house.wants("/hooks", &["booking.*"]).await;
    house.receiver.answers("/hooks", 500);
    house.happens(EventType::BookingMoved, 1).await;
    house.works().await;
    house
        .does(async |work| delete_endpoint(work, endpoint).await)
        .await
        .unwrap();
    house.happens(EventType::BookingMoved, 1).await;
    house.passes(TimeDelta::days(1)).await;
    assert_eq!(house.receiver.got("/hooks").len(), 1);
    assert_eq!(house.states(endpoint).await, [State::Cancelled]);
    let gone = house.does(async |work| rotate_secret(work, endpoint).await).await;
    assert!(matches!(gone, Err(Refusal::NotFound(_))), "{gone:?}");
}

async fn an_organization_has_so_many_endpoints_and_no_more(world: World) {
    let house = House::new(&world).await;
    for _ in 0..ENDPOINTS_MAX {
        house.wants("/hooks", &["*"]).await;
    }
    let one_more = draft("https://example.com/", &["*"]);
    let refused = house
        .does(async |work| create_endpoint(work, one_more).await)
        .await;
    assert!(
        matches!(refused, Err(Refusal::LimitReached { .. })),
        "{refused:?}"
    );
}
