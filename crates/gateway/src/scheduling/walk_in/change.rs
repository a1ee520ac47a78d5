//! Standing in line, being served, and going.

use async_graphql::{Context, InputObject, Object, Result};
use db::{Tenant, Work};
use futures::future::BoxFuture;
use kernel::id::{ResourceId, ServiceId, WalkInId};
use scheduling::Refusal;
use scheduling::walk_in::{WalkInChanged, WalkInDraft, WalkInStarted};

use super::{WalkIn, WalkInPlace, own};
use crate::act::{Act, Manner, Outcome, payload};
use crate::caller::Caller;
use crate::errors::Form;
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::{EmailAddress, PhoneNumber};
use crate::scheduling::wanted::{budget, contact, honest};
use crate::scheduling::which::Which;
use crate::scheduling::{act, shelf_inputs};

/// Who comes, and what for.
#[derive(InputObject)]
pub(crate) struct WalkInJoinInput {
    /// What they come for.
    service_id: ServiceId,
    /// Given by this one; by whoever is free first if absent.
    host_id: Option<ResourceId>,
    /// What they are called, 1 to 120 characters.
    name: String,
    /// Where they are written to, if they say.
    email: Option<EmailAddress>,
    /// Where they are called, if they say.
    phone: Option<PhoneNumber>,
    /// Leave it out. It is for a field that people do not see and machines fill in: whoever does joins nothing.
    website: Option<String>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Whose turn it is, and who serves them.
#[derive(InputObject)]
pub(crate) struct WalkInStartInput {
    /// Whose turn.
    walk_in_id: WalkInId,
    /// Served by this one; by whom they wait for, or whoever can, if absent.
    host_id: Option<ResourceId>,
    /// The version that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

shelf_inputs! {
    walk_in_id: WalkInId,
    /// Who has been served.
    WalkInCompleteInput,
    /// Who was gone when it was their turn.
    WalkInNoShowInput,
}

/// Who leaves the line: staff name them, a client shows the token that came with the place.
#[derive(InputObject)]
pub(crate) struct WalkInCancelInput {
    /// Who, for staff.
    walk_in_id: Option<WalkInId>,
    /// The token that joining gave, for whoever stands in line.
    token: Option<String>,
    /// The version that was read, for staff; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

payload! {
    /// They stand in line.
    WalkInJoinPayload(WalkInChanged) {
        /// Their place.
        async fn place(&self, ctx: &Context<'_>) -> Option<Result<WalkInPlace>> {
            own(ctx, self.0.done()?.walk_in).await.transpose()
        }

        /// The secret by which they see their place, and leave.
        async fn token(&self, ctx: &Context<'_>) -> Option<Result<String>> {
            let reading = match Reads::of(ctx).public().await {
                Ok(reading) => reading,
                Err(error) => return Some(Err(error)),
            };
            let token = scheduling::walk_in::token(&reading, self.0.done()?.walk_in);
            Some(Ok(token.reveal().to_owned()))
        }
    }
}

payload! {
    /// They are being served.
    WalkInStartPayload(WalkInStarted) {
        /// The walk-in as it is now, with the booking that takes the time. Null if it is not shown to you.
        async fn walk_in(&self, ctx: &Context<'_>) -> Option<Result<WalkIn>> {
            load::<WalkInId, WalkIn>(ctx, self.0.done()?.walk_in).await.transpose()
        }
    }
}

/// Makes the payloads of what ends a walk-in.
macro_rules! endings {
    ($($(#[doc = $doc:literal])* $name:ident;)*) => {
        $(payload! {
            $(#[doc = $doc])*
            $name(WalkInChanged) {
                /// The walk-in as it is now.
                async fn place(&self, ctx: &Context<'_>) -> Option<Result<WalkInPlace>> {
                    own(ctx, self.0.done()?.walk_in).await.transpose()
                }
            }
        })*
    };
}

endings! {
    /// They have been served.
    WalkInCompletePayload;
    /// They were gone.
    WalkInNoShowPayload;
    /// They have left the line.
    WalkInCancelPayload;
}

/// Standing in line, being served, and going.
#[derive(Debug, Default)]
pub(crate) struct WalkInMutation;

/// Standing in line, being served, and going.
#[Object]
impl WalkInMutation {
    /// Stands in line for a service, and shows the token by which one sees one's place. Public where somebody takes walk-ins,
    /// counted by address; staff put anybody in line.
    async fn walk_in_join(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who comes, and what for.")] input: WalkInJoinInput,
    ) -> Option<Result<WalkInJoinPayload>> {
        Some(join(ctx, input).await.map(WalkInJoinPayload))
    }

    /// Begins to serve somebody: takes the time from now on. Needs the right `diary:write`, or `own_diary:write` to serve them
    /// oneself.
    async fn walk_in_start(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose turn it is, and who serves them.")] input: WalkInStartInput,
    ) -> Option<Result<WalkInStartPayload>> {
        Some(start(ctx, input).await.map(WalkInStartPayload))
    }

    /// Notes that somebody has been served. Needs the right `diary:write`, or `own_diary:write` for those whom one serves.
    async fn walk_in_complete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who has been served.")] input: WalkInCompleteInput,
    ) -> Option<Result<WalkInCompletePayload>> {
        let manner = (input.idempotency_key, input.validate_only);
        let of = (input.walk_in_id, input.expected_version);
        let verb: Verb = |work, id, expected| Box::pin(scheduling::walk_in::complete(work, id, expected));
        Some(ends(ctx, manner, (of, verb)).await.map(WalkInCompletePayload))
    }

    /// Notes that somebody was gone when it was their turn. Needs the right `diary:write`, or `own_diary:write` for those who
    /// wait for oneself.
    async fn walk_in_no_show(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who was gone when it was their turn.")] input: WalkInNoShowInput,
    ) -> Option<Result<WalkInNoShowPayload>> {
        let manner = (input.idempotency_key, input.validate_only);
        let of = (input.walk_in_id, input.expected_version);
        let verb: Verb = |work, id, expected| Box::pin(scheduling::walk_in::mark_no_show(work, id, expected));
        Some(ends(ctx, manner, (of, verb)).await.map(WalkInNoShowPayload))
    }

    /// Leaves the line. Public with the token; otherwise needs the right `diary:write`, or `own_diary:write` for those who wait
    /// for oneself.
    async fn walk_in_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Who leaves the line: staff name them, a client shows the token that came with the place."
        )]
        input: WalkInCancelInput,
    ) -> Option<Result<WalkInCancelPayload>> {
        Some(cancel(ctx, input).await.map(WalkInCancelPayload))
    }
}

/// What ends a walk-in.
type Verb = for<'a> fn(
    &'a Work<Tenant>,
    WalkInId,
    Option<i64>,
) -> BoxFuture<'a, std::result::Result<WalkInChanged, Refusal>>;

async fn ends(
    ctx: &Context<'_>,
    (key, validate_only): (Option<String>, Option<bool>),
    ((id, expected), verb): ((WalkInId, Option<i64>), Verb),
) -> Result<Outcome<WalkInChanged>> {
    act(ctx, key, validate_only)?
        .run(ctx, move |work| verb(work, id, expected))
        .await
}

async fn join(ctx: &Context<'_>, input: WalkInJoinInput) -> Result<Outcome<WalkInChanged>> {
    let tenant = Caller::of(ctx).visited()?;
    budget(ctx, "walk_in").await?;
    let mut form = Form::default();
    honest(&mut form, input.website.as_deref());
    let client = contact(
        &mut form,
        &input.name,
        (input.email.as_ref(), input.phone.as_ref()),
    );
    let client = match form.done(client) {
        Ok(client) => client,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let draft = WalkInDraft {
        service: input.service_id,
        host: input.host_id,
        client,
    };
    let manner = Manner::of(input.idempotency_key, input.validate_only);
    Act::new(ctx, tenant, manner)?
        .run(ctx, |work| Box::pin(scheduling::walk_in::join(work, draft)))
        .await
}

async fn start(ctx: &Context<'_>, input: WalkInStartInput) -> Result<Outcome<WalkInStarted>> {
    let (id, host, expected) = (input.walk_in_id, input.host_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(scheduling::walk_in::start(work, id, host, expected))
        })
        .await
}

async fn cancel(ctx: &Context<'_>, input: WalkInCancelInput) -> Result<Outcome<WalkInChanged>> {
    let named = (input.walk_in_id, input.token.as_deref());
    let which = match Which::read("walkInId", named, scheduling::walk_in::read_token) {
        Ok(which) => which,
        Err(error) => return Ok(Outcome::Refused(vec![error])),
    };
    let (tenant, expected) = (which.place(ctx)?, input.expected_version);
    let manner = Manner::of(input.idempotency_key, input.validate_only);
    Act::new(ctx, tenant, manner)?
        .run(ctx, move |work| {
            Box::pin(async move {
                match which {
                    Which::Id(id) => scheduling::walk_in::cancel(work, id, expected).await,
                    Which::Link(token) => scheduling::walk_in::cancel_by_token(work, &token).await,
                }
            })
        })
        .await
}
