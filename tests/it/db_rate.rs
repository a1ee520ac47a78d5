//! Budgets that the whole cluster shares.

use chrono::{DateTime, TimeDelta, Utc};
use db::rate::{self, Budgets, Limit};

use crate::world::{World, stories};

stories! {
    both: [
        a_budget_of_nothing_allows_nothing,
        a_node_that_keeps_asking_spends_every_unit_and_not_one_more,
        one_subject_or_scope_does_not_spend_for_another,
        several_units_are_spent_together_or_not_at_all,
        the_next_window_begins_full,
        two_nodes_together_spend_no_more_than_one,
        windows_that_have_passed_are_swept,
    ],
}

async fn spend(budgets: &Budgets, limit: Limit, times: u32) -> u32 {
    let mut allowed = 0;
    for _ in 0..times {
        allowed += u32::from(
            budgets
                .spend("register", "192.0.2.7", limit)
                .await
                .unwrap()
                .allowed,
        );
    }
    allowed
}

async fn a_node_that_keeps_asking_spends_every_unit_and_not_one_more(world: World) {
    // Leased one by one, in tenths that come out even, and in tenths that do not.
    for (nth, max) in [1, 3, 9, 10, 19, 20, 25, 60, 101].into_iter().enumerate() {
        let budgets = Budgets::new(world.store.clone());
        let limit = Limit::new(max, 60);
        let subject = format!("192.0.2.{nth}");
        for spent in 1..=max {
            let balance = budgets.spend("api", &subject, limit).await.unwrap();
            assert!(balance.allowed, "{spent} of {max}");
            assert_eq!((balance.limit, balance.remaining), (max, max - spent));
        }
        let balance = budgets.spend("api", &subject, limit).await.unwrap();
        assert!(!balance.allowed && balance.remaining == 0, "{} of {max}", max + 1);
    }
}

async fn a_budget_of_nothing_allows_nothing(world: World) {
    let budgets = Budgets::new(world.store.clone());
    assert_eq!(spend(&budgets, Limit::new(0, 60), 3).await, 0);
}

async fn several_units_are_spent_together_or_not_at_all(world: World) {
    for max in [5, 20, 60] {
        let budgets = Budgets::new(world.store.clone());
        let (limit, subject) = (Limit::new(max, 60), format!("192.0.2.{max}"));
        let spend = async |units: u32| {
            let spent = budgets.spend_several("booking", &subject, (limit, units)).await;
            let balance = spent.unwrap();
            (balance.allowed, balance.remaining)
        };
        assert_eq!(spend(max + 1).await, (false, max), "more than there is");
        assert_eq!(spend(0).await, (true, max));
        assert_eq!(spend(max - 2).await, (true, 2));
        assert_eq!(spend(3).await, (false, 2), "what is refused costs nothing");
        assert_eq!(spend(2).await, (true, 0));
        assert_eq!(spend(1).await, (false, 0));
    }
}

async fn one_subject_or_scope_does_not_spend_for_another(world: World) {
    let budgets = Budgets::new(world.store.clone());
    let limit = Limit::new(1, 60);
    for (scope, subject) in [("register", "a"), ("register", "b"), ("api", "a")] {
        assert!(
            budgets.spend(scope, subject, limit).await.unwrap().allowed,
            "{scope} {subject}"
        );
        assert!(
            !budgets.spend(scope, subject, limit).await.unwrap().allowed,
            "{scope} {subject}"
        );
    }
}

async fn the_next_window_begins_full(world: World) {
    let budgets = Budgets::new(world.store.clone());
    let limit = Limit::new(5, 600);
    world.clock.advance(TimeDelta::seconds(123));
    assert_eq!(spend(&budgets, limit, 6).await, 5);
    let resets_at = budgets
        .spend("register", "192.0.2.7", limit)
        .await
        .unwrap()
        .resets_at;
    assert_eq!(
        resets_at,
        "2026-03-02T09:10:00Z".parse::<DateTime<Utc>>().unwrap()
    );
    world
        .clock
        .advance(resets_at - world.store.now() - TimeDelta::microseconds(1));
    assert_eq!(
        spend(&budgets, limit, 1).await,
        0,
        "the last moment of the window"
    );
    world.clock.advance(TimeDelta::microseconds(1));
    assert_eq!(spend(&budgets, limit, 6).await, 5);
}

async fn two_nodes_together_spend_no_more_than_one(world: World) {
    for max in [5, 60] {
        world.clock.advance(TimeDelta::seconds(60));
        let limit = Limit::new(max, 60);
        let nodes = [world.store.clone(), world.another_node(8, 4).await].map(Budgets::new);
        let callers: Vec<_> = (0..8)
            .map(|caller| {
                let budgets = nodes[caller % 2].clone();
                tokio::spawn(async move { spend(&budgets, limit, max).await })
            })
            .collect();
        let mut allowed = 0;
        for caller in callers {
            allowed += caller.await.unwrap();
        }
        // Each caller asks for the whole budget, so neither node keeps a unit that somebody was refused.
        assert_eq!(allowed, max);
    }
}

async fn windows_that_have_passed_are_swept(world: World) {
    let budgets = Budgets::new(world.store.clone());
    spend(&budgets, Limit::new(5, 60), 1).await;
    world.clock.advance(TimeDelta::seconds(60));
    assert_eq!(
        rate::sweep(&world.store).await.unwrap(),
        0,
        "it ends now and has not ended before"
    );
    world.clock.advance(TimeDelta::microseconds(1));
    assert_eq!(rate::sweep(&world.store).await.unwrap(), 1);
    assert_eq!(rate::sweep(&world.store).await.unwrap(), 0);
}
