//! From what a client asks for to what it gets (RFC 7591 section 2).

use oauth_sansio::Timestamp;

use super::{RegistrationPolicy, statement};
use crate::jose::Algorithm;
use crate::server::{
    Application, Authentication, AuthenticationMethod, AuthorizationServer, CertificateSubject, Client,
    ClientError, ClientId, ClientMetadata, GrantType, MetadataError, Origin, Reason, RedirectUriError,
    SecretMethods, authorize::is_web, details,
};

/// A client that may be registered, but for its identifier and its secret.
pub(super) struct Fitting {
    /// It has no secret yet, where its method needs one.
    pub(super) client: Client,
    pub(super) method: AuthenticationMethod,
    /// What its certificate names it by.
    pub(super) certificate: Option<CertificateSubject>,
}

/// Reads a registration and clamps it to what is open.
pub(super) fn fit(
    server: &AuthorizationServer,
    policy: &RegistrationPolicy,
    origin: Origin,
    body: &[u8],
    now: Timestamp,
) -> Result<(ClientMetadata, Fitting), Reason> {
    let metadata = statement::read(server, policy, body, now)?;
    // RFC 7591 section 2: whoever names none means this one.
    let method = metadata.token_endpoint_auth_method.unwrap_or(AuthenticationMethod::ClientSecretBasic);
    let is_served = server.config().authentication_methods().any(|served| served == method);
    if !is_served || !policy.authentication_methods.contains(&method) {
        return Err(Reason::Metadata(MetadataError::Value("token_endpoint_auth_method")));
    }
    // RFC 8705 section 2.1.2
    let certificate = metadata.certificate.clone();
    if (method == AuthenticationMethod::TlsClientAuth) != certificate.is_some() {
        return Err(Reason::Metadata(MetadataError::Missing("tls_client_auth_subject_dn")));
    }
    let grants = grants(server, policy, &metadata, method);
    if grants.is_empty() {
        return Err(Reason::Metadata(MetadataError::Value("grant_types")));
    }
    // RFC 7591 section 2.1: both or neither.
    let types = metadata.response_types.as_deref();
    let with_code = types.is_none_or(|types| types.iter().any(|name| name == "code"));
    if grants.contains(&GrantType::AuthorizationCode) != with_code && types.is_some() {
        return Err(Reason::Metadata(MetadataError::Value("response_types")));
    }
    let requests = metadata.demands.request_object_signing_alg;
    if requests.is_some_and(|wanted| !server.signing_algorithms().any(|open| open == wanted)) {
        return Err(Reason::Metadata(MetadataError::Value("request_object_signing_alg")));
    }
    // JARM section 3.1, RFC 9701 section 6
    let signed = server.config().signing.algorithms();
    let demands = &metadata.demands;
    for (name, wanted) in [
        ("authorization_signed_response_alg", demands.authorization_signed_response_alg),
        ("introspection_signed_response_alg", demands.introspection_signed_response_alg),
    ] {
        if wanted.is_some_and(|wanted| !signed.contains(&wanted)) {
            return Err(Reason::Metadata(MetadataError::Value(name)));
        }
    }
    let wanted = metadata.demands.token_endpoint_auth_signing_alg;
    let is_open = |wanted| match method {
        AuthenticationMethod::ClientSecretJwt => wanted == Algorithm::Hs256,
        _ => server.signing_algorithms().any(|open| open == wanted),
    };
    if wanted.is_some_and(|wanted| !is_open(wanted)) {
        return Err(Reason::Metadata(MetadataError::Value("token_endpoint_auth_signing_alg")));
    }
    let mut demands = metadata.demands.clone();
    if let Some(types) = &mut demands.authorization_details_types {
        types.retain(|name| details::is_served(server, origin, name));
    }
    // What no request could name is not registered.
    let is_open = |uri: &String| server.config().policy.private_use_schemes || is_web(uri);
    if !metadata.redirect_uris.iter().all(is_open) {
        return Err(Reason::MetadataRedirectUri(RedirectUriError::Scheme));
    }
    let supported = policy.scopes.within(&server.config().scopes);
    let client = Client {
        name: metadata.client_name.clone().unwrap_or_default(),
        redirect_uris: metadata.redirect_uris.clone(),
        application: metadata
            .application_type
            .unwrap_or_else(|| Application::called_back_at(&metadata.redirect_uris)),
        grants,
        scopes: metadata.scope.as_ref().map_or_else(|| supported.clone(), |asked| asked.within(&supported)),
        keys: metadata.keys.clone(),
        demands,
        about: metadata.about.clone(),
        origin,
        expires: policy.lifetime.map(|lifetime| now.plus(lifetime)),
        ..Client::new("")
    };
    Ok((metadata, Fitting { client, method, certificate }))
}

/// What is served, open to such clients, and asked for. Names that nobody knows here are left out: the answer tells.
fn grants(
    server: &AuthorizationServer,
    policy: &RegistrationPolicy,
    metadata: &ClientMetadata,
    method: AuthenticationMethod,
) -> Vec<GrantType> {
    let asked = |grant: &GrantType| match &metadata.grant_types {
        None => *grant == GrantType::AuthorizationCode,
        Some(names) => names.iter().any(|name| name == grant.as_str()),
    };
    let served = |grant: &GrantType| server.config().grants().any(|name| name == grant.as_str());
    // RFC 6749 section 4.4
    let fits =
        |grant: &GrantType| *grant != GrantType::ClientCredentials || method != AuthenticationMethod::None;
    policy.grants.iter().filter(|grant| asked(grant) && served(grant) && fits(grant)).cloned().collect()
}

impl Fitting {
    /// The client with this identifier and, where its method needs one, this authentication.
    pub(super) fn named(self, client_id: ClientId, authentication: Authentication) -> Result<Client, Reason> {
        let client = Client { client_id, authentication, ..self.client };
        match client.check() {
            Ok(()) => Ok(client),
            Err(ClientError::RedirectUri(error)) => Err(Reason::MetadataRedirectUri(error)),
            Err(ClientError::NoRedirectUri) => Err(Reason::Metadata(MetadataError::Missing("redirect_uris"))),
            Err(error) => Err(Reason::MetadataUnfit(error)),
        }
    }
}

/// Where a secret of this method may be put.
pub(super) const fn places(method: AuthenticationMethod) -> Option<SecretMethods> {
    match method {
        AuthenticationMethod::ClientSecretBasic => Some(SecretMethods::Basic),
        AuthenticationMethod::ClientSecretPost => Some(SecretMethods::Post),
        _ => None,
    }
}
