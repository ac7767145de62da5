//! `requests-oauthlib` performs the OAuth 1.0a dance against our provider, and signs requests to our API.

use oauth_cli::demo::{self, CLIENT_ID, PASSWORD, USER};
use serde_json::{Value, json};
use url::Url;

use crate::stage::{CALLBACK, PRIVATE_KEY, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn requests_oauthlib_dances_with_our_provider_in_every_hmac_method() {
    let Some(peers) = crate::peers() else { return };
    let stage = demo::Stage::set(None).await.unwrap();
    let methods = ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512"];
    let photo = stage.api.join("/photos?file=vacation.jpg&size=original").unwrap();
    let mut told = told(&stage.provider, photo, stage.callback.as_str());
    told["client_secret"] = json!(stage.secret.expose());
    told["methods"] = json!(methods);
    let said =
        tokio::task::spawn_blocking(move || peers.python("requests_oauthlib_dance.py", &told)).await.unwrap();
    assert_eq!(said["dances"].as_array().unwrap().len(), methods.len());
}

const METHODS: [&str; 7] =
    ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512", "RSA-SHA1", "RSA-SHA256", "RSA-SHA512", "PLAINTEXT"];
const PLACEMENTS: [&str; 3] = ["AUTH_HEADER", "QUERY", "BODY"];

fn over_tls(stage: &Stage) -> Value {
    let mut told = told(&stage.provider, stage.api.join("/photos?file=vacation.jpg").unwrap(), CALLBACK);
    told["client_secret"] = json!(stage.secret.expose());
    told["rsa_key"] = json!(PRIVATE_KEY);
    told["authority"] = json!(stage.authority);
    told["methods"] = json!(METHODS);
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_oauthlib_dances_over_tls_in_every_method_and_every_place() {
    let Some(peers) = crate::peers() else { return };
    let stage = Stage::set("requests-oauthlib-dances").await;
    let mut told = over_tls(&stage);
    told["places"] = json!(PLACEMENTS);
    let said =
        tokio::task::spawn_blocking(move || peers.python("requests_oauthlib_dance.py", &told)).await.unwrap();
    assert_eq!(said["dances"].as_array().unwrap().len(), METHODS.len() * PLACEMENTS.len());
}

/// Two places for a request without a body, three for a form, two for JSON with a hash of it.
const REQUESTS: usize = 2 + 3 + 2;

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_requests_oauthlib_signs_are_admitted_in_every_method_place_and_kind_and_changed_ones_are_not()
 {
    let Some(peers) = crate::peers() else { return };
    let stage = Stage::set("requests-oauthlib-requests").await;
    let told = over_tls(&stage);
    let said = tokio::task::spawn_blocking(move || peers.python("requests_oauthlib_requests.py", &told));
    assert_eq!(said.await.unwrap()["requests"], METHODS.len() * REQUESTS);
}

fn told(provider: &Url, photo: Url, callback: &str) -> Value {
    json!({
        "temporary_credentials_url": provider.join("/oauth1/initiate").unwrap(),
        "authorization_url": provider.join("/oauth1/authorize").unwrap(),
        "token_url": provider.join("/oauth1/token").unwrap(),
        "photo_url": photo,
        "client_key": CLIENT_ID,
        "callback_url": callback,
        "username": USER,
        "password": PASSWORD,
    })
}
