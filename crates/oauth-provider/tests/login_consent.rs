//! From the login page to the answer, and everything that must not lead there.

#![allow(clippy::unwrap_used, reason = "a test")]

mod browser;

use std::sync::Arc;
use std::time::Duration;

use browser::{Site, Two, answer, form_token, html, is_consent, is_login, page, person, text};
use bytes::Bytes;
use http::{Method, StatusCode, header};
use oauth_hyper_server::Turn;
use oauth_provider::{LoginConsent, MAX_PASSWORD, MAX_USERNAME, MemoryUsers, OriginError};
use oauth_sansio::{Answer, Secret};
use oauth_store::{IssuerStore, MemoryStore};
use url::Url;

#[tokio::test]
async fn a_person_logs_in_and_allows_or_denies() {
    let site = Site::default();
    let mut browser = site.browser();
    assert!(is_login(&html(browser.get().await)));
    let consent = browser.log_in("alice", "ecila").await;
    assert!(is_consent(&consent) && consent.contains("<bdi>Alice</bdi>"));
    for shown in ["Photo Printer", "photo-printer", "printer.example.com", "photos.read", "albums.read"] {
        assert!(consent.contains(&format!("<bdi>{shown}</bdi>")), "{shown}");
    }
    let allowed = answer(browser.decide(&consent, "allow").await);
    assert_eq!(allowed, Answer::from(person("u1")));
    assert_eq!(answer(browser.decide(&consent, "deny").await), Answer::Denied);
}

#[tokio::test]
async fn a_login_serves_the_next_authorization_but_never_decides_it() {
    let site = Site::default();
    let mut browser = site.browser();
    browser.log_in("alice", "ecila").await;
    assert!(is_consent(&html(browser.get().await)));
    assert!(is_consent(&html(browser.visit(&Method::HEAD, &Bytes::new()).await)));
}

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_look_the_same() {
    let site = Site::default();
    let try_in = async |username: &str, password: &str| {
        let mut browser = site.browser();
        let answer = page(browser.post(&[("username", username), ("password", password)]).await);
        assert!(browser.cookies.is_empty());
        (answer.status(), answer.headers().clone(), text(&answer).replace(username, "?"))
    };
    let wrong = try_in("alice", "wrong").await;
    assert_eq!(wrong.0, StatusCode::OK);
    assert!(is_login(&wrong.2) && wrong.2.contains(r#"role="alert""#));
    assert_eq!(try_in("nobody", "wrong").await, wrong);
    assert_eq!(try_in("nobody", "ecila").await, wrong);
    assert_eq!(try_in("alice", "").await, wrong);
    assert_eq!(try_in(&"a".repeat(MAX_USERNAME + 1), "x").await, wrong);
    assert_eq!(try_in("alice", &"x".repeat(MAX_PASSWORD + 1)).await, wrong);
}

#[tokio::test]
async fn a_failed_login_keeps_the_name_and_never_the_password() {
    let site = Site::default();
    let sent = [("username", "alic\"e"), ("password", "hunter2hunter2")];
    let again = html(site.browser().post(&sent).await);
    assert!(again.contains(r#"value="alic&quot;e""#));
    assert!(!again.contains("hunter2"));
    assert!(again.contains("<title>Error: Sign in</title>"));
    assert_eq!(again.matches(r#"aria-describedby="error" aria-invalid="true""#).count(), 2);
    assert_eq!(again.matches(r#"id="error""#).count(), 1);
}

#[tokio::test]
async fn names_without_users_and_users_without_names_get_the_login_page() {
    let site = Site::default();
    for fields in [&[] as &[_], &[("username", "alice")], &[("password", "ecila")], &[("x", "y")]] {
        assert!(is_login(&html(site.browser().post(fields).await)), "{fields:?}");
    }
}

#[tokio::test]
async fn users_that_cannot_be_told_are_503_and_nobody() {
    let site = Site::default();
    let mut browser = site.browser();
    let refused = page(browser.post(&[("username", "down"), ("password", "x")]).await);
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(!text(&refused).contains("directory") && browser.cookies.is_empty());
}

#[tokio::test]
async fn a13_a_decision_without_a_login_is_none() {
    let site = Site::default();
    let consent = site.browser().log_in("alice", "ecila").await;
    for decision in ["allow", "deny", "switch"] {
        assert!(is_login(&html(site.browser().decide(&consent, decision).await)), "{decision}");
    }
}

#[tokio::test]
async fn a13_a_decision_counts_only_from_a_page_of_its_own_login() {
    let site = Site::default();
    let (mut alice, mut bob) = (site.browser(), site.browser());
    let of_alice = alice.log_in("alice", "ecila").await;
    let of_bob = bob.log_in("bob", "bob").await;
    assert_ne!(form_token(&of_alice), form_token(&of_bob));
    for decision in ["allow", "deny", "switch"] {
        let again = html(bob.decide(&of_alice, decision).await);
        assert!(is_consent(&again) && again.contains("<bdi>Bob</bdi>"), "{decision}");
        let bare = html(bob.post(&[("decision", decision)]).await);
        assert!(is_consent(&bare), "{decision}");
    }
    assert_eq!(answer(bob.decide(&of_bob, "allow").await), Answer::from(person("u2")));
}

#[tokio::test]
async fn a13_the_form_token_is_not_the_cookie() {
    let site = Site::default();
    let mut browser = site.browser();
    let consent = browser.log_in("alice", "ecila").await;
    let cookie = browser.cookies[0].split_once('=').unwrap().1;
    assert_eq!(cookie.len(), 43);
    assert!(!consent.contains(cookie));
}

#[tokio::test]
async fn a_page_shown_to_the_one_before_is_asked_again_after_a_switch() {
    let site = Site::default();
    let mut browser = site.browser();
    let of_alice = browser.log_in("alice", "ecila").await;
    let away = page(browser.decide(&of_alice, "switch").await);
    assert_eq!(away.status(), StatusCode::SEE_OTHER);
    assert!(browser.cookies.is_empty() && is_login(&html(browser.get().await)));
    browser.log_in("bob", "bob").await;
    assert!(is_consent(&html(browser.decide(&of_alice, "allow").await)));
}

#[tokio::test]
async fn a_switch_ends_the_login_and_not_only_the_cookie() {
    let site = Site::default();
    let mut browser = site.browser();
    let consent = browser.log_in("alice", "ecila").await;
    let stolen = browser.cookies.clone();
    browser.decide(&consent, "switch").await;
    let mut thief = site.browser();
    thief.cookies = stolen;
    assert!(is_login(&html(thief.get().await)));
}

#[tokio::test]
async fn a_planted_session_is_not_the_one_that_logs_in() {
    let site = Site::default();
    for planted in
        ["__Host-oauth-session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "__Host-oauth-session=x"]
    {
        let (mut victim, mut attacker) = (site.browser(), site.browser());
        victim.cookies = vec![planted.to_owned()];
        attacker.cookies = vec![planted.to_owned()];
        assert!(is_login(&html(victim.get().await)));
        victim.log_in("alice", "ecila").await;
        assert_ne!(victim.cookies, [planted]);
        assert!(is_login(&html(attacker.get().await)));
    }
}

#[tokio::test]
async fn each_login_has_a_session_of_its_own_and_ends_the_one_before() {
    let site = Site::default();
    let mut browser = site.browser();
    browser.log_in("bob", "bob").await;
    let before = browser.cookies.clone();
    browser.log_in("alice", "ecila").await;
    assert_ne!(browser.cookies, before);
    let mut other = site.browser();
    other.cookies = before;
    assert!(is_login(&html(other.get().await)));
}

#[tokio::test]
async fn a_login_ends_after_an_hour() {
    let site = Site::default();
    let mut browser = site.browser();
    let consent = browser.log_in("alice", "ecila").await;
    site.clock.advance(Duration::from_secs(3599));
    assert!(is_consent(&html(browser.get().await)));
    site.clock.advance(Duration::from_secs(1));
    assert!(is_login(&html(browser.decide(&consent, "allow").await)));
    assert!(is_login(&html(browser.get().await)));
}

#[tokio::test]
async fn forms_that_no_page_sends_are_400() {
    let site = Site::default();
    let mut browser = site.browser();
    let token = form_token(&browser.log_in("alice", "ecila").await);
    for body in [
        "decision=Allow".to_owned(),
        format!("decision=allow&decision=allow&form_token={token}"),
        format!("decision=allow&decision=deny&form_token={token}"),
        format!("decision=allow&form_token={token}&form_token={token}"),
        "username=a&username=b&password=c".to_owned(),
        "username=%zz".to_owned(),
        "username=%ff".to_owned(),
        "&a".repeat(200),
    ] {
        let refused = page(browser.visit(&Method::POST, &Bytes::from(body.clone())).await);
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{body}");
    }
}

#[tokio::test]
async fn a26_nothing_that_is_asked_is_read_from_the_form() {
    let site = Site::default();
    let mut browser = site.browser();
    let token = form_token(&browser.log_in("alice", "ecila").await);
    let tampered = [
        ("form_token", token.as_str()),
        ("subject", "u2"),
        ("username", "bob"),
        ("password", "bob"),
        ("scope", "admin"),
        ("client_id", "other"),
        ("decision", "allow"),
    ];
    assert_eq!(answer(browser.post(&tampered).await), Answer::from(person("u1")));
}

#[tokio::test]
async fn a11_the_password_goes_no_further_than_the_login() {
    let site = Site::default();
    let mut browser = site.browser();
    let answer = page(browser.post(&[("username", "alice"), ("password", "ecila")]).await);
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let consent = html(browser.get().await);
    for said in [format!("{answer:?}"), consent] {
        assert!(!said.contains("ecila"));
    }
}

#[tokio::test]
async fn the_cookie_follows_the_origin() {
    for (origin, name) in [
        ("https://as.example.com", "__Host-oauth-session="),
        ("http://127.0.0.1:8080", "oauth-session="),
        ("http://[::1]:8080", "oauth-session="),
        ("http://localhost:8080", "oauth-session="),
    ] {
        let site = Site::new(origin, Two);
        let mut browser = site.browser();
        let Turn::Page(answer) = browser.post(&[("username", "bob"), ("password", "bob")]).await else {
            unreachable!("a login never answers")
        };
        let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
        assert!(cookie.starts_with(name), "{cookie}");
        assert_eq!(cookie.contains("; Secure"), origin.starts_with("https"));
    }
}

#[test]
fn an_origin_that_carries_passwords_readable_is_refused() {
    let store = IssuerStore::new(Arc::new(MemoryStore::new()), "https://as.example.com");
    for origin in
        ["http://as.example.com", "http://10.0.0.1", "http://localhost.evil.example", "ftp://127.0.0.1"]
    {
        let made = LoginConsent::new(&Url::parse(origin).unwrap(), Arc::new(Two), store.clone());
        assert_eq!(made.err(), Some(OriginError), "{origin}");
    }
}

#[tokio::test]
async fn users_in_memory_log_in() {
    let mut users = MemoryUsers::new().unwrap();
    users.add("alice", &Secret::new("correct horse")).unwrap();
    let site = Site::new("https://as.example.com", users);
    let mut browser = site.browser();
    let consent = browser.log_in("alice", "correct horse").await;
    let allowed = answer(browser.decide(&consent, "allow").await);
    assert_eq!(allowed, Answer::from(person("alice")));
}
