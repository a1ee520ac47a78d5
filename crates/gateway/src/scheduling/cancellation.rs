//! What cancelling costs: the policies, and the quote for one booking.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use db::paging::Page;
use kernel::id::{BookingId, CancellationPolicyId};
use kernel::{Code, Right};
use scheduling::Refusal;
use scheduling::cancellation::{
    CancellationPolicies, CancellationPolicyChanged, CancellationPolicyDraft, CancellationPolicyEdit, Tier,
    Tiers,
};
use scheduling::token;

use super::{act, shelf_inputs};
use crate::act::{Outcome, payload};
use crate::caller::Caller;
use crate::errors::{Form, coded, found, on_top};
use crate::list::{connection, counted, page};
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::{Instant, Money};

/// From so many hours before the start on, cancelling costs so much.
#[derive(Debug, Clone, Copy, SimpleObject, InputObject)]
#[graphql(input_name = "CancellationTierInput")]
pub(crate) struct CancellationTier {
    /// Hours before the start, 0 to 8,760: cancelling at least so early costs so much.
    hours_before: u32,
    /// Percent of the price, 0 to 100.
    fee_percent: u32,
}

fn shown(tiers: &Tiers) -> Vec<CancellationTier> {
    let tier = |it: &Tier| CancellationTier {
        hours_before: it.hours_before,
        fee_percent: it.fee_percent,
    };
    tiers.as_slice().iter().map(tier).collect()
}

fn read(given: Vec<CancellationTier>) -> Result<Tiers, Refusal> {
    let tier = |it: CancellationTier| Tier {
        hours_before: it.hours_before,
        fee_percent: it.fee_percent,
    };
    Tiers::new(given.into_iter().map(tier).collect())
}

/// One policy.
#[derive(Debug, Clone)]
pub(crate) struct CancellationPolicy(pub(crate) scheduling::cancellation::CancellationPolicy);

/// What cancelling costs, and how that rises toward the start. Bookings keep the fees that they were made with.
#[Object]
impl CancellationPolicy {
    /// The policy's global id.
    pub(crate) async fn id(&self) -> CancellationPolicyId {
        self.0.id
    }

    /// What it is called.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// The fees, the earliest tier first. Below the lowest tier the highest fee applies.
    async fn tiers(&self) -> Vec<CancellationTier> {
        shown(&self.0.tiers)
    }

    /// Counts the changes; hand it back as `expectedVersion`. Null unless you may read the catalogue.
    async fn version(&self, ctx: &Context<'_>) -> Option<i64> {
        let may = Caller::of(ctx).may(Right::CatalogueRead);
        may.then_some(self.0.version)
    }

    /// Since when it is put away.
    async fn archived_at(&self) -> Option<Instant> {
        self.0.archived_at.map(Instant)
    }
}

connection! {
    /// Cancellation policies of an organization.
    CancellationPolicyConnection, CancellationPolicyEdge of CancellationPolicy
}

/// What cancelling a booking costs at one moment.
#[derive(Debug, Clone)]
pub(crate) struct CancellationQuote(scheduling::booking::CancellationQuote);

/// What cancelling a booking would cost the client now, from the fees that were agreed on when it was booked.
#[Object]
impl CancellationQuote {
    /// Of which booking.
    async fn booking_id(&self) -> BookingId {
        self.0.booking
    }

    /// What it costs.
    async fn fee(&self) -> Money {
        (&self.0.fee).into()
    }

    /// What percent of the price that is.
    async fn fee_percent(&self) -> u32 {
        self.0.fee_percent
    }

    /// What the booking cost: of one seat, if it has several.
    async fn price(&self) -> Money {
        (&self.0.price).into()
    }

    /// The fees that were agreed on, the earliest tier first; none if cancelling costs nothing.
    async fn tiers(&self) -> Vec<CancellationTier> {
        shown(&self.0.tiers)
    }

    /// Until when it costs so much, this moment included; null if it will never cost more.
    async fn rises_at(&self) -> Option<Instant> {
        self.0.holds_until.map(Instant)
    }

    /// As of when.
    async fn quoted_at(&self) -> Instant {
        self.0.quoted_at.into()
    }
}

/// What cancelling costs.
#[derive(Debug, Default)]
pub(crate) struct CancellationQuery;

/// What cancelling costs.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl CancellationQuery {
    /// The cancellation policies of the organization, by name, without those that were put away. Public: what cancelling
    /// costs is no secret.
    async fn cancellation_policies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<CancellationPolicyConnection>> {
        Some(list(ctx, page::<CancellationPolicies>(first, after, last, before)).await)
    }

    /// What cancelling a booking would cost the client now. Needs the right `diary:read`, or `own_diary:write` for a booking
    /// that one gives oneself; public with the token of the booking's link. Null if there is no such booking.
    async fn cancellation_quote(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which booking, for staff.")] booking_id: Option<BookingId>,
        #[graphql(desc = "The token of the booking's link, for its client.")] token: Option<String>,
    ) -> Option<Result<CancellationQuote>> {
        quote(ctx, booking_id, token).await.transpose()
    }
}

async fn list(ctx: &Context<'_>, page: Result<Page>) -> Result<CancellationPolicyConnection> {
    let page = page?;
    let reading = Reads::of(ctx).public().await?;
    let slice = scheduling::cancellation::cancellation_policies(&reading, &page)
        .await
        .map_err(on_top)?
        .map(CancellationPolicy);
    let count = counted(|reading| Box::pin(scheduling::cancellation::count_cancellation_policies(reading)));
    Ok(CancellationPolicyConnection { slice, count })
}

async fn quote(
    ctx: &Context<'_>,
    booking: Option<BookingId>,
    link: Option<String>,
) -> Result<Option<CancellationQuote>> {
    let quoted = match (booking, link) {
        (Some(booking), None) => {
            let reading = Reads::of(ctx).tenant().await?;
            scheduling::booking::cancellation_quote(&reading, booking).await
        }
        (None, Some(link)) => {
            let reading = Reads::of(ctx).public().await?;
            let Some(link) = found(token::read_any_link(&link))? else {
                return Ok(None);
            };
            scheduling::booking::cancellation_quote_by_link(&reading, &link).await
        }
        (Some(_), Some(_)) | (None, None) => {
            let wrong = "expected either a `bookingId` or a `token`";
            return Err(coded(Code::InvalidInput, &wrong));
        }
    };
    Ok(found(quoted)?.map(CancellationQuote))
}

/// A new policy.
#[derive(InputObject)]
pub(crate) struct CancellationPolicyCreateInput {
    /// What it is called, 1 to 120 characters.
    name: String,
    /// The fees, 1 to 10 tiers; later is never cheaper.
    tiers: Vec<CancellationTier>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Changes to a policy. What is absent stays as it is.
#[derive(InputObject)]
pub(crate) struct CancellationPolicyUpdateInput {
    /// Which policy.
    cancellation_policy_id: CancellationPolicyId,
    /// What it is called.
    name: Option<String>,
    /// The fees; they replace those that were there.
    tiers: Option<Vec<CancellationTier>>,
    /// The version that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

shelf_inputs! {
    cancellation_policy_id: CancellationPolicyId,
    /// Which policy is put away.
    CancellationPolicyArchiveInput,
    /// Which policy is taken out again.
    CancellationPolicyRestoreInput,
}

macro_rules! policy_payload {
    ($(#[doc = $doc:literal] $name:ident,)*) => {$(
        payload! {
            #[doc = $doc]
            $name(CancellationPolicyChanged) {
                /// The policy as it is now.
                async fn cancellation_policy(&self, ctx: &Context<'_>) -> Option<Result<CancellationPolicy>> {
                    let id = self.0.done()?.cancellation_policy;
                    load::<CancellationPolicyId, CancellationPolicy>(ctx, id).await.transpose()
                }
            }
        }
    )*};
}

policy_payload! {
    /// There is another policy.
    CancellationPolicyCreatePayload,
    /// A policy has changed.
    CancellationPolicyUpdatePayload,
    /// A policy is put away.
    CancellationPolicyArchivePayload,
    /// A policy is taken out again.
    CancellationPolicyRestorePayload,
}

/// Changing what cancelling costs.
#[derive(Debug, Default)]
pub(crate) struct CancellationMutation;

/// Changing what cancelling costs.
#[Object]
impl CancellationMutation {
    /// Makes a cancellation policy. Needs the right `catalogue:write`.
    async fn cancellation_policy_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A new policy.")] input: CancellationPolicyCreateInput,
    ) -> Option<Result<CancellationPolicyCreatePayload>> {
        Some(create(ctx, input).await.map(CancellationPolicyCreatePayload))
    }

    /// Changes a cancellation policy; bookings keep the fees that they were made with. Needs the right `catalogue:write`.
    async fn cancellation_policy_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Changes to a policy. What is absent stays as it is.")]
        input: CancellationPolicyUpdateInput,
    ) -> Option<Result<CancellationPolicyUpdatePayload>> {
        Some(update(ctx, input).await.map(CancellationPolicyUpdatePayload))
    }

    /// Puts a cancellation policy away, which no service may need. Needs the right `catalogue:write`.
    async fn cancellation_policy_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which policy is put away.")] input: CancellationPolicyArchiveInput,
    ) -> Option<Result<CancellationPolicyArchivePayload>> {
        Some(archive(ctx, input).await.map(CancellationPolicyArchivePayload))
    }

    /// Takes a cancellation policy out again. Needs the right `catalogue:write`.
    async fn cancellation_policy_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which policy is taken out again.")] input: CancellationPolicyRestoreInput,
    ) -> Option<Result<CancellationPolicyRestorePayload>> {
        Some(restore(ctx, input).await.map(CancellationPolicyRestorePayload))
    }
}

type Changed = Result<Outcome<CancellationPolicyChanged>>;

async fn create(ctx: &Context<'_>, input: CancellationPolicyCreateInput) -> Changed {
    Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let name = form.parse("name", &input.name);
    let tiers = form.read("tiers", read(input.tiers));
    let draft = name
        .zip(tiers)
        .map(|(name, tiers)| CancellationPolicyDraft { name, tiers });
    let draft = match form.done(draft) {
        Ok(draft) => draft,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, |work| {
            Box::pin(scheduling::cancellation::create_cancellation_policy(work, draft))
        })
        .await
}

async fn update(ctx: &Context<'_>, input: CancellationPolicyUpdateInput) -> Changed {
    Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let name = form.parse_if("name", input.name.as_deref());
    let tiers = form.read("tiers", input.tiers.map(read).transpose());
    let edit = name
        .zip(tiers)
        .map(|(name, tiers)| CancellationPolicyEdit { name, tiers });
    let edit = match form.done(edit) {
        Ok(edit) => edit,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let (id, expected) = (input.cancellation_policy_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(scheduling::cancellation::update_cancellation_policy(
                work, id, edit, expected,
            ))
        })
        .await
}

async fn archive(ctx: &Context<'_>, input: CancellationPolicyArchiveInput) -> Changed {
    let (id, expected) = (input.cancellation_policy_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(scheduling::cancellation::archive_cancellation_policy(
                work, id, expected,
            ))
        })
        .await
}

async fn restore(ctx: &Context<'_>, input: CancellationPolicyRestoreInput) -> Changed {
    let (id, expected) = (input.cancellation_policy_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(scheduling::cancellation::restore_cancellation_policy(
                work, id, expected,
            ))
        })
        .await
}
