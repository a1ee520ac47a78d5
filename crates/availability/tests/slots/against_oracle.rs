//! The engine and the oracle say the same of thousands of worlds.
//!
//! The suite throws a few thousand; `HORARIUM_PROVE=100000` throws as many as it says, in every IANA zone around every
//! change of its clock from 2020 to 2037 in turn:
//! `HORARIUM_PROVE=100000 cargo test --release -p availability --test slots against_oracle`

use std::collections::BTreeSet;

use availability::Ask;
use chrono::{DateTime, TimeDelta, Utc};
use kernel::Zone;

use crate::dice::Dice;
use crate::oracle::{self, Offers};
use crate::wall_clock::Clocks;
use crate::world::{Place, World};

/// How many worlds are thrown, and how many of them share a place: reading wall clocks is what takes long.
pub(crate) fn worlds() -> (u64, u64) {
    match std::env::var("HORARIUM_PROVE") {
        Ok(worlds) => (worlds.parse().expect("HORARIUM_PROVE is a number"), 10),
        Err(_) => (1_000, 50),
    }
}

/// Every change of every zone's clock, those of one zone after another.
pub(crate) fn changes() -> Vec<Place> {
    let [from, until] = ["2020-01-01T00:00:00Z", "2038-01-01T00:00:00Z"].map(|it| it.parse().unwrap());
    let zones: Vec<Zone> = Zone::all_names().map(|it| it.parse().unwrap()).collect();
    let place = |zone: Zone, around: DateTime<Utc>, index: usize| {
        let foreign = index.is_multiple_of(3).then(|| zones[index * 7 % zones.len()]);
        Place {
            zone,
            around,
            foreign,
        }
    };
    let mut places = Vec::new();
    for zone in &zones {
        for (at, _) in zone.offsets(from, until) {
            places.push(place(*zone, at, places.len()));
        }
    }
    places
}

/// What the engine says, in the oracle's words.
fn engine(world: &World) -> Offers {
    let calendars = world.calendars();
    let team = calendars.team();
    let ask = Ask::new(&world.policy, &team, world.now);
    let mut offers = ask.offers(world.range());
    let mut found = Offers::new();
    let mut last = None;
    while let Some(offer) = offers.advance() {
        assert!(last < Some(offer.at()), "ascending and unique");
        last = Some(offer.at());
        let positions = offer
            .hosts()
            .map(|(tag, _)| position(world, tag))
            .collect::<Vec<_>>();
        let unique: BTreeSet<usize> = positions.iter().copied().collect();
        assert_eq!(unique.len(), positions.len(), "each host once: {positions:?}");
        found.insert(offer.at(), unique);
    }
    found
}

fn position(world: &World, tag: availability::Tag) -> usize {
    world
        .hosts
        .iter()
        .position(|it| it.facts.resource == tag)
        .unwrap()
}

fn agree((worlds, per_place): (u64, u64), throw: fn(&mut Dice, Place) -> World) {
    let places = changes();
    assert!(places.len() > 3_000, "all zones: {}", places.len());
    let rounds = worlds.div_ceil(per_place);
    // A stride that has no factor in common with the number of places visits them all.
    let stride = if rounds as usize >= places.len() { 1 } else { 7_919 };
    let mut starts = 0;
    for round in 0..rounds {
        let place = places[round as usize * stride % places.len()];
        let zones = [Some(place.zone), place.foreign].into_iter().flatten();
        let clocks = Clocks::around(zones, place.around);
        for seed in round * per_place..(round + 1) * per_place {
            let world = throw(&mut Dice::new(seed), place);
            let (found, expected) = (engine(&world), oracle::offers(&world, &clocks));
            assert_eq!(found, expected, "seed {seed} at {place:?}: {world:#?}");
            starts += found.len();
        }
    }
    assert!(
        starts as u64 > worlds * 2,
        "worlds are not empty: {starts} starts"
    );
}

#[test]
fn single_hosts_offer_what_the_oracle_reads() {
    agree(worlds(), World::solo);
}

#[test]
fn teams_and_rooms_offer_what_the_oracle_reads() {
    let (worlds, per_place) = worlds();
    agree((worlds / 2, per_place), World::team);
}

#[test]
fn worlds_far_from_any_change_of_the_clock_agree_too() {
    let july = "2026-07-15T10:00:00Z".parse::<DateTime<Utc>>().unwrap();
    let zone = "Europe/Berlin".parse().unwrap();
    for week in 0..4 {
        let place = Place {
            zone,
            around: july + TimeDelta::days(7 * week),
            foreign: None,
        };
        let clocks = Clocks::around([zone], place.around);
        for seed in 0..worlds().0 / 50 {
            let world = World::solo(&mut Dice::new(seed + 1_000_000), place);
            assert_eq!(
                engine(&world),
                oracle::offers(&world, &clocks),
                "seed {seed}: {world:#?}"
            );
        }
    }
}
