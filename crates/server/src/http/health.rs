//! Whether this process lives (`/healthz`) and whether it should be given work (`/readyz`).

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

/// How long one check may take before it counts as failed.
pub const CHECK_TIMEOUT: Duration = Duration::from_secs(2);
/// How long an answer is repeated: whoever asks `/readyz` in a loop does not reach the database each time.
pub const CHECK_REPEATED: Duration = Duration::from_secs(1);

/// Something this process cannot work without.
#[async_trait]
pub trait Check: Send + Sync + 'static {
    /// One word, such as `database`.
    fn name(&self) -> &'static str;

    /// The version of what was found.
    ///
    /// # Errors
    /// What is wrong, for the log: whoever asks over HTTP learns only that it is.
    async fn probe(&self) -> Result<String, String>;
}

/// What `/readyz` tells.
#[derive(Debug, Clone, Serialize)]
struct Readiness {
    ready: bool,
    /// The version of this program.
    version: &'static str,
    /// Whether it is about to end.
    draining: bool,
    checks: Vec<Outcome>,
}

#[derive(Debug, Clone, Serialize)]
struct Outcome {
    name: &'static str,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
}

/// When the checks were last made, and what came of them.
type Probed = (Instant, Vec<Outcome>);

/// All checks, and their last outcome.
#[derive(Clone)]
pub(super) struct Health {
    checks: Arc<[Arc<dyn Check>]>,
    last: Arc<Mutex<Option<Probed>>>,
    stop: CancellationToken,
}

impl Health {
    pub(super) fn new(checks: Vec<Arc<dyn Check>>, stop: CancellationToken) -> Self {
        Self {
            checks: checks.into(),
            last: Arc::default(),
            stop,
        }
    }

    /// Answers 200 when everything is there, else 503; at once 503 when this process is about to end.
    pub(super) async fn ready(&self) -> Response {
        let draining = self.stop.is_cancelled();
        let checks = if draining {
            Vec::new()
        } else {
            self.outcomes().await
        };
        let ready = !draining && checks.iter().all(|check| check.ok);
        let status = if ready {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        };
        let told = Readiness {
            ready,
            version: env!("CARGO_PKG_VERSION"),
            draining,
            checks,
        };
        (status, Json(told)).into_response()
    }

    async fn outcomes(&self) -> Vec<Outcome> {
        let mut last = self.last.lock().await;
        if let Some((_, outcomes)) = last.as_ref().filter(|(at, _)| at.elapsed() < CHECK_REPEATED) {
            return outcomes.clone();
        }
        let mut probes = JoinSet::new();
        for (place, check) in self.checks.iter().cloned().enumerate() {
            probes.spawn(async move { (place, probe(&*check).await) });
        }
        let mut outcomes = probes.join_all().await;
        outcomes.sort_unstable_by_key(|(place, _)| *place);
        let outcomes: Vec<_> = outcomes.into_iter().map(|(_, outcome)| outcome).collect();
        *last = Some((Instant::now(), outcomes.clone()));
        outcomes
    }
}

async fn probe(check: &dyn Check) -> Outcome {
    let found = timeout(CHECK_TIMEOUT, check.probe()).await;
    let found = found.unwrap_or_else(|_| Err(format!("no answer within {CHECK_TIMEOUT:?}")));
    if let Err(why) = &found {
        tracing::warn!(check = check.name(), why, "not ready");
    }
    Outcome {
        name: check.name(),
        ok: found.is_ok(),
        version: found.ok(),
    }
}
