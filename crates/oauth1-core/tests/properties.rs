//! Any request that a client can sign, against RFC 5849 section 3.4 written down in the plainest way: decode, encode,
//! sort, join.
//!
//! Thousands of requests at each run; `OAUTH_CASES` says how many, and the nightly run asks for a million.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{
    Request, Uri,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use oauth_sansio::{Moment, Secret, Timestamp, form};
use oauth1_core::{
    client::{Client, Config, Provider, TokenCredentials},
    signature::{
        HmacSha1, HmacSha256, HmacSha512, Key, Limits, Methods, Origin, Plaintext, Received, SignatureMethod,
    },
};
use proptest::prelude::*;
use sha1::Sha1;
use sha2::{Sha256, Sha512};

/// A request before it is signed, decoded, and how its parts are to be written.
#[derive(Clone, Debug)]
struct Case {
    consumer: (String, String),
    token: Option<(String, String)>,
    method: &'static str,
    transport: Transport,
    verb: String,
    origin: (bool, String, Option<u16>),
    path: String,
    query: Vec<(String, Option<String>)>,
    form: Option<Vec<(String, Option<String>)>>,
    media_type: &'static str,
    /// Of several spellings of an octet, which one is written.
    spelling: u64,
    seed: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transport {
    Header,
    Query,
    Form,
}

fn case() -> impl Strategy<Value = Case> {
    let text = || prop_oneof![4 => "[a-z0-9&=+%~ ;\"'*]{0,12}", 1 => any::<String>()];
    let pairs = || prop::collection::vec((name(), prop::option::weighted(0.9, text())), 0..8);
    let credentials = || (prop_oneof!["[a-z0-9]{1,20}", "\\PC{1,9}"], text());
    let host = prop_oneof![
        "[a-zA-Z][a-zA-Z0-9-]{0,8}\\.example",
        Just("[2001:DB8::1]".into()),
        Just("10.0.0.1".into())
    ];
    let port = prop_oneof![Just(None), Just(Some(80)), Just(Some(443)), (1..65535u16).prop_map(Some)];
    let request = (
        prop_oneof![Just("GET"), Just("POST"), Just("PUT"), Just("delete"), Just("X-Any")]
            .prop_map(str::to_owned),
        (any::<bool>(), host, port),
        "(/([a-zA-Z0-9~._!$'()*,;:@-]|%[0-9a-fA-F]{2}){0,6}){0,3}",
        pairs(),
        prop::option::of(pairs()),
        prop_oneof![
            Just("application/x-www-form-urlencoded"),
            Just("application/x-www-form-urlencoded; charset=utf-8"),
            Just("Application/X-WWW-Form-UrlEncoded"),
        ],
    );
    let method = prop_oneof![Just("HMAC-SHA1"), Just("HMAC-SHA256"), Just("HMAC-SHA512"), Just("PLAINTEXT")];
    let transport = prop_oneof![Just(Transport::Header), Just(Transport::Query), Just(Transport::Form)];
    let signing =
        (credentials(), prop::option::of(credentials()), method, transport, any::<u64>(), any::<u8>());
    (signing, request).prop_map(|(signing, request)| {
        let (consumer, token, method, transport, spelling, seed) = signing;
        let (verb, mut origin, path, query, form, media_type) = request;
        // What signs by giving the secret away goes over TLS only.
        origin.0 |= method == "PLAINTEXT";
        let form = if transport == Transport::Form { form.or(Some(vec![])) } else { form };
        Case {
            consumer,
            token,
            method,
            transport,
            verb,
            origin,
            path,
            query,
            form,
            media_type,
            spelling,
            seed,
        }
    })
}

/// Names collide and come before one another in every way.
fn name() -> impl Strategy<Value = String> {
    let name = prop_oneof![4 => "[ab%+-]{0,3}", 1 => "[A-Z~é ]{1,4}", 1 => any::<String>()];
    name.prop_filter("not the protocol's", |name| !name.starts_with("oauth_"))
}

impl Case {
    fn uri(&self) -> Uri {
        let (secure, host, port) = &self.origin;
        let scheme = if *secure { "https" } else { "HTTP" };
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let query = self.written(&self.query, 0);
        let query = if query.is_empty() { query } else { format!("?{query}") };
        format!("{scheme}://{host}{port}{}{query}", self.path).parse().unwrap()
    }

    fn request(&self) -> Request<Bytes> {
        let request = Request::builder().method(self.verb.as_str()).uri(self.uri());
        match &self.form {
            Some(form) => {
                let request = request.header(CONTENT_TYPE, self.media_type);
                request.body(self.written(form, 1).into()).unwrap()
            }
            None => request.header(CONTENT_TYPE, "text/plain").body(Bytes::from_static(b"a=b&c")).unwrap(),
        }
    }

    fn client(&self) -> (Client, Option<TokenCredentials>) {
        let url = |path: &str| format!("https://provider.example{path}").parse().unwrap();
        let mut config = Config::new(
            &self.consumer.0,
            self.consumer.1.as_str(),
            Provider::new(url("/1"), url("/2"), url("/3")),
        );
        config.method = self.methods().remove(0);
        let token = self.token.as_ref().map(|(token, secret)| TokenCredentials::new(token, secret.as_str()));
        (Client::new(config).unwrap(), token)
    }

    fn methods(&self) -> Vec<Arc<dyn SignatureMethod>> {
        vec![match self.method {
            "HMAC-SHA1" => Arc::new(HmacSha1),
            "HMAC-SHA256" => Arc::new(HmacSha256),
            "HMAC-SHA512" => Arc::new(HmacSha512),
            _ => Arc::new(Plaintext),
        }]
    }

    fn signed(&self) -> Request<Bytes> {
        let (client, token) = self.client();
        let mut signer = client.signer(token.as_ref());
        let mut request = self.request();
        let moment = Moment::new(Timestamp::from_unix(1_800_000_000), [self.seed; 32]);
        match self.transport {
            Transport::Header => signer.sign(&mut request, moment).unwrap(),
            Transport::Query => signer.sign_in_query(&mut request, moment).unwrap(),
            Transport::Form => signer.sign_in_form(&mut request, moment).unwrap(),
        }
        request
    }

    /// Pairs as text, each octet in one of its spellings.
    fn written(&self, pairs: &[(String, Option<String>)], salt: u64) -> String {
        let mut bits = self.spelling ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut octet = |octet: u8| {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            match (octet, bits >> 62) {
                (b' ', 0) => "+".into(),
                (b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~', 0..=2) => {
                    char::from(octet).into()
                }
                (b'*' | b'\'' | b'(' | b')' | b'!' | b'$' | b',' | b';' | b':' | b'@' | b'/', 0..=1) => {
                    char::from(octet).into()
                }
                (_, 3) => format!("%{octet:02x}"),
                _ => format!("%{octet:02X}"),
            }
        };
        let mut text = |text: &str| text.bytes().map(&mut octet).collect::<String>();
        let pairs = pairs.iter().map(|(name, value)| match value {
            Some(value) => format!("{}={}", text(name), text(value)),
            None => text(name),
        });
        pairs.collect::<Vec<_>>().join("&")
    }
}

// --- RFC 5849 section 3.4, in the plainest way -------------------------------------------------------------------

type Pair = (Vec<u8>, Vec<u8>);

fn base_string(case: &Case, request: &Request<Bytes>) -> String {
    let mut pairs = protocol_parameters(request);
    pairs.extend(form_pairs(request.uri().query().unwrap_or_default().as_bytes()));
    if case.form.is_some() {
        pairs.extend(form_pairs(request.body()));
    }
    pairs.retain(|(name, _)| name != b"oauth_signature");
    let mut encoded: Vec<_> = pairs.iter().map(|(name, value)| (encode(name), encode(value))).collect();
    encoded.sort();
    let joined: Vec<_> = encoded.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let (secure, host, port) = &case.origin;
    let (scheme, default) = if *secure { ("https", 443) } else { ("http", 80) };
    let port = port.filter(|port| *port != default).map(|port| format!(":{port}")).unwrap_or_default();
    let path = if case.path.is_empty() { "/" } else { &case.path };
    let uri = format!("{scheme}://{}{port}{path}", host.to_lowercase());
    [case.verb.to_uppercase(), uri, joined.join("&")].map(|part| encode(part.as_bytes())).join("&")
}

/// Those of the header, without the realm.
fn protocol_parameters(request: &Request<Bytes>) -> Vec<Pair> {
    let Some(header) = request.headers().get(AUTHORIZATION) else { return Vec::new() };
    let list = header.to_str().unwrap().strip_prefix("OAuth ").unwrap();
    list.split(", ")
        .map(|item| {
            let (name, value) = item.split_once("=\"").unwrap();
            (decode(name.as_bytes(), false), decode(value.strip_suffix('"').unwrap().as_bytes(), false))
        })
        .collect()
}

fn form_pairs(form: &[u8]) -> Vec<Pair> {
    let pieces = form.split(|byte| *byte == b'&').filter(|piece| !piece.is_empty());
    pieces
        .map(|piece| {
            let at = piece.iter().position(|byte| *byte == b'=').unwrap_or(piece.len());
            (decode(&piece[..at], true), decode(piece.get(at + 1..).unwrap_or_default(), true))
        })
        .collect()
}

fn decode(text: &[u8], form: bool) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'%' => {
                let digits = std::str::from_utf8(&text[at + 1..at + 3]).unwrap();
                octets.push(u8::from_str_radix(digits, 16).unwrap());
                at += 2;
            }
            b'+' if form => octets.push(b' '),
            other => octets.push(other),
        }
        at += 1;
    }
    octets
}

fn encode(octets: &[u8]) -> String {
    let unreserved = |octet: u8| octet.is_ascii_alphanumeric() || b"-._~".contains(&octet);
    let encode = |octet: &u8| match unreserved(*octet) {
        true => char::from(*octet).to_string(),
        false => format!("%{octet:02X}"),
    };
    octets.iter().map(encode).collect()
}

fn signature(case: &Case, base: &str) -> String {
    let token_secret = case.token.as_ref().map_or("", |(_, secret)| secret);
    let key = format!("{}&{}", encode(case.consumer.1.as_bytes()), encode(token_secret.as_bytes()));
    fn mac<M: Mac + KeyInit>(key: &str, base: &str) -> String {
        let mac = <M as KeyInit>::new_from_slice(key.as_bytes()).unwrap().chain_update(base);
        STANDARD.encode(mac.finalize().into_bytes())
    }
    match case.method {
        "HMAC-SHA1" => mac::<Hmac<Sha1>>(&key, base),
        "HMAC-SHA256" => mac::<Hmac<Sha256>>(&key, base),
        "HMAC-SHA512" => mac::<Hmac<Sha512>>(&key, base),
        _ => key,
    }
}

// --- what must hold ----------------------------------------------------------------------------------------------

fn cases() -> ProptestConfig {
    let cases = std::env::var("OAUTH_CASES").ok().map_or(4096, |cases| cases.parse().expect("a number"));
    ProptestConfig {
        max_global_rejects: u32::MAX,
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

/// As a server reads it.
fn read(case: &Case, request: &Request<Bytes>) -> Received {
    let origin = Origin::of_uri(&case.uri()).unwrap();
    // Long names are no matter of this test.
    let form = form::Limits { name: 1 << 16, value: 1 << 16, ..form::Limits::default() };
    Received::read(request, &origin, &Limits { form, protocol_value: 1 << 16 }).unwrap().unwrap()
}

fn verifies(case: &Case, received: &Received) -> bool {
    let secret = Secret::new(case.consumer.1.as_str());
    let token_secret = case.token.as_ref().map(|(_, secret)| Secret::new(secret.as_str()));
    let methods = Methods::recommended().with(Arc::new(Plaintext));
    let method = methods.find(received.signature_method()).unwrap();
    received.is_signed_with(method, &Key::shared(&secret, token_secret.as_ref()))
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn what_is_signed_is_what_the_rfc_says(case in case()) {
        let request = case.signed();
        let base = base_string(&case, &request);
        let received = read(&case, &request);
        prop_assert_eq!(received.base_string(), &base);
        prop_assert_eq!(received.signature(), signature(&case, &base));
        prop_assert!(verifies(&case, &received));
        // Nothing was lost on the way.
        prop_assert_eq!(received.consumer_key(), &case.consumer.0);
        prop_assert_eq!(received.token(), case.token.as_ref().map(|(token, _)| token.as_str()));
    }

    #[test]
    fn o15_what_means_something_else_is_not_signed(case in case(), other in case(), which in 0..5u8) {
        // PLAINTEXT covers nothing.
        prop_assume!(case.method != "PLAINTEXT");
        let signed = case.signed();
        let (mut changed, mut meant) = (signed.clone(), case.clone());
        match which {
            0 => {
                *changed.method_mut() = other.verb.parse().unwrap();
                meant.verb = other.verb;
            }
            1 => {
                meant.path = other.path;
                let query = signed.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
                let origin = Origin::of_uri(signed.uri()).unwrap();
                *changed.uri_mut() = format!("{}{}{query}", origin.as_str(), meant.path).parse().unwrap();
            }
            2 => meant.origin = other.origin,
            3 if case.transport != Transport::Query => {
                meant.query = other.query;
                *changed.uri_mut() = meant.uri();
            }
            _ if case.transport != Transport::Form => {
                meant.form = other.form;
                let request = meant.request();
                let authorization = changed.headers_mut().remove(AUTHORIZATION);
                *changed.headers_mut() = request.headers().clone();
                changed.headers_mut().extend(authorization.map(|value| (AUTHORIZATION, value)));
                *changed.body_mut() = request.into_body();
            }
            _ => {}
        }
        let same = base_string(&case, &signed) == base_string(&meant, &changed);
        prop_assert_eq!(verifies(&case, &read(&meant, &changed)), same);
    }
}
