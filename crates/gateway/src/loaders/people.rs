//! Loaders of providers, teams, policies and clients.

use std::collections::{BTreeSet, HashMap};

use async_graphql::dataloader::Loader;
use async_graphql::{Error, Result};
use kernel::id::{CancellationPolicyId, ClientId, ProviderId, ResourceId, TeamId};

use super::Loaders;
use crate::clients::{CONFLICTS_MAX, Client, ConflictsOf};
use crate::errors::{broken, on_top};
use crate::scheduling::cancellation::CancellationPolicy;
use crate::scheduling::provider::{Provider, ProviderTag, TagsOf};
use crate::scheduling::team::Team;

impl Loader<ProviderId> for Loaders {
    type Value = Provider;
    type Error = Error;

    async fn load(&self, ids: &[ProviderId]) -> Result<HashMap<ProviderId, Provider>> {
        let reading = self.0.public().await?;
        let found = scheduling::provider::find_providers(&reading, ids)
            .await
            .map_err(broken)?;
        Ok(found.into_iter().map(|it| (it.id, Provider(it))).collect())
    }
}

/// The profile of a resource that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ProviderOf(pub(crate) ResourceId);

impl Loader<ProviderOf> for Loaders {
    type Value = Provider;
    type Error = Error;

    async fn load(&self, keys: &[ProviderOf]) -> Result<HashMap<ProviderOf, Provider>> {
        let reading = self.0.public().await?;
        let ids: Vec<ResourceId> = keys.iter().map(|it| it.0).collect();
        let found = scheduling::provider::providers_of(&reading, &ids)
            .await
            .map_err(broken)?;
        let of = |it: scheduling::provider::Provider| (ProviderOf(it.resource_id), Provider(it));
        Ok(found.into_iter().map(of).collect())
    }
}

impl Loader<TagsOf> for Loaders {
    type Value = Vec<ProviderTag>;
    type Error = Error;

    async fn load(&self, keys: &[TagsOf]) -> Result<HashMap<TagsOf, Self::Value>> {
        let reading = self.0.public().await?;
        let ids: Vec<ProviderId> = keys.iter().map(|it| it.0).collect();
        let found = scheduling::provider::tags_of_providers(&reading, &ids)
            .await
            .map_err(on_top)?;
        let mut tags: HashMap<TagsOf, Self::Value> = HashMap::new();
        for tag in found {
            let of = TagsOf(tag.provider_id);
            tags.entry(of).or_default().push(tag.into());
        }
        Ok(tags)
    }
}

impl Loader<TeamId> for Loaders {
    type Value = Team;
    type Error = Error;

    async fn load(&self, ids: &[TeamId]) -> Result<HashMap<TeamId, Team>> {
        let reading = self.0.public().await?;
        let found = scheduling::team::find_teams(&reading, ids)
            .await
            .map_err(broken)?;
        Ok(found.into_iter().map(|it| (it.id, Team(it))).collect())
    }
}

impl Loader<CancellationPolicyId> for Loaders {
    type Value = CancellationPolicy;
    type Error = Error;

    async fn load(
        &self,
        ids: &[CancellationPolicyId],
    ) -> Result<HashMap<CancellationPolicyId, CancellationPolicy>> {
        let reading = self.0.public().await?;
        let found = scheduling::cancellation::find_cancellation_policies(&reading, ids)
            .await
            .map_err(broken)?;
        Ok(found
            .into_iter()
            .map(|it| (it.id, CancellationPolicy(it)))
            .collect())
    }
}

impl Loader<ClientId> for Loaders {
    type Value = Client;
    type Error = Error;

    async fn load(&self, ids: &[ClientId]) -> Result<HashMap<ClientId, Client>> {
        let reading = self.0.tenant().await?;
        let found = clients::find_clients(&reading, ids).await.map_err(on_top)?;
        Ok(found.into_iter().map(|it| (it.id, Client(it))).collect())
    }
}

impl Loader<ConflictsOf> for Loaders {
    type Value = Vec<Client>;
    type Error = Error;

    async fn load(&self, keys: &[ConflictsOf]) -> Result<HashMap<ConflictsOf, Self::Value>> {
        let reading = self.0.tenant().await?;
        let ids: Vec<ClientId> = keys.iter().map(|it| it.0).collect();
        let pairs = scheduling::attendee::conflicts_of(&reading, &ids)
            .await
            .map_err(on_top)?;
        let mut others: HashMap<ConflictsOf, BTreeSet<ClientId>> = HashMap::new();
        for (one, other) in pairs {
            others.entry(ConflictsOf(one)).or_default().insert(other);
            others.entry(ConflictsOf(other)).or_default().insert(one);
        }
        let named: Vec<ClientId> = others.values().flatten().copied().collect();
        let known = clients::find_clients(&reading, &named).await.map_err(on_top)?;
        let known: HashMap<ClientId, clients::Client> = known.into_iter().map(|it| (it.id, it)).collect();
        let listed = |of: &BTreeSet<ClientId>| -> Vec<Client> {
            let found = of.iter().filter_map(|it| known.get(it));
            found.take(CONFLICTS_MAX).cloned().map(Client).collect()
        };
        Ok(keys
            .iter()
            .filter_map(|key| others.get(key).map(|of| (*key, listed(of))))
            .collect())
    }
}
