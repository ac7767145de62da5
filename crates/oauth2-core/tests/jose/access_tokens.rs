//! RFC 9068, case by case.

use std::time::Duration;

use oauth_sansio::Timestamp;
use oauth2_core::{
    jose::{ClaimError, JwkSet, JwsError, KeyError, Limits},
    jwt::{AccessTokenError, AccessTokenPolicy, validate_access_token},
};
use serde_json::Value;

use crate::{generated, is_accepted, vectors};

const FILE: &str = include_str!("../../../../vectors/jwt_access_token.json");

#[test]
fn every_access_token_of_the_vectors_is_judged_as_they_say() {
    let all = vectors(FILE);
    let (defaults, cases) = all.split_first().unwrap();
    let mut wrong = Vec::new();
    for case in cases {
        let jwks = if case["jwks"] == "default" { &defaults["jwks"] } else { &case["jwks"] };
        let config = &case["config"];
        let text = |name: &str| config[name].as_str().unwrap().to_owned();
        let algorithms = config["allowed_algs"].as_array().unwrap().iter();
        let policy = AccessTokenPolicy {
            issuer: text("issuer"),
            audience: text("audience"),
            algorithms: algorithms.filter_map(|name| name.as_str()?.parse().ok()).collect(),
            leeway: Duration::from_secs(config["leeway_seconds"].as_u64().unwrap()),
            limits: Limits {
                text: config["max_token_bytes"].as_u64().unwrap() as usize,
                ..Limits::default()
            },
        };
        let now = Timestamp::from_unix(config["now"].as_u64().unwrap());
        let token = generated(case, "token");
        let judged = match JwkSet::parse(jwks.to_string().as_bytes()) {
            Ok(keys) => validate_access_token(&token, &keys, &policy, now).map_err(verdict),
            Err(error) => panic!("{error} {case}"),
        };
        let expected = &case["expected"];
        let right = match &judged {
            Ok(claims) => {
                let said = &expected["claims"];
                let says = |name: &str, is: &str| said[name].is_null() || said[name] == is;
                is_accepted(expected, "verdict", "valid")
                    && says("sub", &claims.subject)
                    && says("client_id", &claims.client_id)
                    && says("jti", &claims.token_id)
            }
            Err(verdict) => is_accepted(expected, "verdict", verdict) || is_close(expected, verdict),
        };
        if !right {
            wrong.push(format!("{} {judged:?} {expected} {}", case["id"], case["tags"]));
        }
    }
    println!("jwt_access_token: {} ran", cases.len());
    assert_eq!(cases.len(), 178);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A key that no signature may be verified with is no key: a set leaves it out (RFC 7517 section 5).
fn is_close(expected: &Value, verdict: &str) -> bool {
    let wanted = expected["verdict"].as_str().unwrap();
    matches!((wanted, verdict), ("weak_key" | "key_alg_mismatch", "key_not_found"))
        || matches!((wanted, verdict), ("key_not_found", "key_alg_mismatch"))
}

fn verdict(error: AccessTokenError) -> &'static str {
    match error {
        AccessTokenError::Jws(error) => match error {
            JwsError::TooLarge => "too_large",
            JwsError::Malformed => "malformed",
            JwsError::Algorithm => "alg_not_allowed",
            JwsError::Critical => "unsupported_crit",
            JwsError::Typ => "wrong_typ",
            JwsError::NoKey | JwsError::Key(_) => "key_not_found",
            JwsError::KeyMismatch => "key_alg_mismatch",
            JwsError::Signature => "bad_signature",
        },
        AccessTokenError::Claim(ClaimError::Malformed) => "malformed",
        AccessTokenError::Claim(ClaimError::Missing(_)) => "missing_claim",
        AccessTokenError::Claim(ClaimError::Type(_) | ClaimError::TooLong(_)) => "malformed_claim",
        AccessTokenError::Issuer => "wrong_issuer",
        AccessTokenError::Audience => "wrong_audience",
        AccessTokenError::Expired => "expired",
        AccessTokenError::NotYet => "not_yet_valid",
        AccessTokenError::IssuedInFuture => "issued_in_future",
    }
}

#[test]
fn one_bad_key_of_a_set_does_not_spoil_the_others() {
    let all = vectors(FILE);
    let mut set = all[0]["jwks"].clone();
    let good = JwkSet::parse(set.to_string().as_bytes()).unwrap().keys().len();
    let keys = set["keys"].as_array_mut().unwrap();
    keys.insert(0, serde_json::json!({ "kty": "EC", "crv": "P-999", "x": "AA", "y": "AA" }));
    keys.insert(1, serde_json::json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" }));
    keys.push(serde_json::json!({ "kty": 7 }));
    assert_eq!(JwkSet::parse(set.to_string().as_bytes()).unwrap().keys().len(), good);
    assert_eq!(oauth2_core::jose::Jwk::parse(br#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#), Err(KeyError::Weak));
}
