//! Figures about what waits: to be numbered, and to be kept.

use std::time::Duration;

use chrono::{DateTime, Utc};
use db::{Fault, Store, journal, timer};

use super::{broken, passes};
use crate::background::Background;
use crate::metrics::{DEAD_PROMISES, DUE_PROMISES, JOURNAL_LAG, PROMISE_AGE, UNNUMBERED};

/// How often they are taken.
const EVERY: Duration = Duration::from_secs(10);

/// Takes the figures of the journal and of the promises.
pub(super) fn taking(store: Store) -> Background {
    Background::new("backlog", move |stop| async move {
        while passes(&stop, EVERY).await {
            if let Err(fault) = take(&store).await {
                broken("counting what waits", &fault);
            }
        }
        Ok(())
    })
}

async fn take(store: &Store) -> Result<(), Fault> {
    let events = journal::number::backlog(store).await?;
    let promises = timer::backlog(store).await?;
    let now = store.now();
    gauge(UNNUMBERED, events.events);
    metrics::gauge!(JOURNAL_LAG).set(age(events.since, now));
    gauge(DUE_PROMISES, promises.promises);
    metrics::gauge!(PROMISE_AGE).set(age(promises.since, now));
    gauge(DEAD_PROMISES, promises.dead);
    Ok(())
}

fn gauge(name: &'static str, count: u64) {
    metrics::gauge!(name).set(u32::try_from(count).map_or(f64::INFINITY, f64::from));
}

fn age(since: Option<DateTime<Utc>>, now: DateTime<Utc>) -> f64 {
    since.map_or(0.0, |it| (now - it).as_seconds_f64().max(0.0))
}
