//! The organization that everything is measured in, made through the API as its owner would make it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Datelike as _, Days, NaiveDate, TimeDelta, Utc};
use kernel::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::Outcome;
use crate::load::{self, Sender};
use crate::product::Product;

/// Its slug, by which requests name it.
pub(crate) const SLUG: &str = "practice";
/// Callers at once, each with a provider of their own.
pub(crate) const LANES: usize = 16;
/// Minutes of one appointment of a lane.
pub(crate) const STEP: i64 = 15;
/// Days that a list of starts is about.
const LISTED_DAYS: u64 = 14;

/// One provider whom one caller books, one start after the other.
pub(crate) struct Lane {
    service: String,
    next: Arc<AtomicI64>,
}

/// A practice that is open.
pub(crate) struct Practice {
    pub(crate) lanes: Vec<Lane>,
    /// The service whose starts are listed, given by one provider from nine to five.
    pub(crate) listed: String,
    /// A service that a thousand providers will give.
    pub(crate) crowded: String,
    /// The first midnight after today; what is asked for begins there.
    pub(crate) from: DateTime<Utc>,
}

impl Practice {
    /// Founds it: sixteen providers who are always there, and one who works from nine to five with twenty bookings in the
    /// fortnight that is asked about.
    pub(crate) async fn open(product: &Product) -> Outcome<Self> {
        let owner = Owner {
            product,
            token: format!("Bearer {}", product.sign_up("olga@example.com").await?),
        };
        let input = json!({ "name": "Practice", "slug": SLUG, "timeZone": "Etc/UTC", "currency": "EUR" });
        owner
            .change("organizationCreate", "organization { id }", input)
            .await?;
        let today = SystemClock.now().date_naive();
        let mut practice = Self {
            lanes: Vec::new(),
            listed: String::new(),
            crowded: String::new(),
            from: midnight(today + Days::new(1)),
        };
        for number in 0..LANES {
            let slug = format!("lane-{number}");
            let service = owner
                .offers((&slug, STEP), ("FREQ=DAILY", "00:00", "00:00"))
                .await?;
            practice.lanes.push(Lane {
                service,
                next: Arc::default(),
            });
        }
        let hours = ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "09:00", "17:00");
        practice.listed = owner.offers(("listed", 30), hours).await?;
        practice.crowded = owner.offers(("crowd", 30), hours).await?;
        for starts_at in practice.some_starts() {
            let input = booking(&practice.listed, starts_at);
            owner.change("bookingCreate", "booking { id }", input).await?;
        }
        Ok(practice)
    }

    /// Two starts on each of the ten working days that are asked about.
    fn some_starts(&self) -> Vec<DateTime<Utc>> {
        let days = (0..LISTED_DAYS).map(|it| self.from + Days::new(it));
        let working = days.filter(|it| it.weekday().num_days_from_monday() < 5);
        let twice = working.flat_map(|it| [10, 14].map(|hour| it + TimeDelta::hours(hour)));
        twice.collect()
    }

    /// Sixteen callers, each with the next start of their own provider.
    pub(crate) fn callers(&self) -> Vec<Sender> {
        let caller = |lane: &Lane| {
            let (service, next, from) = (lane.service.clone(), Arc::clone(&lane.next), self.from);
            Sender {
                next: Box::new(move || request(&service, from, &next)),
                wanted: r#""userErrors":[]"#,
            }
        };
        self.lanes.iter().map(caller).collect()
    }

    /// The next booking of one lane.
    pub(crate) fn next_booking(&self, lane: usize) -> Vec<u8> {
        let lane = &self.lanes[lane];
        request(&lane.service, self.from, &lane.next)
    }

    /// The fortnight's starts, as a page asks for them.
    pub(crate) fn starts(&self) -> Vec<u8> {
        self.list(&self.listed, (LISTED_DAYS, 50))
    }

    /// Starts of a service.
    pub(crate) fn list(&self, service: &str, (days, first): (u64, i32)) -> Vec<u8> {
        let document = "query($service: ID!, $from: DateTime!, $to: DateTime!, $first: Int!) { slots(serviceId: $service, \
                        from: $from, to: $to, timeZone: \"Etc/UTC\", first: $first) { days { slots { startsAt endsAt } } } }";
        let variables = json!({
            "service": service, "first": first,
            "from": instant(self.from), "to": instant(self.from + Days::new(days)),
        });
        post(None, &json!({ "query": document, "variables": variables }))
    }
}

fn request(service: &str, from: DateTime<Utc>, next: &AtomicI64) -> Vec<u8> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    let input = booking(service, from + TimeDelta::minutes(STEP * number));
    let document = "mutation($it: BookingCreateInput!) { bookingCreate(input: $it) { booking { id status startsAt } manageToken \
                    userErrors { code } } }";
    post(None, &json!({ "query": document, "variables": { "it": input } }))
}

fn booking(service: &str, starts_at: DateTime<Utc>) -> Value {
    let attendee = json!({ "name": "Caio Prado", "email": "caio@example.com" });
    json!({ "serviceId": service, "startsAt": instant(starts_at), "attendee": attendee })
}

fn post(token: Option<&str>, body: &Value) -> Vec<u8> {
    let mut headers = vec![("horarium-organization", SLUG)];
    headers.extend(token.map(|it| ("authorization", it)));
    load::post("/graphql", &headers, &body.to_string())
}

fn instant(it: DateTime<Utc>) -> String {
    it.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn midnight(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(chrono::NaiveTime::MIN).and_utc()
}

fn text(json: &Value, place: &str) -> Outcome<String> {
    let found = json.pointer(place).and_then(Value::as_str);
    found
        .map(str::to_owned)
        .ok_or_else(|| format!("no {place} in {json}").into())
}

/// Whoever founds it.
struct Owner<'a> {
    product: &'a Product,
    token: String,
}

impl Owner<'_> {
    /// One mutation with its input; what is given back is its payload.
    async fn change(&self, field: &str, gives: &str, input: Value) -> Outcome<Value> {
        let (first, rest) = field.split_at(1);
        let kind = format!("{}{rest}Input", first.to_uppercase());
        let document = format!(
            "mutation($it: {kind}!) {{ {field}(input: $it) {{ {gives} userErrors {{ code field message }} }} }}"
        );
        let body = json!({ "query": document, "variables": { "it": input } });
        let is_founding = field == "organizationCreate";
        let request = if is_founding {
            load::post("/graphql", &[("authorization", &self.token)], &body.to_string())
        } else {
            post(Some(&self.token), &body)
        };
        let answer = load::once(self.product.address, &request).await?;
        let json: Value = serde_json::from_str(&answer.body)?;
        let payload = &json["data"][field];
        if payload["userErrors"].as_array().is_some_and(Vec::is_empty) {
            Ok(payload.clone())
        } else {
            Err(answer.body.into())
        }
    }

    /// A service that one provider gives within hours.
    async fn offers(
        &self,
        (slug, minutes): (&str, i64),
        (rrule, start, end): (&str, &str, &str),
    ) -> Outcome<String> {
        let input = json!({ "kind": "PERSON", "name": slug, "slug": slug, "timeZone": "Etc/UTC" });
        let made = self.change("resourceCreate", "resource { id }", input).await?;
        let host = text(&made, "/resource/id")?;
        let input = json!({
            "slug": slug, "title": slug, "duration": format!("PT{minutes}M"),
            "horizon": { "kind": "CALENDAR", "days": 365 },
            "price": { "amountMinor": "5000", "currency": "EUR" },
        });
        let made = self.change("serviceCreate", "service { id }", input).await?;
        let service = text(&made, "/service/id")?;
        let input = json!({ "serviceId": service, "hosts": [{ "resourceId": host }] });
        self.change("serviceHostsSet", "service { id }", input).await?;
        let input = json!({
            "resourceId": host, "rrule": rrule, "startsOn": "2026-01-05", "startTime": start, "endTime": end,
        });
        self.change("availabilityRuleCreate", "availabilityRule { id }", input)
            .await?;
        Ok(service)
    }
}
