//! The application's own web server: where people are sent back to.

use std::convert::Infallible;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, Uri, header};
use http_body_util::Full;
use hyper::body::Incoming;
use oauth_hyper_server::Server;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tower_service::Service;

/// The path of the callback.
pub(super) const CALLBACK: &str = "/ready";

/// Serves the callback; each visit's address arrives at the receiver.
pub(super) fn serve(listener: TcpListener) -> mpsc::Receiver<Uri> {
    let (visits, receiver) = mpsc::channel(8);
    tokio::spawn(Server::new(listener).serve(Callback { visits }, std::future::pending()));
    receiver
}

#[derive(Clone)]
struct Callback {
    visits: mpsc::Sender<Uri>,
}

impl Service<Request<Incoming>> for Callback {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        // A browser asks for an icon as well; a full channel means that somebody plays with the button.
        let is_callback = request.uri().path() == CALLBACK;
        let taken = is_callback && self.visits.try_send(request.uri().clone()).is_ok();
        std::future::ready(Ok(answer(taken)))
    }
}

fn answer(taken: bool) -> Response<Full<Bytes>> {
    const PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Back at the application</title>\
        <body><main><h1>Back at the application</h1><p>It goes on by itself; you can close this page.</p></main>";
    let (status, body) = if taken { (StatusCode::OK, PAGE) } else { (StatusCode::NOT_FOUND, "") };
    let mut response = Response::new(Full::new(Bytes::from_static(body.as_bytes())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // The address of this page carries a code (RFC 9700 section 4.2.4).
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'"));
    response
}
