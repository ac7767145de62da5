//! APIs that want the token of another, or never have enough.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use oauth_hyper_client::{
    Authorize, AuthorizeError, AuthorizeLayer, Client as Http, MemoryTokens, Resource, StepUp, TokenKeeper,
};
use oauth2_core::client::{Challenged, Keeper, Kept, Tokens};
use tower_layer::Layer as _;
use tower_service::Service as _;

use crate::common::{self, Hands, challenge};
use crate::provider::*;

/// A person who grants whatever is asked, and how often that was.
#[derive(Default)]
struct Person(AtomicUsize);

#[async_trait]
impl StepUp for Person {
    async fn step_up(&self, _: &Challenged, have: &Kept) -> Option<Tokens> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Some(have.tokens.clone())
    }
}

/// A client of the API, with tokens of the server, and with somebody to ask.
async fn at(api: &Provider, server: &Provider, person: &Arc<Person>) -> Authorize<Http> {
    let http = Http::new().clock(Arc::new(Hands::default()));
    let keeper = Keeper::new(server.client().await);
    let keeper = TokenKeeper::new(http, keeper, Arc::new(MemoryTokens::new()), "api");
    keeper.start(common::tokens("Bearer")).await.unwrap();
    let resource = Resource::new(&format!("{}{API}", api.url)).unwrap();
    AuthorizeLayer::new(keeper, resource).step_up(person.clone()).layer(Http::new())
}

fn get(url: &str) -> Request<Bytes> {
    Request::get(url).body(Bytes::new()).unwrap()
}

#[tokio::test]
async fn l12_a_token_leaves_its_api_neither_by_an_address_nor_by_a_redirect() {
    let (server, elsewhere) = (Provider::honest().await, Provider::honest().await);
    for status in [301, 302, 303, 307, 308] {
        let to = format!("{}{API}", elsewhere.url);
        let moved =
            move || Response::builder().status(status).header("location", &to).body(Bytes::new()).unwrap();
        let api = Provider::answering(API, moved).await;
        let mut http = at(&api, &server, &Arc::default()).await;
        assert_eq!(http.call(get(&format!("{}{API}", api.url))).await.unwrap().status().as_u16(), status);
        let own = &api.url;
        for address in [
            format!("{}{API}", elsewhere.url),
            format!("{own}/other"),
            format!("{own}/mcp2"),
            format!("{own}/mcp/../other"),
            format!("{own}/mcp/%2e%2e/other"),
            own.replace("http://", "http://me@") + API,
            own.replace("127.0.0.1", "localhost") + API,
            own.replace("http://", "https://") + API,
        ] {
            let refused = http.call(get(&address)).await.unwrap_err();
            assert!(matches!(refused, AuthorizeError::OtherResource), "{address}");
        }
        assert_eq!((api.count(), api.headers(API, "authorization").len()), (1, 1));
    }
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn l13_an_api_that_never_has_enough_has_a_person_asked_twice_and_no_more() {
    for refusal in [
        (403, r#"Bearer error="insufficient_scope", scope="admin""#),
        (403, r#"Bearer error="insufficient_scope""#),
        (401, r#"Bearer error="insufficient_user_authentication", acr_values="gold", max_age="0""#),
    ] {
        // One that also asks for something new each time is asked no more often.
        let (server, api) = (
            Provider::honest().await,
            Provider::answering(API, move || challenge(refusal.0, refusal.1)).await,
        );
        let person = Arc::new(Person::default());
        let mut http = at(&api, &server, &person).await;
        for query in ["", "?a", "?b", "?c"] {
            let answer = http.call(get(&format!("{}{API}{query}", api.url))).await.unwrap();
            assert_eq!(answer.status().as_u16(), refusal.0);
        }
        assert_eq!((person.0.load(Ordering::SeqCst), api.times(API)), (2, 4 + 2), "{}", refusal.1);
    }
}

#[tokio::test]
async fn l13_an_api_that_alternates_its_wishes_comes_to_an_end() {
    let api = Provider::lying(|asked| {
        let wishes = [
            (401, r#"Bearer error="invalid_token""#),
            (403, r#"Bearer error="insufficient_scope", scope="a""#),
            (401, r#"DPoP error="use_dpop_nonce""#),
        ];
        let (status, wish) = wishes[asked.before % 3];
        (asked.path == API).then(|| challenge(status, wish))
    })
    .await;
    let (server, person) = (Provider::honest().await, Arc::new(Person::default()));
    let mut http = at(&api, &server, &person).await;
    for _ in 0..20 {
        assert!(http.call(get(&format!("{}{API}", api.url))).await.unwrap().status().is_client_error());
    }
    // Each request renews once at most; the person is asked twice in all.
    assert_eq!(person.0.load(Ordering::SeqCst), 2);
    assert!(
        server.times(TOKEN) <= 20 && api.times(API) <= 20 * 2 + 2,
        "{} {}",
        server.times(TOKEN),
        api.times(API)
    );
}

#[tokio::test]
async fn l31_a_challenge_that_nobody_can_read_has_nothing_done_for_it() {
    for wish in [
        "",
        "Bearer error=\"invalid_token",
        "Basic realm=\"Bearer error=\\\"invalid_token\\\"\"",
        "Negotiate error=\"invalid_token\"",
        "Bearer error=\"invalid_token\", error=\"insufficient_scope\"",
        "Bearer realm=\"x, DPoP error=\\\"invalid_token\\\"\"",
        ", , ,",
        "Bearer error=\"\"",
        "Bearer error=\"<script>\\\"\"",
    ] {
        let (server, api) =
            (Provider::honest().await, Provider::answering(API, move || challenge(401, wish)).await);
        let person = Arc::new(Person::default());
        let answer = at(&api, &server, &person).await.call(get(&format!("{}{API}", api.url))).await.unwrap();
        assert_eq!(answer.status(), 401, "{wish}");
        let asked = (api.times(API), server.times(TOKEN), person.0.load(Ordering::SeqCst));
        assert_eq!(asked, (1, 0, 0), "{wish}");
    }
    // A status that no such wish comes with is none either.
    for status in [200, 302, 404, 500] {
        let wish = r#"Bearer error="invalid_token""#;
        let (server, api) =
            (Provider::honest().await, Provider::answering(API, move || challenge(status, wish)).await);
        let person = Arc::new(Person::default());
        at(&api, &server, &person).await.call(get(&format!("{}{API}", api.url))).await.unwrap();
        assert_eq!((api.times(API), server.times(TOKEN)), (1, 0), "{status}");
    }
}
