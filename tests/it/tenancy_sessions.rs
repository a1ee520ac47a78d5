//! Refreshing, ending, and what races with what.

use chrono::TimeDelta;
use db::{Account, Asker, Token};
use futures::future::join_all;
use tenancy::session::{self, LIVING_MAX};
use tenancy::{Refusal, SignedIn};

use crate::tenancy_cast::{PASSWORD, code, person};
use crate::world::{World, number, stories};

stories! {
    both: [
        a_refresh_never_slips_past_the_end_of_all_sessions,
        a_refresh_token_that_comes_back_later_ends_its_session,
        a_session_lasts_thirty_days_unused_and_half_a_year_at_most,
        an_access_token_is_good_for_a_quarter_of_an_hour,
        fifty_parallel_refreshes_leave_one_living_session,
        nobody_ends_the_session_of_another,
        one_person_ends_one_session_and_then_all_others,
        one_token_gives_the_same_successor_for_ten_seconds,
        signing_in_once_too_often_ends_the_session_unused_longest,
    ],
}

impl World {
    async fn refreshes(&self, token: &Token) -> Result<SignedIn, Refusal> {
        let nobody = Asker {
            user_agent: Some("Harbour/2".to_owned()),
            ..Asker::anonymous()
        };
        self.act(Account, &nobody, async |work| {
            tenancy::refresh(work, token.reveal()).await
        })
        .await
    }

    async fn refresh_token(&self, signed_in: &SignedIn) -> Token {
        self.issued(signed_in).await.tokens.refresh
    }

    async fn living(&self, signed_in: &SignedIn) -> Vec<tenancy::Session> {
        let reading = self.account(&person(signed_in.user)).await;
        tenancy::sessions(&reading).await.unwrap()
    }
}

async fn one_token_gives_the_same_successor_for_ten_seconds(world: World) {
    let first = world.registers("ana@example.com").await;
    let token = world.refresh_token(&first).await;
    world.clock.advance(TimeDelta::minutes(1));
    let second = world.refreshes(&token).await.unwrap();
    assert_eq!((second.user, second.session), (first.user, first.session));
    assert_ne!(second.generation, first.generation);
    world.clock.advance(session::GRACE);
    assert_eq!(world.refreshes(&token).await.unwrap(), second);
    let living = world.living(&first).await;
    assert_eq!(living.len(), 1);
    assert_eq!(living[0].user_agent.as_deref(), Some("Harbour/2"));
    assert_eq!(
        living[0].refreshed_at,
        living[0].signed_in_at + TimeDelta::minutes(1)
    );
    assert!(
        world.is_recognised(&first).await,
        "requests on their way are not lost"
    );
    assert!(world.is_recognised(&second).await);
}

async fn a_refresh_token_that_comes_back_later_ends_its_session(world: World) {
    let first = world.registers("ana@example.com").await;
    let other = world.signs_in("ana@example.com").await;
    let token = world.refresh_token(&first).await;
    let second = world.refreshes(&token).await.unwrap();
    world.clock.advance(session::GRACE + TimeDelta::microseconds(1));
    assert_eq!(code(world.refreshes(&token).await), "TOKEN_REUSED");
    assert!(!world.is_recognised(&first).await && !world.is_recognised(&second).await);
    assert_eq!(
        code(world.refreshes(&token).await),
        "TOKEN_INVALID",
        "it is said once"
    );
    let successor = world.refresh_token(&second).await;
    assert_eq!(code(world.refreshes(&successor).await), "TOKEN_INVALID");
    assert!(
        world.is_recognised(&other).await,
        "another device is another session"
    );
    let reading = world.account(&person(first.user)).await;
    let events = number(
        &reading,
        "SELECT count(*) FROM account_events WHERE action = $1",
        ["session.reused".into()],
    );
    assert_eq!(events.await.unwrap(), 1, "what the refusal wrote is kept");
}

async fn fifty_parallel_refreshes_leave_one_living_session(world: World) {
    let first = world.registers("ana@example.com").await;
    let token = world.refresh_token(&first).await;
    let all = join_all((0..50).map(|_| world.refreshes(&token))).await;
    let all: Vec<SignedIn> = all.into_iter().map(Result::unwrap).collect();
    assert!(all.iter().all(|it| it == &all[0]), "one successor");
    assert_eq!(world.living(&first).await.len(), 1);
    let reading = world.account(&person(first.user)).await;
    assert_eq!(
        number(&reading, "SELECT count(*) FROM session_generations", [])
            .await
            .unwrap(),
        2
    );
    world.clock.advance(session::GRACE + TimeDelta::seconds(1));
    let later = join_all((0..10).map(|_| world.refreshes(&token))).await;
    let reused = later
        .into_iter()
        .filter(|it| matches!(it, Err(Refusal::TokenReused)))
        .count();
    assert_eq!((reused, world.living(&first).await.len()), (1, 0));
}

async fn a_session_lasts_thirty_days_unused_and_half_a_year_at_most(world: World) {
    let mut last = world.registers("ana@example.com").await;
    let began = world.store.now();
    for _ in 0..6 {
        world.clock.advance(session::REFRESH_FOR - TimeDelta::seconds(1));
        let token = world.refresh_token(&last).await;
        last = world.refreshes(&token).await.unwrap();
    }
    let issued = world.issued(&last).await;
    assert_eq!(issued.tokens.refresh_expires_at, began + session::SESSION_FOR);
    assert_eq!(
        issued.tokens.access_expires_at,
        began + session::SESSION_FOR,
        "no access token outlives its session"
    );
    world.clock.advance(TimeDelta::seconds(6));
    assert_eq!(
        code(world.refreshes(&issued.tokens.refresh).await),
        "TOKEN_INVALID"
    );
    let unused = world.signs_in("ana@example.com").await;
    let token = world.refresh_token(&unused).await;
    world.clock.advance(session::REFRESH_FOR);
    assert_eq!(code(world.refreshes(&token).await), "TOKEN_INVALID");
    for no_token in [
        "",
        "hor_refresh_",
        token.reveal().trim_end_matches(char::is_alphanumeric),
    ] {
        let refused = world.act(Account, Asker::anonymous(), async |work| {
            tenancy::refresh(work, no_token).await
        });
        assert_eq!(code(refused.await), "TOKEN_INVALID");
    }
}

async fn an_access_token_is_good_for_a_quarter_of_an_hour(world: World) {
    let ana = world.registers("ana@example.com").await;
    world
        .clock
        .advance(session::ACCESS_FOR - TimeDelta::microseconds(1));
    assert!(world.is_recognised(&ana).await);
    world.clock.advance(TimeDelta::microseconds(1));
    assert!(!world.is_recognised(&ana).await);
    let refresh = world.refresh_token(&ana).await;
    let reading = world.account(&Asker::anonymous()).await;
    assert_eq!(
        tenancy::recognise_session(&reading, &refresh).await.unwrap(),
        None,
        "a refresh token opens nothing"
    );
}

async fn one_person_ends_one_session_and_then_all_others(world: World) {
    let [first, second, third] = [
        world.registers("ana@example.com").await,
        world.signs_in("ana@example.com").await,
        world.signs_in("ana@example.com").await,
    ];
    let asker = person(first.user);
    let ended = world
        .act(Account, &asker, async |work| {
            tenancy::revoke_session(work, second.session).await
        })
        .await;
    assert_eq!(ended.unwrap().sessions, [second.session]);
    assert!(!world.is_recognised(&second).await && world.is_recognised(&third).await);
    let again = world
        .act(Account, &asker, async |work| {
            tenancy::revoke_session(work, second.session).await
        })
        .await;
    assert_eq!(code(again), "NOT_FOUND");
    let ended = world
        .act(Account, &asker, async |work| {
            tenancy::revoke_other_sessions(work, third.session).await
        })
        .await;
    assert_eq!(ended.unwrap().sessions, [first.session]);
    assert_eq!(
        world
            .living(&third)
            .await
            .iter()
            .map(|it| it.id)
            .collect::<Vec<_>>(),
        [third.session]
    );
}

async fn nobody_ends_the_session_of_another(world: World) {
    let ana = world.registers("ana@example.com").await;
    let bruno = world.registers("bruno@example.com").await;
    let ends = world.act(Account, person(bruno.user), async |work| {
        tenancy::revoke_session(work, ana.session).await
    });
    assert_eq!(code(ends.await), "NOT_FOUND");
    assert!(world.is_recognised(&ana).await);
    let reading = world.account(&person(bruno.user)).await;
    assert_eq!(tenancy::find_session(&reading, ana.session).await.unwrap(), None);
    let reading = world.account(&Asker::anonymous()).await;
    assert_eq!(code(tenancy::sessions(&reading).await), "UNAUTHENTICATED");
}

async fn signing_in_once_too_often_ends_the_session_unused_longest(world: World) {
    let oldest = world.registers("ana@example.com").await;
    let proof = world.proves("ana@example.com", PASSWORD).await.unwrap();
    let mut last = oldest;
    for count in 2..=LIVING_MAX {
        world.clock.advance(TimeDelta::milliseconds(1));
        let proof = proof.clone();
        last = world
            .act(Account, Asker::anonymous(), async |work| {
                tenancy::sign_in(work, proof).await
            })
            .await
            .unwrap();
        assert!(
            count < LIVING_MAX || world.is_recognised(&oldest).await,
            "{count}"
        );
    }
    assert_eq!(world.living(&last).await.len(), LIVING_MAX);
    world.clock.advance(TimeDelta::milliseconds(1));
    last = world.signs_in("ana@example.com").await;
    assert_eq!(world.living(&last).await.len(), LIVING_MAX);
    assert!(world.is_recognised(&last).await && !world.is_recognised(&oldest).await);
}

async fn a_refresh_never_slips_past_the_end_of_all_sessions(world: World) {
    let here = world.registers("ana@example.com").await;
    let asker = person(here.user);
    for _ in 0..10 {
        let there = world.signs_in("ana@example.com").await;
        let token = world.refresh_token(&there).await;
        let ends = world.act(Account, &asker, async |work| {
            tenancy::revoke_other_sessions(work, here.session).await
        });
        let (refreshed, ended) = tokio::join!(world.refreshes(&token), ends);
        assert_eq!(ended.unwrap().sessions, [there.session]);
        assert!(!world.is_recognised(&there).await);
        if let Ok(next) = refreshed {
            assert!(
                !world.is_recognised(&next).await,
                "it was faster, and has ended all the same"
            );
        }
    }
}
