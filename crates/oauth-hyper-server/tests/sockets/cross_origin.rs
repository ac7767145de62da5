//! Scripts of other origins (RFC 10017, RFC 9449).

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};

use crate::common::Stage;

async fn ask(stage: &Stage, method: &str, path: &str, headers: &[(&str, &str)]) -> Response<Bytes> {
    let url = stage.provider.join(path).unwrap();
    let mut request = Request::builder().method(method).uri(url.as_str());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    stage.line.send(request.body(Bytes::new()).unwrap()).await
}

const OPEN: [(&str, &str); 5] = [
    ("POST", "/oauth2/token"),
    ("POST", "/oauth2/par"),
    ("POST", "/oauth2/revoke"),
    ("POST", "/oauth2/device_authorization"),
    ("GET", "/.well-known/oauth-authorization-server"),
];

#[tokio::test]
async fn s10_a_script_reads_the_answer_with_its_challenge_and_its_nonce() {
    let stage = Stage::new().await;
    for (method, path) in OPEN {
        let answer = ask(&stage, method, path, &[("origin", "https://app.example.com")]).await;
        assert_eq!(answer.headers()["access-control-allow-origin"], "*", "{path}");
        let exposed = answer.headers()["access-control-expose-headers"].to_str().unwrap();
        for name in ["www-authenticate", "dpop-nonce"] {
            assert!(exposed.contains(name), "{path}");
        }
        assert!(!answer.headers().contains_key("access-control-allow-credentials"));
        let same = ask(&stage, method, path, &[]).await;
        assert!(!same.headers().contains_key("access-control-allow-origin"));
        assert_eq!(same.status(), answer.status());
    }
}

#[tokio::test]
async fn s10_a_browser_that_asks_first_is_told_what_it_may_send() {
    let stage = Stage::new().await;
    let first = [("origin", "https://app.example.com"), ("access-control-request-method", "POST")];
    for (method, path) in OPEN {
        let answer = ask(&stage, "OPTIONS", path, &first).await;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT, "{path}");
        let text = |name: &str| answer.headers()[name].to_str().unwrap();
        assert!(text("access-control-allow-methods").contains(method));
        assert_eq!(text("access-control-allow-headers"), "authorization, content-type, dpop");
        assert_eq!(answer.headers()[header::VARY], "origin");
    }
}

#[tokio::test]
async fn s11_nobody_in_particular_is_told_nothing() {
    let stage = Stage::new().await;
    for (method, path) in OPEN {
        let answer = ask(&stage, method, path, &[("origin", "null")]).await;
        assert!(!answer.headers().contains_key("access-control-allow-origin"), "{path}");
        let first = [("origin", "null"), ("access-control-request-method", "POST")];
        let answer = ask(&stage, "OPTIONS", path, &first).await;
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
    }
}

#[tokio::test]
async fn a30_neither_pages_nor_introspection_are_for_scripts_of_others() {
    let stage = Stage::new().await;
    for path in ["/oauth2/authorize", "/oauth2/consent", "/device", "/oauth2/introspect"] {
        for method in ["GET", "POST", "OPTIONS"] {
            let headers = [("origin", "https://app.example.com"), ("access-control-request-method", "POST")];
            let answer = ask(&stage, method, path, &headers).await;
            let told = answer.headers().keys().any(|name| name.as_str().starts_with("access-control-"));
            assert!(!told, "{method} {path}");
        }
    }
}
