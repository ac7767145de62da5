//! Who is asked because the caller said so, and who because an API said so.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    fake::{fake, secure_fake},
    running::{Place, oauth},
    stage::{MACHINE, Stage},
    tls::own,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_ones_own_is_believed_by_its_own_authority_in_every_command() {
    let place = Place::new();
    let (tls, ca) = own(&place);
    let stage = Stage::over(Some(tls)).await;
    let (issuer, jwks) = (stage.issuer.as_str(), stage.endpoint("/oauth2/jwks"));
    assert!(issuer.starts_with("https:"));
    let machine = ["--issuer", issuer, "--client-id", MACHINE];
    let (named, kept) = (["--issuer", issuer], ["--name", "tool"]);
    let token = {
        let all = [&["client-credentials", "--ca", &ca], &machine[..], &["--resource", &stage.api]].concat();
        let ran = oauth(&place, &all).env("OAUTH_CLIENT_SECRET", stage.secret.expose()).end().await.well();
        ran.line().to_owned()
    };
    for all in [
        &["discover", issuer][..],
        &[&["client-credentials"], &machine[..]].concat(),
        &[&["exchange"], &machine[..], &["--resource", &stage.api]].concat(),
        &[&["introspect"], &machine[..]].concat(),
        &["inspect", "--jwks", &jwks],
        &[&["register"], &named[..], &kept[..]].concat(),
        &[&["registration", "show"], &kept[..]].concat(),
        &[&["registration", "update", "--client-name", "Tool"], &kept[..]].concat(),
        &[&["registration", "delete"], &kept[..]].concat(),
        &[&["revoke"], &machine[..]].concat(),
    ] {
        let run = |more: &[&str]| {
            let run = oauth(&place, &[all, more].concat()).env("OAUTH_CLIENT_SECRET", stage.secret.expose());
            run.input(&token).end()
        };
        run(&[]).await.code(1).says(&["certificate", "blame: the way to the server"]);
        run(&["--ca", &ca]).await.well();
    }
    for (text, problem) in [("", "has no certificate in it"), ("-----BEGIN CERTIFICATE-----", "is not PEM")] {
        let file = place.with("broken.pem", text);
        oauth(&place, &["discover", issuer, "--ca", &file]).end().await.code(1).says(&[problem]);
    }
}

/// What an API says of itself that takes tokens of this server.
fn taking_tokens_of(issuer: &str) -> impl Fn(&str, &http::Request<hyper::body::Incoming>) -> Answer + use<> {
    let issuer = issuer.to_owned();
    move |origin, request| match request.uri().path() {
        "/.well-known/oauth-protected-resource" => {
            (StatusCode::OK, "", json!({ "resource": origin, "authorization_servers": [issuer.as_str()] }))
        }
        _ => (StatusCode::NOT_FOUND, "", Value::Null),
    }
}

type Answer = (StatusCode, &'static str, Value);

#[tokio::test(flavor = "multi_thread")]
async fn l07_an_api_leads_to_no_server_inside_unless_it_is_on_this_machine_and_was_named_so() {
    let place = Place::new();
    let (tls, ca) = own(&place);
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let inside = move |_: &str, _: &http::Request<hyper::body::Incoming>| -> Answer {
        count.fetch_add(1, Ordering::SeqCst);
        (StatusCode::NOT_FOUND, "", Value::Null)
    };
    let (secure, plain) = (secure_fake(&tls, inside.clone()).await, fake(inside).await);
    const REFUSED: &str = "nothing is sent to this address";
    for (api, problem) in [
        (secure_fake(&tls, taking_tokens_of(&secure)).await, REFUSED),
        (secure_fake(&tls, taking_tokens_of("https://localhost:1")).await, REFUSED),
        (secure_fake(&tls, taking_tokens_of(&plain)).await, "it does not use https"),
        // Who tries things out on one machine reaches that machine, and nothing else inside.
        (fake(taking_tokens_of("https://10.1.2.3")).await, REFUSED),
        (fake(taking_tokens_of("http://10.1.2.3")).await, "it does not use https"),
    ] {
        let all = ["client-credentials", "--resource", &api, "--client-id", MACHINE, "--ca", &ca];
        oauth(&place, &all).end().await.code(1).says(&[problem]);
        oauth(&place, &["discover", &api, "--ca", &ca]).end().await.code(1).says(&[problem]);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0, "nobody inside was asked");
    let all = ["client-credentials", "--issuer", &secure, "--client-id", MACHINE, "--ca", &ca];
    oauth(&place, &all).end().await.code(1).says(&["publishes no metadata"]);
    assert_ne!(asked.load(Ordering::SeqCst), 0, "whom the caller names is asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn l07_a_challenge_leads_to_no_document_inside_but_to_its_own() {
    let place = Place::new();
    let (tls, ca) = own(&place);
    for (challenge, problem) in [
        ("Bearer resource_metadata=\"https://localhost:9/own\"", "nothing is sent to this address"),
        // Its own origin was named by the caller.
        ("Bearer resource_metadata=\"{origin}/own\"", "does not say where its tokens come from"),
    ] {
        let api = secure_fake(&tls, move |origin, request| match request.uri().path() {
            "/" => (StatusCode::UNAUTHORIZED, challenge, Value::Null),
            "/own" => (StatusCode::OK, "", json!({ "resource": origin })),
            _ => (StatusCode::NOT_FOUND, "", Value::Null),
        });
        let api = api.await;
        let all = ["client-credentials", "--resource", &api, "--client-id", MACHINE, "--ca", &ca];
        oauth(&place, &all).end().await.code(1).says(&[problem, "--issuer"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn l07_what_an_api_has_named_once_is_guarded_whenever_it_is_asked_again() {
    let (stage, place) = (Stage::set().await, Place::new());
    let all = ["register", "--resource", &stage.api, "--name", "tool"];
    oauth(&place, &all).end().await.well();
    oauth(&place, &["registration", "show"]).end().await.well();
    let mut profile: Value = serde_json::from_str(&place.kept("tool.profile")).unwrap();
    profile["registered"]["access"]["uri"] = json!("https://192.168.1.1/client");
    let write = |text: String| std::fs::write(place.file("tool.profile"), text).unwrap();
    write(profile.to_string());
    let show = ["registration", "show"];
    oauth(&place, &show).end().await.code(1).says(&["nothing is sent to this address"]);
}
