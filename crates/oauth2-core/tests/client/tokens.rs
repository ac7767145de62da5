//! Attacks through the token endpoint, and what a client makes of its answers.

use http::{HeaderValue, Request, Response, header};
use oauth_sansio::{Exchange as _, Secret, Timestamp};
use oauth2_core::{
    DocumentError, Scopes,
    client::{
        Blame, Client, ClientAuthentication, Config, Discovery, Error, ErrorCode, Leniency, Misuse, Tokens,
    },
    metadata::Transport,
};
use serde_json::json;

use crate::common::*;

fn refreshed(response: Response<bytes::Bytes>) -> Result<Tokens, Error> {
    answer(client(|_| {}).refresh(&Secret::new("old-refresh-token")), response)
}

#[test]
fn l07_a_redirect_is_an_error_and_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let mut response = reply(status, r#"{"access_token":"a","token_type":"Bearer"}"#);
        response.headers_mut().insert("location", HeaderValue::from_static("https://evil.example/"));
        for leniency in [Leniency::Strict, Leniency::Lenient] {
            let client = client(|config| config.server = server().with_leniency(leniency));
            let error = answer(client.refresh(&Secret::new("r")), response.clone()).unwrap_err();
            assert!(matches!(error, Error::Answer { problem: DocumentError::Status, .. }), "{error:?}");
        }
        let discovery = Discovery::new(AS, Transport::Https).unwrap();
        assert!(discovery.response(response, moment(1)).is_err());
    }
}

#[test]
fn l15_a_bad_token_response_is_a_typed_error() {
    let problem = |response| match refreshed(response) {
        Err(error @ Error::Answer { problem, .. }) => {
            assert_eq!(error.blame(), Blame::Peer);
            problem
        }
        other => panic!("{other:?}"),
    };
    let html = Response::builder().header("content-type", "text/html").body("<html>".into()).unwrap();
    assert_eq!(problem(html), DocumentError::ContentType);
    let huge = format!(r#"{{"access_token":"{}"}}"#, "a".repeat(300 * 1024));
    assert_eq!(problem(reply(200, huge)), DocumentError::TooLarge);
    let negative = r#"{"access_token":"a","token_type":"Bearer","expires_in":-1}"#;
    assert_eq!(problem(reply(200, negative)), DocumentError::Value("expires_in"));
    assert_eq!(problem(reply(200, r#"{"token_type":"Bearer"}"#)), DocumentError::Missing("access_token"));
    let twice = r#"{"access_token":"a","token_type":"Bearer","access_token":"b"}"#;
    assert_eq!(problem(reply(200, twice)), DocumentError::Repeated);

    for name in ["Bearer", "bearer", "BEARER"] {
        let tokens =
            refreshed(reply(200, json!({"access_token": "a", "token_type": name}).to_string())).unwrap();
        assert_eq!((tokens.expires_at, tokens.is_expired(Timestamp::from_unix(u64::MAX))), (None, false));
        let mut request = Request::new(());
        tokens.authorize(&mut request).unwrap();
        assert_eq!(request.headers()[header::AUTHORIZATION], "Bearer a");
    }
    let mac = refreshed(reply(200, r#"{"access_token":"a","token_type":"mac"}"#)).unwrap();
    let mut request = Request::new(());
    assert_eq!(mac.authorize(&mut request).unwrap_err(), Error::Misuse(Misuse::TokenType));
    assert!(request.headers().is_empty(), "a token that is not understood is not sent");
}

#[test]
fn l15_an_expiry_beyond_all_time_saturates() {
    let body = r#"{"access_token":"a","token_type":"Bearer","expires_in":18446744073709551615}"#;
    let tokens = refreshed(reply(200, body)).unwrap();
    assert_eq!(tokens.expires_at, Some(Timestamp::from_unix(u64::MAX)));
}

#[test]
fn l16_what_was_not_granted_is_shown() {
    let client = client(|_| {});
    let granted = |scope: Option<&str>| {
        let pending = start(&client);
        let uri = callback_uri(&pending, "");
        let exchange = pending.callback(&client, &uri, NOW).unwrap();
        let mut body = json!({"access_token": "a", "token_type": "Bearer"});
        if let Some(scope) = scope {
            body["scope"] = scope.into();
        }
        answer(exchange, reply(200, body.to_string())).unwrap()
    };
    let scopes = |text: &str| text.parse::<Scopes>().unwrap();
    let tokens = granted(Some("read"));
    assert_eq!((tokens.scope, tokens.refused_scope), (Some(scopes("read")), scopes("write")));
    let tokens = granted(Some("admin write read"));
    assert_eq!((tokens.scope, tokens.refused_scope), (Some(scopes("admin write read")), Scopes::none()));
    // RFC 6749 section 5.1: no word means as asked.
    let tokens = granted(None);
    assert_eq!((tokens.scope, tokens.refused_scope), (Some(scopes("read write")), Scopes::none()));
}

#[test]
fn l17_the_old_refresh_token_stays_when_no_new_one_comes() {
    let kept = refreshed(reply(200, r#"{"access_token":"a","token_type":"Bearer"}"#)).unwrap();
    assert_eq!(kept.refresh_token, Some(Secret::new("old-refresh-token")));
    let body = r#"{"access_token":"a","token_type":"Bearer","refresh_token":"new"}"#;
    assert_eq!(refreshed(reply(200, body)).unwrap().refresh_token, Some(Secret::new("new")));
}

#[test]
fn l18_a_dead_grant_and_a_sick_server_are_told_apart() {
    let dead = refreshed(reply(400, r#"{"error":"invalid_grant"}"#)).unwrap_err();
    assert!(dead.is_dead_grant() && !dead.is_transient());
    assert_eq!(dead.blame(), Blame::Refusal);

    let mut busy = reply(429, r#"{"error":"slow_down"}"#);
    busy.headers_mut().insert("retry-after", HeaderValue::from_static("5"));
    let html = Response::builder().status(502).body("<html>bad gateway</html>".into()).unwrap();
    for response in [
        busy,
        html,
        reply(503, ""),
        reply(500, r#"{"error":"server_error"}"#),
        reply(503, r#"{"error":"temporarily_unavailable"}"#),
        reply(500, r#"{"error":"invalid_grant"}"#),
    ] {
        let error = refreshed(response).unwrap_err();
        assert!(error.is_transient() && !error.is_dead_grant(), "{error:?}");
    }
    for response in [
        reply(401, r#"{"error":"invalid_client"}"#),
        reply(400, r#"{"error":"invalid_scope"}"#),
        reply(400, "not json"),
    ] {
        let error = refreshed(response).unwrap_err();
        assert!(!error.is_transient() && !error.is_dead_grant(), "{error:?}");
    }
}

#[test]
fn l21_nothing_that_a_client_holds_prints_a_secret() {
    const HIDDEN: [&str; 6] =
        ["client-hunter2", "access-hunter2", "refresh-hunter2", "id-hunter2", "code-hunter2", "Y2xpZW50"];
    let secret = Secret::new("client-hunter2");
    let mut printed = Vec::new();
    for authentication in
        [ClientAuthentication::SecretBasic(secret.clone()), ClientAuthentication::SecretPost(secret)]
    {
        let mut config = Config::new(server(), "client");
        config.authentication = authentication;
        config.redirect_uri = Some(CALLBACK.into());
        printed.push(format!("{config:?}"));
        let client = Client::new(config).unwrap();
        printed.push(format!("{client:?} {:?}", client.authorize().scope("a")));
        let pending = start(&client);
        printed.push(format!("{pending:?}"));
        let (state, verifier) = {
            let stored = serde_json::to_value(&pending).unwrap();
            (stored["state"].to_string(), stored["verifier"].to_string())
        };
        let query = format!("code=code-hunter2&state={}", pending.state().expose());
        printed
            .push(format!("{:?}", pending.clone().callback_query(&client, &format!("{query}&code=x"), NOW)));
        printed.push(format!("{:?}", pending.clone().callback_query(&client, &format!("{query}x"), NOW)));
        let mut exchange = pending.callback_query(&client, &query, NOW).unwrap();
        printed.push(format!("{exchange:?}"));
        let outgoing = exchange.request(moment(4)).unwrap();
        printed.push(format!("{:?}", outgoing.request.headers()));
        printed.push(format!("{:?}", client.refresh(&Secret::new("refresh-hunter2"))));
        let body = json!({
            "access_token": "access-hunter2", "token_type": "Bearer", "refresh_token": "refresh-hunter2",
            "id_token": "id-hunter2",
        });
        let tokens = answer(exchange, reply(200, body.to_string())).unwrap();
        printed.push(format!("{tokens:?}"));
        let mut request = Request::new(());
        tokens.authorize(&mut request).unwrap();
        printed.push(format!("{request:?}"));
        for text in &printed {
            let quoted = [state.trim_matches('"'), verifier.trim_matches('"')];
            for hidden in HIDDEN.iter().chain(&quoted) {
                assert!(!text.contains(hidden), "{hidden} in {text}");
            }
        }
    }
    for status in [200, 400, 500] {
        let body = r#"{"access_token":"access-hunter2","refresh_token":"refresh-hunter2","#;
        let error = refreshed(reply(status, body)).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}

#[test]
fn a_lenient_client_reads_what_has_one_meaning() {
    let lenient = client(|config| config.server = server().with_leniency(Leniency::Lenient));
    let strict = client(|_| {});
    let read = |client: &Client, response| answer(client.refresh(&Secret::new("r")), response);
    let marked = reply(200, "\u{feff}{\"access_token\":\"a\",\"token_type\":\"Bearer\"}");
    assert!(read(&strict, marked.clone()).is_err());
    assert_eq!(read(&lenient, marked).unwrap().access_token, Secret::new("a"));

    let odd = reply(400, "{\"error\":\"<b>kaputt</b> \\u00fc\"}");
    let problem = DocumentError::Value("error");
    assert!(
        matches!(read(&strict, odd.clone()), Err(Error::Answer { problem: found, .. }) if found == problem)
    );
    let Err(Error::Refused(refusal)) = read(&lenient, odd) else { panic!() };
    assert_eq!(refusal.code, ErrorCode::Unreadable);
}
