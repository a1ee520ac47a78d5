//! Figures about this process for Prometheus. Whoever counts uses the `metrics` crate; this module collects.

use metrics_exporter_prometheus::{
    BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};

/// Requests answered, by `method`, `route` and `status`.
pub const REQUESTS: &str = "http_requests_total";
/// Seconds from a request's head to its answer's head, by `route`.
pub const REQUEST_SECONDS: &str = "http_request_duration_seconds";
/// Connections open now, sockets included.
pub const CONNECTIONS: &str = "http_connections";
/// Always 1; its label is the running version.
pub const BUILD: &str = "horarium_build_info";

/// Events that are committed and have no place in their journal yet.
pub const UNNUMBERED: &str = "journal_unnumbered_events";
/// How old the first of them is, in seconds.
pub const JOURNAL_LAG: &str = "journal_lag";
/// Promises that are due and not kept.
pub const DUE_PROMISES: &str = "promises_due";
/// How long the first of them is overdue, in seconds.
pub const PROMISE_AGE: &str = "promises_overdue";
/// Promises that were given up.
pub const DEAD_PROMISES: &str = "promises_dead";
/// Claims that ended, by `kind` and `outcome`.
pub const PROMISES: &str = "promises_total";

/// Upper bounds for everything that ends in `_seconds`: from a point read to the longest mutation.
const SECONDS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0, 60.0,
];

/// Reads what has been counted.
#[derive(Debug, Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Collects for the whole process.
    ///
    /// # Errors
    /// When something else collects already.
    pub fn install() -> Result<Self, BuildError> {
        let (recorder, metrics) = Self::recorder()?;
        metrics::set_global_recorder(recorder)?;
        describe();
        Ok(metrics)
    }

    /// A recorder and its reader, for whoever sets the recorder.
    ///
    /// # Errors
    /// When there are no bounds: never.
    pub fn recorder() -> Result<(PrometheusRecorder, Self), BuildError> {
        let builder = PrometheusBuilder::new();
        let seconds = Matcher::Suffix("_seconds".to_owned());
        let recorder = builder
            .set_buckets_for_metric(seconds, &SECONDS)?
            .build_recorder();
        let handle = recorder.handle();
        Ok((recorder, Self(handle)))
    }

    /// Everything counted so far, in Prometheus's text format.
    #[must_use]
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Folds fresh samples into their histograms: to be called every few seconds, or they pile up when nobody
    /// reads them.
    pub fn fold(&self) {
        self.0.run_upkeep();
    }
}

fn describe() {
    metrics::describe_counter!(REQUESTS, "Requests answered.");
    metrics::describe_histogram!(
        REQUEST_SECONDS,
        metrics::Unit::Seconds,
        "From a request to its answer."
    );
    metrics::describe_gauge!(CONNECTIONS, "Connections open now, sockets included.");
    metrics::describe_gauge!(UNNUMBERED, "Events without a place in their journal.");
    metrics::describe_gauge!(JOURNAL_LAG, "Age of the first event without a place, in seconds.");
    metrics::describe_gauge!(DUE_PROMISES, "Promises that are due and not kept.");
    metrics::describe_gauge!(PROMISE_AGE, "How long the first of them is overdue, in seconds.");
    metrics::describe_gauge!(DEAD_PROMISES, "Promises that were given up.");
    metrics::describe_counter!(PROMISES, "Claims that ended.");
    metrics::describe_gauge!(BUILD, "The running version.");
    metrics::gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}
