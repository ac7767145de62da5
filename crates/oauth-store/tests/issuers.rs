//! One store, several issuers, and clients that live elsewhere.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;

use async_trait::async_trait;
use oauth_sansio::{Digest, Family, Outcome, Spend, Timestamp};
use oauth_store::{Clients, IssuerStore, MemoryStore, StoreError};
use oauth1_core::server as core1;
use oauth2_core::server as core2;

const LATER: Timestamp = Timestamp::from_unix(2_000_000_000);

fn client(client_id: &str, name: &str) -> core2::Client {
    core2::Client {
        client_id: client_id.into(),
        name: name.into(),
        authentication: core2::Authentication::None,
        redirect_uris: vec!["https://app.example.com/cb".into()],
        application: core2::Application::Web,
        grants: vec![core2::GrantType::AuthorizationCode],
        scopes: oauth2_core::Scopes::none(),
        ..core2::Client::new("")
    }
}

fn access(id: Digest) -> core2::Record {
    let scopes = oauth2_core::Scopes::none();
    let authorization =
        core2::Authorization::new("app", Some("ann".into()), scopes, Family::from_bytes([1; 16]));
    let access = core2::Access {
        authorization: authorization.into(),
        binding: None,
        signed: false,
        claims: None,
        issued: Timestamp::from_unix(0),
        expires: LATER,
    };
    core2::Record::Access(id, Arc::new(access))
}

#[tokio::test]
async fn z09_equal_identifiers_of_two_issuers_are_two_things() {
    let store = Arc::new(MemoryStore::new());
    let one = IssuerStore::new(store.clone(), "https://one.example.com");
    let other = IssuerStore::new(store, "https://other.example.com");
    let id = Digest::of_token("a token");
    one.register_oauth2(client("app", "The app of one")).await.unwrap();
    other.register_oauth2(client("app", "The app of the other")).await.unwrap();
    let spend = vec![Spend { once: core2::Once::Code(id), at: LATER, keep_until: LATER }];
    let batch = core2::Batch { spend, put: vec![access(id)], ..Default::default() };
    assert_eq!(one.commit_oauth2(&batch).await.unwrap(), Outcome::Applied);

    let wanted = core2::Wanted { client: Some("app".into()), rows: vec![core2::Want::Access(id)] };
    let (mine, theirs) = (one.load_oauth2(&wanted).await.unwrap(), other.load_oauth2(&wanted).await.unwrap());
    assert_eq!(mine.client.unwrap().name, "The app of one");
    assert_eq!(theirs.client.unwrap().name, "The app of the other");
    assert!(mine.access.is_some() && theirs.access.is_none());
    // What is spent at one is not spent at the other.
    assert_eq!(other.commit_oauth2(&batch).await.unwrap(), Outcome::Applied);
    assert_eq!(one.commit_oauth2(&batch).await.unwrap(), Outcome::Lost(0));
}

/// A table of one's own.
struct Elsewhere;

#[async_trait]
impl Clients for Elsewhere {
    async fn oauth1(&self, _: &str) -> Result<Option<Arc<core1::Client>>, StoreError> {
        Err(StoreError::Unavailable("the table of clients is gone".into()))
    }

    async fn oauth2(&self, client_id: &str) -> Result<Option<Arc<core2::Client>>, StoreError> {
        Ok((client_id == "app").then(|| Arc::new(client("app", "From elsewhere"))))
    }
}

#[tokio::test]
async fn clients_of_ones_own_replace_the_look_up_of_clients_and_nothing_else() {
    let store = IssuerStore::new(Arc::new(MemoryStore::new()), "https://as.example.com");
    store.register_oauth2(client("app", "From here")).await.unwrap();
    store.register_oauth2(client("gone", "From here")).await.unwrap();
    let id = Digest::of_token("a token");
    let batch = core2::Batch { put: vec![access(id)], ..Default::default() };
    assert_eq!(store.commit_oauth2(&batch).await.unwrap(), Outcome::Applied);

    let store = store.with_clients(Arc::new(Elsewhere));
    let wanted =
        |client: &str| core2::Wanted { client: Some(client.into()), rows: vec![core2::Want::Access(id)] };
    let facts = store.load_oauth2(&wanted("app")).await.unwrap();
    assert_eq!(facts.client.unwrap().name, "From elsewhere");
    assert!(facts.access.is_some());
    assert!(store.load_oauth2(&wanted("gone")).await.unwrap().client.is_none());
    let wanted = core1::Wanted { client: Some("app".into()), ..Default::default() };
    assert!(matches!(store.load_oauth1(&wanted).await, Err(StoreError::Unavailable(_))));
}
