//! `oauth-1.0a` signs requests for our API.

use std::sync::Arc;

use oauth_clock::{Clock as _, SystemClock};
use oauth_hyper_server::{Protect, Server};
use oauth_sansio::{Digest, Family, Outcome, Secret};
use oauth_store::{IssuerStore, MemoryStore};
use oauth1_core::{resource, server};
use serde_json::json;
use tokio::net::TcpListener;
use tower_layer::Layer as _;

use crate::photos::Photos;

/// Where the API says it is: what stands before it ends TLS.
const ORIGIN: &str = "https://photos.example.net";
const CONSUMER: (&str, &str) = ("photo-printer", "a secret: 100% + \"more\" ü*'()!");
const TOKEN: (&str, &str) = ("a-token-for-photos-of-ann", "and its secret: ~");

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_oauth_1_0a_are_admitted_where_it_follows_the_rfc_and_refused_where_it_does_not() {
    let Some(peers) = crate::peers() else { return };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let told = json!({
        "socket": format!("http://{}", listener.local_addr().unwrap()),
        "origin": ORIGIN,
        "consumer": { "key": CONSUMER.0, "secret": CONSUMER.1 },
        "token": { "key": TOKEN.0, "secret": TOKEN.1 },
    });
    let mut config = resource::Config::new(ORIGIN.parse().unwrap());
    config.two_legged = true;
    let photos = Protect::new(store().await).oauth1(resource::Verifier::new(config).unwrap()).layer(Photos);
    tokio::spawn(Server::new(listener).serve(photos, std::future::pending()));

    let said = tokio::task::spawn_blocking(move || peers.node("oauth_1_0a.mjs", &told)).await.unwrap();
    assert_eq!(said["admitted"].as_array().unwrap().len(), 2 * 6 + 9);
    let refused: Vec<_> =
        said["refused"].as_array().unwrap().iter().filter_map(|name| name.as_str()).collect();
    assert_eq!(
        refused,
        [
            "a replay by HMAC-SHA1",
            "another secret by HMAC-SHA1",
            "a replay by HMAC-SHA256",
            "another secret by HMAC-SHA256",
            "a plus sign for a space",
            "an encoded name",
            "an equals sign in a value",
            "a question mark in a value",
            "a name twice, first without a value",
            "a default port",
            "a fragment",
            "no path",
            "capital letters",
            "a name in query and form",
            "a body hash with a key",
        ]
    );
}

/// A registered application, and what Ann allowed it.
async fn store() -> IssuerStore {
    let store = IssuerStore::new(Arc::new(MemoryStore::new()), ORIGIN);
    let client = server::Client {
        client_id: CONSUMER.0.into(),
        name: "Photo Printer".into(),
        secret: Secret::new(CONSUMER.1),
        public_key: None,
        callbacks: server::Callbacks::Registered(Vec::new()),
        methods: Default::default(),
    };
    store.register_oauth1(client).await.unwrap();
    let token = server::Token {
        secret: Secret::new(TOKEN.1),
        client_id: CONSUMER.0.into(),
        subject: "ann".into(),
        realms: Arc::default(),
        family: Family::from_bytes([7; 16]),
        issued: SystemClock.moment().unwrap().now(),
        expires: None,
        renewal: None,
        key: Default::default(),
    };
    let put = vec![server::Record::Token(Digest::of_token(TOKEN.0), Arc::new(token))];
    let batch = server::Batch { put, ..Default::default() };
    assert_eq!(store.commit_oauth1(&batch).await.unwrap(), Outcome::Applied);
    store
}
