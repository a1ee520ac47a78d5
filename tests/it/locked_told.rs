//! Tries at the doors of what is told to others.

use crate::locked_knocks::{For, Knock, knock};

/// At the doors of what is told to others.
#[rustfmt::skip]
pub(crate) const TOLD: &[Knock] = &[
    knock("Query.messages", For::Entitled, "", "{ messages { nodes { id } totalCount } }"),
    knock("Query.messageTemplates", For::Entitled, "", "{ messageTemplates(language: ENGLISH) { key subject version } }"),
    knock("Query.messageTemplatePreview", For::Entitled, "",
        "{ messageTemplatePreview(key: BOOKING_MOVED, language: PORTUGUESE) { subject body } }"),
    knock("Query.notifications", For::People, "", "{ notifications { nodes { id eventType subjectId } totalCount } }"),
    knock("Subscription.notificationReceived", For::People, "", "subscription { notificationReceived { notification { id subjectId } unreadCount } }"),
    knock("Query.webhookEndpoints", For::Entitled, "", "{ webhookEndpoints { nodes { id url deliveries { totalCount } } totalCount } }"),
    knock("Mutation.messageTemplateReset", For::Entitled, "",
        "mutation { messageTemplateReset(input: { key: BOOKING_CONFIRMED, language: ENGLISH }) { messageTemplate { key } userErrors { code message field } } }"),
    knock("Mutation.messageTemplateUpdate", For::Entitled, "",
        "mutation { messageTemplateUpdate(input: { key: BOOKING_CONFIRMED, language: ENGLISH, subject: \"mine\" }) { messageTemplate { key } userErrors { code message field } } }"),
    knock("Mutation.notificationsMarkRead", For::People, "",
        "mutation { notificationsMarkRead(input: { notificationIds: [] }) { markedCount userErrors { code message field } } }"),
    knock("Mutation.webhookEndpointCreate", For::Entitled, "",
        "mutation { webhookEndpointCreate(input: { url: \"https://example.com/\", types: [\"*\"] }) { secret userErrors { code message field } } }"),
    knock("Mutation.webhookEndpointDelete", For::Entitled, "whe",
        "mutation($id: ID!) { webhookEndpointDelete(input: { webhookEndpointId: $id }) { deletedId userErrors { code message field } } }"),
    knock("Mutation.webhookEndpointPause", For::Entitled, "whe",
        "mutation($id: ID!) { webhookEndpointPause(input: { webhookEndpointId: $id }) { webhookEndpoint { id } userErrors { code message field } } }"),
    knock("Mutation.webhookEndpointResume", For::Entitled, "whe",
        "mutation($id: ID!) { webhookEndpointResume(input: { webhookEndpointId: $id }) { webhookEndpoint { id } userErrors { code message field } } }"),
    knock("Mutation.webhookEndpointRotateSecret", For::Entitled, "whe",
        "mutation($id: ID!) { webhookEndpointRotateSecret(input: { webhookEndpointId: $id }) { secret userErrors { code message field } } }"),
    knock("Mutation.webhookEndpointTest", For::Entitled, "whe",
        "mutation($id: ID!) { webhookEndpointTest(input: { webhookEndpointId: $id }) { webhookDelivery { id } userErrors { code message field } } }"),
    knock("Mutation.webhookEndpointUpdate", For::Entitled, "whe",
        "mutation($id: ID!) { webhookEndpointUpdate(input: { webhookEndpointId: $id, url: \"https://example.com/mine\" }) { webhookEndpoint { id } userErrors { code message field } } }"),
    knock("Mutation.webhookReplay", For::Entitled, "whe",
        "mutation($id: ID!) { webhookReplay(input: { webhookEndpointId: $id }) { replayedCount userErrors { code message field } } }"),
    knock("Mutation.webhookReplay", For::Entitled, "whd",
        "mutation($id: ID!) { webhookReplay(input: { webhookDeliveryId: $id }) { replayedCount userErrors { code message field } } }"),
];
