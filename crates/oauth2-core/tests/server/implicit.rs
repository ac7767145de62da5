//! Tokens through the browser (RFC 6749 section 4.2), where a server still has them.

use std::collections::BTreeMap;

use http::StatusCode;
use oauth_sansio::{Answer, Reply, form};
use oauth2_core::server::{
    Client, ClientError, Config, Demands, Endpoint, GrantType, Profile, Reason, Resource, SenderConstraint,
};

use crate::world::*;

fn implicit() -> Client {
    Client { grants: vec![GrantType::InsecureImplicit, GrantType::RefreshToken], ..native() }
}

fn world(change: impl FnOnce(&mut Config)) -> World {
    let world = World::with(|config| {
        config.policy = Profile::LegacyInsecure.policy();
        change(config);
    });
    world.register(implicit());
    world
}

/// No challenge: there is no code that it could protect.
fn request<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let request = [
        ("response_type", "token"),
        ("client_id", "native"),
        ("redirect_uri", "http://127.0.0.1:5000/cb"),
        ("scope", "read"),
        ("state", "st"),
    ];
    more.iter().fold(request.to_vec(), |request, (name, value)| changed(&request, name, value))
}

fn fragment(reply: &Reply<Reason>) -> BTreeMap<String, String> {
    let location = location(&reply.response);
    let (before, fragment) = location.split_once('#').unwrap();
    assert_eq!(before, "http://127.0.0.1:5000/cb");
    let read = form::Form::parse(fragment.as_bytes(), &form::Limits::default()).unwrap();
    read.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn decided(world: &World, more: &[(&str, &str)], answer: Option<Answer>) -> Reply<Reason> {
    let reply = world.authorize(&request(more));
    assert_eq!(reply.reason, None);
    world.consent(&location(&reply.response), Some(&cookie(&reply.response)), answer)
}

#[test]
fn a_token_comes_in_the_fragment_and_nothing_beside_it() {
    let world = world(|_| {});
    let told = fragment(&decided(&world, &[], allow()));
    assert_eq!(
        told.keys().collect::<Vec<_>>(),
        ["access_token", "expires_in", "iss", "scope", "state", "token_type"]
    );
    assert_eq!(
        (told["token_type"].as_str(), told["expires_in"].as_str(), told["scope"].as_str()),
        ("Bearer", "600", "read")
    );
    assert_eq!((told["state"].as_str(), told["iss"].as_str()), ("st", ISSUER));
    assert_eq!(world.api(&told["access_token"]).unwrap().scopes, scopes("read"));
    assert!(world.store.borrow().refresh.is_empty() && world.store.borrow().codes.is_empty());
    world.pass(600);
    assert!(world.api(&told["access_token"]).is_err());
}

#[test]
fn a_refusal_comes_in_the_fragment_too() {
    let world = world(|_| {});
    let told = fragment(&decided(&world, &[], Some(Answer::Denied)));
    assert_eq!((told["error"].as_str(), told["state"].as_str()), ("access_denied", "st"));
    for (name, value, error) in [
        ("scope", "admin", "invalid_scope"),
        ("response_mode", "query", "invalid_request"),
        ("response_mode", "query.jwt", "invalid_request"),
        ("response_mode", "whatever", "invalid_request"),
    ] {
        let told = fragment(&world.authorize(&request(&[(name, value)])));
        assert_eq!(told["error"], error, "{name}={value}");
    }
    let reply = world.authorize(&request(&[("redirect_uri", "https://evil.example/cb")]));
    assert_eq!(reply.reason, Some(Reason::RedirectUriUnregistered));
    assert!(!reply.response.headers().contains_key("location"));
}

#[test]
fn a20_tokens_come_through_the_browser_under_the_legacy_profile_only() {
    for profile in [Profile::Oauth21, Profile::Fapi2, Profile::Mcp] {
        let world = World::with(|config| {
            config.policy = profile.policy();
            config.policy.require_resource = false;
            config.policy.require_pushed_authorization_requests = false;
        });
        assert!(!profile.policy().dangerously_allow_implicit);
        world.register(implicit());
        let reply = world.authorize(&request(&[]));
        assert_eq!(reply.reason, Some(Reason::ResponseType), "{profile:?}");
        assert_eq!(query(&location(&reply.response))["error"], "unsupported_response_type");
    }
    // There, for whoever is registered for it.
    let world = world(|_| {});
    world.register(native());
    assert_eq!(world.authorize(&request(&[])).reason, Some(Reason::GrantNotAllowed));
    world.register(implicit());
    for kind in ["code token", "token id_token", "id_token", "Token", "token token"] {
        assert_eq!(world.authorize(&request(&[("response_type", kind)])).reason, Some(Reason::ResponseType));
    }
    // Nor does that client get a code, or a token where tokens are redeemed.
    assert_eq!(
        world.authorize(&request(&[("response_type", "code")])).reason,
        Some(Reason::Missing("code_challenge"))
    );
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    assert_eq!(world.authorize(&world.request("native", challenge)).reason, Some(Reason::GrantNotAllowed));
    let reply = world.drive(world.as_client("native", &[("grant_type", "implicit")]), None);
    assert_eq!(reply.reason, Some(Reason::GrantType));
}

#[test]
fn what_must_be_bound_looked_at_or_signed_does_not_come_through_the_browser() {
    let bound = world(|config| config.policy.sender_constraint = SenderConstraint::Required);
    assert_eq!(bound.authorize(&request(&[])).reason, Some(Reason::NotBound));
    let reviewed = world(|config| config.reviews = true);
    assert_eq!(reviewed.authorize(&request(&[])).reason, Some(Reason::ResponseType));
    let world = world(|config| config.resources = vec![Resource::new("https://api.example")]);
    assert_eq!(fragment(&decided(&world, &[("resource", "https://api.example")], allow()))["scope"], "read");
    let demands = Demands { dpop_bound_access_tokens: true, ..Demands::default() };
    world.register(Client { demands, ..implicit() });
    assert_eq!(world.authorize(&request(&[])).reason, Some(Reason::NotBound));
    // A pushed request is for a code.
    world.register(implicit());
    let pushed = post("/oauth2/par", &[], &request(&[]));
    let reply = world.drive(world.receive(Endpoint::PushedAuthorization, pushed), None);
    assert_eq!(
        (reply.response.status(), reply.reason),
        (StatusCode::BAD_REQUEST, Some(Reason::ResponseType))
    );
    let nowhere = Client { redirect_uris: vec![], ..implicit() };
    assert_eq!(nowhere.check(), Err(ClientError::NoRedirectUri));
}

#[test]
fn the_metadata_admits_it() {
    let world = world(|_| {});
    let metadata = world.server.metadata();
    assert_eq!(metadata.response_types_supported, ["code", "token"]);
    assert!(metadata.grant_types_supported.contains(&"implicit".to_owned()));
    let plain = World::new();
    assert_eq!(plain.server.metadata().response_types_supported, ["code"]);
}
