//! A layer around an HTTP client that talks to one API with the tokens of one grant.

mod attempts;
mod resource;

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_trait::async_trait;
use http::{Request, Response};
use oauth2_core::client::{Challenged, Kept, Tokens, Wants};
use tower_layer::Layer;
use tower_service::Service;

use crate::{TokenError, TokenKeeper};
use attempts::Attempts;
pub use resource::{Resource, ResourceError};

/// Puts good tokens into requests for one API, and does what the API asks for, within bounds: a nonce is answered once, a
/// token that is refused is renewed once, and a person is asked for more a few times.
///
/// A request for any other address is not sent at all: the token is for this API alone (RFC 6750 section 5.3). Nothing here
/// follows a redirect.
///
/// ```no_run
/// use bytes::Bytes;
/// use oauth_hyper_client::{AuthorizeLayer, Client, Resource, TokenKeeper};
/// use tower_layer::Layer as _;
/// use tower_service::Service as _;
///
/// async fn photos(keeper: TokenKeeper) -> Result<http::Response<Bytes>, Box<dyn std::error::Error>> {
///     let api = Resource::new("https://photos.example.com/v1")?;
///     let mut client = AuthorizeLayer::new(keeper, api).layer(Client::new());
///     Ok(client.call(http::Request::get("https://photos.example.com/v1/mine").body(Bytes::new())?).await?)
/// }
/// ```
#[derive(Clone)]
pub struct AuthorizeLayer(Arc<Settings>);

struct Settings {
    keeper: TokenKeeper,
    resource: Resource,
    step_up: Option<Arc<dyn StepUp>>,
    attempts: Attempts,
}

/// What an application does when an API wants more than the tokens open (RFC 6750 section 3.1, RFC 9470 section 3).
#[async_trait]
pub trait StepUp: Send + Sync {
    /// Asks the person for more: with the scope that the tokens have and that is wanted, or for the login that is wanted.
    /// `None` when there will not be more; then the API's refusal is the answer.
    async fn step_up(&self, wanted: &Challenged, have: &Kept) -> Option<Tokens>;
}

impl AuthorizeLayer {
    /// A layer for the API that the tokens are for.
    pub fn new(keeper: TokenKeeper, resource: Resource) -> Self {
        Self(Arc::new(Settings { keeper, resource, step_up: None, attempts: Attempts::default() }))
    }

    /// The same, with somebody who can be asked for more. Without, a refusal is the answer.
    #[must_use]
    pub fn step_up(self, step_up: Arc<dyn StepUp>) -> Self {
        let Settings { keeper, resource, .. } = &*self.0;
        let (keeper, resource) = (keeper.clone(), resource.clone());
        Self(Arc::new(Settings { keeper, resource, step_up: Some(step_up), attempts: Attempts::default() }))
    }
}

impl<S> Layer<S> for AuthorizeLayer {
    type Service = Authorize<S>;

    fn layer(&self, inner: S) -> Authorize<S> {
        Authorize { inner, settings: self.0.clone() }
    }
}

/// A client for one API.
#[derive(Clone)]
pub struct Authorize<S> {
    inner: S,
    settings: Arc<Settings>,
}

/// Why a request was not sent, or not answered.
#[derive(Debug, thiserror::Error)]
pub enum AuthorizeError<E = Infallible> {
    /// The request is for another address than the API's. Nothing was sent.
    #[error("the request is not for the API that the tokens are for")]
    OtherResource,
    /// There is no good token to send.
    #[error(transparent)]
    Tokens(#[from] TokenError),
    /// The request or its answer did not get through.
    #[error("{0}")]
    Send(#[source] E),
}

impl<S, B, R> Service<Request<B>> for Authorize<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    B: Clone + Send + 'static,
    R: Send + 'static,
{
    type Response = Response<R>;
    type Error = AuthorizeError<S::Error>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context).map_err(AuthorizeError::Send)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The one that was polled is the one that is ready.
        let next = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, next);
        let settings = self.settings.clone();
        Box::pin(async move { settings.send(inner, request).await })
    }
}

impl Settings {
    async fn send<S, B, R>(
        &self,
        mut inner: S,
        request: Request<B>,
    ) -> Result<Response<R>, AuthorizeError<S::Error>>
    where
        S: Service<Request<B>, Response = Response<R>>,
        B: Clone,
    {
        if !self.resource.contains(request.uri()) {
            return Err(AuthorizeError::OtherResource);
        }
        let mut kept = self.keeper.tokens().await?;
        let (mut may_renew, mut may_learn) = (true, true);
        loop {
            let mut attempt = request.clone();
            self.keeper.authorize_with(&kept, &mut attempt)?;
            let response = send(&mut inner, attempt).await.map_err(AuthorizeError::Send)?;
            let has_nonce = self.keeper.learn(request.uri(), response.headers());
            let Some(challenged) = Challenged::read(&response) else {
                if response.status().is_success() {
                    self.attempts.forget(request.method(), request.uri());
                }
                return Ok(response);
            };
            match challenged.wants {
                // RFC 9449 section 9
                Wants::Nonce if has_nonce && may_learn => may_learn = false,
                Wants::OtherToken if may_renew => {
                    may_renew = false;
                    match self.keeper.instead_of(&kept.tokens.access_token).await {
                        Ok(other) => kept = other,
                        // There is no other: the API's own answer says more.
                        Err(error) if error.is_dead_grant() => return Ok(response),
                        Err(error) => return Err(error.into()),
                    }
                }
                Wants::Scope | Wants::Login { .. } => {
                    let step_up = self.step_up.as_ref();
                    // A person is not asked for ever.
                    let asked = step_up.filter(|_| self.attempts.another(request.method(), request.uri()));
                    let Some(step_up) = asked else { return Ok(response) };
                    let Some(tokens) = step_up.step_up(&challenged, &kept).await else { return Ok(response) };
                    kept = self.keeper.start(tokens).await?;
                }
                _ => return Ok(response),
            }
        }
    }
}

async fn send<S, B>(inner: &mut S, request: Request<B>) -> Result<S::Response, S::Error>
where
    S: Service<Request<B>>,
{
    std::future::poll_fn(|context| inner.poll_ready(context)).await?;
    inner.call(request).await
}

impl std::fmt::Debug for AuthorizeLayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthorizeLayer").field("resource", &self.0.resource).finish_non_exhaustive()
    }
}

impl<S> std::fmt::Debug for Authorize<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authorize").field("resource", &self.settings.resource).finish_non_exhaustive()
    }
}
