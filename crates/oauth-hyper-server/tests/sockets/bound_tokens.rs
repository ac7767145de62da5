//! Tokens that are bound to a key, from the token endpoint to the API and back (RFC 9449).

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use oauth_clock::{Clock as _, SystemClock};
use oauth_hyper_client::Client as Http;
use oauth_hyper_server::{Protect, ProviderService, Server};
use oauth_sansio::Outgoing;
use oauth_store::{IssuerStore, MemoryStore};
use oauth2_core::client::{DpopKey, Tokens};
use oauth2_core::dpop::access_token_hash;
use oauth2_core::jose::{Algorithm, LocalSigner, Signer as _, Unsigned};
use oauth2_core::metadata::Transport;
use oauth2_core::resource::{self, Dpop, Published, Verifier};
use oauth2_core::server::{
    Authentication, AuthorizationServer, Client, Config, GrantType, SecretMethods, ServerKeys,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower_layer::Layer as _;
use url::Url;

use crate::common::{Photos, StubPages, form_post};

const SECRET: &str = "a-generated-secret-of-more-than-128-bits";

/// A provider and an API, which share a store and want nonces.
async fn servers() -> (Url, Url) {
    servers_with(|_| {}).await
}

async fn servers_with(set: fn(&mut Dpop)) -> (Url, Url) {
    let (provider, provider_url) = listen().await;
    let (api, api_url) = listen().await;
    let keys = ServerKeys::always([3; 32]);
    let mut config = Config::new(provider_url.clone());
    config.insecure_loopback = true;
    config.keys = keys.clone();
    config.policy.require_dpop_nonce = true;
    config.scopes = "photos".parse().unwrap();
    let store = IssuerStore::new(Arc::new(MemoryStore::new()), provider_url.as_str());
    let client = Client {
        authentication: Authentication::secret(&SECRET.into(), SecretMethods::Post),
        grants: vec![GrantType::ClientCredentials],
        scopes: "photos".parse().unwrap(),
        ..Client::new("machine")
    };
    store.register_oauth2(client).await.unwrap();
    let service = ProviderService::new(store.clone(), Arc::new(StubPages));
    let service = service.oauth2(AuthorizationServer::new(config).unwrap());
    tokio::spawn(Server::new(provider).serve(service, std::future::pending()));
    let mut dpop = Dpop { nonces: Some(keys), ..Dpop::new(api_url.clone()) };
    set(&mut dpop);
    let dpop = Some(dpop);
    let published = Some(Published {
        authorization_servers: vec![provider_url.as_str().trim_end_matches('/').to_owned()],
        transport: Transport::HttpsOrInsecureLoopback,
        ..Published::default()
    });
    let identifier = Some(api_url.as_str().trim_end_matches('/').to_owned());
    let config = resource::Config { dpop, identifier, published, ..resource::Config::default() };
    let verifier = Verifier::new(config).unwrap();
    let photos = Protect::new(store).oauth2(verifier).layer(Photos);
    tokio::spawn(Server::new(api).serve(photos, std::future::pending()));
    (provider_url, api_url)
}

async fn listen() -> (TcpListener, Url) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    (listener, url)
}

fn proof(
    key: &LocalSigner,
    id: &str,
    method: &str,
    url: &Url,
    nonce: Option<&str>,
    token: Option<&str>,
) -> String {
    let now = SystemClock.moment().unwrap().now().as_unix();
    let mut claims = json!({ "jti": id, "htm": method, "htu": url.as_str(), "iat": now });
    if let Some(nonce) = nonce {
        claims["nonce"] = json!(nonce);
    }
    if let Some(token) = token {
        claims["ath"] = json!(access_token_hash(token));
    }
    let jwk = key.public().unwrap();
    let unsigned =
        Unsigned::with_embedded_key(&jwk, Algorithm::Es256, "dpop+jwt", claims.to_string().as_bytes());
    let signature = key.sign(unsigned.input()).unwrap();
    unsigned.signed(&signature)
}

async fn send(mut request: Request<Bytes>, proof: &str) -> Response<Bytes> {
    request.headers_mut().insert("dpop", proof.parse().unwrap());
    Http::new().send(Outgoing::once(request)).await.unwrap()
}

fn nonce(response: &Response<Bytes>) -> String {
    response.headers()["dpop-nonce"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_bound_token_is_asked_for_and_used_with_the_nonces_of_both_sides() {
    let (provider, api) = servers().await;
    let key = LocalSigner::generate(Algorithm::Es256, "").unwrap();
    let token_url = provider.join("/oauth2/token").unwrap();
    let parameters =
        [("grant_type", "client_credentials"), ("client_id", "machine"), ("client_secret", SECRET)];
    let ask = async |id: &str, nonce: Option<&str>| {
        send(form_post(&token_url, &parameters), &proof(&key, id, "POST", &token_url, nonce, None)).await
    };
    let refused = ask("1", None).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    let answer = ask("2", Some(&nonce(&refused))).await;
    let told: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(told["token_type"], "DPoP");
    let token = told["access_token"].as_str().unwrap();

    let photos = api.join("/photos").unwrap();
    let use_it = async |id: &str, scheme: &str, nonce: Option<&str>| {
        let request =
            Request::get(photos.as_str()).header(header::AUTHORIZATION, format!("{scheme} {token}"));
        let proof = proof(&key, id, "GET", &photos, nonce, Some(token));
        send(request.body(Bytes::new()).unwrap(), &proof).await
    };
    // A nonce of the one is none of the other.
    let refused = use_it("3", "DPoP", Some(&nonce(&answer))).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let fresh = nonce(&refused);
    let admitted = use_it("4", "DPoP", Some(&fresh)).await;
    assert_eq!(admitted.status(), StatusCode::OK);
    assert_eq!(nonce(&admitted), fresh, "the next one comes with the answer");
    let seen: Value = serde_json::from_slice(admitted.body()).unwrap();
    assert_eq!((&seen["client_id"], &seen["authorization"]), (&json!("machine"), &json!(false)));

    let replayed = use_it("4", "DPoP", Some(&fresh)).await;
    let as_bearer = use_it("5", "Bearer", Some(&fresh)).await;
    for (refused, error) in [(replayed, "invalid_dpop_proof"), (as_bearer, "invalid_token")] {
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
        let told = refused.headers().get_all(header::WWW_AUTHENTICATE).iter();
        assert!(told.into_iter().any(|one| one.to_str().unwrap().contains(error)), "{error}");
    }
}

#[tokio::test]
async fn an_api_tells_everybody_where_its_tokens_come_from() {
    let (provider, api) = servers().await;
    let get = async |url: &str| {
        let request = Request::get(url).header(header::ORIGIN, "https://app.example.com");
        Http::new().send(Outgoing::once(request.body(Bytes::new()).unwrap())).await.unwrap()
    };
    let refused = get(api.join("/photos").unwrap().as_str()).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let told = refused.headers().get_all(header::WWW_AUTHENTICATE).iter().map(|one| one.to_str().unwrap());
    let told: Vec<_> = told.collect();
    let read = oauth_sansio::auth::parse_challenges(told).unwrap();
    assert_eq!(read.iter().map(|one| one.scheme).collect::<Vec<_>>(), ["Bearer", "DPoP"]);
    let answer = get(read[0].parameter("resource_metadata").unwrap()).await;
    assert_eq!(answer.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    let document: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(document["resource"], api.as_str().trim_end_matches('/'));
    assert_eq!(document["authorization_servers"], json!([provider.as_str().trim_end_matches('/')]));
}

/// A key, a token that is bound to it, and a way to send with both: the nonce of the API is known from the first answer.
struct Holder {
    key: DpopKey,
    tokens: Tokens,
    url: Url,
}

impl Holder {
    async fn new(provider: &Url, api: &Url) -> Self {
        let signer = Arc::new(LocalSigner::generate(Algorithm::Es256, "").unwrap());
        let token_url = provider.join("/oauth2/token").unwrap();
        let parameters =
            [("grant_type", "client_credentials"), ("client_id", "machine"), ("client_secret", SECRET)];
        let ask = async |id: &str, nonce: Option<&str>| {
            let proof = proof(&signer, id, "POST", &token_url, nonce, None);
            send(form_post(&token_url, &parameters), &proof).await
        };
        let refused = ask("1", None).await;
        let answer = ask("2", Some(&nonce(&refused))).await;
        let told: Value = serde_json::from_slice(answer.body()).unwrap();
        let tokens = json!({ "access_token": told["access_token"], "token_type": "DPoP", "expires_at": null,
            "refresh_token": null, "scope": null, "refused_scope": "", "extra": {} });
        let jwk = signer.public().unwrap();
        let (key, tokens) = (DpopKey::new(signer, jwk), serde_json::from_value(tokens).unwrap());
        let holder = Self { key, tokens, url: api.join("/photos").unwrap() };
        let refused = Http::new().send(Outgoing::once(holder.request("", false))).await.unwrap();
        assert!(holder.key.learn(&holder.url.as_str().parse().unwrap(), refused.headers()));
        holder
    }

    /// With a proof that tells the body, or with one that does not.
    fn request(&self, body: &str, tells: bool) -> Request<Bytes> {
        let request = Request::post(self.url.as_str()).header(header::CONTENT_TYPE, "application/json");
        let mut request = request.body(Bytes::from(body.to_owned())).unwrap();
        let moment = SystemClock.moment().unwrap();
        match tells {
            true => self.key.authorize_with_body(&self.tokens, &mut request, moment).unwrap(),
            false => self.key.authorize(&self.tokens, &mut request, moment).unwrap(),
        }
        request
    }
}

/// What became of a request: the status, the error of a challenge, and the body that the API saw.
async fn sent(request: Request<Bytes>) -> (u16, String, Value) {
    let answer = Http::new().send(Outgoing::once(request)).await.unwrap();
    let challenges = answer.headers().get_all(header::WWW_AUTHENTICATE).iter();
    let texts: Vec<_> = challenges.map(|one| one.to_str().unwrap()).collect();
    let read = oauth_sansio::auth::parse_challenges(texts).unwrap();
    let error = read.iter().find_map(|one| one.parameter("error")).unwrap_or_default();
    let seen: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    (answer.status().as_u16(), error.to_owned(), seen["body"].clone())
}

#[tokio::test]
async fn x16_a_body_that_was_swapped_under_a_valid_proof_is_refused() {
    let (provider, api) = servers().await;
    let holder = Holder::new(&provider, &api).await;
    let list = r#"{"jsonrpc":"2.0","method":"tools/list","id":1}"#;
    let request = holder.request(list, true);
    for other in [r#"{"jsonrpc":"2.0","method":"tools/call","id":1}"#, ""] {
        let mut swapped = request.clone();
        *swapped.body_mut() = Bytes::from(other);
        assert_eq!(sent(swapped).await, (401, "invalid_dpop_proof".into(), Value::Null));
    }
    // The refusals used nothing up, and the API sees all of the body that was read for the proof.
    assert_eq!(sent(request).await, (200, String::new(), json!(list)));
    // A proof that says nothing of the body is as good as ever here.
    assert_eq!(sent(holder.request(list, false)).await, (200, String::new(), json!(list)));
    // What is read for a proof has its limit, and what is not read has none.
    let large = "x".repeat(70_000);
    assert_eq!(sent(holder.request(&large, true)).await.0, 413);
    assert_eq!(sent(holder.request(&large, false)).await, (200, String::new(), json!(large)));
}

#[tokio::test]
async fn x16_an_api_may_want_each_proof_to_tell_the_body() {
    let (provider, api) = servers_with(|dpop| dpop.require_content_digest = true).await;
    let holder = Holder::new(&provider, &api).await;
    assert_eq!(sent(holder.request("{}", false)).await, (401, "invalid_dpop_proof".into(), Value::Null));
    assert_eq!(sent(holder.request("{}", true)).await, (200, String::new(), json!("{}")));
    assert_eq!(sent(holder.request("", true)).await, (200, String::new(), json!("")));
}
