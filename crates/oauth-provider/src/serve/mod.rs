//! A whole provider: from settings to a server that answers, and to its orderly end.
//!
//! Several processes may serve one issuer from one store: what they share lies there, keys included.

mod audit;
mod error;
mod follow;
mod front;
mod health;
mod meter;
mod metered;
mod pace;
mod parts;
mod storage;
mod sweep;
mod tls;
mod trace;

use std::net::SocketAddr;
use std::sync::Arc;

use oauth_clock::Clock;
use oauth_hyper_server::Server;
use oauth_sansio::Secret;
use oauth_store::{IssuerStore, Tenant};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use url::Url;

pub use error::StartError;
use follow::Follower;
use front::{Figures, Front};
use health::Health;
use meter::Meter;
use parts::Parts;
use tls::Identity;
use trace::Traces;

use crate::admin::{Admin, AdminError, AdminService};
use crate::config::Settings;
use crate::demonstration::{self, Demonstration};
use crate::playground::{self, Playground};
use crate::signing_keys::StoredKeys;
use crate::{Account, LoginConsent, StoredUsers, server_key};

/// A provider that is ready to answer: its ports are open, its store is there.
///
/// ```no_run
/// use std::sync::Arc;
/// use oauth_clock::SystemClock;
/// use oauth_provider::{Serving, config::Settings};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let settings = Settings::load(Some("oauth.toml".as_ref()), std::env::vars())?;
/// let serving = Serving::start(settings, Arc::new(SystemClock)).await?;
/// serving.run(async { /* until a signal comes */ }).await;
/// # Ok(()) }
/// ```
pub struct Serving {
    follower: Follower,
    health: Health,
    meter: Meter,
    server: Server,
    /// For clients with certificates.
    mutual: Option<Server>,
    tls: Option<Arc<Identity>>,
    reload: Arc<Notify>,
    figures: Option<Server>,
    admin: Option<(Server, AdminService)>,
    address: SocketAddr,
    demonstration: Option<Demonstration>,
}

impl Serving {
    /// Opens the store and the ports, and makes what is made once: keys, and what there is to play with.
    ///
    /// # Errors
    /// When something that the settings name cannot be used.
    pub async fn start(mut settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let origin = settings.origin()?;
        let issuer = settings.issuer_url()?.as_str().trim_end_matches('/').to_owned();
        let tls = settings.tls.as_ref().map(Identity::open).transpose()?;
        let meter = Meter::new();
        let (store, backups) = storage::open(&settings, Tenant::of(&issuer), &meter, &*clock).await?;
        let issuer = IssuerStore::new(store.clone(), &issuer);
        let server_keys = server_key::stored(&issuer, &*clock).await?;
        let keys = Arc::new(StoredKeys::new(issuer.clone(), clock.clone(), settings.rotation()));
        let current = keys.current().await?;

        let users = Arc::new(StoredUsers::new(issuer.clone(), clock.clone())?);
        let demonstration = match settings.development {
            true => Some(demonstration::set(&settings, &issuer, &users, &*clock).await?),
            false => None,
        };
        let words = settings.scopes.iter().map(|(scope, words)| (scope.as_str(), words.as_str()));
        let pages = LoginConsent::new(&origin, users.clone(), issuer.clone())?.clock(clock.clone());
        let pages = pages.scope_words(words);
        let mut account = Account::new(&pages);
        if let Some(proxy) = settings.proxy()? {
            account = account.behind(proxy);
        }
        let playground = match &demonstration {
            Some(Demonstration { username, .. }) => {
                Some(Playground::new(&pages, &settings, &issuer, clock.clone(), username).await?)
            }
            None => None,
        };
        if playground.is_some() {
            settings.resource_servers.push(playground::API_CLIENT_ID.to_owned());
        }
        let health = Health::new(store.clone());
        let traces = Traces::new(settings.proxy()?);
        let parts = Arc::new(Parts::new(settings, issuer, Arc::new(pages), clock));
        let provider = parts.provider(&current, server_keys.clone())?;
        let front =
            Front::new(provider, account, health.clone(), meter.clone(), traces).playground(playground);

        let settings = &parts.settings;
        let figures = match settings.metrics.listen {
            Some(address) => Some(Server::new(listen("metrics.listen", address).await?)),
            None => None,
        };
        let admin = match settings.admin.listen {
            Some(address) => {
                let token = storage::admin_token(settings, &*parts.clock)?;
                let oauth2 = parts.oauth2(&current, server_keys.clone())?;
                let admin = Admin::new(parts.store.clone(), oauth2).users(users).keys(keys.clone());
                let admin = admin.sealed(store).backups(backups).clock(parts.clock.clone());
                let listener = listen("admin.listen", address).await?;
                Some((Server::new(listener), AdminService::new(admin, &token)))
            }
            None => None,
        };
        let limits = &settings.limits;
        let bounded = |listener| {
            Server::new(listener)
                .header_timeout(limits.patience.duration())
                .max_connections(limits.connections)
                .grace(limits.grace.duration())
        };
        let mutual = settings.tls.as_ref().and_then(|tls| tls.mutual.as_ref()).zip(tls.as_ref());
        let mutual = match mutual {
            Some((told, tls)) => {
                let listener = listen("tls.mutual.listen", told.listen).await?;
                Some(tls.serve_mutual(bounded(listener))?)
            }
            None => None,
        };
        // Last: whoever reaches it reaches what is beside it, too.
        let listener = listen("listen", settings.listen).await?;
        let address = listener.local_addr().unwrap_or(settings.listen);
        let server = match &tls {
            Some(tls) => tls.serve(bounded(listener))?,
            None => bounded(listener),
        };
        let follower = Follower { keys, version: current.version, server_keys, parts, front };
        let reload = Arc::default();
        Ok(Self {
            follower,
            health,
            meter,
            server,
            mutual,
            tls,
            reload,
            figures,
            admin,
            address,
            demonstration,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where people and clients reach it.
    pub fn issuer(&self) -> Option<&Url> {
        self.follower.parts.settings.issuer.as_ref()
    }

    /// Where the operator's commands are taken, if they are.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.follower.parts.settings.admin.listen
    }

    /// The address of a link by which the operator comes in by a browser, once, within ten minutes; none where there are no
    /// pages. It is a secret.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn admin_link(&self) -> Result<Option<Secret>, AdminError> {
        let (Some((_, service)), Some(address)) = (&self.admin, self.admin_address()) else {
            return Ok(None);
        };
        Ok(Some(format!("http://{address}{}", service.link().await?.expose()).into()))
    }

    /// Has it read again what it has read from files and what may change: the certificate. It is done in a moment.
    pub fn reload(&self) -> impl Fn() + Send + 'static + use<> {
        let reload = self.reload.clone();
        move || reload.notify_one()
    }

    /// The person and the client to try things out with, where there are.
    pub fn demonstration(&self) -> Option<&Demonstration> {
        self.demonstration.as_ref()
    }

    /// Serves until `shutdown` comes. Then it says that it is not ready any more, waits for
    /// [`drain`](crate::config::Limits::drain), takes no new connection and finishes the requests in flight.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let Self { follower, health, meter, server, mutual, tls, reload, figures, admin, .. } = self;
        let (parts, front) = (follower.parts.clone(), follower.front.clone());
        // Dropped at the end, which ends them.
        let mut tasks = JoinSet::new();
        tasks.spawn(sweep::sweep(parts.store.store().clone(), parts.clock.clone()));
        tasks.spawn(follower.follow());
        if let Some(tls) = tls {
            tasks.spawn(tls.follow(reload, meter.clone()));
        }
        let (end, ended) = watch::channel(());
        let mut beside = JoinSet::new();
        if let Some(figures) = figures {
            let service = Figures { health: health.clone(), meter };
            beside.spawn(figures.serve(service, until(ended.clone())));
        }
        if let Some((server, service)) = admin {
            beside.spawn(server.serve(service, until(ended)));
        }
        let drain = parts.settings.limits.drain.duration();
        let (stop, stopped) = watch::channel(());
        let shutdown = async {
            shutdown.await;
            health.end();
            tokio::time::sleep(drain).await;
            drop(stop);
        };
        let mutual = mutual.map(|server| server.serve(front.clone().mutual(), until(stopped.clone())));
        let mutual = async {
            if let Some(mutual) = mutual {
                mutual.await;
            }
        };
        tokio::join!(shutdown, server.serve(front, until(stopped)), mutual);
        drop(end);
        while beside.join_next().await.is_some() {}
    }
}

/// Until whoever could tell the end is gone.
async fn until(mut ended: watch::Receiver<()>) {
    while ended.changed().await.is_ok() {}
}

async fn listen(key: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { key, address, source })
}

impl std::fmt::Debug for Serving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Serving").field("address", &self.address).finish_non_exhaustive()
    }
}
