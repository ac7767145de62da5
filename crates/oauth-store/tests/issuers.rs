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
    let spend = vec![Spend { once: core2::Once::Code(id), at: LATER.into(), keep_until: LATER }];
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

#[tokio::test]
async fn z09_a_client_that_one_issuer_removes_stays_at_the_other() {
    let store = Arc::new(MemoryStore::new());
    let one = IssuerStore::new(store.clone(), "https://one.example.com");
    let other = IssuerStore::new(store, "https://other.example.com");
    let id = Digest::of_token("a token");
    let issue = core2::Batch { put: vec![access(id)], ..Default::default() };
    for issuer in [&one, &other] {
        issuer.register_oauth2(client("app", "The app")).await.unwrap();
        assert_eq!(issuer.commit_oauth2(&issue).await.unwrap(), Outcome::Applied);
    }
    one.revoke([client("app", "The app").family()]).await.unwrap();
    let wanted = core2::Wanted { client: Some("app".into()), rows: vec![core2::Want::Access(id)] };
    let (mine, theirs) = (one.load_oauth2(&wanted).await.unwrap(), other.load_oauth2(&wanted).await.unwrap());
    assert!(mine.client.is_none() && mine.client_deleted && mine.access.unwrap().revoked);
    assert!(theirs.client.is_some() && !theirs.client_deleted && !theirs.access.unwrap().revoked);
}

#[tokio::test]
async fn a_removed_client_of_oauth_1_takes_with_it_what_it_was_given() {
    let store = IssuerStore::new(Arc::new(MemoryStore::new()), "https://photos.example.net");
    let client = |client_id: &str| core1::Client {
        client_id: client_id.into(),
        name: "The app".into(),
        secret: "secret".into(),
        public_key: None,
        callbacks: core1::Callbacks::default(),
        methods: Default::default(),
    };
    let token = |client_id: &str, family| core1::Token {
        secret: "secret".into(),
        client_id: client_id.into(),
        subject: "ann".into(),
        realms: [].into(),
        family: Family::from_bytes([family; 16]),
        issued: Timestamp::from_unix(0),
        expires: None,
        renewal: None,
        key: Default::default(),
    };
    let facts = async |client_id: &str| {
        let token = Some(Digest::of_token(client_id));
        let wanted = core1::Wanted { client: Some(client_id.into()), token, ..Default::default() };
        store.load_oauth1(&wanted).await.unwrap()
    };
    for (client_id, family) in [("app", 1), ("other", 2)] {
        store.register_oauth1(client(client_id)).await.unwrap();
        let put = vec![core1::Record::Token(Digest::of_token(client_id), token(client_id, family).into())];
        let issue = core1::Batch { put, ..Default::default() };
        assert_eq!(store.commit_oauth1(&issue).await.unwrap(), Outcome::Applied);
    }
    store.revoke([client("app").family()]).await.unwrap();
    let (gone, there) = (facts("app").await, facts("other").await);
    assert!(gone.client.is_none() && gone.token.unwrap().revoked);
    assert!(there.client.is_some() && !there.token.unwrap().revoked);
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
