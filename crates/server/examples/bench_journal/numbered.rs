//! From the commit of a change until it has its place in the journal.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use db::journal::{self, Event};
use db::{Asker, Store, Tenant};
use kernel::{Clock as _, SystemClock, SystemKind};

use crate::lag::Lags;
use crate::node::Node;
use crate::place::Place;
use crate::practice::Practice;
use crate::{Outcome, Sizes, Values};

/// How often it is looked whether an event has its place: so much too long a lag may be told.
const LOOK_EVERY: Duration = Duration::from_micros(500);
/// How long it is looked for.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long to wait from one event to the next.
const CALM: Duration = Duration::from_millis(30);

/// The lag of one event after another. It is looked for past the API, on a connection of the bench's own.
pub(crate) async fn measure(place: &Place, sizes: &Sizes) -> Outcome<Option<Values>> {
    let node = Node::start(place).await?;
    let practice = Practice::found(node.address, "numbered").await?;
    let (store, tenant) = (place.store(2).await?, practice.tenant()?);
    let mut writer = practice.writer(node.address);
    let version = writer.write().await?;
    let mut last = place_of(&store, tenant, (0, version)).await?.0;
    let (mut numbered, mut answered) = (Vec::new(), Vec::new());
    for _ in 0..sizes.events {
        tokio::time::sleep(CALM).await;
        let version = writer.write().await?;
        let answered_at = SystemClock.now();
        let (event, seen_at) = place_of(&store, tenant, (position(&last)?, version)).await?;
        numbered.push(seen_at - event.occurred_at);
        answered.push(answered_at - event.occurred_at);
        last = event;
    }
    let mut values = Lags::of(numbered).values();
    values.push(("answered_p50", Lags::of(answered).within(0.5)));
    Ok(Some(values))
}

fn position(event: &Event) -> Outcome<i64> {
    Ok(event.position.ok_or("an event without its place")?)
}

/// The next event after a position that brought its thing to a version, as soon as it is there, and when it was seen.
async fn place_of(
    store: &Store,
    tenant: Tenant,
    (after, version): (i64, i64),
) -> Outcome<(Event, DateTime<Utc>)> {
    let (began, asker) = (Instant::now(), Asker::system(SystemKind::Operator));
    while began.elapsed() < PATIENCE {
        let reading = store.read(tenant, &asker).await?;
        let events = journal::after(&reading, after, 10).await?;
        let seen_at = SystemClock.now();
        drop(reading);
        let word = kernel::EventType::ResourceUpdated.word();
        let found = events
            .into_iter()
            .find(|it| it.type_ == word && it.aggregate_version == version);
        if let Some(event) = found {
            return Ok((event, seen_at));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Err("an event was not numbered".into())
}
