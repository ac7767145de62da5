//! Whatever arrives malformed gets the status of RFC 5849 section 3.2, spends nothing, and tells the operator exactly.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod support;

use bytes::Bytes;
use http::{
    HeaderValue, Request, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use oauth1_core::{
    server::{Client, Reason},
    signature::{AllowedMethods, KeyError, Methods, PublicKey, ReadError, rsa::Rsa},
};
use support::{CALLBACK, PHOTOS, World, printer, server_paths};

const BAD: StatusCode = StatusCode::BAD_REQUEST;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;

/// A good request, and what is done to it.
type Change<'a> = &'a dyn Fn(&mut Request<Bytes>);

fn in_header<'a>(from: &'a str, to: &'a str) -> impl Fn(&mut Request<Bytes>) + 'a {
    move |request| {
        let header = request.headers()[AUTHORIZATION].to_str().unwrap().to_owned();
        assert!(header.contains(from), "{header}");
        let header = HeaderValue::from_bytes(header.replace(from, to).as_bytes()).unwrap();
        request.headers_mut().insert(AUTHORIZATION, header);
    }
}

fn uri(uri: &'static str) -> impl Fn(&mut Request<Bytes>) {
    move |request| *request.uri_mut() = uri.parse().unwrap()
}

fn form(form: &'static str) -> impl Fn(&mut Request<Bytes>) {
    move |request| {
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, kind);
        *request.body_mut() = Bytes::from(form);
    }
}

#[test]
fn a_malformed_request_to_a_resource_spends_nothing_and_is_told_apart() {
    let read = |error| (BAD, Reason::Read(error));
    let cases: &[(&str, (StatusCode, Reason), Change<'_>)] = &[
        // The header.
        (
            "quotes",
            read(ReadError::MalformedHeader),
            &in_header("oauth_nonce=\"nonce\"", "oauth_nonce=nonce"),
        ),
        ("comma", read(ReadError::MalformedHeader), &in_header("\", oauth_nonce", "\" oauth_nonce")),
        ("end", read(ReadError::MalformedHeader), &in_header("oauth_nonce=\"nonce\"", "oauth_nonce=\"nonce")),
        ("twice", read(ReadError::Repeated), &in_header("oauth_nonce=", "oauth_token=\"x\", oauth_nonce=")),
        ("escape", read(ReadError::Escape), &in_header("nonce=\"nonce\"", "nonce=\"%4\"")),
        ("UTF-8", read(ReadError::Utf8), &in_header("nonce=\"nonce\"", "nonce=\"%FF\"")),
        (
            "no key",
            read(ReadError::Missing("oauth_consumer_key")),
            &in_header("consumer_key=\"printer\"", "consumer_key=\"\""),
        ),
        (
            "no method",
            read(ReadError::Missing("oauth_signature_method")),
            &in_header("oauth_signature_method", "oauth_x"),
        ),
        (
            "no signature",
            read(ReadError::Missing("oauth_signature")),
            &in_header("oauth_signature=", "oauth_x="),
        ),
        ("version", read(ReadError::Version), &in_header("version=\"1.0\"", "version=\"1.1\"")),
        // Form and URL.
        ("form", read(ReadError::Escape), &form("a=%zz")),
        ("form, UTF-16", (UNAUTHORIZED, Reason::Signature), &form("a=%ff%fe")),
        ("form, too", read(ReadError::SeveralPlaces), &form("oauth_nonce=other")),
        ("URL", read(ReadError::Escape), &uri("/photos?a=%")),
        ("URL, too", read(ReadError::SeveralPlaces), &uri("/photos?oauth_token=other")),
        ("URL, another", (UNAUTHORIZED, Reason::Signature), &uri("/photos?file=vacation.jpg&size=%00")),
        // Timestamp and nonce.
        (
            "timestamp",
            read(ReadError::Timestamp),
            &in_header("timestamp=\"1800000000\"", "timestamp=\"+1800000000\""),
        ),
        (
            "timestamp, huge",
            read(ReadError::Timestamp),
            &in_header("timestamp=\"1800000000\"", "timestamp=\"99999999999999999999\""),
        ),
        (
            "no timestamp",
            read(ReadError::Missing("oauth_timestamp")),
            &in_header("oauth_timestamp", "oauth_x"),
        ),
        ("no nonce", read(ReadError::Missing("oauth_nonce")), &in_header("nonce=\"nonce\"", "nonce=\"\"")),
        // Methods, and a signature that is no base64.
        ("method", (BAD, Reason::UnsupportedMethod), &in_header("HMAC-SHA1", "HMAC-MD5")),
        (
            "signature",
            (UNAUTHORIZED, Reason::Signature),
            &in_header("oauth_signature=\"", "oauth_signature=\"%00"),
        ),
    ];
    for (name, expected, change) in cases {
        let mut world = World::new();
        let token = world.token();
        let spent = world.store.spent.len();
        let good = world.printer().token(&token).get(PHOTOS);
        let mut bad = good.clone();
        change(&mut bad);
        let refused = world.fetch(&bad).unwrap_err();
        assert_eq!((refused.response.status(), refused.reason.unwrap()), *expected, "{name}");
        assert_eq!(world.store.spent.len(), spent, "{name}");
        // The nonce is still good.
        assert!(world.fetch(&good).is_ok(), "{name}");
    }
}

#[test]
fn a_malformed_callback_spends_nothing() {
    for callback in [
        "",
        "OOB",
        "ready",
        "//printer.example.com/",
        "https://printer.example.com/#f",
        "https://a.example/\n",
        "https:",
    ] {
        let mut world = World::new();
        let url = world.url(server_paths().temporary);
        let refused = world.send(&world.printer().with("oauth_callback", callback).post(&url));
        assert_eq!((refused.response.status(), refused.reason), (BAD, Some(Reason::Callback)), "{callback}");
        assert!(world.store.spent.is_empty() && world.store.temporary.is_empty());
        let good = world.printer().with("oauth_callback", CALLBACK).post(&url);
        assert_eq!(world.send(&good).reason, None);
    }
}

#[test]
fn a_malformed_key_spends_nothing() {
    let methods = || Methods::recommended().with(std::sync::Arc::new(Rsa::sha256()));
    let mut world = World::with(|config| config.methods = methods(), |config| config.methods = methods());
    let token = world.token();
    let spent = world.store.spent.len();
    for (key, error) in [(None, KeyError::Missing), (Some("no key"), KeyError::Malformed)] {
        world.store.register(Client {
            public_key: key.map(|key| PublicKey::from_spki(key.as_bytes())),
            methods: AllowedMethods::new(["RSA-SHA256"]),
            ..printer()
        });
        let refused =
            world.fetch(&world.printer().method("RSA-SHA256").token(&token).get(PHOTOS)).unwrap_err();
        assert_eq!((refused.response.status(), refused.reason), (UNAUTHORIZED, Some(Reason::Key(error))));
        assert_eq!(world.store.spent.len(), spent);
    }
}
