//! What is served where nothing is to be done.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::Full;
use oauth_hyper_server::{Pages, Turn, Visit};
use oauth_sansio::{Answer, Prompt};
use tower_service::Service;

/// Answers always the same, with the headers of a token response.
#[derive(Clone)]
pub struct Fixed(pub Bytes);

impl<B> Service<Request<B>> for Fixed {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        let mut response = Response::new(Full::new(self.0.clone()));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        ready(Ok(response))
    }
}

/// Pages that show nothing, as nobody is there.
pub struct NoPages;

#[async_trait]
impl Pages for NoPages {
    async fn interact(&self, _: &Prompt, _: &Visit<'_>) -> Turn {
        Turn::Answer(Answer::Denied)
    }
}
