//! What the guarded client does with addresses that a stranger chose, over real sockets.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use oauth_hyper_client::{GuardedClient, Resolve, SendError};
use oauth_sansio::Outgoing;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A server on this machine that answers each connection with these bytes, then holds it open for a while.
struct Fixture {
    port: u16,
    hits: Arc<AtomicUsize>,
    heads: Arc<Mutex<Vec<String>>>,
    roots: ClientConfig,
}

impl Fixture {
    async fn new(answer: impl Into<Vec<u8>>, hold: Duration) -> Self {
        let names = ["127.0.0.1", "localhost", "app.example"].map(str::to_owned);
        let rcgen::CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(names).unwrap();
        let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
        let chain = vec![cert.der().clone()];
        let server = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(cert.der().clone()).unwrap();
        let roots = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (hits, heads): (Arc<AtomicUsize>, Arc<Mutex<Vec<String>>>) = Default::default();
        let acceptor = TlsAcceptor::from(Arc::new(server));
        let (counter, list, answer) = (hits.clone(), heads.clone(), Arc::new(answer.into()));
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                counter.fetch_add(1, Ordering::SeqCst);
                let (acceptor, list, answer) = (acceptor.clone(), list.clone(), answer.clone());
                tokio::spawn(async move {
                    let Ok(mut socket) = acceptor.accept(socket).await else { return };
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        match socket.read_u8().await {
                            Ok(byte) => head.push(byte),
                            Err(_) => return,
                        }
                    }
                    list.lock().unwrap().push(String::from_utf8(head).unwrap());
                    let _ = socket.write_all(&answer).await;
                    let _ = socket.flush().await;
                    tokio::time::sleep(hold).await;
                    let _ = socket.shutdown().await;
                });
            }
        });
        Self { port, hits, heads, roots }
    }

    fn client(&self) -> GuardedClient {
        GuardedClient::with_tls(self.roots.clone())
    }

    fn url(&self, host: &str) -> String {
        format!("https://{host}:{}/doc", self.port)
    }

    fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }
}

/// A resolver that says one thing after the other.
struct Saying(Mutex<VecDeque<Vec<IpAddr>>>);

#[async_trait]
impl Resolve for Saying {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        self.0.lock().unwrap().pop_front().ok_or_else(|| io::Error::other("asked too often"))
    }
}

fn saying(answers: &[&[&str]]) -> Arc<Saying> {
    let addresses = |answer: &&[&str]| answer.iter().map(|address| address.parse().unwrap()).collect();
    Arc::new(Saying(Mutex::new(answers.iter().map(addresses).collect())))
}

async fn get(client: &GuardedClient, url: &str) -> Result<Response<Bytes>, SendError> {
    let request = Request::get(url).body(Bytes::new()).unwrap();
    client.send(Outgoing { max_response_bytes: 100, ..Outgoing::once(request) }).await
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";

#[tokio::test]
async fn d08_k16_nothing_inside_is_reached_by_address_or_by_name() {
    let fixture = Fixture::new(OK, Duration::ZERO).await;
    let client = fixture.client();
    let hosts = [
        "127.0.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "169.254.169.254",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[2002:7f00:1::]",
        // Names and spellings that lead to this machine.
        "localhost",
        "localhost.",
        "0177.0.0.1",
        "0x7f.1",
        "2130706433",
        "127.1",
    ];
    for host in hosts {
        let answer = get(&client, &fixture.url(host)).await;
        // A spelling that no resolver knows is not reached either.
        let is_refused = matches!(answer, Err(SendError::Refused | SendError::Transport(_)));
        assert!(is_refused, "{host} {answer:?}");
    }
    for inside in ["127.0.0.1", "10.1.2.3", "::1", "::ffff:192.168.0.1", "fe80::1", "64:ff9b::a00:1"] {
        let client = client.clone().resolver(saying(&[&[inside]]));
        let answer = get(&client, &fixture.url("app.example")).await;
        assert!(matches!(answer, Err(SendError::Refused)), "{inside} {answer:?}");
    }
    assert_eq!(fixture.hits(), 0);
}

#[tokio::test]
async fn only_encrypted_lines_are_used() {
    let fixture = Fixture::new(OK, Duration::ZERO).await;
    let client = fixture.client().dangerously_reach_loopback();
    for url in [format!("http://127.0.0.1:{}/doc", fixture.port), "/doc".to_owned()] {
        assert!(matches!(get(&client, &url).await, Err(SendError::Refused)), "{url}");
    }
    assert_eq!(fixture.hits(), 0);
    // And a certificate of somebody else is none.
    let stranger = GuardedClient::new().dangerously_reach_loopback();
    assert!(matches!(get(&stranger, &fixture.url("127.0.0.1")).await, Err(SendError::Transport(_))));
}

#[tokio::test]
async fn the_loopback_switch_opens_this_machine_and_nothing_else() {
    let fixture = Fixture::new(OK, Duration::ZERO).await;
    let client = fixture.client().dangerously_reach_loopback();
    for host in ["127.0.0.1", "localhost"] {
        let client = client.clone().resolver(saying(&[&["127.0.0.1"]]));
        assert_eq!(get(&client, &fixture.url(host)).await.unwrap().body(), "{}");
    }
    for host in ["10.0.0.1", "169.254.169.254", "[fe80::1]", "[::ffff:127.0.0.1]"] {
        assert!(matches!(get(&client, &fixture.url(host)).await, Err(SendError::Refused)), "{host}");
    }
}

#[tokio::test]
async fn d09_the_connection_goes_to_the_address_that_was_looked_at() {
    let fixture = Fixture::new(OK, Duration::ZERO).await;
    let client = fixture.client().dangerously_reach_loopback();
    // Good when it is checked, inside a moment later: whoever looked twice would connect inside.
    let resolver = saying(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let client = client.resolver(resolver.clone());
    let url = fixture.url("app.example");
    assert_eq!(get(&client, &url).await.unwrap().status(), 200);
    assert_eq!(resolver.0.lock().unwrap().len(), 1, "resolved once");
    // The next request does not trust the look of the one before.
    assert!(matches!(get(&client, &url).await, Err(SendError::Refused)));
    let mixed = client.clone().resolver(saying(&[&["127.0.0.1", "10.0.0.1"]]));
    assert!(matches!(get(&mixed, &url).await, Err(SendError::Refused)));
    assert_eq!(fixture.hits(), 1);
}

#[tokio::test]
async fn d10_k16_a_redirect_is_not_followed() {
    let target = Fixture::new(OK, Duration::ZERO).await;
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let location = target.url("127.0.0.1");
        let answer = format!("HTTP/1.1 {status}\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
        let fixture = Fixture::new(answer, Duration::ZERO).await;
        let client = fixture.client().dangerously_reach_loopback();
        assert!(get(&client, &fixture.url("127.0.0.1")).await.unwrap().status().is_redirection());
    }
    assert_eq!(target.hits(), 0);
}

#[tokio::test]
async fn d11_k16_an_answer_is_small_quick_and_not_compressed() {
    let long = "x".repeat(101);
    let declared = format!("HTTP/1.1 200 OK\r\ncontent-length: 101\r\n\r\n{long}");
    let endless = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n65\r\n{long}\r\n");
    for answer in [declared, endless] {
        let fixture = Fixture::new(answer, Duration::from_secs(60)).await;
        let client = fixture.client().dangerously_reach_loopback();
        assert!(matches!(get(&client, &fixture.url("127.0.0.1")).await, Err(SendError::TooLong(100))));
    }
    for answer in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx"] {
        let fixture = Fixture::new(answer, Duration::from_secs(60)).await;
        let client = fixture.client().dangerously_reach_loopback().timeout(Duration::from_millis(300));
        assert!(matches!(get(&client, &fixture.url("127.0.0.1")).await, Err(SendError::TimedOut(_))));
    }
    let compressed = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}";
    let fixture = Fixture::new(compressed, Duration::ZERO).await;
    let client = fixture.client().dangerously_reach_loopback();
    assert!(matches!(get(&client, &fixture.url("127.0.0.1")).await, Err(SendError::Compressed)));
    assert!(!fixture.heads.lock().unwrap()[0].to_ascii_lowercase().contains("accept-encoding"));
    let head = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(100_000));
    let fixture = Fixture::new(head, Duration::ZERO).await;
    let client = fixture.client().dangerously_reach_loopback();
    assert!(matches!(get(&client, &fixture.url("127.0.0.1")).await, Err(SendError::Transport(_))));
}

#[tokio::test]
async fn z04_what_the_error_says_names_no_address() {
    let client = GuardedClient::new().resolver(saying(&[&["10.11.12.13"]]));
    let error = get(&client, "https://app.example/doc").await.unwrap_err();
    assert_eq!(error.to_string(), "nothing is sent to this address");
}
