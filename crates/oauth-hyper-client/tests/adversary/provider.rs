//! An authorization server, an API and their documents at one origin: honest, but for the lie that a test chooses.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Mutex;

use bytes::Bytes;
use http::{Request, Response, Uri};
use oauth_hyper_client::{Client as Http, Error};
use oauth_sansio::Exchange;
use oauth2_core::client::{
    self, Client, ClientAuthentication, Config, Discovery, Pending, Server, TokenExchange,
};
use oauth2_core::metadata::{AuthorizationServerMetadata, Transport};
use serde_json::{Value, json};

use crate::common::{self, Hands, Peer, START, challenge};

pub(crate) const LOOPBACK: Transport = Transport::HttpsOrInsecureLoopback;
pub(crate) const CALLBACK: &str = "http://127.0.0.1:9/ready";

pub(crate) const METADATA: &str = "/.well-known/oauth-authorization-server";
pub(crate) const RESOURCE: &str = "/.well-known/oauth-protected-resource/mcp";
pub(crate) const API: &str = "/mcp";
pub(crate) const KEYS: &str = "/jwks";
pub(crate) const TOKEN: &str = "/token";
pub(crate) const DEVICE: &str = "/device";
pub(crate) const REGISTER: &str = "/register";
pub(crate) const PUSH: &str = "/par";
pub(crate) const REVOKE: &str = "/revoke";

/// What only the client and its server may know.
pub(crate) const SECRET: &str = "kd94hf93k423kf44-pfkkdhi9sl3r4s00";
pub(crate) const CODE: &str = "SplxlOBeZQQYbYS6WxSbIA";

/// What a request is, for the one who answers it.
pub(crate) struct Asked<'a> {
    /// The origin that was asked.
    pub(crate) origin: &'a str,
    pub(crate) path: &'a str,
    /// Requests for this path that came before.
    pub(crate) before: usize,
    pub(crate) request: &'a Request<Bytes>,
}

pub(crate) struct Provider(Peer);

impl Provider {
    /// One that never lies.
    pub(crate) async fn honest() -> Self {
        Self::lying(|_| None).await
    }

    /// One that gives these answers in place of the honest ones.
    pub(crate) async fn lying(
        lie: impl Fn(&Asked<'_>) -> Option<Response<Bytes>> + Send + Sync + 'static,
    ) -> Self {
        let paths = Mutex::new(HashMap::<String, usize>::new());
        let answer = move |_: usize, request: &Request<Bytes>| {
            let path = request.uri().path();
            let mut paths = paths.lock().unwrap();
            let times = paths.entry(path.to_owned()).or_default();
            *times += 1;
            let origin = format!("http://{}", request.headers()["host"].to_str().unwrap());
            let asked = Asked { origin: &origin, path, before: *times - 1, request };
            lie(&asked).unwrap_or_else(|| honest(&asked))
        };
        Self(Peer::start(answer).await)
    }

    /// One that answers all requests at this place alike.
    pub(crate) async fn answering(
        path: &'static str,
        answer: impl Fn() -> Response<Bytes> + Send + Sync + 'static,
    ) -> Self {
        Self::lying(move |asked| (asked.path == path).then(&answer)).await
    }

    /// One whose document at this place is changed. The change is told the origin.
    pub(crate) async fn stating(
        path: &'static str,
        change: impl Fn(&mut Value, &str) + Send + Sync + 'static,
    ) -> Self {
        let lie = move |asked: &Asked<'_>| {
            let mut document: Value = serde_json::from_slice(honest(asked).body()).unwrap_or_default();
            change(&mut document, asked.origin);
            ok(&document)
        };
        Self::lying(move |asked| (asked.path == path).then(|| lie(asked))).await
    }

    /// How often this place was asked.
    pub(crate) fn times(&self, path: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|request| request.uri().path() == path).count()
    }

    /// The bodies that came to this place.
    pub(crate) fn told(&self, path: &str) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        let here = seen.iter().filter(|request| request.uri().path() == path);
        here.map(|request| String::from_utf8(request.body().to_vec()).unwrap()).collect()
    }

    /// The values of a header of all requests to this place; empty where it did not come.
    pub(crate) fn headers(&self, path: &str, name: &str) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        let here = seen.iter().filter(|request| request.uri().path() == path);
        let value = |request: &Request<Bytes>| {
            request.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned()
        };
        here.map(value).collect()
    }

    /// Asks for the metadata, as a client does.
    pub(crate) async fn discover(&self) -> Result<AuthorizationServerMetadata, Error<client::Error>> {
        Http::new().run(Discovery::new(&*self.url, LOOPBACK).unwrap()).await
    }

    /// A client with a secret, by what the server says of itself.
    pub(crate) async fn client(&self) -> Client {
        self.client_with(|_| {}).await
    }

    pub(crate) async fn client_with(&self, change: impl FnOnce(&mut Config)) -> Client {
        let server = Server::from_metadata(&self.discover().await.unwrap(), LOOPBACK).unwrap();
        let mut config = Config::new(server, "app");
        config.authentication = ClientAuthentication::SecretPost(SECRET.into());
        config.redirect_uri = Some(CALLBACK.into());
        change(&mut config);
        Client::new(config).unwrap()
    }
}

impl Deref for Provider {
    type Target = Peer;

    fn deref(&self) -> &Peer {
        &self.0
    }
}

/// What an honest provider answers.
fn honest(asked: &Asked<'_>) -> Response<Bytes> {
    let origin = asked.origin;
    let at = |path| format!("{origin}{path}");
    match asked.path {
        METADATA => ok(&json!({
            "issuer": origin,
            "authorization_endpoint": at("/authorize"), "token_endpoint": at(TOKEN), "jwks_uri": at(KEYS),
            "device_authorization_endpoint": at(DEVICE), "registration_endpoint": at(REGISTER),
            "pushed_authorization_request_endpoint": at(PUSH), "revocation_endpoint": at(REVOKE),
            "response_types_supported": ["code"], "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
            "token_endpoint_auth_methods_supported":
                ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
        })),
        RESOURCE => ok(&json!({ "resource": at(API), "authorization_servers": [origin] })),
        TOKEN => granted(|_| {}),
        DEVICE => ok(&device(origin)),
        REGISTER => {
            let mut answer: Value = serde_json::from_slice(asked.request.body()).unwrap();
            answer["client_id"] = "registered".into();
            common::json(201, answer.to_string())
        }
        API if asked.request.headers().contains_key("authorization") => common::json(200, "{}"),
        API => challenge(401, &format!(r#"Bearer resource_metadata="{origin}{RESOURCE}""#)),
        _ => common::json(404, "{}"),
    }
}

pub(crate) fn ok(document: &Value) -> Response<Bytes> {
    common::json(200, document.to_string())
}

/// Tokens, with a change.
pub(crate) fn granted(change: impl FnOnce(&mut Value)) -> Response<Bytes> {
    let mut answer = json!({
        "access_token": "2YotnFZFEjr1zCsicMWpAA", "token_type": "Bearer", "expires_in": 3600,
        "refresh_token": "tGzv3JOkF0XG5Qx2TlKWIA",
    });
    change(&mut answer);
    ok(&answer)
}

/// Codes for a device.
pub(crate) fn device(origin: &str) -> Value {
    json!({
        "device_code": "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS", "user_code": "WDJB-MJHT",
        "verification_uri": format!("{origin}/activate"), "expires_in": 30, "interval": 5,
    })
}

/// A browser is sent to the server.
pub(crate) fn start(client: &Client) -> Pending {
    client.authorize().scope("read write").start(common::moment(&Hands::default())).unwrap().1
}

/// The browser comes back with these parameters; in them `{state}` is the state.
pub(crate) fn back(
    pending: Pending,
    client: &Client,
    query: &str,
) -> Result<TokenExchange, client::CallbackFailed> {
    let query = query.replace("{state}", pending.state().expose());
    let uri: Uri = format!("{CALLBACK}?{query}").parse().unwrap();
    pending.callback(client, &uri, oauth_sansio::Timestamp::from_unix(START))
}

/// Sends what would come of an honest callback.
pub(crate) fn exchange(client: &Client) -> TokenExchange {
    let query = format!("code={CODE}&state={{state}}&iss={}", client.issuer());
    back(start(client), client, &query).unwrap()
}

/// Why a conversation with a server ended, where the protocol was the reason.
pub(crate) async fn refused<E: Exchange<Error = client::Error>>(exchange: E) -> client::Error
where
    E::Done: std::fmt::Debug,
{
    match Http::new().run(exchange).await.unwrap_err() {
        Error::Exchange(error) => error,
        other => panic!("{other:?}"),
    }
}
