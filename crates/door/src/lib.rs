//! The door: what every GraphQL request passes before anything of the house runs.
//!
//! It names no domain and no database. The house gives it a [`Host`], a [`Guard`] made from its schema, and
//! [`Settings`]; [`graphql`] gives back what answers at [`PATH`].
//!
//! ```text
//! body, media types, methods     http    413 415 405 406 400
//! tokens, depth, cost            guard   a request error, ≤ 10 ms whatever the text
//! who is asking                  Host::greet        401 403
//! what it costs                  Host::spend        429
//! run, time out, catch panics    pass
//! one shape for errors           errors  what nobody meant for the caller becomes INTERNAL
//! ```
//!
//! Cross-site requests: a browser sends `application/json` to another site only after asking (preflight), so a
//! POST with any other content type, or none, never runs; a GET runs only queries. No cookie authenticates.
//!
//! To add a limit: a documented field of [`Limits`] with its default, and its row in `tests/it/limits.rs`.

mod code;
mod envelope;
mod errors;
mod guard;
mod host;
mod http;
mod limits;
mod meter;
mod pass;
mod refused;
mod reply;
mod settings;
mod socket;

use axum::Router;

pub use self::{
    code::Code,
    errors::fault,
    guard::{Guard, Judged, SchemaError, Size, Vetting},
    host::{Bill, Charge, Credentials, Denied, Host, Throttle, Throttled},
    http::Graphql,
    limits::{Limits, Price, Prices},
    refused::Refused,
    settings::Settings,
};

/// Where the door is.
pub const PATH: &str = "/graphql";

/// The door of a house, for whoever finds the way to [`PATH`] by themselves.
pub fn graphql<H: Host>(host: H, guard: Guard, settings: Settings) -> Graphql {
    Graphql::new(pass::Door::new(host, guard, settings))
}

/// The door of a house, at [`PATH`].
pub fn router<H: Host>(host: H, guard: Guard, settings: Settings) -> Router {
    Router::new().route_service(PATH, graphql(host, guard, settings))
}
