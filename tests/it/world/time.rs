//! Time in a story: whatever falls due on the way is kept at its moment, as the worker keeps it.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use db::Store;
use db::journal::number::{Numbered, number};
use db::timer::{claim, next_due};
use flows::promises::Ended;
use flows::tell::Outside;
use messaging::webhook::{Answer, Request, Unreached, Wire};
use url::Url;

use super::World;
use super::telling::Postbox;

impl World {
    /// Lets time pass.
    pub(crate) async fn advance(&self, by: TimeDelta) {
        let end = self.store.now() + by;
        loop {
            self.settle().await;
            let next = next_due(&self.store)
                .await
                .expect("the promises")
                .filter(|it| *it <= end);
            let Some(next) = next else { break };
            self.clock
                .advance((next - self.store.now()).max(TimeDelta::zero()));
        }
        self.clock.advance(end - self.store.now());
    }

    /// Keeps what is due now, and numbers what was told.
    pub(crate) async fn settle(&self) {
        settle(&self.store).await.expect("the promises");
    }
}

/// Numbers what is committed, and hears what others number, for as long as it is there, as a node does.
pub(crate) struct Dispatcher([tokio::task::JoinHandle<()>; 2]);

impl Drop for Dispatcher {
    fn drop(&mut self) {
        self.0.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

impl Dispatcher {
    /// On one node.
    pub(crate) fn of(store: &Store) -> Self {
        let (numbers, hears) = (store.clone(), store.clone());
        let numbering = tokio::spawn(async move {
            loop {
                // Whoever stops in the middle has numbered nothing.
                if !matches!(number(&numbers).await, Ok(Numbered::Full(_))) {
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                }
            }
        });
        let hearing = tokio::spawn(async move {
            // It ends with the database.
            let _ = hears.hear_others().await;
        });
        Self([numbering, hearing])
    }
}

/// An outside that takes whatever it is told.
fn outside() -> Outside {
    Outside::new(Arc::new(Everywhere), Arc::new(Postbox::new()), None)
}

/// Every address of the world.
#[derive(Debug)]
struct Everywhere;

#[async_trait]
impl Wire for Everywhere {
    fn admit(&self, _: &Url) -> Result<(), Unreached> {
        Ok(())
    }

    async fn post(&self, _: &Request) -> Result<Answer, Unreached> {
        Ok(Answer {
            status: 204,
            retry_after: None,
            body: String::new(),
        })
    }
}

/// Keeps what is due now, one after the other, and numbers what was told.
///
/// # Panics
/// If something that was promised cannot be kept.
pub(crate) async fn settle(store: &Store) -> Result<(), db::Fault> {
    let keepers = outside().keepers();
    loop {
        let claims = claim(store, 1).await?;
        for claim in &claims {
            if let Ended::Failed(why) = keepers.keep(store, claim).await {
                panic!(
                    "{} of {} was promised and is not kept: {why}",
                    claim.kind, claim.subject
                );
            }
        }
        if claims.is_empty() {
            break;
        }
    }
    while number(store).await? != Numbered::All(0) {}
    Ok(())
}
