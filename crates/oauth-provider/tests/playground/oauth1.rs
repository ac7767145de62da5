//! OAuth 1.0a: the whole dance, and everything that can be broken in it.

use crate::browser::{Browser, Provider};

async fn believed(browser: &mut Browser<'_>) {
    browser.begin("oauth1").await;
    browser.next("").await;
    browser.allow().await;
    browser.next("").await;
}

#[tokio::test]
async fn the_dance_is_played_to_its_end_and_drawn() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    browser.begin("oauth1").await;
    let asked = browser.next("").await.last();
    for seen in [
        "signature base string, the same on both sides",
        "POST&http%3A%2F%2F127.0.0.1%3A",
        "oauth_callback_confirmed=true",
        "Holds: oauth_signature",
    ] {
        assert!(asked.contains(seen), "{seen} in {asked}");
    }
    browser.allow().await;
    browser.next("").await;
    assert!(browser.next("").await.last().contains("oauth_token_secret="));
    let used = browser.next("").await;
    assert!(used.last().contains("\"asked_by\":\"playground\""), "{}", used.last());
    assert!(used.has("No step is left"));
}

#[tokio::test]
async fn what_is_broken_in_the_first_request_is_refused() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    browser.begin("oauth1").await;
    for (broken, wire, reason, clause) in [
        ("callback", "401 OAuth", "Signature", "RFC 5849 section 3.2"),
        ("secret", "401 OAuth", "Signature", "RFC 5849 section 3.2"),
        ("method", "400 ", "UnsupportedMethod", "RFC 5849 section 3.2"),
        ("timestamp", "401 OAuth", "Timestamp", "RFC 5849 section 3.3"),
    ] {
        let last = browser.next(broken).await.last();
        for told in ["Refused by the provider", wire, reason, clause] {
            assert!(last.contains(told), "{broken}: {told} in {last}");
        }
    }
    let twice = browser.next("nonce").await.last();
    assert!(twice.contains("NonceUsed") && twice.contains("RFC 5849 section 3.3"), "{twice}");
    assert!(browser.page.has("Go to the provider"), "the first of the two was good");
}

#[tokio::test]
async fn where_two_base_strings_differ_is_told() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    browser.begin("oauth1").await;
    let last = browser.next("callback").await.last();
    assert!(last.contains("signature base string of what arrived"), "{last}");
    assert!(last.contains("they differ in the value of the parameter \"oauth_callback\""), "{last}");
    let last = browser.next("secret").await.last();
    assert!(last.contains("the same on both sides"), "it is the key that differs: {last}");
}

#[tokio::test]
async fn what_is_broken_on_the_way_through_the_browser_is_refused() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    browser.begin("oauth1").await;
    browser.next("").await;
    assert_eq!(browser.next("link").await.status, 400);
    let last = browser.open("/playground").await.last();
    assert!(last.contains("Link") && last.contains("Broken on purpose"), "{last}");
    browser.allow().await;
    let last = browser.next("callback_token").await.last();
    assert!(last.contains("Refused by the application") && last.contains("TokenMismatch"), "{last}");
    assert!(!browser.next("").await.last().contains("Refused by"), "the right one is still good");
}

#[tokio::test]
async fn what_is_broken_at_the_token_endpoint_is_refused_and_burns_nothing() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    believed(&mut browser).await;
    for (broken, reason) in
        [("verifier_on_the_way", "Signature"), ("verifier", "Verifier"), ("token_client_secret", "Signature")]
    {
        let last = browser.next(broken).await.last();
        assert!(last.contains("401 OAuth") && last.contains(reason), "{broken}: {last}");
    }
    let twice = browser.next("temporary_twice").await.last();
    assert!(twice.contains("TemporaryUsed") && twice.contains("RFC 5849 section 2.3"), "{twice}");
    assert!(browser.next("").await.last().contains("200 OK"), "the first of the two was good");
}

#[tokio::test]
async fn what_is_broken_at_the_api_is_refused_there() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    believed(&mut browser).await;
    browser.next("").await;
    for (broken, reason) in [
        ("parameter", "Signature"),
        ("method_on_the_way", "Signature"),
        ("token_secret", "Signature"),
        ("token", "UnknownToken"),
        ("api_timestamp", "Timestamp"),
        ("api_nonce", "NonceUsed"),
    ] {
        let last = browser.next(broken).await.last();
        assert!(last.contains("Refused by the API") && last.contains(reason), "{broken}: {last}");
    }
    assert!(browser.next("").await.last().contains("200 OK"));
}
