//! A provider with everything that the commands ask for, an API, and a person.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    net::Ipv4Addr,
    sync::Arc,
    task::{Context, Poll},
};

use base64::Engine as _;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use oauth_cli::demo::{PASSWORD, Person, USER, Visit};
use oauth_clock::{Clock as _, SystemClock};
use oauth_hyper_client::Client as Http;
use oauth_hyper_server::{LocalKeys, Protect, ProviderService, Server};
use oauth_provider::{LoginConsent, MemoryUsers};
use oauth_sansio::Secret;
use oauth_store::{IssuerStore, MemoryStore};
use oauth2_core::{
    jose::{Algorithm, JwkSet, LocalSigner},
    metadata::Transport,
    resource::{self, Dpop, Published, Verifier},
    server::{
        Application, Authentication, AuthorizationServer, Client, ClientKeys, Config, Demands, GrantType,
        JsonText, KeyRing, RegistrationPolicy, Resource, RingKey, SecretMethods, TokenFormat,
    },
};
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tower_layer::Layer as _;
use tower_service::Service;
use url::Url;

pub(crate) const SCOPE: &str = "photos albums";
pub(crate) const DESKTOP: &str = "desktop";
pub(crate) const CAREFUL: &str = "careful";
pub(crate) const MACHINE: &str = "machine";
pub(crate) const ROBOT: &str = "robot";

pub(crate) struct Stage {
    /// The issuer identifier.
    pub(crate) issuer: String,
    /// The API, whose tokens are JWTs.
    pub(crate) api: String,
    /// The secret of the machine.
    pub(crate) secret: Secret,
    /// The private key of the robot, in PEM.
    pub(crate) key: String,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        Self::over(None).await
    }

    /// The provider over TLS, where there is what it takes.
    pub(crate) async fn over(tls: Option<Arc<ServerConfig>>) -> Self {
        let (socket, mut origin) = listen().await;
        let (api_socket, api) = listen().await;
        let mut front = Server::new(socket);
        if let Some(tls) = tls {
            origin = Url::parse(&origin.as_str().replacen("http:", "https:", 1)).unwrap();
            front = front.tls(tls);
        }
        let secret = SystemClock.moment().unwrap().entropy().text();
        let api_identifier = api.as_str().trim_end_matches('/').to_owned();
        let issuer = origin.as_str().trim_end_matches('/').to_owned();

        let store = IssuerStore::new(Arc::new(MemoryStore::new()), origin.as_str());
        let key = rcgen::KeyPair::generate().unwrap().serialize_der();
        let key = base64::engine::general_purpose::STANDARD.encode(key);
        let key = format!("-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----\n");
        for client in clients(&secret, &key) {
            client.check().unwrap();
            store.register_oauth2(client).await.unwrap();
        }
        let mut users = MemoryUsers::new().unwrap();
        users.add(USER, &Secret::new(PASSWORD)).unwrap();
        let pages = Arc::new(LoginConsent::new(&origin, Arc::new(users), store.clone()).unwrap());

        let signer = LocalSigner::generate(Algorithm::Es256, "now").unwrap();
        let mut config = Config::new(origin);
        config.scopes = SCOPE.parse().unwrap();
        config.insecure_loopback = true;
        config.resource_servers = vec![MACHINE.into()];
        config.resources = vec![Resource { token: TokenFormat::Jwt, ..Resource::new(&api_identifier) }];
        config.signing = KeyRing::new([RingKey::always(signer.public().unwrap())]).unwrap();
        let mut policy = RegistrationPolicy::for_applications(SCOPE.parse().unwrap());
        policy.grants.insert(GrantType::DeviceCode);
        config.registration = Some(policy);
        let server = AuthorizationServer::new(config).unwrap();
        let service = ProviderService::new(store.clone(), pages).oauth2(server);
        let service = service.signing_keys(Arc::new(LocalKeys::new([signer])));
        tokio::spawn(front.serve(service, std::future::pending()));

        let verifier = Verifier::new(resource::Config {
            identifier: Some(api_identifier.clone()),
            dpop: Some(Dpop::new(api)),
            published: Some(Published {
                authorization_servers: vec![issuer.clone()],
                scopes: SCOPE.parse().unwrap(),
                transport: Transport::HttpsOrInsecureLoopback,
                ..Published::default()
            }),
            ..resource::Config::default()
        });
        let photos = Protect::new(store).oauth2(verifier.unwrap()).layer(Nothing);
        tokio::spawn(Server::new(api_socket).serve(photos, std::future::pending()));
        Self { issuer, api: api_identifier, secret, key }
    }

    pub(crate) fn endpoint(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }
}

async fn listen() -> (TcpListener, Url) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, Url::parse(&url).unwrap())
}

fn clients(secret: &Secret, key: &str) -> Vec<Client> {
    let desktop = |id: &str| Client {
        name: "Desktop".into(),
        redirect_uris: vec!["http://127.0.0.1/callback".into()],
        application: Application::Native,
        grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::DeviceCode],
        scopes: SCOPE.parse().unwrap(),
        ..Client::new(id)
    };
    let demands = Demands { require_pushed_authorization_requests: true, ..Demands::default() };
    let machine = Client {
        name: "Machine".into(),
        authentication: Authentication::secret(secret, SecretMethods::Basic),
        grants: vec![GrantType::ClientCredentials, GrantType::TokenExchange],
        scopes: SCOPE.parse().unwrap(),
        ..Client::new(MACHINE)
    };
    let key = LocalSigner::from_pem(key, Algorithm::Es256, "").unwrap().public().unwrap();
    let robot = Client {
        name: "Robot".into(),
        authentication: Authentication::PrivateKeyJwt,
        keys: Some(ClientKeys::Jwks(JsonText::of(&JwkSet::new([key]).to_value()))),
        grants: vec![GrantType::ClientCredentials],
        scopes: SCOPE.parse().unwrap(),
        ..Client::new(ROBOT)
    };
    vec![robot, desktop(DESKTOP), Client { demands, ..desktop(CAREFUL) }, machine]
}

/// What is behind the door.
#[derive(Clone)]
struct Nothing;

impl<B> Service<Request<B>> for Nothing {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        ready(Ok(Response::new(Full::from("photos"))))
    }
}

/// Logs in and decides; what comes last is what the browser shows then.
pub(crate) async fn decide(address: &str, decision: &str) -> Visit {
    let mut person = Person::new(Http::new());
    let sent = person.open(&Url::parse(address).unwrap()).await.unwrap();
    let page = person.open(&sent.location().unwrap()).await.unwrap();
    let logged_in = person.submit(&page, &[("username", USER), ("password", PASSWORD)]).await.unwrap();
    let page = person.open(&logged_in.location().unwrap()).await.unwrap();
    let decided = person.submit(&page, &[("decision", decision)]).await.unwrap();
    person.open(&decided.location().unwrap()).await.unwrap()
}

/// Enters the code of a device, logs in and allows it.
pub(crate) async fn enter(address: &str, code: &str) -> Visit {
    let mut person = Person::new(Http::new());
    let page = person.open(&Url::parse(address).unwrap()).await.unwrap();
    let mut visit = person.submit(&page, &[("user_code", code)]).await.unwrap();
    for _ in 0..6 {
        while let Ok(next) = visit.location() {
            visit = person.open(&next).await.unwrap();
        }
        let text = String::from_utf8_lossy(visit.response.body()).into_owned();
        visit = match text.as_str() {
            page if page.contains("name=\"password\"") => {
                person.submit(&visit, &[("username", USER), ("password", PASSWORD)]).await.unwrap()
            }
            page if page.contains("name=\"decision\"") => {
                person.submit(&visit, &[("decision", "allow")]).await.unwrap()
            }
            _ => return visit,
        };
    }
    visit
}
