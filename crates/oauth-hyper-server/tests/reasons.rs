//! Whatever stands around a service learns why it refused; the wire does not.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use oauth_hyper_server::{Pages, Protect, ProviderService, Turn, Visit};
use oauth_sansio::{Answer, Prompt};
use oauth_store::{IssuerStore, MemoryStore};
use oauth1_core::{resource as resource1, server as server1};
use oauth2_core::{resource as resource2, server as server2};

const ORIGIN: &str = "https://as.example.com";

struct NoPages;

#[async_trait]
impl Pages for NoPages {
    async fn interact(&self, _: &Prompt, _: &Visit<'_>) -> Turn {
        Turn::Answer(Answer::Denied)
    }
}

fn post(path: &str, header: (&str, &str), body: &'static str) -> Request<Full<Bytes>> {
    let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    request.header(header.0, header.1).body(Full::new(Bytes::from_static(body.as_bytes()))).unwrap()
}

fn store() -> IssuerStore {
    IssuerStore::new(Arc::new(MemoryStore::new()), ORIGIN)
}

#[tokio::test]
async fn an_answer_that_refuses_has_its_reason_among_its_extensions() {
    let oauth1 = server1::Provider::new(server1::Config::new(ORIGIN.parse().unwrap())).unwrap();
    let oauth2 = server2::AuthorizationServer::new(server2::Config::new(ORIGIN.parse().unwrap())).unwrap();
    let service = ProviderService::new(store(), Arc::new(NoPages)).oauth1(oauth1).oauth2(oauth2);

    let body = "grant_type=client_credentials&client_id=nobody&client_secret=x";
    let answer = service.answer(post("/oauth2/token", ("accept", "*/*"), body)).await;
    assert_eq!(answer.extensions().get(), Some(&server2::Reason::UnknownClient));
    let answer = service.answer(post("/oauth1/initiate", ("accept", "*/*"), "")).await;
    assert_eq!(answer.extensions().get(), Some(&server1::Reason::NoCredentials));
    let metadata =
        Request::get("/.well-known/oauth-authorization-server").body(Full::<Bytes>::default()).unwrap();
    let answer = service.answer(metadata).await;
    assert_eq!((answer.status().as_u16(), answer.extensions().get::<server2::Reason>()), (200, None));
}

#[tokio::test]
async fn so_has_a_request_that_is_not_let_through_to_an_api() {
    let oauth1 = resource1::Verifier::new(resource1::Config::new(ORIGIN.parse().unwrap())).unwrap();
    let oauth2 = resource2::Verifier::new(resource2::Config::default()).unwrap();
    let protect = Protect::new(store()).oauth1(oauth1).oauth2(oauth2);
    let refused = protect.admit(post("/photos", ("authorization", "Bearer guess"), "")).await.unwrap_err();
    assert_eq!(refused.extensions().get(), Some(&resource2::Reason::Unknown));
    let refused =
        protect.admit(post("/photos", ("authorization", "OAuth oauth_nonce=\"x\""), "")).await.unwrap_err();
    let reason = refused.extensions().get::<server1::Reason>();
    assert!(matches!(reason, Some(server1::Reason::Read(_))), "{reason:?}");
}
