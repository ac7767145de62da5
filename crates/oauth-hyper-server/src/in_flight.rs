//! Which connections are in use.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use hyper::body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tower_service::Service;

use oauth2_core::server::ClientCertificate;

use crate::Connection;

/// The requests of one connection that are in flight: from the end of their head to the end of their answer.
///
/// A request costs two additions and wakes nobody: whether there are any is looked at now and then.
#[derive(Clone, Default)]
pub(crate) struct InFlight(Arc<Counts>);

#[derive(Default)]
struct Counts {
    begun: AtomicUsize,
    ended: AtomicUsize,
}

impl InFlight {
    /// A service that counts the requests of a connection here, and tells each where it came from and what was shown.
    pub(crate) fn counting<S>(
        &self,
        connection: Connection,
        certificate: Option<ClientCertificate>,
        inner: S,
    ) -> Counting<S> {
        Counting { in_flight: self.clone(), connection, certificate, inner }
    }

    /// How many have begun and how many have ended: equal, and the same as before, when there were none in between.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.0.begun.load(Ordering::Relaxed), self.0.ended.load(Ordering::Relaxed))
    }

    /// One more, until what is given back is dropped.
    pub(crate) fn begin(&self) -> Guard {
        self.0.begun.fetch_add(1, Ordering::Relaxed);
        Guard(self.clone())
    }
}

pub(crate) struct Guard(InFlight);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Clone)]
pub(crate) struct Counting<S> {
    in_flight: InFlight,
    connection: Connection,
    certificate: Option<ClientCertificate>,
    inner: S,
}

pin_project! {
    /// A future or a body that is a request in flight.
    pub(crate) struct Counted<T> {
        #[pin]
        inner: T,
        guard: Option<Guard>,
    }
}

impl<S, Q, B> Service<Request<Q>> for Counting<S>
where
    S: Service<Request<Q>, Response = Response<B>>,
{
    type Response = Response<Counted<B>>;
    type Error = S::Error;
    type Future = Counted<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Q>) -> Self::Future {
        request.extensions_mut().insert(self.connection.clone());
        if let Some(certificate) = &self.certificate {
            request.extensions_mut().insert(certificate.clone());
        }
        Counted { guard: Some(self.in_flight.begin()), inner: self.inner.call(request) }
    }
}

impl<F, B, E> Future for Counted<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<Counted<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.inner.poll(cx))?;
        Poll::Ready(Ok(response.map(|inner| Counted { inner, guard: this.guard.take() })))
    }
}

impl<B: Body> Body for Counted<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        self.project().inner.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
