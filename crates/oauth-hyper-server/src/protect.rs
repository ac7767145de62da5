//! The layer in front of an API: either protocol gets through, with proof.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{Either, Full};
use hyper::body::Body;
use oauth_clock::{Clock, SystemClock};
use oauth_hyper_client::Client;
use oauth_sansio::auth;
use oauth_store::{IssuerStore, MemoryStore};
use tower_layer::Layer;
use tower_service::Service;
use tracing::Instrument as _;

use crate::drive::{self, Admission, Dropped, Resource2};
use crate::elsewhere::Elsewhere;
use crate::{Limits, Protocol, body, cors};

/// Lets requests through to an API that prove an authorization by OAuth 1.0a or OAuth 2.
///
/// A token of OAuth 2 that is bound to a key or a certificate takes its proof with it: the `DPoP` header, where the verifier
/// takes proofs, or the certificate of the connection that [`Server`](crate::Server) or a trusted proxy tells of.
///
/// The API finds a [`Grant`](crate::Grant) in the request's extensions and no credentials in its headers; what it
/// answers may not be kept by shared caches (RFC 5849 section 4.4, RFC 6750 section 5.3).
///
/// Where the verifier of OAuth 2 publishes what the API is (RFC 9728), the layer answers for that one address.
///
/// What a token of OAuth 2 is, the store tells that is shared with the authorization server; or the verifier is set to learn it
/// from signatures ([`Signed`](oauth2_core::resource::Signed)) or by asking
/// ([`Introspected`](oauth2_core::resource::Introspected)), and the layer fetches keys, asks, and keeps what it learns. When
/// that fails, the answer is 503 and nothing is let through.
///
/// A request without any credentials is told how to bring some: with 401 where OAuth 2 is let through (RFC 6750 section 3),
/// with 400 where only OAuth 1.0a is, for which a missing parameter is a bad request (RFC 5849 section 3.2).
///
/// A refusal has the core's `Reason` among its extensions, as with [`ProviderService`](crate::ProviderService).
#[derive(Clone)]
pub struct Protect {
    gate: Arc<Gate>,
}

#[derive(Clone)]
struct Gate {
    oauth1: Option<oauth1_core::resource::Verifier>,
    oauth2: Option<OAuth2>,
    store: IssuerStore,
    /// Counts the writes to a store that is only this layer's.
    written: Option<Arc<AtomicUsize>>,
    client: Option<Client>,
    clock: Arc<dyn Clock>,
    limits: Limits,
}

/// A verifier, and what was learnt for it.
#[derive(Clone)]
struct OAuth2 {
    verifier: oauth2_core::resource::Verifier,
    elsewhere: Arc<Elsewhere>,
}

impl OAuth2 {
    fn new(verifier: oauth2_core::resource::Verifier, client: Option<Client>) -> Self {
        let entries = verifier.caching().entries;
        Self { verifier, elsewhere: Arc::new(Elsewhere::new(entries, client)) }
    }
}

impl Protect {
    /// A layer that lets nothing through yet, over the store of the authorization server.
    pub fn new(store: IssuerStore) -> Self {
        let (clock, limits) = (Arc::new(SystemClock), Limits::default());
        Self {
            gate: Arc::new(Gate {
                oauth1: None,
                oauth2: None,
                store,
                written: None,
                client: None,
                clock,
                limits,
            }),
        }
    }

    /// A layer that lets nothing through yet, for an API that has no store of an authorization server: what tokens are, its
    /// verifier learns elsewhere.
    ///
    /// It remembers in memory which proofs of possession were used. Where several processes serve one API, a proof could be
    /// used at each of them: give them one store by [`new`](Self::new).
    pub fn alone() -> Self {
        let mut alone = Self::new(IssuerStore::new(Arc::new(MemoryStore::new()), ""));
        Arc::make_mut(&mut alone.gate).written = Some(Arc::default());
        alone
    }

    /// Lets requests signed by OAuth 1.0a through.
    #[must_use]
    pub fn oauth1(mut self, verifier: oauth1_core::resource::Verifier) -> Self {
        Arc::make_mut(&mut self.gate).oauth1 = Some(verifier);
        self
    }

    /// Lets requests with a token of OAuth 2 through.
    ///
    /// A verifier that was made from the one before, by [`requiring`](oauth2_core::resource::Verifier::requiring) say, goes on
    /// with what was learnt for that: clone the layer and set it for each route.
    #[must_use]
    pub fn oauth2(mut self, verifier: oauth2_core::resource::Verifier) -> Self {
        let gate = Arc::make_mut(&mut self.gate);
        gate.oauth2 = Some(match gate.oauth2.take() {
            Some(OAuth2 { verifier: before, elsewhere }) if before.learns_with(&verifier) => {
                OAuth2 { verifier, elsewhere }
            }
            _ => OAuth2::new(verifier, gate.client.clone()),
        });
        self
    }

    /// Reaches authorization servers by this client: with other roots of trust, a certificate of the API's own, or more
    /// patience than the five seconds that are the default.
    #[must_use]
    pub fn client(mut self, client: Client) -> Self {
        let gate = Arc::make_mut(&mut self.gate);
        gate.oauth2 = gate.oauth2.take().map(|oauth2| OAuth2::new(oauth2.verifier, Some(client.clone())));
        gate.client = Some(client);
        self
    }

    /// Judges one request, for a service that is no tower service: it gets the request with a [`Grant`](crate::Grant), and
    /// has its answer finished. An error is the answer: a refusal, or what the API says of itself to everybody (RFC 9728).
    ///
    /// ```
    /// use bytes::Bytes;
    /// use http::{Request, Response};
    /// use http_body_util::Full;
    /// use oauth_hyper_server::{Grant, Protect};
    ///
    /// async fn photos(protect: &Protect, request: Request<Full<Bytes>>) -> Response<Bytes> {
    ///     let (request, answering) = match protect.admit(request).await {
    ///         Ok(admitted) => admitted,
    ///         Err(answer) => return answer,
    ///     };
    ///     let whose = request.extensions().get::<Grant>().and_then(Grant::subject).unwrap_or("nobody");
    ///     answering.finish(Response::new(format!("photos of {whose}").into()))
    /// }
    /// ```
    ///
    /// # Errors
    /// The answer to a request that does not reach the API.
    pub async fn admit<B>(
        &self,
        request: Request<B>,
    ) -> Result<(Request<Passed<B>>, Answering), Response<Bytes>>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (mut request, body) = body::apart(request);
        let (passed, answering) = self.gate.enter(&mut request, body).await?;
        Ok((request.map(|_| passed), answering))
    }

    /// Takes moments from another clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        Arc::make_mut(&mut self.gate).clock = clock;
        self
    }

    /// Sets other limits on the bodies that are read to verify a signature or a proof.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        Arc::make_mut(&mut self.gate).limits = limits;
        self
    }
}

impl<S> Layer<S> for Protect {
    type Service = Protected<S>;

    fn layer(&self, inner: S) -> Protected<S> {
        Protected { gate: self.gate.clone(), inner }
    }
}

/// An API behind [`Protect`].
#[derive(Clone)]
pub struct Protected<S> {
    gate: Arc<Gate>,
    inner: S,
}

/// What the API sees of a body: the bytes, when they were read for a signature or a proof; otherwise the stream.
pub type Passed<B> = Either<Full<Bytes>, B>;
type Answer<B> = Response<Either<Full<Bytes>, B>>;

const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

impl<S, B, R> Service<Request<B>> for Protected<S>
where
    S: Service<Request<Passed<B>>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Answer<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Answer<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let gate = self.gate.clone();
        // The service that was polled ready is the one to call.
        let fresh = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, fresh);
        let (mut request, body) = body::apart(request);
        Box::pin(async move {
            match gate.enter(&mut request, body).await {
                Ok((passed, answering)) => {
                    let answer = inner.call(request.map(|_| passed)).await?;
                    Ok(answering.finish(answer).map(Either::Right))
                }
                Err(refusal) => Ok(refusal.map(|body| Either::Left(Full::new(body)))),
            }
        })
    }
}

/// What is still to be done to the API's answer.
#[must_use = "the answer to a request that was let through is finished"]
#[derive(Debug)]
pub struct Answering {
    nonce: Option<HeaderValue>,
}

impl Answering {
    /// The answer as it goes out: nobody else may keep it, and it tells the client what its next request needs.
    pub fn finish<R>(self, answer: Response<R>) -> Response<R> {
        let mut answer = keep_private(answer);
        answer.headers_mut().extend(self.nonce.map(|nonce| (DPOP_NONCE, nonce)));
        answer
    }
}

impl Gate {
    /// Judges a request where it lies: each future that it is handed through would have room for it. What the API gets of the
    /// body comes back.
    async fn enter<B>(
        &self,
        request: &mut Request<Bytes>,
        body: B,
    ) -> Result<(Passed<B>, Answering), Response<Bytes>>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        if let Some(told) = self.oauth2.as_ref().and_then(|oauth2| oauth2.verifier.describe(request)) {
            return Err(cors::for_everybody(told));
        }
        let span = tracing::info_span!("protect", method = %request.method(), path = request.uri().path());
        self.admit(request, body).instrument(span).await
    }

    async fn admit<B>(
        &self,
        request: &mut Request<Bytes>,
        body: B,
    ) -> Result<(Passed<B>, Answering), Response<Bytes>>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        // A form's parameters are part of an OAuth 1 signature (RFC 5849 section 3.4.1.3.1), and so is what
        // `oauth_body_hash` speaks of; a form may carry a token, and a proof of possession say what the body is. No other
        // body is read.
        let wants_body = self.oauth1.as_ref().is_some_and(|verifier| verifier.wants_body(request))
            || self.oauth2.as_ref().is_some_and(|oauth2| oauth2.verifier.wants_body(request));
        let unread = if wants_body {
            *request.body_mut() = body::read(pin!(body), &self.limits).await.map_err(body::bare)?;
            None
        } else {
            Some(body)
        };
        let admission = self.judge(request).await.map_err(|dropped| {
            tracing::error!(error = %dropped, "dropped");
            body::unavailable()
        })?;
        match admission {
            Admission::Admit(grant, nonce) => {
                request.headers_mut().remove(header::AUTHORIZATION);
                request.headers_mut().remove("dpop");
                if let (Protocol::OAuth2, Some(oauth2)) = (grant.protocol(), &self.oauth2) {
                    oauth2.verifier.hide_token(request);
                }
                request.extensions_mut().insert(grant);
                let read = || Either::Left(Full::new(request.body().clone()));
                Ok((unread.map_or_else(read, Either::Right), Answering { nonce }))
            }
            Admission::Refuse(response) | Admission::Unsigned(response) => Err(response),
        }
    }

    async fn judge(&self, request: &Request<Bytes>) -> Result<Admission, Dropped> {
        // In a box: the future of every request would have room for it, where any of them may be signed.
        let by_oauth1 = |verifier| Box::pin(drive::resource1(&self.store, &*self.clock, verifier, request));
        let by_oauth2 = async |oauth2: &OAuth2| {
            let OAuth2 { verifier, elsewhere } = oauth2;
            let written = self.written.as_deref();
            let driver = Resource2 { store: &self.store, clock: &self.clock, verifier, elsewhere, written };
            driver.judge(request).await
        };
        let (oauth1, oauth2) = match (&self.oauth1, &self.oauth2) {
            (None, None) => return Ok(Admission::Refuse(body::bare(StatusCode::FORBIDDEN))),
            (Some(oauth1), None) => return by_oauth1(oauth1).await,
            (None, Some(oauth2)) => return by_oauth2(oauth2).await,
            (Some(oauth1), Some(oauth2)) => (oauth1, oauth2),
        };
        let is_signed = scheme_is(request, "OAuth") || has_signature(request);
        match (is_signed, scheme_is(request, "Bearer") || scheme_is(request, "DPoP")) {
            // For whom it acts is anybody's guess: a link may have brought a stranger's signature in its query.
            (true, true) => {
                tracing::info!(status = 400, "refused: a token and a signature");
                Ok(Admission::Refuse(body::bare(StatusCode::BAD_REQUEST)))
            }
            (true, false) => by_oauth1(oauth1).await,
            (false, true) => by_oauth2(oauth2).await,
            (false, false) => Ok(match (by_oauth2(oauth2).await?, by_oauth1(oauth1).await?) {
                (Admission::Refuse(bearer), Admission::Unsigned(oauth)) => {
                    Admission::Refuse(either(bearer, &oauth))
                }
                // Without credentials of either scheme there is nothing that could have been admitted by both. What is
                // wrong with half a signature is said alone (RFC 5849 section 3.2).
                (admitted @ Admission::Admit(..), _) | (_, admitted) => admitted,
            }),
        }
    }
}

fn scheme_is(request: &Request<Bytes>, scheme: &str) -> bool {
    let values = request.headers().get_all(header::AUTHORIZATION);
    // What follows the scheme may be anything; to say what is wrong with it is the verifier's business.
    let mut texts = values.iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    texts.any(|text| auth::scheme_of(&text).eq_ignore_ascii_case(scheme))
}

/// Whether the parameters of OAuth 1 travel in the query or in a form (RFC 5849 sections 3.5.2 and 3.5.3).
fn has_signature(request: &Request<Bytes>) -> bool {
    let places = [request.uri().query().unwrap_or_default().as_bytes(), request.body()];
    places.iter().any(|place| place.windows(16).any(|window| window == b"oauth_signature="))
}

/// A request without credentials is told every way there is to bring some (RFC 9110 section 11.6.1).
fn either(mut bearer: Response<Bytes>, oauth: &Response<Bytes>) -> Response<Bytes> {
    for challenge in oauth.headers().get_all(header::WWW_AUTHENTICATE) {
        bearer.headers_mut().append(header::WWW_AUTHENTICATE, challenge.clone());
    }
    bearer
}

fn keep_private<B>(mut response: Response<B>) -> Response<B> {
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private"));
    response
}

impl std::fmt::Debug for Protect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Protect").finish_non_exhaustive()
    }
}
