//! Every case of `vectors/oauth1_signature.json`: signed as a client does, and read back as a server does.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test"
)]

#[path = "support/keys.rs"]
mod keys;

use std::{collections::BTreeMap, sync::Arc};

use http::{HeaderName, HeaderValue, Request, Uri, header::AUTHORIZATION};
use oauth_sansio::{Entropy, Moment, Secret, Timestamp, form, percent};
use oauth1_core::signature::{
    AuthorizationHeader, BaseString, Draft, HmacSha1, HmacSha256, HmacSha512, Key, Limits, Origin, Plaintext,
    Protocol, Received, Scratch, SignatureMethod, Target,
};
use serde_json::Value;
use url::Url;

/// The disputed cases, decided one by one; the vectors' expectation is our decision in each.
const DECIDED: [(&str, &str); 4] = [
    (
        "sig-s-disputed-1",
        "an IPv6 address is written in its short form, as in the Host header a URL library sends",
    ),
    ("sig-s-disputed-2", "user information is left out: it never reaches the Host header"),
    ("sig-s-disputed-3", "an empty port is no port"),
    ("sig-s-disputed-4", "a default port is left out behind an IPv6 address as well"),
];

#[test]
fn every_case_signs_and_verifies_as_the_vectors_say() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("../../../vectors/oauth1_signature.json")).unwrap();
    let mut ran = BTreeMap::<&str, usize>::new();
    let mut disputed = 0;
    let mut unread = Vec::new();
    for case in &cases {
        let id = case["id"].as_str().unwrap();
        if case["disputed"] == true {
            assert!(DECIDED.iter().any(|(decided, _)| *decided == id), "{id} is not decided");
            disputed += 1;
        }
        let kind = case["kind"].as_str().unwrap();
        match kind {
            "request" => request(id, case, &mut unread),
            "primitive" => primitive(id, case),
            "normalize" => normalize(id, case),
            "base_string_uri" => base_string_uri(id, case),
            "percent_encode" => percent_encode(id, case),
            other => panic!("{id}: {other}"),
        }
        *ran.entry(kind).or_default() += 1;
    }
    println!("oauth1_signature.json: {ran:?} ran, of which {disputed} disputed and decided as expected");
    println!("signed as expected and, on purpose, refused when read back: {unread:?}");
    assert_eq!((ran.values().sum(), cases.len()), (491, 491));
    assert_eq!(disputed, DECIDED.len());
    // Application parameters that begin with `oauth_` beside a header: two places (RFC 5849 section 3.5).
    assert_eq!(unread.len(), 8, "{unread:?}");
}

/// The method of a case and its key, which signs and verifies.
fn method(case: &Value) -> (Arc<dyn SignatureMethod>, Key) {
    let secret = |name: &str| case["credentials"][name].as_str().map(Secret::new);
    let consumer_secret = secret("consumer_secret").unwrap_or_else(|| Secret::new(""));
    let key = Key::shared(&consumer_secret, secret("token_secret").as_ref());
    let name = case["signature_method"].as_str().unwrap();
    let Some(id) = case["credentials"]["rsa_key_id"].as_str() else {
        return (by_name(name), key);
    };
    let rsa = keys::rsa(name).dangerously_accept_keys_of(1024);
    (Arc::new(rsa.signing_with(keys::private(id)).unwrap()), key.with_public_key(Some(keys::public(id))))
}

fn by_name(name: &str) -> Arc<dyn SignatureMethod> {
    match name {
        "HMAC-SHA1" => Arc::new(HmacSha1),
        "HMAC-SHA256" => Arc::new(HmacSha256),
        "HMAC-SHA512" => Arc::new(HmacSha512),
        "PLAINTEXT" => Arc::new(Plaintext),
        other => panic!("{other}"),
    }
}

fn entropy() -> Entropy {
    Moment::new(Timestamp::from_unix(0), [1; 32]).entropy()
}

fn request(id: &str, case: &Value, unread: &mut Vec<String>) {
    let expected = &case["expected"];
    let text = |name: &str| case[name].as_str();
    let credentials = &case["credentials"];
    let (method, key) = method(case);
    assert!(expected["key"].as_str().is_none_or(|text| text == key.text().expose()), "{id}: key");

    let mut request = Request::builder().method(text("method").unwrap()).uri(uri(text("url").unwrap()));
    for header in case["headers"].as_array().unwrap() {
        let (name, value) = (header[0].as_str().unwrap(), header[1].as_str().unwrap());
        request = request.header(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
    }
    let body = text("body").unwrap_or_default();
    let mut request = request.body(body.to_owned()).unwrap_or_else(|error| panic!("{id}: {error}"));

    let extra: Vec<(&str, &str)> = case["extra_oauth_params"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()))
        .collect();
    let draft = Draft {
        consumer_key: credentials["consumer_key"].as_str().unwrap(),
        token: credentials["token"].as_str(),
        method: method.name(),
        timestamp: text("timestamp"),
        nonce: text("nonce"),
        version: case["include_version"] == true,
        extra: &extra,
        realm: text("realm"),
    };
    let content_type = request.headers().get("content-type").and_then(|value| value.to_str().ok());
    let form = content_type.is_some_and(form::is_form).then_some(body.as_bytes());
    let uri = request.uri().clone();
    let target = Target { method: text("method").unwrap(), uri: &uri, form };
    let mut scratch = Scratch::default();
    let signed = draft.sign(&*method.prepare(&key).unwrap(), &target, &mut entropy(), &mut scratch).unwrap();
    assert_eq!(signed.base_string(), expected["base_string"], "{id}: base string");
    assert_eq!(signed.signature(), expected["signature"], "{id}: signature");
    let origin = Origin::of_uri(&uri).unwrap();
    assert_eq!(origin.base_uri(uri.path()), expected["base_string_uri"], "{id}: base string URI");

    match text("transport").unwrap() {
        "header" => {
            let value = signed.authorization().unwrap();
            assert!(value.is_sensitive());
            let mut sorted = AuthorizationHeader::parse(value.as_bytes()).unwrap().unwrap();
            let theirs = expected["authorization_header"].as_str().unwrap();
            let mut theirs = AuthorizationHeader::parse(theirs.as_bytes()).unwrap().unwrap();
            sorted.parameters.sort();
            theirs.parameters.sort();
            assert_eq!(sorted.parameters, theirs.parameters, "{id}: header");
            assert_eq!(sorted.realm, theirs.realm, "{id}: realm");
            assert_eq!(sorted.parameters, pairs(&expected["oauth_parameters"]), "{id}: parameters");
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        "body" => {
            let mut body = request.body().clone();
            signed.append_to(&mut body);
            assert_eq!(
                form_pairs(&body),
                form_pairs(expected["signed_body"].as_str().unwrap()),
                "{id}: body"
            );
            *request.body_mut() = body;
        }
        "query" => {
            let mut query = uri.query().unwrap_or_default().to_owned();
            signed.append_to(&mut query);
            let signed_url: Uri = expected["signed_url"].as_str().unwrap().parse().unwrap();
            assert_eq!(form_pairs(&query), form_pairs(signed_url.query().unwrap()), "{id}: query");
            *request.uri_mut() = format!("{}{}?{query}", origin.as_str(), uri.path()).parse().unwrap();
        }
        other => panic!("{id}: {other}"),
    }

    // The same request, read as a server reads it: every base string is found again.
    let has_two_places =
        text("transport") == Some("header") && uri.query().is_some_and(|query| query.contains("oauth_"));
    match Received::read(&request, &origin, &Limits::default()) {
        Ok(Some(received)) => {
            assert_eq!(received.base_string(), expected["base_string"], "{id}: base string, read");
            assert!(received.is_signed_with(&*method, &key), "{id}: verification");
            assert_eq!(received.consumer_key(), draft.consumer_key, "{id}");
            assert_eq!(received.token(), draft.token, "{id}");
            assert_eq!(received.realm(), text("realm"), "{id}");
            assert_eq!(received.nonce(), draft.nonce, "{id}");
            for (protocol, name) in
                [(Protocol::Callback, "oauth_callback"), (Protocol::Verifier, "oauth_verifier")]
            {
                let sent = extra.iter().find(|(n, _)| *n == name).map(|(_, value)| *value);
                assert_eq!(received.parameter(protocol), sent, "{id}");
            }
        }
        other => {
            assert!(has_two_places, "{id}: {other:?}");
            unread.push(format!("{id}: {}", other.unwrap_err()));
        }
    }
}

/// A raw `"` is no part of a URI; a URL library escapes it, with the same base string.
fn uri(text: &str) -> Uri {
    text.parse().unwrap_or_else(|_| Url::parse(text).unwrap().as_str().parse().unwrap())
}

fn pairs(value: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut pairs: Vec<_> =
        value.as_array().unwrap().iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect();
    pairs.sort();
    pairs
}

fn form_pairs(form: &str) -> Vec<(String, String)> {
    let mut pairs: Vec<_> =
        url::form_urlencoded::parse(form.as_bytes()).map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
    pairs.sort();
    pairs
}

fn primitive(id: &str, case: &Value) {
    let (method, key) = method(case);
    let base = case["base_string"].as_str().unwrap();
    let mut signature = String::new();
    method.prepare(&key).unwrap().sign(base, &mut entropy(), &mut signature).unwrap();
    assert_eq!(signature, case["expected"]["signature"], "{id}");
    assert!(case["expected"]["key"].as_str().is_none_or(|text| text == key.text().expose()), "{id}: key");
    assert!(method.verify(&key, base, &signature).unwrap(), "{id}");
}

fn normalize(id: &str, case: &Value) {
    let mut base = BaseString::default();
    let parameters = case["parameters"].as_array().unwrap();
    for pair in parameters {
        base.parameter(pair[0].as_str().unwrap(), pair[1].as_str().unwrap());
    }
    let origin = Origin::new(&Url::parse("https://h").unwrap()).unwrap();
    let text = base.write("GET", &origin, "/").unwrap();
    let normalized = text.strip_prefix("GET&https%3A%2F%2Fh%2F&").unwrap();
    assert_eq!(*percent::decode(normalized).unwrap(), case["expected"]["normalized_parameters"], "{id}");
}

fn base_string_uri(id: &str, case: &Value) {
    let expected = case["expected"]["base_string_uri"].as_str().unwrap();
    let url = case["url"].as_str().unwrap();
    let uri: Uri = url.parse().unwrap();
    assert_eq!(Origin::of_uri(&uri).unwrap().base_uri(uri.path()), expected, "{id}");
    let configured = Origin::new(&Url::parse(url).unwrap()).unwrap();
    assert_eq!(configured, Origin::of_uri(&uri).unwrap(), "{id}: both ways to an origin");
    assert_eq!(configured.base_uri(uri.path()), expected, "{id}: configured");
}

fn percent_encode(id: &str, case: &Value) {
    let text = case["text"].as_str().unwrap();
    assert_eq!(percent::encode(text), case["expected"]["encoded"].as_str().unwrap(), "{id}");
}
