//! What the organization tells others: webhooks, letters, notices.

pub(crate) mod endpoint;
pub(crate) mod message;
pub(crate) mod notification;
mod received;
pub(crate) mod replay;
pub(crate) mod template;
pub(crate) mod webhook;

use async_graphql::{MergedObject, MergedSubscription};

/// What can be asked about what is told.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct MessagingQuery(
    endpoint::EndpointQuery,
    message::MessageQuery,
    notification::NotificationQuery,
    template::TemplateQuery,
);

/// What can be done about what is told.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct MessagingMutation(
    endpoint::EndpointMutation,
    notification::NotificationMutation,
    replay::ReplayMutation,
    template::TemplateMutation,
);

/// What can be watched of what is told.
#[derive(Debug, Default, MergedSubscription)]
pub(crate) struct MessagingSubscription(received::NotificationSubscription);

/// Makes the inputs of mutations that need an endpoint and nothing else.
macro_rules! endpoint_inputs {
    ($($(#[doc = $doc:literal])* $name:ident,)*) => {$(
        $(#[doc = $doc])*
        #[derive(async_graphql::InputObject)]
        pub(crate) struct $name {
            /// Which endpoint.
            webhook_endpoint_id: kernel::id::WebhookEndpointId,
            /// Two requests with the same key have one effect and the same answer.
            idempotency_key: Option<String>,
            /// Only say whether it would be done.
            validate_only: Option<bool>,
        }
    )*};
}
pub(crate) use endpoint_inputs;
