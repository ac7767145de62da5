//! The authorization server, as the protocol wants it.

use std::sync::Arc;

use oauth_cli::demo::{PASSWORD, USER};
use oauth_clock::SystemClock;
use oauth_hyper_server::{Caching, LocalKeys, ProviderService, Server, WebFetcher};
use oauth_provider::{LoginConsent, MemoryUsers};
use oauth_sansio::Secret;
use oauth_store::{IssuerStore, MemoryStore};
use oauth2_core::{
    jose::{Algorithm, LocalSigner},
    server::{
        AuthorizationServer, Config, DocumentClients, KeyRing, Profile, RegistrationPolicy, Resource,
        RingKey, TokenFormat,
    },
};
use tokio::net::TcpListener;
use url::Url;

use crate::description::Description;

const SCOPE: &str = "photos";

pub(crate) struct Provider<'d> {
    pub(crate) issuer: Url,
    /// The server that its tokens are for.
    pub(crate) resource: String,
    /// The description that it can read; without one, applications register.
    pub(crate) description: Option<&'d Description>,
}

impl Provider<'_> {
    pub(crate) async fn serve(self, socket: TcpListener) {
        let Self { issuer, resource, description } = self;
        let signer = LocalSigner::generate(Algorithm::Es256, "now").unwrap();
        let mut config = Config::new(issuer.clone());
        config.insecure_loopback = true;
        config.scopes = SCOPE.parse().unwrap();
        config.policy = Profile::Mcp.policy();
        config.policy.client_id_metadata_documents = description.is_some();
        config.document_clients =
            DocumentClients { scopes: SCOPE.parse().unwrap(), ..DocumentClients::default() };
        config.registration = Some(RegistrationPolicy::for_applications(SCOPE.parse().unwrap()));
        config.resources = vec![Resource { token: TokenFormat::Jwt, ..Resource::new(resource) }];
        config.signing = KeyRing::new([RingKey::always(signer.public().unwrap())]).unwrap();

        let mut users = MemoryUsers::new().unwrap();
        users.add(USER, &Secret::new(PASSWORD)).unwrap();
        let store = IssuerStore::new(Arc::new(MemoryStore::new()), issuer.as_str());
        let pages = Arc::new(LoginConsent::new(&issuer, Arc::new(users), store.clone()).unwrap());
        let server = AuthorizationServer::new(config).unwrap();
        let service = ProviderService::new(store, pages).oauth2(server);
        let mut service = service.signing_keys(Arc::new(LocalKeys::new([signer])));
        if let Some(description) = description {
            let web = WebFetcher::with(description.client(), Caching::default(), Arc::new(SystemClock));
            service = service.fetcher(Arc::new(web));
        }
        tokio::spawn(Server::new(socket).serve(service, std::future::pending()));
    }
}
