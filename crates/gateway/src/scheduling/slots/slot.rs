//! Starts, by date, as they are offered and as they stand.

use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::Zone;
use kernel::id::ResourceId;
use scheduling::slots::{DayCount, SlotStatus, Stated};

use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::{Date, Instant, LocalTime, TimeZone};
use crate::scheduling::resource::Resource;

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
    async fn token(&self, ctx: &Context<'_>) -> String {
        self.slot.token.sign(Reads::of(ctx).store().key())
    }
}

impl Slot {
    /// As somebody in this zone sees it.
    pub(super) fn seen_in(zone: Zone) -> impl Fn(scheduling::slots::Slot) -> Self {
        move |slot| Self { slot, zone }
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

impl Slots {
    /// As somebody in this zone sees them.
    pub(super) fn seen_in(zone: Zone, found: scheduling::slots::Slots) -> Self {
        let day = |it: scheduling::slots::Day| SlotDay {
            falls_on: Date(it.date),
            slots: it.slots.into_iter().map(Slot::seen_in(zone)).collect(),
        };
        Self {
            days: found.days.into_iter().map(day).collect(),
            stopped_at: found.stopped_at.map(Instant),
        }
    }
}

/// How many starts a date has.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub(crate) struct SlotCount {
    /// Which date of the zone that was asked for.
    falls_on: Date,
    /// How many starts.
    count: u64,
}

impl From<DayCount> for SlotCount {
    fn from(it: DayCount) -> Self {
        Self {
            falls_on: Date(it.date),
            count: it.count,
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

impl SlotStates {
    /// The starts, and the first that is not among them.
    pub(super) fn of((states, stopped_at): (Vec<Stated>, Option<DateTime<Utc>>)) -> Self {
        let state = |it: Stated| SlotState {
            starts_at: it.starts_at.into(),
            status: it.status,
        };
        Self {
            states: states.into_iter().map(state).collect(),
            stopped_at: stopped_at.map(Instant),
        }
    }
}
