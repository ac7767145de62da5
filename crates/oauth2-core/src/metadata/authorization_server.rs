//! The authorization server's document (RFC 8414 section 2, RFC 9126 section 5, RFC 9207 section 3).

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::{Map, Value};
use url::Url;

use super::{MetadataError, Transport, check_endpoint, url_member};
use crate::{
    DocumentError,
    document::{Members, Object},
    pkce,
};

/// What an authorization server says about itself.
///
/// A list that is empty counts as absent, and is left out when written (RFC 8414 section 3.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuthorizationServerMetadata {
    /// The issuer identifier; compared byte for byte.
    pub issuer: String,
    /// The authorization endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_endpoint: Option<Url>,
    /// The token endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint: Option<Url>,
    /// The keys that the server signs with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<Url>,
    /// The registration endpoint (RFC 7591).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_endpoint: Option<Url>,
    /// The revocation endpoint (RFC 7009).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocation_endpoint: Option<Url>,
    /// The introspection endpoint (RFC 7662).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection_endpoint: Option<Url>,
    /// The pushed authorization request endpoint (RFC 9126).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pushed_authorization_request_endpoint: Option<Url>,
    /// Some of the scopes there are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes_supported: Vec<String>,
    /// The response types; the one list that the standard requires.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub response_types_supported: Vec<String>,
    /// The response modes; none means `query` and `fragment`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub response_modes_supported: Vec<String>,
    /// The grant types; none means `authorization_code` and `implicit`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grant_types_supported: Vec<String>,
    /// How a client may authenticate at the token endpoint; none means `client_secret_basic`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// The algorithms of assertions at the token endpoint.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub token_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// The methods of PKCE (RFC 7636).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub code_challenge_methods_supported: Vec<String>,
    /// Whether authorization responses carry `iss` (RFC 9207); no word means no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_response_iss_parameter_supported: Option<bool>,
    /// Whether authorization requests must be pushed (RFC 9126); no word means no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_pushed_authorization_requests: Option<bool>,
    /// All other members, as they came.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl AuthorizationServerMetadata {
    /// Reads a document. What it says is not believed before [`validate`](Self::validate).
    ///
    /// # Errors
    /// [`MetadataError::Document`] when it is not one JSON object with members of the right types,
    /// [`MetadataError::Url`] when an endpoint is no absolute URL.
    pub fn parse(body: &[u8]) -> Result<Self, MetadataError> {
        Object::parse(body)?.try_into()
    }

    /// Whether the document may be believed: it is of the issuer that was asked for, has what it must have, and
    /// every endpoint may be talked to.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn validate(&self, issuer: &str, transport: Transport) -> Result<(), MetadataError> {
        // RFC 8414 section 3.3: identical, so no normalisation (RFC 3986 section 6.2.1).
        if self.issuer != issuer {
            return Err(MetadataError::IssuerMismatch);
        }
        for (member, url) in self.urls() {
            if let Some(url) = url {
                check_endpoint(url, transport).map_err(|problem| MetadataError::Url { member, problem })?;
            }
        }
        self.check_required()?;
        self.check_assertion_algorithms()
    }

    /// Whether the server says that it checks PKCE with `S256` (RFC 9700 section 2.1.1).
    pub fn supports_s256(&self) -> bool {
        self.code_challenge_methods_supported.iter().any(|method| method == pkce::METHOD)
    }

    /// RFC 8414 section 2: which members are required depends on the grant types.
    fn check_required(&self) -> Result<(), MetadataError> {
        let missing = |member| Err(DocumentError::Missing(member).into());
        if self.response_types_supported.is_empty() {
            return missing("response_types_supported");
        }
        let grants = &self.grant_types_supported;
        let grants_any = |names: &[&str]| grants.iter().any(|grant| names.contains(&grant.as_str()));
        if self.authorization_endpoint.is_none()
            && (grants.is_empty() || grants_any(&["authorization_code", "implicit"]))
        {
            return missing("authorization_endpoint");
        }
        let only_implicit = !grants.is_empty() && grants.iter().all(|grant| grant == "implicit");
        if self.token_endpoint.is_none() && !only_implicit {
            return missing("token_endpoint");
        }
        Ok(())
    }

    /// RFC 8414 section 2: required with the two assertion methods, and never `none`.
    fn check_assertion_algorithms(&self) -> Result<(), MetadataError> {
        const MEMBER: &str = "token_endpoint_auth_signing_alg_values_supported";
        let algorithms = &self.token_endpoint_auth_signing_alg_values_supported;
        let with_assertions = self
            .token_endpoint_auth_methods_supported
            .iter()
            .any(|method| matches!(method.as_str(), "private_key_jwt" | "client_secret_jwt"));
        if with_assertions && algorithms.is_empty() {
            return Err(DocumentError::Missing(MEMBER).into());
        }
        if algorithms.iter().any(|algorithm| algorithm == "none") {
            return Err(DocumentError::Value(MEMBER).into());
        }
        Ok(())
    }

    /// The addresses among the members.
    pub(crate) fn urls(&self) -> [(&'static str, &Option<Url>); 7] {
        [
            ("authorization_endpoint", &self.authorization_endpoint),
            ("token_endpoint", &self.token_endpoint),
            ("jwks_uri", &self.jwks_uri),
            ("registration_endpoint", &self.registration_endpoint),
            ("revocation_endpoint", &self.revocation_endpoint),
            ("introspection_endpoint", &self.introspection_endpoint),
            ("pushed_authorization_request_endpoint", &self.pushed_authorization_request_endpoint),
        ]
    }
}

impl TryFrom<Object<'_>> for AuthorizationServerMetadata {
    type Error = MetadataError;

    fn try_from(mut members: Object<'_>) -> Result<Self, MetadataError> {
        let issuer = members.text("issuer")?.ok_or(DocumentError::Missing("issuer"))?.into_owned();
        let mut url = |member| url_member(&mut members, member);
        let authorization_endpoint = url("authorization_endpoint")?;
        let token_endpoint = url("token_endpoint")?;
        let jwks_uri = url("jwks_uri")?;
        let registration_endpoint = url("registration_endpoint")?;
        let revocation_endpoint = url("revocation_endpoint")?;
        let introspection_endpoint = url("introspection_endpoint")?;
        let pushed_authorization_request_endpoint = url("pushed_authorization_request_endpoint")?;
        let mut list = |member| members.list(member).map(Option::unwrap_or_default);
        Ok(Self {
            issuer,
            authorization_endpoint,
            token_endpoint,
            jwks_uri,
            registration_endpoint,
            revocation_endpoint,
            introspection_endpoint,
            pushed_authorization_request_endpoint,
            scopes_supported: list("scopes_supported")?,
            response_types_supported: list("response_types_supported")?,
            response_modes_supported: list("response_modes_supported")?,
            grant_types_supported: list("grant_types_supported")?,
            token_endpoint_auth_methods_supported: list("token_endpoint_auth_methods_supported")?,
            token_endpoint_auth_signing_alg_values_supported: list(
                "token_endpoint_auth_signing_alg_values_supported",
            )?,
            code_challenge_methods_supported: list("code_challenge_methods_supported")?,
            authorization_response_iss_parameter_supported: members
                .flag("authorization_response_iss_parameter_supported")?,
            require_pushed_authorization_requests: members.flag("require_pushed_authorization_requests")?,
            extra: members.rest(),
        })
    }
}

impl<'de> Deserialize<'de> for AuthorizationServerMetadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Object::deserialize(deserializer)?.try_into().map_err(D::Error::custom)
    }
}
