//! Servers and APIs that are never content with a nonce, or give one out for others (RFC 9449 sections 8 and 9).

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use oauth_hyper_client::{AuthorizeLayer, Client as Http, MemoryTokens, Resource, TokenKeeper};
use oauth_sansio::base64url;
use oauth2_core::client::{Client, DpopKey, Error, Keeper};
use oauth2_core::jose::{Algorithm, LocalSigner};
use serde_json::Value;
use tower_layer::Layer as _;
use tower_service::Service as _;

use crate::common::{self, Hands, challenge};
use crate::provider::*;

fn with_nonce(mut answer: Response<Bytes>, nonce: &str) -> Response<Bytes> {
    answer.headers_mut().insert("dpop-nonce", nonce.parse().unwrap());
    answer
}

fn wants_another(before: usize) -> Response<Bytes> {
    with_nonce(common::json(400, r#"{"error":"use_dpop_nonce"}"#), &format!("n{before}"))
}

async fn bound(server: &Provider) -> Client {
    let key = LocalSigner::generate(Algorithm::Es256, "k").unwrap();
    server.client_with(|config| config.dpop = Some(DpopKey::local(key).unwrap())).await
}

/// The claims of the proofs that came to this place.
fn proofs(server: &Provider, path: &str) -> Vec<Value> {
    let claims = |proof: &String| {
        let claims = base64url::decode(proof.split('.').nth(1).unwrap().as_bytes()).unwrap();
        serde_json::from_slice(&claims).unwrap()
    };
    server.headers(path, "dpop").iter().map(claims).collect()
}

#[tokio::test]
async fn l19_a_token_endpoint_that_is_never_content_is_answered_once_with_a_new_proof() {
    let server = Provider::lying(|asked| (asked.path == TOKEN).then(|| wants_another(asked.before))).await;
    let client = bound(&server).await;
    let error = refused(exchange(&client)).await;
    assert!(
        matches!(&error, Error::Refused(refusal) if refusal.code.as_str() == "use_dpop_nonce"),
        "{error}"
    );
    let proofs = proofs(&server, TOKEN);
    assert_eq!(
        (&proofs[0]["nonce"], proofs[1]["nonce"].as_str(), proofs.len()),
        (&Value::Null, Some("n0"), 2)
    );
    assert_ne!(proofs[0]["jti"], proofs[1]["jti"]);
    // Without a nonce there is nothing to answer, however often it is asked for.
    let asks = || common::json(400, r#"{"error":"use_dpop_nonce"}"#);
    let server = Provider::answering(TOKEN, asks).await;
    refused(exchange(&bound(&server).await)).await;
    assert_eq!(server.times(TOKEN), 1);
    // Nor where there are two, or one that would not fit.
    let two = || {
        let mut answer = wants_another(0);
        answer.headers_mut().append("dpop-nonce", "other".parse().unwrap());
        answer
    };
    let server = Provider::answering(TOKEN, two).await;
    refused(exchange(&bound(&server).await)).await;
    assert_eq!(server.times(TOKEN), 1);
    let long = || with_nonce(wants_another(0), &"n".repeat(4096));
    let server = Provider::answering(TOKEN, long).await;
    refused(exchange(&bound(&server).await)).await;
    assert_eq!(server.times(TOKEN), 1);
}

#[tokio::test]
async fn l19_a_client_without_a_key_repeats_nothing_for_a_nonce() {
    let server = Provider::lying(|asked| (asked.path == TOKEN).then(|| wants_another(asked.before))).await;
    refused(exchange(&server.client().await)).await;
    assert_eq!(server.times(TOKEN), 1);
}

#[tokio::test]
async fn l19_the_nonce_of_a_server_is_not_told_to_an_api_and_an_api_that_is_never_content_is_answered_once() {
    let server = Provider::answering(TOKEN, || {
        with_nonce(granted(|answer| answer["token_type"] = "DPoP".into()), "of-the-server")
    })
    .await;
    let api = Provider::lying(|asked| {
        let answer = challenge(401, r#"DPoP error="use_dpop_nonce""#);
        (asked.path == API).then(|| with_nonce(answer, &format!("a{}", asked.before)))
    })
    .await;
    let client = bound(&server).await;
    let http = Http::new().clock(Arc::new(Hands::default()));
    let tokens = http.run(exchange(&client)).await.unwrap();
    let keeper = TokenKeeper::new(http, Keeper::new(client), Arc::new(MemoryTokens::new()), "api");
    keeper.start(tokens).await.unwrap();
    let mut http = AuthorizeLayer::new(keeper, Resource::new(&api.url).unwrap()).layer(Http::new());
    let request = Request::get(format!("{}{API}", api.url)).body(Bytes::new()).unwrap();
    for _ in 0..3 {
        assert_eq!(http.call(request.clone()).await.unwrap().status(), 401);
    }
    let proofs = proofs(&api, API);
    assert_eq!(proofs.len(), 6);
    assert_eq!((&proofs[0]["nonce"], proofs[1]["nonce"].as_str()), (&Value::Null, Some("a0")));
    let fresh: HashSet<_> = proofs.iter().map(|proof| proof["jti"].as_str().unwrap()).collect();
    assert_eq!(fresh.len(), 6);
    assert!(!proofs.iter().any(|proof| proof.to_string().contains("of-the-server")));
    assert_eq!(server.times(TOKEN), 1, "no token is renewed because of it");
}
