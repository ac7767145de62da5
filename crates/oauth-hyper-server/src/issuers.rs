//! Several providers behind one listener.

use std::convert::Infallible;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Body;
use tower_service::Service;

use crate::{ProviderService, body};

/// Providers of several issuers, as one service. They may share a store: the issuer is part of every key there.
///
/// A request goes to the provider that serves its path. Where several do, the host that the request names tells which
/// ([`ProviderService::host`]); it only chooses among those that are configured, and nothing that a provider says is taken
/// from it (RFC 8414 section 6.2). A host that is none of them gets 404.
#[derive(Clone, Debug)]
pub struct Issuers(Arc<[ProviderService]>);

impl Issuers {
    /// These providers.
    pub fn new(providers: impl IntoIterator<Item = ProviderService>) -> Self {
        Self(providers.into_iter().collect())
    }

    /// The provider that a request is for.
    fn provider<B>(&self, request: &Request<B>) -> Option<&ProviderService> {
        let path = request.uri().path();
        let mut serving = self.0.iter().filter(|provider| provider.serves(path));
        let (first, second) = (serving.next()?, serving.next());
        match second {
            None => Some(first),
            Some(second) => {
                let host = host(request)?;
                let mut all = [first, second].into_iter().chain(serving);
                all.find(|provider| provider.host().is_some_and(|own| own.eq_ignore_ascii_case(host)))
            }
        }
    }

    /// Answers one request.
    pub async fn answer<B>(&self, request: Request<B>) -> Response<Bytes>
    where
        B: Body,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        match self.provider(&request) {
            Some(provider) => provider.answer(request).await,
            None => body::bare(StatusCode::NOT_FOUND),
        }
    }
}

/// Host and port, as the request names them: in its target, or in its one `Host` header (RFC 9112 section 3.2).
fn host<B>(request: &Request<B>) -> Option<&str> {
    if let Some(authority) = request.uri().authority() {
        return Some(authority.as_str());
    }
    let mut values = request.headers().get_all(header::HOST).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

impl<B> Service<Request<B>> for Issuers
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
        match self.provider(&request) {
            Some(provider) => provider.clone().call(request),
            None => Box::pin(ready(Ok(body::bare(StatusCode::NOT_FOUND).map(Full::new)))),
        }
    }
}
