//! Our own provider, and Ann, who allows whatever she is asked.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::Response;
use oauth_clock::ManualClock;
use oauth_hyper_client::Client as Http;
use oauth_hyper_server::{LocalKeys, Pages, ProviderService, Server, Turn, Visit};
use oauth_sansio::{Answer, Prompt};
use oauth_store::{IssuerStore, MemoryStore};
use oauth2_core::client::{Client, ClientAuthentication, Config, Discovery, Server as Found};
use oauth2_core::jose::{Algorithm, LocalSigner};
use oauth2_core::metadata::Transport;
use oauth2_core::server::{self as core, AuthorizationServer, KeyRing, RingKey, ServerKeys};
use url::Url;

use crate::stage::listen;

pub(crate) const SECRET: &str = "a-generated-secret-of-more-than-128-bits";

pub(crate) struct Provider {
    pub(crate) url: Url,
    pub(crate) store: IssuerStore,
    pub(crate) keys: ServerKeys,
}

impl Provider {
    pub(crate) async fn open(clock: &Arc<ManualClock>, callbacks: &[&str], bound: bool) -> Self {
        let (socket, url) = listen("http").await;
        let keys = ServerKeys::always([3; 32]);
        let mut config = core::Config::new(url.clone());
        config.insecure_loopback = true;
        config.scopes = "photos".parse().unwrap();
        config.keys = keys.clone();
        config.policy.require_dpop_nonce = bound;
        config.policy.require_pushed_authorization_requests = bound;
        let signer = LocalSigner::generate(Algorithm::Es256, "theirs").unwrap();
        config.signing = KeyRing::new([RingKey::always(signer.public().unwrap())]).unwrap();
        let store = IssuerStore::new(Arc::new(MemoryStore::new()), url.as_str());
        let client = core::Client {
            authentication: core::Authentication::secret(&SECRET.into(), core::SecretMethods::Basic),
            redirect_uris: callbacks.iter().map(|callback| (*callback).to_owned()).collect(),
            application: core::Application::Web,
            grants: vec![core::GrantType::AuthorizationCode, core::GrantType::RefreshToken],
            scopes: "photos".parse().unwrap(),
            ..core::Client::new("app")
        };
        store.register_oauth2(client).await.unwrap();
        let service = ProviderService::with_clock(store.clone(), Arc::new(Ann), clock.clone());
        let service = service.oauth2(AuthorizationServer::new(config).unwrap());
        let service = service.signing_keys(Arc::new(LocalKeys::new([signer])));
        tokio::spawn(Server::new(socket).serve(service, std::future::pending()));
        Self { url, store, keys }
    }

    pub(crate) fn issuer(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }

    /// A client by what the provider says of itself.
    pub(crate) async fn client(&self, callback: &str, change: impl FnOnce(&mut Config)) -> Client {
        const LOOPBACK: Transport = Transport::HttpsOrInsecureLoopback;
        let found = Http::new().run(Discovery::new(self.issuer(), LOOPBACK).unwrap()).await.unwrap();
        let mut config = crate::stage::config(Found::from_metadata(&found, LOOPBACK).unwrap());
        config.authentication = ClientAuthentication::SecretBasic(SECRET.into());
        config.redirect_uri = Some(callback.to_owned());
        change(&mut config);
        Client::new(config).unwrap()
    }
}

struct Ann;

#[async_trait]
impl Pages for Ann {
    async fn interact(&self, _: &Prompt, visit: &Visit<'_>) -> Turn {
        match visit.form().unwrap_or_default().one("decision") {
            Ok(Some("allow")) => Turn::Answer(Answer::allowed("ann")),
            Ok(Some("deny")) => Turn::Answer(Answer::Denied),
            _ => Turn::Page(Response::new(Bytes::from_static(b"may it?"))),
        }
    }
}
