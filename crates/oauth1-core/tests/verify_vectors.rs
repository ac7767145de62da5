//! Every case of `oauth1_verify.json`: whole requests against a whole server state.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test"
)]

#[path = "support/keys.rs"]
mod keys;
mod support;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::Request;
use oauth_sansio::{Digest, Family, Secret, Tick, Timestamp};
use oauth1_core::{
    resource::{self, Verifier},
    server::{
        self, Approval, Callback, Callbacks, Client, KeyCache, Once, Provider, Reason, Temporary, Token,
    },
    signature::{AllowedMethods, Methods, Plaintext, ReadError},
};
use serde_json::Value;
use support::{Store, World};
use url::Url;

#[test]
fn every_case_is_decided_as_expected() {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/oauth1_verify.json"));
    let cases: Vec<Value> = serde_json::from_str(&text.unwrap()).unwrap();
    let mut wrong = Vec::new();
    for case in &cases {
        let (verdict, status) = decide(case);
        let expected = &case["expected"];
        let also = expected["also_acceptable"].as_array().unwrap();
        let same = expected["verdict"] == verdict && expected["http_status"] == status;
        if !same && !also.contains(&verdict.into()) {
            wrong.push(format!("{}: {verdict} {status}, expected {expected}", case["id"]));
        }
    }
    println!("{} cases ran", cases.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(cases.len(), 131);
}

fn decide(case: &Value) -> (&'static str, u16) {
    let request = request(&case["request"]);
    let mut world = world(&case["server"], request.uri());
    if case["server"]["endpoint"] == "resource" {
        return match world.fetch(&without_origin(request)) {
            Ok(_) => ("valid", 200),
            Err(reply) => (verdict(reply.reason.unwrap()), reply.response.status().as_u16()),
        };
    }
    let reply = world.send(&without_origin(request));
    (reply.reason.map_or("valid", verdict), reply.response.status().as_u16())
}

fn verdict(reason: Reason) -> &'static str {
    match reason {
        Reason::NoCredentials | Reason::Read(ReadError::Missing(_)) => "missing_parameter",
        Reason::Read(ReadError::Repeated) => "duplicated_oauth_parameter",
        Reason::Read(ReadError::SeveralPlaces) => "multiple_locations",
        Reason::Read(ReadError::Version) => "bad_version",
        Reason::Read(ReadError::Timestamp) => "bad_timestamp",
        Reason::Read(_) => "malformed",
        Reason::UnsupportedMethod => "unsupported_signature_method",
        Reason::MethodNotAllowed => "signature_method_not_allowed",
        Reason::PlaintextWithoutTls => "plaintext_without_tls",
        Reason::Callback => "bad_callback",
        Reason::UnknownClient => "unknown_client",
        Reason::Signature | Reason::EmptySecret | Reason::Key(_) => "bad_signature",
        Reason::Timestamp { .. } => "stale_timestamp",
        Reason::NonceUsed => "replayed_nonce",
        Reason::UnknownToken => "unknown_token",
        Reason::OtherClient => "token_client_mismatch",
        Reason::Expired => "expired_token",
        Reason::Revoked => "revoked_token",
        Reason::TemporaryUsed => "used_credentials",
        Reason::Verifier => "wrong_verifier",
        other => panic!("{other:?}"),
    }
}

fn request(case: &Value) -> Request<Bytes> {
    let mut request =
        Request::builder().method(text(&case["method"])).uri(without_fragment(text(&case["url"])));
    for header in case["headers"].as_array().unwrap() {
        request = request.header(text(&header[0]), text(&header[1]));
    }
    request.body(Bytes::from(case["body"].as_str().unwrap_or_default().to_owned())).unwrap()
}

/// A fragment never leaves the client (RFC 9110 section 7.1).
fn without_fragment(url: &str) -> &str {
    url.split('#').next().unwrap()
}

/// A server is sent a path and a query; its origin it knows.
fn without_origin(mut request: Request<Bytes>) -> Request<Bytes> {
    *request.uri_mut() = request.uri().path_and_query().unwrap().as_str().parse().unwrap();
    request
}

fn world(server: &Value, uri: &http::Uri) -> World {
    let origin =
        Url::parse(&format!("{}://{}", uri.scheme_str().unwrap(), uri.authority().unwrap())).unwrap();
    // Only over plain http, which none of these hosts would be configured with.
    let insecure = origin.scheme() == "http";
    let origin = if insecure { Url::parse("http://127.0.0.1").unwrap() } else { origin };
    let methods = methods();
    let window = Duration::from_secs(server["window_seconds"].as_u64().unwrap());
    let mut world = World::new();
    let path = uri.path().to_owned();
    world.provider = Provider::new(server::Config {
        methods: methods.clone(),
        window,
        insecure_loopback: insecure,
        paths: match text(&server["endpoint"]) {
            "temporary_credentials" => server::Paths { temporary: path, ..server::Paths::default() },
            _ => server::Paths { token: path, ..server::Paths::default() },
        },
        ..server::Config::new(origin.clone())
    })
    .unwrap();
    world.verifier = Verifier::new(resource::Config {
        methods,
        window,
        insecure_loopback: insecure,
        ..resource::Config::new(origin)
    })
    .unwrap();
    world.now = Timestamp::from_unix(server["now"].as_u64().unwrap());
    world.store = store(server, world.now, window);
    world
}

/// All there are.
fn methods() -> Methods {
    let rsa = ["RSA-SHA1", "RSA-SHA256", "RSA-SHA512"].map(keys::rsa);
    let methods = Methods::recommended().with(Arc::new(Plaintext));
    rsa.into_iter().fold(methods, |methods, method| methods.with(Arc::new(method)))
}

fn store(server: &Value, now: Timestamp, window: Duration) -> Store {
    let mut store = Store::default();
    for client in server["clients"].as_array().unwrap() {
        store.register(Client {
            client_id: text(&client["key"]).to_owned(),
            name: String::new(),
            secret: client["secret"].as_str().unwrap_or_default().into(),
            public_key: client["rsa_key_id"].as_str().map(keys::public),
            callbacks: Callbacks::Any,
            methods: AllowedMethods::new(methods().names()),
        });
    }
    for (number, token) in server["tokens"].as_array().unwrap().iter().enumerate() {
        let family = Family::from_bytes([u8::try_from(number).unwrap(); 16]);
        let expired = token["status"] == "expired";
        let record = Token {
            secret: Secret::new(text(&token["secret"])),
            client_id: text(&token["client_key"]).to_owned(),
            subject: "jane".into(),
            realms: [].into(),
            family,
            issued: now,
            expires: expired.then_some(now),
            renewal: None,
            key: KeyCache::default(),
        };
        if token["status"] == "revoked" {
            store.revoked.insert(family);
        }
        store.tokens.insert(Digest::of_token(text(&token["token"])), Arc::new(record));
    }
    for temporary in server["temporary_credentials"].as_array().unwrap() {
        let id = Digest::of_token(text(&temporary["token"]));
        let expires = now.plus(window);
        let record = Temporary {
            secret: Secret::new(text(&temporary["secret"])),
            client_id: text(&temporary["client_key"]).to_owned(),
            callback: Callback::Uri(text(&temporary["callback"]).to_owned()),
            realms: [].into(),
            expires,
        };
        store.temporary.insert(id, Arc::new(record));
        if temporary["authorized"] == true {
            let verifier = Digest::of(text(&temporary["verifier"]));
            store
                .approvals
                .insert(id, Arc::new(Approval { verifier, subject: "jane".into(), expires, tries: None }));
        }
        if temporary["used"] == true {
            store.spent.insert(Once::Temporary(id), Tick::default());
        }
    }
    for seen in server["seen"].as_array().unwrap() {
        let timestamp = Timestamp::from_unix(text(&seen["timestamp"]).parse().unwrap());
        let nonce = Digest::of_parts(&[
            text(&seen["client_key"]).as_bytes(),
            seen["token"].as_str().unwrap_or_default().as_bytes(),
            &timestamp.as_unix().to_be_bytes(),
            text(&seen["nonce"]).as_bytes(),
        ]);
        store.spent.insert(Once::Nonce(nonce.behind_time(timestamp)), Tick::default());
    }
    store
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
