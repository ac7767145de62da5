//! What providers answer to a client: forms, JSON, problems, and OAuth 1.0 without the a.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod support;

use std::time::Duration;

use http::StatusCode;
use oauth_sansio::{Exchange as _, Timestamp, form::FormError};
use oauth1_core::client::{AnswerError, Callback, CallbackError, Error, Pending};
use support::{
    CALLBACK,
    app::callback,
    client::{NOW, answered, begin, client, done, exchanged, moment, pairs, received, sent},
};

#[test]
fn an_answer_may_be_a_json_object() {
    let client = client(|_| {});
    let body = r#" {"oauth_token":"tmp","oauth_token_secret":"s","oauth_callback_confirmed":true,"a":null}"#;
    let pending = done(client.temporary_credentials(Callback::OutOfBand), body).unwrap();
    assert_eq!((pending.token(), pending.extra()), ("tmp", &[][..]));

    let token = exchanged(
        r#"{"oauth_token":"t\u0061","oauth_token_secret":"","user_id":17,"premium":false,"name":"J ö","oauth_expires_in":60}"#,
    )
    .unwrap();
    assert_eq!((token.token.as_str(), token.secret.expose()), ("ta", ""));
    assert_eq!(token.extra, pairs(&[("user_id", "17"), ("premium", "false"), ("name", "J ö")]));
    assert_eq!(token.expires, Some(NOW.plus(Duration::from_secs(60))));
}

#[test]
fn a_json_answer_is_held_to_the_same_rules() {
    for (body, wrong) in [
        (r#"{"oauth_token":"t"}"#, AnswerError::Missing("oauth_token_secret")),
        (r#"{"oauth_token":null,"oauth_token_secret":"s"}"#, AnswerError::Missing("oauth_token")),
        (r#"{"oauth_token":"","oauth_token_secret":"s"}"#, AnswerError::Empty("oauth_token")),
        (
            r#"{"oauth_token":"t","oauth\u005ftoken":"t","oauth_token_secret":"s"}"#,
            AnswerError::Repeated("oauth_token"),
        ),
        (r#"{"oauth_token":"t","oauth_token_secret":"s""#, AnswerError::Json),
        (r#"{"oauth_token":"t","oauth_token_secret":"s"} x"#, AnswerError::Json),
        ("{}", AnswerError::Missing("oauth_token")),
        ("[]", AnswerError::Missing("oauth_token")),
    ] {
        assert_eq!(exchanged(body).map(drop), Err(Error::Answer(wrong)), "{body}");
    }
    let deep = format!("{{\"a\":{}", "[".repeat(10_000));
    assert_eq!(exchanged(&deep).map(drop), Err(Error::Answer(AnswerError::Json)));
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(65_536));
    assert_eq!(exchanged(&long).map(drop), Err(Error::Answer(AnswerError::Form(FormError::TooLong))));
}

#[test]
fn a_problem_is_heard_in_form_and_in_json() {
    for (body, problem) in [
        ("oauth_problem=nonce_used", Some("nonce_used")),
        (r#"{"oauth_problem":"nonce_used"}"#, Some("nonce_used")),
        (r#"{"oauth_problem":"<b>"}"#, None),
        (r#"{"oauth_problem":"#, None),
    ] {
        let exchange = client(|_| {}).temporary_credentials(Callback::OutOfBand);
        let refused = exchange.response(answered(401, body), moment()).unwrap_err();
        let problem = problem.map(str::to_owned);
        assert_eq!(refused, Error::Refused { status: StatusCode::UNAUTHORIZED, problem }, "{body}");
    }
}

#[test]
fn an_end_is_a_number_of_seconds_or_an_error() {
    for seconds in ["", "-1", "+1", "1.5", "soon", "18446744073709551616"] {
        let body = format!("oauth_token=t&oauth_token_secret=s&oauth_expires_in={seconds}");
        let error = exchanged(&body.replace('+', "%2B")).map(drop);
        assert_eq!(error, Err(Error::Answer(AnswerError::Seconds("oauth_expires_in"))), "{seconds}");
    }
    let end = "oauth_token=t&oauth_token_secret=s&oauth_authorization_expires_in=18446744073709551615";
    assert_eq!(exchanged(end).unwrap().authorization_expires, Some(Timestamp::from_unix(u64::MAX)));
    let twice = "oauth_token=t&oauth_token_secret=s&oauth_session_handle=a&oauth_session_handle=a";
    assert_eq!(exchanged(twice).map(drop), Err(Error::Answer(AnswerError::Repeated("oauth_session_handle"))));
}

#[test]
fn o07_a_provider_without_the_a_is_refused_unless_the_caller_insists() {
    let unconfirmed = "oauth_token=tmp&oauth_token_secret=s";
    let careful = client(|_| {});
    let refused = done(careful.temporary_credentials(callback()), unconfirmed);
    assert_eq!(refused.map(drop), Err(Error::Answer(AnswerError::CallbackNotConfirmed)));

    let insisting = client(|config| config.dangerously_accept_oauth_1_0 = true);
    let pending = done(insisting.temporary_credentials(callback()), unconfirmed).unwrap();
    // The callback goes where 1.0 had it.
    let url = pending.authorization_url(&insisting);
    assert!(url.query_pairs().any(|(name, value)| (&*name, &*value) == ("oauth_callback", CALLBACK)));
    let mut exchange = pending.callback(&insisting, &"/ready?oauth_token=tmp".parse().unwrap()).unwrap();
    let request = sent(&mut exchange);
    assert_eq!(received(&request, Some("s")).verifier(), None);
    // What lies in a session does not overrule the configuration.
    assert_eq!(
        pending.callback(&careful, &"/ready?oauth_token=tmp".parse().unwrap()).map(drop),
        Err(CallbackError::Missing("oauth_verifier"))
    );
    // A forged callback is still seen.
    assert_eq!(
        pending.callback(&insisting, &"/ready?oauth_token=evil".parse().unwrap()).map(drop),
        Err(CallbackError::TokenMismatch)
    );
    let pending = done(insisting.temporary_credentials(Callback::OutOfBand), unconfirmed).unwrap();
    assert!(!pending.authorization_url(&insisting).as_str().contains("oauth_callback"));
    assert!(pending.without_verifier(&insisting).is_ok());
}

#[test]
fn o07_a_provider_with_the_a_is_held_to_it_by_all() {
    let insisting = client(|config| config.dangerously_accept_oauth_1_0 = true);
    let pending = begin(&insisting);
    assert!(!pending.authorization_url(&insisting).as_str().contains("oauth_callback"));
    let callback = pending.callback(&insisting, &"/ready?oauth_token=tmp".parse().unwrap());
    assert_eq!(callback.map(drop), Err(CallbackError::Missing("oauth_verifier")));
    assert_eq!(pending.without_verifier(&insisting).map(drop), Err(CallbackError::Missing("oauth_verifier")));
    let kept: Pending = serde_json::from_str(&serde_json::to_string(&pending).unwrap()).unwrap();
    assert!(kept.without_verifier(&insisting).is_err());
}
