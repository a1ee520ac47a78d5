//! What is offered, and why something is not.

mod by_host;
mod explanation;
mod redirect;
mod slot;

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::id::{ResourceId, ServiceId, TeamId};
use kernel::{Code, Refuse as _, Zone};
use scheduling::Refusal;
use scheduling::calendar::Candidates;
use scheduling::slots::SlotsAsk;

use self::explanation::SlotExplanation;
use self::slot::{Slot, SlotCount, SlotStates, Slots};
use crate::errors::{asked, coded, on_top};
use crate::reads::Reads;
use crate::scalars::{Instant, TimeZone};
use crate::scheduling::provider::ProviderFilterInput;

pub(crate) use self::by_host::SlotsByHostQuery;
pub(crate) use self::explanation::{ANSWERS_MAX, BLOCKERS_MAX, SlotReason};
pub(crate) use self::redirect::SlotRedirectQuery;

/// The most starts that `slots` returns unless it is told otherwise.
const FIRST: i32 = 200;

/// How many of the nearest starts are returned unless it is said.
const NEAREST: i32 = 5;

/// How far ahead is looked unless it is said until when.
const AHEAD: TimeDelta = TimeDelta::days(14);

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
        #[graphql(desc = "Only with providers whom this lets through: whoever teaches maths, say.")]
        providers: Option<ProviderFilterInput>,
        #[graphql(desc = "From when; now if absent.")] from: Option<Instant>,
        #[graphql(desc = "Until when, 366 days later at most; 14 days later if absent.")] to: Option<Instant>,
        #[graphql(desc = "The zone of whoever looks: its dates group the answer.")] time_zone: TimeZone,
        #[graphql(default_with = "Some(FIRST)", desc = "How many starts, 1 to 5,000.")] first: Option<i32>,
    ) -> Option<Result<Slots>> {
        let wanted = Wanted::new(
            service_id,
            (resource_ids, team_id, providers),
            (from, to),
            Some(first.unwrap_or(FIRST)),
        );
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
        #[graphql(desc = "Only with providers whom this lets through: whoever teaches maths, say.")]
        providers: Option<ProviderFilterInput>,
        #[graphql(desc = "From when; now if absent.")] from: Option<Instant>,
        #[graphql(desc = "Until when, 366 days later at most; 14 days later if absent.")] to: Option<Instant>,
        #[graphql(desc = "The zone of whoever looks.")] time_zone: TimeZone,
    ) -> Option<Result<Vec<SlotCount>>> {
        let wanted = Wanted::new(service_id, (resource_ids, team_id, providers), (from, to), None);
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
        #[graphql(desc = "Only with providers whom this lets through: whoever teaches maths, say.")]
        providers: Option<ProviderFilterInput>,
        #[graphql(desc = "From when; now if absent.")] from: Option<Instant>,
        #[graphql(desc = "The zone of whoever looks.")] time_zone: TimeZone,
    ) -> Option<Result<Slot>> {
        next(
            ctx,
            service_id,
            (resource_ids, team_id, providers),
            (from, &time_zone),
        )
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
        explain(ctx, service_id, (resource_ids, team_id, None), starts_at)
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
        #[graphql(default_with = "Some(NEAREST)", desc = "How many, 1 to 50.")] first: Option<i32>,
    ) -> Option<Result<Vec<Slot>>> {
        nearest(
            ctx,
            service_id,
            (resource_ids, team_id, None),
            (starts_at, &time_zone, first.unwrap_or(NEAREST)),
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
        #[graphql(desc = "From when; now if absent.")] from: Option<Instant>,
        #[graphql(desc = "Until when, 366 days later at most; 14 days later if absent.")] to: Option<Instant>,
        #[graphql(default_with = "Some(FIRST)", desc = "How many starts, 1 to 5,000.")] first: Option<i32>,
    ) -> Option<Result<SlotStates>> {
        let wanted = Wanted::new(
            service_id,
            (resource_ids, team_id, None),
            (from, to),
            Some(first.unwrap_or(FIRST)),
        );
        states(ctx, wanted).await.transpose()
    }
}

/// Whom a question is about, as it was asked.
type Chosen = (
    Option<Vec<ResourceId>>,
    Option<TeamId>,
    Option<ProviderFilterInput>,
);

/// A question, before its words are read.
struct Wanted {
    service: ServiceId,
    chosen: Chosen,
    from: Option<Instant>,
    to: Option<Instant>,
    first: Option<i32>,
}

impl Wanted {
    fn new(
        service: ServiceId,
        chosen: Chosen,
        (from, to): (Option<Instant>, Option<Instant>),
        first: Option<i32>,
    ) -> Self {
        Self {
            service,
            chosen,
            from,
            to,
            first,
        }
    }

    fn ask(self, now: DateTime<Utc>, zone: Zone) -> Result<SlotsAsk> {
        let from = self.from.map_or(now, |it| it.0);
        let later = || from.checked_add_signed(AHEAD).unwrap_or(from);
        Ok(SlotsAsk {
            service: self.service,
            candidates: candidates(self.chosen)?,
            from,
            to: self.to.map_or_else(later, |it| it.0),
            zone,
            first: self.first.map(|it| usize::try_from(it).unwrap_or(0)),
        })
    }
}

fn candidates((resources, team, providers): Chosen) -> Result<Candidates> {
    match (resources.filter(|it| !it.is_empty()), team, providers) {
        (None, None, None) => Ok(Candidates::All),
        (Some(resources), None, None) => Ok(Candidates::Only(resources)),
        (None, Some(team), None) => Ok(Candidates::Team(team)),
        (None, None, Some(filter)) => Ok(Candidates::Matching(filter.read()?)),
        (Some(_) | None, Some(_) | None, Some(_) | None) => Err(coded(
            Code::InvalidInput,
            &"expected one of `resourceIds`, `teamId` and `providers` at most",
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
    let reading = Reads::of(ctx).public().await?;
    let ask = wanted.ask(reading.now(), zone)?;
    let found = there(scheduling::slots::slots(&reading, &ask).await)?;
    Ok(found.map(|it| Slots::seen_in(zone, it)))
}

async fn counts(ctx: &Context<'_>, wanted: Wanted, zone: &TimeZone) -> Result<Option<Vec<SlotCount>>> {
    let zone = asked("timeZone", &zone.0)?;
    let reading = Reads::of(ctx).public().await?;
    let ask = wanted.ask(reading.now(), zone)?;
    let found = there(scheduling::slots::slot_days(&reading, &ask).await)?;
    Ok(found.map(|it| it.into_iter().map(SlotCount::from).collect()))
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
    Ok(found.flatten().map(Slot::seen_in(zone)))
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
    Ok(there(found)?.map(|it| it.into_iter().map(Slot::seen_in(zone)).collect()))
}

async fn states(ctx: &Context<'_>, wanted: Wanted) -> Result<Option<SlotStates>> {
    let reading = Reads::of(ctx).tenant().await?;
    let ask = wanted.ask(reading.now(), Zone::UTC)?;
    let found = there(scheduling::slots::slot_statuses(&reading, &ask).await)?;
    Ok(found.map(SlotStates::of))
}
