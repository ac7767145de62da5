//! Where tokens may be used (RFC 8707), and tokens that an API checks itself (RFC 9068).

use std::time::Duration;

use http::{Method, StatusCode, header};
use oauth_sansio::{Reply, Timestamp, form};
use oauth2_core::{
    jose::{Algorithm, JwkSet, Limits, LocalSigner, Signer as _, Unsigned},
    jwt::{AccessTokenError, AccessTokenPolicy, validate_access_token},
    pkce::Verifier,
    resource::{self, Grant, Principal, Signed},
    server::{
        AuthorizationServer, Client, Config, ConfigError, Endpoint, KeyRing, Profile, Reason, Resource,
        RingKey, ServerKeys, TokenFormat,
    },
};
use serde_json::Value;

use crate::world::*;

const API: &str = "https://api.example/v1";
const MAIL: &str = "https://mail.example";

/// A server with an API that reads JWTs, and one that does not.
fn world_with(algorithm: Algorithm) -> World {
    let key = LocalSigner::generate(algorithm, "2026").unwrap();
    let ring = KeyRing::new([RingKey::always(key.public().unwrap())]).unwrap();
    let mut world = World::with(|config| {
        config.signing = ring;
        config.keys = ServerKeys::always([3; 32]);
        config.resources = vec![
            Resource {
                token: TokenFormat::Jwt,
                scopes: Some(scopes("read")),
                access: Some(Duration::from_secs(120)),
                ..Resource::new(API)
            },
            Resource::new(MAIL),
        ];
    });
    world.keys.push(key);
    world
}

fn world() -> World {
    world_with(Algorithm::Es256)
}

fn machine_token(world: &World, more: &[(&str, &str)]) -> Reply<Reason> {
    let parameters = [&[("grant_type", "client_credentials")], more].concat();
    world.token(&[("authorization", &basic("machine", SECRET))], &parameters)
}

fn published(world: &World) -> JwkSet {
    let reply = world.drive(world.receive(Endpoint::Jwks, get("/oauth2/jwks", &[], &[])), None);
    JwkSet::parse(reply.response.body()).unwrap()
}

fn validate(
    world: &World,
    token: &str,
    audience: &str,
) -> Result<oauth2_core::jwt::AccessTokenClaims, AccessTokenError> {
    let policy = AccessTokenPolicy {
        issuer: ISSUER.into(),
        audience: audience.into(),
        algorithms: Algorithm::ASYMMETRIC.into(),
        leeway: Duration::ZERO,
        limits: Limits::default(),
    };
    validate_access_token(token, &published(world), &policy, Timestamp::from_unix(world.now.get()))
}

fn text(reply: &Reply<Reason>, name: &str) -> String {
    assert_eq!(reply.response.status(), StatusCode::OK, "{:?}", reply.reason);
    json(&reply.response)[name].as_str().unwrap_or_default().to_owned()
}

/// From an authorization request for these resources to the answer of the token endpoint.
fn tokens_for(world: &World, asked: &[&str], redeemed: &[&str]) -> Reply<Reason> {
    let verifier = Verifier::generate(&mut world.moment().entropy());
    let challenge = verifier.challenge().to_string();
    let mut request = world.request("web", &challenge);
    request.extend(asked.iter().map(|resource| ("resource", *resource)));
    let reply = world.authorize(&request);
    let reply = world.consent(&location(&reply.response), Some(&cookie(&reply.response)), allow());
    let code = query(&location(&reply.response))["code"].clone();
    let mut parameters =
        vec![("grant_type", "authorization_code"), ("code", &code), ("code_verifier", verifier.expose())];
    parameters.extend(redeemed.iter().map(|resource| ("resource", *resource)));
    world.token(&[("authorization", &basic("web", SECRET))], &parameters)
}

fn introspect(world: &World, token: &str) -> Value {
    let parameters = [("token", token)];
    let request = post("/oauth2/introspect", &[("authorization", &basic("web", SECRET))], &parameters);
    json(&world.drive(world.receive(Endpoint::Introspection, request), None).response)
}

#[test]
fn a28_a_token_is_for_the_resource_that_was_asked_for_and_no_other() {
    for algorithm in Algorithm::ASYMMETRIC {
        let world = world_with(algorithm);
        let token = text(&tokens_for(&world, &[API], &[]), "access_token");
        let claims = validate(&world, &token, API).unwrap();
        assert_eq!((claims.subject.as_str(), claims.client_id.as_str()), ("ann", "web"));
        assert_eq!(claims.scopes, scopes("read"), "what means something there");
        assert_eq!(claims.expires.as_unix(), world.now.get() + 120, "as long as the resource wants");
        assert_eq!(validate(&world, &token, MAIL), Err(AccessTokenError::Audience));
    }
}

#[test]
fn a28_an_unknown_resource_is_refused() {
    let world = world();
    for resource in ["https://other.example", "https://api.example/v1/", "https://API.example/v1"] {
        let reply = machine_token(&world, &[("resource", resource)]);
        assert_eq!(
            (error(&reply), reply.reason),
            ("invalid_target".into(), Some(Reason::TargetUnknown)),
            "{resource}"
        );
    }
    world.register(Client { resources: Some(vec![MAIL.into()]), ..machine() });
    assert_eq!(machine_token(&world, &[("resource", API)]).reason, Some(Reason::TargetUnknown));
    assert_eq!(machine_token(&world, &[("resource", MAIL)]).reason, None);
}

#[test]
fn a29_a_resource_is_an_absolute_uri_without_a_fragment() {
    let world = world();
    let challenge = Verifier::generate(&mut world.moment().entropy()).challenge().to_string();
    for resource in
        ["/v1", "api.example", "https://api.example/v1#x", "https://api.example/v1#", "https://ä.example"]
    {
        assert_eq!(error(&machine_token(&world, &[("resource", resource)])), "invalid_target", "{resource}");
        let mut request = world.request("web", &challenge);
        request.push(("resource", resource));
        assert_eq!(redirected_error(&world.authorize(&request)), "invalid_target", "{resource}");
    }
    let many: Vec<_> = (0..9).map(|n| format!("https://api.example/{n}")).collect();
    let many: Vec<_> = many.iter().map(|resource| ("resource", resource.as_str())).collect();
    assert_eq!(machine_token(&world, &many).reason, Some(Reason::TargetMalformed));
}

#[test]
fn g14_r04_a_resource_is_narrowed_for_one_token_and_never_widened() {
    let world = world();
    let reply = tokens_for(&world, &[API, MAIL], &[MAIL]);
    let token = text(&reply, "access_token");
    assert_eq!(introspect(&world, &token)["aud"], serde_json::json!([MAIL]));
    let refresh = text(&reply, "refresh_token");
    let ask = |resource| {
        let parameters =
            [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str()), ("resource", resource)];
        world.token(&[("authorization", &basic("web", SECRET))], &parameters)
    };
    assert_eq!(error(&ask("https://other.example")), "invalid_target");
    assert!(validate(&world, &text(&ask(API), "access_token"), API).is_ok());
    let reply = tokens_for(&world, &[MAIL], &[API]);
    assert_eq!((error(&reply), reply.reason), ("invalid_target".into(), Some(Reason::TargetWider)));
}

#[test]
fn a_token_for_several_resources_is_a_jwt_only_where_all_can_read_it() {
    let world = world();
    assert!(text(&tokens_for(&world, &[API, MAIL], &[]), "access_token").starts_with("oat_"));
    assert!(text(&tokens_for(&world, &[], &[]), "access_token").starts_with("oat_"));
}

#[test]
fn a_policy_may_want_every_token_to_be_for_a_resource() {
    let world = World::with(|config| {
        config.policy = Profile::Mcp.policy();
        config.resources = vec![Resource::new(MAIL), Resource::new(API)];
    });
    assert_eq!(machine_token(&world, &[]).reason, Some(Reason::TargetMissing));
    assert_eq!(machine_token(&world, &[("resource", MAIL)]).reason, None);
    let only = World::with(|config| {
        config.policy = Profile::Mcp.policy();
        config.resources = vec![Resource::new(MAIL)];
    });
    let token = text(&machine_token(&only, &[]), "access_token");
    assert_eq!(
        only.store.borrow().access[&oauth_sansio::Digest::of_token(&token)].authorization.resources,
        [MAIL]
    );
}

#[test]
fn a_signed_token_is_revoked_and_introspected_like_any_other() {
    let world = world();
    let reply = tokens_for(&world, &[API], &[]);
    let token = text(&reply, "access_token");
    let told = introspect(&world, &token);
    assert_eq!(
        (&told["active"], &told["sub"], &told["aud"]),
        (&true.into(), &"ann".into(), &serde_json::json!([API]))
    );
    let request = post("/oauth2/revoke", &[("authorization", &basic("web", SECRET))], &[("token", &token)]);
    assert_eq!(
        world.drive(world.receive(Endpoint::Revocation, request), None).response.status(),
        StatusCode::OK
    );
    assert_eq!(introspect(&world, &token), serde_json::json!({ "active": false }));
    assert_eq!(error(&world.refresh("web", &text(&reply, "refresh_token"))), "invalid_grant");
}

#[test]
fn the_name_of_a_signed_token_is_not_the_token() {
    let world = world();
    let token = text(&tokens_for(&world, &[API], &[]), "access_token");
    let id = validate(&world, &token, API).unwrap().token_id;
    assert!(world.api(&id).is_err(), "it is no secret, so it opens nothing");
    assert!(world.api(&token).is_err(), "and a store does not know the text");
    assert_eq!(introspect(&world, &id), serde_json::json!({ "active": false }));
}

#[test]
fn j07_z09_a_token_of_another_issuer_is_none_here_even_by_the_same_key() {
    // One process, one key, two issuers.
    let one = world();
    let public = one.keys[0].public().unwrap();
    let other = World::with(|config| {
        config.issuer = "https://other.example".parse().unwrap();
        config.signing = KeyRing::new([RingKey::always(public)]).unwrap();
    });
    let token = text(&tokens_for(&one, &[API], &[]), "access_token");
    assert_eq!(introspect(&one, &token)["active"], true);
    // Even in one store, where the name of the token would be found.
    other.store.replace(one.store.take());
    assert_eq!(introspect(&other, &token), serde_json::json!({ "active": false }));
}

#[test]
fn r02_a_retry_of_a_refresh_gets_the_same_signed_token_in_substance() {
    let world = world();
    let reply = tokens_for(&world, &[API], &[]);
    let refresh = text(&reply, "refresh_token");
    let [first, again] = [(); 2].map(|()| world.refresh("web", &refresh));
    assert_eq!(text(&first, "refresh_token"), text(&again, "refresh_token"));
    let claims = [first, again].map(|reply| validate(&world, &text(&reply, "access_token"), API).unwrap());
    assert_eq!(claims[0], claims[1]);
}

#[test]
fn d20_what_is_published_is_public_named_and_for_signatures() {
    let world = world();
    let reply = world.drive(world.receive(Endpoint::Jwks, get("/oauth2/jwks", &[], &[])), None);
    assert_eq!(reply.response.headers()[header::CONTENT_TYPE], "application/jwk-set+json");
    let set = json(&reply.response);
    for key in set["keys"].as_array().unwrap() {
        let mut names: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
        assert_eq!((&key["use"], &key["kid"]), (&"sig".into(), &"2026".into()));
    }
    let reply = world.drive(
        world.receive(Endpoint::Jwks, request_with(Method::POST, "/oauth2/jwks", form::MEDIA_TYPE, "")),
        None,
    );
    assert_eq!(reply.response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(world.server.endpoint("/oauth2/jwks"), Some(Endpoint::Jwks));
    assert_eq!(World::new().server.endpoint("/oauth2/jwks"), None, "without a key there is no set");
    let one = LocalSigner::generate(Algorithm::EdDsa, "same").unwrap().public().unwrap();
    assert_eq!(
        KeyRing::new([RingKey::always(one.clone()), RingKey::always(one)]),
        None,
        "names are distinct"
    );
}

#[test]
fn d21_a_key_is_published_before_it_signs_and_believed_until_it_is_retired() {
    let [old, new] = ["old", "new"].map(|name| LocalSigner::generate(Algorithm::EdDsa, name).unwrap());
    let at = |seconds| Timestamp::from_unix(START + seconds);
    let ring = KeyRing::new([
        RingKey { retired: Some(at(1000)), ..RingKey::always(old.public().unwrap()) },
        RingKey { signs_from: at(500), ..RingKey::always(new.public().unwrap()) },
    ]);
    let mut world = World::with(|config| {
        config.signing = ring.unwrap();
        config.resources = vec![Resource { token: TokenFormat::Jwt, ..Resource::new(API) }];
    });
    world.keys = vec![old, new];
    let by = |world: &World| {
        let token = text(&machine_token(world, &[("resource", API)]), "access_token");
        assert!(validate(world, &token, API).is_ok());
        let jws = oauth2_core::jose::Jws::parse(&token, &Limits::default()).unwrap();
        (jws.header().key_id().unwrap().to_owned(), token)
    };
    let names = |world: &World| published(world).keys().len();
    let (name, early) = by(&world);
    assert_eq!((name.as_str(), names(&world)), ("old", 2));
    world.pass(500);
    assert_eq!((by(&world).0.as_str(), names(&world)), ("new", 2));
    assert!(validate(&world, &early, API).is_ok());
    world.pass(500);
    assert_eq!(names(&world), 1);
    assert!(validate(&world, &early, API).is_err());
}

#[test]
fn signed_tokens_without_a_key_are_refused_at_the_start() {
    let mut config = Config::new(ISSUER.parse().unwrap());
    config.resources = vec![Resource { token: TokenFormat::Jwt, ..Resource::new(API) }];
    assert_eq!(AuthorizationServer::new(config).err(), Some(ConfigError::NoSigningKey));
}

/// The API, which takes the JWTs of this server.
fn api(world: &World) -> resource::Verifier {
    let signed = vec![Signed::new(ISSUER, published(world))];
    let config = resource::Config { identifier: Some(API.into()), signed, ..resource::Config::default() };
    resource::Verifier::new(config).unwrap()
}

fn at_the_api(world: &World, api: &resource::Verifier, token: &str) -> Result<Grant, resource::Reason> {
    let request = get("/photos", &[], &[("authorization", &format!("Bearer {token}"))]);
    world.protected(api, &request).map_err(|reply| {
        assert_eq!(reply.response.status(), StatusCode::UNAUTHORIZED);
        reply.reason.unwrap()
    })
}

#[test]
fn an_api_takes_a_signed_token_as_long_as_it_lives() {
    let world = world();
    let api = api(&world);
    let token = Tokens::of(&machine_token(&world, &[("resource", API)])).access;
    let grant = at_the_api(&world, &api, &token).unwrap();
    assert_eq!((&*grant.client_id, grant.principal), ("machine", Principal::Client));
    // An opaque one for nobody in particular goes the same way.
    assert!(at_the_api(&world, &api, &world.tokens("web").access).is_ok());
    // Revoked, it is dead at once; and dead it is whatever the API reads in it.
    let request =
        post("/oauth2/revoke", &[("authorization", &basic("machine", SECRET))], &[("token", &token)]);
    assert_eq!(world.drive(world.receive(Endpoint::Revocation, request), None).reason, None);
    assert_eq!(at_the_api(&world, &api, &token), Err(resource::Reason::Revoked));
    let another = Tokens::of(&machine_token(&world, &[("resource", API)])).access;
    world.pass(130);
    assert_eq!(at_the_api(&world, &api, &another), Err(resource::Reason::Signed(AccessTokenError::Expired)));
    // An API that takes none has never heard of it.
    assert_eq!(at_the_api(&world, &world.api, &another), Err(resource::Reason::Unknown));
}

#[test]
fn s04_s03_no_other_jwt_passes_for_an_access_token_and_nothing_unsigned_reaches_the_store() {
    let world = world();
    let api = api(&world);
    let token = Tokens::of(&machine_token(&world, &[("resource", API)])).access;
    let claims = |audience: &str| {
        let now = world.now.get();
        serde_json::json!({ "iss": ISSUER, "aud": audience, "sub": "machine", "client_id": "machine",
            "exp": now + 60, "iat": now, "jti": "1" })
    };
    let sign = |typ: &str, claims: &Value| {
        let key = &world.keys[0];
        let input = claims.to_string();
        let unsigned = Unsigned::by("2026", Algorithm::Es256, Some(typ), input.as_bytes());
        let signature = key.sign(unsigned.input()).unwrap();
        unsigned.signed(&signature)
    };
    let trips = world.store.borrow().trips;
    let mut forged = token.clone();
    forged.replace_range(token.len() - 20..token.len() - 10, "AAAAAAAAAA");
    for typ in [
        "JWT",
        "logout+jwt",
        "oauth-authz-req+jwt",
        "oauth-id-jag+jwt",
        "token-introspection+jwt",
        "dpop+jwt",
    ] {
        let refused = at_the_api(&world, &api, &sign(typ, &claims(API))).unwrap_err();
        assert!(matches!(refused, resource::Reason::Signed(AccessTokenError::Jws(_))), "{typ}");
    }
    let foreign = at_the_api(&world, &api, &sign("at+jwt", &claims(MAIL)));
    assert_eq!(foreign, Err(resource::Reason::Signed(AccessTokenError::Audience)));
    for broken in [forged.as_str(), "a.b.c", ".", "eyJhbGciOiJub25lIn0.e30."] {
        assert!(matches!(at_the_api(&world, &api, broken), Err(resource::Reason::Signed(_))), "{broken}");
    }
    assert_eq!(world.store.borrow().trips, trips);
    // What was signed here and never issued is unknown; and the name of a token is not the token.
    assert_eq!(at_the_api(&world, &api, &sign("at+jwt", &claims(API))), Err(resource::Reason::Unknown));
    let id = json_of(&token)["jti"].as_str().unwrap().to_owned();
    assert_eq!(at_the_api(&world, &api, &id), Err(resource::Reason::Unknown));
    let nobody = resource::Config {
        signed: vec![Signed::new(ISSUER, published(&world))],
        ..resource::Config::default()
    };
    assert!(resource::Verifier::new(nobody).is_err());
}

fn json_of(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&oauth_sansio::base64url::decode(payload.as_bytes()).unwrap()).unwrap()
}
