//! The layer in front of an API: either protocol gets through, with proof.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{Either, Full};
use hyper::body::Body;
use oauth_clock::{Clock, SystemClock};
use oauth_sansio::auth;
use oauth_store::IssuerStore;
use tower_layer::Layer;
use tower_service::Service;
use tracing::Instrument as _;

use crate::drive::{self, Admission, Dropped};
use crate::{Limits, body, cors};

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
/// A request without any credentials is told how to bring some: with 401 where OAuth 2 is let through (RFC 6750 section 3),
/// with 400 where only OAuth 1.0a is, for which a missing parameter is a bad request (RFC 5849 section 3.2).
#[derive(Clone)]
pub struct Protect {
    gate: Arc<Gate>,
}

#[derive(Clone)]
struct Gate {
    oauth1: Option<oauth1_core::resource::Verifier>,
    oauth2: Option<oauth2_core::resource::Verifier>,
    store: IssuerStore,
    clock: Arc<dyn Clock>,
    limits: Limits,
}

impl Protect {
    /// A layer that lets nothing through yet.
    pub fn new(store: IssuerStore) -> Self {
        let (clock, limits) = (Arc::new(SystemClock), Limits::default());
        Self { gate: Arc::new(Gate { oauth1: None, oauth2: None, store, clock, limits }) }
    }

    /// Lets requests signed by OAuth 1.0a through.
    #[must_use]
    pub fn oauth1(mut self, verifier: oauth1_core::resource::Verifier) -> Self {
        Arc::make_mut(&mut self.gate).oauth1 = Some(verifier);
        self
    }

    /// Lets requests with a token of OAuth 2 through.
    #[must_use]
    pub fn oauth2(mut self, verifier: oauth2_core::resource::Verifier) -> Self {
        Arc::make_mut(&mut self.gate).oauth2 = Some(verifier);
        self
    }

    /// Takes moments from another clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        Arc::make_mut(&mut self.gate).clock = clock;
        self
    }

    /// Sets other limits on the forms that are read to verify a signature.
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

/// What the API sees of a body: the bytes, when they were read for a signature; otherwise the stream.
type Passed<B> = Either<Full<Bytes>, B>;
type Answer<B> = Response<Either<Full<Bytes>, B>>;
/// A request for the API, and the nonce that goes with its answer.
type Admitted<B> = (Request<Passed<B>>, Option<HeaderValue>);

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
        Box::pin(async move {
            if let Some(told) = gate.oauth2.as_ref().and_then(|verifier| verifier.describe(&request)) {
                return Ok(cors::for_everybody(told).map(|body| Either::Left(Full::new(body))));
            }
            let span =
                tracing::info_span!("protect", method = %request.method(), path = request.uri().path());
            match gate.admit(request).instrument(span).await {
                Ok((request, nonce)) => {
                    let mut answer = keep_private(inner.call(request).await?.map(Either::Right));
                    answer.headers_mut().extend(nonce.map(|nonce| (DPOP_NONCE, nonce)));
                    Ok(answer)
                }
                Err(refusal) => Ok(refusal.map(|body| Either::Left(Full::new(body)))),
            }
        })
    }
}

impl Gate {
    async fn admit<B>(&self, request: Request<B>) -> Result<Admitted<B>, Response<Bytes>>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (head, body) = request.into_parts();
        let head = Request::from_parts(head, ());
        // A form's parameters are part of an OAuth 1 signature (RFC 5849 section 3.4.1.3.1), and so is what
        // `oauth_body_hash` speaks of; no other body is read.
        let (bytes, passed) = if self.oauth1.as_ref().is_some_and(|verifier| verifier.wants_body(&head)) {
            let bytes = body::read(body, &self.limits).await.map_err(body::bare)?;
            (bytes.clone(), Either::Left(Full::new(bytes)))
        } else {
            (Bytes::new(), Either::Right(body))
        };
        let request = head.map(|()| bytes);
        let admission = self.judge(&request).await.map_err(|dropped| {
            tracing::error!(error = %dropped, "dropped");
            body::unavailable()
        })?;
        match admission {
            Admission::Admit(grant, nonce) => {
                let mut request = request.map(|_| passed);
                request.headers_mut().remove(header::AUTHORIZATION);
                request.headers_mut().remove("dpop");
                request.extensions_mut().insert(grant);
                Ok((request, nonce))
            }
            Admission::Refuse(response) | Admission::Unsigned(response) => Err(response),
        }
    }

    async fn judge(&self, request: &Request<Bytes>) -> Result<Admission, Dropped> {
        let by_oauth1 = async |verifier| drive::resource1(&self.store, &*self.clock, verifier, request).await;
        let by_oauth2 = async |verifier| drive::resource2(&self.store, &*self.clock, verifier, request).await;
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
