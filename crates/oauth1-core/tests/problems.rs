//! Problem reports: what a client is told where the provider and the resource have opted into telling it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod support;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, StatusCode, header::WWW_AUTHENTICATE};
use oauth_sansio::{Reply, form};
use oauth1_core::{
    server::Reason,
    signature::{Methods, Plaintext},
};
use support::{CALLBACK, Credentials, PHOTOS, Signer, World, other_client, server_paths};

const HOUR: Duration = Duration::from_secs(3600);

fn world() -> World {
    let methods = || Methods::recommended().with(Arc::new(Plaintext));
    World::with(
        |config| {
            (config.problems, config.methods) = (true, methods());
            (config.lifetimes.token, config.lifetimes.authorization) = (Some(HOUR), Some(2 * HOUR));
        },
        |config| (config.problems, config.methods) = (true, methods()),
    )
}

/// The report in the body; the challenge must say the same.
fn report(reply: &Reply<Reason>) -> Vec<(String, String)> {
    let form = form::Form::parse(reply.response.body(), &form::Limits::default()).unwrap();
    assert_eq!(reply.response.headers()["content-type"], form::MEDIA_TYPE);
    let pairs: Vec<_> = form.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let mut header = "OAuth realm=\"https://photos.example.net\"".to_owned();
    for (name, value) in &pairs {
        header.push_str(&format!(", {name}=\"{}\"", oauth_sansio::percent::encode(value)));
    }
    assert_eq!(reply.response.headers()[WWW_AUTHENTICATE], header.as_str());
    pairs
}

fn said(report: &[(String, String)]) -> Vec<&str> {
    report.iter().flat_map(|(name, value)| [name.as_str(), value]).skip(1).collect()
}

#[test]
fn a_resource_tells_what_is_wrong_with_a_request() {
    let mut world = world();
    world.store.register(other_client());
    let token = world.token();
    let forged = Credentials { secret: "guess".into(), ..token.clone() };
    let unknown = Credentials { token: "guess".into(), ..token.clone() };
    let now = world.now.as_unix();
    let range = format!("{}-{}", now - 300, now + 300);
    let printer = || world.printer().token(&token);
    let other = Signer::new("other", "other secret", world.now).token(&token);
    let nobody = Signer::new("nobody", "x", world.now).token(&token);
    let unsigned = Request::get(PHOTOS).body(Bytes::new()).unwrap();
    let absent = "oauth_consumer_key&oauth_signature_method&oauth_signature";
    let cases = [
        (unsigned, vec!["parameter_absent", "oauth_parameters_absent", absent]),
        (world.printer().get(PHOTOS), vec!["parameter_absent", "oauth_parameters_absent", "oauth_token"]),
        (
            printer().timestamp("x").get(PHOTOS),
            vec!["parameter_rejected", "oauth_parameters_rejected", "oauth_timestamp"],
        ),
        (printer().with("oauth_token", "twice").get(PHOTOS), vec!["parameter_rejected"]),
        (
            printer().timestamp(now + 301).get(PHOTOS),
            vec!["timestamp_refused", "oauth_acceptable_timestamps", &range],
        ),
        (printer().method("PLAINTEXT").get(PHOTOS), vec!["signature_method_rejected"]),
        (printer().method("HMAC-MD5").get(PHOTOS), vec!["signature_method_rejected"]),
        (nobody.get(PHOTOS), vec!["consumer_key_unknown"]),
        (other.get(PHOTOS), vec!["token_rejected"]),
        (world.printer().token(&unknown).get(PHOTOS), vec!["token_rejected"]),
        (world.printer().token(&forged).get(PHOTOS), vec!["signature_invalid"]),
    ];
    for (request, expected) in cases {
        let refused = world.fetch(&request).unwrap_err();
        assert_eq!(said(&report(&refused)), expected);
    }
    let request = world.printer().token(&token).get(PHOTOS);
    assert!(world.fetch(&request).is_ok());
    assert_eq!(said(&report(&world.fetch(&request).unwrap_err())), ["nonce_used"]);
    let family = world.store.tokens.values().next().unwrap().family;
    world.pass(HOUR);
    let request = world.printer().token(&token).get(PHOTOS);
    assert_eq!(said(&report(&world.fetch(&request).unwrap_err())), ["token_expired"]);
    world.store.revoked.insert(family);
    assert_eq!(said(&report(&world.fetch(&request).unwrap_err())), ["token_revoked"]);
}

#[test]
fn a_resource_tells_which_versions_it_takes() {
    let mut world = world();
    let token = world.token();
    let mut request = world.printer().token(&token).get(PHOTOS);
    let header = request.headers()["authorization"].to_str().unwrap().replace("\"1.0\"", "\"2.0\"");
    request.headers_mut().insert("authorization", header.parse().unwrap());
    let refused = world.fetch(&request).unwrap_err();
    assert_eq!(refused.response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(said(&report(&refused)), ["version_rejected", "oauth_acceptable_versions", "1.0-1.0"]);
}

#[test]
fn a_provider_tells_what_is_wrong_with_a_dance() {
    let mut world = world();
    let (first, last) = (world.url(server_paths().temporary), world.url(server_paths().token));
    let request = world.printer().post(&first);
    let absent = ["parameter_absent", "oauth_parameters_absent", "oauth_callback"];
    assert_eq!(said(&report(&world.send(&request))), absent);
    let request = world.printer().with("oauth_callback", "https://evil.example/").post(&first);
    let rejected = ["parameter_rejected", "oauth_parameters_rejected", "oauth_callback"];
    assert_eq!(said(&report(&world.send(&request))), rejected);

    let temporary = world.temporary(CALLBACK);
    let request = world.token_request(&temporary, "guess");
    assert_eq!(said(&report(&world.send(&request))), ["permission_unknown"]);
    let verifier = world.verifier(&temporary.token);
    let rejected = ["parameter_rejected", "oauth_parameters_rejected", "oauth_verifier"];
    assert_eq!(said(&report(&world.send(&request))), rejected);
    let request = world.token_request(&temporary, &verifier);
    support::credentials(&world.send(&request));
    assert_eq!(said(&report(&world.send(&request))), ["token_used"]);
    // What is no matter of the extension stays as it was.
    let refused = world.send(&world.printer().get(&last));
    assert_eq!(refused.response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(!refused.response.headers().contains_key(WWW_AUTHENTICATE));
}

#[test]
fn no_report_tells_a_value_back() {
    let mut world = world();
    let temporary = world.temporary(CALLBACK);
    world.verifier(&temporary.token);
    let guess = "what-somebody-typed";
    let refused = world.send(&world.token_request(&temporary, guess));
    assert_eq!(refused.reason, Some(Reason::Verifier));
    let wire = format!("{:?} {:?}", refused.response.headers(), refused.response.body());
    assert!(!wire.contains(guess), "{wire}");
}

#[test]
fn nothing_is_told_unless_it_is_asked_for() {
    let mut world = World::new();
    let token = world.token();
    let request = world.printer().token(&token).timestamp(1).get(PHOTOS);
    let wire = world.fetch(&request).unwrap_err().response;
    assert_eq!(wire.headers()[WWW_AUTHENTICATE], "OAuth realm=\"https://photos.example.net\"");
    assert_eq!(wire.body(), "The request is not authorized.\n");
}
