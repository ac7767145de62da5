#![allow(clippy::print_stdout, reason = "a test tells what it left out")]

use serde_json::Value;

use super::*;

#[test]
fn every_challenge_of_the_vectors_is_built_as_they_say() {
    let all: Vec<Value> = serde_json::from_str(include_str!("../../../../../vectors/bearer.json")).unwrap();
    let cases: Vec<_> = all.iter().filter(|case| case["kind"] == "challenge_build").collect();
    let mut wrong = Vec::new();
    for case in &cases {
        assert_eq!(case["scheme"], "Bearer");
        let parameters = case["params"].as_array().unwrap();
        let parameters = parameters.iter().map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()));
        let expected = &case["expected"];
        let right = match (build(Scheme::Bearer, parameters.clone()), expected["ok"].as_bool()) {
            (Ok(value), Some(true)) => {
                let read = oauth_sansio::auth::parse_challenges([value.to_str().unwrap()]).unwrap();
                let read: Vec<(&str, &str)> =
                    read[0].parameters().iter().map(|(name, value)| (*name, value.as_ref())).collect();
                expected["example"] == value.to_str().unwrap() && read == parameters.collect::<Vec<_>>()
            }
            (Err(_), Some(false)) => true,
            _ => false,
        };
        if !right {
            wrong.push(case.to_string());
        }
    }
    println!("challenge_build: {} ran, 0 excluded", cases.len());
    assert_eq!(cases.len(), 15);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
