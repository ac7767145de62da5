//! A collector. Requests never wait for it: spans are put into a bounded queue, a thread beside sends them, and what does not
//! fit is dropped.

use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use oauth_hyper_client::Client;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tokio::runtime::Handle;
use tower_service::Service as _;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::registry::LookupSpan;

/// How long one batch may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long the end waits for what is still to be sent.
const FAREWELL: Duration = Duration::from_secs(5);

/// What the provider's spans are told by; nothing else is sent.
const TARGET: &str = "oauth_provider::traces";

/// Traces on their way to a collector, if there is one.
pub(crate) struct Traces(Option<SdkTracerProvider>);

impl Traces {
    /// # Errors
    /// When the library does not take the address.
    pub(crate) fn to(settings: &oauth_provider::config::Traces) -> anyhow::Result<Self> {
        let Some(endpoint) = &settings.endpoint else { return Ok(Self(None)) };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector {
                client: Client::new().timeout(PATIENCE),
                runtime: Handle::current(),
            })
            .with_endpoint(endpoint.as_str())
            .with_timeout(PATIENCE)
            .build()
            .context("`traces.endpoint` cannot be used")?;
        // What a declared proxy has decided for its trace holds for the whole of it.
        let sampler = Sampler::TraceIdRatioBased(f64::from(settings.sample) / 100.0);
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::ParentBased(Box::new(sampler)))
            .with_resource(Resource::builder().with_service_name("oauth").build())
            .with_batch_exporter(exporter)
            .build();
        Ok(Self(Some(provider)))
    }

    /// Takes the provider's spans, and none of anybody else.
    pub(crate) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        self.0.as_ref().map(|provider| {
            let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("oauth"));
            let layer = layer.with_location(false).with_threads(false).with_target(false);
            let layer = layer.with_tracked_inactivity(false);
            layer.with_filter(Targets::new().with_target(TARGET, LevelFilter::TRACE))
        })
    }

    /// Sends what is still to be sent, within [`FAREWELL`].
    pub(crate) async fn end(self) {
        let Some(provider) = self.0 else { return };
        let sent = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(FAREWELL)).await;
        if let Ok(Err(error)) = sent {
            tracing::warn!(%error, "not all traces were sent");
        }
    }
}

/// Sends with the client that is there anyway. The thread that asks knows no runtime, so the work is done on ours.
#[derive(Debug)]
struct Collector {
    client: Client,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut client = self.client.clone();
        Ok(self.runtime.spawn(async move { client.call(request).await }).await??)
    }
}
