//! What passes through a backend is bounded, and an answer passes as it comes.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use http_body_util::BodyExt as _;
use oauth_hyper_client::Resource;
use oauth_hyper_client::backend::{BackendBody, Upstream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::oneshot;
use url::Url;

use crate::stage::{Stage, listen};

/// An API that answers once with these bytes, and with the others when it is told to.
async fn raw(first: &'static str, rest: &'static str) -> (Url, oneshot::Sender<()>) {
    let (listener, url) = listen("http").await;
    let (go_on, told) = oneshot::channel();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(socket.read_u8().await.unwrap());
        }
        socket.write_all(first.as_bytes()).await.unwrap();
        let _ = told.await;
        // Whoever asked may have gone.
        let _ = socket.write_all(rest.as_bytes()).await;
    });
    (url, go_on)
}

/// Asks that API, with the token of a session; answers of up to 16 bytes pass.
async fn ask(api: &Url) -> Response<BackendBody> {
    let upstream = Upstream::new("/api/raw", Resource::new(api.as_str()).unwrap()).unwrap();
    let stage = Stage::changed(|backend| backend.upstream(upstream.max_answer_bytes(16))).await;
    let browser = stage.logged_in().await;
    stage.straight(&browser, Method::GET, "/api/raw/x").await
}

async fn piece(answer: &mut Response<BackendBody>) -> Bytes {
    answer.body_mut().frame().await.unwrap().unwrap().into_data().unwrap()
}

#[tokio::test]
async fn an_answer_is_passed_on_before_it_is_complete() {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n";
    let (api, go_on) = raw(head, "4\r\nlast\r\n0\r\n\r\n").await;
    let mut answer = ask(&api).await;
    assert_eq!(piece(&mut answer).await, "first");
    go_on.send(()).unwrap();
    assert_eq!(piece(&mut answer).await, "last");
    assert!(answer.body_mut().frame().await.is_none());
}

#[tokio::test]
async fn l28_an_answer_that_is_too_long_breaks_off_and_one_that_says_so_is_none() {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n";
    let (api, go_on) = raw(head, "c\r\nlonger still\r\n0\r\n\r\n").await;
    let mut answer = ask(&api).await;
    assert_eq!(piece(&mut answer).await, "first");
    go_on.send(()).unwrap();
    assert!(answer.body_mut().frame().await.unwrap().is_err());

    let (api, _) = raw("HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\n", "").await;
    assert_eq!(ask(&api).await.status(), StatusCode::BAD_GATEWAY);
}

#[tokio::test]
async fn an_api_that_is_gone_or_speaks_another_protocol_is_a_bad_gateway() {
    let (api, go_on) = raw("", "").await;
    go_on.send(()).unwrap();
    assert_eq!(ask(&api).await.status(), StatusCode::BAD_GATEWAY);
    let switch = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n";
    let (api, _go_on) = raw(switch, "").await;
    assert_eq!(ask(&api).await.status(), StatusCode::BAD_GATEWAY);
}

#[tokio::test]
async fn l28_a_body_that_is_too_long_is_not_read() {
    let upstream = |api: &Url| Upstream::new("/api/small", Resource::new(api.as_str()).unwrap()).unwrap();
    let (api, _) = raw("", "").await;
    let stage = Stage::changed(move |backend| backend.upstream(upstream(&api).max_request_bytes(8))).await;
    let mut browser = stage.logged_in().await;
    let refused = browser.script(Method::POST, "/api/small/x", "nine byte").await;
    assert_eq!(
        (refused.status(), &refused.body()[..]),
        (StatusCode::PAYLOAD_TOO_LARGE, &br#"{"error":"body"}"#[..])
    );
    assert_eq!(browser.script(Method::POST, "/api/photos/x", "nine byte").await.status(), StatusCode::OK);
}
