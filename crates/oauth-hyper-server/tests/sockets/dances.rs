//! Both dances, whole, over plain http on loopback and over TLS without any insecure setting.

use bytes::Bytes;
use http::{Request, StatusCode, Version};
use oauth_hyper_client::{Client, Error, SendError};
use oauth_sansio::Outgoing;
use oauth1_core::client::{Callback, Config, Placement};
use oauth1_core::signature::Plaintext;
use oauth2_core::client::{ClientAuthentication, Discovery};
use std::sync::Arc;

use crate::common::{CALLBACK, CLIENT_ID, Plan, SCOPE, Stage};

const PLAIN: Option<&[&str]> = None;
const HTTP_1: Option<&[&str]> = Some(&["http/1.1"]);
const HTTP_2: Option<&[&str]> = Some(&["h2", "http/1.1"]);

async fn stage(tls: Option<&'static [&'static str]>) -> Stage {
    Stage::set(Plan { tls, ..Plan::default() }).await
}

async fn oauth1_dance(stage: &Stage, change: impl FnOnce(Config) -> Config) -> Version {
    let (app, client) = (&stage.line.client, stage.client1_with(change));
    let callback = Callback::Uri(CALLBACK.parse().unwrap());
    let pending = app.run(client.temporary_credentials(callback)).await.unwrap();
    let back = stage.browser().authorize(&pending.authorization_url(&client), "allow").await;
    let token = app.run(pending.callback(&client, &back).unwrap()).await.unwrap();
    let mut photo = stage.photo();
    client.sign(&mut photo, Some(&token), stage.moment()).unwrap();
    shows_photos_of(stage, photo, "OAuth1", Some("ann")).await
}

async fn oauth2_dance(stage: &Stage) -> Version {
    let app = &stage.line.client;
    let metadata = app.run(Discovery::new(stage.issuer(), stage.transport()).unwrap()).await.unwrap();
    let server = oauth2_core::client::Server::from_metadata(&metadata, stage.transport()).unwrap();
    let client = |authentication| {
        let mut config = oauth2_core::client::Config::new(server.clone(), CLIENT_ID);
        config.authentication = authentication;
        config.redirect_uri = Some(CALLBACK.into());
        oauth2_core::client::Client::new(config).unwrap()
    };
    let basic = client(ClientAuthentication::SecretBasic(stage.secret.clone()));
    let post = client(ClientAuthentication::SecretPost(stage.secret.clone()));

    for client in [&basic, &post] {
        let (url, pending) = client.authorize().scope(SCOPE).start(stage.moment()).unwrap();
        let back = stage.browser().authorize(&url, "allow").await;
        let exchange = pending.callback(client, &back, stage.moment().now()).unwrap();
        let tokens = app.run(exchange).await.unwrap();
        shows_photos_of(stage, stage.bearer_photo(&tokens), "OAuth2", Some("ann")).await;

        let refreshed = app.run(client.refresh(tokens.refresh_token.as_ref().unwrap())).await.unwrap();
        assert_ne!(refreshed.access_token, tokens.access_token);
        assert_ne!(refreshed.refresh_token, tokens.refresh_token);
        shows_photos_of(stage, stage.bearer_photo(&refreshed), "OAuth2", Some("ann")).await;

        let own = app.run(client.client_credentials(&SCOPE.parse().unwrap()).unwrap()).await.unwrap();
        assert_eq!(own.refresh_token, None);
        shows_photos_of(stage, stage.bearer_photo(&own), "OAuth2", None).await;
    }
    let tokens = stage.tokens2().await;
    shows_photos_of(stage, stage.bearer_photo(&tokens), "OAuth2", Some("ann")).await
}

/// The API lets the request through and knows for whom; tells which HTTP it was.
async fn shows_photos_of(
    stage: &Stage,
    request: Request<Bytes>,
    protocol: &str,
    subject: Option<&str>,
) -> Version {
    let response = stage.line.send(request).await;
    assert_eq!(response.status(), StatusCode::OK, "{response:?}");
    let told: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(
        (&told["protocol"], &told["subject"], &told["client_id"], &told["scopes"]),
        (&protocol.into(), &subject.into(), &CLIENT_ID.into(), &[SCOPE].as_slice().into()),
    );
    response.version()
}

#[tokio::test]
async fn the_dance_of_oauth_1_goes_in_header_query_or_form() {
    let stage = stage(PLAIN).await;
    for placement in [Placement::Header, Placement::Query, Placement::Form] {
        let in_place = |mut config: Config| {
            config.provider.placement = placement;
            config
        };
        oauth1_dance(&stage, in_place).await;
    }
}

#[tokio::test]
async fn oauth1_whole_dance_over_loopback() {
    assert_eq!(oauth1_dance(&stage(PLAIN).await, |config| config).await, Version::HTTP_11);
}

#[tokio::test]
async fn oauth1_whole_dance_over_tls() {
    assert_eq!(oauth1_dance(&stage(HTTP_1).await, |config| config).await, Version::HTTP_11);
    assert_eq!(oauth1_dance(&stage(HTTP_2).await, |config| config).await, Version::HTTP_2);
}

#[tokio::test]
async fn oauth1_whole_dance_with_plaintext_over_tls() {
    let plaintext = |config| Config { method: Arc::new(Plaintext), ..config };
    assert_eq!(oauth1_dance(&stage(HTTP_2).await, plaintext).await, Version::HTTP_2);
}

#[tokio::test]
async fn o21_plaintext_is_refused_without_tls() {
    let stage = stage(PLAIN).await;
    let client = stage.client1_with(|config| Config { method: Arc::new(Plaintext), ..config });
    let callback = Callback::Uri(CALLBACK.parse().unwrap());
    let refused = stage.line.run(client.temporary_credentials(callback)).await.unwrap_err();
    assert!(
        matches!(refused, oauth1_core::client::Error::Refused { status: StatusCode::BAD_REQUEST, .. }),
        "{refused:?}"
    );
}

#[tokio::test]
async fn oauth2_whole_dance_over_loopback() {
    assert_eq!(oauth2_dance(&stage(PLAIN).await).await, Version::HTTP_11);
}

#[tokio::test]
async fn oauth2_whole_dance_over_tls() {
    assert_eq!(oauth2_dance(&stage(HTTP_1).await).await, Version::HTTP_11);
    assert_eq!(oauth2_dance(&stage(HTTP_2).await).await, Version::HTTP_2);
}

#[tokio::test]
async fn a_client_that_does_not_trust_the_certificate_sends_nothing() {
    let stage = stage(HTTP_2).await;
    let discovery = || Discovery::new(stage.issuer(), stage.transport()).unwrap();
    let refused = Client::new().run(discovery()).await;
    assert!(matches!(refused, Err(Error::Send(SendError::Transport(_)))), "{refused:?}");
    assert!(stage.line.client.run(discovery()).await.is_ok());
    assert!(Client::new().send(Outgoing::repeatable(stage.photo())).await.is_err());
}
