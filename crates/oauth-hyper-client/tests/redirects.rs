//! A server that answers a request with credentials by pointing elsewhere: nothing goes there.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, StatusCode, Uri};
use oauth_clock::{Clock as _, ManualClock, SystemClock};
use oauth_hyper_client::{Client, Error};
use oauth_sansio::{Outgoing, Timestamp};
use oauth1_core::client as core1;
use oauth1_core::signature::{HmacSha1, Key, Limits, Origin, Received};
use oauth2_core::client as core2;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use url::Url;

const REDIRECTS: [StatusCode; 5] = [
    StatusCode::MOVED_PERMANENTLY,
    StatusCode::FOUND,
    StatusCode::SEE_OTHER,
    StatusCode::TEMPORARY_REDIRECT,
    StatusCode::PERMANENT_REDIRECT,
];

/// A server that keeps the heads it is sent.
struct Server {
    url: Url,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// One that answers all with this status and location.
    async fn open(status: StatusCode, location: &str) -> Self {
        let answer = head(status, &format!("location: {location}\r\n"));
        Self::answering(move |_| answer.clone()).await
    }

    /// One that answers each request by its head.
    async fn answering(answer: impl Fn(&str) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let kept = heads.clone();
        tokio::spawn(async move {
            loop {
                let (mut socket, _) = listener.accept().await.unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    match socket.read_u8().await {
                        Ok(byte) => head.push(byte),
                        Err(_) => break,
                    }
                }
                let head = String::from_utf8(head).unwrap();
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
                socket.read_exact(&mut body).await.unwrap();
                let answer = answer(&head);
                kept.lock().unwrap().push(head);
                socket.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { url, heads }
    }

    /// One that points to the other, at another origin.
    async fn pair(status: StatusCode) -> (Self, Self) {
        let elsewhere = Self::open(StatusCode::OK, "/").await;
        (Self::open(status, elsewhere.url.as_str()).await, elsewhere)
    }

    fn heads(&self) -> usize {
        self.heads.lock().unwrap().len()
    }
}

fn head(status: StatusCode, fields: &str) -> String {
    let status = status.as_u16();
    format!("HTTP/1.1 {status} x\r\n{fields}content-length: 0\r\nconnection: close\r\n\r\n")
}

fn get(url: &Url) -> Request<Bytes> {
    Request::get(url.as_str()).body(Bytes::new()).unwrap()
}

#[tokio::test]
async fn a_token_goes_to_the_origin_it_was_put_on_for_and_not_on_from_there() {
    let tokens: core2::Tokens = serde_json::from_value(serde_json::json!({
        "access_token": "2YotnFZFEjr1zCsicMWpAA",
        "token_type": "Bearer",
        "expires_at": null,
        "refresh_token": null,
        "scope": null,
        "refused_scope": "",
        "extra": {},
    }))
    .unwrap();
    for status in REDIRECTS {
        let (api, elsewhere) = Server::pair(status).await;
        let mut request = get(&api.url);
        tokens.authorize(&mut request).unwrap();
        let response = Client::new().send(Outgoing::repeatable(request)).await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!((api.heads(), elsewhere.heads()), (1, 0));
        assert!(api.heads.lock().unwrap()[0].contains("Bearer 2YotnFZFEjr1zCsicMWpAA"));
    }
}

fn client1(server: &Server) -> core1::Client {
    let url = |path| server.url.join(path).unwrap();
    let provider = core1::Provider::new(url("/initiate"), url("/authorize"), url("/token"));
    let config = core1::Config::new("dpf43f3p2l4k3l03", "kd94hf93k423kf44", provider);
    core1::Client::new(core1::Config { allow_insecure_loopback: true, ..config }).unwrap()
}

#[tokio::test]
async fn o32_a_signed_request_is_not_repeated_where_a_redirect_points() {
    for status in REDIRECTS {
        let (provider, elsewhere) = Server::pair(status).await;
        let client = client1(&provider);
        let exchange = client.temporary_credentials(core1::Callback::OutOfBand);
        let refused = Client::new().run(exchange).await.unwrap_err();
        assert!(
            matches!(refused, Error::Exchange(core1::Error::Redirected(told)) if told == status),
            "{refused:?}"
        );

        let mut photo = get(&provider.url);
        client.sign(&mut photo, None, SystemClock.moment().unwrap()).unwrap();
        assert_eq!(Client::new().send(Outgoing::once(photo)).await.unwrap().status(), status);
        assert_eq!((provider.heads(), elsewhere.heads()), (2, 0));
    }
}

/// The protocol parameters of a request, once its signature is found to be good.
fn verified(server: &Server, head: &str) -> (String, String) {
    let (method, rest) = head.split_once(' ').unwrap();
    let (path, rest) = rest.split_once(' ').unwrap();
    let authorization = rest.lines().find_map(|line| line.strip_prefix("authorization: ")).unwrap();
    let request = Request::builder().method(method).uri(path).header("authorization", authorization);
    let (request, origin) = (request.body("").unwrap(), Origin::new(&server.url).unwrap());
    let received = Received::read(&request, &origin, &Limits::default()).unwrap().unwrap();
    let key = Key::shared(&"kd94hf93k423kf44".into(), Some(&"pfkkdhi9sl3r4s00".into()));
    assert!(received.is_signed_with(&HmacSha1, &key), "{head}");
    (format!("{method} {path}"), received.nonce().unwrap().to_owned())
}

#[tokio::test]
async fn o32_within_its_origin_a_request_is_signed_anew_on_every_hop() {
    let token = core1::TokenCredentials::new("nnch734d00sl2jdk", "pfkkdhi9sl3r4s00");
    for status in REDIRECTS {
        let server = Server::answering(move |request| match request.split(' ').nth(1) {
            Some("/photos/7?size=small") => head(StatusCode::OK, ""),
            _ => head(status, "location: /photos/7?size=small\r\n"),
        })
        .await;
        let exchange = client1(&server).request(get(&server.url), Some(&token));
        assert_eq!(Client::new().run(exchange).await.unwrap().status(), StatusCode::OK);
        let heads = server.heads.lock().unwrap().clone();
        let [first, second] = heads.as_slice() else { panic!("{heads:?}") };
        let (first, second) = (verified(&server, first), verified(&server, second));
        assert_eq!((first.0.as_str(), second.0.as_str()), ("GET /", "GET /photos/7?size=small"));
        assert_ne!(first.1, second.1, "each hop has a nonce of its own");
    }
}

#[tokio::test]
async fn o32_a_request_that_is_signed_on_the_way_leaves_its_origin_for_no_redirect() {
    for status in REDIRECTS {
        let (api, elsewhere) = Server::pair(status).await;
        let exchange = client1(&api).request(get(&api.url), None);
        let refused = Client::new().run(exchange).await.unwrap_err();
        let expected = core1::Error::Redirect(core1::RedirectError::Elsewhere);
        assert!(matches!(&refused, Error::Exchange(error) if *error == expected), "{refused:?}");
        assert_eq!((api.heads(), elsewhere.heads()), (1, 0));
    }
    let round = Server::open(StatusCode::FOUND, "/again").await;
    let exchange = client1(&round).request(get(&round.url), None);
    let refused = Client::new().run(exchange).await.unwrap_err();
    let expected = core1::Error::Redirect(core1::RedirectError::TooMany);
    assert!(matches!(&refused, Error::Exchange(error) if *error == expected), "{refused:?}");
    assert_eq!(round.heads(), 1 + usize::from(core1::RequestExchange::MAX_REDIRECTS));
}

#[tokio::test]
async fn a_wrong_clock_is_learned_over_a_socket() {
    let date = "date: Thu, 01 Jan 2026 00:00:00 GMT\r\n";
    let server = Server::answering(move |request| match request.contains("oauth_timestamp=\"17672256") {
        true => head(StatusCode::OK, ""),
        false => head(StatusCode::UNAUTHORIZED, date),
    })
    .await;
    // Our clock is twelve hours late.
    let late = ManualClock::at(Timestamp::from_unix(1_767_225_600 - 43_200));
    let exchange = client1(&server).request(get(&server.url), None).learning_the_clock();
    let response = Client::new().clock(Arc::new(late)).run(exchange).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.extensions().get(), Some(&core1::ClockOffset(43_200)));
    assert_eq!(server.heads(), 2);
}

fn assert_refused<T: std::fmt::Debug>(ended: Result<T, Error<core2::Error>>, status: StatusCode) {
    match ended.unwrap_err() {
        Error::Exchange(core2::Error::Answer { status: told, .. }) => assert_eq!(told, status),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn l07_neither_discovery_nor_a_token_request_follows_a_redirect() {
    use oauth2_core::metadata::Transport::HttpsOrInsecureLoopback as LOOPBACK;

    for status in REDIRECTS {
        let (server, elsewhere) = Server::pair(status).await;
        let issuer = server.url.as_str().trim_end_matches('/');
        let discovery = core2::Discovery::new(issuer, LOOPBACK).unwrap();
        assert_refused(Client::new().run(discovery).await, status);

        let token_endpoint: Uri = server.url.join("/token").unwrap().as_str().parse().unwrap();
        let written_down = core2::Server::new(issuer, None, &token_endpoint.to_string(), LOOPBACK).unwrap();
        let mut config = core2::Config::new(written_down, "photo-printer");
        config.authentication = core2::ClientAuthentication::SecretPost("kd94hf93k423kf44".into());
        let client = core2::Client::new(config).unwrap();
        let exchange = client.client_credentials(&"photos".parse().unwrap()).unwrap();
        assert_refused(Client::new().run(exchange).await, status);
        let exchange = client.refresh(&"8xLOxBtZp8".into());
        assert_refused(Client::new().run(exchange).await, status);
        assert_eq!((server.heads(), elsewhere.heads()), (3, 0));
    }
}
