//! What is known to be tried on backends, each with its number in `docs/attacks.md`.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use oauth_hyper_client::Client as Http;
use oauth_hyper_client::backend::{Backend, BackendBody, MemorySessions, SessionStore as _};
use oauth_hyper_server::Server;
use oauth_sansio::form;
use serde_json::json;
use tower_service::Service;
use url::Url;

use crate::browser::{Browser, By, location};
use crate::provider::Provider;
use crate::stage::{Plan, Stage, listen};

#[tokio::test]
async fn l24_a_login_is_finished_by_the_browser_that_began_it_and_once() {
    let stage = Stage::new().await;
    let (mut attacker, mut victim) = (stage.browser(), stage.browser());
    let back = attacker.decide("/login", "allow").await;
    // Somebody follows the link, who has begun nothing, or something else.
    assert_eq!(victim.open(By::Other, &back).await.status(), StatusCode::BAD_REQUEST);
    let other = victim.decide("/login", "allow").await;
    let came = victim.open(By::Other, &back).await;
    assert_eq!(
        (came.status(), came.headers().contains_key(header::SET_COOKIE)),
        (StatusCode::BAD_REQUEST, false)
    );
    assert_eq!(victim.json("/session").await, json!({ "active": false }));
    // Nor who has a cookie for it that is not the one.
    let parameter =
        |url: &Url, name: &str| url.query_pairs().find(|(other, _)| other == name).unwrap().1.into_owned();
    let state = parameter(&back, "state");
    victim.plant(&format!("__Host-backend-login.{}", &state[..8]), &"A".repeat(43));
    assert_eq!(victim.open(By::Other, &back).await.status(), StatusCode::BAD_REQUEST);
    // A code of the one in the login of the other, which is over then.
    let mut mixed = other.clone();
    let (own, foreign) = (parameter(&other, "code"), parameter(&back, "code"));
    mixed.set_query(Some(&other.query().unwrap().replace(&own, &foreign)));
    assert_eq!(victim.open(By::Other, &mixed).await.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(victim.open(By::Other, &other).await.status(), StatusCode::BAD_REQUEST);
    // Nothing of it has used up what the first one began; and what is finished is finished.
    assert_eq!(attacker.open(By::Other, &back).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(attacker.open(By::Other, &back).await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn l24_of_many_who_bring_the_same_answer_at_once_one_is_logged_in() {
    let stage = Stage::new().await;
    let mut browser = stage.browser();
    let back = browser.decide("/login", "allow").await;
    let tries: Vec<_> = (0..16)
        .map(|_| {
            let (mut browser, back) = (browser.clone(), back.clone());
            tokio::spawn(async move { browser.open(By::Other, &back).await.status() })
        })
        .collect();
    let mut finished = 0;
    for one in tries {
        finished += usize::from(one.await.unwrap() == StatusCode::SEE_OTHER);
    }
    assert_eq!(finished, 1);
}

#[tokio::test]
async fn l28_the_cookie_is_guarded_and_only_its_digest_is_stored() {
    let stage = Stage::new().await;
    let mut browser = stage.browser();
    let came = browser.log_in("/").await;
    let lines: Vec<_> =
        came.headers().get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap()).collect();
    let handle = browser.cookie("__Host-backend-session").unwrap();
    assert_eq!(handle.len(), 43, "256 bits in base64url");
    assert_eq!(
        lines[0],
        format!("__Host-backend-session={handle}; Path=/; HttpOnly; Secure; SameSite=Strict")
    );
    assert!(lines[1].starts_with("__Host-backend-login.") && lines[1].ends_with("; SameSite=Lax; Max-Age=0"));
    assert!(stage.sessions.find(stage.key(handle)).await.unwrap().is_some());
    assert!(!format!("{:?}", stage.sessions).contains(handle));
}

#[tokio::test]
async fn l28_a_handle_that_was_planted_is_never_logged_in() {
    let stage = Stage::new().await;
    let attacker = stage.logged_in().await;
    let known = attacker.cookie("__Host-backend-session").unwrap().to_owned();
    for planted in [known.as_str(), "A".repeat(43).as_str()] {
        let mut victim = stage.browser();
        victim.plant("__Host-backend-session", planted);
        victim.log_in("/").await;
        assert_ne!(victim.cookie("__Host-backend-session"), Some(planted));
        // The session that it replaces is over.
        assert!(stage.sessions.find(stage.key(planted)).await.unwrap().is_none());
        assert!(stage.tokens_of(planted).await.is_none());
        assert_eq!(victim.json("/api/photos/7").await["owner"], "ann");
    }
}

#[tokio::test]
async fn l28_a_request_that_our_own_page_did_not_send_reaches_no_api_and_ends_no_session() {
    let stage = Stage::new().await;
    let mut browser = stage.logged_in().await;
    let own = stage.app.as_str().trim_end_matches('/');
    let csrf = ("x-csrf", "1");
    for headers in [
        &[] as &[_],
        &[("origin", own)],
        &[("x-other", "1")],
        &[csrf, ("origin", "https://evil.example")],
        &[csrf, ("origin", "null")],
        &[csrf, ("origin", &format!("{own}.evil.example"))],
        &[csrf, ("sec-fetch-site", "cross-site")],
        &[csrf, ("sec-fetch-site", "same-site"), ("origin", own)],
    ] {
        for (method, path) in [
            (Method::GET, "/api/photos/7"),
            (Method::POST, "/api/photos/7"),
            (Method::POST, "/logout"),
            (Method::GET, "/session"),
        ] {
            let refused = browser.ask(method, path, headers, "").await;
            assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{path} {headers:?}");
        }
    }
    // What a browser asks first gets no permission.
    let preflight = [
        ("origin", "https://evil.example"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "x-csrf"),
    ];
    let refused = browser.ask(Method::OPTIONS, "/api/photos/7", &preflight, "").await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(!refused.headers().keys().any(|name| name.as_str().starts_with("access-control-")));
    // A link or a form of another site brings no cookie.
    let logout = stage.app.join("/logout").unwrap();
    assert_eq!(browser.open(By::Other, &logout).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(stage.api.targets(), [""; 0]);
    assert_eq!(
        browser
            .ask(Method::GET, "/session", &[csrf, ("origin", own), ("sec-fetch-site", "same-origin")], "")
            .await
            .status(),
        200
    );
    assert_eq!(browser.json("/session").await["active"], true);
    // Nor is a session ended by looking at the address.
    assert_eq!(browser.script(Method::GET, "/logout", "").await.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(browser.json("/session").await["active"], true);
}

#[tokio::test]
async fn l28_the_api_sees_no_cookie_and_the_page_nothing_that_only_the_backend_may_say() {
    let stage = Stage::new().await;
    let mut browser = stage.logged_in().await;
    let forged = [
        ("x-csrf", "1"),
        ("authorization", "Bearer mine"),
        ("x-forwarded-for", "127.0.0.1"),
        ("dpop", "mine"),
        ("accept", "text/plain"),
    ];
    let answer = browser.ask(Method::GET, "/api/photos/leaky", &forged, "").await;
    let token = stage.tokens(&browser).await.unwrap().tokens.access_token;
    assert_eq!(stage.api.headers("authorization"), [format!("Bearer {}", token.expose())]);
    assert_eq!(stage.api.headers("accept"), ["text/plain"]);
    for name in ["cookie", "x-csrf", "x-forwarded-for", "dpop", "origin", "referer"] {
        assert_eq!(stage.api.headers(name), [""], "{name}");
    }
    assert_eq!((answer.status(), &answer.body()[..]), (StatusCode::OK, &b"leaky"[..]));
    assert_eq!(
        (&answer.headers()["cache-control"], &answer.headers()["etag"]),
        (&"no-store".parse().unwrap(), &"\"1\"".parse().unwrap())
    );
    for name in ["set-cookie", "authorization", "access-control-allow-origin", "www-authenticate"] {
        assert!(!answer.headers().contains_key(name), "{name}");
    }
    // An API that refuses every token is not believed to want a password of the person.
    let refused = browser.script(Method::GET, "/api/photos/refused", "").await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(refused.headers()["www-authenticate"], "Cookie");
}

#[tokio::test]
async fn l28_a_token_goes_to_the_listed_api_alone_whatever_the_page_asks_for() {
    let stage = Stage::new().await;
    let mut browser = stage.logged_in().await;
    for path in [
        "/api/photos/../admin",
        "/api/photos/%2e%2e/admin",
        "/api/photos/..%2fadmin",
        "/api/photos/..%5cadmin",
        "/api/photos/..;/admin",
        "/api/photos.evil.example/",
        "/api/photosx",
        "/api/other",
        "/api",
        "/api/photos@evil.example/",
    ] {
        let refused = browser.script(Method::GET, path, "").await;
        assert_eq!(refused.status(), StatusCode::NOT_FOUND, "{path}");
    }
    assert!(stage.backend.serves("/api/photos/7") && !stage.backend.serves("/api/photosx"));
    // The one method that would show the page what it must not see.
    let traced = browser.script(Method::TRACE, "/api/photos/7", "").await;
    assert_eq!(traced.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(stage.api.targets(), [""; 0]);
    // And where the API says that it is elsewhere, neither backend nor page goes there.
    let moved = browser.script(Method::GET, "/api/photos/moved", "").await;
    assert_eq!(
        (moved.status(), moved.headers().contains_key(header::LOCATION)),
        (StatusCode::TEMPORARY_REDIRECT, false)
    );
    assert_eq!(stage.api.targets(), ["/v1/moved"]);
}

#[tokio::test]
async fn l29_nobody_is_sent_elsewhere_by_a_login() {
    let stage = Stage::new().await;
    let mut browser = stage.browser();
    for elsewhere in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "/%5cevil.example",
        "/%2f/evil.example",
        "/.//evil.example",
        "/\r\nset-cookie: x=y",
        "\t//evil.example",
        "evil",
        // Round and round.
        "/login",
        "/callback",
        "/x/../login",
        "/api/photos/7",
    ] {
        let login = stage.app.join(&format!("/login?{}", form::encode([("return_to", elsewhere)]))).unwrap();
        let refused = browser.open(By::Own, &login).await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{elsewhere:?}");
        assert!(!refused.headers().contains_key(header::LOCATION) && browser.cookies().is_empty());
    }
    let twice = stage.app.join("/login?return_to=/a&return_to=//evil.example").unwrap();
    assert_eq!(browser.open(By::Own, &twice).await.status(), StatusCode::BAD_REQUEST);
    // What is asked for at the callback does not count.
    let mut back = browser.decide("/login?return_to=/here", "allow").await;
    back.query_pairs_mut().append_pair("return_to", "//evil.example");
    assert_eq!(location(&browser.open(By::Other, &back).await).as_str(), format!("{}here", stage.app));
}

#[tokio::test]
async fn l30_no_page_that_follows_learns_the_code() {
    let stage = Stage::new().await;
    let mut browser = stage.browser();
    let away = browser.open(By::Own, &stage.app.join("/login?return_to=/photos").unwrap()).await;
    let back = browser.decide("/login?return_to=/photos", "allow").await;
    let came = browser.open(By::Other, &back).await;
    assert_eq!(location(&came).as_str(), format!("{}photos", stage.app));
    let again = browser.open(By::Other, &back).await;
    assert!(!String::from_utf8_lossy(again.body()).contains("code"));
    for answer in [away, came, again] {
        assert_eq!(answer.headers()[header::REFERRER_POLICY], "no-referrer");
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
        assert!(matches!(answer.status(), StatusCode::SEE_OTHER | StatusCode::BAD_REQUEST));
    }
}

#[tokio::test]
async fn l23_two_backends_at_one_origin_take_no_answer_of_the_other_provider() {
    let stage = Stage::new().await;
    // The same store, the same origin, another provider with a redirect URI of its own.
    let (socket, app) = listen("http").await;
    let (here, there) = (app.join("/here/callback").unwrap(), app.join("/there/callback").unwrap());
    let honest = Provider::open(&stage.clock, &[here.as_str()], false).await;
    let attacker = Provider::open(&stage.clock, &[there.as_str()], false).await;
    let sessions = Arc::new(MemorySessions::default());
    let http = Http::new().clock(stage.clock.clone());
    let backend = async |provider: &Provider, base: &str, callback: &Url| {
        let client = provider.client(callback.as_str(), |_| {}).await;
        let backend = Backend::new(http.clone(), client).unwrap().at(base).unwrap();
        backend.asking(|request| request.scope("photos")).sessions(sessions.clone())
    };
    let both = (backend(&honest, "/here", &here).await, backend(&attacker, "/there", &there).await);
    tokio::spawn(Server::new(socket).serve(Both(both.0, both.1), std::future::pending()));

    let mut browser = Browser::new(http, app.clone());
    // The code of the honest provider at the callback of the other, with each state.
    let honest_back = browser.decide("/here/login", "allow").await;
    let mut attacked = there.clone();
    attacked.set_query(honest_back.query());
    assert_eq!(browser.open(By::Other, &attacked).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(browser.open(By::Other, &honest_back).await.status(), StatusCode::SEE_OTHER);
    let other_back = browser.decide("/there/login", "allow").await;
    assert_eq!(browser.open(By::Other, &other_back).await.status(), StatusCode::SEE_OTHER);
    // Each has a session of its own, and neither takes that of the other.
    assert_eq!(browser.cookies(), ["backend-session-here", "backend-session-there"]);
    let (mine, theirs) =
        (browser.cookie("backend-session-here").unwrap(), browser.cookie("backend-session-there").unwrap());
    assert_ne!(mine, theirs);
    let mut crossed = Browser::new(Http::new(), app);
    crossed.plant("backend-session-there", mine);
    assert_eq!(crossed.json("/there/session").await, json!({ "active": false }));
}

/// Two backends at one origin.
#[derive(Clone)]
struct Both(Backend, Backend);

impl Service<Request<Incoming>> for Both {
    type Response = Response<BackendBody>;
    type Error = Infallible;
    type Future = <Backend as Service<Request<Incoming>>>::Future;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        if self.0.serves(request.uri().path()) { self.0.call(request) } else { self.1.call(request) }
    }
}

#[tokio::test]
async fn l28_logins_and_sessions_are_never_too_many() {
    let stage = Stage::set(Plan { capacity: 3, ..Plan::default() }).await;
    let mut first = stage.logged_in().await;
    let mut waiting = stage.browser();
    let back = waiting.decide("/login", "allow").await;
    let login = stage.app.join("/login").unwrap();
    for _ in 0..5 {
        stage.logged_in().await;
        stage.pass(1);
        stage.browser().open(By::Own, &login).await;
    }
    assert_eq!(format!("{:?}", stage.sessions), "MemorySessions { logins: 3, sessions: 3 }");
    assert_eq!(waiting.open(By::Other, &back).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(first.json("/session").await, json!({ "active": false }));
}
