//! Where a client talks to.

use std::sync::Arc;

use http::Uri;
use serde_json::Value;
use url::Url;

use super::{
    Leniency, SignedMode,
    endpoints::{Endpoints, check_query, named, request_address},
    profile::Mouth,
};
use crate::metadata::{
    AuthorizationServerMetadata, MetadataError, Transport, address, check_endpoint, parse_endpoint,
};

/// An authorization server as a client sees it: discovered, or written down. Every URL in it was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    pub(super) issuer: String,
    pub(super) transport: Transport,
    pub(super) authorization_endpoint: Option<Url>,
    pub(super) endpoints: Endpoints,
    /// Those for clients that show a certificate.
    pub(super) mtls_endpoints: Endpoints,
    pub(super) registration_endpoint: Option<Uri>,
    pub(super) jwks_uri: Option<Uri>,
    pub(super) require_pushed: bool,
    pub(super) require_signed: bool,
    /// How requests may be signed; none: the server does not say.
    pub(super) request_algorithms: Vec<String>,
    /// None: the server does not say.
    pub(super) response_modes: Vec<String>,
    pub(super) iss_parameter_supported: bool,
    /// `None`: written down, so the operator knows.
    pub(super) authentication_methods: Option<Vec<String>>,
    /// Whether a client may be known by the address of its description; `None`: written down.
    pub(super) client_documents: Option<bool>,
    pub(super) leniency: Leniency,
    /// How it deviates from the standard; `None`: not at all.
    pub(super) mouth: Option<Arc<Mouth>>,
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
            token_endpoint: Some(parse("token_endpoint", token_endpoint)?),
            ..AuthorizationServerMetadata::default()
        };
        let server = Self::from_metadata(&metadata, transport)?;
        Ok(Self { authentication_methods: None, client_documents: None, ..server })
    }

    /// A server with metadata, as a [`Discovery`](super::Discovery) brings it.
    ///
    /// # Errors
    /// When an endpoint may not be talked to over this transport.
    pub fn from_metadata(
        metadata: &AuthorizationServerMetadata,
        transport: Transport,
    ) -> Result<Self, MetadataError> {
        let problem = |member| move |problem| MetadataError::Url { member, problem };
        if let Some(url) = &metadata.authorization_endpoint {
            check_endpoint(url, transport).and_then(|()| check_query(url)).map_err(problem(AUTHORIZATION))?;
        }
        let endpoints = Endpoints::of(metadata, transport)?;
        let mtls_endpoints = endpoints.aliases(metadata, transport)?;
        let registration = named(metadata, REGISTRATION);
        let jwks_uri = metadata.jwks_uri.as_ref().map(|url| {
            check_endpoint(url, transport).and_then(|()| address(url)).map_err(problem("jwks_uri"))
        });
        let flag = |member: &str| metadata.extra.get(member).and_then(Value::as_bool).unwrap_or_default();
        let methods = &metadata.token_endpoint_auth_methods_supported;
        Ok(Self {
            issuer: metadata.issuer.clone(),
            transport,
            authorization_endpoint: metadata.authorization_endpoint.clone(),
            endpoints,
            mtls_endpoints,
            registration_endpoint: registration
                .map(|text| request_address(REGISTRATION, text, transport))
                .transpose()?,
            jwks_uri: jwks_uri.transpose()?,
            require_pushed: metadata.require_pushed_authorization_requests.unwrap_or_default(),
            require_signed: flag("require_signed_request_object"),
            request_algorithms: texts(metadata, "request_object_signing_alg_values_supported"),
            response_modes: metadata.response_modes_supported.clone(),
            iss_parameter_supported: metadata
                .authorization_response_iss_parameter_supported
                .unwrap_or_default(),
            // RFC 8414 section 2
            authentication_methods: Some(match methods.as_slice() {
                [] => vec!["client_secret_basic".to_owned()],
                listed => listed.to_vec(),
            }),
            client_documents: Some(flag("client_id_metadata_document_supported")),
            leniency: Leniency::Strict,
            mouth: None,
        })
    }

    /// The server puts `iss` into every authorization response (RFC 9207), so one without it is refused.
    #[must_use]
    pub fn with_iss_parameter(self) -> Self {
        Self { iss_parameter_supported: true, ..self }
    }

    /// How strictly the server's answers are read.
    #[must_use]
    pub fn with_leniency(self, leniency: Leniency) -> Self {
        Self { leniency, ..self }
    }

    /// How a signed answer is asked for that comes this way (JARM sections 2.3 and 4); `None` where the server has none.
    pub(super) fn signed_mode(&self, mode: SignedMode) -> Option<&'static str> {
        if self.has_own_answers() {
            return None;
        }
        let modes = &self.response_modes;
        let listed = |mode: &&str| modes.is_empty() || modes.iter().any(|one| one == mode);
        mode.names().iter().copied().find(listed)
    }

    /// The issuer identifier.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }
}

const AUTHORIZATION: &str = "authorization_endpoint";
const REGISTRATION: &str = "registration_endpoint";

/// A list in a member that has no field. What is no text in it names nothing that is known here.
fn texts(metadata: &AuthorizationServerMetadata, member: &str) -> Vec<String> {
    let items = metadata.extra.get(member).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}
