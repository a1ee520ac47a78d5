//! Providers as they are listed and found: by tag, by text, by address.

use std::collections::BTreeSet;

use db::paging::{Page, Slice};
use db::{Fault, Reading, Tenant};
use kernel::id::{ProviderId, ResourceId};
use kernel::{Line, Slug};

use super::{Provider, ReviewState, TagFilter};
use crate::error::Refusal;
use crate::store;
use crate::store::provider::Entity;

/// Which providers are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProviderFilter {
    /// Only those with all of these tags; at most [`FILTER_TAGS_MAX`].
    pub tags: Vec<TagFilter>,
    /// Only those whose name, profession or tags have this in it, whatever the case and accents.
    pub text: Option<Line>,
    /// Only those whose resource's location has this in it, whatever the case and accents.
    pub location: Option<Line>,
    /// Only those whose admission is here, to whoever may see more than the public.
    pub review_state: Option<ReviewState>,
    /// Only those who take people without a booking.
    pub accepts_walk_ins: Option<bool>,
    /// Whether those that were put away are listed too, to whoever may see them.
    pub with_archived: bool,
}

/// The most tags that one search asks for.
pub const FILTER_TAGS_MAX: usize = 10;

impl ProviderFilter {
    fn check(&self) -> Result<(), Refusal> {
        if self.tags.len() <= FILTER_TAGS_MAX {
            return Ok(());
        }
        Err(Refusal::wanted("tags", "at most 10 tags", self.tags.len()))
    }
}

/// The resources of those whom a filter lets through, as far as whoever asks may see them.
pub(crate) async fn resources_matching(
    reading: &Reading<Tenant>,
    filter: &ProviderFilter,
) -> Result<BTreeSet<ResourceId>, Refusal> {
    filter.check()?;
    let found = store::provider::resources(reading, filter).await?;
    Ok(found.into_iter().collect())
}

/// A page of providers by name. The public sees those who are admitted and can be booked.
///
/// # Errors
/// If too many tags are asked for.
pub async fn providers(
    reading: &Reading<Tenant>,
    filter: &ProviderFilter,
    page: &Page,
) -> Result<Slice<Provider>, Refusal> {
    filter.check()?;
    Ok(store::page(reading, store::provider::select(reading, filter), page).await?)
}

/// How many providers a list has, counting no further than the cap.
///
/// # Errors
/// If too many tags are asked for.
pub async fn count_providers(reading: &Reading<Tenant>, filter: &ProviderFilter) -> Result<u64, Refusal> {
    filter.check()?;
    Ok(store::count(reading, store::provider::select(reading, filter)).await?)
}

/// Providers by their ids, as far as whoever asks may see them.
///
/// # Errors
/// If the database refuses.
pub async fn find_providers(reading: &Reading<Tenant>, ids: &[ProviderId]) -> Result<Vec<Provider>, Fault> {
    store::seen::<Entity>(reading, ids).await
}

/// The profiles of resources, as far as whoever asks may see them.
///
/// # Errors
/// If the database refuses.
pub async fn providers_of(reading: &Reading<Tenant>, ids: &[ResourceId]) -> Result<Vec<Provider>, Fault> {
    store::provider::seen_of(reading, ids).await
}

/// The public profile at an address.
///
/// # Errors
/// If the database refuses.
pub async fn provider_named(reading: &Reading<Tenant>, slug: &Slug) -> Result<Option<Provider>, Fault> {
    match crate::resource::resource_named(reading, slug).await? {
        Some(resource) => Ok(providers_of(reading, &[resource.id]).await?.pop()),
        None => Ok(None),
    }
}
