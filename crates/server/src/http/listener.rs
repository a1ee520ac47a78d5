//! Connections: how many, how patient, and how they end.
//!
//! A place is taken when a connection is accepted and given back when its last byte is done, also after it has
//! become a WebSocket. So one number limits both, and "all places are free" means that everything has drained.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::front::App;
use super::patience::Patient;
use crate::metrics::CONNECTIONS;

/// How long a request's head may take to arrive, the first after connecting and each after the last answer.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// The most bytes of a request's head.
pub const MAX_HEAD_BYTES: u32 = 64 * 1024;
/// The most requests at the same time on one HTTP/2 connection.
pub const MAX_STREAMS: u32 = 100;
/// How long an HTTP/2 peer may be silent before it is asked, and again before it is taken for gone.
pub const PING_AFTER: Duration = Duration::from_secs(20);
/// How long requests, sockets and background work have to end once the process is asked to: it is gone 15 s after
/// the signal, the time for cutting off what is left included.
pub const DRAIN: Duration = Duration::from_secs(14);
/// How long to wait when the machine has no room for another connection.
const BREATH: Duration = Duration::from_millis(100);

/// How serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Every request was answered and every socket closed.
    Drained,
    /// Some were cut off after [`DRAIN`].
    CutOff {
        /// How many.
        connections: usize,
    },
}

/// Accepts connections until `stop`, then waits up to [`DRAIN`] for those that are open.
pub async fn listen(listener: TcpListener, app: App, places: u32, stop: CancellationToken) -> Ended {
    let free = Arc::new(Semaphore::new(places as usize));
    let server = Arc::new(builder());
    while let Some(stream) = stop.run_until_cancelled(next(&listener, &free)).await {
        let (server, app, stop) = (Arc::clone(&server), app.clone(), stop.clone());
        tokio::spawn(async move { converse(&server, app, stream, stop).await });
    }
    drop(listener);
    match timeout(DRAIN, free.acquire_many(places)).await {
        Ok(_) => Ended::Drained,
        Err(_) => Ended::CutOff {
            connections: places as usize - free.available_permits(),
        },
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES as usize)
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(MAX_HEAD_BYTES)
        .max_concurrent_streams(MAX_STREAMS)
        .keep_alive_interval(PING_AFTER)
        .keep_alive_timeout(PING_AFTER);
    builder
}

/// The next connection, once there is a place for it.
async fn next(listener: &TcpListener, free: &Arc<Semaphore>) -> Placed {
    loop {
        // The semaphore is never closed; were it, no connection would be the right answer.
        let Ok(place) = Arc::clone(free).acquire_owned().await else {
            std::future::pending().await
        };
        match listener.accept().await {
            Ok((stream, _)) => return Placed::new(stream, place),
            Err(why) if is_peers_fault(&why) => {}
            Err(why) => {
                tracing::error!(%why, "cannot accept connections");
                sleep(BREATH).await;
            }
        }
    }
}

fn is_peers_fault(why: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        why.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// Answers the requests of one connection.
async fn converse(server: &Builder<TokioExecutor>, app: App, stream: Placed, stop: CancellationToken) {
    _ = stream.stream.set_nodelay(true);
    let Ok(peer) = stream.stream.peer_addr() else {
        return;
    };
    let begun = Arc::new(AtomicBool::new(false));
    let silence = silence(Arc::clone(&begun));
    let service = tower::service_fn(move |request: Request<hyper::body::Incoming>| {
        begun.store(true, Ordering::Relaxed);
        let mut request = request.map(|body| Body::new(Patient::new(body)));
        request.extensions_mut().insert(ConnectInfo(peer));
        app.clone().oneshot(request)
    });
    let service = TowerToHyperService::new(service);
    let connection = server.serve_connection_with_upgrades(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = silence => return,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(why) = ended {
        tracing::debug!(why, "connection ended");
    }
}

/// Ends when no request has begun in time. Before a connection has shown which HTTP it speaks, neither version's
/// own patience counts.
async fn silence(begun: Arc<AtomicBool>) {
    sleep(HEAD_TIMEOUT).await;
    if begun.load(Ordering::Relaxed) {
        std::future::pending().await
    }
}

/// A connection and its place.
#[derive(Debug)]
struct Placed {
    stream: TcpStream,
    _place: OwnedSemaphorePermit,
}

impl Placed {
    fn new(stream: TcpStream, place: OwnedSemaphorePermit) -> Self {
        metrics::gauge!(CONNECTIONS).increment(1);
        Self {
            stream,
            _place: place,
        }
    }
}

impl Drop for Placed {
    fn drop(&mut self) {
        metrics::gauge!(CONNECTIONS).decrement(1);
    }
}

impl AsyncRead for Placed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Placed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
