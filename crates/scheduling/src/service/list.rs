//! Services as they are listed and found.

use db::paging::{Page, Slice};
use db::{Fault, Reading, Tenant};
use kernel::id::{ResourceId, ServiceId};
use kernel::{Line, Slug};

use super::Service;
use crate::error::Refusal;
use crate::store;
use crate::store::service::Entity;

/// Which services are listed.
#[derive(Debug, Clone, Default)]
pub struct ServiceFilter {
    /// Only those that this resource gives, itself or in a team.
    pub given_by: Option<ResourceId>,
    /// Only those whose title has this in it, whatever the case and accents.
    pub text: Option<Line>,
    /// Whether those that were put away are listed too, to whoever may see them.
    pub with_archived: bool,
}

/// A page of services by title. Whoever may not read the catalogue sees those that can be booked.
///
/// # Errors
/// If the database refuses.
pub async fn services(
    reading: &Reading<Tenant>,
    filter: &ServiceFilter,
    page: &Page,
) -> Result<Slice<Service>, Refusal> {
    Ok(store::page(reading, store::service::select(reading, filter), page).await?)
}

/// How many services a list has, counting no further than the cap.
///
/// # Errors
/// If the database refuses.
pub async fn count_services(reading: &Reading<Tenant>, filter: &ServiceFilter) -> Result<u64, Refusal> {
    Ok(store::count(reading, store::service::select(reading, filter)).await?)
}

/// A page of the copies of a template that are not put away, by title.
///
/// # Errors
/// If the database refuses.
pub async fn copies_of_service(
    reading: &Reading<Tenant>,
    template: ServiceId,
    page: &Page,
) -> Result<Slice<Service>, Refusal> {
    Ok(store::page(reading, store::service::copies(reading, template), page).await?)
}

/// How many copies of a template are not put away.
///
/// # Errors
/// If the database refuses.
pub async fn count_copies(reading: &Reading<Tenant>, template: ServiceId) -> Result<u64, Refusal> {
    Ok(store::count(reading, store::service::copies(reading, template)).await?)
}

/// Services by their ids, as far as whoever asks may see them.
///
/// # Errors
/// If the database refuses.
pub async fn find_services(reading: &Reading<Tenant>, ids: &[ServiceId]) -> Result<Vec<Service>, Fault> {
    store::seen::<Entity>(reading, ids).await
}

/// The service at a public address.
///
/// # Errors
/// If the database refuses.
pub async fn service_named(reading: &Reading<Tenant>, slug: &Slug) -> Result<Option<Service>, Fault> {
    store::service::named(reading, slug).await
}
