//! A real browser, without script, meets every page of a provider: in light and dark, wide and narrow, and before axe-core.

use std::convert::Infallible;
use std::future::Future;
use std::path::Path;
use std::pin::Pin as Pinned;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use oauth_clock::{Clock as _, SystemClock};
use oauth_hyper_client::Client as Http;
use oauth_hyper_server::{ProviderService, Server};
use oauth_provider::{Account, LoginConsent, StoredUsers};
use oauth_sansio::Secret;
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

/// The provider and the account page at one address.
#[derive(Clone)]
struct Site {
    provider: ProviderService,
    account: Account,
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
            let answer = match site.account.serves(request.uri().path()) {
                true => site.account.answer(request).await,
                false => site.provider.answer(request).await,
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
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer: Url = format!("http://{}", socket.local_addr().unwrap()).parse().unwrap();
    let store = IssuerStore::new(Arc::new(MemoryStore::new()), issuer.as_str());
    register(&store).await;
    let users = StoredUsers::new(store.clone(), Arc::new(SystemClock)).unwrap();
    users.add(USER, &Secret::new(PASSWORD)).await.unwrap();
    let pages = LoginConsent::new(&issuer, Arc::new(users), store.clone()).unwrap();
    let pages = pages.scope_words([("photos", "See your photos"), ("albums", "See and change your albums")]);
    let account = Account::new(&pages);

    let mut oauth1 = server1::Config::new(issuer.clone());
    oauth1.realms = SCOPE.split(' ').map(str::to_owned).collect();
    oauth1.pin = Some(server1::Pin::default());
    oauth1.insecure_loopback = true;
    let mut oauth2 = server2::Config::new(issuer.clone());
    oauth2.scopes = SCOPE.parse().unwrap();
    oauth2.insecure_loopback = true;
    let provider = ProviderService::new(store, Arc::new(pages))
        .oauth1(server1::Provider::new(oauth1).unwrap())
        .oauth2(server2::AuthorizationServer::new(oauth2).unwrap());
    tokio::spawn(Server::new(socket).serve(Site { provider, account }, std::future::pending()));
    issuer
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
