//! What follows from what happens to bookings: letters to those who take part, notices to those who give them.

use std::collections::BTreeSet;

use db::journal::Event;
use db::{Tenant, Work};
use kernel::Locale;
use kernel::id::{AttendeeId, BookingId, ResourceId, UserId};
use messaging::mail::Key;
use messaging::mail::delivery::{Order, order};
use messaging::notification::notify;
use scheduling::attendee::{Attendee, AttendeeStatus};
use scheduling::booking::{Booking, Status};
use scheduling::token::{Purpose, make_link};
use serde_json::Value;

use super::fault;
use crate::Refusal;

/// The reader that orders letters and notices.
pub const NOTIFIER: &str = "notifier";

/// Orders what follows from some events. Says to whom something is told inside.
pub(super) async fn tell(
    work: &Work<Tenant>,
    events: &[Event],
    has_page: bool,
) -> Result<Vec<UserId>, Refusal> {
    let mut noticed = BTreeSet::new();
    for event in events {
        let Ok(id) = event.aggregate_id.parse::<BookingId>() else {
            continue;
        };
        let found = scheduling::booking::find_bookings(work, &[id]).await?;
        let Some(booking) = found.into_iter().next() else {
            continue;
        };
        noticed.extend(notify_hosts(work, event, &booking).await?);
        if let Some(letter) = letter(event)
            && booking.ends_at > work.now()
        {
            write_to(work, event, (&booking, letter, has_page)).await?;
        }
    }
    Ok(noticed.into_iter().collect())
}

/// The letter that an event is told by, if it is by any.
fn letter(event: &Event) -> Option<Key> {
    match event.type_.as_str() {
        "booking.created" => match event.payload["to"].as_str() {
            Some(status) if status == Status::Pending.word() => Some(Key::BookingRequested),
            Some(status) if status == Status::Confirmed.word() => Some(Key::BookingConfirmed),
            _ => None,
        },
        "booking.confirmed" | "booking.attendee_added" => Some(Key::BookingConfirmed),
        "booking.rejected" => Some(Key::BookingRejected),
        "booking.cancelled" | "booking.attendee_removed" => Some(Key::BookingCancelled),
        "booking.moved" => Some(Key::BookingMoved),
        "booking.reminded" => Some(Key::BookingReminder),
        _ => None,
    }
}

/// Whether an event is told to somebody by such a letter: what ended was theirs until then; what stands still is.
fn concerns(event: &Event, letter: Key, attendee: &Attendee) -> bool {
    let only = event.payload["facts"]["attendee"].as_str();
    let is_meant = only.is_none_or(|only| only.parse::<AttendeeId>() == Ok(attendee.id));
    is_meant
        && match letter {
            Key::BookingRejected | Key::BookingCancelled => {
                attendee.status == AttendeeStatus::Cancelled && attendee.updated_at >= event.occurred_at
            }
            Key::BookingRequested | Key::BookingConfirmed | Key::BookingMoved | Key::BookingReminder => {
                attendee.status == AttendeeStatus::Confirmed
            }
        }
}

async fn write_to(
    work: &Work<Tenant>,
    event: &Event,
    (booking, letter, has_page): (&Booking, Key, bool),
) -> Result<(), Refusal> {
    let everybody = scheduling::attendee::attendees(work, &[booking.id]).await?;
    for attendee in everybody.iter().filter(|it| concerns(event, letter, it)) {
        let Some(recipient) = attendee.email.clone() else {
            continue;
        };
        let has_link = has_page && !matches!(letter, Key::BookingRejected | Key::BookingCancelled);
        let link = if has_link {
            Some(make_link(work, attendee.id, Purpose::Manage).await?.link)
        } else {
            None
        };
        let it = Order {
            template: letter,
            event: event.id,
            booking: booking.id,
            attendee: attendee.id,
            link,
            recipient,
            locale: locale(work, attendee).await?,
        };
        order(work, it).await.map_err(fault)?;
    }
    Ok(())
}

/// The language that somebody reads, as far as the directory knows them by their address; else the organization's.
async fn locale(work: &Work<Tenant>, attendee: &Attendee) -> Result<Locale, Refusal> {
    if let Some(client) = attendee.client_id {
        let known = clients::find_clients(work, &[client]).await?.into_iter().next();
        let theirs = known
            .filter(|it| it.email == attendee.email)
            .and_then(|it| it.locale);
        if let Some(locale) = theirs {
            return Ok(locale);
        }
    }
    let ours = tenancy::find_organizations(work, &[work.organization()]).await;
    let ours = ours.map_err(fault)?.into_iter().next();
    Ok(ours.ok_or(messaging::Refusal::NotFound("organization"))?.locale)
}

/// Tells those who give a booking's time, and those who gave it until then, unless they did it themselves. Says who they are.
async fn notify_hosts(work: &Work<Tenant>, event: &Event, booking: &Booking) -> Result<Vec<UserId>, Refusal> {
    let is_news = matches!(
        event.type_.as_str(),
        "booking.created"
            | "booking.confirmed"
            | "booking.rejected"
            | "booking.cancelled"
            | "booking.moved"
            | "booking.reassigned"
    );
    if !is_news {
        return Ok(Vec::new());
    }
    let hosts = scheduling::booking::booking_hosts(work, &[booking.id]).await?;
    let now = hosts.iter().map(|it| it.resource_id);
    let resources: BTreeSet<ResourceId> = now.chain(before(event)).collect();
    let resources: Vec<ResourceId> = resources.into_iter().collect();
    let providers = scheduling::provider::providers_of(work, &resources).await;
    let users: BTreeSet<UserId> = providers
        .map_err(fault)?
        .iter()
        .filter_map(|it| it.user_id)
        .filter(|it| event.actor_id.as_deref() != Some(it.to_string().as_str()))
        .collect();
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let users: Vec<UserId> = users.into_iter().collect();
    // Whoever has left the organization is told nothing.
    let members = tenancy::find_users(work, &users).await?;
    let users: Vec<UserId> = members.iter().map(|it| it.id).collect();
    notify(work, &users, event).await.map_err(fault)?;
    Ok(users)
}

/// Whose time a booking took before an event, as far as that names them.
fn before(event: &Event) -> impl Iterator<Item = ResourceId> {
    let from = &event.payload["facts"]["from"];
    let named = from.as_array().or_else(|| from["hosts"].as_array());
    let texts = named.into_iter().flatten().filter_map(Value::as_str);
    texts.filter_map(|it| it.parse().ok())
}
