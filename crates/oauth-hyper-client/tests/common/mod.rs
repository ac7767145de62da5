//! What several tests need: a clock that is moved by hand, and a server that answers as it is told.
#![allow(dead_code, reason = "not every test needs all of it")]

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use oauth_clock::{Clock, NoEntropy};
use oauth_sansio::{Moment, Timestamp};
use oauth2_core::client::Tokens;
use tokio::net::TcpListener;

pub(crate) const START: u64 = 1_800_000_000;

/// A clock that is moved by hand.
#[derive(Default)]
pub(crate) struct Hands(Mutex<(u64, u64)>);

impl Hands {
    pub(crate) fn pass(&self, seconds: u64) {
        self.0.lock().unwrap().0 += seconds;
    }
}

#[async_trait]
impl Clock for Hands {
    fn moment(&self) -> Result<Moment, NoEntropy> {
        let mut hands = self.0.lock().unwrap();
        hands.1 += 1;
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&hands.1.to_be_bytes());
        Ok(Moment::new(Timestamp::from_unix(START + hands.0), seed))
    }
}

/// A server, and all that it was asked.
pub(crate) struct Peer {
    pub(crate) url: String,
    pub(crate) seen: Arc<Mutex<Vec<Request<Bytes>>>>,
}

/// An answer with this among its extensions takes so long.
#[derive(Clone, Copy)]
pub(crate) struct Slow(pub(crate) Duration);

/// Instead of an answer with this among its extensions the connection ends.
#[derive(Clone, Copy)]
pub(crate) struct Cut;

impl Peer {
    /// `answer` is told how many requests came before.
    pub(crate) async fn start(
        answer: impl Fn(usize, &Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (seen, answer) = (Arc::new(Mutex::new(Vec::new())), Arc::new(answer));
        let log = seen.clone();
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let (log, answer) = (log.clone(), answer.clone());
                let serve = service_fn(move |request: Request<hyper::body::Incoming>| {
                    let (log, answer) = (log.clone(), answer.clone());
                    async move {
                        let (head, body) = request.into_parts();
                        let request = Request::from_parts(head, body.collect().await.unwrap().to_bytes());
                        let response = {
                            let mut log = log.lock().unwrap();
                            log.push(request);
                            answer(log.len() - 1, log.last().unwrap())
                        };
                        if let Some(Slow(time)) = response.extensions().get() {
                            tokio::time::sleep(*time).await;
                        }
                        match response.extensions().get::<Cut>() {
                            Some(Cut) => Err(io::Error::from(io::ErrorKind::ConnectionReset)),
                            None => Ok(response.map(Full::new)),
                        }
                    }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), serve),
                );
            }
        });
        Self { url, seen }
    }

    pub(crate) fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// The bodies of all requests.
    pub(crate) fn forms(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter().map(|request| String::from_utf8(request.body().to_vec()).unwrap()).collect()
    }
}

pub(crate) fn json(status: u16, body: impl Into<Bytes>) -> Response<Bytes> {
    Response::builder().status(status).header("content-type", "application/json").body(body.into()).unwrap()
}

/// Tokens number `n`, good for an hour.
pub(crate) fn granted(n: usize) -> Response<Bytes> {
    let body = format!(
        r#"{{"access_token":"a{n}","token_type":"Bearer","expires_in":3600,"refresh_token":"r{n}"}}"#
    );
    let mut response = json(200, body);
    // Long enough for everybody to come at the same time.
    response.extensions_mut().insert(Slow(Duration::from_millis(50)));
    response
}

/// The refusal of an API.
pub(crate) fn challenge(status: u16, challenge: &str) -> Response<Bytes> {
    Response::builder().status(status).header("www-authenticate", challenge).body(Bytes::new()).unwrap()
}

/// What a person has granted.
pub(crate) fn tokens(kind: &str) -> Tokens {
    serde_json::from_value(serde_json::json!({
        "access_token": "a", "token_type": kind, "expires_at": START + 3600, "refresh_token": "r", "scope": "read",
        "refused_scope": "", "extra": {},
    }))
    .unwrap()
}

pub(crate) fn moment(hands: &Hands) -> Moment {
    hands.moment().unwrap()
}
