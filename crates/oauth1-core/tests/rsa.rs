//! Signatures with RSA keys (RFC 5849 section 3.4.3).
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

#[path = "support/keys.rs"]
mod keys;
mod support;

use std::{collections::BTreeSet, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Request, StatusCode};
use oauth_sansio::{Entropy, Exchange, Moment, Progress, Timestamp, base64url};
use oauth1_core::{
    client,
    server::{Client, Reason},
    signature::{
        AllowedMethods, Key, KeyError, Methods, PreparedKey, PublicKey, SignatureMethod,
        rsa::{PrivateKey, Rsa},
    },
};
use support::{CALLBACK, Credentials, PHOTOS, World, location, printer, server_paths};

const ALL: [fn() -> Rsa; 4] = [Rsa::sha1, Rsa::sha256, Rsa::sha512, Rsa::pss];

fn entropy(seed: u8) -> Entropy {
    Moment::new(Timestamp::from_unix(0), [seed; 32]).entropy()
}

/// A key that verifies only.
fn verifying(id: &str) -> Key {
    Key::shared(&"".into(), None).with_public_key(Some(keys::public(id)))
}

fn signing(method: &Rsa, id: &str) -> Box<dyn PreparedKey> {
    method.clone().signing_with(keys::private(id)).unwrap().prepare(&verifying(id)).unwrap()
}

fn sign(method: &Rsa, id: &str, base: &str, seed: u8) -> String {
    let mut signature = String::new();
    signing(method, id).sign(base, &mut entropy(seed), &mut signature).unwrap();
    signature
}

/// A world in which the printer has a token, and from now on signs with its key and nothing else.
fn world(methods: &[&str]) -> (World, Credentials) {
    let all = || ALL.iter().fold(Methods::recommended(), |methods, one| methods.with(Arc::new(one())));
    let mut world = World::with(|config| config.methods = all(), |config| config.methods = all());
    let token = world.token();
    world.store.register(Client {
        secret: "".into(),
        public_key: Some(keys::public("rsa2048-a")),
        methods: AllowedMethods::new(methods.iter().copied()),
        ..printer()
    });
    (world, token)
}

/// The printer's own side, with any key.
fn application(world: &World, method: Rsa, id: &str) -> client::Client {
    let (paths, url) = (server_paths(), |path| world.url(path).parse().unwrap());
    let provider = client::Provider::new(url(paths.temporary), url(paths.authorize), url(paths.token));
    let method = method.signing_with(keys::private(id)).unwrap();
    client::Client::new(client::Config {
        method: Arc::new(method),
        ..client::Config::new("printer", "", provider)
    })
    .unwrap()
}

/// One round trip.
fn run<E: Exchange>(world: &mut World, mut exchange: E) -> E::Done {
    let Ok(outgoing) = exchange.request(world.moment()) else { panic!("no request") };
    let response = world.send(&outgoing.request).response;
    match exchange.response(response, world.moment()) {
        Ok(Progress::Done(done)) => done,
        _ => panic!("not answered"),
    }
}

fn photo() -> Request<Bytes> {
    Request::get(PHOTOS).body(Bytes::new()).unwrap()
}

fn credentials(credentials: &Credentials) -> client::TokenCredentials {
    serde_json::from_value(serde_json::json!({
        "token": credentials.token,
        "secret": credentials.secret.expose(),
    }))
    .unwrap()
}

#[test]
fn every_method_admits_what_the_key_of_the_client_signed_and_nothing_else() {
    for (number, method) in ALL.iter().enumerate() {
        let (mut world, token) = world(&[method().name()]);
        let token = credentials(&token);
        let mut fetch = |key: &str, seed: u8, change: &dyn Fn(&mut Request<Bytes>)| {
            let mut request = photo();
            let moment = Moment::new(world.now, [seed; 32]);
            application(&world, method(), key).sign(&mut request, Some(&token), moment).unwrap();
            change(&mut request);
            world.fetch(&request).map_err(|reply| reply.reason.unwrap())
        };
        assert_eq!(fetch("rsa2048-a", 1, &|_| {}).unwrap().client_id, "printer", "{number}");
        assert_eq!(fetch("rsa2048-b", 2, &|_| {}), Err(Reason::Signature));
        let elsewhere = |request: &mut Request<Bytes>| *request.uri_mut() = "/other".parse().unwrap();
        assert_eq!(fetch("rsa2048-a", 3, &elsewhere), Err(Reason::Signature));
    }
}

#[test]
fn the_whole_dance_runs_with_a_key_pair_and_empty_secrets() {
    let (mut world, _) = world(&["RSA-SHA256"]);
    let client = application(&world, Rsa::sha256(), "rsa2048-a");
    let exchange = client.temporary_credentials(client::Callback::Uri(CALLBACK.parse().unwrap()));
    let pending = run(&mut world, exchange);
    let back = world.browse(pending.authorization_url(&client).as_str());
    let exchange = pending.callback(&client, &location(&back.response).unwrap().parse().unwrap()).unwrap();
    let token = run(&mut world, exchange);
    let mut request = photo();
    client.sign(&mut request, Some(&token), world.moment()).unwrap();
    assert_eq!(world.fetch(&request).unwrap().client_id, "printer");
}

#[test]
fn o11_a_client_with_a_key_pair_is_not_taken_at_a_method_that_needs_none() {
    let (mut world, token) = world(&["RSA-SHA256"]);
    // What an attacker knows: the identifiers and the public key.
    let public = keys::public("rsa2048-a");
    let pem = STANDARD.encode(public.as_spki());
    for secret in ["", &pem] {
        for method in ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512"] {
            let forged = support::Signer::new("printer", secret, world.now).method(method);
            let refused = world.fetch(&forged.token(&token).get(PHOTOS)).unwrap_err();
            assert_eq!(refused.reason, Some(Reason::MethodNotAllowed));
            assert_eq!(refused.response.status(), StatusCode::UNAUTHORIZED);
        }
    }
}

#[test]
fn o12_an_empty_secret_signs_nothing_even_where_every_method_is_allowed() {
    let (mut world, token) = world(&["RSA-SHA256", "HMAC-SHA256"]);
    let forged = support::Signer::new("printer", "", world.now).method("HMAC-SHA256").token(&token);
    assert_eq!(world.fetch(&forged.get(PHOTOS)).unwrap_err().reason, Some(Reason::EmptySecret));
}

#[test]
fn o31_short_keys_are_refused_on_both_sides() {
    let too_short = Some(KeyError::TooShort { bits: 1024, minimum: 2048 });
    for method in ALL {
        assert_eq!(method().signing_with(keys::private("oauthlib-1024")).err(), too_short);
        assert_eq!(method().prepare(&verifying("oauthlib-1024")).err(), too_short);
        let legacy = method().dangerously_accept_keys_of(1024);
        let signature = sign(&legacy, "oauthlib-1024", "base", 1);
        assert!(legacy.verify(&verifying("oauthlib-1024"), "base", &signature).unwrap());
    }
}

#[test]
fn o31_a_client_whose_key_is_short_or_missing_gets_nowhere_and_the_operator_knows_why() {
    let (mut world, token) = world(&["RSA-SHA256"]);
    let token = credentials(&token);
    let mut request = photo();
    let client = application(&world, Rsa::sha256(), "rsa2048-a");
    client.sign(&mut request, Some(&token), world.moment()).unwrap();
    let short = KeyError::TooShort { bits: 1024, minimum: 2048 };
    let junk = PublicKey::from_spki(*b"junk");
    for (public_key, error) in [
        (None, KeyError::Missing),
        (Some(keys::public("oauthlib-1024")), short),
        (Some(junk), KeyError::Malformed),
    ] {
        let methods = AllowedMethods::new(["RSA-SHA256"]);
        world.store.register(Client { public_key, methods, ..printer() });
        let refused = world.fetch(&request).unwrap_err();
        assert_eq!(refused.reason, Some(Reason::Key(error)));
        assert_eq!(refused.response.status(), StatusCode::UNAUTHORIZED);
    }
}

#[test]
fn a_signature_of_rsa_is_one_text_and_no_other() {
    for method in ALL {
        let (method, key) = (method(), verifying("rsa2048-a"));
        let signature = sign(&method, "rsa2048-a", "base", 1);
        let verify = |base, signature: &str| method.verify(&key, base, signature).unwrap();
        assert!(verify("base", &signature));
        let bytes = STANDARD.decode(&signature).unwrap();
        let leading_zero = STANDARD.encode([&[0], &*bytes].concat());
        for text in [
            "",
            "=",
            signature.trim_end_matches('='),
            &format!("{signature}="),
            &format!(" {signature}"),
            &signature.repeat(2),
            &signature.to_lowercase(),
            &STANDARD.encode(&bytes[1..]),
            &leading_zero,
            &"A".repeat(1_000_000),
        ] {
            assert!(!verify("base", text), "{} {text:.60}", method.name());
        }
        assert!(!verify("Base", &signature));
        assert!(!method.verify(&verifying("rsa2048-b"), "base", &signature).unwrap());
        // No method's signature is another's.
        for other in ALL.iter().map(|other| other()).filter(|other| other.name() != method.name()) {
            assert!(!other.verify(&key, "base", &signature).unwrap());
        }
    }
}

#[test]
fn pss_is_salted_and_the_others_are_not() {
    for method in ALL {
        let method = method();
        let signatures: BTreeSet<_> = (0..3).map(|seed| sign(&method, "rsa2048-a", "base", seed)).collect();
        assert_eq!(signatures.len(), if method.name() == "RSA-PSS" { 3 } else { 1 }, "{}", method.name());
    }
}

#[test]
fn a_public_key_alone_does_not_sign() {
    let prepared = Rsa::sha256().prepare(&verifying("rsa2048-a")).unwrap();
    let mut signature = String::new();
    assert_eq!(prepared.sign("base", &mut entropy(0), &mut signature), Err(KeyError::Missing));
    assert_eq!(signature, "");
    assert_eq!(Rsa::sha256().prepare(&Key::shared(&"".into(), None)).err(), Some(KeyError::Missing));
}

#[test]
fn keys_are_read_from_pem_der_and_jwk() {
    for id in ["rsa2048-a", "rsa2048-b", "rsa3072"] {
        let pem = |label: &str, form: &str| {
            let lines: Vec<_> = STANDARD.encode(keys::der(id, form)).into_bytes();
            let lines: Vec<_> = lines.chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
            format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
        };
        let public = keys::public(id);
        let bits = if id == "rsa3072" { 3072 } else { 2048 };
        let private = [
            PrivateKey::from_pem(&pem("PRIVATE KEY", "private_der_b64_pkcs8")),
            PrivateKey::from_pem(&pem("RSA PRIVATE KEY", "private_der_b64_pkcs1")),
            PrivateKey::from_der(&keys::der(id, "private_der_b64_pkcs8")),
            PrivateKey::from_der(&keys::der(id, "private_der_b64_pkcs1")),
            PrivateKey::from_jwk(&jwk(id, true)),
        ];
        for private in private.map(Result::unwrap) {
            assert_eq!((private.public_key().unwrap(), private.bits()), (public.clone(), bits), "{id}");
        }
        for read in [
            PublicKey::from_rsa_pem(&pem("PUBLIC KEY", "public_der_b64_spki")),
            PublicKey::from_rsa_pem(&pem("RSA PUBLIC KEY", "public_der_b64_pkcs1")),
            PublicKey::from_rsa_der(&keys::der(id, "public_der_b64_spki")),
            PublicKey::from_rsa_der(&keys::der(id, "public_der_b64_pkcs1")),
            PublicKey::from_rsa_jwk(&jwk(id, false)),
            PublicKey::from_rsa_jwk(&jwk(id, true)),
        ] {
            assert_eq!(read.unwrap(), public, "{id}");
        }
        let stored = serde_json::to_string(&public).unwrap();
        assert_eq!(serde_json::from_str::<PublicKey>(&stored).unwrap(), public);
    }
}

#[test]
fn what_is_no_key_is_refused() {
    let whole = jwk("rsa2048-a", true);
    let other_type = whole.replace(r#""RSA""#, r#""EC""#);
    let padded = whole.replace(r#""e":"AQAB""#, r#""e":"AQAB==""#);
    let even = jwk("rsa2048-a", false).replace(r#""e":"AQAB""#, r#""e":"AQAA""#);
    let long = "A".repeat(100_000);
    for text in ["", "{}", "-----BEGIN PRIVATE KEY-----", &other_type, &padded, &even, &long] {
        assert_eq!(PrivateKey::from_pem(text).err(), Some(KeyError::Malformed));
        assert_eq!(PrivateKey::from_jwk(text).err(), Some(KeyError::Malformed), "{text:.80}");
        assert_eq!(PrivateKey::from_der(text.as_bytes()).err(), Some(KeyError::Malformed));
        assert_eq!(PublicKey::from_rsa_pem(text).err(), Some(KeyError::Malformed));
        assert_eq!(PublicKey::from_rsa_jwk(text).err(), Some(KeyError::Malformed), "{text:.80}");
        assert_eq!(PublicKey::from_rsa_der(text.as_bytes()).err(), Some(KeyError::Malformed));
    }
    // The parts of a private key must fit each other.
    let mixed: serde_json::Value = serde_json::from_str(&jwk("rsa2048-b", true)).unwrap();
    let mut parts: serde_json::Value = serde_json::from_str(&whole).unwrap();
    parts["p"] = mixed["p"].clone();
    assert_eq!(PrivateKey::from_jwk(&parts.to_string()).err(), Some(KeyError::Malformed));
    // A public one is none.
    assert_eq!(PrivateKey::from_jwk(&jwk("rsa2048-a", false)).err(), Some(KeyError::Malformed));
}

#[test]
fn no_private_key_is_printed() {
    let method = Rsa::pss().signing_with(keys::private("rsa2048-a")).unwrap();
    let prepared = method.prepare(&verifying("rsa2048-a")).unwrap();
    for text in [format!("{method:?}"), format!("{prepared:?}"), format!("{:?}", keys::private("rsa2048-a"))]
    {
        assert!(text.contains("PrivateKey(2048 bits)") && text.len() < 4000, "{text}");
        let secret: serde_json::Value = serde_json::from_str(&jwk("rsa2048-a", true)).unwrap();
        let d = base64url::decode(secret["d"].as_str().unwrap().as_bytes()).unwrap();
        let hex: String = d.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(!text.to_lowercase().contains(&hex[..32]), "{text}");
    }
}

/// A key as JWK, taken apart from its PKCS #1.
fn jwk(id: &str, private: bool) -> String {
    let der = keys::der(id, "private_der_b64_pkcs1");
    let mut rest = &der[4..];
    let mut integer = || {
        assert_eq!(rest[0], 2);
        let (len, head) = match rest[1] {
            0x82 => (usize::from(rest[2]) << 8 | usize::from(rest[3]), 4),
            0x81 => (usize::from(rest[2]), 3),
            short => (usize::from(short), 2),
        };
        let value = &rest[head..head + len];
        rest = &rest[head + len..];
        base64url::encode(&value[value.iter().take_while(|byte| **byte == 0).count()..])
    };
    let [_version, n, e, d, p, q] = [(); 6].map(|()| integer());
    let public = serde_json::json!({ "kty": "RSA", "n": n, "e": e, "kid": "1" });
    let all = serde_json::json!({ "kty": "RSA", "n": n, "e": e, "d": d, "p": p, "q": q });
    if private { all.to_string() } else { public.to_string() }
}
