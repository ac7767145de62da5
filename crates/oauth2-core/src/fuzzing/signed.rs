//! Signed JSON and keys. What a forger cannot get past is the signature, so most targets sign what they are given.

use std::{sync::LazyLock, time::Duration};

use http::{HeaderMap, HeaderValue, Method};
use oauth_sansio::{Timestamp, base64url};

use crate::{
    dpop::{Address, Content, DpopPolicy, Expected, Proof, ProofKeys},
    jose::{Algorithm, Claims, Jwk, JwkSet, Jws, Limits, LocalSigner, Signer as _, Unsigned},
    jwt::{
        AccessTokenPolicy, Assertion, AssertionPolicy, RequestObject, claimed_client, validate_access_token,
    },
};

const ISSUER: &str = "https://as.example";
const API: &str = "https://api.example";
const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

/// A key of the tests, published long ago.
const KEY: &str = r#"{"kty":"OKP","crv":"Ed25519","kid":"key","d":"j88C52LA9ZkGmX4yGE9_QqWtWVAa_nC-QDH1v1SZSXc",
    "x":"6d80DADzunrTfgLtRUaoJ-wxHrO5xy7jvK3Y_dlLCRs"}"#;

static SIGNER: LazyLock<Option<(LocalSigner, Jwk)>> = LazyLock::new(|| {
    let signer = LocalSigner::from_private_jwk(KEY.as_bytes(), Algorithm::EdDsa).ok()?;
    let public = signer.public().ok()?;
    Some((signer, public))
});

static KNOWN: LazyLock<ProofKeys> = LazyLock::new(ProofKeys::new);

/// A whole text: what is read of it is what stands there, in the one spelling of base64url.
pub fn signed_text(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(jws) = Jws::parse(text, &Limits::default()) else { return };
    assert_eq!(text.split('.').nth(1), Some(&*base64url::encode(jws.unverified())));
    let _ = Claims::parse(jws.unverified());
    if let Some((_, public)) = &*SIGNER {
        let _ = jws.verify_by(&JwkSet::new([public.clone()]));
    }
}

/// A key or a set of them: what is written out is public, and reads as the same.
pub fn public_key(data: &[u8]) {
    let _ = LocalSigner::from_private_jwk(data, Algorithm::EdDsa).map(|signer| signer.public());
    for algorithm in Algorithm::ASYMMETRIC {
        let text = std::str::from_utf8(data).unwrap_or_default();
        let _ = LocalSigner::from_pem(text, algorithm, "").map(|signer| signer.public());
        let _ = LocalSigner::from_pkcs8(data, algorithm, "").map(|signer| signer.public());
    }
    if let Ok(jwk) = Jwk::parse(data) {
        let written = jwk.to_value();
        assert!(["d", "p", "q", "dp", "dq", "qi", "oth", "k"].iter().all(|name| written.get(name).is_none()));
        assert_eq!(Jwk::from_value(&written), Ok(jwk));
    }
    if let Ok(set) = JwkSet::parse(data) {
        assert_eq!(JwkSet::parse(set.to_value().to_string().as_bytes()), Ok(set));
    }
}

/// The claims of an access token: one that is let in is good now.
pub fn access_token(data: &[u8]) {
    let Some((token, public)) = sign(Some("at+jwt"), data) else { return };
    let policy = AccessTokenPolicy {
        issuer: ISSUER.into(),
        audience: API.into(),
        algorithms: Algorithm::ASYMMETRIC.into(),
        leeway: Duration::ZERO,
        limits: Limits::default(),
    };
    if let Ok(claims) = validate_access_token(&token, &JwkSet::new([public.clone()]), &policy, NOW) {
        assert!(claims.issued <= NOW && NOW < claims.expires && !claims.subject.is_empty());
    }
}

/// The claims of an assertion: one that is believed is of the client that is looked up, and ends soon.
pub fn client_assertion(data: &[u8]) {
    let _ = std::str::from_utf8(data).map(claimed_client);
    let Some((text, public)) = sign(None, data) else { return };
    let (claimed, policy) = (claimed_client(&text), AssertionPolicy::new(ISSUER));
    if let Ok(assertion) = Assertion::by_keys(&text, "app", &JwkSet::new([public.clone()]), &policy, NOW) {
        assert_eq!(claimed.as_deref(), Ok("app"));
        assert!(assertion.expires > NOW && assertion.expires <= NOW.plus(policy.longest + policy.skew * 2));
    }
}

/// The claims of a request object: one that is believed is of its client, refers to no other, and is no assertion.
pub fn request_object(data: &[u8]) {
    let Some((text, public)) = sign(Some("oauth-authz-req+jwt"), data) else { return };
    let (keys, policy) = (JwkSet::new([public.clone()]), AssertionPolicy::new(ISSUER));
    if let Ok(object) = RequestObject::by_keys(&text, "app", &keys, &policy, NOW) {
        let kept = |name: &str| object.parameters.iter().any(|(one, _)| one == name);
        assert!(!["iss", "aud", "client_id", "request", "request_uri"].into_iter().any(kept));
        assert!(Assertion::by_keys(&text, "app", &keys, &policy, NOW).is_err());
    }
}

/// The claims of a proof: one that is believed is by the key in it, and is remembered while it is good, whether the key is
/// known or not.
pub fn dpop_proof(data: &[u8]) {
    let Some((signer, public)) = &*SIGNER else { return };
    let unsigned = Unsigned::with_embedded_key(public, Algorithm::EdDsa, "dpop+jwt", data);
    let Ok(signature) = signer.sign(unsigned.input()) else { return };
    for text in [unsigned.signed(&signature).as_bytes(), data] {
        let Ok(value) = HeaderValue::from_bytes(text) else { continue };
        let headers = HeaderMap::from_iter([(http::HeaderName::from_static("dpop"), value)]);
        let Ok(url) = "https://as.example/oauth2/token".parse() else { return };
        let policy = DpopPolicy {
            algorithms: &Algorithm::ASYMMETRIC,
            oldest: Duration::from_secs(60),
            ahead: Duration::from_secs(10),
        };
        let address = Address::of(&url);
        let content = Content::IfTold(data);
        let expected = Expected { method: &Method::POST, address, access_token: None, content, nonce: None };
        let judged = Proof::of(&headers, &expected, &policy, NOW);
        // Whether its key is known makes no difference.
        assert_eq!(KNOWN.judge(&headers, &expected, &policy, NOW), judged);
        if let Ok(Some(proof)) = judged {
            assert!(proof.thumbprint == public.thumbprint() || text == data);
            assert!(proof.expires >= NOW && proof.access_token.is_none());
        }
    }
}

pub(super) fn sign(typ: Option<&str>, payload: &[u8]) -> Option<(String, &'static Jwk)> {
    let (signer, public) = SIGNER.as_ref()?;
    let unsigned = Unsigned::new(signer, typ, payload);
    let signature = signer.sign(unsigned.input()).ok()?;
    Some((unsigned.signed(&signature), public))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [fn(&[u8]); 6] =
        [signed_text, public_key, access_token, client_assertion, request_object, dpop_proof];

    #[test]
    fn the_targets_get_past_the_signature() {
        assert!(SIGNER.is_some());
        let claims = r#"{"iss":"app","sub":"app","aud":"https://as.example","jti":"1","exp":1800000060}"#;
        let (text, public) = sign(None, claims.as_bytes()).unwrap();
        let keys = JwkSet::new([public.clone()]);
        assert!(Assertion::by_keys(&text, "app", &keys, &AssertionPolicy::new(ISSUER), NOW).is_ok());
        ALL.iter().for_each(|target| target(claims.as_bytes()));
        let claims = r#"{"iss":"app","client_id":"app","aud":"https://as.example","exp":1800000060}"#;
        let (text, _) = sign(Some("oauth-authz-req+jwt"), claims.as_bytes()).unwrap();
        assert!(RequestObject::by_keys(&text, "app", &keys, &AssertionPolicy::new(ISSUER), NOW).is_ok());
    }

    proptest! {
        #[test]
        fn z02_no_bytes_crash_what_reads_signed_json(data: Vec<u8>, text in "[ -~]{0,80}") {
            for data in [data.as_slice(), text.as_bytes()] {
                ALL.iter().for_each(|target| target(data));
            }
        }

        #[test]
        fn z02_what_looks_like_claims_or_a_key_has_an_answer(
            name in "(client_id|resource|max_age|request|request_uri|authorization_details|iss|sub|aud|exp|nbf|iat|jti|cnf|scope|htm|htu|nonce|kty|crv|use|key_ops|alg|keys|d)",
            value in "(\"\\PC{0,20}\"|-?[0-9]{1,25}|1e[0-9]{1,3}|\\[\\]|\\[\"verify\"\\]|\\{\\}|null|\\[\\{\"kty\":7\\}\\])",
        ) {
            let common = r#""iss":"app","sub":"app","aud":"https://as.example","jti":"1","exp":1800000060"#;
            let public = r#""kty":"OKP","crv":"Ed25519","x":"6d80DADzunrTfgLtRUaoJ-wxHrO5xy7jvK3Y_dlLCRs""#;
            let object = r#""iss":"app","client_id":"app","aud":"https://as.example","exp":1800000060"#;
            for rest in [common, public, object] {
                let data = format!("{{\"{name}\":{value},{rest}}}");
                ALL.iter().for_each(|target| target(data.as_bytes()));
                let alone = format!("{{\"{name}\":{value}}}");
                ALL.iter().for_each(|target| target(alone.as_bytes()));
            }
        }
    }
}
