//! What an operator does over HTTP, with a provider that serves the same store.
#![allow(clippy::unwrap_used, reason = "a test")]

mod credentials;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::Full;
use oauth_clock::{Clock, SystemClock};
use oauth_hyper_server::{Pages, ProviderService, Turn, Visit};
use oauth_provider::admin::{Admin, AdminService};
use oauth_provider::{Rotation, StoredKeys, StoredUsers, Users as _};
use oauth_sansio::{Prompt, Secret, Timestamp};
use oauth_store::{IssuerStore, MemoryStore};
use oauth1_core::server as core1;
use oauth2_core::jose::Algorithm;
use oauth2_core::server::{AuthorizationServer, Config};
use serde_json::{Value, json};

const TOKEN: &str = "the operator's token";
const HOST: &str = "127.0.0.1:8081";

struct NoPages;

#[async_trait::async_trait]
impl Pages for NoPages {
    async fn interact(&self, _: &Prompt, _: &Visit<'_>) -> Turn {
        Turn::Page(Response::new(Bytes::new()))
    }
}

struct World {
    store: IssuerStore,
    provider: ProviderService,
    admin: AdminService,
    users: Arc<StoredUsers>,
    keys: Arc<StoredKeys>,
}

impl World {
    fn new() -> Self {
        let mut config = Config::new("https://as.example.com".parse().unwrap());
        config.scopes = "read write".parse().unwrap();
        let server = AuthorizationServer::new(config).unwrap();
        let store = IssuerStore::new(Arc::new(MemoryStore::new()), "https://as.example.com");
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let users = Arc::new(StoredUsers::new(store.clone(), clock.clone()).unwrap());
        let day = Duration::from_secs(24 * 60 * 60);
        let rotation = Rotation { algorithm: Algorithm::EdDsa, every: 90 * day, notice: day, overlap: day };
        let keys = Arc::new(StoredKeys::new(store.clone(), clock, rotation));
        let admin = Admin::new(store.clone(), server.clone()).users(users.clone()).keys(keys.clone());
        let admin = AdminService::new(admin, &Secret::new(TOKEN));
        let provider = ProviderService::new(store.clone(), Arc::new(NoPages)).oauth2(server);
        Self { store, provider, admin, users, keys }
    }

    async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        self.ask_as(&format!("Bearer {TOKEN}"), method, path, body).await
    }

    async fn ask_as(
        &self,
        authorization: &str,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, HOST);
        if !authorization.is_empty() {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        let answer = self.admin.answer(request.body(Full::new(body)).unwrap()).await;
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
        let told = match answer.body().is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(answer.body()).unwrap(),
        };
        (answer.status(), told)
    }

    /// What is no JSON, one way or the other.
    async fn text(&self, method: &str, path: &str, body: &str) -> (StatusCode, String) {
        let bearer = format!("Bearer {TOKEN}");
        let request = Request::builder().method(method).uri(path).header(header::HOST, HOST);
        let request = request.header(header::AUTHORIZATION, bearer);
        let body = Full::new(Bytes::copy_from_slice(body.as_bytes()));
        let answer = self.admin.answer(request.body(body).unwrap()).await;
        (answer.status(), String::from_utf8(answer.body().to_vec()).unwrap())
    }

    /// A client's own token (RFC 6749 section 4.4), if it gets one.
    async fn token(&self, client_id: &str, secret: &str) -> Result<String, StatusCode> {
        let pair = base64::prelude::BASE64_STANDARD.encode(format!("{client_id}:{secret}"));
        let request = Request::post("/oauth2/token")
            .header(header::AUTHORIZATION, format!("Basic {pair}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let body = Full::new(Bytes::from("grant_type=client_credentials"));
        let answer = self.provider.answer(request.body(body).unwrap()).await;
        let told: Value = serde_json::from_slice(answer.body()).unwrap();
        told["access_token"].as_str().map(str::to_owned).ok_or(answer.status())
    }

    async fn machine(&self) -> (String, String) {
        let (status, told) = self.ask("POST", "/v1/clients/oauth2", Some(machine())).await;
        assert_eq!(status, StatusCode::CREATED, "{told}");
        let text = |name: &str| told[name].as_str().unwrap().to_owned();
        (text("client_id"), text("client_secret"))
    }
}

fn machine() -> Value {
    json!({ "client_name": "Nightly", "grant_types": ["client_credentials"], "response_types": [] })
}

#[tokio::test]
async fn nobody_but_the_operator_is_let_in() {
    let world = World::new();
    for authorization in ["", "Bearer", "Bearer ", "Bearer wrong", "Basic dGhlOm9wZXJhdG9y", TOKEN] {
        for (method, path) in
            [("GET", "/v1/clients/oauth2"), ("POST", "/v1/revocations"), ("GET", "/v1/other")]
        {
            let (status, told) = world.ask_as(authorization, method, path, None).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{authorization} {path}");
            assert_eq!(told["error"], "invalid_token");
        }
    }
}

#[tokio::test]
async fn a_client_that_was_registered_works_until_it_is_removed_and_its_identifier_is_never_given_out_again()
{
    let world = World::new();
    let mut named = machine();
    named["client_id"] = "nightly".into();
    let (status, told) = world.ask("POST", "/v1/clients/oauth2", Some(named.clone())).await;
    assert_eq!(status, StatusCode::CREATED, "{told}");
    let secret = told["client_secret"].as_str().unwrap();
    assert!(world.token("nightly", secret).await.is_ok());

    // The secret is told once.
    let (status, shown) = world.ask("GET", "/v1/clients/oauth2/nightly", None).await;
    assert_eq!((status, &shown["client_name"]), (StatusCode::OK, &json!("Nightly")));
    assert!(!shown.to_string().contains(secret) && !shown.to_string().contains("digest"), "{shown}");

    let (status, told) = world.ask("POST", "/v1/clients/oauth2", Some(named.clone())).await;
    assert_eq!((status, &told["error"]), (StatusCode::CONFLICT, &json!("taken")));
    let (status, _) = world.ask("DELETE", "/v1/clients/oauth2/nightly", None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(world.token("nightly", secret).await, Err(StatusCode::UNAUTHORIZED));
    let gone = world.ask("GET", "/v1/clients/oauth2/nightly", None).await.0;
    let again = world.ask("DELETE", "/v1/clients/oauth2/nightly", None).await.0;
    assert_eq!([gone, again], [StatusCode::NOT_FOUND; 2]);
    let (status, told) = world.ask("POST", "/v1/clients/oauth2", Some(named)).await;
    assert_eq!((status, &told["error"]), (StatusCode::CONFLICT, &json!("taken")));
}

#[tokio::test]
async fn an_identifier_is_given_out_once_under_concurrent_registrations() {
    let world = Arc::new(World::new());
    let mut named = machine();
    named["client_id"] = "nightly".into();
    let race = |_| {
        let (world, named) = (world.clone(), named.clone());
        tokio::spawn(async move { world.ask("POST", "/v1/clients/oauth2", Some(named)).await.0 })
    };
    let mut statuses = Vec::new();
    for task in (0..16).map(race).collect::<Vec<_>>() {
        statuses.push(task.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses[0], StatusCode::CREATED);
    assert!(statuses[1..].iter().all(|status| *status == StatusCode::CONFLICT), "{statuses:?}");
}

#[tokio::test]
async fn a_renewed_secret_works_beside_the_one_before_as_long_as_it_is_said() {
    let world = World::new();
    let (client_id, old) = world.machine().await;
    let path = format!("/v1/clients/oauth2/{client_id}/secret");
    let (status, told) = world.ask("POST", &path, Some(json!({ "overlap_seconds": 600 }))).await;
    let second = told["client_secret"].as_str().unwrap().to_owned();
    assert_eq!(status, StatusCode::OK);
    assert!(world.token(&client_id, &old).await.is_ok() && world.token(&client_id, &second).await.is_ok());
    let (_, told) = world.ask("POST", &path, Some(json!({ "overlap_seconds": 0 }))).await;
    let third = told["client_secret"].as_str().unwrap();
    assert!(world.token(&client_id, third).await.is_ok());
    for before in [old, second] {
        assert_eq!(world.token(&client_id, &before).await, Err(StatusCode::UNAUTHORIZED));
    }
    let (status, _) = world.ask("POST", &path, Some(json!({ "overlap_seconds": u64::MAX }))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);

    let public = json!({
        "client_id": "app", "redirect_uris": ["https://app.example.com/cb"], "token_endpoint_auth_method": "none",
    });
    assert_eq!(world.ask("POST", "/v1/clients/oauth2", Some(public)).await.0, StatusCode::CREATED);
    let (status, told) = world.ask("POST", "/v1/clients/oauth2/app/secret", Some(json!({}))).await;
    assert_eq!(
        (status, &told["error_description"]),
        (StatusCode::BAD_REQUEST, &json!("the client has no secret"))
    );
}

#[tokio::test]
async fn a_client_of_oauth_1_is_registered_shown_and_given_another_secret() {
    let world = World::new();
    let printer = json!({ "client_id": "printer", "client_name": "Printer", "callbacks": ["https://printer.example.com/ready", "oob"] });
    let (status, told) = world.ask("POST", "/v1/clients/oauth1", Some(printer)).await;
    assert_eq!((status, &told["protocol"]), (StatusCode::CREATED, &json!("oauth1")), "{told}");
    let stored = async || {
        let wanted = core1::Wanted { client: Some("printer".into()), ..Default::default() };
        world.store.load_oauth1(&wanted).await.unwrap().client.unwrap()
    };
    assert_eq!(stored().await.secret.expose(), told["client_secret"].as_str().unwrap());
    let (_, renewed) = world.ask("POST", "/v1/clients/oauth1/printer/secret", Some(json!({}))).await;
    assert_eq!(stored().await.secret.expose(), renewed["client_secret"].as_str().unwrap());
    assert_ne!(told["client_secret"], renewed["client_secret"]);
    let (_, listed) = world.ask("GET", "/v1/clients/oauth1", None).await;
    assert_eq!(listed["clients"][0]["callbacks"][1], "oob");
    assert!(!listed.to_string().contains("secret"), "{listed}");

    for unfit in [
        json!({ "client_name": "", "callbacks": [] }),
        json!({ "client_name": "x", "callbacks": ["/relative"] }),
        json!({ "client_name": "x", "callbacks": [], "secret": "mine" }),
        json!({ "client_name": "x", "callbacks": [], "methods": vec!["X"; 17] }),
        json!([]),
    ] {
        let (status, told) = world.ask("POST", "/v1/clients/oauth1", Some(unfit.clone())).await;
        assert_eq!((status, &told["error"]), (StatusCode::BAD_REQUEST, &json!("invalid")), "{unfit}");
    }
}

#[tokio::test]
async fn lists_of_clients_show_each_once_over_all_pages() {
    let world = World::new();
    for _ in 0..7 {
        world.machine().await;
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let (_, page) = world.ask("GET", &format!("/v1/clients/oauth2?most=3{after}"), None).await;
        seen.extend(page["clients"].as_array().unwrap().iter().map(|client| client["client_id"].to_string()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 7);
    let (status, _) = world.ask("GET", "/v1/clients/oauth2?after=nonsense", None).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(world.ask("GET", "/v1/clients/oauth3", None).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_was_granted_is_listed_and_revoked_by_grant_by_person_by_client_and_altogether() {
    let world = World::new();
    let (client_id, secret) = world.machine().await;
    for (name, subject, client_id, family) in [
        ("a", "ann", "printer", 1),
        ("b", "ann", "other", 2),
        ("c", "bob", "printer", 3),
        ("d", "eve", "x", 4),
    ] {
        credentials::grant(&world.store, name, (subject, client_id), family, Timestamp::from_unix(1)).await;
    }
    world.token(&client_id, &secret).await.unwrap();
    let count = async |query: &str| {
        let (_, told) = world.ask("GET", &format!("/v1/grants{query}"), None).await;
        assert_eq!(told["complete"], true);
        told["grants"].as_array().unwrap().len()
    };
    let revoke =
        async |what: Value| world.ask("POST", "/v1/revocations", Some(what)).await.1["revoked"].clone();
    assert_eq!([count("").await, count("?subject=ann").await, count("?client_id=printer").await], [5, 2, 2]);
    let (_, told) = world.ask("GET", "/v1/grants?most=3", None).await;
    assert_eq!((told["grants"].as_array().unwrap().len(), &told["complete"]), (3, &json!(false)));

    let id = "01".repeat(16);
    assert_eq!(world.ask("DELETE", &format!("/v1/grants/{id}"), None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(world.ask("DELETE", "/v1/grants/+1", None).await.0, StatusCode::BAD_REQUEST);
    assert_eq!([count("").await, count("?subject=ann").await, count("?client_id=printer").await], [4, 1, 1]);
    assert_eq!(revoke(json!({ "client_id": "printer" })).await, 1);
    assert_eq!(revoke(json!({ "subject": "ann" })).await, 1);
    assert_eq!(count("").await, 2);
    for unclear in [json!({}), json!({ "everybody": false }), json!({ "subject": "ann", "client_id": "x" })] {
        let (status, _) = world.ask("POST", "/v1/revocations", Some(unclear.clone())).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{unclear}");
    }
    assert_eq!(revoke(json!({ "everybody": true })).await, 2);
    assert_eq!(count("").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_added_with_a_password_that_is_drawn_or_given_and_let_in_until_it_is_said_otherwise() {
    let world = World::new();
    let lets_in =
        async |password: &str| world.users.verify("ann", &Secret::new(password)).await.unwrap().is_some();
    let (status, told) = world.ask("POST", "/v1/users", Some(json!({ "username": "Ann" }))).await;
    assert_eq!((status, &told["name"]), (StatusCode::CREATED, &json!("ann")), "{told}");
    let drawn = told["password"].as_str().unwrap().to_owned();
    assert!(lets_in(&drawn).await);
    let (status, told) = world.ask("POST", "/v1/users", Some(json!({ "username": "ann" }))).await;
    assert_eq!((status, &told["error"]), (StatusCode::CONFLICT, &json!("taken")));

    // What the operator chose is not said again.
    let chosen = json!({ "password": "correct horse battery staple" });
    let (status, told) = world.ask("POST", "/v1/users/ann/password", Some(chosen)).await;
    assert_eq!((status, &told["password"]), (StatusCode::OK, &Value::Null));
    assert!(!lets_in(&drawn).await && lets_in("correct horse battery staple").await);

    for (change, is_in) in [("disable", false), ("enable", true), ("sign-out", true)] {
        let (status, _) = world.ask("POST", &format!("/v1/users/ann/{change}"), None).await;
        assert_eq!((status, lets_in("correct horse battery staple").await), (StatusCode::NO_CONTENT, is_in));
    }
    let (_, listed) = world.ask("GET", "/v1/users", None).await;
    assert_eq!((&listed["users"][0]["name"], &listed["next"]), (&json!("ann"), &Value::Null));
    assert!(!listed.to_string().contains("argon2"), "{listed}");
    assert_eq!(world.ask("DELETE", "/v1/users/ann", None).await.0, StatusCode::NO_CONTENT);
    assert!(!lets_in("correct horse battery staple").await);
    for (method, path) in
        [("GET", "/v1/users/ann"), ("DELETE", "/v1/users/ann"), ("POST", "/v1/users/ann/enable")]
    {
        assert_eq!(world.ask(method, path, None).await.0, StatusCode::NOT_FOUND, "{method} {path}");
    }
    for unfit in [json!({ "username": "" }), json!({ "username": "bob", "password": "short" }), json!({})] {
        let (status, told) = world.ask("POST", "/v1/users", Some(unfit)).await;
        assert_eq!((status, &told["error"]), (StatusCode::BAD_REQUEST, &json!("invalid")));
    }
}

#[tokio::test]
async fn the_next_key_is_made_once_when_the_operator_says_so_and_a_revoked_one_leaves_the_ring() {
    let world = World::new();
    let first = world.keys.current().await.unwrap();
    let ids = |told: &Value| -> Vec<String> {
        told["keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key["key_id"].as_str().unwrap().to_owned())
            .collect()
    };
    let (_, told) = world.ask("GET", "/v1/keys", None).await;
    let [before] = &ids(&told)[..] else { panic!("one key: {told}") };
    // However often it is said, one waits.
    for _ in 0..3 {
        let (status, told) = world.ask("POST", "/v1/keys", None).await;
        assert_eq!((status, ids(&told).len()), (StatusCode::OK, 2), "{told}");
        assert!(!told.to_string().contains("secret"), "{told}");
    }
    assert_ne!(world.keys.current().await.unwrap().version, first.version);
    let revoke = format!("/v1/keys/{before}");
    assert_eq!(world.ask("DELETE", &revoke, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(world.ask("DELETE", &revoke, None).await.0, StatusCode::NOT_FOUND);
    // Something signs at once in the place of what did.
    world.keys.current().await.unwrap();
    let (_, told) = world.ask("GET", "/v1/keys", None).await;
    let state = |index: usize| told["keys"][index]["revoked"].clone();
    assert_eq!((ids(&told).len(), state(0)), (3, json!(true)), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_and_users_move_to_another_provider_with_their_secrets_and_passwords() {
    let (from, to) = (World::new(), World::new());
    let (client_id, secret) = from.machine().await;
    let printer = json!({ "client_id": "printer", "client_name": "Printer", "callbacks": ["oob"] });
    let (_, printer) = from.ask("POST", "/v1/clients/oauth1", Some(printer)).await;
    let ann = json!({ "username": "ann", "password": "correct horse battery staple" });
    let (_, ann) = from.ask("POST", "/v1/users", Some(ann)).await;

    let lines = from.text("GET", "/v1/export", "").await;
    assert_eq!(lines.1.lines().count(), 3);
    assert_eq!(
        from.text("POST", "/v1/import", &lines.1).await.1,
        r#"{"imported":0,"taken":["printer","ID","ann"]}"#.replace("ID", &client_id)
    );
    let told = to.text("POST", "/v1/import", &lines.1).await;
    assert_eq!(told, (StatusCode::OK, r#"{"imported":3,"taken":[]}"#.to_owned()));

    assert!(to.token(&client_id, &secret).await.is_ok());
    let user = to.users.verify("ann", &Secret::new("correct horse battery staple")).await.unwrap().unwrap();
    assert_eq!(user.subject, ann["subject"].as_str().unwrap());
    let wanted = core1::Wanted { client: Some("printer".into()), ..Default::default() };
    let client = to.store.load_oauth1(&wanted).await.unwrap().client.unwrap();
    assert_eq!(client.secret.expose(), printer["client_secret"].as_str().unwrap());
}

#[tokio::test]
async fn what_cannot_be_taken_in_is_refused_by_its_line_before_anything_is_written() {
    let world = World::new();
    world.machine().await;
    let good = world.text("GET", "/v1/export", "").await.1.replace("Nightly", "Other");
    let fresh = World::new();
    let hash = |hash: &str| {
        let user =
            json!({ "subject": "s", "name": "ann", "created": 1, "disabled": false, "password_hash": hash });
        json!({ "user": user }).to_string()
    };
    for bad in [
        "nonsense".to_owned(),
        json!({ "other": {} }).to_string(),
        json!({ "user": { "name": "x" } }).to_string(),
    ] {
        let (status, told) = fresh.text("POST", "/v1/import", &format!("{good}\n{bad}\n")).await;
        assert!(status == StatusCode::BAD_REQUEST && told.contains("line 3"), "{told}");
        assert_eq!(fresh.ask("GET", "/v1/clients/oauth2", None).await.1["clients"], json!([]));
    }
    // A hash that would let anybody in, or keep the machine busy.
    for bad in [
        "",
        "correct horse battery staple",
        "$2b$12$abcdefghijklmnopqrstuv",
        "$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=4194304,t=100,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        let (status, told) = fresh.text("POST", "/v1/import", &hash(bad)).await;
        assert!(status == StatusCode::BAD_REQUEST && told.contains("Argon2id"), "{bad} {told}");
    }
}
