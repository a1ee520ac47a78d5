//! The other side of the comparison: axum, one handler, the same bytes.

use std::net::SocketAddr;
use std::process::{Command, Stdio};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::routing::post;

use crate::Outcome;
use crate::load::Answer;
use crate::product::{Child, free_address, patiently};

/// The argument by which this program becomes the plain handler.
pub(crate) const ROLE: &str = "plain";

/// Where it listens.
const LISTEN: &str = "BENCH_LISTEN";
/// The head that it answers with, `name: value` a line.
const HEAD: &str = "BENCH_HEAD";
/// The body that it answers with.
const BODY: &str = "BENCH_BODY";

/// A process with a plain handler.
pub(crate) struct Plain {
    pub(crate) address: SocketAddr,
    pub(crate) process: Child,
}

impl Plain {
    /// Starts one that answers what somebody else has answered.
    pub(crate) async fn answering(answer: &Answer) -> Outcome<Self> {
        let address = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg(ROLE)
            .env(LISTEN, address.to_string())
            .env(HEAD, answer.headers.join("\n"))
            .env(BODY, &answer.body)
            .stdout(Stdio::null());
        let process = Child(command.spawn()?);
        patiently(address).await?;
        Ok(Self { address, process })
    }
}

/// Serves until it is killed.
#[tokio::main]
pub(crate) async fn serve() -> Outcome<()> {
    let body = Bytes::from(std::env::var(BODY)?);
    let mut head = HeaderMap::new();
    for line in std::env::var(HEAD)?.lines() {
        let (name, value) = line.split_once(": ").ok_or("a header without a value")?;
        head.insert(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
    }
    let handler = post(move |_: Bytes| async move { (head, body) });
    let app = Router::new().route("/graphql", handler);
    let listener = tokio::net::TcpListener::bind(std::env::var(LISTEN)?).await?;
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
        _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, app).await?)
}
