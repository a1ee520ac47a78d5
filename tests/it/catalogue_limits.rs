//! What bookings and holds do to what is offered: limits, seats, and the promise that whatever is listed can be booked.

use chrono::{DateTime, TimeDelta, Utc};
use db::{Asker, Tenant};
use kernel::Refuse as _;
use kernel::id::ServiceId;
use scheduling::booking;
use scheduling::calendar::Candidates;
use scheduling::resource::{ResourceEdit, ResourceKind, update_resource};
use scheduling::service::{Ahead, Limit, LimitPer, LimitScope, LimitUnit, Limits, ServiceEdit};
use scheduling::slots::{self, Slot, SlotsAsk};

use crate::world::practice::{Practice, at, draft, end};
use crate::world::{World, stories};

stories! {
    both: [
        a_days_limit_counts_bookings_and_holds_until_they_lapse,
        a_chair_that_somebody_sits_on_is_not_taken_away,
        a_session_is_offered_with_the_seats_that_are_left,
        a_weeks_minutes_count_whoever_gives_them,
        every_listed_start_books_and_no_other,
    ],
}

fn limited(scope: LimitScope, per: LimitPer, (unit, most): (LimitUnit, u32)) -> ServiceEdit {
    let limit = Limit {
        scope,
        per,
        unit,
        most,
    };
    ServiceEdit {
        limits: Limits::new(vec![limit]).ok(),
        ..ServiceEdit::default()
    }
}

/// What the public is shown of a service.
async fn shown(
    world: &World,
    practice: &Practice,
    (service, from, to): (ServiceId, &str, &str),
) -> Vec<Slot> {
    let scope = Tenant(practice.organization);
    let reading = world.store.read(scope, &Asker::anonymous()).await.unwrap();
    let ask = SlotsAsk {
        service,
        candidates: Candidates::All,
        from: at(from),
        to: at(to),
        zone: "Europe/Lisbon".parse().unwrap(),
        first: None,
    };
    let found = slots::slots(&reading, &ask).await.unwrap();
    found.days.into_iter().flat_map(|it| it.slots).collect()
}

/// The codes of everything that is said against a start.
async fn against(
    world: &World,
    practice: &Practice,
    (service, start): (ServiceId, &str),
) -> Vec<&'static str> {
    let scope = Tenant(practice.organization);
    let reading = world.store.read(scope, &Asker::anonymous()).await.unwrap();
    let told = slots::slot_explain(&reading, (service, &Candidates::All), at(start))
        .await
        .unwrap();
    told.reasons.iter().map(|it| it.code.as_str()).collect()
}

async fn a_days_limit_counts_bookings_and_holds_until_they_lapse(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bia"]).await;
    let two_a_day = limited(
        LimitScope::ServiceOnResource,
        LimitPer::Day,
        (LimitUnit::Bookings, 2),
    );
    let lesson = practice.service("lesson", &hosts, two_a_day).await;
    let other = practice.service("other", &hosts, ServiceEdit::default()).await;
    let day = async |service, date: &str| {
        let (from, to) = (format!("{date}T00:00:00Z"), format!("{date}T23:59:59Z"));
        shown(&world, &practice, (service, &from, &to)).await.len()
    };
    practice.books(other, at("2026-03-03T08:00:00Z")).await.unwrap();
    practice.books(lesson, at("2026-03-03T10:00:00Z")).await.unwrap();
    assert_eq!(day(lesson, "2026-03-03").await, 48 - 2);
    practice.holds(lesson, at("2026-03-03T12:00:00Z")).await.unwrap();
    assert_eq!(day(lesson, "2026-03-03").await, 0);
    assert_eq!(
        against(&world, &practice, (lesson, "2026-03-03T15:00:00Z")).await,
        ["LIMIT"]
    );
    assert_eq!(
        (day(lesson, "2026-03-04").await, day(other, "2026-03-03").await),
        (48, 48 - 3)
    );
    world.clock.advance(TimeDelta::minutes(11));
    assert_eq!(day(lesson, "2026-03-03").await, 48 - 2, "the hold has lapsed");
}

async fn a_chair_that_somebody_sits_on_is_not_taken_away(world: World) {
    let practice = world.practice("aurora").await;
    let salon = practice.resource("salon", ResourceKind::Room, 3).await;
    let service = practice.service("cut", &[salon], ServiceEdit::default()).await;
    for _ in 0..2 {
        practice.books(service, at("2026-03-03T10:00:00Z")).await.unwrap();
    }
    let resize = async |capacity| {
        let work = practice.staff().await;
        let edit = ResourceEdit {
            capacity: Some(capacity),
            ..ResourceEdit::default()
        };
        let done = update_resource(&work, salon, edit, None).await;
        end(work, done).await.map_err(|it| it.code().word())
    };
    assert_eq!(resize(1).await, Err("IN_USE"));
    assert!(resize(2).await.is_ok());
    world.clock.advance(TimeDelta::days(2));
    assert!(resize(1).await.is_ok(), "they have left");
}

async fn a_weeks_minutes_count_whoever_gives_them(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bia", "carla"]).await;
    let an_hour_a_week = limited(LimitScope::Service, LimitPer::Week, (LimitUnit::Minutes, 60));
    let lesson = practice.service("lesson", &hosts, an_hour_a_week).await;
    practice.books(lesson, at("2026-03-03T10:00:00Z")).await.unwrap();
    practice.books(lesson, at("2026-03-08T23:30:00Z")).await.unwrap();
    let seen = async |from, to| shown(&world, &practice, (lesson, from, to)).await.len();
    assert_eq!(seen("2026-03-03T00:00:00Z", "2026-03-09T00:00:00Z").await, 0);
    assert_eq!(
        seen("2026-03-09T00:00:00Z", "2026-03-10T00:00:00Z").await,
        48,
        "on Monday a week begins"
    );
}

async fn a_session_is_offered_with_the_seats_that_are_left(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bia"]).await;
    let class = ServiceEdit {
        seats: Some(3),
        ..ServiceEdit::default()
    };
    let class = practice.service("class", &hosts, class).await;
    let start = "2026-03-03T10:00:00Z";
    let seats = async || {
        let found = shown(&world, &practice, (class, start, "2026-03-03T11:00:00Z")).await;
        let each = found
            .iter()
            .map(|it| (it.starts_at.format("%H:%M").to_string(), it.seats_left));
        each.collect::<Vec<_>>()
    };
    let both = |left| vec![("10:00".to_owned(), left), ("10:30".to_owned(), None)];
    assert_eq!(seats().await, both(None));
    practice.books(class, at(start)).await.unwrap();
    assert_eq!(seats().await, both(Some(2)));
    practice.holds(class, at(start)).await.unwrap();
    assert_eq!(seats().await, both(Some(1)));
    practice.books(class, at(start)).await.unwrap();
    assert_eq!(seats().await, both(None)[1..]);
    assert_eq!(against(&world, &practice, (class, start)).await, ["SEATS_FULL"]);
    world.clock.advance(TimeDelta::minutes(11));
    assert_eq!(seats().await, both(Some(1)), "the held seat has lapsed");
}

/// R3: in one state of the world, whatever is listed books, and whatever is not is refused.
async fn every_listed_start_books_and_no_other(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bia", "carla"]).await;
    let terms = ServiceEdit {
        buffer_before_minutes: Some(10),
        buffer_after_minutes: Some(5),
        notice_minutes: Some(25 * 60 + 7),
        ahead: Some(Ahead::Rolling(2)),
        ..limited(LimitScope::Resource, LimitPer::Day, (LimitUnit::Bookings, 4))
    };
    let lesson = practice.service("lesson", &hosts, terms).await;
    let other = practice
        .service("other", &hosts[..1], ServiceEdit::default())
        .await;
    for start in [
        "2026-03-03T12:00:00Z",
        "2026-03-03T13:30:00Z",
        "2026-03-04T02:00:00Z",
    ] {
        practice.books(lesson, at(start)).await.unwrap();
    }
    practice.books(other, at("2026-03-03T18:00:00Z")).await.unwrap();
    practice.holds(lesson, at("2026-03-03T12:00:00Z")).await.unwrap();
    let (from, to) = ("2026-03-03T09:00:00Z", "2026-03-04T12:00:00Z");
    let listed = shown(&world, &practice, (lesson, from, to)).await;
    let listed: Vec<DateTime<Utc>> = listed.iter().map(|it| it.starts_at).collect();
    assert!(listed.len() > 20, "{listed:?}");
    let mut start = at(from);
    while start < at(to) {
        let work = practice.stranger().await;
        let booked = booking::create(&work, draft(lesson, start)).await;
        assert_eq!(booked.is_ok(), listed.contains(&start), "{start}: {booked:?}");
        // Undone, so that every start is tried in the same world.
        let refused = booked.and(Err::<(), _>(scheduling::Refusal::NotFound("anything")));
        assert!(end(work, refused).await.is_err());
        start += TimeDelta::minutes(15);
    }
}
