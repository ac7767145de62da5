//! What the pages make of a store: one that several processes share, and one that fails.

#![allow(clippy::unwrap_used, reason = "a test")]

mod browser;
mod credentials;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use browser::{Site, Two, is_consent, is_login, page, text};
use http::{Method, Request, StatusCode, header};
use oauth_clock::ManualClock;
use oauth_provider::admin::{Admin, AdminService};
use oauth_provider::{Account, LoginConsent};
use oauth_sansio::{Outcome, Secret, Timestamp};
use oauth_store::{IssuerStore, Key, MemoryStore, Owner, Page, Record, Row, Store, StoreError, Writes};
use oauth1_core::server as core1;
use oauth2_core::server::{AuthorizationServer, Config};

const ORIGIN: &str = "https://as.example.com";

/// A store that is out of reach from when it is told so.
#[derive(Default)]
struct Flaky {
    inner: MemoryStore,
    down: AtomicBool,
    loads: AtomicUsize,
}

impl Flaky {
    fn reach(&self) -> Result<&MemoryStore, StoreError> {
        match self.down.load(Ordering::SeqCst) {
            true => Err(StoreError::Unavailable("the cable is out".into())),
            false => Ok(&self.inner),
        }
    }
}

#[async_trait]
impl Store for Flaky {
    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        self.reach()?.load(keys).await
    }

    async fn commit(&self, writes: Writes) -> Result<Outcome, StoreError> {
        self.reach()?.commit(writes).await
    }

    async fn replace(&self, key: &Key, before: &Record, after: Record) -> Result<bool, StoreError> {
        self.reach()?.replace(key, before, after).await
    }

    async fn sweep(&self, now: Timestamp, most: usize) -> Result<usize, StoreError> {
        self.reach()?.sweep(now, most).await
    }

    async fn list(&self, owner: Owner<'_>, after: Option<Key>, most: usize) -> Result<Page, StoreError> {
        self.reach()?.list(owner, after, most).await
    }
}

/// One process of a provider.
fn process(store: Arc<dyn Store>) -> Site {
    let (clock, store) = (Arc::new(ManualClock::at(browser::START)), IssuerStore::new(store, ORIGIN));
    let pages = LoginConsent::new(&ORIGIN.parse().unwrap(), Arc::new(Two), store.clone()).unwrap();
    Site { pages: pages.clock(clock.clone()), clock, store }
}

#[tokio::test]
async fn a_login_at_one_process_is_one_at_all_and_ends_at_all() {
    let store = Arc::new(MemoryStore::new());
    let (one, other) = (process(store.clone()), process(store));
    let (mut here, mut there) = (one.browser(), other.browser());
    let consent = here.log_in("alice", "ecila").await;
    there.cookies = here.cookies.clone();
    assert!(is_consent(&text(&page(there.get().await))));
    // The forms, too, are good at all of them.
    assert_eq!(page(there.decide(&consent, "switch").await).status(), StatusCode::SEE_OTHER);
    assert!(is_login(&text(&page(here.get().await))));
}

#[tokio::test]
async fn g11_a_store_that_fails_is_503_and_nobody_is_in_or_out_for_it() {
    let store = Arc::new(Flaky::default());
    let site = process(store.clone());
    let (mut known, mut stranger) = (site.browser(), site.browser());
    let consent = known.log_in("alice", "ecila").await;
    let account = Account::new(&site.pages);
    let cookie = known.cookies[0].clone();
    let visit = || {
        let visit = Request::builder().method(Method::GET).uri("/account").header(header::COOKIE, &cookie);
        account.answer(visit.body(String::new()).unwrap())
    };

    store.down.store(true, Ordering::SeqCst);
    let answers = [
        page(known.get().await),
        page(known.decide(&consent, "allow").await),
        page(known.decide(&consent, "switch").await),
        page(stranger.post(&[("username", "bob"), ("password", "bob")]).await),
        visit().await,
    ];
    for answer in answers {
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()[header::RETRY_AFTER], "1");
        assert!(answer.headers().get(header::SET_COOKIE).is_none());
        assert!(!text(&answer).contains("cable"));
    }
    assert_eq!(known.identify().await, None);

    store.down.store(false, Ordering::SeqCst);
    assert!(is_consent(&text(&page(known.get().await))) && is_login(&text(&page(stranger.get().await))));
    assert_eq!(visit().await.status(), StatusCode::OK);
}

#[tokio::test]
async fn g11_a_store_that_fails_is_503_for_the_operator_who_is_told_when_to_come_again() {
    let store = Arc::new(Flaky::default());
    let server = AuthorizationServer::new(Config::new(ORIGIN.parse().unwrap())).unwrap();
    let admin = Admin::new(IssuerStore::new(store.clone(), ORIGIN), server);
    let admin = AdminService::new(admin, &Secret::new("token"));
    let ask = |uri: &str, name, value: &str| {
        let request = Request::get(uri).header(header::HOST, "127.0.0.1:8081").header(name, value);
        admin.answer(request.body(String::new()).unwrap())
    };
    let link = admin.link().await.unwrap();
    let (path, ticket) = link.expose().split_once('?').unwrap();
    let enter = Request::post(path).header(header::HOST, "127.0.0.1:8081").body(ticket.to_owned()).unwrap();
    let entered = admin.answer(enter).await;
    let cookie = entered.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap();

    for (is_down, status) in [(true, StatusCode::SERVICE_UNAVAILABLE), (false, StatusCode::OK)] {
        store.down.store(is_down, Ordering::SeqCst);
        let command = ask("/v1/clients/oauth2", header::AUTHORIZATION, "Bearer token").await;
        for answer in [command, ask("/clients", header::COOKIE, cookie).await] {
            assert_eq!(answer.status(), status);
            let wait = answer.headers().get(header::RETRY_AFTER).map(|wait| wait.to_str().unwrap());
            assert_eq!(wait, is_down.then_some("1"));
        }
    }
}

#[tokio::test]
async fn the_names_of_many_applications_are_one_load() {
    let store = Arc::new(Flaky::default());
    let site = process(store.clone());
    let mut browser = site.browser();
    browser.log_in("alice", "ecila").await;
    for number in 1..=20_u8 {
        let client_id = format!("frame-{number}");
        let client = core1::Client {
            client_id: client_id.clone(),
            name: format!("Frame in room {number}"),
            secret: "secret".into(),
            public_key: None,
            callbacks: core1::Callbacks::Any,
            methods: Default::default(),
        };
        site.store.register_oauth1(client).await.unwrap();
        credentials::grant(&site.store, &client_id, ("u1", &client_id), number, browser::START).await;
    }
    let before = store.loads.load(Ordering::SeqCst);
    let visit = Request::builder().uri("/account").header(header::COOKIE, &browser.cookies[0]);
    let page = text(&Account::new(&site.pages).answer(visit.body(String::new()).unwrap()).await);
    assert_eq!(page.matches("Frame in room").count(), 20, "{page}");
    assert_eq!(store.loads.load(Ordering::SeqCst) - before, 2, "the login, and the names");
}
