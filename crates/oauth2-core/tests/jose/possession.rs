//! Access tokens that are bound, as JWT: what an API checks.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method};
use oauth_sansio::{Digest, Timestamp, base64url};
use oauth2_core::{
    dpop::{Address, Content, DpopError, DpopPolicy, Expected, Proof, access_token_hash},
    jose::{Algorithm, ClaimError, JwkSet, Limits, LocalSigner, Signer as _, Unsigned},
    jwt::{AccessTokenClaims, AccessTokenPolicy, PossessionError, validate_access_token},
};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

/// A token of the server, and what it says to the API.
fn token(confirmation: Option<Value>) -> (String, AccessTokenClaims) {
    let server = LocalSigner::generate(Algorithm::EdDsa, "key").unwrap();
    let mut claims = json!({
        "iss": "https://as.example", "aud": "https://api.example", "sub": "ann", "client_id": "app", "jti": "1",
        "iat": NOW.as_unix(), "exp": NOW.as_unix() + 60,
    });
    if let Some(confirmation) = confirmation {
        claims["cnf"] = confirmation;
    }
    let unsigned = Unsigned::new(&server, Some("at+jwt"), claims.to_string().as_bytes());
    let signature = server.sign(unsigned.input()).unwrap();
    let token = unsigned.signed(&signature);
    let policy = AccessTokenPolicy {
        issuer: "https://as.example".into(),
        audience: "https://api.example".into(),
        algorithms: Algorithm::ASYMMETRIC.into(),
        leeway: Duration::ZERO,
        limits: Limits::default(),
    };
    let keys = JwkSet::new([server.public().unwrap()]);
    let claims = validate_access_token(&token, &keys, &policy, NOW).unwrap();
    (token, claims)
}

/// A proof for `hashed`, judged beside `sent`.
fn proof(key: &LocalSigner, hashed: Option<&str>, sent: Option<&str>) -> Result<Proof, DpopError> {
    let mut claims = json!({ "jti": "1", "htm": "GET", "htu": "https://api.example/", "iat": NOW.as_unix() });
    if let Some(hashed) = hashed {
        claims["ath"] = json!(access_token_hash(hashed));
    }
    let (jwk, claims) = (key.public().unwrap(), claims.to_string());
    let unsigned = Unsigned::with_embedded_key(&jwk, key.algorithm(), "dpop+jwt", claims.as_bytes());
    let signature = key.sign(unsigned.input()).unwrap();
    let value = HeaderValue::from_str(&unsigned.signed(&signature)).unwrap();
    let headers = HeaderMap::from_iter([("dpop".parse().unwrap(), value)]);
    let window = Duration::from_secs(10);
    let policy = DpopPolicy { algorithms: &Algorithm::ASYMMETRIC, oldest: window, ahead: window };
    let url = "https://api.example/".parse().unwrap();
    let (address, access_token) = (Address::of(&url), sent.map(Digest::of));
    let content = Content::Unseen;
    let expected = Expected { method: &Method::GET, address, access_token, content, nonce: None };
    Proof::of(&headers, &expected, &policy, NOW).map(Option::unwrap)
}

#[test]
fn x11_a_bound_token_needs_a_proof_by_its_key_for_itself() {
    let key = LocalSigner::generate(Algorithm::Es256, "").unwrap();
    let thumbprint = key.public().unwrap().thumbprint().to_string();
    let (text, claims) = token(Some(json!({ "jkt": thumbprint })));
    let judged = |proof: &Proof| claims.check_possession(&text, Some(proof), None);

    assert_eq!(judged(&proof(&key, Some(&text), Some(&text)).unwrap()), Ok(()));
    assert_eq!(claims.check_possession(&text, None, None), Err(PossessionError::NoProof));

    let thief = LocalSigner::generate(Algorithm::Es256, "").unwrap();
    let by_thief = proof(&thief, Some(&text), Some(&text)).unwrap();
    assert_eq!(judged(&by_thief), Err(PossessionError::OtherKey));

    // `ath` of another token, or none, is found when the proof is judged …
    assert_eq!(proof(&key, Some("other"), Some(&text)), Err(DpopError::AccessToken));
    assert_eq!(proof(&key, None, Some(&text)), Err(ClaimError::Missing("ath").into()));
    // … and a proof that was judged without this token is none for it.
    for sent in [None, Some("other")] {
        let other = proof(&key, Some("other"), sent).unwrap();
        assert_eq!(judged(&other), Err(PossessionError::OtherToken));
    }

    let (text, unbound) = token(None);
    let with_proof = proof(&key, Some(&text), Some(&text)).unwrap();
    assert_eq!(unbound.check_possession(&text, Some(&with_proof), None), Err(PossessionError::NotBound));
    assert_eq!(unbound.check_possession(&text, None, None), Ok(()));
}

#[test]
fn x17_x18_a_token_of_a_certificate_needs_that_certificate() {
    // What counts are the bytes: the thumbprint is over them as they are.
    let (der, other) = (&[0x30, 0x03, 0x02, 0x01, 0x07][..], &[0x30, 0x03, 0x02, 0x01, 0x08][..]);
    let pem = "-----BEGIN CERTIFICATE-----\nMAMCAQc=\n-----END CERTIFICATE-----\n";
    let of = |bytes: &[u8]| base64url::encode(Digest::of(bytes).as_bytes());
    let bound = |thumbprint: &str| token(Some(json!({ "x5t#S256": thumbprint })));

    let (text, claims) = bound(&of(der));
    assert_eq!(claims.check_possession(&text, None, Some(der)), Ok(()));
    assert_eq!(claims.check_possession(&text, None, None), Err(PossessionError::NoCertificate));
    for wrong in [other, pem.as_bytes(), b""] {
        assert_eq!(claims.check_possession(&text, None, Some(wrong)), Err(PossessionError::OtherCertificate));
    }
    let hex: String = Digest::of(der).as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    for thumbprint in [of(pem.as_bytes()), of(b"MAMCAQc="), hex.clone(), of(hex.as_bytes()), of(der) + "="] {
        let (text, claims) = bound(&thumbprint);
        let judged = claims.check_possession(&text, None, Some(der));
        assert_eq!(judged, Err(PossessionError::OtherCertificate), "{thumbprint}");
    }
    // A certificate of the connection binds no token that is not bound.
    let (text, claims) = token(None);
    assert_eq!(claims.check_possession(&text, None, Some(der)), Ok(()));
}

#[test]
fn a_token_that_is_bound_twice_needs_both() {
    let key = LocalSigner::generate(Algorithm::EdDsa, "").unwrap();
    let thumbprint = key.public().unwrap().thumbprint().to_string();
    let certificate = base64url::encode(Digest::of(b"der").as_bytes());
    let (text, claims) = token(Some(json!({ "jkt": thumbprint, "x5t#S256": certificate })));
    let proof = proof(&key, Some(&text), Some(&text)).unwrap();
    assert_eq!(claims.check_possession(&text, Some(&proof), Some(b"der")), Ok(()));
    assert_eq!(claims.check_possession(&text, Some(&proof), None), Err(PossessionError::NoCertificate));
    assert_eq!(claims.check_possession(&text, None, Some(b"der")), Err(PossessionError::NoProof));
}
