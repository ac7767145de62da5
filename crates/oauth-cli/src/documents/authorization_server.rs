//! An authorization server's document (RFC 8414), beyond what a client insists on.

use oauth2_core::metadata::{AuthorizationServerMetadata, Transport};

use super::{Words, believe};
use crate::check::Checks;

/// `issuer` is the one that was asked for; without one, the document is taken at its word.
pub(crate) fn check(
    body: &[u8],
    issuer: Option<&str>,
    transport: Transport,
) -> (Checks, Option<AuthorizationServerMetadata>) {
    let validate = |metadata: &AuthorizationServerMetadata| {
        metadata.validate(issuer.unwrap_or(&metadata.issuer), transport)
    };
    believe(&WORDS, AuthorizationServerMetadata::parse(body), issuer.is_some(), validate, judge)
}

const WORDS: Words = Words {
    form: "one JSON object, each member once and of its type (RFC 8414 section 2)",
    believed: "issuer, required members and addresses (RFC 8414 sections 2 and 3.3)",
    asked: ("it is of the issuer that was asked for", "--issuer says which one"),
};

/// What is allowed, and matters.
fn judge(metadata: &AuthorizationServerMetadata, checks: &mut Checks) {
    let extra = |name: &str| metadata.extra.get(name);
    match metadata.supports_s256() {
        true => checks.holds("PKCE with S256 (RFC 7636)"),
        // RFC 9700 section 2.1.1
        false => checks.odd(
            "PKCE with S256 (RFC 7636)",
            "code_challenge_methods_supported does not name it, so a stolen code may be good without the verifier",
        ),
    }
    if has(&metadata.code_challenge_methods_supported, "plain") {
        checks.odd(
            "PKCE by a hash only",
            "`plain` shows the verifier to whoever sees the request (RFC 9700 section 2.1.1)",
        );
    }
    match metadata.authorization_response_iss_parameter_supported {
        Some(true) => checks.holds("answers name the server that gave them (RFC 9207)"),
        _ => checks.odd(
            "answers name the server that gave them (RFC 9207)",
            "a client of several servers must keep a redirect URI for each (RFC 9700 section 2.1)",
        ),
    }
    for (grant, why) in [
        ("implicit", "tokens in addresses are found in histories and logs (RFC 9700 section 2.1.2)"),
        ("password", "the client sees the person's password (RFC 9700 section 2.4)"),
    ] {
        if has(&metadata.grant_types_supported, grant) {
            checks.odd(format!("no {grant} grant"), why);
        }
    }
    if metadata.grant_types_supported.is_empty() {
        checks.odd(
            "grant_types_supported",
            "it is left out, which means authorization_code and implicit (RFC 8414 section 2)",
        );
    }
    if metadata.token_endpoint_auth_methods_supported.is_empty() {
        checks.odd(
            "token_endpoint_auth_methods_supported",
            "it is left out, which means client_secret_basic alone (RFC 8414 section 2)",
        );
    }
    if metadata.revocation_endpoint.is_none() {
        checks.odd("tokens can be given back (RFC 7009)", "there is no revocation_endpoint");
    }
    let bound = extra("dpop_signing_alg_values_supported").is_some()
        || extra("tls_client_certificate_bound_access_tokens").and_then(|value| value.as_bool())
            == Some(true);
    match bound {
        true => checks.holds("tokens can be bound to a key (RFC 9449, RFC 8705)"),
        false => {
            checks.odd("tokens can be bound to a key (RFC 9449, RFC 8705)", "whoever has a token can use it");
        }
    }
    if metadata.require_pushed_authorization_requests == Some(true)
        && metadata.pushed_authorization_request_endpoint.is_none()
    {
        checks.fails(
            "requests can be pushed",
            "they must be, and there is no endpoint for it (RFC 9126 section 5)",
        );
    }
    device(metadata, checks);
}

/// RFC 8628 section 4
fn device(metadata: &AuthorizationServerMetadata, checks: &mut Checks) {
    const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
    let grant = has(&metadata.grant_types_supported, GRANT);
    let endpoint = metadata.extra.contains_key("device_authorization_endpoint");
    match (grant, endpoint) {
        (true, false) => checks.fails("devices", "there is the grant, and no device_authorization_endpoint"),
        (false, true) => checks.odd("devices", "there is the endpoint, and not the grant"),
        _ => {}
    }
}

fn has(list: &[String], wanted: &str) -> bool {
    list.iter().any(|one| one == wanted)
}
