//! RFC 7523, case by case.

use std::time::Duration;

use oauth_sansio::{Secret, Timestamp};
use oauth2_core::{
    jose::{Algorithm, ClaimError, JwkSet, JwsError, VerifyingKey},
    jwt::{Assertion, AssertionError, AssertionPolicy, claimed_client},
};
use serde_json::Value;

use crate::{is_accepted, vectors};

const FILE: &str = include_str!("../../../../vectors/oauth2_client_auth.json");

#[test]
fn every_assertion_of_the_vectors_is_judged_as_they_say() {
    let (mut ran, mut wrong) = (0, Vec::new());
    for case in vectors(FILE).iter().filter(|case| case["kind"] == "assertion") {
        ran += 1;
        let expected = &case["expected"];
        let verdict = judge(case);
        let right = match &verdict {
            Ok(client_id) => expected["ok"] == true && expected["client_id"] == **client_id,
            Err(reason) => expected["ok"] == false && is_accepted(expected, "reason", reason),
        };
        if !right {
            wrong.push(format!("{} {verdict:?} {expected} {} {}", case["id"], case["tags"], case["notes"]));
        }
    }
    println!("assertions: {ran} ran");
    assert_eq!(ran, 118);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// As the endpoint does it, with the vectors' server: two audiences, half a minute.
fn judge(case: &Value) -> Result<String, &'static str> {
    let server = &case["server"];
    let form = |name: &str| {
        case["form"].as_array().unwrap().iter().find(|pair| pair[0] == name).and_then(|pair| pair[1].as_str())
    };
    match form("client_assertion_type") {
        None => return Err("missing_assertion_type"),
        Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer") => {}
        Some(_) => return Err("wrong_assertion_type"),
    }
    let text = form("client_assertion").unwrap();
    let claimed = claimed_client(text).map_err(reason)?;
    if form("client_id").is_some_and(|sent| sent != claimed) {
        return Err("client_id_mismatch");
    }
    let client = case["clients"].as_array().unwrap().iter().find(|client| client["client_id"] == *claimed);
    let client = client.ok_or("unknown_client")?;
    let audiences: Vec<&str> =
        server["accepted_audiences"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let algorithms: Vec<Algorithm> = server["allowed_algs"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|name| name.as_str()?.parse().ok())
        .collect();
    // A public key verifies no HMAC, and a client may be registered for one algorithm only.
    let registered = client["assertion_alg"].as_str().map(|name| name.parse().unwrap());
    let is_open = |algorithm: &Algorithm| {
        *algorithm != Algorithm::Hs256 && registered.is_none_or(|only: Algorithm| only == *algorithm)
    };
    let algorithms: Vec<_> = algorithms.into_iter().filter(is_open).collect();
    let policy = AssertionPolicy {
        issuer: server["issuer"].as_str().unwrap(),
        other_audiences: &audiences,
        algorithms: &algorithms,
        skew: Duration::from_secs(server["leeway_seconds"].as_u64().unwrap()),
        longest: Duration::from_secs(server["max_lifetime_seconds"].as_u64().unwrap()),
        wants_beginning: false,
    };
    let now = Timestamp::from_unix(server["now"].as_u64().unwrap());
    let judged = if client["methods"].as_array().unwrap().iter().any(|method| method == "private_key_jwt") {
        let keys = JwkSet::parse(client["jwks"].to_string().as_bytes()).unwrap();
        Assertion::by_keys(text, &claimed, &keys, &policy, now)
    } else if client["methods"].as_array().unwrap().iter().any(|method| method == "client_secret_jwt") {
        let key = VerifyingKey::of_secret(&Secret::new(client["client_secret"].as_str().unwrap())).unwrap();
        let algorithms = [Algorithm::Hs256];
        Assertion::by_secret(
            text,
            &claimed,
            &key,
            &AssertionPolicy { algorithms: &algorithms, ..policy },
            now,
        )
    } else {
        return Err("method_not_allowed");
    };
    judged.map(|_| claimed).map_err(reason)
}

fn reason(error: AssertionError) -> &'static str {
    match error {
        AssertionError::Jws(error) => match error {
            JwsError::TooLarge | JwsError::Malformed => "malformed",
            JwsError::Algorithm => "alg_not_allowed",
            JwsError::Critical => "unsupported_crit",
            JwsError::Typ => "wrong_typ",
            JwsError::NoKey => "key_not_found",
            JwsError::KeyMismatch | JwsError::Signature | JwsError::Key(_) => "bad_signature",
        },
        AssertionError::Claim(ClaimError::Malformed) => "malformed",
        AssertionError::Claim(ClaimError::Missing(name)) => match name {
            "iss" => "missing_iss",
            "sub" => "missing_sub",
            "aud" => "missing_aud",
            "exp" => "missing_exp",
            _ => "missing_jti",
        },
        AssertionError::Claim(ClaimError::Type(_) | ClaimError::TooLong(_)) => "malformed_claims",
        AssertionError::OtherClient | AssertionError::OtherIssuer => "iss_sub_mismatch",
        AssertionError::Audience => "wrong_audience",
        AssertionError::Expired => "expired",
        AssertionError::TooLong => "lifetime_too_long",
        AssertionError::NotYet => "not_yet_valid",
        AssertionError::IssuedInFuture => "issued_in_future",
    }
}
