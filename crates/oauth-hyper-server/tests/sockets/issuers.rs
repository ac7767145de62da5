//! Several issuers in one process, on one listener and one store.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use oauth_hyper_server::{Issuers, ProviderService, Server};
use oauth_sansio::{Outgoing, Secret};
use oauth_store::{IssuerStore, MemoryStore, Store};
use oauth2_core::server::{
    Authentication, AuthorizationServer, Client, Config, GrantType, Paths, SecretMethods,
};
use serde_json::Value;
use tokio::net::TcpListener;
use url::Url;

use crate::common::{StubPages, form_post};

const SECRET: &str = "256 random bits, they say";

/// A provider whose one client is called `app` everywhere, and asks about tokens as well.
async fn provider(store: &Arc<dyn Store>, issuer: &str, paths: Paths) -> ProviderService {
    let mut config = Config::new(issuer.parse().unwrap());
    config.scopes = "photos".parse().unwrap();
    config.resource_servers = vec!["app".into()];
    config.insecure_loopback = true;
    config.paths = paths;
    let server = AuthorizationServer::new(config).unwrap();
    let store = IssuerStore::new(store.clone(), &server.metadata().issuer);
    let client = Client {
        authentication: Authentication::secret(&Secret::new(SECRET), SecretMethods::Post),
        grants: vec![GrantType::ClientCredentials],
        scopes: "photos".parse().unwrap(),
        ..Client::new("app")
    };
    client.check().unwrap();
    store.register_oauth2(client).await.unwrap();
    ProviderService::new(store, Arc::new(StubPages)).oauth2(server)
}

async fn listen() -> (TcpListener, Url) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    (listener, url)
}

async fn send(mut request: Request<Bytes>, host: Option<&str>) -> Response<Bytes> {
    if let Some(host) = host {
        request.headers_mut().insert(header::HOST, host.parse().unwrap());
    }
    oauth_hyper_client::Client::new().send(Outgoing::once(request)).await.unwrap()
}

fn json(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

async fn token(url: &Url, host: Option<&str>) -> String {
    let fields = [("grant_type", "client_credentials"), ("client_id", "app"), ("client_secret", SECRET)];
    let answer = send(form_post(url, &fields), host).await;
    assert_eq!(answer.status(), StatusCode::OK);
    json(&answer)["access_token"].as_str().unwrap().to_owned()
}

async fn is_active(url: &Url, host: Option<&str>, token: &str) -> bool {
    let fields = [("token", token), ("client_id", "app"), ("client_secret", SECRET)];
    json(&send(form_post(url, &fields), host).await)["active"] == true
}

#[tokio::test]
async fn z09_issuers_with_paths_of_their_own_share_a_listener_a_store_and_no_token() {
    let (listener, url) = listen().await;
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let at = |path: &str| url.join(path).unwrap();
    let one = provider(&store, at("/one").as_str(), Paths::below("/one")).await;
    let two = provider(&store, at("/two").as_str(), Paths::below("/two")).await;
    tokio::spawn(Server::new(listener).serve(Issuers::new([one, two]), std::future::pending()));

    for name in ["one", "two"] {
        let place = at(&format!("/.well-known/oauth-authorization-server/{name}"));
        let answer = send(Request::get(place.as_str()).body(Bytes::new()).unwrap(), None).await;
        assert_eq!(json(&answer)["issuer"], at(name).as_str());
        assert_eq!(json(&answer)["token_endpoint"], at(&format!("/{name}/oauth2/token")).as_str());
    }
    let ours = token(&at("/one/oauth2/token"), None).await;
    assert!(is_active(&at("/one/oauth2/introspect"), None, &ours).await);
    assert!(!is_active(&at("/two/oauth2/introspect"), None, &ours).await);
    let nowhere = send(form_post(&at("/oauth2/token"), &[]), None).await;
    assert_eq!(nowhere.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn z09_issuers_with_hosts_of_their_own_are_told_apart_by_what_is_configured() {
    let (listener, url) = listen().await;
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let one = provider(&store, "https://one.example", Paths::default()).await;
    let two = provider(&store, "https://two.example:8443", Paths::default()).await;
    tokio::spawn(Server::new(listener).serve(Issuers::new([one, two]), std::future::pending()));

    let place = url.join("/.well-known/oauth-authorization-server").unwrap();
    for (host, issuer) in [
        ("one.example", Some("https://one.example")),
        ("ONE.example", Some("https://one.example")),
        ("two.example:8443", Some("https://two.example:8443")),
        ("two.example", None),
        ("evil.example", None),
    ] {
        let answer = send(Request::get(place.as_str()).body(Bytes::new()).unwrap(), Some(host)).await;
        match issuer {
            Some(issuer) => assert_eq!(json(&answer)["issuer"], issuer),
            None => assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{host}"),
        }
    }
    let (endpoint, introspection) =
        (url.join("/oauth2/token").unwrap(), url.join("/oauth2/introspect").unwrap());
    let ours = token(&endpoint, Some("one.example")).await;
    assert!(is_active(&introspection, Some("one.example"), &ours).await);
    assert!(!is_active(&introspection, Some("two.example:8443"), &ours).await);
}
