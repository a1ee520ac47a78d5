//! Time that is kept for whoever is about to book it.

use async_graphql::{Context, InputObject, Object, Result};
use kernel::id::{ResourceId, ServiceId};
use scheduling::hold::{HoldDraft, HoldMade};

use super::wanted::{Said, Wanted, budget};
use crate::act::{Act, Manner, Outcome, payload, refused};
use crate::caller::Caller;
use crate::errors::{Form, found};
use crate::reads::Reads;
use crate::scalars::{Duration, Instant};

/// Time that is kept.
#[derive(Debug, Clone)]
pub(crate) struct Hold(scheduling::hold::Hold);

/// Time that is kept for whoever holds its token. Nobody else can book it until it lapses.
#[Object]
impl Hold {
    /// Of which service.
    async fn service_id(&self) -> ServiceId {
        self.0.service_id
    }

    /// When what is kept starts.
    async fn starts_at(&self) -> Instant {
        self.0.starts_at.into()
    }

    /// When it ends, without buffers.
    async fn ends_at(&self) -> Instant {
        self.0.ends_at.into()
    }

    /// Until when it is kept.
    async fn expires_at(&self) -> Instant {
        self.0.expires_at.into()
    }
}

/// Which start to keep: by a slot's token, or by service and start.
#[derive(InputObject)]
pub(crate) struct HoldCreateInput {
    /// What a slot says about itself.
    slot_token: Option<String>,
    /// Of which service, if there is no `slotToken`.
    service_id: Option<ServiceId>,
    /// When it starts, if there is no `slotToken`.
    starts_at: Option<Instant>,
    /// Given by this one; by whoever can if absent.
    host_id: Option<ResourceId>,
    /// For how long, `PT1M` to `PT30M`; ten minutes if absent.
    lasts: Option<Duration>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Which time to let go.
#[derive(InputObject)]
pub(crate) struct HoldReleaseInput {
    /// The hold's token.
    hold: String,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

payload! {
    /// The time is kept.
    HoldCreatePayload(HoldMade) {
        /// What is kept.
        async fn hold(&self, ctx: &Context<'_>) -> Option<Result<Hold>> {
            kept(ctx, self.0.done()?).await.transpose()
        }

        /// The secret that books it: hand it to `bookingCreate` as `hold`.
        async fn token(&self, ctx: &Context<'_>) -> Option<Result<String>> {
            let reading = match Reads::of(ctx).public().await {
                Ok(reading) => reading,
                Err(error) => return Some(Err(error)),
            };
            let token = scheduling::hold::token(&reading, self.0.done()?.hold);
            Some(Ok(token.reveal().to_owned()))
        }
    }
}

payload! {
    /// The time is free again.
    HoldReleasePayload(HoldMade) {
        /// Whether the time was let go.
        async fn is_released(&self) -> bool {
            self.0.done().is_some()
        }
    }
}

async fn kept(ctx: &Context<'_>, made: &HoldMade) -> Result<Option<Hold>> {
    let reading = Reads::of(ctx).public().await?;
    let token = scheduling::hold::token(&reading, made.hold);
    Ok(found(scheduling::hold::open(&reading, &token).await)?.map(Hold))
}

/// Keeping time.
#[derive(Debug, Default)]
pub(crate) struct HoldMutation;

/// Keeping time.
#[Object]
impl HoldMutation {
    /// Keeps a start for ten minutes, and shows the token that books it. Public; counted by address.
    async fn hold_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which start to keep: by a slot's token, or by service and start.")]
        input: HoldCreateInput,
    ) -> Option<Result<HoldCreatePayload>> {
        Some(create(ctx, input).await.map(HoldCreatePayload))
    }

    /// Lets a kept start go before it lapses. Public: the token is what is asked for.
    async fn hold_release(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which time to let go.")] input: HoldReleaseInput,
    ) -> Option<Result<HoldReleasePayload>> {
        Some(release(ctx, input).await.map(HoldReleasePayload))
    }
}

async fn create(ctx: &Context<'_>, input: HoldCreateInput) -> Result<Outcome<HoldMade>> {
    let tenant = Caller::of(ctx).visited()?;
    budget(ctx, "hold").await?;
    let mut form = Form::default();
    let said = Said {
        slot_token: input.slot_token,
        service_id: input.service_id,
        starts_at: input.starts_at,
        host_id: input.host_id,
        hold: None,
    };
    let wanted = said.read(&mut form);
    let wanted: Wanted = match form.done(wanted) {
        Ok(wanted) => wanted,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let act = Act::new(
        ctx,
        tenant,
        Manner::of(input.idempotency_key, input.validate_only),
    )?;
    let (asked, lasts) = (wanted.clone(), input.lasts.map(Duration::delta));
    let outcome = act
        .run(ctx, move |work| {
            Box::pin(async move {
                let start = asked.start(work).await?;
                let draft = HoldDraft {
                    service: start.service,
                    starts_at: start.starts_at,
                    host: start.host,
                    lasts,
                };
                scheduling::hold::place(work, draft).await
            })
        })
        .await?;
    wanted.answered(ctx, outcome).await
}

async fn release(ctx: &Context<'_>, input: HoldReleaseInput) -> Result<Outcome<HoldMade>> {
    let tenant = Caller::of(ctx).visited()?;
    let token = match scheduling::hold::read_token(&input.hold) {
        Ok(token) => token,
        Err(refusal) => return refused(refusal),
    };
    let act = Act::new(
        ctx,
        tenant,
        Manner::of(input.idempotency_key, input.validate_only),
    )?;
    act.run(ctx, |work| {
        Box::pin(async move { scheduling::hold::release(work, &token).await })
    })
    .await
}
