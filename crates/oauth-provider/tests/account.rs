//! A person's own page: what is connected, and everything that must not change it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

mod browser;

use std::sync::Arc;
use std::time::Duration;

use browser::{START, Site, Two, form_token, text};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use oauth_provider::{Account, LoginConsent, StoredUsers};
use oauth_sansio::{Digest, Family, Secret, Timestamp, form};
use oauth_store::{IssuerStore, Key, Put, Record, Table, Tenant, Writes};
use oauth1_core::server as core1;
use oauth2_core::server as core2;

/// A browser at the account page.
struct Visitor {
    account: Account,
    cookie: Option<String>,
}

impl Visitor {
    fn at(site: &Site) -> Self {
        Self { account: Account::new(&site.pages), cookie: None }
    }

    async fn send(&mut self, method: Method, uri: &str, body: String) -> Response<Bytes> {
        let mut request = Request::builder().method(method).uri(uri);
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let answer = self.account.answer(request.body(body).unwrap()).await;
        if let Some(cookie) = answer.headers().get(header::SET_COOKIE) {
            let (pair, rest) = cookie.to_str().unwrap().split_once(';').unwrap();
            self.cookie = (!rest.contains("Max-Age=0")).then(|| pair.to_owned());
        }
        answer
    }

    async fn get(&mut self, uri: &str) -> String {
        text(&self.send(Method::GET, uri, String::new()).await)
    }

    async fn post(&mut self, fields: &[(&str, &str)]) -> Response<Bytes> {
        self.send(Method::POST, "/account", form::encode(fields.iter().copied())).await
    }

    /// Sends a form from the page as it is now.
    async fn change(&mut self, fields: &[(&str, &str)]) -> Response<Bytes> {
        let token = form_token(&self.get("/account").await);
        self.post(&[fields, &[("form_token", token.as_str())]].concat()).await
    }

    async fn log_in(&mut self, username: &str, password: &str) -> String {
        let answer = self.change(&[("username", username), ("password", password)]).await;
        assert_eq!(
            (answer.status(), &answer.headers()["location"]),
            (StatusCode::SEE_OTHER, &"/account".parse().unwrap())
        );
        self.get("/account").await
    }
}

/// The account page asks for the current password, too.
fn is_login(page: &str) -> bool {
    page.contains("<title>Sign in</title>")
}

fn family(n: u8) -> Family {
    Family::from_bytes([n; 16])
}

fn authorization(client_id: &str, subject: &str, scope: &str, family: Family) -> Arc<core2::Authorization> {
    core2::Authorization::new(client_id, Some(subject.to_owned()), scope.parse().unwrap(), family).into()
}

/// Puts a row, which its family can kill, and gives its key.
async fn put(store: &IssuerStore, table: Table, name: &str, record: Record, family: Family) -> Key {
    let key = Key::new(store.tenant(), table, Digest::of(name));
    let put = Put { key, record, keep_until: None, families: [Some(store.tenant().family(family)), None] };
    let _ = store.store().commit(Writes { put: vec![put], ..Writes::default() }).await.unwrap();
    key
}

/// A refresh token, and one that it replaced.
async fn refresh(store: &IssuerStore, client_id: &str, subject: &str, scope: &str, n: u8) -> Key {
    let record = |issued: Timestamp| {
        let authorization = authorization(client_id, subject, scope, family(n));
        let (expires, family_expires) = (START.plus(DAY), START.plus(DAY));
        Record::OAuth2Refresh(
            core2::Refresh { authorization, binding: None, issued, expires, family_expires }.into(),
        )
    };
    put(store, Table::OAuth2Refresh, &format!("first {n}"), record(START.minus(DAY)), family(n)).await;
    put(store, Table::OAuth2Refresh, &format!("second {n}"), record(START), family(n)).await
}

async fn oauth1_token(store: &IssuerStore, client_id: &str, subject: &str, n: u8) -> Key {
    let token = core1::Token {
        secret: Secret::new("x"),
        client_id: client_id.into(),
        subject: subject.into(),
        realms: ["albums".to_owned()].into(),
        family: family(n),
        issued: START,
        expires: None,
        renewal: None,
        key: Default::default(),
    };
    put(store, Table::OAuth1Token, &format!("token {n}"), Record::OAuth1Token(token.into()), family(n)).await
}

async fn is_dead(store: &IssuerStore, key: Key) -> bool {
    store.store().load(&[key]).await.unwrap()[0].as_ref().unwrap().revoked
}

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test]
async fn what_is_connected_in_both_protocols_is_listed_in_words_and_one_of_them_is_disconnected() {
    let site = Site::default();
    let site = Site { pages: site.pages.scope_words([("photos", "See your photos")]), ..site };
    let client = core2::Client { name: "Photo Printer".into(), ..core2::Client::new("printer") };
    site.store.register_oauth2(client).await.unwrap();
    let printer = refresh(&site.store, "printer", "u1", "photos", 1).await;
    let frame = oauth1_token(&site.store, "frame", "u1", 2).await;
    let of_bob = refresh(&site.store, "printer", "u2", "photos", 3).await;

    let mut alice = Visitor::at(&site);
    let page = alice.log_in("alice", "ecila").await;
    for shown in ["<bdi>Photo Printer</bdi>", "See your photos", "<bdi>frame</bdi>", "<bdi>albums</bdi>"] {
        assert!(page.contains(shown), "{shown} {page}");
    }
    let day = r#"<time datetime="2027-01-14">2027-01-14</time>"#;
    assert!(page.contains(day), "the grant is as old as its oldest token: {page}");
    assert_eq!(page.matches("<article").count(), 2);

    let answer = alice.change(&[("do", "withdraw"), ("protocol", "oauth2"), ("client_id", "printer")]).await;
    assert_eq!(answer.headers()["location"], "/account?done=withdrawn");
    let page = alice.get("/account?done=withdrawn").await;
    assert!(page.contains(r#"role="status""#) && !page.contains("printer") && page.contains("frame"));
    assert!(is_dead(&site.store, printer).await);
    assert!(!is_dead(&site.store, frame).await && !is_dead(&site.store, of_bob).await);
}

#[tokio::test]
async fn everything_is_disconnected_at_once_with_what_would_become_a_token_and_what_was_remembered() {
    let site = Site::default();
    let printer = refresh(&site.store, "printer", "u1", "photos", 1).await;
    let frame = oauth1_token(&site.store, "frame", "u1", 2).await;
    let decision = core2::DeviceDecision {
        granted: Some(authorization("tv", "u1", "photos", family(3))),
        expires: START.plus(DAY),
    };
    let decision = Record::OAuth2DeviceDecision(decision.into());
    let tv = put(&site.store, Table::OAuth2DeviceDecision, "tv", decision, family(3)).await;
    let consent = core2::Consent {
        client_id: "mail".into(),
        subject: "u1".into(),
        scopes: "mail".parse().unwrap(),
        resources: Vec::new(),
        family: family(4),
        redirect_uri: "https://mail.example/".into(),
        expires: START.plus(DAY),
    };
    let consent =
        put(&site.store, Table::OAuth2Consent, "c", Record::OAuth2Consent(consent.into()), family(4)).await;

    let mut alice = Visitor::at(&site);
    assert_eq!(alice.log_in("alice", "ecila").await.matches("<article").count(), 4);
    assert_eq!(alice.change(&[("do", "withdraw_all")]).await.status(), StatusCode::SEE_OTHER);
    assert!(alice.get("/account").await.contains("No application"));
    for key in [printer, frame, tv, consent] {
        assert!(is_dead(&site.store, key).await);
    }
}

#[tokio::test]
async fn what_is_over_is_not_connected_and_another_issuers_is_not_shown() {
    let site = Site::default();
    refresh(&site.store, "printer", "u1", "photos", 1).await;
    let other = IssuerStore::new(site.store.store().clone(), "https://other.example");
    assert_ne!(other.tenant(), Tenant::of("https://as.example.com"));
    let elsewhere = refresh(&other, "elsewhere", "u1", "photos", 2).await;
    site.clock.advance(DAY - Duration::from_secs(60));
    let mut alice = Visitor::at(&site);
    let page = alice.log_in("alice", "ecila").await;
    assert!(page.contains("printer") && !page.contains("elsewhere"));
    alice.change(&[("do", "withdraw_all")]).await;
    assert!(!is_dead(&other, elsewhere).await);
    refresh(&site.store, "bookmarks", "u1", "photos", 5).await;
    site.clock.advance(Duration::from_secs(60));
    assert!(!alice.get("/account").await.contains("bookmarks"));
}

#[tokio::test]
async fn many_applications_come_page_by_page() {
    let site = Site::default();
    for n in 0..45 {
        refresh(&site.store, &format!("app {n:02}"), "u1", "photos", n).await;
    }
    let mut alice = Visitor::at(&site);
    let page = alice.log_in("alice", "ecila").await;
    assert_eq!(page.matches("<article").count(), 20);
    assert!(page.contains(r#"href="/account?page=2""#) && !page.contains("rel=\"prev\""));
    for (uri, count) in
        [("/account?page=3", 5), ("/account?page=999", 5), ("/account?page=0", 20), ("/account?page=x", 20)]
    {
        assert_eq!(alice.get(uri).await.matches("<article").count(), count, "{uri}");
    }
}

#[tokio::test]
async fn a13_a_form_counts_only_from_a_page_that_this_browser_was_shown() {
    let site = Site::default();
    let printer = refresh(&site.store, "printer", "u1", "photos", 1).await;
    let (mut alice, mut bob) = (Visitor::at(&site), Visitor::at(&site));
    alice.log_in("alice", "ecila").await;
    let of_bob = form_token(&bob.log_in("bob", "bob").await);
    for action in ["withdraw_all", "sign_out", "sign_out_everywhere", "password"] {
        for token in ["", "x", &of_bob] {
            let answer = alice.post(&[("do", action), ("form_token", token)]).await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{action} {token}");
        }
    }
    assert!(!is_dead(&site.store, printer).await);
    assert!(!is_login(&alice.get("/account").await));
    // The token of a consent page is another one.
    let mut browser = site.browser();
    let consent = browser.log_in("alice", "ecila").await;
    alice.cookie = Some(browser.cookies[0].clone());
    let answer = alice.post(&[("do", "withdraw_all"), ("form_token", &form_token(&consent))]).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a25_nobody_puts_a_login_of_his_own_into_anothers_browser() {
    let site = Site::default();
    let (mut victim, mut attacker) = (Visitor::at(&site), Visitor::at(&site));
    let of_attacker = form_token(&attacker.get("/account").await);
    // With SameSite=Lax the form of another site comes without the cookie; from a sibling host, with one.
    for visited in [false, true] {
        if visited {
            victim.get("/account").await;
        }
        for token in ["", &of_attacker] {
            let forged = [("username", "bob"), ("password", "bob"), ("form_token", token)];
            assert_eq!(victim.post(&forged).await.status(), StatusCode::FORBIDDEN, "{visited}");
        }
    }
    assert!(is_login(&victim.get("/account").await));
}

#[tokio::test]
async fn the_cookie_of_the_login_page_opens_nothing_and_is_not_the_one_of_the_login() {
    let site = Site::default();
    let mut alice = Visitor::at(&site);
    alice.get("/account").await;
    let before = alice.cookie.clone();
    assert!(before.is_some());
    alice.log_in("alice", "ecila").await;
    assert_ne!(alice.cookie, before);
    let mut planted = Visitor { cookie: before, ..Visitor::at(&site) };
    assert!(is_login(&planted.get("/account").await));
}

#[tokio::test]
async fn signing_out_ends_this_login_or_all_of_them() {
    let site = Site::default();
    let (mut here, mut there, mut other) = (Visitor::at(&site), Visitor::at(&site), Visitor::at(&site));
    for (visitor, name, password) in
        [(&mut here, "alice", "ecila"), (&mut there, "alice", "ecila"), (&mut other, "bob", "bob")]
    {
        visitor.log_in(name, password).await;
    }
    let stolen = here.cookie.clone();
    assert_eq!(here.change(&[("do", "sign_out")]).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(here.cookie, None);
    here.cookie = stolen;
    assert!(is_login(&here.get("/account").await) && !is_login(&there.get("/account").await));
    here.log_in("alice", "ecila").await;
    here.change(&[("do", "sign_out_everywhere")]).await;
    assert!(is_login(&here.get("/account").await) && is_login(&there.get("/account").await));
    assert!(!is_login(&other.get("/account").await));
}

#[tokio::test]
async fn r11_a_new_password_ends_every_other_login() {
    let Site { clock, store, .. } = Site::default();
    let users = Arc::new(StoredUsers::new(store.clone(), clock.clone()).unwrap());
    users.add("alice", &Secret::new("correct horse")).await.unwrap();
    let origin = "https://as.example.com".parse().unwrap();
    let pages = LoginConsent::new(&origin, users, store.clone()).unwrap().clock(clock.clone());
    let site = Site { pages, clock, store };
    let (mut here, mut there) = (Visitor::at(&site), Visitor::at(&site));
    here.log_in("alice", "correct horse").await;
    there.log_in("Alice", "correct horse").await;

    let wrong = here.change(&[("do", "password"), ("current", "x"), ("new", "battery staple")]).await;
    assert!(text(&wrong).contains("not your current password"));
    let short = here.change(&[("do", "password"), ("current", "correct horse"), ("new", "short")]).await;
    assert!(text(&short).contains("cannot be used"));
    for page in [&wrong, &short] {
        assert!(!text(page).contains("battery") && !text(page).contains("correct horse"));
    }
    assert!(!is_login(&there.get("/account").await));

    let done =
        here.change(&[("do", "password"), ("current", "correct horse"), ("new", "battery staple")]).await;
    assert_eq!(done.headers()["location"], "/account?done=password");
    assert!(!is_login(&here.get("/account").await) && is_login(&there.get("/account").await));
    there.log_in("alice", "battery staple").await;
}

#[tokio::test]
async fn whoever_is_disabled_or_removed_is_logged_out_and_applications_lose_what_they_had() {
    let Site { clock, store, .. } = Site::default();
    let users = Arc::new(StoredUsers::new(store.clone(), clock.clone()).unwrap());
    let origin = "https://as.example.com".parse().unwrap();
    let pages = LoginConsent::new(&origin, users.clone(), store.clone()).unwrap().clock(clock.clone());
    let site = Site { pages, clock, store };
    for (n, name) in [(1, "alice"), (2, "bob")] {
        let user = users.add(name, &Secret::new("correct horse")).await.unwrap();
        let token = oauth1_token(&site.store, "frame", &user.subject, n).await;
        let refresh = refresh(&site.store, "printer", &user.subject, "photos", n + 10).await;
        let mut visitor = Visitor::at(&site);
        visitor.log_in(name, "correct horse").await;
        match name {
            "alice" => users.disable(name).await.unwrap(),
            _ => users.remove(name).await.unwrap(),
        }
        assert!(is_login(&visitor.get("/account").await), "{name}");
        assert!(is_dead(&site.store, token).await && is_dead(&site.store, refresh).await, "{name}");
    }
}

#[tokio::test]
async fn k09_the_current_password_is_not_guessed_here_either() {
    let Site { clock, store, .. } = Site::default();
    let users = Arc::new(StoredUsers::new(store.clone(), clock.clone()).unwrap());
    users.add("alice", &Secret::new("correct horse")).await.unwrap();
    let origin = "https://as.example.com".parse().unwrap();
    let pages = LoginConsent::new(&origin, users, store.clone()).unwrap().clock(clock.clone());
    let site = Site { pages, clock, store };
    let mut alice = Visitor::at(&site);
    alice.log_in("alice", "correct horse").await;
    let guess = [("do", "password"), ("current", "wrong"), ("new", "battery staple")];
    for _ in 0..5 {
        assert_eq!(alice.change(&guess).await.status(), StatusCode::OK);
    }
    let refused = alice.change(&guess).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "1");
}

#[tokio::test]
async fn where_passwords_are_kept_elsewhere_there_is_no_form_for_them() {
    let site = Site::new("https://as.example.com", Two);
    let mut alice = Visitor::at(&site);
    assert!(!alice.log_in("alice", "ecila").await.contains("new-password"));
    let answer = alice.change(&[("do", "password"), ("current", "ecila"), ("new", "battery staple")]).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a09_a10_a12_the_account_page_keeps_to_itself() {
    let site = Site::default();
    let mut alice = Visitor::at(&site);
    let login = alice.send(Method::GET, "/account", String::new()).await;
    alice.log_in("alice", "ecila").await;
    let account = alice.send(Method::GET, "/account", String::new()).await;
    let refused = alice.post(&[("do", "sign_out")]).await;
    let changed = alice.change(&[("do", "withdraw_all")]).await;
    for page in [login, account, refused, changed] {
        let headers = page.headers();
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers["x-frame-options"], "DENY");
        assert!(headers["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'none'"));
    }
}

#[tokio::test]
async fn z10_hostile_names_stay_text_on_the_account_page() {
    let site = Site::default();
    for (n, hostile) in ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "</style><svg>"]
        .into_iter()
        .enumerate()
    {
        let client = core2::Client { name: hostile.into(), ..core2::Client::new(hostile) };
        site.store.register_oauth2(client).await.unwrap();
        refresh(&site.store, hostile, "u1", "photos", n as u8).await;
    }
    let page = Visitor::at(&site).log_in("alice", "ecila").await;
    assert_eq!(page.matches("<article").count(), 3);
    for tag in ["<script", "<img", "<svg"] {
        assert!(!page.contains(tag), "{tag}");
    }
    assert_eq!(page.matches("</style>").count(), 1);
}

#[tokio::test]
async fn odd_requests_are_refused_with_a_page() {
    let site = Site::default();
    let mut alice = Visitor::at(&site);
    alice.log_in("alice", "ecila").await;
    let status = async |visitor: &mut Visitor, method: Method, uri: &str, body: &str| {
        visitor.send(method, uri, body.to_owned()).await.status()
    };
    assert_eq!(status(&mut alice, Method::PUT, "/account", "").await, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(status(&mut alice, Method::GET, "/account/x", "").await, StatusCode::NOT_FOUND);
    assert_eq!(status(&mut alice, Method::POST, "/account", "do=x").await, StatusCode::BAD_REQUEST);
    assert_eq!(
        status(&mut alice, Method::POST, "/account", "do=sign_out&do=sign_out").await,
        StatusCode::BAD_REQUEST
    );
    let long = "x".repeat(70_000);
    assert_eq!(status(&mut alice, Method::POST, "/account", &long).await, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        status(&mut alice, Method::GET, "/account?done=%3Cscript%3E&page=-1", "").await,
        StatusCode::OK
    );
}
