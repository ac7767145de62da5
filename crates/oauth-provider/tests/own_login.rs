//! People who log in elsewhere.

#![allow(clippy::unwrap_used, reason = "a test")]

mod browser;

use std::sync::Arc;

use async_trait::async_trait;
use browser::{ADDRESS, START, Site, answer, is_consent, page, text};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use oauth_hyper_server::Visit;
use oauth_provider::{OwnLogin, Unavailable, User};
use oauth_sansio::{Allowed, Answer, Login, LoginWish, Person};

/// The sign-on of a company; it says what it was asked.
struct SignOn;

#[async_trait]
impl OwnLogin for SignOn {
    async fn begin(
        &self,
        wish: &LoginWish,
        return_to: &str,
        _: &Visit<'_>,
    ) -> Result<Response<Bytes>, Unavailable> {
        let place = format!("https://sso.example/?choose={}&to={return_to}", wish.choose);
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::SEE_OTHER;
        response.headers_mut().insert(header::LOCATION, HeaderValue::try_from(place).unwrap());
        Ok(response)
    }
}

fn site() -> Site {
    let Site { pages, clock, store } = Site::default();
    Site { pages: pages.own_login(Arc::new(SignOn)), clock, store }
}

fn login() -> Login {
    Login { auth_time: START, acr: Some("gold".into()), amr: vec!["mfa".into()] }
}

fn location(response: &Response<Bytes>) -> &str {
    response.headers()[header::LOCATION].to_str().unwrap()
}

#[tokio::test]
async fn a_person_logs_in_elsewhere_comes_back_and_decides() {
    let site = site();
    let mut browser = site.browser();
    let away = page(browser.get().await);
    assert_eq!(location(&away), format!("https://sso.example/?choose=false&to={ADDRESS}"));

    let user = User::new("u7", "Grace");
    let back = site.pages.logins().enter(&HeaderMap::new(), user, login(), ADDRESS).await.unwrap();
    assert_eq!((back.status(), location(&back)), (StatusCode::SEE_OTHER, ADDRESS));
    let cookie = back.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap();
    browser.cookies.push(cookie.to_owned());

    let consent = page(browser.get().await);
    let policy = consent.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.ends_with("form-action 'self' https:"), "{policy}");
    let consent = text(&consent);
    assert!(is_consent(&consent) && consent.contains("<bdi>Grace</bdi>"));
    let person = Person { login: Some(login()), ..Person::new("u7") };
    let allowed = Allowed { person, scopes: None, remember: false };
    assert_eq!(answer(browser.decide(&consent, "allow").await), Answer::Allowed(allowed));

    // Another account is asked for there, or the same one would come back.
    let away = page(browser.decide(&consent, "switch").await);
    assert_eq!(location(&away), format!("https://sso.example/?choose=true&to={ADDRESS}"));
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn a_password_is_not_looked_at_where_people_log_in_elsewhere() {
    let site = site();
    let away = page(site.browser().post(&[("username", "alice"), ("password", "ecila")]).await);
    assert!(location(&away).starts_with("https://sso.example/"));
    assert!(away.headers().get(header::SET_COOKIE).is_none());
}

#[tokio::test]
async fn a07_nobody_is_sent_off_the_provider_by_the_way_back() {
    let site = site();
    for place in ["//evil.example", "https://evil.example", "/\\evil.example", "\t/x", ""] {
        let user = User::new("u7", "Grace");
        let back = site.pages.logins().enter(&HeaderMap::new(), user, login(), place).await.unwrap();
        assert_eq!(location(&back), "/account", "{place}");
    }
    let logins = site.pages.logins().account_at("/me");
    let back = logins.enter(&HeaderMap::new(), User::new("u7", "Grace"), login(), "//evil.example").await;
    assert_eq!(location(&back.unwrap()), "/me");
}
