//! Whether the process lives, and whether it can serve.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use oauth_sansio::Digest;
use oauth_store::{Key, Store, Table, Tenant};

/// What `/health/live` and `/health/ready` answer. Nobody needs to be known to ask, so they say nothing but that.
#[derive(Clone)]
pub(super) struct Health {
    store: Arc<dyn Store>,
    ending: Arc<AtomicBool>,
}

impl Health {
    /// A store that takes longer is not there.
    const PATIENCE: Duration = Duration::from_secs(2);

    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, ending: Arc::default() }
    }

    /// From now on no request should be sent here.
    pub(super) fn end(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    /// The answer, where the path is one of these.
    pub(super) async fn answer(&self, path: &str) -> Option<Response<Bytes>> {
        match path {
            "/health/live" => Some(said(true)),
            "/health/ready" => Some(said(self.is_ready().await)),
            _ => None,
        }
    }

    /// Whether requests can be answered: the store is there, and the end is not near.
    async fn is_ready(&self) -> bool {
        if self.ending.load(Ordering::Relaxed) {
            return false;
        }
        let nothing = Key::new(Tenant::from_u64(0), Table::Setting, Digest::of("health"));
        let asked = async { self.store.load(&[nothing]).await };
        matches!(tokio::time::timeout(Self::PATIENCE, asked).await, Ok(Ok(_)))
    }
}

fn said(well: bool) -> Response<Bytes> {
    let (status, text) = match well {
        true => (StatusCode::OK, "ok\n"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n"),
    };
    let mut answer = Response::new(Bytes::from_static(text.as_bytes()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
