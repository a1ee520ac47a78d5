//! Daily life through the API: what is done, what is refused, and what is free.

use serde_json::{Value, json};

use super::api::{Api, Who};

impl Api {
    /// Does something and gives the payload; the story fails if it is refused.
    pub(crate) async fn does(&self, who: &Who, (mutation, gives): (&str, &str), input: Value) -> Value {
        let answer = self.change(who, (mutation, gives), input.clone()).await;
        assert!(
            answer.refusals(mutation).is_empty(),
            "{mutation} {input}: {}",
            answer.body
        );
        answer.data(&format!("/{mutation}")).clone()
    }

    /// Tries something and gives the codes by which it is refused; the story fails if it is done.
    pub(crate) async fn refuses(&self, who: &Who, mutation: &str, input: Value) -> String {
        let answer = self.change(who, (mutation, ""), input.clone()).await;
        let refused = answer.refusals(mutation).join(", ");
        assert_ne!(refused, "", "{mutation} {input} is done");
        refused
    }

    /// What a query answers.
    pub(crate) async fn sees(&self, who: &Who, document: &str, variables: Value) -> Value {
        let answer = self.ask_with(who, document, variables).await;
        answer.data("").clone()
    }

    /// Somebody or something that can be booked is entered, under one word.
    pub(crate) async fn enters(&self, who: &Who, (kind, slug): (&str, &str), zone: &str) -> String {
        let resource = json!({ "kind": kind, "name": slug, "slug": slug, "timeZone": zone });
        let made = self
            .does(who, ("resourceCreate", "resource { id }"), resource)
            .await;
        text(&made, "/resource/id")
    }

    /// Hours are opened on the dates of a recurrence, from the beginning of every story on.
    pub(crate) async fn opens(&self, who: &Who, (resource, rrule): (&str, &str), (from, to): (&str, &str)) {
        let rule = json!({
            "resourceId": resource, "rrule": rrule, "startsOn": "2026-03-02", "startTime": from, "endTime": to
        });
        self.does(who, ("availabilityRuleCreate", ""), rule).await;
    }

    /// A service is offered that these give.
    pub(crate) async fn offers(&self, who: &Who, service: Value, hosts: &Value) -> String {
        let made = self.does(who, ("serviceCreate", "service { id }"), service).await;
        let service = text(&made, "/service/id");
        let hosts = json!({ "serviceId": service, "hosts": hosts });
        self.does(who, ("serviceHostsSet", ""), hosts).await;
        service
    }

    /// Somebody who registered comes back.
    pub(crate) async fn signs_in(&self, name: &str, slug: &str) -> Who {
        let input =
            json!({ "email": format!("{name}@example.com"), "password": "a pass phrase of some length" });
        let made = self
            .does(
                &Who::stranger(),
                ("sessionCreate", "tokens { accessToken }"),
                input,
            )
            .await;
        Who::with(made["tokens"]["accessToken"].as_str().unwrap()).at(slug)
    }

    /// The starts of a service that can be booked, such as `2026-03-03 09:00`, on the wall of whoever looks.
    pub(crate) async fn starts(
        &self,
        who: &Who,
        (service, zone): (&str, &str),
        (from, to): (&str, &str),
    ) -> Vec<String> {
        let document = "query($service: ID!, $from: DateTime, $to: DateTime, $zone: TimeZone!) {
            slots(serviceId: $service, from: $from, to: $to, timeZone: $zone) {
                days { slots { localOn localTime } } stoppedAt } }";
        let variables = json!({ "service": service, "from": from, "to": to, "zone": zone });
        let found = self.sees(who, document, variables).await;
        assert_eq!(found["slots"]["stoppedAt"], json!(null));
        let days = found["slots"]["days"].as_array().unwrap().iter();
        let slots = days.flat_map(|day| day["slots"].as_array().unwrap());
        let told = slots.map(|it| {
            let [date, time] = ["localOn", "localTime"].map(|key| it[key].as_str().unwrap());
            format!("{date} {time}")
        });
        told.collect()
    }
}

/// The text at a pointer.
#[track_caller]
pub(crate) fn text(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found
        .unwrap_or_else(|| panic!("no text at {pointer} in {value}"))
        .to_owned()
}
