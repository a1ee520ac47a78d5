//! Putting a provider away. A profile lives as long as its resource: both are put away and taken out together.

use db::{Tenant, Work};
use kernel::Right;
use kernel::id::ProviderId;

use super::ProviderChanged;
use crate::error::Refusal;
use crate::patch::{Shelf, expect_version};
use crate::resource::put_resource;
use crate::store;
use crate::store::provider::Entity;

/// Puts a provider away: they can no longer be booked and their slug is free again. What is booked stays booked.
///
/// # Errors
/// If the right is missing, it is not there, or has another version than expected.
pub async fn archive_provider(
    work: &Work<Tenant>,
    id: ProviderId,
    expected_version: Option<i64>,
) -> Result<ProviderChanged, Refusal> {
    put(work, id, Shelf::Away, expected_version).await
}

/// Takes a provider out again.
///
/// # Errors
/// If the right is missing, it is not there, has another version than expected, somebody took its slug meanwhile, or there
/// are as many resources as there may be.
pub async fn restore_provider(
    work: &Work<Tenant>,
    id: ProviderId,
    expected_version: Option<i64>,
) -> Result<ProviderChanged, Refusal> {
    put(work, id, Shelf::Back, expected_version).await
}

async fn put(
    work: &Work<Tenant>,
    id: ProviderId,
    shelf: Shelf,
    expected_version: Option<i64>,
) -> Result<ProviderChanged, Refusal> {
    work.need(Right::CatalogueWrite)?;
    // Whose profile it is never changes, so it may be read before the resource is held.
    let found = store::find::<Entity>(work, &[id]).await?.pop();
    let resource = found.ok_or(Refusal::NotFound("provider"))?.resource_id;
    let has_moved = put_resource(work, resource, shelf, None).await?;
    let mut provider = store::hold::<Entity>(work, id).await?;
    expect_version(expected_version, provider.version)?;
    if has_moved {
        provider.touch(work.now());
        store::provider::save(work, provider).await?;
    }
    Ok(ProviderChanged {
        provider: id,
        resource,
    })
}
