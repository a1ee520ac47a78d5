//! Somebody else's server that webhooks go to: it keeps what comes, and answers what and when it was told to.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use chrono::{DateTime, Utc};
use kernel::{Clock as _, SystemClock};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::Outcome;

/// How often somebody who waits for something to come looks.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// What came.
#[derive(Debug, Clone)]
pub(super) struct Arrival {
    /// To which of its addresses.
    pub(super) path: String,
    /// The header `webhook-id`.
    pub(super) id: String,
    /// How often this has come there by now, from 1.
    pub(super) time: usize,
    /// When.
    pub(super) at: DateTime<Utc>,
    /// When, on a clock that nobody sets.
    pub(super) moment: Instant,
}

/// What is answered.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) words: &'static str,
    pub(super) when: When,
}

/// When it is answered.
#[derive(Debug)]
pub(super) enum When {
    /// After so long.
    After(Duration),
    /// When a gate is open.
    Open(watch::Receiver<bool>),
}

impl Reply {
    /// That it has arrived, at once.
    pub(super) fn thanks(words: &'static str) -> Self {
        Self {
            status: 200,
            words,
            when: When::After(Duration::ZERO),
        }
    }

    /// The same, when a gate is open.
    pub(super) fn held(self, gate: watch::Receiver<bool>) -> Self {
        Self {
            when: When::Open(gate),
            ..self
        }
    }
}

type Answering = Arc<dyn Fn(&Arrival) -> Reply + Send + Sync>;

/// A server on this machine; it ends with the proof.
#[derive(Clone)]
pub(super) struct Receiver {
    url: String,
    came: Arc<Mutex<Vec<Arrival>>>,
    answering: Answering,
}

impl Receiver {
    /// Opens it. What to answer is decided when something comes.
    pub(super) async fn open(answering: impl Fn(&Arrival) -> Reply + Send + Sync + 'static) -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let receiver = Self {
            url: format!("http://{}", listener.local_addr()?),
            came: Arc::default(),
            answering: Arc::new(answering),
        };
        let router = Router::new().fallback(answer).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(receiver)
    }

    /// One of its addresses.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Everything that has come.
    pub(super) fn came(&self) -> Vec<Arrival> {
        self.lock().clone()
    }

    /// Waits until what has come is enough; says whether it was in time.
    pub(super) async fn until(&self, is_enough: impl Fn(&[Arrival]) -> bool, patience: Duration) -> bool {
        let began = Instant::now();
        while began.elapsed() < patience {
            if is_enough(&self.lock()) {
                return true;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        false
    }

    fn note(&self, path: &str, id: &str) -> Arrival {
        let mut came = self.lock();
        let before = came.iter().filter(|it| it.path == path && it.id == id).count();
        let arrival = Arrival {
            path: path.to_owned(),
            id: id.to_owned(),
            time: before + 1,
            at: SystemClock.now(),
            moment: Instant::now(),
        };
        came.push(arrival.clone());
        arrival
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arrival>> {
        self.came.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(
    State(receiver): State<Receiver>,
    uri: Uri,
    headers: HeaderMap,
) -> (StatusCode, &'static str) {
    let id = headers.get("webhook-id").and_then(|it| it.to_str().ok());
    let arrival = receiver.note(uri.path(), id.unwrap_or_default());
    let reply = (receiver.answering)(&arrival);
    match reply.when {
        When::After(time) => tokio::time::sleep(time).await,
        // A gate whose keeper is gone stands open.
        When::Open(mut gate) => _ = gate.wait_for(|is_open| *is_open).await,
    }
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, reply.words)
}
