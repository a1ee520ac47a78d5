//! The facts about everybody who could give a service, and the questions that are asked of them.

use std::collections::BTreeMap;

use availability::{Ask, Calendar, Change, Explanation, Facts, Host, Policy, StartRange, Tag, Team};
use chrono::{DateTime, TimeDelta, Utc};
use db::{Reading, Tenant};
use kernel::id::ResourceId;
use kernel::{Invalid, Span};
use uuid::Uuid;

use super::cast::{Candidates, Cast, Giver};
use super::load::calendars;
use crate::error::Refusal;
use crate::service::Service;

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
        question(&Ask::new(&self.policy, &self.team(), self.now))
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

    fn team(&self) -> Team<'_> {
        let calendar = |it: &Giver| self.calendars.get(&it.resource);
        let hosts = self.cast.hosts.iter().filter_map(|it| {
            let required = it.is_fixed;
            calendar(it).map(|calendar| Host { calendar, required })
        });
        let team = Team::new(self.cast.strategy.into(), self.cast.hosts_required, hosts);
        self.cast.parts.iter().fold(team, |team, (_, givers)| {
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

    /// The same board as if these holds or bookings were not there.
    pub(crate) fn without(&self, owners: &[Uuid]) -> Self {
        let mut board = self.clone();
        for owner in owners.iter().map(|it| Tag(it.as_u128())) {
            board.policy = board.policy.without(owner);
            for calendar in board.calendars.values_mut() {
                if mentions(calendar.facts(), owner) {
                    *calendar = Calendar::new(calendar.facts().clone().without(owner));
                }
            }
        }
        board
    }
}

fn mentions(facts: &Facts, owner: Tag) -> bool {
    facts.occupancies.iter().any(|it| it.owner == owner)
        || facts.counted.iter().any(|it| it.owner == owner)
        || facts.sessions.iter().any(|it| it.booking == owner)
}
