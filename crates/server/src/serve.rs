//! A process that serves: from an open port to its drained end.

use std::io;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::background::{self, Background};
use crate::config::{Config, Mode};
use crate::demo::Demo;
use crate::http::{self, Ended, Parts, RequestIds};
use crate::metrics::Metrics;
use crate::page::Page;
use crate::start::{Failure, print};
use crate::wiring::{self, Role, World};

/// How long works that have begun may still take when every request has been answered.
const LAST: std::time::Duration = std::time::Duration::from_secs(5);

/// What a process is to do, and how it speaks of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) role: Role,
    pub(crate) voice: Voice,
}

/// What is said on standard output once it serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Voice {
    /// Nothing: the log says it.
    Silent,
    /// A few lines to a person.
    Welcome,
    /// One line to a script.
    Line,
}

/// Serves until a signal comes or background work dies, then drains.
pub(crate) async fn serve(
    mut config: Config,
    task: Task,
    world: World,
    metrics: Metrics,
) -> Result<(), Failure> {
    let stop = world.stop.clone();
    stop_on_signals(stop.clone()).map_err(|why| Failure::Machine(why.to_string()))?;
    let address = config.listen;
    let refused = |why| Failure::Listen { address, why };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    // With port 0 the system has chosen one, and our own pages are known by it.
    config.listen = listener.local_addr().map_err(refused)?;
    let base = config.base_url(config.listen);

    // A signal that comes while there is nothing to drain yet ends the start itself.
    let Some(wired) = stop
        .run_until_cancelled(wiring::wire(&config, task.role, &world))
        .await
    else {
        return Ok(());
    };
    let wired = wired?;
    let work = wired
        .background
        .into_iter()
        .chain([Background::fold(metrics.clone())])
        .collect();
    let background = tokio::spawn(background::run(work, stop.clone()));
    let app = http::app(Parts {
        front: wired.front,
        checks: wired.checks,
        sdl: wired.sdl,
        page: page(&config, wired.demo.as_ref()),
        metrics,
        metrics_token: config.metrics_token.clone(),
        ids: RequestIds::new(u64::from_le_bytes(world.ids.secret())),
        stop: stop.clone(),
    });
    announce(task.voice, &base, wired.demo.as_ref());
    let ended = http::listen(listener, app, config.max_connections.get(), stop).await;
    if let Ended::CutOff { connections } = ended {
        tracing::warn!(connections, "cut off");
    }
    let worked = background
        .await
        .map_err(|why| Failure::Machine(why.to_string()))?;
    if let Some(last) = wired.last
        && tokio::time::timeout(LAST, last).await.is_err()
    {
        tracing::warn!("the database was not closed in time");
    }
    tracing::info!("ended");
    Ok(worked?)
}

/// The pages for developers: not in production.
fn page(config: &Config, demo: Option<&Demo>) -> Option<Page> {
    let host = config
        .public_url
        .as_ref()
        .and_then(|told| told.url().host_str())
        .map(str::to_owned);
    (config.env == Mode::Development).then(|| Page {
        demo: demo.cloned(),
        host,
    })
}

fn announce(voice: Voice, base: &str, demo: Option<&Demo>) {
    tracing::info!(url = base, version = env!("CARGO_PKG_VERSION"), "serving");
    match (voice, demo) {
        (Voice::Line, Some(demo)) => print(&demo.line(base)),
        (Voice::Welcome, Some(demo)) => print(&demo.welcome(base)),
        (Voice::Line | Voice::Welcome | Voice::Silent, _) => {}
    }
}

/// The first signal asks for the end, the second insists.
fn stop_on_signals(stop: CancellationToken) -> io::Result<()> {
    let mut term = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        for is_first in [true, false] {
            tokio::select! {
                _ = term.recv() => {}
                _ = interrupt.recv() => {}
            }
            if is_first {
                tracing::info!("asked to end: draining");
                stop.cancel();
            }
        }
        tracing::warn!("asked again: ending at once");
        std::process::exit(1);
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kernel::{IdSource, SystemClock};

    use super::*;

    #[tokio::test]
    async fn a_process_serves_until_it_is_asked_to_end() {
        // As `start` does it; another test may have been first.
        _ = rustls::crypto::ring::default_provider().install_default();
        let data = tempfile::tempdir().unwrap();
        let secret = "00".repeat(32);
        let set = [
            ("HORARIUM_DATA", data.path().to_str().unwrap()),
            ("HORARIUM_LISTEN", "127.0.0.1:0"),
            ("HORARIUM_SECRET", &secret),
        ];
        let env = set
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let config = Config::load(&env, None).unwrap();
        let stop = CancellationToken::new();
        let world = World {
            clock: Arc::new(SystemClock),
            ids: Arc::new(IdSource::seeded(7)),
            stop: stop.clone(),
        };
        let task = Task {
            role: Role::Serve,
            voice: Voice::Silent,
        };
        let metrics = Metrics::recorder().unwrap().1;
        let process = tokio::spawn(async move { serve(config, task, world, metrics).await });
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        assert!(!process.is_finished());
        stop.cancel();
        assert!(process.await.unwrap().is_ok());
    }
}
