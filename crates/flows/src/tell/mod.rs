//! Telling others what happened: webhooks, letters, notices.
//!
//! Two readers follow the journal and lay out what is to be told, in the work that moves their mark. Promises then carry it:
//! what is to be sent is read in a snapshot, sent while nothing is open, and what came of it is written in a work of its own.

mod gates;
pub mod keeping;
mod letters;
mod notifier;
mod webhooks;

use std::sync::Arc;

use db::timer::{Claim, Lost};
use db::{Fault, Store, Tenant, Work};
use futures::future::BoxFuture;
use kernel::id::OrganizationId;
use messaging::mail::Post;
use messaging::mail::delivery::SEND;
use messaging::webhook::Wire;
use messaging::webhook::delivery::DELIVER;
use messaging::webhook::endpoint::CATCH_UP;

use crate::Refusal;
use crate::promises::{Failure, Keeper, Keepers, worker};
use gates::Gates;

pub use notifier::NOTIFIER;
pub use webhooks::WEBHOOKS;

/// Events that one work reads.
pub const BATCH: u64 = 100;

/// Who carries what is told, and what it says of this installation.
#[derive(Debug, Clone)]
pub struct Outside {
    wire: Arc<dyn Wire>,
    post: Arc<dyn Post>,
    manage_url: Option<String>,
    gates: Arc<Gates>,
}

impl Outside {
    /// With those who carry it. `manage_url` is what a booking's token is put behind, where there is a page for it.
    #[must_use]
    pub fn new(wire: Arc<dyn Wire>, post: Arc<dyn Post>, manage_url: Option<String>) -> Self {
        Self {
            wire,
            post,
            manage_url,
            gates: Arc::default(),
        }
    }

    /// Lays out what follows from events that the reader of this name has not read. Says whether there may be more.
    ///
    /// # Errors
    /// If the database refuses; then nothing was laid out.
    pub async fn read(
        &self,
        store: &Store,
        (reader, organization): (&str, OrganizationId),
    ) -> Result<bool, Refusal> {
        let work = write(store, organization).await?;
        let events = work.unread(reader, BATCH).await.map_err(fault)?;
        let Some(position) = events.last().and_then(|it| it.position) else {
            work.undo().await.map_err(fault)?;
            return Ok(false);
        };
        let noticed = if reader == WEBHOOKS {
            webhooks::lay_out(&work, &events).await?;
            Vec::new()
        } else {
            notifier::tell(&work, &events, self.manage_url.is_some()).await?
        };
        work.have_read(reader, position).await.map_err(fault)?;
        work.announce_noticed(&noticed).await.map_err(fault)?;
        work.commit().await.map_err(fault)?;
        store.wake().ring_noticed(organization, &noticed);
        Ok(events.len() as u64 == BATCH)
    }

    /// Those who keep promises, with whoever keeps those of messaging.
    #[must_use]
    pub fn keepers(&self) -> Keepers {
        let keeper: Arc<dyn Keeper> = Arc::new(self.clone());
        let kinds = [DELIVER, CATCH_UP, SEND];
        kinds.into_iter().fold(Keepers::default(), |keepers, kind| {
            keepers.with(kind, Arc::clone(&keeper))
        })
    }
}

impl Keeper for Outside {
    fn keep<'a>(&'a self, store: &'a Store, claim: &'a Claim) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            match claim.kind.as_str() {
                DELIVER => self.deliver(store, claim).await,
                CATCH_UP => webhooks::catch_up(store, claim).await,
                SEND => self.send(store, claim).await,
                _ => Err(Failure::Unknown),
            }
        })
    }
}

impl From<Refusal> for Failure {
    fn from(refused: Refusal) -> Self {
        Self::Refused(Box::new(refused))
    }
}

impl From<messaging::Refusal> for Failure {
    fn from(refused: messaging::Refusal) -> Self {
        Self::Refused(Box::new(refused))
    }
}

async fn write(store: &Store, organization: OrganizationId) -> Result<Work<Tenant>, Refusal> {
    store.write(Tenant(organization), &worker()).await.map_err(fault)
}

fn fault(fault: Fault) -> Refusal {
    Refusal::Messaging(fault.into())
}

/// Commits what was done for a claim, or undoes it if the claim is somebody else's by now.
async fn end(work: Work<Tenant>, still_ours: Result<(), Lost>) -> Result<(), Failure> {
    match still_ours {
        Ok(()) => Ok(work.commit().await?),
        Err(lost) => {
            work.undo().await?;
            Err(lost.into())
        }
    }
}

/// A promise about something whose id cannot be read is about nothing.
async fn forget(store: &Store, claim: &Claim) -> Result<(), Failure> {
    let work = write(store, claim.organization).await?;
    let kept = work.keep(claim).await?;
    end(work, kept).await
}
