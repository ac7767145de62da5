//! Where the playground is, and where it is not.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use oauth_clock::SystemClock;
use oauth_hyper_client::Client as Http;
use oauth_provider::Serving;
use oauth_provider::config::Settings;
use oauth_sansio::Outgoing;

use crate::browser::{Provider, free_port};

#[tokio::test]
async fn it_is_there_for_development_only() {
    let folder = std::env::temp_dir().join(format!("oauth-playground-{}", std::process::id()));
    let told = [
        ("OAUTH__LISTEN", "127.0.0.1:0"),
        ("OAUTH__STORE__KIND", "memory"),
        ("OAUTH__ISSUER", "https://id.example.com"),
        ("OAUTH__BEHIND_PROXY__ADDRESSES", "[\"127.0.0.1\"]"),
        ("OAUTH__SCOPES__PHOTOS", "See your photos"),
        ("OAUTH__DATA", folder.to_str().unwrap()),
    ];
    let settings =
        Settings::load(None, told.map(|(name, value)| (name.to_owned(), value.to_owned()))).unwrap();
    let serving = Serving::start(settings, Arc::new(SystemClock)).await.unwrap();
    let origin = format!("http://{}", serving.address());
    tokio::spawn(serving.run(std::future::pending()));
    for path in ["/playground", "/playground/api", "/playground/callback/oauth2"] {
        let request = Request::get(format!("{origin}{path}")).body(Bytes::new()).unwrap();
        let answer = Http::new().send(Outgoing::repeatable(request)).await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
    // And nobody has registered its client.
    let request =
        Request::get(format!("{origin}/oauth2/authorize?client_id=playground")).body(Bytes::new()).unwrap();
    let answer = Http::new().send(Outgoing::repeatable(request)).await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let _ = std::fs::remove_dir_all(folder);
}

#[tokio::test]
async fn a_browser_that_has_it_under_another_name_is_led_to_its_own() {
    let provider = Provider::start().await;
    let request = Request::get(provider.origin.join("/playground").unwrap().as_str());
    let request = request.header(header::HOST, "localhost:1").body(Bytes::new()).unwrap();
    let answer = Http::new().send(Outgoing::repeatable(request)).await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()[header::LOCATION], format!("{}playground", provider.origin));
}

#[tokio::test]
async fn a_provider_without_oauth_1_plays_oauth_2_alone() {
    let provider = Provider::with(&[("OAUTH__OAUTH1__ENABLED", "false")]).await;
    let mut browser = provider.browser();
    let page = browser.open("/playground").await.clone();
    assert!(page.html.contains("value=\"oauth2\"") && !page.html.contains("value=\"oauth1\""));
    let token = page.field("form_token");
    let refused =
        browser.submit("/playground", &[("form_token", &token), ("do", "begin"), ("dance", "oauth1")]).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_page_allows_no_script_and_is_kept_nowhere() {
    let provider = Provider::start().await;
    let mut browser = provider.browser();
    browser.begin("oauth2").await;
    browser.next("").await;
    let answer = browser.send(Method::GET, "/playground", String::new()).await;
    let policy = answer.headers()["content-security-policy"].to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert!(policy.ends_with("form-action 'self'"), "{policy}");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["x-frame-options"], "DENY");
    let html = String::from_utf8(answer.body().to_vec()).unwrap();
    assert!(!html.contains("style=\"") && !html.contains("<script"));
}

#[tokio::test]
async fn a_dance_goes_as_far_as_the_profile_lets_it() {
    // Under MCP each token is for a resource, and the application names none; under FAPI a client has a key, and no secret.
    for (profile, told) in
        [("legacy_insecure", "Sign in"), ("mcp", "TargetMissing"), ("fapi2", "No step is left")]
    {
        let provider = Provider::with(&[("OAUTH__PROFILE", profile)]).await;
        let mut browser = provider.browser();
        browser.begin("oauth2").await;
        let mut page = browser.next("").await.clone();
        if !page.has(told) {
            page = browser.next("").await.clone();
        }
        assert!(page.has(told), "{profile}: {}", page.text());
    }
}

#[tokio::test]
async fn an_issuer_may_have_a_path() {
    let port = free_port();
    let issuer = format!("http://127.0.0.1:{port}/tenant");
    let told = [
        ("OAUTH__ISSUER", issuer.as_str()),
        ("OAUTH__DEVELOPMENT", "true"),
        ("OAUTH__OAUTH1__ENABLED", "false"),
    ];
    let provider = Provider::on(port, &told).await.unwrap();
    let mut browser = provider.browser();
    browser.begin("oauth2").await;
    browser.next("").await;
    browser.allow().await;
    for _ in 0..3 {
        assert!(!browser.next("").await.last().contains("Refused"), "{}", browser.page.last());
    }
    assert!(browser.page.last().contains("\"asked_by\":\"playground\""), "{}", browser.page.last());
}
