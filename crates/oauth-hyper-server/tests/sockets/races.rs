//! Many at once: of a thing that works once, one gets it.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Request, StatusCode};
use oauth_sansio::Exchange as _;
use serde_json::Value;

use crate::common::Stage;

/// Sends one request many times at once; gives the answers by status.
pub(crate) async fn at_once(
    stage: &Stage,
    request: &Request<Bytes>,
    times: usize,
) -> BTreeMap<u16, Vec<Bytes>> {
    let sent: Vec<_> = (0..times)
        .map(|_| {
            let (line, request) = (stage.line.clone(), request.clone());
            tokio::spawn(async move { line.send(request).await })
        })
        .collect();
    let mut answers: BTreeMap<u16, Vec<Bytes>> = BTreeMap::new();
    for answer in sent {
        let answer = answer.await.unwrap();
        answers.entry(answer.status().as_u16()).or_default().push(answer.into_body());
    }
    answers
}

pub(crate) fn counts(answers: &BTreeMap<u16, Vec<Bytes>>) -> Vec<(u16, usize)> {
    answers.iter().map(|(status, bodies)| (*status, bodies.len())).collect()
}

async fn photo_with(stage: &Stage, access_token: &Value) -> StatusCode {
    let bearer = format!("Bearer {}", access_token.as_str().unwrap());
    let request = Request::get(stage.photo_url().as_str()).header("authorization", bearer);
    stage.line.send(request.body(Bytes::new()).unwrap()).await.status()
}

fn all_are_invalid_grant(bodies: &[Bytes]) -> bool {
    bodies.iter().all(|body| serde_json::from_slice::<Value>(body).unwrap()["error"] == "invalid_grant")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g03_64_parallel_redemptions_of_one_code_give_one_200() {
    let stage = Stage::new().await;
    let code = stage.code2().await.request(stage.moment()).unwrap().request;
    let answers = at_once(&stage, &code, 64).await;
    assert_eq!(counts(&answers), [(200, 1), (400, 63)]);
    assert!(all_are_invalid_grant(&answers[&400]));
    // A second use by its owner revokes what the first one brought (RFC 6749 section 4.1.2).
    let winner: Value = serde_json::from_slice(&answers[&200][0]).unwrap();
    assert_eq!(photo_with(&stage, &winner["access_token"]).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r07_64_parallel_refreshes_give_one_200_and_no_two_families() {
    let stage = Stage::new().await;
    let tokens = stage.tokens2().await;
    let mut exchange = stage.client2().refresh(tokens.refresh_token.as_ref().unwrap());
    let refresh = exchange.request(stage.moment()).unwrap().request;
    let answers = at_once(&stage, &refresh, 64).await;
    assert_eq!(counts(&answers), [(200, 1), (400, 63)]);
    assert!(all_are_invalid_grant(&answers[&400]));
    let winner: Value = serde_json::from_slice(&answers[&200][0]).unwrap();
    assert_eq!(photo_with(&stage, &winner["access_token"]).await, StatusCode::UNAUTHORIZED);
    let successor = winner["refresh_token"].as_str().unwrap().into();
    let refused = stage.line.run(stage.client2().refresh(&successor)).await.unwrap_err();
    assert!(refused.is_dead_grant(), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn o01_one_signed_request_replayed_32_times_in_parallel_gives_one_200() {
    let stage = Stage::new().await;
    let token = stage.token1().await;
    let photo = stage.signed_photo(&token);
    assert_eq!(counts(&at_once(&stage, &photo, 32).await), [(200, 1), (401, 31)]);
    // Whoever replays what he overheard ends nobody's access.
    assert_eq!(stage.line.send(stage.signed_photo(&token)).await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn o25_32_parallel_exchanges_of_temporary_credentials_give_one_token() {
    let stage = Stage::new().await;
    // Each is signed anew, so that only the temporary credentials can tell.
    let mut exchange = stage.allowed1().await;
    let mut answers = Vec::new();
    for _ in 0..32 {
        let request = exchange.request(stage.moment()).unwrap().request;
        let line = stage.line.clone();
        answers.push(tokio::spawn(async move { line.send(request).await.status() }));
    }
    let mut won = 0;
    for answer in answers {
        match answer.await.unwrap() {
            StatusCode::OK => won += 1,
            status => assert_eq!(status, StatusCode::UNAUTHORIZED),
        }
    }
    assert_eq!(won, 1);
}
