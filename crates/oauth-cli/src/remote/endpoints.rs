//! Endpoints that somebody names by hand.

use oauth2_core::metadata::{AuthorizationServerMetadata, MetadataError, UrlError};
use serde_json::Value;
use url::Url;

use super::Failure;

/// Endpoints, for a server that publishes none, or in the place of those that it publishes.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct EndpointOptions {
    /// Where browsers are sent; for a server without metadata.
    #[arg(long, value_name = "URL", help_heading = "Server")]
    authorization_endpoint: Option<String>,
    /// Where tokens come from; with it, no metadata is asked for.
    #[arg(long, value_name = "URL", help_heading = "Server")]
    pub(super) token_endpoint: Option<String>,
    /// Where devices begin.
    #[arg(long, value_name = "URL", help_heading = "Server", hide_short_help = true)]
    device_authorization_endpoint: Option<String>,
    /// Where authorization requests are pushed to.
    #[arg(long, value_name = "URL", help_heading = "Server", hide_short_help = true)]
    pushed_authorization_request_endpoint: Option<String>,
    /// Where tokens are looked up.
    #[arg(long, value_name = "URL", help_heading = "Server", hide_short_help = true)]
    introspection_endpoint: Option<String>,
    /// Where tokens are given back.
    #[arg(long, value_name = "URL", help_heading = "Server", hide_short_help = true)]
    revocation_endpoint: Option<String>,
    /// Where clients register.
    #[arg(long, value_name = "URL", help_heading = "Server", hide_short_help = true)]
    registration_endpoint: Option<String>,
}

impl EndpointOptions {
    /// Puts them into metadata.
    pub(super) fn apply(&self, metadata: &mut AuthorizationServerMetadata) -> Result<(), Failure> {
        let put = |place: &mut Option<Url>, member, text: &Option<String>| -> Result<(), Failure> {
            if let Some(text) = text {
                *place = Some(url(member, text)?);
            }
            Ok(())
        };
        put(&mut metadata.authorization_endpoint, "authorization_endpoint", &self.authorization_endpoint)?;
        put(&mut metadata.token_endpoint, "token_endpoint", &self.token_endpoint)?;
        put(&mut metadata.introspection_endpoint, "introspection_endpoint", &self.introspection_endpoint)?;
        put(&mut metadata.revocation_endpoint, "revocation_endpoint", &self.revocation_endpoint)?;
        put(&mut metadata.registration_endpoint, "registration_endpoint", &self.registration_endpoint)?;
        put(
            &mut metadata.pushed_authorization_request_endpoint,
            "pushed_authorization_request_endpoint",
            &self.pushed_authorization_request_endpoint,
        )?;
        const DEVICE: &str = "device_authorization_endpoint";
        if let Some(text) = &self.device_authorization_endpoint {
            metadata.extra.insert(DEVICE.to_owned(), Value::from(url(DEVICE, text)?.as_str()));
        }
        Ok(())
    }
}

fn url(member: &'static str, text: &str) -> Result<Url, Failure> {
    let problem = MetadataError::Url { member, problem: UrlError::Malformed };
    Url::parse(text).map_err(|_| problem.into())
}
