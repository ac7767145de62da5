//! Attacks on a client that binds its tokens to a key (RFC 9449).

use std::collections::BTreeSet;

use http::{HeaderName, HeaderValue, Request, Response, header};
use oauth_sansio::{Exchange as _, Progress, Secret, base64url};
use oauth2_core::{
    DocumentError,
    client::{
        Challenged, Client, DpopKey, Error, ErrorCode, Misuse, TokenExchange, Tokens, Wants, dpop_nonce,
    },
    jose::{Algorithm, LocalSigner},
};
use serde_json::{Value, json};

use crate::common::*;

fn key() -> DpopKey {
    DpopKey::local(LocalSigner::generate(Algorithm::Es256, "").unwrap()).unwrap()
}

fn bound() -> Client {
    client(|config| config.dpop = Some(key()))
}

fn refresh(client: &Client) -> TokenExchange {
    client.refresh(&Secret::new("old-refresh-token"))
}

/// What a proof says.
fn said(proof: &HeaderValue) -> Value {
    let payload = proof.to_str().unwrap().split('.').nth(1).unwrap().to_owned();
    serde_json::from_slice(&base64url::decode(payload.as_bytes()).unwrap()).unwrap()
}

fn asks_for(nonce: &str) -> Response<bytes::Bytes> {
    let mut response = reply(400, r#"{"error":"use_dpop_nonce"}"#);
    response.headers_mut().insert("dpop-nonce", nonce.parse().unwrap());
    response
}

#[test]
fn l19_a_server_that_asks_for_nonces_without_end_is_answered_once() {
    let mut exchange = refresh(&bound());
    let mut seen = BTreeSet::new();
    let mut prove = |exchange: &mut TokenExchange, seed| {
        let sent = exchange.request(moment(seed)).unwrap().request;
        let claims = said(&sent.headers()["dpop"]);
        assert_eq!((&claims["htm"], &claims["htu"]), (&json!("POST"), &json!("https://as.example/token")));
        assert_eq!((&claims["iat"], &claims["ath"]), (&json!(NOW.as_unix()), &Value::Null));
        assert!(seen.insert(claims["jti"].as_str().unwrap().to_owned()), "each proof is a new one");
        claims["nonce"].clone()
    };
    assert_eq!(prove(&mut exchange, 1), Value::Null);
    let Ok(Progress::Again(mut exchange)) = exchange.response(asks_for("first"), moment(2)) else { panic!() };
    assert_eq!(prove(&mut exchange, 3), "first");
    let error = exchange.response(asks_for("second"), moment(4)).unwrap_err();
    assert!(
        matches!(error, Error::Refused(refusal) if refusal.code == ErrorCode::Other("use_dpop_nonce".into()))
    );
}

#[test]
fn a_nonce_is_taken_only_where_it_is_asked_for_and_only_if_it_is_one() {
    let again = |client: Client, response| {
        matches!(refresh(&client).response(response, moment(1)), Ok(Progress::Again(_)))
    };
    assert!(again(bound(), asks_for("a")));
    // Without a key there is nothing to prove.
    assert!(!again(client(|_| {}), asks_for("a")));
    let mut granted = asks_for("a");
    *granted.status_mut() = http::StatusCode::OK;
    let mut twice = asks_for("a");
    twice.headers_mut().append("dpop-nonce", HeaderValue::from_static("b"));
    let mut other = reply(400, r#"{"error":"invalid_grant"}"#);
    other.headers_mut().insert("dpop-nonce", HeaderValue::from_static("a"));
    let huge = asks_for(&"a".repeat(2000));
    let none = reply(400, r#"{"error":"use_dpop_nonce"}"#);
    for response in [granted, twice, other, huge, none] {
        assert!(!again(bound(), response));
    }
}

#[test]
fn a_client_with_a_key_takes_no_bearer_token() {
    for kind in ["Bearer", "bearer", "N_A"] {
        let body = json!({ "access_token": "a", "token_type": kind }).to_string();
        let error = answer(refresh(&bound()), reply(200, body)).unwrap_err();
        assert!(matches!(error, Error::Answer { problem: DocumentError::Value("token_type"), .. }), "{kind}");
    }
    let body = json!({ "access_token": "a", "token_type": "dpop" }).to_string();
    assert!(answer(refresh(&bound()), reply(200, body)).unwrap().is_bound_to_a_key());
}

fn tokens(kind: &str) -> Tokens {
    let body = json!({ "access_token": "the-token", "token_type": kind }).to_string();
    let client = client(|config| config.dpop = (kind == "DPoP").then(key));
    answer(refresh(&client), reply(200, body)).unwrap()
}

#[test]
fn a_bound_token_is_used_with_a_proof_for_one_request_and_a_bearer_token_never() {
    let key = key();
    let mut request = Request::delete("https://api.example/a%20b?c=d").body(()).unwrap();
    let brought =
        http::HeaderMap::from_iter([(HeaderName::from_static("dpop-nonce"), HeaderValue::from_static("n"))]);
    assert!(key.learn(request.uri(), &brought));
    key.authorize(&tokens("DPoP"), &mut request, moment(1)).unwrap();
    assert_eq!(request.headers()[header::AUTHORIZATION], "DPoP the-token");
    assert!(request.headers()[header::AUTHORIZATION].is_sensitive());
    let claims = said(&request.headers()["dpop"]);
    assert_eq!((&claims["htm"], &claims["htu"]), (&json!("DELETE"), &json!("https://api.example/a%20b")));
    assert_eq!(claims["nonce"], "n");
    assert_eq!(claims["ath"], oauth2_core::dpop::access_token_hash("the-token"));

    let misused = key.authorize(&tokens("Bearer"), &mut request, moment(2));
    assert_eq!(misused, Err(Misuse::TokenType.into()));
    assert_eq!(tokens("DPoP").authorize(&mut request), Err(Misuse::TokenType.into()));
    let mut relative = Request::get("/photos").body(()).unwrap();
    assert_eq!(key.authorize(&tokens("DPoP"), &mut relative, moment(3)), Err(Misuse::NoAddress.into()));
    assert!(
        LocalSigner::from_secret(&Secret::new("a".repeat(32)))
            .is_ok_and(|shared| DpopKey::local(shared).is_err())
    );
}

#[test]
fn a_proof_tells_the_body_where_that_is_asked_for() {
    let (key, tokens) = (key(), tokens("DPoP"));
    let mut request = Request::post("https://api.example/mcp").body(r#"{"hello": "world"}"#).unwrap();
    key.authorize(&tokens, &mut request, moment(1)).unwrap();
    assert_eq!(said(&request.headers()["dpop"]).get("content_digest"), None);
    key.authorize_with_body(&tokens, &mut request, moment(2)).unwrap();
    assert_eq!(request.headers().get_all("dpop").iter().count(), 1);
    let claims = said(&request.headers()["dpop"]);
    assert_eq!(claims["content_digest"], "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:");
    assert_eq!(claims["ath"], oauth2_core::dpop::access_token_hash("the-token"));
    let misused = key.authorize_with_body(&self::tokens("Bearer"), &mut request, moment(3));
    assert_eq!(misused, Err(Misuse::TokenType.into()));
}

#[test]
fn an_api_that_wants_a_nonce_is_told_from_one_that_refuses() {
    let answer = |status: u16, challenge: &str| {
        Response::builder()
            .status(status)
            .header("www-authenticate", challenge)
            .header("dpop-nonce", "n")
            .body(())
            .unwrap()
    };
    let wants = r#"Bearer, DPoP error="use_dpop_nonce", algs="ES256""#;
    let read =
        |status, challenge| Challenged::read(&answer(status, challenge)).map(|challenged| challenged.wants);
    assert_eq!(read(401, wants), Some(Wants::Nonce));
    for (status, challenge) in [
        (200, wants),
        (403, wants),
        (401, r#"DPoP error="invalid_token""#),
        (401, r#"Bearer error="use_dpop_nonce""#),
        (401, r#"DPoP error="use_dpop_nonce"#),
    ] {
        assert_ne!(read(status, challenge), Some(Wants::Nonce), "{challenge}");
    }
    assert_eq!(dpop_nonce(answer(200, "Bearer").headers()), Some("n"));
}
