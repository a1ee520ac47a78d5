//! A calendar through the API only: who opens it, who sees it, and what changes it.

use serde_json::{Value, json};

use crate::world::{Answer, Api, Who, World, stories};

stories! {
    both: [
        a_solo_professional_opens_her_calendar_and_strangers_see_it,
        an_override_and_an_absence_change_what_is_offered,
        only_staff_see_a_calendar_from_within,
        whoever_has_not_the_right_opens_nothing,
        everything_wrong_with_a_service_is_named_at_once,
        twenty_mistakes_are_named_and_not_one_more,
        what_is_put_away_is_offered_no_more,
    ]
}

/// Ana, her hours and what she offers.
struct Calendar {
    api: Api,
    ana: Who,
    resource: String,
    service: String,
}

/// A mutation that has one variable, its input.
async fn change(api: &Api, who: &Who, (field, gives): (&str, &str), input: Value) -> Answer {
    let (first, rest) = field.split_at(1);
    let kind = format!("{}{rest}Input", first.to_uppercase());
    let document = format!(
        "mutation($input: {kind}!) {{ {field}(input: $input) {{ {gives} userErrors {{ code field message }} }} }}"
    );
    api.ask_with(who, &document, json!({ "input": input })).await
}

impl Calendar {
    /// An hour for BRL 150, from nine to five on weekdays in São Paulo.
    async fn open(world: &World) -> Self {
        let api = world.api();
        let ana = api.founder("ana", "aurora").await;
        let input =
            json!({ "kind": "PERSON", "name": "Ana", "slug": "ana", "timeZone": "America/Sao_Paulo" });
        let made = change(&api, &ana, ("resourceCreate", "resource { id }"), input).await;
        let resource = made.text("/resourceCreate/resource/id");
        let input = json!({
            "slug": "an-hour", "title": "An hour", "duration": "PT1H", "notice": "PT2H",
            "price": { "amountMinor": "15000", "currency": "BRL" }
        });
        let made = change(&api, &ana, ("serviceCreate", "service { id }"), input).await;
        let service = made.text("/serviceCreate/service/id");
        let input = json!({ "serviceId": service, "hosts": [{ "resourceId": resource }] });
        let gives = "service { hosts { part resource { slug } } }";
        let set = change(&api, &ana, ("serviceHostsSet", gives), input).await;
        assert_eq!(
            *set.data("/serviceHostsSet/service/hosts"),
            json!([{ "part": "HOST", "resource": { "slug": "ana" } }])
        );
        let calendar = Self {
            api,
            ana,
            resource,
            service,
        };
        let opened = calendar.weekdays(&calendar.ana).await;
        assert_eq!(
            *opened.data("/availabilityRuleCreate/availabilityRule"),
            json!({ "rrule": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "startTime": "09:00", "endTime": "17:00" })
        );
        calendar
    }

    /// Somebody opens Ana's weekdays.
    async fn weekdays(&self, who: &Who) -> Answer {
        let input = json!({
            "resourceId": self.resource, "rrule": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "startsOn": "2026-03-02",
            "startTime": "09:00", "endTime": "17:00"
        });
        let gives = "availabilityRule { rrule startTime endTime }";
        change(&self.api, who, ("availabilityRuleCreate", gives), input).await
    }

    fn stranger(&self) -> Who {
        Who::stranger().at("aurora")
    }

    /// What a stranger sees from Tuesday to Friday, counted by date.
    async fn counts(&self) -> Value {
        let document =
            "query($service: ID!) { slotCounts(serviceId: $service, from: \"2026-03-03T03:00:00Z\",
            to: \"2026-03-06T03:00:00Z\", timeZone: \"America/Sao_Paulo\") { fallsOn count } }";
        let variables = json!({ "service": self.service });
        let answer = self.api.ask_with(&self.stranger(), document, variables).await;
        let days = answer.data("/slotCounts").as_array().unwrap().iter();
        days.map(|it| json!([it["fallsOn"], it["count"]])).collect()
    }

    /// Why a start is offered or not, as somebody may know it.
    async fn explain(&self, who: &Who, starts_at: &str) -> Answer {
        let document = "query($service: ID!, $at: DateTime!) { slotExplain(serviceId: $service, startsAt: $at) {
            isOffered reasons { code notice minutesLeft } answers { resourceId blockers { code blockedById } } } }";
        let variables = json!({ "service": self.service, "at": starts_at });
        self.api.ask_with(who, document, variables).await
    }

    /// Takes one day's hours away: Ana sees to the dentist.
    async fn absence(&self) -> String {
        let input = json!({
            "resourceId": self.resource, "startsAt": "2026-03-04T03:00:00Z", "endsAt": "2026-03-05T03:00:00Z",
            "reason": "Dentist"
        });
        let gives = "outOfOffice { id reason }";
        let made = change(&self.api, &self.ana, ("outOfOfficeCreate", gives), input).await;
        assert_eq!(made.text("/outOfOfficeCreate/outOfOffice/reason"), "Dentist");
        made.text("/outOfOfficeCreate/outOfOffice/id")
    }
}

async fn a_solo_professional_opens_her_calendar_and_strangers_see_it(world: World) {
    let calendar = Calendar::open(&world).await;
    let stranger = calendar.stranger();
    let service =
        "{ service(slug: \"an-hour\") { id title duration price { amountMinor currency } version } }";
    let seen = calendar.api.ask(&stranger, service).await;
    assert_eq!(
        *seen.data("/service"),
        json!({
            "id": calendar.service, "title": "An hour", "duration": "PT1H",
            "price": { "amountMinor": "15000", "currency": "BRL" }, "version": null
        })
    );
    let slots = "query($service: ID!) { slots(serviceId: $service, from: \"2026-03-03T03:00:00Z\",
        to: \"2026-03-07T03:00:00Z\", timeZone: \"America/Sao_Paulo\", first: 9) {
        days { fallsOn slots { startsAt endsAt localTime hosts { name } seatsLeft token } } stoppedAt } }";
    let found = calendar
        .api
        .ask_with(&stranger, slots, json!({ "service": calendar.service }))
        .await;
    let days = found.data("/slots/days").as_array().unwrap();
    assert_eq!(
        days.iter().map(|it| &it["fallsOn"]).collect::<Vec<_>>(),
        ["2026-03-03", "2026-03-04"]
    );
    let times = days[0]["slots"].as_array().unwrap().iter();
    assert_eq!(
        times
            .map(|it| it["localTime"].as_str().unwrap())
            .collect::<Vec<_>>(),
        [
            "09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00"
        ]
    );
    let first = &days[0]["slots"][0];
    assert_eq!(
        (&first["startsAt"], &first["endsAt"], &first["hosts"]),
        (
            &json!("2026-03-03T12:00:00Z"),
            &json!("2026-03-03T13:00:00Z"),
            &json!([{ "name": "Ana" }])
        )
    );
    assert!(first["token"].as_str().unwrap().starts_with("slot_"));
    assert_eq!(*found.data("/slots/stoppedAt"), json!("2026-03-04T13:00:00Z"));
    let next = "query($service: ID!) { nextAvailable(serviceId: $service, timeZone: \"Asia/Tokyo\") { startsAt localTime localOn } }";
    let next = calendar
        .api
        .ask_with(&stranger, next, json!({ "service": calendar.service }))
        .await;
    assert_eq!(
        *next.data("/nextAvailable"),
        json!({ "startsAt": "2026-03-02T12:00:00Z", "localTime": "21:00", "localOn": "2026-03-02" })
    );
    let early = calendar.explain(&stranger, "2026-03-03T11:00:00Z").await;
    assert_eq!(
        *early.data("/slotExplain"),
        json!({
            "isOffered": false, "answers": null,
            "reasons": [{ "code": "OUTSIDE_HOURS", "notice": null, "minutesLeft": null }]
        })
    );
    let soon = calendar.explain(&stranger, "2026-03-02T10:00:00Z").await;
    let reasons = soon.data("/slotExplain/reasons").as_array().unwrap();
    assert!(
        reasons.contains(&json!({ "code": "NOTICE", "notice": "PT2H", "minutesLeft": 60 })),
        "{reasons:?}"
    );
}

async fn an_override_and_an_absence_change_what_is_offered(world: World) {
    let calendar = Calendar::open(&world).await;
    let all = json!([["2026-03-03", 8], ["2026-03-04", 8], ["2026-03-05", 8]]);
    assert_eq!(calendar.counts().await, all);
    let input = json!({
        "resourceId": calendar.resource, "appliesOn": "2026-03-03", "kind": "REPLACE", "startTime": "13:00",
        "endTime": "15:00"
    });
    let gives = "availabilityOverride { id kind startTime }";
    let (api, ana) = (&calendar.api, &calendar.ana);
    let made = change(api, ana, ("availabilityOverrideCreate", gives), input).await;
    assert_eq!(
        made.text("/availabilityOverrideCreate/availabilityOverride/startTime"),
        "13:00"
    );
    calendar.absence().await;
    let fewer = json!([["2026-03-03", 2], ["2026-03-05", 8]]);
    assert_eq!(calendar.counts().await, fewer);
    let away = calendar
        .explain(&calendar.stranger(), "2026-03-04T12:00:00Z")
        .await;
    assert_eq!(*away.data("/slotExplain/reasons/0/code"), json!("OUT_OF_OFFICE"));
    let id = made.text("/availabilityOverrideCreate/availabilityOverride/id");
    let input = json!({ "overrideId": id });
    let gone = change(
        api,
        ana,
        ("availabilityOverrideDelete", "deletedOverrideId"),
        input,
    )
    .await;
    assert_eq!(gone.text("/availabilityOverrideDelete/deletedOverrideId"), id);
    let most = json!([["2026-03-03", 8], ["2026-03-05", 8]]);
    assert_eq!(calendar.counts().await, most);
    let bad = json!({ "resourceId": calendar.resource, "appliesOn": "2026-03-03", "kind": "ADD" });
    let refused = change(api, ana, ("availabilityOverrideCreate", ""), bad).await;
    assert_eq!(
        refused.refusals("availabilityOverrideCreate"),
        ["INVALID_INPUT startTime"]
    );
}

async fn only_staff_see_a_calendar_from_within(world: World) {
    let calendar = Calendar::open(&world).await;
    let absence = calendar.absence().await;
    let states = "query($service: ID!) { slotStates(serviceId: $service, from: \"2026-03-03T19:00:00Z\",
        to: \"2026-03-04T13:00:00Z\") { states { startsAt status } stoppedAt } }";
    let variables = json!({ "service": calendar.service });
    let (api, ana) = (&calendar.api, &calendar.ana);
    let seen = api.ask_with(ana, states, variables.clone()).await;
    assert_eq!(
        *seen.data("/slotStates"),
        json!({ "states": [
            { "startsAt": "2026-03-03T19:00:00Z", "status": "OPEN" },
            { "startsAt": "2026-03-04T12:00:00Z", "status": "CLOSED" }
        ], "stoppedAt": null })
    );
    let denied = api.ask_with(&calendar.stranger(), states, variables).await;
    assert_eq!(denied.code(), "UNAUTHENTICATED");
    let why = calendar.explain(ana, "2026-03-04T12:00:00Z").await;
    assert_eq!(
        *why.data("/slotExplain/answers"),
        json!([{
            "resourceId": calendar.resource,
            "blockers": [{ "code": "OUT_OF_OFFICE", "blockedById": absence }]
        }])
    );
    let node = "query($id: ID!) { node(id: $id) { id } }";
    let found = api.ask_with(ana, node, json!({ "id": absence })).await;
    assert_eq!(found.text("/node/id"), absence);
    for hidden in [calendar.stranger(), Who::stranger()] {
        let found = api.ask_with(&hidden, node, json!({ "id": absence })).await;
        assert_eq!(found.code(), "UNAUTHENTICATED");
    }
    let found = api
        .ask_with(&calendar.stranger(), node, json!({ "id": calendar.service }))
        .await;
    assert_eq!(found.text("/node/id"), calendar.service);
}

async fn whoever_has_not_the_right_opens_nothing(world: World) {
    let calendar = Calendar::open(&world).await;
    let rui = calendar.api.member(&calendar.ana, "rui", "PROVIDER").await;
    let eve = calendar.api.founder("eve", "elsewhere").await;
    let resource = json!({ "kind": "ROOM", "name": "Room", "slug": "room", "timeZone": "Europe/Lisbon" });
    for (who, code) in [
        (&rui, "FORBIDDEN"),
        (&eve.at("aurora"), "FORBIDDEN"),
        (&calendar.stranger(), "UNAUTHENTICATED"),
    ] {
        let made = change(&calendar.api, who, ("resourceCreate", ""), resource.clone()).await;
        assert_eq!(made.code(), code);
        assert_eq!(calendar.weekdays(who).await.code(), code);
    }
    let neighbours = calendar.weekdays(&eve).await;
    assert_eq!(
        neighbours.refusals("availabilityRuleCreate"),
        ["NOT_FOUND -"],
        "a neighbour's resource is not there"
    );
    let nowhere = "{ resources { nodes { slug } totalCount } }";
    let asked = calendar.api.ask(&Who::stranger(), nowhere).await;
    assert_eq!(asked.code(), "ORGANIZATION_REQUIRED");
    let listed = calendar.api.ask(&calendar.stranger(), nowhere).await;
    assert_eq!(
        *listed.data("/resources"),
        json!({ "nodes": [{ "slug": "ana" }], "totalCount": 1 })
    );
}

async fn everything_wrong_with_a_service_is_named_at_once(world: World) {
    let api = world.api();
    let ana = api.founder("ana", "aurora").await;
    let input = json!({
        "slug": "Not a slug!", "title": "", "duration": "PT1H",
        "price": { "amountMinor": "1", "currency": "XXXX" },
        "horizon": { "kind": "ROLLING" }, "payment": { "kind": "PERCENT" }
    });
    let refused = change(&api, &ana, ("serviceCreate", "service { id }"), input).await;
    assert_eq!(
        refused.refusals("serviceCreate"),
        ["slug", "title", "price", "horizon", "payment"].map(|it| format!("INVALID_INPUT {it}"))
    );
    let input = json!({
        "slug": "short", "title": "Short", "duration": "PT0M", "price": { "amountMinor": "1", "currency": "BRL" }
    });
    let refused = change(&api, &ana, ("serviceCreate", "service { id }"), input).await;
    assert_eq!(refused.refusals("serviceCreate"), ["INVALID_INPUT duration"]);
}

async fn twenty_mistakes_are_named_and_not_one_more(world: World) {
    let calendar = Calendar::open(&world).await;
    for (wrong, named) in [(20, 20), (21, 20)] {
        let nobody = json!({ "part": "HOST" });
        let input = json!({ "serviceId": calendar.service, "hosts": vec![nobody; wrong] });
        let refused = change(&calendar.api, &calendar.ana, ("serviceHostsSet", ""), input).await;
        let refused = refused.refusals("serviceHostsSet");
        assert_eq!(refused.len(), named);
        assert_eq!(refused.last().map(String::as_str), Some("INVALID_INPUT hosts.19"));
    }
}

async fn what_is_put_away_is_offered_no_more(world: World) {
    let calendar = Calendar::open(&world).await;
    let (api, ana) = (&calendar.api, &calendar.ana);
    let input = json!({ "serviceId": calendar.service, "expectedVersion": 99 });
    let refused = change(api, ana, ("serviceArchive", ""), input).await;
    assert_eq!(
        refused.refusals("serviceArchive"),
        ["VERSION_CONFLICT expectedVersion"]
    );
    let input = json!({ "serviceId": calendar.service });
    let rehearsed = json!({ "serviceId": calendar.service, "validateOnly": true });
    change(api, ana, ("serviceArchive", ""), rehearsed).await.data("");
    let slug = "{ service(slug: \"an-hour\") { slug } services { totalCount } }";
    let still = api.ask(&calendar.stranger(), slug).await;
    assert_eq!(*still.data("/services/totalCount"), json!(1));
    let gives = "service { archivedAt }";
    let gone = change(api, ana, ("serviceArchive", gives), input.clone()).await;
    assert_eq!(
        gone.text("/serviceArchive/service/archivedAt"),
        "2026-03-02T09:00:00Z"
    );
    let after = api.ask(&calendar.stranger(), slug).await;
    assert_eq!(
        *after.data(""),
        json!({ "service": null, "services": { "totalCount": 0 } })
    );
    let why = calendar
        .explain(&calendar.stranger(), "2026-03-03T12:00:00Z")
        .await;
    assert_eq!(*why.data("/slotExplain"), json!(null));
    let back = change(api, ana, ("serviceRestore", gives), input).await;
    assert_eq!(*back.data("/serviceRestore/service/archivedAt"), json!(null));
    let input = json!({ "resourceId": calendar.resource, "name": "Ana Prado", "description": "Since 2010" });
    let gives = "resource { name description version }";
    let changed = change(api, ana, ("resourceUpdate", gives), input).await;
    assert_eq!(
        *changed.data("/resourceUpdate/resource"),
        json!({ "name": "Ana Prado", "description": "Since 2010", "version": 2 })
    );
}
