//! Who belongs to an organization, and as what.

use async_graphql::{Context, InputObject, Object, Result};
use db::Account;
use db::paging::Page;
use kernel::id::{MembershipId, UserId};
use tenancy::{MembershipChanged, Memberships, Role};

use super::user::User;
use crate::act::{Act, Manner, Outcome, payload};
use crate::caller::Caller;
use crate::errors::on_top;
use crate::host::Host;
use crate::list::{connection, counted, page};
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::Instant;

/// One person's place in one organization.
#[derive(Debug, Clone)]
pub(crate) struct Membership(pub(crate) tenancy::Membership);

/// One person's place in one organization.
#[Object]
impl Membership {
    /// The membership's global id.
    pub(crate) async fn id(&self) -> MembershipId {
        self.0.id
    }

    /// Who.
    async fn user(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        load::<UserId, User>(ctx, self.0.user_id).await.transpose()
    }

    /// As what.
    async fn role(&self) -> Role {
        self.0.role
    }

    /// Counts the changes; hand it back as `expectedVersion`.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// Since when.
    async fn created_at(&self) -> Instant {
        self.0.created_at.into()
    }
}

connection! {
    /// Members of an organization.
    MembershipConnection, MembershipEdge of Membership
}

/// A new role for a member.
#[derive(InputObject)]
pub(crate) struct MembershipUpdateInput {
    /// Whose place.
    membership_id: MembershipId,
    /// As what from now on.
    role: Role,
    /// The version that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Who is to go.
#[derive(InputObject)]
pub(crate) struct MembershipRemoveInput {
    /// Whose place.
    membership_id: MembershipId,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Leaving the organization that the request names.
#[derive(InputObject)]
pub(crate) struct OrganizationLeaveInput {
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

payload! {
    /// A member has another role.
    MembershipUpdatePayload(MembershipChanged) {
        /// The membership as it is now.
        async fn membership(&self, ctx: &Context<'_>) -> Option<Result<Membership>> {
            load::<MembershipId, Membership>(ctx, self.0.done()?.membership).await.transpose()
        }
    }
}

payload! {
    /// Somebody has been let go.
    MembershipRemovePayload(MembershipChanged) {
        /// The place that is no more.
        async fn removed_membership_id(&self) -> Option<MembershipId> {
            self.0.done().map(|done| done.membership)
        }
    }
}

payload! {
    /// You have left.
    OrganizationLeavePayload(MembershipChanged) {
        /// The place that is no more.
        async fn removed_membership_id(&self) -> Option<MembershipId> {
            self.0.done().map(|done| done.membership)
        }
    }
}

/// Who belongs to an organization.
#[derive(Debug, Default)]
pub(crate) struct MembershipQuery;

/// Who belongs to an organization.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl MembershipQuery {
    /// The members of the organization, earliest first. Needs the right `members:read`.
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<MembershipConnection>> {
        Some(list(ctx, page::<Memberships>(first, after, last, before)).await)
    }
}

async fn list(ctx: &Context<'_>, page: Result<Page>) -> Result<MembershipConnection> {
    let reading = Reads::of(ctx).tenant().await?;
    let slice = tenancy::members(&reading, &page?)
        .await
        .map_err(on_top)?
        .map(Membership);
    Ok(MembershipConnection {
        slice,
        count: counted(|reading| Box::pin(tenancy::count_members(reading))),
    })
}

/// Changing who belongs to an organization.
#[derive(Debug, Default)]
pub(crate) struct MembershipMutation;

/// Changing who belongs to an organization.
#[Object]
impl MembershipMutation {
    /// Gives a member another role. Nobody gives or takes more than they have; the last owner stays one. Needs the right
    /// `members:write`.
    async fn membership_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A new role for a member.")] input: MembershipUpdateInput,
    ) -> Option<Result<MembershipUpdatePayload>> {
        Some(update(ctx, input).await.map(MembershipUpdatePayload))
    }

    /// Lets a member go. The last owner cannot be. Needs the right `members:write`.
    async fn membership_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who is to go.")] input: MembershipRemoveInput,
    ) -> Option<Result<MembershipRemovePayload>> {
        Some(remove(ctx, input).await.map(MembershipRemovePayload))
    }

    /// Leaves the organization that the request names. The last owner cannot.
    async fn organization_leave(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Leaving the organization that the request names.")] input: OrganizationLeaveInput,
    ) -> Option<Result<OrganizationLeavePayload>> {
        Some(leave(ctx, input).await.map(OrganizationLeavePayload))
    }
}

async fn update(ctx: &Context<'_>, input: MembershipUpdateInput) -> Result<Outcome<MembershipChanged>> {
    let act = Act::new(
        ctx,
        Caller::of(ctx).tenant()?,
        Manner::of(input.idempotency_key, input.validate_only),
    )?;
    let (id, role, expected) = (input.membership_id, input.role, input.expected_version);
    let outcome = act
        .run(ctx, move |work| {
            Box::pin(tenancy::change_role(work, id, role, expected))
        })
        .await;
    Host::of(ctx).forget();
    outcome
}

async fn remove(ctx: &Context<'_>, input: MembershipRemoveInput) -> Result<Outcome<MembershipChanged>> {
    let act = Act::new(
        ctx,
        Caller::of(ctx).tenant()?,
        Manner::of(input.idempotency_key, input.validate_only),
    )?;
    let id = input.membership_id;
    let outcome = act
        .run(ctx, move |work| Box::pin(tenancy::remove_member(work, id)))
        .await;
    Host::of(ctx).forget();
    outcome
}

async fn leave(ctx: &Context<'_>, input: OrganizationLeaveInput) -> Result<Outcome<MembershipChanged>> {
    // Whoever has left is a stranger when the answer was lost and the request comes again.
    let manner = Manner::of(input.idempotency_key, input.validate_only);
    if let Some(before) = Act::new(ctx, Account, manner.clone())?.replay(ctx).await? {
        return Ok(before);
    }
    let act = Act::new(ctx, Caller::of(ctx).tenant()?, manner)?.claiming(Account);
    let outcome = act.run(ctx, |work| Box::pin(tenancy::leave(work))).await;
    Host::of(ctx).forget();
    outcome
}
