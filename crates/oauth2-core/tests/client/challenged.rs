//! What an API wants that turned a request away.

use std::time::Duration;

use http::Response;
use oauth2_core::client::{Challenged, ErrorCode, Wants};

fn read(status: u16, challenges: &[&str]) -> Option<Challenged> {
    let mut response = Response::builder().status(status);
    for challenge in challenges {
        response = response.header("www-authenticate", *challenge);
    }
    Challenged::read(&response.body(()).unwrap())
}

fn wants(status: u16, challenges: &[&str]) -> Option<Wants> {
    read(status, challenges).map(|challenged| challenged.wants)
}

#[test]
fn each_refusal_says_what_would_open_the_door() {
    assert_eq!(wants(401, &["Bearer"]), Some(Wants::Token));
    assert_eq!(wants(401, &[r#"bearer error="invalid_token""#]), Some(Wants::OtherToken));
    assert_eq!(wants(401, &[r#"DPoP error="invalid_token", algs="ES256""#]), Some(Wants::OtherToken));
    let scope = read(403, &[r#"Bearer error="insufficient_scope", scope="a b""#]).unwrap();
    assert_eq!((scope.wants, scope.scope), (Wants::Scope, Some("a b".parse().unwrap())));
    // RFC 9470 section 3.
    let login = r#"Bearer error="insufficient_user_authentication", acr_values="gold silver", max_age="5""#;
    let acr_values = vec!["gold".to_owned(), "silver".to_owned()];
    assert_eq!(
        wants(401, &[login]),
        Some(Wants::Login { acr_values, max_age: Some(Duration::from_secs(5)) })
    );
    assert_eq!(
        wants(400, &[r#"Bearer error="invalid_request""#]),
        Some(Wants::Other(ErrorCode::InvalidRequest))
    );
}

#[test]
fn l31_the_challenge_that_blames_counts_among_several() {
    let all = [
        r#"Basic realm="a, Bearer error=\"x\"", Bearer realm="b", resource_metadata="https://api.example/m""#,
        r#"DPoP algs="ES256", error="invalid_token", Negotiate"#,
    ];
    let challenged = read(401, &all).unwrap();
    assert_eq!(challenged.wants, Wants::OtherToken);
    assert_eq!(challenged.resource_metadata.as_deref(), Some("https://api.example/m"));
    let first = r#"Bearer scope="a", resource_metadata="https://api.example/m""#;
    let told = read(401, &[first]).unwrap();
    assert_eq!((told.wants, told.scope), (Wants::Token, Some("a".parse().unwrap())));
}

#[test]
fn what_is_no_challenge_of_these_schemes_says_nothing() {
    for (status, challenges) in [
        (200, &[r#"Bearer error="invalid_token""#][..]),
        (401, &[]),
        (401, &["Basic realm=\"x\""]),
        (401, &["Bearer error=\"unterminated"]),
        (403, &["Bearer"]),
        (401, &["Bearer error=\"a\", error=\"b\""]),
        (500, &["Bearer"]),
    ] {
        assert_eq!(read(status, challenges), None, "{status} {challenges:?}");
    }
    // A scope that is none is not taken for one.
    let odd = read(403, &[r#"Bearer error="insufficient_scope", scope="a  b""#]).unwrap();
    assert_eq!((odd.wants, odd.scope), (Wants::Scope, None));
}
