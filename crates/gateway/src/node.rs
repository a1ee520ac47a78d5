//! `node` and `nodes`: anything that has an id and may be seen.

use async_graphql::{Context, ID, Interface, Object, Result};
use kernel::id::{
    AbsenceId, ApiKeyId, AuditId, BlockId, BookingId, BookingRequestId, CancellationPolicyId, ClientId,
    InvitationId, MembershipId, OrganizationId, OverrideId, ProviderId, ResourceId, RoutingFormId, RuleId,
    SeriesId, ServiceId, SessionId, TeamId, UserId, WaitlistEntryId, WalkInId, WebhookDeliveryId,
    WebhookEndpointId,
};
use kernel::{Code, Id, Right};

use crate::caller::Caller;
use crate::clients::Client;
use crate::errors::{broken, coded, on_top};
use crate::loaders::load;
use crate::messaging::webhook::{WebhookDelivery, WebhookEndpoint};
use crate::reads::Reads;
use crate::scheduling::absence::OutOfOffice;
use crate::scheduling::block::Block;
use crate::scheduling::booking::Booking;
use crate::scheduling::cancellation::CancellationPolicy;
use crate::scheduling::overrides::AvailabilityOverride;
use crate::scheduling::provider::Provider;
use crate::scheduling::request::BookingRequest;
use crate::scheduling::resource::Resource;
use crate::scheduling::routing::RoutingForm;
use crate::scheduling::rule::AvailabilityRule;
use crate::scheduling::series::Series;
use crate::scheduling::service::Service;
use crate::scheduling::team::Team;
use crate::scheduling::waitlist::WaitlistEntry;
use crate::scheduling::walk_in::WalkIn;
use crate::tenancy::api_key::ApiKey;
use crate::tenancy::audit::AuditLine;
use crate::tenancy::invitation::Invitation;
use crate::tenancy::membership::Membership;
use crate::tenancy::organization::Organization;
use crate::tenancy::session::Session;
use crate::tenancy::user::User;

/// Ids that one call may ask for.
pub(crate) const NODES_MAX: usize = 100;

/// Anything that has a global id.
#[derive(Debug, Clone, Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The global id."))]
pub(crate) enum Node {
    /// A key that integrators call with.
    ApiKey(ApiKey),
    /// A line of the audit log.
    AuditLine(AuditLine),
    /// Other hours on one date.
    AvailabilityOverride(AvailabilityOverride),
    /// Hours that recur.
    AvailabilityRule(AvailabilityRule),
    /// Time that is taken out of a calendar.
    Block(Block),
    /// A booking.
    Booking(Booking),
    /// What cancelling costs.
    CancellationPolicy(CancellationPolicy),
    /// A person whom the organization serves.
    Client(Client),
    /// A link that staff sent, by which somebody books.
    BookingRequest(BookingRequest),
    /// An invitation.
    Invitation(Invitation),
    /// Somebody's place in an organization.
    Membership(Membership),
    /// An organization.
    Organization(Organization),
    /// A stretch of time in which somebody is away.
    OutOfOffice(OutOfOffice),
    /// The profile of a person who can be booked.
    Provider(Provider),
    /// Somebody or something whose time can be booked.
    Resource(Resource),
    /// Bookings that recur.
    Series(Series),
    /// Questions that find out where somebody is to go.
    RoutingForm(RoutingForm),
    /// Something that can be booked.
    Service(Service),
    /// A sign-in.
    Session(Session),
    /// People who share their bookings.
    Team(Team),
    /// A person.
    User(User),
    /// Somebody who waits for something to come free.
    WaitlistEntry(WaitlistEntry),
    /// Somebody who came without an appointment.
    WalkIn(WalkIn),
    /// An event on its way to an endpoint.
    WebhookDelivery(WebhookDelivery),
    /// Somebody else's server that events are sent to.
    WebhookEndpoint(WebhookEndpoint),
}

/// Anything that has an id.
#[derive(Debug, Default)]
pub(crate) struct NodeQuery;

/// Anything that has an id.
#[Object]
impl NodeQuery {
    /// Whatever has this id; null if there is none in the organization that the request names, or among what is yours.
    /// Kinds that need a right need it here too.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A global id.")] id: ID,
    ) -> Option<Result<Node>> {
        find(ctx, &id).await.transpose()
    }

    /// Whatever has these ids, in their order; null where there is none, or with an error where you may not see it.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global ids, 100 at most.")] ids: Vec<ID>,
    ) -> Option<Result<Vec<Option<Result<Node>>>>> {
        if ids.len() > NODES_MAX {
            let wrong = format!("expected {NODES_MAX} `ids` at most, got {}", ids.len());
            return Some(Err(coded(Code::InvalidInput, &wrong)));
        }
        let found = ids.iter().map(|id| async { find(ctx, id).await.transpose() });
        Some(Ok(futures::future::join_all(found).await))
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Node>> {
    let known = kernel::id::split(id).filter(|(prefix, _)| kernel::id::PREFIXES.contains(prefix));
    let Some((prefix, uuid)) = known else {
        return Err(coded(
            Code::InvalidInput,
            &"expected a global id, such as org_… followed by 26 letters and digits",
        ));
    };
    let caller = Caller::of(ctx);
    match prefix {
        OrganizationId::PREFIX => Ok(load(ctx, OrganizationId::from_uuid(uuid))
            .await?
            .map(Node::Organization)),
        UserId::PREFIX => user(ctx, UserId::from_uuid(uuid)).await,
        SessionId::PREFIX => session(ctx, SessionId::from_uuid(uuid)).await,
        MembershipId::PREFIX => {
            caller.need(Right::MembersRead)?;
            let found = load(ctx, MembershipId::from_uuid(uuid)).await?;
            Ok(found.map(Node::Membership))
        }
        InvitationId::PREFIX => {
            caller.need(Right::MembersRead)?;
            let found = load(ctx, InvitationId::from_uuid(uuid)).await?;
            Ok(found.map(Node::Invitation))
        }
        ApiKeyId::PREFIX => {
            caller.need(Right::ApiKeysRead)?;
            Ok(load(ctx, ApiKeyId::from_uuid(uuid)).await?.map(Node::ApiKey))
        }
        ClientId::PREFIX => {
            caller.need(Right::ClientsRead)?;
            Ok(load(ctx, ClientId::from_uuid(uuid)).await?.map(Node::Client))
        }
        RuleId::PREFIX => {
            caller.need_either(Right::CalendarsRead, Right::OwnCalendarWrite)?;
            let found = load(ctx, RuleId::from_uuid(uuid)).await?;
            Ok(found.map(Node::AvailabilityRule))
        }
        OverrideId::PREFIX => {
            caller.need_either(Right::CalendarsRead, Right::OwnCalendarWrite)?;
            let found = load(ctx, OverrideId::from_uuid(uuid)).await?;
            Ok(found.map(Node::AvailabilityOverride))
        }
        AbsenceId::PREFIX => {
            caller.need_either(Right::CalendarsRead, Right::OwnCalendarWrite)?;
            let found = load(ctx, AbsenceId::from_uuid(uuid)).await?;
            Ok(found.map(Node::OutOfOffice))
        }
        BlockId::PREFIX => {
            caller.need_either(Right::CalendarsRead, Right::OwnCalendarWrite)?;
            let found = load(ctx, BlockId::from_uuid(uuid)).await?;
            Ok(found.map(Node::Block))
        }
        BookingId::PREFIX => {
            caller.need_either(Right::DiaryRead, Right::OwnDiaryWrite)?;
            Ok(load(ctx, BookingId::from_uuid(uuid)).await?.map(Node::Booking))
        }
        SeriesId::PREFIX => {
            caller.need_either(Right::DiaryRead, Right::OwnDiaryWrite)?;
            Ok(load(ctx, SeriesId::from_uuid(uuid)).await?.map(Node::Series))
        }
        AuditId::PREFIX => line(ctx, AuditId::from_uuid(uuid)).await,
        WebhookEndpointId::PREFIX | WebhookDeliveryId::PREFIX => told(ctx, id).await,
        BookingRequestId::PREFIX | WaitlistEntryId::PREFIX | WalkInId::PREFIX => waiting(ctx, id).await,
        _ if caller.visited().is_ok() => shown(ctx, id).await,
        _ => Ok(None),
    }
}

/// What is told to others.
async fn told(ctx: &Context<'_>, id: &ID) -> Result<Option<Node>> {
    let Some((prefix, uuid)) = kernel::id::split(id) else {
        return Ok(None);
    };
    Caller::of(ctx).need(Right::WebhooksRead)?;
    if prefix == WebhookEndpointId::PREFIX {
        let found = load(ctx, WebhookEndpointId::from_uuid(uuid)).await?;
        return Ok(found.map(Node::WebhookEndpoint));
    }
    let found = load(ctx, WebhookDeliveryId::from_uuid(uuid)).await?;
    Ok(found.map(Node::WebhookDelivery))
}

/// Whoever does not book at once.
async fn waiting(ctx: &Context<'_>, id: &ID) -> Result<Option<Node>> {
    let Some((prefix, uuid)) = kernel::id::split(id) else {
        return Ok(None);
    };
    Caller::of(ctx).need_either(Right::DiaryRead, Right::OwnDiaryWrite)?;
    match prefix {
        BookingRequestId::PREFIX => {
            let found = load(ctx, BookingRequestId::from_uuid(uuid)).await?;
            Ok(found.map(Node::BookingRequest))
        }
        WaitlistEntryId::PREFIX => {
            let found = load(ctx, WaitlistEntryId::from_uuid(uuid)).await?;
            Ok(found.map(Node::WaitlistEntry))
        }
        WalkInId::PREFIX => Ok(load(ctx, WalkInId::from_uuid(uuid)).await?.map(Node::WalkIn)),
        _ => Ok(None),
    }
}

/// What the named organization shows to everybody, or a part of it.
async fn shown(ctx: &Context<'_>, id: &ID) -> Result<Option<Node>> {
    let Some((prefix, uuid)) = kernel::id::split(id) else {
        return Ok(None);
    };
    match prefix {
        ResourceId::PREFIX => Ok(load(ctx, ResourceId::from_uuid(uuid)).await?.map(Node::Resource)),
        ServiceId::PREFIX => Ok(load(ctx, ServiceId::from_uuid(uuid)).await?.map(Node::Service)),
        RoutingFormId::PREFIX => {
            let found = load(ctx, RoutingFormId::from_uuid(uuid)).await?;
            Ok(found.map(Node::RoutingForm))
        }
        ProviderId::PREFIX => Ok(load(ctx, ProviderId::from_uuid(uuid)).await?.map(Node::Provider)),
        TeamId::PREFIX => Ok(load(ctx, TeamId::from_uuid(uuid)).await?.map(Node::Team)),
        CancellationPolicyId::PREFIX => {
            let found = load(ctx, CancellationPolicyId::from_uuid(uuid)).await?;
            Ok(found.map(Node::CancellationPolicy))
        }
        _ => Ok(None),
    }
}

/// Oneself, or somebody in the named organization, for whoever may see its members.
async fn user(ctx: &Context<'_>, id: UserId) -> Result<Option<Node>> {
    let caller = Caller::of(ctx);
    if caller.asker.actor.user() == Some(id) {
        let reading = Reads::of(ctx).account().await?;
        return Ok(tenancy::viewer(&reading)
            .await
            .map_err(broken)?
            .map(|it| Node::User(User(it))));
    }
    caller.need(Right::MembersRead)?;
    Ok(load(ctx, id).await?.map(Node::User))
}

async fn session(ctx: &Context<'_>, id: SessionId) -> Result<Option<Node>> {
    let caller = Caller::of(ctx);
    caller.known()?;
    if caller.asker.actor.user().is_none() {
        return Ok(None);
    }
    let reading = Reads::of(ctx).account().await?;
    let found = tenancy::find_session(&reading, id).await.map_err(on_top)?;
    Ok(found.map(|it| Node::Session(Session(it))))
}

async fn line(ctx: &Context<'_>, id: AuditId) -> Result<Option<Node>> {
    Caller::of(ctx).need(Right::AuditRead)?;
    let reading = Reads::of(ctx).tenant().await?;
    let found = db::audit::find(&reading, id).await.map_err(broken)?;
    Ok(found.map(|it| Node::AuditLine(AuditLine(it))))
}
