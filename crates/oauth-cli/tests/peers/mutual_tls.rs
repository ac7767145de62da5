//! `oauth4webapi` is known by the certificate of its connection.

use std::sync::Arc;

use oauth_hyper_server::{ProviderService, Server};
use oauth_provider::{LoginConsent, MemoryUsers};
use oauth_store::{IssuerStore, MemoryStore};
use oauth2_core::server::{
    Authentication, AuthorizationServer, CertificateSubject, Client, Config, GrantType, MutualTls,
};
use serde_json::json;
use tokio::net::TcpListener;
use url::Url;

use crate::tls;

#[tokio::test(flavor = "multi_thread")]
async fn oauth4webapi_is_known_by_its_certificate() {
    let Some(peers) = crate::peers() else { return };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer: Url = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
    let tls::Mutual { server: settings, authorities, authority, certificate, key } = tls::mutual("machine");

    let mut config = Config::new(issuer.clone());
    config.scopes = "photos".parse().unwrap();
    config.mutual_tls = Some(MutualTls::default());
    config.resource_servers = vec!["machine".into()];
    let server = AuthorizationServer::new(config).unwrap();
    let store = IssuerStore::new(Arc::new(MemoryStore::new()), issuer.as_str());
    let client = Client {
        authentication: Authentication::TlsClientAuth {
            subject: CertificateSubject::Name("CN=machine".into()),
        },
        grants: vec![GrantType::ClientCredentials],
        scopes: "photos".parse().unwrap(),
        ..Client::new("machine")
    };
    client.check().unwrap();
    store.register_oauth2(client).await.unwrap();
    let pages = LoginConsent::new(&issuer, Arc::new(MemoryUsers::new().unwrap()), store.clone()).unwrap();
    let service = ProviderService::new(store, Arc::new(pages)).oauth2(server);
    let serving = Server::new(listener).tls(settings).client_authorities(authorities);
    tokio::spawn(serving.serve(service, std::future::pending()));

    let told = json!({
        "issuer": issuer.as_str().trim_end_matches('/'),
        "client_id": "machine",
        "scope": "photos",
        "authority": authority,
        "certificate": certificate,
        "key": key,
    });
    let said = tokio::task::spawn_blocking(move || peers.node("mutual_tls.mjs", &told)).await.unwrap();
    let checked = said["checked"].as_array().unwrap();
    for what in ["tls_client_auth", "token bound to the certificate", "nothing without it"] {
        assert!(checked.contains(&what.into()), "{what}: {said}");
    }
}
