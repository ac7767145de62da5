//! What a browser is told, and which browser is listened to.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use oauth_sansio::Exchange as _;
use url::Url;

use crate::common::{Browser, CALLBACK, Failure, Flaky, Plan, SCOPE, Stage, location};

/// Both protocols have the same walk: an address to go to, and a page to decide on.
#[derive(Clone, Copy, Debug)]
enum Protocol {
    OAuth1,
    OAuth2,
}

const BOTH: [Protocol; 2] = [Protocol::OAuth1, Protocol::OAuth2];

impl Protocol {
    async fn authorization(self, stage: &Stage) -> Url {
        match self {
            Self::OAuth1 => stage.pending1().await.authorization_url(&stage.client1()),
            Self::OAuth2 => stage.client2().authorize().scope(SCOPE).start(stage.moment()).unwrap().0,
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::OAuth1 => "/oauth1",
            Self::OAuth2 => "/oauth2",
        }
    }
}

/// Every kind of answer that a browser gets here, from each endpoint for people: pages, redirects, refusals. All
/// were asked for by a script of another origin.
async fn every_answer() -> Vec<(String, Response<Bytes>)> {
    let store = Arc::new(Flaky::default());
    let stage = Stage::set(Plan { store: store.clone(), ..Plan::default() }).await;
    let mut answers = Vec::new();
    for protocol in BOTH {
        let mut tell = |what: &str, response| answers.push((format!("{protocol:?} {what}"), response));
        let send = async |mut request: Request<Bytes>| {
            request.headers_mut().insert(header::ORIGIN, HeaderValue::from_static("https://evil.example"));
            stage.line.send(request).await
        };
        let ask = |method: Method, url: &str, body: &'static str| {
            let request = Request::builder().method(method).uri(url);
            request.header(header::CONTENT_TYPE, "text/plain").body(Bytes::from(body)).unwrap()
        };
        let at = |path: &str| stage.provider.join(&format!("{}/{path}", protocol.path())).unwrap();

        for path in ["authorize", "consent"] {
            let url = at(path);
            tell("nothing", send(ask(Method::GET, url.as_str(), "")).await);
            tell(
                "unreadable",
                send(ask(Method::GET, &format!("{url}?oauth_token=%zz&handle=%ff"), "")).await,
            );
            tell("unknown", send(ask(Method::GET, &format!("{url}?oauth_token=x&handle=x"), "")).await);
            tell("wrong method", send(ask(Method::DELETE, url.as_str(), "")).await);
            tell("preflight", send(ask(Method::OPTIONS, url.as_str(), "")).await);
            let long = "x".repeat(65 * 1024).leak();
            tell("too long", send(ask(Method::POST, url.as_str(), long)).await);
        }
        let authorization = protocol.authorization(&stage).await;
        store.arm(Failure::Load, 0);
        tell("store down", send(ask(Method::GET, authorization.as_str(), "")).await);
        tell("sent to consent", send(ask(Method::GET, authorization.as_str(), "")).await);

        let mut browser = stage.browser();
        let consent = browser.begin(&authorization).await;
        store.arm(Failure::Load, 0);
        tell("store down", browser.get(&consent).await);
        tell("page", browser.get(&consent).await);
        tell("other browser", stage.browser().decide(&consent, "allow").await);
        tell("allowed", browser.decide(&consent, "allow").await);
        tell("again", browser.decide(&consent, "allow").await);
        let consent = browser.begin(&protocol.authorization(&stage).await).await;
        tell("denied", browser.decide(&consent, "deny").await);
        let consent = browser.begin(&protocol.authorization(&stage).await).await;
        stage.clock.advance(std::time::Duration::from_secs(600));
        tell("too late", browser.decide(&consent, "allow").await);
    }
    let url = Protocol::OAuth2.authorization(&stage).await.to_string();
    let get = async |url: &str| stage.line.send(Request::get(url).body(Bytes::new()).unwrap()).await;
    answers.push(("bad redirect_uri".into(), get(&url.replace("ready", "elsewhere")).await));
    answers.push(("bad client".into(), get(&url.replace("photo-printer", "nobody")).await));
    answers.push(("error for the application".into(), get(&url.replace("photos", "everything")).await));
    answers.push(("verifier to carry".into(), verifier_page(&stage).await));
    assert_eq!(answers.len(), 2 * (2 * 6 + 9) + 4);
    answers
}

async fn verifier_page(stage: &Stage) -> Response<Bytes> {
    let client = stage.client1();
    let exchange = client.temporary_credentials(oauth1_core::client::Callback::OutOfBand);
    let pending = stage.line.run(exchange).await.unwrap();
    let mut browser = stage.browser();
    let consent = browser.begin(&pending.authorization_url(&client)).await;
    let page = browser.decide(&consent, "allow").await;
    assert_eq!(page.status(), StatusCode::OK);
    // What is shown is what works.
    let verifier = str::from_utf8(page.body()).unwrap();
    stage.line.run(pending.verifier(&client, verifier)).await.unwrap();
    page
}

#[tokio::test]
async fn a09_a10_a12_every_answer_that_reaches_a_browser_keeps_to_itself() {
    for (what, response) in every_answer().await {
        let header = |name: header::HeaderName| {
            let mut values = response.headers().get_all(&name).iter();
            match (values.next(), values.next()) {
                (Some(value), None) => value.to_str().unwrap(),
                other => panic!("{what}: {name} is {other:?}"),
            }
        };
        assert_eq!(header(header::REFERRER_POLICY), "no-referrer", "{what}");
        assert_eq!(header(header::CACHE_CONTROL), "no-store", "{what}");
        assert_eq!(header(header::X_FRAME_OPTIONS), "DENY", "{what}");
        assert_eq!(header(header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{what}");
        assert!(header(header::CONTENT_SECURITY_POLICY).contains("frame-ancestors 'none'"), "{what}");
    }
}

#[tokio::test]
async fn a11_every_redirect_of_a_browser_is_a_303() {
    let mut redirects = 0;
    for (what, response) in every_answer().await {
        let redirected = response.headers().contains_key(header::LOCATION);
        assert_eq!(redirected, response.status() == StatusCode::SEE_OTHER, "{what}");
        assert_eq!(redirected, response.status().is_redirection(), "{what}");
        redirects += usize::from(redirected);
    }
    // To consent, allowed and denied, of both; and an error for the application.
    assert_eq!(redirects, 7);
}

#[tokio::test]
async fn a30_no_endpoint_for_people_lets_another_origin_read() {
    for (what, response) in every_answer().await {
        let cors = response.headers().keys().find(|name| name.as_str().starts_with("access-control-"));
        assert_eq!(cors, None, "{what}");
    }
}

#[tokio::test]
async fn a25_a_browser_that_did_not_begin_cannot_decide() {
    let stage = Stage::new().await;
    for protocol in BOTH {
        let mut victim = stage.browser();
        let mut attacker = stage.browser();
        // Both have a cookie of their own.
        victim.begin(&protocol.authorization(&stage).await).await;
        let consent = attacker.begin(&protocol.authorization(&stage).await).await;
        for mut other in [victim, stage.browser()] {
            assert_eq!(other.get(&consent).await.status(), StatusCode::FORBIDDEN, "{protocol:?}");
            for decision in ["allow", "deny"] {
                let refused = other.decide(&consent, decision).await;
                assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{protocol:?}");
                assert!(!refused.headers().contains_key(header::LOCATION));
            }
        }
        // And nobody was disturbed.
        let decided = attacker.decide(&consent, "allow").await;
        assert_eq!(decided.status(), StatusCode::SEE_OTHER, "{protocol:?}");
    }
}

#[tokio::test]
async fn a32_a_decision_cannot_be_changed_over_a_socket() {
    let stage = Stage::new().await;
    for protocol in BOTH {
        for (first, second) in [("deny", "allow"), ("allow", "allow"), ("allow", "deny")] {
            let mut browser = stage.browser();
            let consent = browser.begin(&protocol.authorization(&stage).await).await;
            let decided = browser.decide(&consent, first).await;
            let told = location(&decided);
            match (protocol, first) {
                (Protocol::OAuth1, "deny") => assert!(told.contains("oauth_problem=permission_denied")),
                (Protocol::OAuth1, _) => assert!(told.contains("oauth_verifier=")),
                (Protocol::OAuth2, "deny") => {
                    assert!(told.contains("error=access_denied") && !told.contains("code="));
                }
                (Protocol::OAuth2, _) => assert!(told.contains("?code=")),
            }
            let again = browser.decide(&consent, second).await;
            assert_eq!(again.status(), StatusCode::BAD_REQUEST, "{protocol:?} {first} {second}");
            assert!(!again.headers().contains_key(header::LOCATION));
        }
    }
}

/// Temporary credentials that were denied bring no token.
#[tokio::test]
async fn a32_after_a_denial_no_token_comes() {
    let stage = Stage::new().await;
    let (client, pending) = (stage.client1(), stage.pending1().await);
    let back = stage.browser().authorize(&pending.authorization_url(&client), "deny").await;
    let denied = pending.callback(&client, &back).unwrap_err();
    assert_eq!(denied, oauth1_core::client::CallbackError::Denied);
    let request = pending.verifier(&client, "guessed").request(stage.moment()).unwrap().request;
    assert_eq!(stage.line.send(request).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_cookie_is_for_this_host_and_for_http_alone() {
    for (tls, name, secure) in
        [(None, "oauth-browser", false), (Some(&["h2"] as &[&str]), "__Host-oauth-browser", true)]
    {
        let stage = Stage::set(Plan { tls, ..Plan::default() }).await;
        for protocol in BOTH {
            let mut browser = stage.browser();
            let first = browser.get(&protocol.authorization(&stage).await).await;
            let cookies: Vec<_> = first.headers().get_all(header::SET_COOKIE).iter().collect();
            let [cookie] = cookies[..] else { panic!("{cookies:?}") };
            let mut parts = cookie.to_str().unwrap().split("; ");
            let (cookie_name, value) = parts.next().unwrap().split_once('=').unwrap();
            assert_eq!((cookie_name, value.len()), (name, 43));
            let mut attributes: Vec<_> = parts.collect();
            attributes.sort_unstable();
            let expected: &[_] = &["HttpOnly", "Path=/", "SameSite=Lax", "Secure"];
            assert_eq!(attributes, if secure { expected } else { &expected[..3] });

            // A browser that comes again keeps who it is, so that several authorizations can wait in it.
            let waiting = location(&first).parse().unwrap();
            browser.begin(&protocol.authorization(&stage).await).await;
            assert_eq!(browser.get(&waiting).await.status(), StatusCode::OK);
        }
    }
}

#[tokio::test]
async fn who_had_the_answer_remembered_is_sent_back_without_a_page() {
    let stage = Stage::new().await;
    let begin = async |browser: &mut Browser| {
        let authorization = Protocol::OAuth2.authorization(&stage).await;
        browser.begin(&authorization).await
    };
    let mut browser = stage.browser();
    browser.log_in();
    let consent = begin(&mut browser).await;
    assert_eq!(browser.get(&consent).await.status(), StatusCode::OK, "the first time there is a page");
    assert_eq!(browser.decide(&consent, "always").await.status(), StatusCode::SEE_OTHER);
    let consent = begin(&mut browser).await;
    let sent_back = browser.get(&consent).await;
    assert!(location(&sent_back).starts_with(CALLBACK) && location(&sent_back).contains("code="));
    // In a browser that nobody has logged in in, somebody is asked.
    let mut other = stage.browser();
    let consent = begin(&mut other).await;
    assert_eq!(other.get(&consent).await.status(), StatusCode::OK);
}
