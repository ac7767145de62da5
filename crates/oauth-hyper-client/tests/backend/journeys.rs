//! The whole way: there, back, to the API and out again.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use http::{Method, StatusCode, header};
use oauth_hyper_client::backend::{Backend, BackendError, Session, Upstream, Whoami};
use oauth_hyper_client::{Client as Http, Error, Resource, TokenStore as _};
use oauth_sansio::Secret;
use oauth2_core::client::{ClientAuthentication, Config, Server, SignedMode, Tokens};
use oauth2_core::metadata::Transport;
use serde_json::{Value, json};

use crate::browser::By;
use crate::provider::SECRET;
use crate::stage::{Plan, Stage, ask};

#[tokio::test]
async fn l28_a_page_logs_in_uses_an_api_and_logs_out_and_never_sees_a_token() {
    let stage = Stage::new().await;
    let mut browser = stage.browser();
    assert_eq!(browser.json("/session").await, json!({ "active": false }));
    assert_eq!(browser.script(Method::GET, "/api/photos/7", "").await.status(), StatusCode::UNAUTHORIZED);
    let came = browser.log_in("/photos?album=7#top").await;
    assert_eq!(came.headers()[header::LOCATION], format!("{}photos?album=7#top", stage.app));
    assert_eq!(
        browser.json("/session").await,
        json!({ "active": true, "expires_in": 3600, "person": { "may": "photos" } })
    );
    let photo = browser.json("/api/photos/7?size=large").await;
    assert_eq!((&photo["owner"], &photo["method"]), (&json!("ann"), &json!("GET")));
    let kept = browser.script(Method::PUT, "/api/photos/8", "a photo").await;
    assert_eq!(serde_json::from_slice::<Value>(kept.body()).unwrap()["body"], "a photo");
    assert_eq!(stage.api.targets(), ["/v1/7?size=large", "/v1/8"]);

    let kept = stage.tokens(&browser).await.unwrap();
    let refresh = kept.tokens.refresh_token.clone().unwrap();
    for secret in [kept.tokens.access_token.expose(), refresh.expose(), SECRET] {
        assert!(!browser.heard.contains(secret));
    }
    assert_eq!(
        stage.api.headers("authorization")[0],
        format!("Bearer {}", kept.tokens.access_token.expose())
    );

    let before = browser.clone();
    assert_eq!(browser.script(Method::POST, "/logout", "").await.status(), StatusCode::NO_CONTENT);
    assert!(browser.cookies().is_empty());
    // Nothing is left of it: not for who kept the cookie, and not at the provider.
    let mut before = before;
    assert_eq!(before.json("/session").await, json!({ "active": false }));
    let refused = before.script(Method::GET, "/api/photos/7", "").await;
    assert_eq!(
        (refused.status(), &refused.body()[..]),
        (StatusCode::UNAUTHORIZED, br#"{"error":"login_required"}"#.as_slice())
    );
    assert!(stage.tokens(&before).await.is_none());
    let error = stage.http.run(stage.client.refresh(&refresh)).await.unwrap_err();
    assert!(matches!(error, Error::Exchange(error) if error.is_dead_grant()));
    // And to log out once more is nothing to complain about.
    assert_eq!(before.script(Method::POST, "/logout", "").await.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn tokens_are_renewed_and_the_page_does_not_notice() {
    let stage = Stage::new().await;
    let mut browser = stage.logged_in().await;
    browser.json("/api/photos/7").await;
    stage.pass(700);
    browser.json("/api/photos/7").await;
    let brought = stage.api.headers("authorization");
    assert!(brought.len() == 2 && brought[0] != brought[1]);
}

#[tokio::test]
async fn a_backend_pushes_requests_and_proves_its_key_with_the_nonces_of_both_sides() {
    let stage = Stage::set(Plan { bound: true, ..Plan::default() }).await;
    let mut browser = stage.logged_in().await;
    for _ in 0..2 {
        assert_eq!(browser.json("/api/photos/7").await["owner"], "ann");
    }
    // The first was told a nonce; the second had it.
    let brought = stage.api.headers("authorization");
    assert!(brought.len() == 3 && brought.iter().all(|value| value.starts_with("DPoP ")));
    stage.pass(700);
    assert_eq!(browser.json("/api/photos/7").await["owner"], "ann");
    assert!(!browser.heard.to_lowercase().contains("dpop"));
}

#[tokio::test]
async fn a_backend_reads_answers_that_are_signed() {
    let stage = Stage::set(Plan { bound: true, ..Plan::default() }).await;
    let mut browser = stage.browser();
    let back = browser.decide("/login", "allow").await;
    assert!(back.query().unwrap().starts_with("response=ey"), "{back}");
    // What somebody has changed is no answer, and ends the login.
    let mut other = browser.decide("/login", "allow").await;
    let (signed, _) = other.query().unwrap().rsplit_once('.').unwrap();
    let forged = format!("{signed}.{}", "A".repeat(86));
    other.set_query(Some(&forged));
    assert_eq!(browser.open(By::Other, &other).await.status(), StatusCode::BAD_REQUEST);
    // One for another browser is none here.
    assert_eq!(stage.browser().open(By::Other, &back).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(browser.open(By::Other, &back).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(browser.json("/api/photos/7").await["owner"], "ann");
}

#[tokio::test]
async fn a_session_lasts_while_it_is_used_and_not_for_ever() {
    let (idle, absolute) = (Duration::from_secs(1600), Duration::from_secs(5000));
    let stage = Stage::changed(move |backend| backend.lifetimes(idle, absolute)).await;
    let mut browser = stage.logged_in().await;
    let mut idle = browser.clone();
    for _ in 0..4 {
        stage.pass(1200);
        browser.json("/api/photos/7").await;
        // To ask whether it lasts prolongs nothing.
        browser.json("/session").await;
    }
    assert_eq!(browser.json("/session").await["expires_in"], 200);
    stage.pass(200);
    assert_eq!(browser.json("/session").await, json!({ "active": false }));

    idle.log_in("/").await;
    stage.pass(1599);
    assert_eq!(idle.json("/session").await["expires_in"], 1);
    stage.pass(1);
    assert_eq!(idle.json("/session").await, json!({ "active": false }));
    assert_eq!(idle.script(Method::GET, "/api/photos/7", "").await.status(), StatusCode::UNAUTHORIZED);
    assert!(stage.tokens(&idle).await.is_none(), "tokens go with their session");
}

#[tokio::test]
async fn a_session_ends_with_its_grant() {
    let stage = Stage::new().await;
    let mut browser = stage.logged_in().await;
    let kept = stage.tokens(&browser).await.unwrap();
    let revocation = stage.client.revoke(kept.tokens.refresh_token.as_ref().unwrap()).unwrap();
    stage.http.run(revocation).await.unwrap();
    assert_eq!(browser.json("/session").await["active"], true, "nobody knows yet");
    let refused = browser.script(Method::GET, "/api/photos/7", "").await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(refused.headers()[header::WWW_AUTHENTICATE], "Cookie");
    assert_eq!(browser.json("/session").await, json!({ "active": false }));
}

#[tokio::test]
async fn who_is_refused_is_told_and_has_no_session() {
    let stage = Stage::new().await;
    let mut browser = stage.browser();
    let back = browser.decide("/login", "deny").await;
    let came = browser.open(By::Other, &back).await;
    assert_eq!(came.status(), StatusCode::FORBIDDEN);
    assert!(String::from_utf8_lossy(came.body()).contains("Access was not granted."));
    assert_eq!(browser.json("/session").await, json!({ "active": false }));
    // A code that is none is the provider's to refuse; its words are no page.
    let mut forged = browser.decide("/login", "allow").await;
    let query = forged.query().unwrap().replace("code=", "code=x");
    forged.set_query(Some(&query));
    let came = browser.open(By::Other, &forged).await;
    assert_eq!(
        (came.status(), came.headers().contains_key(header::LOCATION)),
        (StatusCode::BAD_GATEWAY, false)
    );
    assert!(browser.cookie("__Host-backend-session").is_none());
}

#[tokio::test]
async fn a_person_whom_the_application_does_not_know_does_not_get_in() {
    /// Knows nobody, and remembers the refresh tokens.
    #[derive(Default)]
    struct Nobody(Mutex<Vec<Secret>>);
    #[async_trait]
    impl Whoami for Nobody {
        async fn whoami(&self, tokens: &Tokens) -> Option<Value> {
            self.0.lock().unwrap().extend(tokens.refresh_token.clone());
            None
        }
    }
    let nobody = Arc::new(Nobody::default());
    let whoami = nobody.clone();
    let stage = Stage::changed(|backend| backend.whoami(whoami)).await;
    let mut browser = stage.browser();
    let back = browser.decide("/login", "allow").await;
    assert_eq!(browser.open(By::Other, &back).await.status(), StatusCode::FORBIDDEN);
    let granted = nobody.0.lock().unwrap()[0].clone();
    let error = stage.http.run(stage.client.refresh(&granted)).await.unwrap_err();
    assert!(matches!(error, Error::Exchange(error) if error.is_dead_grant()), "nobody has its tokens");
    assert!(browser.cookie("__Host-backend-session").is_none());
}

#[tokio::test]
async fn logins_in_two_tabs_of_one_browser_are_both_finished() {
    let stage = Stage::new().await;
    let mut browser = stage.browser();
    let first = browser.decide("/login?return_to=/first", "allow").await;
    let second = browser.decide("/login?return_to=/second", "allow").await;
    assert_eq!(browser.cookies().len(), 2);
    for (back, place) in [(first, "first"), (second, "second")] {
        let came = browser.open(By::Other, &back).await;
        assert_eq!(came.headers()[header::LOCATION], format!("{}{place}", stage.app));
    }
    assert_eq!(browser.cookies(), ["__Host-backend-session"]);
}

#[tokio::test]
async fn a_client_that_cannot_have_a_backend_is_refused() {
    let stage = Stage::new().await;
    let refused = async |callback: &str, change: fn(&mut Config)| {
        let client = stage.provider.client(callback, change).await;
        Backend::new(Http::new(), client).unwrap_err()
    };
    let callback = "https://app.example/callback";
    let public = refused(callback, |config| config.authentication = ClientAuthentication::None).await;
    assert_eq!(public, BackendError::PublicClient);
    let signed = refused(callback, |config| {
        let token = "https://as.example/token";
        let server = Server::new("https://as.example", None, token, Transport::Https).unwrap();
        *config = Config { server, signed_answers: Some(SignedMode::FormPost), ..config.clone() };
    });
    assert_eq!(signed.await, BackendError::SignedAnswers);
    assert_eq!(refused(callback, |config| config.redirect_uri = None).await, BackendError::RedirectUri);
    assert_eq!(refused("com.example.app:/callback", |_| {}).await, BackendError::RedirectUri);
    for path in ["", "/", "api", "/api/", "/a//b", "/a/../b", "/a%2f", "/a?b"] {
        let resource = Resource::new("https://photos.example").unwrap();
        assert_eq!(Upstream::new(path, resource).unwrap_err(), BackendError::Path, "{path}");
        assert_eq!(stage.backend.clone().at(path).unwrap_err(), BackendError::Path, "{path}");
    }
}

#[tokio::test]
async fn two_processes_with_one_store_serve_one_session() {
    let stage = Stage::new().await;
    let mut browser = stage.logged_in().await;
    browser.json("/api/photos/7").await;
    let other = Backend::new(Http::new().clock(stage.clock.clone()), stage.client.clone()).unwrap();
    let photos = Upstream::new("/api/photos", Resource::new(stage.api.url.as_str()).unwrap()).unwrap();
    let other = other.upstream(photos).sessions(Arc::new(stage.sessions.clone()));
    // What the one has renewed, the other uses.
    stage.pass(700);
    let answer = ask(&other, &browser, Method::GET, "/api/photos/7").await;
    assert_eq!(answer.status(), StatusCode::OK);
    browser.json("/api/photos/7").await;
    let brought = stage.api.headers("authorization");
    assert!(brought[0] != brought[1] && brought[1] == brought[2]);
    let before = browser.clone();
    assert_eq!(browser.script(Method::POST, "/logout", "").await.status(), StatusCode::NO_CONTENT);
    let refused = ask(&other, &before, Method::GET, "/api/photos/7").await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn who_waits_for_a_renewal_when_the_session_ends_gets_no_token() {
    let stage = Stage::new().await;
    let browser = stage.logged_in().await;
    stage.pass(700);
    let name = Session::tokens_name(&stage.key(browser.cookie("__Host-backend-session").unwrap()));
    let locked = stage.sessions.lock(&name).await.unwrap();
    let let_go = async {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        drop(locked);
    };
    let logout = stage.straight(&browser, Method::POST, "/logout");
    let photo = stage.straight(&browser, Method::GET, "/api/photos/7");
    // In this order they stand in line.
    let (out, photo, ()) = tokio::join!(logout, photo, let_go);
    assert_eq!((out.status(), photo.status()), (StatusCode::NO_CONTENT, StatusCode::UNAUTHORIZED));
    assert_eq!(stage.api.targets(), [""; 0]);
}
