//! The server around a small API.

mod connections;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request};
use axum::routing::post;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::*;

/// A server on a free port, and what a story needs of it.
struct Server {
    at: SocketAddr,
    stop: CancellationToken,
    /// Lets `/slow` answer.
    go: Arc<Notify>,
    /// Told when `/slow` has been reached.
    reached: Arc<Notify>,
    ended: JoinHandle<Ended>,
}

fn parts(stop: &CancellationToken) -> Parts {
    Parts {
        front: None,
        checks: Vec::new(),
        sdl: "type Query { answer: Int }\n".to_owned(),
        page: None,
        metrics: Metrics::recorder().unwrap().1,
        metrics_token: None,
        ids: RequestIds::new(7),
        stop: stop.clone(),
    }
}

async fn serve(change: impl FnOnce(&mut Parts)) -> Server {
    serve_places(16, change).await
}

async fn serve_places(places: u32, change: impl FnOnce(&mut Parts)) -> Server {
    let (stop, go, reached) = (
        CancellationToken::new(),
        Arc::new(Notify::new()),
        Arc::new(Notify::new()),
    );
    let mut parts = parts(&stop);
    let (waits, tells) = (Arc::clone(&go), Arc::clone(&reached));
    let others = Router::new()
        .route(
            "/who",
            get(|ConnectInfo(client): ConnectInfo<SocketAddr>| async move { client.ip().to_string() }),
        )
        .route("/echo", post(|body: Bytes| async { body }))
        .route(
            "/slow",
            get(|| async move {
                tells.notify_one();
                waits.notified().await;
                "done"
            }),
        )
        .route("/socket", get(upgrade));
    change(&mut parts);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let ended = tokio::spawn(listen(listener, app_with(parts, others), places, stop.clone()));
    Server {
        at,
        stop,
        go,
        reached,
        ended,
    }
}

/// Becomes a socket that stays open until its peer closes.
async fn upgrade(request: Request) -> Response {
    tokio::spawn(async move {
        let upgraded = hyper::upgrade::on(request).await.unwrap();
        let mut upgraded = hyper_util::rt::TokioIo::new(upgraded);
        _ = upgraded.read_to_end(&mut Vec::new()).await;
    });
    let headers = [(header::CONNECTION, "upgrade"), (header::UPGRADE, "story")];
    (StatusCode::SWITCHING_PROTOCOLS, headers, Body::empty()).into_response()
}

impl Server {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.at).await.unwrap()
    }

    /// The whole answer to one request on a connection of its own.
    async fn ask(&self, head: &str) -> String {
        let mut stream = self.connect().await;
        stream
            .write_all(format!("{head}\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes())
            .await
            .unwrap();
        rest(&mut stream).await
    }
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(60), stream.read_to_end(&mut answer)).await;
    _ = read.expect("the connection ends");
    String::from_utf8(answer).unwrap()
}

/// Sends a request and keeps the connection.
async fn say(stream: &mut TcpStream, head: &str) {
    stream
        .write_all(format!("{head}\r\nHost: x\r\n\r\n").as_bytes())
        .await
        .unwrap();
}

/// Reads until `end` has come.
async fn until(stream: &mut TcpStream, end: &str) -> String {
    let mut answer = Vec::new();
    while !answer.ends_with(end.as_bytes()) {
        answer.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(answer).unwrap()
}

struct Database {
    works: bool,
    asked: AtomicU32,
}

#[async_trait]
impl Check for Database {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn probe(&self) -> Result<String, String> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.works
            .then(|| "15.18".to_owned())
            .ok_or_else(|| "canary".to_owned())
    }
}

/// Never answers.
struct Stuck;

#[async_trait]
impl Check for Stuck {
    fn name(&self) -> &'static str {
        "stuck"
    }

    async fn probe(&self) -> Result<String, String> {
        std::future::pending().await
    }
}

fn database(works: bool) -> Arc<Database> {
    Arc::new(Database {
        works,
        asked: AtomicU32::new(0),
    })
}

#[tokio::test]
async fn a_process_that_has_what_it_needs_is_ready() {
    let server = serve(|parts| parts.checks = vec![database(true)]).await;
    assert!(
        server
            .ask("GET /healthz HTTP/1.1")
            .await
            .ends_with("\r\n\r\nok\n")
    );
    let answer = server.ask("GET /readyz HTTP/1.1").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let version = env!("CARGO_PKG_VERSION");
    assert!(answer.ends_with(&format!(
        r#"{{"ready":true,"version":"{version}","draining":false,"checks":[{{"name":"database","ok":true,"version":"15.18"}}]}}"#
    )), "{answer}");
}

#[tokio::test]
async fn what_a_failing_check_says_stays_inside() {
    let server = serve(|parts| parts.checks = vec![database(true), database(false)]).await;
    let answer = server.ask("GET /readyz HTTP/1.1").await;
    assert!(
        answer.starts_with("HTTP/1.1 503 ") && !answer.contains("canary"),
        "{answer}"
    );
    assert!(answer.contains(r#"{"name":"database","ok":false}]"#), "{answer}");
    assert!(
        server
            .ask("GET /healthz HTTP/1.1")
            .await
            .starts_with("HTTP/1.1 200 ")
    );
}

#[tokio::test(start_paused = true)]
async fn a_check_that_does_not_answer_has_failed() {
    let server = serve(|parts| parts.checks = vec![Arc::new(Stuck), database(true)]).await;
    let answer = server.ask("GET /readyz HTTP/1.1").await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(
        answer.contains(r#"{"name":"stuck","ok":false},{"name":"database","ok":true"#),
        "{answer}"
    );
}

#[tokio::test(start_paused = true)]
async fn asking_again_at_once_does_not_reach_the_database() {
    let (stop, database) = (CancellationToken::new(), database(true));
    let health = health::Health::new(vec![database.clone()], stop);
    for (wait, asked) in [
        (Duration::ZERO, 1),
        (CHECK_REPEATED - Duration::from_millis(1), 1),
        (Duration::from_millis(1), 2),
    ] {
        tokio::time::advance(wait).await;
        assert_eq!(health.ready().await.status(), StatusCode::OK);
        assert_eq!(database.asked.load(Ordering::Relaxed), asked);
    }
}

#[tokio::test]
async fn metrics_are_for_whoever_shows_the_token() {
    let open = serve(|_| {}).await;
    assert!(
        open.ask("GET /metrics HTTP/1.1")
            .await
            .starts_with("HTTP/1.1 200 ")
    );
    let env = [("HORARIUM_METRICS_TOKEN".to_owned(), "0123456789abcdef".to_owned())].into();
    let token = crate::config::Config::load(&env, None).unwrap().metrics_token;
    let locked = serve(|parts| parts.metrics_token = token).await;
    for (shown, status) in [
        ("0123456789abcdef", 200),
        ("0123456789abcdeF", 401),
        ("0123456789abcdef0", 401),
        ("", 401),
    ] {
        let answer = locked
            .ask(&format!("GET /metrics HTTP/1.1\r\nAuthorization: Bearer {shown}"))
            .await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{shown}: {answer}"
        );
    }
    assert!(
        locked
            .ask("GET /metrics HTTP/1.1")
            .await
            .starts_with("HTTP/1.1 401 ")
    );
}

#[test]
fn requests_are_counted_by_route_and_known_method() {
    let (recorder, metrics) = Metrics::recorder().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let server = serve(|_| {}).await;
            server.ask("GET /who?token=canary HTTP/1.1").await;
            server.ask("GET /canary HTTP/1.1").await;
            server.ask("CANARY /who HTTP/1.1").await;
        });
    });
    let told = metrics.render();
    assert!(
        told.contains(r#"http_requests_total{method="GET",route="/who",status="200"} 1"#),
        "{told}"
    );
    assert!(
        told.contains(r#"http_requests_total{method="GET",route="(none)",status="404"} 1"#),
        "{told}"
    );
    assert!(
        told.contains(r#"http_requests_total{method="OTHER",route="/who",status="405"} 1"#),
        "{told}"
    );
    assert!(
        told.contains(r#"http_request_duration_seconds_count{route="/who"} 2"#),
        "{told}"
    );
    assert!(!told.to_lowercase().contains("canary"), "{told}");
}

#[tokio::test]
async fn the_schema_is_published() {
    let answer = serve(|_| {}).await.ask("GET /schema.graphql HTTP/1.1").await;
    assert!(answer.ends_with("type Query { answer: Int }\n"), "{answer}");
}

#[tokio::test]
async fn pages_for_developers_are_there_in_development_alone() {
    let production = serve(|_| {}).await;
    let development = serve(|parts| parts.page = Some(Page::default())).await;
    for path in ["/", "/graphiql", "/-/page.js", "/-/demo.json"] {
        let head = format!("GET {path} HTTP/1.1");
        assert!(production.ask(&head).await.starts_with("HTTP/1.1 404 "), "{path}");
        assert!(
            development.ask(&head).await.starts_with("HTTP/1.1 200 "),
            "{path}"
        );
    }
}

#[tokio::test]
async fn every_answer_carries_the_id_of_its_request() {
    let server = serve(|_| {}).await;
    let answer = server.ask("GET /nowhere HTTP/1.1").await;
    assert!(
        answer.contains("\r\nx-request-id: 0000000000000007-0\r\n"),
        "{answer}"
    );
    let answer = server.ask("GET /healthz HTTP/1.1\r\nX-Request-Id: mine-1").await;
    assert!(answer.contains("\r\nx-request-id: mine-1\r\n"), "{answer}");
}

#[tokio::test]
async fn the_api_is_told_who_has_connected() {
    assert!(
        serve(|_| {})
            .await
            .ask("GET /who HTTP/1.1")
            .await
            .ends_with("\r\n\r\n127.0.0.1")
    );
}

#[tokio::test]
async fn a_draining_process_is_not_ready() {
    let stop = CancellationToken::new();
    let health = health::Health::new(vec![database(true)], stop.clone());
    assert_eq!(health.ready().await.status(), StatusCode::OK);
    stop.cancel();
    assert_eq!(health.ready().await.status(), StatusCode::SERVICE_UNAVAILABLE);
}
