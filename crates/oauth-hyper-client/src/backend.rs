//! The backend of an application in a browser page, also known as a backend for frontend (RFC 10017 section 6.1).
//!
//! A page cannot keep a secret: what its scripts can read, a script that somebody slipped in can read, too. So the tokens stay
//! here. The page has a cookie that no script sees, and asks for its APIs through the [`Backend`], which puts the token in.
//!
//! ```text
//! GET  /login?return_to=/photos   sends the browser to the provider
//! GET  (the redirect URI)         the browser comes back, gets the cookie, and goes on to /photos
//! GET  /session                   whether somebody is logged in:  {"active":true,"expires_in":3600,"person":…}
//! POST /logout                    ends the session, and revokes its tokens
//! …    /api/photos/7              goes on to the API, with a token
//! ```
//!
//! All but the first two are for scripts of our own page: they bring a header that pages of others cannot send,
//! `X-CSRF: 1`, and come from the origin of the redirect URI, which is the page's as well. Whoever is not logged in gets 401,
//! and the page goes to `/login` by navigating there.
//!
//! ```no_run
//! use oauth_hyper_client::backend::{Backend, Upstream};
//! use oauth_hyper_client::{Client as Http, Resource};
//! use oauth2_core::client::Client;
//!
//! /// A hyper and tower service. `client` has credentials and a redirect URI, `https://app.example.com/callback` say.
//! fn backend(client: Client) -> Result<Backend, Box<dyn std::error::Error>> {
//!     let photos = Upstream::new("/api/photos", Resource::new("https://photos.example.com/v1")?)?;
//!     Ok(Backend::new(Http::new(), client)?.asking(|request| request.scope("photos")).upstream(photos))
//! }
//! ```
//!
//! `SameSite=Strict` keeps the cookie of the session from the request that follows the login: the browser still comes from
//! the provider. The page that it loads needs no cookie; its scripts, which then ask, have one.

mod answer;
mod bounded;
mod cookies;
mod failed;
mod forward;
mod keepers;
mod login;
mod memory;
mod own_page;
mod path;
mod return_to;
mod session;
mod store;
mod upstream;

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderName, Method, Request, Response};
use http_body_util::{Either, Full, Limited};
use hyper::body::{Body, Incoming};
use oauth2_core::client::{self, AuthorizationRequest, Keeper, SignedMode, Tokens};
use serde_json::Value;
use tower_service::Service;
use tracing::Instrument as _;
use url::Url;

pub use memory::MemorySessions;
pub use store::{Session, SessionStore, WaitingLogin};
pub use upstream::Upstream;

use crate::Client;
use cookies::Cookies;
use failed::Failed;
use keepers::Keepers;

/// The backend of an application, as a hyper and tower service. Clones share everything.
///
/// Requests to other paths get 404; to put the page itself beside it, call [`serves`](Self::serves) first. It wants to see
/// paths as the browser does: mount it where none is shortened.
#[derive(Clone)]
pub struct Backend(Arc<Parts>);

#[derive(Clone)]
struct Parts {
    http: Client,
    client: client::Client,
    keeper: Keeper,
    keepers: Arc<Keepers>,
    sessions: Arc<dyn SessionStore>,
    cookies: Cookies,
    origin: Url,
    /// The path of the redirect URI.
    callback: String,
    /// What the paths of the others begin with.
    base: String,
    header: HeaderName,
    upstreams: Vec<Upstream>,
    asking: Arc<Asking>,
    is_pushed: bool,
    whoami: Option<Arc<dyn Whoami>>,
    idle: Duration,
    absolute: Duration,
}

type Asking = dyn for<'c> Fn(AuthorizationRequest<'c>) -> AuthorizationRequest<'c> + Send + Sync;

/// The body of an answer: the backend's own, or that of an API as it comes.
pub type BackendBody = Either<Full<Bytes>, Limited<Incoming>>;

/// Says who it is that has logged in.
#[async_trait]
pub trait Whoami: Send + Sync {
    /// What the page is told of the person, by what the provider says to these new tokens. It is in the answer of `/session`,
    /// so it holds no secret. `None` turns the person away.
    async fn whoami(&self, tokens: &Tokens) -> Option<Value>;
}

/// What a backend cannot be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// There is none, or one that no page can have.
    #[error("the redirect URI is no https address, or one of this machine")]
    RedirectUri,
    /// A backend authenticates (RFC 10017 section 6.1.3.1).
    #[error("the client has no credentials")]
    PublicClient,
    /// A browser that comes back brings its cookie with a query, and neither a fragment to us nor a cookie with a form.
    #[error("the client wants signed answers another way than in the query")]
    SignedAnswers,
    /// It is not made of a slash before each word of letters, digits, `-` and `_`.
    #[error("this path cannot be mounted")]
    Path,
    /// Any page may send it.
    #[error("this header proves nothing")]
    Header,
}

/// The places of a backend.
enum Place<'a> {
    Login,
    Callback,
    Session,
    Logout,
    Api(&'a Upstream),
}

impl Backend {
    /// How long a session lasts without a request for an API, unless told otherwise: an hour.
    pub const DEFAULT_IDLE: Duration = Duration::from_secs(60 * 60);

    /// How long a session lasts at most, unless told otherwise: twelve hours.
    pub const DEFAULT_ABSOLUTE: Duration = Duration::from_secs(12 * 60 * 60);

    /// A backend at the origin of the client's redirect URI, with sessions in memory and yet without APIs.
    ///
    /// # Errors
    /// When the client is public, has no redirect URI that a browser could be sent to, or wants signed answers another way than in
    /// the query.
    pub fn new(http: Client, client: client::Client) -> Result<Self, BackendError> {
        if !client.is_confidential() {
            return Err(BackendError::PublicClient);
        }
        if client.signed_answers().is_some_and(|mode| mode != SignedMode::Query) {
            return Err(BackendError::SignedAnswers);
        }
        // Plain `http` is a redirect URI on this machine only: the client has seen to it.
        let redirect_uri = client.redirect_uri().and_then(|uri| Url::parse(uri).ok());
        let redirect_uri = redirect_uri.filter(|uri| matches!(uri.scheme(), "https" | "http"));
        let redirect_uri = redirect_uri.ok_or(BackendError::RedirectUri)?;
        let origin = redirect_uri.join("/").map_err(|_| BackendError::RedirectUri)?;
        Ok(Self(Arc::new(Parts {
            http,
            keeper: Keeper::new(client.clone()),
            client,
            keepers: Arc::default(),
            sessions: Arc::new(MemorySessions::default()),
            cookies: Cookies::new(origin.scheme() == "https", ""),
            callback: redirect_uri.path().to_owned(),
            origin,
            base: String::new(),
            header: own_page::HEADER,
            upstreams: Vec::new(),
            asking: Arc::new(|request| request),
            is_pushed: false,
            whoami: None,
            idle: Self::DEFAULT_IDLE,
            absolute: Self::DEFAULT_ABSOLUTE,
        })))
    }

    fn with(mut self, change: impl FnOnce(&mut Parts)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// Has its places below a path: `/photos/login` and so on, for `/photos`. The cookies are named after it, so that an
    /// origin can have several backends, for several providers. The redirect URI of each is its own.
    ///
    /// # Errors
    /// [`BackendError::Path`] when it is none that everybody reads alike.
    pub fn at(self, path: &str) -> Result<Self, BackendError> {
        let base = path::checked(path)?;
        Ok(self.with(|parts| {
            parts.cookies = Cookies::new(parts.origin.scheme() == "https", &base);
            parts.base = base;
        }))
    }

    /// Sends requests of the page on to this API. All APIs of a backend get the same token.
    #[must_use]
    pub fn upstream(self, upstream: Upstream) -> Self {
        self.with(|parts| parts.upstreams.push(upstream))
    }

    /// Says what a login asks the provider for: scopes, resources, a `prompt`.
    #[must_use]
    pub fn asking(
        self,
        asking: impl for<'c> Fn(AuthorizationRequest<'c>) -> AuthorizationRequest<'c> + Send + Sync + 'static,
    ) -> Self {
        self.with(|parts| parts.asking = Arc::new(asking))
    }

    /// Pushes what a login asks for to the provider first (RFC 9126).
    #[must_use]
    pub fn pushed(self) -> Self {
        self.with(|parts| parts.is_pushed = true)
    }

    /// Asks this code who has logged in.
    #[must_use]
    pub fn whoami(self, whoami: Arc<dyn Whoami>) -> Self {
        self.with(|parts| parts.whoami = Some(whoami))
    }

    /// Keeps logins and sessions in this store.
    #[must_use]
    pub fn sessions(self, sessions: Arc<dyn SessionStore>) -> Self {
        self.with(|parts| {
            parts.sessions = sessions;
            parts.keepers = Arc::default();
        })
    }

    /// How long a session lasts without a request for an API, and how long at most. To let it last as long as the refresh
    /// token is the most that is of use (RFC 10017 section 6.1.2.2).
    #[must_use]
    pub fn lifetimes(self, idle: Duration, absolute: Duration) -> Self {
        self.with(|parts| (parts.idle, parts.absolute) = (idle, absolute))
    }

    /// Wants another header than `X-CSRF` from scripts of our own page. Its value does not matter.
    ///
    /// # Errors
    /// [`BackendError::Header`] for one that any page may send.
    pub fn header(self, name: HeaderName) -> Result<Self, BackendError> {
        let name = own_page::checked(name)?;
        Ok(self.with(|parts| parts.header = name))
    }

    /// Whether a path is one of the backend's.
    pub fn serves(&self, path: &str) -> bool {
        self.place(path).is_some()
    }

    /// Answers one request.
    pub async fn answer<B>(&self, request: Request<B>) -> Response<BackendBody>
    where
        B: Body + Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (head, body) = request.into_parts();
        let Some(place) = self.place(head.uri.path()) else {
            return Failed::NotFound.to_browser(true).map(Either::Left);
        };
        let span = tracing::info_span!("backend", method = %head.method, path = head.uri.path());
        let is_page = matches!(place, Place::Login | Place::Callback);
        let answer = async {
            if !is_page && !own_page::sent(&head.headers, &self.0.header, &self.origin()) {
                return Err(Failed::Foreign);
            }
            let own = match (place, &head.method) {
                (Place::Api(upstream), _) => return self.forward(upstream, &head, body).await,
                (Place::Login, &Method::GET) => self.login(&head).await,
                (Place::Callback, &Method::GET) => self.callback(&head).await,
                (Place::Session, &Method::GET) => self.session(&head.headers).await,
                (Place::Logout, &Method::POST) => self.logout(&head.headers).await,
                (Place::Logout, _) => Err(Failed::Method("POST")),
                (Place::Login | Place::Callback | Place::Session, _) => Err(Failed::Method("GET")),
            };
            own.map(|answer| answer.map(Either::Left))
        };
        async { answer.await.unwrap_or_else(|failed| failed.to_browser(is_page).map(Either::Left)) }
            .instrument(span)
            .await
    }

    fn place(&self, path: &str) -> Option<Place<'_>> {
        let parts = &*self.0;
        if path == parts.callback {
            return Some(Place::Callback);
        }
        match path.strip_prefix(&parts.base) {
            Some("/login") => return Some(Place::Login),
            Some("/session") => return Some(Place::Session),
            Some("/logout") => return Some(Place::Logout),
            _ => {}
        }
        let fitting = parts.upstreams.iter().filter(|upstream| upstream.below(path).is_some());
        fitting.max_by_key(|upstream| upstream.depth()).map(Place::Api)
    }

    fn origin(&self) -> String {
        self.0.origin.origin().ascii_serialization()
    }
}

impl<B> Service<Request<B>> for Backend
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<BackendBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let backend = self.clone();
        Box::pin(async move { Ok(backend.answer(request).await) })
    }
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backend")
            .field("origin", &self.0.origin.as_str())
            .field("upstreams", &self.0.upstreams)
            .finish_non_exhaustive()
    }
}

/// Texts that parsers of addresses disagree about.
#[cfg(test)]
fn tricky() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;

    const PIECES: [&str; 24] = [
        "/",
        "/",
        "/",
        "..",
        ".",
        "%2e",
        "%2E",
        "%2f",
        "%5C",
        "\\",
        ";",
        "%3b",
        "%25",
        "@",
        ":",
        "?",
        "#",
        "//",
        "evil.example",
        "https:",
        "a",
        "%09",
        "\t",
        "ü",
    ];
    let pieces = prop::collection::vec(prop::sample::select(&PIECES[..]), 0..10);
    prop_oneof![4 => pieces.prop_map(|pieces| pieces.concat()), 1 => any::<String>()]
}
