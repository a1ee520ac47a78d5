//! Starts by whoever gives them: a calendar for each of several hosts, in one question.

use async_graphql::{Context, Object, Result, SimpleObject};
use kernel::Zone;
use kernel::id::{ResourceId, ServiceId, TeamId};
use scheduling::slots::HostSlots as Found;

use super::slot::Slot;
use super::{FIRST, Wanted, there};
use crate::errors::asked;
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::{Instant, TimeZone};
use crate::scheduling::provider::ProviderFilterInput;
use crate::scheduling::resource::Resource;

/// The starts of one host.
#[derive(Debug, Clone)]
pub(crate) struct HostSlots {
    host: ResourceId,
    slots: Vec<Slot>,
}

/// The starts of one host.
#[Object]
impl HostSlots {
    /// Who gives them.
    async fn host_id(&self) -> ResourceId {
        self.host
    }

    /// Who gives them.
    async fn host(&self, ctx: &Context<'_>) -> Option<Result<Resource>> {
        load::<ResourceId, Resource>(ctx, self.host).await.transpose()
    }

    /// Their starts, in order. The token of each names this host.
    async fn slots(&self) -> &[Slot] {
        &self.slots
    }
}

impl HostSlots {
    fn seen_in(zone: Zone, found: Found) -> Self {
        Self {
            host: found.host,
            slots: found.slots.into_iter().map(Slot::seen_in(zone)).collect(),
        }
    }
}

/// The starts that can be booked, by host.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct SlotsByHost {
    /// Hosts with starts, in the order in which the service names them; hosts without any are left out.
    hosts: Vec<HostSlots>,
    /// The first start that is not among them: ask again from there. Null if these are all.
    stopped_at: Option<Instant>,
}

/// What is offered, by host.
#[derive(Debug, Default)]
pub(crate) struct SlotsByHostQuery;

/// What is offered, by host.
#[expect(
    clippy::too_many_arguments,
    reason = "a question has many sides, and an argument is read where it is asked"
)]
#[Object]
impl SlotsByHostQuery {
    /// The starts of a service that can be booked, by host: of all hosts together as many as asked for, and a start either
    /// with all its hosts or not at all. Public; null if there is no such service.
    async fn slots_by_host(
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
        #[graphql(desc = "The zone of whoever looks.")] time_zone: TimeZone,
        #[graphql(
            default_with = "Some(FIRST)",
            desc = "How many starts of all hosts together, 1 to 5,000."
        )]
        first: Option<i32>,
    ) -> Option<Result<SlotsByHost>> {
        let chosen = (resource_ids, team_id, providers);
        let wanted = Wanted::new(service_id, chosen, (from, to), Some(first.unwrap_or(FIRST)));
        by_host(ctx, wanted, &time_zone).await.transpose()
    }
}

async fn by_host(ctx: &Context<'_>, wanted: Wanted, zone: &TimeZone) -> Result<Option<SlotsByHost>> {
    let zone = asked("timeZone", &zone.0)?;
    let reading = Reads::of(ctx).public().await?;
    let ask = wanted.ask(reading.now(), zone)?;
    let found = there(scheduling::slots::slots_by_host(&reading, &ask).await)?;
    Ok(found.map(|(hosts, stopped_at)| {
        let free = hosts.into_iter().filter(|it| !it.slots.is_empty());
        SlotsByHost {
            hosts: free.map(|it| HostSlots::seen_in(zone, it)).collect(),
            stopped_at: stopped_at.map(Instant),
        }
    }))
}
