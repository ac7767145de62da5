//! Servers that say a secret again in their errors, and where it must not turn up.

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use oauth_hyper_client::{Client as Http, MemoryTokens, TokenKeeper};
use oauth2_core::client::{
    Client, ClientAuthentication, ClientMetadata, Error, Keeper, Registration, Server, Trade,
};
use serde_json::json;

use crate::common::{self, Hands, moment};
use crate::log::Log;
use crate::provider::*;

/// What is printed of an error, in every way.
fn printed(error: &Error) -> String {
    let untrusted = match error {
        Error::Refused(refusal) => {
            let texts = [&refusal.description, &refusal.uri].into_iter().flatten();
            texts.map(|text| text.as_untrusted_str().to_owned()).collect()
        }
        _ => String::new(),
    };
    format!("{error} {error:?} {error:#?} {untrusted}")
}

/// A server that says in its error what the request had in it.
async fn parrot(path: &'static str, member: &'static str) -> Provider {
    Provider::lying(move |asked| {
        let all = format!("{:?} {:?}", asked.request.headers(), asked.request.body());
        // Texts of errors have neither quotes nor backslashes, or they are not read at all.
        let all = all.replace(['"', '\\'], "'");
        let mut answer = json!({ "error": "invalid_request" });
        answer[member] = if member == "error_description" { all } else { all.replace(' ', "_") }.into();
        (asked.path == path).then(|| common::json(400, answer.to_string()))
    })
    .await
}

const REFRESH: &str = "8xLOxBtZp8-a+b/c=d";
/// The beginning of the others is enough to tell that they are there.
const HINTS: [&str; 6] =
    ["kd94hf93k423", "SplxlOBeZQQ", "8xLOxBtZp8", "GmRhmhcxhwAz", "a2Q5NGhmOTNr", "Basic"];

#[tokio::test]
async fn l21_a_secret_that_a_server_says_again_is_in_no_error() {
    for member in ["error_description", "error_uri"] {
        let server = parrot(TOKEN, member).await;
        let posts = server.client().await;
        let basic = |config: &mut oauth2_core::client::Config| {
            config.authentication = ClientAuthentication::SecretBasic(SECRET.into());
        };
        let basic = server.client_with(basic).await;
        let public = server.client_with(|config| config.authentication = ClientAuthentication::None).await;
        for client in [posts, basic, public] {
            let grant = client.grant("urn:example:grant", &[("password", "8xLOxBtZp8-hunter2")]).unwrap();
            let trade = client.trade(&Trade::of(&REFRESH.into()));
            for exchange in [exchange(&client), client.refresh(&REFRESH.into()), grant, trade] {
                let error = refused(exchange).await;
                assert!(matches!(error, Error::Refused(_)), "{error}");
                let printed = printed(&error);
                assert!(!HINTS.iter().any(|hint| printed.contains(hint)), "{printed}");
            }
        }
    }
}

#[tokio::test]
async fn l21_no_endpoint_may_have_a_secret_in_its_error() {
    for path in [DEVICE, PUSH, REVOKE, REGISTER] {
        let server = parrot(path, "error_description").await;
        let client = server.client().await;
        let error = match path {
            DEVICE => refused(client.device(&"read".parse().unwrap()).unwrap()).await,
            PUSH => refused(client.authorize().push(moment(&Hands::default())).unwrap()).await,
            REVOKE => refused(client.revoke(&REFRESH.into()).unwrap()).await,
            _ => {
                let found = Server::from_metadata(&server.discover().await.unwrap(), LOOPBACK).unwrap();
                let metadata = ClientMetadata::for_application("Photo prints", [CALLBACK]);
                let asking = Registration::new(&found, metadata).unwrap();
                refused(asking.with_initial_access_token(SECRET.into())).await
            }
        };
        assert!(matches!(error, Error::Refused(_)), "{path}: {error}");
        assert_eq!(server.times(path), 1);
        assert!(!HINTS.iter().any(|hint| printed(&error).contains(hint)), "{path}: {error}");
    }
}

#[tokio::test]
async fn l21_an_error_code_or_the_beginning_of_a_secret_tells_no_secret_either() {
    let code = json!({ "error": CODE });
    let start = json!({ "error": "invalid_grant", "error_description": format!("code {}... is unknown", &CODE[..17]) });
    for answer in [code, start] {
        let server = Provider::answering(TOKEN, move || common::json(400, answer.to_string())).await;
        let error = refused(exchange(&server.client().await)).await;
        assert!(!printed(&error).contains("SplxlOBeZQQ"), "{error}");
    }
    // What is none is told.
    let honest = json!({ "error": "invalid_scope", "error_description": "app may not ask for read" });
    let server = Provider::answering(TOKEN, move || common::json(400, honest.to_string())).await;
    let error = refused(exchange(&server.client().await)).await;
    assert!(error.to_string().contains("app may not ask for read"), "{error}");
}

#[tokio::test]
async fn l21_nothing_that_a_server_says_again_is_logged() {
    let log = Log::of_this_process();
    let server = parrot(TOKEN, "error_description").await;
    let client: Client = server.client().await;
    let clock = Arc::new(Hands::default());
    let http = Http::new().clock(clock.clone());
    let keeper = TokenKeeper::new(http, Keeper::new(client), Arc::new(MemoryTokens::new()), "grant");
    let kept =
        oauth2_core::client::Tokens { refresh_token: Some(REFRESH.into()), ..common::tokens("Bearer") };
    keeper.start(kept).await.unwrap();
    clock.pass(3590);
    // Used while somebody else renews them, in vain.
    keeper.tokens().await.unwrap();
    let logged = async {
        while !log.text().contains("the tokens were not renewed ahead of time") {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), logged).await.unwrap();
    clock.pass(3600);
    let error = keeper.tokens().await.unwrap_err();
    let all = format!("{} {error} {error:?} {keeper:?}", log.text());
    for hint in HINTS {
        assert!(!all.contains(hint), "{hint}");
    }
}

#[tokio::test]
async fn l25_the_text_of_an_error_cannot_break_out_of_a_line_or_a_page() {
    let texts = ["<script>alert(1)</script>", "a'b`c&d", "x"];
    for text in texts {
        let answer = json!({ "error": "invalid_request", "error_description": text });
        let server = Provider::answering(TOKEN, move || common::json(400, answer.to_string())).await;
        let error = refused(exchange(&server.client().await)).await;
        assert!(!format!("{error} {error:?}").contains(['<', '`', '\'']), "{error}");
    }
    // What no text of an error has is not read at all (RFC 6749 section 5.2).
    for text in ["a\nb", "a\u{1b}[2Jb", "\u{202e}b", "a\"b", "a\\b"] {
        let answer = json!({ "error": "invalid_request", "error_description": text });
        let server = Provider::answering(TOKEN, move || common::json(400, answer.to_string())).await;
        let error = refused(exchange(&server.client().await)).await;
        assert!(matches!(error, Error::Answer { .. }), "{error}");
    }
    let page: Response<Bytes> = common::json(400, "<script>");
    let server = Provider::answering(TOKEN, move || page.clone()).await;
    assert!(!refused(exchange(&server.client().await)).await.to_string().contains("script"));
}
