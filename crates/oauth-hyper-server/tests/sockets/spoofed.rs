//! Headers that claim another host, scheme or method.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use oauth1_core::server::{HopHeader, TrustedHop};
use serde_json::Value;
use url::Url;

use crate::common::{Plan, Raw, Stage};
use crate::protect::told;

const SPOOFED: [(HeaderName, &str); 5] = [
    (header::HOST, "evil.example"),
    (HeaderName::from_static("x-forwarded-host"), "evil.example"),
    (HeaderName::from_static("x-forwarded-proto"), "ftp"),
    (HeaderName::from_static("x-forwarded-port"), "81"),
    (header::FORWARDED, "host=evil.example;proto=ftp"),
];

fn spoof(request: &mut Request<Bytes>) {
    for (name, value) in SPOOFED {
        request.headers_mut().insert(name, HeaderValue::from_static(value));
    }
}

#[tokio::test]
async fn o18_the_origin_of_a_signature_is_the_configured_one_whatever_the_headers_say() {
    let stage = Stage::new().await;
    let token = stage.token1().await;
    let mut honest = stage.signed_photo(&token);
    spoof(&mut honest);
    told(&stage.line.send(honest).await);

    // Signed for another host, sent here with its name.
    let here = stage.photo();
    for evil in [
        "http://evil.example/photos?file=vacation.jpg&size=original",
        "http://evil.example:81/photos?file=vacation.jpg&size=original",
    ] {
        let mut request = Request::get(evil).body(Bytes::new()).unwrap();
        stage.client1().sign(&mut request, Some(&token), stage.moment()).unwrap();
        *request.uri_mut() = here.uri().clone();
        spoof(&mut request);
        assert_eq!(stage.line.send(request).await.status(), StatusCode::UNAUTHORIZED, "{evil}");
    }
}

/// What a trusted hop overwrites counts, as far as the list goes; what stands beside it never does.
#[tokio::test]
async fn o18_only_the_header_of_a_trusted_hop_names_the_origin_and_only_one_of_the_list() {
    let plan = Plan {
        resource1: |config| {
            let origins = vec!["https://photos.example.net".parse().unwrap()];
            config.trusted_hop = Some(TrustedHop { header: HopHeader::Forwarded, origins });
        },
        ..Plan::default()
    };
    let stage = Stage::set(plan).await;
    let token = stage.token1().await;
    let send = async |forwarded: &'static str| {
        let mut request = Request::get("https://photos.example.net/photos").body(Bytes::new()).unwrap();
        stage.client1().sign(&mut request, Some(&token), stage.moment()).unwrap();
        *request.uri_mut() = stage.api.join("/photos").unwrap().as_str().parse().unwrap();
        spoof(&mut request);
        request.headers_mut().insert(header::FORWARDED, HeaderValue::from_static(forwarded));
        stage.line.send(request).await
    };
    told(&send("for=192.0.2.60;proto=https;host=photos.example.net").await);
    for bad in ["proto=https;host=evil.example", "proto=https;host=photos.example.net, for=x", "for=x"] {
        assert_eq!(send(bad).await.status(), StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn o33_the_method_of_a_signature_is_that_of_the_request_line_whatever_the_headers_say() {
    let stage = Stage::new().await;
    let token = stage.token1().await;
    let overridden = |mut request: Request<Bytes>| {
        for name in ["x-http-method-override", "x-http-method", "x-method-override"] {
            request.headers_mut().insert(name, HeaderValue::from_static("DELETE"));
        }
        stage.line.send(request)
    };
    let seen = told(&overridden(stage.signed_photo(&token)).await);
    assert_eq!(seen["method"], "GET");

    let mut signed_as_delete = stage.photo();
    *signed_as_delete.method_mut() = Method::DELETE;
    stage.client1().sign(&mut signed_as_delete, Some(&token), stage.moment()).unwrap();
    *signed_as_delete.method_mut() = Method::GET;
    assert_eq!(overridden(signed_as_delete).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn d19_host_headers_change_neither_metadata_nor_issuer_nor_redirects() {
    let stage = Stage::new().await;
    let url = stage.provider.join("/.well-known/oauth-authorization-server").unwrap();
    let mut metadata = Request::get(url.as_str()).body(Bytes::new()).unwrap();
    let honest = told(&stage.line.send(metadata.clone()).await);
    spoof(&mut metadata);
    assert_eq!(told(&stage.line.send(metadata).await), honest);
    assert_eq!(honest["issuer"], stage.issuer());

    // On the way through the consent page nothing leads elsewhere either, and `iss` stays.
    for authorization in [
        stage.client2().authorize().start(stage.moment()).unwrap().0,
        stage.pending1().await.authorization_url(&stage.client1()),
    ] {
        let mut sent = stage.browser().request(Method::GET, &authorization, String::new());
        spoof(&mut sent);
        let sent = stage.line.send(sent).await;
        let consent: Url = sent.headers()[header::LOCATION].to_str().unwrap().parse().unwrap();
        assert_eq!(consent.origin(), stage.provider.origin());
    }
    let mut refused = stage.client2().authorize().scope("everything").start(stage.moment()).unwrap().0;
    refused.query_pairs_mut().append_pair("iss", "https://evil.example");
    let mut request = stage.browser().request(Method::GET, &refused, String::new());
    spoof(&mut request);
    let told = stage.line.send(request).await;
    let back: Url = told.headers()[header::LOCATION].to_str().unwrap().parse().unwrap();
    let iss: Vec<_> = back.query_pairs().filter(|(name, _)| name == "iss").map(|(_, iss)| iss).collect();
    assert_eq!(iss, [stage.issuer()]);
}

/// HTTP/1.0 knows no `Host`, and HTTP/1.1 an absolute target: neither chooses the origin.
#[tokio::test]
async fn o18_d19_a_missing_host_or_an_absolute_target_changes_nothing() {
    let stage = Stage::new().await;
    let path = "/.well-known/oauth-authorization-server";
    for target in
        [format!("{path} HTTP/1.0\r\n\r\n"), format!("http://evil.example{path} HTTP/1.1\r\nhost: a\r\n\r\n")]
    {
        let answer = Raw::ask(&stage.provider, format!("GET {target}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let metadata: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(metadata["issuer"], stage.issuer());
    }
    let token = stage.token1().await;
    let authorization =
        stage.signed_photo(&token).headers()[header::AUTHORIZATION].to_str().unwrap().to_owned();
    let target = "http://evil.example/photos?file=vacation.jpg&size=original";
    let request =
        format!("GET {target} HTTP/1.1\r\nhost: evil.example\r\nauthorization: {authorization}\r\n\r\n");
    assert_eq!(Raw::ask(&stage.api, request).await.status, 200);
}
