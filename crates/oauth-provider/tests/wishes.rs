//! What applications want of the login, and what people want remembered.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod browser;

use std::time::Duration;

use browser::{START, Site, Two, answer, form_token, html, is_consent, is_login, page, person};
use http::StatusCode;
use oauth_provider::LoginConsent;
use oauth_sansio::{Allowed, Answer, LoginWish};

fn since(seconds: u64) -> LoginWish {
    LoginWish { since: Some(START.plus(Duration::from_secs(seconds))), ..LoginWish::default() }
}

#[tokio::test]
async fn a_login_that_is_too_old_is_asked_for_again_and_once() {
    let site = Site::default();
    let mut browser = site.browser();
    let old_page = browser.log_in("alice", "ecila").await;
    site.clock.advance(Duration::from_secs(100));
    browser.prompt.login = since(40);
    let again = html(browser.get().await);
    assert!(is_login(&again) && again.contains("sure that it is still you"));
    // A page of the old login decides nothing, whoever it was shown for.
    for decision in ["allow", "deny"] {
        assert!(is_login(&html(browser.decide(&old_page, decision).await)), "{decision}");
    }
    assert!(is_login(&html(browser.post(&[("username", "alice"), ("password", "wrong")]).await)));
    let consent = browser.log_in("alice", "ecila").await;
    assert!(is_consent(&consent), "no second time");
    let Answer::Allowed(allowed) = answer(browser.decide(&consent, "allow").await) else { panic!("denied") };
    assert_eq!(allowed.person.login.unwrap().auth_time, START.plus(Duration::from_secs(100)));
}

#[tokio::test]
async fn a_login_that_is_new_enough_serves() {
    let site = Site::default();
    let mut browser = site.browser();
    browser.prompt.login = since(0);
    let consent = browser.log_in("alice", "ecila").await;
    assert_eq!(answer(browser.decide(&consent, "allow").await), Answer::from(person("u1")));
}

#[tokio::test]
async fn the_hint_stands_in_the_field_and_a_try_takes_its_place() {
    let site = Site::default();
    let mut browser = site.browser();
    browser.prompt.login.hint = Some("ann@example.com".into());
    assert!(html(browser.get().await).contains(r#"name="username" value="ann@example.com""#));
    let failed = html(browser.post(&[("username", "bob"), ("password", "x")]).await);
    assert!(failed.contains(r#"name="username" value="bob""#));
}

#[tokio::test]
async fn whoever_shall_choose_an_account_sees_which_one_it_is_and_can_take_another() {
    let site = Site::default();
    let mut browser = site.browser();
    browser.prompt.login.choose = true;
    let consent = browser.log_in("alice", "ecila").await;
    assert!(consent.contains("You are signed in as <bdi>Alice</bdi>"), "{consent}");
    assert_eq!(page(browser.decide(&consent, "switch").await).status(), StatusCode::SEE_OTHER);
    assert!(browser.log_in("bob", "bob").await.contains("You are signed in as <bdi>Bob</bdi>"));
}

#[tokio::test]
async fn a_tick_is_an_answer_and_anything_else_in_its_place_is_none() {
    let site = Site::default();
    let mut browser = site.browser();
    browser.prompt.may_be_remembered = true;
    let token = form_token(&browser.log_in("alice", "ecila").await);
    let form = |remember| [("form_token", token.as_str()), ("remember", remember), ("decision", "allow")];
    for (value, remember) in [("yes", true), ("", false)] {
        let allowed = Allowed { person: person("u1"), scopes: None, remember };
        assert_eq!(answer(browser.post(&form(value)).await), Answer::Allowed(allowed));
    }
    assert_eq!(page(browser.post(&form("no")).await).status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_pages_tell_who_is_logged_in_without_showing_anything() {
    let site = Site::default();
    let mut browser = site.browser();
    assert_eq!(browser.identify().await, None);
    browser.log_in("alice", "ecila").await;
    site.clock.advance(Duration::from_secs(3599));
    assert_eq!(browser.identify().await, Some(person("u1")));
    site.clock.advance(Duration::from_secs(1));
    assert_eq!(browser.identify().await, None);
    browser.cookies = vec!["__Host-oauth-session=made-up".into()];
    assert_eq!(browser.identify().await, None);
}

#[tokio::test]
async fn a_login_is_called_as_the_operator_says() {
    let Site { pages, clock, store } = Site::new("https://as.example.com", Two);
    let site = Site { pages: LoginConsent::acr(pages, "urn:example:password"), clock, store };
    let mut browser = site.browser();
    browser.log_in("alice", "ecila").await;
    let acr = browser.identify().await.unwrap().login.unwrap().acr;
    assert_eq!(acr.as_deref(), Some("urn:example:password"));
}
