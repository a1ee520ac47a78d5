//! From the commit of a change until an endpoint is asked for the first time to take it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Clock as _, SystemClock};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::lag::Lags;
use crate::node::Node;
use crate::place::Place;
use crate::practice::{Practice, change};
use crate::{Outcome, Sizes, Values};

/// How long it is waited for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// The lag of every event at one endpoint on this machine, which takes it at once.
pub(crate) async fn measure(place: &Place, sizes: &Sizes) -> Outcome<Option<Values>> {
    let node = Node::start(place).await?;
    let practice = Practice::found(node.address, "told").await?;
    let endpoint = Endpoint::open().await?;
    let url = format!("http://{}/hook", endpoint.address);
    let input = json!({ "url": url, "types": ["resource.updated"] });
    let mut owner = practice.owner(node.address);
    change(&mut owner, ("webhookEndpointCreate", "secret"), input).await?;
    let mut writer = practice.writer(node.address);
    // What is looked up and connected the first time is not what the others wait for.
    writer.write().await?;
    endpoint.has(1).await?;
    let from = SystemClock.now();
    writer.write_calmly(sizes.events).await?;
    endpoint.has(1 + sizes.events).await?;
    let timed = endpoint.all().into_iter().filter(|it| it.happened >= from);
    Ok(Some(Lags::of(timed.map(|it| it.lag)).values()))
}

/// An event on its first arrival.
#[derive(Debug, Clone, Copy)]
struct Arrival {
    happened: DateTime<Utc>,
    lag: TimeDelta,
}

/// By the ids of events.
type Arrivals = Arc<Mutex<BTreeMap<String, Arrival>>>;

/// Whoever takes webhooks, in this process.
struct Endpoint {
    address: SocketAddr,
    arrivals: Arrivals,
}

impl Endpoint {
    async fn open() -> Outcome<Self> {
        let arrivals = Arrivals::default();
        let app = Router::new()
            .route("/hook", post(take))
            .with_state(Arc::clone(&arrivals));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { address, arrivals })
    }

    fn all(&self) -> Vec<Arrival> {
        let arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        arrivals.values().copied().collect()
    }

    /// Waits until so many have arrived.
    async fn has(&self, count: usize) -> Outcome<()> {
        let began = Instant::now();
        while self.all().len() < count {
            if began.elapsed() > PATIENCE {
                return Err(format!("{} of {count} webhooks have arrived", self.all().len()).into());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }
}

async fn take(State(arrivals): State<Arrivals>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let came = SystemClock.now();
    let id = headers.get("webhook-id").and_then(|it| it.to_str().ok());
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let happened = body["occurredAt"].as_str().and_then(|it| it.parse().ok());
    let (Some(id), Some(happened)) = (id, happened) else {
        return StatusCode::BAD_REQUEST;
    };
    let arrival = Arrival {
        happened,
        lag: came - happened,
    };
    let mut arrivals = arrivals.lock().unwrap_or_else(PoisonError::into_inner);
    arrivals.entry(id.to_owned()).or_insert(arrival);
    StatusCode::NO_CONTENT
}
