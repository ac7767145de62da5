//! Everything that all crates say of themselves at the level TRACE, while both dances and many refusals pass, against
//! every secret that passed over the wire.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[allow(dead_code, reason = "some of it is for another binary")]
#[path = "../sockets/common/mod.rs"]
mod common;
mod recorder;
mod secrets;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use oauth_hyper_client::Client;
use oauth_hyper_server::Server;
use oauth_sansio::{Exchange as _, Outgoing, form};
use url::Url;

use common::{Failure, Flaky, PASSWORD, Plan, Raw, SCOPE, Stage, form_post, location};
use recorder::Recorder;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l21_no_secret_of_any_message_is_logged_and_every_reason_is() {
    let recorder = Recorder::install();
    for tls in [None, Some(&["h2"] as &[&str])] {
        let store = Arc::new(Flaky::default());
        let impatient = |server: Server| server.header_timeout(Duration::from_millis(300));
        let plan = Plan { store: store.clone(), tls, server: impatient, ..Plan::default() };
        let stage = Stage::set(plan).await;
        // A token for the client's own is never revoked by what follows.
        let own = stage.client2().client_credentials(&SCOPE.parse().unwrap()).unwrap();
        stage.line.run(own).await.unwrap();
        oauth1(&stage).await;
        oauth2(&stage).await;
        trade(&stage).await;
        people(&stage).await;
        store_down(&stage, &store).await;
        broken_connections(&stage).await;
        assert_no_secret_is_among(&recorder.lines(), &stage);
    }
    let told = recorder.lines().join("\n");
    for reason in REASONS {
        assert!(told.contains(&format!("reason={reason}")), "the operator does not learn of {reason}");
    }
    for said in [
        "the store is unavailable",
        "body refused",
        "sending again",
        "idle connection",
        "connection broken",
        "nothing to trade",
    ] {
        assert!(told.contains(said), "the operator does not learn of {said}");
    }
    for target in ["oauth_hyper_server", "oauth_hyper_client", "h2::", "hyper_util::"] {
        assert!(told.contains(target), "{target} was not recorded");
    }
}

/// What the operator must find, as the cores name it.
const REASONS: [&str; 25] = [
    "NonceUsed",
    "Signature",
    "Timestamp",
    "Verifier",
    "UnknownToken",
    "TemporaryUsed",
    "Link",
    "Handle",
    "Browser",
    "Answered",
    "Denied",
    "CodeReplayed",
    "CodeExpired",
    "PkceMismatch",
    "WrongSecret",
    "UnknownClient",
    "RefreshReplayed",
    "InUrl(\"client_secret\")",
    "RedirectUriUnregistered",
    "OtherBrowser",
    "AlreadyDecided",
    "Malformed",
    "SeveralTokens",
    "HandoverSpent",
    "Expired",
];

fn assert_no_secret_is_among(lines: &[String], stage: &Stage) {
    let secrets = secrets::of(&stage.line.messages(), [stage.secret.expose(), PASSWORD]);
    for (name, secret) in secrets {
        // As it is, as it stands in a form, and as it stands in a signature's text.
        let mut as_form = String::new();
        form::encode_into(&mut as_form, &secret);
        for spelling in [secret.as_str(), &as_form, &oauth_sansio::percent::encode(&secret)] {
            let leak = lines.iter().find(|line| line.contains(spelling));
            assert_eq!(leak, None, "{name} {secret} is logged");
        }
    }
}

async fn refused(stage: &Stage, request: Request<Bytes>) -> Response<Bytes> {
    let response = stage.line.send(request).await;
    assert!(response.status().is_client_error(), "{response:?}");
    response
}

async fn oauth1(stage: &Stage) {
    let client = stage.client1();
    let mut exchange = stage.allowed1().await;
    let wrong = {
        let pending = stage.pending1().await;
        stage.browser().authorize(&pending.authorization_url(&client), "allow").await;
        pending.verifier(&client, "a-verifier-that-was-guessed").request(stage.moment()).unwrap().request
    };
    refused(stage, wrong).await;
    let again = exchange.request(stage.moment()).unwrap().request;
    let token = stage.line.run(exchange).await.unwrap();
    refused(stage, again).await;

    let photo = stage.signed_photo(&token);
    assert_eq!(stage.line.send(photo.clone()).await.status(), StatusCode::OK);
    refused(stage, photo).await;
    let mut tampered = stage.signed_photo(&token);
    *tampered.uri_mut() = tampered.uri().to_string().replace("vacation", "passport").parse().unwrap();
    refused(stage, tampered).await;
    let mut in_query = stage.photo();
    client.signer(Some(&token)).sign_in_query(&mut in_query, stage.moment()).unwrap();
    assert_eq!(stage.line.send(in_query.clone()).await.status(), StatusCode::OK);
    refused(stage, in_query).await;
    let unknown = oauth1_core::client::TokenCredentials { token: "x".repeat(43), ..token.clone() };
    refused(stage, stage.signed_photo(&unknown)).await;
    let late = stage.signed_photo(&token);
    stage.clock.advance(Duration::from_secs(301));
    refused(stage, late).await;
}

async fn oauth2(stage: &Stage) {
    let client = stage.client2();
    let mut exchange = stage.code2().await;
    let code = exchange.request(stage.moment()).unwrap().request;
    let changed = |from: &str, to: &str| {
        let mut request = code.clone();
        let body = str::from_utf8(request.body()).unwrap().replace(from, to);
        *request.body_mut() = body.into();
        request
    };
    refused(stage, changed("code_verifier=", "code_verifier=another")).await;
    let mut wrong_secret = code.clone();
    let guess = HeaderValue::from_static("Basic cGhvdG8tcHJpbnRlcjpndWVzc2VkLWd1ZXNzZWQ=");
    wrong_secret.headers_mut().insert(header::AUTHORIZATION, guess);
    refused(stage, wrong_secret).await;
    let in_url = format!("/oauth2/token?client_secret={}", stage.secret.expose());
    refused(stage, form_post(&stage.provider.join(&in_url).unwrap(), &[("grant_type", "x")])).await;
    let somebody =
        [("client_id", "nobody"), ("client_secret", "nobodys-secret"), ("grant_type", "client_credentials")];
    refused(stage, form_post(&stage.provider.join("/oauth2/token").unwrap(), &somebody)).await;

    let tokens = stage.line.run(exchange).await.unwrap();
    assert_eq!(stage.line.send(stage.bearer_photo(&tokens)).await.status(), StatusCode::OK);
    let refresh_token = tokens.refresh_token.clone().unwrap();
    let refreshed = stage.line.run(client.refresh(&refresh_token)).await.unwrap();
    let mut misplaced = stage.bearer_photo(&refreshed);
    let twice = format!("Bearer {0} {0}", refreshed.access_token.expose());
    misplaced.headers_mut().insert(header::AUTHORIZATION, twice.parse().unwrap());
    refused(stage, misplaced).await;
    let mut two_ways = stage.bearer_photo(&refreshed);
    let url = format!("{}&access_token={}", stage.photo_url(), refreshed.access_token.expose());
    *two_ways.uri_mut() = url.parse().unwrap();
    refused(stage, two_ways).await;
    stage.line.run(client.refresh(&refresh_token)).await.unwrap_err();

    let mut exchange = stage.code2().await;
    let code = exchange.request(stage.moment()).unwrap().request;
    stage.line.run(exchange).await.unwrap();
    refused(stage, code).await;

    let tokens = stage.tokens2().await;
    let post = oauth2_core::client::ClientAuthentication::SecretPost(stage.secret.clone());
    let refreshed = stage.client2_with(post).refresh(tokens.refresh_token.as_ref().unwrap());
    stage.line.run(refreshed).await.unwrap();
    let late = stage.code2().await;
    stage.clock.advance(Duration::from_secs(600));
    stage.line.run(late).await.unwrap_err();
    refused(stage, stage.bearer_photo(&tokens)).await;
}

async fn trade(stage: &Stage) {
    let token = stage.token1().await;
    let tokens = stage.line.run(stage.trade(&token)).await.unwrap();
    assert_eq!(stage.line.send(stage.bearer_photo(&tokens)).await.status(), StatusCode::OK);
    stage.clock.advance(Duration::from_secs(600));
    let traded_again = stage.trade(&token).request(stage.moment()).unwrap().request;
    refused(stage, traded_again).await;
    let unknown = oauth1_core::client::TokenCredentials { token: "y".repeat(43), ..token };
    refused(stage, stage.trade(&unknown).request(stage.moment()).unwrap().request).await;
}

async fn people(stage: &Stage) {
    let authorization1 = async || stage.pending1().await.authorization_url(&stage.client1());
    let authorization2 = async || stage.client2().authorize().start(stage.moment()).unwrap().0;
    let unregistered: Url =
        authorization2().await.as_str().replace("printer.example", "evil.example").parse().unwrap();
    refused(stage, stage.browser().request(Method::GET, &unregistered, String::new())).await;
    let unknown = stage.provider.join("/oauth1/authorize?oauth_token=unknown-unknown").unwrap();
    refused(stage, stage.browser().request(Method::GET, &unknown, String::new())).await;
    let unknown = stage.provider.join("/oauth1/consent?handle=unknown-unknown").unwrap();
    refused(stage, stage.browser().request(Method::GET, &unknown, String::new())).await;
    for authorization in [authorization1().await, authorization2().await] {
        let mut browser = stage.browser();
        let consent = browser.begin(&authorization).await;
        assert_eq!(stage.browser().get(&consent).await.status(), StatusCode::FORBIDDEN);
        location(&browser.decide(&consent, "deny").await);
        assert_eq!(browser.decide(&consent, "allow").await.status(), StatusCode::BAD_REQUEST);
    }
    let url = stage.provider.join("/oauth2/token").unwrap();
    let long = "x".repeat(65 * 1024);
    let fields = [("client_secret", stage.secret.expose()), ("x", &long)];
    refused(stage, form_post(&url, &fields)).await;
}

async fn store_down(stage: &Stage, store: &Flaky) {
    let code = stage.code2().await.request(stage.moment()).unwrap().request;
    let photo = stage.signed_photo(&stage.token1().await);
    for request in [code, photo] {
        for failure in [Failure::Load, Failure::Commit, Failure::Answer] {
            store.arm(failure, 0);
            let response = stage.line.send(request.clone()).await;
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        }
    }
}

/// Secrets on their way when the connection breaks, on either side.
async fn broken_connections(stage: &Stage) {
    let nobody = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let token = stage.token1().await;
    let mut in_query = stage.photo();
    stage.client1().signer(Some(&token)).sign_in_query(&mut in_query, stage.moment()).unwrap();
    let target = in_query.uri().path_and_query().unwrap().clone();
    *in_query.uri_mut() = format!("{nobody}{target}").parse().unwrap();
    let again = |_| Ok::<_, Infallible>(Outgoing::repeatable(in_query.clone()));
    Client::new().ask(again).await.unwrap_err();

    let bearer = stage.bearer_photo(&stage.tokens2().await);
    let bearer = bearer.headers()[header::AUTHORIZATION].to_str().unwrap().to_owned();
    let half = format!("GET {target} HTTP/1.1\r\nauthorization: {bearer}\r\n");
    for (head, rest) in [(&half, "\u{0}: \r\n\r\n"), (&half, "content-length: x\r\n\r\n"), (&half, "")] {
        let mut socket = Raw::connect(&stage.api).await;
        socket.send(format!("{head}{rest}")).await;
        socket.ends().await;
    }
}
