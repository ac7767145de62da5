//! Every cause: a request that is wrong in this way, signed over a base string that is written down, and the diagnosis.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::Request;
use oauth_sansio::{Timestamp, percent::encode};
use oauth1_core::{
    diagnose::{
        Cause::{self, *},
        Check, Credentials, diagnose,
    },
    resource::Config,
    signature::{Methods, Plaintext},
};
use sha1::Sha1;
use sha2::Sha256;
use url::Url;

/// A request as it arrives, and what the client signed.
#[derive(Clone)]
struct Sent {
    origin: &'static str,
    line: (&'static str, &'static str),
    headers: Vec<(&'static str, &'static str)>,
    body: &'static str,
    realm: Option<&'static str>,
    protocol: Vec<(&'static str, &'static str)>,
    secrets: (&'static str, Option<&'static str>),
    base: String,
    key: &'static str,
    sign: fn(&str, &str) -> String,
}

const PROTOCOL: [(&str, &str); 5] = [
    ("oauth_token", "tk"),
    ("oauth_consumer_key", "ck"),
    ("oauth_nonce", "n"),
    ("oauth_signature_method", "HMAC-SHA1"),
    ("oauth_timestamp", "1800000000"),
];
/// The same, encoded and sorted.
const SIGNED: &str = "oauth_consumer_key=ck&oauth_nonce=n&oauth_signature_method=HMAC-SHA1&oauth_timestamp=1800000000&oauth_token=tk";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

fn base(method: &str, uri: &str, normalized: &str) -> String {
    format!("{method}&{}&{}", encode(uri), encode(normalized))
}

/// The parameters before and behind those of the protocol.
fn around(before: &str, behind: &str) -> String {
    [before, SIGNED, behind].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("&")
}

fn hmac(key: &str, base: &str) -> String {
    let mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).unwrap().chain_update(base).finalize();
    STANDARD.encode(mac.into_bytes())
}

/// A request for `target`, the parameters of which are signed as `before`.
fn get(target: &'static str, before: &str) -> Sent {
    let path = target.split('?').next().unwrap();
    Sent {
        origin: "https://example.net",
        line: ("GET", target),
        headers: Vec::new(),
        body: "",
        realm: None,
        protocol: PROTOCOL.to_vec(),
        secrets: ("cs", Some("ts")),
        base: base("GET", &format!("https://example.net{path}"), &around(before, "")),
        key: "cs&ts",
        sign: hmac,
    }
}

fn post(headers: Vec<(&'static str, &'static str)>, body: &'static str, signed: &str) -> Sent {
    let base = base("POST", "https://example.net/a", &around(signed, ""));
    Sent { line: ("POST", "/a"), headers, body, base, ..get("/a", "") }
}

fn uri(uri: &str) -> Sent {
    Sent { base: base("GET", uri, &around("b=1", "")), ..get("/a?b=1", "") }
}

fn path(target: &'static str, signed: &str) -> Sent {
    Sent { base: base("GET", &format!("https://example.net{signed}"), SIGNED), ..get(target, "") }
}

fn key(secrets: (&'static str, Option<&'static str>), key: &'static str) -> Sent {
    Sent { secrets, key, ..get("/a?b=1", "b=1") }
}

fn signature(sign: fn(&str, &str) -> String) -> Sent {
    Sent { sign, ..get("/a?b=1", "b=1") }
}

fn without(name: &str) -> Vec<(&'static str, &'static str)> {
    PROTOCOL.into_iter().filter(|(other, _)| *other != name).collect()
}

fn with(name: &'static str, value: &'static str) -> Vec<(&'static str, &'static str)> {
    without(name).into_iter().chain([(name, value)]).collect()
}

/// With another value of a protocol parameter, which is signed in this form.
fn protocol(
    target: &'static str,
    before: &str,
    name: &'static str,
    value: &'static str,
    signed: &str,
) -> Sent {
    let sent = get(target, before);
    let was = PROTOCOL.iter().find(|(other, _)| *other == name).map(|(_, value)| *value).unwrap();
    let base = sent.base.replace(&*encode(&format!("{name}={was}")), &encode(&format!("{name}={signed}")));
    Sent { protocol: with(name, value), base, ..sent }
}

fn cases() -> Vec<(Cause, Sent)> {
    let signed_without = |name: &str| {
        let piece = |part: &&str| !part.starts_with(&format!("{name}="));
        SIGNED.split('&').filter(piece).collect::<Vec<_>>().join("&")
    };
    let json = ("content-type", "application/json");
    vec![
        (OtherHttpMethod, Sent { base: base("POST", "https://example.net/a", SIGNED), ..get("/a", "") }),
        (HttpMethodCase, Sent { base: base("get", "https://example.net/a", SIGNED), ..get("/a", "") }),
        (Scheme, uri("http://example.net/a")),
        (DefaultPortKept, uri("https://example.net:443/a")),
        (PortDropped, Sent { origin: "https://example.net:8443", ..uri("https://example.net/a") }),
        (HostCase, Sent { headers: vec![("host", "Example.NET")], ..uri("https://Example.NET/a") }),
        (OtherHost, Sent { headers: vec![("host", "inside:8080")], ..uri("https://inside:8080/a") }),
        (OtherHost, Sent { headers: vec![("x-forwarded-host", "Out")], ..uri("https://out/a") }),
        (OtherHost, Sent { headers: vec![("host", "inside:8080")], ..uri("https://inside/a") }),
        (PathDecoded, path("/r%20v", "/r v")),
        (PathEncodedTwice, path("/r%20v", "/r%2520v")),
        (PathEncoded, path("/a!b(c)@", "/a%21b%28c%29%40")),
        (PathEncoded, path("/a%c3%a9@", "/a%C3%A9@")),
        (TrailingSlash, path("/a", "/a/")),
        (TrailingSlash, path("/a/", "/a")),
        (EmptyPath, path("/", "")),
        (QueryInUri, uri("https://example.net/a?b=1")),
        (QueryInUri, Sent { base: base("GET", "https://example.net/a?b=1", SIGNED), ..get("/a?b=1", "") }),
        (QueryLeftOut, get("/a?b=1", "")),
        (FormLeftOut, post(vec![FORM], "c=2", "")),
        (BodySigned, post(vec![json], "c=2", "c=2")),
        (BodySigned, post(vec![json], "{\"c\":2}", "%7B%22c%22%3A2%7D=")),
        (
            RealmSigned,
            Sent {
                realm: Some("r"),
                base: base("GET", "https://example.net/a", &around("", "realm=r")),
                ..get("/a", "")
            },
        ),
        (
            EmptyTokenNotSigned,
            Sent {
                protocol: with("oauth_token", ""),
                secrets: ("cs", None),
                base: base("GET", "https://example.net/a", &signed_without("oauth_token")),
                key: "cs&",
                ..get("/a", "")
            },
        ),
        (
            EmptyTokenSigned,
            Sent {
                protocol: without("oauth_token"),
                secrets: ("cs", None),
                base: base("GET", "https://example.net/a", SIGNED.strip_suffix("tk").unwrap()),
                key: "cs&",
                ..get("/a", "")
            },
        ),
        (VersionNotSigned, Sent { protocol: with("oauth_version", "1.0"), ..get("/a", "") }),
        (
            VersionSigned,
            Sent {
                base: base("GET", "https://example.net/a", &around("", "oauth_version=1.0")),
                ..get("/a", "")
            },
        ),
        (
            BodyHashNotSigned,
            Sent {
                protocol: with("oauth_body_hash", "Lve95gjOVATpfV8EL5X4nxwjKHE="),
                ..post(vec![json], "Hello World!", "")
            },
        ),
        (EmptyValuesLeftOut, get("/a?b=1&e=", "b=1")),
        (EqualsLeftOut, get("/a?b=1&e", "b=1&e")),
        (RepeatsLeftOut, get("/a?b=1&b=2", "b=2")),
        (RepeatsLeftOut, get("/a?b=1&b=2", "b=1")),
        (PlusKept, get("/a?b=x+y%20z", "b=x%2By%20z")),
        (PlusKept, post(vec![FORM], "b=x+y", "b=x%2By")),
        (SpaceAsPlus, get("/a?b=x%20y", "b=x+y")),
        (ReservedKept, get("/a?b=(x*!)%2F", "b=(x*!)%2F")),
        (ReservedKept, get("/a?b=x*!", "b=x*%21")),
        (
            ReservedKept,
            Sent {
                base: get("/", "b=*").base.replace("%2A", "*").replace("%2F&", "%2Fa&"),
                ..get("/a?b=*", "")
            },
        ),
        (TildeEncoded, get("/a?b=~", "b=%7E")),
        (LowerCaseHex, get("/a?b=%2F", "b=%2f")),
        (
            LowerCaseHex,
            Sent {
                base: get("/a", "b=1").base.replace("%2F", "%2f").replace("%3A", "%3a").replace("%3D", "%3d"),
                ..get("/a?b=1", "")
            },
        ),
        (EncodedTwice, get("/a?b=%2F", "b=%252F")),
        (EncodedTwice, protocol("/a?b=%2F", "b=%252F", "oauth_nonce", "n/", "n%252F")),
        (NotEncoded, get("/a?b=%2Fx", "b=/x")),
        (NotEncoded, protocol("/a?b=%2F", "b=/", "oauth_nonce", "n/", "n/")),
        (ProtocolEncodedTwice, protocol("/a?b=%2F", "b=%2F", "oauth_nonce", "n/=", "n%252F%253D")),
        (ProtocolNotEncoded, protocol("/a?b=%2F", "b=%2F", "oauth_nonce", "n/=", "n/=")),
        (
            PartsNotEncoded,
            Sent {
                base: format!("GET&https://example.net/a&{}", around("b=%2F", "")),
                ..get("/a?b=%2F", "")
            },
        ),
        (Charset, get("/a?b=%C3%A9", "b=%E9")),
        (Charset, get("/a?b=%E9", "b=%C3%A9")),
        (SortedDecoded, get("/a?a%7B=1&az=2", "az=2&a%7B=1")),
        (ValuesNotSorted, get("/a?b=2&b=1", "b=2&b=1")),
        (SortedIgnoringCase, get("/a?B=1&a=2", "a=2&B=1")),
        (SortedJoined, get("/a?a=1&a-=2", "a-=2&a=1")),
        (
            NotSorted,
            Sent {
                base: base(
                    "GET",
                    "https://example.net/a",
                    "oauth_token=tk&oauth_consumer_key=ck&oauth_nonce=n&oauth_signature_method=HMAC-SHA1&oauth_timestamp=1800000000&b=1&a=2",
                ),
                ..get("/a?b=1&a=2", "")
            },
        ),
        (
            NotSorted,
            Sent {
                base: base(
                    "GET",
                    "https://example.net/a",
                    "b=1&oauth_token=tk&oauth_consumer_key=ck&oauth_nonce=n&oauth_signature_method=HMAC-SHA1&oauth_timestamp=1800000000",
                ),
                ..get("/a?b=1", "")
            },
        ),
        (SecretsSwapped, key(("cs", Some("ts")), "ts&cs")),
        (TokenSecretMissing, key(("cs", Some("ts")), "cs&")),
        (
            TokenSecretUsed,
            Sent {
                protocol: without("oauth_token"),
                base: base("GET", "https://example.net/a", &signed_without("oauth_token")),
                ..get("/a", "")
            },
        ),
        (ClientSecretMissing, key(("cs", Some("ts")), "&ts")),
        (AmpersandMissing, key(("cs", Some("ts")), "csts")),
        (AmpersandMissing, key(("c/s", Some("ts")), "c/sts")),
        (KeyNotEncoded, key(("c/s", Some("ts")), "c/s&ts")),
        (SecretWhiteSpace, key(("cs\n", Some(" ts")), "cs&ts")),
        (SecretEncoded, key(("c%2Fs", Some("ts")), "c%2Fs&ts")),
        (SignatureEncodedTwice, signature(|key, base| encode(&hmac(key, base)).into_owned())),
        (
            SignatureNotEncoded,
            // A signature with a plus in it.
            Sent { sign: |key, base| hmac(key, base).replace('+', " "), ..get("/a?b=10", "b=10") },
        ),
        (SignatureWhiteSpace, signature(|key, base| hmac(key, base) + "\n")),
        (SignatureTruncated, signature(|key, base| hmac(key, base)[..20].into())),
        (
            SignatureBase64Url,
            signature(|key, base| URL_SAFE_NO_PAD.encode(STANDARD.decode(hmac(key, base)).unwrap())),
        ),
        (
            SignatureHex,
            signature(|key, base| {
                STANDARD.decode(hmac(key, base)).unwrap().iter().map(|byte| format!("{byte:02x}")).collect()
            }),
        ),
        (
            OtherMethod,
            signature(|key, base| {
                let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap().chain_update(base);
                STANDARD.encode(mac.finalize().into_bytes())
            }),
        ),
    ]
}

/// The failing check and the causes.
fn found(sent: &Sent) -> (Option<Check>, Vec<Cause>) {
    let signature = (sent.sign)(sent.key, &sent.base);
    let mut header = String::from("OAuth ");
    if let Some(realm) = sent.realm {
        header += &format!("realm=\"{realm}\", ");
    }
    for (name, value) in sent.protocol.iter().chain([&("oauth_signature", signature.as_str())]) {
        header += &format!("{name}=\"{}\", ", encode(value));
    }
    let mut request = Request::builder()
        .method(sent.line.0)
        .uri(sent.line.1)
        .header("authorization", header.trim_end_matches(", "));
    for (name, value) in &sent.headers {
        request = request.header(*name, *value);
    }
    let request = request.body(sent.body).unwrap();
    let config = Config {
        two_legged: true,
        zero_legged: true,
        methods: Methods::recommended().with(std::sync::Arc::new(Plaintext)),
        ..Config::new(Url::parse(sent.origin).unwrap())
    };
    let mut credentials = Credentials::of_client(sent.secrets.0);
    credentials.token_secret = sent.secrets.1.map(Into::into);
    let now = Timestamp::from_unix(1_800_000_000);
    let diagnosis = diagnose(&config, &request, Some(&credentials), now).unwrap();
    (diagnosis.failure.map(|failure| failure.check), diagnosis.causes)
}

#[test]
fn every_cause_is_found_in_a_request_that_is_wrong_in_this_way() {
    for (cause, sent) in cases() {
        let place = format!("{cause:?}: {} {}", sent.line.1, sent.base);
        assert_eq!(found(&sent), (Some(Check::Signature), vec![cause]), "{place}");
    }
}

#[test]
fn no_cause_is_without_a_test() {
    let here: Vec<Cause> = cases().into_iter().map(|(cause, _)| cause).collect();
    // Found by comparison; tested with it. The last one needs no search.
    let elsewhere = [ParameterMissing, ParameterAdded, OtherValue, OtherUri, Milliseconds];
    for cause in Cause::ALL {
        assert!(here.contains(cause) != elsewhere.contains(cause), "{cause:?}");
    }
}

#[test]
fn a_request_that_is_signed_right_has_no_cause() {
    assert_eq!(found(&get("/a?b=1", "b=1")), (None, vec![]));
    assert_eq!(found(&post(vec![FORM], "b=x+y", "b=x%20y")), (None, vec![]));
}

#[test]
fn two_causes_that_come_together_are_found() {
    assert_eq!(found(&uri("http://example.net:80/a")).1, [Scheme, DefaultPortKept]);
    let sent = Sent { key: "cs&", ..get("/a?b=x%20y", "b=x+y") };
    assert_eq!(found(&sent).1, [SpaceAsPlus, TokenSecretMissing]);
}

#[test]
fn what_nobody_signed_has_no_cause() {
    assert_eq!(found(&key(("cs", Some("ts")), "another")).1, []);
    assert_eq!(found(&signature(|_, _| String::new())).1, []);
    // The right beginning of a signature is told only where it is long enough to be no accident.
    assert_eq!(found(&signature(|key, base| hmac(key, base)[..4].into())).1, []);
}

#[test]
fn causes_of_plaintext_are_those_of_the_key() {
    let plaintext =
        |sign| Sent { protocol: with("oauth_signature_method", "PLAINTEXT"), sign, ..get("/a", "") };
    assert_eq!(found(&plaintext(|_, _| "cs&ts".into())), (None, vec![]));
    assert_eq!(found(&plaintext(|_, _| "cs%26ts".into())).1, [SignatureEncodedTwice]);
    assert_eq!(found(&plaintext(|_, _| "csts".into())).1, [AmpersandMissing]);
    assert_eq!(found(&plaintext(|_, _| "ts&cs".into())).1, [SecretsSwapped]);
}
