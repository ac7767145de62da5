//! Figures, in the format of Prometheus.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use oauth_store::{StoreError, Table};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tokio::time::Instant;
use tracing::Instrument as _;

use super::trace;

type Labels<const N: usize> = [(&'static str, String); N];
type Times = Family<Labels<1>, Histogram, Buckets>;

/// Counts what happens. Clones count together. No label comes from a request: each has a few values only.
#[derive(Clone)]
pub(super) struct Meter(Arc<Figures>);

struct Figures {
    registry: Registry,
    requests: Family<Labels<2>, Counter>,
    request_times: Times,
    store_times: Times,
    store_failures: Family<Labels<1>, Counter>,
    commits_lost: Counter,
    written: Family<Labels<1>, Counter>,
    swept: Counter,
    tls_reads: Family<Labels<1>, Counter>,
}

/// From what memory takes to what a person notices.
#[derive(Clone)]
struct Buckets;

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new([0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0])
    }
}

impl Meter {
    pub(super) fn new() -> Self {
        let mut registry = Registry::with_prefix("oauth");
        let requests = Family::default();
        registry.register("requests", "Requests that were answered", requests.clone());
        let request_times = Times::new_with_constructor(Buckets);
        let what = "What an answer took";
        registry.register_with_unit("request_duration", what, Unit::Seconds, request_times.clone());
        let store_times = Times::new_with_constructor(Buckets);
        let what = "What the store took";
        registry.register_with_unit("store_duration", what, Unit::Seconds, store_times.clone());
        let store_failures = Family::default();
        registry.register("store_failures", "What the store could not do", store_failures.clone());
        let commits_lost = Counter::default();
        let what = "Commits that somebody else was faster than, or that were replays";
        registry.register("store_commits_lost", what, commits_lost.clone());
        let written = Family::default();
        registry.register("records", "Records that were written: tokens, codes, logins", written.clone());
        let swept = Counter::default();
        registry.register("records_swept", "Rows that were over and were removed", swept.clone());
        let tls_reads = Family::default();
        let what = "Certificates that were read again: taken, or refused and the one before kept";
        registry.register("tls_reads", what, tls_reads.clone());
        Self(Arc::new(Figures {
            registry,
            requests,
            request_times,
            store_times,
            store_failures,
            commits_lost,
            written,
            swept,
            tls_reads,
        }))
    }

    /// A request that was answered.
    pub(super) fn answered(&self, endpoint: &str, status: StatusCode, took: Duration) {
        let labels = [("endpoint", endpoint.to_owned()), ("status", status.as_u16().to_string())];
        self.0.requests.get_or_create(&labels).inc();
        self.0.request_times.get_or_create(&[("endpoint", endpoint.to_owned())]).observe(took.as_secs_f64());
    }

    /// Something that the store does.
    pub(super) async fn store<T>(
        &self,
        operation: &'static str,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let labels = [("operation", operation.to_owned())];
        let begun = Instant::now();
        let span = trace::store(operation);
        let done = work.instrument(span.clone()).await;
        self.0.store_times.get_or_create(&labels).observe(begun.elapsed().as_secs_f64());
        if done.is_err() {
            trace::failed(&span);
            self.0.store_failures.get_or_create(&labels).inc();
        }
        done
    }

    pub(super) fn lost(&self) {
        self.0.commits_lost.inc();
    }

    pub(super) fn written(&self, table: Table) {
        self.0.written.get_or_create(&[("table", format!("{table:?}"))]).inc();
    }

    pub(super) fn swept(&self, removed: usize) {
        self.0.swept.inc_by(removed as u64);
    }

    pub(super) fn tls_read(&self, outcome: &'static str) {
        self.0.tls_reads.get_or_create(&[("outcome", outcome.to_owned())]).inc();
    }

    /// All of it, as text.
    pub(super) fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.0.registry)?;
        Ok(text)
    }
}
