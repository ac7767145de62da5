//! Assertions of trusted issuers for tokens (RFC 7523 section 2.1), and identity assertions of enterprises.

use http::StatusCode;
use oauth_sansio::Reply;
use oauth2_core::{
    jose::{Algorithm, JwkSet, LocalSigner, Signer, Unsigned},
    jwt::AssertionError,
    resource::Principal,
    server::{
        AssertionAudience, AuthorizationServer, Client, ClientKeys, Config, ConfigError, GrantType, JsonText,
        Kinds, Reason, Resource, Subjects, TrustedIssuer,
    },
};
use serde_json::{Value, json as value};

use crate::world::*;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const IDP: &str = "https://idp.example";
const API: &str = "https://api.example/v1";
const ID_JAG: Option<&str> = Some("oauth-id-jag+jwt");

fn keys(signer: &LocalSigner) -> ClientKeys {
    ClientKeys::Jwks(JsonText::of(&JwkSet::new([signer.public().unwrap()]).to_value()))
}

fn world(signer: &LocalSigner, change: impl FnOnce(&mut TrustedIssuer)) -> World {
    world_with(signer, change, |_| {})
}

fn world_with(
    signer: &LocalSigner,
    change: impl FnOnce(&mut TrustedIssuer),
    change_server: impl FnOnce(&mut Config),
) -> World {
    let mut issuer = TrustedIssuer::new(IDP, keys(signer));
    change(&mut issuer);
    let world = World::with(|config| {
        change_server(config);
        config.trusted_issuers = vec![issuer];
        config.resources = vec![Resource::new(API), Resource::new("https://mail.example")];
    });
    world.register(Client { grants: vec![GrantType::JwtBearer], ..web() });
    world.register(Client { grants: vec![GrantType::JwtBearer], ..native() });
    world
}

fn signer() -> LocalSigner {
    LocalSigner::generate(Algorithm::Es256, "idp-1").unwrap()
}

fn claims(world: &World) -> Value {
    value!({
        "iss": IDP, "sub": "u-17", "aud": ISSUER, "client_id": "web", "jti": "one", "scope": "read admin",
        "resource": API, "iat": world.now.get(), "exp": world.now.get() + 300, "auth_time": world.now.get() - 20,
    })
}

fn changed_claim(world: &World, name: &str, claim: Value) -> Value {
    let mut claims = claims(world);
    claims[name] = claim;
    claims
}

fn assertion(signer: &LocalSigner, typ: Option<&str>, claims: &Value) -> String {
    let unsigned = Unsigned::new(signer, typ, claims.to_string().as_bytes());
    let signature = signer.sign(unsigned.input()).unwrap();
    unsigned.signed(&signature)
}

fn trade(world: &World, assertion: &str, more: &[(&str, &str)]) -> Reply<Reason> {
    let parameters = [&[("grant_type", GRANT), ("assertion", assertion)], more].concat();
    world.token(&[("authorization", &basic("web", SECRET))], &parameters)
}

#[test]
fn an_assertion_may_name_the_token_endpoint_where_the_policy_takes_that() {
    let signer = signer();
    for (audience, good) in [(AssertionAudience::Issuer, false), (AssertionAudience::IssuerOrEndpoint, true)]
    {
        let world = world_with(&signer, |_| {}, |config| config.policy.assertion_audience = audience);
        let claims = changed_claim(&world, "aud", value!("https://as.example/oauth2/token"));
        assert_eq!(trade(&world, &assertion(&signer, ID_JAG, &claims), &[]).reason.is_none(), good);
    }
}

#[test]
fn whoever_asks_for_details_that_a_grant_does_not_open_is_told() {
    let signer = signer();
    let world = world(&signer, |_| {});
    let text = assertion(&signer, ID_JAG, &claims(&world));
    let reply = trade(&world, &text, &[("authorization_details", r#"[{"type":"payment"}]"#)]);
    assert_eq!(error(&reply), "invalid_authorization_details");
    // Nothing is spent.
    assert_eq!(trade(&world, &text, &[("authorization_details", "[]")]).reason, None);
}

#[test]
fn an_identity_assertion_becomes_a_token_for_what_it_and_the_client_both_open() {
    let signer = signer();
    let world = world(&signer, |_| {});
    let reply = trade(&world, &assertion(&signer, ID_JAG, &claims(&world)), &[]);
    let tokens = Tokens::of(&reply);
    assert_eq!((tokens.scope.as_str(), tokens.refresh.as_str()), ("read", ""));
    let grant = world.api(&tokens.access).unwrap();
    // The people of another server are not this server's people of the same names.
    assert_eq!(grant.principal, Principal::User(format!("{IDP}|u-17").into()));
    let access = world.store.borrow().access.values().next().unwrap().clone();
    assert_eq!(access.authorization.resources, [API]);
    assert_eq!(access.authorization.login.as_ref().unwrap().auth_time.as_unix(), START - 20);
    let extra = &world.server.metadata().extra;
    let profiles = &extra["authorization_grant_profiles_supported"];
    assert_eq!(profiles, &value!(["urn:ietf:params:oauth:grant-profile:id-jag"]));
}

#[test]
fn n16_an_identity_assertion_is_for_this_server_this_client_and_its_resources_once() {
    let signer = signer();
    let world = world(&signer, |_| {});
    let refused = |typ, claims: &Value, reason| {
        let reply = trade(&world, &assertion(&signer, typ, claims), &[]);
        assert_eq!(reply.response.status(), StatusCode::BAD_REQUEST, "{claims}");
        assert_eq!((error(&reply).as_str(), reply.reason), ("invalid_grant", Some(reason)), "{claims}");
    };
    for typ in [Some("at+jwt"), Some("client-authentication+jwt"), Some("dpop+jwt")] {
        let reply = trade(&world, &assertion(&signer, typ, &claims(&world)), &[]);
        assert!(matches!(reply.reason, Some(Reason::Grant(AssertionError::Jws(_)))), "{typ:?}");
    }
    // A plain one is not what this issuer is trusted with.
    refused(Some("JWT"), &claims(&world), Reason::IssuerUnknown);
    refused(ID_JAG, &changed_claim(&world, "client_id", value!("other")), Reason::GrantOfOtherClient);
    for audience in
        [value!("https://other.example"), value!([ISSUER]), value!("https://as.example/oauth2/token")]
    {
        refused(ID_JAG, &changed_claim(&world, "aud", audience), Reason::Grant(AssertionError::Audience));
    }
    for resource in [value!("https://elsewhere.example"), value!([API, "https://elsewhere.example"])] {
        refused(ID_JAG, &changed_claim(&world, "resource", resource), Reason::GrantTarget);
    }
    for missing in ["iss", "sub", "aud", "client_id", "jti", "iat", "exp"] {
        let mut claims = claims(&world);
        claims.as_object_mut().unwrap().remove(missing);
        let reply = trade(&world, &assertion(&signer, ID_JAG, &claims), &[]);
        assert!(matches!(reply.reason, Some(Reason::Grant(AssertionError::Claim(_)))), "{missing}");
        assert_eq!(error(&reply), "invalid_grant");
    }
    assert_eq!(world.store.borrow().size(), (0, 0));
    let good = assertion(&signer, ID_JAG, &claims(&world));
    assert_eq!(trade(&world, &good, &[]).reason, None);
    refused(ID_JAG, &claims(&world), Reason::GrantReplayed);
}

#[test]
fn n16_nobody_trusts_himself() {
    let mut config = Config::new(ISSUER.parse().unwrap());
    config.trusted_issuers = vec![TrustedIssuer::new(ISSUER, keys(&signer()))];
    assert_eq!(AuthorizationServer::new(config).map(drop), Err(ConfigError::OwnIssuer));
}

#[test]
fn n16_the_client_that_an_identity_assertion_is_for_must_be_able_to_prove_it() {
    let signer = signer();
    let world = world(&signer, |_| {});
    let text = assertion(&signer, ID_JAG, &changed_claim(&world, "client_id", value!("native")));
    let parameters = [("grant_type", GRANT), ("assertion", text.as_str()), ("client_id", "native")];
    let reply = world.token(&[], &parameters);
    assert_eq!(
        (error(&reply).as_str(), reply.reason),
        ("unauthorized_client", Some(Reason::GrantNotAllowed))
    );
}

#[test]
fn n17_an_assertion_of_an_unknown_issuer_or_by_an_unknown_key_is_worth_nothing() {
    let (signer, stranger) = (signer(), signer());
    let world = world(&signer, |_| {});
    let unknown = changed_claim(&world, "iss", value!("https://stranger.example"));
    let reply = trade(&world, &assertion(&stranger, ID_JAG, &unknown), &[]);
    assert_eq!((error(&reply).as_str(), reply.reason), ("invalid_grant", Some(Reason::IssuerUnknown)));
    let reply = trade(&world, &assertion(&stranger, ID_JAG, &claims(&world)), &[]);
    assert_eq!(error(&reply), "invalid_grant");
    assert!(matches!(reply.reason, Some(Reason::Grant(AssertionError::Jws(_)))));
    for garbage in ["x", "a.b.c", &"x".repeat(7000)] {
        assert_eq!(error(&trade(&world, garbage, &[])), "invalid_grant");
    }
    assert_eq!(world.store.borrow().size(), (0, 0));
}

#[test]
fn n17_an_issuer_signs_with_the_algorithms_that_it_is_trusted_with() {
    let signer = signer();
    let world = world(&signer, |issuer| issuer.algorithms = vec![Algorithm::EdDsa]);
    let reply = trade(&world, &assertion(&signer, ID_JAG, &claims(&world)), &[]);
    assert!(matches!(reply.reason, Some(Reason::Grant(AssertionError::Jws(_)))));
}

#[test]
fn an_assertion_has_its_time() {
    let signer = signer();
    let world = world(&signer, |_| {});
    let now = world.now.get();
    for (name, date, reason) in [
        ("exp", now - 11, AssertionError::Expired),
        ("exp", now + 4000, AssertionError::TooLong),
        ("nbf", now + 11, AssertionError::NotYet),
        ("iat", now + 11, AssertionError::IssuedInFuture),
    ] {
        let reply =
            trade(&world, &assertion(&signer, ID_JAG, &changed_claim(&world, name, value!(date))), &[]);
        assert_eq!(reply.reason, Some(Reason::Grant(reason)));
    }
}

#[test]
fn what_the_client_asks_for_narrows_what_the_assertion_opens() {
    let signer = signer();
    let world = world(&signer, |issuer| issuer.scopes = Some(scopes("read write")));
    let both = value!([API, "https://mail.example"]);
    let mut claims = changed_claim(&world, "resource", both);
    claims["scope"] = value!("read write");
    let token = |id: &str, more: &[(&str, &str)]| {
        claims["jti"] = value!(id);
        trade(&world, &assertion(&signer, ID_JAG, &claims), more)
    };
    let mut token = token;
    let tokens = Tokens::of(&token("1", &[("scope", "write"), ("resource", API)]));
    assert_eq!(tokens.scope, "write");
    assert_eq!(token("2", &[("scope", "admin")]).reason, Some(Reason::ScopeWider));
    let reply = token("3", &[("resource", "https://elsewhere.example")]);
    assert_eq!((error(&reply).as_str(), reply.reason), ("invalid_target", Some(Reason::TargetWider)));
}

#[test]
fn plain_assertions_are_taken_where_the_issuer_is_trusted_with_them() {
    let signer = signer();
    let world = world(&signer, |issuer| {
        issuer.kinds = Kinds::Plain;
        issuer.subjects = Subjects::Shared;
    });
    let plain = assertion(
        &signer,
        None,
        &value!({
            "iss": IDP, "sub": "ann", "aud": ISSUER, "jti": "p", "exp": world.now.get() + 60,
        }),
    );
    let tokens = Tokens::of(&trade(&world, &plain, &[]));
    assert_eq!(tokens.scope, "read write");
    assert_eq!(world.api(&tokens.access).unwrap().principal, Principal::User("ann".into()));
    let reply = trade(&world, &assertion(&signer, ID_JAG, &claims(&world)), &[]);
    assert_eq!(reply.reason, Some(Reason::GrantOfOtherClient));
    assert!(!world.server.metadata().extra.contains_key("authorization_grant_profiles_supported"));
}

#[test]
fn without_a_trusted_issuer_there_is_no_such_grant() {
    let world = World::new();
    assert!(!world.server.metadata().grant_types_supported.contains(&GRANT.to_owned()));
    world.register(Client { grants: vec![GrantType::JwtBearer], ..web() });
    assert_eq!(error(&trade(&world, "a.b.c", &[])), "unsupported_grant_type");
}

const IDP_KEYS: &str = "https://idp.example/keys";

fn world_with_published_keys(keys: &[&LocalSigner]) -> World {
    let world = world(keys[0], |issuer| issuer.keys = ClientKeys::Uri(IDP_KEYS.parse().unwrap()));
    publish(&world, keys);
    world
}

fn publish(world: &World, keys: &[&LocalSigner]) {
    let keys: Vec<_> = keys.iter().map(|key| key.public().unwrap().to_value()).collect();
    world.web.publish(IDP_KEYS, &value!({ "keys": keys }));
}

#[test]
fn the_keys_of_an_issuer_are_fetched_from_where_the_settings_say() {
    let signer = signer();
    let world = world_with_published_keys(&[&signer]);
    world.store.borrow_mut().trips = (0, 0);
    assert_eq!(trade(&world, &assertion(&signer, ID_JAG, &claims(&world)), &[]).reason, None);
    assert_eq!(world.store.borrow().trips, (1, 1));
    let [asked] = &world.web.asked()[..] else { panic!("one fetch") };
    assert_eq!(asked.url.as_str(), IDP_KEYS);
    // A name of a key that is not there is asked for once more.
    let next = LocalSigner::generate(Algorithm::Es256, "idp-2").unwrap();
    let reply = trade(&world, &assertion(&next, ID_JAG, &changed_claim(&world, "jti", value!("two"))), &[]);
    assert!(matches!(reply.reason, Some(Reason::Grant(AssertionError::Jws(_)))));
    let asked: Vec<_> = world.web.asked().into_iter().map(|wanted| wanted.newer_than.is_some()).collect();
    assert_eq!(asked, [false, true]);
}

#[test]
fn n17_for_an_issuer_that_nobody_trusts_nothing_is_fetched() {
    let signer = signer();
    let world = world_with_published_keys(&[&signer]);
    let mut unknown = changed_claim(&world, "iss", value!("https://stranger.example"));
    unknown["jku"] = value!("https://stranger.example/keys");
    let reply = trade(&world, &assertion(&signer, ID_JAG, &unknown), &[]);
    assert_eq!(reply.reason, Some(Reason::IssuerUnknown));
    assert!(world.web.asked().is_empty());
}

#[test]
fn an_issuer_whose_keys_cannot_be_fetched_is_not_believed() {
    use oauth2_core::server::FetchError;
    let signer = signer();
    let world = world_with_published_keys(&[&signer]);
    world.web.fail(IDP_KEYS, FetchError::TimedOut);
    let reply = trade(&world, &assertion(&signer, ID_JAG, &claims(&world)), &[]);
    assert_eq!(reply.reason, Some(Reason::IssuerKeySet(FetchError::TimedOut)));
    assert_eq!(error(&reply), "invalid_grant");
    assert_eq!(world.store.borrow().size(), (0, 0));
}
