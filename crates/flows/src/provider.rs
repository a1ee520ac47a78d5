//! A profile names somebody who signs in: whether they belong to the organization, tenancy knows.

use db::{Reading, Tenant, Work};
use kernel::id::{ProviderId, UserId};
use scheduling::provider::{self, ProviderChanged, ProviderDraft, ProviderEdit};

use crate::Refusal;

/// Makes a profile, and the resource that it is of unless that is there already.
///
/// # Errors
/// As [`provider::create_provider`], and if the user does not belong to the organization or may not be looked for.
pub async fn create_provider(work: &Work<Tenant>, draft: ProviderDraft) -> Result<ProviderChanged, Refusal> {
    work.need(kernel::Right::CatalogueWrite)
        .map_err(scheduling::Refusal::from)?;
    belongs(work, draft.details.user.flatten()).await?;
    Ok(provider::create_provider(work, draft).await?)
}

/// Changes a profile.
///
/// # Errors
/// As [`provider::update_provider`], and if the user does not belong to the organization or may not be looked for.
pub async fn update_provider(
    work: &Work<Tenant>,
    id: ProviderId,
    edit: ProviderEdit,
    expected_version: Option<i64>,
) -> Result<ProviderChanged, Refusal> {
    let user = edit.user.flatten();
    if user.is_some() {
        work.need(kernel::Right::CatalogueWrite)
            .map_err(scheduling::Refusal::from)?;
    }
    belongs(work, user).await?;
    Ok(provider::update_provider(work, id, edit, expected_version).await?)
}

async fn belongs(reading: &Reading<Tenant>, user: Option<UserId>) -> Result<(), Refusal> {
    let Some(user) = user else {
        return Ok(());
    };
    if tenancy::find_users(reading, &[user]).await?.is_empty() {
        return Err(scheduling::Refusal::NotFound("user of this organization").into());
    }
    Ok(())
}
