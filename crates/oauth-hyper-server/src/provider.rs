//! One service with the endpoints of one provider, for both protocols.

use std::convert::Infallible;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Body;
use oauth_clock::{Clock, SystemClock};
use oauth_store::IssuerStore;
use oauth1_core::server::{OutOfBandVerifier, Provider};
use oauth2_core::server::{AuthorizationServer, DevicePage, FormPost};
use tower_service::Service;
use tracing::{Instrument as _, Span};

use crate::{
    Endpoint, Fetcher, Limits, LocalKeys, NoFetcher, Operator, Pages, SigningKeys, TrustedProxy, body, cors,
    drive::{self, Shared},
    pages,
};

/// The endpoints of a provider, as a hyper and tower service. Clones share everything.
///
/// Requests to other paths get 404; to put pages of one's own beside it, call
/// [`serves`](ProviderService::serves) first.
///
/// An answer that refuses has the core's `Reason` among its extensions, which never go on the wire: for a log or a layer
/// around it.
#[derive(Clone)]
pub struct ProviderService(Arc<Parts>);

/// What each request needs, in one place: a service is cloned for every request.
#[derive(Clone)]
struct Parts {
    oauth1: Option<Provider>,
    oauth2: Option<AuthorizationServer>,
    limits: Limits,
    proxy: Option<Arc<TrustedProxy>>,
    shared: Shared,
}

impl ProviderService {
    /// A provider without endpoints yet.
    pub fn new(store: IssuerStore, pages: Arc<dyn Pages>) -> Self {
        Self::with_clock(store, pages, Arc::new(SystemClock))
    }

    /// The same with another clock.
    pub fn with_clock(store: IssuerStore, pages: Arc<dyn Pages>, clock: Arc<dyn Clock>) -> Self {
        let keys = Arc::new(LocalKeys::default());
        let fetcher = Arc::new(NoFetcher);
        let shared = Shared { store, pages, clock, keys, operator: None, fetcher };
        let limits = Limits::default();
        Self(Arc::new(Parts { oauth1: None, oauth2: None, limits, proxy: None, shared }))
    }

    fn with(mut self, change: impl FnOnce(&mut Parts)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// Adds the endpoints of OAuth 1.0a.
    #[must_use]
    pub fn oauth1(self, provider: Provider) -> Self {
        self.with(|parts| parts.oauth1 = Some(provider))
    }

    /// Adds the endpoints of OAuth 2.
    #[must_use]
    pub fn oauth2(self, server: AuthorizationServer) -> Self {
        self.with(|parts| parts.oauth2 = Some(server))
    }

    /// Signs tokens with these keys, whose public halves the server's settings name.
    #[must_use]
    pub fn signing_keys(self, keys: Arc<dyn SigningKeys>) -> Self {
        self.with(|parts| parts.shared.keys = keys)
    }

    /// Asks and tells this code of the operator's own.
    #[must_use]
    pub fn operator(self, operator: Arc<dyn Operator>) -> Self {
        self.with(|parts| parts.shared.operator = Some(operator))
    }

    /// Fetches with this what clients publish: their keys, and their descriptions where the server's policy takes them.
    /// Without it nothing is fetched, and such clients are refused.
    #[must_use]
    pub fn fetcher(self, fetcher: Arc<dyn Fetcher>) -> Self {
        self.with(|parts| parts.shared.fetcher = fetcher)
    }

    /// Takes from this proxy what it says of clients.
    #[must_use]
    pub fn behind(self, proxy: TrustedProxy) -> Self {
        self.with(|parts| parts.proxy = Some(Arc::new(proxy)))
    }

    /// Sets other limits on bodies.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        self.with(|parts| parts.limits = limits)
    }

    /// The host and, where it is not the default, the port of the issuer.
    pub fn host(&self) -> Option<&str> {
        let (_, rest) = self.0.oauth2.as_ref()?.metadata().issuer.split_once("://")?;
        rest.split('/').next()
    }

    /// Whether a path is one of the provider's.
    pub fn serves(&self, path: &str) -> bool {
        self.endpoint(path).is_some()
    }

    /// Whether clients authenticate at a path: what a listener for those with certificates serves, where there is one
    /// beside that of everybody (RFC 8705 section 5).
    pub fn authenticates_clients(&self, path: &str) -> bool {
        matches!(self.endpoint(path), Some(Endpoint::OAuth2(endpoint)) if endpoint.authenticates_clients())
    }

    /// What the endpoint of a path is called, for figures and logs: one of a few names, whatever is asked for.
    pub fn endpoint_name(&self, path: &str) -> Option<String> {
        self.endpoint(path).map(|endpoint| endpoint.to_string())
    }

    /// Answers one request.
    pub async fn answer<B>(&self, request: Request<B>) -> Response<Bytes>
    where
        B: Body,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.clone().respond(request, |answer| answer).await
    }

    /// One future, in which the request stands once: it is made, moved and dropped for every request.
    fn respond<B, T>(
        self,
        request: Request<B>,
        finish: impl FnOnce(Response<Bytes>) -> T,
    ) -> impl Future<Output = T>
    where
        B: Body,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let endpoint = self.endpoint(request.uri().path());
        let span = match &endpoint {
            Some(Endpoint::OAuth1(endpoint)) => tracing::info_span!("oauth1", ?endpoint),
            Some(Endpoint::OAuth2(endpoint)) => tracing::info_span!("oauth2", ?endpoint),
            None => Span::none(),
        };
        let (mut request, body) = body::apart(request);
        let answer = async move {
            let body = pin!(body);
            let answer = match endpoint {
                Some(endpoint) => self.run(endpoint, &mut request, body).await,
                None => body::bare(StatusCode::NOT_FOUND),
            };
            finish(answer)
        };
        answer.instrument(span)
    }

    async fn run<B>(
        &self,
        endpoint: Endpoint,
        request: &mut Request<Bytes>,
        body: Pin<&mut B>,
    ) -> Response<Bytes>
    where
        B: Body,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        if let Some(proxy) = &self.0.proxy
            && proxy.apply(request).is_err()
        {
            tracing::warn!("refused: what the trusted proxy wrote cannot be read");
            return body::bare(StatusCode::BAD_REQUEST);
        }
        if let Endpoint::OAuth2(endpoint) = endpoint
            && let Some(answer) = cors::preflight(endpoint, request)
        {
            return answer;
        }
        let answer = match body::read(body, &self.0.limits).await {
            Ok(body) => {
                *request.body_mut() = body;
                self.drive(endpoint, request).await
            }
            Err(status) => {
                tracing::info!(status = status.as_u16(), "body refused");
                body::bare(status)
            }
        };
        match endpoint {
            _ if endpoint.is_for_people() => pages::seal(self.dress(answer)),
            Endpoint::OAuth2(endpoint) if cors::is_open(endpoint, request) => cors::open(answer),
            _ => answer,
        }
    }

    async fn drive(&self, endpoint: Endpoint, request: &Request<Bytes>) -> Response<Bytes> {
        let Parts { oauth1, oauth2, shared, .. } = &*self.0;
        let answer = match (endpoint, oauth1, oauth2) {
            (Endpoint::OAuth1(endpoint), Some(provider), _) => {
                // The larger of the two: the future of every request would have room for it.
                Box::pin(drive::oauth1(shared, provider, endpoint, request)).await
            }
            (Endpoint::OAuth2(endpoint), _, Some(server)) => {
                drive::oauth2(shared, server, oauth1.as_ref(), endpoint, request).await
            }
            // There is no endpoint without its protocol.
            (Endpoint::OAuth1(_), None, _) | (Endpoint::OAuth2(_), _, None) => {
                return body::bare(StatusCode::NOT_FOUND);
            }
        };
        answer.unwrap_or_else(|dropped| {
            tracing::error!(error = %dropped, "dropped");
            body::unavailable()
        })
    }

    /// Puts a page in the place of an answer that says the same in few words.
    fn dress(&self, mut answer: Response<Bytes>) -> Response<Bytes> {
        let status = answer.status();
        let device = answer.extensions_mut().remove::<DevicePage>();
        let form = answer.extensions_mut().remove::<FormPost>();
        let page = match answer.extensions_mut().remove::<OutOfBandVerifier>() {
            _ if form.is_some() => form.map(|form| self.0.shared.pages.form_post(&form)),
            _ if device.is_some() => device.and_then(|page| self.0.shared.pages.device(&page)),
            Some(OutOfBandVerifier(verifier)) => self.0.shared.pages.verifier(&verifier),
            // What the pages show themselves is not covered up, whatever its status.
            None if (status.is_client_error() || status.is_server_error()) && !pages::is_page(&answer) => {
                self.0.shared.pages.refused(status)
            }
            None => None,
        };
        let Some(page) = page else { return answer };
        // The page is for the person; what the answer tells the browser (`Allow`, `Retry-After`) stays.
        let (head, body) = page.into_parts();
        answer.headers_mut().extend(head.headers);
        answer.map(|_| body)
    }

    fn endpoint(&self, path: &str) -> Option<Endpoint> {
        let oauth1 = || {
            let provider = self.0.oauth1.as_ref()?;
            Some(Endpoint::OAuth1(provider.endpoint(path)?))
        };
        let oauth2 = || {
            let server = self.0.oauth2.as_ref()?;
            Some(Endpoint::OAuth2(server.endpoint(path)?))
        };
        oauth2().or_else(oauth1)
    }
}

impl<B> Service<Request<B>> for ProviderService
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        Box::pin(self.clone().respond(request, |answer| Ok(answer.map(Full::new))))
    }
}

impl std::fmt::Debug for ProviderService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProviderService").field("limits", &self.0.limits).finish_non_exhaustive()
    }
}
