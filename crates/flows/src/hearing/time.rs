//! Which events may change when somebody is free, or when a service can be had. When in doubt they do: whoever is told looks
//! again.

use chrono::{DateTime, TimeDelta, Utc};
use db::journal::{Event, extent};
use db::{Reading, Tenant};
use kernel::id::{ResourceId, ServiceId};
use kernel::{EventType, Span};
use scheduling::Refusal;
use scheduling::calendar::{Candidates, Cast};
use scheduling::service::find_services;
use serde_json::Value;

/// The longest buffer: an event says when something takes place, not what that takes beside.
const BUFFER_MAX: TimeDelta = TimeDelta::days(1);

/// A week and a zone: limits count whole weeks.
const WEEK: TimeDelta = TimeDelta::days(8);

/// Whether an event may change a day of a resource.
#[must_use]
pub fn may_change_day(event: &Event, (resource, day): (ResourceId, Span)) -> bool {
    kind(event).is_some_and(moves_time)
        && touches(event, &[resource])
        && falls_within(event, stretched(day, (BUFFER_MAX, BUFFER_MAX)))
}

/// What may change when a service can be had.
#[derive(Debug)]
pub struct Reach {
    service: ServiceId,
    /// Who and what can give it, in the order of their ids; nothing if nobody can say.
    givers: Option<Vec<ResourceId>>,
    /// How far before and after a start something may lie that decides about it.
    around: (TimeDelta, TimeDelta),
}

impl Reach {
    /// That of a service now, and how far the journal goes that has led to it.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn read(reading: &Reading<Tenant>, service: ServiceId) -> Result<(Self, i64), Refusal> {
        let (_, end) = extent(reading).await?;
        let mut reach = Self {
            service,
            givers: None,
            around: (WEEK, WEEK),
        };
        let Some(found) = find_services(reading, &[service]).await?.pop() else {
            return Ok((reach, end));
        };
        reach.givers = match Cast::load(reading, &found, &Candidates::All).await {
            Ok(cast) => Some(cast.resources()),
            // Of so many nobody asks at once.
            Err(Refusal::LimitReached { .. }) => None,
            Err(other) => return Err(other),
        };
        if found.limits.as_slice().is_empty() {
            let before = TimeDelta::minutes(found.buffer_before_minutes);
            let after = TimeDelta::minutes(found.duration_minutes + found.buffer_after_minutes);
            reach.around = (before + BUFFER_MAX, after + BUFFER_MAX);
        }
        Ok((reach, end))
    }

    /// Whether an event may change this very thing: after it, it is to be read again.
    #[must_use]
    pub fn is_outdated_by(&self, event: &Event) -> bool {
        match kind(event).map(EventType::aggregate) {
            Some("service") => event.aggregate_id == self.service.to_string(),
            Some("team") => true,
            Some(_) | None => false,
        }
    }

    /// Whether an event may change starts of the service within a span.
    #[must_use]
    pub fn may_be_moved_by(&self, event: &Event, starts: Span) -> bool {
        let Some(kind) = kind(event).filter(|it| moves_time(*it)) else {
            return false;
        };
        if self.is_outdated_by(event) {
            return true;
        }
        let is_of_ours = event.payload["service"].as_str() == Some(&self.service.to_string());
        let touches = || self.givers.as_ref().is_none_or(|it| touches(event, it));
        // What another service is like decides about its own starts only.
        kind.aggregate() != "service"
            && (is_of_ours || touches())
            && falls_within(event, stretched(starts, self.around))
    }
}

fn kind(event: &Event) -> Option<EventType> {
    event.type_.parse().ok()
}

fn moves_time(event: EventType) -> bool {
    let stays = [
        EventType::BookingReminded,
        EventType::BookingCompleted,
        EventType::BookingNoShow,
    ];
    let of_time = [
        "absence", "block", "booking", "hold", "override", "provider", "resource", "rule", "service", "team",
        "waitlist",
    ];
    of_time.contains(&event.aggregate()) && !stays.contains(&event)
}

/// Whether an event is about one of some resources, which are in the order of their ids, or does not say about which it is.
fn touches(event: &Event, resources: &[ResourceId]) -> bool {
    named(event).is_none_or(|named| named.iter().any(|it| resources.binary_search(it).is_ok()))
}

/// The resources that an event is about; nothing if it does not name all of them.
fn named(event: &Event) -> Option<Vec<ResourceId>> {
    if let Ok(resource) = event.aggregate_id.parse() {
        return Some(vec![resource]);
    }
    let texts = if kind(event) == Some(EventType::BookingCreated) {
        let hosts = event.payload["facts"]["hosts"].as_array()?;
        let texts = hosts.iter().map(|it| it["resource"].as_str());
        texts.collect::<Option<Vec<&str>>>()?
    } else {
        super::resources(&event.payload)?
    };
    let named: Option<Vec<ResourceId>> = texts.into_iter().map(|it| it.parse().ok()).collect();
    named.filter(|it| !it.is_empty())
}

fn stretched(span: Span, (before, after): (TimeDelta, TimeDelta)) -> Span {
    let start = span.start().checked_sub_signed(before);
    let end = span.end().checked_add_signed(after);
    let wide = start.zip(end).and_then(|(start, end)| Span::new(start, end).ok());
    wide.unwrap_or(span)
}

/// Whether an event says that it is within a span, or does not say when it is.
fn falls_within(event: &Event, within: Span) -> bool {
    spans(event).is_none_or(|it| it.iter().any(|it| it.meets(&within)))
}

/// The spans that an event names, where something is now and where it was before; nothing if it does not say.
fn spans(event: &Event) -> Option<Vec<Span>> {
    // It says where the block is, and not where it was.
    if kind(event) == Some(EventType::BlockUpdated) {
        return None;
    }
    let facts = &event.payload["facts"];
    let named = [&event.payload, &facts["from"], &facts["to"]];
    let found: Vec<Span> = named.into_iter().filter_map(span).collect();
    (!found.is_empty()).then_some(found)
}

fn span(named: &Value) -> Option<Span> {
    let instant = |name: &str| named[name].as_str()?.parse::<DateTime<Utc>>().ok();
    Span::new(instant("startsAt")?, instant("endsAt")?).ok()
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;
    use std::str::FromStr;

    use serde_json::json;

    use super::*;

    fn id<I: FromStr<Err: Debug>>(prefix: &str, number: u8) -> I {
        format!("{prefix}_01kjp{number:021}").parse().unwrap()
    }

    fn resource(number: u8) -> ResourceId {
        id("res", number)
    }

    fn service(number: u8) -> ServiceId {
        id("svc", number)
    }

    fn event(what: EventType, thing: &str, payload: Value) -> Event {
        Event {
            organization_id: id("org", 1),
            id: id("evt", 1),
            position: Some(1),
            type_: what.word().to_owned(),
            aggregate_id: thing.to_owned(),
            aggregate_version: 1,
            payload,
            actor_kind: "SYSTEM".to_owned(),
            actor_id: None,
            occurred_at: DateTime::UNIX_EPOCH,
        }
    }

    /// Of service 1, which lasts an hour and is given by resources 1 and 2.
    fn reach() -> Reach {
        Reach {
            service: service(1),
            givers: Some(vec![resource(1), resource(2)]),
            around: (BUFFER_MAX, TimeDelta::hours(1) + BUFFER_MAX),
        }
    }

    fn moves(what: EventType, thing: &str, payload: Value) -> bool {
        let starts = ["2026-03-03T09:00:00Z", "2026-03-03T18:00:00Z"].map(|it| it.parse().unwrap());
        reach().may_be_moved_by(
            &event(what, thing, payload),
            Span::new(starts[0], starts[1]).unwrap(),
        )
    }

    #[test]
    fn what_names_nobody_who_gives_a_service_does_not_move_it() {
        let of = |number| json!({ "resource": resource(number) });
        assert!(moves(EventType::RuleCreated, "", of(2)) && !moves(EventType::RuleCreated, "", of(3)));
        let holds = |numbers: [u8; 2]| json!({ "resources": numbers.map(resource), "service": service(2) });
        assert!(moves(EventType::HoldPlaced, "", holds([2, 3])));
        assert!(!moves(EventType::HoldPlaced, "", holds([3, 4])));
        let booked = |number| {
            let hosts = json!([{ "resource": resource(number), "part": "HOST" }]);
            json!({ "service": service(2), "facts": { "hosts": hosts } })
        };
        assert!(moves(EventType::BookingCreated, "", booked(1)));
        assert!(!moves(EventType::BookingCreated, "", booked(3)));
        assert!(moves(
            EventType::ResourceUpdated,
            &resource(1).to_string(),
            json!({})
        ));
        assert!(!moves(
            EventType::ResourceUpdated,
            &resource(3).to_string(),
            json!({})
        ));
    }

    #[test]
    fn whatever_is_in_doubt_moves_it() {
        assert!(moves(
            EventType::BookingCancelled,
            "",
            json!({ "service": service(2) })
        ));
        assert!(moves(
            EventType::BookingCreated,
            "",
            json!({ "facts": { "hosts": [{ "resource": "?" }] } })
        ));
        assert!(moves(
            EventType::BookingCreated,
            "",
            json!({ "facts": { "hosts": ["?"] } })
        ));
        assert!(moves(EventType::HoldPlaced, "", json!({ "resources": [] })));
        assert!(moves(EventType::ProviderReviewed, "", json!({})));
        assert!(moves(
            EventType::TeamMembersRemoved,
            "",
            json!({ "resources": [resource(3)] })
        ));
        let ours = json!({ "service": service(1), "resources": [resource(3)] });
        assert!(
            moves(EventType::HoldReleased, "", ours),
            "what is booked of it counts toward its limits"
        );
        let nobody_can_say = Reach {
            givers: None,
            ..reach()
        };
        let starts = Span::new(DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + WEEK).unwrap();
        let other = event(EventType::RuleCreated, "", json!({ "resource": resource(3) }));
        assert!(nobody_can_say.may_be_moved_by(&other, starts));
    }

    #[test]
    fn other_services_and_what_takes_no_time_do_not_move_it() {
        let updated = |number| moves(EventType::ServiceUpdated, &service(number).to_string(), json!({}));
        assert!(updated(1) && !updated(2));
        assert!(!moves(EventType::BookingReminded, "", json!({})));
        assert!(!moves(EventType::ClientCreated, "", json!({})));
    }

    #[test]
    fn what_lies_further_off_than_its_length_and_all_buffers_does_not_move_it() {
        let blocked = |from: &str, to: &str| {
            let payload = json!({ "resource": resource(1), "startsAt": from, "endsAt": to });
            moves(EventType::BlockCreated, "", payload)
        };
        assert!(blocked("2026-03-04T18:59:00Z", "2026-03-04T20:00:00Z"));
        assert!(!blocked("2026-03-04T19:00:00Z", "2026-03-04T20:00:00Z"));
        assert!(blocked("2026-03-02T08:00:00Z", "2026-03-02T09:01:00Z"));
        assert!(!blocked("2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z"));
    }

    #[test]
    fn what_was_there_before_is_heard_of_too() {
        let far = json!({ "startsAt": "2026-06-03T10:00:00Z", "endsAt": "2026-06-03T11:00:00Z" });
        assert!(!moves(EventType::BookingConfirmed, "", far.clone()));
        let mut moved = far.clone();
        moved["facts"] =
            json!({ "from": { "startsAt": "2026-03-03T10:00:00Z", "endsAt": "2026-03-03T11:00:00Z" } });
        assert!(moves(EventType::BookingMoved, "", moved));
        let mut block = far;
        block["resource"] = json!(resource(1));
        assert!(
            moves(EventType::BlockUpdated, "", block),
            "it does not say where it was"
        );
    }

    #[test]
    fn a_day_of_a_resource_is_changed_by_what_is_near_it_and_does_not_name_others() {
        let day = ["2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z"].map(|it| it.parse().unwrap());
        let day = Span::new(day[0], day[1]).unwrap();
        let changes = |number: u8, from: &str, to: &str| {
            let payload = json!({ "resource": resource(number), "startsAt": from, "endsAt": to });
            may_change_day(&event(EventType::BlockCreated, "", payload), (resource(1), day))
        };
        assert!(changes(1, "2026-03-03T10:00:00Z", "2026-03-03T11:00:00Z"));
        assert!(!changes(2, "2026-03-03T10:00:00Z", "2026-03-03T11:00:00Z"));
        assert!(
            changes(1, "2026-03-04T10:00:00Z", "2026-03-04T11:00:00Z"),
            "its buffer may reach back"
        );
        assert!(!changes(1, "2026-03-05T10:00:00Z", "2026-03-05T11:00:00Z"));
    }

    #[test]
    fn its_own_changes_and_those_of_teams_outdate_a_reach() {
        let outdates = |what, thing: &str| reach().is_outdated_by(&event(what, thing, json!({})));
        assert!(outdates(EventType::ServiceHostsSet, &service(1).to_string()));
        assert!(!outdates(EventType::ServiceHostsSet, &service(2).to_string()));
        assert!(outdates(EventType::TeamMembersPut, "") && !outdates(EventType::BookingCreated, ""));
    }
}
