//! The waiting list: what comes free is offered to whoever came first, to one at a time, and to nobody who comes by.

use chrono::TimeDelta;
use kernel::Span;
use kernel::id::WaitlistEntryId;
use scheduling::booking::{self, Overrides, Shift};
use scheduling::service::{ServiceEdit, archive_service};
use scheduling::waitlist::WaitlistStatus::{Booked, Left, Offered, Waiting};
use scheduling::waitlist::{self, OFFER_LASTS, WaitDraft};

use crate::world::practice::{at, end};
use crate::world::queue::{class, code, practice_of_one, waits};
use crate::world::{World, stories};

stories! { both: [
    what_comes_free_is_offered_to_whoever_came_first,
    whoever_passes_on_an_offer_makes_way_and_is_not_asked_again,
    an_offer_that_nobody_answers_stays_kept_until_its_own_end_and_goes_to_the_next,
    a_freed_seat_is_offered_and_a_class_ends_with_the_last_offer_of_it,
    a_class_that_is_called_off_offers_nobody_and_takes_its_offers_back,
    a_seat_that_is_offered_outlives_the_holds_beside_it,
    only_a_start_that_somebody_waits_for_is_offered_to_them,
    a_start_that_is_moved_away_from_and_a_hold_that_is_let_go_are_offered,
    whoever_leaves_gives_up_what_was_offered,
    a_booking_of_what_was_put_away_is_called_off_though_somebody_waits,
] }

const TEN: &str = "2026-03-03T10:00:00Z";

async fn what_comes_free_is_offered_to_whoever_came_first(world: World) {
    let (practice, service) = practice_of_one(&world, ServiceEdit::default()).await;
    let made = practice.books(service, at(TEN)).await.unwrap();
    let queue = practice.queue(service, 2).await;
    assert_eq!(
        code(practice.accepts(queue[0]).await),
        "OFFER_GONE",
        "nothing yet"
    );
    practice.gives_up(made).await.unwrap();
    assert_eq!(practice.stand(&queue).await, [Offered, Waiting]);
    assert_eq!(code(practice.books(service, at(TEN)).await), "SLOT_TAKEN");
    assert_eq!(
        code(practice.accepts(queue[1]).await),
        "OFFER_GONE",
        "it is not theirs"
    );
    let booked = practice.accepts(queue[0]).await.unwrap();
    assert_eq!(practice.stand(&queue).await, [Booked, Waiting]);
    assert_eq!(practice.booking(booked.booking).await.starts_at, at(TEN));
    assert_eq!(code(practice.accepts(queue[0]).await), "OFFER_GONE", "once");
    assert_eq!(practice.expires().await, 0);
    assert!(practice.audit().await.is_clean());
}

async fn a_booking_of_what_was_put_away_is_called_off_though_somebody_waits(world: World) {
    let (practice, service) = practice_of_one(&world, ServiceEdit::default()).await;
    let made = practice.books(service, at(TEN)).await.unwrap();
    let queue = practice.queue(service, 1).await;
    let work = practice.staff().await;
    let away = archive_service(&work, service, None).await;
    end(work, away).await.unwrap();
    practice.gives_up(made).await.unwrap();
    assert_eq!(
        practice.stand(&queue).await,
        [Waiting],
        "nobody is offered what is not there"
    );
    assert!(practice.audit().await.is_clean());
}

async fn whoever_passes_on_an_offer_makes_way_and_is_not_asked_again(world: World) {
    let (practice, service) = practice_of_one(&world, ServiceEdit::default()).await;
    let made = practice.books(service, at(TEN)).await.unwrap();
    let later = practice.books(service, at("2026-03-03T11:00:00Z")).await.unwrap();
    let queue = practice.queue(service, 2).await;
    practice.calls_off(made).await;
    practice.declines(queue[0]).await.unwrap();
    assert_eq!(practice.stand(&queue).await, [Waiting, Offered]);
    assert_eq!(code(practice.declines(queue[0]).await), "OFFER_GONE");
    practice.declines(queue[1]).await.unwrap();
    assert_eq!(practice.stand(&queue).await, [Waiting, Waiting]);
    let made = practice.books(service, at(TEN)).await.unwrap();
    practice.gives_up(made).await.unwrap();
    assert_eq!(
        practice.stand(&queue).await,
        [Waiting, Waiting],
        "nobody is asked twice"
    );
    practice.gives_up(later).await.unwrap();
    assert_eq!(practice.stand(&queue).await, [Offered, Waiting], "another time");
    assert!(practice.audit().await.is_clean());
}

async fn an_offer_that_nobody_answers_stays_kept_until_its_own_end_and_goes_to_the_next(world: World) {
    let (practice, service) = practice_of_one(&world, ServiceEdit::default()).await;
    let made = practice.books(service, at(TEN)).await.unwrap();
    let queue = practice.queue(service, 2).await;
    practice.gives_up(made).await.unwrap();
    world.clock.advance(OFFER_LASTS - TimeDelta::seconds(1));
    assert_eq!(practice.expires().await, 0);
    assert_eq!(practice.stand(&queue).await, [Offered, Waiting]);
    world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(
        practice.stand(&queue).await,
        [Waiting, Waiting],
        "the clock says so"
    );
    assert_eq!(code(practice.accepts(queue[0]).await), "OFFER_GONE");
    assert_eq!(code(practice.declines(queue[0]).await), "OFFER_GONE");
    // Whoever clears what has freed itself leaves it alone.
    assert_eq!(code(practice.books(service, at(TEN)).await), "SLOT_TAKEN");
    let work = practice.staff().await;
    let swept = booking::expire_lapsed(&work).await;
    assert_eq!(end(work, swept).await.unwrap(), 0);
    assert_eq!(practice.expires().await, 1);
    assert_eq!(practice.stand(&queue).await, [Waiting, Offered]);
    assert_eq!(practice.expires().await, 0);
    practice.accepts(queue[1]).await.unwrap();
    assert!(practice.audit().await.is_clean());
}

async fn a_freed_seat_is_offered_and_a_class_ends_with_the_last_offer_of_it(world: World) {
    let (practice, service) = practice_of_one(&world, class(2)).await;
    let first = practice.books(service, at(TEN)).await.unwrap();
    let second = practice.books(service, at(TEN)).await.unwrap();
    let queue = practice.queue(service, 3).await;
    practice.gives_up(first).await.unwrap();
    assert_eq!(practice.stand(&queue).await, [Offered, Waiting, Waiting]);
    assert_eq!(code(practice.books(service, at(TEN)).await), "SEATS_FULL");
    let joined = practice.accepts(queue[0]).await.unwrap();
    assert_eq!(joined.booking, second.booking, "the same session");
    practice.gives_up(second).await.unwrap();
    practice.gives_up(joined).await.unwrap();
    assert_eq!(practice.stand(&queue).await, [Booked, Offered, Offered]);
    assert_eq!(
        practice.booking(joined.booking).await.status.word(),
        "CONFIRMED",
        "it waits for them"
    );
    assert!(practice.audit().await.is_clean());
    world.clock.advance(OFFER_LASTS);
    assert_eq!(practice.expires().await, 2);
    assert_eq!(practice.stand(&queue).await, [Booked, Waiting, Waiting]);
    assert_eq!(practice.booking(joined.booking).await.status.word(), "CANCELLED");
    practice.books(service, at(TEN)).await.unwrap();
    assert!(practice.audit().await.is_clean());
}

async fn a_class_that_is_called_off_offers_nobody_and_takes_its_offers_back(world: World) {
    let (practice, service) = practice_of_one(&world, class(2)).await;
    let first = practice.books(service, at(TEN)).await.unwrap();
    let second = practice.books(service, at(TEN)).await.unwrap();
    let queue = practice.queue(service, 2).await;
    practice.gives_up(first).await.unwrap();
    assert_eq!(practice.stand(&queue).await, [Offered, Waiting]);
    practice.calls_off(second).await;
    assert_eq!(practice.stand(&queue).await, [Waiting, Waiting]);
    assert_eq!(code(practice.accepts(queue[0]).await), "OFFER_GONE");
    world.clock.advance(OFFER_LASTS);
    assert_eq!(practice.expires().await, 0);
    assert!(practice.audit().await.is_clean());
}

async fn a_seat_that_is_offered_outlives_the_holds_beside_it(world: World) {
    let (practice, service) = practice_of_one(&world, class(3)).await;
    let alone = practice.books(service, at(TEN)).await.unwrap();
    let queue = practice.queue(service, 1).await;
    practice.gives_up(alone).await.unwrap();
    practice.accepts(queue[0]).await.unwrap();
    let more = practice.joins(waits(service, "zoe")).await.unwrap();
    // A session that begins with an offer: its only booking was let go before anybody waited for another start.
    let eleven = at("2026-03-03T11:00:00Z");
    let hold = practice.holds(service, eleven).await.unwrap();
    let work = practice.stranger().await;
    let token = scheduling::hold::token(&work, hold);
    let let_go = scheduling::hold::release(&work, &token).await;
    end(work, let_go).await.unwrap();
    assert_eq!(practice.stand(&[more]).await, [Offered]);
    practice.holds(service, eleven).await.unwrap();
    world.clock.advance(scheduling::hold::LASTS);
    let work = practice.staff().await;
    let swept = booking::expire_lapsed(&work).await;
    assert_eq!(end(work, swept).await.unwrap(), 1, "the hold beside it");
    assert!(practice.audit().await.is_clean());
    let hold = practice.holds(service, eleven).await.unwrap();
    practice.declines(more).await.unwrap();
    assert!(practice.audit().await.is_clean());
    world.clock.advance(scheduling::hold::LASTS);
    let gone = practice
        .books_held(hold, crate::world::practice::draft(service, eleven))
        .await;
    assert_eq!(code(gone), "HOLD_INVALID");
    let work = practice.staff().await;
    let swept = booking::expire_lapsed(&work).await;
    assert!(
        end(work, swept).await.unwrap() > 0,
        "the session waits for nobody any more"
    );
    let left = "SELECT CAST(count(*) AS text) FROM bookings WHERE status = 'PENDING'";
    assert_eq!(world.admin_sql(left).await, [[Some("0".to_owned())]]);
    assert!(practice.audit().await.is_clean());
}

async fn only_a_start_that_somebody_waits_for_is_offered_to_them(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea", "caio"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let other = practice
        .service("terapia", &hosts[..1], ServiceEdit::default())
        .await;
    let window = Span::new(at("2026-03-03T10:00:01Z"), at("2026-03-04T00:00:00Z")).unwrap();
    let later = WaitDraft {
        window,
        ..waits(service, "later")
    };
    let until = Span::new(at("2026-03-03T00:00:00Z"), at(TEN)).unwrap();
    let earlier = WaitDraft {
        window: until,
        ..waits(service, "earlier")
    };
    let elsewhere = WaitDraft {
        host: Some(hosts[1]),
        ..waits(service, "elsewhere")
    };
    let not_his = WaitDraft {
        host: Some(hosts[1]),
        ..waits(other, "nobody")
    };
    assert_eq!(code(practice.joins(not_his).await), "NOT_FOUND");
    let by_bea = crate::world::practice::draft(service, at(TEN));
    let work = practice.stranger().await;
    let made = booking::create(
        &work,
        booking::BookingDraft {
            host: Some(hosts[0]),
            ..by_bea.clone()
        },
    )
    .await;
    let made = end(work, made).await.unwrap();
    practice.books(service, at(TEN)).await.unwrap();
    let mut queue = Vec::new();
    for draft in [
        later,
        earlier,
        elsewhere,
        waits(other, "other"),
        waits(service, "fits"),
    ] {
        queue.push(practice.joins(draft).await.unwrap());
    }
    practice.gives_up(made).await.unwrap();
    assert_eq!(
        practice.stand(&queue).await,
        [Waiting, Waiting, Waiting, Waiting, Offered]
    );
    assert!(practice.audit().await.is_clean());
}

async fn a_start_that_is_moved_away_from_and_a_hold_that_is_let_go_are_offered(world: World) {
    let (practice, service) = practice_of_one(&world, ServiceEdit::default()).await;
    let made = practice.books(service, at(TEN)).await.unwrap();
    let hold = practice.holds(service, at("2026-03-03T12:00:00Z")).await.unwrap();
    let queue = practice.queue(service, 2).await;
    let work = practice.staff().await;
    let to = Shift {
        starts_at: at("2026-03-03T10:30:00Z"),
        expected_version: None,
        overrides: Overrides::default(),
        reason: None,
    };
    let moved = booking::shift(&work, made.booking, to).await;
    end(work, moved).await.unwrap();
    assert_eq!(practice.stand(&queue).await, [Offered, Waiting]);
    let work = practice.stranger().await;
    let token = scheduling::hold::token(&work, hold);
    let let_go = scheduling::hold::release(&work, &token).await;
    end(work, let_go).await.unwrap();
    assert_eq!(practice.stand(&queue).await, [Offered, Offered]);
    assert_eq!(
        practice.accepts(queue[0]).await.map(|it| it.booking).is_ok(),
        practice.accepts(queue[1]).await.is_ok()
    );
    assert_eq!(practice.stand(&queue).await, [Booked, Booked]);
    assert!(practice.audit().await.is_clean());
}

async fn whoever_leaves_gives_up_what_was_offered(world: World) {
    let (practice, service) = practice_of_one(&world, ServiceEdit::default()).await;
    let made = practice.books(service, at(TEN)).await.unwrap();
    let queue = practice.queue(service, 3).await;
    let leaves = async |entry: WaitlistEntryId| {
        let work = practice.stranger().await;
        let token = waitlist::token(&work, entry);
        let left = waitlist::leave_by_token(&work, &token).await;
        code(end(work, left).await)
    };
    assert_eq!(leaves(queue[1]).await, "OK");
    practice.gives_up(made).await.unwrap();
    assert_eq!(practice.stand(&queue).await, [Offered, Left, Waiting]);
    let work = practice.staff().await;
    let stale = waitlist::leave(&work, queue[0], Some(1)).await;
    assert_eq!(code(end(work, stale).await), "VERSION_CONFLICT");
    let work = practice.staff().await;
    let left = waitlist::leave(&work, queue[0], Some(2)).await;
    assert_eq!(code(end(work, left).await), "OK");
    assert_eq!(practice.stand(&queue).await, [Left, Left, Offered]);
    assert_eq!(leaves(queue[0]).await, "TRANSITION_REFUSED");
    assert!(practice.audit().await.is_clean());
}
