//! Two bookings that exchange: both fit where the other was, or nothing happens, and the refusal says which does not.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Refuse as _;
use kernel::id::{BookingId, ResourceId, ServiceId};
use scheduling::Refusal;
use scheduling::block::{self, BlockDraft};
use scheduling::booking::{self, BookingDraft, Exchange, Overrides, Side, Swap, What};
use scheduling::service::ServiceEdit;

use crate::world::practice::{Practice, at, draft, end};
use crate::world::{World, stories};

stories! { both: [
    two_bookings_of_one_host_exchange_their_times_even_if_they_overlap,
    two_bookings_exchange_their_hosts_and_their_turns,
    a_longer_one_that_does_not_fit_is_named_and_nothing_moves,
    a_swap_against_an_old_version_is_refused_by_the_side_it_is_about,
    swaps_of_the_same_two_at_once_are_one_after_the_other,
] }

fn swap(first: BookingId, second: BookingId, what: Exchange) -> Swap {
    let side = |booking| Side {
        booking,
        expected_version: None,
    };
    Swap {
        first: side(first),
        second: side(second),
        what,
        overrides: Overrides::default(),
        reason: None,
    }
}

async fn swapped(practice: &Practice, ask: Swap) -> Result<(), Refusal> {
    let work = practice.staff().await;
    let done = booking::swap(&work, ask).await;
    end(work, done).await.map(drop)
}

async fn booked(practice: &Practice, service: ServiceId, host: ResourceId, time: DateTime<Utc>) -> BookingId {
    let work = practice.stranger().await;
    let asked = BookingDraft {
        host: Some(host),
        ..draft(service, time)
    };
    let made = booking::create(&work, asked).await;
    end(work, made).await.unwrap().booking
}

const TEN: &str = "2026-03-03T10:00:00Z";

async fn two_bookings_of_one_host_exchange_their_times_even_if_they_overlap(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let short = ServiceEdit {
        interval_minutes: Some(30),
        ..ServiceEdit::default()
    };
    let long = ServiceEdit {
        buffer_after_minutes: Some(30),
        ..short.clone()
    };
    let (short, long) = (
        practice.service("curta", &hosts, short).await,
        practice.service("longa", &hosts, long).await,
    );
    let first = booked(&practice, long, hosts[0], at(TEN)).await;
    let second = booked(&practice, short, hosts[0], at("2026-03-03T11:00:00Z")).await;
    swapped(&practice, swap(first, second, Exchange::Times))
        .await
        .unwrap();
    let (one, other) = (practice.booking(first).await, practice.booking(second).await);
    assert_eq!(
        (one.starts_at, other.starts_at),
        (at("2026-03-03T11:00:00Z"), at(TEN))
    );
    assert_eq!((one.version, other.version), (2, 2));
    let work = practice.staff().await;
    for (id, with) in [(first, second), (second, first)] {
        let events = booking::booking_events(&work, id).await.unwrap();
        let last = events.last().unwrap();
        assert_eq!(last.what, What::Moved);
        assert_eq!(last.facts["swappedWith"], with.to_string());
    }
    drop(work);
    assert!(practice.audit().await.is_clean());
}

async fn two_bookings_exchange_their_hosts_and_their_turns(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea", "caio"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let hour = |hour: i64| at(TEN) + TimeDelta::hours(hour);
    let first = practice.books(service, hour(0)).await.unwrap().booking;
    let second = practice.books(service, hour(1)).await.unwrap().booking;
    assert_eq!(practice.hosts(first).await, [hosts[0]]);
    assert_eq!(practice.hosts(second).await, [hosts[1]]);
    swapped(&practice, swap(first, second, Exchange::Hosts))
        .await
        .unwrap();
    assert_eq!(practice.hosts(first).await, [hosts[1]]);
    assert_eq!(practice.hosts(second).await, [hosts[0]]);
    assert_eq!(practice.booking(first).await.starts_at, hour(0));
    swapped(&practice, swap(first, second, Exchange::Places))
        .await
        .unwrap();
    assert_eq!(practice.hosts(first).await, [hosts[0]]);
    assert_eq!(practice.booking(first).await.starts_at, hour(1));
    let turns = "SELECT CAST(count(*) AS text) FROM assignments WHERE reversed_at IS NULL";
    assert_eq!(world.admin_sql(turns).await, [[Some("2".to_owned())]]);
    let uneven = "SELECT CAST(count(*) AS text) FROM fairness_balances WHERE balance <> 0";
    assert_eq!(world.admin_sql(uneven).await, [[Some("0".to_owned())]]);
    assert!(practice.audit().await.is_clean());
}

async fn a_longer_one_that_does_not_fit_is_named_and_nothing_moves(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let half = ServiceEdit {
        interval_minutes: Some(30),
        ..ServiceEdit::default()
    };
    let buffered = ServiceEdit {
        buffer_after_minutes: Some(60),
        ..half.clone()
    };
    let (short, long) = (
        practice.service("curta", &hosts, half).await,
        practice.service("longa", &hosts, buffered).await,
    );
    let first = booked(&practice, short, hosts[0], at(TEN)).await;
    let second = booked(&practice, long, hosts[0], at("2026-03-03T12:00:00Z")).await;
    let work = practice.staff().await;
    let lunch = BlockDraft {
        resource: hosts[0],
        span: kernel::Span::new(at("2026-03-03T11:00:00Z"), at("2026-03-03T11:30:00Z")).unwrap(),
        reason: None,
    };
    let done = block::create_block(&work, lunch).await;
    end(work, done).await.unwrap();
    let refused = swapped(&practice, swap(first, second, Exchange::Times))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code().word(), refused.field()),
        ("SLOT_TAKEN", Some("second"))
    );
    assert!(refused.to_string().starts_with(&second.to_string()), "{refused}");
    assert_eq!(practice.booking(first).await.version, 1);
    assert_eq!(practice.booking(second).await.version, 1);
    assert!(practice.audit().await.is_clean());
}

async fn a_swap_against_an_old_version_is_refused_by_the_side_it_is_about(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let first = practice.books(service, at(TEN)).await.unwrap().booking;
    let second = practice
        .books(service, at("2026-03-03T11:00:00Z"))
        .await
        .unwrap()
        .booking;
    let mut ask = swap(first, second, Exchange::Times);
    ask.second.expected_version = Some(2);
    let refused = swapped(&practice, ask).await.unwrap_err();
    assert_eq!(
        (refused.code().word(), refused.field()),
        ("VERSION_CONFLICT", Some("second"))
    );
    let itself = swapped(&practice, swap(first, first, Exchange::Times))
        .await
        .unwrap_err();
    assert_eq!(
        (itself.code().word(), itself.field()),
        ("INVALID_INPUT", Some("second"))
    );
    let work = practice.staff().await;
    booking::cancel(&work, first, booking::Closing::default())
        .await
        .unwrap();
    work.commit().await.unwrap();
    let ended = swapped(&practice, swap(second, first, Exchange::Times))
        .await
        .unwrap_err();
    assert_eq!(
        (ended.code().word(), ended.field()),
        ("TRANSITION_REFUSED", Some("second"))
    );
}

/// From both ends, so that whoever held them in the order of the request would wait in a circle.
async fn swaps_of_the_same_two_at_once_are_one_after_the_other(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea", "caio", "dora"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let mut all = Vec::new();
    for hour in 0..4 {
        all.push(
            practice
                .books(service, at(TEN) + TimeDelta::hours(hour))
                .await
                .unwrap()
                .booking,
        );
    }
    let tries = (0..48_usize).map(|turn| {
        let practice = practice.clone();
        let (first, second) = (all[turn % 4], all[(turn * 7 + 1 + turn / 4 % 3) % 4]);
        let what = Exchange::ALL[turn % 3];
        tokio::spawn(async move { swapped(&practice, swap(first, second, what)).await })
    });
    let mut done = 0;
    for one in tries.collect::<Vec<_>>() {
        match one.await.unwrap() {
            Ok(()) => done += 1,
            Err(refused) => {
                let code = refused.code().word();
                assert!(["VERSION_CONFLICT", "INVALID_INPUT"].contains(&code), "{refused}");
            }
        }
    }
    assert!(done > 0);
    assert!(practice.audit().await.is_clean());
}
