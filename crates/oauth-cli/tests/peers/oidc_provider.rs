//! Our client performs what it can at `oidc-provider`.

use std::sync::Arc;

use http::Uri;
use oauth_clock::{Clock as _, SystemClock};
use oauth_hyper_client::Client as Http;
use oauth_sansio::Moment;
use oauth2_core::client::{
    AssertionKey, Client, ClientAuthentication, ClientMetadata, Config, Discovery, DpopKey, Pending,
    Registration, Server, Tokens,
};
use oauth2_core::jose::{Algorithm, LocalSigner};
use oauth2_core::metadata::Transport;
use serde_json::{Value, json};

use crate::Peers;
use crate::running::Running;

const REDIRECT_URI: &str = "http://127.0.0.1:1/cb";

fn start(peers: &Peers, more: Value) -> Running {
    let mut told = json!({ "redirect_uris": [REDIRECT_URI] });
    told.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Running::start(peers.node_command("oidc_provider.mjs", &told))
}

const TRANSPORT: Transport = Transport::HttpsOrInsecureLoopback;

async fn discovered(http: &Http, provider: &Running) -> Server {
    let issuer = provider.said["issuer"].as_str().unwrap();
    let metadata = http.run(Discovery::new(issuer, TRANSPORT).unwrap()).await.unwrap();
    Server::from_metadata(&metadata, TRANSPORT).unwrap()
}

fn moment() -> Moment {
    SystemClock.moment().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn our_client_performs_code_with_pkce_refresh_and_client_credentials_at_oidc_provider() {
    let Some(peers) = crate::peers() else { return };
    let provider = start(&peers, json!({}));
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

#[tokio::test(flavor = "multi_thread")]
async fn our_client_signs_pushes_binds_asks_and_gives_back_at_oidc_provider() {
    let Some(peers) = crate::peers() else { return };
    let key = Arc::new(LocalSigner::generate(Algorithm::Es256, "k1").unwrap());
    let provider = start(&peers, json!({ "jwk": key.public().unwrap().to_value() }));
    let http = Http::new();
    let mut config = Config::new(discovered(&http, &provider).await, "signing");
    config.redirect_uri = Some(REDIRECT_URI.into());
    config.authentication = ClientAuthentication::Assertion(AssertionKey::new(key));
    let bound = LocalSigner::generate(Algorithm::Es256, "").unwrap();
    config.dpop = Some(DpopKey::local(bound).unwrap());
    let client = Client::new(config).unwrap();

    // RFC 9126, RFC 7523 and RFC 9449, all at once: the server wants each of them of this client, and nonces.
    let request = client.authorize().scope("openid offline_access").extra("prompt", "consent");
    let (url, pending) = http.run(request.push(moment()).unwrap()).await.unwrap();
    assert!(url.query().unwrap().contains("request_uri=") && !url.query().unwrap().contains("scope="));
    let tokens = finish(&peers, &http, &client, &url, pending).await;
    assert!(tokens.is_bound_to_a_key());
    let refresh_token = tokens.refresh_token.unwrap();
    let next = http.run(client.refresh(&refresh_token)).await.unwrap();
    assert!(next.is_bound_to_a_key() && next.access_token != tokens.access_token);
    let machine = client.client_credentials(&"photos".parse().unwrap()).unwrap();
    let machine = http.run(machine).await.unwrap();

    // RFC 7662 and RFC 7009
    let all = [&next.access_token, next.refresh_token.as_ref().unwrap(), &machine.access_token];
    for token in all {
        let told = http.run(client.introspect(token).unwrap()).await.unwrap();
        assert!(told.active && told.members["client_id"] == "signing", "{told:?}");
    }
    for token in all {
        http.run(client.revoke(token).unwrap()).await.unwrap();
        assert!(!http.run(client.introspect(token).unwrap()).await.unwrap().active);
    }
    let gone = http.run(client.refresh(next.refresh_token.as_ref().unwrap())).await.unwrap_err();
    assert!(matches!(gone, oauth_hyper_client::Error::Exchange(error) if error.is_dead_grant()));
}

#[tokio::test(flavor = "multi_thread")]
async fn our_client_waits_for_a_person_elsewhere_at_oidc_provider() {
    let Some(peers) = crate::peers() else { return };
    let provider = start(&peers, json!({}));
    let http = Http::new();
    let client = Client::new(Config::new(discovered(&http, &provider).await, "public")).unwrap();
    let scope = "openid offline_access".parse().unwrap();
    let codes = http.run(client.device(&scope).unwrap()).await.unwrap();
    let told = json!({
        "url": codes.verification_uri, "callback": REDIRECT_URI, "username": codes.user_code, "password": "any",
        "last": "The device may go on.",
    });
    let (walked, tokens) = tokio::join!(
        async { tokio::task::block_in_place(|| peers.node_command("forms.mjs", &told).output().unwrap()) },
        http.run(codes.poll(&client).unwrap()),
    );
    assert!(walked.status.success(), "{}", String::from_utf8_lossy(&walked.stderr));
    assert!(tokens.unwrap().refresh_token.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn our_client_registers_itself_and_leaves_again_at_oidc_provider() {
    let Some(peers) = crate::peers() else { return };
    let provider = start(&peers, json!({}));
    let http = Http::new();
    let server = discovered(&http, &provider).await;
    let own = ClientMetadata::for_application("Photo prints", [REDIRECT_URI]);
    assert!(http.run(Registration::new(&server, own.clone()).unwrap()).await.is_err(), "a token is wanted");
    let token = provider.said["initial_access_token"].as_str().unwrap();
    let registration = Registration::new(&server, own).unwrap().with_initial_access_token(token.into());
    let registered = http.run(registration).await.unwrap();
    assert_eq!(registered.metadata.redirect_uris, [REDIRECT_URI]);
    let client = Client::new(registered.config(server.clone(), None).unwrap()).unwrap();
    dance(&peers, &http, &client).await;

    let read = http.run(registered.read_again(&server).unwrap()).await.unwrap();
    assert_eq!(read.client_id, registered.client_id);
    let renamed = ClientMetadata { client_name: Some("Prints".into()), ..read.metadata.clone() };
    let replaced = http.run(read.replace(&server, renamed).unwrap()).await.unwrap();
    assert_eq!(replaced.metadata.client_name.as_deref(), Some("Prints"));
    http.run(replaced.delete(&server).unwrap()).await.unwrap();
    assert!(http.run(replaced.read_again(&server).unwrap()).await.is_err());
}

async fn dance(peers: &Peers, http: &Http, client: &Client) -> Tokens {
    let request = client.authorize().scope("openid offline_access").extra("prompt", "consent");
    let (url, pending) = request.start(moment()).unwrap();
    finish(peers, http, client, &url, pending).await
}

/// The person logs in and consents, and the browser comes back.
async fn finish(peers: &Peers, http: &Http, client: &Client, url: &url::Url, pending: Pending) -> Tokens {
    let told = json!({ "url": url, "callback": REDIRECT_URI, "username": "ann", "password": "any" });
    let output = tokio::task::block_in_place(|| peers.node_command("forms.mjs", &told).output().unwrap());
    let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let callback =
        said["callback"].as_str().unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let exchange = pending.callback(client, &callback.parse::<Uri>().unwrap(), moment().now()).unwrap();
    http.run(exchange).await.unwrap()
}
