//! The waiting list: what comes free is offered to whoever came first, to one at a time, and to nobody who comes by.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::id::{ServiceId, WaitlistEntryId};
use kernel::{Refuse as _, Span};
use scheduling::Refusal;
use scheduling::booking::{self, BookingMade, Closing, Overrides, Shift};
use scheduling::contact::Contact;
use scheduling::service::{Answers, ServiceEdit};
use scheduling::token::{self, Purpose};
use scheduling::waitlist::WaitlistStatus::{self, Booked, Left, Offered, Waiting};
use scheduling::waitlist::{self, OFFER_LASTS, WAITING_MAX, WINDOW_MAX, WaitDraft};

use crate::world::practice::{Practice, at, end};
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
    of_eight_who_take_one_offer_at_once_one_books,
    an_offer_that_ends_while_it_is_taken_is_taken_or_ended,
    of_twenty_who_wait_for_three_freed_seats_exactly_three_get_one,
    a_list_is_as_long_and_a_window_as_wide_as_its_limit,
] }

const TEN: &str = "2026-03-03T10:00:00Z";

/// Whoever waits for anything on the day of the story, or for what a story says.
fn waits(service: ServiceId, name: &str) -> WaitDraft {
    WaitDraft {
        service,
        host: None,
        window: Span::new(at("2026-03-03T00:00:00Z"), at("2026-03-04T00:00:00Z")).unwrap(),
        client: Contact {
            name: name.parse().unwrap(),
            email: Some(format!("{name}@example.com").parse().unwrap()),
            phone: None,
        },
    }
}

impl Practice {
    async fn joins(&self, draft: WaitDraft) -> Result<WaitlistEntryId, Refusal> {
        let work = self.stranger().await;
        let joined = waitlist::join(&work, draft).await;
        end(work, joined).await.map(|it| it.entry)
    }

    /// Several, one after the other.
    async fn queue(&self, service: ServiceId, count: usize) -> Vec<WaitlistEntryId> {
        let mut queue = Vec::new();
        for at in 0..count {
            queue.push(self.joins(waits(service, &format!("w{at}"))).await.unwrap());
        }
        queue
    }

    async fn accepts(&self, entry: WaitlistEntryId) -> Result<BookingMade, Refusal> {
        let work = self.stranger().await;
        let token = waitlist::token(&work, entry);
        let booked = match waitlist::offered(&work, &token, Answers::new()).await {
            Ok(draft) => waitlist::accept(&work, &token, draft).await,
            Err(refused) => Err(refused),
        };
        end(work, booked).await
    }

    async fn declines(&self, entry: WaitlistEntryId) -> Result<(), Refusal> {
        let work = self.stranger().await;
        let token = waitlist::token(&work, entry);
        let declined = waitlist::decline(&work, &token).await;
        end(work, declined).await.map(drop)
    }

    /// A client calls their booking off, or gives their seat up.
    async fn gives_up(&self, made: BookingMade) -> Result<(), Refusal> {
        let work = self.stranger().await;
        let link = token::link(&work, made.link, Purpose::Manage);
        let done = booking::cancel_by_token(&work, &link, Closing::default()).await;
        end(work, done).await.map(drop)
    }

    async fn calls_off(&self, made: BookingMade) {
        let work = self.staff().await;
        let done = booking::cancel(&work, made.booking, Closing::default()).await;
        end(work, done).await.unwrap();
    }

    /// Ends what nobody answered; says how much.
    async fn expires(&self) -> u64 {
        let work = self.staff().await;
        let ended = waitlist::expire_due(&work).await;
        end(work, ended).await.unwrap()
    }

    async fn stand(&self, queue: &[WaitlistEntryId]) -> Vec<WaitlistStatus> {
        let work = self.staff().await;
        let found = waitlist::find_entries(&work, queue).await.unwrap();
        let of = |id: &WaitlistEntryId| found.iter().find(|it| it.id == *id).unwrap();
        queue.iter().map(|it| of(it).status_at(work.now())).collect()
    }
}

async fn practice_of_one(world: &World, details: ServiceEdit) -> (Practice, ServiceId) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, details).await;
    (practice, service)
}

fn class(seats: i64) -> ServiceEdit {
    ServiceEdit {
        seats: Some(seats),
        ..ServiceEdit::default()
    }
}

fn code<T>(done: Result<T, Refusal>) -> &'static str {
    done.map_or_else(|refused| refused.code().word(), |_| "OK")
}

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

/// Runs all at once; gives the codes in order.
async fn all_at_once<F>(tries: impl IntoIterator<Item = F>) -> Vec<&'static str>
where
    F: Future<Output = &'static str> + Send + 'static,
{
    let running: Vec<_> = tries.into_iter().map(tokio::spawn).collect();
    let mut codes = Vec::new();
    for one in running {
        codes.push(one.await.unwrap());
    }
    codes.sort_unstable();
    codes
}

async fn of_eight_who_take_one_offer_at_once_one_books(world: World) {
    for (slug, details) in [("aurora", ServiceEdit::default()), ("boreal", class(2))] {
        let practice = world.practice(slug).await;
        let hosts = practice.people(&["bea"]).await;
        let service = practice.service("consulta", &hosts, details).await;
        let made = practice.books(service, at(TEN)).await.unwrap();
        let queue = practice.queue(service, 2).await;
        practice.gives_up(made).await.unwrap();
        let tries = (0..8).map(|_| {
            let (practice, entry) = (practice.clone(), queue[0]);
            async move { code(practice.accepts(entry).await) }
        });
        let codes = all_at_once(tries).await;
        assert_eq!(codes[..7], ["OFFER_GONE"; 7], "{slug}: {codes:?}");
        assert_eq!(codes[7], "OK");
        assert_eq!(practice.stand(&queue).await, [Booked, Waiting]);
        assert!(practice.audit().await.is_clean());
    }
}

async fn an_offer_that_ends_while_it_is_taken_is_taken_or_ended(world: World) {
    for (slug, details) in [("aurora", ServiceEdit::default()), ("boreal", class(2))] {
        let practice = world.practice(slug).await;
        let hosts = practice.people(&["bea"]).await;
        let service = practice.service("consulta", &hosts, details).await;
        for hour in 10..16 {
            let start = kernel::Clock::now(&*world.clock) + TimeDelta::days(1);
            let start = start.date_naive().and_hms_opt(hour, 0, 0).unwrap().and_utc();
            let made = practice.books(service, start).await.unwrap();
            let window = Span::new(start, start + TimeDelta::minutes(1)).unwrap();
            let mut queue = Vec::new();
            for name in ["ana", "rui"] {
                let draft = WaitDraft {
                    window,
                    ..waits(service, name)
                };
                queue.push(practice.joins(draft).await.unwrap());
            }
            practice.gives_up(made).await.unwrap();
            world.clock.advance(OFFER_LASTS - TimeDelta::seconds(1));
            let (taker, entry) = (practice.clone(), queue[0]);
            let taking = tokio::spawn(async move { code(taker.accepts(entry).await) });
            let (ender, clock) = (practice.clone(), world.clock.clone());
            let ending = tokio::spawn(async move {
                clock.advance(TimeDelta::seconds(1));
                ender.expires().await
            });
            let (taken, ended) = (taking.await.unwrap(), ending.await.unwrap());
            let stand = practice.stand(&queue).await;
            match taken {
                "OK" => assert_eq!((ended, stand), (0, vec![Booked, Waiting])),
                "OFFER_GONE" => {
                    assert_eq!((ended, stand), (1, vec![Waiting, Offered]));
                    practice.declines(queue[1]).await.unwrap();
                }
                other => panic!("{other}"),
            }
            assert!(practice.audit().await.is_clean());
        }
    }
}

async fn of_twenty_who_wait_for_three_freed_seats_exactly_three_get_one(world: World) {
    let (practice, service) = practice_of_one(&world, class(4)).await;
    let mut seated = Vec::new();
    for _ in 0..4 {
        seated.push(practice.books(service, at(TEN)).await.unwrap());
    }
    let queue = practice.queue(service, 20).await;
    let leaving = seated[..3].to_vec().into_iter().map(|made| {
        let practice = practice.clone();
        async move { code(practice.gives_up(made).await) }
    });
    assert_eq!(all_at_once(leaving).await, ["OK"; 3]);
    let tries = queue.iter().map(|entry| {
        let (practice, entry) = (practice.clone(), *entry);
        async move { code(practice.accepts(entry).await) }
    });
    let codes = all_at_once(tries).await;
    assert_eq!(codes.iter().filter(|it| **it == "OK").count(), 3, "{codes:?}");
    assert_eq!(
        codes.iter().filter(|it| **it == "OFFER_GONE").count(),
        17,
        "{codes:?}"
    );
    let stand = practice.stand(&queue).await;
    assert_eq!(stand[..3], [Booked; 3], "the first three");
    let taken = "SELECT CAST(count(*) AS text) FROM attendees WHERE status = 'CONFIRMED'";
    assert_eq!(world.admin_sql(taken).await, [[Some("4".to_owned())]]);
    assert!(practice.audit().await.is_clean());
}

async fn a_list_is_as_long_and_a_window_as_wide_as_its_limit(world: World) {
    let (practice, service) = practice_of_one(&world, ServiceEdit::default()).await;
    let now = kernel::Clock::now(&*world.clock);
    let until = |end: DateTime<Utc>| WaitDraft {
        window: Span::new(now - TimeDelta::days(1), end).unwrap(),
        ..waits(service, "ana")
    };
    assert_eq!(code(practice.joins(until(now)).await), "INVALID_INPUT");
    assert_eq!(code(practice.joins(until(now + WINDOW_MAX)).await), "OK");
    let wider = until(now + WINDOW_MAX + TimeDelta::microseconds(1));
    assert_eq!(code(practice.joins(wider).await), "INVALID_INPUT");
    let work = practice.stranger().await;
    for _ in 1..WAITING_MAX {
        waitlist::join(&work, waits(service, "rui")).await.unwrap();
    }
    let one_more = waitlist::join(&work, waits(service, "eva")).await;
    assert_eq!(code(one_more), "LIMIT_REACHED");
    work.undo().await.unwrap();
}
