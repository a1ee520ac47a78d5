//! Every request has an id, a span in the log, and a place in the figures.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;
use tracing::Instrument;

use crate::metrics::{REQUEST_SECONDS, REQUESTS};

/// Taken from the request if it is well-formed, told in the answer and in every line of the log.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is taken from a request.
pub const MAX_REQUEST_ID_BYTES: usize = 64;

/// Numbers the requests of one process.
#[derive(Debug, Clone)]
pub struct RequestIds(Arc<(String, AtomicU64)>);

/// The id of the request at hand, for whoever needs it further in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub Arc<str>);

impl RequestIds {
    /// Ids that begin with `process`: different for each process, so that nodes do not share ids.
    #[must_use]
    pub fn new(process: u64) -> Self {
        Self(Arc::new((format!("{process:016x}"), AtomicU64::new(0))))
    }

    fn next(&self) -> RequestId {
        let (process, count) = &*self.0;
        RequestId(format!("{process}-{:x}", count.fetch_add(1, Ordering::Relaxed)).into())
    }
}

/// The id that the caller has given, if nobody can hide anything in it.
fn given(headers: &HeaderMap) -> Option<RequestId> {
    let text = headers.get(REQUEST_ID)?.to_str().ok()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    let fits = (1..=MAX_REQUEST_ID_BYTES).contains(&text.len()) && text.bytes().all(is_plain);
    fits.then(|| RequestId(text.into()))
}

/// Surrounds the whole handling of a request.
pub(super) async fn observe(State(ids): State<RequestIds>, mut request: Request, next: Next) -> Response {
    let id = given(request.headers()).unwrap_or_else(|| ids.next());
    let method = method(request.method());
    let path = request.extensions().get::<MatchedPath>().cloned();
    let route = path.as_ref().map_or("(none)", MatchedPath::as_str).to_owned();
    // The id alone: every field is written out for every request, also where nobody logs anything.
    let span = tracing::info_span!("request", id = &*id.0);
    let told = HeaderValue::from_str(&id.0);
    request.extensions_mut().insert(id);

    let began = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let seconds = began.elapsed().as_secs_f64();

    let status = response.status();
    span.in_scope(|| log(status, seconds, method, &route));
    metrics::counter!(REQUESTS, "method" => method, "route" => route.clone(), "status" => status.as_u16().to_string())
        .increment(1);
    metrics::histogram!(REQUEST_SECONDS, "route" => route).record(seconds);
    response
        .headers_mut()
        .extend(told.ok().map(|id| (REQUEST_ID, id)));
    response.headers_mut().insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

/// Neither the query nor the real path is told: both may hold a token.
fn log(status: StatusCode, seconds: f64, method: &str, route: &str) {
    let status_code = status.as_u16();
    if status.is_server_error() {
        tracing::warn!(method, route, status = status_code, seconds, "answered");
    } else {
        tracing::debug!(method, route, status = status_code, seconds, "answered");
    }
}

/// Methods are made up freely by strangers: the figures know only those that exist here.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(text: &str) -> bool {
        given(&HeaderMap::from_iter([(REQUEST_ID, text.parse().unwrap())])).is_some()
    }

    #[test]
    fn a_request_keeps_its_id_if_nothing_can_hide_in_it() {
        assert!(taken("0HN7:00000001") && taken(&"a".repeat(MAX_REQUEST_ID_BYTES)));
        for text in ["", "a b", "a\"b", "a\tb", &"a".repeat(MAX_REQUEST_ID_BYTES + 1)] {
            assert!(!taken(text), "{text:?}");
        }
    }

    #[test]
    fn ids_count_within_a_process_and_differ_between_processes() {
        let ids = RequestIds::new(7);
        assert_eq!(&*ids.next().0, "0000000000000007-0");
        assert_eq!(&*ids.next().0, "0000000000000007-1");
        assert_ne!(RequestIds::new(8).next(), RequestIds::new(7).next());
    }
}
