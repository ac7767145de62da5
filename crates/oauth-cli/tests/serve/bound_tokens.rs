//! Tokens of `oauth serve` that are bound to a certificate (RFC 8705 section 3) or to a key (RFC 9449), at an API of one's own:
//! one that verifies JWTs with the keys that the provider publishes, and one that asks the provider about each token.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderName, Request, Response, header};
use http_body_util::Full;
use oauth_clock::{Clock as _, SystemClock};
use oauth_hyper_client::Client as Http;
use oauth_hyper_server::{Grant, Protect, Server};
use oauth_sansio::{Outgoing, Secret, auth::parse_challenges};
use oauth2_core::client::{ClientAuthentication, DpopKey, Tokens};
use oauth2_core::jose::{Algorithm, LocalSigner};
use oauth2_core::resource::{Config, Dpop, Introspected, Signed, Verifier};
use serde_json::json;
use tokio::net::TcpListener;
use tower_layer::Layer as _;
use tower_service::Service;

use crate::certificates::Identity;
use crate::provider::{Provider, client_of, tls_of};

/// The API tells who came.
#[derive(Clone)]
struct Photos;

impl<B> Service<Request<B>> for Photos {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let client_id = request.extensions().get::<Grant>().unwrap().client_id().to_owned();
        ready(Ok(Response::new(Full::new(client_id.into()))))
    }
}

/// A provider, and an API beside it that takes the provider's tokens of one kind.
struct World {
    provider: Provider,
    /// Of the API.
    identifier: String,
}

const KINDS: [&str; 2] = ["jwt", "opaque"];

impl World {
    async fn new(kind: &str, tls: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let identifier = format!("https://{}", listener.local_addr().unwrap());
        let resource =
            format!("{{ identifier = \"{identifier}\", token = \"{kind}\", introspected_by = [\"api\"] }}");
        let provider = Provider::with_tls_and(tls, &format!("resources = [{resource}]"));
        let secret = provider.registers_as("api", "client_secret_basic", &json!({}))["client_secret"].clone();

        let metadata = provider.discovered().await;
        let mut config = Config {
            identifier: Some(identifier.clone()),
            scopes: "photos".parse().unwrap(),
            dpop: Some(Dpop::new(identifier.parse().unwrap())),
            require_audience: true,
            ..Config::default()
        };
        if kind == "jwt" {
            config.signed = vec![Signed::from_metadata(&metadata).unwrap()];
        } else {
            let secret = ClientAuthentication::SecretBasic(secret.as_str().unwrap().into());
            config.introspected = vec![Introspected::new(client_of(&metadata, "api", secret, None))];
        }
        let protect = Protect::alone()
            .oauth2(Verifier::new(config).unwrap())
            .client(provider.showing(None))
            .layer(Photos);
        let own = provider.authority.vouches_for("api");
        let server = Server::new(listener).tls(tls_of(&own, true));
        tokio::spawn(server.serve(protect, std::future::pending()));
        Self { provider, identifier }
    }

    /// A token of `machine` for the API.
    async fn tokens(&self, http: &Http, by: ClientAuthentication, key: Option<&DpopKey>) -> Tokens {
        let machine = client_of(&self.provider.discovered().await, "machine", by, key.cloned());
        let parameters = [("scope", "photos"), ("resource", self.identifier.as_str())];
        http.run(machine.grant("client_credentials", &parameters).unwrap()).await.unwrap()
    }

    fn request(&self) -> Request<Bytes> {
        Request::get(format!("{}/photos", self.identifier)).body(Bytes::new()).unwrap()
    }

    fn with(&self, headers: &[(HeaderName, &str)]) -> Request<Bytes> {
        let mut request = self.request();
        for (name, value) in headers {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        request
    }
}

/// What the API answers: the client that it saw, or the error of its challenge.
async fn answered(http: &Http, request: Request<Bytes>) -> (u16, String) {
    let answer = http.send(Outgoing::once(request)).await.unwrap();
    let challenges = answer.headers().get_all(header::WWW_AUTHENTICATE).iter();
    let challenges: Vec<_> = challenges.map(|one| one.to_str().unwrap()).collect();
    let read = parse_challenges(challenges).unwrap();
    let error = read.iter().find_map(|one| one.parameter("error")).map(str::to_owned);
    let told = || String::from_utf8(answer.body().to_vec()).unwrap();
    (answer.status().as_u16(), error.unwrap_or_else(told))
}

fn admitted() -> (u16, String) {
    (200, "machine".into())
}

fn refused(error: &str) -> (u16, String) {
    (401, error.into())
}

#[tokio::test]
async fn x17_a_token_of_a_certificate_opens_an_api_over_a_connection_with_that_certificate_alone() {
    for kind in KINDS {
        let world = World::new(kind, "client_authorities = \"authority.pem\"").await;
        let Provider { authority, .. } = &world.provider;
        let named = json!({ "tls_client_auth_subject_dn": "CN=machine" });
        world.provider.registers("tls_client_auth", &named);
        let own = authority.vouches_for("machine");
        let showing = |shown: Option<&Identity>| world.provider.showing(shown);
        let tokens = world.tokens(&showing(Some(&own)), ClientAuthentication::TlsClientAuth, None).await;

        let bearer = format!("Bearer {}", tokens.access_token.expose());
        let asks = async |shown: Option<&Identity>| {
            let request = world.with(&[(header::AUTHORIZATION, &bearer)]);
            answered(&showing(shown), request).await
        };
        assert_eq!(asks(Some(&own)).await, admitted(), "{kind}");
        assert_eq!(asks(None).await, refused("invalid_token"), "{kind}");
        // The same name and the same authority, and another certificate all the same.
        let renewed = authority.vouches_for("machine");
        for other in [renewed, Identity::self_signed("machine")] {
            assert_eq!(asks(Some(&other)).await, refused("invalid_token"), "{kind}");
        }
        assert_eq!(asks(Some(&own)).await, admitted(), "{kind}");
    }
}

#[tokio::test]
async fn x09_x11_a_token_of_a_key_opens_an_api_with_a_fresh_proof_by_that_key_alone() {
    const PROOF: HeaderName = HeaderName::from_static("dpop");
    for kind in KINDS {
        let world = World::new(kind, "").await;
        let machine =
            world.provider.registers("client_secret_post", &json!({ "dpop_bound_access_tokens": true }));
        let secret = Secret::new(machine["client_secret"].as_str().unwrap());
        let key = || DpopKey::local(LocalSigner::generate(Algorithm::Es256, "").unwrap()).unwrap();
        let (own, http) = (key(), world.provider.showing(None));
        let tokens = world.tokens(&http, ClientAuthentication::SecretPost(secret), Some(&own)).await;

        let by = |key: &DpopKey| {
            let mut request = world.request();
            key.authorize(&tokens, &mut request, SystemClock.moment().unwrap()).unwrap();
            request
        };
        let request = by(&own);
        assert_eq!(answered(&http, request.clone()).await, admitted(), "{kind}");
        assert_eq!(answered(&http, request.clone()).await, refused("invalid_dpop_proof"), "{kind}");
        assert_eq!(answered(&http, by(&key())).await, refused("invalid_token"), "{kind}");

        let token = tokens.access_token.expose();
        let [bound, bearer] = ["DPoP", "Bearer"].map(|scheme| format!("{scheme} {token}"));
        let proof = by(&own).headers()[&PROOF].to_str().unwrap().to_owned();
        let without = world.with(&[(header::AUTHORIZATION, &bound)]);
        assert_eq!(answered(&http, without).await, refused("invalid_dpop_proof"), "{kind}");
        let as_bearer = world.with(&[(header::AUTHORIZATION, &bearer)]);
        assert_eq!(answered(&http, as_bearer).await, refused("invalid_token"), "{kind}");
        let beside = world.with(&[(header::AUTHORIZATION, &bearer), (PROOF, &proof)]);
        assert_eq!(answered(&http, beside).await, refused("invalid_token"), "{kind}");
        // Nothing of it has used up the proof.
        let proven = world.with(&[(header::AUTHORIZATION, &bound), (PROOF, &proof)]);
        assert_eq!(answered(&http, proven).await, admitted(), "{kind}");
    }
}
