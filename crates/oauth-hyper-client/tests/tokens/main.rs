//! Tokens that are kept good, over real sockets: at a server that answers as it is told.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod authorize;
mod files;
mod keeper;

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use oauth_clock::{Clock, NoEntropy};
use oauth_hyper_client::{Client, MemoryTokens, TokenKeeper, TokenStore};
use oauth_sansio::{Moment, Timestamp};
use oauth2_core::client::{self, Config, DpopKey, Keeper, Server, Tokens};
use oauth2_core::metadata::Transport;
use tokio::net::TcpListener;

const START: u64 = 1_800_000_000;

/// A clock that is moved by hand.
#[derive(Default)]
struct Hands(Mutex<(u64, u64)>);

impl Hands {
    fn pass(&self, seconds: u64) {
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
struct Peer {
    url: String,
    seen: Arc<Mutex<Vec<Request<Bytes>>>>,
}

impl Peer {
    /// `answer` is told how many requests came before.
    async fn start(
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
                        // Long enough for everybody to come at the same time.
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        Ok::<_, Infallible>(response.map(Full::new))
                    }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), serve),
                );
            }
        });
        Self { url, seen }
    }

    fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// The values of a parameter of all forms that came.
    fn forms(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter().map(|request| String::from_utf8(request.body().to_vec()).unwrap()).collect()
    }
}

fn json(status: u16, body: impl Into<Bytes>) -> Response<Bytes> {
    Response::builder().status(status).header("content-type", "application/json").body(body.into()).unwrap()
}

/// Tokens number `n`, good for an hour.
fn granted(n: usize) -> Response<Bytes> {
    json(
        200,
        format!(
            r#"{{"access_token":"a{n}","token_type":"Bearer","expires_in":3600,"refresh_token":"r{n}"}}"#
        ),
    )
}

/// What a person has granted.
fn tokens(kind: &str) -> Tokens {
    serde_json::from_value(serde_json::json!({
        "access_token": "a", "token_type": kind, "expires_at": START + 3600, "refresh_token": "r", "scope": "read",
        "refused_scope": "", "extra": {},
    }))
    .unwrap()
}

/// A client of the server, whose time is the clock's.
fn keeper_at(
    server: &Peer,
    store: Arc<dyn TokenStore>,
    clock: Arc<Hands>,
    key: Option<DpopKey>,
) -> TokenKeeper {
    let token = format!("{}/token", server.url);
    let found = Server::new(&server.url, None, &token, Transport::HttpsOrInsecureLoopback).unwrap();
    let mut config = Config::new(found, "app");
    config.dpop = key;
    let keeper = Keeper::new(client::Client::new(config).unwrap());
    TokenKeeper::new(Client::new().clock(clock), keeper, store, "photos")
}

/// A keeper in memory with what a person has granted.
async fn keeping(server: &Peer, clock: &Arc<Hands>) -> TokenKeeper {
    let keeper = keeper_at(server, Arc::new(MemoryTokens::new()), clock.clone(), None);
    keeper.start(tokens("Bearer")).await.unwrap();
    keeper
}
