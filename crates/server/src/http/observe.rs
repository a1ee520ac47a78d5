//! Every request has an id, a span in the log, and a place in the figures.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use futures::future::BoxFuture;
use metrics::{Counter, Histogram};
use tokio::time::Instant;
use tower::{Layer, Service};
use tracing::Instrument;

use crate::metrics::{REQUEST_SECONDS, REQUESTS};

/// Taken from the request if it is well-formed, told in the answer and in every line of the log.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is taken from a request.
pub const MAX_REQUEST_ID_BYTES: usize = 64;

/// Numbers the requests of one process.
#[derive(Debug, Clone)]
pub struct RequestIds(Arc<(String, AtomicU64)>);

impl RequestIds {
    /// Ids that begin with `process`: different for each process, so that nodes do not share ids.
    #[must_use]
    pub fn new(process: u64) -> Self {
        Self(Arc::new((format!("{process:016x}"), AtomicU64::new(0))))
    }

    fn next(&self) -> HeaderValue {
        let (process, count) = &*self.0;
        let mut room = [0; MAX_REQUEST_ID_BYTES];
        let mut left = &mut room[..];
        // Sixteen digits, and sixteen more at most: there is room.
        _ = write!(left, "{process}-{:x}", count.fetch_add(1, Ordering::Relaxed));
        let written = MAX_REQUEST_ID_BYTES - left.len();
        HeaderValue::from_bytes(&room[..written]).unwrap_or(HeaderValue::from_static("none"))
    }
}

/// The id that the caller has given, if nobody can hide anything in it.
fn given(headers: &HeaderMap) -> Option<HeaderValue> {
    let id = headers.get(REQUEST_ID)?;
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte);
    let fits = (1..=MAX_REQUEST_ID_BYTES).contains(&id.len()) && id.as_bytes().iter().all(is_plain);
    fits.then(|| id.clone())
}

/// Gives requests their ids, and counts them.
#[derive(Clone)]
pub(super) struct Observer {
    ids: RequestIds,
    figures: Arc<Figures>,
}

impl Observer {
    pub(super) fn new(ids: RequestIds) -> Self {
        Self {
            ids,
            figures: Arc::default(),
        }
    }
}

/// The figures by route. Each is looked up once: finding one costs more than adding to it.
///
/// There are as many as there are routes, methods that the figures know, and statuses.
#[derive(Default)]
struct Figures(RwLock<HashMap<String, OfRoute>>);

struct OfRoute {
    seconds: Histogram,
    answered: HashMap<(&'static str, StatusCode), Counter>,
}

impl Figures {
    fn count(&self, (method, route): (&'static str, &str), status: StatusCode, seconds: f64) {
        if !self.count_known((method, route), status, seconds) {
            self.meet((method, route), status);
            self.count_known((method, route), status, seconds);
        }
    }

    /// Whether the figures of such an answer were there.
    fn count_known(&self, (method, route): (&'static str, &str), status: StatusCode, seconds: f64) -> bool {
        let routes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let known = routes
            .get(route)
            .and_then(|it| Some((it.answered.get(&(method, status))?, &it.seconds)));
        if let Some((answered, of_route)) = known {
            answered.increment(1);
            of_route.record(seconds);
        }
        known.is_some()
    }

    fn meet(&self, (method, route): (&'static str, &str), status: StatusCode) {
        let mut routes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let of_route = routes.entry(route.to_owned()).or_insert_with(|| OfRoute {
            seconds: metrics::histogram!(REQUEST_SECONDS, "route" => route.to_owned()),
            answered: HashMap::new(),
        });
        of_route.answered.entry((method, status)).or_insert_with(
            || metrics::counter!(REQUESTS, "method" => method, "route" => route.to_owned(), "status" => status.as_u16().to_string()),
        );
    }
}

impl<S> Layer<S> for Observer {
    type Service = Observed<S>;

    fn layer(&self, inner: S) -> Observed<S> {
        Observed {
            observer: self.clone(),
            route: None,
            inner,
        }
    }
}

impl Observer {
    /// Around what no router has found.
    pub(super) fn around<S>(&self, route: &'static str, inner: S) -> Observed<S> {
        Observed {
            observer: self.clone(),
            route: Some(route),
            inner,
        }
    }
}

/// Surrounds the whole handling of a request. A service of its own: middleware made from a function boxes and clones
/// what lies beneath it, for every request.
#[derive(Clone)]
pub(super) struct Observed<S> {
    observer: Observer,
    /// The router says it, otherwise.
    route: Option<&'static str>,
    inner: S,
}

impl<S> Service<Request> for Observed<S>
where
    S: Service<Request, Response = Response, Future: Send + 'static>,
{
    type Response = Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let figures = Arc::clone(&self.observer.figures);
        let id = given(request.headers()).unwrap_or_else(|| self.observer.ids.next());
        let method = method(request.method());
        let known = self.route;
        let matched = request.extensions().get::<MatchedPath>().cloned();
        // The id alone: every field is written out for every request.
        let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default());

        let began = Instant::now();
        let answer = span.in_scope(|| self.inner.call(request));
        let observed = async move {
            let mut response = answer.await?;
            let seconds = began.elapsed().as_secs_f64();
            let route = known
                .or(matched.as_ref().map(MatchedPath::as_str))
                .unwrap_or("(none)");
            let status = response.status();
            log(status, seconds, method, route);
            figures.count((method, route), status, seconds);
            let headers = response.headers_mut();
            headers.insert(REQUEST_ID, id);
            headers.insert(
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            );
            Ok(response)
        };
        Box::pin(observed.instrument(span))
    }
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
        assert_eq!(ids.next(), "0000000000000007-0");
        assert_eq!(ids.next(), "0000000000000007-1");
        assert_ne!(RequestIds::new(8).next(), RequestIds::new(7).next());
    }
}
