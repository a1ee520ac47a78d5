//! The waiting list under many hands: an offer is taken once, or ended once, and there are as many as there are seats.

use std::future::Future;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Span;
use scheduling::service::ServiceEdit;
use scheduling::waitlist::WaitlistStatus::{Booked, Offered, Waiting};
use scheduling::waitlist::{self, OFFER_LASTS, WAITING_MAX, WINDOW_MAX, WaitDraft};

use crate::world::practice::at;
use crate::world::queue::{class, code, practice_of_one, waits};
use crate::world::{World, stories};

stories! { both: [
    of_eight_who_take_one_offer_at_once_one_books,
    an_offer_that_ends_while_it_is_taken_is_taken_or_ended,
    of_twenty_who_wait_for_three_freed_seats_exactly_three_get_one,
    a_list_is_as_long_and_a_window_as_wide_as_its_limit,
] }

const TEN: &str = "2026-03-03T10:00:00Z";

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
    let leaving = seated[..3].iter().copied().map(|made| {
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
