//! `requests-oauthlib` performs the OAuth 1.0a dance against our provider.

use oauth_cli::demo::{CLIENT_ID, PASSWORD, Stage, USER};

#[tokio::test(flavor = "multi_thread")]
async fn requests_oauthlib_dances_with_our_provider_in_every_hmac_method() {
    let Some(peers) = crate::peers() else { return };
    let stage = Stage::set(None).await.unwrap();
    let methods = ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512"];
    let told = serde_json::json!({
        "temporary_credentials_url": stage.provider.join("/oauth1/initiate").unwrap(),
        "authorization_url": stage.provider.join("/oauth1/authorize").unwrap(),
        "token_url": stage.provider.join("/oauth1/token").unwrap(),
        "photo_url": stage.api.join("/photos?file=vacation.jpg&size=original").unwrap(),
        "client_key": CLIENT_ID,
        "client_secret": stage.secret.expose(),
        "callback_url": stage.callback,
        "username": USER,
        "password": PASSWORD,
        "methods": methods,
    });
    let said =
        tokio::task::spawn_blocking(move || peers.python("requests_oauthlib_dance.py", &told)).await.unwrap();
    assert_eq!(said["dances"].as_array().unwrap().len(), methods.len());
}
