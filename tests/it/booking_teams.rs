//! Who gets a booking that several could have: in turns by weight, explained, and given back when it comes to nothing.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use kernel::Refuse as _;
use kernel::id::ResourceId;
use scheduling::booking::{self, Closing, Overrides, Reassign, Shift};
use scheduling::fairness::Reason;
use scheduling::service::{ServiceEdit, ServicePart, Who};

use crate::world::practice::{Practice, at, draft, end};
use crate::world::{World, stories};

stories! { both: [
    a_weighted_team_is_never_a_whole_booking_away_from_its_shares,
    a_cancelled_turn_comes_back_and_a_given_one_moves,
    two_of_three_are_booked_together_and_a_move_keeps_them,
    whoever_is_asked_for_by_name_takes_no_turn,
] }

fn weighted(hosts: &[ResourceId], weights: &[i64]) -> Vec<ServicePart> {
    let parts = hosts.iter().zip(weights);
    parts
        .map(|(host, weight)| ServicePart {
            weight: *weight,
            ..ServicePart::host(Who::Resource(*host))
        })
        .collect()
}

async fn explained(practice: &Practice, id: kernel::id::BookingId) -> Vec<(ResourceId, Reason)> {
    let work = practice.staff().await;
    let told = booking::explain_assignment(&work, id).await.unwrap();
    told.last()
        .map(|it| {
            it.candidates
                .0
                .iter()
                .map(|it| (it.resource, it.reason))
                .collect()
        })
        .unwrap_or_default()
}

async fn a_weighted_team_is_never_a_whole_booking_away_from_its_shares(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea", "caio", "dora"]).await;
    let weights = [100, 50, 10];
    let service = practice
        .service_of("consulta", weighted(&hosts, &weights), ServiceEdit::default())
        .await;
    let mut had: BTreeMap<ResourceId, i64> = BTreeMap::new();
    for booked in 1..=32_i64 {
        let time = at("2026-03-03T08:00:00Z") + TimeDelta::hours(booked);
        let made = practice.books(service, time).await.unwrap();
        *had.entry(practice.hosts(made.booking).await[0]).or_default() += 1;
        for (host, weight) in hosts.iter().zip(weights) {
            let away = had.get(host).unwrap_or(&0) * 160 - booked * weight;
            assert!(away.abs() < 160, "after {booked}: {had:?}");
        }
        assert_eq!(explained(&practice, made.booking).await.len(), 3);
    }
}

async fn a_cancelled_turn_comes_back_and_a_given_one_moves(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea", "caio"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let hour = |hour: i64| at("2026-03-03T08:00:00Z") + TimeDelta::hours(hour);
    let first = practice.books(service, hour(0)).await.unwrap().booking;
    assert_eq!(practice.hosts(first).await, [hosts[0]]);
    let work = practice.staff().await;
    let done = booking::cancel(&work, first, Closing::default()).await;
    end(work, done).await.unwrap();
    let second = practice.books(service, hour(1)).await.unwrap().booking;
    assert_eq!(practice.hosts(second).await, [hosts[0]], "the turn came back");
    let work = practice.staff().await;
    let ask = Reassign {
        from: None,
        to: hosts[1],
        overrides: Overrides::default(),
        how: Closing::default(),
    };
    let done = booking::reassign(&work, second, ask).await;
    end(work, done).await.unwrap();
    assert_eq!(
        explained(&practice, second).await,
        [(hosts[0], Reason::NotChosen), (hosts[1], Reason::Chosen)]
    );
    let third = practice.books(service, hour(2)).await.unwrap().booking;
    assert_eq!(
        practice.hosts(third).await,
        [hosts[0]],
        "the turn went with the booking"
    );
    assert!(practice.audit().await.is_clean());
}

async fn two_of_three_are_booked_together_and_a_move_keeps_them(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea", "caio", "dora"]).await;
    let two = ServiceEdit {
        hosts_required: Some(Some(2)),
        ..ServiceEdit::default()
    };
    let service = practice.service("par", &hosts, two).await;
    let ten = at("2026-03-03T10:00:00Z");
    let made = practice.books(service, ten).await.unwrap().booking;
    let before = practice.hosts(made).await;
    assert_eq!(before.len(), 2);
    let refused = practice.books(service, ten).await.unwrap_err();
    assert_eq!(refused.code().word(), "SLOT_TAKEN", "one alone is not enough");
    let to = Shift {
        starts_at: ten + TimeDelta::hours(3),
        expected_version: None,
        overrides: Overrides::default(),
        reason: None,
    };
    let work = practice.staff().await;
    let done = booking::shift(&work, made, to).await;
    end(work, done).await.unwrap();
    let mut after = practice.hosts(made).await;
    let mut before = before;
    before.sort_unstable();
    after.sort_unstable();
    assert_eq!(before, after);
    practice.books(service, ten).await.unwrap();
    assert!(practice.audit().await.is_clean());
}

async fn whoever_is_asked_for_by_name_takes_no_turn(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea", "caio"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let stranger = practice.people(&["fora"]).await[0];
    let named = |host, hour: i64| booking::BookingDraft {
        host: Some(host),
        ..draft(service, at("2026-03-03T08:00:00Z") + TimeDelta::hours(hour))
    };
    for hour in 0..3 {
        let work = practice.stranger().await;
        let made = booking::create(&work, named(hosts[0], hour)).await;
        let made = end(work, made).await.unwrap().booking;
        assert_eq!(practice.hosts(made).await, [hosts[0]]);
        assert_eq!(explained(&practice, made).await, []);
    }
    let next = practice
        .books(service, at("2026-03-03T18:00:00Z"))
        .await
        .unwrap()
        .booking;
    assert_eq!(
        practice.hosts(next).await,
        [hosts[0]],
        "its turn is still to come"
    );
    let work = practice.stranger().await;
    let refused = booking::create(&work, named(stranger, 5)).await;
    assert_eq!(end(work, refused).await.unwrap_err().code().word(), "NOT_FOUND");
}
