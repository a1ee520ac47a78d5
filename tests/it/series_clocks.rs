//! Series when the clocks change: what is meant is what the wall clock shows.

use scheduling::booking::{Closing, Overrides, Status};
use scheduling::series::{self, Scope, SeriesShift};
use scheduling::service::ServiceEdit;

use crate::world::practice::{end, repeated, repeated_in};
use crate::world::{World, stories};

stories! { both: [
    nine_stays_nine_in_two_zones_when_the_clocks_change,
    a_time_that_the_clock_never_shows_is_skipped_and_not_counted,
    what_is_moved_to_a_time_that_is_never_shown_is_called_off,
] }

async fn nine_stays_nine_in_two_zones_when_the_clocks_change(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea", "caio"]).await;
    let weekly = ("FREQ=WEEKLY;COUNT=5", "2026-03-05T09:00:00");
    for (zone, host, starts) in [
        (
            "Europe/Lisbon",
            hosts[0],
            [
                "03-05T09:00",
                "03-12T09:00",
                "03-19T09:00",
                "03-26T09:00",
                "04-02T08:00",
            ],
        ),
        (
            "America/New_York",
            hosts[1],
            [
                "03-05T14:00",
                "03-12T13:00",
                "03-19T13:00",
                "03-26T13:00",
                "04-02T13:00",
            ],
        ),
    ] {
        let slug = format!(
            "de-{}",
            zone.split('/')
                .next_back()
                .unwrap()
                .to_lowercase()
                .replace('_', "-")
        );
        let service = practice.service(&slug, &[host], ServiceEdit::default()).await;
        let made = practice
            .repeats(repeated_in(zone, service, weekly))
            .await
            .unwrap();
        assert_eq!(practice.starts(made.series).await, starts, "{zone}");
        let local = practice.recurring(made.series).await;
        assert!(
            local
                .iter()
                .all(|it| it.local_start.time().to_string() == "09:00:00"),
            "{zone}"
        );
    }
    assert!(practice.audit().await.is_clean());
}

async fn a_time_that_the_clock_never_shows_is_skipped_and_not_counted(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("vigilia", &hosts, ServiceEdit::default()).await;
    // On 29 March 01:30 is not on the clocks of Lisbon.
    let draft = repeated(service, "FREQ=DAILY;COUNT=3", "2026-03-28T01:30:00");
    let made = practice.repeats(draft).await.unwrap();
    assert_eq!(
        practice.starts(made.series).await,
        ["03-28T01:30", "03-30T00:30", "03-31T00:30"]
    );
    assert_eq!(
        practice.exceptions(made.series).await,
        ["03-29T01:30 SKIPPED NO_SUCH_TIME"]
    );
    assert_eq!(practice.series(made.series).await.materialised_until, None);
}

async fn what_is_moved_to_a_time_that_is_never_shown_is_called_off(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("vigilia", &hosts, ServiceEdit::default()).await;
    let draft = repeated(service, "FREQ=DAILY;COUNT=3", "2026-03-28T00:30:00");
    let made = practice.repeats(draft).await.unwrap();
    let ask = SeriesShift {
        scope: Scope::All,
        from: None,
        start_time: Some("01:30:00".parse().unwrap()),
        rule: None,
        host: None,
        policy: None,
        overrides: Overrides::default(),
        how: Closing::default(),
    };
    let work = practice.staff().await;
    let done = series::shift(&work, made.series, ask).await;
    end(work, done).await.unwrap();
    // What the clock never shows is not counted, so there is one more at the end.
    assert_eq!(
        practice.starts(made.series).await,
        ["03-28T01:30", "03-30T00:30", "03-31T00:30"]
    );
    assert_eq!(
        practice.exceptions(made.series).await,
        ["03-29T01:30 SKIPPED NO_SUCH_TIME"]
    );
    let second = practice.booking(made.bookings[1].booking).await;
    assert_eq!(second.status, Status::Cancelled);
    assert!(practice.audit().await.is_clean());
}
