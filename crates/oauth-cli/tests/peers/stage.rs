//! A provider and an API, over TLS, that take every signature method there is.

use std::path::PathBuf;
use std::sync::Arc;

use oauth_cli::demo::{CLIENT_ID, PASSWORD, USER};
use oauth_hyper_server::{Protect, ProviderService, Server};
use oauth_provider::{LoginConsent, MemoryUsers};
use oauth_sansio::Secret;
use oauth_store::{IssuerStore, MemoryStore};
use oauth1_core::signature::rsa::{PrivateKey, Rsa};
use oauth1_core::signature::{AllowedMethods, Methods, Plaintext, SignatureMethod};
use oauth1_core::{resource, server};
use tokio::net::TcpListener;
use tower_layer::Layer as _;
use url::Url;

use crate::photos::Photos;
use crate::tls;

/// Where people are sent back to; nobody listens there.
pub(crate) const CALLBACK: &str = "http://127.0.0.1:1/ready?from=provider";
/// The application's private key.
pub(crate) const PRIVATE_KEY: &str = include_str!("../../../oauth1-core/tests/keys/client.pem");

pub(crate) struct Stage {
    pub(crate) provider: Url,
    pub(crate) api: Url,
    pub(crate) secret: Secret,
    /// A file with the authority that vouches for both servers.
    pub(crate) authority: PathBuf,
}

impl Stage {
    pub(crate) async fn set(name: &str) -> Self {
        let (tls, authority) = tls::server(name);
        let (provider_socket, provider) = listen().await;
        let (api_socket, api) = listen().await;
        let secret = Secret::new("a secret: 100% + \"more\" ü");
        let store = IssuerStore::new(Arc::new(MemoryStore::new()), provider.as_str());
        store.register_oauth1(client(&secret)).await.unwrap();

        let mut users = MemoryUsers::new().unwrap();
        users.add(USER, &Secret::new(PASSWORD)).unwrap();
        let pages = Arc::new(LoginConsent::new(&provider, Arc::new(users), store.clone()).unwrap());
        let config = server::Config { methods: methods(), ..server::Config::new(provider.clone()) };
        let service =
            ProviderService::new(store.clone(), pages).oauth1(server::Provider::new(config).unwrap());
        tokio::spawn(Server::new(provider_socket).tls(tls.clone()).serve(service, std::future::pending()));

        let config = resource::Config { methods: methods(), ..resource::Config::new(api.clone()) };
        let photos = Protect::new(store).oauth1(resource::Verifier::new(config).unwrap()).layer(Photos);
        tokio::spawn(Server::new(api_socket).tls(tls).serve(photos, std::future::pending()));
        Self { provider, api, secret, authority }
    }
}

async fn listen() -> (TcpListener, Url) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
    (listener, url)
}

fn client(secret: &Secret) -> server::Client {
    server::Client {
        client_id: CLIENT_ID.into(),
        name: "Photo Printer".into(),
        secret: secret.clone(),
        public_key: Some(PrivateKey::from_pem(PRIVATE_KEY).unwrap().public_key().unwrap()),
        callbacks: server::Callbacks::Registered(vec![CALLBACK.into()]),
        methods: AllowedMethods::new(methods().names()),
    }
}

fn methods() -> Methods {
    let more: [Arc<dyn SignatureMethod>; 4] =
        [Arc::new(Plaintext), Arc::new(Rsa::sha1()), Arc::new(Rsa::sha256()), Arc::new(Rsa::sha512())];
    more.into_iter().fold(Methods::recommended(), |methods, method| methods.with(method))
}
