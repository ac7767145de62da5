//! What the client does with a server that misbehaves, over real sockets.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use oauth_hyper_client::{Client, Error, SendError};
use oauth_sansio::{Exchange, Moment, Outgoing, Progress};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// A server that reads a request's head and answers each connection with these bytes, then closes it after a while.
async fn server(answer: Vec<u8>, hold: Duration) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let hits = Arc::new(AtomicUsize::new(0));
    let counter = hits.clone();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            counter.fetch_add(1, Ordering::SeqCst);
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    match socket.read_u8().await {
                        Ok(byte) => head.push(byte),
                        Err(_) => return,
                    }
                }
                let _ = socket.write_all(&answer).await;
                tokio::time::sleep(hold).await;
            });
        }
    });
    (url, hits)
}

fn get(url: &str) -> Request<Bytes> {
    Request::get(url).body(Bytes::new()).unwrap()
}

#[tokio::test]
async fn l07_a_redirect_is_an_answer_and_not_followed() {
    let (target, hits) = server(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".into(), Duration::ZERO).await;
    let answer =
        format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
    let (url, _) = server(answer.into_bytes(), Duration::ZERO).await;
    let response = Client::new().send(Outgoing::repeatable(get(&url))).await.unwrap();
    assert_eq!(response.status(), 307);
    assert_eq!(hits.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_with_and_without_a_declared_length() {
    let declared = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n".to_vec();
    let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    let long = [b'x'; 100];
    for answer in
        [[&declared[..], &long].concat(), [&chunked[..], b"64\r\n", &long, b"\r\n0\r\n\r\n"].concat()]
    {
        let (url, _) = server(answer, Duration::ZERO).await;
        let outgoing = |most| Outgoing { max_response_bytes: most, ..Outgoing::once(get(&url)) };
        let client = Client::new();
        assert!(matches!(client.send(outgoing(99)).await, Err(SendError::TooLong(99))));
        assert_eq!(client.send(outgoing(100)).await.unwrap().body().len(), 100);
    }
}

#[tokio::test]
async fn an_answer_that_drips_is_given_up_at_the_deadline() {
    let (url, _) =
        server(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx".into(), Duration::from_secs(60)).await;
    let client = Client::new().timeout(Duration::from_millis(100));
    assert!(matches!(client.send(Outgoing::once(get(&url))).await, Err(SendError::TimedOut(_))));
}

#[tokio::test]
async fn only_what_is_safe_to_repeat_is_sent_again() {
    for (safe_to_repeat, sent) in [(false, 1), (true, 2)] {
        let (url, hits) = server(b"HTTP/1.1 20".into(), Duration::ZERO).await;
        let outgoing = || Outgoing { safe_to_repeat, ..Outgoing::once(get(&url)) };
        let error = Client::new().ask(|_| Ok::<_, Infallible>(outgoing())).await.unwrap_err();
        assert!(matches!(error, Error::Send(SendError::Transport(_))), "{error}");
        assert_eq!(hits.load(Ordering::SeqCst), sent);
        // What cannot be made anew is sent once.
        assert!(matches!(Client::new().send(outgoing()).await, Err(SendError::Transport(_))));
        assert_eq!(hits.load(Ordering::SeqCst), sent + 1);
    }
}

#[tokio::test]
async fn nobody_listening_is_an_error_and_not_a_wait() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    assert!(matches!(Client::new().send(Outgoing::once(get(&url))).await, Err(SendError::Transport(_))));
}

/// Asks until somebody answers, and tells how often nobody did.
struct Patient {
    url: String,
    unanswered: usize,
}

impl Exchange for Patient {
    type Done = usize;
    type Error = Infallible;

    fn request(&mut self, _: Moment) -> Result<Outgoing, Infallible> {
        Ok(Outgoing::once(get(&self.url)))
    }

    fn response(self, _: Response<Bytes>, _: Moment) -> Result<Progress<Self>, Infallible> {
        Ok(Progress::Done(self.unanswered))
    }

    fn unanswered(self, _: Moment) -> Option<Progress<Self>> {
        Some(Progress::Again(Self { unanswered: self.unanswered + 1, ..self }))
    }
}

#[tokio::test]
async fn an_exchange_that_goes_on_without_an_answer_is_driven_on() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for answer in ["", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"] {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut head = [0; 1024];
            assert!(socket.read(&mut head).await.unwrap() > 0);
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    let client = Client::new();
    let answered = client.run(Patient { url, unanswered: 0 });
    assert_eq!(tokio::time::timeout(Duration::from_secs(10), answered).await.unwrap().unwrap(), 2);
}
