//! What time does at a practice, when nobody comes by: as the worker does it.

use chrono::{DateTime, TimeDelta, Utc};
use db::journal::{Event, after};
use db::timer::{Promise, State, claim};
use flows::promises::{Ended, Keepers};
use kernel::id::BookingId;
use scheduling::booking::{self, COMPLETED_AFTER, Closing, Shift, Status};
use scheduling::service::{Ahead, Confirmation, Reminders, ServiceEdit};
use serde_json::json;

use crate::world::practice::{Practice, at, draft, end, repeated};
use crate::world::queue::waits;
use crate::world::{World, number, stories};

stories! { both: [
    a_booking_that_is_called_off_is_not_reminded_of,
    a_booking_that_is_moved_is_reminded_of_by_its_new_start,
    a_hold_frees_its_time_once,
    a_promise_about_what_is_gone_is_kept,
    a_promise_of_a_kind_that_nobody_keeps_is_given_up_and_listed,
    a_reminder_comes_at_each_distance_once_and_never_early,
    a_seat_that_was_kept_is_free_again,
    a_series_goes_on_by_itself,
    after_a_pause_the_nearest_reminder_is_told_and_none_once_it_has_begun,
    an_offer_that_nobody_answers_goes_to_the_next,
    every_line_of_the_audit_log_is_an_event,
    what_nobody_answers_expires,
    what_nobody_noted_has_taken_place,
] }

const TEN: &str = "2026-03-03T10:00:00Z";

async fn clinic(world: &World, details: ServiceEdit) -> (Practice, kernel::id::ServiceId) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, details).await;
    (practice, service)
}

/// What the journal says happened, of these kinds: to what, and when.
async fn told(world: &World, practice: &Practice, kind: &str) -> Vec<Event> {
    world.settle().await;
    let work = practice.staff().await;
    let events = after(&work, 0, 10_000).await.unwrap();
    events.into_iter().filter(|it| it.type_ == kind).collect()
}

fn moments(events: &[Event]) -> Vec<DateTime<Utc>> {
    events.iter().map(|it| it.occurred_at).collect()
}

async fn moves(practice: &Practice, id: BookingId, to: DateTime<Utc>) {
    let work = practice.staff().await;
    let to = Shift {
        starts_at: to,
        expected_version: None,
        reason: None,
        overrides: booking::Overrides::default(),
    };
    let moved = booking::shift(&work, id, to).await;
    end(work, moved).await.unwrap();
}

fn reminding(minutes: &[u32]) -> ServiceEdit {
    ServiceEdit {
        reminders: Some(Reminders::new(minutes.to_vec()).unwrap()),
        ..ServiceEdit::default()
    }
}

async fn a_hold_frees_its_time_once(world: World) {
    let (practice, service) = clinic(&world, ServiceEdit::default()).await;
    let hold = practice.holds(service, at(TEN)).await.unwrap();
    let used = practice.holds(service, at("2026-03-03T11:00:00Z")).await.unwrap();
    practice
        .books_held(used, draft(service, at("2026-03-03T11:00:00Z")))
        .await
        .unwrap();
    world
        .advance(TimeDelta::minutes(10) - TimeDelta::seconds(1))
        .await;
    assert_eq!(told(&world, &practice, "hold.expired").await, []);
    world.advance(TimeDelta::hours(1)).await;
    let expired = told(&world, &practice, "hold.expired").await;
    let [only] = expired.as_slice() else {
        panic!("{expired:?}")
    };
    assert_eq!(
        (only.aggregate_id.clone(), only.actor_kind.as_str()),
        (hold.to_string(), "SYSTEM")
    );
    let work = practice.staff().await;
    let left = number(
        &work,
        "SELECT count(*) FROM occupancies WHERE owner_kind = 'HOLD'",
        [],
    )
    .await;
    assert_eq!(left.unwrap(), 0);
    drop(work);
    practice.books(service, at(TEN)).await.unwrap();
}

async fn a_seat_that_was_kept_is_free_again(world: World) {
    let class = ServiceEdit {
        seats: Some(2),
        ..ServiceEdit::default()
    };
    let (practice, service) = clinic(&world, class).await;
    practice.holds(service, at(TEN)).await.unwrap();
    let stays = practice.books(service, at(TEN)).await.unwrap();
    practice.holds(service, at("2026-03-03T12:00:00Z")).await.unwrap();
    world.advance(TimeDelta::hours(1)).await;
    assert_eq!(told(&world, &practice, "hold.expired").await.len(), 2);
    assert_eq!(practice.booking(stays.booking).await.status, Status::Confirmed);
    let work = practice.staff().await;
    let held = number(&work, "SELECT count(*) FROM attendees WHERE status = 'HELD'", []).await;
    assert_eq!(held.unwrap(), 0);
    drop(work);
    assert!(practice.audit().await.is_clean());
}

async fn what_nobody_answers_expires(world: World) {
    let asks = ServiceEdit {
        confirmation: Some(Confirmation::Manual),
        confirmation_timeout_minutes: Some(60),
        ..ServiceEdit::default()
    };
    let (practice, service) = clinic(&world, asks).await;
    let waits = practice.books(service, at(TEN)).await.unwrap().booking;
    let answered = practice
        .books(service, at("2026-03-03T11:00:00Z"))
        .await
        .unwrap()
        .booking;
    let work = practice.staff().await;
    let confirmed = booking::confirm(&work, answered, Closing::default()).await;
    end(work, confirmed).await.unwrap();
    world
        .advance(TimeDelta::minutes(60) - TimeDelta::seconds(1))
        .await;
    assert_eq!(practice.booking(waits).await.status, Status::Pending);
    world.advance(TimeDelta::seconds(1)).await;
    assert_eq!(practice.booking(waits).await.status, Status::Expired);
    assert_eq!(practice.booking(answered).await.status, Status::Confirmed);
    let expired = told(&world, &practice, "booking.expired").await;
    assert_eq!(expired.len(), 1);
    assert_eq!(
        expired[0].aggregate_version,
        practice.booking(waits).await.version
    );
}

async fn an_offer_that_nobody_answers_goes_to_the_next(world: World) {
    let (practice, service) = clinic(&world, ServiceEdit::default()).await;
    let booked = practice.books(service, at(TEN)).await.unwrap();
    let first = practice.joins(waits(service, "first")).await.unwrap();
    let second = practice.joins(waits(service, "second")).await.unwrap();
    practice.gives_up(booked).await.unwrap();
    let offered = async || -> Vec<String> {
        let offers = told(&world, &practice, "waitlist.offered").await;
        offers.into_iter().map(|it| it.aggregate_id).collect()
    };
    assert_eq!(offered().await, [first.to_string()]);
    world.advance(TimeDelta::minutes(30)).await;
    assert_eq!(offered().await, [first.to_string(), second.to_string()]);
    assert_eq!(told(&world, &practice, "waitlist.lapsed").await.len(), 1);
    practice.accepts(second).await.unwrap();
    world.advance(TimeDelta::hours(2)).await;
    assert_eq!(told(&world, &practice, "waitlist.lapsed").await.len(), 1);
    assert!(practice.audit().await.is_clean());
}

async fn a_series_goes_on_by_itself(world: World) {
    let far = ServiceEdit {
        ahead: Some(Ahead::Any),
        ..ServiceEdit::default()
    };
    let (practice, service) = clinic(&world, far).await;
    let weekly = repeated(service, "FREQ=WEEKLY", "2026-03-05T09:00:00");
    let series = practice.repeats(weekly).await.unwrap().series;
    world.advance(TimeDelta::weeks(12)).await;
    let made = practice.starts(series).await;
    assert_eq!(made.last().map(String::as_str), Some("07-16T08:00"), "{made:?}");
    assert_eq!(told(&world, &practice, "booking.completed").await.len(), 12);
}

async fn a_reminder_comes_at_each_distance_once_and_never_early(world: World) {
    // Told when there is less than a day to go: the earliest is past.
    let (practice, service) = clinic(&world, reminding(&[2 * 1_440, 1_440, 60])).await;
    let booked = practice.books(service, at(TEN)).await.unwrap().booking;
    world.advance(TimeDelta::days(2)).await;
    let reminded = told(&world, &practice, "booking.reminded").await;
    assert_eq!(
        moments(&reminded),
        [at("2026-03-02T10:00:00Z"), at("2026-03-03T09:00:00Z")]
    );
    let distances: Vec<_> = reminded
        .iter()
        .map(|it| it.payload["minutesBefore"].clone())
        .collect();
    assert_eq!(distances, [json!(1_440), json!(60)]);
    assert!(reminded.iter().all(|it| it.aggregate_id == booked.to_string()));
}

async fn a_booking_that_is_moved_is_reminded_of_by_its_new_start(world: World) {
    let (practice, service) = clinic(&world, reminding(&[1_440, 60])).await;
    let booked = practice
        .books(service, at("2026-03-04T10:00:00Z"))
        .await
        .unwrap()
        .booking;
    world.advance(TimeDelta::hours(2)).await;
    // A day earlier: the first reminder of the new start is past, and is not made up for.
    moves(&practice, booked, at("2026-03-03T10:30:00Z")).await;
    world.advance(TimeDelta::hours(20)).await;
    // And two days later: both come again.
    moves(&practice, booked, at("2026-03-05T10:00:00Z")).await;
    world.advance(TimeDelta::days(3)).await;
    let reminded = told(&world, &practice, "booking.reminded").await;
    assert_eq!(
        moments(&reminded),
        [at("2026-03-04T10:00:00Z"), at("2026-03-05T09:00:00Z")]
    );
}

async fn a_booking_that_is_called_off_is_not_reminded_of(world: World) {
    let (practice, service) = clinic(&world, reminding(&[60])).await;
    let booked = practice.books(service, at(TEN)).await.unwrap();
    practice.calls_off(booked).await;
    world.advance(TimeDelta::days(3)).await;
    assert_eq!(told(&world, &practice, "booking.reminded").await, []);
    assert_eq!(practice.booking(booked.booking).await.status, Status::Cancelled);
}

async fn after_a_pause_the_nearest_reminder_is_told_and_none_once_it_has_begun(world: World) {
    let (practice, service) = clinic(&world, reminding(&[240, 180, 60])).await;
    practice.books(service, at(TEN)).await.unwrap();
    practice.books(service, at("2026-03-03T12:00:00Z")).await.unwrap();
    // Nobody works until a quarter past eleven.
    world
        .clock
        .advance(at("2026-03-03T11:15:00Z") - world.store.now());
    world.advance(TimeDelta::days(1)).await;
    let reminded = told(&world, &practice, "booking.reminded").await;
    assert_eq!(moments(&reminded), [at("2026-03-03T11:15:00Z")]);
    assert_eq!(reminded[0].payload["minutesBefore"], json!(60));
}

async fn what_nobody_noted_has_taken_place(world: World) {
    let (practice, service) = clinic(&world, ServiceEdit::default()).await;
    let held = practice.books(service, at(TEN)).await.unwrap().booking;
    let missed = practice
        .books(service, at("2026-03-03T11:00:00Z"))
        .await
        .unwrap()
        .booking;
    world.advance(TimeDelta::hours(27)).await;
    let work = practice.staff().await;
    let noted = booking::mark_no_show(&work, missed, Closing::default()).await;
    end(work, noted).await.unwrap();
    let end = at("2026-03-03T10:30:00Z") + COMPLETED_AFTER;
    world
        .advance(end - TimeDelta::seconds(1) - world.store.now())
        .await;
    assert_eq!(practice.booking(held).await.status, Status::Confirmed);
    world.advance(TimeDelta::days(2)).await;
    assert_eq!(practice.booking(held).await.status, Status::Completed);
    assert_eq!(practice.booking(missed).await.status, Status::NoShow);
    let completed = told(&world, &practice, "booking.completed").await;
    assert_eq!(moments(&completed), [end]);
    assert_eq!(completed[0].actor_kind, "SYSTEM");
    assert!(practice.audit().await.is_clean());
}

async fn a_promise_about_what_is_gone_is_kept(world: World) {
    let (practice, _) = clinic(&world, ServiceEdit::default()).await;
    let work = practice.staff().await;
    let nothing: BookingId = work.mint();
    let promise = Promise {
        kind: booking::COURSE,
        subject: nothing.to_string(),
        payload: json!(booking::Course { until: work.now() }),
        due_at: work.now(),
    };
    work.promise(promise).await.unwrap();
    work.commit().await.unwrap();
    world.settle().await;
    assert_eq!(db::timer::next_due(&world.store).await.unwrap(), None);
}

async fn a_promise_of_a_kind_that_nobody_keeps_is_given_up_and_listed(world: World) {
    let (practice, _) = clinic(&world, ServiceEdit::default()).await;
    let work = practice.staff().await;
    let promise = Promise {
        kind: "egg.boiled",
        subject: "egg".to_owned(),
        payload: json!({}),
        due_at: work.now(),
    };
    work.promise(promise).await.unwrap();
    work.commit().await.unwrap();
    let mut attempts = 0;
    while let Some(egg) = claim(&world.store, 1).await.unwrap().first() {
        let ended = Keepers::default().keep(&world.store, egg).await;
        assert!(matches!(ended, Ended::Failed(_)), "{ended:?}");
        attempts += 1;
        world.clock.advance(TimeDelta::hours(1));
    }
    assert_eq!(attempts, db::timer::ATTEMPTS_MAX);
    let dead = db::timer::dead_everywhere(&world.store, 9).await.unwrap();
    assert_eq!((dead.len(), dead[0].state), (1, State::Dead));
    assert_eq!(dead[0].last_error.as_deref(), Some("UNKNOWN_KIND"));
}

async fn every_line_of_the_audit_log_is_an_event(world: World) {
    let practice = world.practice("aurora").await;
    let there = practice.furnish().await;
    practice.furnish_lines(there.service).await;
    world.advance(TimeDelta::days(70)).await;
    let work = practice.staff().await;
    let lines = number(&work, "SELECT count(*) FROM audit_log", []).await.unwrap();
    let alike = "SELECT count(*) FROM audit_log a JOIN events e ON e.organization_id = a.organization_id \
                 AND e.type = a.action AND e.aggregate_id = a.entity_id AND e.actor_kind = a.actor_kind \
                 AND e.occurred_at = a.at AND e.position IS NOT NULL";
    assert!(lines > 30, "{lines}");
    assert!(number(&work, alike, []).await.unwrap() >= lines);
    let more = "SELECT count(*) FROM events WHERE type NOT IN ('booking.reminded', 'hold.placed', 'hold.released', \
                'hold.expired')";
    assert_eq!(number(&work, more, []).await.unwrap(), lines);
}
