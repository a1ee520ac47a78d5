//! The definition, read aloud minute by minute. Slow and simple on purpose, and built from nothing of the engine's: its
//! own recurrences, its own wall clock, its own grid, no intervals and no order of filters.

use std::collections::{BTreeMap, BTreeSet};

use availability::{Change, Counted, Horizon, Hours, Limit, Most, Per, Scope, Session};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use kernel::Span;

use crate::wall_clock::{Clocks, Minute, Minutes, WallClock, instant, minute};
use crate::world::{Resource, World};

/// What is offered at a start: the hosts that can be among those who give it, by their position.
pub(crate) type Offers = BTreeMap<DateTime<Utc>, BTreeSet<usize>>;

/// Every start of the world's range.
pub(crate) fn offers(world: &World, clocks: &Clocks) -> Offers {
    let hosts: Vec<Days> = world
        .hosts
        .iter()
        .map(|it| Days::of_host(it, world, clocks))
        .collect();
    let parts = world.parts.iter();
    let parts: Vec<Vec<Days>> = parts
        .map(|part| part.iter().map(|it| Days::of_room(it, world, clocks)).collect())
        .collect();
    let mut offers = Offers::new();
    for at in (minute(world.from)..=minute(world.until)).filter(|it| world.contains(instant(*it))) {
        let mut giving = together(world, &hosts, at);
        let has_room = |days: &Days| days.is_open(at) && days.unbusy(at);
        if !parts.iter().all(|part| part.iter().any(has_room)) {
            giving.clear();
        }
        giving.extend(seats(&hosts, at));
        if !giving.is_empty() {
            offers.insert(instant(at), giving);
        }
    }
    offers
}

/// All hosts of all teams that offer a start: each of its members is free, and some choice of one window of each has it
/// on the grid of the windows' intersection.
fn together(world: &World, hosts: &[Days], at: Minute) -> BTreeSet<usize> {
    let free: Vec<usize> = (0..hosts.len()).filter(|it| hosts[*it].gives(at)).collect();
    let mut giving = BTreeSet::new();
    for chosen in 0_u32..1 << free.len() {
        let position = |it: &usize| chosen >> it & 1 == 1;
        let team: Vec<usize> = (0..free.len()).filter(position).map(|it| free[it]).collect();
        let complete = (0..hosts.len()).all(|it| !world.hosts[it].required || team.contains(&it));
        if complete && team.len() == world.needed && share_a_grid(hosts, &team, at) {
            giving.extend(team);
        }
    }
    giving
}

fn share_a_grid(hosts: &[Days], team: &[usize], at: Minute) -> bool {
    let policy = &hosts[0].world.policy;
    let (long, step) = (i64::from(policy.duration.get()), i64::from(policy.interval.get()));
    let mut shared = vec![(Minute::MIN, Minute::MAX)];
    for host in team {
        let windows = hosts[*host]
            .windows
            .iter()
            .filter(|it| it.0 <= at && at + long <= it.1);
        let windows: Vec<_> = windows.collect();
        let meet = |a: &(Minute, Minute)| {
            windows
                .iter()
                .map(|b| (a.0.max(b.0), a.1.min(b.1)))
                .collect::<Vec<_>>()
        };
        shared = shared.iter().flat_map(meet).collect();
    }
    shared
        .iter()
        .any(|(from, until)| at + long <= *until && (at - from) % step == 0)
}

/// The hosts whose sessions have a seat left at this start (S16), if all hosts of the session can go on with it.
fn seats(hosts: &[Days], at: Minute) -> BTreeSet<usize> {
    let mut seats = BTreeSet::new();
    let is_any = hosts[0].world.needed == 1 && hosts[0].world.hosts.iter().all(|it| !it.required);
    for booking in hosts.iter().flat_map(|it| it.sessions(at)).map(|it| it.booking) {
        let leads = |it: &usize| hosts[*it].sessions(at).any(|it| it.booking == booking);
        let open =
            |days: &Days, it: &Session| it.booking == booking && it.taken < it.seats && days.lets_join(it);
        let joins = |it: &usize| hosts[*it].sessions(at).any(|session| open(&hosts[*it], session));
        let leaders: Vec<usize> = (0..hosts.len()).filter(leads).collect();
        if is_any || leaders.iter().all(joins) {
            seats.extend(leaders.into_iter().filter(joins));
        }
    }
    seats
}

/// One resource, with the minutes that it is open.
struct Days<'w> {
    world: &'w World,
    resource: &'w Resource,
    clock: &'w WallClock,
    windows: Vec<(Minute, Minute)>,
    open: Minutes,
    cut: Minutes,
}

impl<'w> Days<'w> {
    fn of_host(resource: &'w Resource, world: &'w World, clocks: &'w Clocks) -> Self {
        Self::read(resource, world, clocks, false)
    }

    fn of_room(resource: &'w Resource, world: &'w World, clocks: &'w Clocks) -> Self {
        Self::read(resource, world, clocks, resource.rules.is_empty())
    }

    fn read(resource: &'w Resource, world: &'w World, clocks: &'w Clocks, always: bool) -> Self {
        let facts = &resource.facts;
        let clock = clocks.of(facts.zone);
        let near = |it: &NaiveDate| {
            let days = it.signed_duration_since(world.from.date_naive()).num_days();
            (-3..=6).contains(&days)
        };
        let mut dates: BTreeMap<NaiveDate, Minutes> = BTreeMap::new();
        let mut open = |date, minutes| {
            dates
                .entry(date)
                .or_insert_with(|| Minutes::around(clock))
                .mark(minutes)
        };
        for (rule, naive) in facts.rules.iter().zip(&resource.rules) {
            let there = clocks.of(rule.zone.unwrap_or(facts.zone));
            let last = world.until.date_naive() + chrono::Days::new(3);
            for date in naive.dates(last).into_iter().filter(near) {
                let held = rule.valid_from.is_none_or(|it| it <= date)
                    && rule.valid_until.is_none_or(|it| date <= it)
                    && !rule.except.contains(&date);
                if let Some(minutes) = there.minutes(date, rule.hours).filter(|_| held) {
                    let foreign = rule.zone.is_some_and(|it| it != facts.zone);
                    open(
                        if foreign {
                            clock.date_of(minutes.start)
                        } else {
                            date
                        },
                        minutes,
                    );
                }
            }
        }
        if always {
            for date in clock.dates.iter().copied().filter(near) {
                clock
                    .minutes(date, Hours::WHOLE_DAY)
                    .into_iter()
                    .for_each(|it| open(date, it));
            }
        }
        for it in facts
            .overrides
            .iter()
            .filter(|it| matches!(it.change, Change::Replace(_)))
        {
            dates.remove(&it.date);
        }
        let mut cut = Minutes::around(clock);
        for it in &facts.overrides {
            match it.change {
                Change::Replace(hours) | Change::Add(hours) => {
                    let marked = dates.entry(it.date).or_insert_with(|| Minutes::around(clock));
                    marked.mark(clock.minutes(it.date, hours).unwrap_or_default());
                }
                Change::Block(hours) => cut.mark(clock.minutes(it.date, hours).unwrap_or_default()),
                Change::Close => {}
            }
        }
        for it in facts.overrides.iter().filter(|it| it.change == Change::Close) {
            dates.remove(&it.date);
        }
        let windows: Vec<_> = dates.values().flat_map(Minutes::runs).collect();
        let mut open = Minutes::around(clock);
        windows.iter().for_each(|it| open.mark(it.0..it.1));
        Self {
            world,
            resource,
            clock,
            windows,
            open,
            cut,
        }
    }

    /// Whether a host can give its time to a new booking, wherever the grid is.
    fn gives(&self, at: Minute) -> bool {
        let long = self.long();
        self.windows.iter().any(|it| it.0 <= at && at + long <= it.1)
            && self.sessions(at).next().is_none()
            && self.unbusy(at)
            && self.in_time(at)
            && self.world.policy.limits.iter().all(|it| self.within(it, at))
    }

    /// Whether one more can join a session, which is as long as it is.
    fn lets_join(&self, session: &Session) -> bool {
        let (start, end) = (minute(session.span.start()), minute(session.span.end()));
        let date = self.clock.date_of(start);
        let closes = |it: &availability::Override| it.change == Change::Close && it.date == date;
        !self.resource.facts.overrides.iter().any(closes) && self.here(start, end) && self.in_time(start)
    }

    /// Whether all of a booking lies in open minutes, of whatever date.
    fn is_open(&self, at: Minute) -> bool {
        (at..at + self.long()).all(|it| self.open.has(it))
    }

    /// Not away, not taken out, not switched off, from the first minute to the last.
    fn here(&self, from: Minute, until: Minute) -> bool {
        let facts = &self.resource.facts;
        facts.active
            && (from..until).all(|it| !self.cut.has(it))
            && !facts
                .absences
                .iter()
                .any(|it| it.span.meets(&between(from, until)))
    }

    /// Here, and some lane is free, buffers and all.
    fn unbusy(&self, at: Minute) -> bool {
        let (facts, policy) = (&self.resource.facts, &self.world.policy);
        let before = at - i64::from(policy.buffer_before);
        let buffered = between(before, at + self.long() + i64::from(policy.buffer_after));
        let taken = |lane: u16| {
            let takes = |it: &&availability::Occupancy| it.lane.is_none_or(|it| it == lane);
            facts
                .occupancies
                .iter()
                .filter(takes)
                .any(|it| it.span.meets(&buffered))
        };
        self.here(at, at + self.long())
            && facts.stale.is_empty()
            && (0..facts.lanes.get()).any(|lane| !taken(lane))
    }

    /// Neither too soon nor too far ahead.
    fn in_time(&self, at: Minute) -> bool {
        let (policy, now, start) = (&self.world.policy, self.world.now, instant(at));
        let zone = self.resource.facts.zone;
        let near_enough = match policy.horizon {
            None => true,
            Some(Horizon::Rolling { days }) => start <= now + TimeDelta::hours(24 * i64::from(days)),
            Some(Horizon::Calendar { days }) => {
                zone.local(start).date() <= zone.local(now).date() + chrono::Days::new(u64::from(days))
            }
        };
        policy.active && near_enough && start >= now + TimeDelta::minutes(i64::from(policy.notice))
    }

    fn within(&self, limit: &Limit, at: Minute) -> bool {
        let (facts, policy) = (&self.resource.facts, &self.world.policy);
        let period = |at: DateTime<Utc>| {
            let date = facts.zone.local(at).date();
            match limit.per {
                Per::Day => (date.year(), date.ordinal()),
                Per::Week => (date.iso_week().year(), date.iso_week().week()),
            }
        };
        let counted: Vec<&Counted> = match limit.scope {
            Scope::Resource => facts.counted.iter().collect(),
            Scope::ServiceOnResource => facts
                .counted
                .iter()
                .filter(|it| it.service == policy.service)
                .collect(),
            Scope::Service => policy.counted.iter().collect(),
        };
        let same = counted
            .into_iter()
            .filter(|it| period(it.starts_at) == period(instant(at)));
        match limit.most {
            Most::Bookings(most) => (same.count() as u32) < most,
            Most::Minutes(most) => same.map(|it| it.minutes).sum::<u32>() + self.long() as u32 <= most,
        }
    }

    fn sessions(&self, at: Minute) -> impl Iterator<Item = &'w Session> {
        let service = self.world.policy.service;
        let sessions = self.resource.facts.sessions.iter();
        sessions.filter(move |it| it.service == service && it.span.start() == instant(at))
    }

    fn long(&self) -> Minute {
        i64::from(self.world.policy.duration.get())
    }
}

fn between(from: Minute, until: Minute) -> Span {
    Span::new(instant(from), instant(until)).unwrap()
}
