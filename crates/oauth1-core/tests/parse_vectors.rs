//! Every case of `vectors/oauth1_parse.json`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test"
)]

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Response;
use oauth_sansio::{
    Exchange, Moment, Progress, Timestamp, auth::parse_challenges, form::FormError, percent::DecodeError,
};
use oauth1_core::{
    client::{AnswerError, Callback, CallbackError, Client, Config, Error, Pending, Provider, TokenExchange},
    signature::{AuthorizationHeader, ReadError},
};
use serde_json::{Value, json};
use url::Url;

/// The one case that is decided otherwise here: RFC 5849 knows forms only, and some providers answer with JSON.
const READ_AS_JSON: &str = "o1parse-s-077";

#[test]
fn every_case_parses_as_the_vectors_say() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../../../vectors/oauth1_parse.json")).unwrap();
    let mut ran = BTreeMap::<&str, usize>::new();
    for case in &cases {
        let kind = case["kind"].as_str().unwrap();
        let read = match kind {
            "authorization_header" => authorization_header(case),
            "www_authenticate" => www_authenticate(case),
            "temporary_credentials_response" => temporary_credentials(case),
            "token_credentials_response" => token_credentials(case),
            "callback" => callback(case),
            other => panic!("{other}"),
        };
        match case["id"].as_str() {
            Some(READ_AS_JSON) => assert_eq!((&case["tags"][0], &read["ok"]), (&json!("json"), &json!(true))),
            _ => assert_same(case, &read),
        }
        *ran.entry(kind).or_default() += 1;
    }
    println!("oauth1_parse.json: {ran:?} ran, 0 excluded");
    assert_eq!(ran.values().sum::<usize>(), cases.len());
}

/// Compares what the case speaks of; parameters are in no order.
fn assert_same(case: &Value, read: &Value) {
    for (name, expected) in case["expected"].as_object().unwrap() {
        let (expected, read) = (sorted(expected), sorted(&read[name]));
        assert_eq!(expected, read, "{}: {name}\n{case}", case["id"]);
    }
}

fn sorted(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(pairs) = value.as_array_mut() {
        pairs.sort_by_key(Value::to_string);
    }
    value
}

fn refused(reason: &str) -> Value {
    json!({ "ok": false, "reason": reason })
}

fn authorization_header(case: &Value) -> Value {
    match AuthorizationHeader::parse(case["header"].as_str().unwrap().as_bytes()) {
        Ok(Some(header)) => json!({ "ok": true, "realm": header.realm, "params": header.parameters }),
        Ok(None) => refused("not_oauth_scheme"),
        Err(ReadError::MalformedHeader) => refused("malformed_header"),
        Err(ReadError::Repeated) => refused("duplicate_parameter"),
        Err(ReadError::Escape) => refused("invalid_percent_encoding"),
        Err(ReadError::Utf8) => refused("invalid_utf8"),
        Err(other) => panic!("{other}"),
    }
}

fn www_authenticate(case: &Value) -> Value {
    let challenges = parse_challenges([case["header"].as_str().unwrap()]).unwrap();
    let [challenge] = challenges.as_slice() else { panic!("{case}") };
    assert!(challenge.scheme.eq_ignore_ascii_case("OAuth"));
    let (realm, params): (Vec<_>, Vec<_>) =
        challenge.parameters().iter().partition(|(name, _)| name.eq_ignore_ascii_case("realm"));
    json!({ "ok": true, "realm": realm[0].1, "params": params })
}

fn moment() -> Moment {
    Moment::new(Timestamp::from_unix(1_800_000_000), [7; 32])
}

fn client() -> Client {
    let url = |path: &str| Url::parse("https://photos.example.net").unwrap().join(path).unwrap();
    let provider = Provider::new(url("/i"), url("/a"), url("/t"));
    Client::new(Config::new("key", "secret", provider)).unwrap()
}

fn response(case: &Value) -> Response<Bytes> {
    Response::builder()
        .status(u16::try_from(case["status"].as_u64().unwrap()).unwrap())
        .header("content-type", case["content_type"].as_str().unwrap())
        .body(Bytes::from(case["body"].as_str().unwrap().to_owned()))
        .unwrap()
}

/// Sends the request that comes before the answer, then reads the answer.
fn answer<E: Exchange<Error = Error>>(mut exchange: E, case: &Value) -> Result<E::Done, Value> {
    exchange.request(moment()).unwrap();
    match exchange.response(response(case), moment()) {
        Ok(Progress::Done(done)) => Ok(done),
        Ok(_) => panic!("{case}"),
        Err(error) => Err(refused(match error {
            Error::Refused { .. } | Error::Redirected(_) => "http_error",
            Error::Answer(AnswerError::CallbackNotConfirmed) => "callback_not_confirmed",
            Error::Answer(AnswerError::Missing(_)) => "missing_parameter",
            Error::Answer(AnswerError::Empty(_)) => "empty_parameter",
            Error::Answer(AnswerError::Repeated(_)) => "duplicate_parameter",
            Error::Answer(AnswerError::Form(FormError::Encoding(DecodeError::Escape))) => {
                "invalid_percent_encoding"
            }
            Error::Answer(AnswerError::Form(FormError::Encoding(DecodeError::Utf8))) => "invalid_utf8",
            other => panic!("{other}"),
        })),
    }
}

fn temporary_credentials(case: &Value) -> Value {
    match answer(client().temporary_credentials(Callback::OutOfBand), case) {
        Ok(pending) => {
            let kept = serde_json::to_value(&pending).unwrap();
            let extra: Vec<_> =
                pending.extra().iter().filter(|(name, _)| name != "oauth_callback_confirmed").collect();
            json!({ "ok": true, "token": pending.token(), "token_secret": kept["secret"], "extra": extra })
        }
        Err(refused) => refused,
    }
}

fn token_exchange() -> TokenExchange {
    pending("hh5s93j4hdidpola").verifier(&client(), "v")
}

fn token_credentials(case: &Value) -> Value {
    match answer(token_exchange(), case) {
        Ok(token) => json!({
            "ok": true, "token": token.token, "token_secret": token.secret.expose(), "extra": token.extra,
        }),
        Err(refused) => refused,
    }
}

fn pending(token: &str) -> Pending {
    serde_json::from_value(json!({ "token": token, "secret": "s" })).unwrap()
}

fn callback(case: &Value) -> Value {
    let pending = pending(case["expected_token"].as_str().unwrap());
    match pending.callback(&client(), &case["url"].as_str().unwrap().parse().unwrap()) {
        Ok(mut exchange) => {
            let request = exchange.request(moment()).unwrap().request;
            let header = AuthorizationHeader::parse(request.headers()["authorization"].as_bytes());
            let sent: BTreeMap<_, _> = header.unwrap().unwrap().parameters.into_iter().collect();
            json!({ "ok": true, "token": sent["oauth_token"], "verifier": sent["oauth_verifier"] })
        }
        Err(CallbackError::Missing(_)) => refused("missing_parameter"),
        Err(CallbackError::Empty(_)) => refused("empty_parameter"),
        Err(CallbackError::Repeated(_)) => refused("duplicate_parameter"),
        Err(CallbackError::TokenMismatch) => refused("token_mismatch"),
        Err(CallbackError::Denied) => refused("denied"),
        Err(other) => panic!("{other}"),
    }
}
