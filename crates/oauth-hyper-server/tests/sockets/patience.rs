//! What takes its time is not idle: a connection with a request in flight is left alone.

use std::convert::Infallible;
use std::future::{Future as _, Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use oauth_hyper_server::Server;
use tokio::net::TcpListener;
use tokio::time::Sleep;
use tower_service::Service;
use url::Url;

use crate::common::{Plan, Raw, Stage};

const IDLE: Duration = Duration::from_millis(500);

#[tokio::test]
async fn a_kept_connection_serves_many_requests() {
    let stage = Stage::set(Plan { server: |server| server.header_timeout(IDLE), ..Plan::default() }).await;
    let mut socket = Raw::connect(&stage.api).await;
    for _ in 0..8 {
        socket.send("GET /photos HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert_eq!(socket.answer().await.unwrap().status, 401);
        tokio::time::sleep(IDLE / 4).await;
    }
}

#[tokio::test]
async fn a_slow_body_of_a_request_is_waited_for() {
    let stage = Stage::set(Plan { server: |server| server.header_timeout(IDLE), ..Plan::default() }).await;
    let mut slow = Raw::connect(&stage.provider).await;
    let head = "POST /oauth2/token HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\n";
    slow.send(head).await;
    tokio::time::sleep(IDLE * 3).await;
    slow.send("a=bc").await;
    assert_eq!(slow.answer().await.unwrap().status, 400);
}

#[tokio::test]
async fn a_slow_body_of_an_answer_is_sent_to_its_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(Server::new(listener).header_timeout(IDLE).serve(Late, std::future::pending()));
    let answer = Raw::ask(&url, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "late"));
}

/// Answers at once, and sends the body later.
#[derive(Clone)]
struct Late;

impl Service<Request<Incoming>> for Late {
    type Response = Response<LateBody>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Incoming>) -> Self::Future {
        ready(Ok(Response::new(LateBody(Some(Box::pin(tokio::time::sleep(IDLE * 3)))))))
    }
}

struct LateBody(Option<Pin<Box<Sleep>>>);

impl Body for LateBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(sleep) = &mut self.0 else { return Poll::Ready(None) };
        ready!(sleep.as_mut().poll(cx));
        self.0 = None;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from("late")))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(4)
    }
}
