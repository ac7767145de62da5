//! The protected resource's document (RFC 9728 section 2).

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::{Map, Value};
use url::Url;

use super::{MetadataError, Transport, UrlError, check_endpoint, endpoint, url_member};
use crate::{
    DocumentError,
    document::{Members, Object},
};

/// What a protected resource says about itself.
///
/// A list that is empty is left out when written (RFC 9728 section 2); only of the bearer methods an empty one says
/// something: that there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProtectedResourceMetadata {
    /// The resource identifier; compared byte for byte.
    pub resource: String,
    /// The issuer identifiers of the authorization servers whose tokens are taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_servers: Vec<String>,
    /// The keys that the resource signs with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<Url>,
    /// Some of the scopes that there are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes_supported: Vec<String>,
    /// How a token may be sent: `header`, `body`, `query`; `None` when it is not told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bearer_methods_supported: Option<Vec<String>>,
    /// The algorithms of DPoP proofs (RFC 9449).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dpop_signing_alg_values_supported: Vec<String>,
    /// Whether only tokens that are bound to a key are taken; no word means no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dpop_bound_access_tokens_required: Option<bool>,
    /// Whether tokens that are bound to a certificate are taken (RFC 8705); no word means no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_client_certificate_bound_access_tokens: Option<bool>,
    /// The types of authorization details (RFC 9396).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_details_types_supported: Vec<String>,
    /// A name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<String>,
    /// What developers read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_documentation: Option<Url>,
    /// What may be done with what is got there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_policy_uri: Option<Url>,
    /// The terms of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_tos_uri: Option<Url>,
    /// All other members, as they came.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ProtectedResourceMetadata {
    /// Reads a document. What it says is not believed before [`validate`](Self::validate).
    ///
    /// # Errors
    /// [`MetadataError::Document`] when it is not one JSON object with members of the right types,
    /// [`MetadataError::Url`] when an address is no absolute URL.
    pub fn parse(body: &[u8]) -> Result<Self, MetadataError> {
        Object::parse(body)?.try_into()
    }

    /// Whether the document may be believed: it is of the resource that was asked for, and what it names may be talked to.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn validate(&self, resource: &str, transport: Transport) -> Result<(), MetadataError> {
        // RFC 9728 section 3.3: identical, so no normalisation (RFC 3986 section 6.2.1).
        if self.resource != resource {
            return Err(MetadataError::ResourceMismatch);
        }
        for server in &self.authorization_servers {
            let member = "authorization_servers";
            let url =
                endpoint(server, transport).map_err(|problem| MetadataError::Url { member, problem })?;
            // RFC 8414 section 2
            if url.query().is_some() {
                return Err(MetadataError::Url { member, problem: UrlError::Component });
            }
        }
        self.jwks_uri.iter().try_for_each(|url| {
            let member = "jwks_uri";
            check_endpoint(url, transport).map_err(|problem| MetadataError::Url { member, problem })
        })
    }
}

impl TryFrom<Object<'_>> for ProtectedResourceMetadata {
    type Error = MetadataError;

    fn try_from(mut members: Object<'_>) -> Result<Self, MetadataError> {
        let resource = members.text("resource")?.ok_or(DocumentError::Missing("resource"))?.into_owned();
        let authorization_servers = match members.list("authorization_servers")? {
            // RFC 9728 section 3.2: a member without elements is left out.
            Some(servers) if servers.is_empty() => {
                return Err(DocumentError::Value("authorization_servers").into());
            }
            servers => servers.unwrap_or_default(),
        };
        let jwks_uri = url_member(&mut members, "jwks_uri")?;
        let resource_documentation = url_member(&mut members, "resource_documentation")?;
        let resource_policy_uri = url_member(&mut members, "resource_policy_uri")?;
        let resource_tos_uri = url_member(&mut members, "resource_tos_uri")?;
        let bearer_methods_supported = members.list("bearer_methods_supported")?;
        let mut list = |member| members.list(member).map(Option::unwrap_or_default);
        Ok(Self {
            resource,
            authorization_servers,
            jwks_uri,
            scopes_supported: list("scopes_supported")?,
            bearer_methods_supported,
            dpop_signing_alg_values_supported: list("dpop_signing_alg_values_supported")?,
            authorization_details_types_supported: list("authorization_details_types_supported")?,
            dpop_bound_access_tokens_required: members.flag("dpop_bound_access_tokens_required")?,
            tls_client_certificate_bound_access_tokens: members
                .flag("tls_client_certificate_bound_access_tokens")?,
            resource_name: members.text("resource_name")?.map(Into::into),
            resource_documentation,
            resource_policy_uri,
            resource_tos_uri,
            extra: members.rest(),
        })
    }
}

impl<'de> Deserialize<'de> for ProtectedResourceMetadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Object::deserialize(deserializer)?.try_into().map_err(D::Error::custom)
    }
}
