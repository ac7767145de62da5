//! Which connections are in use.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::sync::watch;
use tower_service::Service;

/// The requests of one connection that are in flight: from the end of their head to the end of their answer.
#[derive(Clone, Default)]
pub(crate) struct InFlight(watch::Sender<usize>);

impl InFlight {
    /// A service that counts its requests here.
    pub(crate) fn counting<S>(&self, inner: S) -> Counting<S> {
        Counting { in_flight: self.clone(), inner }
    }

    /// Waits until none has been in flight for so long. It covers every way to hold a connection without asking for
    /// anything: silence, half a preface or head of either HTTP version, an open connection without streams.
    pub(crate) async fn idle_for(&self, limit: Duration) {
        let mut count = self.0.subscribe();
        while tokio::time::timeout(limit, count.changed()).await.is_ok() || *count.borrow() > 0 {}
    }

    fn begin(&self) -> Guard {
        self.0.send_modify(|count| *count += 1);
        Guard(self.clone())
    }
}

struct Guard(InFlight);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count -= 1);
    }
}

#[derive(Clone)]
pub(crate) struct Counting<S> {
    in_flight: InFlight,
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

    fn call(&mut self, request: Request<Q>) -> Self::Future {
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
