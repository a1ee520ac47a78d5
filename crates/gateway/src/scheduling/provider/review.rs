//! Admission: handed in by the provider, decided by the organization.

use async_graphql::{Context, InputObject, Object, Result};
use kernel::id::ProviderId;
use scheduling::provider::{ProviderChanged, ReviewState, Verdict};

use super::Provider;
use super::change::provider_payload;
use crate::act::{Outcome, payload};
use crate::caller::Caller;
use crate::errors::Form;
use crate::loaders::load;
use crate::scheduling::{act, shelf_inputs};

shelf_inputs! {
    provider_id: ProviderId,
    /// Which profile is handed in.
    ProviderSubmitInput,
    /// Which provider is admitted.
    ProviderApproveInput,
}

/// Who is not admitted, and why.
#[derive(InputObject)]
pub(crate) struct ProviderRejectInput {
    /// Which provider.
    provider_id: ProviderId,
    /// Why, told to the provider; 1 to 4,000 characters.
    reason: String,
    /// The version that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

provider_payload! {
    /// A profile is handed in.
    ProviderSubmitPayload,
    /// A provider is admitted.
    ProviderApprovePayload,
    /// A provider is not admitted.
    ProviderRejectPayload,
}

/// Admitting providers.
#[derive(Debug, Default)]
pub(crate) struct ProviderReviewMutation;

/// Admitting providers.
#[Object]
impl ProviderReviewMutation {
    /// Hands a profile in to be looked at. Needs the right `catalogue:write`, or `own_calendar:write` for one's own.
    async fn provider_submit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which profile is handed in.")] input: ProviderSubmitInput,
    ) -> Option<Result<ProviderSubmitPayload>> {
        let (of, manner) = (
            (input.provider_id, input.expected_version),
            (input.idempotency_key, input.validate_only),
        );
        let done = review(ctx, of, Verdict::of(ReviewState::PendingReview), manner).await;
        Some(done.map(ProviderSubmitPayload))
    }

    /// Admits a provider: the public sees them, and they can be booked. Needs the right `catalogue:write`.
    async fn provider_approve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which provider is admitted.")] input: ProviderApproveInput,
    ) -> Option<Result<ProviderApprovePayload>> {
        let (of, manner) = (
            (input.provider_id, input.expected_version),
            (input.idempotency_key, input.validate_only),
        );
        let done = review(ctx, of, Verdict::of(ReviewState::Active), manner).await;
        Some(done.map(ProviderApprovePayload))
    }

    /// Does not admit a provider, or no longer: nobody can book them. They may hand their profile in again. Needs the right
    /// `catalogue:write`.
    async fn provider_reject(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who is not admitted, and why.")] input: ProviderRejectInput,
    ) -> Option<Result<ProviderRejectPayload>> {
        Some(reject(ctx, input).await.map(ProviderRejectPayload))
    }
}

async fn reject(ctx: &Context<'_>, input: ProviderRejectInput) -> Result<Outcome<ProviderChanged>> {
    Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let reason = form.parse("reason", &input.reason);
    let reason = match form.done(reason) {
        Ok(reason) => reason,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let verdict = Verdict {
        reason: Some(reason),
        ..Verdict::of(ReviewState::Declined)
    };
    let of = (input.provider_id, input.expected_version);
    review(ctx, of, verdict, (input.idempotency_key, input.validate_only)).await
}

async fn review(
    ctx: &Context<'_>,
    (id, expected_version): (ProviderId, Option<i64>),
    verdict: Verdict,
    (key, validate_only): (Option<String>, Option<bool>),
) -> Result<Outcome<ProviderChanged>> {
    let verdict = Verdict {
        expected_version,
        ..verdict
    };
    act(ctx, key, validate_only)?
        .run(ctx, move |work| {
            Box::pin(scheduling::provider::review_provider(work, id, verdict))
        })
        .await
}
