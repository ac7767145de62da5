//! What a refused request is told (RFC 6750 section 3).

use bytes::Bytes;
use http::{
    HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, WWW_AUTHENTICATE},
};
use oauth_sansio::{
    Reply,
    auth::{Challenge, HeaderError},
};

use super::{Config, Reason};

/// The answer to a request that is not let through.
pub(super) fn refuse(config: &Config, reason: Reason) -> Reply<Reason> {
    let (status, error) = match reason {
        // RFC 6750 section 3.1: who brought nothing is told nothing.
        Reason::NoToken => (StatusCode::UNAUTHORIZED, None),
        Reason::Malformed | Reason::SeveralTokens => (StatusCode::BAD_REQUEST, Some("invalid_request")),
        Reason::Unknown | Reason::Expired | Reason::Revoked | Reason::Bound => {
            (StatusCode::UNAUTHORIZED, Some("invalid_token"))
        }
        Reason::InsufficientScope => (StatusCode::FORBIDDEN, Some("insufficient_scope")),
    };
    let description = match reason {
        Reason::NoToken => None,
        Reason::Malformed => Some("the token is malformed"),
        Reason::SeveralTokens => Some("the request carries more than one token"),
        // Which of the four, only the operator learns.
        Reason::Unknown | Reason::Expired | Reason::Revoked | Reason::Bound => {
            Some("the token is invalid, expired or revoked")
        }
        Reason::InsufficientScope => Some("the token does not have the scope that is needed"),
    };
    let scope = (reason == Reason::InsufficientScope).then(|| config.scopes.as_str());
    let parameters = [
        ("realm", config.realm.as_deref()),
        ("error", error),
        ("error_description", description),
        ("scope", scope.filter(|scope| !scope.is_empty())),
    ];
    let parameters = parameters.into_iter().filter_map(|(name, value)| Some((name, value?)));
    // `Verifier::new` has tried the realm, and the rest is ours.
    let challenge = build(parameters).unwrap_or(HeaderValue::from_static("Bearer"));
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Reply::refused(response, reason)
}

/// A `Bearer` challenge.
pub(super) fn build<'a>(
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<HeaderValue, HeaderError> {
    let mut challenge = Challenge::build("Bearer");
    for (name, value) in parameters {
        if !fits(name, value) {
            return Err(HeaderError::Forbidden);
        }
        challenge = challenge.parameter(name, value);
    }
    challenge.finish()
}

/// The characters that RFC 6750 section 3 allows in its own parameters.
fn fits(name: &str, value: &str) -> bool {
    let nqchar = |b: u8| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    match name {
        "error_uri" => value.bytes().all(nqchar),
        "error" | "error_description" | "scope" => value.bytes().all(|b| b == b' ' || nqchar(b)),
        _ => value.bytes().all(|b| matches!(b, b' '..=b'~')),
    }
}

#[cfg(test)]
mod tests;
