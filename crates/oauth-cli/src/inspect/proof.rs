//! A DPoP proof (RFC 9449 section 4.3), check by check.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method};
use oauth_sansio::{Digest, Timestamp};
use oauth2_core::{
    dpop::{Address, Content, DpopError, DpopPolicy, Expected, Proof},
    jose::{Algorithm, ClaimError, JwsError},
};
use serde_json::{Value, json};
use url::Url;

use super::{Found, Options, jwt};
use crate::{
    check::Checks,
    remote::{Failure, given},
    tell::line,
};

/// The checks, in the order in which they are made.
const ORDER: [&str; 8] = [
    "the form: a JWS of type dpop+jwt (RFC 9449 section 4.2)",
    "the algorithm, and a public key in the header",
    "the signature, by that key",
    "jti",
    "htm: the method of the request",
    "htu: the address of the request",
    "iat: it was made now",
    "ath: the access token",
];

/// Reads it, and checks what can be checked.
pub(super) fn look(options: &Options, text: &str, now: Timestamp) -> anyhow::Result<Found> {
    let (header, claims) = (jwt::part(text, 0), jwt::part(text, 1));
    let claim = |name: &str| claims.as_ref().and_then(|claims| claims.get(name)?.as_str()).map(str::to_owned);
    // What is not told is taken from the proof itself, and says nothing then.
    let method = options.method.clone().or_else(|| claim("htm")).unwrap_or_default();
    let method = Method::from_bytes(method.as_bytes())
        .or_else(|error| options.method.as_ref().map_or(Ok(Method::GET), |_| Err(error)))
        .map_err(|_| Failure::caller("--method is no HTTP method"))?;
    let url = match &options.url {
        Some(url) => Some(Url::parse(url).map_err(|_| Failure::caller("--url is no address"))?),
        None => claim("htu").and_then(|url| Url::parse(&url).ok()),
    };
    let url = url.map_or_else(|| Url::parse("https://invalid.invalid"), Ok)?;
    let token = given(&options.token_file, "OAUTH_TOKEN")?;
    let token = token.as_ref().map(|token| token.expose().trim());
    let policy = DpopPolicy {
        algorithms: &Algorithm::ASYMMETRIC,
        oldest: Duration::from_secs(options.oldest),
        ahead: Duration::from_secs(10),
    };
    let mut headers = HeaderMap::new();
    let value = HeaderValue::from_str(text).map_err(|_| Failure::caller("a proof has no such characters"))?;
    headers.insert("dpop", value);
    let (address, access_token) = (Address::of(&url), token.map(Digest::of));
    let content = Content::Unseen;
    let expected = Expected { method: &method, address, access_token, content, nonce: None };
    let judged = Proof::of(&headers, &expected, &policy, now);

    let mut checks = Checks::default();
    let failed = judged.as_ref().err().map(|error| (place(error), error.to_string()));
    for (index, name) in ORDER.iter().enumerate() {
        let missing = match index {
            4 if options.method.is_none() => Some("--method says which it was"),
            5 if options.url.is_none() => Some("--url says which it was"),
            7 if token.is_none() => Some("--token-file or OAUTH_TOKEN say which it was"),
            _ => None,
        };
        match (&failed, missing) {
            (Some((at, why)), _) if *at == index => checks.fails(*name, why.clone()),
            (Some((at, _)), _) if *at < index => checks.unchecked(*name, "the check before fails"),
            (_, Some(missing)) => checks.unchecked(*name, missing),
            _ => checks.holds(*name),
        }
    }
    let thumbprint = judged.ok().flatten().map(|proof| proof.thumbprint.to_string());
    let mut told = jwt::told(&header, &claims, now);
    if let Some(thumbprint) = &thumbprint {
        told += &line("key", &format!("jkt {thumbprint}"));
    }
    let members =
        json!({ "header": header, "claims": claims, "jkt": thumbprint.map_or(Value::Null, Value::from) });
    Ok(Found { checks, told, members })
}

/// Which check an error is of.
const fn place(error: &DpopError) -> usize {
    match error {
        DpopError::Several => 0,
        DpopError::Jws(error) => match error {
            JwsError::Algorithm | JwsError::NoKey | JwsError::KeyMismatch | JwsError::Key(_) => 1,
            JwsError::Signature => 2,
            _ => 0,
        },
        DpopError::Claim(error) => match error {
            ClaimError::Malformed => 3,
            ClaimError::Missing(name) | ClaimError::Type(name) | ClaimError::TooLong(name) => claim(name),
        },
        DpopError::Method => 4,
        DpopError::Address => 5,
        DpopError::Stale | DpopError::Ahead => 6,
        DpopError::AccessToken => 7,
        // Neither a nonce is asked for here, nor is the body at hand.
        DpopError::NoNonce | DpopError::StaleNonce | DpopError::Content => 0,
    }
}

const fn claim(name: &str) -> usize {
    match name.as_bytes() {
        b"jti" => 3,
        b"htm" => 4,
        b"htu" => 5,
        b"iat" | b"nbf" | b"exp" => 6,
        b"ath" => 7,
        _ => 0,
    }
}
