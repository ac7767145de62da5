//! What a server may do to tokens that are kept.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use oauth_hyper_client::{Client as Http, MemoryTokens, TokenError, TokenKeeper, TokenStore as _};
use oauth2_core::client::{Keeper, KeeperError};
use serde_json::Value;

use crate::common::{self, Hands, Slow};
use crate::provider::*;

/// Tokens of the server that have just ended.
async fn ended(server: &Provider) -> (TokenKeeper, MemoryTokens) {
    let (store, clock) = (MemoryTokens::new(), Arc::new(Hands::default()));
    let http = Http::new().clock(clock.clone());
    let keeper = TokenKeeper::new(http, Keeper::new(server.client().await), Arc::new(store.clone()), "grant");
    keeper.start(common::tokens("Bearer")).await.unwrap();
    clock.pass(3600);
    (keeper, store)
}

async fn refresh_token(store: &MemoryTokens) -> Option<String> {
    let kept = store.lock("grant").await.unwrap().load().await.unwrap()?;
    kept.tokens.refresh_token.map(|token| token.expose().to_owned())
}

fn slowly(mut answer: Response<Bytes>) -> Response<Bytes> {
    answer.extensions_mut().insert(Slow(Duration::from_millis(50)));
    answer
}

#[tokio::test]
async fn l17_an_answer_without_a_refresh_token_takes_none_away_and_fifty_ask_once() {
    let without = || granted(|answer| drop(answer.as_object_mut().unwrap().remove("refresh_token")));
    let server = Provider::answering(TOKEN, move || slowly(without())).await;
    let (keeper, store) = ended(&server).await;
    let asking = |keeper: TokenKeeper| tokio::spawn(async move { keeper.tokens().await.map(drop) });
    let all: Vec<_> = (0..50).map(|_| asking(keeper.clone())).collect();
    for one in all {
        one.await.unwrap().unwrap();
    }
    assert_eq!(server.times(TOKEN), 1);
    assert_eq!(refresh_token(&store).await.as_deref(), Some("r"));
    // One that is nothing is not taken for a new one.
    for nothing in [Value::Null, "".into(), false.into()] {
        let lie = nothing.clone();
        let answer = granted(|answer| answer["refresh_token"] = lie);
        let server = Provider::answering(TOKEN, move || answer.clone()).await;
        let (keeper, store) = ended(&server).await;
        assert!(!keeper.tokens().await.unwrap_err().is_dead_grant(), "{nothing}");
        assert_eq!(refresh_token(&store).await.as_deref(), Some("r"), "{nothing}");
    }
}

#[tokio::test]
async fn l17_fifty_who_meet_a_sick_server_do_not_ask_it_one_after_the_other() {
    let server = Provider::lying(|asked| {
        (asked.path == TOKEN && asked.before == 0).then(|| slowly(common::json(503, "{}")))
    })
    .await;
    let (keeper, store) = ended(&server).await;
    let asking = |keeper: TokenKeeper| tokio::spawn(async move { keeper.tokens().await.map(drop) });
    let all: Vec<_> = (0..50).map(|_| asking(keeper.clone())).collect();
    let mut told = 0;
    for one in all {
        let error = one.await.unwrap().unwrap_err();
        told += usize::from(matches!(error, TokenError::Renewal(_)));
        assert!(!error.is_dead_grant());
    }
    assert_eq!((server.times(TOKEN), told), (1, 1));
    assert_eq!(refresh_token(&store).await.as_deref(), Some("r"));
    // Whoever comes later tries again.
    keeper.tokens().await.unwrap();
    assert_eq!(server.times(TOKEN), 2);
}

#[tokio::test]
async fn l17_a_server_that_grants_no_time_is_not_asked_by_all_in_turn() {
    let server =
        Provider::answering(TOKEN, || slowly(granted(|answer| answer["expires_in"] = 0.into()))).await;
    let (keeper, _) = ended(&server).await;
    let asking = |keeper: TokenKeeper| tokio::spawn(async move { keeper.tokens().await.map(drop) });
    let all: Vec<_> = (0..50).map(|_| asking(keeper.clone())).collect();
    for one in all {
        one.await.unwrap().unwrap();
    }
    assert_eq!(server.times(TOKEN), 1);
}

#[tokio::test]
async fn l18_only_a_server_that_is_well_can_end_a_grant() {
    // A server that fails, or what stands before it, has ended nothing, whatever it says.
    let dead = r#"{"error":"invalid_grant"}"#;
    for (status, body) in [
        (500, "oops"),
        (502, dead),
        (503, dead),
        (429, dead),
        (408, dead),
        (400, "{}"),
        (400, r#"{"error":null}"#),
        (401, r#"{"error":"invalid_client"}"#),
        (400, r#"{"error":"invalid_request"}"#),
        (400, r#"{"error":"temporarily_unavailable"}"#),
        (302, dead),
        (404, "<h1>not here</h1>"),
        (400, "invalid_grant"),
    ] {
        let server = Provider::answering(TOKEN, move || common::json(status, body)).await;
        let (keeper, store) = ended(&server).await;
        let error = keeper.tokens().await.unwrap_err();
        assert!(!error.is_dead_grant(), "{status} {body}: {error}");
        assert_eq!(refresh_token(&store).await.as_deref(), Some("r"), "{status} {body}");
        assert_eq!(server.times(TOKEN), 1, "{status} {body}");
    }
    // One that is well has, and is not asked again.
    let server = Provider::answering(TOKEN, move || common::json(400, dead)).await;
    let (keeper, store) = ended(&server).await;
    for _ in 0..3 {
        assert!(keeper.tokens().await.unwrap_err().is_dead_grant());
    }
    assert_eq!((server.times(TOKEN), refresh_token(&store).await), (1, None));
}

#[tokio::test]
async fn l11_tokens_of_one_server_are_not_refreshed_at_another() {
    let (one, two) = (Provider::honest().await, Provider::honest().await);
    let (_, store) = ended(&one).await;
    let http = Http::new().clock(Arc::new(Hands::default()));
    let other = TokenKeeper::new(http, Keeper::new(two.client().await), Arc::new(store.clone()), "grant");
    let error = other.tokens().await.unwrap_err();
    assert!(matches!(error, TokenError::Keeper(KeeperError::OtherClient)), "{error}");
    assert_eq!((one.times(TOKEN), two.times(TOKEN)), (0, 0));
    assert_eq!(refresh_token(&store).await.as_deref(), Some("r"));
}

#[tokio::test]
async fn l16_a_renewal_that_takes_scope_away_or_adds_some_is_seen() {
    for (told, now) in [(Some("admin"), "admin"), (Some(""), ""), (None, "read")] {
        let answer = granted(|answer| {
            if let Some(scope) = told {
                answer["scope"] = scope.into();
            }
        });
        let server = Provider::answering(TOKEN, move || answer.clone()).await;
        let (keeper, _) = ended(&server).await;
        assert_eq!(keeper.tokens().await.unwrap().tokens.scope.as_ref().unwrap().as_str(), now);
        // And nobody asks for more than there was.
        assert_eq!(server.times(TOKEN), 1);
        assert!(!server.told(TOKEN)[0].contains("scope"));
    }
}
