//! What can be booked, when it is free, and who is booked with whom.

pub(crate) mod absence;
mod agenda;
pub(crate) mod assignment;
pub(crate) mod attendee;
pub(crate) mod block;
pub(crate) mod booking;
pub(crate) mod cancellation;
pub(crate) mod cover;
pub(crate) mod hold;
pub(crate) mod metadata;
pub(crate) mod overrides;
pub(crate) mod provider;
pub(crate) mod refusal;
pub(crate) mod request;
pub(crate) mod resource;
pub(crate) mod routing;
pub(crate) mod rule;
pub(crate) mod series;
pub(crate) mod service;
pub(crate) mod slots;
pub(crate) mod team;
pub(crate) mod waitlist;
pub(crate) mod walk_in;
mod wanted;
mod which;

use async_graphql::{Context, MergedObject, Result};
use db::Tenant;
use kernel::{Code, Span};

use crate::act::{Act, Manner};
use crate::caller::Caller;
use crate::errors::coded;
use crate::scalars::Instant;

/// What can be asked about the catalogue, its calendars and its bookings.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct SchedulingQuery(
    resource::ResourceQuery,
    service::ServiceQuery,
    rule::RuleQuery,
    overrides::OverrideQuery,
    absence::AbsenceQuery,
    block::BlockQuery,
    cover::CoverQuery,
    slots::SlotsQuery,
    slots::SlotsByHostQuery,
    slots::SlotRedirectQuery,
    booking::BookingQuery,
    provider::ProviderQuery,
    team::TeamQuery,
    cancellation::CancellationQuery,
    assignment::AssignmentQuery,
    agenda::AgendaQuery,
    request::RequestQuery,
    routing::RoutingQuery,
    waitlist::WaitlistQuery,
    walk_in::WalkInQuery,
    series::SeriesQuery,
    series::plan::SeriesPlanQuery,
);

/// What can be done about the catalogue, its calendars and its bookings.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct SchedulingMutation(
    resource::ResourceMutation,
    service::ServiceMutation,
    rule::RuleMutation,
    overrides::OverrideMutation,
    absence::AbsenceMutation,
    block::BlockMutation,
    cover::CoverMutation,
    hold::HoldMutation,
    booking::create::BookingCreateMutation,
    booking::change::BookingChangeMutation,
    booking::shift::BookingShiftMutation,
    booking::swap::BookingSwapMutation,
    attendee::AttendeeMutation,
    provider::ProviderMutation,
    provider::ProviderReviewMutation,
    team::TeamMutation,
    team::TeamMemberMutation,
    cancellation::CancellationMutation,
    request::RequestMutation,
    routing::RoutingMutation,
    waitlist::WaitlistMutation,
    walk_in::WalkInMutation,
    series::create::SeriesCreateMutation,
    series::change::SeriesChangeMutation,
);

/// A mutation in the organization that the request names, for whoever belongs there.
pub(crate) fn act(
    ctx: &Context<'_>,
    key: Option<String>,
    validate_only: Option<bool>,
) -> Result<Act<Tenant>> {
    Act::new(ctx, Caller::of(ctx).tenant()?, Manner::of(key, validate_only))
}

/// The span that a list asks about.
fn between(from: Instant, to: Instant) -> Result<Span> {
    Span::new(from.0, to.0).map_err(|wrong| coded(Code::InvalidInput, &format!("`to`: {wrong}")))
}

/// Makes the inputs of mutations that need an id and nothing else.
macro_rules! shelf_inputs {
    ($field:ident: $id:ty, $(#[doc = $doc:literal] $name:ident,)*) => {$(
        #[doc = $doc]
        #[derive(async_graphql::InputObject)]
        pub(crate) struct $name {
            /// Which.
            $field: $id,
            /// The version that was read; refused if somebody changed it since.
            expected_version: Option<i64>,
            /// Two requests with the same key have one effect and the same answer.
            idempotency_key: Option<String>,
            /// Only say whether it would be done.
            validate_only: Option<bool>,
        }
    )*};
}
pub(crate) use shelf_inputs;
