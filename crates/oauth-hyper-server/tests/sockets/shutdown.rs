//! The end of a server, and of those who ask it.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use oauth_hyper_server::Server;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;
use tower_service::Service;
use url::Url;

use crate::common::Raw;

/// Time enough for a server to see that a connection is closed.
const NOTICED: Duration = Duration::from_millis(100);

/// Answers when it is allowed to, and tells when it was asked.
#[derive(Clone)]
struct Slow {
    asked: Arc<Semaphore>,
    allowed: Arc<Semaphore>,
}

impl Service<Request<Incoming>> for Slow {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Incoming>) -> Self::Future {
        let Self { asked, allowed } = self.clone();
        Box::pin(async move {
            asked.add_permits(1);
            allowed.acquire().await.unwrap().forget();
            Ok(Response::new(Full::new(Bytes::from("done"))))
        })
    }
}

struct Running {
    url: Url,
    service: Slow,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

async fn serve(grace: Duration) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let service = Slow { asked: Arc::new(Semaphore::new(0)), allowed: Arc::new(Semaphore::new(0)) };
    let (stop, stopped) = oneshot::channel();
    let server = Server::new(listener).grace(grace);
    let serving = service.clone();
    let ended = tokio::spawn(async move { server.serve(serving, async { drop(stopped.await) }).await });
    Running { url, service, stop, ended }
}

impl Running {
    /// A connection with a request in flight.
    async fn ask(&self) -> Raw {
        let mut raw = Raw::connect(&self.url).await;
        raw.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        self.service.asked.acquire().await.unwrap().forget();
        raw
    }
}

async fn ends_within(ended: JoinHandle<()>, time: Duration) {
    tokio::time::timeout(time, ended).await.expect("the server does not end").unwrap();
}

#[tokio::test]
async fn whoever_says_no_more_is_answered_all_the_same() {
    let running = serve(Duration::from_secs(60)).await;
    let mut half_closed = running.ask().await;
    half_closed.says_no_more().await;
    tokio::time::sleep(NOTICED).await;
    running.service.allowed.add_permits(1);
    assert_eq!(half_closed.answer().await.unwrap().body, "done");
    assert_eq!(half_closed.answer().await, None);
}

/// A revocation that came whole is none of the things that end when their sender loses patience.
#[tokio::test]
async fn a_request_is_carried_out_though_its_sender_has_left() {
    let running = serve(Duration::from_secs(60)).await;
    drop(running.ask().await);
    tokio::time::sleep(NOTICED).await;
    running.service.allowed.add_permits(1);
    let carried_out = async {
        while running.service.allowed.available_permits() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), carried_out).await.expect("nobody carries it out");
}

#[tokio::test]
async fn a_request_in_flight_is_finished_and_no_connection_is_accepted_after_the_stop() {
    let running = serve(Duration::from_secs(60)).await;
    let mut idle = Raw::connect(&running.url).await;
    let mut in_flight = running.ask().await;
    let address = running.url.socket_addrs(|| None).unwrap()[0];
    running.stop.send(()).unwrap();
    // The idle connection ends at once, and by then the door is closed.
    assert_eq!(idle.answer().await, None);
    assert!(TcpStream::connect(address).await.is_err());
    assert!(!running.ended.is_finished());

    running.service.allowed.add_permits(1);
    let answer = in_flight.answer().await.unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, "done"));
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(in_flight.answer().await, None);
    ends_within(running.ended, Duration::from_secs(5)).await;
}

#[tokio::test]
async fn a_request_that_hangs_is_cut_after_the_grace_period() {
    let running = serve(Duration::from_millis(200)).await;
    let mut hanging = running.ask().await;
    running.stop.send(()).unwrap();
    ends_within(running.ended, Duration::from_secs(5)).await;
    // Nothing of the server is left behind, whatever its service waits for.
    assert_eq!(hanging.answer().await, None);
    assert_eq!(Arc::strong_count(&running.service.allowed), 1);
}

#[tokio::test]
async fn a_server_without_connections_ends_at_once() {
    let running = serve(Duration::from_secs(60)).await;
    running.stop.send(()).unwrap();
    ends_within(running.ended, Duration::from_secs(5)).await;
}

#[tokio::test]
async fn half_a_head_does_not_hold_the_end_up_longer_than_the_grace_period() {
    let running = serve(Duration::from_millis(200)).await;
    let mut half = Raw::connect(&running.url).await;
    half.send("GET / HTTP/1.1\r\nho").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    running.stop.send(()).unwrap();
    ends_within(running.ended, Duration::from_secs(5)).await;
    assert_eq!(half.answer().await, None);
}
