//! The stage: a provider, an API, the backend at the origin of its page, one clock.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::Full;
use oauth_clock::ManualClock;
use oauth_hyper_client::backend::{Backend, BackendBody, MemorySessions, Session, Upstream, Whoami};
use oauth_hyper_client::{Client as Http, Resource, TokenStore as _};
use oauth_hyper_server::Server;
use oauth_sansio::{Digest, Timestamp};
use oauth2_core::client::{Client, Config, DpopKey, Kept, SignedMode, Tokens};
use oauth2_core::jose::{Algorithm, LocalSigner};
use rustls::pki_types::PrivateKeyDer;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

use crate::api::Api;
use crate::browser::Browser;
use crate::provider::Provider;

pub(crate) const START: u64 = 1_800_000_000;

/// What the stage is told before it opens.
pub(crate) struct Plan {
    /// Whether tokens are bound to a key, with nonces of both sides, requests are pushed, and answers signed.
    pub(crate) bound: bool,
    pub(crate) capacity: usize,
    pub(crate) backend: Box<dyn FnOnce(Backend) -> Backend + Send>,
}

impl Default for Plan {
    fn default() -> Self {
        Self { bound: false, capacity: 100, backend: Box::new(|backend| backend) }
    }
}

pub(crate) struct Stage {
    pub(crate) provider: Provider,
    pub(crate) api: Api,
    pub(crate) backend: Backend,
    /// The origin of the page and of its backend.
    pub(crate) app: Url,
    pub(crate) client: Client,
    pub(crate) sessions: MemorySessions,
    pub(crate) clock: Arc<ManualClock>,
    /// What reaches the backend over TLS, and the rest.
    pub(crate) http: Http,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::set(Plan::default()).await
    }

    /// With a change to the backend.
    pub(crate) async fn changed(change: impl FnOnce(Backend) -> Backend + Send + 'static) -> Self {
        Self::set(Plan { backend: Box::new(change), ..Plan::default() }).await
    }

    pub(crate) async fn set(plan: Plan) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::from_unix(START)));
        let (socket, app) = listen("https").await;
        let callback = app.join("/callback").unwrap().to_string();
        let provider = Provider::open(&clock, &[&callback], plan.bound).await;
        let api = Api::open(&provider, &clock, plan.bound).await;
        let (tls, trusting) = tls();
        let http = Http::with_tls(trusting).clock(clock.clone());

        let key = || DpopKey::local(LocalSigner::generate(Algorithm::Es256, "").unwrap()).unwrap();
        let client = provider
            .client(&callback, |config| {
                config.dpop = plan.bound.then(key);
                config.signed_answers = plan.bound.then_some(SignedMode::Query);
            })
            .await;
        let sessions = MemorySessions::new(plan.capacity);
        let resource = Resource::new(&format!("{}v1", api.url)).unwrap();
        let upstream = Upstream::new("/api/photos", resource).unwrap();
        let mut backend = Backend::new(Http::new().clock(clock.clone()), client.clone()).unwrap();
        backend = backend.asking(|request| request.scope("photos")).upstream(upstream);
        backend = backend.whoami(Arc::new(Scope)).sessions(Arc::new(sessions.clone()));
        if plan.bound {
            backend = backend.pushed();
        }
        let backend = (plan.backend)(backend);
        tokio::spawn(Server::new(socket).tls(tls).serve(backend.clone(), std::future::pending()));
        Self { provider, api, backend, app, client, sessions, clock, http }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.http.clone(), self.app.clone())
    }

    /// Somebody is logged in.
    pub(crate) async fn logged_in(&self) -> Browser {
        let mut browser = self.browser();
        browser.log_in("/").await;
        browser
    }

    /// The tokens of the session that a browser has.
    pub(crate) async fn tokens(&self, browser: &Browser) -> Option<Kept> {
        self.tokens_of(browser.cookie("__Host-backend-session")?).await
    }

    pub(crate) async fn tokens_of(&self, handle: &str) -> Option<Kept> {
        let name = Session::tokens_name(&self.key(handle));
        self.sessions.lock(&name).await.unwrap().load().await.unwrap()
    }

    /// A request of the page, as it comes to the backend.
    pub(crate) async fn straight(
        &self,
        browser: &Browser,
        method: Method,
        path: &str,
    ) -> Response<BackendBody> {
        ask(&self.backend, browser, method, path).await
    }

    /// What the session of a handle is stored under.
    pub(crate) fn key(&self, handle: &str) -> Digest {
        Session::key(&self.client, &handle.into())
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

/// Asks a backend without a socket in between.
pub(crate) async fn ask(
    backend: &Backend,
    browser: &Browser,
    method: Method,
    path: &str,
) -> Response<BackendBody> {
    let cookie = format!("__Host-backend-session={}", browser.cookie("__Host-backend-session").unwrap());
    let request = Request::builder().method(method).uri(path).header("x-csrf", "1");
    let request = request.header(header::COOKIE, cookie).body(Full::new(Bytes::new()));
    backend.answer(request.unwrap()).await
}

/// Who has logged in is told by what was granted.
struct Scope;

#[async_trait]
impl Whoami for Scope {
    async fn whoami(&self, tokens: &Tokens) -> Option<Value> {
        Some(json!({ "may": tokens.scope.as_ref()?.as_str() }))
    }
}

pub(crate) async fn listen(scheme: &str) -> (TcpListener, Url) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("{scheme}://{}", listener.local_addr().unwrap()).parse().unwrap();
    (listener, url)
}

/// A server that shows a certificate of its own, and a client that trusts it.
fn tls() -> (Arc<rustls::ServerConfig>, rustls::ClientConfig) {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let server = rustls::ServerConfig::builder().with_no_client_auth();
    let server = server.with_single_cert(vec![cert.der().clone()], key).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    (Arc::new(server), rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}

pub(crate) fn config(server: oauth2_core::client::Server) -> Config {
    Config::new(server, "app")
}
