//! The metadata endpoint (RFC 8414 section 3) and what it says.

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Response,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use oauth_sansio::Reply;

use serde_json::{Map, Value, json};

use super::{
    AuthenticationMethod, AuthorizationServer, Config, ConfigError, GrantType, Policy, Reason, ResponseMode,
    Step, wire, wishes,
};
use crate::{jose::Algorithm, metadata::AuthorizationServerMetadata, pkce};

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
pub(super) fn describe(config: &Config) -> Result<AuthorizationServerMetadata, ConfigError> {
    let mut metadata = own(config);
    for (name, value) in &config.more_metadata {
        // A name that has a field here is not among the others when it is read back.
        let alone = json!({ "issuer": "", name.as_str(): value });
        let read = serde_json::from_value::<AuthorizationServerMetadata>(alone);
        let is_unknown = read.is_ok_and(|read| read.extra.contains_key(name));
        if !is_unknown || metadata.extra.insert(name.clone(), value.clone()).is_some() {
            return Err(ConfigError::Metadata);
        }
    }
    Ok(metadata)
}

fn own(config: &Config) -> AuthorizationServerMetadata {
    let policy = &config.policy;
    let implicit = policy.dangerously_allow_implicit.then_some("implicit");
    let code = policy.grants.contains(&GrantType::AuthorizationCode).then_some("code");
    let token = implicit.map(|_| "token");
    let with_browser = code.or(token).is_some();
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    AuthorizationServerMetadata {
        issuer: config.issuer_identifier().to_owned(),
        authorization_endpoint: with_browser.then(|| config.url(&config.paths.authorize)),
        token_endpoint: Some(config.url(&config.paths.token)),
        scopes_supported: config.scopes.iter().map(str::to_owned).collect(),
        response_types_supported: code.into_iter().chain(token).map(str::to_owned).collect(),
        response_modes_supported: modes(config),
        grant_types_supported: config.grants().chain(implicit).map(str::to_owned).collect(),
        jwks_uri: (!config.signing.is_empty()).then(|| config.url(&config.paths.jwks)),
        pushed_authorization_request_endpoint: with_browser.then(|| config.url(&config.paths.pushed)),
        introspection_endpoint: Some(config.url(&config.paths.introspection)),
        registration_endpoint: config.registration.as_ref().map(|_| config.url(&config.paths.registration)),
        revocation_endpoint: Some(config.url(&config.paths.revocation)),
        token_endpoint_auth_methods_supported: methods(config),
        token_endpoint_auth_signing_alg_values_supported: algorithms(policy),
        require_pushed_authorization_requests: policy.require_pushed_authorization_requests.then_some(true),
        code_challenge_methods_supported: list(&[pkce::METHOD]),
        // RFC 9207 section 3
        authorization_response_iss_parameter_supported: Some(true),
        extra: extra(config),
    }
}

/// How answers may travel. `jwt` is another name for one of them (JARM section 2.3.4).
fn modes(config: &Config) -> Vec<String> {
    let served: Vec<_> = config.response_modes().collect();
    let short = served.contains(&ResponseMode::QueryJwt).then_some("jwt");
    served.into_iter().map(ResponseMode::as_str).chain(short).map(str::to_owned).collect()
}

/// The methods of the policy that are served.
fn methods(config: &Config) -> Vec<String> {
    config.authentication_methods().map(|method| method.as_str().to_owned()).collect()
}

/// The algorithms of assertions.
fn algorithms(policy: &Policy) -> Vec<String> {
    let open = policy.asymmetric().flat_map(|open| open.names().iter().copied());
    let shared = policy.authentication_methods.contains(&AuthenticationMethod::ClientSecretJwt);
    open.chain(shared.then_some("HS256")).map(str::to_owned).collect()
}

/// Members that [`AuthorizationServerMetadata`] has no field for (RFC 8414 section 2, RFC 9449 section 5.1).
fn extra(config: &Config) -> Map<String, Value> {
    let policy = &config.policy;
    let proofs: Vec<_> = policy.asymmetric().flat_map(|open| open.names().iter().copied()).collect();
    let (methods, algorithms) = (methods(config), algorithms(policy));
    // Nobody introspects without a secret (RFC 7662 section 2.1).
    let confidential: Vec<_> = methods.iter().filter(|method| *method != "none").cloned().collect();
    let with_devices = policy.grants.contains(&GrantType::DeviceCode);
    let device = with_devices.then(|| config.url(&config.paths.device_authorization));
    let device = device.map(|url| ("device_authorization_endpoint", Value::from(url.as_str())));
    let with_identity = config.trusted_issuers.iter().any(|issuer| issuer.kinds.has_identity_assertions());
    let with_identity = with_identity && policy.grants.contains(&GrantType::JwtBearer);
    let profiles = with_identity.then(|| Value::from(vec!["urn:ietf:params:oauth:grant-profile:id-jag"]));
    let profiles = profiles.map(|profiles| ("authorization_grant_profiles_supported", profiles));
    let must_sign = policy.require_signed_request_object;
    let must_sign = must_sign.then(|| ("require_signed_request_object", Value::from(true)));
    // RFC 9396 section 10
    let types: Vec<_> = config.details_types.iter().map(|kind| kind.name()).collect();
    let types = (!types.is_empty()).then(|| ("authorization_details_types_supported", Value::from(types)));
    // JARM section 3.2
    let signs_answers = config.response_modes().any(ResponseMode::is_signed);
    let signs: Vec<_> = config.signing.algorithms().into_iter().map(Algorithm::as_str).collect();
    // RFC 9701 section 7
    let introspection = (!signs.is_empty())
        .then(|| ("introspection_signing_alg_values_supported", Value::from(signs.clone())));
    let answers = signs_answers.then(|| ("authorization_signing_alg_values_supported", Value::from(signs)));
    // draft-ietf-oauth-client-id-metadata-document-02 section 6
    let documents = policy.client_id_metadata_documents;
    let documents = documents.then(|| ("client_id_metadata_document_supported", Value::from(true)));
    let acr_values = &config.acr_values;
    let acr_values =
        (!acr_values.is_empty()).then(|| ("acr_values_supported", Value::from(acr_values.clone())));
    [
        ("dpop_signing_alg_values_supported", Value::from(proofs.clone())),
        // RFC 9101 sections 9.1 and 10.5
        ("request_parameter_supported", Value::from(true)),
        ("request_object_signing_alg_values_supported", Value::from(proofs)),
        ("introspection_endpoint_auth_methods_supported", Value::from(confidential)),
        ("introspection_endpoint_auth_signing_alg_values_supported", Value::from(algorithms.clone())),
        ("revocation_endpoint_auth_methods_supported", Value::from(methods)),
        ("revocation_endpoint_auth_signing_alg_values_supported", Value::from(algorithms)),
    ]
    .into_iter()
    .chain(device)
    .chain(introspection)
    .chain(mutual_tls(config))
    .chain(profiles)
    .chain(documents)
    .chain(answers)
    .chain(must_sign)
    .chain(types)
    .chain(acr_values)
    .chain([("prompt_values_supported", Value::from(wishes::PROMPTS.to_vec()))])
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// RFC 8705 sections 3.3 and 5.
fn mutual_tls(config: &Config) -> impl Iterator<Item = (&'static str, Value)> {
    let bound =
        config.mutual_tls.as_ref().map(|_| ("tls_client_certificate_bound_access_tokens", Value::from(true)));
    let paths = &config.paths;
    let devices = config.policy.grants.contains(&GrantType::DeviceCode);
    let named = [
        ("token_endpoint", Some(&paths.token)),
        ("pushed_authorization_request_endpoint", Some(&paths.pushed)),
        ("introspection_endpoint", Some(&paths.introspection)),
        ("revocation_endpoint", Some(&paths.revocation)),
        ("device_authorization_endpoint", devices.then_some(&paths.device_authorization)),
    ];
    let aliases: Map<_, _> = named
        .into_iter()
        .filter_map(|(name, path)| Some((name.to_owned(), Value::from(config.alias(path?)?.as_str()))))
        .collect();
    let aliases = (!aliases.is_empty()).then_some(("mtls_endpoint_aliases", Value::Object(aliases)));
    bound.into_iter().chain(aliases)
}
