//! The shared vectors of what a client sends and reads: every case of these kinds.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test"
)]

mod common;

use std::collections::BTreeMap;

use common::{AS, NOW, client, moment, server};
use http::{Response, Uri, header::AUTHORIZATION};
use oauth_sansio::{Exchange as _, Progress, Secret, base64url};
use oauth2_core::{
    DocumentError, Scopes,
    client::{
        CallbackError, Client, ClientAuthentication, Config, Discovery, Error, Leniency, Pending, Tokens,
    },
    metadata::{AuthorizationServerMetadata, MetadataError, Transport, UrlError, WellKnown, well_known},
};
use serde_json::{Value, json};

fn cases(file: &str, kind: Option<&str>) -> Vec<Value> {
    let all: Vec<Value> = serde_json::from_str(file).unwrap();
    all.into_iter().filter(|case| kind.is_none_or(|kind| case["kind"] == kind)).collect()
}

/// Runs `check` on each case, and reports what ran, what did not and why.
fn run(name: &str, cases: &[Value], total: usize, check: impl Fn(&Value) -> Result<(), Verdict>) {
    let (mut excluded, mut wrong) = (BTreeMap::<&str, usize>::new(), Vec::new());
    for case in cases {
        match check(case) {
            Ok(()) => {}
            Err(Verdict::Excluded(why)) => *excluded.entry(why).or_default() += 1,
            Err(Verdict::Wrong(what)) => wrong.push(format!("{case}\n    {what}")),
        }
    }
    let out: usize = excluded.values().sum();
    println!("{name}: {} ran, {out} excluded {excluded:?}", cases.len() - out);
    assert_eq!(cases.len(), total, "{name}");
    assert!(wrong.is_empty(), "{} of {name} differ:\n{}", wrong.len(), wrong.join("\n"));
}

enum Verdict {
    Excluded(&'static str),
    Wrong(String),
}

fn ensure(right: bool, what: impl FnOnce() -> String) -> Result<(), Verdict> {
    if right { Ok(()) } else { Err(Verdict::Wrong(what())) }
}

// ---- client_secret_basic ---------------------------------------------------------------------------------------

#[test]
fn every_basic_header_is_one_that_the_vectors_accept() {
    let cases = cases(include_str!("../../../vectors/oauth2_client_auth.json"), Some("basic_encode"));
    run("oauth2_client_auth basic_encode", &cases, 35, |case| {
        let mut config = Config::new(server(), case["client_id"].as_str().unwrap());
        config.authentication =
            ClientAuthentication::SecretBasic(case["client_secret"].as_str().unwrap().into());
        let mut exchange = Client::new(config).unwrap().client_credentials(&Scopes::none()).unwrap();
        let outgoing = exchange.request(moment(1)).unwrap();
        let header = outgoing.request.headers()[AUTHORIZATION].to_str().unwrap();
        ensure(case["expected"]["canonical_header"] == header, || header.to_owned())
    });
}

// ---- the authorization response --------------------------------------------------------------------------------

#[test]
fn every_authorization_response_is_judged_as_the_vectors_say() {
    let cases = cases(include_str!("../../../vectors/oauth2_redirect.json"), Some("authorization_response"));
    run("oauth2_redirect authorization_response", &cases, 50, |case| {
        let Some(state) = case["expected_state"].as_str() else {
            return Err(Verdict::Excluded("no state was sent, which this client never does"));
        };
        let (client, pending) = pending_of(case, state);
        let uri: Uri = case["response_url"].as_str().unwrap().parse().unwrap();
        let expected = &case["expected"];
        let failed = match pending.callback(&client, &uri, NOW) {
            Ok(mut exchange) => {
                let body = exchange.request(moment(1)).unwrap().request.into_body();
                let form = oauth_sansio::form::Form::parse(&body, &Default::default()).unwrap();
                let code = form.one("code").unwrap();
                return ensure(expected["code"].as_str() == code, || format!("code {code:?}"));
            }
            Err(failed) => failed.error,
        };
        match &failed {
            Error::Refused(refusal) => {
                let text = |text: &Option<oauth2_core::client::Untrusted>| {
                    text.as_ref().map(|text| text.as_untrusted_str().to_owned())
                };
                let right = expected["error"] == refusal.code.as_str()
                    && expected["error_description"].as_str() == text(&refusal.description).as_deref()
                    && expected["error_uri"].as_str() == text(&refusal.uri).as_deref();
                ensure(right, || format!("{refusal:?}"))
            }
            Error::Callback(error) => {
                let reason = callback_reason(*error);
                // Without a state nobody looks further; the vectors look for the code first.
                let right = expected["reason"] == reason
                    || (expected["outcome"] == "reject" && reason == "missing_state")
                    || (expected["reason"] == "state_mismatch" && reason == "missing_state");
                ensure(right, || format!("{error:?}"))
            }
            other => Err(Verdict::Wrong(format!("{other:?}"))),
        }
    });
}

fn pending_of(case: &Value, state: &str) -> (Client, Pending) {
    let issuer = case["issuer"].as_str().unwrap();
    let mut server = oauth2_core::client::Server::new(
        issuer,
        Some("https://as.example/authorize"),
        "https://as.example/token",
        Transport::Https,
    )
    .unwrap();
    if case["iss_parameter_supported"] == true {
        server = server.with_iss_parameter();
    }
    let mut config = Config::new(server, "client");
    config.redirect_uri = Some(case["redirect_uri"].as_str().unwrap().to_owned());
    let client = Client::new(config).unwrap();
    let (_, pending) = client.authorize().start(moment(1)).unwrap();
    let mut stored = serde_json::to_value(&pending).unwrap();
    stored["state"] = state.into();
    (client, serde_json::from_value(stored).unwrap())
}

fn callback_reason(error: CallbackError) -> &'static str {
    match error {
        CallbackError::Form(_) => "invalid_percent_encoding",
        CallbackError::Repeated(_) => "duplicate_parameter",
        CallbackError::WrongPath => "wrong_redirect_uri",
        CallbackError::MissingState => "missing_state",
        CallbackError::StateMismatch => "state_mismatch",
        CallbackError::Expired => "expired",
        CallbackError::MissingIss => "missing_iss",
        CallbackError::IssMismatch => "iss_mismatch",
        CallbackError::MissingCode => "missing_code",
        CallbackError::CodeAndError => "code_and_error",
        CallbackError::Unexpected(_) => "unexpected_parameter",
    }
}

// ---- the token endpoint's answers ------------------------------------------------------------------------------

#[test]
fn every_token_response_is_read_as_the_vectors_say_strictly_and_leniently() {
    token_endpoint(
        "oauth2_token_response",
        &cases(&whole_characters(include_str!("../../../vectors/oauth2_token_response.json")), None),
        94,
    );
}

#[test]
fn every_error_response_is_read_as_the_vectors_say_strictly_and_leniently() {
    token_endpoint(
        "oauth2_error_response",
        &cases(include_str!("../../../vectors/oauth2_error_response.json"), None),
        46,
    );
}

/// One note quotes half a surrogate pair, which a JSON parser refuses.
fn whole_characters(file: &str) -> String {
    file.replace(r#""token: \ud800""#, r#""token: \ufffd""#)
}

fn token_endpoint(name: &str, cases: &[Value], total: usize) {
    for (leniency, expected) in
        [(Leniency::Strict, "expected_strict"), (Leniency::Lenient, "expected_lenient")]
    {
        run(&format!("{name} {leniency:?}"), cases, total, |case| {
            let client = client(|config| config.server = server().with_leniency(leniency));
            let exchange = client.refresh(&Secret::new("the-one-in-use"));
            let result = exchange.response(response(case), moment(1)).map(|progress| match progress {
                Progress::Done(tokens) => tokens,
                other => panic!("{other:?}"),
            });
            compare(&result, &case[expected])
        });
    }
}

fn compare(result: &Result<Tokens, Error>, expected: &Value) -> Result<(), Verdict> {
    let wrong = || format!("{result:?}");
    match (expected["outcome"].as_str().unwrap(), result) {
        ("any", _) => Ok(()),
        ("either", Ok(_)) => compare(result, &expected["token"]),
        ("either", Err(error)) => {
            ensure(reasons(error).contains(&expected["reject"].as_str().unwrap()), wrong)
        }
        ("token", Ok(tokens)) => ensure(is_token(tokens, expected), wrong),
        ("error", Err(Error::Refused(refusal))) => {
            let text = |text: &Option<oauth2_core::client::Untrusted>, member: &str| {
                expected[member].is_null()
                    || text.as_ref().is_some_and(|text| expected[member] == text.as_untrusted_str())
            };
            let wait = refusal.retry_after.map(|wait| wait.as_secs());
            let right = (expected["error_any"] == true || expected["error"] == refusal.code.as_str())
                && text(&refusal.description, "error_description")
                && text(&refusal.uri, "error_uri")
                && (expected["retry_after"].is_null() || expected["retry_after"].as_u64() == wait);
            ensure(right, wrong)
        }
        ("reject", Err(error)) => {
            let Error::Answer { problem, .. } = error else { return Err(Verdict::Wrong(wrong())) };
            let member = match problem {
                DocumentError::Missing(name) | DocumentError::Type(name) | DocumentError::Value(name) => {
                    Some(*name)
                }
                _ => None,
            };
            let reason = expected["reason"].as_str();
            let right = reason.is_none_or(|reason| reasons(error).contains(&reason))
                && (member.is_none()
                    || expected["member"].is_null()
                    || expected["member"].as_str() == member);
            ensure(right, wrong)
        }
        _ => Err(Verdict::Wrong(wrong())),
    }
}

/// What the vectors call this. A number that no parser can hold is bad JSON or a bad value, as they note.
fn reasons(error: &Error) -> &'static [&'static str] {
    let Error::Answer { problem, .. } = error else { return &[] };
    match problem {
        DocumentError::Status => &["bad_status"],
        DocumentError::ContentType => &["bad_content_type"],
        DocumentError::TooLarge => &["too_large"],
        DocumentError::Json => &["invalid_json", "bad_value"],
        DocumentError::NotAnObject => &["not_an_object"],
        DocumentError::Repeated => &["duplicate_member"],
        DocumentError::Missing(_) => &["missing_member"],
        DocumentError::Type(_) => &["bad_type"],
        DocumentError::Value(_) => &["bad_value"],
        DocumentError::Contradictory => &["contradictory"],
    }
}

fn is_token(tokens: &Tokens, expected: &Value) -> bool {
    let members = expected.as_object().unwrap();
    members.iter().all(|(member, value)| match member.as_str() {
        "outcome" => true,
        "access_token" => *value == tokens.access_token.expose(),
        "access_token_length" => *value == tokens.access_token.expose().len(),
        "token_type" => value.as_str() == tokens.token_type.as_deref(),
        "expires_in" => match (tokens.expires_at, value.as_u64()) {
            (Some(at), Some(seconds)) => at.since(NOW).as_secs() == seconds,
            // "a lenient client may leave expires_in out" where the server calls it `expires`.
            (None, Some(seconds)) => tokens.extra.get("expires") == Some(&seconds.to_string().into()),
            _ => false,
        },
        "refresh_token" => value.as_str() == tokens.refresh_token.as_ref().map(Secret::expose),
        "scope" => {
            let listed: Vec<&str> = value.as_array().unwrap().iter().filter_map(Value::as_str).collect();
            // A set: the vectors allow it.
            tokens.scope.as_ref().is_some_and(|scope| {
                scope.iter().all(|one| listed.contains(&one)) && listed.iter().all(|one| scope.contains(one))
            })
        }
        "extra" => {
            value.as_object().unwrap().iter().all(|(name, value)| tokens.extra.get(name) == Some(value))
        }
        other => panic!("{other}"),
    })
}

fn response(case: &Value) -> Response<bytes::Bytes> {
    let body = match (&case["body"], &case["body_b64"], &case["body_generator"]) {
        (Value::String(text), _, _) => text.clone().into_bytes(),
        (_, Value::String(base64), _) => {
            let base64: String = base64
                .trim_end_matches('=')
                .chars()
                .map(|char| match char {
                    '+' => '-',
                    '/' => '_',
                    other => other,
                })
                .collect();
            base64url::decode(base64.as_bytes()).unwrap()
        }
        (_, _, generator) => generated(generator).into_bytes(),
    };
    let mut response = Response::builder().status(case["status"].as_u64().unwrap() as u16);
    for header in case["headers"].as_array().unwrap() {
        response = response.header(header[0].as_str().unwrap(), header[1].as_str().unwrap());
    }
    response.body(body.into()).unwrap()
}

fn generated(generator: &Value) -> String {
    let text = |name: &str| generator[name].as_str().unwrap_or_default();
    let count = generator["count"].as_u64().unwrap() as usize;
    let closing = text("closing_repeat").repeat(count) + text("closing_suffix");
    text("prefix").to_owned() + &text("repeat").repeat(count) + text("suffix") + &closing
}

// ---- metadata --------------------------------------------------------------------------------------------------

#[test]
fn every_well_known_url_is_built_as_the_vectors_say() {
    let cases = cases(include_str!("../../../vectors/metadata.json"), Some("well_known_url"));
    run("metadata well_known_url", &cases, 48, |case| {
        let document = match case["type"].as_str().unwrap() {
            "oauth-authorization-server" => WellKnown::OAuthAuthorizationServer,
            "openid-configuration" => WellKnown::OpenIdConfiguration,
            "oauth-protected-resource" => WellKnown::OAuthProtectedResource,
            other => panic!("{other}"),
        };
        let identifier = case["identifier"].as_str().unwrap();
        let (expected, key) = match well_known(identifier, document, Transport::Https) {
            Ok(url) => (url.to_string(), "url"),
            Err(UrlError::Component) => ("forbidden_component".into(), "reject"),
            Err(UrlError::Insecure) => ("insecure_url".into(), "reject"),
            Err(UrlError::Malformed) => ("malformed".into(), "reject"),
        };
        ensure(case["expected"][key] == expected.as_str(), || expected)
    });
}

#[test]
fn every_metadata_document_is_believed_or_not_as_the_vectors_say() {
    let file = include_str!("../../../vectors/metadata.json");
    println!(
        "metadata pr_metadata: 0 ran, {} excluded: RFC 9728 not built yet",
        cases(file, Some("pr_metadata")).len()
    );
    run("metadata as_metadata", &cases(file, Some("as_metadata")), 62, |case| {
        let issuer = case["issuer"].as_str().unwrap();
        // Whether a document may be believed is one question, whether its server does PKCE another.
        let discovery = Discovery::new(issuer, Transport::Https).unwrap().dangerously_accept_missing_s256();
        let result = discovery.response(response(&case["response"]), moment(1));
        let expected = &case["expected"];
        let (reason, member) = match result {
            Ok(_) => return ensure(expected["ok"] == true, || "believed".into()),
            Err(Error::Answer { problem: DocumentError::Status, .. }) => ("bad_status", None),
            Err(Error::Answer { problem: DocumentError::ContentType, .. }) => ("bad_content_type", None),
            Err(Error::Metadata(error)) => metadata_reason(error),
            Err(other) => return Err(Verdict::Wrong(format!("{other:?}"))),
        };
        let right =
            expected["reason"] == reason && (member.is_none() || expected["member"].as_str() == member);
        ensure(right, || format!("{reason} {member:?}"))
    });
}

fn metadata_reason(error: MetadataError) -> (&'static str, Option<&'static str>) {
    match error {
        MetadataError::IssuerMismatch => ("issuer_mismatch", None),
        MetadataError::NoS256 => ("no_s256", None),
        MetadataError::Url { member, problem: UrlError::Component } => ("forbidden_component", Some(member)),
        MetadataError::Url { member, problem: UrlError::Insecure } => ("insecure_url", Some(member)),
        MetadataError::Url { member, problem: UrlError::Malformed } => ("malformed_url", Some(member)),
        MetadataError::Document(DocumentError::Missing(member)) => ("missing_member", Some(member)),
        MetadataError::Document(DocumentError::Type(member)) => ("bad_type", Some(member)),
        MetadataError::Document(DocumentError::Value(member)) => ("bad_value", Some(member)),
        MetadataError::Document(_) => ("malformed", None),
    }
}

#[test]
fn metadata_survives_storage_with_members_that_nobody_knows() {
    let text = json!({
        "issuer": AS, "token_endpoint": "https://as.example/token", "response_types_supported": ["code"],
        "scopes_supported": [], "x": { "y": [1, null] },
    });
    let metadata = AuthorizationServerMetadata::parse(text.to_string().as_bytes()).unwrap();
    let stored = serde_json::to_value(&metadata).unwrap();
    assert_eq!(serde_json::from_value::<AuthorizationServerMetadata>(stored.clone()).unwrap(), metadata);
    assert_eq!(stored["x"], text["x"]);
    assert!(stored.get("scopes_supported").is_none(), "an empty list is left out");
    assert!(stored.get("jwks_uri").is_none());
}
