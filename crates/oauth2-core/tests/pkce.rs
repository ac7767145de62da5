//! Every case of the PKCE vectors.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test"
)]

use oauth_sansio::base64url;
use oauth2_core::pkce::{Challenge, PkceError, Verifier};
use serde_json::Value;

#[test]
fn every_pkce_vector_holds() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../../../vectors/pkce.json")).unwrap();
    let (mut ran, mut plain, mut optional) = (0, 0, 0);
    for case in &cases {
        let method = case["method"].as_str().or_else(|| case["stored"]["method"].as_str());
        match case["kind"].as_str().unwrap() {
            "challenge" | "verify" if method == Some("plain") => plain += 1,
            "verify" if case["stored"]["challenge"].is_null() => optional += 1,
            "verify" if method.is_none() => plain += 1,
            kind => {
                check(kind, case);
                ran += 1;
            }
        }
    }
    println!(
        "pkce: {ran} ran; excluded: {plain} use `plain`, which is not built; \
         {optional} have a code without a challenge, which this server never issues"
    );
    assert_eq!((ran, plain, optional), (95, 5, 2));
    assert_eq!(ran + plain + optional, cases.len());
}

fn check(kind: &str, case: &Value) {
    let expected = &case["expected"];
    let verifier = case["verifier"].as_str();
    let octets = || -> Vec<u8> {
        case["octets"].as_array().unwrap().iter().map(|byte| byte.as_u64().unwrap() as u8).collect()
    };
    match kind {
        "challenge" => {
            let challenge = Verifier::parse(verifier.unwrap()).unwrap().challenge();
            assert_eq!(challenge.to_string(), expected["challenge"], "{case}");
        }
        "verifier_from_octets" => {
            let text = base64url::encode(&octets());
            assert_eq!(text, expected["verifier"], "{case}");
            assert!(Verifier::parse(text).is_ok(), "{case}");
        }
        "base64url" => assert_eq!(base64url::encode(&octets()), expected["text"]),
        "verifier_validity" => verdict(Verifier::parse(verifier.unwrap()).map(drop), case),
        "challenge_validity" => {
            let challenge = case["challenge"].as_str().unwrap();
            verdict(Challenge::parse(challenge, case["method"].as_str()).map(drop), case);
        }
        "verify" => {
            let stored = &case["stored"];
            let challenge =
                Challenge::parse(stored["challenge"].as_str().unwrap(), stored["method"].as_str());
            // A challenge that is none is refused when it arrives; the vectors store it and see it fail later.
            match challenge {
                Ok(challenge) => verdict(challenge.verify(verifier), case),
                Err(_) => assert_eq!(expected["ok"], false, "{case}"),
            }
        }
        other => panic!("unknown kind {other}"),
    }
}

fn verdict(result: Result<(), PkceError>, case: &Value) {
    let expected = &case["expected"];
    let reason = match result {
        Ok(()) => return assert_eq!(expected["ok"], true, "{case}"),
        Err(PkceError::UnsupportedMethod) => "unsupported_method",
        Err(PkceError::WrongLength) if case["challenge"] == "" => "empty",
        Err(PkceError::WrongLength) => "wrong_length",
        Err(PkceError::TooShort | PkceError::TooLong | PkceError::InvalidCharacter)
            if case["kind"] == "verify" =>
        {
            "malformed_verifier"
        }
        Err(PkceError::TooShort) => "too_short",
        Err(PkceError::TooLong) => "too_long",
        Err(PkceError::InvalidCharacter) => "invalid_character",
        Err(PkceError::MissingVerifier) => "missing_verifier",
        Err(PkceError::Mismatch) => "mismatch",
    };
    assert_eq!(expected["ok"], false, "{case}");
    let wanted = [&expected["reason"], &expected["also_acceptable_reason"]];
    assert!(wanted.contains(&&Value::from(reason)), "{reason}: {case}");
}
