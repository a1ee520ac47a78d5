//! GraphQL over HTTP.

mod accept;
mod events;
mod peer;

use std::{convert::Infallible, sync::Arc};

use async_graphql_parser::types::OperationType;
use axum::{Router, body::Body};
use futures::FutureExt;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header, request::Parts,
};
use tower::{Layer, service_fn};
use tower_http::cors::{Any, CorsLayer};

use self::{accept::Media, events::Opened};
use crate::{Code, Credentials, Host, Refused, envelope, pass::Door, reply::Reply, socket};

const ORGANIZATION: HeaderName = HeaderName::from_static("horarium-organization");
const CLIENT_SECRET: HeaderName = HeaderName::from_static("horarium-client-secret");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
/// Headers of an answer, those of the layers around included: room for them is made once.
const HEADERS: usize = 16;
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST");

pub(crate) fn router<H: Host>(door: Arc<Door<H>>) -> Router {
    let graphql = service_fn(move |request| {
        let door = Arc::clone(&door);
        // Boxed at once: as large as it is, whatever lies around it would carry it from place to place.
        async move { Ok::<_, Infallible>(answer(&door, request).await) }.boxed()
    });
    // Layered here and not by the router, which boxes what lies beneath each of its layers, for every request.
    Router::new().route_service("/graphql", cors().layer(graphql))
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

async fn answer<H: Host>(door: &Arc<Door<H>>, request: Request<Body>) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    let peer = peer::address(&parts, &door.settings.trusted_proxies);
    let ask = peer::credentials(&parts.headers, peer);
    if let Err(throttled) = door.host.knock(peer) {
        return write(&door.throttled(throttled), Media::Json);
    }
    if socket::is_upgrade(&parts) {
        return match socket::upgrade(door, &mut parts, ask).await {
            Ok(switching) => switching,
            Err(reply) => write(&reply, Media::Json),
        };
    }
    let media = match accept::choose(&parts.headers) {
        Ok(media) => media,
        Err(refused) => return write(&door.refuse(refused), Media::Json),
    };
    match pass(door, (parts, body), ask, media).await {
        Ok(Passed::Reply(reply)) => write(&reply, media),
        Err(reply) => write(&reply, media),
        Ok(Passed::Stream(opened)) => events::stream(door, opened),
    }
}

/// What became of a request.
enum Passed<C> {
    Reply(Reply),
    Stream(Opened<C>),
}

/// The way in, up to the answer.
async fn pass<H: Host>(
    door: &Door<H>,
    (parts, body): (Parts, Body),
    ask: Credentials,
    media: Media,
) -> Result<Passed<H::Caller>, Box<Reply>> {
    let refuse = |refused| door.refuse(refused);
    let envelope = match parts.method {
        Method::POST => envelope::from_body(&parts.headers, body, door.guard.limits())
            .await
            .map_err(refuse)?,
        Method::GET => envelope::from_query(parts.uri.query().unwrap_or("")).map_err(refuse)?,
        _ => return Err(refuse(not_this_method("Only GET and POST are answered here."))),
    };
    let judged = door.judge(&envelope)?;
    match judged.bill.kind {
        OperationType::Mutation if parts.method == Method::GET => {
            return Err(refuse(not_this_method("A mutation must be sent by POST.")));
        }
        OperationType::Subscription if media != Media::Events => {
            let message = "A subscription needs a WebSocket, or `Accept: text/event-stream`.";
            return Err(refuse(Refused::new(Code::SubscriptionNeedsStream, message)));
        }
        OperationType::Query | OperationType::Mutation | OperationType::Subscription => {}
    }
    let caller = door.greet(ask).await?;
    if judged.bill.kind == OperationType::Subscription {
        let room = door.room()?;
        let ticket = door.admit(caller.clone(), envelope, judged).await?;
        let answers = door.follow(ticket, "events");
        return Ok(Passed::Stream(Opened {
            room,
            caller,
            answers,
        }));
    }
    let ticket = door.admit(caller, envelope, judged).await?;
    Ok(Passed::Reply(door.run(ticket, "http").await))
}

fn not_this_method(message: &str) -> Refused {
    Refused::new(Code::MethodNotAllowed, message)
}

/// Puts a reply on the wire.
fn write(reply: &Reply, media: Media) -> Response<Body> {
    let status = match (reply.status, media) {
        // What an event stream would say of a request error, browsers do not show: it becomes an event.
        (None, Media::Events) => return events::single(reply),
        (Some(status), _) => status,
        (None, Media::GraphqlResponse) if reply.data.is_none() => StatusCode::BAD_REQUEST,
        (None, Media::GraphqlResponse | Media::Json) => StatusCode::OK,
    };
    let mut response = Response::new(Body::from(reply.to_json()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.reserve(HEADERS);
    headers.insert(header::CONTENT_TYPE, media.value());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    add_allowance(headers, reply);
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
