//! What a browser may bring back from a server that lies, or from somebody who never was there.

use oauth_hyper_client::Client as Http;
use oauth2_core::client::{CallbackError, Client, Config, Error, Pending, Server};

use crate::common::{Hands, moment};
use crate::provider::*;

fn callback_error(error: Error) -> CallbackError {
    match error {
        Error::Callback(error) => error,
        other => panic!("{other:?}"),
    }
}

/// What this callback is refused for, and what is left of the authorization.
fn flaw(client: &Client, query: &str) -> (CallbackError, Option<Box<Pending>>) {
    let failed = back(start(client), client, query).unwrap_err();
    (callback_error(failed.error), failed.pending)
}

#[tokio::test]
async fn l01_l02_an_answer_without_the_state_of_this_browser_reaches_no_server() {
    let server = Provider::honest().await;
    let client = server.client().await;
    let iss = &*server.url;
    for query in [
        format!("code={CODE}&iss={iss}"),
        format!("code={CODE}&state=&iss={iss}"),
        format!("code={CODE}&state=other&iss={iss}"),
        format!("code={CODE}&state={{state}}x&iss={iss}"),
        format!("error=access_denied&iss={iss}"),
    ] {
        let (error, pending) = flaw(&client, &query);
        assert!(
            matches!(error, CallbackError::MissingState | CallbackError::StateMismatch),
            "{query}: {error}"
        );
        assert!(pending.is_some(), "the right one may still come");
    }
    assert_eq!(server.times(TOKEN), 0);
    // The answer to one authorization is none to the next, and the first is used up.
    let first = start(&client);
    let replayed = format!("code={CODE}&state={}&iss={iss}", first.state().expose());
    Http::new().run(back(first, &client, &replayed).unwrap()).await.unwrap();
    let hands = Hands::default();
    moment(&hands);
    let second = client.authorize().start(moment(&hands)).unwrap().1;
    let failed = back(second, &client, &replayed).unwrap_err();
    assert_eq!(callback_error(failed.error), CallbackError::StateMismatch);
    assert_eq!(server.times(TOKEN), 1);
}

#[tokio::test]
async fn l03_six_answers_about_the_issuer_and_only_the_right_ones_are_taken_to_the_server() {
    let evil = "https://evil.example";
    for (says_so, iss, problem) in [
        (true, Some("own"), None),
        (true, None, Some(CallbackError::MissingIss)),
        (true, Some(evil), Some(CallbackError::IssMismatch)),
        (false, Some("own"), None),
        (false, None, None),
        (false, Some(evil), Some(CallbackError::IssMismatch)),
    ] {
        let server = Provider::stating(METADATA, move |document, _| {
            document["authorization_response_iss_parameter_supported"] = says_so.into();
        })
        .await;
        let client = server.client().await;
        let iss = iss.map(|iss| if iss == "own" { &*server.url } else { iss });
        let iss = iss.map(|iss| format!("&iss={iss}")).unwrap_or_default();
        let came = back(start(&client), &client, &format!("code={CODE}&state={{state}}{iss}"));
        match problem {
            None => drop(Http::new().run(came.unwrap()).await.unwrap()),
            Some(problem) => {
                let failed = came.unwrap_err();
                assert_eq!(callback_error(failed.error), problem);
                // L04: it does not wait for a second try with another issuer.
                assert_eq!(failed.pending, None);
            }
        }
        assert_eq!(server.times(TOKEN), usize::from(problem.is_none()));
    }
}

#[tokio::test]
async fn l03_a_server_that_names_the_login_page_of_another_gets_none_of_its_codes() {
    let honest = Provider::honest().await;
    let login = format!("{}/authorize", honest.url);
    // The liar sends the person to the honest server, and waits for the code at its own token endpoint.
    let liar = Provider::stating(METADATA, move |document, _| {
        document["authorization_endpoint"] = login.clone().into();
        document["authorization_response_iss_parameter_supported"] = false.into();
    })
    .await;
    let client = liar.client().await;
    let pending = start(&client);
    // What the honest server says, for it does not lie.
    let answer = format!("code={CODE}&state={{state}}&iss={}", honest.url);
    let failed = back(pending, &client, &answer).unwrap_err();
    assert_eq!((callback_error(failed.error), failed.pending), (CallbackError::IssMismatch, None));
    assert_eq!((liar.times(TOKEN), honest.times(TOKEN)), (0, 0));
}

#[tokio::test]
async fn l14_no_parameter_comes_twice_and_no_code_beside_an_error() {
    let server = Provider::honest().await;
    let client = server.client().await;
    let iss = &*server.url;
    let repeated = CallbackError::Repeated;
    for (more, problem) in [
        ("&code=other".to_owned(), repeated("code")),
        ("&state={state}".into(), repeated("state")),
        ("&state=other".into(), repeated("state")),
        (format!("&iss={iss}"), repeated("iss")),
        ("&iss=https://evil.example".into(), repeated("iss")),
        ("&error=access_denied".into(), CallbackError::CodeAndError),
        ("&error=a&error=b".into(), repeated("error")),
        ("&access_token=x".into(), CallbackError::Unexpected("access_token")),
        ("&id_token=x".into(), CallbackError::Unexpected("id_token")),
        ("&response=x".into(), CallbackError::Unexpected("response")),
    ] {
        let query = format!("code={CODE}&state={{state}}&iss={iss}{more}");
        assert_eq!(flaw(&client, &query).0, problem, "{more}");
    }
    assert_eq!(server.times(TOKEN), 0);
}

#[tokio::test]
async fn l23_one_callback_for_two_servers_takes_no_code_from_one_to_the_other() {
    let (one, two) = (Provider::honest().await, Provider::honest().await);
    let (to_one, to_two) = (one.client().await, two.client().await);
    let answer = format!("code={CODE}&state={{state}}&iss={}", two.url);
    // The authorization of one server, and the client, or the answer, of the other.
    assert!(back(start(&to_one), &to_two, &answer).is_err());
    assert!(back(start(&to_one), &to_one, &answer).is_err());
    assert!(back(start(&to_two), &to_one, &answer).is_err());
    assert_eq!((one.times(TOKEN), two.times(TOKEN)), (0, 0));
}

#[tokio::test]
async fn l33_no_code_goes_to_a_token_endpoint_without_tls() {
    // Only this machine may be asked in the open, and it only where that was said.
    for (token, transport) in [
        ("http://192.0.2.1/token", LOOPBACK),
        ("http://localhost.evil.example/token", LOOPBACK),
        ("http://127.0.0.1@evil.example/token", LOOPBACK),
        ("http://127.0.0.1:9/token", oauth2_core::metadata::Transport::Https),
    ] {
        assert!(Server::new("https://as.example", None, token, transport).is_err(), "{token}");
        let server = Provider::stating(METADATA, move |document, _| {
            document["token_endpoint"] = token.into();
        })
        .await;
        if transport == LOOPBACK {
            assert!(server.discover().await.is_err(), "{token}");
        }
    }
    let written = Server::new("https://as.example", None, "https://as.example/token", LOOPBACK).unwrap();
    assert!(Client::new(Config::new(written, "app")).is_ok());
}
