//! An API of our own, which writes down what reaches it.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, request::Parts};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use oauth_clock::ManualClock;
use oauth_hyper_server::{Grant, Protect, Server};
use oauth2_core::resource::{Config, Dpop, Verifier};
use serde_json::json;
use tower_service::Service;
use url::Url;

use crate::provider::Provider;
use crate::stage::listen;

#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) url: Url,
    protect: Protect,
    seen: Arc<Mutex<Vec<Parts>>>,
}

impl Api {
    pub(crate) async fn open(provider: &Provider, clock: &Arc<ManualClock>, bound: bool) -> Self {
        let (socket, url) = listen("http").await;
        let dpop = bound.then(|| Dpop { nonces: Some(provider.keys.clone()), ..Dpop::new(url.clone()) });
        let verifier = Verifier::new(Config { dpop, ..Config::default() }).unwrap();
        let protect = Protect::new(provider.store.clone()).oauth2(verifier).clock(clock.clone());
        let api = Self { url, protect, seen: Arc::default() };
        tokio::spawn(Server::new(socket).serve(api.clone(), std::future::pending()));
        api
    }

    /// The values of a header in all requests; empty where it did not come.
    pub(crate) fn headers(&self, name: &str) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        let value =
            |head: &Parts| head.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        seen.iter().map(value).collect()
    }

    /// Where the requests went.
    pub(crate) fn targets(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|head| head.uri.to_string()).collect()
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Bytes> {
        let (head, body) = request.into_parts();
        self.seen.lock().unwrap().push(head.clone());
        let (request, answering) = match self.protect.admit(Request::from_parts(head, body)).await {
            Ok(admitted) => admitted,
            Err(refusal) => return refusal,
        };
        let (head, body) = request.into_parts();
        let answer = match head.uri.path() {
            // An API that says more than it should.
            "/v1/leaky" => Response::builder()
                .header("set-cookie", "__Host-backend-session=fixed; Path=/; Secure")
                .header("authorization", "Bearer leaked")
                .header("access-control-allow-origin", "*")
                .header("cache-control", "public, max-age=3600")
                .header("etag", "\"1\"")
                .body(Bytes::from_static(b"leaky")),
            "/v1/refused" => Response::builder()
                .status(401)
                .header("www-authenticate", "Bearer error=\"invalid_token\"")
                .body(Bytes::new()),
            "/v1/moved" => Response::builder()
                .status(307)
                .header("location", "http://evil.example/v1/7")
                .body(Bytes::new()),
            "/v1/long" => Response::builder().body(vec![b'x'; 4096].into()),
            _ => {
                let told = json!({
                    "owner": head.extensions.get::<Grant>().and_then(Grant::subject),
                    "method": head.method.as_str(),
                    "body": String::from_utf8_lossy(&body.collect().await.unwrap().to_bytes()),
                });
                Response::builder().header("content-type", "application/json").body(told.to_string().into())
            }
        };
        answering.finish(answer.unwrap())
    }
}

impl Service<Request<Incoming>> for Api {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let api = self.clone();
        Box::pin(async move { Ok(api.answer(request).await.map(Full::new)) })
    }
}
