//! GraphQL over HTTP.

mod accept;
mod events;
mod origins;
mod peer;

use std::{
    convert::Infallible,
    fmt::Write as _,
    sync::Arc,
    task::{Context, Poll},
};

use async_graphql_parser::types::OperationType;
use axum::body::{Body, Bytes};
use futures::future::BoxFuture;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header, request::Parts,
};

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

/// What answers at [`PATH`](crate::PATH): POST, GET, WebSocket and event stream. Cheap to clone.
#[derive(Clone)]
pub struct Graphql(Arc<Answer>);

type Answer = dyn Fn(Request<Body>) -> Answering + Send + Sync;

/// Boxed at once: as large as it is, whatever lies around it would carry it from place to place.
type Answering = BoxFuture<'static, Result<Response<Body>, Infallible>>;

impl Graphql {
    pub(crate) fn new<H: Host>(door: Door<H>) -> Self {
        let door = Arc::new(door);
        Self(Arc::new(move |request| {
            let door = Arc::clone(&door);
            Box::pin(async move {
                if request.method() == Method::OPTIONS {
                    return Ok(origins::preflight());
                }
                let mut response = answer(&door, request).await;
                origins::open_to_any(response.headers_mut());
                Ok(response)
            })
        }))
    }
}

impl tower::Service<Request<Body>> for Graphql {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Answering {
        (self.0)(request)
    }
}

impl std::fmt::Debug for Graphql {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Graphql").finish_non_exhaustive()
    }
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
        let [limit, remaining, reset] =
            numbers([throttle.limit, throttle.remaining, whole_seconds(throttle.reset)]);
        headers.insert(LIMIT, limit);
        headers.insert(REMAINING, remaining);
        headers.insert(RESET, reset);
    }
    if let Some(wait) = reply.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(wait).max(1)));
    }
}

/// As values of headers, which share the one place that they are written to.
fn numbers<const N: usize>(numbers: [u64; N]) -> [HeaderValue; N] {
    let mut text = String::with_capacity(N * 20);
    let ends = numbers.map(|number| {
        // A string takes whatever is written to it.
        _ = write!(text, "{number}");
        text.len()
    });
    let (text, mut start) = (Bytes::from(text), 0);
    ends.map(|end| {
        let digits = text.slice(start..end);
        start = end;
        HeaderValue::from_maybe_shared(digits).unwrap_or(HeaderValue::from_static("0"))
    })
}

/// Rounded up: who waits that long has waited long enough.
fn whole_seconds(wait: std::time::Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0))
}
