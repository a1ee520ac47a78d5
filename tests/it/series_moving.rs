//! Changing a series: one occurrence, the rest, or all that is to come.

use chrono::TimeDelta;
use kernel::id::{BookingId, ResourceId, SeriesId, ServiceId};
use kernel::{Actor, Refuse as _, Right, Rights};
use scheduling::Refusal;
use scheduling::booking::{self, Closing, Overrides, Status};
use scheduling::series::{
    self, Policy, Scope, SeriesCancel, SeriesChanged, SeriesDraft, SeriesMade, SeriesShift,
};
use scheduling::service::{Ahead, ServiceEdit};

use crate::world::practice::{Practice, at, end, repeated};
use crate::world::{World, stories};

stories! { both: [
    from_one_occurrence_on_a_new_series_continues_the_old,
    a_quarter_of_an_hour_later_overlaps_its_own_old_place,
    all_that_is_to_come_is_changed_in_its_place_and_the_past_is_a_fact,
    another_rule_takes_the_bookings_in_their_order,
    another_host_gives_the_rest,
    what_was_decided_for_one_occurrence_stays,
    conflicts_refuse_a_move_or_are_noted,
    one_occurrence_is_moved_like_any_booking,
    a_series_is_called_off_in_three_ways,
    a_series_of_any_length_is_moved_at_once,
    whoever_may_not_change_a_series_hears_so,
] }

fn code<T: std::fmt::Debug>(refused: Result<T, Refusal>) -> &'static str {
    refused.expect_err("a refusal").code().word()
}

/// A practice where somebody comes every Thursday at nine.
struct Thursdays {
    practice: Practice,
    hosts: Vec<ResourceId>,
    service: ServiceId,
    made: SeriesMade,
}

impl Thursdays {
    async fn new(world: &World, rrule: &str) -> Self {
        let practice = world.practice("aurora").await;
        let hosts = practice.people(&["bea", "caio"]).await;
        let often = ServiceEdit {
            interval_minutes: Some(15),
            ahead: Some(Ahead::Any),
            ..ServiceEdit::default()
        };
        let service = practice.service("consulta", &hosts, often).await;
        let draft = SeriesDraft {
            host: Some(hosts[0]),
            ..repeated(service, rrule, "2026-03-05T09:00:00")
        };
        let made = practice.repeats(draft).await.unwrap();
        Self {
            practice,
            hosts,
            service,
            made,
        }
    }

    fn id(&self, nth: usize) -> BookingId {
        self.made.bookings[nth].booking
    }

    async fn shifts(&self, series: SeriesId, ask: SeriesShift) -> Result<SeriesChanged, Refusal> {
        let work = self.practice.staff().await;
        let done = series::shift(&work, series, ask).await;
        end(work, done).await
    }

    async fn cancels(&self, scope: Scope, from: Option<BookingId>) -> Result<SeriesChanged, Refusal> {
        let work = self.practice.staff().await;
        let ask = SeriesCancel {
            scope,
            from,
            how: Closing::default(),
        };
        let done = series::cancel(&work, self.made.series, ask).await;
        end(work, done).await
    }
}

fn to(scope: Scope, from: Option<BookingId>) -> SeriesShift {
    SeriesShift {
        scope,
        from,
        start_time: None,
        rule: None,
        host: None,
        policy: None,
        overrides: Overrides::default(),
        how: Closing::default(),
    }
}

fn later(scope: Scope, from: Option<BookingId>, time: &str) -> SeriesShift {
    SeriesShift {
        start_time: Some(time.parse().unwrap()),
        ..to(scope, from)
    }
}

async fn from_one_occurrence_on_a_new_series_continues_the_old(world: World) {
    let it = Thursdays::new(&world, "FREQ=WEEKLY;COUNT=6").await;
    let old = it.made.series;
    let ask = later(Scope::ThisAndFollowing, Some(it.id(2)), "11:00:00");
    let done = it.shifts(old, ask).await.unwrap();
    assert_ne!(done.series, old);
    assert_eq!(done.bookings, (2..6).map(|nth| it.id(nth)).collect::<Vec<_>>());
    assert_eq!(it.practice.starts(old).await, ["03-05T09:00", "03-12T09:00"]);
    // The clocks go forward on 29 March, and eleven stays eleven.
    assert_eq!(
        it.practice.starts(done.series).await,
        ["03-19T11:00", "03-26T11:00", "04-02T10:00", "04-09T10:00"]
    );
    let (before, after) = (
        it.practice.series(old).await,
        it.practice.series(done.series).await,
    );
    assert_eq!(after.continues_id, Some(old));
    assert_eq!(before.ended_from.unwrap().to_string(), "2026-03-19 09:00:00");
    assert_eq!(after.begins_from.to_string(), "2026-03-19 11:00:00");
    assert_eq!((before.version, after.version), (2, 1));
    let moved = it.practice.booking(it.id(3)).await;
    assert_eq!((moved.version, moved.status), (2, Status::Confirmed));
    assert_eq!(moved.local_start.to_string(), "2026-03-26 11:00:00");
    assert_eq!(it.practice.exceptions(done.series).await, [] as [String; 0]);
    assert!(it.practice.audit().await.is_clean());
}

async fn a_quarter_of_an_hour_later_overlaps_its_own_old_place(world: World) {
    let it = Thursdays::new(&world, "FREQ=DAILY;COUNT=5").await;
    let ask = later(Scope::All, None, "09:15:00");
    let done = it.shifts(it.made.series, ask).await.unwrap();
    assert_eq!(done.series, it.made.series);
    assert_eq!(
        it.practice.starts(done.series).await,
        [
            "03-05T09:15",
            "03-06T09:15",
            "03-07T09:15",
            "03-08T09:15",
            "03-09T09:15"
        ]
    );
    assert!(it.practice.audit().await.is_clean());
}

async fn all_that_is_to_come_is_changed_in_its_place_and_the_past_is_a_fact(world: World) {
    let it = Thursdays::new(&world, "FREQ=WEEKLY;COUNT=4").await;
    world.clock.advance(TimeDelta::days(4));
    let ask = later(Scope::All, None, "07:30:00");
    let done = it.shifts(it.made.series, ask).await.unwrap();
    assert_eq!(done.series, it.made.series);
    assert_eq!(done.bookings.len(), 3);
    assert_eq!(
        it.practice.starts(done.series).await,
        ["03-05T09:00", "03-12T07:30", "03-19T07:30", "03-26T07:30"]
    );
    let series = it.practice.series(done.series).await;
    assert_eq!(series.version, 2);
    world.clock.advance(TimeDelta::days(30));
    let ask = later(Scope::All, None, "10:00:00");
    assert_eq!(code(it.shifts(it.made.series, ask).await), "TRANSITION_REFUSED");
    assert!(it.practice.audit().await.is_clean());
}

async fn another_rule_takes_the_bookings_in_their_order(world: World) {
    let it = Thursdays::new(&world, "FREQ=WEEKLY;COUNT=4").await;
    let ask = SeriesShift {
        rule: Some("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=5".parse().unwrap()),
        ..later(Scope::ThisAndFollowing, Some(it.id(1)), "10:00:00")
    };
    let done = it.shifts(it.made.series, ask).await.unwrap();
    assert_eq!(it.practice.starts(it.made.series).await, ["03-05T09:00"]);
    assert_eq!(
        it.practice.starts(done.series).await,
        [
            "03-12T10:00",
            "03-17T10:00",
            "03-19T10:00",
            "03-24T10:00",
            "03-26T10:00"
        ]
    );
    // Three went, two were made.
    let kept = it.practice.recurring(done.series).await;
    let kept: Vec<BookingId> = kept.iter().map(|it| it.id).take(3).collect();
    assert_eq!(kept, [it.id(1), it.id(2), it.id(3)]);
    let fewer = SeriesShift {
        rule: Some("FREQ=DAILY;COUNT=2".parse().unwrap()),
        ..to(Scope::All, None)
    };
    let again = it.shifts(done.series, fewer).await.unwrap();
    assert_eq!(
        it.practice.starts(again.series).await,
        ["03-12T10:00", "03-13T10:00"]
    );
    assert_eq!(it.practice.booking(it.id(3)).await.status, Status::Cancelled);
    assert!(it.practice.audit().await.is_clean());
}

async fn another_host_gives_the_rest(world: World) {
    let it = Thursdays::new(&world, "FREQ=WEEKLY;COUNT=3").await;
    let ask = SeriesShift {
        host: Some(it.hosts[1]),
        ..to(Scope::ThisAndFollowing, Some(it.id(1)))
    };
    let done = it.shifts(it.made.series, ask).await.unwrap();
    for (nth, host) in [(0, it.hosts[0]), (1, it.hosts[1]), (2, it.hosts[1])] {
        assert_eq!(it.practice.hosts(it.id(nth)).await, [host]);
    }
    assert_eq!(
        it.practice.starts(done.series).await,
        ["03-12T09:00", "03-19T09:00"]
    );
    assert_eq!(it.practice.series(done.series).await.host_id, Some(it.hosts[1]));
    // The first host's time is free again.
    it.practice
        .books(it.service, at("2026-03-12T09:00:00Z"))
        .await
        .unwrap();
    assert!(it.practice.audit().await.is_clean());
}

async fn what_was_decided_for_one_occurrence_stays(world: World) {
    let it = Thursdays::new(&world, "FREQ=WEEKLY;COUNT=4").await;
    let one = later(Scope::This, Some(it.id(1)), "15:00:00");
    it.shifts(it.made.series, one).await.unwrap();
    it.cancels(Scope::This, Some(it.id(2))).await.unwrap();
    let noted = ["03-12T09:00 MOVED", "03-19T09:00 SKIPPED CANCELLED"];
    assert_eq!(it.practice.exceptions(it.made.series).await, noted);
    let ask = later(Scope::All, None, "08:00:00");
    it.shifts(it.made.series, ask).await.unwrap();
    assert_eq!(
        it.practice.starts(it.made.series).await,
        ["03-05T08:00", "03-12T15:00", "03-26T08:00"]
    );
    assert_eq!(
        it.practice.exceptions(it.made.series).await,
        ["03-12T08:00 MOVED", "03-19T08:00 SKIPPED CANCELLED"]
    );
    assert!(it.practice.audit().await.is_clean());
}

async fn conflicts_refuse_a_move_or_are_noted(world: World) {
    let it = Thursdays::new(&world, "FREQ=WEEKLY;COUNT=3").await;
    // Somebody else has the second Thursday at eleven.
    let other = SeriesDraft {
        host: Some(it.hosts[0]),
        ..repeated(it.service, "FREQ=WEEKLY;COUNT=1", "2026-03-12T11:00:00")
    };
    it.practice.repeats(other).await.unwrap();
    let ask = later(Scope::All, None, "11:00:00");
    let Err(Refusal::SeriesConflict(conflicts)) = it.shifts(it.made.series, ask.clone()).await else {
        panic!("a conflict was expected");
    };
    assert_eq!(conflicts.len(), 1);
    assert_eq!(conflicts[0].local_start.to_string(), "2026-03-12 11:00:00");
    assert_eq!(conflicts[0].nearest, Some(at("2026-03-12T10:30:00Z")));
    assert_eq!(
        it.practice.starts(it.made.series).await,
        ["03-05T09:00", "03-12T09:00", "03-19T09:00"],
        "nothing was written"
    );
    let ask = SeriesShift {
        policy: Some(Policy::AvailableOnly),
        ..ask
    };
    it.shifts(it.made.series, ask).await.unwrap();
    assert_eq!(
        it.practice.starts(it.made.series).await,
        ["03-05T11:00", "03-19T11:00"]
    );
    assert_eq!(
        it.practice.exceptions(it.made.series).await,
        ["03-12T11:00 CONFLICT OCCUPIED"]
    );
    assert_eq!(it.practice.booking(it.id(1)).await.status, Status::Cancelled);
    // What was a conflict is tried again where the series goes next.
    let ask = later(Scope::All, None, "13:00:00");
    it.shifts(it.made.series, ask).await.unwrap();
    assert_eq!(it.practice.starts(it.made.series).await.len(), 2);
    assert!(it.practice.audit().await.is_clean());
}

async fn one_occurrence_is_moved_like_any_booking(world: World) {
    let it = Thursdays::new(&world, "FREQ=WEEKLY;COUNT=3").await;
    let ask = later(Scope::This, Some(it.id(1)), "10:00:00");
    it.shifts(it.made.series, ask).await.unwrap();
    assert_eq!(
        it.practice.starts(it.made.series).await,
        ["03-05T09:00", "03-12T10:00", "03-19T09:00"]
    );
    let ask = SeriesShift {
        host: Some(it.hosts[1]),
        ..to(Scope::This, Some(it.id(2)))
    };
    it.shifts(it.made.series, ask).await.unwrap();
    assert_eq!(it.practice.hosts(it.id(2)).await, [it.hosts[1]]);
    let rule = SeriesShift {
        rule: Some("FREQ=DAILY".parse().unwrap()),
        ..to(Scope::This, Some(it.id(2)))
    };
    for (ask, refused) in [
        (rule, "INVALID_INPUT"),
        (to(Scope::This, Some(it.id(2))), "INVALID_INPUT"),
        (later(Scope::This, None, "10:00:00"), "INVALID_INPUT"),
        (later(Scope::ThisAndFollowing, None, "10:00:00"), "INVALID_INPUT"),
    ] {
        assert_eq!(code(it.shifts(it.made.series, ask).await), refused);
    }
    let stranger = it.practice.books(it.service, at("2026-03-20T09:00:00Z")).await;
    let ask = later(Scope::This, Some(stranger.unwrap().booking), "10:00:00");
    assert_eq!(code(it.shifts(it.made.series, ask).await), "NOT_FOUND");
}

async fn a_series_is_called_off_in_three_ways(world: World) {
    let it = Thursdays::new(&world, "FREQ=WEEKLY").await;
    let all = it.practice.starts(it.made.series).await;
    it.cancels(Scope::This, Some(it.id(0))).await.unwrap();
    assert_eq!(it.practice.starts(it.made.series).await, all[1..]);
    let gone = it.cancels(Scope::ThisAndFollowing, Some(it.id(3))).await.unwrap();
    assert_eq!(gone.bookings.len(), all.len() - 3);
    assert_eq!(it.practice.starts(it.made.series).await, all[1..3]);
    world.clock.advance(TimeDelta::days(11));
    let work = it.practice.staff().await;
    let due = series::due(&work).await.unwrap();
    assert_eq!(due, [], "nothing more is made of it");
    drop(work);
    it.cancels(Scope::All, None).await.unwrap();
    assert_eq!(
        it.practice.starts(it.made.series).await,
        all[1..2],
        "the past is a fact"
    );
    assert_eq!(code(it.cancels(Scope::All, None).await), "TRANSITION_REFUSED");
    assert!(it.practice.audit().await.is_clean());
}

async fn a_series_of_any_length_is_moved_at_once(world: World) {
    let it = Thursdays::new(&world, "FREQ=DAILY;COUNT=60").await;
    let ask = later(Scope::ThisAndFollowing, Some(it.id(10)), "09:15:00");
    let done = it.shifts(it.made.series, ask).await.unwrap();
    assert_eq!(done.bookings.len(), 50);
    assert_eq!(it.practice.starts(done.series).await.len(), 50);
    assert_eq!(it.practice.starts(it.made.series).await.len(), 10);
    // As many again, so that one call changes each and makes another.
    let ask = SeriesShift {
        rule: Some("FREQ=DAILY;COUNT=100".parse().unwrap()),
        ..to(Scope::All, None)
    };
    let done = it.shifts(done.series, ask).await.unwrap();
    assert_eq!(it.practice.starts(done.series).await.len(), 100);
    assert!(it.practice.audit().await.is_clean());
}

async fn whoever_may_not_change_a_series_hears_so(world: World) {
    let it = Thursdays::new(&world, "FREQ=WEEKLY;COUNT=3").await;
    let person = Actor::User(world.person("caio@example.com").await);
    let tries = [
        (Actor::Anonymous, Rights::NONE, "UNAUTHENTICATED"),
        (person, Rights::NONE, "FORBIDDEN"),
        (person, Rights::of(&[Right::OwnDiaryWrite]), "NOT_FOUND"),
        (person, Rights::of(&[Right::DiaryRead]), "FORBIDDEN"),
    ];
    for (actor, rights, expected) in tries {
        let work = it.practice.somebody(actor, rights).await;
        let ask = later(Scope::All, None, "10:00:00");
        assert_eq!(
            code(series::shift(&work, it.made.series, ask).await),
            expected,
            "{rights:?}"
        );
        let ask = SeriesCancel {
            scope: Scope::All,
            from: None,
            how: Closing::default(),
        };
        assert_eq!(code(series::cancel(&work, it.made.series, ask).await), expected);
    }
    let neighbour = world.practice("vizinha").await;
    let work = neighbour.staff().await;
    assert_eq!(series::find_series(&work, &[it.made.series]).await.unwrap(), []);
    let bookings = booking::BookingFilter {
        series: Some(it.made.series),
        ..booking::BookingFilter::default()
    };
    assert_eq!(booking::count_bookings(&work, &bookings).await.unwrap(), 0);
    assert_eq!(code(series::extend(&work, it.made.series).await), "NOT_FOUND");
}
