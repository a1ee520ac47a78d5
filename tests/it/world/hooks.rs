//! An organization with webhooks, somebody else's server, and the worker between them.

use chrono::TimeDelta;
use db::audit::Deed;
use db::paging::Asked;
use db::{Asker, Tenant, Work};
use kernel::id::{OrganizationId, WebhookEndpointId};
use kernel::{EventType, SystemKind};
use messaging::Refusal;
use messaging::webhook::delivery::{WebhookDeliveries, WebhookDelivery, WebhookDeliveryState as State};
use messaging::webhook::endpoint::{
    EndpointDraft, EventTypes, WebhookEndpoint, create_endpoint, find_endpoints,
};
use messaging::webhook::log::{DeliveryFilter, deliveries};
use serde_json::json;

use super::World;
use super::telling::{Receiver, Teller};

/// One organization with webhooks.
pub(crate) struct House<'a> {
    pub(crate) world: &'a World,
    pub(crate) organization: OrganizationId,
    pub(crate) teller: Teller,
    pub(crate) receiver: Receiver,
}

impl<'a> House<'a> {
    pub(crate) async fn new(world: &'a World) -> Self {
        Self {
            world,
            organization: world.organization("aurora").await,
            teller: Teller::new(),
            receiver: Receiver::new().await,
        }
    }

    pub(crate) async fn work(&self) -> Work<Tenant> {
        let asker = Asker::system(SystemKind::Operator);
        let work = self.world.store.write(Tenant(self.organization), &asker).await;
        work.unwrap()
    }

    /// Makes an endpoint at a path of the receiver.
    pub(crate) async fn wants(&self, path: &str, types: &[&str]) -> WebhookEndpointId {
        let work = self.work().await;
        let made = create_endpoint(&work, draft(&self.receiver.at(path), types)).await;
        work.commit().await.unwrap();
        made.unwrap().endpoint
    }

    /// Something happens to a booking; so many times.
    pub(crate) async fn happens(&self, what: EventType, times: i64) {
        for version in 1..=times {
            let work = self.work().await;
            let deed = Deed {
                what,
                thing: "bkg_01kjp00000000000000000000a".to_owned(),
                version,
                diff: json!({ "version": version }),
            };
            work.tell(deed).await.unwrap();
            work.commit().await.unwrap();
        }
    }

    pub(crate) async fn works(&self) {
        self.teller.works(self.world).await;
    }

    pub(crate) async fn passes(&self, time: TimeDelta) {
        self.teller.passes(self.world, time).await;
    }

    pub(crate) async fn endpoint(&self, id: WebhookEndpointId) -> WebhookEndpoint {
        let work = self.work().await;
        find_endpoints(&work, &[id])
            .await
            .unwrap()
            .pop()
            .expect("an endpoint")
    }

    pub(crate) async fn log(&self, endpoint: WebhookEndpointId) -> Vec<WebhookDelivery> {
        let work = self.work().await;
        let all = Asked {
            first: Some(100),
            ..Asked::default()
        };
        let page = all.page::<WebhookDeliveries>().unwrap();
        let filter = DeliveryFilter {
            endpoint,
            state: None,
        };
        let slice = deliveries(&work, &filter, &page).await.unwrap();
        slice.rows.into_iter().map(|(_, it)| it).collect()
    }

    pub(crate) async fn states(&self, endpoint: WebhookEndpointId) -> Vec<State> {
        self.log(endpoint).await.iter().map(|it| it.state).collect()
    }

    /// Does something, and makes it true if it was not refused.
    pub(crate) async fn does<T>(
        &self,
        verb: impl AsyncFnOnce(&Work<Tenant>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let work = self.work().await;
        let done = verb(&work).await;
        match done {
            Ok(_) => work.commit().await.unwrap(),
            Err(_) => work.undo().await.unwrap(),
        }
        done
    }
}

/// An endpoint at an address, for such events.
pub(crate) fn draft(url: &str, types: &[&str]) -> EndpointDraft {
    EndpointDraft {
        url: url.parse().unwrap(),
        description: None,
        types: wanted(types),
    }
}

/// Types of events.
pub(crate) fn wanted(types: &[&str]) -> EventTypes {
    EventTypes::new(types.iter().map(|it| (*it).to_owned()).collect()).unwrap()
}
