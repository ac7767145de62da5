//! Explaining and checking: against the vectors, and against anything at all.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

#[path = "support/keys.rs"]
mod keys;

use std::{sync::Arc, time::Duration};

use http::Request;
use oauth_sansio::{Entropy, Moment, Secret, Timestamp};
use oauth1_core::{
    diagnose::{
        BodyCover, Cause, Check, Credentials, Diagnosis, Flaw, Place, Status, Which, diagnose, explain,
    },
    resource::Config,
    signature::{
        AllowedMethods, Draft, HmacSha1, HmacSha256, HmacSha512, Methods, Plaintext, SignatureMethod,
    },
};
use proptest::prelude::*;
use serde_json::Value;
use url::Url;

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

fn vectors(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

fn entropy() -> Entropy {
    Moment::new(Timestamp::from_unix(0), [1; 32]).entropy()
}

fn methods() -> Methods {
    let rsa = ["RSA-SHA1", "RSA-SHA256", "RSA-SHA512"].map(keys::rsa);
    let methods = Methods::recommended().with(Arc::new(Plaintext));
    rsa.into_iter().fold(methods, |methods, method| methods.with(Arc::new(method)))
}

fn request(case: &Value) -> Request<String> {
    let url = case["url"].as_str().unwrap().split('#').next().unwrap();
    let mut request = Request::builder().method(case["method"].as_str().unwrap()).uri(url);
    for header in case["headers"].as_array().unwrap() {
        request = request.header(header[0].as_str().unwrap(), header[1].as_str().unwrap());
    }
    request.body(case["body"].as_str().unwrap_or_default().to_owned()).unwrap()
}

fn method(case: &Value) -> Arc<dyn SignatureMethod> {
    let name = case["signature_method"].as_str().unwrap();
    match case["credentials"]["rsa_key_id"].as_str() {
        Some(id) => {
            let rsa = keys::rsa(name).dangerously_accept_keys_of(1024);
            Arc::new(rsa.signing_with(keys::private(id)).unwrap())
        }
        None => match name {
            "HMAC-SHA1" => Arc::new(HmacSha1),
            "HMAC-SHA256" => Arc::new(HmacSha256),
            "HMAC-SHA512" => Arc::new(HmacSha512),
            _ => Arc::new(Plaintext),
        },
    }
}

#[test]
fn every_request_of_the_vectors_is_explained_as_they_say() {
    let cases = vectors(include_str!("../../../vectors/oauth1_signature.json"));
    let mut explained = 0;
    for case in cases.iter().filter(|case| case["kind"] == "request") {
        let (id, expected) = (&case["id"], &case["expected"]);
        let text = |name: &str| case["credentials"][name].as_str();
        // Characters that no URI has are refused before anything is signed.
        let url = case["url"].as_str().unwrap().split('#').next().unwrap();
        if url.parse::<http::Uri>().is_err() {
            continue;
        }
        let extra: Vec<(&str, &str)> = case["extra_oauth_params"]
            .as_array()
            .unwrap()
            .iter()
            .map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()))
            .collect();
        let draft = Draft {
            consumer_key: text("consumer_key").unwrap(),
            token: text("token"),
            method: "",
            timestamp: case["timestamp"].as_str(),
            nonce: case["nonce"].as_str(),
            version: case["include_version"] == true,
            extra: &extra,
            realm: case["realm"].as_str(),
        };
        let place = match case["transport"].as_str().unwrap() {
            "header" => Place::Header,
            "query" => Place::Query,
            _ => Place::Body,
        };
        let mut credentials = Credentials::of_client(text("consumer_secret").unwrap_or_default());
        credentials.token_secret = text("token_secret").map(Secret::new);
        let explanation =
            explain(&request(case), &draft, place, &*method(case), &credentials, &mut entropy()).unwrap();
        let anatomy = &explanation.anatomy;
        assert_eq!(anatomy.base_string, expected["base_string"], "{id}");
        assert_eq!(anatomy.uri, expected["base_string_uri"], "{id}");
        assert_eq!(anatomy.normalized, expected["normalized_parameters"], "{id}");
        let joined = anatomy.parameters.iter().map(|p| format!("{}={}", p.encoded_name, p.encoded_value));
        assert_eq!(joined.collect::<Vec<_>>().join("&"), anatomy.normalized, "{id}");
        if place == Place::Header && case["signature_method"] != "PLAINTEXT" {
            let signature =
                oauth_sansio::percent::encode(expected["signature"].as_str().unwrap()).into_owned();
            assert!(explanation.carrier.ends_with(&format!("oauth_signature=\"{signature}\"")), "{id}");
        }
        explained += 1;
    }
    assert!(explained > 440, "{explained}");
}

/// What only a store knows.
const OF_THE_STORE: [&str; 9] = [
    "unknown_client",
    "unknown_token",
    "expired_token",
    "revoked_token",
    "token_client_mismatch",
    "replayed_nonce",
    "used_credentials",
    "wrong_verifier",
    "bad_callback",
];

fn verdict(diagnosis: &Diagnosis) -> &'static str {
    let Some(failure) = &diagnosis.failure else { return "valid" };
    match failure.check {
        Check::Origin | Check::Signed | Check::Required | Check::Nonce | Check::Token => "missing_parameter",
        Check::Header | Check::Limits | Check::Encoding => "malformed",
        Check::OnePlace => "multiple_locations",
        Check::NoRepeats => "duplicated_oauth_parameter",
        Check::Version => "bad_version",
        Check::TimestampDigits => "bad_timestamp",
        Check::MethodKnown => "unsupported_signature_method",
        Check::Tls => "plaintext_without_tls",
        Check::Window => "stale_timestamp",
        Check::MethodAllowed => "signature_method_not_allowed",
        Check::BodyHash | Check::Key | Check::Signature => "bad_signature",
    }
}

#[test]
fn every_request_of_the_vectors_is_diagnosed_as_the_verifier_decides() {
    let mut wrong = Vec::new();
    let mut pure = 0;
    for case in vectors(include_str!("../../../vectors/oauth1_verify.json")) {
        let (request, server) = (request(&case["request"]), &case["server"]);
        let uri = request.uri();
        let origin = format!("{}://{}", uri.scheme_str().unwrap(), uri.authority().unwrap());
        let config = Config {
            methods: methods(),
            window: Duration::from_secs(server["window_seconds"].as_u64().unwrap()),
            two_legged: server["endpoint"] == "temporary_credentials",
            ..Config::new(Url::parse(&origin).unwrap())
        };
        // Whichever of the registered credentials the request names somewhere.
        let said = format!("{uri} {:?} {}", request.headers(), request.body());
        let named = |list: &str, name: &str| {
            let all = server[list].as_array().unwrap();
            all.iter().find(|one| said.contains(one[name].as_str().unwrap())).cloned()
        };
        let token = named("tokens", "token").or_else(|| named("temporary_credentials", "token"));
        let credentials = named("clients", "key").map(|client| Credentials {
            client_secret: client["secret"].as_str().unwrap_or_default().into(),
            token_secret: token.and_then(|token| token["secret"].as_str().map(Secret::new)),
            public_key: client["rsa_key_id"].as_str().map(keys::public),
            methods: None,
        });
        let now = Timestamp::from_unix(server["now"].as_u64().unwrap());
        let diagnosis = diagnose(&config, &request, credentials.as_ref(), now).unwrap();
        let (found, expected) = (verdict(&diagnosis), case["expected"]["verdict"].as_str().unwrap());
        let also = case["expected"]["also_acceptable"].as_array().unwrap();
        // That a callback or a verifier is missing, the endpoint says.
        let of_endpoint = expected == "missing_parameter" && server["endpoint"] != "resource";
        let agrees = match OF_THE_STORE.contains(&expected) || of_endpoint {
            true => found == "valid" || found == expected || diagnosis.failure.unwrap().check >= Check::Key,
            false => {
                pure += 1;
                found == expected || also.contains(&found.into())
            }
        };
        if !agrees {
            wrong.push(format!("{}: {found}, expected {expected}", case["id"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(pure > 90, "{pure}");
}

fn photos() -> Config {
    Config { methods: methods(), ..Config::new(Url::parse("https://photos.example.net").unwrap()) }
}

fn credentials() -> Credentials {
    Credentials::of_client("client secret").with_token_secret("token secret")
}

fn signed(at: &str, extra: &[(&str, &str)], method: &dyn SignatureMethod) -> Request<&'static str> {
    let draft = Draft {
        consumer_key: "ck",
        token: Some("tk"),
        method: "",
        timestamp: Some(at),
        nonce: Some("n"),
        version: true,
        extra,
        realm: None,
    };
    let request = Request::post("https://photos.example.net/photos").body("Hello World!").unwrap();
    let explained = explain(&request, &draft, Place::Header, method, &credentials(), &mut entropy()).unwrap();
    Request::post("/photos").header("authorization", explained.carrier).body("Hello World!").unwrap()
}

#[test]
fn the_first_check_that_fails_is_told_and_none_behind_it() {
    let request = signed("1800000000", &[], &HmacSha1);
    let config = photos();
    let later = Timestamp::from_unix(1_800_000_400);
    let diagnosis = diagnose(&config, &request, Some(&credentials()), later).unwrap();
    let at = Check::ALL.iter().position(|check| *check == Check::Window).unwrap();
    for (index, (check, status)) in diagnosis.checks().enumerate() {
        let expected = match index {
            index if index < at => Status::Holds,
            index if index == at => Status::Fails,
            _ => Status::Unchecked,
        };
        assert_eq!(status, expected, "{check:?}");
    }
    let unsigned = diagnose(&config, &Request::get("/").body("").unwrap(), None, NOW).unwrap();
    assert!(unsigned.checks().skip(2).all(|(_, status)| status == Status::Unchecked));
    assert!(Check::ALL.is_sorted());
}

#[test]
fn without_credentials_the_signature_is_left_open() {
    let diagnosis = diagnose(&photos(), &signed("1800000000", &[], &HmacSha1), None, NOW).unwrap();
    assert!(!diagnosis.is_valid() && diagnosis.failure.is_none());
    assert_eq!(diagnosis.checks().last(), Some((Check::Signature, Status::Unchecked)));
    let diagnosis =
        diagnose(&photos(), &signed("1800000000", &[], &HmacSha1), Some(&credentials()), NOW).unwrap();
    assert!(diagnosis.is_valid());
}

#[test]
fn a_timestamp_off_the_clock_is_told_with_distance_and_direction() {
    let detail = |timestamp: &str| {
        let request = signed(timestamp, &[], &HmacSha1);
        let diagnosis = diagnose(&photos(), &request, Some(&credentials()), NOW).unwrap();
        let failure = diagnosis.failure.unwrap();
        assert_eq!(failure.check, Check::Window);
        (failure.detail.unwrap(), diagnosis.causes)
    };
    assert!(detail("1799996400").0.starts_with("it is 3600 seconds behind"));
    assert!(detail("1800000301").0.starts_with("it is 301 seconds ahead"));
    assert_eq!(detail("1799996400").1, []);
    assert_eq!(detail("1800000000123").1, [Cause::Milliseconds]);
}

#[test]
fn a_method_that_is_unknown_or_not_allowed_is_told() {
    let request = signed("1800000000", &[], &HmacSha256);
    let config = Config { methods: Methods::recommended(), ..photos() };
    let allowed = Credentials { methods: Some(AllowedMethods::new(["HMAC-SHA1"])), ..credentials() };
    let diagnosis = diagnose(&config, &request, Some(&allowed), NOW).unwrap();
    assert_eq!(diagnosis.failure.unwrap().check, Check::MethodAllowed);
    let header = request.headers()["authorization"].to_str().unwrap().replace("HMAC-SHA256", "HMAC-MD5");
    let unknown = Request::post("/photos").header("authorization", header).body("Hello World!").unwrap();
    let failure = diagnose(&config, &unknown, None, NOW).unwrap().failure.unwrap();
    assert_eq!(failure.check, Check::MethodKnown);
    assert!(failure.detail.unwrap().contains("known are HMAC-SHA1, HMAC-SHA256"));
}

#[test]
fn another_body_than_the_hashed_one_is_told_with_both_hashes() {
    let request = signed("1800000000", &[("oauth_body_hash", "2jmj7l5rSw0yVb/vlWAYkK/YBwk=")], &HmacSha256);
    let failure = diagnose(&photos(), &request, Some(&credentials()), NOW).unwrap().failure.unwrap();
    assert_eq!(failure.check, Check::BodyHash);
    let detail = failure.detail.unwrap();
    for hash in
        ["2jmj7l5rSw0yVb", "Lve95gjOVATpfV8EL5X4nxwjKHE=", "f4OxZX/x/FO5LcGBSKHWXfwtSx+j1ncoSt3SABJtkGk="]
    {
        assert!(detail.contains(hash), "{detail}");
    }
}

#[test]
fn what_cannot_be_read_is_told_where_it_goes_wrong() {
    let others = "oauth_signature_method=\"HMAC-SHA1\", oauth_signature=\"s\"";
    for (elements, query, check, detail) in [
        (
            "oauth_consumer_key=ck",
            "",
            Check::Header,
            "the value of \"oauth_consumer_key\" is not in double quotes",
        ),
        ("oauth_consumer_key='ck'", "", Check::Header, "not in double quotes"),
        ("oauth_consumer_key=\"ck\",", "", Check::Header, "an empty element"),
        ("oauth_consumer_key", "", Check::Header, "no equals sign"),
        ("oauth_consumer_key = \"ck\"", "", Check::Header, "white space beside the equals sign"),
        ("oauth_consumer_key=\"ck\" oauth_nonce=\"n\"", "", Check::Header, "a comma is missing"),
        ("oauth_consumer_key=\"c k\"", "", Check::Header, "holds what must be percent-encoded"),
        ("oauth_nonce=\"a\", oauth_nonce=\"b\"", "", Check::NoRepeats, "it is \"oauth_nonce\""),
        ("realm=\"a, b\", x=\"1\", x=\"2\"", "", Check::NoRepeats, "it is \"x\""),
        (
            "oauth_nonce=\"a\"",
            "oauth%5Ftoken=t",
            Check::OnePlace,
            "\"oauth_nonce\" is in the header, \"oauth_token\" in the query",
        ),
        ("oauth_consumer_key=\"ck\", oauth_version=\"2.0\"", "", Check::Version, "it is \"2.0\""),
        (
            "oauth_consumer_key=\"ck\", oauth_timestamp=\"1.8e9\"",
            "",
            Check::TimestampDigits,
            "it is \"1.8e9\"",
        ),
        ("oauth_timestamp=\"1.8e9\"", "", Check::Required, ""),
    ] {
        let request =
            Request::get(format!("/?{query}")).header("authorization", format!("OAuth {elements}, {others}"));
        let diagnosis = diagnose(&photos(), &request.body("").unwrap(), Some(&credentials()), NOW).unwrap();
        let failure = diagnosis.failure.clone().unwrap();
        assert_eq!(failure.check, check, "{elements}");
        let told = failure.detail.unwrap_or_default();
        assert!(told.contains(detail) && told.is_empty() == detail.is_empty(), "{elements}: {told}");
        // Checks that are made side by side with the one that failed are left open.
        let phase = [Check::Header, Check::Limits, Check::OnePlace, Check::NoRepeats, Check::Encoding];
        for (other, status) in
            diagnosis.checks().filter(|(other, _)| *other != check && phase.contains(other))
        {
            let expected = if phase.contains(&check) { Status::Unchecked } else { Status::Holds };
            assert_eq!(status, expected, "{elements}: {other:?}");
        }
    }
}

#[test]
fn an_explanation_says_what_covers_the_body() {
    let cover = |extra: &[(&str, &str)], content_type: &'static str, body: &'static str| {
        let draft = Draft {
            consumer_key: "ck",
            token: None,
            method: "",
            timestamp: Some("1"),
            nonce: Some("n"),
            version: false,
            extra,
            realm: None,
        };
        let request = Request::post("https://photos.example.net/").header("content-type", content_type);
        let request = request.body(body).unwrap();
        let method = &HmacSha1;
        explain(&request, &draft, Place::Header, method, &credentials(), &mut entropy()).unwrap().body
    };
    let hash = [("oauth_body_hash", "Lve95gjOVATpfV8EL5X4nxwjKHE=")];
    assert_eq!(cover(&[], "application/json", ""), BodyCover::Empty);
    assert_eq!(cover(&[], "application/json", "{}"), BodyCover::Nothing);
    assert_eq!(cover(&hash, "text/plain", "Hello World!"), BodyCover::Hash);
    assert_eq!(cover(&hash, "text/plain", "Hello"), BodyCover::OtherHash);
    assert_eq!(cover(&[], "application/x-www-form-urlencoded", "a=b"), BodyCover::Form);
}

#[test]
fn of_a_key_only_the_form_is_told_and_what_is_odd_about_it() {
    let key = |client: &str, token: Option<&str>| {
        let credentials =
            Credentials { token_secret: token.map(Secret::new), ..Credentials::of_client(client) };
        let request = signed("1800000000", &[], &HmacSha1);
        diagnose(&photos(), &request, Some(&credentials), NOW).unwrap().key.unwrap()
    };
    let form = key("hunter2", Some("hunter three"));
    assert_eq!(form.text, "<client secret, 7 bytes>&<token secret, 12 bytes>");
    assert_eq!(form.warnings, []);
    let odd = |client, token| {
        let warnings = key(client, token).warnings;
        warnings.into_iter().map(|warning| (warning.secret, warning.flaw)).collect::<Vec<_>>()
    };
    assert_eq!(odd("a\n", Some("")), [(Which::Client, Flaw::WhiteSpace), (Which::Token, Flaw::Empty)]);
    assert_eq!(odd("a%2Fb", Some("100%")), [(Which::Client, Flaw::Encoded)]);
    assert_eq!(odd("a", None), [(Which::Token, Flaw::Empty)]);
}

#[test]
fn no_diagnosis_shows_a_secret() {
    let secrets = Credentials::of_client("hunter2/hunter2").with_token_secret("correcthorse");
    for method in [&HmacSha1 as &dyn SignatureMethod, &Plaintext] {
        for place in [Place::Header, Place::Query] {
            let request = Request::get("https://photos.example.net/?a=1").body("").unwrap();
            let draft = Draft {
                consumer_key: "ck",
                token: Some("tk"),
                method: "",
                timestamp: Some("1800000000"),
                nonce: Some("n"),
                version: true,
                extra: &[],
                realm: None,
            };
            let explained = explain(&request, &draft, place, method, &secrets, &mut entropy()).unwrap();
            let header = format!(
                "OAuth oauth_consumer_key=\"ck\", oauth_token=\"tk\", oauth_signature_method=\"{}\", \
                 oauth_timestamp=\"1800000000\", oauth_nonce=\"n\", \
                 oauth_signature=\"hunter2%252Fhunter2%26correcthors\"",
                method.name()
            );
            let request = Request::get("/").header("authorization", header).body("").unwrap();
            let diagnosis = diagnose(&photos(), &request, Some(&secrets), NOW).unwrap();
            assert!(!diagnosis.is_valid());
            let told = format!(
                "{explained:?} {} {diagnosis:?} {} {} {secrets:?}",
                serde_json::to_string(&explained).unwrap(),
                serde_json::to_string(&diagnosis.anatomy).unwrap(),
                serde_json::to_string(&diagnosis.key).unwrap(),
            );
            assert!(!told.contains("hunter2") && !told.contains("correcthors"), "{told}");
        }
    }
}

/// Within the limits of a request, and as bad for the search as it gets: nothing explains the signature.
#[test]
fn a_large_request_that_nothing_explains_has_no_cause() {
    let mut uri = String::from("/photos?");
    for number in 0..90 {
        uri += &format!("Na~me{number}!=%C3%A9+{}&", "*%2f".repeat(80));
    }
    let header = "OAuth oauth_consumer_key=\"c\", oauth_token=\"t\", oauth_signature_method=\"HMAC-SHA1\", \
                  oauth_timestamp=\"1800000000\", oauth_nonce=\"%2F\", oauth_signature=\"AAAAAAAAAAAAAAAAAAAAAAAAAAA%3D\"";
    let request = Request::get(&uri).header("authorization", header).body("").unwrap();
    let diagnosis = diagnose(&photos(), &request, Some(&credentials()), NOW).unwrap();
    assert_eq!(diagnosis.failure.unwrap().check, Check::Signature);
    assert_eq!(diagnosis.causes, []);
}

proptest! {
    #[test]
    fn any_request_is_diagnosed(
        header in "(OAuth )?[ -~é]{0,80}",
        query in "[!-~]{0,60}",
        body: Vec<u8>,
        form: bool,
        signature in "[ -~]{0,40}",
    ) {
        let signed = format!(
            "OAuth oauth_consumer_key=\"c\", oauth_token=\"t\", oauth_signature_method=\"HMAC-SHA1\", \
             oauth_timestamp=\"1800000000\", oauth_nonce=\"n\", oauth_signature=\"{}\"",
            oauth_sansio::percent::encode(&signature)
        );
        for header in [header, signed] {
            let uri = format!("/{}", query.replace('#', ""));
            let Ok(header) = http::HeaderValue::from_bytes(header.as_bytes()) else { continue };
            let mut request = Request::post(uri.as_str()).header("authorization", header);
            if form {
                request = request.header("content-type", "application/x-www-form-urlencoded");
            }
            let Ok(request) = request.body(&body) else { continue };
            let diagnosis = diagnose(&photos(), &request, Some(&credentials()), NOW).unwrap();
            prop_assert!(!diagnosis.is_valid());
        }
    }
}
