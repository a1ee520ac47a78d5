//! Everything that the evaluator must know about some resources, read in a number of statements that does not depend on
//! how many they are.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU16;

use availability::{Calendar, Counted, Facts, Occupancy, Owner, Policy, Session, Tag};
use chrono::{NaiveDate, TimeDelta};
use db::{Fault, Reading, Tenant};
use kernel::Span;
use kernel::id::ResourceId;

use crate::error::Refusal;
use crate::occupancy::OwnerKind;
use crate::overrides::AvailabilityOverride;
use crate::resource::{Resource, ResourceKind};
use crate::rule::AvailabilityRule;
use crate::service::{LimitScope, Part, Service};
use crate::store;
use crate::store::taken::{Booked, Occupied};

/// Windows, zones and nights reach this far beyond the days that are asked about.
pub(super) const REACH: TimeDelta = TimeDelta::days(3);

/// A week and a zone beyond them: limits count whole weeks.
const WEEK: TimeDelta = TimeDelta::days(8);

/// Everything that the evaluator must know about some resources that are asked to give a service at starts within a span:
/// its terms, and everybody's calendar.
pub(super) async fn calendars(
    reading: &Reading<Tenant>,
    (service, resources): (&Service, &[ResourceId]),
    starts: Span,
) -> Result<(Policy, BTreeMap<ResourceId, Calendar>), Refusal> {
    let wanted = Wanted {
        service,
        resources,
        starts,
    };
    let mut facts = wanted.resources(reading).await?;
    wanted.hours(reading, &mut facts).await?;
    wanted.absences(reading, &mut facts).await?;
    wanted.occupancies(reading, &mut facts).await?;
    let mut policy = service.policy()?;
    wanted.counted(reading, &mut policy, &mut facts).await?;
    if service.seats > 1 {
        wanted.sessions(reading, &mut facts).await?;
    }
    let calendars = facts.into_iter().map(|(id, facts)| (id, Calendar::new(facts)));
    Ok((policy, calendars.collect()))
}

/// What is read about whom: starts from the first instant of `starts` until just before its last.
struct Wanted<'a> {
    service: &'a Service,
    resources: &'a [ResourceId],
    starts: Span,
}

impl Wanted<'_> {
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
        let away = store::absence::all_meeting(reading, self.resources, self.taken()).await?;
        for it in away {
            if let Some(facts) = facts.get_mut(&it.resource_id) {
                facts.absences.push(it.for_engine()?);
            }
        }
        Ok(())
    }

    async fn occupancies(
        &self,
        reading: &Reading<Tenant>,
        facts: &mut BTreeMap<ResourceId, Facts>,
    ) -> Result<(), Refusal> {
        for it in store::taken::occupied(reading, self.resources, self.taken()).await? {
            if let Some(facts) = facts.get_mut(&it.resource_id) {
                facts.occupancies.push(occupancy(&it)?);
            }
        }
        Ok(())
    }

    /// What counts toward the limits, if there are any, over whole weeks around the starts.
    async fn counted(
        &self,
        reading: &Reading<Tenant>,
        policy: &mut Policy,
        facts: &mut BTreeMap<ResourceId, Facts>,
    ) -> Result<(), Refusal> {
        let limits = self.service.limits.as_slice();
        if limits.is_empty() {
            return Ok(());
        }
        let weeks = self.wide(WEEK);
        if limits.iter().any(|it| it.scope != LimitScope::Service) {
            let given = store::taken::given(reading, self.resources, (weeks, None)).await?;
            for it in given.iter().filter(|it| it.booking.occupies()) {
                if let Some(facts) = facts.get_mut(&it.resource_id) {
                    facts.counted.push(count(&it.booking)?);
                }
            }
        }
        if limits.iter().any(|it| it.scope == LimitScope::Service) {
            let all = store::taken::of_service(reading, self.service.id, weeks).await?;
            let all = all.iter().filter(|it| it.occupies()).map(count);
            policy.counted = all.collect::<Result<_, _>>()?;
        }
        for hold in store::taken::held(reading, weeks).await? {
            let span =
                Span::new(hold.starts_at, hold.ends_at).map_err(|_| Fault::Corrupt(hold.id.to_string()))?;
            let counted = counted((Tag::of(hold.id), Tag::of(hold.service_id)), span);
            if hold.service_id == self.service.id {
                policy.counted.push(counted);
            }
            let hosts = hold.choice.hosts.iter().filter(|it| it.part == Part::Host);
            for host in hosts {
                if let Some(facts) = facts.get_mut(&host.resource) {
                    facts.counted.push(counted);
                }
            }
        }
        Ok(())
    }

    /// Sessions of the service, with the seats that are taken.
    async fn sessions(
        &self,
        reading: &Reading<Tenant>,
        facts: &mut BTreeMap<ResourceId, Facts>,
    ) -> Result<(), Refusal> {
        let given =
            store::taken::given(reading, self.resources, (self.starts, Some(self.service.id))).await?;
        let taken: BTreeMap<_, _> = store::taken::seats_taken(reading, self.service.id, self.starts)
            .await?
            .into_iter()
            .collect();
        for it in given.iter().filter(|it| it.booking.occupies()) {
            let booking = &it.booking;
            let corrupt = || Fault::Corrupt(booking.id.to_string());
            let short = |it: i64| u16::try_from(it).map_err(|_| corrupt());
            let session = Session {
                booking: Tag::of(booking.id),
                service: Tag::of(booking.service_id),
                span: Span::new(booking.starts_at, booking.ends_at).map_err(|_| corrupt())?,
                seats: short(booking.seats)?,
                taken: short(taken.get(&booking.id).copied().unwrap_or(0))?,
            };
            if let Some(facts) = facts.get_mut(&it.resource_id) {
                facts.sessions.push(session);
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

/// What takes a lane, as the engine has it.
pub(super) fn occupancy(it: &Occupied) -> Result<Occupancy, Fault> {
    let corrupt = || Fault::Corrupt(it.resource_id.to_string());
    Ok(Occupancy {
        owner: Tag(it.owner_id.as_u128()),
        kind: match it.owner_kind {
            OwnerKind::Hold => Owner::Hold,
            OwnerKind::Booking => Owner::Booking,
            OwnerKind::Block => Owner::Block,
        },
        lane: Some(u16::try_from(it.lane).map_err(|_| corrupt())?),
        span: Span::new(it.starts_at, it.ends_at).map_err(|_| corrupt())?,
    })
}

/// A resource of which nothing but its row is known.
pub(super) fn bare(it: &Resource, admitted: bool) -> Result<Facts, Fault> {
    let lanes = u16::try_from(it.capacity).ok().and_then(NonZeroU16::new);
    let mut facts = Facts::new(Tag::of(it.id), it.timezone);
    facts.lanes = lanes.ok_or_else(|| Fault::Corrupt(it.id.to_string()))?;
    facts.active = it.is_active && it.archived_at.is_none() && admitted;
    Ok(facts)
}

fn count(booking: &Booked) -> Result<Counted, Fault> {
    let span = Span::new(booking.starts_at, booking.ends_at);
    let span = span.map_err(|_| Fault::Corrupt(booking.id.to_string()))?;
    Ok(counted((Tag::of(booking.id), Tag::of(booking.service_id)), span))
}

fn counted((owner, service): (Tag, Tag), span: Span) -> Counted {
    Counted {
        owner,
        service,
        starts_at: span.start(),
        minutes: u32::try_from(span.length().num_minutes()).unwrap_or(u32::MAX),
    }
}
