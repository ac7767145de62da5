//! `oauth4webapi` asks our authorization server for all that both can do.

use std::sync::Arc;

use oauth_cli::demo::{PASSWORD, USER};
use oauth_hyper_server::{LocalKeys, ProviderService, Server};
use oauth_provider::{LoginConsent, MemoryUsers};
use oauth_sansio::Secret;
use oauth_store::{IssuerStore, MemoryStore};
use oauth2_core::jose::{Algorithm, LocalSigner};
use oauth2_core::server::{
    Authentication, AuthorizationServer, Client, ClientKeys, Config, GrantType, JsonText, KeyRing,
    RegistrationPolicy, Resource, RingKey, ServerKeys, TokenFormat,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

const CALLBACK: &str = "http://127.0.0.1:1/ready";
const API: &str = "https://api.example/v1";
const SHARED: &str = "a secret of two hundred and fifty six bits and more";

/// A key that was made for tests, with its private half.
pub(crate) fn key() -> Value {
    let vectors: Vec<Value> =
        serde_json::from_str(include_str!("../../../../vectors/oauth2_client_auth.json")).unwrap();
    let keys = vectors.iter().find(|case| case["kind"] == "keys").unwrap();
    let all = keys["private_jwks"]["keys"].as_array().unwrap();
    all.iter().find(|key| key["crv"] == "P-256").unwrap().clone()
}

/// The server, with everything on that the peer can ask for.
pub(crate) async fn serve(private: &Value) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let signer = LocalSigner::generate(Algorithm::Es256, "server").unwrap();
    let mut config = Config::new(issuer.clone());
    config.insecure_loopback = true;
    config.scopes = "photos".parse().unwrap();
    config.keys = ServerKeys::always([7; 32]);
    config.resource_servers = vec!["keyed".into()];
    config.registration = Some(RegistrationPolicy::for_applications("photos".parse().unwrap()));
    config.policy.require_dpop_nonce = true;
    config.signing = KeyRing::new([RingKey::always(signer.public().unwrap())]).unwrap();
    config.resources = vec![Resource { token: TokenFormat::Jwt, ..Resource::new(API) }];
    let server = AuthorizationServer::new(config).unwrap();

    let store = IssuerStore::new(Arc::new(MemoryStore::new()), issuer.as_str());
    let mut public = private.clone();
    public.as_object_mut().unwrap().remove("d");
    let client = Client {
        name: "Photo Printer".into(),
        authentication: Authentication::PrivateKeyJwt,
        keys: Some(ClientKeys::Jwks(JsonText::of(&json!({ "keys": [public] })))),
        redirect_uris: vec![CALLBACK.into()],
        grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::TokenExchange],
        scopes: "photos".parse().unwrap(),
        ..Client::new("keyed")
    };
    let shared = Client {
        authentication: Authentication::SecretJwt { secret: SHARED.into() },
        grants: vec![GrantType::ClientCredentials],
        scopes: "photos".parse().unwrap(),
        ..Client::new("shared")
    };
    let device = Client {
        name: "Television".into(),
        grants: vec![GrantType::DeviceCode],
        scopes: "photos".parse().unwrap(),
        ..Client::new("device")
    };
    for client in [client, shared, device] {
        client.check().unwrap();
        store.register_oauth2(client).await.unwrap();
    }
    let mut users = MemoryUsers::new().unwrap();
    users.add(USER, &Secret::new(PASSWORD)).unwrap();
    let pages = Arc::new(LoginConsent::new(&issuer, Arc::new(users), store.clone()).unwrap());
    let service =
        ProviderService::new(store, pages).oauth2(server).signing_keys(Arc::new(LocalKeys::new([signer])));
    tokio::spawn(Server::new(listener).serve(service, std::future::pending()));
    issuer
}

/// What the scripts are told.
pub(crate) fn told(issuer: &Url, private: &Value) -> Value {
    json!({
        "issuer": issuer.as_str().trim_end_matches('/'),
        "client": { "client_id": "keyed", "jwk": private },
        "shared": { "client_id": "shared", "client_secret": SHARED },
        "device": { "client_id": "device" },
        "redirect_uri": CALLBACK,
        "resource": API,
        "scope": "photos",
        "username": USER,
        "password": PASSWORD,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn oauth4webapi_pushes_proves_introspects_and_revokes_at_our_server() {
    let Some(peers) = crate::peers() else { return };
    let private = key();
    let issuer = serve(&private).await;
    let told = told(&issuer, &private);
    let said =
        tokio::task::spawn_blocking(move || peers.node("oauth4webapi_server.mjs", &told)).await.unwrap();
    let checked = said["checked"].as_array().unwrap();
    for what in [
        "discovery",
        "pushed request, private_key_jwt",
        "nonce of the server",
        "code bound to a key",
        "at+jwt with a proof",
        "refresh",
        "introspection",
        "revocation",
        "client credentials, client_secret_jwt",
        "device",
        "token exchange",
        "signed request, pushed",
        "signed answer",
        "signed introspection",
        "registration",
    ] {
        assert!(checked.contains(&what.into()), "{what}: {said}");
    }
}
