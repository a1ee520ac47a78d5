//! What must hold whatever the world is.

use std::collections::BTreeSet;

use availability::{Ask, Calendar, Facts, Occupancy, Owner, StartRange, Tag};
use chrono::{DateTime, Days, TimeDelta, Utc};
use kernel::Span;

use crate::against_oracle::changes;
use crate::dice::Dice;
use crate::world::{Place, Resource, World};

/// Throws single hosts and teams in turn, at places all over the world.
fn worlds(count: u64) -> impl Iterator<Item = (Dice, World)> {
    let places = changes();
    (0..count).map(move |seed| {
        let mut dice = Dice::new(seed ^ 0x5eed);
        let place = places[(seed as usize * 7_919) % places.len()];
        let throw = if seed % 3 == 0 { World::team } else { World::solo };
        let world = throw(&mut dice, place);
        (dice, world)
    })
}

fn resources(world: &mut World) -> impl Iterator<Item = &mut Resource> {
    world.hosts.iter_mut().chain(world.parts.iter_mut().flatten())
}

#[test]
fn a_start_is_listed_exactly_if_nothing_can_be_said_against_it() {
    let mut listed = 0;
    for (mut dice, world) in worlds(250) {
        let starts: BTreeSet<DateTime<Utc>> = world.starts().into_iter().collect();
        let calendars = world.calendars();
        let team = calendars.team();
        let ask = Ask::new(&world.policy, &team, world.now);
        let minutes = (world.until - world.from).num_minutes();
        let anywhere = (0..60).map(|_| world.from + TimeDelta::minutes(dice.of(0..minutes)));
        let near = starts
            .iter()
            .flat_map(|it| [*it, *it + TimeDelta::minutes(1), *it - TimeDelta::minutes(5)]);
        for at in anywhere.chain(near.take(60)).filter(|it| world.contains(*it)) {
            let explained = ask.explain(at);
            assert_eq!(
                explained.is_offered(),
                starts.contains(&at),
                "{at} {explained:#?} {world:#?}"
            );
            let against = explained.hosts().iter().any(|it| !it.blockers.is_empty())
                || explained
                    .parts()
                    .iter()
                    .flatten()
                    .any(|it| !it.blockers.is_empty())
                || explained.shared().is_some();
            assert!(
                explained.is_offered() || against,
                "a refusal says why: {at} {explained:#?} {world:#?}"
            );
            assert_eq!(
                explained.is_offered(),
                explained.blockers().next().is_none(),
                "{at} {explained:#?}"
            );
            assert_eq!(explained.is_offered(), explained.redacted().is_empty());
            assert!(
                !ask.is_offered(at + TimeDelta::milliseconds(1)),
                "no start lies between two seconds"
            );
        }
        listed += starts.len();
    }
    assert!(listed > 600, "worlds are not empty: {listed}");
}

#[test]
fn the_hosts_that_are_listed_are_those_that_the_explanation_lists() {
    for (_, world) in worlds(300) {
        let calendars = world.calendars();
        let team = calendars.team();
        let ask = Ask::new(&world.policy, &team, world.now);
        let mut offers = ask.offers(world.range());
        while let Some(offer) = offers.advance() {
            let explained = ask.explain(offer.at());
            let listed = explained
                .hosts()
                .iter()
                .filter(|it| it.listed)
                .map(|it| (it.resource, it.seat));
            assert_eq!(
                offer.hosts().collect::<Vec<_>>(),
                listed.collect::<Vec<_>>(),
                "{world:#?}"
            );
            let most = explained
                .hosts()
                .iter()
                .filter_map(|it| it.seat)
                .map(|it| it.left)
                .max();
            assert_eq!(offer.seats_left(), most);
            if offer.hosts().any(|it| it.1.is_none()) {
                let rooms = explained.parts().iter().map(|part| {
                    part.iter()
                        .filter(|it| it.listed)
                        .map(|it| it.resource)
                        .collect::<Vec<_>>()
                });
                assert!(
                    offer.parts().map(Iterator::collect::<Vec<_>>).eq(rooms),
                    "{world:#?}"
                );
            }
        }
    }
}

#[test]
fn an_occupancy_never_adds_a_start() {
    for (mut dice, mut world) in worlds(400) {
        let before: BTreeSet<_> = world.starts().into_iter().collect();
        let start = world.from + TimeDelta::minutes(dice.of(-500..2_000));
        let span = Span::new(start, start + TimeDelta::minutes(dice.of(1..500))).unwrap();
        let count = resources(&mut world).count() as i64;
        let chosen = dice.of(0..count) as usize;
        let lane = (!dice.once_in(3)).then(|| dice.of(0..3) as u16);
        let occupancy = Occupancy {
            owner: Tag(7),
            kind: Owner::Block,
            lane,
            span,
        };
        resources(&mut world)
            .nth(chosen)
            .unwrap()
            .facts
            .occupancies
            .push(occupancy);
        let after: BTreeSet<_> = world.starts().into_iter().collect();
        assert!(
            after.is_subset(&before),
            "{:?} {world:#?}",
            after.difference(&before)
        );
    }
}

#[test]
fn splitting_the_range_never_changes_the_answer() {
    for (mut dice, world) in worlds(400) {
        let minutes = (world.until - world.from).num_minutes();
        let mut cuts = vec![world.from, world.until];
        cuts.extend((0..dice.of(1..5)).map(|_| world.from + TimeDelta::seconds(dice.of(0..minutes * 60))));
        cuts.sort_unstable();
        let parts: Vec<_> = cuts
            .windows(2)
            .flat_map(|it| world.starts_between(it[0], it[1]))
            .collect();
        assert_eq!(parts, world.starts(), "{cuts:?} {world:#?}");
    }
}

#[test]
fn a_long_range_is_its_days() {
    // Long enough that the engine reads it in several pieces.
    for (_, mut world) in worlds(15) {
        world.until = world.from + TimeDelta::days(40);
        world.policy.horizon = None;
        let days = (0..40).map(|day| world.from + TimeDelta::days(day));
        let parts: Vec<_> = days
            .flat_map(|it| world.starts_between(it, it + TimeDelta::days(1)))
            .collect();
        assert_eq!(parts, world.starts());
        let mut many = world.clone();
        many.hosts = (0..600).map(|_| world.hosts[0].clone()).collect();
        (many.needed, many.parts) = (1, Vec::new());
        many.hosts.iter_mut().for_each(|it| it.required = false);
        (world.hosts, world.needed, world.parts) = (vec![many.hosts[0].clone()], 1, Vec::new());
        assert!(
            many.starts()
                .into_iter()
                .take(50)
                .eq(world.starts().into_iter().take(50))
        );
    }
}

#[test]
fn the_order_of_rows_is_irrelevant() {
    for (mut dice, world) in worlds(400) {
        let mut mixed = world.clone();
        for it in resources(&mut mixed) {
            let Facts {
                rules,
                overrides,
                absences,
                occupancies,
                counted,
                sessions,
                ..
            } = &mut it.facts;
            dice.shuffle(rules);
            dice.shuffle(overrides);
            dice.shuffle(absences);
            dice.shuffle(occupancies);
            dice.shuffle(counted);
            dice.shuffle(sessions);
        }
        dice.shuffle(&mut mixed.policy.limits);
        dice.shuffle(&mut mixed.policy.counted);
        let starts = world.starts();
        assert_eq!(mixed.starts(), starts, "{world:#?}");
        let asked = [world.from + TimeDelta::minutes(dice.of(0..1_000))];
        for at in asked.iter().chain(starts.first()) {
            let explain = |it: &World| {
                let calendars = it.calendars();
                let team = calendars.team();
                let mut explained = Ask::new(&it.policy, &team, it.now).explain(*at).hosts().to_vec();
                // Blockers alike in code and owner may stand in either order.
                explained
                    .iter_mut()
                    .for_each(|it| it.blockers.sort_by_key(|it| format!("{it:?}")));
                explained
            };
            assert_eq!(explain(&mixed), explain(&world));
        }
    }
}

#[test]
fn whole_weeks_later_everything_is_whole_weeks_later() {
    let zone = "Asia/Tokyo".parse().unwrap();
    for seed in 0..300 {
        let mut dice = Dice::new(seed);
        let place = Place {
            zone,
            around: "2026-05-13T03:00:00Z".parse().unwrap(),
            foreign: None,
        };
        let world = World::solo(&mut dice, place);
        if !world.hosts[0]
            .rules
            .iter()
            .all(crate::naive_rule::NaiveRule::is_weekly)
        {
            continue;
        }
        let days = 7 * dice.of(1..500) as u64;
        let moved: Vec<_> = world
            .starts()
            .into_iter()
            .map(|it| it + Days::new(days))
            .collect();
        assert_eq!(later(world.clone(), days).starts(), moved, "{days} {world:#?}");
    }
}

/// The same world whole weeks later.
fn later(mut world: World, days: u64) -> World {
    let by = Days::new(days);
    let span = |it: Span| Span::new(it.start() + by, it.end() + by).unwrap();
    let host = &mut world.hosts[0];
    for (rule, naive) in host.facts.rules.iter_mut().zip(&host.rules) {
        let naive = naive.clone().later(days);
        rule.dates = availability::recurrence::Rule::for_dates(&naive.text()).unwrap();
        rule.starts_on = naive.starts_on;
        rule.valid_from = rule.valid_from.map(|it| it + by);
        rule.valid_until = rule.valid_until.map(|it| it + by);
        rule.except.iter_mut().for_each(|it| *it = *it + by);
    }
    host.facts
        .overrides
        .iter_mut()
        .for_each(|it| it.date = it.date + by);
    host.facts
        .absences
        .iter_mut()
        .for_each(|it| it.span = span(it.span));
    host.facts
        .occupancies
        .iter_mut()
        .for_each(|it| it.span = span(it.span));
    host.facts
        .sessions
        .iter_mut()
        .for_each(|it| it.span = span(it.span));
    let counted = host.facts.counted.iter_mut().chain(&mut world.policy.counted);
    counted.for_each(|it| it.starts_at += TimeDelta::days(days as i64));
    (world.now, world.from, world.until) = (world.now + by, world.from + by, world.until + by);
    world
}

#[test]
fn what_is_judged_without_a_booking_is_judged_as_if_it_had_never_been_made() {
    for (mut dice, mut world) in worlds(300) {
        let never = world.starts();
        let start = world.from + TimeDelta::minutes(dice.of(0..1_000));
        let span = Span::new(start, start + TimeDelta::minutes(90)).unwrap();
        let own = Tag(7);
        let counted = availability::Counted {
            owner: own,
            service: crate::world::SERVICE,
            starts_at: start,
            minutes: 90,
        };
        for it in resources(&mut world) {
            it.facts.occupancies.push(Occupancy {
                owner: own,
                kind: Owner::Booking,
                lane: None,
                span,
            });
            it.facts.counted.push(counted);
        }
        world.policy.counted.push(counted);
        for it in resources(&mut world) {
            it.facts = it.facts.clone().without(own);
        }
        world.policy = world.policy.clone().without(own);
        assert_eq!(world.starts(), never);
    }
}

#[test]
fn the_nearest_starts_are_bookable_and_none_is_nearer() {
    for (mut dice, world) in worlds(150) {
        let calendars = world.calendars();
        let team = calendars.team();
        let ask = Ask::new(&world.policy, &team, world.now);
        let at = world.from + TimeDelta::minutes(dice.of(0..2_000));
        let count = dice.of(0..6) as usize;
        let nearest = ask.nearest(at, count);
        let reach = TimeDelta::days(Ask::NEAREST_DAYS);
        let mut all = world.starts_between(at - reach, at + reach);
        all.sort_by_key(|it| ((*it - at).abs(), *it));
        all.truncate(count);
        assert_eq!(nearest, all, "{world:#?}");
    }
}

#[test]
fn a_range_spans_a_leap_year_and_not_a_day_more() {
    let from: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    assert!(StartRange::new(from, from + TimeDelta::days(366)).is_ok());
    assert!(StartRange::new(from, from + TimeDelta::days(366) + TimeDelta::seconds(1)).is_err());
    assert!(StartRange::new(from, from - TimeDelta::seconds(1)).is_err());
    assert!(StartRange::new(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MIN_UTC).is_err());
    assert!(StartRange::new(DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MAX_UTC).is_err());
    assert!(
        StartRange::new(from, from).is_ok(),
        "an empty range has no starts"
    );
}

#[test]
fn any_instant_can_be_explained() {
    for (_, world) in worlds(30) {
        let calendars: Vec<Calendar> = world
            .hosts
            .iter()
            .map(|it| Calendar::new(it.facts.clone()))
            .collect();
        let team = availability::Team::any(&calendars);
        let ask = Ask::new(&world.policy, &team, world.now);
        for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            assert!(!ask.is_offered(at));
            assert!(ask.nearest(at, 3).is_empty());
        }
    }
}
