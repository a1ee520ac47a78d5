//! Who belongs to a team, and how much of its bookings is theirs.

use async_graphql::{Context, InputObject, Object, Result};
use db::paging::Page;
use kernel::Right;
use kernel::id::{ResourceId, TeamId, TeamMemberId};
use scheduling::team::{TeamChanged, TeamPlace, TeamRole};

use super::Team;
use super::change::team_payload;
use crate::act::{Outcome, payload};
use crate::caller::Caller;
use crate::errors::on_top;
use crate::list::{Count, connection};
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::Instant;
use crate::scheduling::act;
use crate::scheduling::resource::Resource;

/// One place in a team.
#[derive(Debug, Clone)]
pub(crate) struct TeamMember(scheduling::team::TeamMember);

/// One place in a team.
#[Object]
impl TeamMember {
    /// The place's id.
    async fn id(&self) -> TeamMemberId {
        self.0.id
    }

    /// Who.
    async fn resource_id(&self) -> ResourceId {
        self.0.resource_id
    }

    /// Who. Null if they are not shown to you.
    async fn resource(&self, ctx: &Context<'_>) -> Option<Result<Resource>> {
        load::<ResourceId, Resource>(ctx, self.0.resource_id)
            .await
            .transpose()
    }

    /// As what.
    async fn role(&self) -> TeamRole {
        self.0.role
    }

    /// Who comes first; the lowest number does. Null unless you may read the catalogue.
    async fn priority(&self, ctx: &Context<'_>) -> Option<i64> {
        self.private(ctx).map(|it| it.priority)
    }

    /// How much of the bookings, beside the others' weights. Null unless you may read the catalogue.
    async fn weight(&self, ctx: &Context<'_>) -> Option<i64> {
        self.private(ctx).map(|it| it.weight)
    }

    /// Whether a FIXED team can do nothing without them.
    async fn is_fixed(&self) -> bool {
        self.0.is_fixed
    }

    /// Since when. Null unless you may read the catalogue.
    async fn created_at(&self, ctx: &Context<'_>) -> Option<Instant> {
        self.private(ctx).map(|it| it.created_at.into())
    }
}

impl TeamMember {
    /// What only members of the organization see who may read the catalogue.
    fn private(&self, ctx: &Context<'_>) -> Option<&scheduling::team::TeamMember> {
        Caller::of(ctx).may(Right::CatalogueRead).then_some(&self.0)
    }
}

connection! {
    /// Members of a team.
    TeamMemberConnection, TeamMemberEdge of TeamMember
}

pub(super) async fn list(
    ctx: &Context<'_>,
    team: TeamId,
    page: Result<Page>,
) -> Result<TeamMemberConnection> {
    let page = page?;
    let reading = Reads::of(ctx).public().await?;
    let slice = scheduling::team::team_members(&reading, team, &page)
        .await
        .map_err(on_top)?
        .map(TeamMember);
    let count: Count = Box::new(move |reading| {
        Box::pin(async move {
            scheduling::team::count_team_members(&reading, team)
                .await
                .map_err(on_top)
        })
    });
    Ok(TeamMemberConnection { slice, count })
}

/// One place in a team.
#[derive(InputObject)]
pub(crate) struct TeamMemberInput {
    /// Who.
    resource_id: ResourceId,
    /// As what; MEMBER if absent.
    role: Option<TeamRole>,
    /// Who comes first, 0 to 1,000; the lowest number does; 0 if absent.
    priority: Option<i64>,
    /// How much of the bookings, 0 to 1,000, beside the others' weights; 100 if absent, and with 0 none while others are free.
    weight: Option<i64>,
    /// Whether a FIXED team can do nothing without them; it can if absent.
    is_fixed: Option<bool>,
}

impl TeamMemberInput {
    fn read(self) -> TeamPlace {
        let ordinary = TeamPlace::of(self.resource_id);
        TeamPlace {
            resource: self.resource_id,
            role: self.role.unwrap_or(ordinary.role),
            priority: self.priority.unwrap_or(ordinary.priority),
            weight: self.weight.unwrap_or(ordinary.weight),
            is_fixed: self.is_fixed.unwrap_or(ordinary.is_fixed),
        }
    }
}

/// Who is put into a team, or gets another place in it.
#[derive(InputObject)]
pub(crate) struct TeamMembersPutInput {
    /// Which team.
    team_id: TeamId,
    /// The places, 250 at most; whoever belongs to it already gets the new one.
    members: Vec<TeamMemberInput>,
    /// The version of the team that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Who is taken out of a team.
#[derive(InputObject)]
pub(crate) struct TeamMembersRemoveInput {
    /// Which team.
    team_id: TeamId,
    /// Who, 250 at most; whoever does not belong to it is passed over.
    resource_ids: Vec<ResourceId>,
    /// The version of the team that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

team_payload! {
    /// A team has members, or they have other places.
    TeamMembersPutPayload,
    /// A team has fewer members.
    TeamMembersRemovePayload,
}

/// Changing who belongs to a team.
#[derive(Debug, Default)]
pub(crate) struct TeamMemberMutation;

/// Changing who belongs to a team.
#[Object]
impl TeamMemberMutation {
    /// Puts members into a team, or gives them other places in it. Needs the right `catalogue:write`.
    async fn team_members_put(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who is put into a team, or gets another place in it.")] input: TeamMembersPutInput,
    ) -> Option<Result<TeamMembersPutPayload>> {
        Some(put(ctx, input).await.map(TeamMembersPutPayload))
    }

    /// Takes members out of a team. What they have been given stays theirs. Needs the right `catalogue:write`.
    async fn team_members_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who is taken out of a team.")] input: TeamMembersRemoveInput,
    ) -> Option<Result<TeamMembersRemovePayload>> {
        Some(remove(ctx, input).await.map(TeamMembersRemovePayload))
    }
}

async fn put(ctx: &Context<'_>, input: TeamMembersPutInput) -> Result<Outcome<TeamChanged>> {
    let places: Vec<TeamPlace> = input.members.into_iter().map(TeamMemberInput::read).collect();
    let (id, expected) = (input.team_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(scheduling::team::put_team_members(work, id, places, expected))
        })
        .await
}

async fn remove(ctx: &Context<'_>, input: TeamMembersRemoveInput) -> Result<Outcome<TeamChanged>> {
    let (id, expected) = (input.team_id, input.expected_version);
    let who = input.resource_ids;
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(async move { scheduling::team::remove_team_members(work, id, &who, expected).await })
        })
        .await
}
