//! What is told to others, through the API: endpoints with their log, letters and their words, notices.

use scheduling::service::ServiceEdit;
use serde_json::{Value, json};

use crate::world::desk::Desk;
use crate::world::telling::{Receiver, Teller};
use crate::world::{World, stories};

stories! { both: [
    a_letter_in_ones_own_words_and_back_again,
    a_secret_is_shown_once_to_whoever_made_it,
    a_test_is_in_the_log_and_is_sent_once_more,
    an_endpoint_is_paused_resumed_and_ended,
    an_endpoint_is_made_and_changed,
    only_what_can_be_meant_makes_an_endpoint,
] }

const CREATE: (&str, &str) = (
    "webhookEndpointCreate",
    "secret webhookEndpoint { id url types state version }",
);

async fn an_endpoint_is_made_and_changed(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let (api, owner) = (&desk.api, &desk.owner);
    let input =
        json!({ "url": "https://example.com/hooks", "types": ["booking.*", "booking.*", "client.created"] });
    let made = api.change(owner, CREATE, input).await;
    let id = made.text("/webhookEndpointCreate/webhookEndpoint/id");
    assert_eq!(
        *made.data("/webhookEndpointCreate/webhookEndpoint/types"),
        json!(["booking.*", "client.created"])
    );
    let edit = ("webhookEndpointUpdate", "webhookEndpoint { description version }");
    let stale = json!({ "webhookEndpointId": id, "description": "ours", "expectedVersion": 7 });
    let refused = api.change(owner, edit, stale).await;
    assert_eq!(
        refused.refusals("webhookEndpointUpdate"),
        ["VERSION_CONFLICT expectedVersion"]
    );
    let changed = json!({ "webhookEndpointId": id, "description": "ours", "expectedVersion": 1 });
    let changed = api.change(owner, edit, changed).await;
    let now = json!({ "description": "ours", "version": 2 });
    assert_eq!(*changed.data("/webhookEndpointUpdate/webhookEndpoint"), now);
}

async fn a_test_is_in_the_log_and_is_sent_once_more(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let (api, owner) = (&desk.api, &desk.owner);
    let (receiver, teller) = (Receiver::new().await, Teller::new());
    let input = json!({ "url": receiver.at("/hooks"), "types": ["team.*"] });
    let made = api.change(owner, CREATE, input).await;
    let id = made.text("/webhookEndpointCreate/webhookEndpoint/id");
    let one = json!({ "webhookEndpointId": id });
    let tested = api
        .change(
            owner,
            ("webhookEndpointTest", "webhookDelivery { id state }"),
            one.clone(),
        )
        .await;
    let delivery = tested.text("/webhookEndpointTest/webhookDelivery/id");
    teller.works(&world).await;
    let log = "query($id: ID!) { node(id: $id) { ... on WebhookDelivery {
        eventType state attempts answerStatus answerBody body webhookEndpoint { id }
    } } }";
    let log = api.ask_with(owner, log, json!({ "id": delivery })).await;
    let told = log.data("/node");
    assert_eq!(
        (&told["state"], &told["answerStatus"]),
        (&json!("DELIVERED"), &json!(200))
    );
    assert_eq!(
        (&told["eventType"], &told["attempts"]),
        (&json!("webhook.test"), &json!(1))
    );
    assert_eq!(
        receiver.got("/hooks").last().unwrap().body,
        told["body"].as_str().unwrap()
    );
    let again = json!({ "webhookDeliveryId": delivery });
    let again = api
        .change(owner, ("webhookReplay", "replayedCount hasMore"), again)
        .await;
    assert_eq!(*again.data("/webhookReplay/replayedCount"), json!(1));
    let both = json!({ "webhookDeliveryId": delivery, "webhookEndpointId": id });
    let both = api.change(owner, ("webhookReplay", "replayedCount"), both).await;
    assert_eq!(
        both.refusals("webhookReplay"),
        ["INVALID_INPUT webhookDeliveryId"]
    );
}

async fn an_endpoint_is_paused_resumed_and_ended(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let (api, owner) = (&desk.api, &desk.owner);
    let input = json!({ "url": "https://example.com/hooks", "types": ["*"] });
    let made = api.change(owner, CREATE, input).await;
    let id = made.text("/webhookEndpointCreate/webhookEndpoint/id");
    let one = json!({ "webhookEndpointId": id });
    for (field, state) in [
        ("webhookEndpointPause", "PAUSED"),
        ("webhookEndpointResume", "ACTIVE"),
    ] {
        let done = api
            .change(owner, (field, "webhookEndpoint { state }"), one.clone())
            .await;
        assert_eq!(done.text(&format!("/{field}/webhookEndpoint/state")), state);
        let twice = api
            .change(owner, (field, "webhookEndpoint { state }"), one.clone())
            .await;
        assert_eq!(twice.refusals(field), ["TRANSITION_REFUSED -"]);
    }
    let gone = api
        .change(owner, ("webhookEndpointDelete", "deletedId"), one.clone())
        .await;
    assert_eq!(gone.text("/webhookEndpointDelete/deletedId"), id);
    let left = api.ask(owner, "{ webhookEndpoints { totalCount } }").await;
    assert_eq!(*left.data("/webhookEndpoints/totalCount"), json!(0));
}

async fn a_secret_is_shown_once_to_whoever_made_it(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let (api, owner) = (&desk.api, &desk.owner);
    let input = json!({ "url": "https://example.com/", "types": ["*"], "idempotencyKey": "one" });
    let made = api.change(owner, CREATE, input.clone()).await;
    let again = api.change(owner, CREATE, input).await;
    let secret = made.text("/webhookEndpointCreate/secret");
    assert!(secret.starts_with("whsec_") && secret.len() == 50, "{secret}");
    assert_eq!(again.text("/webhookEndpointCreate/secret"), secret);
    let id = made.text("/webhookEndpointCreate/webhookEndpoint/id");
    let rotate = (
        "webhookEndpointRotateSecret",
        "secret webhookEndpoint { previousSecretEndsAt }",
    );
    let rotated = api
        .change(owner, rotate, json!({ "webhookEndpointId": id }))
        .await;
    assert_ne!(rotated.text("/webhookEndpointRotateSecret/secret"), secret);
    let ends = rotated.text("/webhookEndpointRotateSecret/webhookEndpoint/previousSecretEndsAt");
    assert_eq!(ends, "2026-03-03T09:00:00Z");
    let dry = json!({ "url": "https://example.com/", "types": ["*"], "validateOnly": true });
    let dry = api.change(owner, CREATE, dry).await;
    assert_eq!(*dry.data("/webhookEndpointCreate/secret"), Value::Null);
    let all = api.ask(owner, "{ webhookEndpoints { totalCount } }").await;
    assert_eq!(*all.data("/webhookEndpoints/totalCount"), json!(1));
}

async fn only_what_can_be_meant_makes_an_endpoint(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    for (url, types, wrong) in [
        ("http://example.com/", json!(["*"]), "INVALID_INPUT url"),
        ("https://ana:b@example.com/", json!(["*"]), "INVALID_INPUT url"),
        ("https://example.com/", json!([]), "INVALID_INPUT types"),
        (
            "https://example.com/",
            json!(["booking.melted"]),
            "INVALID_INPUT types",
        ),
    ] {
        let input = json!({ "url": url, "types": types });
        let refused = desk.api.change(&desk.owner, CREATE, input).await;
        assert_eq!(
            refused.refusals("webhookEndpointCreate"),
            [wrong],
            "{url} {types}"
        );
    }
}

async fn a_letter_in_ones_own_words_and_back_again(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let (api, owner) = (&desk.api, &desk.owner);
    let update = (
        "messageTemplateUpdate",
        "messageTemplate { subject isDefault version }",
    );
    let words = |subject: &str| json!({ "key": "BOOKING_CONFIRMED", "language": "ENGLISH", "subject": subject, "expectedVersion": 0 });
    for wrong in ["{{ secret }}", "{% for a in b %}{% endfor %}", "{% if link %}"] {
        let refused = api.change(owner, update, words(wrong)).await;
        assert_eq!(
            refused.refusals("messageTemplateUpdate"),
            ["INVALID_INPUT subject"],
            "{wrong}"
        );
    }
    let own = api
        .change(owner, update, words("It stands, {{ client.name }}"))
        .await;
    let now = json!({ "subject": "It stands, {{ client.name }}", "isDefault": false, "version": 1 });
    assert_eq!(*own.data("/messageTemplateUpdate/messageTemplate"), now);
    let stale = api.change(owner, update, words("Another")).await;
    assert_eq!(
        stale.refusals("messageTemplateUpdate"),
        ["VERSION_CONFLICT expectedVersion"]
    );
    let shown = "{ messageTemplatePreview(key: BOOKING_CONFIRMED, language: ENGLISH) { subject body } }";
    let shown = api.ask(owner, shown).await;
    assert_eq!(
        shown.text("/messageTemplatePreview/subject"),
        "It stands, Ana Souza"
    );
    let reset = json!({ "key": "BOOKING_CONFIRMED", "language": "ENGLISH" });
    let reset = api
        .change(
            owner,
            ("messageTemplateReset", "messageTemplate { isDefault version }"),
            reset,
        )
        .await;
    let back = json!({ "isDefault": true, "version": 0 });
    assert_eq!(*reset.data("/messageTemplateReset/messageTemplate"), back);
    let all = api
        .ask(
            owner,
            "{ messageTemplates(language: PORTUGUESE) { key isDefault } }",
        )
        .await;
    assert_eq!(all.data("/messageTemplates").as_array().unwrap().len(), 6);
}
