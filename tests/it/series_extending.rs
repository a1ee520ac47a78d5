//! What is made of a series as time goes on.

use chrono::TimeDelta;
use kernel::Refuse as _;
use scheduling::Refusal;
use scheduling::booking::{self, Closing, Shift, Status};
use scheduling::series::{self, SeriesDraft};
use scheduling::service::{Ahead, Confirmation, ServiceEdit};

use crate::world::practice::{Practice, at, end, repeated};
use crate::world::{World, stories};

stories! { both: [
    a_series_that_goes_on_is_made_eight_weeks_ahead_and_extending_twice_changes_nothing,
    nothing_is_made_beyond_the_horizon_until_it_comes_nearer,
    what_happens_to_one_booking_is_noted_and_stays_so,
    once_staff_have_said_yes_nobody_is_asked_again,
    a_service_that_nobody_gives_any_more_is_a_conflict_and_no_fault,
] }

fn code<T: std::fmt::Debug>(refused: Result<T, Refusal>) -> &'static str {
    refused.expect_err("a refusal").code().word()
}

async fn extends(practice: &Practice) -> usize {
    let work = practice.staff().await;
    let due = series::due(&work).await.unwrap();
    drop(work);
    let mut made = 0;
    for id in due {
        let work = practice.staff().await;
        let done = series::extend(&work, id).await;
        made += end(work, done).await.unwrap().bookings.len();
    }
    made
}

async fn a_series_that_goes_on_is_made_eight_weeks_ahead_and_extending_twice_changes_nothing(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let far = ServiceEdit {
        ahead: Some(Ahead::Any),
        ..ServiceEdit::default()
    };
    let service = practice.service("consulta", &hosts, far).await;
    let draft = repeated(service, "FREQ=WEEKLY", "2026-03-05T09:00:00");
    let made = practice.repeats(draft).await.unwrap();
    assert_eq!(made.bookings.len(), 8);
    assert_eq!(
        practice.series(made.series).await.materialised_until,
        Some(at("2026-04-30T08:00:00Z"))
    );
    assert_eq!(extends(&practice).await, 0, "it is not time");
    world.clock.advance(TimeDelta::days(10));
    assert_eq!(extends(&practice).await, 1);
    let version = practice.series(made.series).await.version;
    assert_eq!(extends(&practice).await, 0);
    let work = practice.staff().await;
    let again = series::extend(&work, made.series).await;
    assert_eq!(end(work, again).await.unwrap().bookings, []);
    assert_eq!(practice.series(made.series).await.version, version);
    // However long nobody came by: what is past by then is no booking, and none is made twice.
    world.clock.advance(TimeDelta::weeks(10));
    extends(&practice).await;
    let starts = practice.starts(made.series).await;
    let mut unique = starts.clone();
    unique.dedup();
    assert_eq!(starts, unique);
    assert_eq!(starts.last().map(String::as_str), Some("07-16T08:00"));
    assert_eq!(
        practice.exceptions(made.series).await,
        ["05-07", "05-14", "05-21"].map(|it| format!("{it}T09:00 CONFLICT NOTICE"))
    );
    assert!(practice.audit().await.is_clean());
}

async fn nothing_is_made_beyond_the_horizon_until_it_comes_nearer(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let near = ServiceEdit {
        ahead: Some(Ahead::Calendar(14)),
        ..ServiceEdit::default()
    };
    let service = practice.service("consulta", &hosts, near).await;
    let late = repeated(service, "FREQ=WEEKLY;COUNT=6", "2026-03-19T09:00:00");
    assert_eq!(code(practice.repeats(late).await), "SERIES_CONFLICT");
    let draft = repeated(service, "FREQ=WEEKLY;COUNT=6", "2026-03-05T09:00:00");
    let made = practice.repeats(draft).await.unwrap();
    assert_eq!(made.bookings.len(), 2);
    for weeks in 1..=4 {
        world.clock.advance(TimeDelta::weeks(1));
        assert_eq!(extends(&practice).await, 1, "week {weeks}");
    }
    world.clock.advance(TimeDelta::weeks(1));
    assert_eq!(extends(&practice).await, 0);
    let series = practice.series(made.series).await;
    assert_eq!(
        (series.materialised_until, series.extend_at),
        (None, None),
        "it has come to its end"
    );
    assert_eq!(practice.exceptions(made.series).await, [] as [String; 0]);
}

async fn what_happens_to_one_booking_is_noted_and_stays_so(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let draft = repeated(service, "FREQ=WEEKLY", "2026-03-05T09:00:00");
    let made = practice.repeats(draft).await.unwrap();
    let work = practice.staff().await;
    let to = Shift {
        starts_at: at("2026-03-06T15:00:00Z"),
        expected_version: None,
        overrides: booking::Overrides::default(),
        reason: None,
    };
    booking::shift(&work, made.bookings[0].booking, to).await.unwrap();
    booking::cancel(&work, made.bookings[1].booking, Closing::default())
        .await
        .unwrap();
    work.commit().await.unwrap();
    let noted = ["03-05T09:00 MOVED", "03-12T09:00 SKIPPED CANCELLED"];
    assert_eq!(practice.exceptions(made.series).await, noted);
    world.clock.advance(TimeDelta::days(2));
    extends(&practice).await;
    let starts = practice.starts(made.series).await;
    assert_eq!(starts[..2], ["03-06T15:00", "03-19T09:00"]);
    assert_eq!(practice.exceptions(made.series).await, noted);
}

async fn once_staff_have_said_yes_nobody_is_asked_again(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let asks = ServiceEdit {
        confirmation: Some(Confirmation::Manual),
        ..ServiceEdit::default()
    };
    let service = practice.service("consulta", &hosts, asks).await;
    let draft = repeated(service, "FREQ=WEEKLY", "2026-03-05T09:00:00");
    let made = practice.repeats(draft).await.unwrap();
    let asked = practice.recurring(made.series).await;
    assert!(asked.iter().all(|it| it.status == Status::Pending));
    let work = practice.staff().await;
    booking::confirm(&work, made.bookings[0].booking, Closing::default())
        .await
        .unwrap();
    work.commit().await.unwrap();
    world.clock.advance(TimeDelta::weeks(2));
    assert!(extends(&practice).await > 0);
    let last = practice.recurring(made.series).await.pop().unwrap();
    assert_eq!(last.status, Status::Confirmed);
}

async fn a_service_that_nobody_gives_any_more_is_a_conflict_and_no_fault(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea", "caio"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let draft = SeriesDraft {
        host: Some(hosts[0]),
        ..repeated(service, "FREQ=WEEKLY", "2026-03-05T09:00:00")
    };
    let made = practice.repeats(draft).await.unwrap();
    let work = practice.staff().await;
    use scheduling::service::{ServicePart, Who, set_service_hosts};
    let other = vec![ServicePart::host(Who::Resource(hosts[1]))];
    set_service_hosts(&work, service, other, None).await.unwrap();
    work.commit().await.unwrap();
    world.clock.advance(TimeDelta::days(4));
    assert_eq!(extends(&practice).await, 0);
    assert_eq!(
        practice.exceptions(made.series).await,
        ["04-30T09:00 CONFLICT INACTIVE"]
    );
}
