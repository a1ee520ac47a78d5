//! Webhooks: events laid out for endpoints, and sent.

use db::journal::Event;
use db::timer::Claim;
use db::{Store, Tenant, Work};
use kernel::id::{WebhookDeliveryId, WebhookEndpointId};
use messaging::webhook::delivery::{self, Ready};
use messaging::webhook::{Answer, Unreached};

use super::{Outside, end, fault, forget, write};
use crate::Refusal;
use crate::promises::{Failure, worker};

/// The reader that lays events out for endpoints.
pub const WEBHOOKS: &str = "webhooks";

pub(super) async fn lay_out(work: &Work<Tenant>, events: &[Event]) -> Result<(), Refusal> {
    delivery::fan_out(work, events).await.map_err(fault)
}

/// Lets an endpoint that was resumed come nearer to the others; promises the rest for at once.
pub(super) async fn catch_up(store: &Store, claim: &Claim) -> Result<(), Failure> {
    let Ok(endpoint) = claim.subject.parse::<WebhookEndpointId>() else {
        return forget(store, claim).await;
    };
    let work = write(store, claim.organization).await?;
    let is_all = delivery::catch_up(&work, endpoint).await?;
    let kept = if is_all {
        work.keep(claim).await
    } else {
        work.keep_until(claim, work.now(), claim.payload.clone()).await
    };
    end(work, kept.map_err(fault)?).await
}

impl Outside {
    /// Sends one event to one endpoint.
    pub(super) async fn deliver(&self, store: &Store, claim: &Claim) -> Result<(), Failure> {
        let Ok(id) = claim.subject.parse::<WebhookDeliveryId>() else {
            return forget(store, claim).await;
        };
        let reading = store
            .read(Tenant(claim.organization), &worker())
            .await
            .map_err(fault)?;
        let ready = delivery::ready(&reading, id).await.map_err(fault)?;
        drop(reading);
        match ready {
            Ready::Nothing => forget(store, claim).await,
            Ready::KeepBack => {
                let work = write(store, claim.organization).await?;
                delivery::keep_back(&work, id).await?;
                let kept = work.keep(claim).await.map_err(fault)?;
                end(work, kept).await
            }
            Ready::Send {
                endpoint,
                is_failing,
                request,
            } => match self.gates.enter(endpoint, is_failing) {
                Err(wait) => {
                    let work = write(store, claim.organization).await?;
                    let at = work.now() + wait;
                    let kept = work.keep_until(claim, at, claim.payload.clone()).await;
                    end(work, kept.map_err(fault)?).await
                }
                Ok(_pass) => {
                    let came = self.wire.post(&request).await;
                    attempted(store, claim, (id, &came)).await
                }
            },
        }
    }
}

async fn attempted(
    store: &Store,
    claim: &Claim,
    (id, came): (WebhookDeliveryId, &Result<Answer, Unreached>),
) -> Result<(), Failure> {
    let work = write(store, claim.organization).await?;
    let kept = match delivery::attempted(&work, id, came).await? {
        Some(at) => work.keep_until(claim, at, claim.payload.clone()).await,
        None => work.keep(claim).await,
    };
    end(work, kept.map_err(fault)?).await
}
