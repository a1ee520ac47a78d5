//! What comes free when bookings change hands or places is offered to whoever waits, as what is called off is.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Span;
use kernel::id::{BookingId, ResourceId, ServiceId, WaitlistEntryId};
use scheduling::booking::{self, BookingDraft, Closing, Exchange, Overrides, Reassign, Side, Swap};
use scheduling::cover::{self, Cover, Remedy, Rest};
use scheduling::resource::ResourceKind;
use scheduling::service::{ServiceEdit, ServicePart, Who};
use scheduling::waitlist::WaitDraft;
use scheduling::waitlist::WaitlistStatus::{Offered, Waiting};

use crate::world::practice::{Practice, at, draft, end};
use crate::world::queue::waits;
use crate::world::{World, stories};

stories! { both: [
    whoever_waits_for_one_host_is_offered_what_is_given_to_another,
    two_who_exchange_offer_what_neither_takes_any_more,
    two_of_one_kind_who_exchange_their_times_free_nothing,
    a_room_that_a_cover_frees_is_offered_and_the_absent_one_is_not,
] }

const TEN: &str = "2026-03-03T10:00:00Z";
const NOON: &str = "2026-03-03T12:00:00Z";

async fn booked(practice: &Practice, service: ServiceId, host: ResourceId, time: &str) -> BookingId {
    let work = practice.stranger().await;
    let asked = BookingDraft {
        host: Some(host),
        ..draft(service, at(time))
    };
    let made = booking::create(&work, asked).await;
    end(work, made).await.unwrap().booking
}

/// Somebody waits for this start, of this host if one is named.
async fn queued(
    practice: &Practice,
    service: ServiceId,
    (time, host): (&str, Option<ResourceId>),
) -> WaitlistEntryId {
    let start: DateTime<Utc> = at(time);
    let name = format!("w{}{}", start.timestamp(), host.map_or(0, |_| 1));
    let draft = WaitDraft {
        host,
        window: Span::new(start, start + TimeDelta::minutes(1)).unwrap(),
        ..waits(service, &name)
    };
    practice.joins(draft).await.unwrap()
}

async fn whoever_waits_for_one_host_is_offered_what_is_given_to_another(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea", "caio"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let given = booked(&practice, service, hosts[0], TEN).await;
    let queue = [queued(&practice, service, (TEN, Some(hosts[0]))).await];
    let work = practice.staff().await;
    let ask = Reassign {
        from: None,
        to: hosts[1],
        overrides: Overrides::default(),
        how: Closing::default(),
    };
    let done = booking::reassign(&work, given, ask).await;
    end(work, done).await.unwrap();
    assert_eq!(practice.stand(&queue).await, [Offered]);
    practice.accepts(queue[0]).await.unwrap();
    assert!(practice.audit().await.is_clean());
}

async fn swapped(practice: &Practice, (first, second): (BookingId, BookingId), what: Exchange) {
    let side = |booking| Side {
        booking,
        expected_version: None,
    };
    let ask = Swap {
        first: side(first),
        second: side(second),
        what,
        overrides: Overrides::default(),
        reason: None,
    };
    let work = practice.staff().await;
    let done = booking::swap(&work, ask).await;
    end(work, done).await.unwrap();
}

async fn two_who_exchange_offer_what_neither_takes_any_more(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea", "caio"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let of_bea = booked(&practice, service, hosts[0], TEN).await;
    let of_caio = booked(&practice, service, hosts[1], NOON).await;
    let queue = [
        queued(&practice, service, (TEN, Some(hosts[0]))).await,
        queued(&practice, service, (NOON, Some(hosts[1]))).await,
        queued(&practice, service, (TEN, Some(hosts[1]))).await,
    ];
    // Each keeps their host: bea is free at ten then, and caio at noon.
    swapped(&practice, (of_bea, of_caio), Exchange::Times).await;
    assert_eq!(practice.stand(&queue).await, [Offered, Offered, Waiting]);
    practice.accepts(queue[0]).await.unwrap();
    practice.accepts(queue[1]).await.unwrap();
    assert!(practice.audit().await.is_clean());
}

async fn two_of_one_kind_who_exchange_their_times_free_nothing(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let one = booked(&practice, service, hosts[0], TEN).await;
    let other = booked(&practice, service, hosts[0], NOON).await;
    let queue = [
        queued(&practice, service, (TEN, None)).await,
        queued(&practice, service, (NOON, None)).await,
    ];
    swapped(&practice, (one, other), Exchange::Times).await;
    assert_eq!(practice.stand(&queue).await, [Waiting; 2]);
    assert!(practice.audit().await.is_clean());
}

async fn a_room_that_a_cover_frees_is_offered_and_the_absent_one_is_not(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea", "caio"]).await;
    let room = practice.resource("room", ResourceKind::Room, 1).await;
    let mut parts: Vec<ServicePart> = hosts
        .iter()
        .map(|it| ServicePart::host(Who::Resource(*it)))
        .collect();
    parts.push(ServicePart::room(room));
    let service = practice
        .service_of("consulta", parts, ServiceEdit::default())
        .await;
    booked(&practice, service, hosts[0], TEN).await;
    let queue = [
        queued(&practice, service, (TEN, Some(hosts[0]))).await,
        queued(&practice, service, (TEN, None)).await,
    ];
    let work = practice.staff().await;
    let ask = Cover {
        resource: hosts[0],
        span: Span::new(at("2026-03-03T00:00:00Z"), at("2026-03-04T00:00:00Z")).unwrap(),
        reason: None,
        redirect_to: None,
        remedies: vec![Remedy::Cancel],
        rest: Rest::Refuse,
        message: None,
    };
    let done = cover::cover(&work, ask).await;
    end(work, done).await.unwrap();
    assert_eq!(practice.stand(&queue).await, [Waiting, Offered]);
    let made = practice.accepts(queue[1]).await.unwrap();
    assert!(practice.hosts(made.booking).await.contains(&hosts[1]));
    assert!(practice.audit().await.is_clean());
}
