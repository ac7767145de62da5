//! The protected API: it tells what reached it.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Body;
use oauth_hyper_server::Grant;
use serde_json::json;
use tower_service::Service;

/// On `/first-piece` it answers as soon as the first piece of a body is there; elsewhere it reads the whole.
#[derive(Clone)]
pub(crate) struct Photos;

impl<B> Service<Request<B>> for Photos
where
    B: Body<Data = Bytes, Error: std::fmt::Debug> + Send + Unpin + 'static,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        Box::pin(async move { Ok(answer(request).await) })
    }
}

async fn answer<B>(request: Request<B>) -> Response<Full<Bytes>>
where
    B: Body<Data = Bytes, Error: std::fmt::Debug> + Unpin,
{
    let (head, mut body) = request.into_parts();
    let body = match head.uri.path() {
        "/first-piece" => body.frame().await.unwrap().unwrap().into_data().unwrap_or_default(),
        _ => body.collect().await.unwrap().to_bytes(),
    };
    let grant = head.extensions.get::<Grant>().unwrap();
    let told = json!({
        "method": head.method.as_str(),
        "target": head.uri.path_and_query().map(|target| target.as_str()),
        "authorization": head.headers.contains_key(header::AUTHORIZATION),
        "protocol": format!("{:?}", grant.protocol()),
        "client_id": grant.client_id(),
        "subject": grant.subject(),
        "scopes": grant.scopes().collect::<Vec<_>>(),
        "body": String::from_utf8_lossy(&body),
    });
    Response::new(Full::new(Bytes::from(told.to_string())))
}
