//! One day of one resource, as a wall calendar shows it.

use async_graphql::{Context, Object, Result, SimpleObject};
use kernel::id::ResourceId;
use scheduling::agenda::{BOOKINGS_MAX, STRETCHES_MAX, Stretch};
use scheduling::slots::SlotStatus;

use super::booking::{Booking, few};
use super::resource::Resource;
use crate::errors::found;
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::{Date, Instant, TimeZone};

/// Stretches, and bookings, that are listed unless it is said how many.
const STRETCHES: i32 = 100;
const BOOKINGS: i32 = 50;

/// One day of one resource.
#[derive(Debug, Clone)]
pub(crate) struct Agenda(scheduling::agenda::Agenda);

/// One day of a person, room or piece of equipment, in its own zone.
#[Object]
impl Agenda {
    /// Whose.
    async fn resource_id(&self) -> ResourceId {
        self.0.resource
    }

    /// Whose.
    async fn resource(&self, ctx: &Context<'_>) -> Option<Result<Resource>> {
        load::<ResourceId, Resource>(ctx, self.0.resource)
            .await
            .transpose()
    }

    /// Which date of `timeZone`.
    async fn falls_on(&self) -> Date {
        Date(self.0.date)
    }

    /// The resource's zone.
    async fn time_zone(&self) -> TimeZone {
        TimeZone::of(&self.0.zone)
    }

    /// The first instant of the day.
    async fn starts_at(&self) -> Instant {
        self.0.span.start().into()
    }

    /// The first instant of the next: 23 to 25 hours later.
    async fn ends_at(&self) -> Instant {
        self.0.span.end().into()
    }

    /// The day cut where something changes, without gaps and in order. What services ask for (notice, buffers, limits) is
    /// not in it.
    async fn stretches(
        &self,
        #[graphql(default_with = "Some(STRETCHES)", desc = "How many, 1 to 1,500.")] first: Option<i32>,
    ) -> Option<Result<Vec<AgendaStretch>>> {
        let stretch = |first| {
            let shown = self.0.stretches.iter().take(first);
            shown.copied().map(AgendaStretch::from).collect()
        };
        Some(few(first.unwrap_or(STRETCHES), STRETCHES_MAX).map(stretch))
    }

    /// The bookings that meet the day, in order; those that were called off too.
    async fn bookings(
        &self,
        #[graphql(default_with = "Some(BOOKINGS)", desc = "How many, 1 to 1,000.")] first: Option<i32>,
    ) -> Option<Result<Vec<Booking>>> {
        let seen = |first| {
            let shown = self.0.bookings.iter().take(first);
            shown.cloned().map(Booking::of).collect()
        };
        Some(few(first.unwrap_or(BOOKINGS), BOOKINGS_MAX as usize).map(seen))
    }
}

/// A part of a day in which nothing changes.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub(crate) struct AgendaStretch {
    /// From when.
    starts_at: Instant,
    /// Until when.
    ends_at: Instant,
    /// What has become of it: BOOKED has the buffers of bookings in it, CLOSED is outside the hours, away or blocked.
    status: SlotStatus,
}

impl From<Stretch> for AgendaStretch {
    fn from(it: Stretch) -> Self {
        Self {
            starts_at: it.span.start().into(),
            ends_at: it.span.end().into(),
            status: it.status,
        }
    }
}

/// Days of resources.
#[derive(Debug, Default)]
pub(crate) struct AgendaQuery;

/// Days of resources.
#[Object]
impl AgendaQuery {
    /// One day of a resource in its own zone: what is open, held, booked and closed, and the bookings. Needs the rights
    /// `calendars:read` and `diary:read`, or `own_calendar:write` and `own_diary:write` for one's own; null if there is no
    /// such resource.
    async fn agenda(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose day.")] resource_id: ResourceId,
        #[graphql(desc = "Which date of the resource's zone.")] falls_on: Date,
    ) -> Option<Result<Agenda>> {
        of(ctx, resource_id, falls_on).await.transpose()
    }
}

async fn of(ctx: &Context<'_>, resource: ResourceId, date: Date) -> Result<Option<Agenda>> {
    let reading = Reads::of(ctx).tenant().await?;
    let day = scheduling::agenda::agenda(&reading, resource, date.0).await;
    Ok(found(day)?.map(Agenda))
}
