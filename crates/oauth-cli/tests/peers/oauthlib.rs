//! Our client dances with a provider made with `oauthlib`, and signs requests to its API.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri, header};
use oauth_clock::{Clock as _, SystemClock};
use oauth_hyper_client::{Client as Http, Error as HttpError};
use oauth_sansio::{Outgoing, form};
use oauth1_core::client::{
    BodyHashing, Callback, CallbackError, Client, Config, CredentialMethod, Error, Pending, Placement,
    Provider, TokenCredentials,
};
use oauth1_core::signature::rsa::{PrivateKey, Rsa};
use oauth1_core::signature::{HmacSha1, HmacSha256, HmacSha512, Plaintext, SignatureMethod};
use serde_json::{Value, json};
use url::Url;

use crate::Peers;
use crate::running::Running;
use crate::stage::{CALLBACK, PRIVATE_KEY};
use crate::tls::pem;

const KEY: &str = "photo-printer";
const SECRET: &str = "a secret: 100% + \"more\" ü";
/// `oauthlib` decodes the parameters of query and form twice, which only a signature by PLAINTEXT can feel.
const PLAIN_SECRET: &str = "a-secret-that-is-never-escaped";

/// How a request for credentials may travel (RFC 5849 section 3.5); a form needs a body.
const WAYS: [(CredentialMethod, Placement); 5] = [
    (CredentialMethod::Post, Placement::Header),
    (CredentialMethod::Post, Placement::Query),
    (CredentialMethod::Post, Placement::Form),
    (CredentialMethod::Get, Placement::Header),
    (CredentialMethod::Get, Placement::Query),
];

fn methods() -> [Arc<dyn SignatureMethod>; 7] {
    let rsa = |method: Rsa| {
        Arc::new(method.signing_with(PrivateKey::from_pem(PRIVATE_KEY).unwrap()).unwrap())
            as Arc<dyn SignatureMethod>
    };
    [
        Arc::new(HmacSha1),
        Arc::new(HmacSha256),
        Arc::new(HmacSha512),
        rsa(Rsa::sha1()),
        rsa(Rsa::sha256()),
        rsa(Rsa::sha512()),
        Arc::new(Plaintext),
    ]
}

/// The provider, and the application's way to it.
struct Scene {
    provider: Running,
    secret: &'static str,
    http: Http,
}

impl Scene {
    fn set(peers: &Peers, method: &dyn SignatureMethod) -> Self {
        let secret = if method.name() == "PLAINTEXT" { PLAIN_SECRET } else { SECRET };
        let public = PrivateKey::from_pem(PRIVATE_KEY).unwrap().public_key().unwrap();
        let told = json!({
            "client_key": KEY,
            "client_secret": secret,
            "callback": CALLBACK,
            "rsa_public_key": pem("PUBLIC KEY", public.as_spki()),
        });
        let provider = Running::start(peers.python_command("oauthlib_provider.py", &told));
        Self { provider, secret, http: Http::new() }
    }

    fn url(&self, path: &str) -> Url {
        Url::parse(self.provider.said["url"].as_str().unwrap()).unwrap().join(path).unwrap()
    }

    fn client(&self, method: Arc<dyn SignatureMethod>, way: (CredentialMethod, Placement)) -> Client {
        let mut provider = Provider::new(self.url("/initiate"), self.url("/authorize"), self.url("/token"));
        provider.realm = Some("photos".into());
        (provider.method, provider.placement) = way;
        let mut config = Config::new(KEY, self.secret, provider);
        config.method = method;
        config.body_hash = BodyHashing::OfMethod;
        config.allow_insecure_loopback = true;
        Client::new(config).unwrap()
    }

    async fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.http.send(Outgoing::once(request)).await.unwrap()
    }

    async fn pending(&self, client: &Client) -> Pending {
        let callback = Callback::Uri(CALLBACK.parse().unwrap());
        self.http.run(client.temporary_credentials(callback)).await.unwrap()
    }

    /// The person decides; gives the address at which the application sees them again.
    async fn decide(&self, client: &Client, pending: &Pending, decision: &str) -> Uri {
        let url = pending.authorization_url(client);
        let form = form::encode([("oauth_token", pending.token()), ("decision", decision)]);
        let request = post(url.as_str(), "application/x-www-form-urlencoded", form);
        let response = self.send(request).await;
        response.headers()[header::LOCATION].to_str().unwrap().parse().unwrap()
    }

    async fn dance(&self, client: &Client) -> TokenCredentials {
        let pending = self.pending(client).await;
        let back = self.decide(client, &pending, "allow").await;
        assert!(back.to_string().starts_with(CALLBACK), "{back}");
        self.http.run(pending.callback(client, &back).unwrap()).await.unwrap()
    }

    /// What is sent, and where its signature may travel.
    fn kinds(&self) -> Vec<(Placement, Request<Bytes>)> {
        let url =
            self.url("/photos?size=b&size=a&file=summer%20vacation%2B1.jpg&a%20b=%3D%26&%C3%BC=&nothing");
        let get = || Request::get(url.as_str()).body(Bytes::new()).unwrap();
        let fields = [("title", "summer & sun + ☃"), ("tag", "b"), ("tag", "a"), ("ü~*'()!", "")];
        let form = || post(url.as_str(), "application/x-www-form-urlencoded", form::encode(fields));
        let note = || post(url.as_str(), "application/json", json!({ "title": "Größe + ☃" }).to_string());
        vec![
            (Placement::Header, get()),
            (Placement::Query, get()),
            (Placement::Header, form()),
            (Placement::Query, form()),
            (Placement::Form, form()),
            (Placement::Header, note()),
            (Placement::Query, note()),
        ]
    }
}

fn post(url: &str, kind: &str, body: String) -> Request<Bytes> {
    Request::post(url).header(header::CONTENT_TYPE, kind).body(Bytes::from(body)).unwrap()
}

fn sign(client: &Client, token: &TokenCredentials, place: Placement, request: &mut Request<Bytes>) {
    // A body of bytes is not made from a text, so a form is signed as a text.
    let mut text = request.clone().map(|body| String::from_utf8(body.to_vec()).unwrap());
    client.signer(Some(token)).sign_in(place, &mut text, SystemClock.moment().unwrap()).unwrap();
    *request = text.map(Bytes::from);
}

#[tokio::test(flavor = "multi_thread")]
async fn our_client_dances_with_oauthlib_in_every_method_and_way_and_its_requests_are_admitted() {
    let Some(peers) = crate::peers() else { return };
    for method in methods() {
        let scene = Scene::set(&peers, &*method);
        for way in WAYS {
            let client = scene.client(method.clone(), way);
            let token = scene.dance(&client).await;
            assert!(token.extra.contains(&("user_id".into(), "ann".into())), "{:?}", token.extra);
            // What is signed is the same however the token was got.
            let kinds = if way == WAYS[0] { scene.kinds() } else { Vec::new() };
            for (place, mut request) in kinds {
                sign(&client, &token, place, &mut request);
                let what = format!("{} {} in {place:?}", method.name(), request.method());
                let sent = request.body().clone();
                let response = scene.send(request).await;
                assert_eq!(response.status(), StatusCode::OK, "{what}");
                let seen: Value = serde_json::from_slice(response.body()).unwrap();
                assert_eq!(seen["body"].as_str().unwrap().as_bytes(), sent, "{what}");
                assert_eq!(seen["query"]["file"], json!(["summer vacation+1.jpg"]), "{what}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oauthlib_refuses_ours_replayed_changed_and_spent() {
    let Some(peers) = crate::peers() else { return };
    for method in methods() {
        let scene = Scene::set(&peers, &*method);
        let client = scene.client(method.clone(), WAYS[0]);
        let pending = scene.pending(&client).await;
        let back = scene.decide(&client, &pending, "allow").await;
        let token = scene.http.run(pending.callback(&client, &back).unwrap()).await.unwrap();
        let spent = scene.http.run(pending.callback(&client, &back).unwrap()).await.unwrap_err();
        let HttpError::Exchange(Error::Refused { status, .. }) = spent else { panic!("{spent:?}") };
        assert_eq!(status, StatusCode::UNAUTHORIZED);

        for (place, request) in scene.kinds() {
            let mut signed = request.clone();
            sign(&client, &token, place, &mut signed);
            assert_eq!(scene.send(signed.clone()).await.status(), StatusCode::OK);
            let replayed = scene.send(signed).await;
            assert_eq!(replayed.status(), StatusCode::UNAUTHORIZED, "{} in {place:?}", method.name());

            // A signature by PLAINTEXT covers nothing.
            let mut changed = request;
            sign(&client, &token, place, &mut changed);
            *changed.uri_mut() = changed.uri().to_string().replace("vacation", "passport").parse().unwrap();
            let expected = if method.covers_request() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
            assert_eq!(scene.send(changed).await.status(), expected, "{} in {place:?}", method.name());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_at_oauthlib_is_told_as_one() {
    let Some(peers) = crate::peers() else { return };
    let scene = Scene::set(&peers, &HmacSha1);
    let client = scene.client(Arc::new(HmacSha1), WAYS[0]);
    let pending = scene.pending(&client).await;
    let back = scene.decide(&client, &pending, "deny").await;
    assert_eq!(pending.callback(&client, &back).unwrap_err(), CallbackError::Denied);
    // And a verifier of one's own invention is worth nothing afterwards.
    let forged = scene.http.run(pending.verifier(&client, "forged-forged-forged")).await.unwrap_err();
    assert!(matches!(forged, HttpError::Exchange(Error::Refused { .. })), "{forged:?}");
}
