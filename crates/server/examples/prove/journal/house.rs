//! An organization of a check, made through the API.

use std::net::SocketAddr;

use serde_json::json;

use crate::Outcome;
use crate::client::Client;
use crate::scene::{Furnisher, run};

/// What whoever looks after it may do.
const SCOPES: [&str; 9] = [
    "AUDIT_READ",
    "BOOKINGS_OVERRIDE",
    "CATALOGUE_READ",
    "CATALOGUE_WRITE",
    "DIARY_READ",
    "DIARY_WRITE",
    "MESSAGES_READ",
    "WEBHOOKS_READ",
    "WEBHOOKS_WRITE",
];

/// Renames a resource: the cheapest thing that is an event.
pub(super) const RENAME: &str = "mutation($input: ResourceUpdateInput!) { resourceUpdate(input: $input) {
    resource { id version } userErrors { code message } } }";

/// An organization, and the key to it.
pub(super) struct House {
    /// Whoever founded it.
    pub(super) furnisher: Furnisher,
    /// With every right that a check needs.
    pub(super) key: String,
}

impl House {
    /// Founds it.
    pub(super) async fn found(to: SocketAddr, slug: &str) -> Outcome<Self> {
        let mut furnisher = Furnisher::found(to, slug).await?;
        let key = furnisher.key(&SCOPES).await?;
        Ok(Self { furnisher, key })
    }

    /// A client of a node, with the key.
    pub(super) fn desk(&self, to: SocketAddr) -> Client {
        Client::new(to, Some((self.key.clone(), None)))
    }
}

/// Makes an endpoint at an address.
pub(super) async fn endpoint(desk: &mut Client, url: String, types: &[&str]) -> Outcome<()> {
    let document = "mutation($input: WebhookEndpointCreateInput!) { webhookEndpointCreate(input: $input) {
        webhookEndpoint { id } userErrors { code message } } }";
    run(desk, document, json!({ "url": url, "types": types }))
        .await
        .map(drop)
}
