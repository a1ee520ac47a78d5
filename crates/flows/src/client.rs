//! The directory names a provider: whether there is one, scheduling knows.

use clients::{ClientChanged, ClientDraft, ClientEdit};
use db::{Reading, Tenant, Work};
use kernel::Right;
use kernel::id::{ClientId, ProviderId};

use crate::Refusal;

/// Staff make a client.
///
/// # Errors
/// As [`clients::create_client`], and if the provider is not there.
pub async fn create_client(work: &Work<Tenant>, draft: ClientDraft) -> Result<ClientChanged, Refusal> {
    work.need(Right::ClientsWrite).map_err(clients::Refusal::from)?;
    known(work, draft.primary_provider).await?;
    Ok(clients::create_client(work, draft).await?)
}

/// Staff change a client.
///
/// # Errors
/// As [`clients::update_client`], and if the provider is not there.
pub async fn update_client(
    work: &Work<Tenant>,
    client: ClientId,
    edit: ClientEdit,
    expected_version: Option<i64>,
) -> Result<ClientChanged, Refusal> {
    work.need(Right::ClientsWrite).map_err(clients::Refusal::from)?;
    known(work, edit.primary_provider.flatten()).await?;
    Ok(clients::update_client(work, client, edit, expected_version).await?)
}

async fn known(reading: &Reading<Tenant>, provider: Option<ProviderId>) -> Result<(), Refusal> {
    let Some(provider) = provider else {
        return Ok(());
    };
    let found = scheduling::provider::find_providers(reading, &[provider]).await;
    if found.map_err(scheduling::Refusal::from)?.is_empty() {
        return Err(clients::Refusal::NotFound("provider").into());
    }
    Ok(())
}
