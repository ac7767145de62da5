#![allow(clippy::print_stdout, reason = "a test tells what it left out")]

use ::base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::*;

#[test]
fn every_basic_header_of_the_vectors_decodes_as_they_say() {
    let all: Vec<Value> =
        serde_json::from_str(include_str!("../../../../../vectors/oauth2_client_auth.json")).unwrap();
    let cases: Vec<_> = all.iter().filter(|case| case["kind"] == "basic_decode").collect();
    let mut wrong = Vec::new();
    for case in &cases {
        let expected = &case["expected"];
        let right = match (read_strictly(case["header"].as_str().unwrap()), expected["ok"].as_bool()) {
            (Ok((id, secret)), Some(true)) => {
                expected["client_id"] == id
                    && Digest::of(expected["client_secret"].as_str().unwrap()) == secret
            }
            (Err(Reason::Unauthenticated), Some(false)) => expected["reason"] == "not_basic",
            (Err(Reason::BasicMalformed), Some(false)) => expected["reason"] != "not_basic",
            _ => false,
        };
        if !right {
            wrong.push(case.to_string());
        }
    }
    println!("basic_decode: {} ran, 0 excluded", cases.len());
    assert_eq!(cases.len(), 29);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

proptest::proptest! {
    #[test]
    fn what_was_encoded_is_read_back(id in "[^\\pC]{1,20}", secret in "[^\\pC]{1,20}") {
        let mut pair = String::new();
        form::encode_into(&mut pair, &id);
        pair.push(':');
        form::encode_into(&mut pair, &secret);
        let (read_id, read_secret) = read_strictly(&format!("Basic {}", STANDARD.encode(pair))).unwrap();
        proptest::prop_assert_eq!(read_id, id);
        proptest::prop_assert_eq!(read_secret, Digest::of(secret));
    }
}

/// As the standard says.
fn read_strictly(header: &str) -> Result<(String, Digest), Reason> {
    let read = basic(header, BasicEncoding::FormEncoded)?;
    assert_eq!(read.raw, None);
    Ok((read.client_id, read.encoded))
}

#[test]
fn k05_the_policy_may_take_a_secret_that_was_not_form_encoded() {
    let header = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
    let read = |pair: &str| basic(&header(pair), BasicEncoding::FormEncodedOrRaw).unwrap();
    assert_eq!(read("app:a+b").raw, Some(Digest::of("a+b")));
    assert_eq!(read("app:a+b").encoded, Digest::of("a b"));
    // What does not decode can only be meant as it stands.
    assert_eq!((read("app:50%").encoded, read("app:50%").raw), (Digest::of("50%"), None));
    assert!(basic(&header("app:50%"), BasicEncoding::FormEncoded).is_err());
}
