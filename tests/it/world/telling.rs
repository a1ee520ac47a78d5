//! What the worker does, done when a story says so: numbering the journal, reading it, keeping what is due.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use adapters::outbound::{Loopback, Outbound};
use async_trait::async_trait;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, TimeDelta, Utc};
use db::journal::keeping;
use db::journal::number::{Numbered, number};
use db::journal::reader::behind;
use db::timer;
use flows::promises::Ended;
use flows::tell::{NOTIFIER, Outside, WEBHOOKS};
use kernel::Email;
use messaging::mail::{Mail, Post, Unsent};
use messaging::webhook::Wire;
use tokio::net::TcpListener;

use super::World;

/// Promises claimed at once.
const CLAIMED: u64 = 50;

/// Somebody else's server: it keeps what comes, and answers by the path that was asked.
#[derive(Debug, Clone)]
pub(crate) struct Receiver {
    url: String,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    requests: Vec<Received>,
    answers: BTreeMap<String, u16>,
    retry_after: Option<String>,
}

/// What came.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    /// Which of the server's addresses was asked.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Received {
    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// The body as it reads.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Receiver {
    /// A server on this machine; it ends with the story.
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let kept = Arc::new(Mutex::new(Kept::default()));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&kept));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, kept }
    }

    /// One of its addresses.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// What it answers at a path from now on; 200 wherever nobody said.
    pub(crate) fn answers(&self, path: &str, status: u16) {
        self.kept.lock().unwrap().answers.insert(path.to_owned(), status);
    }

    /// What it asks for besides.
    pub(crate) fn asks_to_wait(&self, seconds: u32) {
        self.kept.lock().unwrap().retry_after = Some(seconds.to_string());
    }

    /// What came to a path, in order.
    pub(crate) fn got(&self, path: &str) -> Vec<Received> {
        let kept = self.kept.lock().unwrap();
        kept.requests
            .iter()
            .filter(|it| it.path == path)
            .cloned()
            .collect()
    }

    /// Everything that came, in order.
    pub(crate) fn everything(&self) -> Vec<Received> {
        self.kept.lock().unwrap().requests.clone()
    }

    /// The ids of what came to a path; what is due at once comes in any order.
    pub(crate) fn ids(&self, path: &str) -> BTreeSet<String> {
        let got = self.got(path);
        got.iter().map(|it| it.header("webhook-id").to_owned()).collect()
    }

    /// What happened, as it was told at a path, from a place in it on; sorted.
    pub(crate) fn types(&self, path: &str, from: usize) -> Vec<String> {
        let got = self.got(path);
        let told = got[from..]
            .iter()
            .map(|it| it.json()["type"].as_str().unwrap().to_owned());
        let mut told: Vec<String> = told.collect();
        told.sort();
        told
    }
}

async fn answer(
    State(kept): State<Arc<Mutex<Kept>>>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Response {
    let mut kept = kept.lock().unwrap();
    let path = uri.path().to_owned();
    let status = kept.answers.get(&path).copied().unwrap_or(200);
    kept.requests.push(Received { path, headers, body });
    let status = StatusCode::from_u16(status).unwrap();
    match &kept.retry_after {
        Some(wait) => (status, [("retry-after", wait.clone())], "as you like").into_response(),
        None => (status, "as you like").into_response(),
    }
}

/// Somebody else's mail server: it keeps what comes, or refuses it.
#[derive(Debug, Clone)]
pub(crate) struct Postbox {
    sender: Email,
    kept: Arc<Mutex<Vec<Mail>>>,
    refusal: Arc<Mutex<Option<Unsent>>>,
}

impl Postbox {
    pub(crate) fn new() -> Self {
        Self {
            sender: "horarium@example.com".parse().unwrap(),
            kept: Arc::default(),
            refusal: Arc::default(),
        }
    }

    /// What it says to everybody from now on; nothing to take what comes.
    pub(crate) fn refuses(&self, with: Option<Unsent>) {
        *self.refusal.lock().unwrap() = with;
    }

    /// What came, in order.
    pub(crate) fn got(&self) -> Vec<Mail> {
        self.kept.lock().unwrap().clone()
    }
}

#[async_trait]
impl Post for Postbox {
    fn sender(&self) -> &Email {
        &self.sender
    }

    async fn send(&self, mail: &Mail) -> Result<(), Unsent> {
        // On its way there, and its answer on the way back: whoever sends may die of either.
        tokio::task::yield_now().await;
        let refusal = self.refusal.lock().unwrap().clone();
        if refusal.is_none() {
            self.kept.lock().unwrap().push(mail.clone());
        }
        tokio::task::yield_now().await;
        refusal.map_or(Ok(()), Err)
    }
}

/// The worker of a story.
#[derive(Debug, Clone)]
pub(crate) struct Teller {
    pub(crate) outside: Outside,
    pub(crate) postbox: Postbox,
    at: Arc<Mutex<String>>,
}

impl Teller {
    /// One that asks servers on this machine, too, and knows a page where bookings are managed.
    pub(crate) fn new() -> Self {
        Self::with(wire(), Postbox::new())
    }

    /// One whose requests these carry.
    pub(crate) fn with(wire: Arc<dyn Wire>, postbox: Postbox) -> Self {
        Self {
            outside: outside(wire, Arc::new(postbox.clone())),
            postbox,
            at: Arc::default(),
        }
    }

    /// What it was at last: who numbers, a reader, who claims, or a kind of promise.
    pub(crate) fn was_at(&self) -> String {
        self.at.lock().unwrap().clone()
    }

    fn is_at(&self, what: &str) {
        what.clone_into(&mut self.at.lock().unwrap());
    }

    /// Does everything that is to be done at this moment.
    pub(crate) async fn works(&self, world: &World) {
        loop {
            self.lays_out(world).await;
            if self.keeps(world).await == 0 {
                return;
            }
        }
    }

    /// Numbers what happened, and lays out what is to be told of it.
    pub(crate) async fn lays_out(&self, world: &World) {
        self.is_at("numbering");
        while matches!(number(&world.store).await.unwrap(), Numbered::Full(_)) {}
        for reader in [WEBHOOKS, NOTIFIER] {
            self.is_at(reader);
            for organization in behind(&world.store, reader, 100).await.unwrap() {
                while self
                    .outside
                    .read(&world.store, (reader, organization))
                    .await
                    .unwrap()
                {}
            }
        }
    }

    /// Forgets what is too old to be read.
    pub(crate) async fn forgets(&self, world: &World) {
        self.is_at("retention");
        while keeping::forget(&world.store).await.unwrap() > 0 {}
    }

    /// Keeps what is due; tells how many promises that were.
    pub(crate) async fn keeps(&self, world: &World) -> usize {
        self.is_at("claiming");
        let keepers = self.outside.keepers();
        let claims = timer::claim(&world.store, CLAIMED).await.unwrap();
        for claim in &claims {
            self.is_at(&claim.kind);
            let ended = keepers.keep(&world.store, claim).await;
            assert!(matches!(ended, Ended::Kept), "{}: {ended:?}", claim.kind);
        }
        claims.len()
    }

    /// Lets time pass, and does what falls due on the way when it does.
    pub(crate) async fn passes(&self, world: &World, time: TimeDelta) {
        let until: DateTime<Utc> = world.store.now() + time;
        loop {
            self.works(world).await;
            match timer::next_due(&world.store).await.unwrap() {
                Some(due) if due <= until => to(world, due),
                Some(_) | None => break,
            }
        }
        to(world, until);
        self.works(world).await;
    }
}

/// Whoever asks servers on this machine, too.
pub(crate) fn wire() -> Arc<dyn Wire> {
    // Whoever was first has installed the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Arc::new(Outbound::new(Loopback::Admitted).unwrap())
}

/// The outside by way of these.
pub(crate) fn outside(wire: Arc<dyn Wire>, post: Arc<dyn Post>) -> Outside {
    let page = Some("https://book.example.com/manage#".to_owned());
    Outside::new(wire, post, page)
}

/// Moves the clock forward, and never back.
fn to(world: &World, at: DateTime<Utc>) {
    let by = at - world.store.now();
    world.clock.advance(by.max(TimeDelta::zero()));
}
