//! `oauth serve` behind a proxy that ends TLS: what the proxy says of clients, and that nobody else says it.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use oauth_hyper_client::Client as Http;
use oauth_hyper_server::Server;
use oauth_sansio::{Outgoing, percent};
use oauth2_core::server::ClientCertificate;
use serde_json::json;
use tokio::net::TcpListener;
use tower_service::Service;
use url::Url;

use crate::certificates::{Authority, Identity, pem};
use crate::provider::{CREDENTIALS, Provider, bound, is_bound_either_way, is_invalid_client, tls_of, told};

const HEADER: &str = "x-ssl-client-cert";

/// What nginx has in `$ssl_client_escaped_cert`.
fn escaped(der: &[u8]) -> String {
    let whole = pem("CERTIFICATE", der);
    let lines = whole.lines().flat_map(|line| line.as_bytes().chunks(64)).map(str::from_utf8);
    percent::encode(&lines.map(|line| format!("{}\n", line.unwrap())).collect::<String>()).to_string()
}

/// A proxy in front of this address. What clients send in the header that it writes itself, it drops.
#[derive(Clone)]
struct Proxy {
    to: Url,
    http: Http,
}

impl Service<Request<Incoming>> for Proxy {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let Self { to, http } = self.clone();
        Box::pin(async move {
            let (mut head, body) = request.into_parts();
            head.uri = to.join(head.uri.path()).unwrap().as_str().parse::<Uri>().unwrap();
            head.headers.remove(header::HOST);
            head.headers.remove(HEADER);
            if let Some(shown) = head.extensions.get::<ClientCertificate>() {
                let value = HeaderValue::try_from(escaped(shown.der())).unwrap();
                head.headers.insert(HeaderName::from_static(HEADER), value);
            }
            let body = body.collect().await.unwrap().to_bytes();
            let answer = http.send(Outgoing::once(Request::from_parts(head, body))).await.unwrap();
            Ok(answer.map(Full::new))
        })
    }
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("https://{}", listener.local_addr().unwrap());
    (listener, origin)
}

#[tokio::test]
async fn a_client_finds_where_a_proxy_asks_for_certificates_and_is_known_by_its_own() {
    let ((everybody, issuer), (asking, mutual)) = (listen().await, listen().await);
    let told_by = format!("{{ header = \"{HEADER}\", verified = true, origin = \"{mutual}\" }}");
    let proxy = format!("addresses = [\"127.0.0.1\"], client_certificate = {told_by}");
    let provider = Provider::with_proxy_at(&issuer, &proxy, "");
    provider.registers("tls_client_auth", &json!({ "tls_client_auth_subject_dn": "CN=machine" }));
    let proxy = Proxy { to: provider.origin.clone(), http: Http::new() };
    for (listener, asks) in [(everybody, false), (asking, true)] {
        let tls = tls_of(&provider.authority.vouches_for("proxy"), asks);
        tokio::spawn(Server::new(listener).tls(tls).serve(proxy.clone(), std::future::pending()));
    }

    let metadata = provider.discovered_at(&issuer).await;
    assert_eq!(
        metadata.extra["mtls_endpoint_aliases"]["token_endpoint"],
        json!(format!("{mutual}/oauth2/token"))
    );
    let own = provider.authority.vouches_for("machine");
    let http = provider.showing(Some(&own));
    is_bound_either_way(&provider, &metadata, &own).await;
    // Where everybody comes, the proxy has no certificate to tell of.
    let there = format!("{issuer}/oauth2/token");
    is_invalid_client(&provider.asks(&http, &there, &CREDENTIALS, &[]).await);
    is_invalid_client(
        &provider.asks(&http, &there, &CREDENTIALS, &[(HEADER, &escaped(&own.certificate))]).await,
    );
}

#[tokio::test]
async fn k18_an_escaped_certificate_is_believed_from_the_proxy_in_its_own_header_and_whole() {
    let told_by = |address: &str| {
        let header = "{ header = \"X-SSL-Client-Cert\", verified = true }";
        let provider =
            Provider::with_proxy(&format!("addresses = [\"{address}\"], client_certificate = {header}"));
        provider.registers("tls_client_auth", &json!({ "tls_client_auth_subject_dn": "CN=machine" }));
        provider
    };
    let (trusted, other) = (told_by("127.0.0.1"), told_by("192.0.2.1"));
    let authority = Authority::new();
    let (own, of_other) = (authority.vouches_for("machine"), authority.vouches_for("other"));
    let asks = async |provider: &Provider, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]| {
        provider.asks(&Http::new(), path, fields, headers).await
    };
    let ask = async |provider: &Provider, headers: &[(&str, &str)]| {
        asks(provider, "/oauth2/token", &CREDENTIALS, headers).await
    };
    let escaped_of = |identity: &Identity| escaped(&identity.certificate);
    let (good, wrong) = (escaped_of(&own), escaped_of(&of_other));

    let token = told(&ask(&trusted, &[(HEADER, &good)]).await)["access_token"].clone();
    let token = ("token", token.as_str().unwrap());
    let seen = told(&asks(&trusted, "/oauth2/introspect", &[token], &[(HEADER, &good)]).await);
    assert_eq!(seen["cnf"], bound(&own));
    // Some leave as they are what means nothing in a header.
    let bare = good.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
    told(&ask(&trusted, &[(HEADER, &bare)]).await);
    // No certificate is an empty header to nginx. In another header stands what a client has sent.
    for headers in [&[][..], &[(HEADER, "")], &[(HEADER, &wrong)], &[("client-cert", &good)]] {
        is_invalid_client(&ask(&trusted, headers).await);
    }
    // One of two is not the proxy's; and what is cut off could be anybody's.
    let raw = pem("CERTIFICATE", &own.certificate).replace('\n', " ");
    for headers in [
        &[(HEADER, good.as_str()), (HEADER, &good)][..],
        &[(HEADER, &good), (HEADER, "")],
        &[(HEADER, &good[..good.len() / 2])],
        &[(HEADER, &raw)],
        &[(HEADER, "%ZZ")],
    ] {
        assert_eq!(ask(&trusted, headers).await.status(), StatusCode::BAD_REQUEST, "{headers:?}");
    }
    // From another address nothing is read of it, be it good or not.
    for headers in [&[(HEADER, good.as_str())][..], &[(HEADER, "%ZZ")], &[(HEADER, &good), (HEADER, &good)]] {
        is_invalid_client(&ask(&other, headers).await);
    }
}

#[tokio::test]
async fn tries_are_counted_for_the_address_that_the_proxy_tells_and_no_client_chooses_it() {
    let counting = |address: &str| {
        let proxy = format!("addresses = [\"{address}\"], client_address = \"x-forwarded-for\"");
        let more = "limits.wrong_tries = 3";
        Provider::with_proxy_at("https://id.example.com", &proxy, more)
    };
    let (trusted, other) = (counting("127.0.0.1"), counting("192.0.2.1"));
    for (provider, second) in [(&trusted, StatusCode::OK), (&other, StatusCode::TOO_MANY_REQUESTS)] {
        let machine = provider.registers("client_secret_post", &json!({}));
        let secret = machine["client_secret"].as_str().unwrap();
        let ask = async |secret: &str, address: &str| {
            let fields = [CREDENTIALS[0], ("client_secret", secret)];
            let headers = [("x-forwarded-for", address)];
            provider.asks(&Http::new(), "/oauth2/token", &fields, &headers).await.status()
        };
        // What a client writes itself stands in front of what the proxy appends.
        for n in 0..3 {
            let chosen = format!("203.0.113.{n}, 198.51.100.1");
            assert_eq!(ask("a guess", &chosen).await, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(ask(secret, "203.0.113.9, 198.51.100.1").await, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(ask(secret, "198.51.100.2").await, second);
    }
}
