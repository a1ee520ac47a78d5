//! Series as a client's page and a front desk meet them: through the API.

use kernel::id::{ResourceId, ServiceId};
use scheduling::service::ServiceEdit;
use serde_json::{Value, json};

use crate::world::api::{Answer, Api};
use crate::world::practice::Practice;
use crate::world::{Who, World, stories};

stories! { both: [
    a_client_plans_and_books_twice_a_week,
    staff_see_a_series_and_call_off_the_rest,
    asking_again_with_one_key_makes_one_series,
    a_neighbour_sees_no_series_and_a_stranger_only_the_own_bookings,
    what_cannot_be_meant_in_a_series_is_named_by_its_field,
] }

const PLAN: &str = "query($service: ID!, $host: ID, $rrule: Rrule!, $time: LocalTime!, $on: Date!) {
    seriesPlan(serviceId: $service, hostId: $host, rrule: $rrule, startsOn: $on, startTime: $time,
        timeZone: \"Europe/Lisbon\") {
        occurrences { fallsOn localTime startsAt status reasons nearestStartsAt blockers { code } } stoppedAt
    } }";

const CREATE: &str = "mutation($input: SeriesCreateInput!) { seriesCreate(input: $input) {
    series { id rrule summary startsOn startTime timeZone version stoppedAt
        bookings(first: 3) { nodes { startsAt series { id } } totalCount }
        exceptions(first: 5) { nodes { fallsOn status reasons } } }
    bookings { manageToken booking { id startsAt status } }
    userErrors { code message field }
} }";

struct Desk {
    api: Api,
    owner: Who,
    practice: Practice,
    service: ServiceId,
    hosts: Vec<ResourceId>,
}

impl Desk {
    async fn open(world: &World) -> Self {
        let api = world.api();
        let owner = api.founder("ana", "aurora").await;
        let practice = world.practice_of(&api, &owner).await;
        let hosts = practice.people(&["bea"]).await;
        let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
        Self {
            api,
            owner,
            practice,
            service,
            hosts,
        }
    }

    /// Somebody without credentials.
    fn client() -> Who {
        Who {
            client_secret: Some("a secret of the only client".to_owned()),
            ..Who::stranger().at("aurora")
        }
    }

    /// Tuesdays and Thursdays at nine.
    fn form(&self, count: u32) -> Value {
        json!({
            "serviceId": self.service.to_string(),
            "rrule": format!("FREQ=WEEKLY;BYDAY=TU,TH;COUNT={count}"),
            "startsOn": "2026-03-10",
            "startTime": "09:00",
            "timeZone": "Europe/Lisbon",
            "attendee": { "name": "Rui Prado", "email": "rui@example.com" }
        })
    }

    async fn create(&self, who: &Who, input: Value) -> Answer {
        self.api.ask_with(who, CREATE, json!({ "input": input })).await
    }

    async fn change(&self, who: &Who, mutation: &str, input: Value) -> Answer {
        let kind = mutation[..1].to_uppercase() + &mutation[1..];
        let document = format!(
            "mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{
                series {{ id version endedOn rrule startTime continues {{ id }} }} bookings {{ startsAt status version }}
                userErrors {{ code field message }} }} }}"
        );
        self.api.ask_with(who, &document, json!({ "input": input })).await
    }
}

/// What is under a name in every item of a list.
fn each(list: &Value, name: &str) -> Vec<Value> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|it| it[name].clone())
        .collect()
}

async fn a_client_plans_and_books_twice_a_week(world: World) {
    let desk = Desk::open(&world).await;
    let variables = json!({ "service": desk.service.to_string(), "host": desk.hosts[0].to_string(),
        "rrule": "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=8", "time": "09:00", "on": "2026-03-10" });
    let planned = desk.api.ask_with(&Desk::client(), PLAN, variables.clone()).await;
    let occurrences = planned.data("/seriesPlan/occurrences");
    assert_eq!(each(occurrences, "status"), vec![json!("OK"); 8]);
    assert_eq!(*planned.data("/seriesPlan/stoppedAt"), json!(null));
    let made = desk.create(&Desk::client(), desk.form(8)).await;
    assert!(made.refusals("seriesCreate").is_empty(), "{}", made.body);
    assert_eq!(
        *made.data("/seriesCreate/series"),
        json!(null),
        "a client sees their bookings"
    );
    let bookings = made.data("/seriesCreate/bookings");
    let starts: Vec<Value> = bookings
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["booking"]["startsAt"].clone())
        .collect();
    // On 29 March the clocks of Lisbon go forward; nine stays nine.
    assert_eq!(
        starts,
        [
            "2026-03-10T09:00:00Z",
            "2026-03-12T09:00:00Z",
            "2026-03-17T09:00:00Z",
            "2026-03-19T09:00:00Z",
            "2026-03-24T09:00:00Z",
            "2026-03-26T09:00:00Z",
            "2026-03-31T08:00:00Z",
            "2026-04-02T08:00:00Z",
        ]
    );
    let token = made.text("/seriesCreate/bookings/3/manageToken");
    let opened = desk
        .api
        .ask_with(
            &Desk::client(),
            "query($token: String!) { bookingByToken(token: $token) { booking { startsAt series { id } } } }",
            json!({ "token": token }),
        )
        .await;
    assert_eq!(
        *opened.data("/bookingByToken/booking"),
        json!({ "startsAt": "2026-03-19T09:00:00Z", "series": null })
    );
    let again = desk.api.ask_with(&Desk::client(), PLAN, variables).await;
    let again = again.data("/seriesPlan/occurrences");
    assert_eq!(each(again, "status"), vec![json!("CONFLICT"); 8]);
    assert_eq!(again[0]["reasons"], json!(["OCCUPIED"]));
    assert_eq!(again[0]["nearestStartsAt"], json!("2026-03-10T08:30:00Z"));
    let twice = desk.create(&Desk::client(), desk.form(8)).await;
    assert_eq!(twice.refusals("seriesCreate"), ["SERIES_CONFLICT -"]);
    let said = twice.text("/seriesCreate/userErrors/0/message");
    assert!(
        said.starts_with(
            "8 occurrences of the series cannot be booked: 2026-03-10 09:00 (OCCUPIED); 2026-03-12"
        ),
        "{said}"
    );
    assert!(desk.practice.audit().await.is_clean());
}

async fn staff_see_a_series_and_call_off_the_rest(world: World) {
    let desk = Desk::open(&world).await;
    let made = desk.create(&desk.owner, desk.form(6)).await;
    let series = made.data("/seriesCreate/series").clone();
    assert_eq!(series["summary"], json!("every Tuesday and Thursday, 6 times"));
    assert_eq!(series["bookings"]["totalCount"], json!(6));
    assert_eq!(series["bookings"]["nodes"][0]["series"]["id"], series["id"]);
    assert_eq!(series["exceptions"]["nodes"], json!([]));
    let booking = made.text("/seriesCreate/bookings/3/booking/id");
    let input = json!({ "seriesId": series["id"], "scope": "THIS_AND_FOLLOWING", "bookingId": booking,
        "reason": "moving away", "expectedVersion": 1 });
    let gone = desk.change(&desk.owner, "seriesCancel", input.clone()).await;
    assert_eq!(*gone.data("/seriesCancel/series/endedOn"), json!("2026-03-19"));
    assert_eq!(
        each(gone.data("/seriesCancel/bookings"), "status"),
        vec![json!("CANCELLED"); 3]
    );
    let stale = desk.change(&desk.owner, "seriesCancel", input).await;
    assert_eq!(
        stale.refusals("seriesCancel"),
        ["VERSION_CONFLICT expectedVersion"]
    );
    let list = "query($service: ID!) { seriesList(filter: { serviceId: $service }) { nodes { id version
        exceptions { nodes { fallsOn status reasons } totalCount } } totalCount } }";
    let listed = desk
        .api
        .ask_with(&desk.owner, list, json!({ "service": desk.service.to_string() }))
        .await;
    let exceptions = listed.data("/seriesList/nodes/0/exceptions");
    assert_eq!(exceptions["totalCount"], json!(3));
    assert_eq!(
        exceptions["nodes"][0],
        json!({ "fallsOn": "2026-03-19", "status": "SKIPPED", "reasons": ["CANCELLED"] })
    );
    assert!(desk.practice.audit().await.is_clean());
}

async fn asking_again_with_one_key_makes_one_series(world: World) {
    let desk = Desk::open(&world).await;
    let mut input = desk.form(3);
    input["idempotencyKey"] = json!("k");
    let first = desk.create(&Desk::client(), input.clone()).await;
    let again = desk.create(&Desk::client(), input).await;
    assert_eq!(first.data("/seriesCreate"), again.data("/seriesCreate"));
    assert_eq!(first.data("/seriesCreate/bookings").as_array().unwrap().len(), 3);
    let count = "{ seriesList { totalCount } }";
    let count = desk.api.ask(&desk.owner, count).await;
    assert_eq!(*count.data("/seriesList/totalCount"), json!(1));
    let mut dry = desk.form(3);
    dry["startTime"] = json!("15:00");
    dry["validateOnly"] = json!(true);
    let dry = desk.create(&desk.owner, dry).await;
    assert_eq!(
        *dry.data("/seriesCreate"),
        json!({ "series": null, "bookings": [], "userErrors": [] })
    );
}

async fn a_neighbour_sees_no_series_and_a_stranger_only_the_own_bookings(world: World) {
    let desk = Desk::open(&world).await;
    let made = desk.create(&desk.owner, desk.form(2)).await;
    let id = made.text("/seriesCreate/series/id");
    let neighbour = desk.api.founder("eva", "boreal").await;
    let read = "query($id: ID!) { series(id: $id) { id } node(id: $id) { id } seriesList { totalCount } }";
    let seen = desk.api.ask_with(&neighbour, read, json!({ "id": id })).await;
    assert_eq!(
        seen.body["data"],
        json!({ "series": null, "node": null, "seriesList": { "totalCount": 0 } })
    );
    let input = json!({ "seriesId": id, "scope": "ALL" });
    let refused = desk.change(&neighbour, "seriesCancel", input.clone()).await;
    assert_eq!(refused.refusals("seriesCancel"), ["NOT_FOUND -"]);
    let stranger = desk.change(&Desk::client(), "seriesCancel", input).await;
    assert_eq!(stranger.code(), "UNAUTHENTICATED");
    let read = "query($id: ID!) { series(id: $id) { id } }";
    let stranger = desk
        .api
        .ask_with(&Desk::client(), read, json!({ "id": id }))
        .await;
    assert_eq!(stranger.code(), "UNAUTHENTICATED");
}

async fn what_cannot_be_meant_in_a_series_is_named_by_its_field(world: World) {
    let desk = Desk::open(&world).await;
    let with = |field: &str, value: Value| {
        let mut input = desk.form(3);
        input[field] = value;
        input
    };
    let dates = |count: u32| -> Vec<String> {
        let first: chrono::NaiveDate = "2027-01-01".parse().unwrap();
        let dates = first.iter_days().take(count as usize);
        dates.map(|it| it.to_string()).collect()
    };
    for (input, refused) in [
        (with("rrule", json!("FREQ=HOURLY")), "INVALID_INPUT rrule"),
        (
            with("rrule", json!("FREQ=MONTHLY;BYDAY=8FR")),
            "INVALID_INPUT rrule",
        ),
        (
            with("rrule", json!("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")),
            "INVALID_INPUT rrule",
        ),
        (with("startTime", json!("24:00")), "INVALID_INPUT startTime"),
        (
            with("timeZone", json!("Europe/Atlantis")),
            "INVALID_INPUT timeZone",
        ),
        (with("startsOn", json!("2026-03-01")), "INVALID_INPUT startsOn"),
        (with("exceptOn", json!(dates(105))), "INVALID_INPUT exceptOn"),
        (
            with("website", json!("https://example.com")),
            "INVALID_INPUT website",
        ),
        (
            with("attendee", json!({ "name": "Rui" })),
            "INVALID_INPUT attendee",
        ),
    ] {
        let answer = desk.create(&Desk::client(), input.clone()).await;
        assert_eq!(answer.refusals("seriesCreate"), [refused], "{input}");
    }
    let most = desk
        .create(&Desk::client(), with("exceptOn", json!(dates(104))))
        .await;
    assert!(most.refusals("seriesCreate").is_empty(), "{}", most.body);
    let phone = desk.create(&Desk::client(), with("source", json!("PHONE"))).await;
    assert_eq!(phone.code(), "UNAUTHENTICATED");
}
