//! Where the domains are put together: the only place that knows all of them.

mod database;
mod demo;
mod doctor;
mod mail;
mod telling;
mod worker;

use std::num::NonZeroU32;
use std::sync::Arc;

use adapters::oidc::Issuers;
use db::Store;
use db::rate::Budgets;
use futures::future::BoxFuture;
use kernel::{Clock, IdSource};
use tenancy::Hasher;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::background::Background;
use crate::config::{Config, Mode};
use crate::demo::Demo;
use crate::http::{Check, Front};
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
    /// `/graphql`, if this process answers it.
    pub front: Option<Front>,
    /// What must be there for it to work.
    pub checks: Vec<Arc<dyn Check>>,
    /// What runs beside the requests, for as long as the process lives.
    pub background: Vec<Background>,
    /// What is done when every request has been answered and the background work has ended.
    pub last: Option<BoxFuture<'static, ()>>,
    /// The schema of the API.
    pub sdl: String,
    /// What the demo tells its visitors.
    pub demo: Option<Demo>,
}

/// Puts together what `role` needs. The configuration holds a secret by now, also in development.
pub(crate) async fn wire(config: &Config, role: Role, world: &World) -> Result<Wired, Failure> {
    zones(config)?;
    if role == Role::Demo && config.env == Mode::Production {
        return Err(Failure::Machine(
            "the demo has published passwords: not with HORARIUM_ENV=production".to_owned(),
        ));
    }
    let place = database::Place::of(config, role)?;
    place.prepare().await?;
    let store = place.open(config, world).await?;
    let hasher = Hasher::new(config.password_hashes.get() as usize);
    let demo = match role {
        Role::Demo => Some(demo::furnish(&store, &hasher).await?),
        Role::Serve | Role::Worker => None,
    };
    let host = host(config, role, &store, hasher)?;
    let (sdl, outside) = (host.sdl(), mail::outside(config)?);
    let front = match role {
        Role::Serve | Role::Demo => Some(front(config, world, (host.clone(), &sdl))?),
        Role::Worker => None,
    };
    Ok(Wired {
        front,
        checks: database::checks(&store, place),
        background: worker::all(&store, &host, outside.keepers())
            .into_iter()
            .chain(telling::reading(&store, &outside))
            .chain([telling::forgetting(store.clone())])
            .collect(),
        last: Some(Box::pin(async move {
            host.settle().await;
            // Last of all, so that SQLite's write-ahead log is folded into its file.
            store.close().await;
        })),
        sdl,
        demo,
    })
}

fn host(config: &Config, role: Role, store: &Store, hasher: Hasher) -> Result<gateway::Host, Failure> {
    let issuers = Issuers::new(config.oidc.clone()).map_err(|why| Failure::Machine(why.to_string()))?;
    let outside = gateway::Outside {
        hasher,
        identities: Arc::new(issuers),
        courier: mail::courier(config)?,
    };
    let limits = if role == Role::Demo {
        demo::limits(config)
    } else {
        config.rate_limits
    };
    let settings = gateway::Settings {
        limits,
        flood_per_second: NonZeroU32::new(config.flood_per_second.get()).unwrap_or(NonZeroU32::MIN),
        is_open_to_introspection: config.env == Mode::Development,
    };
    let budgets = Budgets::new(store.clone());
    Ok(gateway::Host::new(
        gateway::schema(&outside),
        store.clone(),
        budgets,
        settings,
    ))
}

fn front(config: &Config, world: &World, (host, sdl): (gateway::Host, &str)) -> Result<Front, Failure> {
    let guard = door::Guard::new(sdl, door::Limits::default(), gateway::prices());
    let guard = guard.map_err(|why| Failure::Machine(why.to_string()))?;
    let settings = door::Settings {
        origins: config
            .origins(config.listen)
            .iter()
            .map(|it| it.as_str().to_owned())
            .collect(),
        trusted_proxies: config.trusted_proxies.clone(),
        drain: world.stop.clone(),
        tasks: TaskTracker::new(),
    };
    Ok(Front {
        path: door::PATH,
        service: door::graphql(host, guard, settings),
    })
}

/// Uses the operator's zone data, if there is any.
fn zones(config: &Config) -> Result<(), Failure> {
    match &config.tzdir {
        Some(folder) => {
            kernel::zone::use_folder(folder).map_err(|why| Failure::Machine(format!("HORARIUM_TZDIR: {why}")))
        }
        None => Ok(()),
    }
}

/// Brings the database to this program's version.
pub(crate) async fn migrate(config: &Config, _: &World) -> Result<(), Failure> {
    database::Place::of(config, Role::Serve)?.migrate().await
}

/// Looks over a live system: what was found, one finding a line.
pub(crate) async fn doctor(config: &Config, world: &World) -> Result<String, Failure> {
    zones(config)?;
    let place = database::Place::of(config, Role::Serve)?;
    doctor::examine(config, world, place).await
}

/// The schema of the API.
pub(crate) fn schema() -> String {
    gateway::sdl()
}

/// The database failed while the process was starting.
fn broken(what: &str) -> impl FnOnce(db::Fault) -> Failure {
    move |fault| {
        let chain: Vec<String> =
            std::iter::successors(Some(&fault as &dyn std::error::Error), |it| it.source())
                .map(ToString::to_string)
                .collect();
        Failure::Machine(format!("{what}: {}", chain.join(": ")))
    }
}
