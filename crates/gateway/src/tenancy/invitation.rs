//! Invitations to join an organization.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use db::paging::Page;
use db::{Account, Asker, Tenant};
use kernel::id::{InvitationId, MembershipId, UserId};
use kernel::{Denied, Rights};
use tenancy::invitation::Status;
use tenancy::{Invitations, Invited, Joined, Role};

use super::organization::Organization;
use super::user::User;
use super::{budget, post};
use crate::act::{Act, Manner, Outcome, payload, refused};
use crate::caller::Caller;
use crate::errors::{Form, broken, denied, on_top};
use crate::host::Host;
use crate::list::{connection, counted, page};
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::{EmailAddress, Instant};

/// One invitation.
#[derive(Debug, Clone)]
pub(crate) struct Invitation(pub(crate) tenancy::Invitation);

/// One invitation to join an organization, good for seven days.
#[Object]
impl Invitation {
    /// The invitation's global id.
    pub(crate) async fn id(&self) -> InvitationId {
        self.0.id
    }

    /// For whom.
    async fn email(&self) -> EmailAddress {
        EmailAddress::of(&self.0.email)
    }

    /// As what.
    async fn role(&self) -> Role {
        self.0.role
    }

    /// How it stands.
    async fn status(&self, ctx: &Context<'_>) -> Status {
        self.0.status(Host::of(ctx).now())
    }

    /// Who invited. Null for a key, and for whoever has left.
    async fn invited_by(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        load::<UserId, User>(ctx, self.0.invited_by?).await.transpose()
    }

    /// When it ends.
    async fn expires_at(&self) -> Instant {
        self.0.expires_at.into()
    }

    /// When somebody accepted it.
    async fn accepted_at(&self) -> Option<Instant> {
        self.0.accepted_at.map(Instant)
    }

    /// When it was made.
    async fn created_at(&self) -> Instant {
        self.0.created_at.into()
    }
}

connection! {
    /// Invitations of an organization.
    InvitationConnection, InvitationEdge of Invitation
}

/// What whoever holds an invitation's token sees of it before accepting.
#[derive(Debug, SimpleObject)]
pub(crate) struct InvitationPreview {
    /// The organization's part of a public address.
    organization_slug: String,
    /// What the organization is called.
    organization_name: String,
    /// As what one would join.
    role: Role,
    /// For whom, masked: `a…@example.com`.
    masked_email: String,
    /// When it ends.
    expires_at: Instant,
}

/// Whom to invite.
#[derive(InputObject)]
pub(crate) struct InvitationCreateInput {
    /// For whom.
    email: EmailAddress,
    /// As what.
    role: Role,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Which invitation to take back.
#[derive(InputObject)]
pub(crate) struct InvitationRevokeInput {
    /// The invitation.
    invitation_id: InvitationId,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Accepting an invitation.
#[derive(InputObject)]
pub(crate) struct InvitationAcceptInput {
    /// The token from the invitation.
    token: String,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

payload! {
    /// Somebody is invited.
    InvitationCreatePayload(Invited) {
        /// The invitation.
        async fn invitation(&self, ctx: &Context<'_>) -> Option<Result<Invitation>> {
            load::<InvitationId, Invitation>(ctx, self.0.done()?.invitation).await.transpose()
        }

        /// The secret to hand to whoever is invited; it is also in the letter to them.
        async fn token(&self, ctx: &Context<'_>) -> Option<String> {
            let key = Reads::of(ctx).store().key();
            Some(tenancy::invitation_token(key, self.0.done()?.invitation).reveal().to_owned())
        }
    }
}

payload! {
    /// The invitation is taken back.
    InvitationRevokePayload(Invited) {
        /// The invitation as it is now.
        async fn invitation(&self, ctx: &Context<'_>) -> Option<Result<Invitation>> {
            load::<InvitationId, Invitation>(ctx, self.0.done()?.invitation).await.transpose()
        }
    }
}

payload! {
    /// You belong to the organization.
    InvitationAcceptPayload(Joined) {
        /// Your place in it. Name the organization in your next request to see more of it.
        async fn membership_id(&self) -> Option<MembershipId> {
            self.0.done().map(|done| done.membership)
        }

        /// The organization.
        async fn organization(&self, ctx: &Context<'_>) -> Option<Result<Organization>> {
            super::organization::find(ctx, self.0.done()?.organization).await.transpose()
        }
    }
}

/// Invitations.
#[derive(Debug, Default)]
pub(crate) struct InvitationQuery;

/// Invitations.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl InvitationQuery {
    /// The invitations of the organization, earliest first. Needs the right `members:read`.
    async fn invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<InvitationConnection>> {
        Some(list(ctx, page::<Invitations>(first, after, last, before)).await)
    }

    /// What whoever holds an invitation's token sees of it. Public; null for a token that is not, or no longer, good.
    async fn invitation_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token from the invitation.")] token: String,
    ) -> Option<Result<InvitationPreview>> {
        preview(ctx, &token).await.transpose()
    }
}

async fn list(ctx: &Context<'_>, page: Result<Page>) -> Result<InvitationConnection> {
    let reading = Reads::of(ctx).tenant().await?;
    let slice = tenancy::invitations(&reading, &page?)
        .await
        .map_err(on_top)?
        .map(Invitation);
    Ok(InvitationConnection {
        slice,
        count: counted(|reading| Box::pin(tenancy::count_invitations(reading))),
    })
}

/// The organization that a token belongs to.
async fn located(ctx: &Context<'_>, token: &str) -> Result<Option<Tenant>> {
    let reading = Reads::of(ctx).account().await?;
    Ok(tenancy::locate_invitation(&reading, token)
        .await
        .map_err(broken)?
        .map(Tenant))
}

async fn preview(ctx: &Context<'_>, token: &str) -> Result<Option<InvitationPreview>> {
    let Some(tenant) = located(ctx, token).await? else {
        return Ok(None);
    };
    // The token is what opens this, whoever holds it.
    let reading = Reads::of(ctx)
        .store()
        .read(tenant, &Asker::anonymous())
        .await
        .map_err(broken)?;
    let found = tenancy::invitation_by_token(&reading, token)
        .await
        .map_err(broken)?;
    Ok(found.map(|it| InvitationPreview {
        organization_slug: it.slug.to_string(),
        organization_name: it.organization.to_string(),
        role: it.role,
        masked_email: it.email,
        expires_at: it.expires_at.into(),
    }))
}

/// Inviting and joining.
#[derive(Debug, Default)]
pub(crate) struct InvitationMutation;

/// Inviting and joining.
#[Object]
impl InvitationMutation {
    /// Invites somebody. One open invitation an address; nobody invites to more than they may themselves. Needs the right
    /// `members:write`.
    async fn invitation_create(
        &self,
        ctx: &Context<'_>,
        input: InvitationCreateInput,
    ) -> Option<Result<InvitationCreatePayload>> {
        Some(create(ctx, input).await.map(InvitationCreatePayload))
    }

    /// Takes an open invitation back. Needs the right `members:write`.
    async fn invitation_revoke(
        &self,
        ctx: &Context<'_>,
        input: InvitationRevokeInput,
    ) -> Option<Result<InvitationRevokePayload>> {
        Some(revoke(ctx, input).await.map(InvitationRevokePayload))
    }

    /// Joins the organization that an invitation is for, as whoever is signed in.
    async fn invitation_accept(
        &self,
        ctx: &Context<'_>,
        input: InvitationAcceptInput,
    ) -> Option<Result<InvitationAcceptPayload>> {
        Some(accept(ctx, input).await.map(InvitationAcceptPayload))
    }
}

async fn create(ctx: &Context<'_>, input: InvitationCreateInput) -> Result<Outcome<Invited>> {
    let tenant = Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let email = form.parse("email", &input.email.0);
    let email: kernel::Email = match form.done(email) {
        Ok(email) => email,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let act = Act::new(
        ctx,
        tenant,
        Manner::of(input.idempotency_key, input.validate_only),
    )?;
    let role = input.role;
    let outcome = act
        .run(ctx, move |work| Box::pin(tenancy::invite(work, email, role)))
        .await?;
    if let Some(done) = outcome.done() {
        let (tenant, asker, invitation) = (tenant, Caller::of(ctx).asker.clone(), done.invitation);
        post(ctx, |store| async move {
            let reading = store.read(tenant, &asker).await?;
            tenancy::invitation_letter(&reading, invitation)
                .await
                .or(Ok(None))
        });
    }
    Ok(outcome)
}

async fn revoke(ctx: &Context<'_>, input: InvitationRevokeInput) -> Result<Outcome<Invited>> {
    let act = Act::new(
        ctx,
        Caller::of(ctx).tenant()?,
        Manner::of(input.idempotency_key, input.validate_only),
    )?;
    let id = input.invitation_id;
    act.run(ctx, move |work| Box::pin(tenancy::revoke_invitation(work, id)))
        .await
}

async fn accept(ctx: &Context<'_>, input: InvitationAcceptInput) -> Result<Outcome<Joined>> {
    let caller = Caller::of(ctx);
    caller
        .asker
        .actor
        .user()
        .ok_or_else(|| denied(Denied::Unauthenticated))?;
    budget(ctx, "reset", Host::of(ctx).limits().reset).await?;
    let Some(tenant) = located(ctx, &input.token).await? else {
        return refused(tenancy::Refusal::TokenInvalid);
    };
    let act = Act::new(
        ctx,
        tenant,
        Manner::of(input.idempotency_key, input.validate_only),
    )?
    .claiming(Account)
    .by(caller.with_rights(Rights::NONE));
    let token = input.token;
    let outcome = act
        .run(ctx, |work| {
            Box::pin(async move { tenancy::accept_invitation(work, &token).await })
        })
        .await;
    Host::of(ctx).forget();
    outcome
}
