//! Answers that a browser posts to the application (OAuth 2.0 Form Post Response Mode), over sockets.

use http::{StatusCode, header};
use oauth_sansio::Digest;

use crate::common::{CALLBACK, SCOPE, Stage};

/// The page that answers a request with this state, after the person has decided.
async fn page(stage: &Stage, state: &str, decision: &str) -> http::Response<bytes::Bytes> {
    let (mut url, _) = stage.client2().authorize().scope(SCOPE).start(stage.moment()).unwrap();
    let kept: Vec<(String, String)> =
        url.query_pairs().into_owned().filter(|(name, _)| name != "state").collect();
    url.query_pairs_mut()
        .clear()
        .extend_pairs(kept)
        .append_pair("state", state)
        .append_pair("response_mode", "form_post");
    let mut browser = stage.browser();
    let consent = browser.begin(&url).await;
    browser.decide(&consent, decision).await
}

fn text(response: &http::Response<bytes::Bytes>) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}

#[tokio::test]
async fn the_page_posts_code_state_and_issuer_to_the_application_and_nowhere_else() {
    let stage = Stage::new().await;
    let page = page(&stage, "st", "allow").await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(!page.headers().contains_key(header::LOCATION));
    assert_eq!(page.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
    let html = text(&page);
    assert!(html.contains(&format!("<form method=\"post\" action=\"{CALLBACK}\">")));
    assert_eq!(html.matches("<form").count(), 1);
    for name in ["code", "state", "iss"] {
        assert_eq!(html.matches(&format!("name=\"{name}\"")).count(), 1, "{name}");
    }
    assert!(html.contains("<button>"), "there is a way without script");
    let policies: Vec<_> = page.headers().get_all(header::CONTENT_SECURITY_POLICY).iter().collect();
    let [policy] = policies[..] else { panic!("one policy: {policies:?}") };
    let policy = policy.to_str().unwrap();
    assert!(policy.contains("form-action https://printer.example.com https:;"));
    assert!(policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"));
    assert!(!policy.contains("unsafe"));
    assert_eq!(page.headers()[header::CACHE_CONTROL], "no-store");
    assert_eq!(page.headers()[header::REFERRER_POLICY], "no-referrer");
}

#[tokio::test]
async fn only_the_script_of_the_page_may_run() {
    let stage = Stage::new().await;
    let page = page(&stage, "st", "allow").await;
    let html = text(&page);
    let (_, behind) = html.split_once("<script>").unwrap();
    let (script, rest) = behind.split_once("</script>").unwrap();
    assert!(!rest.contains("<script"));
    let hash = oauth_sansio::base64url::encode(Digest::of(script).as_bytes());
    let hash = hash.replace('-', "+").replace('_', "/");
    let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains(&format!("script-src 'sha256-{hash}='")), "{policy}");
}

#[tokio::test]
async fn whatever_the_state_holds_it_is_the_value_of_a_field_and_no_markup() {
    const HOSTILE: &str = "\"><script>alert(1)</script><form action='https://evil.example/'>&quot;&lt;";
    let stage = Stage::new().await;
    for decision in ["allow", "deny"] {
        let page = page(&stage, HOSTILE, decision).await;
        let html = text(&page);
        assert_eq!(html.matches("<script>").count(), 1);
        assert_eq!(html.matches("<form").count(), 1);
        assert!(!html.contains("evil.example/'"));
        let value = HOSTILE
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
            .replace('\'', "&#39;");
        assert!(html.contains(&format!("<input type=\"hidden\" name=\"state\" value=\"{value}\">")));
        assert_eq!(html.contains("name=\"error\" value=\"access_denied\""), decision == "deny");
    }
}
