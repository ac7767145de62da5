//! What happens to those who guess, as the pages show it.

#![allow(clippy::unwrap_used, reason = "a test")]

mod browser;

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use browser::{Site, is_login, page, text};
use http::{StatusCode, header};

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
        assert!(is_login(&html) && html.contains(&format!("Wait {expected} seconds")), "{html}");
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
