//! The codes that the door itself puts into `extensions.code`.

use std::fmt;

use http::StatusCode;

/// Why the door refused a request. The words are part of the API: a client may switch on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// The request is not a GraphQL request: broken JSON, a missing `query`, a parameter of the wrong type.
    BadRequest,
    /// An array of requests.
    BatchingNotSupported,
    /// A persisted query, by hash alone.
    PersistedQueryNotSupported,
    /// A method other than GET and POST, or anything but a query by GET.
    MethodNotAllowed,
    /// A POST whose content type is not `application/json`.
    UnsupportedMediaType,
    /// None of the accepted media types can be produced.
    NotAcceptable,
    /// The body is larger than allowed.
    BodyTooLarge,
    /// The body did not arrive in time.
    BodyTimeout,
    /// The document is not GraphQL.
    ParseFailed,
    /// The document does not fit the schema.
    ValidationFailed,
    /// An argument's value is not what its type asks for.
    InvalidInput,
    /// The document or its variables are larger than a structural limit.
    LimitExceeded,
    /// The operation costs more than one request may.
    CostExceeded,
    /// Introspection is not open to this caller.
    IntrospectionDisabled,
    /// A subscription was sent where only one answer can be given.
    SubscriptionNeedsStream,
    /// No more operations may run on this socket at once.
    TooManySubscriptions,
    /// There is no credential, or it is not valid.
    Unauthenticated,
    /// The credential is valid and does not allow this.
    Forbidden,
    /// The caller has spent its allowance.
    RateLimited,
    /// The operation ran longer than allowed and was undone.
    Timeout,
    /// The service cannot answer now; nothing happened.
    Unavailable,
    /// A fault of ours. The log knows it by `errorId`.
    Internal,
}

impl Code {
    /// The word in `extensions.code`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "BAD_REQUEST",
            Self::BatchingNotSupported => "BATCHING_NOT_SUPPORTED",
            Self::PersistedQueryNotSupported => "PERSISTED_QUERY_NOT_SUPPORTED",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::NotAcceptable => "NOT_ACCEPTABLE",
            Self::BodyTooLarge => "BODY_TOO_LARGE",
            Self::BodyTimeout => "BODY_TIMEOUT",
            Self::ParseFailed => "PARSE_FAILED",
            Self::ValidationFailed => "VALIDATION_FAILED",
            Self::InvalidInput => "INVALID_INPUT",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::CostExceeded => "COST_EXCEEDED",
            Self::IntrospectionDisabled => "INTROSPECTION_DISABLED",
            Self::SubscriptionNeedsStream => "SUBSCRIPTION_NEEDS_STREAM",
            Self::TooManySubscriptions => "TOO_MANY_SUBSCRIPTIONS",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::RateLimited => "RATE_LIMITED",
            Self::Timeout => "TIMEOUT",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }

    /// Whether the same request may succeed later, unchanged.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::BodyTimeout
                | Self::TooManySubscriptions
                | Self::RateLimited
                | Self::Timeout
                | Self::Unavailable
        )
    }

    /// The HTTP status. `None` is a *GraphQL* request error, whose status depends on the media type:
    /// 400 under `application/graphql-response+json`, 200 under `application/json`.
    pub(crate) const fn status(self) -> Option<StatusCode> {
        match self {
            Self::BadRequest | Self::BatchingNotSupported => Some(StatusCode::BAD_REQUEST),
            Self::MethodNotAllowed => Some(StatusCode::METHOD_NOT_ALLOWED),
            Self::UnsupportedMediaType => Some(StatusCode::UNSUPPORTED_MEDIA_TYPE),
            Self::NotAcceptable => Some(StatusCode::NOT_ACCEPTABLE),
            Self::BodyTooLarge => Some(StatusCode::PAYLOAD_TOO_LARGE),
            Self::BodyTimeout => Some(StatusCode::REQUEST_TIMEOUT),
            Self::Unauthenticated => Some(StatusCode::UNAUTHORIZED),
            Self::Forbidden => Some(StatusCode::FORBIDDEN),
            Self::RateLimited => Some(StatusCode::TOO_MANY_REQUESTS),
            Self::Timeout => Some(StatusCode::GATEWAY_TIMEOUT),
            Self::Unavailable => Some(StatusCode::SERVICE_UNAVAILABLE),
            Self::Internal => Some(StatusCode::INTERNAL_SERVER_ERROR),
            Self::PersistedQueryNotSupported
            | Self::ParseFailed
            | Self::ValidationFailed
            | Self::InvalidInput
            | Self::LimitExceeded
            | Self::CostExceeded
            | Self::IntrospectionDisabled
            | Self::SubscriptionNeedsStream
            | Self::TooManySubscriptions => None,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
