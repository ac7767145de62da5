//! What a client is told of its registration (RFC 7591 section 3.2, RFC 7592 section 3).

use bytes::Bytes;
use http::{
    HeaderValue, Response, StatusCode,
    header::{ALLOW, CACHE_CONTROL},
};
use oauth_sansio::{Reply, Secret, percent};
use serde::Serialize;

use crate::server::{
    Authentication, AuthenticationMethod, AuthorizationServer, Client, ClientMetadata, GrantType, Reason,
    SecretMethods, wire,
};

/// What is told once and never kept.
#[derive(Clone, Copy, Default)]
pub(super) struct Told<'a> {
    pub(super) secret: Option<&'a Secret>,
    /// The registration access token.
    pub(super) token: Option<&'a Secret>,
}

/// RFC 7591 section 3.2.1 and RFC 7592 section 3.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id_issued_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a str>,
    /// 0 where it does not expire; there whenever there is a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_access_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_client_uri: Option<String>,
    #[serde(flatten)]
    metadata: ClientMetadata,
}

/// All that is registered, as it is and not as it was asked for.
pub(super) fn tell(
    server: &AuthorizationServer,
    client: &Client,
    told: Told<'_>,
    status: StatusCode,
) -> Box<Reply<Reason>> {
    let expires = client.expires.map_or(0, |expires| expires.as_unix());
    let place = || {
        let path = &server.config().paths.registration;
        format!("{}/{}", server.config().url(path), percent::encode(&client.client_id))
    };
    let body = Body {
        client_id_issued_at: client.registration.map(|registration| registration.issued.as_unix()),
        client_secret: told.secret.map(Secret::expose),
        client_secret_expires_at: told.secret.map(|_| expires),
        registration_access_token: told.token.map(Secret::expose),
        registration_client_uri: told.token.map(|_| place()),
        metadata: metadata(client),
    };
    Reply::granted(wire::json(status, &body))
}

/// What is registered, in the words of RFC 7591 section 2.
pub(super) fn metadata(client: &Client) -> ClientMetadata {
    let with_code = client.grants.contains(&GrantType::AuthorizationCode);
    let types = if with_code { vec!["code".to_owned()] } else { Vec::new() };
    ClientMetadata {
        client_id: Some(client.client_id.to_string()),
        client_name: Some(client.name.clone()).filter(|name| !name.is_empty()),
        redirect_uris: client.redirect_uris.clone(),
        token_endpoint_auth_method: Some(method(&client.authentication)),
        grant_types: Some(client.grants.iter().map(|grant| grant.as_str().to_owned()).collect()),
        response_types: Some(types),
        scope: Some(client.scopes.clone()),
        application_type: Some(client.application),
        keys: client.keys.clone(),
        certificate: match &client.authentication {
            Authentication::TlsClientAuth { subject } => Some(subject.clone()),
            _ => None,
        },
        demands: client.demands.clone(),
        about: client.about.clone(),
        ..ClientMetadata::default()
    }
}

/// The name of the method that a client is registered for.
pub(super) fn method(authentication: &Authentication) -> AuthenticationMethod {
    use AuthenticationMethod as M;
    match authentication {
        Authentication::None => M::None,
        Authentication::Secret { methods: SecretMethods::Post, .. } => M::ClientSecretPost,
        Authentication::Secret { .. } => M::ClientSecretBasic,
        Authentication::SecretJwt { .. } => M::ClientSecretJwt,
        Authentication::PrivateKeyJwt => M::PrivateKeyJwt,
        Authentication::TlsClientAuth { .. } => M::TlsClientAuth,
        Authentication::SelfSignedTlsClientAuth => M::SelfSignedTlsClientAuth,
    }
}

/// A refusal (RFC 7591 section 3.2.2).
pub(super) fn refuse(reason: Reason, allow: &'static str) -> Box<Reply<Reason>> {
    let mut reply = wire::token_error(reason);
    if reason == Reason::Method {
        reply.response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
    }
    reply
}

/// A registration that is gone (RFC 7592 section 2.3).
pub(super) fn gone() -> Box<Reply<Reason>> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Reply::granted(response)
}
