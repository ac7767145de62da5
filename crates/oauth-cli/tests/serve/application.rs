//! The demo's client and person, for both protocols.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, Response, Uri};
use oauth_cli::demo::Person;
use oauth_clock::{Clock as _, SystemClock};
use oauth_hyper_client::Client as Http;
use oauth_sansio::{Outgoing, Secret, form};
use oauth1_core::client as client1;
use oauth2_core::client as client2;
use oauth2_core::metadata::Transport;
use url::Url;

use crate::provider::told;
use crate::running::{Place, Running, admin, admin_output, free_port, serve};

pub(crate) const CALLBACK: &str = "http://127.0.0.1:7/callback";

/// A client of both protocols: the one that the first start has made, unless it says otherwise.
pub(crate) struct Application {
    pub(crate) origin: Url,
    pub(crate) password: String,
    pub(crate) client1: (String, Secret),
    pub(crate) client2: (String, Secret),
    pub(crate) secret: Secret,
    /// What it asks for in OAuth 1.
    pub(crate) realm: Option<&'static str>,
    pub(crate) http: Http,
}

impl Application {
    /// With the secrets that are kept.
    pub(crate) fn of(place: &Place, running: &Running) -> Self {
        let kept = std::fs::read_to_string(place.path().join("oauth-data/demo.secrets")).unwrap();
        let mut lines = kept.lines();
        let password = lines.next().unwrap().to_owned();
        let secret = Secret::new(lines.next().unwrap());
        let origin = Url::parse(&format!("http://127.0.0.1:{}", running.port)).unwrap();
        let client = ("demo".to_owned(), secret.clone());
        Self {
            origin,
            password,
            client1: client.clone(),
            client2: client,
            secret,
            realm: None,
            http: Http::new(),
        }
    }

    /// Sends a form once, as the client of both protocols.
    pub(crate) async fn ask(&self, path: &str, fields: &[(&str, &str)]) -> Response<Bytes> {
        let credentials = STANDARD.encode(format!("demo:{}", self.secret.expose()));
        let request = Request::post(self.origin.join(path).unwrap().as_str())
            .header(AUTHORIZATION, format!("Basic {credentials}"))
            .header(CONTENT_TYPE, form::MEDIA_TYPE)
            .body(Bytes::from(form::encode(fields.iter().copied())))
            .unwrap();
        self.http.send(Outgoing::once(request)).await.unwrap()
    }

    /// What the provider says of a token.
    pub(crate) async fn is_active(&self, token: &str) -> bool {
        told(&self.ask("/oauth2/introspect", &[("token", token)]).await)["active"] == true
    }

    pub(crate) async fn get(&self, path: &str) -> Response<Bytes> {
        self.get_as(path, None).await
    }

    /// With a bearer token.
    pub(crate) async fn get_as(&self, path: &str, token: Option<&str>) -> Response<Bytes> {
        let url = self.origin.join(path).unwrap();
        let mut request = Request::builder().method(Method::GET).uri(url.as_str());
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        self.http.send(Outgoing::repeatable(request.body(Bytes::new()).unwrap())).await.unwrap()
    }

    pub(crate) async fn post_as(&self, path: &str, token: Option<&str>, body: String) -> Response<Bytes> {
        let url = self.origin.join(path).unwrap();
        let mut request = Request::builder().method(Method::POST).uri(url.as_str());
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        self.http.send(Outgoing::once(request.body(body.into()).unwrap())).await.unwrap()
    }

    /// The provider, as it tells of itself.
    pub(crate) async fn server(&self) -> client2::Server {
        let transport = Transport::HttpsOrInsecureLoopback;
        let issuer = self.origin.as_str().trim_end_matches('/');
        let metadata = self.http.run(client2::Discovery::new(issuer, transport).unwrap()).await.unwrap();
        client2::Server::from_metadata(&metadata, transport).unwrap()
    }

    pub(crate) async fn oauth2(&self) -> client2::Client {
        let mut config = client2::Config::new(self.server().await, self.client2.0.as_str());
        config.authentication = client2::ClientAuthentication::SecretBasic(self.client2.1.clone());
        config.redirect_uri = Some(CALLBACK.into());
        client2::Client::new(config).unwrap()
    }

    /// The whole way, to tokens.
    pub(crate) async fn tokens(&self) -> client2::Tokens {
        let client = self.oauth2().await;
        let (url, pending) = client.authorize().scope("photos").start(SystemClock.moment().unwrap()).unwrap();
        let back = self.allow(&url).await;
        let exchange = pending.callback(&client, &back, SystemClock.moment().unwrap().now()).unwrap();
        self.http.run(exchange).await.unwrap()
    }

    pub(crate) fn oauth1(&self) -> client1::Client {
        let url = |path: &str| self.origin.join(path).unwrap();
        let mut provider =
            client1::Provider::new(url("/oauth1/initiate"), url("/oauth1/authorize"), url("/oauth1/token"));
        provider.realm = self.realm.map(str::to_owned);
        let config = client1::Config::new(self.client1.0.as_str(), self.client1.1.clone(), provider);
        client1::Client::new(client1::Config { allow_insecure_loopback: true, ..config }).unwrap()
    }

    /// The whole way of OAuth 1.
    pub(crate) async fn token_credentials(&self) -> client1::TokenCredentials {
        let client = self.oauth1();
        let callback = client1::Callback::Uri(Url::parse(CALLBACK).unwrap());
        let pending = self.http.run(client.temporary_credentials(callback)).await.unwrap();
        let back = self.allow(&pending.authorization_url(&client)).await;
        self.http.run(pending.callback(&client, &back).unwrap()).await.unwrap()
    }

    /// Logs in and allows it; where the browser is sent then.
    pub(crate) async fn allow(&self, url: &Url) -> Uri {
        let mut person = Person::new(self.http.clone());
        let sent = person.open(url).await.unwrap();
        let page = person.open(&sent.location().unwrap()).await.unwrap();
        let fields = [("username", "ann"), ("password", self.password.as_str())];
        let logged_in = person.submit(&page, &fields).await.unwrap();
        let page = person.open(&logged_in.location().unwrap()).await.unwrap();
        let decided = person.submit(&page, &[("decision", "allow")]).await.unwrap();
        decided.location().unwrap().as_str().parse().unwrap()
    }
}

/// A provider to try things out with, whose settings are in a file, and its operator.
pub(crate) struct Trial {
    pub(crate) place: Place,
    pub(crate) running: Running,
    pub(crate) admin: u16,
}

impl Trial {
    /// With these settings besides.
    pub(crate) fn start(more: &str) -> Self {
        Self::start_in(Place::new(), more)
    }

    /// In a folder that is there.
    pub(crate) fn start_in(place: Place, more: &str) -> Self {
        let (port, admin) = (free_port(), free_port());
        let config = place.with(
            "oauth.toml",
            &format!(
                "development = true\nlisten = \"127.0.0.1:{port}\"\nadmin.listen = \"127.0.0.1:{admin}\"\n{more}\n"
            ),
        );
        let running = Running::of(serve(&place, &["--config", config.to_str().unwrap()]), port);
        Self { place, running, admin }
    }

    #[track_caller]
    pub(crate) fn admin(&self, arguments: &[&str]) -> serde_json::Value {
        admin(&self.place, self.admin, arguments)
    }

    #[track_caller]
    pub(crate) fn refuses(&self, arguments: &[&str]) -> String {
        let output = admin_output(&self.place, self.admin, arguments);
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    }
}
