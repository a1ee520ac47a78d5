//! What the page of the demo offers to ask: documents with variables that run as they stand.

use chrono::TimeDelta;
use db::paging::Asked;
use db::{Asker, Reading, Tenant};
use kernel::SystemKind;
use kernel::id::BookingId;
use scheduling::booking::{BookingFilter, Bookings, Status, bookings};
use scheduling::calendar::Candidates;
use scheduling::slots::next_slot;
use serde_json::json;

use super::diary::Habit;
use super::house::{Founded, House};
use super::{Made, Stage};
use crate::demo::Example;

const OFFERED: &str = "query Offered {
  services(first: 10) {
    nodes { id slug title duration price { amountMinor currency } confirmation seats }
  }
}
";

const FREE: &str = "query Free($service: ID!, $zone: TimeZone!) {
  slots(serviceId: $service, timeZone: $zone, first: 20) {
    days {
      fallsOn
      slots { startsAt localTime hosts { name } seatsLeft token }
    }
    stoppedAt
  }
}
";

const WHY_NOT: &str = "query WhyNot($service: ID!, $startsAt: DateTime!) {
  slotExplain(serviceId: $service, startsAt: $startsAt) {
    isOffered
    reasons { code }
  }
}
";

const BOOK: &str = "mutation Book($input: BookingCreateInput!) {
  bookingCreate(input: $input) {
    manageToken
    booking { id status startsOn localTime timeZone price { amountMinor currency } }
    userErrors {
      code
      message
      field
      ... on SlotTakenError { alternatives { startsAt token } }
    }
  }
}
";

const DIARY: &str = "query Diary($from: DateTime!) {
  bookings(filter: { from: $from }, first: 20) {
    nodes {
      id
      status
      startsOn
      localTime
      hosts { resource { name } }
      attendees { name email }
      events { kind occurredAt actorKind }
    }
    totalCount
  }
}
";

const CONFIRM: &str = "mutation Confirm($input: BookingConfirmInput!) {
  bookingConfirm(input: $input) {
    booking { id status version }
    userErrors { code message field }
  }
}
";

/// What can be asked about an organization, in the order of a day: a client's page, then staff.
pub(super) async fn examples(
    stage: &Stage,
    house: &House,
    (founded, habits): (&Founded, &[Habit]),
) -> Made<Vec<Example>> {
    let asker = Asker::system(SystemKind::Operator);
    let reading = stage.store.read(Tenant(founded.organization), &asker).await?;
    let now = stage.present;
    let service = habits.first().ok_or("something is offered")?.service;
    let at = (service, &Candidates::All);
    let slot = next_slot(&reading, at, now + TimeDelta::days(1)).await?;
    let slot = slot.ok_or("something is free")?;
    // Nobody has hours in the middle of the night.
    let night = slot.starts_at - TimeDelta::hours(12);
    let attendee = json!({ "name": "Bia Torres", "email": "bia.torres@example.com" });
    let mut examples = vec![
        Example::new("What can be booked?", OFFERED, json!({})),
        Example::new(
            "When is it free?",
            FREE,
            json!({ "service": service, "zone": house.zone }),
        ),
        Example::new(
            "Why not then?",
            WHY_NOT,
            json!({ "service": service, "startsAt": night.to_rfc3339() }),
        ),
        Example::new(
            "Book",
            BOOK,
            json!({ "input": { "slotToken": slot.token, "attendee": attendee } }),
        ),
        Example::new(
            "The diary from now on",
            DIARY,
            json!({ "from": now.to_rfc3339() }),
        ),
    ];
    if let Some(asked) = waiting(&reading).await? {
        let input = json!({ "input": { "bookingId": asked } });
        examples.push(Example::new("Answer a request", CONFIRM, input));
    }
    Ok(examples)
}

/// A request that nobody has answered yet.
async fn waiting(reading: &Reading<Tenant>) -> Made<Option<BookingId>> {
    let filter = BookingFilter {
        statuses: vec![Status::Pending],
        ..BookingFilter::default()
    };
    let one = Asked {
        first: Some(1),
        ..Asked::default()
    };
    let found = bookings(reading, &filter, &one.page::<Bookings>()?).await?;
    Ok(found.rows.into_iter().next().map(|(_, it)| it.id))
}
