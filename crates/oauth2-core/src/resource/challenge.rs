//! What a refused request is told (RFC 6750 section 3, RFC 9449 section 7.1).

use bytes::Bytes;
use http::{
    HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE},
};
use oauth_sansio::{
    Reply, Timestamp,
    auth::{Challenge, HeaderError},
};

use super::{Config, Reason, Scheme};
use crate::{Scopes, dpop::DpopError, jose::Algorithm};

/// The answer to a request that is not let through. `place` is where the API tells of itself, `scheme` the one that the
/// request came with.
pub(super) fn refuse(
    config: &Config,
    place: Option<&str>,
    scheme: Scheme,
    reason: Reason,
    now: Timestamp,
) -> Box<Reply<Reason>> {
    if reason.is_outage() {
        return unavailable(reason);
    }
    let (status, error, description) = told(reason);
    let scope = scope(&config.scopes);
    // RFC 9470 section 3
    let login = match reason {
        Reason::LoginUnmet => config.step_up.parameters(),
        _ => Default::default(),
    };
    let [acr_values, max_age] = login.each_ref().map(|(name, value)| (*name, value.as_deref()));
    let wrong = [
        ("error", error),
        ("error_description", description),
        ("scope", scope.as_deref()),
        acr_values,
        max_age,
    ];
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for known in [Scheme::Bearer, Scheme::Dpop] {
        // What is wrong stands beside the scheme it is wrong with; whoever could come with another one is told of that
        // too (RFC 9449 section 7.2).
        let is_served = known == Scheme::Bearer || config.dpop.is_some();
        if known != scheme && !(is_served && status == StatusCode::UNAUTHORIZED) {
            continue;
        }
        let algorithms = config.dpop.as_ref().filter(|_| known == Scheme::Dpop);
        let algorithms = algorithms.map(|dpop| names(&dpop.algorithms));
        let wrong = wrong.into_iter().filter(|_| known == scheme);
        let parameters = [("realm", config.realm.as_deref())].into_iter().chain(wrong);
        // RFC 9728 section 5.1
        let parameters = parameters.chain([("algs", algorithms.as_deref()), ("resource_metadata", place)]);
        let parameters = parameters.filter_map(|(name, value)| Some((name, value?)));
        // `Verifier::new` has tried the realm, and the rest is ours.
        let challenge = build(known, parameters).unwrap_or(HeaderValue::from_static(known.as_str()));
        headers.append(WWW_AUTHENTICATE, challenge);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(nonce) = config.dpop.as_ref().and_then(|dpop| dpop.nonce(now)) {
        headers.insert("dpop-nonce", nonce);
    }
    Reply::refused(response, reason)
}

/// The answer where nobody can tell what a token is worth: it may be good, so that nothing is said of it.
fn unavailable(reason: Reason) -> Box<Reply<Reason>> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
    Reply::refused(response, reason)
}

/// What a token must have, for whoever is to get one (RFC 6750 section 3). Whether a client may come back later is between it
/// and the server: it is no scope of an API.
fn scope(needed: &Scopes) -> Option<String> {
    let needed = needed.only(|scope| scope != OFFLINE_ACCESS);
    (!needed.is_empty()).then(|| needed.to_string())
}

/// The scope by which a client asks for a refresh token (OpenID Connect Core section 11).
pub(super) const OFFLINE_ACCESS: &str = "offline_access";

/// Status, error code and a harmless sentence.
const fn told(reason: Reason) -> (StatusCode, Option<&'static str>, Option<&'static str>) {
    use Reason as R;
    let (status, error, description) = match reason {
        // RFC 6750 section 3.1: who brought nothing is told nothing.
        R::NoToken => return (StatusCode::UNAUTHORIZED, None, None),
        R::Malformed => (StatusCode::BAD_REQUEST, "invalid_request", "the token is malformed"),
        R::SeveralTokens => {
            (StatusCode::BAD_REQUEST, "invalid_request", "the request carries more than one token")
        }
        // Which of them, only the operator learns.
        R::Unknown
        | R::Expired
        | R::Revoked
        | R::Inactive
        | R::Told(_)
        | R::Signed(_)
        | R::OtherResource
        | R::Possession(_) => {
            (StatusCode::UNAUTHORIZED, "invalid_token", "the token is invalid, expired or revoked")
        }
        R::Keys(_) | R::Introspection(_) => return (StatusCode::SERVICE_UNAVAILABLE, None, None),
        R::Dpop(DpopError::NoNonce | DpopError::StaleNonce) => {
            (StatusCode::UNAUTHORIZED, "use_dpop_nonce", "the proof needs the nonce of this answer")
        }
        R::NoProof | R::Dpop(_) | R::ProofReplayed => {
            (StatusCode::UNAUTHORIZED, "invalid_dpop_proof", "the proof is missing, invalid or used")
        }
        R::LoginUnmet => (
            StatusCode::UNAUTHORIZED,
            "insufficient_user_authentication",
            "the person must log in again, or better",
        ),
        R::InsufficientScope => {
            (StatusCode::FORBIDDEN, "insufficient_scope", "the token does not have the scope that is needed")
        }
    };
    (status, Some(error), Some(description))
}

fn names(algorithms: &[Algorithm]) -> String {
    algorithms.iter().map(|algorithm| algorithm.as_str()).collect::<Vec<_>>().join(" ")
}

/// A challenge of a scheme.
pub(super) fn build<'a>(
    scheme: Scheme,
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<HeaderValue, HeaderError> {
    let mut challenge = Challenge::build(scheme.as_str());
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
