//! What must not reach a story: other pages, other browsers, hostile text, and too much of anything.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use oauth_sansio::form;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::browser::{Browser, Provider};

async fn post(browser: &mut Browser<'_>, fields: &[(&str, &str)]) -> Response<Bytes> {
    browser.send(Method::POST, "/playground", form::encode(fields.iter().copied())).await
}

#[tokio::test]
async fn a13_a_form_of_another_page_makes_no_step() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    browser.begin("oauth2").await;
    for token in ["", "guess"] {
        for fields in [
            [("do", "go_on"), ("at", "0")],
            [("do", "end"), ("at", "")],
            [("do", "begin"), ("dance", "oauth1")],
        ] {
            let answer = post(&mut browser, &[&fields[..], &[("form_token", token)]].concat()).await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{fields:?}");
        }
    }
    let token = browser.page.field("form_token");
    let mut stranger = provider.browser();
    stranger.open("/playground").await;
    let answer = post(&mut stranger, &[("form_token", &token), ("do", "begin"), ("dance", "oauth2")]).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN, "the token of another browser");
    let page = browser.open("/playground").await;
    assert!(page.has("Nothing was sent yet."), "{}", page.text());
}

#[tokio::test]
async fn another_browser_sees_nothing_of_a_story_and_brings_nothing_into_it() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    browser.begin("oauth2").await;
    browser.next("").await;
    browser.next("").await;
    let mut stranger = provider.browser();
    let callback = "/playground/callback/oauth2?code=a&state=b";
    assert_eq!(stranger.open(callback).await.status, StatusCode::FORBIDDEN);
    assert!(stranger.open("/playground").await.has("Begin"));
    assert_eq!(stranger.page.steps(), 0);
    assert!(!browser.open("/playground").await.has("The browser comes back"));
}

#[tokio::test]
async fn a_step_is_made_once_however_often_it_is_pressed() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    let before = browser.begin("oauth2").await.clone();
    browser.next("").await;
    browser.page = before;
    assert_eq!(browser.next("").await.steps(), 1);
}

#[tokio::test]
async fn a_step_is_made_to_its_end_when_the_browser_goes_away() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    browser.begin("oauth2").await;
    let (token, at) = (browser.page.field("form_token"), browser.page.field("at"));
    let body = form::encode([("form_token", token.as_str()), ("at", &at), ("do", "go_on")]);
    let address = provider.origin.socket_addrs(|| None).unwrap()[0];
    let request = format!(
        "POST /playground HTTP/1.1\r\nhost: {address}\r\ncookie: oauth-playground={}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        browser.cookies["oauth-playground"],
        body.len()
    );
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(request.as_bytes()).await.unwrap();
    drop(connection);
    for _ in 0..500 {
        if browser.open("/playground").await.steps() > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(browser.page.has("Go to the provider"), "{}", browser.page.text());
}

#[tokio::test]
async fn z10_what_a_stranger_writes_into_a_callback_stays_text() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    browser.begin("oauth2").await;
    browser.next("").await;
    browser.next("").await;
    let callback = "/playground/callback/oauth2?state=x&code=%3Cscript%3E&error_description=%22%3E%3Cimg";
    let page = browser.open(callback).await.clone();
    assert_eq!(page.address, "/playground");
    for told in [page, browser.next("").await.clone()] {
        assert!(!told.html.contains("<script") && !told.html.contains("<img"), "{}", told.html);
    }
    let denied = format!("{}&error=%3Cscript%3E", callback.replace("code=%3Cscript%3E&", ""));
    browser.next("").await;
    browser.open(&denied).await;
    assert!(!browser.next("").await.html.contains("<script"));
}

#[tokio::test]
async fn a_story_has_an_end() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    browser.begin("oauth1").await;
    for _ in 0..60 {
        browser.next("method").await;
    }
    assert_eq!(browser.page.steps(), 60);
    assert!(browser.page.has("This story is long enough"), "and goes on no further");
}

#[tokio::test]
async fn whoever_breaks_too_much_waits_like_anybody_who_guesses_and_is_told_so() {
    let provider = Provider::with(&[("OAUTH__LIMITS__WRONG_TRIES", "3")]).await;
    let mut browser = provider.browser();
    browser.begin("oauth1").await;
    for _ in 0..3 {
        assert!(browser.next("secret").await.last().contains("Signature"));
    }
    let waits = browser.next("").await.last();
    assert!(waits.contains("429") && waits.contains("RFC 6819 section 5.1.4.2.3"), "{waits}");
}

#[tokio::test]
async fn other_methods_and_addresses_are_refused() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    let answer = browser.send(Method::PUT, "/playground", String::new()).await;
    assert_eq!(
        (answer.status(), &answer.headers()["allow"]),
        (StatusCode::METHOD_NOT_ALLOWED, &"GET, HEAD, POST".parse().unwrap())
    );
    for path in ["/playground/", "/playground/callback", "/playground/callback/oauth3", "/playgrounds"] {
        assert_eq!(
            browser.send(Method::GET, path, String::new()).await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}
