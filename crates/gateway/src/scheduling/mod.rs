//! What can be booked, when it is free, and who is booked with whom.

pub(crate) mod attendee;
pub(crate) mod booking;
pub(crate) mod hold;
pub(crate) mod metadata;
pub(crate) mod refusal;
pub(crate) mod resource;
mod wanted;

use async_graphql::MergedObject;

/// What can be asked about the catalogue, its calendars and its bookings.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct SchedulingQuery(resource::ResourceQuery, booking::BookingQuery);

/// What can be done about the catalogue, its calendars and its bookings.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct SchedulingMutation(
    resource::ResourceMutation,
    hold::HoldMutation,
    booking::create::BookingCreateMutation,
    booking::change::BookingChangeMutation,
    booking::shift::BookingShiftMutation,
    attendee::AttendeeMutation,
);
