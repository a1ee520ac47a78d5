//! Nobody is booked twice, however many try at once, and whoever loses hears why and nothing else.

use std::collections::BTreeMap;
use std::future::Future;

use chrono::TimeDelta;
use kernel::Refuse as _;
use scheduling::Refusal;
use scheduling::resource::ResourceKind;
use scheduling::service::{ServiceEdit, ServicePart, Who};
use scheduling::team::Strategy;

use crate::world::practice::at;
use crate::world::{World, stories};

stories! { both: [
    of_64_writers_on_one_time_one_wins_and_the_others_hear_that_it_is_taken,
    a_resource_with_three_lanes_takes_three_at_once,
    buffers_are_part_of_what_is_taken,
    of_200_callers_for_a_class_of_12_exactly_12_get_a_seat,
    people_who_are_booked_together_are_all_booked_or_none,
] }

/// Runs all at once; counts the answers by their code.
async fn all_at_once<T, F>(tries: impl IntoIterator<Item = F>) -> BTreeMap<String, usize>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Refusal>> + Send + 'static,
{
    let running: Vec<_> = tries.into_iter().map(tokio::spawn).collect();
    let mut answers = BTreeMap::new();
    for one in running {
        let answer = match one.await.unwrap() {
            Ok(_) => "OK".to_owned(),
            Err(refused) => refused.code().word().to_owned(),
        };
        *answers.entry(answer).or_default() += 1;
    }
    answers
}

fn counted(answers: &BTreeMap<String, usize>) -> Vec<(&str, usize)> {
    answers
        .iter()
        .map(|(code, count)| (code.as_str(), *count))
        .collect()
}

async fn of_64_writers_on_one_time_one_wins_and_the_others_hear_that_it_is_taken(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let time = at("2026-03-03T10:00:00Z");
    let tries = (0..64).map(|_| {
        let practice = practice.clone();
        async move { practice.books(service, time).await }
    });
    let answers = all_at_once(tries).await;
    assert_eq!(counted(&answers), [("OK", 1), ("SLOT_TAKEN", 63)]);
    assert!(practice.audit().await.is_clean());
}

async fn a_resource_with_three_lanes_takes_three_at_once(world: World) {
    let practice = world.practice("aurora").await;
    let pool = practice.resource("piscina", ResourceKind::Room, 3).await;
    let hosts = practice.people(&["bea", "caio", "dora", "eva", "fabio"]).await;
    let mut parts: Vec<ServicePart> = hosts
        .iter()
        .map(|it| ServicePart::host(Who::Resource(*it)))
        .collect();
    parts.push(ServicePart::room(pool));
    let service = practice
        .service_of("natacao", parts, ServiceEdit::default())
        .await;
    let time = at("2026-03-03T10:00:00Z");
    let tries = (0..10).map(|_| {
        let practice = practice.clone();
        async move { practice.books(service, time).await }
    });
    let answers = all_at_once(tries).await;
    assert_eq!(answers.get("OK"), Some(&3), "{answers:?}");
    assert_eq!(
        answers.get("SLOT_TAKEN").unwrap_or(&0) + answers.get("SLOT_UNAVAILABLE").unwrap_or(&0),
        7
    );
    assert!(practice.audit().await.is_clean());
}

async fn buffers_are_part_of_what_is_taken(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let buffered = ServiceEdit {
        buffer_before_minutes: Some(10),
        buffer_after_minutes: Some(10),
        interval_minutes: Some(10),
        ..ServiceEdit::default()
    };
    let service = practice.service("consulta", &hosts, buffered).await;
    let ten = at("2026-03-03T10:00:00Z");
    practice.books(service, ten).await.unwrap();
    // Half an hour, ten minutes after it, and ten before the next: fifty minutes from start to start.
    for minutes in [-40, -30, 0, 30, 40] {
        let refused = practice
            .books(service, ten + TimeDelta::minutes(minutes))
            .await
            .unwrap_err();
        assert_eq!(refused.code().word(), "SLOT_TAKEN", "{minutes}: {refused}");
    }
    for minutes in [-50, 50] {
        practice
            .books(service, ten + TimeDelta::minutes(minutes))
            .await
            .unwrap();
    }
    assert!(practice.audit().await.is_clean());
}

async fn of_200_callers_for_a_class_of_12_exactly_12_get_a_seat(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let class = ServiceEdit {
        seats: Some(12),
        ..ServiceEdit::default()
    };
    let service = practice.service("yoga", &hosts, class).await;
    let time = at("2026-03-03T10:00:00Z");
    let tries = (0..200).map(|_| {
        let practice = practice.clone();
        async move { practice.books(service, time).await }
    });
    let answers = all_at_once(tries).await;
    assert_eq!(counted(&answers), [("OK", 12), ("SEATS_FULL", 188)]);
    let taken = "SELECT CAST(count(*) AS text) FROM attendees WHERE status = 'CONFIRMED'";
    assert_eq!(world.admin_sql(taken).await, [[Some("12".to_owned())]]);
    let sessions = "SELECT CAST(count(*) AS text) FROM bookings";
    assert_eq!(world.admin_sql(sessions).await, [[Some("1".to_owned())]]);
    assert!(practice.audit().await.is_clean());
}

/// Pairs and triples of the same people, asked for in every order, at a few times: nobody waits in a circle.
async fn people_who_are_booked_together_are_all_booked_or_none(world: World) {
    let practice = world.practice("aurora").await;
    let people = practice.people(&["bea", "caio", "dora", "eva"]).await;
    let together = ServiceEdit {
        strategy: Some(Some(Strategy::Collective)),
        ..ServiceEdit::default()
    };
    let mut services = Vec::new();
    for (name, who) in [
        ("um", [0, 1, 2]),
        ("dois", [2, 1, 3]),
        ("tres", [3, 0, 1]),
        ("quatro", [2, 0, 3]),
    ] {
        let who: Vec<_> = who.iter().map(|at| people[*at]).collect();
        services.push(practice.service(name, &who, together.clone()).await);
    }
    let tries = (0..160_usize).map(|turn| {
        let (practice, service) = (practice.clone(), services[turn % services.len()]);
        let time = at("2026-03-03T10:00:00Z") + TimeDelta::minutes(30 * (turn as i64 / 4 % 5));
        async move { practice.books(service, time).await }
    });
    let answers = all_at_once(tries).await;
    assert_eq!(counted(&answers), [("OK", 5), ("SLOT_TAKEN", 155)]);
    let halves = "SELECT CAST(count(*) AS text) FROM bookings b WHERE \
                  (SELECT count(*) FROM booking_hosts h WHERE h.booking_id = b.id) <> 3 OR \
                  (SELECT count(*) FROM occupancies o WHERE o.owner_id = b.id) <> 3";
    assert_eq!(world.admin_sql(halves).await, [[Some("0".to_owned())]]);
    assert!(practice.audit().await.is_clean());
}
