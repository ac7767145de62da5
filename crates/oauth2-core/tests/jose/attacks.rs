//! Attacks on signed JSON (RFC 8725).

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method};
use oauth_sansio::{Secret, Timestamp, base64url};
use oauth2_core::{
    dpop::{Address, Content, DpopError, DpopPolicy, Expected, Proof},
    jose::{
        Algorithm, ClaimError, Claims, Jwk, JwkSet, Jws, JwsError, KeyError, Limits, LocalSigner, Signer,
        Typ, Unsigned, VerifyingKey,
    },
    jwt::{
        AccessTokenError, AccessTokenPolicy, Assertion, AssertionError, AssertionPolicy,
        validate_access_token,
    },
};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

fn signer(algorithm: Algorithm) -> LocalSigner {
    LocalSigner::generate(algorithm, "key").unwrap()
}

fn set(signer: &LocalSigner) -> JwkSet {
    JwkSet::new([signer.public().unwrap()])
}

/// A text with any header, signed.
fn with_header(signer: &LocalSigner, header: &str, payload: &[u8]) -> String {
    let input = format!("{}.{}", base64url::encode(header.as_bytes()), base64url::encode(payload));
    let signature = signer.sign(input.as_bytes()).unwrap();
    format!("{input}.{}", base64url::encode(&signature))
}

fn sign(signer: &LocalSigner, typ: Option<&str>, claims: &Value) -> String {
    let unsigned = Unsigned::new(signer, typ, claims.to_string().as_bytes());
    let signature = signer.sign(unsigned.input()).unwrap();
    unsigned.signed(&signature)
}

fn parse(text: &str) -> Result<Jws<'_>, JwsError> {
    Jws::parse(text, &Limits::default())
}

fn token_claims() -> Value {
    json!({
        "iss": "https://as.example", "aud": "https://api.example", "sub": "ann", "client_id": "app", "jti": "1",
        "iat": NOW.as_unix(), "exp": NOW.as_unix() + 60,
    })
}

fn policy() -> AccessTokenPolicy {
    AccessTokenPolicy {
        issuer: "https://as.example".into(),
        audience: "https://api.example".into(),
        algorithms: Algorithm::ASYMMETRIC.into(),
        leeway: Duration::ZERO,
        limits: Limits::default(),
    }
}

fn validate(token: &str, keys: &JwkSet) -> Result<(), AccessTokenError> {
    validate_access_token(token, keys, &policy(), NOW).map(drop)
}

#[test]
fn every_algorithm_signs_what_it_verifies() {
    for algorithm in Algorithm::ASYMMETRIC {
        let signer = signer(algorithm);
        let token = sign(&signer, Some("at+jwt"), &token_claims());
        assert_eq!(validate(&token, &set(&signer)), Ok(()), "{algorithm}");
        assert_eq!(parse(&token).unwrap().header().algorithm, algorithm);
    }
}

#[test]
fn j01_alg_none_is_refused_in_every_spelling() {
    let claims = base64url::encode(b"{}");
    for name in ["none", "None", "NONE", "nOnE", "", "null"] {
        let header = base64url::encode(format!(r#"{{"alg":"{name}"}}"#).as_bytes());
        for signature in ["", "AAAA"] {
            assert!(parse(&format!("{header}.{claims}.{signature}")).is_err(), "{name}");
        }
        assert_eq!(parse(&format!("{header}.{claims}.AAAA")).unwrap_err(), JwsError::Algorithm);
    }
    let header = base64url::encode(br#"{"alg":"ES256"}"#);
    assert_eq!(parse(&format!("{header}.{claims}.")).unwrap_err(), JwsError::Malformed);
}

#[test]
fn j02_a_public_key_never_verifies_an_hmac() {
    for algorithm in Algorithm::ASYMMETRIC {
        let honest = signer(algorithm);
        let public = honest.public().unwrap();
        let forger = LocalSigner::from_secret(&Secret::new(public.to_value().to_string())).unwrap();
        let forged = with_header(&forger, r#"{"alg":"HS256","kid":"key","typ":"at+jwt"}"#, b"{}");
        assert_eq!(parse(&forged).unwrap().verify_by(&set(&honest)), Err(JwsError::KeyMismatch));
        assert_eq!(public.verifying_key(Algorithm::Hs256).unwrap_err(), KeyError::Use);
    }
}

#[test]
fn j03_j04_keys_and_addresses_in_a_header_are_nothing_to_go_by() {
    let (honest, forger) = (signer(Algorithm::Es256), signer(Algorithm::Es256));
    let jwk = forger.public().unwrap().to_value();
    let header = json!({
        "alg": "ES256", "typ": "at+jwt", "kid": "key", "jwk": jwk, "jku": "https://evil.example/jwks",
        "x5u": "https://evil.example/chain", "x5c": ["AAAA"],
    });
    let forged = with_header(&forger, &header.to_string(), token_claims().to_string().as_bytes());
    assert_eq!(validate(&forged, &set(&honest)), Err(JwsError::Signature.into()));
    // The same members beside a right signature do no harm.
    let right = with_header(&honest, &header.to_string(), token_claims().to_string().as_bytes());
    assert_eq!(validate(&right, &set(&honest)), Ok(()));
}

#[test]
fn j05_what_is_critical_and_not_understood_is_refused() {
    let signer = signer(Algorithm::EdDsa);
    for member in [
        r#""crit":["exp"]"#,
        r#""crit":[]"#,
        r#""crit":7"#,
        r#""b64":false,"crit":["b64"]"#,
        r#""b64":false"#,
    ] {
        let text = with_header(&signer, &format!(r#"{{"alg":"EdDSA",{member}}}"#), b"{}");
        assert_eq!(parse(&text).unwrap_err(), JwsError::Critical, "{member}");
    }
}

/// What a key has verified before is read once, and judged each time.
#[test]
fn a_header_that_is_known_is_judged_each_time() {
    let signer = signer(Algorithm::Es256);
    let (keys, stranger) = (set(&signer), LocalSigner::generate(Algorithm::Es256, "key").unwrap());
    let header = r#"{"alg":"ES256","kid":"key","typ":"at+jwt"}"#;
    let token = |claims: &Value| with_header(&signer, header, claims.to_string().as_bytes());
    let claims = token_claims();

    // Nobody makes a header known by what was not verified.
    let forged = with_header(&stranger, header, claims.to_string().as_bytes());
    assert_eq!(validate(&forged, &keys), Err(AccessTokenError::Jws(JwsError::Signature)));
    assert_eq!(validate(&token(&claims), &keys), Ok(()));
    assert_eq!(validate(&forged, &keys), Err(AccessTokenError::Jws(JwsError::Signature)));

    let mut late = claims.clone();
    late["exp"] = json!(NOW.as_unix());
    assert_eq!(validate(&token(&late), &keys), Err(AccessTokenError::Expired));
    let twice = claims.to_string().replacen('{', r#"{"sub":"eve","#, 1);
    let twice = with_header(&signer, header, twice.as_bytes());
    assert_eq!(validate(&twice, &keys), Err(AccessTokenError::Claim(ClaimError::Malformed)));

    let strict = AccessTokenPolicy { algorithms: vec![Algorithm::EdDsa], ..policy() };
    let refused = validate_access_token(&token(&claims), &keys, &strict, NOW).map(drop);
    assert_eq!(refused, Err(AccessTokenError::Jws(JwsError::Algorithm)));
    let text = token(&claims);
    let jws = Jws::parse_for(&text, &Limits::default(), &keys).unwrap();
    assert_eq!(jws.expect_typ(&[Typ::Is("JWT"), Typ::Absent]), Err(JwsError::Typ));
    assert_eq!(jws.expect_typ(&[Typ::Is("at+jwt")]), Ok(()));
    let narrow = Limits { header: 16, ..Limits::default() };
    assert_eq!(Jws::parse_for(&text, &narrow, &keys).unwrap_err(), JwsError::TooLarge);

    // One byte more and it is another header.
    for (other, error) in [
        (r#"{"alg":"ES256","kid":"key","typ":"JWT"}"#, JwsError::Typ),
        (r#"{"alg":"ES256","kid":"other","typ":"at+jwt"}"#, JwsError::NoKey),
        (r#"{"alg":"ES256","kid":"key","typ":"at+jwt","crit":["x"]}"#, JwsError::Critical),
        (r#"{"alg":"ES256","kid":"key","typ":"at+jwt","b64":false}"#, JwsError::Critical),
        (r#"{"alg":"ES256","kid":"key","typ":"at+jwt","typ":"at+jwt"}"#, JwsError::Malformed),
        (r#"{"alg":"none","kid":"key","typ":"at+jwt"}"#, JwsError::Algorithm),
        (r#"{"alg":"HS256","kid":"key","typ":"at+jwt"}"#, JwsError::Algorithm),
        (r#"{"alg":"RS256","kid":"key","typ":"at+jwt"}"#, JwsError::KeyMismatch),
    ] {
        let text = with_header(&signer, other, claims.to_string().as_bytes());
        assert_eq!(validate(&text, &keys), Err(AccessTokenError::Jws(error)), "{other}");
    }
    let spaced = with_header(&signer, &format!("{header} "), claims.to_string().as_bytes());
    assert_eq!(validate(&spaced, &keys), Ok(()));
}

#[test]
fn j06_decoys_of_a_set_are_not_used() {
    let honest = signer(Algorithm::Rs256);
    let public = honest.public().unwrap().to_value();
    let decoy = |change: &[(&str, Value)]| {
        let mut jwk = public.clone();
        for (name, value) in change {
            jwk[*name] = value.clone();
        }
        JwkSet::parse(json!({ "keys": [jwk] }).to_string().as_bytes()).unwrap()
    };
    let token = sign(&honest, Some("at+jwt"), &token_claims());
    assert_eq!(validate(&token, &decoy(&[])), Ok(()));
    for change in [
        vec![("use", json!("enc"))],
        vec![("key_ops", json!(["encrypt"]))],
        vec![("alg", json!("PS256"))],
        vec![("alg", json!("RSA-OAEP"))],
        vec![("kid", json!("other"))],
        vec![("kid", json!("KEY"))],
    ] {
        assert!(validate(&token, &decoy(&change)).is_err(), "{change:?}");
    }
    // Two keys of one name: the one that fits is found.
    let other = signer(Algorithm::Rs256).public().unwrap();
    assert_eq!(validate(&token, &JwkSet::new([other, honest.public().unwrap()])), Ok(()));
}

#[test]
fn j08_claims_have_their_types() {
    let signer = signer(Algorithm::EdDsa);
    let judged = |name: &str, value: Value| {
        let mut claims = token_claims();
        claims[name] = value;
        validate(&sign(&signer, Some("at+jwt"), &claims), &set(&signer))
    };
    for value in [json!(7), json!([7]), json!({}), json!(null), json!([[]])] {
        assert_eq!(judged("aud", value), Err(ClaimError::Type("aud").into()));
    }
    assert_eq!(judged("aud", json!([])), Err(AccessTokenError::Audience));
    for value in [json!("1800000060"), json!(null), json!([1]), json!(true)] {
        assert_eq!(judged("exp", value), Err(ClaimError::Type("exp").into()));
    }
    for value in [json!(-1), json!(0), json!(i64::MIN), json!(-1e300)] {
        assert_eq!(judged("exp", value), Err(AccessTokenError::Expired));
    }
    for value in [json!(u64::MAX), json!(1e300), json!(1_800_000_000.5)] {
        assert_eq!(judged("exp", value), Ok(()));
    }
}

#[test]
fn j09_a_member_that_comes_twice_is_refused() {
    let signer = signer(Algorithm::Es256);
    for header in [r#"{"alg":"ES256","alg":"none"}"#, r#"{"alg":"ES256","\u0061lg":"ES256"}"#] {
        assert_eq!(parse(&with_header(&signer, header, b"{}")).unwrap_err(), JwsError::Malformed);
    }
    for claims in [
        r#"{"sub":"a","sub":"b"}"#,
        r#"{"cnf":{"jkt":"a","jkt":"b"}}"#,
        r#"{"act":[{"act":{"sub":"a","sub":"b"}}]}"#,
    ] {
        assert_eq!(Claims::parse(claims.as_bytes()).err(), Some(ClaimError::Malformed), "{claims}");
    }
    let twice = |jwk: &Jwk| jwk.to_value().to_string().replacen('{', r#"{"kid":"other","#, 1);
    let key = signer.public().unwrap();
    assert_eq!(Jwk::parse(twice(&key).as_bytes()), Err(KeyError::Malformed));
    let header = format!(r#"{{"alg":"ES256","jwk":{}}}"#, twice(&key));
    assert_eq!(parse(&with_header(&signer, &header, b"{}")).unwrap_err(), JwsError::Malformed);
    // In a set, the other keys stay.
    let set = format!(r#"{{"keys":[{},{}]}}"#, twice(&key), key.to_value());
    assert_eq!(JwkSet::parse(set.as_bytes()).unwrap().keys(), [key]);
    assert!(JwkSet::parse(br#"{"keys":[],"keys":[]}"#).is_err());
}

#[test]
fn j10_only_three_parts_are_read_and_dots_cost_nothing() {
    let limits = Limits { text: 4 << 20, ..Limits::default() };
    let dots = ".".repeat(1_000_000);
    assert_eq!(Jws::parse(&dots, &limits).unwrap_err(), JwsError::Malformed);
    for text in ["", ".", "..", "a.b", "a.b.c.d", "a.b.c.d.e", r#"{"payload":"e30","signatures":[]}"#] {
        assert_eq!(parse(text).unwrap_err(), JwsError::Malformed, "{text}");
    }
}

#[test]
fn j11_a_large_or_deep_text_is_refused_before_it_is_decoded() {
    let signer = signer(Algorithm::EdDsa);
    let large = sign(&signer, None, &json!({ "x": "x".repeat(1 << 20) }));
    assert_eq!(parse(&large).unwrap_err(), JwsError::TooLarge);
    let header = format!(r#"{{"alg":"EdDSA","x":"{}"}}"#, "x".repeat(4096));
    assert_eq!(parse(&with_header(&signer, &header, b"{}")).unwrap_err(), JwsError::TooLarge);
    let deep = format!(r#"{{"x":{}1{}}}"#, "[".repeat(1000), "]".repeat(1000));
    assert_eq!(Claims::parse(deep.as_bytes()).err(), Some(ClaimError::Malformed));
}

#[test]
fn j12_an_encrypted_token_is_none_here() {
    let header =
        base64url::encode(br#"{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2000000000,"zip":"DEF"}"#);
    assert_eq!(parse(&format!("{header}.AAAA.AAAA.AAAA.AAAA")).unwrap_err(), JwsError::Malformed);
    assert_eq!(parse(&format!("{header}.AAAA.AAAA")).unwrap_err(), JwsError::Algorithm);
}

#[test]
fn j13_a_signature_of_zeros_or_in_der_is_none() {
    let signer = signer(Algorithm::Es256);
    let token = sign(&signer, Some("at+jwt"), &token_claims());
    let (input, right) = token.rsplit_once('.').unwrap();
    let right = base64url::decode(right.as_bytes()).unwrap();
    let mut der = vec![0x30, 0x44, 0x02, 0x20];
    der.extend(&right[..32]);
    der.extend([0x02, 0x20]);
    der.extend(&right[32..]);
    let longer = [&[0][..], &right].concat();
    for signature in [vec![0; 64], der, longer, right[..63].to_vec(), vec![0xff; 64]] {
        let forged = format!("{input}.{}", base64url::encode(&signature));
        assert_eq!(validate(&forged, &set(&signer)), Err(JwsError::Signature.into()));
    }
}

#[test]
fn j14_base64url_has_one_spelling() {
    let signer = signer(Algorithm::EdDsa);
    let token = sign(&signer, None, &json!({ "a": 1 }));
    let (head, last) = token.split_at(token.len() - 1);
    // 64 bytes leave four bits of the last letter unused; every other letter of the same top bits spells them too.
    let others = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".chars();
    assert!(others.filter(|other| other.to_string() != last).all(|other| {
        parse(&format!("{head}{other}")).is_ok_and(|jws| jws.verify_by(&set(&signer)).is_err())
            || parse(&format!("{head}{other}")).is_err()
    }));
    for text in [
        format!("{token}="),
        format!("{token} "),
        format!(" {token}"),
        format!("{token}\n"),
        token.replace('.', ".\t"),
    ] {
        assert_eq!(parse(&text).unwrap_err(), JwsError::Malformed);
    }
}

#[test]
fn j15_claims_are_utf8_objects_with_texts_where_texts_belong() {
    for payload in [&b"\xff\xfe"[..], b"\xef\xbb\xbf{}", b"[]", b"7", b"\"text\"", b"", b"{} x"] {
        assert_eq!(Claims::parse(payload).err(), Some(ClaimError::Malformed), "{payload:?}");
    }
    let signer = signer(Algorithm::EdDsa);
    for name in ["sub", "jti", "client_id", "scope"] {
        for value in [json!(7), json!(null), json!(["a"])] {
            let mut claims = token_claims();
            claims[name] = value;
            assert!(validate(&sign(&signer, Some("at+jwt"), &claims), &set(&signer)).is_err(), "{name}");
        }
    }
}

#[test]
fn j16_a_short_secret_makes_no_key() {
    assert_eq!(VerifyingKey::of_secret(&Secret::new("x".repeat(31))).unwrap_err(), KeyError::Weak);
    assert!(VerifyingKey::of_secret(&Secret::new("x".repeat(32))).is_ok());
    assert!(matches!(LocalSigner::from_secret(&Secret::new("")), Err(KeyError::Weak)));
}

#[test]
fn j16_a_point_of_small_order_makes_no_key() {
    let with = |first: u8, between: u8, last: u8| {
        let mut x = [between; 32];
        (x[0], x[31]) = (first, last);
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url::encode(&x) });
        Jwk::from_value(&jwk).err()
    };
    // The neutral element, for one: a signature of zeros beside it fits every message under lax verification.
    for (first, between, last) in
        [(0, 0, 0), (1, 0, 0), (0xec, 0xff, 0x7f), (0xed, 0xff, 0x7f), (0xee, 0xff, 0x7f)]
    {
        assert_eq!(with(first, between, last), Some(KeyError::Invalid));
        assert_eq!(with(first, between, last | 0x80), Some(KeyError::Invalid), "whatever its sign");
    }
}

#[test]
fn j17_x02_no_kind_of_token_passes_for_another() {
    let signer = signer(Algorithm::Es256);
    let kinds = [
        None,
        Some("JWT"),
        Some("at+jwt"),
        Some("dpop+jwt"),
        Some("client-authentication+jwt"),
        Some("oauth-authz-req+jwt"),
        Some("token-introspection+jwt"),
        Some("logout+jwt"),
    ];
    for kind in kinds {
        let token = sign(&signer, kind, &token_claims());
        assert_eq!(validate(&token, &set(&signer)).is_ok(), kind == Some("at+jwt"), "{kind:?}");
        let claims = json!({ "iss": "app", "sub": "app", "aud": "https://as.example", "jti": "1", "exp": NOW.as_unix() + 60 });
        let assertion = sign(&signer, kind, &claims);
        let judged = Assertion::by_keys(
            &assertion,
            "app",
            &set(&signer),
            &AssertionPolicy::new("https://as.example"),
            NOW,
        );
        let good = matches!(kind, None | Some("JWT" | "client-authentication+jwt"));
        assert_eq!(judged.is_ok(), good, "{kind:?}");
        if !good {
            assert_eq!(judged, Err(AssertionError::Jws(JwsError::Typ)));
        }
    }
    assert!(
        parse(&sign(&signer, Some("application/at+JWT"), &json!({})))
            .unwrap()
            .expect_typ(&[Typ::Is("at+jwt")])
            .is_ok()
    );
}

#[test]
fn k15_an_assertion_of_another_type_is_none() {
    let signer = signer(Algorithm::EdDsa);
    for typ in ["dpop+jwt", "at+jwt", "logout+jwt", "oauth-authz-req+jwt", "id_token"] {
        let claims = json!({ "iss": "app", "sub": "app", "aud": "https://as.example", "jti": "1", "exp": NOW.as_unix() + 60 });
        let text = sign(&signer, Some(typ), &claims);
        let judged =
            Assertion::by_keys(&text, "app", &set(&signer), &AssertionPolicy::new("https://as.example"), NOW);
        assert_eq!(judged, Err(AssertionError::Jws(JwsError::Typ)), "{typ}");
    }
}

#[test]
fn k11_only_the_issuer_by_itself_is_the_audience_of_an_assertion() {
    let signer = signer(Algorithm::EdDsa);
    let judged = |audience: Value| {
        let claims =
            json!({ "iss": "app", "sub": "app", "aud": audience, "jti": "1", "exp": NOW.as_unix() + 60 });
        let text = sign(&signer, None, &claims);
        Assertion::by_keys(&text, "app", &set(&signer), &AssertionPolicy::new("https://as.example"), NOW)
    };
    assert!(judged(json!("https://as.example")).is_ok());
    for audience in [
        json!("https://as.example/"),
        json!("https://as.example/oauth2/token"),
        json!("https://as.example/oauth2/par"),
        json!(["https://as.example"]),
        json!(["https://as.example", "https://evil.example"]),
        json!([]),
        json!("https://AS.example"),
    ] {
        assert_eq!(judged(audience.clone()), Err(AssertionError::Audience), "{audience}");
    }
}

#[test]
fn k12_an_assertion_has_its_time() {
    let signer = signer(Algorithm::EdDsa);
    let judged = |changes: Value| {
        let mut claims = json!({ "iss": "app", "sub": "app", "aud": "https://as.example", "jti": "1" });
        claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let text = sign(&signer, None, &claims);
        Assertion::by_keys(&text, "app", &set(&signer), &AssertionPolicy::new("https://as.example"), NOW)
    };
    let at = |offset: i64| NOW.as_unix().saturating_add_signed(offset);
    assert!(judged(json!({ "exp": at(60), "iat": at(10), "nbf": at(10) })).is_ok());
    assert!(judged(json!({ "exp": at(-9) })).is_ok());
    assert_eq!(judged(json!({})), Err(ClaimError::Missing("exp").into()));
    assert_eq!(judged(json!({ "exp": at(-10) })), Err(AssertionError::Expired));
    assert_eq!(judged(json!({ "exp": at(3611) })), Err(AssertionError::TooLong));
    assert_eq!(judged(json!({ "exp": at(60), "nbf": at(11) })), Err(AssertionError::NotYet));
    assert_eq!(judged(json!({ "exp": at(60), "iat": at(61) })), Err(AssertionError::IssuedInFuture));
}

#[test]
fn k13_an_assertion_speaks_of_the_client_that_sends_it() {
    let signer = signer(Algorithm::EdDsa);
    let judged = |iss: Value, sub: Value| {
        let claims = json!({ "iss": iss, "sub": sub, "aud": "https://as.example", "jti": "1", "exp": NOW.as_unix() + 60 });
        let text = sign(&signer, None, &claims);
        Assertion::by_keys(&text, "app", &set(&signer), &AssertionPolicy::new("https://as.example"), NOW)
    };
    assert!(judged(json!("app"), json!("app")).is_ok());
    for (iss, sub) in [("app", "other"), ("other", "app"), ("other", "other"), ("APP", "APP")] {
        assert_eq!(judged(json!(iss), json!(sub)), Err(AssertionError::OtherClient));
    }
    assert_eq!(judged(json!("app"), json!(null)), Err(ClaimError::Type("sub").into()));
}

#[test]
fn k14_an_assertion_is_signed_by_an_algorithm_of_the_policy() {
    let only = [Algorithm::Es256];
    let policy = AssertionPolicy { algorithms: &only, ..AssertionPolicy::new("https://as.example") };
    for algorithm in Algorithm::ASYMMETRIC {
        let signer = signer(algorithm);
        let claims = json!({ "iss": "app", "sub": "app", "aud": "https://as.example", "jti": "1", "exp": NOW.as_unix() + 60 });
        let judged = Assertion::by_keys(&sign(&signer, None, &claims), "app", &set(&signer), &policy, NOW);
        assert_eq!(judged.is_ok(), algorithm == Algorithm::Es256, "{algorithm}");
    }
}

// ---- proofs of possession

fn proof(header: &Value, claims: &Value, signer: &LocalSigner) -> String {
    with_header(signer, &header.to_string(), claims.to_string().as_bytes())
}

fn judge(texts: &[&str]) -> Result<Option<Proof>, DpopError> {
    let mut headers = HeaderMap::new();
    for text in texts {
        headers.append("dpop", HeaderValue::from_str(text).unwrap());
    }
    let url = "https://as.example/oauth2/token".parse().unwrap();
    let policy = DpopPolicy {
        algorithms: &[Algorithm::Es256, Algorithm::EdDsa],
        oldest: Duration::from_secs(60),
        ahead: Duration::from_secs(10),
    };
    let address = Address::of(&url);
    let content = Content::Unseen;
    let expected = Expected { method: &Method::POST, address, access_token: None, content, nonce: None };
    Proof::of(&headers, &expected, &policy, NOW)
}

fn good_proof(signer: &LocalSigner) -> (Value, Value) {
    let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": signer.public().unwrap().to_value() });
    let claims =
        json!({ "jti": "1", "htm": "POST", "htu": "https://as.example/oauth2/token", "iat": NOW.as_unix() });
    (header, claims)
}

#[test]
fn x01_there_is_one_proof_and_it_is_a_jwt() {
    let signer = signer(Algorithm::Es256);
    let (header, claims) = good_proof(&signer);
    let text = proof(&header, &claims, &signer);
    assert!(judge(&[&text]).unwrap().is_some());
    assert_eq!(judge(&[]), Ok(None));
    assert_eq!(judge(&[&text, &text]), Err(DpopError::Several));
    for text in [format!("{text},{text}"), format!("{text}, {text}"), "no jwt".into(), String::new()] {
        assert_eq!(judge(&[&text]), Err(JwsError::Malformed.into()));
    }
}

#[test]
fn x02_no_member_of_a_proof_can_be_left_out() {
    let signer = signer(Algorithm::Es256);
    let (header, claims) = good_proof(&signer);
    for name in ["typ", "alg", "jwk"] {
        let mut header = header.clone();
        header.as_object_mut().unwrap().remove(name);
        assert!(judge(&[&proof(&header, &claims, &signer)]).is_err(), "{name}");
    }
    for name in ["jti", "htm", "htu", "iat"] {
        let mut claims = claims.clone();
        claims.as_object_mut().unwrap().remove(name);
        assert_eq!(judge(&[&proof(&header, &claims, &signer)]), Err(ClaimError::Missing(name).into()));
    }
}

#[test]
fn x03_x04_a_proof_is_signed_with_the_public_key_that_it_carries() {
    let (signer, other) = (signer(Algorithm::Es256), signer(Algorithm::Es256));
    let (header, claims) = good_proof(&signer);
    assert_eq!(judge(&[&proof(&header, &claims, &other)]), Err(JwsError::Signature.into()));
    for name in ["none", "HS256", "RS256", "ES512"] {
        let mut header = header.clone();
        header["alg"] = json!(name);
        assert_eq!(judge(&[&proof(&header, &claims, &signer)]), Err(JwsError::Algorithm.into()), "{name}");
    }
    let mut private = header;
    private["jwk"]["d"] = json!("AAAA");
    assert_eq!(judge(&[&proof(&private, &claims, &signer)]), Err(JwsError::Key(KeyError::Private).into()));
}

#[test]
fn x05_x06_a_proof_is_for_one_method_at_one_address_however_that_is_spelt() {
    let signer = signer(Algorithm::Es256);
    let (header, claims) = good_proof(&signer);
    let judged = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        judge(&[&proof(&header, &claims, &signer)])
    };
    for same in [
        "https://as.example/oauth2/token?x=y",
        "https://as.example/oauth2/token#f",
        "https://AS.EXAMPLE/oauth2/token",
        "HTTPS://as.example:443/oauth2/token",
        "https://as.example/oauth2/%74oken",
    ] {
        assert!(judged("htu", json!(same)).is_ok(), "{same}");
    }
    for other in [
        "https://as.example/oauth2/token/",
        "https://as.example/oauth2/TOKEN",
        "http://as.example/oauth2/token",
        "https://as.example:8443/oauth2/token",
        "https://evil.example/oauth2/token",
        "https://user@as.example/oauth2/token",
        "https://as.example\\oauth2/token",
        "/oauth2/token",
        "https://as.example/oauth2%2ftoken",
    ] {
        assert_eq!(judged("htu", json!(other)), Err(DpopError::Address), "{other}");
    }
    for other in [json!("GET"), json!("post"), json!("POST ")] {
        assert_eq!(judged("htm", other), Err(DpopError::Method));
    }
    for value in [json!(7), json!(["https://as.example/oauth2/token"]), json!({})] {
        assert_eq!(judged("htu", value), Err(ClaimError::Type("htu").into()));
    }
}

#[test]
fn x08_a_proof_has_its_time() {
    let signer = signer(Algorithm::Es256);
    let (header, claims) = good_proof(&signer);
    let judged = |offset: i64| {
        let mut claims = claims.clone();
        claims["iat"] = json!(NOW.as_unix().saturating_add_signed(offset));
        judge(&[&proof(&header, &claims, &signer)])
    };
    for offset in [-60, -10, 0, 10] {
        assert!(judged(offset).is_ok(), "{offset}");
    }
    assert_eq!(judged(-3600), Err(DpopError::Stale));
    assert_eq!(judged(3600), Err(DpopError::Ahead));
}

#[test]
fn x19_weak_keys_and_other_curves_are_refused() {
    let n = base64url::encode(&[0xff; 128]);
    let weak = json!({ "kty": "RSA", "n": n, "e": "AQAB" });
    assert_eq!(Jwk::from_value(&weak), Err(KeyError::Weak));
    let other = json!({ "kty": "EC", "crv": "secp256k1", "x": base64url::encode(&[1; 32]), "y": base64url::encode(&[1; 32]) });
    assert_eq!(Jwk::from_value(&other), Err(KeyError::Kind));
    let off = json!({ "kty": "EC", "crv": "P-256", "x": base64url::encode(&[1; 32]), "y": base64url::encode(&[1; 32]) });
    assert_eq!(Jwk::from_value(&off), Err(KeyError::Invalid));
    let even = json!({ "kty": "RSA", "n": base64url::encode(&[0xff; 256]), "e": "AAEA" });
    assert!(Jwk::from_value(&even).is_err());
}
