//! Clients whose keys are fetched (RFC 7591 section 2, `jwks_uri`).

use http::StatusCode;
use oauth_sansio::{Reply, Timestamp};
use oauth2_core::{
    jose::{Algorithm, JwsError, LocalSigner, Signer as _, Unsigned},
    jwt::AssertionError,
    server::{Authentication, Client, ClientError, ClientKeys, DocumentKind, FetchError, Reason},
};
use serde_json::{Value, json};

use crate::world::*;

const KEYS: &str = "https://app.example/keys";

fn key(name: &str) -> LocalSigner {
    LocalSigner::generate(Algorithm::EdDsa, name).unwrap()
}

fn world() -> World {
    let world = World::new();
    world.register(Client {
        authentication: Authentication::PrivateKeyJwt,
        keys: Some(ClientKeys::Uri(KEYS.parse().unwrap())),
        ..machine()
    });
    world
}

fn publish(world: &World, keys: &[&LocalSigner]) {
    let keys: Vec<Value> = keys.iter().map(|key| key.public().unwrap().to_value()).collect();
    world.web.publish(KEYS, &json!({ "keys": keys }));
}

fn ask(world: &World, signer: &LocalSigner, id: &str) -> Reply<Reason> {
    let claims =
        json!({ "iss": "machine", "sub": "machine", "aud": ISSUER, "jti": id, "exp": world.now.get() + 60 });
    let unsigned = Unsigned::new(signer, None, claims.to_string().as_bytes());
    let signature = signer.sign(unsigned.input()).unwrap();
    let parameters = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", &unsigned.signed(&signature)),
    ];
    world.token(&[], &parameters)
}

#[test]
fn an_assertion_is_verified_with_the_keys_that_the_client_publishes() {
    let (world, key) = (world(), key("1"));
    publish(&world, &[&key]);
    world.store.borrow_mut().trips = (0, 0);
    assert_eq!(ask(&world, &key, "a").response.status(), StatusCode::OK);
    assert_eq!(world.store.borrow().trips, (1, 1));
    let [wanted] = &world.web.asked()[..] else { panic!("one fetch") };
    assert_eq!((wanted.url.as_str(), wanted.kind, wanted.newer_than), (KEYS, DocumentKind::KeySet, None));
}

#[test]
fn a_request_without_an_assertion_fetches_nothing() {
    let world = world();
    let reply = world.token(&[], &[("grant_type", "client_credentials"), ("client_id", "machine")]);
    assert_eq!(reply.reason, Some(Reason::Unauthenticated));
    assert!(world.web.asked().is_empty());
}

#[test]
fn a_key_that_cannot_be_used_does_not_spoil_the_others() {
    let (world, key) = (world(), key("1"));
    let good = key.public().unwrap().to_value();
    let set = json!({ "keys": [{ "kty": "EC", "crv": "P-999" }, { "kty": "OKP", "crv": "Ed25519", "x": "A" }, good] });
    world.web.publish(KEYS, &set);
    assert_eq!(ask(&world, &key, "a").response.status(), StatusCode::OK);
}

#[test]
fn k17_a_name_of_a_key_that_is_not_there_causes_one_more_fetch_and_no_third() {
    let (world, old, new) = (world(), key("old"), key("new"));
    publish(&world, &[&old]);
    let reply = ask(&world, &new, "a");
    assert_eq!(error(&reply), "invalid_client");
    assert_eq!(reply.reason, Some(Reason::Assertion(AssertionError::Jws(JwsError::NoKey))));
    let newer: Vec<_> = world.web.asked().into_iter().map(|wanted| wanted.newer_than).collect();
    assert_eq!(newer, [None, Some(Timestamp::from_unix(world.now.get()))]);
    // A name is compared and nothing else is done with it.
    for name in ["", "../../etc/passwd", "' OR 1=1 --", "https://evil.example/keys"] {
        assert_eq!(error(&ask(&world, &key(name), "b")), "invalid_client");
    }
    assert!(world.web.asked().iter().all(|wanted| wanted.url.as_str() == KEYS));
}

#[test]
fn a_rotated_key_is_found_by_the_second_fetch() {
    use oauth2_core::server::{Endpoint, Step};
    let (world, old, new) = (world(), key("old"), key("new"));
    publish(&world, &[&old]);
    let claims = json!({ "iss": "machine", "sub": "machine", "aud": ISSUER, "jti": "a", "exp": START + 60 });
    let unsigned = Unsigned::new(&new, None, claims.to_string().as_bytes());
    let signature = new.sign(unsigned.input()).unwrap();
    let parameters = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", &unsigned.signed(&signature)),
    ];
    let mut step = world.receive(Endpoint::Token, post("/oauth2/token", &[], &parameters));
    while !matches!(&step, Step::Fetch(pause) if pause.wanted().newer_than.is_some()) {
        step = world.advance(step);
    }
    publish(&world, &[&old, &new]);
    assert_eq!(world.drive(step, None).response.status(), StatusCode::OK);
}

#[test]
fn what_was_fetched_first_counts_when_the_second_fetch_fails() {
    use oauth2_core::server::Step;
    let (world, old) = (world(), key("old"));
    publish(&world, &[&old]);
    let forged = key("new");
    let parameters = {
        let claims =
            json!({ "iss": "machine", "sub": "machine", "aud": ISSUER, "jti": "a", "exp": START + 60 });
        let unsigned = Unsigned::new(&forged, None, claims.to_string().as_bytes());
        unsigned.signed(&forged.sign(Unsigned::new(&forged, None, b"{}").input()).unwrap())
    };
    let mut step = world.token_step(
        &[],
        &[
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &parameters),
        ],
    );
    while !matches!(&step, Step::Fetch(pause) if pause.wanted().newer_than.is_some()) {
        step = world.advance(step);
    }
    world.web.fail(KEYS, FetchError::TimedOut);
    let reply = world.drive(step, None);
    assert_eq!(reply.reason, Some(Reason::Assertion(AssertionError::Jws(JwsError::NoKey))));
}

#[test]
fn k16_keys_that_are_not_there_authenticate_nobody_and_the_answer_does_not_tell_why() {
    let (world, key) = (world(), key("1"));
    let mut told = Vec::new();
    for error in [FetchError::Refused, FetchError::Unreachable, FetchError::TimedOut, FetchError::TooLarge] {
        world.web.fail(KEYS, error);
        let reply = ask(&world, &key, "a");
        assert_eq!(reply.reason, Some(Reason::ClientKeySet(error)));
        assert_eq!(reply.response.status(), StatusCode::UNAUTHORIZED);
        told.push(reply.response.body().clone());
    }
    let public = json!({ "keys": [key.public().unwrap().to_value()] }).to_string();
    for (status, content_type, body, expected) in [
        (302, "application/json", &*public, FetchError::Status),
        (200, "text/plain", &public, FetchError::ContentType),
        (200, "application/json", "[]", FetchError::Malformed),
        (200, "application/json", &" ".repeat(64 * 1024 + 1), FetchError::TooLarge),
    ] {
        world.web.answer(KEYS, status, content_type, body);
        let reply = ask(&world, &key, "a");
        assert_eq!(reply.reason, Some(Reason::ClientKeySet(expected)));
        told.push(reply.response.body().clone());
    }
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]));
    world.web.answer(KEYS, 200, "application/jwk-set+json", &public);
    assert_eq!(ask(&world, &key, "a").response.status(), StatusCode::OK);
}

#[test]
fn keys_come_over_an_encrypted_line_or_not_at_all() {
    for url in ["http://app.example/keys", "https://ann@app.example/keys", "https://app.example/keys#1"] {
        let keys = Some(ClientKeys::Uri(url.parse().unwrap()));
        let client = Client { authentication: Authentication::PrivateKeyJwt, keys, ..machine() };
        assert_eq!(client.check(), Err(ClientError::KeysUri), "{url}");
    }
}
