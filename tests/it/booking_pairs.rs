//! Whatever two things happen to one booking or hold at once, it ends as if one had happened after the other.

use std::pin::Pin;
use std::sync::Arc;

use chrono::TimeDelta;
use kernel::{Kind, Refuse as _};
use scheduling::Refusal;
use scheduling::booking::{self, BookingMade, Closing, Overrides, Reassign, Shift, Status};
use scheduling::hold;
use scheduling::service::{Confirmation, ServiceEdit};
use scheduling::token::{self, Purpose};

use crate::world::practice::{Practice, at, draft, end};
use crate::world::{World, stories};

stories! { both: [
    every_pair_of_changes_at_once_is_one_after_the_other,
    a_hold_that_many_book_and_let_go_at_once_is_booked_at_most_once,
    parallel_creates_with_one_key_are_one_booking,
] }

type Answer = Pin<Box<dyn Future<Output = Result<(), Refusal>> + Send>>;

/// Everything that can happen to a booking at somebody's bidding.
const CHANGES: [&str; 7] = [
    "CONFIRM",
    "REQUIRE_PAYMENT",
    "REJECT",
    "CANCEL",
    "CANCEL_BY_LINK",
    "MOVE",
    "REASSIGN",
];

fn change(
    practice: Practice,
    made: BookingMade,
    other: kernel::id::ResourceId,
    name: &'static str,
) -> Answer {
    Box::pin(async move {
        let work = practice.staff().await;
        let (id, how) = (made.booking, Closing::default());
        let done = match name {
            "CONFIRM" => booking::confirm(&work, id, how).await,
            "REQUIRE_PAYMENT" => booking::require_payment(&work, id, how).await,
            "REJECT" => booking::reject(&work, id, how).await,
            "CANCEL" => booking::cancel(&work, id, how).await,
            "CANCEL_BY_LINK" => {
                let link = token::link(&work, made.link, Purpose::Manage);
                booking::cancel_by_token(&work, &link, how).await
            }
            "MOVE" => {
                let to = Shift {
                    starts_at: at("2026-03-05T12:00:00Z"),
                    expected_version: None,
                    overrides: Overrides::default(),
                    reason: None,
                };
                booking::shift(&work, id, to).await
            }
            _ => {
                let ask = Reassign {
                    from: None,
                    to: other,
                    overrides: Overrides::default(),
                    how,
                };
                booking::reassign(&work, id, ask).await
            }
        };
        end(work, done).await.map(drop)
    })
}

async fn every_pair_of_changes_at_once_is_one_after_the_other(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea", "caio"]).await;
    for occupies in [true, false] {
        let edit = ServiceEdit {
            confirmation: Some(Confirmation::Manual),
            pending_occupies: Some(occupies),
            ..ServiceEdit::default()
        };
        let slug = if occupies { "pedido" } else { "talvez" };
        let service = practice.service(slug, &hosts, edit).await;
        for first in CHANGES {
            for second in CHANGES {
                let asked = scheduling::booking::BookingDraft {
                    host: Some(hosts[0]),
                    ..draft(service, at("2026-03-05T10:00:00Z"))
                };
                let work = practice.stranger().await;
                let made = booking::create(&work, asked).await;
                let made = end(work, made).await.unwrap();
                let both =
                    [first, second].map(|it| tokio::spawn(change(practice.clone(), made, hosts[1], it)));
                let mut done = 0;
                for one in both {
                    match one.await.unwrap() {
                        Ok(()) => done += 1,
                        Err(refused) => {
                            // Whoever gives it already cannot be given it again: the second of two equals hears that.
                            let known = matches!(refused.kind(), Kind::Conflict | Kind::Invalid);
                            assert!(known, "{first} {second}: {refused}");
                        }
                    }
                }
                let after = practice.booking(made.booking).await;
                assert_eq!(
                    after.version,
                    1 + done,
                    "{first} {second}: every acknowledged change is a version"
                );
                assert!(done >= 1, "{first} {second}");
                assert_eq!(practice.audit().await, Default::default(), "{first} {second}");
                if after.status.is_open() {
                    change(practice.clone(), made, hosts[1], "CANCEL").await.unwrap();
                }
            }
        }
    }
}

async fn a_hold_that_many_book_and_let_go_at_once_is_booked_at_most_once(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    for round in 0..12 {
        let time = at("2026-03-03T08:00:00Z") + TimeDelta::minutes(30 * round);
        let held = practice.holds(service, time).await.unwrap();
        if round % 3 == 2 {
            world.clock.advance(hold::LASTS);
        }
        let practice = Arc::new(practice.clone());
        let tries = (0..9_usize).map(|turn| {
            let practice = Arc::clone(&practice);
            tokio::spawn(async move {
                match turn % 3 {
                    0 => practice.books_held(held, draft(service, time)).await.map(|_| 1),
                    1 => practice.books(service, time).await.map(|_| 1),
                    _ => {
                        let work = practice.stranger().await;
                        let token = hold::token(&work, held);
                        let done = hold::release(&work, &token).await;
                        end(work, done).await.map(|_| 0)
                    }
                }
            })
        });
        let mut booked = 0;
        for one in tries.collect::<Vec<_>>() {
            match one.await.unwrap() {
                Ok(count) => booked += count,
                Err(refused) => assert_eq!(refused.kind(), Kind::Conflict, "{refused}"),
            }
        }
        assert!(booked <= 1, "{booked} at once");
        assert!(practice.audit().await.is_clean());
    }
}

async fn parallel_creates_with_one_key_are_one_booking(world: World) {
    use db::idempotency::{self, Ask, Claim};
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let tries = (0..200).map(|_| {
        let practice = practice.clone();
        tokio::spawn(async move {
            let work = practice.stranger().await;
            let scope = db::Tenant(practice.organization);
            let ask = Ask {
                actor: "somebody",
                mutation: "bookingCreate",
                key: "one",
                request: b"the same",
            };
            match idempotency::claim(&work, scope, &ask).await.unwrap() {
                Claim::Fresh(id) => {
                    let made = booking::create(&work, draft(service, at("2026-03-03T10:00:00Z")))
                        .await
                        .unwrap();
                    let answer = serde_json::to_value(made).unwrap();
                    idempotency::keep(&work, scope, id, answer.clone()).await.unwrap();
                    work.commit().await.unwrap();
                    answer
                }
                Claim::Replay(answer) => answer,
                Claim::Reused => panic!("the same request"),
            }
        })
    });
    let mut answers = Vec::new();
    for one in tries.collect::<Vec<_>>() {
        answers.push(one.await.unwrap());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "the same answer for everybody");
    let made: BookingMade = serde_json::from_value(answers.remove(0)).unwrap();
    assert_eq!(practice.booking(made.booking).await.status, Status::Confirmed);
    let all = "SELECT CAST(count(*) AS text) FROM bookings";
    assert_eq!(world.admin_sql(all).await, [[Some("1".to_owned())]]);
}
