//! Whatever two things happen to one booking or hold at once, it ends as if one had happened after the other.

use std::pin::Pin;
use std::sync::Arc;

use chrono::TimeDelta;
use kernel::id::{ResourceId, ServiceId};
use kernel::{Kind, Refuse as _};
use scheduling::Refusal;
use scheduling::booking::{
    self, BookingDraft, BookingMade, Closing, Exchange, Overrides, Reassign, Shift, Side, Status, Swap,
};
use scheduling::hold;
use scheduling::service::{Confirmation, ServiceEdit};
use scheduling::token::{self, Purpose};

use crate::world::practice::{Practice, at, draft, end};
use crate::world::{World, stories};

stories! { both: [
    every_pair_of_changes_at_once_is_one_after_the_other,
    whatever_happens_while_a_booking_lapses_happened_before_or_not_at_all,
    a_hold_that_many_book_and_let_go_at_once_is_booked_at_most_once,
    parallel_creates_with_one_key_are_one_booking,
] }

type Answer = Pin<Box<dyn Future<Output = Result<(), Refusal>> + Send>>;

/// Everything that can happen to a booking at somebody's bidding.
const CHANGES: [&str; 8] = [
    "CONFIRM",
    "REQUIRE_PAYMENT",
    "REJECT",
    "CANCEL",
    "CANCEL_BY_LINK",
    "MOVE",
    "REASSIGN",
    "SWAP",
];

fn change(
    practice: Practice,
    made: BookingMade,
    (other, partner): (ResourceId, Option<BookingMade>),
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
                let link = token::link(work.key(), made.link, Purpose::Manage);
                booking::cancel_by_token(&work, &link, how).await
            }
            "MOVE" => {
                let to = Shift {
                    starts_at: at("2026-04-20T12:00:00Z"),
                    expected_version: None,
                    overrides: Overrides::default(),
                    reason: None,
                };
                booking::shift(&work, id, to).await
            }
            "SWAP" => {
                let side = |made: BookingMade| Side {
                    booking: made.booking,
                    expected_version: None,
                };
                let ask = Swap {
                    first: side(made),
                    second: side(partner.unwrap_or(made)),
                    what: Exchange::Times,
                    overrides: Overrides::default(),
                    reason: None,
                };
                booking::swap(&work, ask)
                    .await
                    .map(|it| booking::BookingChanged { booking: it.first })
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
                let made = asked(&practice, (service, hosts[0]), "2026-03-05T10:00:00Z").await;
                let partner = if [first, second].contains(&"SWAP") {
                    Some(asked(&practice, (service, hosts[0]), "2026-03-05T16:00:00Z").await)
                } else {
                    None
                };
                let with = (hosts[1], partner);
                let both = [first, second].map(|it| tokio::spawn(change(practice.clone(), made, with, it)));
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
                for one in [Some(made), partner].into_iter().flatten() {
                    if practice.booking(one.booking).await.status.is_open() {
                        change(practice.clone(), one, with, "CANCEL").await.unwrap();
                    }
                }
            }
        }
    }
}

async fn asked(practice: &Practice, (service, host): (ServiceId, ResourceId), time: &str) -> BookingMade {
    let asked = BookingDraft {
        host: Some(host),
        ..draft(service, at(time))
    };
    let work = practice.stranger().await;
    let made = booking::create(&work, asked).await;
    end(work, made).await.unwrap()
}

/// The clock passes the moment while the change is under way, and the sweep comes: the change happened before, or not at all.
async fn whatever_happens_while_a_booking_lapses_happened_before_or_not_at_all(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea", "caio"]).await;
    let edit = |occupies| ServiceEdit {
        confirmation: Some(Confirmation::Manual),
        confirmation_timeout_minutes: Some(15),
        pending_occupies: Some(occupies),
        ..ServiceEdit::default()
    };
    let services = [
        practice.service("pedido", &hosts, edit(true)).await,
        practice.service("talvez", &hosts, edit(false)).await,
    ];
    for (service, name) in services.iter().flat_map(|it| CHANGES.map(|name| (*it, name))) {
        let made = asked(&practice, (service, hosts[0]), "2026-04-20T10:00:00Z").await;
        let partner = asked(&practice, (service, hosts[0]), "2026-04-20T16:00:00Z").await;
        let with = (hosts[1], Some(partner));
        let changing = tokio::spawn(change(practice.clone(), made, with, name));
        tokio::task::yield_now().await;
        world.clock.advance(TimeDelta::minutes(15));
        let work = practice.staff().await;
        let swept = booking::expire_lapsed(&work).await;
        end(work, swept).await.unwrap();
        let changed = changing.await.unwrap();
        // Whoever asks for money gives the client fifteen minutes more.
        let after = practice.booking(made.booking).await;
        match changed {
            Ok(()) => assert!(after.version >= 2, "{name}: {after:?}"),
            Err(refused) => {
                assert_eq!(refused.kind(), Kind::Conflict, "{name}: {refused}");
                assert_eq!(after.status, Status::Expired, "{name}: {refused}");
            }
        }
        assert!(practice.audit().await.is_clean(), "{name}");
        for one in [made, partner] {
            if practice.booking(one.booking).await.status.is_open() {
                change(practice.clone(), one, with, "CANCEL").await.unwrap();
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
