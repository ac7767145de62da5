//! Answers of a token endpoint that are not what they should be.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use oauth_hyper_client::{Client as Http, Error as Sent, SendError};
use oauth2_core::DocumentError;
use oauth2_core::client::{DpopKey, Error, Misuse};
use oauth2_core::jose::{Algorithm, LocalSigner};
use serde_json::{Value, json};

use crate::common::{self, Cut, Slow};
use crate::provider::*;

/// What becomes of a code when the token endpoint answers like this; it is sent once, whatever comes.
async fn problem(answer: Response<Bytes>) -> DocumentError {
    let server = Provider::answering(TOKEN, move || answer.clone()).await;
    let error = refused(exchange(&server.client().await)).await;
    assert_eq!(server.times(TOKEN), 1);
    match error {
        Error::Answer { problem, .. } => problem,
        other => panic!("{other:?}"),
    }
}

async fn sent(server: &Provider, http: Http) -> SendError {
    match http.run(exchange(&server.client().await)).await.unwrap_err() {
        Sent::Send(error) => error,
        other => panic!("{other:?}"),
    }
}

fn labelled(name: &str, value: &str, body: impl Into<Bytes>) -> Response<Bytes> {
    Response::builder()
        .header("content-type", "application/json")
        .header(name, value)
        .body(body.into())
        .unwrap()
}

#[tokio::test]
async fn l15_a_page_a_picture_and_broken_or_endless_json_are_no_tokens() {
    let page = Response::builder().header("content-type", "text/html").body("<h1>hello</h1>".into()).unwrap();
    assert_eq!(problem(page).await, DocumentError::ContentType);
    // Not even when the right thing is in it.
    let mislabelled = Response::builder().header("content-type", "text/html");
    assert_eq!(
        problem(mislabelled.body(granted(|_| {}).into_body()).unwrap()).await,
        DocumentError::ContentType
    );
    assert_eq!(problem(Response::new(granted(|_| {}).into_body())).await, DocumentError::ContentType);
    for (body, wanted) in [
        ("", DocumentError::Json),
        ("{", DocumentError::Json),
        ("\u{feff}{}", DocumentError::Json),
        ("[]", DocumentError::NotAnObject),
        ("null", DocumentError::NotAnObject),
        (r#"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#, DocumentError::Repeated),
        (r#"{"access_token":"a","token_type":"Bearer","error":"x"}"#, DocumentError::Contradictory),
    ] {
        assert_eq!(problem(common::json(200, body)).await, wanted, "{body}");
    }
    let deep = format!(r#"{{"access_token":"a","token_type":"Bearer","x":{}"#, "[".repeat(50_000));
    assert_eq!(problem(common::json(200, deep)).await, DocumentError::Json);
    let wide: serde_json::Map<_, _> = (0..300).map(|n| (n.to_string(), json!(n))).collect();
    let wide = granted(|answer| answer.as_object_mut().unwrap().extend(wide));
    assert_eq!(problem(wide).await, DocumentError::TooLarge);
}

#[tokio::test]
async fn l15_members_of_other_types_and_values_are_typed_errors() {
    let values = [
        ("access_token", json!(null), DocumentError::Type("access_token")),
        ("access_token", json!(7), DocumentError::Type("access_token")),
        ("access_token", json!(""), DocumentError::Value("access_token")),
        ("access_token", json!("a\r\nx: y"), DocumentError::Value("access_token")),
        ("access_token", json!("ä"), DocumentError::Value("access_token")),
        ("token_type", json!(["Bearer"]), DocumentError::Type("token_type")),
        ("token_type", json!("Bear er"), DocumentError::Value("token_type")),
        ("expires_in", json!(-1), DocumentError::Value("expires_in")),
        ("expires_in", json!(1e300), DocumentError::Value("expires_in")),
        ("expires_in", json!("3600"), DocumentError::Type("expires_in")),
        ("expires_in", json!(1.5), DocumentError::Type("expires_in")),
        ("refresh_token", json!({}), DocumentError::Type("refresh_token")),
        ("refresh_token", json!("a\u{0}b"), DocumentError::Value("refresh_token")),
        ("scope", json!(["read"]), DocumentError::Type("scope")),
        ("scope", json!("read\twrite"), DocumentError::Value("scope")),
    ];
    for (member, value, wanted) in values {
        assert_eq!(problem(granted(|answer| answer[member] = value.clone())).await, wanted, "{value}");
    }
    for member in ["access_token", "token_type"] {
        let without = granted(|answer| drop(answer.as_object_mut().unwrap().remove(member)));
        assert_eq!(problem(without).await, DocumentError::Missing(member));
    }
    for status in [201, 204, 206, 302, 307] {
        let answer = Response::builder().status(status).header("content-type", "application/json");
        let body = if status == 204 { Bytes::new() } else { granted(|_| {}).into_body() };
        problem(answer.body(body).unwrap()).await;
    }
    // Seconds beyond all time do not wrap.
    let forever = granted(|answer| answer["expires_in"] = u64::MAX.into());
    let server = Provider::answering(TOKEN, move || forever.clone()).await;
    let tokens = Http::new().run(exchange(&server.client().await)).await.unwrap();
    assert!(!tokens.is_expired(oauth_sansio::Timestamp::from_unix(u64::MAX - 1)));
}

#[tokio::test]
async fn l15_a_token_of_a_type_that_nobody_understands_is_not_used() {
    for kind in ["mac", "N_A", "DPoP", "Bearer,"] {
        let answer = granted(|answer| answer["token_type"] = kind.into());
        let server = Provider::answering(TOKEN, move || answer.clone()).await;
        let tokens = Http::new().run(exchange(&server.client().await)).await.unwrap();
        let mut request = http::Request::new(());
        assert_eq!(tokens.authorize(&mut request).unwrap_err(), Misuse::TokenType.into());
        assert!(request.headers().is_empty());
    }
    // The case does not matter.
    let answer = granted(|answer| answer["token_type"] = "bEARER".into());
    let server = Provider::answering(TOKEN, move || answer.clone()).await;
    let tokens = Http::new().run(exchange(&server.client().await)).await.unwrap();
    tokens.authorize(&mut http::Request::new(())).unwrap();
}

#[tokio::test]
async fn l15_an_answer_is_small_soon_there_and_not_unpacked() {
    let huge = common::json(200, vec![b' '; 3 * 1024 * 1024]);
    let server = Provider::answering(TOKEN, move || huge.clone()).await;
    assert!(matches!(sent(&server, Http::new()).await, SendError::TooLong(_)));
    let server = Provider::answering(TOKEN, || {
        let mut slow = granted(|_| {});
        slow.extensions_mut().insert(Slow(Duration::from_secs(60)));
        slow
    })
    .await;
    let http = Http::new().timeout(Duration::from_millis(200));
    assert!(matches!(sent(&server, http).await, SendError::TimedOut(_)));
    assert_eq!(server.times(TOKEN), 1);
    // What says that it is packed is read as it is: nothing grows.
    let packed = labelled(
        "content-encoding",
        "gzip",
        &b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\xae\x05\x00\x43\xbf\xa6\xa3\x02\x00\x00\x00"[..],
    );
    assert_eq!(problem(packed).await, DocumentError::Json);
}

#[tokio::test]
async fn l15_a_head_without_end_is_given_up() {
    let many = || {
        let mut answer = granted(|_| {});
        for n in 0..2000 {
            let name = http::HeaderName::try_from(format!("x-{n}")).unwrap();
            answer.headers_mut().insert(name, "x".parse().unwrap());
        }
        answer
    };
    let long = || labelled("x-long", &"x".repeat(8 * 1024 * 1024), "{}");
    for server in [Provider::answering(TOKEN, many).await, Provider::answering(TOKEN, long).await] {
        assert!(matches!(sent(&server, Http::new()).await, SendError::Transport(_)));
        assert_eq!(server.times(TOKEN), 1, "a code is sent once");
    }
}

#[tokio::test]
async fn l17_a_request_whose_answer_was_lost_is_not_sent_again() {
    let server = Provider::answering(TOKEN, || {
        let mut cut = granted(|_| {});
        cut.extensions_mut().insert(Cut);
        cut
    })
    .await;
    let client = server.client().await;
    for exchange in [exchange(&client), client.refresh(&"tGzv3JOkF0XG5Qx2TlKWIA".into())] {
        let error = Http::new().run(exchange).await.unwrap_err();
        assert!(matches!(error, Sent::Send(SendError::Transport(_))), "{error}");
    }
    assert_eq!(server.times(TOKEN), 2);
}

#[tokio::test]
async fn l16_what_was_not_granted_and_what_nobody_asked_for_is_shown() {
    for (granted_scope, refused_scope) in [
        ("read", "write"),
        ("", "read write"),
        ("read write", ""),
        ("read write admin", ""),
        ("admin", "read write"),
    ] {
        let answer = granted(|answer| answer["scope"] = granted_scope.into());
        let server = Provider::answering(TOKEN, move || answer.clone()).await;
        let tokens = Http::new().run(exchange(&server.client().await)).await.unwrap();
        assert_eq!(tokens.scope.unwrap().as_str(), granted_scope);
        assert_eq!(tokens.refused_scope.as_str(), refused_scope);
    }
}

#[tokio::test]
async fn x14_a_bearer_token_in_place_of_a_bound_one_is_refused() {
    for kind in [json!("Bearer"), json!("bearer"), json!("mac"), Value::Null] {
        let lie = kind.clone();
        let answer = granted(|answer| answer["token_type"] = lie);
        let server = Provider::answering(TOKEN, move || answer.clone()).await;
        let key = LocalSigner::generate(Algorithm::Es256, "k").unwrap();
        let client = server.client_with(|config| config.dpop = Some(DpopKey::local(key).unwrap())).await;
        let error = refused(exchange(&client)).await;
        assert!(matches!(error, Error::Answer { .. }), "{kind}: {error}");
        assert_eq!(server.times(TOKEN), 1);
    }
}
