//! Requests to nowhere, by the wrong method, or of bytes that are no text: each gets the standard's answer.

use bytes::Bytes;
use http::{Request, StatusCode, header};

use crate::common::{Raw, Stage};

#[tokio::test]
async fn an_unknown_path_is_404_and_a_wrong_method_405() {
    let stage = Stage::new().await;
    let ask = async |method: &str, path: &str| {
        let url = stage.provider.join(path).unwrap();
        let request = Request::builder().method(method).uri(url.as_str()).body(Bytes::new()).unwrap();
        stage.line.send(request).await
    };
    for path in [
        "/",
        "/oauth2",
        "/oauth2/token/",
        "/oauth2//token",
        "/OAuth2/token",
        "/oauth2/token%2f",
        "/favicon.ico",
    ] {
        for method in ["GET", "POST", "OPTIONS"] {
            let response = ask(method, path).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{method} {path}");
            assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        }
    }
    for (path, allowed) in [
        ("/oauth1/initiate", "POST"),
        ("/oauth1/authorize", "GET"),
        ("/oauth1/consent", "GET, POST"),
        ("/oauth1/token", "POST"),
        ("/oauth2/authorize", "GET, POST"),
        ("/oauth2/consent", "GET, POST"),
        ("/oauth2/token", "POST"),
        ("/.well-known/oauth-authorization-server", "GET, HEAD"),
    ] {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
            if allowed.split(", ").any(|one| one == method) {
                continue;
            }
            let response = ask(method, path).await;
            assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            assert_eq!(response.headers()[header::ALLOW], allowed, "{method} {path}");
        }
    }
}

/// `\u{ff}` stands for the one byte 0xFF, which is no UTF-8.
fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}

#[tokio::test]
async fn broken_utf8_in_headers_query_and_body_is_the_standards_error() {
    let stage = Stage::new().await;
    let (form, broken) = ("content-type: application/x-www-form-urlencoded\r\n", "a=\u{ff}%ff");
    let post = |path: &str, headers: &str, body: &str| {
        let length = body.chars().count();
        format!("POST {path} HTTP/1.1\r\nhost: x\r\n{headers}content-length: {length}\r\n\r\n{body}")
    };
    let get = |path: &str, headers: &str| format!("GET {path} HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
    let (provider, api) = (&stage.provider, &stage.api);
    for (url, request, status, error) in [
        (api, get("/photos", "authorization: Bearer \u{ff}\r\n"), 400, "invalid_request"),
        (api, get("/photos", "authorization: OAuth \u{ff}\r\n"), 400, ""),
        (api, get("/photos", "authorization: OAuth oauth_token=\"%ff\"\r\n"), 400, ""),
        (api, get("/photos", "authorization: \u{ff}\u{ff}\r\n"), 401, ""),
        (api, get("/photos?a=%ff&%zz=%", "cookie: \u{ff}\r\ncontent-type: \u{ff}\r\n"), 401, ""),
        (api, get("/photos?oauth_signature=%ff&oauth_token=%ff", ""), 400, ""),
        (api, post("/photos", form, broken), 401, ""),
        (provider, post("/oauth2/token", form, broken), 400, "invalid_request"),
        (provider, post("/oauth2/token", "content-type: \u{ff}\r\n", "a=b"), 400, "invalid_request"),
        (
            provider,
            post(
                "/oauth2/token",
                &format!("{form}authorization: Basic \u{ff}\r\n"),
                "grant_type=client_credentials",
            ),
            401,
            "invalid_client",
        ),
        (provider, post("/oauth2/token?%ff=%ff", form, "a=b"), 400, "invalid_request"),
        (provider, get("/oauth2/authorize?client_id=%ff", ""), 400, "invalid_request"),
        (
            provider,
            get("/oauth2/consent?handle=x", "cookie: oauth-browser=\u{ff}\r\n"),
            403,
            "invalid_request",
        ),
        (provider, get("/oauth1/authorize?oauth_token=%ff", ""), 400, ""),
        (provider, get("/oauth1/consent?handle=%ff", "cookie: \u{ff}=\u{ff}\r\n"), 400, ""),
        (provider, post("/oauth1/initiate", "authorization: OAuth \u{ff}\r\n", ""), 400, ""),
        (provider, post("/oauth1/token", form, broken), 400, ""),
    ] {
        let mut socket = Raw::connect(url).await;
        // Twice: the connection outlives it.
        for _ in 0..2 {
            socket.send(latin1(&request)).await;
            let answer = socket.answer().await.unwrap();
            assert_eq!(answer.status, status, "{request}: {answer:?}");
            let told = format!("{}{:?}", answer.body, answer.header("www-authenticate"));
            assert!(told.contains(error), "{request}: {told}");
        }
    }
    // In the request line itself it is no HTTP; the answer is one all the same.
    for request in [get("/oauth2/authorize?client_id=\u{ff}", ""), get("/\u{ff}", "")] {
        let answer = Raw::ask(provider, latin1(&request)).await;
        assert!(matches!(answer.status, 400 | 404), "{answer:?}");
    }
}
