//! What is told to others, by its id.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use async_graphql::{Error, Result};
use kernel::id::{WebhookDeliveryId, WebhookEndpointId};

use super::Loaders;
use crate::errors::on_top;
use crate::messaging::webhook::{WebhookDelivery, WebhookEndpoint};

impl Loader<WebhookEndpointId> for Loaders {
    type Value = WebhookEndpoint;
    type Error = Error;

    async fn load(&self, ids: &[WebhookEndpointId]) -> Result<HashMap<WebhookEndpointId, WebhookEndpoint>> {
        let reading = self.0.tenant().await?;
        let found = messaging::webhook::endpoint::find_endpoints(&reading, ids)
            .await
            .map_err(on_top)?;
        Ok(found.into_iter().map(|it| (it.id, WebhookEndpoint(it))).collect())
    }
}

impl Loader<WebhookDeliveryId> for Loaders {
    type Value = WebhookDelivery;
    type Error = Error;

    async fn load(&self, ids: &[WebhookDeliveryId]) -> Result<HashMap<WebhookDeliveryId, WebhookDelivery>> {
        let reading = self.0.tenant().await?;
        let found = messaging::webhook::log::find_deliveries(&reading, ids)
            .await
            .map_err(on_top)?;
        Ok(found.into_iter().map(|it| (it.id, WebhookDelivery(it))).collect())
    }
}
