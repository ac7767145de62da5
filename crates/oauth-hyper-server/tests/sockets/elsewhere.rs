//! APIs that have nothing of the authorization server but its address: keys are fetched and tokens asked about over sockets.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use oauth_clock::{Clock as _, ManualClock};
use oauth_hyper_client::Client as Http;
use oauth_hyper_server::{Grant, LocalKeys, Origins, Protect, ProviderService, Server};
use oauth_sansio::{Outgoing, Timestamp};
use oauth_store::{IssuerStore, MemoryStore};
use oauth2_core::client::{self, ClientAuthentication, Discovery};
use oauth2_core::dpop::access_token_hash;
use oauth2_core::jose::{Algorithm, LocalSigner, Signer as _, Unsigned};
use oauth2_core::metadata::Transport;
use oauth2_core::resource::{Config, Dpop, Introspected, Signed, Verifier};
use oauth2_core::server::{
    self, Authentication, AuthorizationServer, Client, GrantType, KeyRing, Resource, RingKey, SecretMethods,
    TokenFormat,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower_layer::Layer as _;
use tower_service::Service;
use url::Url;

use crate::common::{Photos, START, StubPages, form_post};

const SECRET: &str = "a-generated-secret-of-more-than-128-bits";
const API: &str = "https://api.example";
const TRANSPORT: Transport = Transport::HttpsOrInsecureLoopback;

/// An authorization server that counts what it is asked, and can stop answering.
#[derive(Clone)]
struct Provider {
    issuer: Url,
    service: ProviderService,
    asked: Arc<Mutex<Vec<String>>>,
    is_down: Arc<AtomicBool>,
    store: IssuerStore,
}

impl Service<Request<Incoming>> for Provider {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let own = self.clone();
        Box::pin(async move {
            own.asked.lock().unwrap().push(request.uri().path().to_owned());
            // So long that everybody who asks at once is there.
            tokio::time::sleep(Duration::from_millis(50)).await;
            let answer = match own.is_down.load(Ordering::SeqCst) {
                true => Response::builder().status(503).body(Bytes::new()).unwrap(),
                false => own.service.answer(request).await,
            };
            Ok(answer.map(Full::new))
        })
    }
}

impl Provider {
    async fn new(format: TokenFormat, clock: &Arc<ManualClock>) -> Self {
        let (listener, issuer) = listen().await;
        let key = LocalSigner::generate(Algorithm::Es256, "2026").unwrap();
        let mut config = server::Config::new(issuer.clone());
        config.insecure_loopback = true;
        config.scopes = "photos".parse().unwrap();
        config.signing = KeyRing::new([RingKey::always(key.public().unwrap())]).unwrap();
        let introspected_by = vec!["machine".into()];
        config.resources = vec![Resource { token: format, introspected_by, ..Resource::new(API) }];
        let store = IssuerStore::new(Arc::new(MemoryStore::new()), issuer.as_str());
        let client = Client {
            authentication: Authentication::secret(&SECRET.into(), SecretMethods::Both),
            grants: vec![GrantType::ClientCredentials],
            scopes: "photos".parse().unwrap(),
            ..Client::new("machine")
        };
        store.register_oauth2(client).await.unwrap();
        let service = ProviderService::with_clock(store.clone(), Arc::new(StubPages), clock.clone())
            .oauth2(AuthorizationServer::new(config).unwrap())
            .signing_keys(Arc::new(LocalKeys::new([key])));
        let (asked, is_down) = Default::default();
        let provider = Self { issuer, service, asked, is_down, store };
        tokio::spawn(Server::new(listener).serve(provider.clone(), std::future::pending()));
        provider
    }

    fn issuer(&self) -> &str {
        self.issuer.as_str().trim_end_matches('/')
    }

    async fn metadata(&self) -> oauth2_core::metadata::AuthorizationServerMetadata {
        let discovery = Discovery::new(self.issuer(), TRANSPORT).unwrap();
        Http::new().run(discovery).await.unwrap()
    }

    /// Its JWTs, verified here.
    async fn signed(&self) -> Signed {
        Signed::from_metadata(&self.metadata().await).unwrap()
    }

    /// Its tokens, asked about as `machine`.
    async fn introspected(&self) -> Introspected {
        let server = client::Server::from_metadata(&self.metadata().await, TRANSPORT).unwrap();
        let authentication = ClientAuthentication::SecretBasic(SECRET.into());
        let config = client::Config { authentication, ..client::Config::new(server, "machine") };
        Introspected::new(client::Client::new(config).unwrap())
    }

    async fn token(&self) -> String {
        let url = self.issuer.join("/oauth2/token").unwrap();
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", "machine"),
            ("client_secret", SECRET),
            ("resource", API),
        ];
        let answer = Http::new().send(Outgoing::once(form_post(&url, &fields))).await.unwrap();
        let told: Value = serde_json::from_slice(answer.body()).unwrap();
        self.asked();
        told["access_token"].as_str().unwrap_or_else(|| panic!("{told}")).to_owned()
    }

    /// What it was asked since the last call.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    fn down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }
}

async fn listen() -> (TcpListener, Url) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    (listener, url)
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp::from_unix(START)))
}

fn settings(signed: Vec<Signed>, introspected: Vec<Introspected>) -> Config {
    Config {
        identifier: Some(API.into()),
        scopes: "photos".parse().unwrap(),
        signed,
        introspected,
        transport: TRANSPORT,
        ..Config::default()
    }
}

/// An API on a port of its own.
async fn api(config: Config, clock: &Arc<ManualClock>) -> Url {
    let (listener, url) = listen().await;
    let protect = Protect::alone().oauth2(Verifier::new(config).unwrap()).clock(clock.clone());
    tokio::spawn(Server::new(listener).serve(protect.layer(Photos), std::future::pending()));
    url
}

async fn ask(api: &Url, token: &str) -> Response<Bytes> {
    let url = api.join("/photos").unwrap();
    let request = Request::get(url.as_str()).header(header::AUTHORIZATION, format!("Bearer {token}"));
    Http::new().send(Outgoing::repeatable(request.body(Bytes::new()).unwrap())).await.unwrap()
}

async fn status(api: &Url, token: &str) -> u16 {
    ask(api, token).await.status().as_u16()
}

#[tokio::test]
async fn a_jwt_is_verified_with_keys_that_are_fetched_once() {
    let clock = clock();
    let provider = Provider::new(TokenFormat::Jwt, &clock).await;
    let api = api(settings(vec![provider.signed().await], vec![]), &clock).await;
    let (one, two) = (provider.token().await, provider.token().await);
    let answer = ask(&api, &one).await;
    assert_eq!(answer.status(), 200);
    let told: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!((&told["client_id"], &told["subject"]), (&json!("machine"), &Value::Null));
    assert_eq!((&told["scopes"], &told["authorization"]), (&json!(["photos"]), &json!(false)));
    for token in [&one, &two, &one] {
        assert_eq!(status(&api, token).await, 200);
    }
    assert_eq!(provider.asked(), ["/oauth2/jwks"]);
    assert_eq!(status(&api, &one[..one.len() - 8]).await, 401);
}

#[tokio::test]
async fn d15_sixty_four_requests_at_once_cause_one_for_the_keys_and_one_about_the_token() {
    let clock = clock();
    for (format, path) in [(TokenFormat::Jwt, "/oauth2/jwks"), (TokenFormat::Opaque, "/oauth2/introspect")] {
        let provider = Provider::new(format, &clock).await;
        let config = match format {
            TokenFormat::Jwt => settings(vec![provider.signed().await], vec![]),
            _ => settings(vec![], vec![provider.introspected().await]),
        };
        let api = api(config, &clock).await;
        let token = provider.token().await;
        let all: Vec<_> = (0..64)
            .map(|_| {
                let (api, token) = (api.clone(), token.clone());
                tokio::spawn(async move { status(&api, &token).await })
            })
            .collect();
        for one in all {
            assert_eq!(one.await.unwrap(), 200);
        }
        assert_eq!(provider.asked(), [path]);
    }
}

#[tokio::test]
async fn s19_a_token_that_was_revoked_works_for_a_minute_at_most_where_it_is_asked_about() {
    let clock = clock();
    let provider = Provider::new(TokenFormat::Opaque, &clock).await;
    let api = api(settings(vec![], vec![provider.introspected().await]), &clock).await;
    let token = provider.token().await;
    assert_eq!(status(&api, &token).await, 200);
    let url = provider.issuer.join("/oauth2/revoke").unwrap();
    let fields = [("token", token.as_str()), ("client_id", "machine"), ("client_secret", SECRET)];
    let revoked = Http::new().send(Outgoing::once(form_post(&url, &fields))).await.unwrap();
    assert_eq!(revoked.status(), 200);
    clock.advance(Duration::from_secs(59));
    assert_eq!(status(&api, &token).await, 200);
    clock.advance(Duration::from_secs(1));
    assert_eq!(status(&api, &token).await, 401);
}

#[tokio::test]
async fn an_outage_is_503_and_what_is_known_goes_on() {
    let clock = clock();
    for format in [TokenFormat::Jwt, TokenFormat::Opaque] {
        let provider = Provider::new(format, &clock).await;
        let config = match format {
            TokenFormat::Jwt => settings(vec![provider.signed().await], vec![]),
            _ => settings(vec![], vec![provider.introspected().await]),
        };
        let api = api(config, &clock).await;
        let (known, unknown) = (provider.token().await, provider.token().await);
        provider.down(true);
        let answer = ask(&api, &known).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers().contains_key(header::RETRY_AFTER));
        assert!(!answer.headers().contains_key(header::WWW_AUTHENTICATE));
        provider.down(false);
        clock.advance(Duration::from_secs(5));
        assert_eq!(status(&api, &known).await, 200);
        provider.down(true);
        assert_eq!(status(&api, &known).await, 200);
        // Of the other one only the keys tell, and those are here.
        let expected = if format == TokenFormat::Jwt { 200 } else { 503 };
        assert_eq!(status(&api, &unknown).await, expected);
    }
}

#[tokio::test]
async fn keys_that_grow_old_are_fetched_behind_the_back_of_a_request() {
    let clock = clock();
    let provider = Provider::new(TokenFormat::Jwt, &clock).await;
    let mut config = settings(vec![provider.signed().await], vec![]);
    config.key_caching.longest = Duration::from_secs(300);
    let api = api(config, &clock).await;
    assert_eq!(status(&api, &provider.token().await).await, 200);
    provider.asked();
    clock.advance(Duration::from_secs(299));
    let token = provider.token().await;
    assert_eq!(status(&api, &token).await, 200);
    // It comes when it comes.
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        if !provider.asked.lock().unwrap().is_empty() {
            break;
        }
    }
    assert_eq!(provider.asked(), ["/oauth2/jwks"]);
    tokio::time::sleep(Duration::from_millis(200)).await;
    clock.advance(Duration::from_secs(1));
    assert_eq!((status(&api, &token).await, provider.asked().len()), (200, 0));
}

/// Two servers whose JWTs are verified, one that is asked, and one whose store is at hand.
#[tokio::test]
async fn j07_several_servers_side_by_side_through_one_layer() {
    let clock = clock();
    let (one, two) =
        (Provider::new(TokenFormat::Jwt, &clock).await, Provider::new(TokenFormat::Jwt, &clock).await);
    let asked = Provider::new(TokenFormat::Opaque, &clock).await;
    let shared = Provider::new(TokenFormat::Opaque, &clock).await;
    let (of_asked, of_shared) = (asked.token().await, shared.token().await);
    // Tokens of ours begin with the time; the two servers have none of their own in front of it.
    let config =
        |introspected| async { settings(vec![one.signed().await, two.signed().await], introspected) };
    let by_asking = api(config(vec![asked.introspected().await]).await, &clock).await;
    for (token, expected) in
        [(one.token().await, 200), (two.token().await, 200), (of_asked, 200), (of_shared.clone(), 401)]
    {
        assert_eq!(status(&by_asking, &token).await, expected);
    }
    let (listener, by_store) = listen().await;
    let verifier = Verifier::new(config(vec![]).await).unwrap();
    let protect = Protect::new(shared.store.clone()).oauth2(verifier).clock(clock.clone());
    tokio::spawn(Server::new(listener).serve(protect.layer(Photos), std::future::pending()));
    for token in [one.token().await, two.token().await, of_shared] {
        assert_eq!(status(&by_store, &token).await, 200);
    }
    // A third server's are nobody's.
    let third = Provider::new(TokenFormat::Jwt, &clock).await;
    let token = third.token().await;
    assert_eq!((status(&by_store, &token).await, third.asked().len()), (401, 0));
}

#[tokio::test]
async fn x09_a_proof_is_good_once_at_an_api_that_has_no_store() {
    let clock = clock();
    let provider = Provider::new(TokenFormat::Jwt, &clock).await;
    let dpop = Some(Dpop::new(API.parse().unwrap()));
    let api = api(Config { dpop, ..settings(vec![provider.signed().await], vec![]) }, &clock).await;
    let key = LocalSigner::generate(Algorithm::Es256, "").unwrap();
    let proof = |url: &str, method: &str, id: &str, token: Option<&str>| {
        let ath = token.map(access_token_hash);
        let now = clock.moment().unwrap().now().as_unix();
        let mut claims = json!({ "htm": method, "htu": url, "iat": now, "jti": id });
        if let Some(ath) = ath {
            claims["ath"] = ath.into();
        }
        let (jwk, claims) = (key.public().unwrap(), claims.to_string());
        let unsigned = Unsigned::with_embedded_key(&jwk, Algorithm::Es256, "dpop+jwt", claims.as_bytes());
        let signature = key.sign(unsigned.input()).unwrap();
        unsigned.signed(&signature)
    };
    let endpoint = provider.issuer.join("/oauth2/token").unwrap();
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", "machine"),
        ("client_secret", SECRET),
        ("resource", API),
    ];
    let mut request = form_post(&endpoint, &fields);
    request.headers_mut().insert("dpop", proof(endpoint.as_str(), "POST", "1", None).parse().unwrap());
    let answer = Http::new().send(Outgoing::once(request)).await.unwrap();
    let told: Value = serde_json::from_slice(answer.body()).unwrap();
    let token = told["access_token"].as_str().unwrap();
    let send = async |proof: &str| {
        let url = api.join("/photos").unwrap();
        let request = Request::get(url.as_str())
            .header(header::AUTHORIZATION, format!("DPoP {token}"))
            .header("dpop", proof)
            .body(Bytes::new());
        Http::new().send(Outgoing::once(request.unwrap())).await.unwrap().status().as_u16()
    };
    let (two, three) = (
        proof("https://api.example/photos", "GET", "2", Some(token)),
        proof("https://api.example/photos", "GET", "3", Some(token)),
    );
    assert_eq!([send(&two).await, send(&two).await, send(&three).await], [200, 401, 200]);
    assert_eq!(status(&api, token).await, 401, "without a proof");
}

/// hyper alone, without a layer.
#[tokio::test]
async fn a_service_that_is_a_function_is_protected_as_well() {
    let clock = clock();
    let provider = Provider::new(TokenFormat::Jwt, &clock).await;
    let verifier = Verifier::new(settings(vec![provider.signed().await], vec![])).unwrap();
    let protect = Protect::alone().oauth2(verifier).clock(clock.clone());
    let (listener, api) = listen().await;
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let protect = protect.clone();
            let service = hyper::service::service_fn(move |request: Request<Incoming>| {
                let protect = protect.clone();
                async move { Ok::<_, Infallible>(whose(&protect, request).await.map(Full::new)) }
            });
            let connection = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
            tokio::spawn(async move {
                let _ = connection.serve_connection(TokioIo::new(socket), service).await;
            });
        }
    });
    let answer = ask(&api, &provider.token().await).await;
    assert_eq!((answer.status(), answer.body().as_ref()), (StatusCode::OK, &b"machine"[..]));
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "private");
    assert_eq!(status(&api, "wrong").await, 401);
}

async fn whose<B>(protect: &Protect, request: Request<B>) -> Response<Bytes>
where
    B: Body<Data = Bytes, Error: std::error::Error + Send + Sync + 'static>,
{
    match protect.admit(request).await {
        Ok((request, answering)) => {
            let grant = request.extensions().get::<Grant>().unwrap();
            let client = grant.client_id().to_owned();
            answering.finish(Response::new(client.into()))
        }
        Err(answer) => answer,
    }
}

/// axum, whose routes each ask for what they need.
#[tokio::test]
async fn routes_of_axum_share_what_was_learnt_and_ask_for_different_scopes() {
    let clock = clock();
    let provider = Provider::new(TokenFormat::Opaque, &clock).await;
    let verifier = Verifier::new(settings(vec![], vec![provider.introspected().await])).unwrap();
    let protect = Protect::alone().oauth2(verifier.clone()).clock(clock.clone());
    let strict = protect.clone().oauth2(verifier.requiring("admin".parse().unwrap()));
    let handler =
        |axum::Extension(grant): axum::Extension<Grant>| async move { grant.client_id().to_owned() };
    let router = axum::Router::new()
        .route("/photos", axum::routing::get(handler).layer(protect))
        .route("/admin", axum::routing::get(handler).layer(strict));
    let (listener, api) = listen().await;
    tokio::spawn(async move { axum::serve(listener, router).await });
    let token = provider.token().await;
    assert_eq!(ask(&api, &token).await.body().as_ref(), b"machine");
    let request = Request::get(api.join("/admin").unwrap().as_str());
    let request =
        request.header(header::AUTHORIZATION, format!("Bearer {token}")).body(Bytes::new()).unwrap();
    let answer = Http::new().send(Outgoing::repeatable(request)).await.unwrap();
    assert_eq!(answer.status(), 403);
    assert_eq!(provider.asked(), ["/oauth2/introspect"]);
}

#[tokio::test]
async fn s14_a_name_that_leads_here_from_elsewhere_reaches_nothing() {
    let (listener, url) = listen().await;
    let port = url.port().unwrap();
    let origins = Origins::local(port).origin("https://inspector.example");
    let open = tower_of(|request: Request<Incoming>| async move {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        Response::new(Full::new(body))
    });
    tokio::spawn(Server::new(listener).serve(origins.layer(open), std::future::pending()));
    let own = format!("127.0.0.1:{port}");
    let other_port = format!("127.0.0.1:{}", port.wrapping_add(1));
    for (host, origin, expected) in [
        (Some(own.as_str()), None, 200),
        (Some(&format!("LOCALHOST:{port}")), None, 200),
        (Some(&format!("[::1]:{port}")), None, 200),
        (Some(&own), Some(format!("http://127.0.0.1:{port}")), 200),
        (Some(&own), Some("https://inspector.example".into()), 200),
        (Some(&own), Some("https://evil.example".into()), 403),
        (Some(&own), Some("http://inspector.example".into()), 403),
        (Some(&own), Some("https://inspector.example.evil.example".into()), 403),
        (Some(&own), Some("null".into()), 403),
        (Some(&format!("evil.example:{port}")), None, 403),
        (Some(&format!("evil.example:{port}")), Some(format!("http://evil.example:{port}")), 403),
        (Some(&format!("127.0.0.1.evil.example:{port}")), None, 403),
        (Some(&other_port), None, 403),
        (Some("127.0.0.1"), None, 403),
    ] {
        let mut text = String::from("GET / HTTP/1.1\r\nconnection: close\r\n");
        if let Some(host) = host {
            text += &format!("host: {host}\r\n");
        }
        if let Some(origin) = &origin {
            text += &format!("origin: {origin}\r\n");
        }
        let answer = crate::common::Raw::ask(&url, text + "\r\n").await;
        assert_eq!(answer.status, expected, "{host:?} {origin:?}");
    }
    let two = format!("GET / HTTP/1.1\r\nhost: {own}\r\nhost: evil.example\r\nconnection: close\r\n\r\n");
    assert_ne!(crate::common::Raw::ask(&url, two).await.status, 200);
}

/// A service that is a function.
fn tower_of<F, A>(function: F) -> Function<F>
where
    F: Fn(Request<Incoming>) -> A,
{
    Function(function)
}

#[derive(Clone)]
struct Function<F>(F);

impl<F, A> Service<Request<Incoming>> for Function<F>
where
    F: Fn(Request<Incoming>) -> A,
    A: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let answer = (self.0)(request);
        Box::pin(async move { Ok(answer.await) })
    }
}
