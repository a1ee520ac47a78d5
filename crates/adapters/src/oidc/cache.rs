//! An issuer's keys, asked for when they are needed and not more often than an issuer should bear.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::Algorithm;
use reqwest::Client;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::fetch::{self, FetchFailure};
use super::issuer::Issuer;
use super::keys::{Key, Keys};
use super::refusal::Refusal;

/// How long keys are used before the issuer is asked whether they still hold.
pub const KEYS_FRESH_FOR: TimeDelta = TimeDelta::minutes(10);
/// How long they are used when the issuer does not answer.
pub const KEYS_USABLE_FOR: TimeDelta = TimeDelta::hours(1);
/// How long an issuer is left alone after it was asked, whatever it has answered and whoever would like to know:
/// a token with an unknown key costs a stranger nothing to make.
pub const ASK_AGAIN_AFTER: TimeDelta = TimeDelta::minutes(1);

/// One issuer and what is known of its keys.
#[derive(Debug)]
pub(super) struct KeyCache {
    pub(super) issuer: Issuer,
    client: Client,
    held: RwLock<Held>,
    /// When the issuer was last asked. Whoever holds this is asking.
    gate: Arc<Mutex<Option<DateTime<Utc>>>>,
}

/// Keys and their age; none at first.
#[derive(Debug, Clone, Default)]
struct Held {
    keys: Arc<Keys>,
    since: Option<DateTime<Utc>>,
}

impl Held {
    /// Whether they were fetched within `age` of `now`, be it before or, where a clock was set back, after.
    fn is_within(&self, age: TimeDelta, now: DateTime<Utc>) -> bool {
        self.since.is_some_and(|since| (now - since).abs() <= age)
    }
}

impl KeyCache {
    pub(super) fn new(issuer: Issuer, client: Client) -> Self {
        Self {
            issuer,
            client,
            held: RwLock::default(),
            gate: Arc::default(),
        }
    }

    /// The key of this id for this algorithm, after asking the issuer if that is needed and allowed.
    pub(super) async fn key(
        self: &Arc<Self>,
        id: &str,
        algorithm: Algorithm,
        now: DateTime<Utc>,
    ) -> Result<Key, Refusal> {
        let fresh = |held: Held| {
            held.is_within(KEYS_FRESH_FOR, now)
                .then(|| held.keys.find(id, algorithm).ok())?
        };
        let usable = |held: Held| {
            held.is_within(KEYS_USABLE_FOR, now)
                .then(|| held.keys.find(id, algorithm))
        };
        if let Some(key) = fresh(self.held()) {
            return Ok(key);
        }
        let gate = match (Arc::clone(&self.gate).try_lock_owned(), usable(self.held())) {
            (Ok(gate), _) => gate,
            // Somebody else is asking: no need to wait for a key that is at hand.
            (Err(_), Some(Ok(key))) => return Ok(key),
            (Err(_), _) => Arc::clone(&self.gate).lock_owned().await,
        };
        if let Some(key) = fresh(self.held()) {
            return Ok(key);
        }
        let asked = self.ask(gate, now).await;
        match (usable(self.held()), asked) {
            (Some(Ok(key)), _) => Ok(key),
            (Some(Err(refusal)), Ok(()) | Err(FetchFailure::AskedLately)) => Err(refusal),
            (_, Err(why)) => Err(Refusal::Unavailable(why)),
            (None, Ok(())) => Err(Refusal::UnknownKey),
        }
    }

    fn held(&self) -> Held {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks the issuer, unless it was asked lately. In a task of its own: a caller who goes away in the middle
    /// must not use up the minute and leave nothing.
    async fn ask(
        self: &Arc<Self>,
        mut gate: OwnedMutexGuard<Option<DateTime<Utc>>>,
        now: DateTime<Utc>,
    ) -> Result<(), FetchFailure> {
        if gate.is_some_and(|last| (now - last).abs() < ASK_AGAIN_AFTER) {
            return Err(FetchFailure::AskedLately);
        }
        *gate = Some(now);
        let this = Arc::clone(self);
        let asking = tokio::spawn(async move {
            let fetched = fetch::keys(&this.client, &this.issuer).await;
            let outcome = fetched.map(|keys| {
                let held = Held {
                    keys: Arc::new(keys),
                    since: Some(now),
                };
                *this.held.write().unwrap_or_else(PoisonError::into_inner) = held;
            });
            if let Err(why) = &outcome {
                tracing::warn!(issuer = this.issuer.name(), %why, "no keys");
            }
            drop(gate);
            outcome
        });
        asking.await.unwrap_or(Err(FetchFailure::Unreachable))
    }
}
