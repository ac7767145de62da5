//! A real browser, without script, meets every page of the operator.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use oauth_clock::{Clock as _, SystemClock};
use oauth_hyper_server::Server;
use oauth_provider::admin::{Admin, AdminService};
use oauth_provider::{Rotation, StoredKeys, StoredUsers};
use oauth_sansio::{Digest, Family, Secret};
use oauth_store::{IssuerStore, MemoryStore};
use oauth1_core::server as server1;
use oauth2_core::jose::Algorithm;
use oauth2_core::server::{AuthorizationServer, Config};
use serde_json::json;
use tokio::net::TcpListener;

const ISSUER: &str = "https://id.example.com";
const PERSON: &str = "ann";
const HOSTILE: &str = "../frame?<script>alert(1)</script>";

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_meets_every_page_of_the_operator_and_does_what_the_commands_do() {
    let Some(peers) = crate::peers() else { return };
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", socket.local_addr().unwrap());
    let admin = AdminService::new(admin().await, &Secret::new("the operator's token"));
    let link = format!("{origin}{}", admin.link().await.unwrap().expose());
    tokio::spawn(Server::new(socket).serve(admin, std::future::pending()));
    let output = Path::new(env!("CARGO_TARGET_TMPDIR")).join("admin-pages");
    let told =
        json!({ "output": output, "link": link, "origin": origin, "person": PERSON, "client": HOSTILE });
    tokio::task::spawn_blocking(move || peers.node("admin_pages.mjs", &told)).await.unwrap();
}

/// With a person who allowed two applications something, one of them with a hostile name.
async fn admin() -> Admin {
    let store = IssuerStore::new(Arc::new(MemoryStore::new()), ISSUER);
    let users = Arc::new(StoredUsers::new(store.clone(), Arc::new(SystemClock)).unwrap());
    let person = users.add(PERSON, &Secret::new("correct horse battery staple")).await.unwrap();
    for (number, client_id) in [(1_u8, HOSTILE), (2, "slideshow")] {
        let client = server1::Client {
            client_id: client_id.into(),
            name: format!(
                "Frame <b>{number}</b> \u{202e}with a name that is rather long for what it is, and goes on"
            ),
            secret: Secret::new("frame secret"),
            public_key: None,
            callbacks: server1::Callbacks::Registered(vec!["oob".into()]),
            methods: Default::default(),
        };
        store.register_oauth1(client).await.unwrap();
        let token = server1::Token {
            secret: "secret".into(),
            client_id: client_id.into(),
            subject: person.subject.as_str().into(),
            realms: ["photos".to_owned()].into(),
            family: Family::from_bytes([number; 16]),
            issued: SystemClock.moment().unwrap().now(),
            expires: None,
            renewal: None,
            key: Default::default(),
        };
        let put = vec![server1::Record::Token(Digest::of_token(client_id), token.into())];
        let _ = store.commit_oauth1(&server1::Batch { put, ..Default::default() }).await.unwrap();
    }
    let day = Duration::from_secs(24 * 60 * 60);
    let rotation = Rotation { algorithm: Algorithm::EdDsa, every: 90 * day, notice: day, overlap: day };
    let keys = Arc::new(StoredKeys::new(store.clone(), Arc::new(SystemClock), rotation));
    keys.current().await.unwrap();
    let mut config = Config::new(ISSUER.parse().unwrap());
    config.scopes = "photos albums".parse().unwrap();
    Admin::new(store, AuthorizationServer::new(config).unwrap()).users(users).keys(keys)
}
