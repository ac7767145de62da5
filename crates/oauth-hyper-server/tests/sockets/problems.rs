//! Problem reports of OAuth 1.0a on the wire, beside OAuth 2.

use std::time::Duration;

use http::{StatusCode, header::WWW_AUTHENTICATE};

use crate::common::{Plan, Stage};

#[tokio::test]
async fn a_problem_is_told_beside_the_challenge_of_the_other_protocol() {
    let plan = Plan { resource1: |config| config.problems = true, ..Plan::default() };
    let stage = Stage::set(plan).await;
    let token = stage.token1().await;

    let unsigned = stage.line.send(stage.photo()).await;
    assert_eq!(unsigned.status(), StatusCode::UNAUTHORIZED);
    let challenges: Vec<_> = unsigned.headers().get_all(WWW_AUTHENTICATE).iter().collect();
    let [bearer, oauth] = challenges.as_slice() else { panic!("{challenges:?}") };
    assert!(bearer.to_str().unwrap().starts_with("Bearer "));
    assert!(oauth.to_str().unwrap().contains("oauth_problem=\"parameter_absent\""));

    let late = stage.signed_photo(&token);
    stage.clock.advance(Duration::from_secs(301));
    let late = stage.line.send(late).await;
    assert_eq!(late.status(), StatusCode::UNAUTHORIZED);
    let now = stage.moment().now().as_unix();
    let range = format!("oauth_acceptable_timestamps={}-{}", now - 300, now + 300);
    assert_eq!(late.body(), format!("oauth_problem=timestamp_refused&{range}").as_str());

    // Half a signature, in a spelling that is found only when it is decoded: a bad request, as without reports.
    let mut half = stage.photo();
    *half.uri_mut() = format!("{}&oauth%5Fsignature=x", half.uri()).parse().unwrap();
    let half = stage.line.send(half).await;
    assert_eq!(half.status(), StatusCode::BAD_REQUEST);
    assert!(half.body().starts_with(b"oauth_problem=parameter_absent"));
}
