//! The stage: three servers on loopback, one person, one registered application.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Context as _;
use http::Uri;
use oauth_clock::{Clock as _, SystemClock};
use oauth_hyper_server::{Protect, ProviderService, Server};
use oauth_provider::{LoginConsent, MemoryUsers};
use oauth_sansio::Secret;
use oauth_store::{IssuerStore, MemoryStore};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tower_layer::Layer as _;
use url::Url;

use super::{api, app};

/// Who can log in.
pub const USER: &str = "ann";
/// And how.
pub const PASSWORD: &str = "correct horse battery staple";
/// The application, registered for both protocols.
pub const CLIENT_ID: &str = "photo-printer";

/// The servers, and what the application knows of them.
pub struct Stage {
    /// The provider's origin, and its issuer with a slash behind it.
    pub provider: Url,
    /// The API's origin.
    pub api: Url,
    /// Where the application takes people back.
    pub callback: Url,
    /// The application's secret.
    pub secret: Secret,
    /// What the provider keeps; a test may register more clients in it.
    pub store: IssuerStore,
    /// The addresses at which people come back.
    pub visits: mpsc::Receiver<Uri>,
}

impl Stage {
    /// Opens the ports, registers the application, serves.
    ///
    /// # Errors
    /// When a port is taken.
    pub async fn set(port: Option<u16>) -> anyhow::Result<Self> {
        let (provider_socket, provider) = listen(port, 0).await?;
        let (api_socket, api) = listen(port, 1).await?;
        let (app_socket, app) = listen(port, 2).await?;
        let callback = app.join(app::CALLBACK)?;
        let secret = SystemClock.moment()?.entropy().text();

        let store = IssuerStore::new(Arc::new(MemoryStore::new()), provider.as_str());
        register(&store, &callback, &secret).await?;
        let mut users = MemoryUsers::new()?;
        users.add(USER, &Secret::new(PASSWORD))?;
        let pages = Arc::new(LoginConsent::new(&provider, Arc::new(users), store.clone())?);
        let service =
            ProviderService::new(store.clone(), pages).oauth1(oauth1(&provider)?).oauth2(oauth2(&provider)?);
        tokio::spawn(Server::new(provider_socket).serve(service, std::future::pending()));

        let photos = protect(store.clone(), &api)?.layer(api::Photos);
        tokio::spawn(Server::new(api_socket).serve(photos, std::future::pending()));
        Ok(Self { provider, api, callback, secret, store, visits: app::serve(app_socket) })
    }
}

async fn listen(port: Option<u16>, offset: u16) -> anyhow::Result<(TcpListener, Url)> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port.map_or(0, |port| port + offset)));
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}; choose other ports with --port, or leave it out for free ones")
    })?;
    let url = Url::parse(&format!("http://{}", listener.local_addr()?))?;
    Ok((listener, url))
}

async fn register(store: &IssuerStore, callback: &Url, secret: &Secret) -> anyhow::Result<()> {
    use oauth1_core::server as core1;
    use oauth2_core::server as core2;

    let name = "Photo Printer";
    let client1 = core1::Client {
        client_id: CLIENT_ID.into(),
        name: name.into(),
        secret: secret.clone(),
        public_key: None,
        callbacks: core1::Callbacks::Registered(vec![callback.to_string()]),
        methods: Default::default(),
    };
    let client2 = core2::Client {
        client_id: CLIENT_ID.into(),
        name: name.into(),
        authentication: core2::Authentication::secret(secret, core2::SecretMethods::Basic),
        redirect_uris: vec![callback.to_string()],
        application: core2::Application::Web,
        grants: vec![core2::GrantType::AuthorizationCode, core2::GrantType::RefreshToken],
        scopes: api::SCOPE.parse()?,
        ..core2::Client::new("")
    };
    store.register_oauth1(client1).await?;
    store.register_oauth2(client2).await?;
    Ok(())
}

fn oauth1(origin: &Url) -> anyhow::Result<oauth1_core::server::Provider> {
    let mut config = oauth1_core::server::Config::new(origin.clone());
    config.realms = vec![api::SCOPE.into()];
    config.insecure_loopback = true;
    Ok(oauth1_core::server::Provider::new(config)?)
}

fn oauth2(issuer: &Url) -> anyhow::Result<oauth2_core::server::AuthorizationServer> {
    let mut config = oauth2_core::server::Config::new(issuer.clone());
    config.scopes = api::SCOPE.parse()?;
    config.insecure_loopback = true;
    Ok(oauth2_core::server::AuthorizationServer::new(config)?)
}

fn protect(store: IssuerStore, origin: &Url) -> anyhow::Result<Protect> {
    let mut oauth1 = oauth1_core::resource::Config::new(origin.clone());
    oauth1.insecure_loopback = true;
    let oauth2 = oauth2_core::resource::Config {
        realm: Some("photos".into()),
        scopes: api::SCOPE.parse()?,
        ..Default::default()
    };
    Ok(Protect::new(store)
        .oauth1(oauth1_core::resource::Verifier::new(oauth1)?)
        .oauth2(oauth2_core::resource::Verifier::new(oauth2)?))
}
