//! The facts about everybody who could give a service, and the questions that are asked of them.

use std::collections::BTreeMap;

use availability::{
    Ask, Blocker, Calendar, Change, Explanation, Facts, Host, Occupancy, Policy, Seat, StartRange, Tag, Team,
};
use chrono::{DateTime, TimeDelta, Utc};
use db::{Reading, Tenant};
use kernel::id::ResourceId;
use kernel::{Invalid, Span, Zone};
use uuid::Uuid;

use super::cast::{Candidates, Cast, Giver};
use super::load::calendars;
use crate::error::Refusal;
use crate::service::{Part, Service};

/// What is known about everybody who could give a service, for starts within a span.
#[derive(Debug, Clone)]
pub struct Board {
    service: Service,
    cast: Cast,
    starts: Span,
    now: DateTime<Utc>,
    policy: Policy,
    calendars: BTreeMap<ResourceId, Calendar>,
}

/// Who is wished for; nobody in particular if it is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// Hosts, rooms and equipment. Hosts that can stand in for each other: as many as are needed are these, fewer are
    /// these and others, more are some of these.
    pub resources: Vec<ResourceId>,
}

/// One who is free, with everything that choosing among several may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Free {
    /// Who.
    pub giver: Giver,
    /// The lowest lane that is free, counted from 0.
    pub lane: u16,
}

/// What the evaluator accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// When it would take place, without buffers.
    pub span: Span,
    /// The seat that is left in a session which takes place anyway; then nothing else is taken.
    pub seat: Option<Seat>,
    /// How many of the hosts are needed.
    pub needed: usize,
    /// The hosts that can be among them, by priority.
    pub hosts: Vec<Free>,
    /// Of each room and piece of equipment that is needed, which are free.
    pub parts: Vec<(Part, Vec<Free>)>,
}

impl Board {
    /// Reads what there is to know about a service, its candidates, and starts within a span.
    ///
    /// # Errors
    /// If there are too many candidates, or a stored row makes no sense.
    pub async fn load(
        reading: &Reading<Tenant>,
        service: &Service,
        candidates: &Candidates,
        starts: Span,
    ) -> Result<Self, Refusal> {
        let cast = Cast::load(reading, service, candidates).await?;
        Self::of(reading, (service, cast), starts).await
    }

    /// The same of a cast that is known already.
    ///
    /// # Errors
    /// If a stored row makes no sense.
    pub async fn of(
        reading: &Reading<Tenant>,
        (service, cast): (&Service, Cast),
        starts: Span,
    ) -> Result<Self, Refusal> {
        let resources = cast.resources();
        let (policy, calendars) = calendars(reading, (service, &resources), (starts, None)).await?;
        Ok(Self {
            service: service.clone(),
            cast,
            starts,
            now: reading.now(),
            policy,
            calendars,
        })
    }

    /// The service that it is about.
    #[must_use]
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Who could give it.
    #[must_use]
    pub fn cast(&self) -> &Cast {
        &self.cast
    }

    /// Between which instants starts are known.
    #[must_use]
    pub fn starts(&self) -> Span {
        self.starts
    }

    /// The zone of a resource that is on it.
    #[must_use]
    pub fn zone(&self, resource: ResourceId) -> Option<Zone> {
        self.calendars.get(&resource).map(|it| it.facts().zone)
    }

    /// When a booking that starts then takes place, without buffers.
    ///
    /// # Errors
    /// If it leaves the calendar.
    pub fn span(&self, starts_at: DateTime<Utc>) -> Result<Span, Refusal> {
        let length = TimeDelta::minutes(self.service.duration_minutes);
        let wrong = || Invalid::new("a time within the calendar", &starts_at.to_string());
        starts_at
            .checked_add_signed(length)
            .ok_or_else(wrong)
            .and_then(|ends_at| Span::new(starts_at, ends_at))
            .map_err(|wrong| Refusal::invalid("startsAt", wrong))
    }

    /// The starts that it knows, as the evaluator wants them.
    pub(crate) fn range(&self) -> Result<StartRange, Refusal> {
        StartRange::new(self.starts.start(), self.starts.end())
            .map_err(|wrong| Refusal::wanted("to", &wrong.to_string(), self.starts.end()))
    }

    /// Asks the evaluator anything about this board.
    pub(crate) fn ask<R>(&self, question: impl FnOnce(&Ask<'_>) -> R) -> R {
        let team = self.team(&self.cast, |id| self.calendars.get(&id));
        question(&Ask::new(&self.policy, &team, self.now))
    }

    /// Everything that can be said against a start, whoever gives it.
    #[must_use]
    pub fn explain(&self, starts_at: DateTime<Utc>) -> Explanation {
        self.ask(|ask| ask.explain(starts_at))
    }

    /// The same as if a hold or booking were not there: what a move is judged by, or a booking by its own hold.
    #[must_use]
    pub fn explain_without(&self, starts_at: DateTime<Utc>, owner: Uuid) -> Explanation {
        let world = self.without(owner);
        self.in_world(&self.cast, &world, |ask| ask.explain(starts_at))
    }

    /// Whether a start can be booked with whoever is wished for, and who and what is free for it.
    ///
    /// # Errors
    /// Everything that can be said against it; nothing if somebody is wished for who does not give this service.
    pub fn judge(
        &self,
        starts_at: DateTime<Utc>,
        choice: &Choice,
        ignoring: Option<Uuid>,
    ) -> Result<Verdict, Vec<Blocker>> {
        let world = ignoring.map_or_else(World::default, |owner| self.without(owner));
        let Some(cast) = self.cast.with(&choice.resources) else {
            return Err(Vec::new());
        };
        let explanation = self.in_world(&cast, &world, |ask| ask.explain(starts_at));
        let blockers = || explanation.blockers().cloned().collect::<Vec<_>>();
        let Ok(span) = self.span(starts_at) else {
            return Err(blockers());
        };
        if !explanation.is_offered() {
            return Err(blockers());
        }
        let free = |resource: Tag, givers: &[Giver]| {
            let giver = *givers.iter().find(|it| Tag::of(it.resource) == resource)?;
            let lane = self.free_lane(self.calendar(giver.resource, &world)?, span)?;
            Some(Free { giver, lane })
        };
        let seat = explanation.hosts().iter().find_map(|it| it.seat);
        let listed = explanation
            .hosts()
            .iter()
            .filter(|it| it.listed && it.seat.is_none());
        let needed = self.in_world(&cast, &world, |ask| ask.team().needed());
        let parts = cast.parts.iter().zip(explanation.parts());
        Ok(Verdict {
            span,
            seat,
            needed,
            hosts: listed.filter_map(|it| free(it.resource, &cast.hosts)).collect(),
            parts: parts
                .map(|((part, givers), answers)| {
                    let listed = answers.iter().filter(|it| it.listed);
                    (*part, listed.filter_map(|it| free(it.resource, givers)).collect())
                })
                .collect(),
        })
    }

    fn team<'a>(&self, cast: &Cast, calendar: impl Fn(ResourceId) -> Option<&'a Calendar>) -> Team<'a> {
        let hosts = cast.hosts.iter().filter_map(|it| {
            let calendar = calendar(it.resource)?;
            Some(Host {
                calendar,
                required: it.is_fixed,
            })
        });
        let team = Team::new(cast.strategy.into(), cast.hosts_required, hosts);
        cast.parts.iter().fold(team, |team, (_, givers)| {
            team.with_part(givers.iter().filter_map(|it| calendar(it.resource)))
        })
    }

    /// The same hours as if nothing were booked and nobody away, at any notice: what the grid is.
    pub(crate) fn hours_only(&self) -> Self {
        let mut policy = self.policy.clone();
        (policy.notice, policy.horizon, policy.active) = (0, None, true);
        policy.limits.clear();
        let bare = |calendar: &Calendar| {
            let mut facts = calendar.facts().clone();
            facts.absences.clear();
            facts.occupancies.clear();
            facts.sessions.clear();
            facts.stale.clear();
            facts
                .overrides
                .retain(|it| !matches!(it.change, Change::Block(_) | Change::Close));
            facts.active = true;
            Calendar::new(facts)
        };
        Self {
            policy,
            now: self.starts.start(),
            calendars: self.calendars.iter().map(|(id, it)| (*id, bare(it))).collect(),
            ..self.clone()
        }
    }

    /// What is different if a hold or booking were not there.
    fn without(&self, owner: Uuid) -> World {
        let owner = Tag(owner.as_u128());
        let concerned = self
            .calendars
            .iter()
            .filter(|(_, it)| mentions(it.facts(), owner));
        World {
            policy: Some(self.policy.clone().without(owner)),
            calendars: concerned
                .map(|(id, it)| (*id, Calendar::new(it.facts().clone().without(owner))))
                .collect(),
        }
    }

    fn in_world<R>(&self, cast: &Cast, world: &World, question: impl FnOnce(&Ask<'_>) -> R) -> R {
        let team = self.team(cast, |id| self.calendar(id, world));
        let policy = world.policy.as_ref().unwrap_or(&self.policy);
        question(&Ask::new(policy, &team, self.now))
    }

    fn calendar<'a>(&'a self, id: ResourceId, world: &'a World) -> Option<&'a Calendar> {
        world.calendars.get(&id).or_else(|| self.calendars.get(&id))
    }

    /// The lowest lane in which nothing meets a booking and its buffers.
    fn free_lane(&self, calendar: &Calendar, span: Span) -> Option<u16> {
        let before = TimeDelta::minutes(i64::from(self.policy.buffer_before));
        let after = TimeDelta::minutes(i64::from(self.policy.buffer_after));
        let taken = Span::new(span.start() - before, span.end() + after).ok()?;
        let meeting: Vec<&Occupancy> = calendar
            .facts()
            .occupancies
            .iter()
            .filter(|it| it.span.meets(&taken))
            .collect();
        (0..calendar.facts().lanes.get())
            .find(|lane| meeting.iter().all(|it| it.lane.is_some_and(|of| of != *lane)))
    }
}

/// What differs from the board.
#[derive(Debug, Default)]
struct World {
    policy: Option<Policy>,
    calendars: BTreeMap<ResourceId, Calendar>,
}

fn mentions(facts: &Facts, owner: Tag) -> bool {
    facts.occupancies.iter().any(|it| it.owner == owner)
        || facts.counted.iter().any(|it| it.owner == owner)
        || facts.sessions.iter().any(|it| it.booking == owner)
}
