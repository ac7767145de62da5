//! Attacks on signatures and on what they cover. The names carry the numbers of `docs/attacks.md`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{
    HeaderMap, Request, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, HOST, WWW_AUTHENTICATE},
};
use oauth_sansio::{Digest, Entropy, Secret, form};
use oauth1_core::{
    resource::{self, Legs, Verifier},
    server::{Client, Provider, Reason},
    signature::{
        AllowedMethods, HmacSha1, Key, KeyError, Methods, Plaintext, PreparedKey, ReadError, SignatureMethod,
    },
};
use support::{CALLBACK, Credentials, PHOTOS, Signer, World, other_client, printer, server_paths};
use url::Url;

const UNKNOWN: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[test]
fn o11_a_client_signs_with_its_own_methods_only() {
    let mut world = World::with_plaintext();
    let token = world.token();
    let allowed =
        |names: &[&str]| Client { methods: AllowedMethods::new(names.iter().copied()), ..printer() };
    world.store.register(allowed(&["HMAC-SHA256"]));
    for method in ["HMAC-SHA1", "HMAC-SHA512", "PLAINTEXT"] {
        let request = world.printer().token(&token).method(method).get(PHOTOS);
        let refused = world.fetch(&request).unwrap_err();
        assert_eq!(refused.reason, Some(Reason::MethodNotAllowed), "{method}");
        assert_eq!(refused.response.status(), StatusCode::UNAUTHORIZED);
    }
    assert!(world.fetch(&world.printer().token(&token).method("HMAC-SHA256").get(PHOTOS)).is_ok());
    // A method nobody offers, and a name in another case.
    world.store.register(allowed(&["RSA-SHA1", "hmac-sha1", "HMAC-SHA1"]));
    for method in ["RSA-SHA1", "hmac-sha1", "HMAC-MD5"] {
        let request = world.printer().token(&token).method(method).get(PHOTOS);
        assert_eq!(world.fetch_refused(&request), Reason::UnsupportedMethod, "{method}");
    }
}

#[test]
fn o12_empty_secrets_sign_nothing() {
    let mut world = World::with(|_| {}, |config| config.two_legged = true);
    world.store.register(Client { client_id: "hollow".into(), secret: "".into(), ..printer() });
    let hollow = Signer::new("hollow", "", world.now);
    assert_eq!(world.fetch_refused(&hollow.get(PHOTOS)), Reason::EmptySecret);

    let mut token = world.token();
    let id = Digest::of_token(&token.token);
    let record = world.store.tokens[&id].as_ref().clone();
    let record = oauth1_core::server::Token { secret: "".into(), ..record };
    world.store.tokens.insert(id, Arc::new(record));
    token.secret = Secret::new("");
    assert_eq!(world.fetch_refused(&world.printer().token(&token).get(PHOTOS)), Reason::EmptySecret);

    // An unknown client or token has no empty secret either, nor any other that could be guessed.
    let unknown = Credentials { token: UNKNOWN.into(), secret: "".into() };
    assert_eq!(world.fetch_refused(&world.printer().token(&unknown).get(PHOTOS)), Reason::UnknownToken);
    for secret in ["".to_owned(), "-".repeat(43)] {
        let nobody = Signer::new("nobody", &secret, world.now);
        assert_eq!(world.fetch_refused(&nobody.get(PHOTOS)), Reason::UnknownClient);
        let token = Credentials { token: UNKNOWN.into(), secret: secret.clone().into() };
        assert_eq!(world.fetch_refused(&nobody.token(&token).get(PHOTOS)), Reason::UnknownClient);
    }
}

#[test]
fn o13_a_protocol_parameter_comes_once_wherever_it_travels() {
    let mut world = World::new();
    let token = world.token();
    let signer = world.printer().token(&token);
    let header = signer.get(PHOTOS).headers()[AUTHORIZATION].to_str().unwrap().to_owned();
    for more in
        ["oauth_nonce=\"nonce\"", "oauth_nonce=\"x\"", "oauth%5Fnonce=\"x\"", "oauth_x=\"1\", oauth_x=\"1\""]
    {
        let request = Request::get(PHOTOS).header(AUTHORIZATION, format!("{header}, {more}"));
        let reason = world.fetch_refused(&request.body(Bytes::new()).unwrap());
        assert_eq!(reason, Reason::Read(ReadError::Repeated), "{more}");
    }
    let pairs = form_of(&header);
    let query = format!("https://photos.example.net/photos?{pairs}&oauth_nonce=nonce");
    let request = Request::get(query).body(Bytes::new()).unwrap();
    assert_eq!(world.fetch_refused(&request), Reason::Read(ReadError::Repeated));
    let request = Request::post(PHOTOS).header(CONTENT_TYPE, form::MEDIA_TYPE);
    let request = request.body(Bytes::from(format!("{pairs}&oauth_nonce=nonce"))).unwrap();
    assert_eq!(world.fetch_refused(&request), Reason::Read(ReadError::Repeated));
}

/// The parameters of a header, as a form.
fn form_of(header: &str) -> String {
    header.trim_start_matches("OAuth ").replace("\", ", "&").replace("=\"", "=").replace('"', "")
}

#[test]
fn o14_protocol_parameters_travel_in_one_place() {
    let mut world = World::new();
    let token = world.token();
    let signer = world.printer().token(&token);
    for extra in ["oauth_token=x", "oauth_callback=oob", "oauth%5Fx=1", "oauth_"] {
        let request = signer.get(&format!("{PHOTOS}&{extra}"));
        assert_eq!(world.fetch_refused(&request), Reason::Read(ReadError::SeveralPlaces), "{extra}");
        let request = signer.clone().form(extra).post(PHOTOS);
        assert_eq!(world.fetch_refused(&request), Reason::Read(ReadError::SeveralPlaces), "{extra}");
    }
}

#[test]
fn o18_the_host_header_does_not_choose_the_base_uri() {
    let mut world = World::new();
    let token = world.token();
    let signer = world.printer().token(&token);
    let spoof = |mut request: Request<Bytes>| {
        *request.uri_mut() = request.uri().path_and_query().unwrap().as_str().parse().unwrap();
        for (name, value) in [
            (HOST.as_str(), "evil.example"),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-proto", "http"),
            ("forwarded", "host=evil.example;proto=http"),
        ] {
            request.headers_mut().insert(http::HeaderName::try_from(name).unwrap(), value.parse().unwrap());
        }
        request
    };
    // Signed for somebody else's host, it is not good here whatever its headers say.
    for foreign in [PHOTOS.replace("photos.example.net", "evil.example"), PHOTOS.replace("https", "http")] {
        assert_eq!(world.fetch_refused(&spoof(signer.get(&foreign))), Reason::Signature, "{foreign}");
    }
    // Signed for this one, it is.
    assert!(world.fetch(&spoof(signer.get(PHOTOS))).is_ok());
}

#[test]
fn o21_plaintext_needs_tls_and_an_explicit_yes() {
    // Not on offer unless it is said so, for the role and for the client.
    let mut world = World::new();
    let token = world.token();
    let plain = |world: &World| world.printer().token(&token).method("PLAINTEXT").without_nonce();
    assert_eq!(world.fetch_refused(&plain(&world).get(PHOTOS)), Reason::UnsupportedMethod);

    let mut world = World::with_plaintext();
    let token = world.token();
    let plain = world.printer().token(&token).method("PLAINTEXT").without_nonce();
    assert!(world.fetch(&plain.get(PHOTOS)).is_ok());
    // Nothing is spent, so nothing is lost: TLS is what protects it.
    assert!(world.fetch(&plain.get(PHOTOS)).is_ok());

    let origin = Url::parse("http://127.0.0.1:8080").unwrap();
    let methods = Methods::recommended().with(Arc::new(Plaintext));
    let config = resource::Config {
        methods: methods.clone(),
        insecure_loopback: true,
        ..resource::Config::new(origin.clone())
    };
    world.verifier = Verifier::new(config).unwrap();
    assert_eq!(world.fetch_refused(&plain.get(PHOTOS)), Reason::PlaintextWithoutTls);
    let config = oauth1_core::server::Config {
        methods,
        insecure_loopback: true,
        ..oauth1_core::server::Config::new(origin)
    };
    world.provider = Provider::new(config).unwrap();
    let request = world.printer().method("PLAINTEXT").with("oauth_callback", CALLBACK);
    let refused = world.send(&request.post(&world.url(server_paths().temporary)));
    assert_eq!(refused.reason, Some(Reason::PlaintextWithoutTls));
    assert_eq!(refused.response.status(), StatusCode::BAD_REQUEST);
}

/// HMAC-SHA1 that counts the signatures it computes.
#[derive(Debug, Default)]
struct Counting(Arc<AtomicUsize>);

#[derive(Debug)]
struct CountingKey(Box<dyn PreparedKey>, Arc<AtomicUsize>);

impl SignatureMethod for Counting {
    fn name(&self) -> &str {
        "HMAC-SHA1"
    }

    fn prepare(&self, key: &Key) -> Result<Box<dyn PreparedKey>, KeyError> {
        Ok(Box::new(CountingKey(HmacSha1.prepare(key)?, Arc::clone(&self.0))))
    }
}

impl PreparedKey for CountingKey {
    fn sign(&self, base: &str, entropy: &mut Entropy, signature: &mut String) -> Result<(), KeyError> {
        self.0.sign(base, entropy, signature)
    }

    fn verify(&self, base: &str, signature: &str) -> bool {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.verify(base, signature)
    }
}

#[test]
fn o23_a_signature_is_computed_for_unknown_clients_and_tokens_too() {
    let count = Arc::new(AtomicUsize::new(0));
    let methods = || Methods::recommended().with(Arc::new(Counting(Arc::clone(&count))));
    let mut world = World::with(|config| config.methods = methods(), |config| config.methods = methods());
    world.store.register(other_client());
    let token = world.token();
    let temporary = world.temporary_with_nonce(CALLBACK, "second");
    let unknown = Credentials { token: UNKNOWN.into(), secret: "x".into() };
    let signers = [
        world.printer().token(&token),
        world.printer().token(&unknown),
        Signer::new("printer", "wrong", world.now).token(&token),
        Signer::new("other", "other secret", world.now).token(&token),
        Signer::new("nobody", "x", world.now).token(&token),
        Signer::new("nobody", "x", world.now).token(&unknown),
    ];
    for signer in &signers {
        count.store(0, Ordering::Relaxed);
        let _ = world.fetch(&signer.get(PHOTOS));
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }
    for token in [&temporary, &unknown] {
        for client in ["printer", "other", "nobody"] {
            count.store(0, Ordering::Relaxed);
            let signer = Signer::new(client, "wrong", world.now).token(token).with("oauth_verifier", "x");
            assert!(world.send(&signer.post(&world.url(server_paths().token))).reason.is_some());
            assert_eq!(count.load(Ordering::Relaxed), 1, "{client}");
        }
    }
    for client in ["printer", "nobody"] {
        count.store(0, Ordering::Relaxed);
        let signer = Signer::new(client, "wrong", world.now).with("oauth_callback", CALLBACK);
        assert!(world.send(&signer.post(&world.url(server_paths().temporary))).reason.is_some());
        assert_eq!(count.load(Ordering::Relaxed), 1, "{client}");
    }
}

#[test]
fn o24_all_refusals_look_the_same() {
    let mut world = World::with_plaintext();
    world.store.register(other_client());
    let token = world.token();
    let revoked = {
        world.pass(Duration::from_secs(1));
        world.token()
    };
    let family = world.store.tokens[&Digest::of_token(&revoked.token)].family;
    world.store.revoked.insert(family);
    let unknown = Credentials { token: UNKNOWN.into(), secret: "x".into() };
    assert!(world.fetch(&world.printer().token(&token).nonce("used").get(PHOTOS)).is_ok());
    let old = world.now.as_unix() - 1000;
    let window = Duration::from_secs(300);
    let stale = Reason::Timestamp { from: world.now.minus(window), until: world.now.plus(window) };
    let refusals = [
        (world.printer().token(&token).nonce("used"), Reason::NonceUsed),
        (world.printer().token(&token).timestamp(old), stale),
        (world.printer().token(&unknown), Reason::UnknownToken),
        (world.printer().token(&revoked), Reason::Revoked),
        (world.printer().token(&token).method("HMAC-SHA512"), Reason::MethodNotAllowed),
        (Signer::new("printer", "wrong", world.now).token(&token), Reason::Signature),
        (Signer::new("other", "other secret", world.now).token(&token), Reason::OtherClient),
        (Signer::new("nobody", "x", world.now).token(&token), Reason::UnknownClient),
    ];
    let mut seen: Option<(HeaderMap, Bytes)> = None;
    for (signer, reason) in refusals {
        let refused = world.fetch(&signer.get(PHOTOS)).unwrap_err();
        assert_eq!(refused.reason, Some(reason));
        assert_eq!(refused.response.status(), StatusCode::UNAUTHORIZED);
        let wire = (refused.response.headers().clone(), refused.response.body().clone());
        assert_eq!(*seen.get_or_insert_with(|| wire.clone()), wire, "{reason:?}");
    }
    let (headers, _) = seen.unwrap();
    assert_eq!(headers[WWW_AUTHENTICATE], "OAuth realm=\"https://photos.example.net\"");
}

#[test]
fn o26_a_token_serves_its_own_client_only() {
    let mut world = World::new();
    world.store.register(other_client());
    let token = world.token();
    let thief = Signer::new("other", "other secret", world.now).token(&token);
    assert_eq!(world.fetch_refused(&thief.get(PHOTOS)), Reason::OtherClient);
    // The refused try has left nothing behind that would spoil the token for its owner.
    assert!(world.fetch(&world.printer().token(&token).get(PHOTOS)).is_ok());
}

/// The key that is kept beside a token is that of both secrets.
#[test]
fn a_client_secret_that_was_changed_is_good_no_more() {
    let mut world = World::new();
    let token = world.token();
    let signed = |world: &World, secret: &str, nonce: &str| {
        Signer::new("printer", secret, world.now).token(&token).nonce(nonce).get(PHOTOS)
    };
    assert!(world.fetch(&signed(&world, "printer secret", "1")).is_ok());
    world.store.register(Client { secret: "new secret".into(), ..printer() });
    assert_eq!(world.fetch_refused(&signed(&world, "printer secret", "2")), Reason::Signature);
    assert!(world.fetch(&signed(&world, "new secret", "3")).is_ok());
    // Nor does it depend on which was seen first.
    world.store.register(printer());
    assert!(world.fetch(&signed(&world, "printer secret", "4")).is_ok());
    assert_eq!(world.fetch_refused(&signed(&world, "new secret", "5")), Reason::Signature);
}

#[test]
fn o30_any_other_version_is_refused() {
    let mut world = World::new();
    let token = world.token();
    let header =
        world.printer().token(&token).get(PHOTOS).headers()[AUTHORIZATION].to_str().unwrap().to_owned();
    for version in ["2.0", "1.1", "1", "1.0a", "", "%201.0"] {
        let header = header.replace("oauth_version=\"1.0\"", &format!("oauth_version=\"{version}\""));
        let request = Request::get(PHOTOS).header(AUTHORIZATION, header).body(Bytes::new()).unwrap();
        assert_eq!(world.fetch_refused(&request), Reason::Read(ReadError::Version), "{version}");
    }
}

#[test]
fn o33_the_method_is_that_of_the_request_line() {
    let mut world = World::new();
    let token = world.token();
    let signer = world.printer().token(&token);
    for name in ["x-http-method-override", "x-http-method", "x-method-override"] {
        let mut request = signer.request("DELETE", PHOTOS);
        *request.method_mut() = http::Method::GET;
        request.headers_mut().insert(name, "DELETE".parse().unwrap());
        assert_eq!(world.fetch_refused(&request), Reason::Signature, "{name}");
    }
}

#[test]
fn o37_a_missing_token_and_an_empty_one_are_two_things() {
    let empty = Credentials { token: String::new(), secret: "".into() };
    for (two_legged, zero_legged) in [(false, false), (true, false), (false, true), (true, true)] {
        let mut world =
            World::with(|_| {}, |config| (config.two_legged, config.zero_legged) = (two_legged, zero_legged));
        let token = world.token();
        for (signer, legs, on) in [
            (world.printer().token(&token), Legs::Three, true),
            (world.printer(), Legs::Two, two_legged),
            (world.printer().nonce("2").token(&empty), Legs::Zero, zero_legged),
        ] {
            let outcome = world.fetch(&signer.get(PHOTOS));
            match on {
                true => {
                    let grant = outcome.unwrap();
                    assert_eq!(grant.legs, legs);
                    let owner = legs == Legs::Three;
                    assert_eq!((grant.subject.is_some(), grant.family.is_some()), (owner, owner));
                    assert!(grant.realms.is_empty() != owner);
                }
                false => {
                    let missing = Reason::Read(ReadError::Missing("oauth_token"));
                    assert_eq!(outcome.unwrap_err().reason, Some(missing), "{legs:?}");
                }
            }
        }
    }
}

#[test]
fn o37_an_empty_token_in_the_first_request_is_a_mistake_unless_it_is_said_to_be_none() {
    let empty = Credentials { token: String::new(), secret: "".into() };
    for on in [false, true] {
        let mut world = World::with(|config| config.empty_token_is_absent = on, |_| {});
        let request = world.printer().token(&empty).with("oauth_callback", CALLBACK);
        let reply = world.send(&request.post(&world.url(server_paths().temporary)));
        let missing = Reason::Read(ReadError::Missing("oauth_token"));
        assert_eq!(reply.reason, (!on).then_some(missing));
        // For a token it is none in any case.
        let request = world.printer().token(&empty).with("oauth_verifier", "x");
        assert_eq!(world.send_refused(&request.post(&world.url(server_paths().token))), missing);
    }
}

#[test]
fn z01_requests_over_a_limit_are_refused() {
    let mut world = World::new();
    let token = world.token();
    let too_large = Reason::Read(ReadError::TooLarge);
    let many = format!("{PHOTOS}{}", "&a=b".repeat(100));
    assert_eq!(world.fetch_refused(&world.printer().token(&token).get(&many)), too_large);
    let long = "x".repeat(5000);
    assert_eq!(world.fetch_refused(&world.printer().token(&token).nonce(&long).get(PHOTOS)), too_large);
    let body = world.printer().token(&token).form(&"a=b&".repeat(101)).post(PHOTOS);
    assert_eq!(world.fetch_refused(&body), too_large);
    // Also where the signature comes behind the limit.
    let signed = "oauth_consumer_key=printer&oauth_signature=x&oauth_signature_method=HMAC-SHA1";
    let behind = format!("{}{signed}", "a=b&".repeat(100));
    let form = |body: &str| {
        let post = Request::post(PHOTOS).header(CONTENT_TYPE, form::MEDIA_TYPE);
        post.body(Bytes::from(body.to_owned())).unwrap()
    };
    assert_eq!(world.fetch_refused(&form(&behind)), too_large);
    assert_eq!(world.fetch_refused(&form(&format!("a={}&{signed}", "x".repeat(65 * 1024)))), too_large);
    let query = Request::get(format!("{PHOTOS}&{behind}")).body(Bytes::new()).unwrap();
    let refused = world.fetch(&query).unwrap_err();
    assert_eq!((refused.reason, refused.response.status()), (Some(too_large), StatusCode::BAD_REQUEST));
    // What has nothing to do with OAuth is not OAuth's to judge.
    assert_eq!(world.fetch_refused(&form(&"a=b&".repeat(101))), Reason::NoCredentials);
    let mut request =
        world.printer().with("oauth_callback", CALLBACK).post(&world.url(server_paths().temporary));
    *request.body_mut() = Bytes::from(vec![b'x'; 64 * 1024 + 1]);
    let refused = world.send(&request);
    assert_eq!(refused.reason, Some(Reason::TooLarge));
    assert_eq!(refused.response.status(), StatusCode::PAYLOAD_TOO_LARGE);
}
