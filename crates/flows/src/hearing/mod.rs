//! Who may hear what of the journal: whoever may read a thing may hear what happens to it.

mod shared;
mod time;

use std::collections::BTreeSet;
use std::sync::Arc;

use db::journal::Event;
use db::{Asker, Reading, Store, Tenant};
use kernel::id::{BookingId, ResourceId};
use kernel::{Denied, EventType, Right, Rights};
use scheduling::{Refusal, booking, provider};
use serde_json::Value;

pub use shared::{Reaches, Watched};
pub use time::{Reach, may_change_day};

/// The kinds of events that somebody may hear of, all or some; nothing if there is no limit.
///
/// # Errors
/// If they may hear of none.
pub fn audible_types(rights: Rights) -> Result<Option<Vec<EventType>>, Denied> {
    if rights.has(Right::AuditRead) {
        return Ok(None);
    }
    let types = EventType::ALL.iter().copied();
    let audible: Vec<EventType> = types
        .filter(|it| rights.has(it.right()) || own(*it).is_some_and(|own| rights.has(own)))
        .collect();
    if audible.is_empty() {
        return Err(Denied::Forbidden(Right::AuditRead));
    }
    Ok(Some(audible))
}

/// The right with which somebody hears of what they give themselves.
fn own(event: EventType) -> Option<Right> {
    let whole = [
        (Right::DiaryRead, Right::OwnDiaryWrite),
        (Right::CalendarsRead, Right::OwnCalendarWrite),
    ];
    whole
        .into_iter()
        .find_map(|(all, own)| (event.right() == all).then_some(own))
}

/// Those of some events that whoever asks may hear of now. What happened to another's bookings and calendar is not told to
/// whoever has only their own.
///
/// # Errors
/// If the database refuses.
pub async fn audible(reading: &Reading<Tenant>, events: Vec<Arc<Event>>) -> Result<Vec<Arc<Event>>, Refusal> {
    let rights = reading.asker().rights;
    if events.iter().all(|it| is_whole(rights, it)) {
        return Ok(events);
    }
    let bookings: Vec<BookingId> = events
        .iter()
        .filter_map(|it| it.aggregate_id.parse().ok())
        .collect();
    let mine: BTreeSet<String> = booking::find_bookings(reading, &bookings)
        .await
        .map(|found| found.iter().map(|it| it.id.to_string()).collect())
        .or_else(none_if_denied)?;
    let resource = provider::own_resource(reading).await?;
    let is_own = |it: &Arc<Event>| {
        let kind: Option<EventType> = it.type_.parse().ok();
        kind.and_then(own).is_some_and(|right| rights.has(right))
            && (mine.contains(&it.aggregate_id) || resource.is_some_and(|own| names(&it.payload, own)))
    };
    Ok(events
        .into_iter()
        .filter(|it| is_whole(rights, it) || is_own(it))
        .collect())
}

/// The same for whoever follows the journal: the database is asked, in a snapshot of the present, only about what may be
/// somebody's own.
///
/// # Errors
/// If the database refuses.
pub async fn audible_now(
    store: &Store,
    (tenant, asker): (Tenant, &Asker),
    events: Vec<Arc<Event>>,
) -> Result<Vec<Arc<Event>>, Refusal> {
    if events.iter().all(|it| is_whole(asker.rights, it)) {
        return Ok(events);
    }
    audible(&store.read(tenant, asker).await?, events).await
}

/// Whether whoever has these rights hears of an event whatever it happened to.
fn is_whole(rights: Rights, event: &Event) -> bool {
    let kind = || event.type_.parse().ok();
    rights.has(Right::AuditRead) || kind().is_some_and(|it: EventType| rights.has(it.right()))
}

fn none_if_denied(refused: Refusal) -> Result<BTreeSet<String>, Refusal> {
    if matches!(refused, Refusal::Denied(_)) {
        Ok(BTreeSet::new())
    } else {
        Err(refused)
    }
}

/// Whether a payload says that this resource is what it is about, or one of them.
fn names(payload: &Value, resource: ResourceId) -> bool {
    resources(payload).is_some_and(|it| it.contains(&resource.to_string().as_str()))
}

/// The resources that a payload names; nothing if it does not say.
fn resources(payload: &Value) -> Option<Vec<&str>> {
    if let Some(one) = payload["resource"].as_str() {
        return Some(vec![one]);
    }
    let several = payload["resources"].as_array()?;
    Some(several.iter().filter_map(Value::as_str).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_reads_the_audit_log_hears_everything_and_others_what_they_may_read() {
        assert_eq!(audible_types(Rights::of(&[Right::AuditRead])), Ok(None));
        assert_eq!(
            audible_types(Rights::of(&[Right::MembersRead])),
            Err(Denied::Forbidden(Right::AuditRead))
        );
        let diary = audible_types(Rights::of(&[Right::DiaryRead])).unwrap().unwrap();
        assert!(diary.contains(&EventType::BookingMoved) && !diary.contains(&EventType::ClientCreated));
        let own = audible_types(Rights::of(&[Right::OwnDiaryWrite]))
            .unwrap()
            .unwrap();
        assert_eq!(own, diary);
    }
}
