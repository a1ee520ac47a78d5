//! Deleting an organization, in two steps.

use async_graphql::{Context, InputObject, Object, Result};
use kernel::id::OrganizationId;
use tenancy::{Deletion, OrganizationChanged};

use crate::act::{Act, Manner, Outcome, payload};
use crate::caller::Caller;
use crate::errors::broken;
use crate::host::Host;
use crate::reads::Reads;

/// The first of two steps to delete the organization that the request names.
#[derive(InputObject)]
pub(crate) struct OrganizationDeletionRequestInput {
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// The second of two steps to delete the organization that the request names.
#[derive(InputObject)]
pub(crate) struct OrganizationDeleteInput {
    /// The token from the first step.
    token: String,
    /// The organization's slug, typed again.
    slug: String,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

payload! {
    /// The organization can be deleted with this token, within 24 hours.
    OrganizationDeletionRequestPayload(OrganizationChanged) {
        /// The token for `organizationDelete`.
        async fn token(&self, ctx: &Context<'_>) -> Option<Result<String>> {
            let id = self.0.done()?.organization;
            deletion_token(ctx, id).await.transpose()
        }
    }
}

payload! {
    /// The organization is deleted: nobody belongs to it, no key opens it, its slug is free. Its audit log stays.
    OrganizationDeletePayload(OrganizationChanged) {
        /// The organization that is no more.
        async fn deleted_organization_id(&self) -> Option<OrganizationId> {
            self.0.done().map(|done| done.organization)
        }
    }
}

/// Deleting an organization, in two steps.
#[derive(Debug, Default)]
pub(crate) struct DeletionMutation;

/// Deleting an organization, in two steps.
#[Object]
impl DeletionMutation {
    /// Asks for a token to delete the organization with. Needs the right `organization:delete`.
    async fn organization_deletion_request(
        &self,
        ctx: &Context<'_>,
        input: OrganizationDeletionRequestInput,
    ) -> Option<Result<OrganizationDeletionRequestPayload>> {
        Some(
            request_deletion(ctx, input)
                .await
                .map(OrganizationDeletionRequestPayload),
        )
    }

    /// Deletes the organization for good. Needs the right `organization:delete`.
    async fn organization_delete(
        &self,
        ctx: &Context<'_>,
        input: OrganizationDeleteInput,
    ) -> Option<Result<OrganizationDeletePayload>> {
        Some(delete(ctx, input).await.map(OrganizationDeletePayload))
    }
}

async fn request_deletion(
    ctx: &Context<'_>,
    input: OrganizationDeletionRequestInput,
) -> Result<Outcome<OrganizationChanged>> {
    let tenant = Caller::of(ctx).tenant()?;
    let act = Act::new(
        ctx,
        tenant,
        Manner::of(input.idempotency_key, input.validate_only),
    )?;
    act.run(ctx, |work| Box::pin(tenancy::request_deletion(work)))
        .await
}

async fn deletion_token(ctx: &Context<'_>, id: OrganizationId) -> Result<Option<String>> {
    let reading = Reads::of(ctx).account().await?;
    let found = tenancy::find_organizations(&reading, &[id])
        .await
        .map_err(broken)?
        .pop();
    let token = found.and_then(|it| tenancy::deletion_token(reading.key(), &it));
    Ok(token.map(|it| it.reveal().to_owned()))
}

async fn delete(ctx: &Context<'_>, input: OrganizationDeleteInput) -> Result<Outcome<OrganizationChanged>> {
    let tenant = Caller::of(ctx).tenant()?;
    let act = Act::new(
        ctx,
        tenant,
        Manner::of(input.idempotency_key, input.validate_only),
    )?;
    let deletion = Deletion {
        token: input.token,
        slug: input.slug,
    };
    let outcome = act
        .run(ctx, |work| Box::pin(tenancy::delete_organization(work, deletion)))
        .await;
    Host::of(ctx).forget();
    outcome
}
