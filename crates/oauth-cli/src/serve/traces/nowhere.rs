//! A program that is built without traces.

use tracing_subscriber::layer::Identity;

/// No traces.
pub(crate) struct Traces;

impl Traces {
    /// # Errors
    /// When there is a collector: it would wait for nothing.
    pub(crate) fn to(settings: &oauth_provider::config::Traces) -> anyhow::Result<Self> {
        anyhow::ensure!(
            settings.endpoint.is_none(),
            "`traces.endpoint`: this program is built without traces; build it with `--features otel`, or take the key away"
        );
        Ok(Self)
    }

    pub(crate) fn layer(&self) -> Identity {
        Identity::new()
    }

    pub(crate) async fn end(self) {}
}
