//! What happens to those who guess, as the pages show it.

#![allow(clippy::unwrap_used, reason = "a test")]

mod browser;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use browser::{Site, is_login, page, text};
use http::{Request, StatusCode, header};
use oauth_hyper_server::ProviderService;
use oauth2_core::server::{AuthorizationServer, Client, Config, GrantType};

const HOME: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
const ELSEWHERE: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1)));

/// What a try of a password is answered with, without the name in it.
async fn try_in(
    site: &Site,
    peer: Option<IpAddr>,
    name: &str,
    password: &str,
) -> (StatusCode, Option<u64>, String) {
    let mut browser = site.browser();
    browser.peer = peer;
    let answer = page(browser.post(&[("username", name), ("password", password)]).await);
    let wait = answer.headers().get(header::RETRY_AFTER).map(|wait| wait.to_str().unwrap().parse().unwrap());
    (answer.status(), wait, text(&answer).replace(name, "?"))
}

#[tokio::test]
async fn k09_a_guesser_waits_longer_each_time_and_the_right_password_works_after_the_pause() {
    let site = Site::default();
    for _ in 0..5 {
        assert_eq!(try_in(&site, HOME, "alice", "wrong").await.0, StatusCode::OK);
    }
    for expected in [1, 2, 4, 8] {
        // Also the right one is not looked at.
        let (status, wait, html) = try_in(&site, HOME, "alice", "ecila").await;
        assert_eq!((status, wait), (StatusCode::TOO_MANY_REQUESTS, Some(expected)));
        assert!(is_login(&html) && html.contains(&format!("in {expected} s.")), "{html}");
        site.clock.advance(Duration::from_secs(expected));
        assert_eq!(try_in(&site, HOME, "alice", "wrong").await.0, StatusCode::OK);
    }
    site.clock.advance(Duration::from_secs(16));
    assert_eq!(try_in(&site, HOME, "alice", "ecila").await.0, StatusCode::SEE_OTHER);
    assert_eq!(try_in(&site, HOME, "alice", "wrong").await.0, StatusCode::OK, "it begins anew");
}

#[tokio::test]
async fn k09_a_pause_tells_nothing_of_whether_the_name_exists() {
    let site = Site::default();
    for n in 0..8 {
        let known = try_in(&site, HOME, "alice", "wrong").await;
        assert_eq!(try_in(&site, HOME, "nobody", "wrong").await, known, "{n}");
    }
}

#[tokio::test]
async fn a_guesser_does_not_lock_the_person_out() {
    let site = Site::default();
    for _ in 0..20 {
        try_in(&site, ELSEWHERE, "alice", "wrong").await;
    }
    assert_eq!(try_in(&site, ELSEWHERE, "alice", "ecila").await.0, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(try_in(&site, HOME, "alice", "ecila").await.0, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_page_that_says_how_long_to_wait_reaches_the_browser() {
    let Site { pages, clock, store } = Site::default();
    let redirect_uris = vec!["https://printer.example/back".to_owned()];
    let grants = vec![GrantType::AuthorizationCode];
    let scopes = "photos".parse().unwrap();
    let client = Client { redirect_uris, grants, scopes, ..Client::new("printer") };
    store.register_oauth2(client).await.unwrap();
    let mut config = Config::new("https://as.example.com".parse().unwrap());
    config.scopes = "photos".parse().unwrap();
    let provider = ProviderService::with_clock(store, Arc::new(pages), clock)
        .oauth2(AuthorizationServer::new(config).unwrap());

    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let asked = format!(
        "/oauth2/authorize?response_type=code&client_id=printer&code_challenge={challenge}&code_challenge_method=S256"
    );
    let begun = provider.answer(Request::get(asked).body(String::new()).unwrap()).await;
    let consent = begun.headers()[header::LOCATION].to_str().unwrap();
    let consent = consent.strip_prefix("https://as.example.com").unwrap();
    let cookie = begun.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap();
    let guess = || {
        let guess = Request::post(consent).header(header::COOKIE, cookie);
        provider.answer(guess.body("username=alice&password=wrong".to_owned()).unwrap())
    };
    for _ in 0..5 {
        assert_eq!(guess().await.status(), StatusCode::OK);
    }
    let refused = guess().await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "1");
    assert!(is_login(&text(&refused)) && text(&refused).contains("in 1 s."));
}
