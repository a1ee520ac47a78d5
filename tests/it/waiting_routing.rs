//! Routing forms: answers lead somewhere, always, and staff see who was led where.

use db::rate::Limit;
use scheduling::service::ServiceEdit;
use serde_json::{Value, json};
use tenancy::RateLimits;

use crate::world::desk::Desk;
use crate::world::{With, World, generous, stories};

stories! { both: [
    whoever_answers_is_led_by_the_first_rule_that_matches,
    a_form_changes_goes_and_comes_back,
    a_form_that_leads_nowhere_is_refused_by_its_field,
    a_machine_and_whoever_comes_too_often_submit_nothing,
    the_public_sees_the_questions_and_nothing_else,
] }

const SHOWN: &str =
    "routingForm { id slug title version archivedAt rules { joined target { kind } } fallback { kind } }";

fn form(desk: &Desk) -> Value {
    let options = json!(["Back", "Knee", "Something else"]);
    json!({
        "slug": "where-does-it-hurt", "title": "Where does it hurt?",
        "fields": [
            { "key": "part", "label": "Which part?", "kind": "SELECT", "options": options, "isRequired": true },
            { "key": "age", "label": "How old are you?", "kind": "NUMBER", "min": "0" },
            { "key": "more", "label": "Anything else?", "kind": "LONG_TEXT" },
        ],
        "rules": [
            {
                "joined": "ANY",
                "conditions": [{ "field": "more", "operator": "CONTAINS", "values": ["emergência"] }],
                "target": { "message": "Call an ambulance." }
            },
            {
                "conditions": [
                    { "field": "part", "operator": "IN", "values": ["Back", "Knee"] },
                    { "field": "age", "operator": "NOT_EQUALS", "values": ["12.0"] },
                ],
                "target": { "serviceId": desk.service.to_string() }
            },
            {
                "conditions": [{ "field": "part", "operator": "EQUALS", "values": ["Knee"] }],
                "target": { "resourceId": desk.hosts[1].to_string() }
            },
        ],
        "fallback": { "url": "https://example.com/elsewhere" }
    })
}

async fn made(desk: &Desk) -> String {
    let made = desk
        .act(&desk.owner, ("routingFormCreate", SHOWN), form(desk))
        .await;
    assert!(made.refusals("routingFormCreate").is_empty(), "{}", made.body);
    made.text("/routingFormCreate/routingForm/id")
}

const SUBMIT: (&str, &str) = (
    "routingSubmit",
    "target { kind service { slug } resource { slug } url message teamId }",
);

fn answers(given: &[(&str, &str)]) -> Value {
    let answers: Vec<Value> = given
        .iter()
        .map(|(question, text)| json!({ "question": question, "text": text }))
        .collect();
    json!({ "slug": "where-does-it-hurt", "answers": answers })
}

async fn whoever_answers_is_led_by_the_first_rule_that_matches(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let id = made(&desk).await;
    let led = async |given: &[(&str, &str)]| {
        let answer = desk.act(&Desk::client(1), SUBMIT, answers(given)).await;
        assert!(answer.refusals("routingSubmit").is_empty(), "{}", answer.body);
        answer.data("/routingSubmit/target").clone()
    };
    let nothing = json!({ "service": null, "resource": null, "url": null, "message": null, "teamId": null });
    let only = |kind: &str, name: &str, value: Value| {
        let mut target = nothing.clone();
        target["kind"] = json!(kind);
        target[name] = value;
        target
    };
    assert_eq!(
        led(&[("part", "Back"), ("age", "40"), ("more", "uma EMERGENCIA!")]).await,
        only("MESSAGE", "message", json!("Call an ambulance."))
    );
    assert_eq!(
        led(&[("part", "Back"), ("age", "40")]).await,
        only("SERVICE", "service", json!({ "slug": "consulta" }))
    );
    assert_eq!(
        led(&[("part", "Knee"), ("age", "12")]).await,
        only("RESOURCE", "resource", json!({ "slug": "caio" }))
    );
    let elsewhere = only("URL", "url", json!("https://example.com/elsewhere"));
    assert_eq!(led(&[("part", "Something else")]).await, elsewhere);
    assert_eq!(
        led(&[("part", "Back")]).await,
        elsewhere,
        "whatever was not answered is not something else either"
    );
    let wrong = desk
        .act(&Desk::client(1), SUBMIT, answers(&[("part", "Elbow")]))
        .await;
    assert_eq!(wrong.refusals("routingSubmit"), ["INVALID_INPUT answers"]);
    let missing = desk.act(&Desk::client(1), SUBMIT, answers(&[])).await;
    assert_eq!(missing.refusals("routingSubmit"), ["INVALID_INPUT answers"]);
    let list = "query($id: ID!) { routingSubmissions(routingFormId: $id, first: 2) {
        totalCount nodes { ruleNumber formVersion target { kind } answers { field values } } } }";
    let list = desk.api.ask_with(&desk.owner, list, json!({ "id": id })).await;
    assert_eq!(*list.data("/routingSubmissions/totalCount"), json!(5));
    assert_eq!(
        *list.data("/routingSubmissions/nodes/1"),
        json!({
            "ruleNumber": 2, "formVersion": 1, "target": { "kind": "SERVICE" },
            "answers": [{ "field": "age", "values": ["40"] }, { "field": "part", "values": ["Back"] }]
        })
    );
}

async fn a_form_changes_goes_and_comes_back(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let id = made(&desk).await;
    let act = async |mutation: &str, mut input: Value| {
        input["routingFormId"] = json!(id);
        desk.act(&desk.owner, (mutation, SHOWN), input).await
    };
    let twice = desk
        .act(&desk.owner, ("routingFormCreate", SHOWN), form(&desk))
        .await;
    assert_eq!(twice.refusals("routingFormCreate"), ["TAKEN slug"]);
    let stale = act(
        "routingFormUpdate",
        json!({ "title": "Ouch", "expectedVersion": 3 }),
    )
    .await;
    assert_eq!(
        stale.refusals("routingFormUpdate"),
        ["VERSION_CONFLICT expectedVersion"]
    );
    let renamed = act(
        "routingFormUpdate",
        json!({ "title": "Ouch", "expectedVersion": 1 }),
    )
    .await;
    assert_eq!(
        *renamed.data("/routingFormUpdate/routingForm"),
        json!({
            "id": id, "slug": "where-does-it-hurt", "title": "Ouch", "version": 2, "archivedAt": null,
            "rules": [
                { "joined": "ANY", "target": { "kind": "MESSAGE" } },
                { "joined": "ALL", "target": { "kind": "SERVICE" } },
                { "joined": "ALL", "target": { "kind": "RESOURCE" } },
            ],
            "fallback": { "kind": "URL" }
        })
    );
    let same = act("routingFormUpdate", json!({ "title": "Ouch" })).await;
    assert_eq!(*same.data("/routingFormUpdate/routingForm/version"), json!(2));
    let orphaned = act("routingFormUpdate", json!({ "fields": [] })).await;
    assert_eq!(orphaned.refusals("routingFormUpdate"), ["INVALID_INPUT rules"]);
    let away = act("routingFormArchive", json!({ "expectedVersion": 2 })).await;
    assert_eq!(
        *away.data("/routingFormArchive/routingForm/archivedAt"),
        json!("2026-03-02T09:00:00Z")
    );
    let gone = desk
        .act(&Desk::client(1), SUBMIT, answers(&[("part", "Knee")]))
        .await;
    assert_eq!(gone.refusals("routingSubmit"), ["NOT_FOUND -"]);
    let list = "query($all: Boolean!) { routingForms(withArchived: $all) { nodes { id } totalCount } }";
    for (all, count) in [(false, 0), (true, 1)] {
        let list = desk.api.ask_with(&desk.owner, list, json!({ "all": all })).await;
        assert_eq!(*list.data("/routingForms/totalCount"), json!(count));
        assert_eq!(list.data("/routingForms/nodes").as_array().unwrap().len(), count);
    }
    let back = act("routingFormRestore", json!({})).await;
    assert_eq!(*back.data("/routingFormRestore/routingForm/version"), json!(4));
    let led = desk
        .act(&Desk::client(1), SUBMIT, answers(&[("part", "Knee")]))
        .await;
    assert_eq!(*led.data("/routingSubmit/target/kind"), json!("RESOURCE"));
}

async fn a_form_that_leads_nowhere_is_refused_by_its_field(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let refused = async |change: Value| {
        let mut input = form(&desk);
        let change = change.as_object().unwrap().clone();
        input.as_object_mut().unwrap().extend(change);
        let made = desk.act(&desk.owner, ("routingFormCreate", SHOWN), input).await;
        made.refusals("routingFormCreate").join(", ")
    };
    let rule = |condition: Value, target: Value| json!({ "rules": [{ "conditions": [condition], "target": target }] });
    let knee = json!({ "field": "part", "operator": "EQUALS", "values": ["Knee"] });
    let message = json!({ "message": "There." });
    assert_eq!(refused(json!({ "fallback": {} })).await, "INVALID_INPUT fallback");
    let both = json!({ "fallback": { "url": "https://example.com", "message": "There." } });
    assert_eq!(refused(both).await, "INVALID_INPUT fallback");
    let plain = json!({ "fallback": { "url": "http://example.com" } });
    assert_eq!(refused(plain).await, "INVALID_INPUT fallback");
    let elbow = json!({ "field": "part", "operator": "EQUALS", "values": ["Elbow"] });
    assert_eq!(refused(rule(elbow, message.clone())).await, "INVALID_INPUT rules");
    let unasked = json!({ "field": "name", "operator": "EQUALS", "values": ["Ana"] });
    assert_eq!(refused(rule(unasked, message)).await, "INVALID_INPUT rules");
    let empty = json!({ "rules": [{ "conditions": [], "target": { "message": "There." } }] });
    assert_eq!(refused(empty).await, "INVALID_INPUT rules");
    let missing = format!("svc_01kjp{}", "z".repeat(21));
    assert_eq!(
        refused(rule(knee, json!({ "serviceId": missing }))).await,
        "NOT_FOUND -"
    );
    let provider = desk.api.member(&desk.owner, "rui", "PROVIDER").await;
    let made = desk
        .act(&provider, ("routingFormCreate", SHOWN), form(&desk))
        .await;
    assert_eq!(made.code(), "FORBIDDEN");
}

async fn a_machine_and_whoever_comes_too_often_submit_nothing(world: World) {
    let limits = RateLimits {
        booking: Limit::new(2, 600),
        ..generous()
    };
    let api = world.api_with(With {
        limits,
        ..With::default()
    });
    let desk = Desk::open_with(&world, api, ServiceEdit::default()).await;
    let id = made(&desk).await;
    let mut filled = answers(&[("part", "Knee")]);
    filled["website"] = json!("https://example.com");
    let machine = desk.act(&Desk::client(1), SUBMIT, filled).await;
    assert_eq!(machine.refusals("routingSubmit"), ["INVALID_INPUT website"]);
    let once = desk
        .act(&Desk::client(1), SUBMIT, answers(&[("part", "Knee")]))
        .await;
    assert!(once.refusals("routingSubmit").is_empty());
    let often = desk
        .act(&Desk::client(1), SUBMIT, answers(&[("part", "Knee")]))
        .await;
    assert_eq!(often.code(), "RATE_LIMITED");
    let list = "query($id: ID!) { routingSubmissions(routingFormId: $id) { totalCount } }";
    let list = desk.api.ask_with(&desk.owner, list, json!({ "id": id })).await;
    assert_eq!(*list.data("/routingSubmissions/totalCount"), json!(1));
}

async fn the_public_sees_the_questions_and_nothing_else(world: World) {
    let desk = Desk::open(&world, ServiceEdit::default()).await;
    let id = made(&desk).await;
    let look = "{ routingForm(slug: \"where-does-it-hurt\") {
        id title version fields { key isRequired } rules { joined } fallback { kind } } }";
    let seen = desk.api.ask(&Desk::client(1), look).await;
    assert_eq!(
        *seen.data("/routingForm"),
        json!({
            "id": id, "title": "Where does it hurt?", "version": null, "rules": null, "fallback": null,
            "fields": [
                { "key": "part", "isRequired": true }, { "key": "age", "isRequired": false },
                { "key": "more", "isRequired": false },
            ]
        })
    );
    let staff = desk.api.ask(&desk.owner, look).await;
    assert_eq!(*staff.data("/routingForm/fallback/kind"), json!("URL"));
    let neighbour = desk.api.founder("hugo", "boreal").await;
    let theirs = "query($id: ID!) { node(id: $id) { id } routingForm(slug: \"where-does-it-hurt\") { id }
        routingSubmissions(routingFormId: $id) { totalCount } routingForms { totalCount } }";
    let theirs = desk.api.ask_with(&neighbour, theirs, json!({ "id": id })).await;
    assert_eq!(
        *theirs.data(""),
        json!({ "node": null, "routingForm": null, "routingSubmissions": { "totalCount": 0 },
            "routingForms": { "totalCount": 0 } })
    );
    let kept = format!("{{ routingSubmissions(routingFormId: \"{id}\") {{ totalCount }} }}");
    let kept = desk.api.ask(&Desk::client(1), &kept).await;
    assert_eq!(kept.code(), "UNAUTHENTICATED");
    let public = desk
        .api
        .ask(
            &Desk::client(1),
            "{ routingForms(withArchived: true) { nodes { id } } }",
        )
        .await;
    assert_eq!(*public.data("/routingForms/nodes/0/id"), json!(id));
}
