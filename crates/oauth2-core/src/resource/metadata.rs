//! What an API says of itself, and where (RFC 9728).

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Response, StatusCode, Uri,
    header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE},
};
use url::Url;

use super::{Config, ConfigError, challenge::OFFLINE_ACCESS};
use crate::{
    Scopes,
    metadata::{ProtectedResourceMetadata, Transport, WellKnown, well_known},
};

/// What an API says of itself besides what its settings say. It is published for [`Config::identifier`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// The issuer identifiers of the authorization servers whose tokens are taken.
    pub authorization_servers: Vec<String>,
    /// The scopes that a client may want to ask for here.
    pub scopes: Scopes,
    /// A name for people.
    pub name: Option<String>,
    /// What developers read.
    pub documentation: Option<Url>,
    /// What may be done with what is got here.
    pub policy: Option<Url>,
    /// The terms of service.
    pub terms: Option<Url>,
    /// Over what the document may be asked for.
    pub transport: Transport,
}

/// Whether a scope opens something here.
fn is_of_the_api(scope: &str) -> bool {
    scope != OFFLINE_ACCESS
}

/// The document, made once, and where it is.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) url: String,
    uri: Uri,
    document: Bytes,
}

impl Place {
    /// The place for the document of these settings, where they have one.
    pub(super) fn of(config: &Config) -> Result<Option<Self>, ConfigError> {
        let Some(published) = &config.published else { return Ok(None) };
        let resource = config.identifier.as_deref().ok_or(ConfigError::Identifier)?;
        let uri = well_known(resource, WellKnown::OAuthProtectedResource, published.transport);
        let uri = uri.map_err(|_| ConfigError::Identifier)?;
        let methods = [("header", true), ("body", config.form_body), ("query", config.insecure_query)];
        let methods = methods.into_iter().filter(|(_, is_open)| *is_open);
        let algorithms = config.dpop.iter().flat_map(|dpop| &dpop.algorithms);
        let document = ProtectedResourceMetadata {
            resource: resource.to_owned(),
            authorization_servers: published.authorization_servers.clone(),
            scopes_supported: published.scopes.only(is_of_the_api).iter().map(str::to_owned).collect(),
            bearer_methods_supported: Some(methods.map(|(method, _)| method.to_owned()).collect()),
            dpop_signing_alg_values_supported: algorithms.map(|one| one.as_str().to_owned()).collect(),
            tls_client_certificate_bound_access_tokens: Some(true),
            resource_name: published.name.clone(),
            resource_documentation: published.documentation.clone(),
            resource_policy_uri: published.policy.clone(),
            resource_tos_uri: published.terms.clone(),
            ..ProtectedResourceMetadata::default()
        };
        // What a client would not believe is not published.
        document.validate(resource, published.transport).map_err(|_| ConfigError::Published)?;
        let document = serde_json::to_vec(&document).map_err(|_| ConfigError::Identifier)?.into();
        Ok(Some(Self { url: uri.to_string(), uri, document }))
    }

    /// The answer to a request for the document; `None` when it is for something else. It is for everybody.
    pub(super) fn answer<B>(&self, request: &Request<B>) -> Option<Response<Bytes>> {
        let (asked, own) = (request.uri(), &self.uri);
        let has_same_query = asked.query().unwrap_or_default() == own.query().unwrap_or_default();
        if asked.path() != own.path() || !has_same_query {
            return None;
        }
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        let mut response = Response::new(if is_read { self.document.clone() } else { Bytes::new() });
        let headers = response.headers_mut();
        match is_read {
            true => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=3600"));
            }
            false => {
                headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
                *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
            }
        }
        Some(response)
    }
}
