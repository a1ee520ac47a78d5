//! The HTTP server around the API: health, figures, schema, the pages for developers, and the order in which
//! a request meets them.
//!
//! **Invariant:** nothing here knows what GraphQL is: `Parts::front` is a path, and whoever answers there.

mod front;
mod health;
mod listener;
mod observe;
mod patience;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use subtle::ConstantTimeEq;
use tokio_util::sync::CancellationToken;

use crate::config::Token;
use crate::metrics::Metrics;
use crate::page::Page;

use self::observe::Observer;

pub use front::{App, Front};
pub use health::{CHECK_REPEATED, CHECK_TIMEOUT, Check};
pub use listener::{DRAIN, Ended, HEAD_TIMEOUT, MAX_HEAD_BYTES, MAX_STREAMS, PING_AFTER, listen};
pub use observe::{MAX_REQUEST_ID_BYTES, REQUEST_ID, RequestIds};
pub use patience::BODY_PAUSE;

/// What the server is put together from.
pub struct Parts {
    /// What nearly every request is for, if this process answers it.
    pub front: Option<Front>,
    /// What `/readyz` asks.
    pub checks: Vec<Arc<dyn Check>>,
    /// What `/schema.graphql` tells.
    pub sdl: String,
    /// The pages for developers, in development alone.
    pub page: Option<Page>,
    /// What `/metrics` tells.
    pub metrics: Metrics,
    /// What `/metrics` wants to see first, if anything.
    pub metrics_token: Option<Token>,
    /// Where requests get their ids.
    pub ids: RequestIds,
    /// Cancelled when the process is to end: `/readyz` refuses from that moment.
    pub stop: CancellationToken,
}

/// Everything this server answers.
pub fn app(parts: Parts) -> App {
    app_with(parts, Router::new())
}

/// The same, with routes of somebody else's.
fn app_with(parts: Parts, others: Router) -> App {
    let health = health::Health::new(parts.checks, parts.stop);
    let sdl: Arc<str> = parts.sdl.into();
    let ours = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(|| async move { health.ready().await }))
        .route(
            "/metrics",
            get(figures).with_state((parts.metrics, parts.metrics_token)),
        )
        .route(
            "/schema.graphql",
            get(|| async move { text("text/plain; charset=utf-8", sdl.to_string()) }),
        );
    let rest = ours
        .merge(parts.page.map(Page::router).unwrap_or_default())
        .merge(others)
        .fallback(nowhere);
    App::new(parts.front, rest, &Observer::new(parts.ids))
}

/// The figures, for whoever may see them.
async fn figures(State((metrics, token)): State<(Metrics, Option<Token>)>, headers: HeaderMap) -> Response {
    let shown = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    let may =
        token.is_none_or(|token| bool::from(shown.unwrap_or_default().ct_eq(token.expose().as_bytes())));
    if may {
        text("text/plain; version=0.0.4; charset=utf-8", metrics.render())
    } else {
        (
            StatusCode::UNAUTHORIZED,
            [(header::WWW_AUTHENTICATE, "Bearer")],
            "a bearer token is needed\n",
        )
            .into_response()
    }
}

async fn nowhere() -> Response {
    (StatusCode::NOT_FOUND, "nothing is here; the API is at /graphql\n").into_response()
}

fn text(kind: &'static str, body: String) -> Response {
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}

#[cfg(test)]
mod tests;
