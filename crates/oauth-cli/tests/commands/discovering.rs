//! `oauth discover`.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    fake::fake,
    running::{Place, oauth},
    stage::Stage,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_told_with_its_checks() {
    let (stage, place) = (Stage::set().await, Place::new());
    let ran = oauth(&place, &["discover", &stage.issuer, "--json"]).end().await.well();
    let document = &ran.json()["documents"][0];
    assert_eq!(document["kind"], "authorization server");
    assert_eq!(document["metadata"]["issuer"], stage.issuer);
    assert_eq!(document["valid"], true);
    let checks = document["checks"].as_array().unwrap();
    assert!(
        checks
            .iter()
            .any(|check| check["check"] == "PKCE with S256 (RFC 7636)" && check["status"] == "holds")
    );

    let ran = oauth(&place, &["discover", &stage.issuer, "-v"]).end().await.well();
    let ran = ran.says(&["token_endpoint", "/.well-known/oauth-authorization-server", "RFC 8414 section 3"]);
    assert!(!ran.out.contains('\u{1b}'));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_is_told_with_the_servers_that_it_names() {
    let (stage, place) = (Stage::set().await, Place::new());
    let ran = oauth(&place, &["discover", &stage.api, "--json"]).end().await.well();
    let told = ran.json();
    let kinds: Vec<_> = told["documents"].as_array().unwrap().iter().map(|one| one["kind"].clone()).collect();
    assert_eq!(kinds, ["protected resource", "authorization server"]);
    assert_eq!(told["documents"][1]["of"], stage.issuer);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_nothing_the_blame_and_a_way_on_are_told() {
    let (stage, place) = (Stage::set().await, Place::new());
    let ran = oauth(&place, &["discover", &format!("{}/nobody", stage.issuer)]).end().await.code(1);
    ran.says(&["404", "blame:"]);
    let ran = oauth(&place, &["discover", "http://127.0.0.1:9"]).end().await.code(1);
    ran.says(&["cannot be reached", "blame: the way to the server", "next:"]);
    let ran = oauth(&place, &["discover", "http://as.example.com"]).end().await.code(1);
    ran.says(&["it does not use https", "next: use https"]);
}

/// A server with this document.
async fn document(make: impl Fn(&str) -> Value + Send + Sync + 'static) -> String {
    fake(move |origin, request| match request.uri().path() {
        "/.well-known/oauth-authorization-server" => (StatusCode::OK, "", make(origin)),
        _ => (StatusCode::NOT_FOUND, "", Value::Null),
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_odd_is_told_and_what_is_wrong_fails() {
    let place = Place::new();
    let odd = document(|origin| {
        json!({
            "issuer": origin,
            "authorization_endpoint": format!("{origin}/a"),
            "token_endpoint": format!("{origin}/t"),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "implicit", "password"],
        })
    });
    let ran = oauth(&place, &["discover", &odd.await]).end().await.well();
    ran.says(&[
        "! PKCE with S256",
        "! no implicit grant",
        "! no password grant",
        "client_secret_basic alone",
    ]);

    let wrong = document(|origin| {
        json!({
            "issuer": origin,
            "authorization_endpoint": format!("{origin}/a"),
            "token_endpoint": format!("{origin}/t"),
            "response_types_supported": ["code"],
            "require_pushed_authorization_requests": true,
            "scopes_supported": ["\u{1b}[31mred"],
        })
    });
    let ran = oauth(&place, &["discover", &wrong.await]).end().await.code(1);
    let ran = ran.says(&["✗ requests can be pushed", "RFC 9126 section 5"]);
    assert!(!ran.out.contains('\u{1b}'), "what a server writes steers no terminal");

    let other =
        document(|_| json!({ "issuer": "https://other.example", "response_types_supported": ["code"] }));
    let ran = oauth(&place, &["discover", &other.await]).end().await.code(1);
    ran.says(&["the document is of another issuer", "blame: the server", "with or without a slash"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_publishes_nothing_may_say_in_its_challenge_where_it_does() {
    let place = Place::new();
    let api = fake(|origin, request| match request.uri().path() {
        "/" => (StatusCode::UNAUTHORIZED, "Bearer resource_metadata=\"{origin}/elsewhere\"", Value::Null),
        "/elsewhere" => {
            let document = json!({ "resource": origin, "authorization_servers": ["http://127.0.0.1:9"] });
            (StatusCode::OK, "", document)
        }
        _ => (StatusCode::NOT_FOUND, "", Value::Null),
    });
    let api = api.await;
    let ran = oauth(&place, &["discover", &api, "-v"]).end().await.code(1);
    // The API is told, and so is that the server which it names is not there.
    ran.says(&["protected resource", "RFC 9728 section 5.1", "http://127.0.0.1:9: ", "cannot be reached"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_servers_the_caller_chooses() {
    let place = Place::new();
    let api = fake(|origin, _| {
        let document = json!({ "resource": origin, "authorization_servers": ["https://a.example", "https://b.example"] });
        (StatusCode::OK, "", document)
    });
    let api = api.await;
    let ran = oauth(&place, &["login", "--resource", &api, "--client-id", "a"]).end().await.code(1);
    ran.says(&["https://a.example, https://b.example", "choose one with --issuer"]);
}
