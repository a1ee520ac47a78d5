//! Whoever works on the journal is stopped wherever they wait for anything: nothing is lost, nothing is done twice, and what
//! reaches somebody twice is the same.
//!
//! Each [`Scene`] is played once undisturbed. Then it is played again and again, each time in an organization of its own, and
//! its worker dies when it has waited for anything once, twice, and so on until it lives to its end. Somebody else takes
//! over when the lease has run out, and what is there then is held against what was there undisturbed.

mod carrier;
mod scene;
mod stage;
mod whole;
mod zombies;

use std::collections::{BTreeMap, BTreeSet};

use messaging::mail::delivery::SEND;
use messaging::webhook::delivery::DELIVER;
use messaging::webhook::endpoint::CATCH_UP;
use serde_json::json;

use crate::world::{World, at_length, counting_waits, dying_after, proved, stories};
use scene::Scene;
use stage::{Elsewhere, Stage};
use whole::Whole;

stories! { both: [whoever_dies_anywhere_loses_nothing] }

/// How many points at least are met at length, on each database.
const POINTS_MIN: u64 = 200;

/// In every run so many waits are passed over between two deaths; at length none is.
const STRIDE: usize = 53;

/// How often a worker lives to its end before it is believed that there is no later point: how often a piece of work waits
/// is the machine's affair. Nobody believes it either of a point that was there undisturbed.
const LIVES: u32 = 2;

/// What all deaths have come to.
#[derive(Debug, Default)]
struct Tally {
    /// Where somebody died, and how often.
    points: BTreeMap<String, u64>,
    /// What is there undisturbed, and was not after a death.
    lost: u64,
    /// What is there more often than undisturbed.
    twice: u64,
}

async fn whoever_dies_anywhere_loses_nothing(world: World) {
    let (mut tally, mut elsewhere) = (Tally::default(), Elsewhere::new().await);
    for scene in Scene::played() {
        play(&world, (*scene, &mut elsewhere), &mut tally).await;
    }
    let told = elsewhere.told();
    let points: u64 = tally.points.values().sum();
    proved(
        "crash_points",
        world.database,
        &[
            ("points", json!(points)),
            ("lost", json!(tally.lost)),
            ("twice", json!(tally.twice)),
            ("duplicates", json!(told.duplicates)),
            ("duplicates_under_another_id", json!(told.strangers)),
            ("duplicates_that_differ", json!(told.differing)),
            ("scenes", json!(Scene::played().len())),
            ("points_by_work", json!(tally.points)),
        ],
    );
    let wrong = (tally.lost, tally.twice, told.strangers, told.differing);
    assert_eq!(wrong, (0, 0, 0, 0), "{tally:?} {told:?}");
    if at_length() {
        assert!(points >= POINTS_MIN, "{points}");
        let met: BTreeSet<&str> = tally.points.keys().map(String::as_str).collect();
        assert_eq!(met, all_work(), "somebody died at each of these");
        assert!(
            told.duplicates > 0,
            "nobody died between sending and writing it down"
        );
    }
}

/// Everything that a worker does: who adds a kind of promise adds a scene in which it is kept.
fn all_work() -> BTreeSet<&'static str> {
    let beside = [
        "numbering",
        "webhooks",
        "notifier",
        "claiming",
        "retention",
        DELIVER,
        CATCH_UP,
        SEND,
    ];
    beside.iter().chain(flows::promises::KINDS).copied().collect()
}

/// Plays a scene to its end, with a death at one point after the other.
async fn play(world: &World, (scene, elsewhere): (Scene, &mut Elsewhere), tally: &mut Tally) {
    let (undisturbed, last) = undisturbed(world, scene, elsewhere).await;
    let (stride, lives) = if at_length() { (1, LIVES) } else { (STRIDE, 1) };
    // In every run each scene begins with a death at another point.
    let mut waits = scene as usize * 7 % stride;
    let mut lived = 0;
    while lived < lives || waits <= last {
        let stage = Stage::new(world, elsewhere).await;
        scene.prepare(&stage).await;
        let worker = stage.worker();
        if dying_after(waits, scene.work(world, &worker)).await.is_some() {
            lived += 1;
        } else {
            *tally.points.entry(worker.was_at()).or_default() += 1;
        }
        let found = end(scene, stage, elsewhere).await;
        let (lost, twice) = undisturbed.differs_from(&found);
        if lost + twice > 0 {
            let at = worker.was_at();
            eprintln!("{scene:?}, {waits} waits, at {at}: {undisturbed:?}, and then {found:?}");
        }
        tally.lost += lost;
        tally.twice += twice;
        waits += stride;
    }
}

/// What is there when nobody dies, and how often the worker waited.
async fn undisturbed(world: &World, scene: Scene, elsewhere: &mut Elsewhere) -> (Whole, usize) {
    let stage = Stage::new(world, elsewhere).await;
    scene.prepare(&stage).await;
    let ((), waits) = counting_waits(scene.work(world, &stage.worker())).await;
    let whole = end(scene, stage, elsewhere).await;
    for (what, count) in scene.expects() {
        assert_eq!(
            whole.count(what),
            *count,
            "{scene:?}, undisturbed: {what} in {whole:?}"
        );
    }
    (whole, waits)
}

/// The lease runs out, somebody else does what is left, and the scene goes to its end.
async fn end(scene: Scene, stage: Stage<'_>, elsewhere: &mut Elsewhere) -> Whole {
    stage.takes_over(scene).await;
    let found = Whole::of(&stage).await;
    stage.strikes(elsewhere).await;
    found
}
