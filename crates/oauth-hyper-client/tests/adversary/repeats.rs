//! Servers that take a request and break off: nobody knows whether it arrived.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use oauth_hyper_client::{Client as Http, Error, SendError};
use oauth_sansio::base64url;
use oauth2_core::client::{AssertionKey, ClientAuthentication, DpopKey};
use oauth2_core::jose::{Algorithm, LocalSigner};
use serde_json::{Value, json};

use crate::common::{self, Cut, Hands, moment};
use crate::provider::*;

fn key() -> LocalSigner {
    LocalSigner::generate(Algorithm::Es256, "k").unwrap()
}

fn cut() -> Response<Bytes> {
    let mut answer = Response::new(Bytes::new());
    answer.extensions_mut().insert(Cut);
    answer
}

/// One that reads the first request to each place, and answers the second.
async fn breaking_off() -> Provider {
    Provider::lying(|asked| match asked.path {
        TOKEN | PUSH | REVOKE if asked.before == 0 => Some(cut()),
        TOKEN => Some(granted(|answer| answer["token_type"] = "DPoP".into())),
        PUSH => Some(common::json(201, json!({ "request_uri": "urn:pushed", "expires_in": 60 }).to_string())),
        REVOKE => Some(ok(&json!({}))),
        _ => None,
    })
    .await
}

/// What makes this token, an assertion or a proof, one that is taken once.
fn jti(token: &str) -> String {
    let claims = base64url::decode(token.split('.').nth(1).unwrap().as_bytes()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    claims["jti"].as_str().unwrap().to_owned()
}

fn assertion(form: &str) -> String {
    jti(form.split("client_assertion=").nth(1).unwrap().split('&').next().unwrap())
}

#[tokio::test]
async fn k10_x09_what_is_asked_again_after_no_answer_has_new_assertions_and_new_proofs() {
    let server = breaking_off().await;
    let client = server
        .client_with(|config| {
            config.authentication = ClientAuthentication::Assertion(AssertionKey::new(Arc::new(key())));
            config.dpop = Some(DpopKey::local(key()).unwrap());
        })
        .await;
    let http = Http::new();
    http.run(client.client_credentials(&"read".parse().unwrap()).unwrap()).await.unwrap();
    http.run(client.authorize().push(moment(&Hands::default())).unwrap()).await.unwrap();
    http.run(client.revoke(&"token".into()).unwrap()).await.unwrap();
    let mut assertions = HashSet::new();
    for path in [TOKEN, PUSH, REVOKE] {
        assert_eq!(server.times(path), 2, "{path}");
        assertions.extend(server.told(path).iter().map(|form| assertion(form)));
    }
    assert_eq!(assertions.len(), 6, "each is good for one request");
    let proofs: HashSet<_> = server.headers(TOKEN, "dpop").iter().map(|proof| jti(proof)).collect();
    assert_eq!(proofs.len(), 2);
}

#[tokio::test]
async fn a_code_is_not_shown_again_where_nobody_knows_whether_it_arrived() {
    let server = breaking_off().await;
    let client = server.client().await;
    let error = Http::new().run(exchange(&client)).await.unwrap_err();
    assert!(matches!(error, Error::Send(SendError::Transport(_))), "{error}");
    assert_eq!(server.times(TOKEN), 1);
}
