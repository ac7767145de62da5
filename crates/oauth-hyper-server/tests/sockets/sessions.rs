//! Renewal and revocation of OAuth 1.0a tokens, as they look on the wire.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use oauth_sansio::{
    Exchange as _,
    form::{Form, Limits},
};
use oauth1_core::client::TokenCredentials;

use crate::common::{Plan, Stage};
use crate::races::{at_once, counts};

const TOKEN: &str = "/oauth1/token";
const REVOKE: &str = "/oauth1/revoke";

async fn stage() -> Stage {
    let plan = Plan {
        provider1: |config| {
            config.lifetimes.token = Some(Duration::from_secs(3600));
            config.lifetimes.authorization = Some(Duration::from_secs(86_400));
            config.paths.revoke = Some(REVOKE.into());
        },
        ..Plan::default()
    };
    Stage::set(plan).await
}

/// Token credentials and their session handle.
fn session(answer: &Bytes) -> (TokenCredentials, String) {
    let form = Form::parse(answer, &Limits::default()).unwrap();
    let one = |name| form.one(name).unwrap().unwrap().to_owned();
    assert_eq!(one("oauth_expires_in"), "3600");
    let token = TokenCredentials::new(one("oauth_token"), one("oauth_token_secret"));
    (token, one("oauth_session_handle"))
}

async fn begin(stage: &Stage) -> (TokenCredentials, String) {
    let request = stage.allowed1().await.request(stage.moment()).unwrap().request;
    session(stage.line.send(request).await.body())
}

fn renewal(stage: &Stage, (token, handle): &(TokenCredentials, String), nonce: &str) -> Request<Bytes> {
    stage.signed_post(TOKEN, (&token.token, &token.secret), nonce, &[("oauth_session_handle", handle)])
}

async fn photo(stage: &Stage, token: &TokenCredentials) -> StatusCode {
    stage.line.send(stage.signed_photo(token)).await.status()
}

#[tokio::test]
async fn an_expired_token_is_renewed_and_given_back() {
    let stage = stage().await;
    let first = begin(&stage).await;
    assert_eq!(photo(&stage, &first.0).await, StatusCode::OK);
    stage.clock.advance(Duration::from_secs(3600));
    assert_eq!(photo(&stage, &first.0).await, StatusCode::UNAUTHORIZED);
    let second = session(stage.line.send(renewal(&stage, &first, "1")).await.body());
    assert_eq!(photo(&stage, &second.0).await, StatusCode::OK);

    let revocation = stage.signed_post(REVOKE, (&second.0.token, &second.0.secret), "2", &[]);
    assert_eq!(stage.line.send(revocation.clone()).await.status(), StatusCode::OK);
    assert_eq!(photo(&stage, &second.0).await, StatusCode::UNAUTHORIZED);
    assert_eq!(stage.line.send(revocation).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_client_that_keeps_what_it_was_told_renews_and_gives_back() {
    let stage = stage().await;
    let (app, client) = (
        &stage.line.client,
        stage.client1_with(|mut config| {
            config.provider.revocation = Some(stage.provider.join(REVOKE).unwrap());
            config
        }),
    );
    let first = stage.token1().await;
    assert_eq!(first.expires, Some(stage.moment().now().plus(Duration::from_secs(3600))));
    stage.clock.advance(Duration::from_secs(3600));
    let second = app.run(client.renew(&first)).await.unwrap();
    assert_eq!(second.authorization_expires, first.authorization_expires);
    assert_eq!(photo(&stage, &second).await, StatusCode::OK);
    app.run(client.revoke(&second)).await.unwrap();
    assert_eq!(photo(&stage, &second).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_renewal_sent_32_times_in_parallel_gives_one_token_and_revokes_nothing() {
    let stage = stage().await;
    let first = begin(&stage).await;
    let answers = at_once(&stage, &renewal(&stage, &first, "1"), 32).await;
    assert_eq!(counts(&answers), [(200, 1), (401, 31)]);
    assert_eq!(photo(&stage, &session(&answers[&200][0]).0).await, StatusCode::OK);
    // One with a nonce of its own is somebody else's, or the owner's behind a thief's.
    assert_eq!(stage.line.send(renewal(&stage, &first, "2")).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(photo(&stage, &session(&answers[&200][0]).0).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn nothing_is_revoked_where_no_path_is_set() {
    let stage = Stage::new().await;
    let token = stage.token1().await;
    let revocation = stage.signed_post(REVOKE, (&token.token, &token.secret), "1", &[]);
    assert_eq!(stage.line.send(revocation).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(photo(&stage, &token).await, StatusCode::OK);
}
