//! Requests of the page for an API: they come with a cookie, and go on with a token.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode, header, request::Parts};
use http_body_util::{BodyExt as _, Either, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use tower_layer::Layer as _;
use tower_service::Service;

use super::failed::Failed;
use super::{Backend, BackendBody, Upstream, answer, upstream};
use crate::{AuthorizeError, AuthorizeLayer, Client, SendError, TokenKeeper};

/// How long the body of a request may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

impl Backend {
    /// Sends a request on to the API that it is for.
    pub(super) async fn forward<B>(
        &self,
        upstream: &Upstream,
        head: &Parts,
        body: B,
    ) -> Result<Response<BackendBody>, Failed>
    where
        B: Body + Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        if !upstream::methods().contains(&head.method) {
            return Err(Failed::Method("GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE"));
        }
        let request = upstream.request(head, Bytes::new()).ok_or(Failed::Leaves)?;
        let now = self.0.http.moment()?.now();
        let (key, session) = self.known(&head.headers, now).await?;
        self.used(key, &session, now).await?;
        let body = read(body, upstream.request_limit()).await.map_err(Failed::Body)?;
        let request = request.map(|_| body);

        let asked = request.uri().clone();
        let answer = match self.send(upstream, self.keeper(key, now), request).await {
            Ok(answer) => answer,
            Err(failed) => {
                // RFC 10017 section 6.1.2.2: a session whose tokens are dead is one no more.
                if let Failed::NoSession = failed {
                    self.end(key).await?;
                }
                return Err(failed);
            }
        };
        passed(upstream.answer(&asked, answer), upstream.answer_limit())
    }

    /// Sends a request with a token; [`Failed::NoSession`] when there is none to be had.
    async fn send(
        &self,
        upstream: &Upstream,
        keeper: TokenKeeper,
        request: Request<Bytes>,
    ) -> Result<Response<Incoming>, Failed> {
        let layer = AuthorizeLayer::new(keeper.clone(), upstream.resource().clone());
        let answer = layer.layer(Streaming(self.0.http.clone())).call(request).await?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            // Whether it refuses this session's tokens or any.
            keeper.tokens().await.map_err(|error| Failed::from(AuthorizeError::Tokens(error)))?;
        }
        Ok(answer)
    }
}

/// The answer with a bound on its body.
fn passed(answer: Response<Incoming>, most: usize) -> Result<Response<BackendBody>, Failed> {
    if answer.body().size_hint().lower() > most as u64 {
        return Err(Failed::Api(SendError::TooLong(most)));
    }
    let mut answer = answer.map(|body| Either::Right(Limited::new(body, most)));
    match answer.status() {
        // What the API asks for is the backend's to bring.
        StatusCode::UNAUTHORIZED => {
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, answer::CHALLENGE);
        }
        // Nothing that speaks another protocol behind it is passed on.
        status if status.is_informational() => {
            return Err(Failed::Api(SendError::Transport("the API changes the protocol".into())));
        }
        _ => {}
    }
    Ok(answer)
}

/// Reads the body of a request to its end.
async fn read<B>(body: B, most: usize) -> Result<Bytes, StatusCode>
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    // What is announced as too long is not read at all.
    if body.size_hint().lower() > most as u64 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let reading = tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, most).collect());
    match reading.await {
        Ok(Ok(read)) => Ok(read.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_)) => Err(StatusCode::BAD_REQUEST),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

/// The client, for answers that are passed on as they come.
#[derive(Clone)]
struct Streaming(Client);

impl Service<Request<Bytes>> for Streaming {
    type Response = Response<Incoming>;
    type Error = SendError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Incoming>, SendError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let client = self.0.clone();
        Box::pin(async move { client.open(request).await })
    }
}
