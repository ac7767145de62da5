//! What the server fetches of what clients publish, over real sockets.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use oauth_clock::{Clock as _, ManualClock};
use oauth_hyper_client::GuardedClient;
use oauth_hyper_server::{Caching, Fetcher as _, Pages, ProviderService, Turn, Visit, WebFetcher};
use oauth_sansio::{Prompt, Timestamp};
use oauth_store::{IssuerStore, MemoryStore};
use oauth2_core::server::{AuthorizationServer, Config, DocumentKind, FetchError, Profile, WantedDocument};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const START: Timestamp = Timestamp::from_unix(1_800_000_000);

/// A server on this machine that answers each connection with these bytes, then holds it open for a while.
struct Fixture {
    port: u16,
    hits: Arc<AtomicUsize>,
    heads: Arc<Mutex<Vec<String>>>,
    roots: ClientConfig,
}

impl Fixture {
    async fn new(answer: impl Into<Vec<u8>>, hold: Duration) -> Self {
        Self::on(0, answer, hold).await
    }

    async fn on(port: u16, answer: impl Into<Vec<u8>>, hold: Duration) -> Self {
        let names = ["127.0.0.1", "localhost", "app.example"].map(str::to_owned);
        let rcgen::CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(names).unwrap();
        let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
        let chain = vec![cert.der().clone()];
        let server = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(cert.der().clone()).unwrap();
        let roots = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
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

    /// A server of this JSON.
    async fn json(headers: &str, body: &str) -> Self {
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        Self::new(answer, Duration::from_millis(20)).await
    }

    fn fetcher(&self, clock: &Arc<ManualClock>) -> WebFetcher {
        let client = GuardedClient::with_tls(self.roots.clone()).dangerously_reach_loopback();
        WebFetcher::with(client, Caching::default(), clock.clone())
    }

    fn wanted(&self, kind: DocumentKind) -> WantedDocument {
        let url = format!("https://127.0.0.1:{}/doc", self.port).parse().unwrap();
        WantedDocument { url, kind, newer_than: None }
    }

    fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(START))
}

const KEYS: &str = r#"{"keys":[]}"#;

#[tokio::test]
async fn what_was_fetched_is_good_for_as_long_as_it_says() {
    let fixture = Fixture::json("cache-control: max-age=600\r\n", KEYS).await;
    let (clock, wanted) = (clock(), fixture.wanted(DocumentKind::KeySet));
    let fetcher = fixture.fetcher(&clock);
    for (seconds, hits) in [(0, 1), (599, 1), (1, 2)] {
        clock.advance(Duration::from_secs(seconds));
        let fetched = fetcher.fetch(&wanted).await.unwrap();
        assert_eq!((fetched.response.body().as_ref(), fixture.hits()), (KEYS.as_bytes(), hits));
    }
    let head = fixture.heads.lock().unwrap()[0].to_ascii_lowercase();
    assert!(
        head.starts_with("get /doc http/1.1") && head.contains("accept: application/jwk-set+json"),
        "{head}"
    );
    assert!(!head.contains("cookie") && !head.contains("authorization") && !head.contains("referer"));
}

#[tokio::test]
async fn d15_a_hundred_at_once_cause_one_request() {
    let fixture = Fixture::json("", KEYS).await;
    let (fetcher, wanted) = (fixture.fetcher(&clock()), fixture.wanted(DocumentKind::KeySet));
    let asking: Vec<_> = (0..100)
        .map(|_| {
            let (fetcher, wanted) = (fetcher.clone(), wanted.clone());
            tokio::spawn(async move { fetcher.fetch(&wanted).await })
        })
        .collect();
    for asked in asking {
        assert!(asked.await.unwrap().is_ok());
    }
    assert_eq!(fixture.hits(), 1);
}

#[tokio::test]
async fn d15_a_failure_is_forgotten_after_seconds_and_never_kept_as_an_answer() {
    for answer in [
        "HTTP/1.1 500 Oops\r\ncache-control: max-age=86400\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncache-control: max-age=86400\r\ncontent-length: 2\r\n\r\n[]",
    ] {
        let fixture = Fixture::new(answer, Duration::ZERO).await;
        let (clock, wanted) = (clock(), fixture.wanted(DocumentKind::KeySet));
        let fetcher = fixture.fetcher(&clock);
        for (seconds, hits) in [(0, 1), (4, 1), (1, 2)] {
            clock.advance(Duration::from_secs(seconds));
            assert!(matches!(fetcher.fetch(&wanted).await, Err(FetchError::Status | FetchError::Malformed)));
            assert_eq!(fixture.hits(), hits);
        }
    }
}

#[tokio::test]
async fn k17_a_thousand_unknown_keys_cause_one_request_per_cool_down() {
    let fixture = Fixture::json("", KEYS).await;
    let (clock, wanted) = (clock(), fixture.wanted(DocumentKind::KeySet));
    let fetcher = fixture.fetcher(&clock);
    let first = fetcher.fetch(&wanted).await.unwrap();
    let newer = WantedDocument { newer_than: Some(first.at), ..wanted };
    for (seconds, hits) in [(1, 1), (30, 2), (0, 2)] {
        clock.advance(Duration::from_secs(seconds));
        for _ in 0..1000 {
            let at = fetcher.fetch(&newer).await.unwrap().at;
            let newest = WantedDocument { newer_than: Some(at), ..newer.clone() };
            assert!(fetcher.fetch(&newest).await.is_ok());
        }
        assert_eq!(fixture.hits(), hits);
    }
    assert!(fetcher.fetch(&newer).await.unwrap().at > first.at);
}

#[tokio::test]
async fn whoever_hangs_up_does_not_have_an_address_asked_again() {
    let fixture = Fixture::new("", Duration::from_millis(200)).await;
    let (fetcher, wanted) = (fixture.fetcher(&clock()), fixture.wanted(DocumentKind::KeySet));
    for _ in 0..10 {
        let asking = fetcher.fetch(&wanted);
        let _ = tokio::time::timeout(Duration::from_millis(10), asking).await;
    }
    assert_eq!(fetcher.fetch(&wanted).await.unwrap_err(), FetchError::Unreachable);
    assert_eq!(fixture.hits(), 1);
}

#[tokio::test]
async fn d10_d11_an_answer_that_redirects_or_is_of_another_type_is_none() {
    for (answer, expected) in [
        (
            "HTTP/1.1 302 Found\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n".to_owned(),
            FetchError::Status,
        ),
        ("HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{\"keys\":[]}".to_owned(), FetchError::ContentType),
        (
            format!("HTTP/1.1 200 OK\r\ncontent-length: 65537\r\n\r\n{}", " ".repeat(65537)),
            FetchError::TooLarge,
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 0\r\n\r\n".to_owned(),
            FetchError::Compressed,
        ),
    ] {
        let fixture = Fixture::new(answer, Duration::ZERO).await;
        let fetched = fixture.fetcher(&clock()).fetch(&fixture.wanted(DocumentKind::KeySet)).await;
        assert_eq!(fetched.unwrap_err(), expected);
        assert_eq!(fixture.hits(), 1);
    }
}

#[tokio::test]
async fn d08_k16_nothing_inside_is_asked_unless_it_is_switched_on() {
    let fixture = Fixture::json("", KEYS).await;
    let fetcher = WebFetcher::new(GuardedClient::with_tls(fixture.roots.clone()));
    let fetched = fetcher.fetch(&fixture.wanted(DocumentKind::KeySet)).await;
    assert_eq!((fetched.unwrap_err(), fixture.hits()), (FetchError::Refused, 0));
}

struct NoPages;

#[async_trait::async_trait]
impl Pages for NoPages {
    async fn interact(&self, prompt: &Prompt, _: &Visit<'_>) -> Turn {
        Turn::Page(http::Response::new(Bytes::from(format!("{:?}", prompt.warnings))))
    }
}

/// A provider that takes descriptions, before anything is fetched.
fn provider(clock: &Arc<ManualClock>) -> ProviderService {
    let mut config = Config::new("https://as.example".parse().unwrap());
    config.policy = Profile::Mcp.policy();
    config.policy.require_resource = false;
    let store = IssuerStore::new(Arc::new(MemoryStore::new()), "https://as.example");
    let server = AuthorizationServer::new(config).unwrap();
    ProviderService::with_clock(store, Arc::new(NoPages), clock.clone()).oauth2(server)
}

fn authorize(client_id: &str) -> Request<Full<Bytes>> {
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let query = oauth_sansio::form::encode([
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", "http://127.0.0.1:7000/cb"),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ]);
    Request::get(format!("/oauth2/authorize?{query}")).body(Full::default()).unwrap()
}

#[tokio::test]
async fn a_client_is_who_its_address_says_it_is() {
    let clock = clock();
    assert_eq!(clock.moment().unwrap().now(), START);
    // The port stands in the document, and is known only when somebody listens.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let client_id = format!("https://127.0.0.1:{port}/doc");
    let body = format!(
        r#"{{"client_id":"{client_id}","client_name":"Tool","redirect_uris":["http://127.0.0.1:7000/cb"]}}"#
    );
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let fixture = Fixture::on(port, answer, Duration::ZERO).await;
    let deaf = provider(&clock).answer(authorize(&client_id)).await;
    assert_eq!((deaf.status(), fixture.hits()), (StatusCode::BAD_REQUEST, 0));
    let provider = provider(&clock).fetcher(Arc::new(fixture.fetcher(&clock)));
    let answer = provider.answer(authorize(&client_id)).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let visit = Request::get(answer.headers()["location"].to_str().unwrap()).header("cookie", cookie);
    let page = provider.answer(visit.body(Full::<Bytes>::default()).unwrap()).await;
    assert_eq!(page.body(), "[NobodyKnows, OnlyOnDevice]");
    assert_eq!(fixture.hits(), 1);
    let other = provider.answer(authorize(&format!("https://127.0.0.1:{port}/other"))).await;
    assert_eq!(other.status(), StatusCode::BAD_REQUEST);
    assert!(!String::from_utf8_lossy(other.body()).contains("127.0.0.1"));
}
