//! Work that runs beside the requests for as long as the process lives.

use std::fmt;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::http::DRAIN;
use crate::metrics::Metrics;

/// How often fresh samples are folded into their histograms.
const FOLD: Duration = Duration::from_secs(5);

/// One piece of work. It ends soon after its token is cancelled, and not before.
pub struct Background {
    name: &'static str,
    run: Box<dyn FnOnce(CancellationToken) -> BoxFuture<'static, Result<(), String>> + Send>,
}

impl fmt::Debug for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Background").field(&self.name).finish()
    }
}

impl Background {
    /// Work with a name for the log. What it fails with is logged, and ends the process.
    pub fn new<F>(name: &'static str, run: impl FnOnce(CancellationToken) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        Self {
            name,
            run: Box::new(|stop| run(stop).boxed()),
        }
    }

    /// Keeps the figures small while nobody reads them.
    #[must_use]
    pub fn fold(metrics: Metrics) -> Self {
        Self::new("figures", move |stop| async move {
            while stop.run_until_cancelled(tokio::time::sleep(FOLD)).await.is_some() {
                metrics.fold();
            }
            Ok(())
        })
    }
}

/// Work that ended although nobody had asked it to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("background work {0:?} has ended")]
pub struct Died(pub &'static str);

/// Runs all of it until `stop`. A node whose work has died should not go on as if nothing had happened: it
/// cancels `stop` itself, so that the process ends and is started anew.
///
/// # Errors
/// [`Died`] names the first work that ended by itself.
pub async fn run(work: Vec<Background>, stop: CancellationToken) -> Result<(), Died> {
    let mut running = JoinSet::new();
    for Background { name, run } in work {
        let ours = run(stop.clone());
        running.spawn(async move { (name, std::panic::AssertUnwindSafe(ours).catch_unwind().await) });
    }
    let mut died = None;
    let ends = async {
        while let Some(ended) = running.join_next().await {
            let Ok((name, outcome)) = ended else { continue };
            let failure = outcome.map_or_else(|_| Some("panicked".to_owned()), Result::err);
            let is_early = !stop.is_cancelled();
            if is_early || failure.is_some() {
                let why = failure.unwrap_or_default();
                tracing::error!(work = name, why, is_early, "background work has ended");
            }
            if is_early {
                died.get_or_insert(Died(name));
                stop.cancel();
            }
        }
    };
    let overdue = async {
        stop.cancelled().await;
        sleep(DRAIN).await;
    };
    tokio::select! {
        () = ends => {}
        () = overdue => tracing::warn!("background work is cut off"),
    }
    died.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_ends_when_it_is_asked_to() {
        let stop = CancellationToken::new();
        let waits = Background::new("waits", |stop| async move {
            stop.cancelled().await;
            Ok(())
        });
        let running = tokio::spawn(run(vec![waits], stop.clone()));
        tokio::task::yield_now().await;
        stop.cancel();
        assert_eq!(running.await.unwrap(), Ok(()));
    }

    #[tokio::test]
    async fn work_that_dies_takes_the_process_with_it() {
        let panics = || Background::new("panics", |_| async { panic!("canary") });
        let fails = || Background::new("fails", |_| async { Err("no disk".to_owned()) });
        let leaves = || Background::new("leaves", |_| async { Ok(()) });
        for (work, name) in [(panics(), "panics"), (fails(), "fails"), (leaves(), "leaves")] {
            let stop = CancellationToken::new();
            let waits = Background::new("waits", |stop| async move {
                stop.cancelled().await;
                Ok(())
            });
            assert_eq!(run(vec![waits, work], stop.clone()).await, Err(Died(name)));
            assert!(stop.is_cancelled());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_does_not_listen_is_cut_off() {
        let stop = CancellationToken::new();
        let deaf = Background::new("deaf", |_| std::future::pending());
        stop.cancel();
        assert_eq!(run(vec![deaf], stop).await, Ok(()));
    }
}
