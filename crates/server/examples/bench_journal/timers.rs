//! How long after it is due a promise is begun to be kept: holds that lapse, one after another.

use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use db::journal::{Event, Sought, sought_after};
use db::{Asker, Store, Tenant};
use kernel::{EventType, SystemKind};
use serde_json::json;

use crate::lag::Lags;
use crate::node::Node;
use crate::place::Place;
use crate::practice::change;
use crate::scene::Scene;
use crate::{Outcome, Sizes, Values};

/// From one hold to the next, so that they lapse one after another.
const APART: Duration = Duration::from_millis(100);
/// From the start of one to the start of the next: what is kept is half an hour.
const STEP: TimeDelta = TimeDelta::minutes(30);
/// How long it is waited for the last to lapse. The shortest hold lasts a minute.
const PATIENCE: Duration = Duration::from_secs(120);

/// From the moment until which time was kept to the moment at which the transaction that frees it was opened.
pub(crate) async fn measure(place: &Place, sizes: &Sizes) -> Outcome<Option<Values>> {
    let node = Node::start(place).await?;
    let scene = Scene::found(node.address, "timers").await?;
    let mut desk = scene.desk(node.address);
    for number in 0..sizes.holds {
        let starts_at = scene.opening + STEP * i32::try_from(number)?;
        let starts_at = starts_at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let input = json!({ "serviceId": scene.services[0], "startsAt": starts_at, "lasts": "PT1M" });
        change(&mut desk, ("holdCreate", "hold { expiresAt }"), input).await?;
        tokio::time::sleep(APART).await;
    }
    let store = place.store(2).await?;
    let tenant = Tenant(scene.organization.parse()?);
    let lapsed = lapsed(&store, tenant, sizes.holds).await?;
    let lags: Vec<TimeDelta> = lapsed.iter().map(late).collect::<Outcome<_>>()?;
    Ok(Some(Lags::of(lags).values()))
}

/// So many holds that were told to have lapsed.
async fn lapsed(store: &Store, tenant: Tenant, count: usize) -> Outcome<Vec<Event>> {
    let (began, asker) = (Instant::now(), Asker::system(SystemKind::Operator));
    let sought = Sought {
        types: Some(vec![EventType::HoldExpired]),
        aggregate: None,
    };
    loop {
        let reading = store.read(tenant, &asker).await?;
        let found = sought_after(&reading, &sought, (0, count as u64)).await?;
        if found.len() == count {
            return Ok(found);
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("{} of {count} holds have lapsed", found.len()).into());
        }
        drop(reading);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

fn late(event: &Event) -> Outcome<TimeDelta> {
    let due = event.payload["expiresAt"]
        .as_str()
        .ok_or("a hold without an end")?;
    Ok(event.occurred_at - due.parse::<DateTime<Utc>>()?)
}
