//! A stage: a provider and a protected API, each on a port of its own, with one store, one clock and one application
//! that is registered for both protocols.

mod api;
mod application;
mod browser;
mod flaky;
pub(crate) mod line;
mod pages;
mod raw;
mod rewritten;
mod tls;

use std::sync::Arc;

use oauth_clock::{Clock as _, ManualClock};
use oauth_hyper_client::Client;
use oauth_hyper_server::{Limits, Nobody, Operator, Protect, ProviderService, Server};
use oauth_sansio::{Moment, Secret, Timestamp};
use oauth_store::{IssuerStore, Store};
use oauth1_core::signature::{AllowedMethods, Methods, Plaintext};
use tokio::net::TcpListener;
use tower_layer::Layer as _;
use url::Url;

pub(crate) use api::Photos;
pub(crate) use application::form_post;
pub(crate) use browser::{Browser, location};
pub(crate) use flaky::{Failure, Flaky};
pub(crate) use line::Line;
pub(crate) use pages::{LOGGED_IN, PASSWORD, StubPages};
pub(crate) use raw::Raw;
use rewritten::Rewritten;

pub(crate) const CLIENT_ID: &str = "photo-printer";
pub(crate) const CALLBACK: &str = "https://printer.example.com/ready";
pub(crate) const SCOPE: &str = "photos";
pub(crate) const START: u64 = 1_800_000_000;

/// What the servers are told before they open.
pub(crate) struct Plan {
    pub(crate) store: Arc<dyn Store>,
    /// The protocols that TLS offers; `None` for plain http on loopback.
    pub(crate) tls: Option<&'static [&'static str]>,
    pub(crate) limits: Limits,
    pub(crate) server: fn(Server) -> Server,
    pub(crate) provider1: fn(&mut oauth1_core::server::Config),
    pub(crate) resource1: fn(&mut oauth1_core::resource::Config),
    pub(crate) server2: fn(&mut oauth2_core::server::Config),
    pub(crate) operator: Arc<dyn Operator>,
    pub(crate) clock: Arc<ManualClock>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            store: Arc::new(Rewritten::new()),
            tls: None,
            limits: Limits::default(),
            server: |server| server,
            provider1: |_| {},
            resource1: |_| {},
            server2: |_| {},
            operator: Arc::new(Nobody),
            clock: Arc::new(ManualClock::at(Timestamp::from_unix(START))),
        }
    }
}

/// The servers, and what the application knows of them.
pub(crate) struct Stage {
    pub(crate) provider: Url,
    pub(crate) api: Url,
    pub(crate) secret: Secret,
    pub(crate) store: IssuerStore,
    pub(crate) clock: Arc<ManualClock>,
    /// The application's way out; what passes is kept.
    pub(crate) line: Line,
    pub(crate) is_secure: bool,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::set(Plan::default()).await
    }

    pub(crate) async fn set(plan: Plan) -> Self {
        let Plan { store, tls, limits, server, provider1, resource1, server2, operator, clock } = plan;
        let is_secure = tls.is_some();
        let (provider_socket, provider) = listen(is_secure).await;
        let (api_socket, api) = listen(is_secure).await;
        let secret = clock.moment().unwrap().entropy().text();
        let store = IssuerStore::new(store, provider.as_str());
        register(&store, &secret).await;

        let (tls, client) = match tls {
            Some(protocols) => {
                let (server, client) = tls::pair(protocols);
                (Some(server), Client::with_tls(client))
            }
            None => (None, Client::new()),
        };
        let open = |listener| {
            let server = server(Server::new(listener));
            match &tls {
                Some(tls) => server.tls(tls.clone()),
                None => server,
            }
        };
        let service = ProviderService::with_clock(store.clone(), Arc::new(StubPages), clock.clone())
            .oauth1(oauth1_provider(&provider, is_secure, provider1))
            .oauth2(oauth2_server(&provider, is_secure, server2))
            .operator(operator)
            .limits(limits);
        tokio::spawn(open(provider_socket).serve(service, std::future::pending()));
        let photos =
            protect(&store, &api, is_secure, resource1).clock(clock.clone()).limits(limits).layer(Photos);
        tokio::spawn(open(api_socket).serve(photos, std::future::pending()));

        let line = Line::new(client.clock(clock.clone()), clock.clone());
        Self { provider, api, secret, store, clock, line, is_secure }
    }

    pub(crate) fn moment(&self) -> Moment {
        self.clock.moment().unwrap()
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.line.clone())
    }
}

async fn listen(is_secure: bool) -> (TcpListener, Url) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let scheme = if is_secure { "https" } else { "http" };
    let url = format!("{scheme}://{}", listener.local_addr().unwrap()).parse().unwrap();
    (listener, url)
}

async fn register(store: &IssuerStore, secret: &Secret) {
    use oauth1_core::server as core1;
    use oauth2_core::server as core2;

    let name = "Photo Printer";
    let client1 = core1::Client {
        client_id: CLIENT_ID.into(),
        name: name.into(),
        secret: secret.clone(),
        public_key: None,
        callbacks: core1::Callbacks::Registered(vec![CALLBACK.into(), "oob".into()]),
        methods: AllowedMethods::new(["HMAC-SHA1", "PLAINTEXT"]),
    };
    let client2 = core2::Client {
        client_id: CLIENT_ID.into(),
        name: name.into(),
        authentication: core2::Authentication::secret(secret, core2::SecretMethods::Both),
        redirect_uris: vec![CALLBACK.into()],
        application: core2::Application::Web,
        grants: vec![
            core2::GrantType::AuthorizationCode,
            core2::GrantType::RefreshToken,
            core2::GrantType::ClientCredentials,
            core2::GrantType::DeviceCode,
            core2::GrantType::OAuth1Migration,
        ],
        migrates_from: vec![CLIENT_ID.into()],
        scopes: SCOPE.parse().unwrap(),
        ..core2::Client::new("")
    };
    client2.check().unwrap();
    store.register_oauth1(client1).await.unwrap();
    store.register_oauth2(client2).await.unwrap();
}

fn methods() -> Methods {
    Methods::recommended().with(Arc::new(Plaintext))
}

fn oauth1_provider(
    origin: &Url,
    is_secure: bool,
    change: fn(&mut oauth1_core::server::Config),
) -> oauth1_core::server::Provider {
    let mut config = oauth1_core::server::Config::new(origin.clone());
    config.realms = vec![SCOPE.into()];
    config.methods = methods();
    config.insecure_loopback = !is_secure;
    change(&mut config);
    oauth1_core::server::Provider::new(config).unwrap()
}

fn oauth2_server(
    issuer: &Url,
    is_secure: bool,
    change: fn(&mut oauth2_core::server::Config),
) -> oauth2_core::server::AuthorizationServer {
    let mut config = oauth2_core::server::Config::new(issuer.clone());
    config.scopes = SCOPE.parse().unwrap();
    let realms = [(SCOPE.to_owned(), config.scopes.clone())].into();
    config.migration = Some(oauth2_core::server::Migration { realms, ..Default::default() });
    config.insecure_loopback = !is_secure;
    change(&mut config);
    oauth2_core::server::AuthorizationServer::new(config).unwrap()
}

fn protect(
    store: &IssuerStore,
    origin: &Url,
    is_secure: bool,
    change: fn(&mut oauth1_core::resource::Config),
) -> Protect {
    let mut oauth1 = oauth1_core::resource::Config::new(origin.clone());
    oauth1.methods = methods();
    oauth1.insecure_loopback = !is_secure;
    change(&mut oauth1);
    let oauth2 = oauth2_core::resource::Config {
        realm: Some("photos".into()),
        scopes: SCOPE.parse().unwrap(),
        ..Default::default()
    };
    Protect::new(store.clone())
        .oauth1(oauth1_core::resource::Verifier::new(oauth1).unwrap())
        .oauth2(oauth2_core::resource::Verifier::new(oauth2).unwrap())
}
