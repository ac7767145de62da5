//! Opaque tokens that the server is asked about (RFC 7662), also with signed answers (RFC 9701).

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use oauth_sansio::{Timestamp, form::Form};
use oauth2_core::{
    client::{AssertionKey, ClientAuthentication},
    jose::{Algorithm, ClaimError, JwsError, LocalSigner},
    jwt::PossessionError,
    resource::{
        Caching, Config, ConfigError, Dpop, Introspected, IntrospectionError, KeySource, Principal, Reason,
        Verifier,
    },
    server::{Authentication, Client, ClientKeys, FetchError, JsonKind, JsonText, PlainDetails, TokenFormat},
};
use serde_json::{Value, json};

use crate::{api::*, offline, world::*};

const ENDPOINT: &str = "https://as.example/oauth2/introspect";

fn of_answer(error: impl Into<IntrospectionError>) -> (u16, Reason) {
    (503, Reason::Introspection(error.into()))
}

/// An API that keeps nothing of what it is told.
fn forgetful(world: &World) -> Config {
    Config { caching: Caching::NONE, ..asking(world) }
}

fn answer_with(api: &Remote<'_>, status: u16, content_type: &'static str, body: String) {
    api.answer(move |_| {
        let response = Response::builder().status(status).header(header::CONTENT_TYPE, content_type);
        Ok(response.body(body.clone().into()).unwrap())
    });
}

fn told(api: &Remote<'_>, members: &Value) {
    answer_with(api, 200, "application/json", members.to_string());
}

#[test]
fn an_opaque_token_opens_an_api_that_may_ask_about_it() {
    let world = world(TokenFormat::Opaque);
    let api = Remote::new(&world, asking(&world));
    let grant = api.bearer(&user_token(&world, &[("acr_values", "gold")])).unwrap();
    assert_eq!((grant.issuer.as_deref(), &*grant.client_id), (Some(ISSUER), "web"));
    assert_eq!(grant.principal, Principal::User("ann".into()));
    assert_eq!((grant.scopes.as_str(), grant.audience.as_slice()), ("read write", &[API.to_owned()][..]));
    assert_eq!(
        (grant.acr.as_deref(), grant.auth_time),
        (Some("gold"), Some(Timestamp::from_unix(START - 7)))
    );
    let own = api.bearer(&machine_token(&world)).unwrap();
    assert_eq!((&*own.client_id, &own.principal), ("machine", &Principal::Client));
    assert_eq!((api.asked.take(), api.loads.get()), (vec![ENDPOINT.to_owned(); 2], 0));
    // One that is for another API is none here, and the server says no more.
    assert_eq!(api.refusal(&world.tokens("web").access), (401, Reason::Inactive));
}

#[test]
fn what_was_allowed_in_detail_is_told() {
    let payment = PlainDetails::new("payment").with("amount", JsonKind::Number);
    for format in [TokenFormat::Opaque, TokenFormat::Jwt] {
        let world = world_with(format, |config| config.details_types = vec![Arc::new(payment.clone())]);
        let details = json!([{ "type": "payment", "amount": 7 }]);
        let token = user_token(&world, &[("authorization_details", &details.to_string())]);
        let config = if format == TokenFormat::Jwt { offline() } else { asking(&world) };
        let grant = Remote::new(&world, config).bearer(&token).unwrap();
        assert_eq!(grant.details.as_ref().unwrap().value(), details);
    }
}

#[test]
fn s19_a_revoked_token_works_no_longer_than_the_policy_says_and_an_expired_one_not_at_all() {
    let world = world(TokenFormat::Opaque);
    let api = Remote::new(&world, asking(&world));
    let token = machine_token(&world);
    assert!(api.bearer(&token).is_ok());
    revoke(&world, "machine", &token);
    world.pass(59);
    assert!(api.bearer(&token).is_ok());
    assert_eq!(api.questions(), 1);
    world.pass(1);
    assert_eq!(api.refusal(&token), (401, Reason::Inactive));
    // Never beyond the end of the token, whatever the policy.
    let caching = Caching { positive: std::time::Duration::from_secs(100_000), ..Caching::default() };
    let api = Remote::new(&world, Config { caching, ..asking(&world) });
    let token = machine_token(&world);
    let end = api.bearer(&token).unwrap().expires.as_unix();
    world.pass(end - world.now.get() - 1);
    assert!(api.bearer(&token).is_ok());
    world.pass(1);
    assert_eq!(api.refusal(&token).0, 401);
}

#[test]
fn a_server_that_cannot_tell_is_an_outage_and_nothing_gets_through() {
    let world = world(TokenFormat::Opaque);
    let api = Remote::new(&world, forgetful(&world));
    let token = machine_token(&world);
    api.down();
    let reply = api.bearer(&token).unwrap_err();
    assert_eq!(reply.response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(!reply.response.headers().contains_key(header::WWW_AUTHENTICATE));
    assert_eq!(reply.reason.unwrap(), of_answer(FetchError::Unreachable).1);
    use IntrospectionError as E;
    let json = "application/json";
    for (status, content_type, body, error) in [
        (401, json, r#"{"error":"invalid_client"}"#, E::Refused),
        (500, json, "{}", E::Malformed),
        (302, json, r#"{"active":true}"#, E::Malformed),
        (200, "text/html", r#"{"active":true,"sub":"ann"}"#, E::Malformed),
        (200, json, r#"{"active":"true","sub":"ann"}"#, E::Malformed),
        (200, json, r#"{"sub":"ann"}"#, E::Malformed),
        (200, json, "[]", E::Malformed),
        (200, json, r#"{"active":false,"active":true,"sub":"ann"}"#, E::Malformed),
        (200, json, r#"{"active":true,"sub":"ann","iss":"https://other.example"}"#, E::Issuer),
    ] {
        answer_with(&api, status, content_type, body.into());
        assert_eq!(api.refusal(&token), of_answer(error), "{body}");
    }
    api.up();
    assert!(api.bearer(&token).is_ok());
}

#[test]
fn an_outage_is_never_remembered() {
    let world = world(TokenFormat::Opaque);
    let api = Remote::new(&world, asking(&world));
    let token = machine_token(&world);
    api.down();
    assert_eq!(api.refusal(&token).0, 503);
    api.up();
    assert!(api.bearer(&token).is_ok());
    assert_eq!(api.verdicts.borrow().len(), 1);
}

#[test]
fn what_is_told_of_a_token_is_judged_as_everywhere() {
    let world = world(TokenFormat::Opaque);
    let dpop = Some(Dpop::new("https://api.example/v1".parse().unwrap()));
    let api = Remote::new(&world, Config { dpop, ..forgetful(&world) });
    let now = world.now.get();
    let good = json!({ "active": true, "client_id": "web", "sub": "ann", "scope": "read", "exp": now + 60, "aud": API });
    told(&api, &good);
    assert!(api.bearer("token").is_ok());
    let jkt = offline::key("own").public().unwrap().thumbprint().to_string();
    let wrong = |claim| (401, Reason::Told(ClaimError::Type(claim)));
    for (name, value, expected) in [
        ("active", json!(false), (401, Reason::Inactive)),
        ("exp", json!(now), (401, Reason::Expired)),
        ("exp", json!("soon"), wrong("exp")),
        ("nbf", json!(now + 1), (401, Reason::Inactive)),
        ("aud", json!("https://mail.example"), (401, Reason::OtherResource)),
        ("aud", json!(7), wrong("aud")),
        ("scope", json!("a  b"), wrong("scope")),
        ("scope", json!(["read"]), wrong("scope")),
        ("cnf", json!({ "kid": "x" }), wrong("cnf")),
        ("cnf", json!({ "jkt": "short" }), wrong("cnf")),
        ("cnf", json!({ "jkt": jkt }), (401, Reason::Possession(PossessionError::NoProof))),
        ("token_type", json!("DPoP"), (401, Reason::Told(ClaimError::Missing("cnf")))),
    ] {
        let mut members = good.clone();
        members[name] = value.clone();
        told(&api, &members);
        assert_eq!(api.refusal("token"), expected, "{name} {value}");
    }
    // What nobody has to tell.
    told(&api, &json!({ "active": true, "sub": "ann" }));
    let grant = api.bearer("token").unwrap();
    assert_eq!((&*grant.client_id, grant.subject()), ("", Some("ann")));
    told(&api, &json!({ "active": true }));
    assert_eq!(api.refusal("token"), (401, Reason::Told(ClaimError::Missing("sub"))));
    // One for nobody in particular, where that will not do.
    told(&api, &json!({ "active": true, "sub": "ann" }));
    let strict = Remote::new(&world, Config { require_audience: true, ..forgetful(&world) });
    told(&strict, &json!({ "active": true, "sub": "ann" }));
    assert_eq!(strict.refusal("token"), (401, Reason::OtherResource));
}

#[test]
fn x11_the_key_of_an_opaque_token_is_shown_at_each_use() {
    let world = world(TokenFormat::Opaque);
    let dpop = Some(Dpop::new("https://api.example/v1".parse().unwrap()));
    let api = Remote::new(&world, Config { dpop, ..asking(&world) });
    let own = offline::key("own");
    let jkt = own.public().unwrap().thumbprint().to_string();
    told(&api, &json!({ "active": true, "sub": "ann", "token_type": "DPoP", "cnf": { "jkt": jkt } }));
    let send = |key: &LocalSigner, id: &str| {
        let proof = offline::proof(&world, key, id, "token");
        let headers = [("authorization", "DPoP token"), ("dpop", &proof)];
        api.judge(&get("/photos", &[], &headers)).map_err(|reply| reply.reason.unwrap())
    };
    assert!(send(&own, "1").is_ok());
    assert_eq!(send(&own, "1"), Err(Reason::ProofReplayed));
    assert_eq!(send(&offline::key("x"), "2"), Err(Reason::Possession(PossessionError::OtherKey)));
    assert_eq!(api.refusal("token"), (401, Reason::Possession(PossessionError::NoProof)));
    assert_eq!(api.questions(), 1);
}

#[test]
fn the_question_is_authenticated_as_this_api() {
    // By an assertion, which the server checks.
    let world = world(TokenFormat::Opaque);
    let key = Arc::new(offline::key("api"));
    let keys = oauth2_core::jose::JwkSet::new([key.public().unwrap()]).to_value();
    world.register(Client {
        client_id: "other".into(),
        authentication: Authentication::PrivateKeyJwt,
        keys: Some(ClientKeys::Jwks(JsonText::of(&keys))),
        ..web()
    });
    let client = own_client(&world, ClientAuthentication::Assertion(AssertionKey::new(key)));
    let by_key = Config { introspected: vec![Introspected::new(client)], ..asking(&world) };
    assert!(Remote::new(&world, by_key).bearer(&machine_token(&world)).is_ok());
    assert_eq!(
        Remote::new(&world, asking(&world)).refusal(&machine_token(&world)),
        of_answer(IntrospectionError::Refused)
    );
    // By a secret: the token is in the body, the secret in the header, and nothing is in the address.
    let seen = std::rc::Rc::new(std::cell::RefCell::new(None));
    let api = Remote::new(&world, asking(&world));
    let copy = seen.clone();
    api.answer(move |request: &Request<Bytes>| {
        copy.replace(Some(request.clone()));
        Err(FetchError::TimedOut)
    });
    assert_eq!(api.refusal("secret-token"), of_answer(FetchError::TimedOut));
    let request = seen.take().unwrap();
    assert_eq!((request.uri().to_string(), request.method().as_str()), (ENDPOINT.to_owned(), "POST"));
    assert_eq!(request.headers()[header::AUTHORIZATION], basic("other", SECRET));
    let form = Form::parse(request.body(), &Default::default()).unwrap();
    assert_eq!(form.one("token").unwrap(), Some("secret-token"));
}

fn signed_world() -> World {
    world(TokenFormat::Opaque)
}

fn wants_signature(world: &World) -> Config {
    let [mut one]: [Introspected; 1] = asking(world).introspected.try_into().unwrap();
    one.answers = Some(KeySource::At(JWKS.parse().unwrap()));
    Config { introspected: vec![one], ..forgetful(world) }
}

#[test]
fn a_signed_answer_is_verified_by_the_keys_of_its_server() {
    let world = signed_world();
    let api = Remote::new(&world, wants_signature(&world));
    let grant = api.bearer(&user_token(&world, &[])).unwrap();
    assert_eq!((&*grant.client_id, grant.subject()), ("web", Some("ann")));
    assert_eq!(api.refusal("unknown"), (401, Reason::Inactive));
    assert_eq!(api.asked.take(), [ENDPOINT, JWKS, ENDPOINT]);
}

#[test]
fn v11_an_answer_that_is_not_signed_for_this_api_by_this_server_tells_nothing() {
    let world = signed_world();
    let api = Remote::new(&world, wants_signature(&world));
    assert!(api.bearer(&machine_token(&world)).is_ok());
    world.pass(1000);
    let jwks = api.keys.borrow().clone();
    let members = json!({ "active": true, "sub": "ann", "client_id": "web" });
    let good = json!({ "iss": ISSUER, "aud": "other", "iat": START, "token_introspection": members });
    let (typ, key) = ("token-introspection+jwt", &world.keys[0]);
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let foreign = LocalSigner::generate(Algorithm::Es256, "2026").unwrap();
    let media = "application/token-introspection+jwt";
    use IntrospectionError as E;
    for (content_type, text, expected) in [
        (media, sign(key, typ, &good), None),
        (media, sign(&foreign, typ, &good), Some(E::Signature(JwsError::Signature))),
        (media, sign(key, "at+jwt", &good), Some(E::Signature(JwsError::Typ))),
        (media, sign(key, typ, &with("iss", json!("https://other.example"))), Some(E::Issuer)),
        (media, sign(key, typ, &with("aud", json!("web"))), Some(E::Audience)),
        (media, sign(key, typ, &with("aud", Value::Null)), Some(E::Malformed)),
        (media, sign(key, typ, &with("token_introspection", json!("active"))), Some(E::Malformed)),
        (media, sign(key, typ, &with("token_introspection", json!({}))), Some(E::Malformed)),
        (media, members.to_string(), Some(E::Signature(JwsError::Malformed))),
        ("application/json", members.to_string(), Some(E::Malformed)),
        ("application/jwt", sign(key, typ, &good), Some(E::Malformed)),
    ] {
        // The keys stay what they were.
        *api.keys.borrow_mut() = jwks.clone();
        let set = oauth2_core::jose::JwkSet::new([key.public().unwrap()]).to_value().to_string();
        let answer = text.clone();
        api.answer(move |request| {
            let (kind, body) = match request.uri().path() {
                "/oauth2/jwks" => ("application/json", set.clone()),
                _ => (content_type, answer.clone()),
            };
            Ok(Response::builder().header(header::CONTENT_TYPE, kind).body(body.into()).unwrap())
        });
        match (api.bearer("token"), expected) {
            (Ok(_), None) => {}
            (Err(reply), Some(error)) => {
                assert_eq!(
                    (reply.response.status().as_u16(), reply.reason.unwrap()),
                    of_answer(error),
                    "{text}"
                );
            }
            (judged, expected) => panic!("{judged:?} {expected:?} {text}"),
        }
    }
    // And what is signed as an answer opens nothing itself.
    let offline = Remote::new(&world, offline());
    assert_eq!(offline.refusal(&sign(key, typ, &good)).0, 401);
}

#[test]
fn several_servers_are_told_apart_by_how_their_tokens_begin() {
    let world = world(TokenFormat::Opaque);
    let one = |prefix: Option<&str>| {
        let client = own_client(&world, ClientAuthentication::SecretBasic(SECRET.into()));
        Introspected { prefix: prefix.map(str::to_owned), ..Introspected::new(client) }
    };
    let config = Config { introspected: vec![one(Some("oat_"))], ..asking(&world) };
    let api = Remote::new(&world, config.clone());
    // Of the others the store may know.
    assert_eq!(api.refusal("token"), (401, Reason::Unknown));
    assert_eq!((api.questions(), api.loads.get()), (0, 1));
    assert_eq!(api.refusal("oat_token"), (401, Reason::Inactive));
    assert_eq!((api.questions(), api.loads.get()), (1, 1));
    let config = Config { introspected: vec![one(None), one(Some("oat_"))], ..config };
    let api = Remote::new(&world, config);
    assert_eq!(api.refusal("token"), (401, Reason::Inactive));
    assert_eq!((api.questions(), api.loads.get()), (1, 0));
}

#[test]
fn jwts_of_listed_servers_are_verified_and_all_other_tokens_asked_about() {
    let world = world_with(TokenFormat::Jwt, |config| config.resource_servers = vec!["other".into()]);
    let api = Remote::new(&world, Config { introspected: asking(&world).introspected, ..offline() });
    assert!(api.bearer(&machine_token(&world)).is_ok());
    assert_eq!(api.asked.take(), [JWKS]);
    assert!(api.bearer(&world.tokens("web").access).is_ok());
    assert_eq!(api.asked.take(), [ENDPOINT]);
    // A JWT of nobody who is listed may be one of a server that is asked; it says so.
    let mut claims = claims(&world);
    claims["iss"] = "https://evil.example".into();
    assert_eq!(api.refusal(&sign(&world.keys[0], "at+jwt", &claims)), (401, Reason::Inactive));
}

#[test]
fn a_server_that_cannot_be_asked_is_refused_at_the_start() {
    use oauth2_core::{client, metadata::Transport};
    let world = world(TokenFormat::Opaque);
    let server = client::Server::new(ISSUER, None, "https://as.example/token", Transport::Https).unwrap();
    let client = client::Client::new(client::Config::new(server, "other")).unwrap();
    let config = Config { introspected: vec![Introspected::new(client)], ..Config::default() };
    assert_eq!(Verifier::new(config).err(), Some(ConfigError::Endpoint));
    let mut config = asking(&world);
    config.introspected[0].answers = Some(KeySource::At("http://as.example/jwks".parse().unwrap()));
    assert_eq!(Verifier::new(config).err(), Some(ConfigError::Endpoint));
}
