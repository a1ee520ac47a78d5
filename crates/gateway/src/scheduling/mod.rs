//! What can be booked, when it is free, and who is booked with whom.

pub(crate) mod metadata;
pub(crate) mod resource;

use async_graphql::MergedObject;

/// What can be asked about the catalogue, its calendars and its bookings.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct SchedulingQuery(resource::ResourceQuery);

/// What can be done about the catalogue, its calendars and its bookings.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct SchedulingMutation(resource::ResourceMutation);
