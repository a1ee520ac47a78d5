//! What can be watched: events, one booking, what is free, one day.

use std::collections::VecDeque;
use std::sync::Arc;

use async_graphql::{Context, ID, Result, SimpleObject, Subscription};
use chrono::TimeDelta;
use db::journal::follow::Follower;
use db::journal::{Entity, Sought};
use db::paging::Cursor;
use flows::hearing::{audible_now, may_change_day};
use futures::{Stream, stream};
use kernel::id::{BookingId, ResourceId, ServiceId};
use kernel::{Code, EventType, Span};
use scheduling::slots::DAYS_MAX;

use super::event::{Event, sought};
use super::follow::{Ears, halted};
use crate::caller::Caller;
use crate::errors::{coded, on_top};
use crate::host::Host;
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::{Date, Instant};
use crate::scheduling::service::Service;

/// What is free may have changed: ask again.
#[derive(Debug, SimpleObject)]
pub(crate) struct TimeChange {
    /// Where the last thing that may have changed it stands in the journal; hand it back as `after`.
    cursor: String,
    /// When that happened.
    occurred_at: Instant,
}

impl TimeChange {
    /// By an event that may have done it.
    fn of(event: &db::journal::Event) -> Self {
        Self {
            cursor: Cursor::of::<Entity>(event).to_string(),
            occurred_at: event.occurred_at.into(),
        }
    }
}

/// What can be watched.
#[derive(Debug, Default)]
pub(crate) struct WatchSubscription;

/// What can be watched.
#[expect(clippy::too_many_arguments, reason = "what is watched, and from where")]
#[Subscription]
impl WatchSubscription {
    /// What happened after a cursor (from now on if absent), then what happens: nothing is lost, nothing comes twice, and the events
    /// of one thing come in their order. Whom it tells what is as in the query `events`; losing the right ends the stream. A cursor
    /// from before what is kept is refused with `SNAPSHOT_REQUIRED`.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where you stopped: the `cursor` of the last event that you saw.")] after: Option<
            String,
        >,
        #[graphql(desc = "Only of these kinds; all if absent.")] types: Option<Vec<EventType>>,
        #[graphql(desc = "Only what happens to the thing with this global id.")] aggregate: Option<ID>,
    ) -> Result<impl Stream<Item = Result<Event>> + use<>> {
        let sought = sought(Caller::of(ctx), types, aggregate)?;
        told(ctx, sought, after.as_deref()).await
    }

    /// Whatever happens to one booking, from a cursor or from now on: as `events` of this one thing.
    async fn booking_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which booking.")] booking_id: BookingId,
        #[graphql(desc = "Where you stopped: the `cursor` of the last event that you saw.")] after: Option<
            String,
        >,
    ) -> Result<impl Stream<Item = Result<Event>> + use<>> {
        let sought = sought(Caller::of(ctx), None, Some(booking_id.to_string().into()))?;
        told(ctx, sought, after.as_deref()).await
    }

    /// Says that the starts of a service within a range may have changed: ask for `slots` again. Several changes that come
    /// together are told once, and when in doubt it is told; what names only others than those who can give the service is
    /// not. Public.
    async fn slots_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which service.")] service_id: ServiceId,
        #[graphql(desc = "From which start on.")] from: Instant,
        #[graphql(desc = "Until which start; within 366 days.")] to: Instant,
        #[graphql(desc = "Where you stopped: the last `cursor` that you saw.")] after: Option<String>,
    ) -> Result<impl Stream<Item = Result<TimeChange>> + use<>> {
        let within = range(from, to)?;
        let none = || coded(Code::NotFound, &"no such service");
        load::<ServiceId, Service>(ctx, service_id)
            .await?
            .ok_or_else(none)?;
        // What everybody may know: that something may be free.
        let ears = Ears::of(ctx, Caller::of(ctx).visited()?);
        let follower = ears.follow(Sought::default(), after.as_deref()).await?;
        let watched = Host::of(ctx)
            .reaches()
            .watch(&ears.store, ears.tenant, service_id);
        Ok(stream::try_unfold(
            (follower, watched),
            move |(mut follower, watched)| async move {
                loop {
                    let from = follower.position();
                    let events = follower.next().await.map_err(halted)?;
                    let stretch = (events.as_slice(), from, follower.position());
                    let last = watched.last_to_move(stretch, within).await.map_err(on_top)?;
                    if let Some(change) = last.map(TimeChange::of) {
                        return Ok(Some((change, (follower, watched))));
                    }
                }
            },
        ))
    }

    /// Says that one day of a resource may have changed: ask for its `agenda` again. Needs the same rights.
    async fn agenda_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose day.")] resource_id: ResourceId,
        #[graphql(desc = "Which date of the resource's zone.")] falls_on: Date,
        #[graphql(desc = "Where you stopped: the last `cursor` that you saw.")] after: Option<String>,
    ) -> Result<impl Stream<Item = Result<TimeChange>> + use<>> {
        let reading = Reads::of(ctx).tenant().await?;
        let day = scheduling::agenda::agenda(&reading, resource_id, falls_on.0)
            .await
            .map_err(on_top)?;
        drop(reading);
        let ears = Ears::of(ctx, Caller::of(ctx).tenant()?);
        let follower = ears.follow(Sought::default(), after.as_deref()).await?;
        Ok(stream::try_unfold(follower, move |mut follower| async move {
            loop {
                let events = follower.next().await.map_err(halted)?;
                let changes = |it: &&Arc<db::journal::Event>| may_change_day(it, (resource_id, day.span));
                if let Some(change) = events.iter().rfind(changes).map(|it| TimeChange::of(it)) {
                    return Ok(Some((change, follower)));
                }
            }
        }))
    }
}

fn range(from: Instant, to: Instant) -> Result<Span> {
    let span = Span::new(from.0, to.0).ok();
    let span = span.filter(|it| it.length() <= TimeDelta::days(DAYS_MAX));
    span.ok_or_else(|| {
        coded(
            Code::InvalidInput,
            &"expected `to` after `from`, within 366 days of it",
        )
    })
}

/// Events one by one, as far as whoever asks may hear of them now.
async fn told(
    ctx: &Context<'_>,
    sought: Sought,
    after: Option<&str>,
) -> Result<impl Stream<Item = Result<Event>> + use<>> {
    let ears = Ears::of(ctx, Caller::of(ctx).tenant()?);
    let follower = ears.follow(sought, after).await?;
    let begin = (ears, follower, VecDeque::new());
    let each = |(ears, mut follower, mut ready): (Ears, Follower, VecDeque<Event>)| async move {
        loop {
            if let Some(event) = ready.pop_front() {
                return Ok(Some((event, (ears, follower, ready))));
            }
            let events = follower.next().await.map_err(halted)?;
            let heard = audible_now(&ears.store, (ears.tenant, &ears.asker), events).await;
            ready = heard.map_err(on_top)?.into_iter().filter_map(Event::of).collect();
        }
    };
    Ok(stream::try_unfold(begin, each))
}
