//! The shared vectors that speak of the `WWW-Authenticate` grammar.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a test")]

use oauth_sansio::auth::{Challenge, Parameters, parse_challenges};
use serde_json::Value;

fn cases(kind: &str) -> Vec<Value> {
    let all: Vec<Value> = serde_json::from_str(include_str!("../../../vectors/bearer.json")).unwrap();
    all.into_iter().filter(|case| case["kind"] == kind).collect()
}

#[test]
fn every_challenge_parses_as_the_vectors_say() {
    let cases = cases("challenge_parse");
    let mut wrong = Vec::new();
    for case in &cases {
        let headers: Vec<&str> =
            case["headers"].as_array().unwrap().iter().map(|h| h.as_str().unwrap()).collect();
        let read =
            parse_challenges(headers).map(|challenges| challenges.iter().map(as_json).collect::<Value>());
        let expected = &case["expected"];
        let right = match (&read, expected["ok"].as_bool()) {
            (Ok(challenges), Some(true)) => *challenges == expected["challenges"],
            (Err(_), Some(false)) => true,
            _ => false,
        };
        if !right {
            wrong.push(format!("{case}\n   read {read:?}"));
        }
    }
    println!("challenge_parse: {} ran, 0 excluded", cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn as_json(challenge: &Challenge<'_>) -> Value {
    if let Parameters::Token68(token) = challenge.parameters {
        return serde_json::json!({ "scheme": challenge.scheme, "token68": token });
    }
    let params: Vec<(String, &str)> =
        challenge.parameters().iter().map(|(n, v)| (n.to_ascii_lowercase(), v.as_ref())).collect();
    serde_json::json!({ "scheme": challenge.scheme, "params": params })
}
