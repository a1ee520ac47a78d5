//! Sending once more what came to its end.

use async_graphql::{Context, InputObject, Object, Result};
use kernel::Code;
use kernel::id::{WebhookDeliveryId, WebhookEndpointId};
use messaging::webhook::log::{self, Replay, Replayed};

use super::webhook::WebhookEndpoint;
use crate::act::{Outcome, payload};
use crate::errors::UserError;
use crate::loaders::load;
use crate::scalars::Instant;
use crate::scheduling::act;

/// What is sent once more: one delivery; or of an endpoint all that failed, or, with `from` and `to`, all that came to
/// their end of those laid out in that time.
#[derive(InputObject)]
pub(crate) struct WebhookReplayInput {
    /// One delivery.
    webhook_delivery_id: Option<WebhookDeliveryId>,
    /// Many of one endpoint.
    webhook_endpoint_id: Option<WebhookEndpointId>,
    /// Those laid out then or later; together with `to`.
    from: Option<Instant>,
    /// Those laid out before; together with `from`.
    to: Option<Instant>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// What an input means.
enum Meant {
    One(WebhookDeliveryId),
    Many(WebhookEndpointId, Replay),
}

impl WebhookReplayInput {
    fn read(&self) -> std::result::Result<Meant, UserError> {
        let wrong = |field, message: &str| Err(UserError::about(field, Code::InvalidInput, &message));
        match (
            self.webhook_delivery_id,
            self.webhook_endpoint_id,
            self.from,
            self.to,
        ) {
            (Some(one), None, None, None) => Ok(Meant::One(one)),
            (None, Some(endpoint), None, None) => Ok(Meant::Many(endpoint, Replay::Failed)),
            (None, Some(endpoint), Some(Instant(from)), Some(Instant(until))) => {
                Ok(Meant::Many(endpoint, Replay::Since { from, until }))
            }
            (None, Some(_), None, Some(_)) => wrong("from", "expected an instant together with `to`"),
            (None, Some(_), Some(_), None) => wrong("to", "expected an instant together with `from`"),
            (Some(_), ..) => wrong("webhookDeliveryId", "expected one delivery and nothing besides"),
            (None, None, ..) => wrong("webhookEndpointId", "expected a delivery or an endpoint"),
        }
    }
}

payload! {
    /// Events are on their way again.
    WebhookReplayPayload(Replayed) {
        /// The endpoint that they go to.
        async fn webhook_endpoint(&self, ctx: &Context<'_>) -> Option<Result<WebhookEndpoint>> {
            load::<WebhookEndpointId, WebhookEndpoint>(ctx, self.0.done()?.endpoint).await.transpose()
        }

        /// How many, 250 at most.
        async fn replayed_count(&self) -> Option<u64> {
            Some(self.0.done()?.count)
        }

        /// Whether there are more: send the same request again, with another key.
        async fn has_more(&self) -> Option<bool> {
            Some(self.0.done()?.has_more)
        }
    }
}

/// Sending once more.
#[derive(Debug, Default)]
pub(crate) struct ReplayMutation;

/// Sending once more.
#[Object]
impl ReplayMutation {
    /// Sends events once more, with all their attempts and the ids that they had. Needs the right `webhooks:write`.
    async fn webhook_replay(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is sent once more.")] input: WebhookReplayInput,
    ) -> Option<Result<WebhookReplayPayload>> {
        Some(replay(ctx, input).await.map(WebhookReplayPayload))
    }
}

async fn replay(ctx: &Context<'_>, input: WebhookReplayInput) -> Result<Outcome<Replayed>> {
    crate::caller::Caller::of(ctx).tenant()?;
    let meant = match input.read() {
        Ok(meant) => meant,
        Err(error) => return Ok(Outcome::Refused(vec![error])),
    };
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(async move {
                match meant {
                    Meant::One(one) => log::replay_one(work, one).await,
                    Meant::Many(endpoint, which) => log::replay(work, endpoint, &which).await,
                }
            })
        })
        .await
}
