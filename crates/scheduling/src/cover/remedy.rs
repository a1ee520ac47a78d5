//! One booking whose host cannot come, and each thing that can be done about it.

use std::collections::BTreeMap;

use availability::Tag;
use chrono::{DateTime, TimeDelta, Utc};
use db::{Tenant, Work};
use kernel::id::{AbsenceId, ResourceId};
use kernel::{Id as _, Span};
use serde_json::json;
use uuid::Uuid;

use super::{Cover, MOVED_DAYS, Remedy, closing};
use crate::booking::{
    Booking, BookingHost, Change, Event, Overrides, Party, SAME_TIME, StandIn, What, call_off, movable, put,
    stand_in, turns_of,
};
use crate::calendar::Board;
use crate::error::Refusal;
use crate::fairness::{self, Candidate, Shifts};
use crate::needs::{Needs, Who};
use crate::plan::{self, Plan, Wish};
use crate::service::Part;
use crate::store;

/// Starts that are looked at before a move is given up.
const STARTS_MAX: usize = 500;

/// One booking, and what is asked.
pub(super) struct Case<'a> {
    pub(super) ask: &'a Cover,
    pub(super) absence: AbsenceId,
    /// As it is, held.
    pub(super) booking: Booking,
    pub(super) hosts: Vec<BookingHost>,
}

/// What can be done, judged and not done yet.
pub(super) enum Done {
    /// It goes there.
    Put(What, Box<Plan>, Option<StandIn>),
    /// It is called off.
    Off,
}

impl Case<'_> {
    /// Everything that it takes.
    pub(super) fn resources(&self) -> Vec<ResourceId> {
        self.hosts.iter().map(|it| it.resource_id).collect()
    }

    fn taken_as(&self, host: bool) -> Vec<ResourceId> {
        let taken = self.hosts.iter().filter(|it| (it.part == Part::Host) == host);
        taken.map(|it| it.resource_id).collect()
    }

    /// Whether this can be done, and how. Writes nothing.
    pub(super) async fn judge(
        &self,
        work: &Work<Tenant>,
        remedy: Remedy,
        shifts: &mut Shifts,
    ) -> Result<Done, Refusal> {
        crate::booking::still_takes(work, &self.booking, &self.hosts).await?;
        if self.booking.starts_at <= work.now() {
            return Err(Refusal::Begun);
        }
        movable(&self.booking, Party::Staff, work.now())?;
        let (what, mut plan, new) = match remedy {
            Remedy::Cancel => {
                self.booking
                    .state()
                    .after(Event::Cancel, Party::Staff, work.now())?;
                return Ok(Done::Off);
            }
            Remedy::Reassign => {
                let (plan, new) = self.elsewhere(work, shifts).await?;
                (What::Reassigned, plan, new)
            }
            Remedy::Move => (What::Moved, self.later(work).await?, None),
        };
        plan.alone()?;
        shifts.join(std::mem::take(&mut plan.shifts));
        Ok(Done::Put(what, Box::new(plan), new))
    }

    /// Does it; says what the booking is now, and who or what stands in.
    pub(super) async fn carry_out(
        &self,
        work: &Work<Tenant>,
        done: Done,
        shifts: &mut Shifts,
    ) -> Result<(Booking, Option<ResourceId>), Refusal> {
        let (what, plan, new) = match done {
            Done::Put(what, plan, new) => (what, plan, new),
            Done::Off => {
                shifts.join(call_off(work, self.booking.id, closing(self.ask)).await?);
                return Ok((self.booking.clone(), None));
            }
        };
        let facts = json!({
            "absence": self.absence,
            "from": { "startsAt": self.booking.starts_at, "endsAt": self.booking.ends_at, "hosts": self.resources() },
            "to": { "startsAt": plan.span.start(), "endsAt": plan.span.end() },
            "hosts": plan.choice.hosts,
        });
        let change = Change {
            reason: self.ask.message.clone(),
            ..Change::new(what, facts)
        };
        let after = put(work, &self.booking, (&plan, change)).await?;
        if let Some(new) = new {
            shifts.join(stand_in(work, (after.id, self.ask.resource), new).await?);
        }
        let old = self.resources();
        let mut new = plan.choice.hosts.iter().map(|it| it.resource);
        let stand_in = new.find(|it| !old.contains(it));
        Ok((after, stand_in.filter(|_| what == What::Reassigned)))
    }

    fn wish(&self, starts_at: DateTime<Utc>, hosts: Vec<ResourceId>, settled: Overrides) -> Wish {
        Wish {
            service: self.booking.service_id,
            starts_at,
            who: Who::These(hosts),
            prefer: self.taken_as(false),
            without: vec![self.booking.id.uuid()],
            overrides: Overrides::default(),
            settled,
        }
    }

    /// At the same time with somebody else in the place of whoever is away; of a room or piece of equipment, another.
    async fn elsewhere(
        &self,
        work: &Work<Tenant>,
        shifts: &Shifts,
    ) -> Result<(Plan, Option<StandIn>), Refusal> {
        let (mut hosts, mut new) = (self.taken_as(true), None);
        if let Some(place) = hosts.iter().position(|it| *it == self.ask.resource) {
            let found = self.turn(work, shifts).await?;
            hosts[place] = found.resource;
            new = Some(found);
        }
        let wish = self.wish(self.booking.starts_at, hosts, SAME_TIME);
        Ok((plan::make(work, &wish).await?, new))
    }

    /// Whose turn it is, of those who give the service, do not give this booking, and are free then.
    async fn turn(&self, work: &Work<Tenant>, shifts: &Shifts) -> Result<StandIn, Refusal> {
        let needs = Needs::hold(work, self.booking.service_id, &Who::Anybody).await?;
        let starts_at = self.booking.starts_at;
        let moment = Span::new(starts_at, starts_at + TimeDelta::seconds(1))
            .map_err(|wrong| Refusal::invalid("startsAt", wrong))?;
        let board = Board::of(work, (&needs.service, needs.cast.clone()), moment).await?;
        let explanation = board.explain_without(starts_at, &[self.booking.id.uuid()]);
        let is_free = |host: ResourceId| {
            let answer = explanation.hosts().iter().find(|it| it.resource == Tag::of(host));
            answer.is_some_and(|it| {
                it.seat.is_none() && it.blockers.iter().all(|it| SAME_TIME.overrule(it.code()))
            })
        };
        let owed = self.owed(work, needs.pool, shifts).await?;
        let giving = self.taken_as(true);
        let others = needs
            .cast
            .hosts
            .iter()
            .filter(|it| !giving.contains(&it.resource));
        let candidates: Vec<Candidate> = others
            .filter(|it| is_free(it.resource))
            .map(|it| Candidate {
                resource: it.resource,
                priority: it.priority,
                weight: it.weight,
                balance: owed.get(&it.resource).copied().unwrap_or(0),
            })
            .collect();
        let entries = fairness::assign(&candidates).unwrap_or_default();
        let winner = entries.iter().find(|it| it.is_winner());
        Ok(StandIn {
            resource: winner.map(|it| it.resource).ok_or(Refusal::NobodyElse)?,
            pool: needs.pool,
            entries,
        })
    }

    /// The balances of a pool as they will be, with what is not written yet and without the turn that is taken back.
    async fn owed(
        &self,
        work: &Work<Tenant>,
        pool: Option<Uuid>,
        shifts: &Shifts,
    ) -> Result<BTreeMap<ResourceId, i64>, Refusal> {
        let Some(pool) = pool else {
            return Ok(BTreeMap::new());
        };
        let rows = store::fairness_balance::of(work, pool).await?;
        let mut owed: BTreeMap<ResourceId, i64> =
            rows.iter().map(|it| (it.resource_id, it.balance)).collect();
        let mut back = Shifts::default();
        for turn in turns_of(work, self.booking.id, self.ask.resource).await? {
            back.add(turn.pool_id, &turn.candidates.0, -1);
        }
        for (_, host, change) in shifts.changes().chain(back.changes()).filter(|it| it.0 == pool) {
            *owed.entry(host).or_default() += change;
        }
        Ok(owed)
    }

    /// With the same hosts at the first start after the absence at which they are free.
    async fn later(&self, work: &Work<Tenant>) -> Result<Plan, Refusal> {
        let hosts = self.taken_as(true);
        let needs = Needs::hold(work, self.booking.service_id, &Who::These(hosts.clone())).await?;
        let from = self.ask.span.end().max(work.now());
        let range = Span::new(from, from + TimeDelta::days(MOVED_DAYS))
            .map_err(|wrong| Refusal::invalid("endsAt", wrong))?;
        let own = [self.booking.id.uuid()];
        let board = Board::of(work, (&needs.service, needs.cast), range)
            .await?
            .without(&own);
        let range = board.range()?;
        let starts: Vec<DateTime<Utc>> = board.ask(|ask| ask.starts(range).take(STARTS_MAX).collect());
        let is_empty = |at: &DateTime<Utc>| board.explain(*at).hosts().iter().all(|it| it.seat.is_none());
        let first = starts
            .into_iter()
            .find(is_empty)
            .ok_or(Refusal::NoTimeLater { days: MOVED_DAYS })?;
        let wish = self.wish(first, hosts, Overrides::default());
        plan::make(work, &wish).await
    }
}
