//! What is forgotten, and when.

use chrono::TimeDelta;
use db::idempotency::{self, Ask, KEPT_FOR};
use db::{Account, Asker, Tenant};
use tenancy::Swept;
use tenancy::session;
use tenancy::sweep::REUSE_KNOWN_FOR;

use crate::tenancy_cast::person;
use crate::world::{World, stories};

stories! {
    both: [
        a_living_session_loses_only_its_oldest_generations,
        what_has_expired_is_forgotten_and_nothing_else,
    ],
}

async fn what_has_expired_is_forgotten_and_nothing_else(world: World) {
    let ana = world.registers("ana@example.com").await;
    let aurora = world.founds(ana.user, "aurora").await.unwrap();
    let ask = Ask {
        actor: "a",
        mutation: "m",
        key: "k",
        request: b"",
    };
    for _ in 0..2 {
        let work = world
            .store
            .write(Tenant(aurora), &person(ana.user))
            .await
            .unwrap();
        idempotency::claim(&work, Tenant(aurora), &ask).await.unwrap();
        idempotency::claim(&work, Account, &ask).await.unwrap();
        work.commit().await.unwrap();
        world.clock.advance(KEPT_FOR);
    }
    let swept = tenancy::sweep(&world.store).await.unwrap();
    assert_eq!(
        swept,
        Swept {
            codes: 1,
            idempotency_keys: 2,
            ..Swept::default()
        }
    );
    world
        .clock
        .advance(session::REFRESH_FOR - KEPT_FOR * 2 - TimeDelta::microseconds(1));
    assert_eq!(tenancy::sweep(&world.store).await.unwrap(), Swept::default());
    world.clock.advance(TimeDelta::microseconds(1));
    let swept = tenancy::sweep(&world.store).await.unwrap();
    assert_eq!(
        swept,
        Swept {
            generations: 1,
            sessions: 1,
            ..Swept::default()
        }
    );
    let again = world.signs_in("ana@example.com").await;
    assert!(world.is_recognised(&again).await);
}

async fn a_living_session_loses_only_its_oldest_generations(world: World) {
    let first = world.registers("ana@example.com").await;
    let nobody = Asker::anonymous();
    let mut last = first;
    for _ in 0..2 {
        let token = world.issued(&last).await.tokens.refresh;
        last = world
            .act(Account, &nobody, async |work| {
                tenancy::refresh(work, token.reveal()).await
            })
            .await
            .unwrap();
        world.clock.advance(REUSE_KNOWN_FOR - TimeDelta::days(1));
    }
    assert_eq!(tenancy::sweep(&world.store).await.unwrap().generations, 1);
    let reading = world.account(&nobody).await;
    assert!(tenancy::issued(&reading, &first).await.unwrap().is_none());
    assert!(tenancy::issued(&reading, &last).await.unwrap().is_some());
}
