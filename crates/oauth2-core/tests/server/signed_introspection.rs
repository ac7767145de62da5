//! Introspection answers that are signed (RFC 9701).

use std::time::Duration;

use http::{Request, StatusCode, header};
use oauth_sansio::{Reply, Timestamp};
use oauth2_core::{
    jose::{Algorithm, JwkSet, Jws, Limits, LocalSigner, Typ},
    jwt::{AccessTokenError, AccessTokenPolicy, validate_access_token},
    resource,
    server::{Client, Demands, Endpoint, KeyRing, Reason, RingKey},
};
use serde_json::Value;

use crate::world::*;

const MEDIA_TYPE: &str = "application/token-introspection+jwt";

fn world() -> World {
    let keys: Vec<_> = [(Algorithm::Es256, "ec"), (Algorithm::EdDsa, "ed")]
        .map(|(algorithm, name)| LocalSigner::generate(algorithm, name).unwrap())
        .into();
    let ring = KeyRing::new(keys.iter().map(|key| RingKey::always(key.public().unwrap()))).unwrap();
    let mut world = World::with(|config| {
        config.signing = ring;
        config.resource_servers = vec!["other".into()];
    });
    world.keys = keys;
    world
}

fn ask(world: &World, accept: &str, token: &str) -> Reply<Reason> {
    let credentials = basic("other", SECRET);
    let headers = [("authorization", credentials.as_str()), ("accept", accept)];
    let request = post("/oauth2/introspect", &headers, &[("token", token)]);
    world.drive(world.receive(Endpoint::Introspection, request), None)
}

fn jwt(reply: &Reply<Reason>) -> String {
    assert_eq!(reply.response.status(), StatusCode::OK, "{:?}", reply.reason);
    assert_eq!(reply.response.headers()[header::CONTENT_TYPE], MEDIA_TYPE);
    assert_eq!(reply.response.headers()[header::CACHE_CONTROL], "no-store");
    String::from_utf8(reply.response.body().to_vec()).unwrap()
}

fn published(world: &World) -> JwkSet {
    let reply = world.drive(world.receive(Endpoint::Jwks, get("/oauth2/jwks", &[], &[])), None);
    JwkSet::parse(reply.response.body()).unwrap()
}

fn claims(world: &World, text: &str) -> Value {
    let jws = Jws::parse(text, &Limits::default()).unwrap();
    jws.expect_typ(&[Typ::Is("token-introspection+jwt")]).unwrap();
    serde_json::from_slice(jws.verify_by(&published(world)).unwrap()).unwrap()
}

#[test]
fn whoever_asks_for_a_jwt_gets_the_same_answer_signed_and_for_him() {
    let world = world();
    let token = world.tokens("web").access;
    let plain = json(&ask(&world, "application/json", &token).response);
    for accept in [MEDIA_TYPE, "text/html, Application/Token-Introspection+JWT;q=0.9"] {
        let claims = claims(&world, &jwt(&ask(&world, accept, &token)));
        assert_eq!((&claims["iss"], &claims["aud"]), (&ISSUER.into(), &"other".into()));
        assert_eq!(claims["iat"], world.now.get());
        assert_eq!(claims["token_introspection"], plain);
        // RFC 9701 section 5: nothing that would make an access token of it.
        assert_eq!(claims.as_object().unwrap().len(), 4);
    }
    let inactive = claims(&world, &jwt(&ask(&world, MEDIA_TYPE, "unknown")));
    assert_eq!(inactive["token_introspection"], serde_json::json!({ "active": false }));
    let extra = &world.server.metadata().extra;
    assert_eq!(extra["introspection_signing_alg_values_supported"], serde_json::json!(["ES256", "EdDSA"]));
}

#[test]
fn it_is_signed_with_the_algorithm_that_the_api_registered() {
    let world = world();
    let demands = Demands { introspection_signed_response_alg: Some(Algorithm::EdDsa), ..Demands::default() };
    world.register(Client { client_id: "other".into(), demands, ..web() });
    let text = jwt(&ask(&world, MEDIA_TYPE, "unknown"));
    assert_eq!(Jws::parse(&text, &Limits::default()).unwrap().header().algorithm, Algorithm::EdDsa);
}

#[test]
fn v11_an_introspection_answer_is_no_access_token() {
    let world = world();
    let token = world.tokens("web").access;
    let text = jwt(&ask(&world, MEDIA_TYPE, &token));
    let policy = AccessTokenPolicy {
        issuer: ISSUER.into(),
        audience: "other".into(),
        algorithms: Algorithm::ASYMMETRIC.into(),
        leeway: Duration::ZERO,
        limits: Limits::default(),
    };
    let now = Timestamp::from_unix(world.now.get());
    let refused = validate_access_token(&text, &published(&world), &policy, now);
    assert!(matches!(refused, Err(AccessTokenError::Jws(_))), "{refused:?}");
    let request = Request::get("/photos").header(header::AUTHORIZATION, format!("Bearer {text}"));
    let refused = world.protected(&world.api, &request.body(bytes::Bytes::new()).unwrap()).unwrap_err();
    assert_eq!(refused.reason, Some(resource::Reason::Unknown));
    assert_eq!(json(&ask(&world, "*/*", &text).response), serde_json::json!({ "active": false }));
}

#[test]
fn without_a_key_the_answer_is_json() {
    let world = World::with(|config| config.resource_servers = vec!["other".into()]);
    let reply = ask(&world, MEDIA_TYPE, "unknown");
    assert_eq!(reply.response.headers()[header::CONTENT_TYPE], "application/json");
    assert!(!world.server.metadata().extra.contains_key("introspection_signing_alg_values_supported"));
}
