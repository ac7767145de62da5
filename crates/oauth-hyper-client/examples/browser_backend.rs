//! An application in a browser page whose tokens stay at its backend:
//!
//! ```sh
//! CLIENT_SECRET=… cargo run -p oauth-hyper-client --example browser_backend -- \
//!     https://as.example.com app https://photos.example.com/v1 photos
//! ```
//!
//! The arguments are the issuer, the client identifier, the address of an API, and the scope. At the provider, the redirect
//! URI `http://127.0.0.1:8090/callback` is registered; the page is at `http://127.0.0.1:8090/`.
#![allow(clippy::print_stdout, reason = "a program for a terminal")]

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use oauth_hyper_client::backend::{Backend, BackendBody, Upstream};
use oauth_hyper_client::{Client as Http, Resource};
use oauth_hyper_server::Server as HttpServer;
use oauth2_core::client::{Client, ClientAuthentication, Config, Discovery, Server};
use oauth2_core::metadata::Transport;
use tower_service::Service;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const ADDRESS: &str = "127.0.0.1:8090";

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = |name| arguments.next().ok_or(name);
    let (issuer, client_id) = (argument("the issuer")?, argument("the client identifier")?);
    let (api, scope) = (argument("the address of the API")?, argument("the scope")?);

    let http = Http::new();
    let transport = Transport::HttpsOrInsecureLoopback;
    let found = http.run(Discovery::new(issuer, transport)?).await?;
    let mut config = Config::new(Server::from_metadata(&found, transport)?, client_id);
    config.authentication = ClientAuthentication::SecretBasic(std::env::var("CLIENT_SECRET")?.into());
    config.redirect_uri = Some(format!("http://{ADDRESS}/callback"));
    let backend = Backend::new(http, Client::new(config)?)?
        .asking(move |request| request.scope(&scope))
        .upstream(Upstream::new("/api", Resource::new(&api)?)?);

    println!("http://{ADDRESS}/");
    let listener = tokio::net::TcpListener::bind(ADDRESS).await?;
    HttpServer::new(listener).serve(Application { backend }, std::future::pending()).await;
    Ok(())
}

/// The page, and its backend beside it.
#[derive(Clone)]
struct Application {
    backend: Backend,
}

impl Service<Request<Incoming>> for Application {
    type Response = Response<BackendBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        if self.backend.serves(request.uri().path()) {
            return self.backend.call(request);
        }
        let file = file(request.uri().path()).map(|body| Either::Left(Full::new(body)));
        Box::pin(std::future::ready(Ok(file)))
    }
}

fn file(path: &str) -> Response<Bytes> {
    let (status, kind, body) = match path {
        "/page.js" => (StatusCode::OK, "text/javascript", SCRIPT),
        "/favicon.ico" => (StatusCode::NOT_FOUND, "text/plain", ""),
        // What a place of the page is, its script says.
        _ => (StatusCode::OK, "text/html; charset=utf-8", PAGE),
    };
    let mut response = Response::new(Bytes::from_static(body.as_bytes()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // A script that somebody slips in is the one thing a backend does not help against (RFC 10017 section 6.1.4.1).
    let policy = "default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'";
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

const PAGE: &str = r#"<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>A page with a backend</title><script type="module" src="/page.js"></script>
<body><main><h1>A page with a backend</h1><p id="who" role="status">…</p>
<form id="ask"><label>Below the API: <input name="path" value="/"></label> <button>Ask</button></form>
<pre id="answer"></pre><p><a id="login" hidden>Log in</a> <button id="logout" hidden>Log out</button></p></main>"#;

const SCRIPT: &str = r#"
const by = (id) => document.getElementById(id)
const ask = (path, method = 'GET') => fetch(path, { method, headers: { 'X-CSRF': '1' } })

const session = await (await ask('/session')).json()
by('who').textContent = session.active ? `Logged in for ${session.expires_in} seconds.` : 'Nobody is logged in.'
by('login').hidden = session.active
by('logout').hidden = !session.active
by('login').href = `/login?return_to=${encodeURIComponent(location.pathname + location.search)}`
by('logout').onclick = async () => { await ask('/logout', 'POST'); location.reload() }
by('ask').onsubmit = async (event) => {
  event.preventDefault()
  const answer = await ask('/api' + new FormData(by('ask')).get('path'))
  by('answer').textContent = `${answer.status}\n${await answer.text()}`
}
"#;
