//! Keeping what was promised: who does it, under which claim, and what becomes of it when it fails.
//!
//! What stays inside the database is done here, in one [`Work`] with the word that it is done. What speaks to somebody
//! outside is a [`Keeper`] that the server brings along; it may take several works, and shows its claim in each.

mod desk;
mod inside;

use std::collections::BTreeMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use db::timer::{Claim, HEARTBEAT, Lost};
use db::{Asker, Fault, Store, Tenant};
use futures::FutureExt as _;
use futures::future::{BoxFuture, Either, select};
use kernel::{Code, Refuse, SystemKind};

pub use desk::{Refusal, TimerRearmed, count_timers, find_timers, rearm, timers};
pub use inside::KINDS;

/// Keeps promises of one kind that need somebody outside. It says itself that one is kept, with the claim, in the work in
/// which it writes what came of it.
pub trait Keeper: Send + Sync {
    /// Does what was promised.
    fn keep<'a>(&'a self, store: &'a Store, claim: &'a Claim) -> BoxFuture<'a, Result<(), Failure>>;
}

/// Why a promise was not kept.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Somebody else works on it by now, or it was moved: nothing is left to say.
    #[error("the claim is lost")]
    Lost,
    /// The database said no.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A verb said no.
    #[error("{0}")]
    Refused(Box<dyn Refuse>),
    /// Nobody knows the kind.
    #[error("nobody keeps promises of this kind")]
    Unknown,
    /// Whoever kept it broke down.
    #[error("a handler panicked")]
    Panicked,
}

impl From<Lost> for Failure {
    fn from(_: Lost) -> Self {
        Self::Lost
    }
}

impl From<scheduling::Refusal> for Failure {
    fn from(refused: scheduling::Refusal) -> Self {
        Self::Refused(Box::new(refused))
    }
}

impl Failure {
    /// The word that is kept with a promise: nothing of what the database or a person said.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Lost => "LOST",
            Self::Fault(fault) => fault.code().word(),
            Self::Refused(refused) => refused.code().word(),
            Self::Unknown => "UNKNOWN_KIND",
            Self::Panicked => Code::Internal.word(),
        }
    }
}

/// What became of a claim.
#[derive(Debug)]
pub enum Ended {
    /// It is kept.
    Kept,
    /// It is somebody else's by now.
    Lost,
    /// It is tried again later, or was given up.
    Failed(Failure),
}

/// Everybody who keeps promises.
#[derive(Clone, Default)]
pub struct Keepers {
    outside: BTreeMap<&'static str, Arc<dyn Keeper>>,
}

impl fmt::Debug for Keepers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(KINDS).entries(self.outside.keys()).finish()
    }
}

impl Keepers {
    /// With somebody who keeps promises of one kind.
    #[must_use]
    pub fn with(mut self, kind: &'static str, keeper: Arc<dyn Keeper>) -> Self {
        self.outside.insert(kind, keeper);
        self
    }

    /// Keeps one promise that was claimed, holding the claim for as long as it takes, and writes down what went wrong.
    pub async fn keep(&self, store: &Store, claim: &Claim) -> Ended {
        let keeping = AssertUnwindSafe(self.attempt(store, claim)).catch_unwind();
        let ended = match select(Box::pin(keeping), Box::pin(beat(store, claim))).await {
            Either::Left((ended, _)) => ended.unwrap_or(Err(Failure::Panicked)),
            // Whoever lost the claim stops where they are: what they have not committed is undone.
            Either::Right((Lost, _)) => Err(Failure::Lost),
        };
        match ended {
            Ok(()) => Ended::Kept,
            Err(Failure::Lost) => Ended::Lost,
            Err(failure) => match put_back(store, claim, &failure).await {
                Ok(Ok(())) => Ended::Failed(failure),
                Ok(Err(Lost)) => Ended::Lost,
                // Its lease will run out.
                Err(fault) => Ended::Failed(fault.into()),
            },
        }
    }

    async fn attempt(&self, store: &Store, claim: &Claim) -> Result<(), Failure> {
        match self.outside.get(claim.kind.as_str()) {
            Some(keeper) => keeper.keep(store, claim).await,
            None => inside::keep(store, claim).await,
        }
    }
}

/// Who keeps promises.
#[must_use]
pub fn worker() -> Asker {
    Asker::system(SystemKind::Worker)
}

/// Renews a claim until it is lost.
async fn beat(store: &Store, claim: &Claim) -> Lost {
    let every = HEARTBEAT.to_std().unwrap_or_default();
    loop {
        tokio::time::sleep(every).await;
        if let Ok(Err(lost)) = renew(store, claim).await {
            return lost;
        }
    }
}

async fn renew(store: &Store, claim: &Claim) -> Result<Result<(), Lost>, Fault> {
    let work = store.write(Tenant(claim.organization), &worker()).await?;
    let renewed = work.renew(claim).await?;
    work.commit().await?;
    Ok(renewed)
}

async fn put_back(store: &Store, claim: &Claim, failure: &Failure) -> Result<Result<(), Lost>, Fault> {
    let work = store.write(Tenant(claim.organization), &worker()).await?;
    let failed = work.fail(claim, failure.word()).await?;
    work.commit().await?;
    Ok(failed)
}
