//! The token endpoint over HTTP/1.1 keep-alive, beside a bare hyper server that answers a fixed body of the same size.
//!
//! Each server runs in a thread of its own with one connection; what is compared is the CPU time of that thread per
//! request, which does not count the load generator.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::mpsc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use oauth_hyper_server::{Pages, ProviderService, Server, Turn, Visit};
use oauth_sansio::{Answer, Prompt};
use tokio::runtime::Builder;
use tower_service::Service;

use crate::endpoint;
use crate::harness::{cpu_time, low};

const REQUESTS: u32 = 200;

pub(crate) fn run(rounds: usize) -> anyhow::Result<()> {
    let mut token = Served::start(Kind::Token)?;
    let body = token.exchange()?;
    let mut served = [
        (
            "limit: bare hyper, a fixed body of the same size",
            Served::start(Kind::Bare(body.clone()))?,
            vec![],
        ),
        ("our server with its limits, the same fixed body", Served::start(Kind::Fixed(body))?, vec![]),
        ("our server, token endpoint, in-memory store", token, vec![]),
    ];
    let count = served.len();
    for round in 0..rounds.div_ceil(3) {
        for i in 0..count {
            let (_, server, times) = &mut served[(round + i) % count];
            times.push(server.round()?);
        }
    }
    println!(
        "\noauth2-token-hyper: client credentials over HTTP/1.1 keep-alive, CPU of the server per request"
    );
    let mut limit = None;
    for (name, _, times) in &mut served {
        let time = low(times);
        println!("  {name:<50} {time:>6.0} ns  {:>6.2} ×", time / *limit.get_or_insert(time));
    }
    Ok(())
}

enum Kind {
    Bare(Bytes),
    Fixed(Bytes),
    Token,
}

/// A server in its thread, and one connection to it.
struct Served {
    connection: TcpStream,
    request: Vec<u8>,
    /// Asks the server's thread how much CPU time it has used.
    ask: tokio::sync::mpsc::UnboundedSender<mpsc::Sender<Duration>>,
}

impl Served {
    fn start(kind: Kind) -> anyhow::Result<Self> {
        let (tell_address, address) = mpsc::channel();
        let (ask, asked) = tokio::sync::mpsc::unbounded_channel();
        std::thread::spawn(move || serve(kind, &tell_address, asked));
        let address: SocketAddr = address.recv()?;
        let connection = TcpStream::connect(address)?;
        connection.set_nodelay(true)?;
        let body = "grant_type=client_credentials&scope=photos";
        let request = format!(
            "POST /oauth2/token HTTP/1.1\r\nhost: as.example.com\r\nauthorization: {}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            endpoint::basic(),
            body.len(),
        );
        Ok(Self { connection, request: request.into_bytes(), ask })
    }

    /// CPU nanoseconds of the server's thread per request.
    fn round(&mut self) -> anyhow::Result<f64> {
        let before = self.server_time()?;
        for _ in 0..REQUESTS {
            self.exchange()?;
        }
        Ok((self.server_time()? - before).as_nanos() as f64 / f64::from(REQUESTS))
    }

    fn server_time(&self) -> anyhow::Result<Duration> {
        let (tell, told) = mpsc::channel();
        self.ask.send(tell)?;
        Ok(told.recv()?)
    }

    /// Sends the request and reads the answer's body.
    fn exchange(&mut self) -> anyhow::Result<Bytes> {
        self.connection.write_all(&self.request)?;
        let mut answer = Vec::with_capacity(1024);
        let mut chunk = [0; 4096];
        loop {
            let read = self.connection.read(&mut chunk)?;
            anyhow::ensure!(read > 0, "the server closed the connection");
            answer.extend_from_slice(chunk.get(..read).unwrap_or_default());
            if let Some(body) = complete(&answer) {
                anyhow::ensure!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
                return Ok(Bytes::copy_from_slice(body));
            }
        }
    }
}

/// The body, once all of it is there.
fn complete(answer: &[u8]) -> Option<&[u8]> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let (head, body) = answer.split_at(end);
    let head = std::str::from_utf8(head).ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    (body.len() == length.trim().parse::<usize>().ok()?).then_some(body)
}

fn serve(
    kind: Kind,
    tell_address: &mpsc::Sender<SocketAddr>,
    mut asked: tokio::sync::mpsc::UnboundedReceiver<mpsc::Sender<Duration>>,
) {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let store = endpoint::store(&runtime).expect("a store");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        tell_address.send(listener.local_addr().expect("an address")).expect("somebody asks");
        tokio::task::spawn(async move {
            while let Some(tell) = asked.recv().await {
                let _ = tell.send(cpu_time());
            }
        });
        match kind {
            Kind::Bare(body) => {
                let (socket, _) = listener.accept().await.expect("a connection");
                socket.set_nodelay(true).expect("no delay");
                let service = TowerToHyperService::new(Fixed(body));
                let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
            }
            Kind::Fixed(body) => Server::new(listener).serve(Fixed(body), std::future::pending()).await,
            Kind::Token => {
                let service = ProviderService::new(store, Arc::new(NoPages));
                let service = service.oauth2(endpoint::server().expect("a server"));
                Server::new(listener).serve(service, std::future::pending()).await;
            }
        }
    });
}

/// Answers always the same, with the headers of a token response.
#[derive(Clone)]
struct Fixed(Bytes);

impl Service<Request<Incoming>> for Fixed {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Incoming>) -> Self::Future {
        let mut response = Response::new(Full::new(self.0.clone()));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        ready(Ok(response))
    }
}

struct NoPages;

#[async_trait]
impl Pages for NoPages {
    async fn interact(&self, _: &Prompt, _: &Visit<'_>) -> Turn {
        Turn::Answer(Answer::Denied)
    }
}
