//! Worlds thrown by dice: hosts, rooms, a service, a moment and a range, mostly around a change of the clock.

use std::num::NonZeroU16;

use availability::recurrence::Rule;
use availability::{
    Absence, Ask, Calendar, Change, Counted, Facts, Horizon, Host, Hours, HoursRule, Limit, LocalTime, Most,
    Occupancy, Override, Owner, Per, Policy, Scope, Session, StaleCalendar, StartRange, Tag, Team,
};
use chrono::{DateTime, Days, TimeDelta, Utc};
use kernel::{Span, Zone};

use crate::dice::Dice;
use crate::naive_rule::NaiveRule;

pub(crate) const SERVICE: Tag = Tag(1);
pub(crate) const OTHER_SERVICE: Tag = Tag(2);

/// A resource, and its rules as the oracle reads them.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) facts: Facts,
    pub(crate) rules: Vec<NaiveRule>,
    pub(crate) required: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) hosts: Vec<Resource>,
    pub(crate) needed: usize,
    pub(crate) parts: Vec<Vec<Resource>>,
    pub(crate) policy: Policy,
    pub(crate) now: DateTime<Utc>,
    pub(crate) from: DateTime<Utc>,
    pub(crate) until: DateTime<Utc>,
}

/// Where and when a world lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) zone: Zone,
    pub(crate) around: DateTime<Utc>,
    /// Whether rules may be written in other zones than the resource's.
    pub(crate) foreign: Option<Zone>,
}

/// The calendars of a world, ready to be asked.
pub(crate) struct Calendars {
    hosts: Vec<(Calendar, bool)>,
    parts: Vec<Vec<Calendar>>,
    needed: usize,
}

impl Calendars {
    pub(crate) fn team(&self) -> Team<'_> {
        let hosts = self.hosts.iter().map(|(calendar, required)| Host {
            calendar,
            required: *required,
        });
        let team = Team::at_least(self.needed, hosts);
        self.parts.iter().fold(team, |team, part| team.with_part(part))
    }
}

impl World {
    pub(crate) fn calendars(&self) -> Calendars {
        let calendar = |it: &Resource| Calendar::new(it.facts.clone());
        Calendars {
            hosts: self.hosts.iter().map(|it| (calendar(it), it.required)).collect(),
            parts: self
                .parts
                .iter()
                .map(|part| part.iter().map(calendar).collect())
                .collect(),
            needed: self.needed,
        }
    }

    pub(crate) fn range(&self) -> StartRange {
        StartRange::new(self.from, self.until).unwrap()
    }

    pub(crate) fn contains(&self, at: DateTime<Utc>) -> bool {
        self.from <= at && at < self.until
    }

    /// The starts between two instants.
    pub(crate) fn starts_between(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let calendars = self.calendars();
        let team = calendars.team();
        Ask::new(&self.policy, &team, self.now)
            .starts(StartRange::new(from, until).unwrap())
            .collect()
    }

    pub(crate) fn starts(&self) -> Vec<DateTime<Utc>> {
        self.starts_between(self.from, self.until)
    }

    /// A single host asked by a single service.
    pub(crate) fn solo(dice: &mut Dice, place: Place) -> Self {
        let mut thrower = Thrower {
            dice,
            place,
            next: 100,
        };
        let policy = thrower.policy();
        let host = thrower.resource(&policy);
        let moment = place.around + TimeDelta::seconds(thrower.dice.of(-200_000..200_000));
        let from = place.around - TimeDelta::minutes(thrower.dice.of(0..2_000));
        let until = from + TimeDelta::minutes(thrower.dice.of(1..1_800));
        let now = if thrower.dice.once_in(3) {
            moment
        } else {
            from - TimeDelta::days(1)
        };
        Self {
            hosts: vec![host],
            needed: 1,
            parts: Vec::new(),
            policy,
            now,
            from,
            until,
        }
    }

    /// Several hosts, perhaps with rooms.
    pub(crate) fn team(dice: &mut Dice, place: Place) -> Self {
        let mut world = Self::solo(dice, place);
        let hosts = dice.of(1..4);
        for _ in 1..hosts {
            let mut host = Self::solo(dice, place).hosts.remove(0);
            if dice.once_in(2) {
                // Alike but for their own occupancies: then they share more than chance would give them.
                host.rules = world.hosts[0].rules.clone();
                host.facts.rules = world.hosts[0].facts.rules.clone();
                host.facts.sessions = world.hosts[0].facts.sessions.clone();
            }
            world.hosts.push(host);
        }
        for (index, host) in world.hosts.iter_mut().enumerate() {
            host.facts.resource = Tag(10 + index as u128);
            host.required = dice.once_in(4);
        }
        let required = world.hosts.iter().filter(|it| it.required).count();
        world.needed = (dice.of(1..hosts + 1) as usize).max(required);
        for part in 0..dice.of(0..3) as u128 {
            let rooms = (0..dice.of(1..3) as u128).map(|room| {
                let mut it = Self::solo(dice, place).hosts.remove(0);
                if dice.once_in(2) {
                    it.facts.rules.clear();
                    it.rules.clear();
                }
                it.facts.resource = Tag(20 + 10 * part + room);
                it
            });
            world.parts.push(rooms.collect());
        }
        world
    }
}

struct Thrower<'d> {
    dice: &'d mut Dice,
    place: Place,
    next: u128,
}

impl Thrower<'_> {
    fn tag(&mut self) -> Tag {
        self.next += 1;
        Tag(self.next)
    }

    fn policy(&mut self) -> Policy {
        let lengths = [5, 7, 15, 20, 30, 45, 50, 60, 90, 240].map(|it| NonZeroU16::new(it).unwrap());
        let mut policy = Policy::new(SERVICE, self.dice.one(&lengths), self.dice.one(&lengths));
        policy.active = !self.dice.once_in(60);
        policy.buffer_before = self.dice.one(&[0, 0, 5, 15, 60]);
        policy.buffer_after = self.dice.one(&[0, 0, 10, 30]);
        policy.notice = self.dice.one(&[0, 0, 60, 600, 1_440, 2_881]);
        policy.horizon = match self.dice.of(0..4) {
            0 => Some(Horizon::Rolling {
                days: self.dice.of(0..5) as u16,
            }),
            1 => Some(Horizon::Calendar {
                days: self.dice.of(0..5) as u16,
            }),
            _ => None,
        };
        while self.dice.once_in(3) {
            let scope = self
                .dice
                .one(&[Scope::Resource, Scope::ServiceOnResource, Scope::Service]);
            let per = self.dice.one(&[Per::Day, Per::Week]);
            let (bookings, minutes) = (self.dice.of(0..6) as u32, self.dice.of(0..500) as u32);
            let most = self.dice.one(&[Most::Bookings(bookings), Most::Minutes(minutes)]);
            policy.limits.push(Limit {
                tag: self.tag(),
                scope,
                per,
                most,
            });
        }
        policy.counted = (0..self.dice.of(0..4)).map(|_| self.counted()).collect();
        policy
    }

    fn resource(&mut self, policy: &Policy) -> Resource {
        let mut facts = Facts::new(Tag(10), self.place.zone);
        facts.active = !self.dice.once_in(60);
        facts.lanes = NonZeroU16::new(self.dice.one(&[1, 1, 1, 2, 3])).unwrap();
        let today = facts.zone.local(self.place.around).date();
        let rules: Vec<NaiveRule> = (0..self.dice.of(0..4))
            .map(|_| NaiveRule::thrown(self.dice, today))
            .collect();
        facts.rules = rules.iter().map(|it| self.rule(it)).collect();
        facts.overrides = (0..self.dice.of(0..5)).map(|_| self.override_on(today)).collect();
        if self.dice.once_in(4) {
            facts.absences = (0..self.dice.of(1..3)).map(|_| self.absence()).collect();
        }
        facts.occupancies = (0..self.dice.of(0..8)).map(|_| self.occupancy(&facts)).collect();
        facts.counted = (0..self.dice.of(0..6)).map(|_| self.counted()).collect();
        if self.dice.once_in(3) {
            facts.sessions = (0..self.dice.of(1..4)).map(|_| self.session(policy)).collect();
        }
        if self.dice.once_in(60) {
            facts.stale.push(StaleCalendar {
                connection: self.tag(),
                synced_at: None,
            });
        }
        Resource {
            facts,
            rules,
            required: false,
        }
    }

    fn rule(&mut self, naive: &NaiveRule) -> HoursRule {
        let dates = Rule::for_dates(&naive.text()).unwrap();
        let mut rule = HoursRule::new(self.tag(), dates, naive.starts_on, self.hours());
        rule.zone = self.place.foreign.filter(|_| self.dice.once_in(3));
        let near = self.place.around.date_naive();
        let mut date = |once: i64| {
            self.dice
                .once_in(once)
                .then(|| near + Days::new(self.dice.of(0..8) as u64) - Days::new(4))
        };
        (rule.valid_from, rule.valid_until) = (date(8), date(8));
        rule.except.extend([date(4), date(6)].into_iter().flatten());
        rule
    }

    fn hours(&mut self) -> Hours {
        let fine = self.dice.once_in(3);
        let step = if fine { 1 } else { 15 };
        let mut time = |most: i64| {
            let minute = self.dice.of(0..most / step) * step;
            LocalTime::new((minute / 60) as u8, (minute % 60) as u8).unwrap()
        };
        let (from, to) = (time(1_440), time(1_441));
        let to = if self.dice.once_in(12) {
            LocalTime::END_OF_DAY
        } else {
            to
        };
        Hours::new(from, to).unwrap()
    }

    fn override_on(&mut self, today: chrono::NaiveDate) -> Override {
        let hours = self.hours();
        let change = match self.dice.of(0..6) {
            0 | 1 => Change::Replace(hours),
            2 => Change::Add(hours),
            3 | 4 => Change::Block(hours),
            _ => Change::Close,
        };
        let date = today + Days::new(self.dice.of(0..7) as u64) - Days::new(3);
        Override {
            tag: self.tag(),
            date,
            change,
        }
    }

    fn moment(&mut self) -> DateTime<Utc> {
        self.place.around + TimeDelta::minutes(self.dice.of(-4_000..5_000))
    }

    fn span(&mut self, longest: i64) -> Span {
        let start = self.moment();
        Span::new(start, start + TimeDelta::minutes(self.dice.of(1..longest))).unwrap()
    }

    fn absence(&mut self) -> Absence {
        Absence {
            tag: self.tag(),
            span: self.span(2_000),
        }
    }

    fn occupancy(&mut self, facts: &Facts) -> Occupancy {
        let kind = self
            .dice
            .one(&[Owner::Hold, Owner::Booking, Owner::Block, Owner::External]);
        let any_lane = i64::from(facts.lanes.get()) + 1;
        let lane = (!self.dice.once_in(4)).then(|| self.dice.of(0..any_lane) as u16);
        let longest = if facts.lanes.get() > 1 { 900 } else { 200 };
        Occupancy {
            owner: self.tag(),
            kind,
            lane,
            span: self.span(longest),
        }
    }

    fn counted(&mut self) -> Counted {
        let service = self.dice.one(&[SERVICE, SERVICE, OTHER_SERVICE]);
        let (starts_at, minutes) = (self.moment(), self.dice.of(1..200) as u32);
        Counted {
            owner: self.tag(),
            service,
            starts_at,
            minutes,
        }
    }

    fn session(&mut self, policy: &Policy) -> Session {
        let service = self.dice.one(&[policy.service, policy.service, OTHER_SERVICE]);
        let span = self.span(120);
        let (seats, taken) = (self.dice.of(1..4) as u16, self.dice.of(0..4) as u16);
        // Hosts that lead a session together know it by the same booking.
        let booking = Tag(span.start().timestamp().unsigned_abs().into());
        Session {
            booking,
            service,
            span,
            seats,
            taken,
        }
    }
}
