//! A layer around a client: where tokens go, and what is done for an API that refuses.

use std::sync::atomic::{AtomicUsize, Ordering};

use oauth_hyper_client::{Authorize, AuthorizeError, AuthorizeLayer, Resource, StepUp};
use oauth2_core::client::{Challenged, Kept};
use oauth2_core::jose::{Algorithm, LocalSigner};
use tower_layer::Layer as _;
use tower_service::Service as _;

use crate::*;

fn api(keeper: TokenKeeper, api: &Peer) -> Authorize<Client> {
    AuthorizeLayer::new(keeper, Resource::new(&api.url).unwrap()).layer(Client::new())
}

fn get(url: &str) -> Request<Bytes> {
    Request::get(url).body(Bytes::from_static(b"the body")).unwrap()
}

fn brought(request: &Request<Bytes>) -> &str {
    request.headers()["authorization"].to_str().unwrap()
}

#[tokio::test]
async fn l12_a_token_is_sent_to_its_api_and_not_on_after_a_redirect() {
    let clock = Arc::new(Hands::default());
    let (server, other) = (Peer::start(|n, _| granted(n)).await, Peer::start(|_, _| json(200, "{}")).await);
    let elsewhere = other.url.clone();
    let moved = move |_: usize, _: &Request<Bytes>| {
        Response::builder().status(307).header("location", &elsewhere).body(Bytes::new()).unwrap()
    };
    let photos = Peer::start(moved).await;
    let mut client = api(keeping(&server, &clock).await, &photos);
    let refused = client.call(get(&format!("{}/photos", other.url))).await.unwrap_err();
    assert!(matches!(refused, AuthorizeError::OtherResource));
    let answer = client.call(get(&format!("{}/photos", photos.url))).await.unwrap();
    assert_eq!(answer.status(), 307);
    assert_eq!(brought(&photos.seen.lock().unwrap()[0]), "Bearer a");
    assert_eq!(other.count(), 0);
}

#[tokio::test]
async fn a_token_that_an_api_refuses_is_renewed_once() {
    let clock = Arc::new(Hands::default());
    let server = Peer::start(|n, _| granted(n)).await;
    let photos = Peer::start(|_, request| match brought(request) {
        "Bearer a0" => json(200, "{}"),
        _ => challenge(401, r#"Bearer error="invalid_token""#),
    })
    .await;
    let mut client = api(keeping(&server, &clock).await, &photos);
    let answer = client.call(get(&format!("{}/photos", photos.url))).await.unwrap();
    assert_eq!((answer.status().as_u16(), server.count(), photos.count()), (200, 1, 2));
    assert_eq!(photos.forms(), ["the body"; 2]);
    // An API that refuses everything is not obeyed for ever.
    let photos = Peer::start(|_, _| challenge(401, r#"Bearer error="invalid_token""#)).await;
    let mut client = api(keeping(&server, &clock).await, &photos);
    let answer = client.call(get(&format!("{}/photos", photos.url))).await.unwrap();
    assert_eq!((answer.status().as_u16(), server.count(), photos.count()), (401, 2, 2));
}

#[tokio::test]
async fn l19_an_api_that_asks_for_nonces_without_end_is_answered_once() {
    let clock = Arc::new(Hands::default());
    let server = Peer::start(|n, _| granted(n)).await;
    let wants = |n: usize, _: &Request<Bytes>| {
        let mut answer = challenge(401, r#"DPoP error="use_dpop_nonce""#);
        answer.headers_mut().insert("dpop-nonce", format!("n{n}").parse().unwrap());
        answer
    };
    let photos = Peer::start(wants).await;
    let key = DpopKey::local(LocalSigner::generate(Algorithm::Es256, "").unwrap()).unwrap();
    let keeper = keeper_at(&server, Arc::new(MemoryTokens::new()), clock, Some(key));
    keeper.start(tokens("DPoP")).await.unwrap();
    let mut client = api(keeper, &photos);
    let url = format!("{}/photos", photos.url);
    assert_eq!(client.call(get(&url)).await.unwrap().status(), 401);
    assert_eq!(photos.count(), 2);
    // The next request begins with the nonce that came last.
    assert_eq!(client.call(get(&url)).await.unwrap().status(), 401);
    let said = |n: usize| {
        let seen = photos.seen.lock().unwrap();
        assert_eq!(brought(&seen[n]), "DPoP a");
        let proof = seen[n].headers()["dpop"].to_str().unwrap().split('.').nth(1).unwrap().to_owned();
        let proof: serde_json::Value =
            serde_json::from_slice(&oauth_sansio::base64url::decode(proof.as_bytes()).unwrap()).unwrap();
        proof["nonce"].as_str().map(str::to_owned)
    };
    assert_eq!((said(0), said(1), said(2)), (None, Some("n0".into()), Some("n1".into())));
}

/// A person who grants whatever is asked, and how often that was.
#[derive(Default)]
struct Person(AtomicUsize);

#[async_trait]
impl StepUp for Person {
    async fn step_up(&self, wanted: &Challenged, have: &Kept) -> Option<Tokens> {
        let times = self.0.fetch_add(1, Ordering::SeqCst);
        assert_eq!(wanted.scope.as_ref().unwrap().as_str(), "write");
        let access_token = format!("more{times}").into();
        Some(Tokens { access_token, ..have.tokens.clone() })
    }
}

#[tokio::test]
async fn l13_a_person_is_asked_for_more_a_few_times_and_then_no_more() {
    let clock = Arc::new(Hands::default());
    let server = Peer::start(|n, _| granted(n)).await;
    let wants = r#"Bearer error="insufficient_scope", scope="write""#;
    let photos = Peer::start(move |_, request| match (brought(request), request.uri().path()) {
        ("Bearer more0", "/content") => json(200, "{}"),
        _ => challenge(403, wants),
    })
    .await;
    let person = Arc::new(Person::default());
    let layer = AuthorizeLayer::new(keeping(&server, &clock).await, Resource::new(&photos.url).unwrap());
    let mut client = layer.step_up(person.clone()).layer(Client::new());
    let answer = client.call(get(&format!("{}/content", photos.url))).await.unwrap();
    assert_eq!((answer.status().as_u16(), person.0.load(Ordering::SeqCst)), (200, 1));
    // What is granted is kept.
    assert_eq!(client.call(get(&format!("{}/content", photos.url))).await.unwrap().status(), 200);
    let never = format!("{}/never", photos.url);
    for _ in 0..3 {
        assert_eq!(client.call(get(&never)).await.unwrap().status(), 403);
    }
    assert_eq!(person.0.load(Ordering::SeqCst), 3, "twice for what is never granted");
    // With nobody to ask, the refusal is the answer.
    let mut alone = api(keeping(&server, &clock).await, &photos);
    let refused = alone.call(get(&never)).await.unwrap();
    assert_eq!(refused.headers()["www-authenticate"], wants);
}
