//! What the pages are made of: headers, escaping, what a person can rely on.

#![allow(clippy::unwrap_used, reason = "a test")]

mod browser;

use browser::{Site, html, page, text};
use bytes::Bytes;
use http::{Response, StatusCode};
use oauth_hyper_server::Pages as _;
use oauth_sansio::{Detail, Secret, Warning};
use oauth2_core::server::{DevicePage, FormPost};

/// Each page there is, and the redirects between them, under a name.
async fn all_pages(site: &Site) -> Vec<(&'static str, Response<Bytes>)> {
    let mut browser = site.browser();
    let device = |page| site.pages.device(&page).unwrap();
    vec![
        ("login", page(browser.get().await)),
        ("failed login", page(browser.post(&[("username", "alice"), ("password", "x")]).await)),
        ("logged in", page(browser.post(&[("username", "bob"), ("password", "bob")]).await)),
        ("consent", page(browser.get().await)),
        ("refused", site.pages.refused(StatusCode::FORBIDDEN).unwrap()),
        ("failure", site.pages.refused(StatusCode::SERVICE_UNAVAILABLE).unwrap()),
        ("verifier", site.pages.verifier(&Secret::new("code")).unwrap()),
        ("device", device(DevicePage::Enter { user_code: Some("BCDF-GHJK".into()), wrong: false })),
        ("wrong device", device(DevicePage::Enter { user_code: None, wrong: true })),
        ("device allowed", device(DevicePage::Decided { allowed: true })),
        ("device refused", device(DevicePage::Decided { allowed: false })),
    ]
}

#[tokio::test]
async fn a09_no_page_tells_the_next_site_its_address() {
    for (name, page) in all_pages(&Site::default()).await {
        assert_eq!(page.headers()["referrer-policy"], "no-referrer", "{name}");
    }
}

#[tokio::test]
async fn a10_no_page_is_kept() {
    for (name, page) in all_pages(&Site::default()).await {
        assert_eq!(page.headers()["cache-control"], "no-store", "{name}");
    }
}

#[tokio::test]
async fn a12_no_page_shows_in_a_frame() {
    for (name, page) in all_pages(&Site::default()).await {
        if page.status() != StatusCode::SEE_OTHER {
            assert_eq!(page.headers()["x-frame-options"], "DENY", "{name}");
            let policy = page.headers()["content-security-policy"].to_str().unwrap();
            assert!(policy.contains("; frame-ancestors 'none';"), "{name}");
        }
    }
}

#[tokio::test]
async fn the_policy_lets_forms_go_only_where_they_must() {
    for (name, page) in all_pages(&Site::default()).await {
        let Some(policy) = page.headers().get("content-security-policy") else { continue };
        let policy = policy.to_str().unwrap();
        let expected = match name {
            "login" | "failed login" | "device" | "wrong device" => "form-action 'self'",
            "consent" => "form-action 'self' https:",
            _ => "form-action 'none'",
        };
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{name}");
        assert!(policy.ends_with(expected) && !policy.contains("unsafe"), "{name}: {policy}");
        assert_eq!(page.headers()["x-content-type-options"], "nosniff");
        assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    }
}

#[tokio::test]
async fn every_page_says_its_language_and_title_and_runs_nothing() {
    for (name, page) in all_pages(&Site::default()).await {
        let html = text(&page);
        if page.status() == StatusCode::SEE_OTHER {
            assert!(html.is_empty());
            continue;
        }
        assert!(html.starts_with(r#"<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">"#), "{name}");
        for once in ["<title>", "<main>", "<h1>", "<style>", r#"name="viewport""#] {
            assert_eq!(html.matches(once).count(), 1, "{name}: {once}");
        }
        for never in ["<script", " style=", " onclick", "javascript:", "http://", "https://", "<a ", "<img"] {
            assert!(!html.contains(never), "{name}: {never}");
        }
        for input in html.split("<input ").skip(1).map(|rest| rest.split('>').next().unwrap()) {
            let id = input.split_once(r#"id=""#).map(|(_, rest)| rest.split('"').next().unwrap());
            let labelled = id.is_some_and(|id| html.contains(&format!(r#"<label for="{id}">"#)));
            assert!(labelled || input.contains(r#"type="hidden""#), "{name}: {input}");
        }
    }
}

#[tokio::test]
async fn allow_comes_before_deny_and_deny_before_another_account() {
    let consent = html({
        let site = Site::default();
        let mut browser = site.browser();
        browser.log_in("alice", "ecila").await;
        browser.get().await
    });
    let place = |value: &str| consent.find(&format!(r#"name="decision" value="{value}""#)).unwrap();
    assert!(place("allow") < place("deny") && place("deny") < place("switch"));
    assert!(!consent.contains("autofocus"));
}

/// Each would become markup, end an attribute, or close the element it stands in, were it not escaped.
const HOSTILE: [&str; 12] = [
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "\" autofocus onfocus=\"alert(1)",
    "</style><svg onload=alert(1)>",
    "<!--",
    "]]><b>",
    "&lt;b&gt;&#60;b&#62;",
    "<\u{202e}script>",
    "<scr\u{0}ipt>",
    "{{7*7}}${7*7}<%= 7*7 %>{}",
];

#[tokio::test]
async fn z10_hostile_names_stay_text_on_every_page() {
    let site = Site::default();
    let tags = |html: &str| html.matches('<').count();
    let plain = {
        let mut browser = site.browser();
        browser.prompt.resources = vec!["https://api.example".into()];
        browser.prompt.details = vec![Detail { kind: "payment".into(), json: "{}".into() }];
        let login = html(browser.post(&[("username", "x"), ("password", "x")]).await);
        (tags(&login), tags(&browser.log_in("alice", "ecila").await))
    };
    for hostile in HOSTILE {
        let mut browser = site.browser();
        browser.prompt.client_id = hostile.into();
        browser.prompt.client_name = hostile.into();
        browser.prompt.return_host = Some(hostile.into());
        browser.prompt.scopes = vec![hostile.into(), hostile.into()];
        browser.prompt.resources = vec![hostile.into()];
        browser.prompt.details = vec![Detail { kind: hostile.into(), json: hostile.into() }];
        browser.prompt.login.hint = Some(hostile.into());
        let login = html(browser.post(&[("username", hostile), ("password", "x")]).await);
        let consent = browser.log_in("alice", "ecila").await;
        // As many tags as with harmless names: none was added, none was swallowed.
        assert_eq!((tags(&login), tags(&consent)), plain, "{hostile:?}");
        for page in [&login, &consent] {
            assert!(!page.contains(hostile) || !hostile.contains(['<', '"', '&']), "{hostile:?}");
            assert!(!page.contains("=\"\" onfocus"), "{hostile:?}");
        }
    }
}

#[tokio::test]
async fn z10_the_address_of_the_form_stays_one_attribute() {
    let site = Site::default();
    let (method, headers, body) = (http::Method::GET, http::HeaderMap::new(), Bytes::new());
    let uri = http::Uri::from_static("https://evil.example/oauth2/consent?handle=a&b='x=y");
    let visit =
        oauth_hyper_server::Visit { method: &method, uri: &uri, headers: &headers, body: &body, peer: None };
    let login = html(site.pages.interact(&browser::prompt(), &visit).await);
    // Escaped, and without the host that the request named.
    assert!(login.contains(r#"action="/oauth2/consent?handle=a&amp;b='x=y""#), "{login}");
}

#[tokio::test]
async fn a24_a_deceptive_name_is_shown_as_what_it_is() {
    let site = Site::default();
    let mut browser = site.browser();
    browser.prompt.client_name = "Bank\u{202e}  gro.liave\u{2066}\u{200b} P\u{430}y\n".into();
    browser.prompt.scopes = vec!["read\u{202e}etirw".into()];
    let consent = browser.log_in("alice", "ecila").await;
    for invisible in ['\u{202e}', '\u{2066}', '\u{200b}', '\n'] {
        let (_, body) = consent.split_once("</style>").unwrap();
        assert!(!body.contains(invisible), "{invisible:?}");
    }
    assert!(consent.contains("<bdi>Bank gro.liave P\u{430}y</bdi>"));
    assert!(consent.contains(r#"class="warning""#));
    // What cannot be dressed up stands beside the name: identifier and host.
    assert!(
        consent.contains("<bdi>photo-printer</bdi>") && consent.contains("<bdi>printer.example.com</bdi>")
    );
}

#[tokio::test]
async fn a24_a_name_of_nothing_visible_gives_way_to_the_identifier() {
    let site = Site::default();
    let mut browser = site.browser();
    browser.prompt.client_name = "\u{200b}\u{3164} \u{202e}".into();
    let consent = browser.log_in("alice", "ecila").await;
    assert!(consent.contains("<h1>Allow <bdi>photo-printer</bdi> to use your account?</h1>"));
    assert!(!consent.contains(r#"class="warning""#));
}

#[tokio::test]
async fn a24_a_long_name_cannot_push_the_rest_off_the_page() {
    let site = Site::default();
    let mut browser = site.browser();
    browser.prompt.client_name = "Trust me ".repeat(5_000);
    let host = format!("{}.evil.example", "accounts.example.com.".repeat(12));
    browser.prompt.return_host = Some(host.clone());
    let consent = browser.log_in("alice", "ecila").await;
    assert!(consent.len() < 10_000, "{}", consent.len());
    assert!(consent.contains(&host), "the end of a host tells whose it is");
}

#[tokio::test]
async fn every_status_has_words_and_a_way_on() {
    let site = Site::default();
    for status in
        [400, 403, 404, 405, 408, 413, 429, 500, 503].map(|code| StatusCode::from_u16(code).unwrap())
    {
        let page = site.pages.refused(status).unwrap();
        assert_eq!(page.status(), status);
        let html = text(&page);
        assert!(html.contains(status.as_str()) && html.matches("<p>").count() == 2, "{status}");
    }
}

#[tokio::test]
async fn n08_a_code_in_the_address_stands_in_the_field_escaped_and_is_sent_by_a_person() {
    let site = Site::default();
    let code = Some("<script>\"B".to_owned());
    let page = text(&site.pages.device(&DevicePage::Enter { user_code: code, wrong: false }).unwrap());
    assert!(page.contains(r#"value="&lt;script&gt;&quot;B""#), "{page}");
    assert!(page.contains("<form method=\"post\">") && !page.contains("<script"), "{page}");
}

#[tokio::test]
async fn n08_the_page_for_a_device_shows_its_code_again_and_warns() {
    let site = Site::default();
    let mut browser = site.browser();
    browser.prompt.device = true;
    browser.prompt.user_code = Some("BCDF-GHJK".into());
    let consent = browser.log_in("alice", "ecila").await;
    assert!(consent.contains(r#"<code class="code">BCDF-GHJK</code>"#), "{consent}");
    assert!(consent.contains("<bdi>Photo Printer</bdi>") && consent.contains("<bdi>photos.read</bdi>"));
    assert!(consent.contains("Deny if somebody sent you the code"));
    assert!(consent.contains("The device in front of you"));
}

#[tokio::test]
async fn scopes_are_said_in_the_operators_words_beside_their_names() {
    let Site { pages, clock, store } = Site::default();
    let site = Site { pages: pages.scope_words([("photos.read", "See your photos")]), clock, store };
    let consent = site.browser().log_in("alice", "ecila").await;
    assert!(consent.contains("See your photos <small><bdi>photos.read</bdi></small>"), "{consent}");
    assert!(consent.contains("<li><bdi>albums.read</bdi></li>"));
}

#[tokio::test]
async fn d17_a_client_that_nobody_knows_is_marked_in_words() {
    let site = Site::default();
    let mut browser = site.browser();
    let plain = browser.log_in("alice", "ecila").await;
    assert!(!plain.contains("Nobody has checked") && !plain.contains("any program"));
    browser.prompt.warnings = vec![Warning::NobodyKnows, Warning::OnlyOnDevice];
    let marked = html(browser.get().await);
    assert_eq!(marked.matches(r#"class="warning""#).count(), 2);
    assert!(
        marked.contains("Nobody has checked this application") && marked.contains("any program can claim")
    );
}

#[tokio::test]
async fn what_is_asked_in_detail_is_shown_whole() {
    let site = Site::default();
    let mut browser = site.browser();
    let json = format!(r#"{{"type":"payment","to":"{}","amount":"1000"}}"#, "x".repeat(2000));
    browser.prompt.details = vec![Detail { kind: "payment".into(), json: json.clone() }];
    browser.prompt.resources = vec!["https://api.example/v1".into()];
    let page = browser.log_in("alice", "ecila").await;
    assert!(page.contains(&json.replace('"', "&quot;")), "{page}");
    assert!(page.contains("<bdi>https://api.example/v1</bdi>"));
}

#[tokio::test]
async fn the_box_to_be_asked_no_more_is_there_where_it_counts_and_is_empty() {
    let site = Site::default();
    let mut browser = site.browser();
    let page = browser.log_in("alice", "ecila").await;
    assert!(!page.contains("checkbox"));
    browser.prompt.may_be_remembered = true;
    let page = html(browser.get().await);
    let (before, _) = page.split_once(r#"<input type="checkbox" name="remember" value="yes">"#).unwrap();
    assert!(before.ends_with(r#"<label class="tick">"#), "a word beside it names it");
}

#[test]
fn z10_what_is_posted_to_an_application_stays_the_value_of_a_field() {
    let hostile = "\"><script>alert(1)</script><form action='https://evil.example/'>";
    let page = FormPost {
        action: "https://printer.example.com/ready?a=1&b=\"".into(),
        origin: "https://printer.example.com".into(),
        fields: vec![("code", Secret::new("the-code")), ("state", Secret::new(hostile))],
    };
    let answer = Site::default().pages.form_post(&page);
    let policy = answer.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("form-action https:; script-src 'sha256-"), "{policy}");
    let html = text(&answer);
    assert_eq!([html.matches("<form").count(), html.matches("<script>").count()], [1, 1], "{html}");
    assert!(html.contains(r#"action="https://printer.example.com/ready?a=1&amp;b=&quot;""#), "{html}");
    assert!(html.contains(r#"name="code" value="the-code""#) && html.contains("<button"), "{html}");
    assert!(html.contains("<strong><bdi>printer.example.com</bdi></strong>"), "{html}");
}
