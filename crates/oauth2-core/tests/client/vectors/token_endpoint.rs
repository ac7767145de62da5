//! The token endpoint's answers, granting and refusing.

use oauth_sansio::{Exchange as _, Progress, Secret};
use oauth2_core::{
    DocumentError,
    client::{Error, Leniency, Tokens, Untrusted},
};
use serde_json::Value;

use super::{Verdict, cases, ensure, response, run};
use crate::common::{NOW, client, moment, server};

#[test]
fn every_token_response_is_read_as_the_vectors_say_strictly_and_leniently() {
    token_endpoint(
        "oauth2_token_response",
        &cases(&whole_characters(include_str!("../../../../../vectors/oauth2_token_response.json")), None),
        94,
    );
}

#[test]
fn every_error_response_is_read_as_the_vectors_say_strictly_and_leniently() {
    token_endpoint(
        "oauth2_error_response",
        &cases(include_str!("../../../../../vectors/oauth2_error_response.json"), None),
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
            let text = |text: &Option<Untrusted>, member: &str| {
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
