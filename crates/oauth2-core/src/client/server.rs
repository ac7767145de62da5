//! Where a client talks to.

use http::Uri;
use url::Url;

use super::{Leniency, authorize::RESERVED};
use crate::metadata::{
    AuthorizationServerMetadata, MetadataError, Transport, UrlError, check_endpoint, has_reserved_parameter,
    parse_endpoint,
};

/// An authorization server as a client sees it: discovered, or written down. Every URL in it was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: Option<Url>,
    pub(super) token_endpoint: Option<Uri>,
    /// The one for clients that show a certificate.
    pub(super) mtls_token_endpoint: Option<Uri>,
    pub(super) device_endpoint: Option<Uri>,
    pub(super) pushed_endpoint: Option<Uri>,
    pub(super) require_pushed: bool,
    pub(super) revocation_endpoint: Option<Uri>,
    pub(super) introspection_endpoint: Option<Uri>,
    pub(super) iss_parameter_supported: bool,
    /// `None`: written down, so the operator knows.
    pub(super) authentication_methods: Option<Vec<String>>,
    pub(super) leniency: Leniency,
}

impl Server {
    /// A server without metadata. `issuer` is its name: two servers must not share one (RFC 9700 section 4.4).
    ///
    /// # Errors
    /// When an endpoint is no absolute URL, or one that may not be talked to over this transport.
    pub fn new(
        issuer: impl Into<String>,
        authorization_endpoint: Option<&str>,
        token_endpoint: &str,
        transport: Transport,
    ) -> Result<Self, MetadataError> {
        let parse = |member, text: &str| {
            parse_endpoint(text).map_err(|problem| MetadataError::Url { member, problem })
        };
        let metadata = AuthorizationServerMetadata {
            issuer: issuer.into(),
            authorization_endpoint: authorization_endpoint
                .map(|text| parse(AUTHORIZATION, text))
                .transpose()?,
            token_endpoint: Some(parse(TOKEN, token_endpoint)?),
            ..AuthorizationServerMetadata::default()
        };
        Ok(Self { authentication_methods: None, ..Self::from_metadata(&metadata, transport)? })
    }

    /// A server with metadata, as a [`Discovery`](super::Discovery) brings it.
    ///
    /// # Errors
    /// When an endpoint may not be talked to over this transport.
    pub fn from_metadata(
        metadata: &AuthorizationServerMetadata,
        transport: Transport,
    ) -> Result<Self, MetadataError> {
        for (member, url) in
            [(AUTHORIZATION, &metadata.authorization_endpoint), (TOKEN, &metadata.token_endpoint)]
        {
            if let Some(url) = url {
                check(url, transport).map_err(|problem| MetadataError::Url { member, problem })?;
            }
        }
        let token_endpoint = match &metadata.token_endpoint {
            Some(url) => Some(
                url.as_str()
                    .parse()
                    .map_err(|_| MetadataError::Url { member: TOKEN, problem: UrlError::Malformed })?,
            ),
            None => None,
        };
        let methods = &metadata.token_endpoint_auth_methods_supported;
        let alias =
            metadata.extra.get("mtls_endpoint_aliases").and_then(|aliases| aliases.get(TOKEN)?.as_str());
        let device = metadata.extra.get(DEVICE).and_then(serde_json::Value::as_str);
        let named = |member, url: &Option<Url>| {
            url.as_ref().map(|url| endpoint(member, url.as_str(), transport)).transpose()
        };
        Ok(Self {
            mtls_token_endpoint: alias.map(|text| endpoint(TOKEN, text, transport)).transpose()?,
            revocation_endpoint: named("revocation_endpoint", &metadata.revocation_endpoint)?,
            introspection_endpoint: named("introspection_endpoint", &metadata.introspection_endpoint)?,
            pushed_endpoint: named(
                "pushed_authorization_request_endpoint",
                &metadata.pushed_authorization_request_endpoint,
            )?,
            require_pushed: metadata.require_pushed_authorization_requests.unwrap_or_default(),
            device_endpoint: device.map(|text| endpoint(DEVICE, text, transport)).transpose()?,
            issuer: metadata.issuer.clone(),
            authorization_endpoint: metadata.authorization_endpoint.clone(),
            token_endpoint,
            iss_parameter_supported: metadata
                .authorization_response_iss_parameter_supported
                .unwrap_or_default(),
            // RFC 8414 section 2
            authentication_methods: Some(match methods.as_slice() {
                [] => vec!["client_secret_basic".to_owned()],
                listed => listed.to_vec(),
            }),
            leniency: Leniency::Strict,
        })
    }

    /// The server puts `iss` into every authorization response (RFC 9207), so one without it is refused.
    #[must_use]
    pub fn with_iss_parameter(self) -> Self {
        Self { iss_parameter_supported: true, ..self }
    }

    /// How strictly the token endpoint's answers are read.
    #[must_use]
    pub fn with_leniency(self, leniency: Leniency) -> Self {
        Self { leniency, ..self }
    }

    /// The issuer identifier.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }
}

const AUTHORIZATION: &str = "authorization_endpoint";
const TOKEN: &str = "token_endpoint";
const DEVICE: &str = "device_authorization_endpoint";

/// An address that the client may send requests to.
fn endpoint(member: &'static str, text: &str, transport: Transport) -> Result<Uri, MetadataError> {
    let problem = |problem| MetadataError::Url { member, problem };
    let url = parse_endpoint(text).map_err(problem)?;
    check(&url, transport).map_err(problem)?;
    url.as_str().parse().map_err(|_| problem(UrlError::Malformed))
}

fn check(url: &Url, transport: Transport) -> Result<(), UrlError> {
    check_endpoint(url, transport)?;
    // RFC 6749 sections 3.1 and 3.2: the endpoint's own query stays, and no parameter may come twice.
    if has_reserved_parameter(url, RESERVED) { Err(UrlError::Component) } else { Ok(()) }
}
