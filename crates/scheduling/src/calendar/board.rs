//! The facts about everybody who could give a service, and the questions that are asked of them.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use availability::{
    Ask, Calendar, Change, Counted, Explanation, Facts, Host, Occupancy, Policy, StartRange, Tag, Team,
};
use chrono::{DateTime, TimeDelta, Utc};
use db::{Reading, Tenant};
use kernel::id::ResourceId;
use kernel::{Invalid, Span};
use uuid::Uuid;

use super::cast::{Candidates, Cast, Giver};
use super::load::calendars;
use crate::error::Refusal;
use crate::hold::Taken;
use crate::occupancy::with_buffers;
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
        let (policy, calendars) = calendars(reading, (service, &resources), starts).await?;
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
        self.ask_of(&self.cast, question)
    }

    /// The same, if only these of its cast could give it.
    pub(crate) fn ask_of<R>(&self, cast: &Cast, question: impl FnOnce(&Ask<'_>) -> R) -> R {
        question(&Ask::new(&self.policy, &self.team_of(cast), self.now))
    }

    /// Everything that can be said against a start, whoever gives it.
    #[must_use]
    pub fn explain(&self, starts_at: DateTime<Utc>) -> Explanation {
        self.ask(|ask| ask.explain(starts_at))
    }

    /// The same as if these holds or bookings were not there: what a move is judged by.
    #[must_use]
    pub fn explain_without(&self, starts_at: DateTime<Utc>, owners: &[Uuid]) -> Explanation {
        match owners {
            [] => self.explain(starts_at),
            owners => self.without(owners).explain(starts_at),
        }
    }

    fn team_of(&self, cast: &Cast) -> Team<'_> {
        let calendar = |it: &Giver| self.calendars.get(&it.resource);
        let hosts = cast.hosts.iter().filter_map(|it| {
            let required = it.is_fixed;
            calendar(it).map(|calendar| Host { calendar, required })
        });
        let team = Team::new(cast.strategy.into(), cast.hosts_required, hosts);
        cast.parts.iter().fold(team, |team, (_, givers)| {
            team.with_part(givers.iter().filter_map(calendar))
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

    /// The same board for whoever stands at the door: without notice, and with a start at every minute.
    pub(crate) fn at_the_door(&self) -> Self {
        let mut board = self.clone();
        board.policy.interval = NonZeroU16::MIN;
        (board.policy.notice, board.policy.horizon) = (0, None);
        board
    }

    /// The same board as if these hosts were taken too, all lanes of each.
    pub(crate) fn with_taken(&self, hosts: &[ResourceId], taken: Occupancy) -> Self {
        let mut board = self.clone();
        for host in hosts {
            if let Some(calendar) = board.calendars.get_mut(host) {
                let mut facts = calendar.facts().clone();
                facts.occupancies.push(taken);
                *calendar = Calendar::new(facts);
            }
        }
        board
    }

    /// The same board as if these holds or bookings were not there.
    pub(crate) fn without(&self, owners: &[Uuid]) -> Self {
        let mut board = self.clone();
        for owner in owners {
            board.forget(*owner);
        }
        board
    }

    /// As if a hold or booking were not there.
    pub(crate) fn forget(&mut self, owner: Uuid) {
        let owner = Tag(owner.as_u128());
        self.policy = self.policy.clone().without(owner);
        for calendar in self.calendars.values_mut() {
            if mentions(calendar.facts(), owner) {
                *calendar = Calendar::new(calendar.facts().clone().without(owner));
            }
        }
    }

    /// As if a booking were there already: it takes its time on these resources, and counts.
    pub(crate) fn add(&mut self, owner: Tag, taken: &[Taken], span: Span) -> Result<(), Refusal> {
        let (before, after) = (
            self.service.buffer_before_minutes,
            self.service.buffer_after_minutes,
        );
        let wide = with_buffers(span, before, after)?;
        let counted = Counted {
            owner,
            service: Tag::of(self.service.id),
            starts_at: span.start(),
            minutes: u32::try_from(span.length().num_minutes()).unwrap_or(u32::MAX),
        };
        self.policy.counted.push(counted);
        for it in taken {
            if let Some(calendar) = self.calendars.get_mut(&it.resource) {
                let mut facts = calendar.facts().clone();
                facts.occupancies.push(Occupancy {
                    owner,
                    kind: availability::Owner::Booking,
                    lane: free_lane(&facts, wide),
                    span: wide,
                });
                if it.part == Part::Host {
                    facts.counted.push(counted);
                }
                *calendar = Calendar::new(facts);
            }
        }
        Ok(())
    }
}

/// The first lane that nothing takes; none stands for all of them.
fn free_lane(facts: &Facts, span: Span) -> Option<u16> {
    let taken = |lane: &u16| {
        let mut meeting = facts.occupancies.iter().filter(|it| it.span.meets(&span));
        meeting.any(|it| it.lane.is_none_or(|it| it == *lane))
    };
    (0..facts.lanes.get()).find(|lane| !taken(lane))
}

fn mentions(facts: &Facts, owner: Tag) -> bool {
    facts.occupancies.iter().any(|it| it.owner == owner)
        || facts.counted.iter().any(|it| it.owner == owner)
        || facts.sessions.iter().any(|it| it.booking == owner)
}
