//! Series made, extended, moved and called off by several at once.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use kernel::Refuse as _;
use kernel::id::SeriesId;
use scheduling::Refusal;
use scheduling::booking::{Closing, Overrides};
use scheduling::series::{self, Policy, Scope, SeriesCancel, SeriesDraft, SeriesShift};
use scheduling::service::ServiceEdit;

use crate::world::practice::{Practice, at, end, repeated};
use crate::world::{World, stories};

stories! { both: [
    of_two_series_at_one_time_one_is_made,
    series_and_single_bookings_never_overlap,
    of_eight_who_extend_one_series_one_does,
    moving_and_calling_off_at_once_leaves_no_ghosts,
] }

fn told<T>(done: &Result<T, Refusal>) -> &'static str {
    match done {
        Ok(_) => "OK",
        Err(refused) => refused.code().word(),
    }
}

async fn counted(running: Vec<tokio::task::JoinHandle<&'static str>>) -> BTreeMap<&'static str, usize> {
    let mut answers = BTreeMap::new();
    for one in running {
        *answers.entry(one.await.unwrap()).or_default() += 1;
    }
    answers
}

async fn of_two_series_at_one_time_one_is_made(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    for hour in 9..13 {
        let start = format!("2026-03-05T{hour:02}:00:00");
        let running = (0..2).map(|_| {
            let draft = repeated(service, "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=8", &start);
            let practice = practice.clone();
            tokio::spawn(async move { told(&practice.repeats(draft).await) })
        });
        let answers = counted(running.collect()).await;
        assert_eq!(
            answers,
            BTreeMap::from([("OK", 1), ("SERIES_CONFLICT", 1)]),
            "{hour}"
        );
    }
    assert!(practice.audit().await.is_clean());
}

async fn series_and_single_bookings_never_overlap(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let often = ServiceEdit {
        interval_minutes: Some(15),
        ..ServiceEdit::default()
    };
    let service = practice.service("consulta", &hosts, often).await;
    let first = at("2026-03-05T09:00:00Z");
    let singles = (0..12).map(|nth| {
        let practice = practice.clone();
        let time = first + TimeDelta::days(nth % 6) + TimeDelta::minutes(15 * (nth % 3));
        tokio::spawn(async move { told(&practice.books(service, time).await) })
    });
    let repeats = (0..6).map(|nth| {
        let start = format!("2026-03-05T09:{:02}:00", 15 * (nth % 3));
        let draft = SeriesDraft {
            policy: Policy::AvailableOnly,
            ..repeated(service, "FREQ=DAILY;COUNT=6", &start)
        };
        let practice = practice.clone();
        tokio::spawn(async move { told(&practice.repeats(draft).await) })
    });
    let answers = counted(singles.chain(repeats).collect()).await;
    let known = ["OK", "SERIES_CONFLICT", "SLOT_TAKEN"];
    assert!(answers.keys().all(|it| known.contains(it)), "{answers:?}");
    assert!(practice.audit().await.is_clean());
}

async fn of_eight_who_extend_one_series_one_does(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let draft = repeated(service, "FREQ=WEEKLY", "2026-03-05T09:00:00");
    let made = practice.repeats(draft).await.unwrap();
    world.clock.advance(TimeDelta::weeks(1));
    let extend = |practice: Practice| async move {
        let work = practice.staff().await;
        let done = series::extend(&work, made.series).await;
        match end(work, done).await {
            Ok(made) if made.bookings.is_empty() => "NOTHING",
            done => told(&done),
        }
    };
    let running = (0..8).map(|_| tokio::spawn(extend(practice.clone())));
    let answers = counted(running.collect()).await;
    assert_eq!(answers, BTreeMap::from([("NOTHING", 7), ("OK", 1)]));
    assert!(practice.audit().await.is_clean());
}

/// Moves the whole, or calls off the rest.
async fn change(practice: Practice, id: SeriesId, nth: u32) -> &'static str {
    let work = practice.staff().await;
    let done = if nth.is_multiple_of(2) {
        let ask = SeriesShift {
            scope: Scope::All,
            from: None,
            start_time: chrono::NaiveTime::from_hms_opt(9 + nth, 15, 0),
            rule: None,
            host: None,
            policy: None,
            overrides: Overrides::default(),
            how: Closing::default(),
        };
        series::shift(&work, id, ask).await
    } else {
        let ask = SeriesCancel {
            scope: Scope::All,
            from: None,
            how: Closing::default(),
        };
        series::cancel(&work, id, ask).await
    };
    told(&end(work, done).await)
}

async fn moving_and_calling_off_at_once_leaves_no_ghosts(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let often = ServiceEdit {
        interval_minutes: Some(15),
        ..ServiceEdit::default()
    };
    let service = practice.service("consulta", &hosts, often).await;
    let draft = repeated(service, "FREQ=WEEKLY;COUNT=6", "2026-03-05T09:00:00");
    let made = practice.repeats(draft).await.unwrap();
    let running: Vec<_> = (0..4)
        .map(|nth| tokio::spawn(change(practice.clone(), made.series, nth)))
        .collect();
    let cancel = made.bookings.iter().map(|it| {
        let (practice, id) = (practice.clone(), it.booking);
        tokio::spawn(async move {
            let work = practice.staff().await;
            let done = scheduling::booking::cancel(&work, id, Closing::default()).await;
            told(&end(work, done).await)
        })
    });
    let running = running.into_iter().chain(cancel.collect::<Vec<_>>());
    let answers = counted(running.collect()).await;
    let known = ["OK", "TRANSITION_REFUSED", "VERSION_CONFLICT", "SERIES_CONFLICT"];
    assert!(answers.keys().all(|it| known.contains(it)), "{answers:?}");
    assert_eq!(practice.recurring(made.series).await, []);
    assert!(practice.audit().await.is_clean());
}
