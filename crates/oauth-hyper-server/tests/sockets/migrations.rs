//! An application that changes from OAuth 1.0a to OAuth 2, over sockets.

use http::StatusCode;
use oauth_sansio::Exchange as _;
use oauth2_core::client as core2;
use serde_json::Value;

use crate::common::{Plan, SCOPE, Stage};
use crate::races::{at_once, counts};

#[tokio::test]
async fn an_application_changes_over_without_asking_anybody_again() {
    for tls in [None, Some(&["h2"] as &[&str]), Some(&["http/1.1"])] {
        let stage = Stage::set(Plan { tls, ..Plan::default() }).await;
        let token = stage.token1().await;
        assert_eq!(stage.line.send(stage.signed_photo(&token)).await.status(), StatusCode::OK);
        let tokens = stage.line.run(stage.trade(&token)).await.unwrap();
        let photo = stage.line.send(stage.bearer_photo(&tokens)).await;
        assert_eq!(photo.status(), StatusCode::OK);
        assert_eq!(stage.line.send(stage.signed_photo(&token)).await.status(), StatusCode::UNAUTHORIZED);
        let next = stage.line.run(stage.client2().refresh(tokens.refresh_token.as_ref().unwrap())).await;
        assert_eq!(stage.line.send(stage.bearer_photo(&next.unwrap())).await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn an_application_whose_secret_goes_in_the_body_signs_in_the_header() {
    let stage = Stage::new().await;
    let token = stage.token1().await;
    let client2 = stage.client2_with(core2::ClientAuthentication::SecretPost(stage.secret.clone()));
    let exchange = stage.client1().signing(client2.migration(&SCOPE.parse().unwrap()), &token);
    let tokens = stage.line.run(exchange).await.unwrap();
    assert_eq!(stage.line.send(stage.bearer_photo(&tokens)).await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn n20_32_parallel_copies_of_one_trade_give_one_200_and_end_nothing() {
    let stage = Stage::new().await;
    let trade = stage.trade(&stage.token1().await).request(stage.moment()).unwrap().request;
    let answers = at_once(&stage, &trade, 32).await;
    assert_eq!(counts(&answers), [(200, 1), (400, 31)]);
    let winner: Value = serde_json::from_slice(&answers[&200][0]).unwrap();
    let refresh = winner["refresh_token"].as_str().unwrap().into();
    let tokens = stage.line.run(stage.client2().refresh(&refresh)).await.unwrap();
    assert_eq!(stage.line.send(stage.bearer_photo(&tokens)).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn n22_a_provider_that_speaks_no_oauth_1_trades_nothing() {
    let stage = Stage::new().await;
    let token = stage.token1().await;
    let trade = stage.trade(&token).request(stage.moment()).unwrap().request;
    let mut config = oauth2_core::server::Config::new(stage.provider.clone());
    config.scopes = SCOPE.parse().unwrap();
    config.migration = Some(oauth2_core::server::Migration {
        realms: [(SCOPE.to_owned(), config.scopes.clone())].into(),
        ..Default::default()
    });
    config.insecure_loopback = true;
    let alone = oauth_hyper_server::ProviderService::with_clock(
        stage.store.clone(),
        std::sync::Arc::new(crate::common::StubPages),
        stage.clock.clone(),
    )
    .oauth2(oauth2_core::server::AuthorizationServer::new(config).unwrap());
    let answer = alone.answer(trade.map(http_body_util::Full::new)).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let told: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(told["error"], "invalid_grant");
    assert_eq!(stage.line.send(stage.signed_photo(&token)).await.status(), StatusCode::OK);
}
