//! Everything that is to be seen of a scene: what stands in the rows, and what of it has reached whoever it was for.

use std::collections::{BTreeMap, BTreeSet};

use db::paging::Asked;
use db::{Tenant, Work};
use kernel::Id as _;
use messaging::mail::delivery::{Deliveries, Delivery, DeliveryState, deliveries};
use messaging::webhook::delivery::{WebhookDeliveries, WebhookDelivery, WebhookDeliveryState};
use messaging::webhook::log::{self, DeliveryFilter};

use super::stage::Stage;
use crate::world::counted;

/// What stands how often in the rows of an organization.
const ROWS: &str = "\
    SELECT 'event ' || type, count(*) FROM events WHERE organization_id = $1 GROUP BY 1 \
    UNION ALL SELECT 'booking ' || status, count(*) FROM bookings WHERE organization_id = $1 GROUP BY 1 \
    UNION ALL SELECT 'attendee ' || status, count(*) FROM attendees WHERE organization_id = $1 GROUP BY 1 \
    UNION ALL SELECT 'time of ' || owner_kind, count(*) FROM occupancies WHERE organization_id = $1 GROUP BY 1 \
    UNION ALL SELECT 'waits ' || status, count(*) FROM waitlist WHERE organization_id = $1 GROUP BY 1 \
    UNION ALL SELECT 'occurrence ' || status, count(*) FROM series_occurrences WHERE organization_id = $1 GROUP BY 1 \
    UNION ALL SELECT 'notice ' || type, count(*) FROM notifications WHERE organization_id = $1 GROUP BY 1 \
    UNION ALL SELECT 'letter ' || template || ' ' || state, count(*) FROM deliveries \
        WHERE organization_id = $1 GROUP BY 1 \
    UNION ALL SELECT 'hook ' || event_type || ' ' || state, count(*) FROM webhook_deliveries \
        WHERE organization_id = $1 GROUP BY 1 \
    UNION ALL SELECT 'endpoint ' || state, count(*) FROM webhook_endpoints WHERE organization_id = $1 GROUP BY 1 \
    UNION ALL SELECT 'promise ' || kind || ' ' || state, count(*) FROM timers WHERE organization_id = $1 GROUP BY 1 \
    UNION ALL SELECT 'mark ' || name, position FROM journal_marks WHERE organization_id = $1";

/// Everything, by what it is and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Whole(BTreeMap<String, i64>);

impl Whole {
    pub(super) async fn of(stage: &Stage<'_>) -> Self {
        let work = stage.work().await;
        let organization = stage.practice.organization.uuid();
        let mut rows = counted(&work, ROWS, [organization.into()]).await.unwrap();
        rows.insert("place without an event".to_owned(), missing_places(&work).await);
        rows.insert("arrival".to_owned(), stage.arrivals(&work).await);
        Self(rows)
    }

    /// How often something is there.
    pub(super) fn count(&self, what: &str) -> i64 {
        self.0.get(what).copied().unwrap_or(0)
    }

    /// How much of this is missing in another, and how much is there too often.
    pub(super) fn differs_from(&self, other: &Self) -> (u64, u64) {
        let names: BTreeSet<&String> = self.0.keys().chain(other.0.keys()).collect();
        let more = names.iter().map(|it| other.count(it) - self.count(it));
        let (lost, twice): (Vec<i64>, Vec<i64>) = more.partition(|it| *it < 0);
        let sum = |of: Vec<i64>| of.into_iter().map(i64::unsigned_abs).sum();
        (sum(lost), sum(twice))
    }
}

/// Events without a place, and places without an event.
async fn missing_places(work: &Work<Tenant>) -> i64 {
    let (first, last) = db::journal::extent(work).await.unwrap();
    let events = db::journal::after(work, 0, 10_000).await.unwrap();
    let there: BTreeSet<i64> = events.iter().filter_map(|it| it.position).collect();
    (first..=last).filter(|it| !there.contains(it)).count() as i64
}

impl Stage<'_> {
    /// What reached those for whom it is written down that it did.
    async fn arrivals(&self, work: &Work<Tenant>) -> i64 {
        let mut arrived = 0;
        for (endpoint, path) in self.endpoints.iter().zip(&self.paths) {
            let came = self.receiver.ids(path);
            let sent = self.hooks(work, *endpoint).await;
            let sent = sent.iter().filter(|it| is_sent(it));
            arrived += sent.filter(|it| came.contains(&it.event_id.to_string())).count();
        }
        let came = self.postbox.got();
        let sent = self.letters(work).await;
        let sent = sent.iter().filter(|it| it.state == DeliveryState::Sent);
        arrived += sent
            .filter(|it| came.iter().any(|mail| mail.id == it.id.to_string()))
            .count();
        arrived as i64
    }

    /// The ids of whatever may reach somebody.
    pub(super) async fn known(&self, work: &Work<Tenant>) -> Vec<String> {
        let letters = self.letters(work).await;
        let mut known: Vec<String> = letters.iter().map(|it| it.id.to_string()).collect();
        for endpoint in self.endpoints {
            let hooks = self.hooks(work, endpoint).await;
            known.extend(hooks.iter().map(|it| it.event_id.to_string()));
        }
        known
    }

    async fn hooks(
        &self,
        work: &Work<Tenant>,
        endpoint: kernel::id::WebhookEndpointId,
    ) -> Vec<WebhookDelivery> {
        let filter = DeliveryFilter {
            endpoint,
            state: None,
        };
        let page = many().page::<WebhookDeliveries>().unwrap();
        let slice = log::deliveries(work, &filter, &page).await.unwrap();
        assert!(!slice.has_next, "a scene is small");
        slice.rows.into_iter().map(|(_, it)| it).collect()
    }

    async fn letters(&self, work: &Work<Tenant>) -> Vec<Delivery> {
        let page = many().page::<Deliveries>().unwrap();
        let slice = deliveries(work, None, &page).await.unwrap();
        assert!(!slice.has_next, "a scene is small");
        slice.rows.into_iter().map(|(_, it)| it).collect()
    }
}

fn is_sent(it: &WebhookDelivery) -> bool {
    matches!(
        it.state,
        WebhookDeliveryState::Delivered | WebhookDeliveryState::Failed
    )
}

fn many() -> Asked {
    Asked {
        first: Some(100),
        ..Asked::default()
    }
}
