//! OAuth 2: the whole dance, and everything that can be broken in it.

use crate::browser::{Browser, Provider};

/// Up to the code that nobody has looked at.
async fn back(browser: &mut Browser<'_>, dance: &str) {
    browser.begin(dance).await;
    browser.next("").await;
    browser.allow().await;
}

/// Up to the code that is believed.
async fn believed(browser: &mut Browser<'_>) {
    back(browser, "oauth2").await;
    browser.next("").await;
}

async fn issued(browser: &mut Browser<'_>, dance: &str) {
    back(browser, dance).await;
    browser.next("").await;
    browser.next("").await;
}

#[tokio::test]
async fn the_dance_is_played_to_its_end_and_drawn() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    issued(&mut browser, "oauth2").await;
    assert!(browser.page.has("\"token_type\":\"Bearer\""), "{}", browser.page.text());
    for seen in [
        "GET /oauth2/authorize?",
        "BASE64URL(SHA256(code_verifier)), to be the code_challenge",
        "(a page: Sign in)",
    ] {
        assert!(browser.page.has(seen), "{seen}");
    }
    let used = browser.next("").await;
    assert!(used.last().contains("\"asked_by\":\"playground\""), "{}", used.last());
    assert!(browser.next("").await.last().contains("refresh_token"));
    let asked = browser.next("").await.last();
    for told in [
        "POST /oauth2/introspect",
        "\"active\":true",
        "\"client_id\":\"playground\"",
        "Holds: active is true",
    ] {
        assert!(asked.contains(told), "{told} in {asked}");
    }
    browser.next("").await;
    let used = browser.next("").await.last();
    assert!(used.contains("Refused by the API") && used.contains("Revoked"), "{used}");
    let end = browser.next("").await;
    let last = end.last();
    assert!(
        last.contains("Refused by the API") && last.contains("{\"active\":false}"),
        "and no more: {last}"
    );
    assert!(end.has("No step is left"));
    assert_eq!(end.html.matches("class=\"row").count(), end.steps(), "each step is drawn");
    assert_eq!(end.html.matches("<a class=\"row refused\"").count(), 2);
    assert!(!end.html.contains(&provider.password), "the person's password is nowhere");
    let session = browser.cookies["oauth-session"].clone();
    assert!(!browser.page.html.contains(&session));
}

#[tokio::test]
async fn the_dance_with_pushed_requests_and_bound_tokens_is_played_to_its_end() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    issued(&mut browser, "oauth2_bound").await;
    assert!(
        browser.page.has("POST /oauth2/par") && browser.page.has("request_uri=urn"),
        "{}",
        browser.page.text()
    );
    assert!(browser.page.last().contains("\"token_type\":\"DPoP\""), "{}", browser.page.last());
    let used = browser.next("").await;
    assert!(used.last().contains("\"htm\":\"GET\""), "the proof is told: {}", used.last());
    assert!(
        used.last().contains("authorization: DPoP ") && used.last().contains("\"photos_of\""),
        "{}",
        used.last()
    );
    browser.next("").await;
    let asked = browser.next("").await.last();
    assert!(asked.contains("\"token_type\":\"DPoP\"") && asked.contains("\"cnf\":{\"jkt\":"), "{asked}");
    for _ in 0..2 {
        browser.next("").await;
    }
    assert!(browser.next("").await.has("No step is left"), "{}", browser.page.text());
}

#[tokio::test]
async fn what_is_broken_at_the_token_endpoint_is_refused_and_burns_nothing() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    believed(&mut browser).await;
    for (broken, wire, reason, clause) in [
        ("code_verifier", "400 invalid_grant", "PkceMismatch", "RFC 7636 section 4.6"),
        ("token_redirect_uri", "400 invalid_grant", "RedirectUriMismatch", "RFC 6749 section 4.1.3"),
        ("secret", "401 invalid_client", "WrongSecret", "RFC 6749 section 2.3.1"),
        ("code", "400 invalid_grant", "CodeUnknown", "RFC 6749 section 4.1.3"),
    ] {
        let last = browser.next(broken).await.last();
        for told in ["Refused by the provider", wire, reason, clause, "Broken on purpose"] {
            assert!(last.contains(told), "{broken}: {told} in {last}");
        }
    }
    let traded = browser.next("").await.last();
    assert!(traded.contains("200 OK") && !traded.contains("Refused by"), "{traded}");
}

#[tokio::test]
async fn a_code_that_is_used_twice_takes_the_tokens_with_it() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    believed(&mut browser).await;
    let twice = browser.next("code_twice").await.last();
    assert!(twice.contains("CodeReplayed") && twice.contains("RFC 6749 section 4.1.2"), "{twice}");
    let used = browser.next("").await.last();
    assert!(used.contains("401 invalid_token") && used.contains("Revoked"), "{used}");
    assert!(browser.page.has("Go to the provider"), "it is asked for anew");
}

#[tokio::test]
async fn what_is_broken_on_the_way_to_the_provider_is_refused_there() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    browser.begin("oauth2").await;
    browser.next("").await;

    let refused = browser.next("redirect_uri").await.clone();
    assert_eq!(refused.status, 400, "the person is sent nowhere");
    let last = browser.open("/playground").await.last();
    for told in
        ["Refused by the provider", "RedirectUriUnregistered", "attacker.example", "Broken on purpose"]
    {
        assert!(last.contains(told), "{told} in {last}");
    }
    for (broken, reason, error) in [
        ("scope", "ScopeNotAllowed", "invalid_scope"),
        ("challenge_method", "ChallengeMethod", "invalid_request"),
    ] {
        let page = browser.next(broken).await;
        assert!(page.has(reason) && page.has(&format!("303 {error}")), "{}", page.text());
        let told = browser.next("").await.last();
        assert!(told.contains("Refused by the application") && told.contains(error), "{told}");
    }
    browser.allow().await;
    assert!(!browser.next("").await.last().contains("Refused by"), "and after all that it works");
}

#[tokio::test]
async fn what_is_broken_in_the_callback_is_refused_by_the_application() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    back(&mut browser, "oauth2").await;
    let last = browser.next("state").await.last();
    assert!(last.contains("Refused by the application") && last.contains("StateMismatch"), "{last}");
    assert!(last.contains("RFC 6749 section 10.12"), "{last}");
    // Anybody could have sent that: the right callback is still good.
    assert!(browser.page.has("Look at what came back"));
    let last = browser.next("iss").await.last();
    assert!(last.contains("IssMismatch") && last.contains("RFC 9207 section 2.4"), "{last}");
    // Whoever knows the state and lies has ended it.
    assert!(browser.page.has("Go to the provider"));
}

#[tokio::test]
async fn what_is_broken_at_the_api_is_refused_there() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    issued(&mut browser, "oauth2").await;
    for (broken, wire, reason) in
        [("token", "401 invalid_token", "Unknown"), ("token_in_query", "401 Bearer", "NoToken")]
    {
        let last = browser.next(broken).await.last();
        assert!(
            last.contains("Refused by the API") && last.contains(wire) && last.contains(reason),
            "{last}"
        );
    }
    assert!(browser.next("").await.last().contains("200 OK"));
    for (broken, reason) in [("refresh_secret", "WrongSecret"), ("refresh_token", "RefreshUnknown")] {
        let last = browser.next(broken).await.last();
        assert!(last.contains(reason), "{last}");
    }
    assert!(browser.next("").await.last().contains("200 OK"));
}

#[tokio::test]
async fn what_is_broken_when_the_api_asks_about_a_token_tells_it_nothing() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    issued(&mut browser, "oauth2").await;
    for _ in 0..2 {
        browser.next("").await;
    }
    for (broken, reason) in [("unnamed", "Unauthenticated"), ("api_secret", "WrongSecret")] {
        let last = browser.next(broken).await.last();
        for told in [
            "Refused by the provider",
            reason,
            "401 invalid_client",
            "Fails: the API's own secret",
            "RFC 7662 section 2.1",
            "Broken on purpose",
        ] {
            assert!(last.contains(told), "{broken}: {told} in {last}");
        }
        assert_eq!(last.contains("authorization: Basic "), broken == "api_secret", "{last}");
        assert!(!last.contains("active\":"), "{last}");
    }
    // To somebody who may not know it, a token that is good is like one that never was.
    for broken in ["asked_token", "asked_refresh_token"] {
        let last = browser.next(broken).await.last();
        for told in [
            "Refused by the API",
            "Inactive",
            "200 OK",
            "{\"active\":false}",
            "Holds: the API's own secret",
            "Fails: active is true",
            "RFC 7662 section 2.2",
        ] {
            assert!(last.contains(told), "{broken}: {told} in {last}");
        }
    }
    let last = browser.next("").await.last();
    assert!(last.contains("\"active\":true") && !last.contains("Refused by"), "{last}");
}

#[tokio::test]
async fn a_request_that_is_sent_twice_with_its_proof_touches_no_code() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    back(&mut browser, "oauth2_bound").await;
    browser.next("").await;
    let twice = browser.next("code_proof_twice").await.last();
    assert!(twice.contains("400 invalid_dpop_proof") && twice.contains("ProofReplayed"), "{twice}");
    assert!(twice.contains("Fails: the proof was not used before"), "{twice}");
    assert!(browser.next("").await.last().contains("200 OK"), "nobody is logged out by a replay");
}

#[tokio::test]
async fn a_proof_is_good_for_one_request() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    issued(&mut browser, "oauth2_bound").await;
    let last = browser.next("proof_twice").await.last();
    assert!(
        last.contains("ProofReplayed")
            && last.contains("RFC 9449 section 11.1")
            && last.contains("401 invalid_dpop_proof"),
        "{last}"
    );
}

#[tokio::test]
async fn what_is_broken_while_it_is_pushed_is_refused() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    browser.begin("oauth2_bound").await;
    browser.next("").await;
    let last = browser.next("pushed_redirect_uri").await.last();
    assert!(last.contains("RedirectUriUnregistered") && last.contains("400 invalid_request"), "{last}");
    assert_eq!(browser.next("request_uri").await.status, 400);
    let last = browser.open("/playground").await.last();
    assert!(last.contains("ReferenceUnknown"), "{last}");
}

#[tokio::test]
async fn a_person_who_refuses_is_believed() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    back(&mut browser, "oauth2").await;
    browser.begin("oauth2").await;
    browser.next("").await;
    browser.next("").await;
    browser.decide("deny").await;
    let last = browser.next("").await.last();
    assert!(last.contains("access_denied"), "{last}");
}
