//! Which connections are in use.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker, ready};

use http::{Request, Response};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::Service as _;
use hyper_util::service::{TowerToHyperService, TowerToHyperServiceFuture};
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

/// As a service of hyper, which asks nobody whether they are ready.
impl<S, B> hyper::service::Service<Request<Incoming>> for Counting<S>
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone,
{
    type Response = Response<Counted<B>>;
    type Error = S::Error;
    type Future = Counted<Answer<S>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.connection.clone());
        if let Some(certificate) = &self.certificate {
            request.extensions_mut().insert(certificate.clone());
        }
        Counted { guard: Some(self.in_flight.begin()), inner: Answer::of(self.inner.clone(), request) }
    }
}

pin_project! {
    /// The answer of a service. Most are ready at once, and then the request is handed on without waiting anywhere.
    #[project = Answering]
    pub(crate) enum Answer<S: Service<Request<Incoming>>> {
        Begun { #[pin] answer: S::Future },
        NotReady { #[pin] answer: Pin<Box<TowerToHyperServiceFuture<S, Request<Incoming>>>> },
    }
}

impl<S: Service<Request<Incoming>> + Clone> Answer<S> {
    fn of(mut service: S, request: Request<Incoming>) -> Self {
        match service.poll_ready(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(())) => Self::Begun { answer: service.call(request) },
            // It is asked again by whom it can wake.
            Poll::Ready(Err(_)) | Poll::Pending => {
                Self::NotReady { answer: Box::pin(TowerToHyperService::new(service).call(request)) }
            }
        }
    }
}

impl<S: Service<Request<Incoming>>> Future for Answer<S> {
    type Output = Result<S::Response, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            Answering::Begun { answer } => answer.poll(cx),
            Answering::NotReady { answer } => answer.poll(cx),
        }
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
