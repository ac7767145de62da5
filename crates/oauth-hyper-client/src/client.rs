//! The client: one loop for exchanges, one function for requests.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header::USER_AGENT};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{
    self,
    connect::{Connect, HttpConnector},
};
use hyper_util::rt::TokioExecutor;
use oauth_clock::{Clock, NoEntropy, SystemClock};
use oauth_sansio::{Exchange, Moment, Outgoing, Progress, Timestamp};
use tower_service::Service;
use tracing::Instrument as _;

use crate::{Error, SendError};

/// An HTTP client that obeys what each request says of itself. Clones share its connections.
#[derive(Clone)]
pub struct Client {
    /// For what may be sent again: a kept connection may turn out to be closed.
    kept: Connections,
    /// For what must be sent once: on a fresh connection, no answer is never the fault of one that was closed.
    fresh: Connections,
    clock: Arc<dyn Clock>,
    timeout: Duration,
}

type Connections = legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

impl Client {
    /// How long a request may take, from the connection to the last byte of the answer, unless told otherwise.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

    /// A client that trusts the certificate authorities of the web.
    pub fn new() -> Self {
        let connector = HttpsConnectorBuilder::new().with_webpki_roots();
        Self::over(connector.https_or_http().enable_http1().enable_http2().build())
    }

    /// A client with TLS settings of one's own: other roots, a client certificate.
    pub fn with_tls(tls: rustls::ClientConfig) -> Self {
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls);
        Self::over(connector.https_or_http().enable_http1().enable_http2().build())
    }

    fn over(connector: HttpsConnector<HttpConnector>) -> Self {
        let kept = legacy::Client::builder(TokioExecutor::new()).build(connector.clone());
        let fresh = legacy::Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        Self { kept, fresh, clock: Arc::new(SystemClock), timeout: Self::DEFAULT_TIMEOUT }
    }

    /// The same client with another deadline for each request.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// The same client with another clock.
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Drives an exchange to its end.
    ///
    /// # Errors
    /// When the protocol refuses, or a request does not get through.
    pub async fn run<E: Exchange>(&self, mut exchange: E) -> Result<E::Done, Error<E::Error>> {
        loop {
            let answer = self.ask(|moment| exchange.request(moment)).await;
            let moment = self.clock.moment()?;
            let progress = match answer {
                Ok(response) => exchange.response(response, moment).map_err(Error::Exchange)?,
                Err(Error::Send(error @ (SendError::Transport(_) | SendError::TimedOut(_)))) => {
                    exchange.unanswered(moment).ok_or(error)?
                }
                Err(error) => return Err(error),
            };
            exchange = match progress {
                Progress::Done(done) => return Ok(done),
                Progress::Again(next) => next,
                Progress::Wait(until, next) => {
                    self.wait(until).await?;
                    next
                }
            };
        }
    }

    /// Sends a request and reads its answer to the end. Where it broke off, and it is safe to repeat, another one is made and
    /// sent: what was in the first, an assertion or a proof, may have arrived, and is good for one use (RFC 7523 section 3,
    /// RFC 9449 section 11.1).
    ///
    /// # Errors
    /// When it cannot be made, or no answer comes, or not in time, or one that is too long.
    pub async fn ask<E>(
        &self,
        mut make: impl FnMut(Moment) -> Result<Outgoing, E>,
    ) -> Result<Response<Bytes>, Error<E>> {
        self.in_time(async {
            let mut make = || make(self.clock.moment()?).map_err(Error::Exchange);
            let outgoing = make()?;
            let safe_to_repeat = outgoing.safe_to_repeat;
            match self.send_once(outgoing).await {
                Err(SendError::Transport(error)) if safe_to_repeat => {
                    tracing::debug!(%error, "sending again");
                    Ok(self.send_once(make()?).await?)
                }
                answer => Ok(answer?),
            }
        })
        .await
    }

    /// Sends one request, once, and reads its answer to the end.
    ///
    /// # Errors
    /// When no answer comes, or not in time, or one that is too long.
    pub async fn send(&self, outgoing: Outgoing) -> Result<Response<Bytes>, SendError> {
        self.in_time(self.send_once(outgoing)).await
    }

    /// Sends one request, once, and gives its answer as soon as its head is there.
    pub(crate) async fn open(&self, mut request: Request<Bytes>) -> Result<Response<Incoming>, SendError> {
        let span = sign_off(&mut request);
        let connections = if request.method().is_idempotent() { &self.kept } else { &self.fresh };
        self.in_time(open_over(connections, request).instrument(span)).await
    }

    async fn send_once(&self, outgoing: Outgoing) -> Result<Response<Bytes>, SendError> {
        let Outgoing { mut request, max_response_bytes, safe_to_repeat } = outgoing;
        let span = sign_off(&mut request);
        let connections = if safe_to_repeat { &self.kept } else { &self.fresh };
        send_over(connections, request, max_response_bytes).instrument(span).await
    }

    async fn in_time<T, E: From<SendError>>(&self, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let done = tokio::time::timeout(self.timeout, work).await;
        done.unwrap_or_else(|_| Err(SendError::TimedOut(self.timeout).into()))
    }

    pub(crate) fn moment(&self) -> Result<Moment, NoEntropy> {
        self.clock.moment()
    }

    async fn wait(&self, until: Timestamp) -> Result<(), NoEntropy> {
        let now = self.clock.moment()?.now();
        tokio::time::sleep(until.since(now)).await;
        Ok(())
    }
}

/// Sends any request once, and reads an answer of at most [`Outgoing::DEFAULT_MAX_RESPONSE_BYTES`] or what the request has
/// as [`MaxAnswer`] among its extensions.
impl Service<Request<Bytes>> for Client {
    type Response = Response<Bytes>;
    type Error = SendError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Bytes>, SendError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let client = self.clone();
        let most =
            request.extensions().get().map_or(Outgoing::DEFAULT_MAX_RESPONSE_BYTES, |MaxAnswer(most)| *most);
        let outgoing = Outgoing { max_response_bytes: most, ..Outgoing::once(request) };
        Box::pin(async move { client.send(outgoing).await })
    }
}

/// How many bytes of body an answer may have, as an extension of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxAnswer(pub usize);

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

/// Says who sends the request, and where it goes.
fn sign_off(request: &mut Request<Bytes>) -> tracing::Span {
    // Some providers refuse requests that do not say who sends them.
    const AGENT: HeaderValue =
        HeaderValue::from_static(concat!("oauth-hyper-client/", env!("CARGO_PKG_VERSION")));
    request.headers_mut().entry(USER_AGENT).or_insert(AGENT);
    // The query may carry secrets; a span does not.
    let uri = request.uri();
    tracing::debug_span!("send", method = %request.method(), host = uri.host(), path = uri.path())
}

pub(crate) async fn send_over<C>(
    connections: &legacy::Client<C, Full<Bytes>>,
    request: Request<Bytes>,
    most: usize,
) -> Result<Response<Bytes>, SendError>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    let (head, body) = open_over(connections, request).await?.into_parts();
    let body = Limited::new(body, most).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() { SendError::TooLong(most) } else { SendError::Transport(error) }
    })?;
    Ok(Response::from_parts(head, body.to_bytes()))
}

async fn open_over<C>(
    connections: &legacy::Client<C, Full<Bytes>>,
    request: Request<Bytes>,
) -> Result<Response<Incoming>, SendError>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    let answer = connections.request(request.map(Full::new)).await;
    answer.map_err(|error| SendError::Transport(Box::new(error)))
}
