//! Our client performs code with PKCE against `oidc-provider`.

use http::Uri;
use oauth_clock::{Clock as _, SystemClock};
use oauth_hyper_client::Client as Http;
use oauth2_core::client::{Client, ClientAuthentication, Config, Discovery, Server, Tokens};
use oauth2_core::metadata::Transport;
use serde_json::{Value, json};

use crate::Peers;
use crate::running::Running;

const REDIRECT_URI: &str = "http://127.0.0.1:1/cb";

fn start(peers: &Peers) -> Running {
    Running::start(peers.node_command("oidc_provider.mjs", &json!({ "redirect_uris": [REDIRECT_URI] })))
}

#[tokio::test(flavor = "multi_thread")]
async fn our_client_performs_code_with_pkce_refresh_and_client_credentials_at_oidc_provider() {
    let Some(peers) = crate::peers() else { return };
    let provider = start(&peers);
    let http = Http::new();
    let transport = Transport::HttpsOrInsecureLoopback;
    let issuer = provider.said["issuer"].as_str().unwrap();
    // It publishes its metadata under both well-known names.
    let metadata = http.run(Discovery::new(issuer, transport).unwrap()).await.unwrap();
    for name in ["confidential", "public"] {
        let registered = &provider.said[name];
        let mut config = Config::new(
            Server::from_metadata(&metadata, transport).unwrap(),
            registered["client_id"].as_str().unwrap(),
        );
        config.redirect_uri = Some(REDIRECT_URI.into());
        if let Some(secret) = registered["client_secret"].as_str() {
            config.authentication = ClientAuthentication::SecretBasic(secret.into());
        }
        let client = Client::new(config).unwrap();
        let tokens = dance(&peers, &http, &client).await;
        let refresh_token = tokens.refresh_token.expect("offline_access brings a refresh token");
        let next = http.run(client.refresh(&refresh_token)).await.unwrap();
        assert_ne!(next.access_token, tokens.access_token);
        assert!(http.run(client.refresh(&refresh_token)).await.is_err(), "the old refresh token is spent");
        if name == "confidential" {
            let scope = "photos".parse().unwrap();
            http.run(client.client_credentials(&scope).unwrap()).await.unwrap();
        }
    }
}

async fn dance(peers: &Peers, http: &Http, client: &Client) -> Tokens {
    let moment = || SystemClock.moment().unwrap();
    let request = client.authorize().scope("openid offline_access").extra("prompt", "consent");
    let (url, pending) = request.start(moment()).unwrap();
    let told = json!({ "url": url, "callback": REDIRECT_URI, "username": "ann", "password": "any" });
    let output = tokio::task::block_in_place(|| peers.node_command("forms.mjs", &told).output().unwrap());
    let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let callback =
        said["callback"].as_str().unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let exchange = pending.callback(client, &callback.parse::<Uri>().unwrap(), moment().now()).unwrap();
    http.run(exchange).await.unwrap()
}
