//! The metadata endpoint (RFC 8414 section 3) and what it says.

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Response,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use oauth_sansio::Reply;

use super::{AuthorizationServer, Config, Reason, Step, wire};
use crate::{metadata::AuthorizationServerMetadata, pkce};

pub(super) fn receive(server: &AuthorizationServer, request: &Request<Bytes>) -> Step {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Step::Reply(wire::direct_error(Reason::Method, "GET, HEAD"));
    }
    let mut response = Response::new(server.metadata_document());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // It changes only when the server is configured anew.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    Step::Reply(Reply::granted(response))
}

/// What a server with these settings says of itself.
pub(super) fn describe(config: &Config) -> AuthorizationServerMetadata {
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    AuthorizationServerMetadata {
        issuer: config.issuer_identifier().to_owned(),
        authorization_endpoint: Some(config.url(&config.paths.authorize)),
        token_endpoint: Some(config.url(&config.paths.token)),
        scopes_supported: config.scopes.iter().map(str::to_owned).collect(),
        response_types_supported: list(&["code"]),
        response_modes_supported: list(&["query"]),
        grant_types_supported: list(&["authorization_code", "refresh_token", "client_credentials"]),
        token_endpoint_auth_methods_supported: list(&["client_secret_basic", "client_secret_post", "none"]),
        code_challenge_methods_supported: list(&[pkce::METHOD]),
        // RFC 9207 section 3
        authorization_response_iss_parameter_supported: Some(true),
        ..AuthorizationServerMetadata::default()
    }
}
