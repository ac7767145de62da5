//! What an operator gets to know of a refusal.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method};
use oauth_sansio::{Timestamp, base64url};
use oauth2_core::{
    dpop::{Address, Content, DpopError, DpopPolicy, Expected, Proof},
    jose::{Algorithm, ClaimError, JwkSet, JwsError, KeyError, Limits, LocalSigner, Signer as _, Unsigned},
    jwt::{
        AccessTokenError, AccessTokenPolicy, Assertion, AssertionError, AssertionPolicy,
        validate_access_token,
    },
    server::Reason,
};
use serde_json::json;

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

#[test]
fn j18_the_reason_of_a_failure_gets_through_every_wrapper() {
    let signer = LocalSigner::generate(Algorithm::EdDsa, "key").unwrap();
    let keys = JwkSet::new([signer.public().unwrap()]);
    let signed = |typ: Option<&str>, payload: &str| {
        let unsigned = Unsigned::new(&signer, typ, payload.as_bytes());
        let signature = signer.sign(unsigned.input()).unwrap();
        unsigned.signed(&signature)
    };
    let forged = |text: String| {
        let (input, _) = text.rsplit_once('.').unwrap();
        format!("{input}.{}", base64url::encode(&[1; 64]))
    };

    let access = AccessTokenPolicy {
        issuer: "https://as.example".into(),
        audience: "https://api.example".into(),
        algorithms: Algorithm::ASYMMETRIC.into(),
        leeway: Duration::ZERO,
        limits: Limits::default(),
    };
    let token = |text: &str| validate_access_token(text, &keys, &access, NOW).unwrap_err();
    let at = Some("at+jwt");
    assert_eq!(token("x"), AccessTokenError::Jws(JwsError::Malformed));
    assert_eq!(token(&signed(None, "{}")), AccessTokenError::Jws(JwsError::Typ));
    assert_eq!(token(&forged(signed(at, "{}"))), AccessTokenError::Jws(JwsError::Signature));
    assert_eq!(token(&signed(at, "{}")), AccessTokenError::Claim(ClaimError::Missing("iss")));

    let policy = AssertionPolicy::new("https://as.example");
    let assertion = |text: &str| {
        let error = Assertion::by_keys(text, "app", &keys, &policy, NOW).unwrap_err();
        // The server keeps it as it is, beside an answer that tells none of it.
        let Reason::Assertion(kept) = Reason::from(error) else { panic!("{error} got lost") };
        assert_eq!(kept, error);
        assert_eq!(Reason::from(error).to_string(), error.to_string());
        error
    };
    let other = r#"{"iss":"other","sub":"other"}"#;
    assert_eq!(assertion("x"), AssertionError::Jws(JwsError::Malformed));
    assert_eq!(assertion(&forged(signed(None, "{}"))), AssertionError::Jws(JwsError::Signature));
    assert_eq!(assertion(&signed(None, "[]")), AssertionError::Claim(ClaimError::Malformed));
    assert_eq!(assertion(&signed(None, other)), AssertionError::OtherClient);
    assert_eq!(
        assertion(&signed(None, r#"{"iss":7}"#)).to_string(),
        "the assertion: the claim `iss` is of the wrong type"
    );

    let weak = json!({ "kty": "RSA", "n": base64url::encode(&[0xff; 128]), "e": "AQAB" });
    let header = json!({ "typ": "dpop+jwt", "alg": "RS256", "jwk": weak }).to_string();
    let text = format!("{}.e30.AAAA", base64url::encode(header.as_bytes()));
    let headers = HeaderMap::from_iter([("dpop".parse().unwrap(), HeaderValue::from_str(&text).unwrap())]);
    let second = Duration::from_secs(1);
    let policy = DpopPolicy { algorithms: &Algorithm::ASYMMETRIC, oldest: second, ahead: second };
    let url = "https://as.example/oauth2/token".parse().unwrap();
    let address = Address::of(&url);
    let content = Content::Unseen;
    let expected = Expected { method: &Method::POST, address, access_token: None, content, nonce: None };
    let error = Proof::of(&headers, &expected, &policy, NOW).unwrap_err();
    assert_eq!(error, DpopError::Jws(JwsError::Key(KeyError::Weak)));
    assert_eq!(
        Reason::from(error).to_string(),
        "the DPoP proof: the key in the header is refused: the key is too weak or too large"
    );
}
