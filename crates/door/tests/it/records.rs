//! What the service learns of what passes its door, and what it does not.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use http::{Request, header};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::json;
use tracing::Level;

use crate::world::{World, post};

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn listen() -> (Log, tracing::subscriber::DefaultGuard) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .finish();
    (log, tracing::subscriber::set_default(subscriber))
}

#[tokio::test]
async fn a_fault_is_logged_once_under_the_id_that_the_caller_has() {
    let world = World::new();
    for field in ["leaks", "breaks", "faults", "panics"] {
        let (log, guard) = listen();
        let answer = world.ask(&format!("{{ {field} }}")).await;
        drop(guard);
        let (log, id) = (
            log.text(),
            answer.json()["errors"][0]["extensions"]["errorId"].clone(),
        );
        assert_eq!(log.matches("canary-3f9c").count(), 1, "{field}: {log}");
        let line = log.lines().find(|it| it.contains("canary-3f9c")).unwrap();
        assert!(
            line.contains(id.as_str().unwrap()) && line.contains("ERROR"),
            "{line}"
        );
    }
}

#[tokio::test]
async fn no_text_of_a_request_and_no_credential_is_logged() {
    let world = World::new();
    let (log, guard) = listen();
    let query = "query secretOperation($name: String) { secretAlias: hello(name: $name) }";
    let body = json!({ "query": query, "variables": { "name": "secretValue" } });
    let mut request: Request<_> = post(&body.to_string());
    let headers = request.headers_mut();
    headers.insert(header::AUTHORIZATION, "Bearer alice".parse().unwrap());
    headers.insert("horarium-client-secret", "secretSecret".parse().unwrap());
    assert_eq!(world.send(request).await.status, 200);
    assert_eq!(world.ask("{ secretUnknown }").await.code(), "VALIDATION_FAILED");
    assert_eq!(world.ask("{ secretBroken").await.code(), "PARSE_FAILED");
    drop(guard);
    let log = log.text();
    assert!(log.contains("graphql{id=\"id_"), "requests have a span: {log}");
    assert!(!log.contains("secret") && !log.contains("alice"), "{log}");
}

#[tokio::test]
async fn what_passes_is_counted() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let world = World::new();
    world.ask("{ hello }").await;
    world.ask("{ hello leaks }").await;
    world.ask("mutation { write }").await;
    world.ask("{ hello").await;
    let text = handle.render();
    for line in [
        "horarium_graphql_requests_total{kind=\"query\",outcome=\"ok\"} 1",
        "horarium_graphql_requests_total{kind=\"query\",outcome=\"partial\"} 1",
        "horarium_graphql_requests_total{kind=\"mutation\",outcome=\"ok\"} 1",
        "horarium_graphql_refusals_total{code=\"PARSE_FAILED\"} 1",
        "horarium_graphql_seconds_count{kind=\"query\"} 2",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}
