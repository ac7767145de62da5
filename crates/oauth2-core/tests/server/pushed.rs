//! Pushed authorization requests (RFC 9126).

use http::{Method, StatusCode};
use oauth_sansio::{Reply, form};
use oauth2_core::{
    pkce::Verifier,
    server::{Authentication, Client, Demands, Endpoint, Reason},
};

use crate::world::*;

const PATH: &str = "/oauth2/par";

fn challenge(world: &World) -> String {
    Verifier::generate(&mut world.moment().entropy()).challenge().to_string()
}

fn push(world: &World, headers: &[(&str, &str)], parameters: &[(&str, &str)]) -> Reply<Reason> {
    world.drive(world.receive(Endpoint::PushedAuthorization, post(PATH, headers, parameters)), None)
}

/// Pushes a good request of `web`; gives its reference.
fn pushed(world: &World) -> String {
    let challenge = challenge(world);
    let reply = push(world, &[("authorization", &basic("web", SECRET))], &world.request("web", &challenge));
    assert_eq!(reply.response.status(), StatusCode::CREATED, "{:?}", reply.reason);
    let body = json(&reply.response);
    assert_eq!(body["expires_in"], 60);
    body["request_uri"].as_str().unwrap().to_owned()
}

fn begin(world: &World, client_id: &str, request_uri: &str) -> Reply<Reason> {
    world.authorize(&[("client_id", client_id), ("request_uri", request_uri)])
}

#[test]
fn a_pushed_request_leads_to_a_code() {
    let world = World::new();
    let reply = begin(&world, "web", &pushed(&world));
    let reply = world.consent(&location(&reply.response), Some(&cookie(&reply.response)), allow());
    let answer = query(&location(&reply.response));
    assert_eq!((answer["state"].as_str(), answer.contains_key("code")), ("st", true));
}

#[test]
fn p01_a_reference_is_for_the_client_that_pushed() {
    let world = World::new();
    let request_uri = pushed(&world);
    for other in ["other", "native"] {
        let reply = begin(&world, other, &request_uri);
        assert_eq!(reply.reason, Some(Reason::ReferenceOfOtherClient));
        assert!(!reply.response.headers().contains_key("location"));
    }
    assert_eq!(begin(&world, "web", &request_uri).reason, None);
}

#[test]
fn p02_a_reference_may_be_loaded_again_until_the_person_has_decided() {
    let world = World::new();
    let request_uri = pushed(&world);
    let visits: Vec<_> = (0..2).map(|_| begin(&world, "web", &request_uri)).collect();
    let decide = |visit: &Reply<Reason>| {
        world.consent(&location(&visit.response), Some(&cookie(&visit.response)), allow())
    };
    assert_eq!(decide(&visits[0]).reason, None);
    // The other page was shown already; its decision comes too late.
    assert_eq!(decide(&visits[1]).reason, Some(Reason::AlreadyDecided));
    let reply = begin(&world, "web", &request_uri);
    assert_eq!(reply.reason, Some(Reason::ReferenceUsed));
    assert_eq!(world.store.borrow().codes.len(), 1);
}

#[test]
fn p03_a_reference_is_unguessable_and_lives_for_a_minute() {
    let world = World::new();
    let (one, other) = (pushed(&world), pushed(&world));
    assert_ne!(one, other);
    let random = one.strip_prefix("urn:ietf:params:oauth:request_uri:").unwrap();
    assert_eq!(random.len(), 43);
    world.pass(59);
    assert_eq!(begin(&world, "web", &one).reason, None);
    world.pass(1);
    assert_eq!(begin(&world, "web", &one).reason, Some(Reason::ReferenceExpired));
    let mut wrong = one.into_bytes();
    *wrong.last_mut().unwrap() ^= 1;
    let reply = begin(&world, "web", std::str::from_utf8(&wrong).unwrap());
    assert_eq!(reply.reason, Some(Reason::ReferenceUnknown));
}

#[test]
fn p04_a_reference_cannot_be_pushed() {
    let world = World::new();
    let challenge = challenge(&world);
    let mut request = world.request("web", &challenge);
    request.push(("request_uri", "urn:ietf:params:oauth:request_uri:x"));
    let reply = push(&world, &[("authorization", &basic("web", SECRET))], &request);
    assert_eq!((error(&reply), reply.response.status()), ("invalid_request".into(), StatusCode::BAD_REQUEST));
}

#[test]
fn p05_what_stands_beside_the_reference_does_not_count() {
    let world = World::new();
    let request_uri = pushed(&world);
    let reply = world.authorize(&[
        ("client_id", "web"),
        ("request_uri", &request_uri),
        ("state", "outer"),
        ("scope", "admin"),
        ("redirect_uri", "https://evil.example/cb"),
        ("response_type", "token"),
    ]);
    let reply = world.consent(&location(&reply.response), Some(&cookie(&reply.response)), allow());
    let location = location(&reply.response);
    assert!(location.starts_with(CALLBACK));
    assert_eq!(query(&location)["state"], "st");
}

#[test]
fn p06_whoever_must_push_cannot_do_without() {
    let demands = Demands { require_pushed_authorization_requests: true, ..Demands::default() };
    let by_client = World::new();
    by_client.register(Client { demands, ..web() });
    let by_policy = World::with(|config| config.policy.require_pushed_authorization_requests = true);
    for world in [by_client, by_policy] {
        let challenge = challenge(&world);
        let reply = world.authorize(&world.request("web", &challenge));
        assert_eq!(reply.reason, Some(Reason::PushRequired));
        assert_eq!(query(&location(&reply.response))["error"], "invalid_request");
        assert_eq!(begin(&world, "web", &pushed(&world)).reason, None);
    }
}

#[test]
fn p07_a_push_is_authenticated() {
    let world = World::new();
    let challenge = challenge(&world);
    let request = world.request("web", &challenge);
    for headers in [
        vec![],
        vec![("authorization", basic("web", "wrong"))],
        vec![("authorization", basic("other", SECRET))],
    ] {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let reply = push(&world, &headers, &request);
        assert!(matches!(&*error(&reply), "invalid_client" | "invalid_request"), "{:?}", reply.reason);
    }
    assert_eq!(world.store.borrow().pushed.len(), 0);
    let native = world.request("native", &challenge);
    assert_eq!(
        push(&world, &[], &native).response.status(),
        StatusCode::CREATED,
        "a public one names itself"
    );
}

#[test]
fn p08_a_push_is_a_post_of_a_bounded_form() {
    let world = World::new();
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let request = request_with(method, PATH, form::MEDIA_TYPE, "client_id=web");
        let reply = world.drive(world.receive(Endpoint::PushedAuthorization, request), None);
        assert_eq!(reply.response.status(), StatusCode::METHOD_NOT_ALLOWED);
    }
    let large = format!("client_id=web&state={}", "x".repeat(1 << 20));
    let request = request_with(Method::POST, PATH, form::MEDIA_TYPE, &large);
    let reply = world.drive(world.receive(Endpoint::PushedAuthorization, request), None);
    assert_eq!(reply.response.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[test]
fn p09_a_reference_that_leads_elsewhere_is_refused_and_never_followed() {
    let world = World::new();
    for request_uri in
        ["http://169.254.169.254/", "https://app.example/request.jwt", "urn:other:x", "file:///etc/passwd"]
    {
        let reply = begin(&world, "web", request_uri);
        assert_eq!(reply.reason, Some(Reason::ForeignReference));
        assert!(!reply.response.headers().contains_key("location"));
    }
}

#[test]
fn p14_nothing_of_a_pushed_request_is_in_the_browser() {
    let world = World::new();
    let reply = begin(&world, "web", &pushed(&world));
    let (location, cookie) = (location(&reply.response), cookie(&reply.response));
    for text in ["scope", "read", "state", "st=", "challenge", "app.example"] {
        assert!(!location.contains(text) && !cookie.contains(text), "{text}: {location} {cookie}");
    }
}

#[test]
fn every_check_of_the_authorization_endpoint_is_made_when_pushing() {
    let world = World::new();
    let (challenge, auth) = (challenge(&world), basic("web", SECRET));
    for (name, value, wanted) in [
        ("redirect_uri", "https://evil.example/cb", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("scope", "admin", "invalid_scope"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("state", "\u{e9}", "invalid_request"),
    ] {
        let mut request = world.request("web", &challenge);
        for pair in &mut request {
            if pair.0 == name {
                pair.1 = value;
            }
        }
        let reply = push(&world, &[("authorization", &auth)], &request);
        assert_eq!(
            (error(&reply), reply.response.status()),
            (wanted.into(), StatusCode::BAD_REQUEST),
            "{name}"
        );
    }
    world.register(Client { authentication: Authentication::None, grants: vec![], ..web() });
    let reply = push(&world, &[], &world.request("web", &challenge));
    assert_eq!(error(&reply), "unauthorized_client");
}
