//! Where the domains are put together: the only place that knows all of them.

use std::sync::Arc;

use axum::Router;
use kernel::{Clock, IdSource};
use tokio_util::sync::CancellationToken;

use crate::background::Background;
use crate::config::Config;
use crate::demo::Demo;
use crate::http::Check;
use crate::start::Failure;

/// What was asked of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The API and the background work.
    Serve,
    /// The background work alone.
    Worker,
    /// As `Serve`, with a demo organization.
    Demo,
}

/// What everything is handed instead of reading it from the air.
#[derive(Debug, Clone)]
pub struct World {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids and secrets.
    pub ids: Arc<IdSource>,
    /// Cancelled when the process is to end; sockets close and background work returns.
    pub stop: CancellationToken,
}

/// What a process is made of, besides what every process has.
#[derive(Default)]
pub struct Wired {
    /// `/graphql` and whatever else the product answers over HTTP.
    pub api: Router,
    /// What must be there for it to work.
    pub checks: Vec<Arc<dyn Check>>,
    /// What runs beside the requests, for as long as the process lives.
    pub background: Vec<Background>,
    /// The schema of the API.
    pub sdl: String,
    /// What the demo tells its visitors.
    pub demo: Option<Demo>,
}

/// Puts together what `role` needs. The configuration holds a secret by now, also in development.
pub(crate) async fn wire(config: &Config, role: Role, world: &World) -> Result<Wired, Failure> {
    tracing::debug!(?role, pool = config.pool_size.get(), now = %world.clock.now(), "wiring");
    Ok(Wired::default())
}

/// Brings the database to this program's version.
pub(crate) async fn migrate(_: &Config, _: &World) -> Result<(), Failure> {
    Err(unwired())
}

/// Looks over a live system: what was found, one finding a line.
pub(crate) async fn doctor(_: &Config, _: &World) -> Result<String, Failure> {
    Err(unwired())
}

/// The schema of the API.
pub(crate) fn schema() -> String {
    String::new()
}

fn unwired() -> Failure {
    Failure::Machine("this program has been built without a database".to_owned())
}
