//! The library alone: `async-graphql` behind axum with nothing of ours, asked the same question. Beside it one sees how much of
//! the distance to a plain handler is GraphQL, and how much is the machine's day.

use std::net::SocketAddr;
use std::process::{Command, Stdio};

use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema};
use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::post;

use crate::Outcome;
use crate::product::{Child, free_address, patiently};

/// The argument by which this program becomes the library's server.
pub(crate) const ROLE: &str = "library";

/// Where it listens.
const LISTEN: &str = "BENCH_LISTEN";

/// A process with nothing but the library.
pub(crate) struct Library {
    pub(crate) address: SocketAddr,
    pub(crate) process: Child,
}

impl Library {
    pub(crate) async fn start() -> Outcome<Self> {
        let address = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg(ROLE)
            .env(LISTEN, address.to_string())
            .stdout(Stdio::null());
        let process = Child(command.spawn()?);
        patiently(address).await?;
        Ok(Self { address, process })
    }
}

struct Query;

#[Object]
impl Query {
    async fn answer(&self) -> i32 {
        42
    }
}

/// Serves until it is killed.
#[tokio::main]
pub(crate) async fn serve() -> Outcome<()> {
    let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
    let handler = post(move |body: Bytes| {
        let schema = schema.clone();
        async move {
            let Ok(request) = serde_json::from_slice::<async_graphql::Request>(&body) else {
                return StatusCode::BAD_REQUEST.into_response();
            };
            match serde_json::to_vec(&schema.execute(request).await) {
                Ok(answer) => ([(header::CONTENT_TYPE, "application/json")], answer).into_response(),
                Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            }
        }
    });
    let app = Router::new().route("/graphql", handler);
    let listener = tokio::net::TcpListener::bind(std::env::var(LISTEN)?).await?;
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
        _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, app).await?)
}
