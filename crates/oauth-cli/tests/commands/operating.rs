//! An operator's commands, to a provider that runs.

use std::{sync::Arc, time::Duration};

use oauth_clock::SystemClock;
use oauth_hyper_client::Client;
use oauth_hyper_server::Server;
use oauth_provider::{
    Rotation, StoredKeys, StoredUsers,
    admin::{Admin, AdminService},
};
use oauth_sansio::{Outgoing, Secret, form};
use oauth_store::{IssuerStore, MemoryStore};
use oauth2_core::{
    jose::Algorithm,
    server::{AuthorizationServer, Config},
};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::running::{Place, Ran, oauth};

pub(crate) const TOKEN: &str = "the-operators-token";

/// A provider's API for operators, and its folder.
pub(crate) struct Provider {
    pub(crate) address: String,
    place: Place,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", socket.local_addr().unwrap());
        let mut config = Config::new("https://as.example.com".parse().unwrap());
        config.scopes = "photos albums".parse().unwrap();
        let store = IssuerStore::new(Arc::new(MemoryStore::new()), "https://as.example.com");
        let users = Arc::new(StoredUsers::new(store.clone(), Arc::new(SystemClock)).unwrap());
        let day = Duration::from_secs(24 * 60 * 60);
        let rotation = Rotation { algorithm: Algorithm::EdDsa, every: 90 * day, notice: day, overlap: day };
        let keys = Arc::new(StoredKeys::new(store.clone(), Arc::new(SystemClock), rotation));
        let admin = Admin::new(store, AuthorizationServer::new(config).unwrap()).users(users).keys(keys);
        let service = AdminService::new(admin, &Secret::new(TOKEN));
        tokio::spawn(Server::new(socket).serve(service, std::future::pending()));
        let place = Place::new();
        // As an editor leaves it.
        place.with("admin.token", &format!("{TOKEN}\n"));
        Self { address, place }
    }

    async fn admin(&self, arguments: &[&str]) -> Ran {
        let data = self.place.file("");
        let of = ["admin", "--address", &self.address, "--data", data.to_str().unwrap()];
        oauth(&self.place, &[&of, arguments].concat()).env("OAUTH_ADMIN_TOKEN", "").end().await
    }

    async fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.admin(&[arguments, &["--json"]].concat()).await;
        assert!(ran.status.success(), "{arguments:?}: {}", ran.err);
        serde_json::from_str(&ran.out).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_gets_a_link_to_the_pages_that_opens_once() {
    let provider = Provider::start().await;
    let told = provider.json(&["link"]).await;
    let link: url::Url = told["link"].as_str().unwrap().parse().unwrap();
    assert_eq!((link.origin().ascii_serialization(), link.path()), (provider.address.clone(), "/enter"));
    assert_eq!(told["expires_in"], 600);
    let ticket = link.query_pairs().next().unwrap().1.into_owned();
    let enter = async || {
        let body = form::encode([("ticket", ticket.as_str())]);
        let request = http::Request::post(format!("{}/enter", provider.address)).body(body.into()).unwrap();
        Client::new().send(Outgoing::once(request)).await.unwrap().status()
    };
    assert_eq!([enter().await, enter().await], [http::StatusCode::SEE_OTHER, http::StatusCode::FORBIDDEN]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_registers_lists_renews_and_removes_clients_of_both_protocols() {
    let provider = Provider::start().await;
    let machine =
        ["--client-id", "nightly", "--name", "Nightly", "--grant", "client_credentials", "--scope", "photos"];
    let made = provider.json(&[&["clients", "create", "oauth2"][..], &machine].concat()).await;
    assert_eq!((&made["client_id"], &made["scope"]), (&"nightly".into(), &"photos".into()));
    let secret = made["client_secret"].as_str().unwrap();
    let renewed = provider.json(&["clients", "renew-secret", "oauth2", "nightly", "--overlap", "60"]).await;
    assert_ne!(renewed["client_secret"].as_str().unwrap(), secret);

    let printer = provider.place.with("printer.json", r#"{"client_name":"Old name","callbacks":["oob"]}"#);
    let made = provider
        .json(&[
            "clients",
            "create",
            "oauth1",
            "--metadata",
            &printer,
            "--name",
            "Printer",
            "--client-id",
            "a/b c",
        ])
        .await;
    assert_eq!((&made["client_name"], &made["callbacks"][0]), (&"Printer".into(), &"oob".into()));

    // To people, and without secrets.
    let listed = provider.admin(&["clients", "list", "oauth2"]).await;
    assert!(listed.out.contains("nightly") && listed.out.contains("Nightly"), "{}", listed.out);
    assert!(!listed.out.contains("client_secret "), "{}", listed.out);
    let shown = provider.json(&["clients", "show", "oauth1", "a/b c"]).await;
    assert_eq!(shown["client_name"], "Printer");

    for (protocol, client_id) in [("oauth2", "nightly"), ("oauth1", "a/b c")] {
        assert!(provider.admin(&["clients", "remove", protocol, client_id]).await.status.success());
        let again = provider.admin(&["clients", "remove", protocol, client_id]).await;
        assert_eq!(again.status.code(), Some(1));
        assert!(again.err.contains("there is no such thing"), "{}", again.err);
    }
    assert_eq!(provider.admin(&["clients", "list", "oauth2"]).await.out, "none\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_revokes_by_person_by_client_or_everything_and_says_which() {
    let provider = Provider::start().await;
    assert_eq!(provider.json(&["grants", "list", "--subject", "ann"]).await, Value::Array(Vec::new()));
    for whose in [&["--subject", "ann"][..], &["--client-id", "printer"], &["--everybody"]] {
        assert_eq!(provider.json(&[&["revoke"], whose].concat()).await["revoked"], 0);
    }
    for unclear in [&["revoke"][..], &["revoke", "--everybody", "--subject", "ann"]] {
        assert_eq!(provider.admin(unclear).await.status.code(), Some(2));
    }
    let wrong = provider.admin(&["grants", "revoke", "nonsense"]).await;
    assert!(wrong.err.contains("32 hexadecimal digits"), "{}", wrong.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operators_token_is_needed_and_crosses_no_network_readable() {
    let provider = Provider::start().await;
    let file = provider.place.with("wrong", "another token");
    let wrong = provider.admin(&["clients", "list", "oauth2", "--token-file", &file]).await;
    assert!(!wrong.status.success());
    let file = provider.place.with("other", "another-token");
    let wrong = provider.admin(&["clients", "list", "oauth2", "--token-file", &file]).await;
    assert!(wrong.err.contains("this is not the operator's token"), "{}", wrong.err);
    let missing = oauth(&provider.place, &["admin", "--data", "/nowhere", "clients", "list", "oauth2"]);
    let missing = missing.env("OAUTH_ADMIN_TOKEN", "").end().await;
    assert!(
        missing.err.contains("/nowhere/admin.token") && missing.err.contains("--data"),
        "{}",
        missing.err
    );
    let data = provider.place.file("");
    let away = [
        "admin",
        "--data",
        data.to_str().unwrap(),
        "--address",
        "http://as.example.com",
        "clients",
        "list",
        "oauth2",
    ];
    let away = oauth(&provider.place, &away).end().await;
    assert!(away.err.contains("over https, or on this machine"), "{}", away.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_adds_disables_and_removes_users_and_looks_after_keys() {
    let provider = Provider::start().await;
    let drawn = provider.json(&["users", "add", "ann"]).await;
    assert!(drawn["password"].as_str().is_some_and(|password| password.len() > 20), "{drawn}");
    let file = provider.place.with("password", "correct horse battery staple\n");
    let chosen = provider.json(&["users", "password", "ann", "--password-file", &file]).await;
    assert_eq!((&chosen["name"], &chosen["password"]), (&"ann".into(), &Value::Null));
    assert!(provider.admin(&["users", "disable", "ann"]).await.status.success());
    let listed = provider.json(&["users", "list"]).await;
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["disabled"]), (1, &true.into()));
    for what in ["enable", "sign-out", "remove"] {
        assert!(provider.admin(&["users", what, "ann"]).await.status.success());
    }
    assert_eq!(provider.admin(&["users", "list"]).await.out, "none\n");

    let keys = provider.json(&["keys", "rotate"]).await;
    let key_id = keys[0]["key_id"].as_str().unwrap();
    assert!(provider.admin(&["keys", "revoke", key_id]).await.status.success());
    assert_eq!(provider.json(&["keys", "list"]).await[0]["revoked"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_moves_clients_and_users_to_another_provider() {
    let (from, to) = (Provider::start().await, Provider::start().await);
    from.json(&["users", "add", "ann"]).await;
    from.json(&["clients", "create", "oauth1", "--name", "Printer", "--redirect-uri", "oob"]).await;
    let exported = from.admin(&["export"]).await;
    assert_eq!(exported.out.lines().count(), 2, "{}", exported.err);
    let file = to.place.with("everything.jsonl", &exported.out);
    assert_eq!(to.json(&["import", &file]).await["imported"], 2);
    assert_eq!(to.json(&["import", &file]).await["taken"].as_array().unwrap().len(), 2);
    assert_eq!(to.json(&["users", "list"]).await, from.json(&["users", "list"]).await);
    let file = to.place.with("broken.jsonl", "nonsense");
    let broken = to.admin(&["import", &file]).await;
    assert!(broken.err.contains("line 1"), "{}", broken.err);
}
