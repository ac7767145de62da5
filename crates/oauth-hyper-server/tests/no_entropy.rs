//! A machine without randomness mints nothing.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, header};
use http_body_util::Full;
use oauth_clock::{Clock, NoEntropy};
use oauth_hyper_server::{Pages, ProviderService, Turn, Visit};
use oauth_sansio::{Answer, Moment, Prompt};
use oauth_store::{IssuerStore, MemoryStore};
use oauth2_core::server::{AuthorizationServer, Config};

struct Dry;

impl Clock for Dry {
    fn moment(&self) -> Result<Moment, NoEntropy> {
        Err(NoEntropy)
    }
}

struct NoPages;

#[async_trait]
impl Pages for NoPages {
    async fn interact(&self, _: &Prompt, _: &Visit<'_>) -> Turn {
        Turn::Answer(Answer::Denied)
    }
}

#[tokio::test]
async fn z07_without_randomness_every_endpoint_answers_503_and_asks_for_patience() {
    let issuer = "https://as.example.com";
    let store = IssuerStore::new(Arc::new(MemoryStore::new()), issuer);
    let server = AuthorizationServer::new(Config::new(issuer.parse().unwrap())).unwrap();
    let service = ProviderService::with_clock(store, Arc::new(NoPages), Arc::new(Dry)).oauth2(server);
    for path in ["/oauth2/token", "/oauth2/authorize", "/oauth2/consent"] {
        let request =
            Request::post(path).body(Full::new(Bytes::from("grant_type=client_credentials"))).unwrap();
        let response = service.answer(request).await;
        assert_eq!(response.status(), 503, "{path}");
        assert!(response.headers().contains_key(header::RETRY_AFTER));
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        assert!(response.body().is_empty());
    }
}
