//! Servers that answer what no good one does.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    net::Ipv4Addr,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use oauth_hyper_server::Server;
use rustls::ServerConfig;
use serde_json::Value;
use tokio::net::TcpListener;
use tower_service::Service;

type Answer = dyn Fn(&str, &Request<Incoming>) -> (StatusCode, &'static str, Value) + Send + Sync;

/// Serves answers: a status, a challenge in which `{origin}` is the server's own, and a document. Gives the origin.
pub(crate) async fn fake(
    answer: impl Fn(&str, &Request<Incoming>) -> (StatusCode, &'static str, Value) + Send + Sync + 'static,
) -> String {
    serve(None, Arc::new(answer)).await
}

/// The same over TLS.
pub(crate) async fn secure_fake(
    tls: &Arc<ServerConfig>,
    answer: impl Fn(&str, &Request<Incoming>) -> (StatusCode, &'static str, Value) + Send + Sync + 'static,
) -> String {
    serve(Some(Arc::clone(tls)), Arc::new(answer)).await
}

async fn serve(tls: Option<Arc<ServerConfig>>, answer: Arc<Answer>) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let scheme = if tls.is_some() { "https" } else { "http" };
    let origin = format!("{scheme}://{}", listener.local_addr().unwrap());
    let mut server = Server::new(listener);
    if let Some(tls) = tls {
        server = server.tls(tls);
    }
    tokio::spawn(server.serve(Fake { origin: origin.clone(), answer }, std::future::pending()));
    origin
}

#[derive(Clone)]
struct Fake {
    origin: String,
    answer: Arc<Answer>,
}

impl Service<Request<Incoming>> for Fake {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let (status, challenge, document) = (self.answer)(&self.origin, &request);
        let mut response =
            Response::builder().status(status).header(header::CONTENT_TYPE, "application/json");
        if !challenge.is_empty() {
            response = response.header(header::WWW_AUTHENTICATE, challenge.replace("{origin}", &self.origin));
        }
        ready(Ok(response.body(Full::from(document.to_string())).unwrap()))
    }
}
