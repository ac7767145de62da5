//! A real browser, without script, meets every page of a provider: in light and dark, wide and narrow, and before axe-core.

use std::convert::Infallible;
use std::future::Future;
use std::path::Path;
use std::pin::Pin as Pinned;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use oauth_clock::{Clock as _, SystemClock};
use oauth_hyper_client::Client as Http;
use oauth_hyper_server::{ProviderService, Server, Visit};
use oauth_provider::{
    Account, ChangePassword, LoginConsent, Logins, OwnLogin, StoredUsers, Unavailable, User, Users,
};
use oauth_sansio::{Digest, Family, Login, LoginWish, Secret, form};
use oauth_store::{IssuerStore, MemoryStore};
use oauth1_core::{client as client1, server as server1};
use oauth2_core::metadata::Transport;
use oauth2_core::{client as client2, server as server2};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower_service::Service;
use url::Url;

use crate::Peers;

const USER: &str = "ann";
const PASSWORD: &str = "correct horse battery staple";
const CALLBACK: &str = "http://127.0.0.1:9/callback";
const SCOPE: &str = "photos albums";
const API: &str = "https://photos.example.com/api";
/// Who has many applications.
const MANY: &str = "bea";
const DOWN: &str = "down";

/// The provider and the account page at one address, and where people log in who do it elsewhere.
#[derive(Clone)]
struct Site {
    provider: ProviderService,
    account: Account,
    logins: Option<Logins>,
}

/// The users of the store, and one of whom nothing can be told.
struct Directory(StoredUsers);

#[async_trait]
impl Users for Directory {
    async fn verify(&self, username: &str, password: &Secret) -> Result<Option<User>, Unavailable> {
        match username {
            DOWN => Err(Unavailable::new("the directory is down")),
            username => self.0.verify(username, password).await,
        }
    }

    fn changes_passwords(&self) -> Option<&dyn ChangePassword> {
        self.0.changes_passwords()
    }
}

/// A sign-on of the company's, which knows one person.
struct SignOn;

#[async_trait]
impl OwnLogin for SignOn {
    async fn begin(&self, wish: &LoginWish, to: &str, _: &Visit<'_>) -> Result<Response<Bytes>, Unavailable> {
        let choose = wish.choose.to_string();
        let asked = form::encode([("continue", to), ("choose", &choose)]);
        let answer = Response::builder().status(StatusCode::SEE_OTHER);
        let answer = answer.header(header::LOCATION, format!("/sign-on?{asked}"));
        answer.body(Bytes::new()).map_err(Unavailable::new)
    }
}

/// Its one page, and what its button does.
async fn sign_on(logins: &Logins, request: Request<Incoming>) -> Response<Bytes> {
    if request.method() == Method::GET {
        let page =
            "<!doctype html><title>Sign on</title><form method=post><button>I am Grace</button></form>";
        return Response::builder().header(header::CONTENT_TYPE, "text/html").body(page.into()).unwrap();
    }
    let query = request.uri().query().unwrap_or_default();
    let query = form::Form::parse(query.as_bytes(), &form::Limits::default()).unwrap();
    let to = query.one("continue").unwrap().unwrap_or_default();
    let now = SystemClock.moment().unwrap().now();
    let login = Login { auth_time: now, acr: None, amr: vec!["hwk".into()] };
    logins.enter(request.headers(), User::new("u7", "Grace"), login, to).await.unwrap()
}

impl Service<Request<Incoming>> for Site {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pinned<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let site = self.clone();
        Box::pin(async move {
            let answer = match (&site.logins, request.uri().path()) {
                (Some(logins), "/sign-on") => sign_on(logins, request).await,
                (_, path) if site.account.serves(path) => site.account.answer(request).await,
                _ => site.provider.answer(request).await,
            };
            Ok(answer.map(Full::new))
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_meets_every_page_and_a_person_takes_back_what_was_allowed() {
    let Some(peers) = crate::peers() else { return };
    let peers = Arc::new(peers);
    let issuer = serve().await;
    let (web, frame, television) = (web(&issuer).await, frame(&issuer), television(&issuer).await);
    let now = || SystemClock.moment().unwrap();

    let (code, pending) = web.authorize().scope(SCOPE).start(now()).unwrap();
    let asked = Http::new().run(frame.temporary_credentials(client1::Callback::OutOfBand)).await.unwrap();
    let begin = async || Http::new().run(television.device(&SCOPE.parse().unwrap()).unwrap()).await.unwrap();
    let (device, other) = (begin().await, begin().await);
    let codes = |device: &client2::DeviceAuthorization| {
        let complete = device.verification_uri_complete.as_ref().unwrap();
        json!({ "url": device.verification_uri, "complete": complete, "user_code": device.user_code })
    };
    let said = look(
        &peers,
        json!({
            "part": "authorize",
            "code": code,
            "pin": asked.authorization_url(&frame),
            "device": codes(&device),
            "other_device": codes(&other),
            "refused": issuer.join("/oauth2/authorize?client_id=nobody").unwrap(),
        }),
    )
    .await;

    // What was allowed in the browser becomes tokens of three applications.
    let back = said["callback"].as_str().unwrap().parse().unwrap();
    let tokens = Http::new().run(pending.callback(&web, &back, now().now()).unwrap()).await.unwrap();
    Http::new().run(asked.verifier(&frame, said["pin"].as_str().unwrap())).await.unwrap();
    Http::new().run(device.poll(&television).unwrap()).await.unwrap();
    assert!(Http::new().run(other.poll(&television).unwrap()).await.is_err(), "it was denied");

    let (detailed, _) =
        web.authorize().scope(SCOPE).resource(API).authorization_details(&details()).start(now()).unwrap();
    let (mut posted, waiting) = web.authorize().scope(SCOPE).start(now()).unwrap();
    posted.query_pairs_mut().append_pair("response_mode", "form_post");
    let own = serve_own().await;
    let (own_code, _) = oauth2(&own, "web").await.authorize().scope(SCOPE).start(now()).unwrap();
    let said = look(
        &peers,
        json!({
            "part": "more",
            "detailed": detailed,
            "posted": posted,
            "callback": CALLBACK,
            "account": issuer.join("/account").unwrap(),
            "many": MANY,
            "down": DOWN,
            "own": { "code": own_code, "account": own.join("/account").unwrap() },
        }),
    )
    .await;
    let back = format!("{CALLBACK}?{}", said["posted"].as_str().unwrap()).parse().unwrap();
    Http::new().run(waiting.callback(&web, &back, now().now()).unwrap()).await.unwrap();

    look(
        &peers,
        json!({
            "part": "account",
            "account": issuer.join("/account").unwrap(),
            "apps": 3,
            "new_password": "another horse entirely",
        }),
    )
    .await;
    let refreshed = Http::new().run(web.refresh(tokens.refresh_token.as_ref().unwrap())).await;
    assert!(refreshed.is_err(), "the person took it back");
}

/// Screenshots end up below the target directory.
async fn look(peers: &Arc<Peers>, mut told: Value) -> Value {
    let output = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    let more = json!({ "username": USER, "password": PASSWORD, "output": output });
    told.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let peers = peers.clone();
    tokio::task::spawn_blocking(move || peers.node("pages.mjs", &told)).await.unwrap()
}

/// A provider of both protocols, with users in its store; gives its issuer.
async fn serve() -> Url {
    let (socket, issuer, store) = begin().await;
    let users = StoredUsers::new(store.clone(), Arc::new(SystemClock)).unwrap();
    users.add(USER, &Secret::new(PASSWORD)).await.unwrap();
    let many = users.add(MANY, &Secret::new(PASSWORD)).await.unwrap();
    connect(&store, &many.subject).await;
    let pages = LoginConsent::new(&issuer, Arc::new(Directory(users)), store.clone()).unwrap();
    run(socket, issuer, store, pages, false)
}

/// One whose people log in elsewhere.
async fn serve_own() -> Url {
    let (socket, issuer, store) = begin().await;
    let nobody = Arc::new(oauth_provider::MemoryUsers::new().unwrap());
    let pages = LoginConsent::new(&issuer, nobody, store.clone()).unwrap().own_login(Arc::new(SignOn));
    run(socket, issuer, store, pages, true)
}

async fn begin() -> (TcpListener, Url, IssuerStore) {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer: Url = format!("http://{}", socket.local_addr().unwrap()).parse().unwrap();
    let store = IssuerStore::new(Arc::new(MemoryStore::new()), issuer.as_str());
    register(&store).await;
    (socket, issuer, store)
}

fn run(socket: TcpListener, issuer: Url, store: IssuerStore, pages: LoginConsent, own: bool) -> Url {
    let pages = pages.scope_words([("photos", "See your photos"), ("albums", "See and change your albums")]);
    let account = Account::new(&pages);
    let logins = own.then(|| pages.logins());

    let mut oauth1 = server1::Config::new(issuer.clone());
    oauth1.realms = SCOPE.split(' ').map(str::to_owned).collect();
    oauth1.pin = Some(server1::Pin::default());
    oauth1.insecure_loopback = true;
    let mut oauth2 = server2::Config::new(issuer.clone());
    oauth2.scopes = SCOPE.parse().unwrap();
    oauth2.insecure_loopback = true;
    oauth2.resources = vec![server2::Resource::new(API)];
    let payment = server2::PlainDetails::new("payment").with("amount", server2::JsonKind::Text);
    oauth2.details_types = vec![Arc::new(payment.with("payee", server2::JsonKind::Text))];
    oauth2.open_details_types = ["payment".to_owned()].into();
    let provider = ProviderService::new(store, Arc::new(pages))
        .oauth1(server1::Provider::new(oauth1).unwrap())
        .oauth2(server2::AuthorizationServer::new(oauth2).unwrap());
    let site = Site { provider, account, logins };
    tokio::spawn(Server::new(socket).serve(site, std::future::pending()));
    issuer
}

/// Applications that a person has connected.
async fn connect(store: &IssuerStore, subject: &str) {
    for number in 1..=23_u8 {
        let client_id = format!("frame-{number}");
        let client = server1::Client {
            client_id: client_id.clone(),
            name: format!("Frame in room {number}"),
            secret: Secret::new("frame secret"),
            public_key: None,
            callbacks: server1::Callbacks::Any,
            methods: Default::default(),
        };
        store.register_oauth1(client).await.unwrap();
        let token = server1::Token {
            secret: "secret".into(),
            client_id: client_id.clone(),
            subject: subject.into(),
            realms: ["photos".to_owned()].into(),
            family: Family::from_bytes([number; 16]),
            issued: SystemClock.moment().unwrap().now(),
            expires: None,
            renewal: None,
            key: Default::default(),
        };
        let put = vec![server1::Record::Token(Digest::of_token(&client_id), token.into())];
        let _ = store.commit_oauth1(&server1::Batch { put, ..Default::default() }).await.unwrap();
    }
}

fn details() -> client2::AuthorizationDetails {
    let payment = json!({ "amount": "123.50 EUR", "payee": "Merchant A, DE02 1001 0010 9307 1186 03" });
    client2::AuthorizationDetails::default().with("payment", payment).unwrap()
}

async fn register(store: &IssuerStore) {
    let frame = server1::Client {
        client_id: "frame".into(),
        name: "Kitchen Frame".into(),
        secret: Secret::new("frame secret"),
        public_key: None,
        callbacks: server1::Callbacks::Registered(vec!["oob".into()]),
        methods: Default::default(),
    };
    store.register_oauth1(frame).await.unwrap();
    let client = |id: &str, name: &str, grants| server2::Client {
        name: name.into(),
        authentication: server2::Authentication::None,
        redirect_uris: vec![CALLBACK.into()],
        grants,
        scopes: SCOPE.parse().unwrap(),
        ..server2::Client::new(id)
    };
    let web = [server2::GrantType::AuthorizationCode, server2::GrantType::RefreshToken];
    let television = [server2::GrantType::DeviceCode, server2::GrantType::RefreshToken];
    store.register_oauth2(client("web", "Photo Printer", web.into())).await.unwrap();
    store.register_oauth2(client("television", "Television", television.into())).await.unwrap();
}

async fn web(issuer: &Url) -> client2::Client {
    oauth2(issuer, "web").await
}

async fn television(issuer: &Url) -> client2::Client {
    oauth2(issuer, "television").await
}

async fn oauth2(issuer: &Url, client_id: &str) -> client2::Client {
    let transport = Transport::HttpsOrInsecureLoopback;
    let issuer = issuer.as_str().trim_end_matches('/');
    let metadata = Http::new().run(client2::Discovery::new(issuer, transport).unwrap()).await.unwrap();
    let server = client2::Server::from_metadata(&metadata, transport).unwrap();
    let mut config = client2::Config::new(server, client_id);
    config.redirect_uri = Some(CALLBACK.to_owned());
    client2::Client::new(config).unwrap()
}

fn frame(issuer: &Url) -> client1::Client {
    let url = |path| issuer.join(path).unwrap();
    let mut provider =
        client1::Provider::new(url("/oauth1/initiate"), url("/oauth1/authorize"), url("/oauth1/token"));
    provider.realm = Some("photos".into());
    let config = client1::Config::new("frame", Secret::new("frame secret"), provider);
    client1::Client::new(client1::Config { allow_insecure_loopback: true, ..config }).unwrap()
}
