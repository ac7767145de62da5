//! What is too much or too slow: each gets its answer or its end, and the next one is served.

use std::time::Duration;

use http::StatusCode;
use oauth_hyper_server::Limits;
use oauth_sansio::Outgoing;
use url::Url;

use crate::common::{Plan, Raw, Stage, form_post};

const SOON: Duration = Duration::from_millis(200);

/// Each endpoint that reads a body, with its address.
fn posts(stage: &Stage) -> [Url; 6] {
    let provider = |path| stage.provider.join(path).unwrap();
    [
        provider("/oauth1/initiate"),
        provider("/oauth1/token"),
        provider("/oauth1/consent"),
        provider("/oauth2/token"),
        provider("/oauth2/consent"),
        stage.api.join("/photos").unwrap(),
    ]
}

fn head(url: &Url, length: &str) -> String {
    let path = url.path();
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n{length}\r\n\r\n"
    )
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_with_and_without_a_declared_length() {
    let stage = Stage::new().await;
    let over = 64 * 1024 + 1;
    for url in posts(&stage) {
        // Not a byte of it is waited for.
        let declared = Raw::ask(&url, head(&url, &format!("content-length: {over}"))).await;
        assert_eq!(declared.status, 413, "{url}: {declared:?}");
        let chunk = format!("{over:x}\r\n{}\r\n0\r\n\r\n", "x".repeat(over));
        let chunked = Raw::ask(&url, head(&url, "transfer-encoding: chunked") + &chunk).await;
        assert_eq!(chunked.status, 413, "{url}: {chunked:?}");
        for answer in [declared, chunked] {
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{url}");
        }
    }
}

#[tokio::test]
async fn a_form_over_the_protocols_own_limit_is_413_in_its_words() {
    let stage = Stage::new().await;
    let url = stage.provider.join("/oauth2/token").unwrap();
    let long = "x".repeat(20 * 1024);
    let response = stage.line.send(form_post(&url, &[("grant_type", &long)])).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(body["error"], "invalid_request");
}

#[tokio::test]
async fn a_body_that_drips_is_408() {
    let limits = Limits { body_timeout: SOON, ..Limits::default() };
    let stage = Stage::set(Plan { limits, ..Plan::default() }).await;
    for url in posts(&stage) {
        let mut socket = Raw::connect(&url).await;
        socket.send(head(&url, "content-length: 100") + "grant_type=").await;
        let answer = socket.answer().await.unwrap();
        assert_eq!(answer.status, 408, "{url}: {answer:?}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_brings_nothing_down() {
    let stage = Stage::new().await;
    for url in posts(&stage) {
        let mut socket = Raw::connect(&url).await;
        socket.send(head(&url, "content-length: 100") + "grant_type=").await;
        drop(socket);
        let mut chunked = Raw::connect(&url).await;
        chunked.send(head(&url, "transfer-encoding: chunked") + "zz\r\n").await;
        assert!(chunked.answer().await.is_none_or(|answer| answer.status == 400));
    }
    assert_eq!(stage.line.send(stage.photo()).await.status(), StatusCode::UNAUTHORIZED);
}

/// Whatever a connection does or leaves undone: without a request it has ended after a while.
#[tokio::test]
async fn a_connection_without_a_request_is_cut() {
    let stage = Stage::set(Plan { server: |server| server.header_timeout(SOON), ..Plan::default() }).await;
    const PREFACE: &str = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let empty_settings = "\0\0\0\u{4}\0\0\0\0\0";
    for begun in [
        "".to_owned(),
        "P".to_owned(),
        "GET /photos HTTP/1.1\r\nhost:".to_owned(),
        PREFACE[..20].to_owned(),
        PREFACE.to_owned(),
        format!("{PREFACE}{empty_settings}"),
    ] {
        let mut socket = Raw::connect(&stage.api).await;
        socket.send(&begun).await;
        socket.ends().await;
    }
}

#[tokio::test]
async fn a_handshake_that_does_not_come_is_cut() {
    let tls: Option<&[&str]> = Some(&["h2", "http/1.1"]);
    let stage =
        Stage::set(Plan { tls, server: |server| server.header_timeout(SOON), ..Plan::default() }).await;
    for begun in ["", "\u{16}\u{3}\u{1}"] {
        let mut socket = Raw::connect(&stage.api).await;
        socket.send(begun).await;
        socket.ends().await;
    }
    // And what is no handshake at all.
    let mut plain = Raw::connect(&stage.api).await;
    plain.send("GET /photos HTTP/1.1\r\nhost: x\r\n\r\n").await;
    plain.ends().await;
    assert_eq!(stage.line.send(stage.photo()).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_head_that_drips_is_cut() {
    let stage = Stage::set(Plan { server: |server| server.header_timeout(SOON), ..Plan::default() }).await;
    let mut socket = Raw::connect(&stage.api).await;
    socket.send("GET /photos HTTP/1.1\r\n").await;
    for _ in 0..100 {
        socket.send("x: y\r\n").await;
        tokio::time::sleep(SOON / 10).await;
    }
    assert!(socket.answer().await.is_none_or(|answer| answer.status == 408));
}

#[tokio::test]
async fn too_many_and_too_long_headers_are_431() {
    let stage = Stage::new().await;
    let header = |name: &str, value: &str| format!("{name}: {value}\r\n");
    let many: String = (0..101).map(|n| header(&format!("x-{n}"), "y")).collect();
    let fits: String = (0..99).map(|n| header(&format!("x-{n}"), "y")).collect();
    let long = header("x", &"y".repeat(64 * 1024));
    for url in [&stage.provider, &stage.api] {
        for (headers, status) in
            [(&many, 431), (&long, 431), (&fits, if url == &stage.api { 401 } else { 404 })]
        {
            let answer = Raw::ask(url, format!("GET /nothing HTTP/1.1\r\nhost: x\r\n{headers}\r\n")).await;
            assert_eq!(answer.status, status, "{answer:?}");
        }
    }
}

#[tokio::test]
async fn too_long_headers_are_refused_over_http_2_as_well() {
    let stage = Stage::set(Plan { tls: Some(&["h2"]), ..Plan::default() }).await;
    let mut request = stage.photo();
    request.headers_mut().insert("x", "y".repeat(64 * 1024).parse().unwrap());
    if let Ok(response) = stage.line.client.send(Outgoing::once(request)).await {
        assert_eq!(response.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    assert_eq!(stage.line.send(stage.photo()).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn connections_over_the_limit_wait_for_their_turn() {
    let stage = Stage::set(Plan { server: |server| server.max_connections(2), ..Plan::default() }).await;
    const ASK: &str = "GET /photos HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut open = [Raw::connect(&stage.api).await, Raw::connect(&stage.api).await];
    for socket in &mut open {
        socket.send(ASK).await;
        assert_eq!(socket.answer().await.unwrap().status, 401);
    }
    let mut third = Raw::connect(&stage.api).await;
    third.send(ASK).await;
    assert!(tokio::time::timeout(SOON, third.answer()).await.is_err(), "the third was served");
    drop(open);
    assert_eq!(third.answer().await.unwrap().status, 401);
}
