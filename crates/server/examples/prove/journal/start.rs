//! How long after its time something is done: holds that lapse one after the other, on one node with nothing else to do.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::json;

use super::house::{self, House};
use super::line::{Line, within};
use super::receiver::{Receiver, Reply};
use super::rows::{self, Event};
use crate::Outcome;
use crate::client::Client;
use crate::place::Place;
use crate::process::Server;
use crate::scene::{Furnisher, run};

/// From one hold to the next; each lapses after a minute.
const EVERY: Duration = Duration::from_millis(50);

/// How long it may take until the last has lapsed.
const PATIENCE: Duration = Duration::from_secs(100);

/// Bookings that one resource can carry at once: as many as there may be.
const CAPACITY: u32 = 500;

/// A service that many can have at the same time, in two days.
pub(super) async fn service(furnisher: &mut Furnisher, details: serde_json::Value) -> Outcome<String> {
    let host = furnisher.resource("bea", "PERSON", CAPACITY).await?;
    furnisher.service(("consulta", details), &[&host], None).await
}

/// Keeps time for a minute.
pub(super) async fn hold(desk: &mut Client, service: &str, starts_at: DateTime<Utc>) -> Outcome<()> {
    let document = "mutation($input: HoldCreateInput!) { holdCreate(input: $input) {
        hold { expiresAt } userErrors { code message } } }";
    let input = json!({ "serviceId": service, "startsAt": starts_at, "lasts": "PT1M" });
    run(desk, document, input).await.map(drop)
}

/// Measures it on one database.
pub(super) async fn measure(place: &Place, timers: usize) -> Outcome<Line> {
    let node = Server::start(place).await?;
    let mut house = House::found(node.address, &format!("start-{}", place.name)).await?;
    let service = service(&mut house.furnisher, json!({})).await?;
    let mut desk = house.desk(node.address);
    let receiver = Receiver::open(|_| Reply::thanks("thanks")).await?;
    house::endpoint(&mut desk, receiver.at("/"), &["hold.expired"]).await?;
    let opening = crate::scene::opening()?;
    let mut pace = tokio::time::interval(EVERY);
    for _ in 0..timers {
        pace.tick().await;
        hold(&mut desk, &service, opening).await?;
    }
    let began = Instant::now();
    let mut undone = timers;
    while undone > 0 && began.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_secs(1)).await;
        // Counted outside: whoever asked the node would be in its way.
        undone = timers.saturating_sub(receiver.came().len());
    }
    desk.hang_up();
    let events = rows::events(&mut desk, None).await?;
    let lapsed: Vec<&Event> = events.iter().filter(|it| it.kind == "HOLD_EXPIRED").collect();
    let came: HashMap<String, DateTime<Utc>> = receiver.came().into_iter().map(|it| (it.id, it.at)).collect();
    let (mut starts, mut tries, mut early) = (Vec::new(), Vec::new(), 0);
    for event in &lapsed {
        let due: DateTime<Utc> = event.payload["expiresAt"].as_str().unwrap_or_default().parse()?;
        early += usize::from(event.occurred_at < due);
        starts.push((event.occurred_at - due).to_std().unwrap_or_default());
        let tried = came.get(&event.id).map(|at| *at - event.occurred_at);
        tries.extend(tried.map(|it| it.to_std().unwrap_or_default()));
    }
    starts.sort_unstable();
    tries.sort_unstable();
    Ok(Line::new("start", place.name)
        .zero("undone", timers.abs_diff(starts.len()) + undone)
        .zero("early", early)
        .figure("timers", starts.len())
        .figure("start_p50_ms", within(&starts, 0.5))
        .figure("start_p99_ms", within(&starts, 0.99))
        .figure("start_max_ms", within(&starts, 1.0))
        .figure("first_try_p50_ms", within(&tries, 0.5))
        .figure("first_try_p99_ms", within(&tries, 0.99)))
}
