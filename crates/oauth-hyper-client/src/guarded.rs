//! A client for addresses that strangers choose.

mod addresses;
mod resolver;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Response, Uri, header::CONTENT_ENCODING, uri::Scheme};
use http_body_util::Full;
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{self, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use oauth_sansio::Outgoing;

pub use addresses::is_public_address;
use resolver::{Checked, NotPublic, Reach};
pub use resolver::{Resolve, SystemResolver};

use crate::{SendError, client::send_over};

/// An HTTP client that reaches nothing but public addresses, over TLS.
///
/// Somebody whom nobody knows says where the request goes, so that the answer must not come from inside, must not cost
/// much, and must not lead elsewhere: names are resolved once, every address is checked, and the connection goes to a
/// checked address; redirects are not followed; the whole takes a few seconds at most; a compressed body is refused.
#[derive(Clone)]
pub struct GuardedClient {
    tls: rustls::ClientConfig,
    resolver: Arc<dyn Resolve>,
    reach: Reach,
    timeout: Duration,
    connections: Connections,
}

type Connections = legacy::Client<HttpsConnector<HttpConnector<Checked>>, Full<Bytes>>;

/// Bytes of the head of an answer.
const MAX_HEAD_BYTES: usize = 16 * 1024;

impl GuardedClient {
    /// How long a request may take, from the name to the last byte of the answer, unless told otherwise.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

    /// A client that trusts the certificate authorities of the web.
    pub fn new() -> Self {
        Self::with_tls(rustls::ClientConfig::builder().with_webpki_roots().with_no_client_auth())
    }

    /// A client with TLS settings of one's own.
    pub fn with_tls(tls: rustls::ClientConfig) -> Self {
        Self::over(tls, Arc::new(SystemResolver), Reach::Public, Self::DEFAULT_TIMEOUT)
    }

    /// The same client with another resolver. What it finds is checked all the same.
    #[must_use]
    pub fn resolver(self, resolver: Arc<dyn Resolve>) -> Self {
        Self::over(self.tls, resolver, self.reach, self.timeout)
    }

    /// The same client with another deadline for each request.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Lets the client reach this machine itself. For trying things out on one machine: in production, whoever may name
    /// an address then asks every service that trusts the machine.
    #[must_use]
    pub fn dangerously_reach_loopback(self) -> Self {
        Self::over(self.tls, self.resolver, Reach::PublicAndLoopback, self.timeout)
    }

    fn over(tls: rustls::ClientConfig, resolver: Arc<dyn Resolve>, reach: Reach, timeout: Duration) -> Self {
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls.clone()).https_only().enable_http1();
        let connector = connector.wrap_connector(connector_of(&resolver, reach));
        // Nothing is kept: the next request to the same name looks at its addresses again.
        let connections = legacy::Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .http1_max_buf_size(MAX_HEAD_BYTES)
            .build(connector);
        Self { tls, resolver, reach, timeout, connections }
    }

    /// Sends one request and reads its answer to the end.
    ///
    /// # Errors
    /// [`SendError::Refused`] when the address is not `https` and public; otherwise as
    /// [`Client::send`](crate::Client::send), and [`SendError::Compressed`].
    pub async fn send(&self, outgoing: Outgoing) -> Result<Response<Bytes>, SendError> {
        let Outgoing { request, max_response_bytes, .. } = outgoing;
        self.check(request.uri())?;
        let answer = send_over(&self.connections, request, max_response_bytes);
        match tokio::time::timeout(self.timeout, answer).await {
            Err(_) => Err(SendError::TimedOut(self.timeout)),
            Ok(Err(SendError::Transport(error))) if is_not_public(&*error) => Err(SendError::Refused),
            Ok(Ok(response)) if is_compressed(response.headers()) => Err(SendError::Compressed),
            Ok(answer) => answer,
        }
    }

    /// An address in the place of a name is resolved by nobody, so that it is looked at here.
    fn check(&self, uri: &Uri) -> Result<(), SendError> {
        let host = uri.host().ok_or(SendError::Refused)?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let is_inside = host.parse::<IpAddr>().is_ok_and(|address| !self.reach.allows(address));
        match uri.scheme() == Some(&Scheme::HTTPS) && !is_inside {
            true => Ok(()),
            false => Err(SendError::Refused),
        }
    }
}

fn connector_of(resolver: &Arc<dyn Resolve>, reach: Reach) -> HttpConnector<Checked> {
    let checked = Checked { resolver: Arc::clone(resolver), reach };
    let mut connector = HttpConnector::new_with_resolver(checked);
    // The scheme is looked at by what wraps it.
    connector.enforce_http(false);
    connector
}

/// The connector wraps what the resolver said.
fn is_not_public(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<NotPublic>() {
            return true;
        }
        next = error.source();
    }
    false
}

fn is_compressed(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_ENCODING).iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"))
}

impl Default for GuardedClient {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for GuardedClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GuardedClient").field("reach", &self.reach).field("timeout", &self.timeout).finish()
    }
}
