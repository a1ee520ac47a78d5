//! The pages for developers: our own at `/`, which works offline, and `GraphiQL` at `/graphiql` for those online.
//! Served in development alone.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};

use crate::demo::Demo;

/// Nothing but our own files, and nobody may frame us.
const OWN: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                   base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// `GraphiQL` brings its files from a content delivery network (each pinned by its hash) and writes styles.
const GRAPHIQL: &str = "default-src 'none'; script-src 'self' https://cdn.jsdelivr.net; \
                        style-src 'self' https://cdn.jsdelivr.net 'unsafe-inline'; img-src 'self' data:; \
                        font-src data:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; \
                        frame-ancestors 'none'";

/// The pages and what they are filled in with.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Told to the page when it is opened under a name of this machine.
    pub demo: Option<Demo>,
    /// The host of the public address, if it has one.
    pub host: Option<String>,
}

/// Where one file of this program is found, what it is, and itself.
type File = (&'static str, &'static str, &'static str);

/// Everything our own page is made of, and what `GraphiQL`'s has of ours.
const FILES: [File; 9] = [
    ("/", HTML, include_str!("page/index.html")),
    ("/-/icon.svg", "image/svg+xml", include_str!("page/icon.svg")),
    ("/-/page.css", CSS, include_str!("page/page.css")),
    ("/-/page.js", SCRIPT, include_str!("page/page.js")),
    ("/-/highlight.js", SCRIPT, include_str!("page/highlight.js")),
    ("/-/schema.js", SCRIPT, include_str!("page/schema.js")),
    ("/-/explorer.js", SCRIPT, include_str!("page/explorer.js")),
    ("/-/graphiql.css", CSS, include_str!("page/graphiql.css")),
    ("/-/graphiql.js", SCRIPT, include_str!("page/graphiql.js")),
];
const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

impl Page {
    /// Everything the pages are made of.
    pub(crate) fn router(self) -> Router {
        let files = FILES
            .into_iter()
            .fold(Router::new(), |router, (path, kind, body)| {
                router.route(path, get(move || async move { file(OWN, kind, body) }))
            });
        let graphiql = || async {
            file(
                GRAPHIQL,
                "text/html; charset=utf-8",
                include_str!("page/graphiql.html"),
            )
        };
        files
            .route("/graphiql", get(graphiql))
            .route("/-/demo.json", get(demo).with_state(Arc::new(self)))
    }

    /// A page of somebody else that has its own name point here (DNS rebinding) would be given the key as if it
    /// were ours: so the key is told only under an address, a name of this machine, or the public name.
    fn is_named_by(&self, headers: &HeaderMap) -> bool {
        let Some(told) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else {
            return false;
        };
        let name = told
            .rsplit_once(':')
            .filter(|(_, port)| !port.contains(']'))
            .map_or(told, |(name, _)| name);
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        told.parse::<SocketAddr>().is_ok()
            || bare.parse::<IpAddr>().is_ok()
            || name.eq_ignore_ascii_case("localhost")
            || self
                .host
                .as_deref()
                .is_some_and(|host| name.eq_ignore_ascii_case(host))
    }
}

async fn demo(State(page): State<Arc<Page>>, headers: HeaderMap) -> Response {
    let told = page.demo.as_ref().filter(|_| page.is_named_by(&headers));
    ([(header::CACHE_CONTROL, "no-store")], Json(told)).into_response()
}

fn file(policy: &'static str, kind: &'static str, body: &'static str) -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)),
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (headers, body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_names_are_told_the_demo_key() {
        let page = Page {
            demo: None,
            host: Some("demo.example.com".to_owned()),
        };
        let named =
            |host: &str| page.is_named_by(&HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]));
        for host in [
            "localhost",
            "LOCALHOST:4000",
            "127.0.0.1:4000",
            "192.0.2.7",
            "[::1]:4000",
            "[::1]",
            "demo.example.com:80",
        ] {
            assert!(named(host), "{host}");
        }
        for host in [
            "",
            "evil.example.net",
            "evil.example.net:4000",
            "localhost.example.net",
            "127.0.0.1.example.net",
        ] {
            assert!(!named(host), "{host}");
        }
        assert!(!page.is_named_by(&HeaderMap::new()));
    }
}
