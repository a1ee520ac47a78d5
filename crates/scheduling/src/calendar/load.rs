//! Everything that the evaluator must know about some resources, read in a number of statements that does not depend on
//! how many they are.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU16;

use availability::{Calendar, Facts, Policy, Tag};
use chrono::{NaiveDate, TimeDelta};
use db::{Fault, Reading, Tenant};
use kernel::Span;
use kernel::id::ResourceId;

use crate::error::Refusal;
use crate::overrides::AvailabilityOverride;
use crate::resource::{Resource, ResourceKind};
use crate::rule::AvailabilityRule;
use crate::service::Service;
use crate::store;

/// Windows, zones and nights reach this far beyond the days that are asked about.
const REACH: TimeDelta = TimeDelta::days(3);

/// A week and a zone beyond them: limits count whole weeks.
const WEEK: TimeDelta = TimeDelta::days(8);

/// What is read about whom: starts from the first instant of `starts` until just before its last.
pub(super) struct Wanted<'a> {
    pub(super) service: &'a Service,
    pub(super) resources: &'a [ResourceId],
    pub(super) starts: Span,
}

/// What a board is made of.
pub(super) struct Loaded {
    pub(super) policy: Policy,
    pub(super) calendars: BTreeMap<ResourceId, Calendar>,
}

impl Wanted<'_> {
    pub(super) async fn load(&self, reading: &Reading<Tenant>) -> Result<Loaded, Refusal> {
        let mut facts = self.resources(reading).await?;
        self.hours(reading, &mut facts).await?;
        self.absences(reading, &mut facts).await?;
        let policy = self.service.policy()?;
        let calendars = facts.into_iter().map(|(id, facts)| (id, Calendar::new(facts)));
        Ok(Loaded {
            policy,
            calendars: calendars.collect(),
        })
    }

    async fn resources(&self, reading: &Reading<Tenant>) -> Result<BTreeMap<ResourceId, Facts>, Refusal> {
        let found = store::find::<store::resource::Entity>(reading, self.resources).await?;
        let people: Vec<ResourceId> = found
            .iter()
            .filter(|it| it.kind == ResourceKind::Person)
            .map(|it| it.id)
            .collect();
        let outside: BTreeSet<ResourceId> = store::provider::not_admitted(reading, &people)
            .await?
            .into_iter()
            .collect();
        found
            .iter()
            .map(|it| Ok((it.id, bare(it, !outside.contains(&it.id))?)))
            .collect()
    }

    /// Rules of the service stand in the place of the resource's general ones.
    async fn hours(
        &self,
        reading: &Reading<Tenant>,
        facts: &mut BTreeMap<ResourceId, Facts>,
    ) -> Result<(), Refusal> {
        let rules = store::rule::for_service(reading, self.resources, self.service.id).await?;
        let own: BTreeSet<ResourceId> = rules
            .iter()
            .filter(|it| it.service_id.is_some())
            .map(|it| it.resource_id)
            .collect();
        for row in rules {
            if row.service_id.is_none() && own.contains(&row.resource_id) {
                continue;
            }
            let rule = AvailabilityRule::try_from(row)?;
            if let Some(facts) = facts.get_mut(&rule.resource_id) {
                facts.rules.push(rule.for_engine());
            }
        }
        for row in store::overrides::between(reading, self.resources, self.dates()).await? {
            let it = AvailabilityOverride::try_from(row)?;
            if let Some(facts) = facts.get_mut(&it.resource_id) {
                facts.overrides.push(it.for_engine());
            }
        }
        Ok(())
    }

    async fn absences(
        &self,
        reading: &Reading<Tenant>,
        facts: &mut BTreeMap<ResourceId, Facts>,
    ) -> Result<(), Refusal> {
        let away = store::absence::meeting(reading, self.resources, self.taken())
            .all(reading.db())
            .await
            .map_err(Fault::from)?;
        for it in away {
            if let Some(facts) = facts.get_mut(&it.resource_id) {
                facts.absences.push(it.for_engine()?);
            }
        }
        Ok(())
    }

    /// The local dates whose overrides can matter, whatever the zone.
    fn dates(&self) -> (NaiveDate, NaiveDate) {
        let reach = self.wide(REACH);
        (reach.start().date_naive(), reach.end().date_naive())
    }

    /// All time that a booking which starts here could take, with its buffers.
    fn taken(&self) -> Span {
        let before = TimeDelta::minutes(self.service.buffer_before_minutes);
        let after = TimeDelta::minutes(self.service.duration_minutes + self.service.buffer_after_minutes);
        self.stretched(before, after)
    }

    fn wide(&self, by: TimeDelta) -> Span {
        self.stretched(by, by)
    }

    fn stretched(&self, before: TimeDelta, after: TimeDelta) -> Span {
        let start = self.starts.start().checked_sub_signed(before);
        let end = self.starts.end().checked_add_signed(after);
        start
            .zip(end)
            .and_then(|(start, end)| Span::new(start, end).ok())
            .unwrap_or(self.starts)
    }
}

/// A resource of which nothing but its row is known.
fn bare(it: &Resource, admitted: bool) -> Result<Facts, Fault> {
    let lanes = u16::try_from(it.capacity).ok().and_then(NonZeroU16::new);
    let mut facts = Facts::new(Tag::of(it.id), it.timezone);
    facts.lanes = lanes.ok_or_else(|| Fault::Corrupt(it.id.to_string()))?;
    facts.active = it.is_active && it.archived_at.is_none() && admitted;
    Ok(facts)
}
