//! Whoever lost a claim while they slept says nothing about it when they wake up, whatever they were at.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::TimeDelta;
use db::Fault;
use db::timer::{Claim, LEASE, Lost, claim};
use flows::promises::{Ended, Keepers};
use messaging::mail::delivery::SEND;
use messaging::webhook::delivery::DELIVER;
use messaging::webhook::endpoint::CATCH_UP;
use serde_json::json;
use tokio::task::JoinHandle;

use super::carrier::Carrier;
use super::scene::Scene;
use super::stage::{Elsewhere, Stage};
use super::{end, undisturbed};
use crate::world::{World, proved, stories};

stories! { both: [a_zombie_acknowledges_nothing_of_any_kind] }

/// What zombies have tried.
#[derive(Debug, Default)]
struct Tally {
    /// How often somebody whose claim was lost said something about it, by the kind of promise.
    attempts: BTreeMap<String, u64>,
    /// How often that was believed.
    acks: u64,
    /// What was there less or more often than where nobody slept.
    lost: u64,
    twice: u64,
}

/// Somebody who asked somebody outside, and sleeps over the answer.
struct Asleep {
    kind: String,
    keeping: JoinHandle<Ended>,
    carrier: Carrier,
}

async fn a_zombie_acknowledges_nothing_of_any_kind(world: World) {
    let (mut tally, mut elsewhere) = (Tally::default(), Elsewhere::new().await);
    for scene in Scene::played() {
        haunt(&world, (*scene, &mut elsewhere), &mut tally).await;
    }
    let attempts: u64 = tally.attempts.values().sum();
    proved(
        "fencing",
        world.database,
        &[
            ("where", json!("in process")),
            ("attempts", json!(attempts)),
            ("zombie_acks", json!(tally.acks)),
            ("lost", json!(tally.lost)),
            ("twice", json!(tally.twice)),
            ("attempts_by_kind", json!(tally.attempts)),
        ],
    );
    assert_eq!((tally.acks, tally.lost, tally.twice), (0, 0, 0), "{tally:?}");
    let tried: BTreeSet<&str> = tally.attempts.keys().map(String::as_str).collect();
    let outside = [DELIVER, CATCH_UP, SEND];
    let kinds = outside.iter().chain(flows::promises::KINDS).copied();
    assert_eq!(tried, kinds.collect());
}

/// Plays a scene in which everything is claimed twice, and the first to claim it sleeps until the second is done.
async fn haunt(world: &World, (scene, elsewhere): (Scene, &mut Elsewhere), tally: &mut Tally) {
    let (undisturbed, _) = undisturbed(world, scene, elsewhere).await;
    let stage = Stage::new(world, elsewhere).await;
    scene.prepare(&stage).await;
    loop {
        stage.worker().lays_out(world).await;
        let zombies = claim(&world.store, 50).await.unwrap();
        if zombies.is_empty() {
            break;
        }
        world.clock.advance(LEASE + TimeDelta::seconds(1));
        let fresh = claim(&world.store, 50).await.unwrap();
        assert_eq!(fresh.len(), zombies.len());
        let asleep = fall_asleep(&stage, &zombies).await;
        let keepers = stage.worker().outside.keepers();
        for zombie in &zombies {
            speaks(world, (&keepers, zombie), tally).await;
        }
        for claim in &fresh {
            let ended = keepers.keep(&world.store, claim).await;
            assert!(matches!(ended, Ended::Kept), "{}: {ended:?}", claim.kind);
        }
        for zombie in &zombies {
            speaks(world, (&keepers, zombie), tally).await;
        }
        wake_up(asleep, tally).await;
    }
    let found = end(scene, stage, elsewhere).await;
    let (lost, twice) = undisturbed.differs_from(&found);
    if lost + twice > 0 {
        eprintln!("{scene:?}: {undisturbed:?}, and with zombies {found:?}");
    }
    tally.lost += lost;
    tally.twice += twice;
}

/// Zombies who ask somebody outside, and hear no answer yet. Whoever has nobody to ask is through with it.
async fn fall_asleep(stage: &Stage<'_>, zombies: &[Claim]) -> Vec<Asleep> {
    let mut asleep = Vec::new();
    for zombie in zombies {
        let (keepers, carrier) = stage.held_up();
        let (store, claim) = (stage.world.store.clone(), zombie.clone());
        let keeping = tokio::spawn(async move { keepers.keep(&store, &claim).await });
        while carrier.arrived() == 0 && !keeping.is_finished() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let kind = zombie.kind.clone();
        asleep.push(Asleep {
            kind,
            keeping,
            carrier,
        });
    }
    asleep
}

async fn wake_up(asleep: Vec<Asleep>, tally: &mut Tally) {
    for it in asleep {
        it.carrier.goes_on();
        let ended = it.keeping.await.unwrap();
        tally.note(&it.kind, matches!(ended, Ended::Lost));
    }
}

/// A zombie says everything that can be said about a claim, and does what was promised.
async fn speaks(world: &World, (keepers, zombie): (&Keepers, &Claim), tally: &mut Tally) {
    for way in 0..5 {
        let said = says(world, zombie, way).await.unwrap();
        tally.note(&zombie.kind, said == Err(Lost));
    }
    let ended = keepers.keep(&world.store, zombie).await;
    tally.note(&zombie.kind, matches!(ended, Ended::Lost));
}

async fn says(world: &World, zombie: &Claim, way: u32) -> Result<Result<(), Lost>, Fault> {
    let work = world.practice_at(zombie.organization).staff().await;
    let later = work.now() + TimeDelta::hours(1);
    let said = match way {
        0 => work.keep(zombie).await?,
        1 => work.keep_until(zombie, later, zombie.payload.clone()).await?,
        2 => work.fail(zombie, "LATE").await?,
        3 => work.put_off(zombie, later, "LATE").await?,
        _ => work.renew(zombie).await?,
    };
    work.commit().await?;
    Ok(said)
}

impl Tally {
    fn note(&mut self, kind: &str, is_refused: bool) {
        *self.attempts.entry(kind.to_owned()).or_default() += 1;
        self.acks += u64::from(!is_refused);
    }
}
