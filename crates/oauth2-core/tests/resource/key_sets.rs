//! When keys are asked for again, and what serves meanwhile.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use oauth_sansio::Timestamp;
use oauth2_core::{
    jose::{Algorithm, JwkSet, LocalSigner},
    resource::{KeyCaching, KeySets, Look},
    server::FetchError,
};
use serde_json::{Value, json};

use crate::world::START;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix(START + seconds)
}

fn public(name: &str) -> Value {
    LocalSigner::generate(Algorithm::Es256, name).unwrap().public().unwrap().to_value()
}

fn answer(keys: &[Value]) -> Response<Bytes> {
    let response = Response::builder().header("content-type", "application/json");
    response.body(json!({ "keys": keys }).to_string().into()).unwrap()
}

const POLICY: fn() -> KeyCaching = KeyCaching::default;

fn learned(keys: &[Value], said: Option<u64>) -> KeySets {
    let mut sets = KeySets::new();
    sets.learn(Ok((answer(keys), said.map(Duration::from_secs))), &POLICY(), at(0)).unwrap();
    sets
}

fn look(sets: &KeySets, newer_than: Option<u64>, seconds: u64) -> &'static str {
    match sets.look(newer_than.map(at), &POLICY(), at(seconds)) {
        Look::Found(_) => "found",
        Look::FoundAging(_) => "aging",
        Look::Failed(_) => "failed",
        Look::Ask => "ask",
    }
}

#[test]
fn a_set_is_asked_for_again_before_it_ends_while_it_still_serves() {
    for (said, end) in [(None, 300), (Some(600), 600), (Some(0), 60), (Some(u64::MAX), 86_400)] {
        let sets = learned(&[public("a")], said);
        assert_eq!(look(&sets, None, end - 31), "found", "{said:?}");
        assert_eq!(look(&sets, None, end - 30), "aging");
        assert_eq!(look(&sets, None, end - 1), "aging");
        assert_eq!(look(&sets, None, end), "ask");
    }
    assert_eq!(look(&KeySets::new(), None, 0), "ask");
}

#[test]
fn the_last_good_set_serves_through_an_outage_and_the_server_is_left_alone() {
    let mut sets = learned(&[public("a")], None);
    let fail = |sets: &mut KeySets, seconds| {
        let failed = sets.learn(Err(FetchError::TimedOut), &POLICY(), at(seconds));
        assert_eq!(failed, Err(FetchError::TimedOut));
    };
    fail(&mut sets, 280);
    assert_eq!(look(&sets, None, 284), "found", "not asked again at once");
    assert_eq!(look(&sets, None, 285), "aging");
    fail(&mut sets, 300);
    assert_eq!(look(&sets, None, 304), "found");
    assert_eq!(look(&sets, None, 305), "ask");
    fail(&mut sets, 300 + 86_399);
    assert_eq!(look(&sets, None, 300 + 86_399), "found");
    assert_eq!(look(&sets, None, 300 + 86_400), "failed", "but not for ever");
    let mut none = KeySets::new();
    fail(&mut none, 0);
    assert_eq!((look(&none, None, 4), look(&none, None, 5)), ("failed", "ask"));
}

#[test]
fn k17_a_missing_key_is_asked_for_once_per_cool_down() {
    let mut sets = learned(&[public("a")], None);
    assert_eq!(look(&sets, Some(0), 29), "found");
    assert_eq!(look(&sets, Some(0), 30), "ask");
    sets.learn(Ok((answer(&[public("a"), public("b")]), None)), &POLICY(), at(30)).unwrap();
    assert_eq!(look(&sets, Some(0), 30), "found");
    assert_eq!(look(&sets, Some(30), 59), "found");
    // While nobody answers nobody can tell whether the key is there.
    assert!(sets.learn(Err(FetchError::Unreachable), &POLICY(), at(60)).is_err());
    assert_eq!(look(&sets, Some(30), 89), "failed");
    assert_eq!(look(&sets, Some(30), 90), "ask");
    assert_eq!(look(&sets, None, 60), "found");
}

#[test]
fn one_bad_key_never_costs_the_others() {
    let good = public("good");
    let mut secret = public("secret");
    secret["d"] = "AAAA".into();
    let mut twice = public("off-curve");
    twice["x"] = good["x"].clone();
    let bad = [
        secret,
        twice,
        json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "weak" }),
        json!({ "kty": "oct", "k": "c2VjcmV0", "kid": "shared" }),
        json!({ "kty": "PQ", "kid": "unknown" }),
        json!({ "kty": 7 }),
        json!({}),
    ];
    let keys = [&bad[..], std::slice::from_ref(&good)].concat();
    let Look::Found(found) = learned(&keys, None).look(None, &POLICY(), at(0)) else { panic!() };
    assert_eq!(found.keys.keys().len(), 1);
    assert!(found.keys.names("good") && !found.keys.names("secret"));
    // A set of which nothing is left does not take the place of one that was good; one that is empty does.
    let mut sets = learned(&[good], None);
    let refused = sets.learn(Ok((answer(&bad), None)), &POLICY(), at(1));
    assert_eq!(refused, Err(FetchError::Malformed));
    assert_eq!(look(&sets, None, 1), "found");
    sets.learn(Ok((answer(&[]), None)), &POLICY(), at(2)).unwrap();
    let Look::Found(found) = sets.look(None, &POLICY(), at(2)) else { panic!() };
    assert_eq!(*found.keys, JwkSet::default());
}

#[test]
fn what_is_no_set_of_keys_is_not_kept() {
    let with = |status: u16, kind: &str, body: String| {
        Response::builder().status(status).header("content-type", kind).body(Bytes::from(body)).unwrap()
    };
    let set = || json!({ "keys": [public("a")] }).to_string();
    for (response, error) in [
        (with(302, "application/json", set()), FetchError::Status),
        (with(500, "application/json", set()), FetchError::Status),
        (with(200, "text/html", set()), FetchError::ContentType),
        (with(200, "application/json", "x".repeat(64 * 1024 + 1)), FetchError::TooLarge),
        (with(200, "application/json", "[]".into()), FetchError::Malformed),
        (with(200, "application/json", r#"{"keys":7}"#.into()), FetchError::Malformed),
    ] {
        let mut sets = learned(&[public("a")], None);
        let refused = sets.learn(Ok((response, None)), &POLICY(), at(1));
        assert_eq!((refused, look(&sets, None, 1)), (Err(error), "found"));
    }
}

#[test]
fn z08_a_clock_that_jumps_keeps_no_set_for_ever() {
    let sets = learned(&[public("a")], None);
    let past = Timestamp::from_unix(START - 1000);
    assert_eq!(sets.look(None, &POLICY(), past), Look::Ask);
    assert_eq!(sets.look(None, &POLICY(), Timestamp::from_unix(u64::MAX)), Look::Ask);
    assert_eq!(KeySets::new().look(Some(at(u64::MAX - START)), &POLICY(), at(0)), Look::Ask);
}
