//! An organization that can be booked in every way there is, made through the API.

use std::net::SocketAddr;

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use kernel::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::Outcome;
use crate::client::Client;

/// What a history plays on.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    /// Its id.
    pub(crate) organization: String,
    /// A key that may do everything a front desk does.
    pub(crate) key: String,
    /// What can be booked.
    pub(crate) services: Vec<String>,
    /// Who gives it.
    pub(crate) hosts: Vec<String>,
    /// Where it is given; two at a time.
    pub(crate) room: String,
    /// The first start.
    pub(crate) opening: DateTime<Utc>,
}

/// The rights of a front desk.
const SCOPES: [&str; 6] = [
    "BOOKINGS_OVERRIDE",
    "CALENDARS_READ",
    "CALENDARS_WRITE",
    "DIARY_READ",
    "DIARY_WRITE",
    "CATALOGUE_READ",
];

impl Scene {
    /// Founds an organization and furnishes it.
    pub(crate) async fn found(to: SocketAddr, slug: &str) -> Outcome<Self> {
        let mut furnisher = Furnisher::found(to, slug).await?;
        let key = furnisher.key(&SCOPES).await?;
        let mut hosts = Vec::new();
        for name in ["bea", "caio", "dora", "eva"] {
            hosts.push(furnisher.resource(name, "PERSON", 1).await?);
        }
        let room = furnisher.resource("sala", "ROOM", 2).await?;
        let mut services = Vec::new();
        for (slug, details, who, in_room) in services_of() {
            let who: Vec<&String> = who.iter().map(|at| &hosts[*at]).collect();
            services.push(
                furnisher
                    .service((slug, details), &who, in_room.then_some(&room))
                    .await?,
            );
        }
        Ok(Self {
            organization: furnisher.organization,
            key,
            services,
            hosts,
            room,
            opening: opening()?,
        })
    }

    /// The service whose sessions begin with a kept seat, too.
    pub(crate) fn class(&self) -> &str {
        self.services.last().map_or("", String::as_str)
    }

    /// A client at the front desk.
    pub(crate) fn desk(&self, to: SocketAddr) -> Client {
        Client::new(to, Some((self.key.clone(), None)))
    }
}

/// Eight o'clock in two days.
pub(crate) fn opening() -> Outcome<DateTime<Utc>> {
    let day = SystemClock.now().date_naive().checked_add_days(Days::new(2));
    let day = day.ok_or("the end of time")?;
    Ok(day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(8))
}

type Wanted = (&'static str, Value, &'static [usize], bool);

/// In turns with a room, with buffers, asked for first (occupying or not), together, two of four, and a class.
fn services_of() -> [Wanted; 7] {
    let quarter = |mut more: Value| {
        more["interval"] = json!("PT15M");
        more
    };
    let asks =
        |occupies: bool| quarter(json!({ "confirmation": "MANUAL", "isOccupyingWhilePending": occupies }));
    [
        ("turnos", quarter(json!({})), &[0, 1, 2], true),
        (
            "so",
            quarter(json!({ "bufferBefore": "PT5M", "bufferAfter": "PT10M" })),
            &[0],
            false,
        ),
        ("pedido", asks(true), &[1], false),
        ("talvez", asks(false), &[2], false),
        (
            "juntos",
            quarter(json!({ "strategy": "COLLECTIVE" })),
            &[3, 1],
            true,
        ),
        (
            "dois",
            quarter(json!({ "hostsRequired": 2 })),
            &[0, 1, 2, 3],
            false,
        ),
        ("turma", json!({ "seats": 4 }), &[3], true),
    ]
}

/// Whoever furnishes an organization: its founder.
pub(crate) struct Furnisher {
    /// The organization's id.
    pub(crate) organization: String,
    owner: Client,
}

impl Furnisher {
    /// Registers somebody, and founds an organization.
    pub(crate) async fn found(to: SocketAddr, slug: &str) -> Outcome<Self> {
        let mut stranger = Client::new(to, None);
        let person = json!({ "email": format!("{slug}@example.com"), "name": "Ana Ribeiro",
            "password": "correct horse battery" });
        let document = "mutation($input: UserRegisterInput!) { userRegister(input: $input) {
            tokens { accessToken } userErrors { code message } } }";
        let session = text(
            &run(&mut stranger, document, person).await?,
            "/userRegister/tokens/accessToken",
        )?;
        let mut founder = Client::new(to, Some((session.clone(), None)));
        let document = "mutation($input: OrganizationCreateInput!) { organizationCreate(input: $input) {
            organization { id } userErrors { code message } } }";
        let place = json!({ "slug": slug, "name": slug, "timeZone": "UTC", "currency": "EUR" });
        let organization = text(
            &run(&mut founder, document, place).await?,
            "/organizationCreate/organization/id",
        )?;
        let owner = Client::new(to, Some((session, Some(organization.clone()))));
        Ok(Self { organization, owner })
    }

    /// A key with these rights.
    pub(crate) async fn key(&mut self, scopes: &[&str]) -> Outcome<String> {
        let document = "mutation($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) {
            secret userErrors { code message } } }";
        let input = json!({ "name": "desk", "scopes": scopes });
        text(
            &run(&mut self.owner, document, input).await?,
            "/apiKeyCreate/secret",
        )
    }

    /// Somebody or something that is there around the clock.
    pub(crate) async fn resource(&mut self, slug: &str, kind: &str, capacity: u32) -> Outcome<String> {
        let document = "mutation($input: ResourceCreateInput!) { resourceCreate(input: $input) {
            resource { id } userErrors { code message } } }";
        let input =
            json!({ "slug": slug, "name": slug, "kind": kind, "timeZone": "UTC", "capacity": capacity });
        let id = text(
            &run(&mut self.owner, document, input).await?,
            "/resourceCreate/resource/id",
        )?;
        let document =
            "mutation($input: AvailabilityRuleCreateInput!) { availabilityRuleCreate(input: $input) {
            userErrors { code message } } }";
        let always = json!({ "resourceId": id, "rrule": "FREQ=DAILY", "startsOn": "2020-01-01",
            "startTime": "00:00", "endTime": "24:00" });
        run(&mut self.owner, document, always).await?;
        Ok(id)
    }

    /// A service of half an hour.
    pub(crate) async fn service(
        &mut self,
        (slug, mut details): (&str, Value),
        hosts: &[&String],
        room: Option<&String>,
    ) -> Outcome<String> {
        details["slug"] = json!(slug);
        details["title"] = json!(slug);
        details["duration"] = json!("PT30M");
        details["price"] = json!({ "amountMinor": "5000", "currency": "EUR" });
        let document = "mutation($input: ServiceCreateInput!) { serviceCreate(input: $input) {
            service { id } userErrors { code message } } }";
        let id = text(
            &run(&mut self.owner, document, details).await?,
            "/serviceCreate/service/id",
        )?;
        let hosts = hosts.iter().map(|it| json!({ "resourceId": it, "part": "HOST" }));
        let room = room.map(|it| json!({ "resourceId": it, "part": "ROOM" }));
        let parts: Vec<Value> = hosts.chain(room).collect();
        let document = "mutation($input: ServiceHostsSetInput!) { serviceHostsSet(input: $input) {
            userErrors { code message } } }";
        run(
            &mut self.owner,
            document,
            json!({ "serviceId": id, "hosts": parts }),
        )
        .await?;
        Ok(id)
    }
}

/// Runs a mutation that must be done; gives the data.
pub(crate) async fn run(client: &mut Client, document: &str, input: Value) -> Outcome<Value> {
    let answer = client.ask(document, json!({ "input": input })).await?;
    let data = &answer["data"];
    let payloads = data.as_object().map(|it| it.values().collect::<Vec<_>>());
    let done = payloads.is_some_and(|it| it.iter().all(|it| it["userErrors"] == json!([])));
    if answer.get("errors").is_some() || !done {
        return Err(format!("{document}\n{answer}").into());
    }
    Ok(data.clone())
}

/// The text at a place in the data.
pub(crate) fn text(data: &Value, pointer: &str) -> Outcome<String> {
    let found = data.pointer(pointer).and_then(Value::as_str);
    Ok(found.ok_or_else(|| format!("no {pointer} in {data}"))?.to_owned())
}
