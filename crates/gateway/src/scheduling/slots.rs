//! What is offered, and why something is not.

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use availability::{Answer, Blocker, BlockerCode, Explanation, Owner, PublicBlocker, Source, Tag};
use kernel::id::{AbsenceId, BookingId, HoldId, OverrideId, ResourceId, RuleId, ServiceId, TeamId};
use kernel::{Code, Refuse as _, Zone};
use scheduling::Refusal;
use scheduling::calendar::Candidates;
use scheduling::slots::{Explained, SlotStatus, SlotsAsk, Stated};

use super::resource::Resource;
use crate::errors::{asked, coded, on_top};
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::{Date, Duration, Instant, LocalTime, TimeZone};

/// The most starts that `slots` returns unless it is told otherwise.
const FIRST: i32 = 500;

/// The most hosts, rooms and pieces of equipment that an explanation goes into.
const ANSWERS_MAX: usize = 100;

/// One start that can be booked, as somebody in a zone sees it.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    slot: scheduling::slots::Slot,
    zone: Zone,
}

/// One start that can be booked.
#[Object]
impl Slot {
    /// When it starts.
    async fn starts_at(&self) -> Instant {
        self.slot.starts_at.into()
    }

    /// When it ends, without what is kept free before and after it.
    async fn ends_at(&self) -> Instant {
        self.slot.ends_at.into()
    }

    /// When it starts on the wall clock of the zone that was asked for.
    async fn local_time(&self) -> LocalTime {
        LocalTime::of(&self.zone.local(self.slot.starts_at).format("%H:%M"))
    }

    /// On which date of that zone.
    async fn local_on(&self) -> Date {
        Date(self.zone.local(self.slot.starts_at).date())
    }

    /// The zone that was asked for.
    async fn time_zone(&self) -> TimeZone {
        TimeZone::of(&self.zone)
    }

    /// The ids of those who can give it, 20 at most.
    async fn host_ids(&self) -> Vec<ResourceId> {
        self.slot.hosts.clone()
    }

    /// Those who can give it, 20 at most.
    async fn hosts(&self, ctx: &Context<'_>) -> Option<Result<Vec<Resource>>> {
        let hosts = self.slot.hosts.iter();
        let hosts =
            futures::future::try_join_all(hosts.map(|it| load::<ResourceId, Resource>(ctx, *it))).await;
        Some(hosts.map(|it| it.into_iter().flatten().collect()))
    }

    /// How many can give it.
    async fn host_count(&self) -> usize {
        self.slot.host_count
    }

    /// Of a session that takes place anyway, how many seats are left.
    async fn seats_left(&self) -> Option<i32> {
        self.slot.seats_left.map(i32::from)
    }

    /// Hand it back to book exactly this: the start, with these hosts, on the terms that were shown.
    async fn token(&self) -> &str {
        &self.slot.token
    }
}

/// The starts of one date.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct SlotDay {
    /// Which date of the zone that was asked for.
    falls_on: Date,
    /// Its starts, in order.
    slots: Vec<Slot>,
}

/// The starts that can be booked.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Slots {
    /// Dates with starts, in order; dates without any are left out.
    days: Vec<SlotDay>,
    /// The first start that is not among them: ask again from there. Null if these are all.
    stopped_at: Option<Instant>,
}

/// How many starts a date has.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub(crate) struct SlotCount {
    /// Which date of the zone that was asked for.
    falls_on: Date,
    /// How many starts.
    count: u64,
}

/// Why a start cannot be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "BlockerCode")]
pub(crate) enum SlotBlockerCode {
    /// The resource or the service is switched off.
    Inactive,
    /// No hours hold the booking.
    OutsideHours,
    /// There are hours, but it does not start on their grid.
    OffGrid,
    /// The date is closed.
    DateClosed,
    /// Somebody is away.
    OutOfOffice,
    /// The time is taken.
    Occupied,
    /// The time is free, what must be free around it is not.
    Buffer,
    /// Somebody is about to book it.
    Held,
    /// It is too soon.
    Notice,
    /// It is too far ahead.
    Horizon,
    /// The date or week has all it may have.
    Limit,
    /// The session has no seat left.
    SeatsFull,
    /// An outside calendar has not been read for too long.
    CalendarStale,
}

/// One reason against a start, as far as everybody may know it.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub(crate) struct SlotReason {
    /// Which reason.
    code: SlotBlockerCode,
    /// Of NOTICE: how long before its start it is booked at the latest.
    notice: Option<Duration>,
    /// Of NOTICE: the minutes that are left until it starts; below zero it is over.
    minutes_left: Option<i64>,
    /// Of OFF_GRID: the start of the grid before. It need not be free.
    previous_starts_at: Option<Instant>,
    /// Of OFF_GRID: the start of the grid after. It need not be free.
    next_starts_at: Option<Instant>,
    /// Of HORIZON: the last date that may be booked.
    last_on: Option<Date>,
}

impl From<PublicBlocker> for SlotReason {
    fn from(it: PublicBlocker) -> Self {
        let [previous, next] = it.nearby;
        Self {
            code: it.code.into(),
            notice: it.needs_minutes.map(|(needs, _)| Duration::of(needs)),
            minutes_left: it.needs_minutes.map(|(_, left)| left),
            previous_starts_at: previous.map(Instant),
            next_starts_at: next.map(Instant),
            last_on: it.last_date.map(Date),
        }
    }
}

/// One reason against a start, for whoever may see the calendar from within.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct SlotBlocker {
    /// Which reason.
    code: SlotBlockerCode,
    /// The same with its numbers, in English.
    message: String,
    /// The rule, override, absence, booking or hold that says so, if one does.
    blocked_by_id: Option<ID>,
}

impl From<&Blocker> for SlotBlocker {
    fn from(it: &Blocker) -> Self {
        Self {
            code: it.code().into(),
            message: it.to_string(),
            blocked_by_id: said_by(it),
        }
    }
}

/// The id of what says so: the engine passes ids through and knows only what they stand for.
fn said_by(blocker: &Blocker) -> Option<ID> {
    let owner = |tag: &Tag, kind: &Owner| match kind {
        Owner::Hold => Some(tag.id::<HoldId>().to_string()),
        Owner::Booking => Some(tag.id::<BookingId>().to_string()),
        Owner::Block | Owner::External => None,
    };
    let source = |it: &Source| match it {
        Source::Rule(tag) => Some(tag.id::<RuleId>().to_string()),
        Source::Override(tag) => Some(tag.id::<OverrideId>().to_string()),
        Source::Always => None,
    };
    let id = match blocker {
        Blocker::OutsideHours { by, .. } | Blocker::OffGrid { by, .. } => by.iter().find_map(source),
        Blocker::CutOut { by, .. } | Blocker::DateClosed { by, .. } => {
            Some(by.id::<OverrideId>().to_string())
        }
        Blocker::OutOfOffice { by, .. } => Some(by.id::<AbsenceId>().to_string()),
        Blocker::Occupied { by, kind, .. } | Blocker::Buffer { by, kind, .. } => owner(by, kind),
        Blocker::Inactive { .. }
        | Blocker::Notice { .. }
        | Blocker::Horizon { .. }
        | Blocker::Limit { .. }
        | Blocker::SeatsFull { .. }
        | Blocker::CalendarStale { .. } => None,
    };
    id.map(ID)
}

/// What one host, room or piece of equipment says about a start.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct SlotAnswer {
    /// Which resource.
    resource_id: ResourceId,
    /// Whether it is among those that can give the start.
    is_listed: bool,
    /// All that can be said against it.
    blockers: Vec<SlotBlocker>,
}

impl From<&Answer> for SlotAnswer {
    fn from(it: &Answer) -> Self {
        Self {
            resource_id: it.resource.id(),
            is_listed: it.listed,
            blockers: it.blockers.iter().map(SlotBlocker::from).collect(),
        }
    }
}

/// Everything that can be said against a start.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct SlotExplanation {
    /// Which start.
    starts_at: Instant,
    /// Whether it can be booked.
    is_offered: bool,
    /// What everybody may know: each reason once, without owners and names.
    reasons: Vec<SlotReason>,
    /// Everything, for the first 100 hosts, rooms and pieces of equipment. Null unless you may see all their calendars from within.
    answers: Option<Vec<SlotAnswer>>,
}

impl From<Explained> for SlotExplanation {
    fn from(it: Explained) -> Self {
        let answers = |it: Explanation| {
            let all = it.hosts().iter().chain(it.parts().iter().flatten());
            all.take(ANSWERS_MAX).map(SlotAnswer::from).collect()
        };
        Self {
            starts_at: it.starts_at.into(),
            is_offered: it.is_offered,
            reasons: it.reasons.into_iter().map(SlotReason::from).collect(),
            answers: it.full.map(answers),
        }
    }
}

/// One start of the hours, and what has become of it.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub(crate) struct SlotState {
    /// When it starts.
    starts_at: Instant,
    /// What has become of it.
    status: SlotStatus,
}

/// Every start that the hours of a range make, free or not.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct SlotStates {
    /// The starts, in order.
    states: Vec<SlotState>,
    /// The first start that is not among them: ask again from there. Null if these are all.
    stopped_at: Option<Instant>,
}

/// What is offered.
#[derive(Debug, Default)]
pub(crate) struct SlotsQuery;

/// What is offered.
#[expect(
    clippy::too_many_arguments,
    reason = "a question has many sides, and an argument is read where it is asked"
)]
#[Object]
impl SlotsQuery {
    /// The starts of a service that can be booked, by date. Public; null if there is no such service.
    async fn slots(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which service.")] service_id: ServiceId,
        #[graphql(
            desc = "Only with these hosts; a room or piece of equipment among them is the one that is taken."
        )]
        resource_ids: Option<Vec<ResourceId>>,
        #[graphql(desc = "Only with members of this team.")] team_id: Option<TeamId>,
        #[graphql(desc = "From when.")] from: Instant,
        #[graphql(desc = "Until when, 366 days later at most.")] to: Instant,
        #[graphql(desc = "The zone of whoever looks: its dates group the answer.")] time_zone: TimeZone,
        #[graphql(default_with = "FIRST", desc = "How many starts, 1 to 5,000.")] first: i32,
    ) -> Option<Result<Slots>> {
        let wanted = Wanted::new(service_id, (resource_ids, team_id), (from, to), Some(first));
        slots(ctx, wanted, &time_zone).await.transpose()
    }

    /// How many starts each date has; dates without any are left out. Public; null if there is no such service.
    async fn slot_counts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which service.")] service_id: ServiceId,
        #[graphql(desc = "Only with these hosts, rooms and equipment.")] resource_ids: Option<
            Vec<ResourceId>,
        >,
        #[graphql(desc = "Only with members of this team.")] team_id: Option<TeamId>,
        #[graphql(desc = "From when.")] from: Instant,
        #[graphql(desc = "Until when, 366 days later at most.")] to: Instant,
        #[graphql(desc = "The zone of whoever looks.")] time_zone: TimeZone,
    ) -> Option<Result<Vec<SlotCount>>> {
        let wanted = Wanted::new(service_id, (resource_ids, team_id), (from, to), None);
        counts(ctx, wanted, &time_zone).await.transpose()
    }

    /// The first start that can be booked at or after an instant, within a year. Public; null if there is none.
    async fn next_available(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which service.")] service_id: ServiceId,
        #[graphql(desc = "Only with these hosts, rooms and equipment.")] resource_ids: Option<
            Vec<ResourceId>,
        >,
        #[graphql(desc = "Only with members of this team.")] team_id: Option<TeamId>,
        #[graphql(desc = "From when; now if absent.")] from: Option<Instant>,
        #[graphql(desc = "The zone of whoever looks.")] time_zone: TimeZone,
    ) -> Option<Result<Slot>> {
        next(ctx, service_id, (resource_ids, team_id), (from, &time_zone))
            .await
            .transpose()
    }

    /// Everything that can be said against a start. Public, without owners and names; null if there is no such service.
    async fn slot_explain(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which service.")] service_id: ServiceId,
        #[graphql(desc = "Only with these hosts, rooms and equipment.")] resource_ids: Option<
            Vec<ResourceId>,
        >,
        #[graphql(desc = "Only with members of this team.")] team_id: Option<TeamId>,
        #[graphql(desc = "Which start.")] starts_at: Instant,
    ) -> Option<Result<SlotExplanation>> {
        explain(ctx, service_id, (resource_ids, team_id), starts_at)
            .await
            .transpose()
    }

    /// The starts that can be booked nearest to an instant, the nearest first. Public; null if there is no such service.
    async fn nearest_slots(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which service.")] service_id: ServiceId,
        #[graphql(desc = "Only with these hosts, rooms and equipment.")] resource_ids: Option<
            Vec<ResourceId>,
        >,
        #[graphql(desc = "Only with members of this team.")] team_id: Option<TeamId>,
        #[graphql(desc = "Near which instant.")] starts_at: Instant,
        #[graphql(desc = "The zone of whoever looks.")] time_zone: TimeZone,
        #[graphql(default = 5, desc = "How many, 1 to 50.")] first: i32,
    ) -> Option<Result<Vec<Slot>>> {
        nearest(
            ctx,
            service_id,
            (resource_ids, team_id),
            (starts_at, &time_zone, first),
        )
        .await
        .transpose()
    }

    /// Every start that the hours make, free or not, of 20 hosts, rooms and pieces of equipment at most. Needs the right
    /// `calendars:read`, or `own_calendar:write` for one's own; null if there is no such service.
    async fn slot_states(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which service.")] service_id: ServiceId,
        #[graphql(desc = "Only with these hosts, rooms and equipment.")] resource_ids: Option<
            Vec<ResourceId>,
        >,
        #[graphql(desc = "Only with members of this team.")] team_id: Option<TeamId>,
        #[graphql(desc = "From when.")] from: Instant,
        #[graphql(desc = "Until when, 366 days later at most.")] to: Instant,
        #[graphql(default_with = "FIRST", desc = "How many starts, 1 to 5,000.")] first: i32,
    ) -> Option<Result<SlotStates>> {
        let wanted = Wanted::new(service_id, (resource_ids, team_id), (from, to), Some(first));
        states(ctx, wanted).await.transpose()
    }
}

/// Whom a question is about, as it was asked.
type Chosen = (Option<Vec<ResourceId>>, Option<TeamId>);

/// A question, before its words are read.
struct Wanted {
    service: ServiceId,
    chosen: Chosen,
    from: Instant,
    to: Instant,
    first: Option<i32>,
}

impl Wanted {
    fn new(service: ServiceId, chosen: Chosen, (from, to): (Instant, Instant), first: Option<i32>) -> Self {
        Self {
            service,
            chosen,
            from,
            to,
            first,
        }
    }

    fn ask(self, zone: Zone) -> Result<SlotsAsk> {
        Ok(SlotsAsk {
            service: self.service,
            candidates: candidates(self.chosen)?,
            from: self.from.0,
            to: self.to.0,
            zone,
            first: self.first.map(|it| usize::try_from(it).unwrap_or(0)),
        })
    }
}

fn candidates((resources, team): Chosen) -> Result<Candidates> {
    match (resources.filter(|it| !it.is_empty()), team) {
        (None, None) => Ok(Candidates::All),
        (Some(resources), None) => Ok(Candidates::Only(resources)),
        (None, Some(team)) => Ok(Candidates::Team(team)),
        (Some(_), Some(_)) => Err(coded(
            Code::InvalidInput,
            &"expected either `resourceIds` or `teamId`, not both",
        )),
    }
}

/// What is not there is null.
fn there<T>(found: std::result::Result<T, Refusal>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(refusal) if refusal.kind() == kernel::Kind::NotFound => Ok(None),
        Err(refusal) => Err(on_top(refusal)),
    }
}

async fn slots(ctx: &Context<'_>, wanted: Wanted, zone: &TimeZone) -> Result<Option<Slots>> {
    let zone = asked("timeZone", &zone.0)?;
    let ask = wanted.ask(zone)?;
    let reading = Reads::of(ctx).public().await?;
    let found = there(scheduling::slots::slots(&reading, &ask).await)?;
    let day = |it: scheduling::slots::Day| SlotDay {
        falls_on: Date(it.date),
        slots: it.slots.into_iter().map(|slot| Slot { slot, zone }).collect(),
    };
    Ok(found.map(|it| Slots {
        days: it.days.into_iter().map(day).collect(),
        stopped_at: it.stopped_at.map(Instant),
    }))
}

async fn counts(ctx: &Context<'_>, wanted: Wanted, zone: &TimeZone) -> Result<Option<Vec<SlotCount>>> {
    let ask = wanted.ask(asked("timeZone", &zone.0)?)?;
    let reading = Reads::of(ctx).public().await?;
    let found = there(scheduling::slots::slot_days(&reading, &ask).await)?;
    let count = |it: scheduling::slots::DayCount| SlotCount {
        falls_on: Date(it.date),
        count: it.count,
    };
    Ok(found.map(|it| it.into_iter().map(count).collect()))
}

async fn next(
    ctx: &Context<'_>,
    service: ServiceId,
    chosen: Chosen,
    (from, zone): (Option<Instant>, &TimeZone),
) -> Result<Option<Slot>> {
    let zone = asked("timeZone", &zone.0)?;
    let candidates = candidates(chosen)?;
    let reading = Reads::of(ctx).public().await?;
    let after = from.map_or(reading.now(), |it| it.0);
    let found = there(scheduling::slots::next_slot(&reading, (service, &candidates), after).await)?;
    Ok(found.flatten().map(|slot| Slot { slot, zone }))
}

async fn explain(
    ctx: &Context<'_>,
    service: ServiceId,
    chosen: Chosen,
    starts_at: Instant,
) -> Result<Option<SlotExplanation>> {
    let candidates = candidates(chosen)?;
    let reading = Reads::of(ctx).public().await?;
    let found = scheduling::slots::slot_explain(&reading, (service, &candidates), starts_at.0).await;
    Ok(there(found)?.map(SlotExplanation::from))
}

async fn nearest(
    ctx: &Context<'_>,
    service: ServiceId,
    chosen: Chosen,
    (starts_at, zone, first): (Instant, &TimeZone, i32),
) -> Result<Option<Vec<Slot>>> {
    let zone = asked("timeZone", &zone.0)?;
    let candidates = candidates(chosen)?;
    let count = usize::try_from(first).ok().filter(|it| *it > 0);
    let count = count.ok_or_else(|| {
        coded(
            Code::InvalidInput,
            &format!("expected `first` 1 to 50, got {first}"),
        )
    })?;
    let reading = Reads::of(ctx).public().await?;
    let found =
        scheduling::slots::nearest_slots(&reading, (service, &candidates), (starts_at.0, count)).await;
    Ok(there(found)?.map(|it| it.into_iter().map(|slot| Slot { slot, zone }).collect()))
}

async fn states(ctx: &Context<'_>, wanted: Wanted) -> Result<Option<SlotStates>> {
    let ask = wanted.ask(Zone::UTC)?;
    let reading = Reads::of(ctx).tenant().await?;
    let found = there(scheduling::slots::slot_statuses(&reading, &ask).await)?;
    let state = |it: Stated| SlotState {
        starts_at: it.starts_at.into(),
        status: it.status,
    };
    Ok(found.map(|(states, stopped_at)| SlotStates {
        states: states.into_iter().map(state).collect(),
        stopped_at: stopped_at.map(Instant),
    }))
}
