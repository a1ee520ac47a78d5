//! One loader per key, made for one request: it reads with the request's rights, in the request's snapshot.

mod people;
mod told;

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use async_graphql::{Context, Error, Result};
use kernel::id::{
    AbsenceId, ApiKeyId, BlockId, BookingId, BookingRequestId, InvitationId, MembershipId, OrganizationId,
    OverrideId, ResourceId, RoutingFormId, RuleId, SeriesId, ServiceId, UserId, WaitlistEntryId, WalkInId,
};

use crate::asked::Asked;
use crate::errors::{broken, on_top};
use crate::reads::Reads;
use crate::scheduling::absence::OutOfOffice;
use crate::scheduling::block::Block;
use crate::scheduling::overrides::AvailabilityOverride;

use crate::scheduling::attendee::{AnswersOf, AttendeesOf};
use crate::scheduling::booking::{Booking, HostsOf};
use crate::scheduling::request::BookingRequest;
use crate::scheduling::resource::Resource;
use crate::scheduling::routing::RoutingForm;
use crate::scheduling::rule::AvailabilityRule;
use crate::scheduling::series::{OccurrenceOf, Series};
use crate::scheduling::service::{Service, ServiceHost};
use crate::scheduling::waitlist::{OfferTo, WaitlistEntry, WaitlistOffer};
use crate::scheduling::walk_in::WalkIn;
use crate::tenancy::api_key::ApiKey;
use crate::tenancy::invitation::Invitation;
use crate::tenancy::membership::Membership;
use crate::tenancy::organization::Organization;
use crate::tenancy::user::User;

pub(crate) use self::people::ProviderOf;

/// Loads by id, in batches.
pub(crate) struct Loaders(Arc<Reads>);

/// Loaders for one request.
pub(crate) fn loaders(reads: Arc<Reads>) -> DataLoader<Loaders> {
    DataLoader::new(Loaders(reads), TokioSpawner::current(), TokioTimer::default())
}

/// Loads one thing; what is not there, or not to be seen, is none.
pub(crate) async fn load<K, V>(ctx: &Context<'_>, key: K) -> Result<Option<V>>
where
    K: Send + Sync + Hash + Eq + Clone + 'static,
    V: Send + Sync + Clone + 'static,
    Loaders: Loader<K, Value = V, Error = Error>,
{
    Asked::of(ctx).loaders().load_one(key).await
}

impl Loader<OrganizationId> for Loaders {
    type Value = Organization;
    type Error = Error;

    async fn load(&self, ids: &[OrganizationId]) -> Result<HashMap<OrganizationId, Organization>> {
        let reading = self.0.account().await?;
        let found = tenancy::find_organizations(&reading, ids).await.map_err(broken)?;
        Ok(found.into_iter().map(|it| (it.id, Organization(it))).collect())
    }
}

impl Loader<MembershipId> for Loaders {
    type Value = Membership;
    type Error = Error;

    async fn load(&self, ids: &[MembershipId]) -> Result<HashMap<MembershipId, Membership>> {
        let reading = self.0.tenant().await?;
        let found = tenancy::find_members(&reading, ids).await.map_err(on_top)?;
        Ok(found.into_iter().map(|it| (it.id, Membership(it))).collect())
    }
}

impl Loader<InvitationId> for Loaders {
    type Value = Invitation;
    type Error = Error;

    async fn load(&self, ids: &[InvitationId]) -> Result<HashMap<InvitationId, Invitation>> {
        let reading = self.0.tenant().await?;
        let found = tenancy::find_invitations(&reading, ids).await.map_err(on_top)?;
        Ok(found.into_iter().map(|it| (it.id, Invitation(it))).collect())
    }
}

impl Loader<ApiKeyId> for Loaders {
    type Value = ApiKey;
    type Error = Error;

    async fn load(&self, ids: &[ApiKeyId]) -> Result<HashMap<ApiKeyId, ApiKey>> {
        let reading = self.0.tenant().await?;
        let found = tenancy::find_api_keys(&reading, ids).await.map_err(on_top)?;
        Ok(found.into_iter().map(|it| (it.id, ApiKey(it))).collect())
    }
}

impl Loader<UserId> for Loaders {
    type Value = User;
    type Error = Error;

    async fn load(&self, ids: &[UserId]) -> Result<HashMap<UserId, User>> {
        let reading = self.0.tenant().await?;
        let found = tenancy::find_users(&reading, ids).await.map_err(on_top)?;
        Ok(found.into_iter().map(|it| (it.id, User(it))).collect())
    }
}

impl Loader<ResourceId> for Loaders {
    type Value = Resource;
    type Error = Error;

    async fn load(&self, ids: &[ResourceId]) -> Result<HashMap<ResourceId, Resource>> {
        let reading = self.0.public().await?;
        let found = scheduling::resource::find_resources(&reading, ids)
            .await
            .map_err(broken)?;
        Ok(found.into_iter().map(|it| (it.id, Resource(it))).collect())
    }
}

impl Loader<ServiceId> for Loaders {
    type Value = Service;
    type Error = Error;

    async fn load(&self, ids: &[ServiceId]) -> Result<HashMap<ServiceId, Service>> {
        let reading = self.0.public().await?;
        let found = scheduling::service::find_services(&reading, ids)
            .await
            .map_err(broken)?;
        Ok(found.into_iter().map(|it| (it.id, Service(it))).collect())
    }
}

impl Loader<RuleId> for Loaders {
    type Value = AvailabilityRule;
    type Error = Error;

    async fn load(&self, ids: &[RuleId]) -> Result<HashMap<RuleId, AvailabilityRule>> {
        let reading = self.0.tenant().await?;
        let found = scheduling::rule::find_rules(&reading, ids)
            .await
            .map_err(on_top)?;
        Ok(found
            .into_iter()
            .map(|it| (it.id, AvailabilityRule(it)))
            .collect())
    }
}

impl Loader<OverrideId> for Loaders {
    type Value = AvailabilityOverride;
    type Error = Error;

    async fn load(&self, ids: &[OverrideId]) -> Result<HashMap<OverrideId, AvailabilityOverride>> {
        let reading = self.0.tenant().await?;
        let found = scheduling::overrides::find_overrides(&reading, ids)
            .await
            .map_err(on_top)?;
        Ok(found
            .into_iter()
            .map(|it| (it.id, AvailabilityOverride(it)))
            .collect())
    }
}

impl Loader<AbsenceId> for Loaders {
    type Value = OutOfOffice;
    type Error = Error;

    async fn load(&self, ids: &[AbsenceId]) -> Result<HashMap<AbsenceId, OutOfOffice>> {
        let reading = self.0.tenant().await?;
        let found = scheduling::absence::find_absences(&reading, ids)
            .await
            .map_err(on_top)?;
        Ok(found.into_iter().map(|it| (it.id, OutOfOffice(it))).collect())
    }
}

impl Loader<BlockId> for Loaders {
    type Value = Block;
    type Error = Error;

    async fn load(&self, ids: &[BlockId]) -> Result<HashMap<BlockId, Block>> {
        let reading = self.0.tenant().await?;
        let found = scheduling::block::find_blocks(&reading, ids)
            .await
            .map_err(on_top)?;
        Ok(found.into_iter().map(|it| (it.id, Block(it))).collect())
    }
}

/// What gives a service, by the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct HostsOfService(pub(crate) ServiceId);

impl Loader<HostsOfService> for Loaders {
    type Value = Arc<[ServiceHost]>;
    type Error = Error;

    async fn load(&self, services: &[HostsOfService]) -> Result<HashMap<HostsOfService, Arc<[ServiceHost]>>> {
        let reading = self.0.public().await?;
        let ids: Vec<ServiceId> = services.iter().map(|it| it.0).collect();
        let found = scheduling::service::hosts_of_services(&reading, &ids)
            .await
            .map_err(on_top)?;
        let mut by_service: HashMap<HostsOfService, Vec<ServiceHost>> = HashMap::new();
        for host in found {
            let of = HostsOfService(host.service_id);
            by_service.entry(of).or_default().push(ServiceHost(host));
        }
        Ok(by_service
            .into_iter()
            .map(|(of, hosts)| (of, hosts.into()))
            .collect())
    }
}

impl Loader<BookingId> for Loaders {
    type Value = Booking;
    type Error = Error;

    async fn load(&self, ids: &[BookingId]) -> Result<HashMap<BookingId, Booking>> {
        let reading = self.0.tenant().await?;
        let found = scheduling::booking::find_bookings(&reading, ids)
            .await
            .map_err(on_top)?;
        Ok(found.into_iter().map(|it| (it.id, Booking::of(it))).collect())
    }
}

impl Loader<SeriesId> for Loaders {
    type Value = Series;
    type Error = Error;

    async fn load(&self, ids: &[SeriesId]) -> Result<HashMap<SeriesId, Series>> {
        let reading = self.0.tenant().await?;
        let found = scheduling::series::find_series(&reading, ids)
            .await
            .map_err(on_top)?;
        Ok(found.into_iter().map(|it| (it.id, Series(it))).collect())
    }
}

impl Loader<OccurrenceOf> for Loaders {
    type Value = SeriesId;
    type Error = Error;

    async fn load(&self, keys: &[OccurrenceOf]) -> Result<HashMap<OccurrenceOf, SeriesId>> {
        let reading = self.0.tenant().await?;
        let ids: Vec<BookingId> = keys.iter().map(|it| it.0).collect();
        let found = scheduling::series::occurrences_of(&reading, &ids)
            .await
            .map_err(on_top)?;
        let of = |it: scheduling::series::Occurrence| Some((OccurrenceOf(it.booking_id?), it.series_id));
        Ok(found.into_iter().filter_map(of).collect())
    }
}

impl Loader<BookingRequestId> for Loaders {
    type Value = BookingRequest;
    type Error = Error;

    async fn load(&self, ids: &[BookingRequestId]) -> Result<HashMap<BookingRequestId, BookingRequest>> {
        let reading = self.0.tenant().await?;
        let found = scheduling::request::find_requests(&reading, ids)
            .await
            .map_err(on_top)?;
        Ok(found
            .into_iter()
            .map(|it| (it.id, BookingRequest::of(it)))
            .collect())
    }
}

impl Loader<WaitlistEntryId> for Loaders {
    type Value = WaitlistEntry;
    type Error = Error;

    async fn load(&self, ids: &[WaitlistEntryId]) -> Result<HashMap<WaitlistEntryId, WaitlistEntry>> {
        let reading = self.0.tenant().await?;
        let found = scheduling::waitlist::find_entries(&reading, ids)
            .await
            .map_err(on_top)?;
        Ok(found.into_iter().map(|it| (it.id, WaitlistEntry(it))).collect())
    }
}

impl Loader<OfferTo> for Loaders {
    type Value = WaitlistOffer;
    type Error = Error;

    async fn load(&self, keys: &[OfferTo]) -> Result<HashMap<OfferTo, WaitlistOffer>> {
        let reading = self.0.public().await?;
        let ids: Vec<WaitlistEntryId> = keys.iter().map(|it| it.0).collect();
        let found = scheduling::waitlist::offers_to(&reading, &ids)
            .await
            .map_err(on_top)?;
        Ok(found
            .iter()
            .map(|it| (OfferTo(it.entry_id), WaitlistOffer::of(it)))
            .collect())
    }
}

impl Loader<RoutingFormId> for Loaders {
    type Value = RoutingForm;
    type Error = Error;

    async fn load(&self, ids: &[RoutingFormId]) -> Result<HashMap<RoutingFormId, RoutingForm>> {
        let reading = self.0.public().await?;
        let found = scheduling::routing::find_forms(&reading, ids)
            .await
            .map_err(broken)?;
        Ok(found.into_iter().map(|it| (it.id, RoutingForm(it))).collect())
    }
}

impl Loader<WalkInId> for Loaders {
    type Value = WalkIn;
    type Error = Error;

    async fn load(&self, ids: &[WalkInId]) -> Result<HashMap<WalkInId, WalkIn>> {
        let reading = self.0.tenant().await?;
        let found = scheduling::walk_in::find_walk_ins(&reading, ids)
            .await
            .map_err(on_top)?;
        Ok(found.into_iter().map(|it| (it.id, WalkIn(it))).collect())
    }
}

impl Loader<HostsOf> for Loaders {
    type Value = Vec<scheduling::booking::BookingHost>;
    type Error = Error;

    async fn load(&self, keys: &[HostsOf]) -> Result<HashMap<HostsOf, Self::Value>> {
        let reading = self.0.public().await?;
        let ids: Vec<BookingId> = keys.iter().map(|it| it.0).collect();
        let found = scheduling::booking::booking_hosts(&reading, &ids)
            .await
            .map_err(on_top)?;
        Ok(grouped(found, |it| HostsOf(it.booking_id)))
    }
}

impl Loader<AttendeesOf> for Loaders {
    type Value = Vec<scheduling::attendee::Attendee>;
    type Error = Error;

    async fn load(&self, keys: &[AttendeesOf]) -> Result<HashMap<AttendeesOf, Self::Value>> {
        let reading = self.0.public().await?;
        let ids: Vec<BookingId> = keys.iter().map(|it| it.0).collect();
        let found = scheduling::attendee::attendees(&reading, &ids)
            .await
            .map_err(on_top)?;
        Ok(grouped(found, |it| AttendeesOf(it.booking_id)))
    }
}

impl Loader<AnswersOf> for Loaders {
    type Value = Vec<scheduling::answer::BookingAnswer>;
    type Error = Error;

    async fn load(&self, keys: &[AnswersOf]) -> Result<HashMap<AnswersOf, Self::Value>> {
        let reading = self.0.public().await?;
        let ids: Vec<BookingId> = keys.iter().map(|it| it.0).collect();
        let found = scheduling::answer::answers(&reading, &ids)
            .await
            .map_err(on_top)?;
        Ok(grouped(found, |it| AnswersOf(it.booking_id)))
    }
}

/// Puts rows under their keys, keeping their order.
fn grouped<K: Hash + Eq, V>(rows: Vec<V>, key: impl Fn(&V) -> K) -> HashMap<K, Vec<V>> {
    let mut groups: HashMap<K, Vec<V>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}
