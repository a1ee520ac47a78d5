//! What happens to a booking, and to its time, from the first hold to the last correction.

use chrono::TimeDelta;
use kernel::{Actor, Refuse as _, Right, Rights};
use scheduling::Refusal;
use scheduling::booking::{self, BookingDraft, Closing, Overrides, Shift, Source, Status, What};
use scheduling::hold;
use scheduling::service::{Confirmation, ServiceEdit};
use scheduling::token::{self, Purpose};

use crate::world::practice::{at, draft, end, told};
use crate::world::{World, stories};

stories! { both: [
    a_request_waits_takes_its_time_and_lapses_a_day_later,
    what_does_not_take_its_time_while_it_waits_may_lose_it_by_name,
    a_hold_is_booked_by_its_token_and_by_nothing_else,
    a_hold_that_lapsed_is_free_again_and_its_token_is_no_good,
    a_move_keeps_the_booking_and_may_overlap_itself,
    cancelling_frees_the_time_and_a_link_cancels_only_its_own,
    held_and_missed_are_mended_for_a_week,
    a_change_needs_the_version_that_was_read,
    staff_overrule_by_right_and_it_is_written_down,
    whoever_has_no_right_hears_so_and_whoever_has_an_own_diary_sees_no_other,
    what_happened_stays_written,
    the_neighbour_sees_nothing,
] }

fn manual(pending_occupies: bool) -> ServiceEdit {
    ServiceEdit {
        confirmation: Some(Confirmation::Manual),
        pending_occupies: Some(pending_occupies),
        ..ServiceEdit::default()
    }
}

fn code<T: std::fmt::Debug>(refused: Result<T, Refusal>) -> &'static str {
    refused.expect_err("a refusal").code().word()
}

/// A verb of staff, committed or undone.
macro_rules! staff {
    ($practice:expr, $verb:path $(, $argument:expr)*) => {{
        let work = $practice.staff().await;
        let done = $verb(&work, $($argument),*).await;
        end(work, done).await
    }};
}

async fn a_request_waits_takes_its_time_and_lapses_a_day_later(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, manual(true)).await;
    let time = at("2026-03-05T10:00:00Z");
    let made = practice.books(service, time).await.unwrap();
    let booking = practice.booking(made.booking).await;
    assert_eq!((booking.status, booking.version), (Status::Pending, 1));
    assert_eq!(booking.local_start.to_string(), "2026-03-05 10:00:00");
    assert_eq!(code(practice.books(service, time).await), "SLOT_TAKEN");
    world.clock.advance(TimeDelta::hours(24));
    assert_eq!(
        code(staff!(
            practice,
            booking::confirm,
            made.booking,
            Closing::default()
        )),
        "LAPSED"
    );
    // Whoever books next clears it away, with an event of its own.
    practice.books(service, time).await.unwrap();
    let lapsed = practice.booking(made.booking).await;
    assert_eq!((lapsed.status, lapsed.version), (Status::Expired, 2));
    assert!(practice.audit().await.is_clean());
}

async fn what_does_not_take_its_time_while_it_waits_may_lose_it_by_name(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, manual(false)).await;
    let time = at("2026-03-05T10:00:00Z");
    let first = practice.books(service, time).await.unwrap().booking;
    let second = practice.books(service, time).await.unwrap().booking;
    staff!(practice, booking::confirm, second, Closing::default()).unwrap();
    assert_eq!(
        code(staff!(practice, booking::confirm, first, Closing::default())),
        "SLOT_TAKEN"
    );
    assert_eq!(practice.booking(first).await.status, Status::Pending);
    staff!(practice, booking::reject, first, Closing::default()).unwrap();
    assert!(practice.audit().await.is_clean());
}

async fn a_hold_is_booked_by_its_token_and_by_nothing_else(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let time = at("2026-03-03T10:00:00Z");
    let held = practice.holds(service, time).await.unwrap();
    assert_eq!(code(practice.books(service, time).await), "SLOT_TAKEN");
    let other = practice
        .holds(service, time + TimeDelta::minutes(30))
        .await
        .unwrap();
    assert_eq!(
        code(practice.books_held(other, draft(service, time)).await),
        "HOLD_INVALID"
    );
    practice.books_held(held, draft(service, time)).await.unwrap();
    assert_eq!(
        code(practice.books_held(held, draft(service, time)).await),
        "HOLD_INVALID"
    );
    let digests = "SELECT CAST(count(*) AS text) FROM holds";
    assert_eq!(
        world.admin_sql(digests).await,
        [[Some("1".to_owned())]],
        "the other is still there"
    );
    assert!(practice.audit().await.is_clean());
}

async fn a_hold_that_lapsed_is_free_again_and_its_token_is_no_good(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let time = at("2026-03-03T10:00:00Z");
    let held = practice.holds(service, time).await.unwrap();
    world.clock.advance(hold::LASTS - TimeDelta::microseconds(1));
    assert_eq!(code(practice.books(service, time).await), "SLOT_TAKEN");
    world.clock.advance(TimeDelta::microseconds(1));
    assert_eq!(
        code(practice.books_held(held, draft(service, time)).await),
        "HOLD_INVALID"
    );
    practice.books(service, time).await.unwrap();
    let left = practice.holds(service, time + TimeDelta::hours(1)).await.unwrap();
    world.clock.advance(hold::LASTS);
    let work = practice.staff().await;
    assert_eq!(booking::expire_lapsed(&work).await.unwrap(), 1);
    assert_eq!(
        booking::expire_lapsed(&work).await.unwrap(),
        0,
        "freed exactly once"
    );
    work.commit().await.unwrap();
    assert_eq!(
        code(practice.books_held(left, draft(service, time)).await),
        "HOLD_INVALID"
    );
    assert!(practice.audit().await.is_clean());
}

async fn a_move_keeps_the_booking_and_may_overlap_itself(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let quarter = ServiceEdit {
        interval_minutes: Some(15),
        ..ServiceEdit::default()
    };
    let service = practice.service("consulta", &hosts, quarter).await;
    let ten = at("2026-03-03T10:00:00Z");
    let made = practice.books(service, ten).await.unwrap();
    let later = practice
        .books(service, ten + TimeDelta::minutes(60))
        .await
        .unwrap();
    let to = |minutes: i64| Shift {
        starts_at: ten + TimeDelta::minutes(minutes),
        expected_version: None,
        overrides: Overrides::default(),
        reason: None,
    };
    staff!(practice, booking::shift, made.booking, to(15)).unwrap();
    assert_eq!(
        code(staff!(practice, booking::shift, made.booking, to(45))),
        "SLOT_TAKEN"
    );
    let moved = practice.booking(made.booking).await;
    assert_eq!(
        (moved.starts_at, moved.version),
        (ten + TimeDelta::minutes(15), 2)
    );
    let work = practice.staff().await;
    let events = told(&work, made.booking).await.unwrap();
    assert_eq!(events[1].what, What::Moved);
    assert_eq!(events[1].facts["from"]["startsAt"], "2026-03-03T10:00:00Z");
    drop(work);
    practice
        .books(service, ten - TimeDelta::minutes(15))
        .await
        .unwrap();
    // The client moves their own, with the link, and nobody else's.
    let work = practice.stranger().await;
    let link = token::link(work.key(), later.link, Purpose::Manage);
    let done = booking::shift_by_token(&work, &link, to(120)).await;
    end(work, done).await.unwrap();
    assert_eq!(
        practice.booking(later.booking).await.starts_at,
        ten + TimeDelta::minutes(120)
    );
    assert!(practice.audit().await.is_clean());
}

async fn cancelling_frees_the_time_and_a_link_cancels_only_its_own(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let time = at("2026-03-03T10:00:00Z");
    let made = practice.books(service, time).await.unwrap();
    let work = practice.stranger().await;
    let link = token::link(work.key(), made.link, Purpose::Manage);
    assert!(
        token::read_link(link.reveal(), Purpose::View).is_err(),
        "a link has one purpose"
    );
    let done = booking::cancel_by_token(&work, &link, Closing::default()).await;
    end(work, done).await.unwrap();
    let work = practice.stranger().await;
    let again = booking::cancel_by_token(&work, &link, Closing::default()).await;
    assert_eq!(code(end(work, again).await), "TRANSITION_REFUSED");
    practice.books(service, time).await.unwrap();
    let work = practice.staff().await;
    let events = told(&work, made.booking).await.unwrap();
    assert_eq!(
        (events[1].what, events[1].actor_kind.as_str()),
        (What::Cancelled, "BOOKING_TOKEN")
    );
    token::revoke_links(&work, made.booking).await.unwrap();
    assert_eq!(
        code(token::open(&work, &link, Purpose::View).await),
        "TOKEN_INVALID"
    );
    drop(work);
    assert!(practice.audit().await.is_clean());
}

async fn held_and_missed_are_mended_for_a_week(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let made = practice
        .books(service, at("2026-03-02T10:00:00Z"))
        .await
        .unwrap()
        .booking;
    assert_eq!(
        code(staff!(practice, booking::complete, made, Closing::default())),
        "TRANSITION_REFUSED"
    );
    world.clock.advance(TimeDelta::hours(2));
    staff!(practice, booking::mark_no_show, made, Closing::default()).unwrap();
    world.clock.advance(TimeDelta::days(7));
    staff!(practice, booking::complete, made, Closing::default()).unwrap();
    assert_eq!(practice.booking(made).await.status, Status::Completed);
    world.clock.advance(TimeDelta::microseconds(1));
    assert_eq!(
        code(staff!(practice, booking::mark_no_show, made, Closing::default())),
        "TRANSITION_REFUSED"
    );
    assert!(
        practice.audit().await.is_clean(),
        "time that was used stays taken"
    );
}

async fn a_change_needs_the_version_that_was_read(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, manual(true)).await;
    let made = practice
        .books(service, at("2026-03-05T10:00:00Z"))
        .await
        .unwrap()
        .booking;
    let read = |version| Closing {
        expected_version: Some(version),
        ..Closing::default()
    };
    staff!(practice, booking::confirm, made, read(1)).unwrap();
    assert_eq!(
        code(staff!(practice, booking::cancel, made, read(1))),
        "VERSION_CONFLICT"
    );
    staff!(practice, booking::cancel, made, read(2)).unwrap();
}

async fn staff_overrule_by_right_and_it_is_written_down(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let soon = ServiceEdit {
        notice_minutes: Some(48 * 60),
        ..ServiceEdit::default()
    };
    let service = practice.service("consulta", &hosts, soon).await;
    let time = at("2026-03-03T10:00:00Z");
    assert_eq!(code(practice.books(service, time).await), "SLOT_UNAVAILABLE");
    let over = |notice| BookingDraft {
        source: Source::Phone,
        overrides: Overrides {
            notice,
            ..Overrides::default()
        },
        ..draft(service, time)
    };
    assert_eq!(
        code(staff!(practice, booking::create, over(false))),
        "SLOT_UNAVAILABLE"
    );
    let without = Rights::of(&[Right::DiaryRead, Right::DiaryWrite]);
    let user = Actor::User(world.person("bea@example.com").await);
    let work = practice.somebody(user, without).await;
    let refused = booking::create(&work, over(true)).await;
    assert_eq!(code(end(work, refused).await), "FORBIDDEN");
    let made = staff!(practice, booking::create, over(true)).unwrap().booking;
    let work = practice.staff().await;
    let events = told(&work, made).await.unwrap();
    assert_eq!(events[0].facts["overruled"], serde_json::json!(["NOTICE"]));
    drop(work);
    assert_eq!(
        code(staff!(practice, booking::create, over(true))),
        "SLOT_TAKEN",
        "what is taken is taken"
    );
}

async fn whoever_has_no_right_hears_so_and_whoever_has_an_own_diary_sees_no_other(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let made = practice
        .books(service, at("2026-03-03T10:00:00Z"))
        .await
        .unwrap()
        .booking;
    let person = Actor::User(world.person("caio@example.com").await);
    let tries = [
        (Actor::Anonymous, Rights::NONE, "UNAUTHENTICATED"),
        (person, Rights::NONE, "FORBIDDEN"),
        (person, Rights::of(&[Right::OwnDiaryWrite]), "NOT_FOUND"),
    ];
    for (actor, rights, expected) in tries {
        let work = practice.somebody(actor, rights).await;
        assert_eq!(
            code(booking::cancel(&work, made, Closing::default()).await),
            expected
        );
        assert_eq!(code(told(&work, made).await), expected);
    }
}

async fn what_happened_stays_written(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    practice.books(service, at("2026-03-03T10:00:00Z")).await.unwrap();
    for sql in [
        "DELETE FROM booking_events",
        "UPDATE booking_events SET reason = 'x'",
    ] {
        let work = practice.staff().await;
        let refused = crate::world::run(&work, sql, []).await.unwrap_err();
        assert_eq!(refused.constraint(), Some("booking_events_append_only"));
        work.undo().await.unwrap();
    }
}

async fn the_neighbour_sees_nothing(world: World) {
    let practice = world.practice("aurora").await;
    let neighbour = world.practice("vizinha").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let time = at("2026-03-03T10:00:00Z");
    let made = practice.books(service, time).await.unwrap();
    let held = practice.holds(service, time + TimeDelta::hours(1)).await.unwrap();
    let work = neighbour.staff().await;
    assert_eq!(booking::find_bookings(&work, &[made.booking]).await.unwrap(), []);
    assert_eq!(
        code(booking::cancel(&work, made.booking, Closing::default()).await),
        "NOT_FOUND"
    );
    assert_eq!(
        code(booking::create(&work, draft(service, time)).await),
        "NOT_FOUND"
    );
    let link = token::link(work.key(), made.link, Purpose::Manage);
    assert_eq!(
        code(token::open(&work, &link, Purpose::View).await),
        "TOKEN_INVALID"
    );
    let token = hold::token(&work, held);
    assert_eq!(code(hold::release(&work, &token).await), "HOLD_INVALID");
}
