//! Making and changing endpoints.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, Result};
use db::paging::Page;
use kernel::Right;
use kernel::id::{WebhookDeliveryId, WebhookEndpointId};
use messaging::webhook::endpoint::{
    self, EndpointChanged, EndpointDraft, EndpointEdit, EventTypes, Resumed, SecretMade, WebhookEndpoints,
};
use messaging::webhook::log::{Sending, send_test};
use messaging::webhook::sign::SigningSecret;

use super::endpoint_inputs;
use super::webhook::{WebhookDelivery, WebhookEndpoint};
use crate::act::{Outcome, payload};
use crate::caller::Caller;
use crate::errors::{Form, on_top};
use crate::list::{connection, counted, page};
use crate::loaders::load;
use crate::reads::Reads;
use crate::scheduling::act;

connection! {
    /// Webhook endpoints of an organization.
    WebhookEndpointConnection, WebhookEndpointEdge of WebhookEndpoint
}

/// Endpoints.
#[derive(Debug, Default)]
pub(crate) struct EndpointQuery;

/// Endpoints.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl EndpointQuery {
    /// The webhook endpoints of the organization, earliest first. Needs the right `webhooks:read`.
    async fn webhook_endpoints(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<WebhookEndpointConnection>> {
        Some(list(ctx, page::<WebhookEndpoints>(first, after, last, before)).await)
    }
}

async fn list(ctx: &Context<'_>, page: Result<Page>) -> Result<WebhookEndpointConnection> {
    Caller::of(ctx).need(Right::WebhooksRead)?;
    let page = page?;
    let reading = Reads::of(ctx).tenant().await?;
    let slice = endpoint::endpoints(&reading, &page)
        .await
        .map_err(on_top)?
        .map(WebhookEndpoint);
    Ok(WebhookEndpointConnection {
        slice,
        count: counted(|reading| Box::pin(endpoint::count_endpoints(reading))),
    })
}

/// A new endpoint.
#[derive(InputObject)]
pub(crate) struct WebhookEndpointCreateInput {
    /// Where it is: on https, of the public network. In development also on this machine over http.
    url: String,
    /// What it is for, 1 to 200 characters.
    description: Option<String>,
    /// Which events it wants, 1 to 50: `booking.confirmed`, `booking.*` for all of a kind, or `*`.
    types: Vec<String>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Changes to an endpoint. What is absent stays as it is; null takes away.
#[derive(InputObject)]
pub(crate) struct WebhookEndpointUpdateInput {
    /// Which endpoint.
    webhook_endpoint_id: WebhookEndpointId,
    /// Where it is; what is on its way goes there, too.
    url: Option<String>,
    /// What it is for.
    description: MaybeUndefined<String>,
    /// Which events it wants from now on.
    types: Option<Vec<String>>,
    /// The version that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

endpoint_inputs! {
    /// Which endpoint is ended.
    WebhookEndpointDeleteInput,
    /// Which endpoint is paused.
    WebhookEndpointPauseInput,
    /// Which endpoint goes on.
    WebhookEndpointResumeInput,
    /// Which endpoint is given a new secret.
    WebhookEndpointRotateSecretInput,
    /// Which endpoint is tested.
    WebhookEndpointTestInput,
}

macro_rules! changed_payload {
    ($($(#[doc = $doc:literal])* $name:ident($done:ty) { $($more:tt)* })*) => {$(
        payload! {
            $(#[doc = $doc])*
            $name($done) {
                /// The endpoint as it is now.
                async fn webhook_endpoint(&self, ctx: &Context<'_>) -> Option<Result<WebhookEndpoint>> {
                    load::<WebhookEndpointId, WebhookEndpoint>(ctx, self.0.done()?.endpoint).await.transpose()
                }

                $($more)*
            }
        }
    )*};
}

fn secret(ctx: &Context<'_>, made: SecretMade) -> String {
    let key = Reads::of(ctx).store().key();
    SigningSecret::of(key, made.endpoint, made.generation).reveal()
}

changed_payload! {
    /// There is another endpoint.
    WebhookEndpointCreatePayload(SecretMade) {
        /// What its events are signed with, as Standard Webhooks writes it. It is shown here and nowhere else.
        async fn secret(&self, ctx: &Context<'_>) -> Option<String> {
            Some(secret(ctx, *self.0.done()?))
        }
    }
    /// An endpoint has changed.
    WebhookEndpointUpdatePayload(EndpointChanged) {}
    /// An endpoint is paused.
    WebhookEndpointPausePayload(EndpointChanged) {}
    /// An endpoint goes on where it stopped.
    WebhookEndpointResumePayload(Resumed) {
        /// Events that it will not get, because they had left the journal before it was resumed; 0 if there are none.
        async fn missed_events(&self) -> Option<i64> {
            Some(self.0.done()?.missed)
        }
    }
    /// An endpoint has a new secret. For a day the one before signs, too.
    WebhookEndpointRotateSecretPayload(SecretMade) {
        /// What its events are signed with from now on. It is shown here and nowhere else.
        async fn secret(&self, ctx: &Context<'_>) -> Option<String> {
            Some(secret(ctx, *self.0.done()?))
        }
    }
}

payload! {
    /// An endpoint is no more.
    WebhookEndpointDeletePayload(EndpointChanged) {
        /// Which it was.
        async fn deleted_id(&self) -> Option<WebhookEndpointId> {
            Some(self.0.done()?.endpoint)
        }
    }
}

payload! {
    /// A test is on its way.
    WebhookEndpointTestPayload(Sending) {
        /// What is sent.
        async fn webhook_delivery(&self, ctx: &Context<'_>) -> Option<Result<WebhookDelivery>> {
            load::<WebhookDeliveryId, WebhookDelivery>(ctx, self.0.done()?.delivery).await.transpose()
        }
    }
}

/// Making and changing endpoints.
#[derive(Debug, Default)]
pub(crate) struct EndpointMutation;

/// Making and changing endpoints.
#[Object]
impl EndpointMutation {
    /// Makes an endpoint and shows its secret, once. It gets what happens from now on. Needs the right `webhooks:write`.
    async fn webhook_endpoint_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A new endpoint.")] input: WebhookEndpointCreateInput,
    ) -> Option<Result<WebhookEndpointCreatePayload>> {
        Some(create(ctx, input).await.map(WebhookEndpointCreatePayload))
    }

    /// Changes an endpoint. Needs the right `webhooks:write`.
    async fn webhook_endpoint_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Changes to an endpoint. What is absent stays as it is; null takes away.")]
        input: WebhookEndpointUpdateInput,
    ) -> Option<Result<WebhookEndpointUpdatePayload>> {
        Some(update(ctx, input).await.map(WebhookEndpointUpdatePayload))
    }

    /// Ends an endpoint for good, and whatever is on its way there. Needs the right `webhooks:write`.
    async fn webhook_endpoint_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which endpoint is ended.")] input: WebhookEndpointDeleteInput,
    ) -> Option<Result<WebhookEndpointDeletePayload>> {
        Some(delete(ctx, input).await.map(WebhookEndpointDeletePayload))
    }

    /// Sends nothing to an endpoint until it is resumed; its place in the journal is kept. Needs the right `webhooks:write`.
    async fn webhook_endpoint_pause(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which endpoint is paused.")] input: WebhookEndpointPauseInput,
    ) -> Option<Result<WebhookEndpointPausePayload>> {
        Some(pause(ctx, input).await.map(WebhookEndpointPausePayload))
    }

    /// Lets an endpoint that was paused or disabled go on where it stopped. Needs the right `webhooks:write`.
    async fn webhook_endpoint_resume(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which endpoint goes on.")] input: WebhookEndpointResumeInput,
    ) -> Option<Result<WebhookEndpointResumePayload>> {
        Some(resume(ctx, input).await.map(WebhookEndpointResumePayload))
    }

    /// Gives an endpoint a new secret and shows it, once. Needs the right `webhooks:write`.
    async fn webhook_endpoint_rotate_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which endpoint is given a new secret.")] input: WebhookEndpointRotateSecretInput,
    ) -> Option<Result<WebhookEndpointRotateSecretPayload>> {
        Some(rotate(ctx, input).await.map(WebhookEndpointRotateSecretPayload))
    }

    /// Sends an event of the type `webhook.test` to an endpoint. Needs the right `webhooks:write`.
    async fn webhook_endpoint_test(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which endpoint is tested.")] input: WebhookEndpointTestInput,
    ) -> Option<Result<WebhookEndpointTestPayload>> {
        Some(test(ctx, input).await.map(WebhookEndpointTestPayload))
    }
}

async fn create(ctx: &Context<'_>, input: WebhookEndpointCreateInput) -> Result<Outcome<SecretMade>> {
    Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let url = form.parse("url", &input.url);
    let description = form.parse_if("description", input.description.as_deref());
    let types = form.read("types", EventTypes::new(input.types));
    let draft = (|| {
        Some(EndpointDraft {
            url: url?,
            description: description?,
            types: types?,
        })
    })();
    let draft = match form.done(draft) {
        Ok(draft) => draft,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, |work| Box::pin(endpoint::create_endpoint(work, draft)))
        .await
}

async fn update(ctx: &Context<'_>, input: WebhookEndpointUpdateInput) -> Result<Outcome<EndpointChanged>> {
    Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let url = form.parse_if("url", input.url.as_deref());
    let description = form.parse_patch("description", input.description);
    let types = input.types.map(EventTypes::new).transpose();
    let types = form.read("types", types);
    let edit = (|| {
        Some(EndpointEdit {
            url: url?,
            description: description?,
            types: types?,
        })
    })();
    let edit = match form.done(edit) {
        Ok(edit) => edit,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let (id, expected) = (input.webhook_endpoint_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(endpoint::update_endpoint(work, id, edit, expected))
        })
        .await
}

async fn delete(ctx: &Context<'_>, input: WebhookEndpointDeleteInput) -> Result<Outcome<EndpointChanged>> {
    let id = input.webhook_endpoint_id;
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| Box::pin(endpoint::delete_endpoint(work, id)))
        .await
}

async fn pause(ctx: &Context<'_>, input: WebhookEndpointPauseInput) -> Result<Outcome<EndpointChanged>> {
    let id = input.webhook_endpoint_id;
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| Box::pin(endpoint::pause_endpoint(work, id)))
        .await
}

async fn resume(ctx: &Context<'_>, input: WebhookEndpointResumeInput) -> Result<Outcome<Resumed>> {
    let id = input.webhook_endpoint_id;
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| Box::pin(endpoint::resume_endpoint(work, id)))
        .await
}

async fn rotate(ctx: &Context<'_>, input: WebhookEndpointRotateSecretInput) -> Result<Outcome<SecretMade>> {
    let id = input.webhook_endpoint_id;
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| Box::pin(endpoint::rotate_secret(work, id)))
        .await
}

async fn test(ctx: &Context<'_>, input: WebhookEndpointTestInput) -> Result<Outcome<Sending>> {
    let id = input.webhook_endpoint_id;
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| Box::pin(send_test(work, id)))
        .await
}
