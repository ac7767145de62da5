//! `oauth discover`.

use std::{convert::Infallible, net::Ipv4Addr};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use serde_json::json;
use tokio::net::TcpListener;

use crate::{
    running::{Place, oauth},
    stage::Stage,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_told_with_its_checks() {
    let (stage, place) = (Stage::set().await, Place::new());
    let ran = oauth(&place, &["discover", &stage.issuer, "--json"]).end().await.well();
    let document = &ran.json()["documents"][0];
    assert_eq!(document["kind"], "authorization server");
    assert_eq!(document["metadata"]["issuer"], stage.issuer);
    assert_eq!(document["valid"], true);
    let checks = document["checks"].as_array().unwrap();
    assert!(
        checks
            .iter()
            .any(|check| check["check"] == "PKCE with S256 (RFC 7636)" && check["status"] == "holds")
    );

    let ran = oauth(&place, &["discover", &stage.issuer, "-v"]).end().await.well();
    let ran = ran.says(&["token_endpoint", "/.well-known/oauth-authorization-server", "RFC 8414 section 3"]);
    assert!(!ran.out.contains('\u{1b}'));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_is_told_with_the_servers_that_it_names() {
    let (stage, place) = (Stage::set().await, Place::new());
    let ran = oauth(&place, &["discover", &stage.api, "--json"]).end().await.well();
    let told = ran.json();
    let kinds: Vec<_> = told["documents"].as_array().unwrap().iter().map(|one| one["kind"].clone()).collect();
    assert_eq!(kinds, ["protected resource", "authorization server"]);
    assert_eq!(told["documents"][1]["of"], stage.issuer);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_nothing_the_blame_and_a_way_on_are_told() {
    let (stage, place) = (Stage::set().await, Place::new());
    let ran = oauth(&place, &["discover", &format!("{}/nobody", stage.issuer)]).end().await.code(1);
    ran.says(&["404", "blame:"]);
    let ran = oauth(&place, &["discover", "http://127.0.0.1:9"]).end().await.code(1);
    ran.says(&["cannot be reached", "blame: the way to the server", "next:"]);
    let ran = oauth(&place, &["discover", "http://as.example.com"]).end().await.code(1);
    ran.says(&["it does not use https", "next: use https"]);
}

/// Serves one document, whatever is asked.
async fn document(make: impl Fn(&str) -> serde_json::Value + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let text = make(&origin).to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let text = text.clone();
            let answer = service_fn(move |request: Request<Incoming>| {
                let found = request.uri().path() == "/.well-known/oauth-authorization-server";
                let mut response = Response::new(Full::new(Bytes::from(text.clone())));
                *response.status_mut() =
                    if found { http::StatusCode::OK } else { http::StatusCode::NOT_FOUND };
                response
                    .headers_mut()
                    .insert("content-type", http::HeaderValue::from_static("application/json"));
                std::future::ready(Ok::<_, Infallible>(response))
            });
            let _ = http1::Builder::new().serve_connection(Io(stream), answer).await;
        }
    });
    origin
}

use self::io::Io;

mod io {
    //! A socket of tokio for hyper.

    use std::{
        io,
        pin::Pin,
        task::{Context, Poll, ready},
    };

    use hyper::rt::ReadBufCursor;
    use tokio::{
        io::{AsyncRead as _, AsyncWrite as _, ReadBuf},
        net::TcpStream,
    };

    pub(super) struct Io(pub(super) TcpStream);

    impl hyper::rt::Read for Io {
        fn poll_read(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            mut cursor: ReadBufCursor<'_>,
        ) -> Poll<io::Result<()>> {
            let mut bytes = [0; 1024];
            let most = cursor.remaining().min(bytes.len());
            let mut read = ReadBuf::new(&mut bytes[..most]);
            ready!(Pin::new(&mut self.0).poll_read(context, &mut read))?;
            cursor.put_slice(read.filled());
            Poll::Ready(Ok(()))
        }
    }

    impl hyper::rt::Write for Io {
        fn poll_write(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            Pin::new(&mut self.0).poll_write(context, bytes)
        }

        fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_flush(context)
        }

        fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_shutdown(context)
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_odd_is_told_and_what_is_wrong_fails() {
    let place = Place::new();
    let odd = document(|origin| {
        json!({
            "issuer": origin,
            "authorization_endpoint": format!("{origin}/a"),
            "token_endpoint": format!("{origin}/t"),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "implicit", "password"],
        })
    });
    let ran = oauth(&place, &["discover", &odd.await]).end().await.well();
    ran.says(&[
        "! PKCE with S256",
        "! no implicit grant",
        "! no password grant",
        "client_secret_basic alone",
    ]);

    let wrong = document(|origin| {
        json!({
            "issuer": origin,
            "authorization_endpoint": format!("{origin}/a"),
            "token_endpoint": format!("{origin}/t"),
            "response_types_supported": ["code"],
            "require_pushed_authorization_requests": true,
            "scopes_supported": ["\u{1b}[31mred"],
        })
    });
    let ran = oauth(&place, &["discover", &wrong.await]).end().await.code(1);
    let ran = ran.says(&["✗ requests can be pushed", "RFC 9126 section 5"]);
    assert!(!ran.out.contains('\u{1b}'), "what a server writes steers no terminal");

    let other =
        document(|_| json!({ "issuer": "https://other.example", "response_types_supported": ["code"] }));
    let ran = oauth(&place, &["discover", &other.await]).end().await.code(1);
    ran.says(&["the document is of another issuer", "blame: the server", "with or without a slash"]);
}
