//! What a request meets first.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use oauth_hyper_server::ProviderService;
use tokio::time::Instant;
use tower_service::Service;
use tracing::Instrument as _;

use super::trace::{self, Traces};
use super::{Health, Meter};
use crate::Account;
use crate::playground::Playground;

/// The provider as it is now, and how it does. Clones share everything.
#[derive(Clone)]
pub(super) struct Front {
    provider: Arc<RwLock<ProviderService>>,
    account: Account,
    playground: Option<Playground>,
    health: Health,
    meter: Meter,
    traces: Traces,
    is_mutual: bool,
}

impl Front {
    pub(super) fn new(
        provider: ProviderService,
        account: Account,
        health: Health,
        meter: Meter,
        traces: Traces,
    ) -> Self {
        let provider = Arc::new(RwLock::new(provider));
        Self { provider, account, playground: None, health, meter, traces, is_mutual: false }
    }

    /// With a playground beside the provider.
    pub(super) fn playground(self, playground: Option<Playground>) -> Self {
        Self { playground, ..self }
    }

    /// The same provider for clients with certificates: there are only the endpoints that have an alias. A browser would ask
    /// a person for a certificate there, and a page need not have two origins.
    pub(super) fn mutual(self) -> Self {
        Self { is_mutual: true, ..self }
    }

    /// Answers from now on with this provider. Requests in flight end with the one that they began with.
    pub(super) fn replace(&self, provider: ProviderService) {
        *self.provider.write().unwrap_or_else(PoisonError::into_inner) = provider;
    }

    pub(super) fn provider(&self) -> ProviderService {
        self.provider.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn playground_at(&self, path: &str) -> Option<&Playground> {
        self.playground.as_ref().filter(|playground| playground.serves(path))
    }

    /// Whether a path may be answered here at all.
    fn serves(&self, path: &str) -> bool {
        !self.is_mutual || self.provider().authenticates_clients(path)
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Bytes> {
        if let Some(answer) = self.health.answer(request.uri().path()).await {
            return answer;
        }
        let begun = Instant::now();
        let name = self.name(request.uri().path());
        let span = self.traces.request(&request, &name);
        let answer = self.pass(request).instrument(span.clone()).await;
        trace::answered(&span, answer.status());
        self.meter.answered(&name, answer.status(), begun.elapsed());
        answer
    }

    /// What is asked for. What is no endpoint has one name: paths come from strangers.
    fn name(&self, path: &str) -> String {
        if !self.serves(path) {
            "none".into()
        } else if self.account.serves(path) {
            "account".into()
        } else if self.playground_at(path).is_some() {
            "playground".into()
        } else {
            self.provider().endpoint_name(path).unwrap_or_else(|| "none".into())
        }
    }

    async fn pass(&self, request: Request<Incoming>) -> Response<Bytes> {
        let path = request.uri().path();
        if !self.serves(path) {
            return not_found();
        }
        if self.account.serves(path) {
            return self.account.answer(request).await;
        }
        if let Some(playground) = self.playground_at(path) {
            return playground.answer(request).await;
        }
        let provider = self.provider();
        let watch = self.playground.as_ref().filter(|_| provider.endpoint_name(path).is_some());
        let watch = watch.and_then(|playground| playground.watch(&request));
        let answer = provider.answer(request).await;
        if let Some(watch) = watch {
            watch.answered(&answer).await;
        }
        answer
    }
}

/// What a service of ours gives.
type Answer = Pin<Box<dyn Future<Output = Result<Response<Full<Bytes>>, Infallible>> + Send>>;

impl Service<Request<Incoming>> for Front {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let front = self.clone();
        Box::pin(async move { Ok(front.answer(request).await.map(Full::new)) })
    }
}

/// Figures and health, on an address of their own.
#[derive(Clone)]
pub(super) struct Figures {
    pub(super) health: Health,
    pub(super) meter: Meter,
}

impl Figures {
    async fn answer(&self, path: &str) -> Response<Bytes> {
        if let Some(answer) = self.health.answer(path).await {
            return answer;
        }
        let told = (path == "/metrics").then(|| self.meter.text().ok()).flatten();
        let Some(text) = told else {
            return not_found();
        };
        let mut answer = Response::new(Bytes::from(text));
        let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        answer
    }
}

impl Service<Request<Incoming>> for Figures {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let figures = self.clone();
        Box::pin(async move { Ok(figures.answer(request.uri().path()).await.map(Full::new)) })
    }
}

fn not_found() -> Response<Bytes> {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::NOT_FOUND;
    answer
}
