//! Cross-origin requests (the CORS protocol of Fetch): any page may ask, none with cookies. A credential is a header that
//! the page itself must know.
//!
//! By hand, since it is two headers of every answer, which a library makes anew for each.

use axum::body::Body;
use http::{HeaderMap, HeaderValue, Response, header};

/// What a page may read of an answer beside its body.
const EXPOSED: HeaderValue =
    HeaderValue::from_static("ratelimit-limit,ratelimit-remaining,ratelimit-reset,retry-after");

/// What a page may send, and what a browser may remember of that for a day.
const ALLOWED: [(http::HeaderName, HeaderValue); 3] = [
    (
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET,POST"),
    ),
    (
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static(
            "accept,authorization,content-type,horarium-organization,horarium-client-secret",
        ),
    ),
    (header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400")),
];

const ANY: HeaderValue = HeaderValue::from_static("*");

/// Says that any page may read an answer.
pub(super) fn open_to_any(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
}

/// The answer to a browser that asks before it sends.
pub(super) fn preflight() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
    headers.extend(ALLOWED);
    response
}
