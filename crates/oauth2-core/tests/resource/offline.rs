//! JWTs that are verified with the keys that their server publishes (RFC 9068 section 4, RFC 8725).

use oauth_sansio::Timestamp;
use oauth2_core::{
    jose::{Algorithm, ClaimError, JwkSet, JwsError, LocalSigner, Signer as _},
    jwt::AccessTokenError,
    metadata::Transport,
    resource::{Config, ConfigError, Dpop, KeySource, Principal, Reason, Signed, StepUp, Verifier},
    server::{FetchError, TokenFormat},
};
use serde_json::{Value, json};

use crate::{api::*, world::*};

const OTHER: &str = "https://other.example";

fn signed(error: impl Into<AccessTokenError>) -> (u16, Reason) {
    (401, Reason::Signed(error.into()))
}

#[test]
fn a_token_opens_an_api_that_has_only_the_address_of_the_keys() {
    let world = world(TokenFormat::Jwt);
    let api = Remote::new(&world, offline());
    let grant = api.bearer(&user_token(&world, &[("acr_values", "gold")])).unwrap();
    assert_eq!(grant.issuer.as_deref(), Some(ISSUER));
    assert_eq!((&*grant.client_id, grant.subject()), ("web", Some("ann")));
    assert_eq!((grant.scopes.as_str(), grant.audience.as_slice()), ("read write", &[API.to_owned()][..]));
    assert_eq!(
        (grant.acr.as_deref(), grant.auth_time),
        (Some("gold"), Some(Timestamp::from_unix(START - 7)))
    );
    assert_eq!((grant.family, grant.bindings.len()), (None, 0));
    // The next one costs nobody a question.
    assert!(api.bearer(&user_token(&world, &[])).is_ok());
    assert_eq!((api.asked.take(), api.loads.get()), (vec![JWKS.to_owned()], 0));
}

#[test]
fn s15_n02_a_client_for_itself_is_no_user_of_its_name() {
    let world = world(TokenFormat::Jwt);
    let api = Remote::new(&world, offline());
    let grant = api.bearer(&machine_token(&world)).unwrap();
    assert_eq!((&*grant.client_id, &grant.principal), ("machine", &Principal::Client));
    // RFC 9068 section 5: another name is another one.
    let mut of_user = claims(&world);
    of_user["sub"] = "machine".into();
    let grant = api.bearer(&sign(&world.keys[0], "at+jwt", &of_user)).unwrap();
    assert_eq!(grant.principal, Principal::User("machine".into()));
}

#[test]
fn s03_s04_what_is_not_of_this_server_for_this_api_at_this_time_is_refused() {
    let world = world(TokenFormat::Jwt);
    let api = Remote::new(&world, offline());
    let key = &world.keys[0];
    let now = world.now.get();
    for (name, value, expected) in [
        ("aud", json!("https://mail.example"), signed(AccessTokenError::Audience)),
        ("aud", json!(["https://mail.example", API]), (200, Reason::NoToken)),
        ("aud", Value::Null, signed(ClaimError::Type("aud"))),
        ("exp", json!(now - 10), signed(AccessTokenError::Expired)),
        ("exp", json!(now - 9), (200, Reason::NoToken)),
        ("exp", json!("tomorrow"), signed(ClaimError::Type("exp"))),
        ("nbf", json!(now + 11), signed(AccessTokenError::NotYet)),
        ("iat", json!(now + 11), signed(AccessTokenError::IssuedInFuture)),
        ("sub", json!(7), signed(ClaimError::Type("sub"))),
        ("client_id", Value::Null, signed(ClaimError::Type("client_id"))),
        ("scope", json!("a  b"), signed(ClaimError::Type("scope"))),
        ("cnf", json!({ "kid": "x" }), signed(ClaimError::Type("cnf"))),
        ("cnf", json!({ "jkt": "short" }), signed(ClaimError::Type("cnf"))),
        ("iss", json!(7), signed(ClaimError::Malformed)),
    ] {
        let mut claims = claims(&world);
        claims[name] = value.clone();
        let judged = api.bearer(&sign(key, "at+jwt", &claims));
        let judged = judged.map_or_else(
            |reply| (reply.response.status().as_u16(), reply.reason.unwrap()),
            |_| (200, Reason::NoToken),
        );
        assert_eq!(judged, expected, "{name} {value}");
    }
    for typ in ["JWT", "token-introspection+jwt", "logout+jwt", "oauth-authz-req+jwt", "dpop+jwt"] {
        let judged = api.refusal(&sign(key, typ, &claims(&world)));
        assert_eq!(judged, signed(JwsError::Typ), "{typ}");
    }
    assert_eq!(api.refusal("a.b.c"), signed(JwsError::Malformed));
    // One that is none is the store's business, which knows nothing of it.
    assert_eq!(api.refusal("opaque"), (401, Reason::Unknown));
}

#[test]
fn n17_a_token_of_a_server_that_is_not_listed_causes_no_request() {
    let world = world(TokenFormat::Jwt);
    let api = Remote::new(&world, offline());
    for issuer in ["https://evil.example", "https://as.example/", "https://AS.example", ""] {
        let mut claims = claims(&world);
        claims["iss"] = issuer.into();
        let token = sign(&world.keys[0], "at+jwt", &claims);
        assert_eq!(api.refusal(&token), signed(AccessTokenError::Issuer), "{issuer}");
    }
    assert_eq!((api.questions(), api.loads.get()), (0, 0));
}

#[test]
fn j03_j04_no_token_says_where_its_key_is() {
    let world = world(TokenFormat::Jwt);
    let api = Remote::new(&world, offline());
    let own = LocalSigner::generate(Algorithm::Es256, "evil").unwrap();
    for (name, value) in [
        ("jku", json!("https://evil.example/jwks")),
        ("x5u", json!("https://evil.example/cert")),
        ("jwk", own.public().unwrap().to_value()),
        ("x5c", json!(["AAAA"])),
    ] {
        let mut header = json!({ "alg": "ES256", "typ": "at+jwt", "kid": "evil" });
        header[name] = value;
        let encode = |json: &Value| oauth_sansio::base64url::encode(json.to_string().as_bytes());
        let input = format!("{}.{}", encode(&header), encode(&claims(&world)));
        let signature = own.sign(input.as_bytes()).unwrap();
        let token = format!("{input}.{}", oauth_sansio::base64url::encode(&signature));
        assert_eq!(api.refusal(&token), signed(JwsError::NoKey), "{name}");
    }
    let asked = api.asked.take();
    assert!(!asked.is_empty() && asked.iter().all(|url| url == JWKS), "{asked:?}");
}

#[test]
fn j07_the_keys_of_one_server_verify_no_token_of_another() {
    let world = world(TokenFormat::Jwt);
    let other = LocalSigner::generate(Algorithm::Es256, "2026").unwrap();
    let keys = KeySource::Fixed(JwkSet::new([other.public().unwrap()]).into());
    let mut config = offline();
    config.signed.push(Signed::by(OTHER, keys));
    let api = Remote::new(&world, config);
    let with_issuer = |issuer: &str, key: &LocalSigner| {
        let mut claims = claims(&world);
        claims["iss"] = issuer.into();
        sign(key, "at+jwt", &claims)
    };
    let ours = api.bearer(&with_issuer(ISSUER, &world.keys[0])).unwrap();
    let theirs = api.bearer(&with_issuer(OTHER, &other)).unwrap();
    assert_eq!((ours.issuer.as_deref(), theirs.issuer.as_deref()), (Some(ISSUER), Some(OTHER)));
    assert_eq!(api.refusal(&with_issuer(OTHER, &world.keys[0])), signed(JwsError::Signature));
    assert_eq!(api.refusal(&with_issuer(ISSUER, &other)), signed(JwsError::Signature));
}

#[test]
fn k17_a_thousand_made_up_names_of_keys_cause_one_request_per_cool_down() {
    let world = world(TokenFormat::Jwt);
    let api = Remote::new(&world, offline());
    assert!(api.bearer(&machine_token(&world)).is_ok());
    assert_eq!(api.questions(), 1);
    world.pass(30);
    let made_up = LocalSigner::generate(Algorithm::Es256, "made-up").unwrap();
    for _ in 0..1000 {
        assert_eq!(api.refusal(&sign(&made_up, "at+jwt", &claims(&world))), signed(JwsError::NoKey));
    }
    assert_eq!(api.questions(), 1);
    // One that is good is not kept waiting.
    assert!(api.bearer(&machine_token(&world)).is_ok());
    assert_eq!(api.questions(), 0);
    world.pass(30);
    assert_eq!(api.refusal(&sign(&made_up, "at+jwt", &claims(&world))), signed(JwsError::NoKey));
    assert_eq!(api.questions(), 1);
}

#[test]
fn d21_a_new_key_is_taken_at_its_first_token() {
    let mut world = world(TokenFormat::Jwt);
    let new = LocalSigner::generate(Algorithm::EdDsa, "2027").unwrap();
    let (old, both) = {
        let old = world.keys[0].public().unwrap();
        (JwkSet::new([old.clone()]).to_value(), JwkSet::new([old, new.public().unwrap()]).to_value())
    };
    world.keys.push(new);
    let api = Remote::new(&world, offline());
    let publish = |set: Value| {
        api.answer(move |_| {
            let response = http::Response::builder().header("content-type", "application/jwk-set+json");
            Ok(response.body(set.to_string().into()).unwrap())
        });
    };
    publish(old.clone());
    assert!(api.bearer(&sign(&world.keys[0], "at+jwt", &claims(&world))).is_ok());
    publish(both);
    world.pass(30);
    assert!(api.bearer(&sign(&world.keys[1], "at+jwt", &claims(&world))).is_ok());
    assert_eq!(api.questions(), 2);
    // One that is taken back dies with the set that had it.
    publish(old);
    world.pass(300);
    assert_eq!(api.refusal(&sign(&world.keys[1], "at+jwt", &claims(&world))), signed(JwsError::NoKey));
}

#[test]
fn keys_that_cannot_be_had_are_an_outage_and_nothing_gets_through() {
    let world = world(TokenFormat::Jwt);
    let api = Remote::new(&world, offline());
    let token = machine_token(&world);
    api.down();
    let reply = api.bearer(&token).unwrap_err();
    assert_eq!(reply.reason, Some(Reason::Keys(FetchError::Unreachable)));
    assert_eq!(reply.response.status(), 503);
    let headers = reply.response.headers();
    assert_eq!(
        (&headers["retry-after"], headers.contains_key("www-authenticate")),
        (&"5".parse().unwrap(), false)
    );
    // It is left alone for a while, then asked again.
    for _ in 0..100 {
        assert_eq!(api.refusal(&token).0, 503);
    }
    assert_eq!(api.questions(), 1);
    api.up();
    world.pass(5);
    assert!(api.bearer(&token).is_ok());
    // The last good set serves on.
    api.down();
    world.pass(400);
    assert!(api.bearer(&machine_token(&world)).is_ok());
    // What may be by a key that is there by now is not called worthless.
    let new = LocalSigner::generate(Algorithm::Es256, "2027").unwrap();
    let by_new = sign(&new, "at+jwt", &claims(&world));
    assert_eq!(api.refusal(&by_new), (503, Reason::Keys(FetchError::Unreachable)));
    world.pass(2 * 24 * 60 * 60);
    assert_eq!(api.refusal(&sign(&world.keys[0], "at+jwt", &claims(&world))).0, 503, "not for ever");
}

#[test]
fn x11_s18_a_bound_token_takes_its_proof_with_it_each_time_though_it_is_known() {
    let world = world(TokenFormat::Jwt);
    let dpop = Some(Dpop::new("https://api.example/v1".parse().unwrap()));
    let api = Remote::new(&world, Config { dpop, ..offline() });
    let (own, other) = (key("own"), key("other"));
    let mut bound = claims(&world);
    bound["cnf"] = json!({ "jkt": own.public().unwrap().thumbprint().to_string() });
    let token = sign(&world.keys[0], "at+jwt", &bound);
    let send = |key: &LocalSigner, id: &str, token: &str| {
        let proof = proof(&world, key, id, token);
        let authorization = format!("DPoP {token}");
        let headers = [("authorization", authorization.as_str()), ("dpop", &proof)];
        api.judge(&get("/photos", &[], &headers)).map_err(|reply| reply.reason.unwrap())
    };
    assert!(send(&own, "1", &token).is_ok());
    assert!(send(&own, "2", &token).is_ok());
    // x09: the verdict is known, the proof is not.
    assert_eq!(send(&own, "2", &token), Err(Reason::ProofReplayed));
    use oauth2_core::jwt::PossessionError as P;
    assert_eq!(send(&other, "3", &token), Err(Reason::Possession(P::OtherKey)));
    assert_eq!(api.refusal(&token), (401, Reason::Possession(P::NoProof)));
    assert_eq!(
        send(&own, "4", &sign(&world.keys[0], "at+jwt", &claims(&world))),
        Err(Reason::Possession(P::NotBound))
    );
    assert_eq!(api.questions(), 1);
}

#[test]
fn x17_a_token_of_a_certificate_takes_it_along_each_time() {
    use oauth2_core::{
        jwt::PossessionError as P,
        server::{Binding, Chain, ClientCertificate},
    };
    let world = world(TokenFormat::Jwt);
    let api = Remote::new(&world, offline());
    let certificate = |der: &'static [u8]| ClientCertificate::new(der.into(), Chain::Unverified);
    let (own, other) = (certificate(b"own"), certificate(b"other"));
    let mut bound = claims(&world);
    let thumbprint = own.thumbprint();
    bound["cnf"] = json!({ "x5t#S256": oauth_sansio::base64url::encode(thumbprint.as_bytes()) });
    let token = sign(&world.keys[0], "at+jwt", &bound);
    let send = |shown: Option<&ClientCertificate>| {
        let mut request = with_token("Bearer", &token);
        if let Some(certificate) = shown {
            request.extensions_mut().insert(certificate.clone());
        }
        api.judge(&request).map_err(|reply| reply.reason.unwrap())
    };
    for _ in 0..2 {
        assert_eq!(send(Some(&own)).unwrap().bindings, [Binding::Certificate(thumbprint)]);
        assert_eq!(send(Some(&other)), Err(Reason::Possession(P::OtherCertificate)));
        assert_eq!(send(None), Err(Reason::Possession(P::NoCertificate)));
    }
}

#[test]
fn s20_the_login_behind_a_token_is_looked_at_each_time() {
    use std::time::Duration;
    let world = world(TokenFormat::Jwt);
    let api = Remote::new(&world, offline());
    let token = user_token(&world, &[("acr_values", "gold")]);
    let step_up = StepUp { acr_values: vec!["gold".into()], max_age: Some(Duration::from_secs(10)) };
    let strict = api.verifier.requiring_login(step_up).unwrap();
    assert!(strict.learns_with(&api.verifier));
    assert!(api.judge_by(&strict, &with_token("Bearer", &token)).is_ok());
    world.pass(10);
    let reply = api.judge_by(&strict, &with_token("Bearer", &token)).unwrap_err();
    assert_eq!(reply.reason, Some(Reason::LoginUnmet));
    assert!(api.bearer(&token).is_ok());
    let scoped = api.verifier.requiring(scopes("admin"));
    let reply = api.judge_by(&scoped, &with_token("Bearer", &token)).unwrap_err();
    assert_eq!((reply.response.status().as_u16(), reply.reason), (403, Some(Reason::InsufficientScope)));
}

#[test]
fn what_a_server_is_taken_for_is_settled_at_the_start() {
    let at = |url: &str| Signed::offline(ISSUER, url.parse().unwrap());
    for (signed, identifier, error) in [
        (vec![at(JWKS)], None, Some(ConfigError::Identifier)),
        (vec![at(JWKS), at("https://x.example/jwks")], Some(API), Some(ConfigError::Issuer)),
        (vec![at("http://as.example/jwks")], Some(API), Some(ConfigError::Endpoint)),
        (vec![at("http://127.0.0.1/jwks")], Some(API), Some(ConfigError::Endpoint)),
        (vec![at("file:///jwks")], Some(API), Some(ConfigError::Endpoint)),
        (vec![at(JWKS)], Some(API), None),
    ] {
        let config = Config { signed, identifier: identifier.map(str::to_owned), ..Config::default() };
        assert_eq!(Verifier::new(config).err(), error);
    }
    let transport = Transport::HttpsOrInsecureLoopback;
    let signed = vec![at("http://127.0.0.1/jwks")];
    assert!(Verifier::new(Config { signed, transport, ..offline() }).is_ok());
    let refused = Verifier::new(Config { require_audience: true, ..Config::default() }).err();
    assert_eq!(refused, Some(ConfigError::Identifier));
    let metadata = world(TokenFormat::Jwt).server.metadata().clone();
    let KeySource::At(url) = Signed::from_metadata(&metadata).unwrap().keys else { panic!() };
    assert_eq!(url.as_str(), JWKS);
}

pub(crate) fn key(name: &str) -> LocalSigner {
    LocalSigner::generate(Algorithm::Es256, name).unwrap()
}

/// A proof for `GET /v1/photos` with this token.
pub(crate) fn proof(world: &World, key: &LocalSigner, id: &str, token: &str) -> String {
    use oauth2_core::{dpop::access_token_hash, jose::Unsigned};
    let claims = json!({ "htm": "GET", "htu": "https://api.example/v1/photos", "iat": world.now.get(), "jti": id,
        "ath": access_token_hash(token) });
    let jwk = key.public().unwrap();
    let unsigned =
        Unsigned::with_embedded_key(&jwk, Algorithm::Es256, "dpop+jwt", claims.to_string().as_bytes());
    let signature = key.sign(unsigned.input()).unwrap();
    unsigned.signed(&signature)
}
