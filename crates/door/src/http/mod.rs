//! GraphQL over HTTP.

mod accept;
mod envelope;
mod peer;

use std::sync::Arc;

use async_graphql_parser::types::OperationType;
use axum::{Router, body::Body, extract::State, routing::any};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use tower_http::cors::{Any, CorsLayer};

use self::accept::Media;
use crate::{
    Code, Host, Refused,
    pass::{Door, Envelope},
    reply::Reply,
};

const ORGANIZATION: HeaderName = HeaderName::from_static("horarium-organization");
const CLIENT_SECRET: HeaderName = HeaderName::from_static("horarium-client-secret");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST");

pub(crate) fn router<H: Host>(door: Arc<Door<H>>) -> Router {
    Router::new()
        .route("/graphql", any(answer::<H>))
        .layer(cors())
        .with_state(door)
}

/// Any page may ask, none with cookies: a credential is a header that the page itself must know.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::ACCEPT,
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            ORGANIZATION,
            CLIENT_SECRET,
        ])
        .expose_headers([LIMIT, REMAINING, RESET, header::RETRY_AFTER])
        .max_age(std::time::Duration::from_secs(24 * 60 * 60))
}

async fn answer<H: Host>(State(door): State<Arc<Door<H>>>, request: Request<Body>) -> Response<Body> {
    let media = accept::choose(request.headers());
    match media {
        Ok(media) => {
            let reply = pass(&door, request).await;
            write(reply.unwrap_or_else(|refused| refused), media)
        }
        Err(refused) => write(door.refuse(refused), Media::GraphqlResponse),
    }
}

/// The way in, up to the answer.
async fn pass<H: Host>(door: &Door<H>, request: Request<Body>) -> Result<Reply, Reply> {
    let (parts, body) = request.into_parts();
    let peer = peer::address(&parts, &door.settings.trusted_proxies);
    door.host
        .knock(peer)
        .map_err(|throttled| door.throttled(throttled))?;
    let refuse = |refused| door.refuse(refused);
    let envelope: Envelope = match parts.method {
        Method::POST => envelope::from_body(&parts.headers, body, door.guard.limits())
            .await
            .map_err(refuse)?,
        Method::GET => envelope::from_query(parts.uri.query().unwrap_or("")).map_err(refuse)?,
        _ => return Err(refuse(not_this_method("Only GET and POST are answered here."))),
    };
    let judged = door.judge(&envelope)?;
    match judged.bill.kind {
        OperationType::Query => {}
        OperationType::Mutation if parts.method == Method::GET => {
            return Err(refuse(not_this_method("A mutation must be sent by POST.")));
        }
        OperationType::Mutation => {}
        OperationType::Subscription => {
            let message = "A subscription needs a WebSocket, or `Accept: text/event-stream`.";
            return Err(refuse(Refused::new(Code::SubscriptionNeedsStream, message)));
        }
    }
    let caller = door.greet(peer::credentials(&parts.headers, peer)).await?;
    let ticket = door.admit(caller, envelope, judged).await?;
    Ok(door.run(ticket, "http").await)
}

fn not_this_method(message: &str) -> Refused {
    Refused::new(Code::MethodNotAllowed, message)
}

/// Puts a reply on the wire.
fn write(reply: Reply, media: Media) -> Response<Body> {
    let status = reply.status.unwrap_or(match (&reply.data, media) {
        (None, Media::GraphqlResponse) => StatusCode::BAD_REQUEST,
        (Some(_), _) | (None, Media::Json) => StatusCode::OK,
    });
    let body = serde_json::to_vec(&reply).unwrap_or_else(|_| br#"{"data":null}"#.to_vec());
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, media.value());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    add_allowance(headers, &reply);
    match status {
        StatusCode::UNAUTHORIZED => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            headers.insert(header::ALLOW, METHODS);
        }
        _ => {}
    }
    response
}

fn add_allowance(headers: &mut HeaderMap, reply: &Reply) {
    if let Some(throttle) = reply.throttle {
        headers.insert(LIMIT, HeaderValue::from(throttle.limit));
        headers.insert(REMAINING, HeaderValue::from(throttle.remaining));
        headers.insert(RESET, HeaderValue::from(whole_seconds(throttle.reset)));
    }
    if let Some(wait) = reply.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(wait).max(1)));
    }
}

/// Rounded up: who waits that long has waited long enough.
fn whole_seconds(wait: std::time::Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0))
}
