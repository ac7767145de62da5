//! Which names a server answers to, and whose scripts it listens to.
//!
//! A page from anywhere can have its own name lead to this machine (DNS rebinding), and its scripts then speak to a server
//! here as if it were theirs. The browser still says which name was asked for, and where the script is from.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{Either, Full};
use tower_layer::Layer;
use tower_service::Service;

use crate::body;

/// Answers with 403 what was sent to another name than those of the server, or by a script of an origin that is not listed.
/// For servers on a person's own machine, and for each that the Model Context Protocol speaks to (its revision of 2026-07-28,
/// "Streamable HTTP").
///
/// Put it around everything else, so that nothing is read of such a request. A request without `Origin` comes from no
/// script; one of `null` comes from nobody in particular.
///
/// ```
/// use oauth_hyper_server::Origins;
///
/// // A server on this machine, by the names that a machine has for itself, and one page that may speak to it.
/// let local = Origins::local(8080).origin("https://inspector.example");
/// // A server with a name.
/// let named = Origins::of(["mcp.example"]).origin("https://app.example");
/// ```
#[derive(Clone, Debug)]
pub struct Origins(Arc<Names>);

#[derive(Clone, Debug)]
struct Names {
    hosts: Vec<String>,
    origins: Vec<String>,
}

impl Origins {
    /// A server with these names, each with its port unless that is the one of the scheme. No script may speak to it yet.
    pub fn of<T: Into<String>>(hosts: impl IntoIterator<Item = T>) -> Self {
        let hosts = hosts.into_iter().map(|host| host.into().to_ascii_lowercase()).collect();
        Self(Arc::new(Names { hosts, origins: Vec::new() }))
    }

    /// A server on this machine, whose own pages may speak to it.
    pub fn local(port: u16) -> Self {
        let hosts = ["localhost", "127.0.0.1", "[::1]"].map(|host| match port {
            80 => host.to_owned(),
            _ => format!("{host}:{port}"),
        });
        let origins = hosts.iter().map(|host| format!("http://{host}")).collect();
        Self(Arc::new(Names { hosts: hosts.into(), origins }))
    }

    /// Lets scripts of this origin through: scheme and host, with its port unless that is the one of the scheme (RFC 6454
    /// section 6.2).
    #[must_use]
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.0).origins.push(origin.into().to_ascii_lowercase());
        self
    }

    /// Whether a request may go on.
    pub fn allows<B>(&self, request: &Request<B>) -> bool {
        self.is_ours(request) && self.is_heard(request)
    }

    /// The name that was asked for: that of the target, and the one `Host` header (RFC 9112 section 3.2). They agree.
    fn is_ours<B>(&self, request: &Request<B>) -> bool {
        let is_name = |host: &str| self.0.hosts.iter().any(|own| own.eq_ignore_ascii_case(host));
        let target = request.uri().authority().map(|authority| is_name(authority.as_str()));
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let host = match (hosts.next(), hosts.next()) {
            (None, _) => None,
            (Some(host), None) => Some(host.to_str().is_ok_and(is_name)),
            (Some(_), Some(_)) => Some(false),
        };
        matches!((target, host), (Some(true), None | Some(true)) | (None, Some(true)))
    }

    fn is_heard<B>(&self, request: &Request<B>) -> bool {
        let is_listed = |origin: &str| self.0.origins.iter().any(|own| own.eq_ignore_ascii_case(origin));
        let mut origins = request.headers().get_all(header::ORIGIN).iter();
        match (origins.next(), origins.next()) {
            (None, _) => true,
            (Some(origin), None) => origin.to_str().is_ok_and(is_listed),
            (Some(_), Some(_)) => false,
        }
    }
}

impl<S> Layer<S> for Origins {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { origins: self.clone(), inner }
    }
}

/// A service behind [`Origins`].
#[derive(Clone, Debug)]
pub struct Guarded<S> {
    origins: Origins,
    inner: S,
}

impl<S, B, R> Service<Request<B>> for Guarded<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    R: Send + 'static,
{
    type Response = Response<Either<Full<Bytes>, R>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if !self.origins.allows(&request) {
            tracing::info!(status = 403, "refused: another name, or a script from elsewhere");
            let refused = body::bare(StatusCode::FORBIDDEN).map(|body| Either::Left(Full::new(body)));
            return Box::pin(ready(Ok(refused)));
        }
        let answer = self.inner.call(request);
        Box::pin(async move { Ok(answer.await?.map(Either::Right)) })
    }
}
