//! RFC 9449, case by case.

use std::{sync::LazyLock, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use oauth_sansio::{Digest, Timestamp, base64url};
use oauth2_core::{
    dpop::{
        Address, Content, DpopError, DpopPolicy, Expected, Nonces, Proof, ProofKeys, Realm, access_token_hash,
    },
    jose::{Algorithm, ClaimError, Jwk, JwsError, KeyError},
    server::{ServerKey, ServerKeys},
};
use serde_json::Value;

use crate::{is_accepted, vectors};

const FILE: &str = include_str!("../../../../vectors/dpop.json");

#[test]
fn every_thumbprint_and_token_hash_of_the_vectors_comes_out() {
    let (mut thumbprints, mut hashes) = (0, 0);
    for case in vectors(FILE) {
        let expected = &case["expected"];
        match case["kind"].as_str().unwrap() {
            "thumbprint" => {
                let kind =
                    [&case["jwk"]["kty"], &case["jwk"]["crv"]].map(|name| name.as_str().unwrap_or_default());
                match (kind, Jwk::from_value(&case["jwk"])) {
                    (["EC", "P-256"] | ["OKP", "Ed25519"] | ["RSA", _], Ok(jwk)) => {
                        assert_eq!(expected["jkt"], jwk.thumbprint().to_string(), "{case}");
                    }
                    // Shared and short keys and other curves have a thumbprint, and no use here.
                    (_, Err(KeyError::Kind | KeyError::Weak | KeyError::Use | KeyError::Private)) => {}
                    (_, other) => panic!("{other:?} {case}"),
                }
                thumbprints += 1;
            }
            "ath" => {
                assert_eq!(expected["ath"], access_token_hash(case["access_token"].as_str().unwrap()));
                hashes += 1;
            }
            _ => {}
        }
    }
    assert_eq!((thumbprints, hashes), (12, 4));
}

#[test]
fn every_proof_of_the_vectors_is_judged_as_they_say() {
    let (mut ran, mut wrong) = (0, Vec::new());
    for case in vectors(FILE).iter().filter(|case| case["kind"] == "proof") {
        let expected = &case["expected"];
        let verdict = judge(case);
        let right = match &verdict {
            Ok(jkt) => {
                is_accepted(expected, "verdict", "valid")
                    && (expected["jkt"].is_null() || expected["jkt"] == **jkt)
            }
            Err(verdict) => is_accepted(expected, "verdict", verdict),
        };
        // RFC 9449 knows no `exp` and no `nbf` in a proof; they are heeded, and reported like `iat`.
        let same_in_other_words = matches!(
            (expected["verdict"].as_str(), &verdict),
            (Some("expired"), Err("stale_iat")) | (Some("not_yet_valid"), Err("iat_in_future"))
        );
        if !right && !same_in_other_words {
            wrong.push(format!("{} {verdict:?} {expected} {}", case["id"], case["tags"]));
        }
        ran += 1;
    }
    println!("dpop proofs: {ran} ran");
    assert_eq!(ran, 155);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn judge(case: &Value) -> Result<String, &'static str> {
    let (request, server) = (&case["request"], &case["server"]);
    let mut headers = HeaderMap::new();
    for pair in request["headers"].as_array().unwrap() {
        let name: HeaderName = pair[0].as_str().unwrap().parse().unwrap();
        let Ok(value) = HeaderValue::from_str(pair[1].as_str().unwrap()) else { return Err("malformed") };
        headers.append(name, value);
    }
    let method: Method = request["method"].as_str().unwrap().parse().unwrap();
    let url = request["url"].as_str().unwrap().parse().unwrap();
    let algorithms: Vec<Algorithm> = server["allowed_algs"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|name| name.as_str()?.parse().ok())
        .collect();
    let seconds = |name: &str| Duration::from_secs(server[name].as_u64().unwrap());
    let policy = DpopPolicy {
        algorithms: &algorithms,
        oldest: seconds("iat_max_age_seconds"),
        ahead: seconds("iat_future_leeway_seconds"),
    };
    let is_good = |nonce: &str| server["expected_nonce"] == nonce;
    let nonce = server["expected_nonce"].is_string().then_some(&is_good as &dyn Fn(&str) -> bool);
    let now = Timestamp::from_unix(server["now"].as_u64().unwrap());
    let token = request["access_token"].as_str();
    let (address, access_token) = (Address::of(&url), token.map(Digest::of));
    let content = Content::Unseen;
    let expected = Expected { method: &method, address, access_token, content, nonce };
    let judged = Proof::of(&headers, &expected, &policy, now);
    // Whether the key is known makes no difference.
    static KEYS: LazyLock<ProofKeys> = LazyLock::new(ProofKeys::new);
    assert_eq!([(), ()].map(|()| KEYS.judge(&headers, &expected, &policy, now)), [judged, judged]);
    let proof = judged.map_err(verdict)?;
    let proof = proof.ok_or("missing_proof")?;
    // What a store remembers, and what a token is bound to, is the caller's to compare.
    let payload = headers["dpop"].to_str().unwrap().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&base64url::decode(payload.as_bytes()).unwrap()).unwrap();
    let seen = server["seen_jti"].as_array().unwrap();
    if seen.iter().any(|seen| *seen == claims["jti"] || seen["jti"] == claims["jti"]) {
        return Err("replayed_jti");
    }
    let thumbprint = proof.thumbprint.to_string();
    match (token, request["token_bound_jkt"].as_str()) {
        (Some(_), None) => Err("token_not_bound"),
        (_, Some(bound)) if bound != thumbprint => Err("jkt_mismatch"),
        _ => Ok(thumbprint),
    }
}

fn verdict(error: DpopError) -> &'static str {
    match error {
        DpopError::Several => "multiple_proofs",
        DpopError::Jws(error) => match error {
            JwsError::TooLarge | JwsError::Malformed => "malformed",
            JwsError::Algorithm => "alg_not_allowed",
            JwsError::Critical => "unsupported_crit",
            JwsError::Typ => "wrong_typ",
            JwsError::NoKey => "missing_jwk",
            JwsError::KeyMismatch => "key_alg_mismatch",
            JwsError::Signature => "bad_signature",
            JwsError::Key(KeyError::Private) => "private_key_in_jwk",
            JwsError::Key(_) => "invalid_jwk",
        },
        DpopError::Claim(ClaimError::Malformed) => "malformed",
        DpopError::Claim(ClaimError::Missing("ath")) => "missing_ath",
        DpopError::Claim(ClaimError::Missing(_)) => "missing_claim",
        DpopError::Claim(ClaimError::TooLong(_)) => "oversized_jti",
        DpopError::Claim(ClaimError::Type(_)) => "malformed_claim",
        DpopError::Method => "wrong_htm",
        DpopError::Address => "wrong_htu",
        DpopError::Stale => "stale_iat",
        DpopError::Ahead => "iat_in_future",
        DpopError::NoNonce => "missing_nonce",
        DpopError::StaleNonce => "wrong_nonce",
        DpopError::AccessToken => "wrong_ath",
        DpopError::Content => "wrong_content",
    }
}

#[test]
fn x13_a_nonce_is_of_its_time_its_realm_and_its_server() {
    let now = Timestamp::from_unix(1_800_000_000);
    let keys = ServerKeys::always([1; 32]);
    let server = Nonces::new(&keys, Realm::Server("https://as.example"));
    let nonce = server.current(now).unwrap();
    assert!(server.is_good(&nonce, now));
    assert!(server.is_good(&nonce, now.plus(Duration::from_secs(120))));
    assert!(!server.is_good(&nonce, now.plus(Duration::from_secs(240))));
    for other in [Realm::Server("https://other.example"), Realm::Resource("https://as.example")] {
        assert!(!Nonces::new(&keys, other).is_good(&nonce, now), "{other:?}");
    }
    let elsewhere = ServerKeys::always([2; 32]);
    assert!(!Nonces::new(&elsewhere, Realm::Server("https://as.example")).is_good(&nonce, now));
    for at in 0..nonce.len() {
        let mut forged = nonce.clone().into_bytes();
        forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
        assert!(!server.is_good(std::str::from_utf8(&forged).unwrap(), now));
    }
    assert!(!server.is_good("", now));
    let none = ServerKeys::new([ServerKey::new([1; 32], now.plus(Duration::from_secs(1000)))]);
    assert_eq!(Nonces::new(&none, Realm::Server("https://as.example")).current(now), None);
}
