//! Servers of the Model Context Protocol, and whom they say they trust.

use oauth_hyper_client::Client as Http;
use oauth2_core::DocumentError;
use oauth2_core::client::mcp::{Application, Credentials, Introduced, Introduction};
use oauth2_core::client::{Challenged, Client, ClientMetadata, Error, Misuse, Registration, Server};
use oauth2_core::metadata::MetadataError;
use serde_json::{Value, json};

use crate::common::{Hands, challenge, moment};
use crate::provider::*;

fn metadata() -> ClientMetadata {
    ClientMetadata::for_application("Photo prints", [CALLBACK])
}

/// An application that the issuer knows, and that registers elsewhere.
fn known_at(issuer: &str) -> Application {
    let given = Credentials::Given {
        issuer: issuer.into(),
        client_id: "app".into(),
        client_secret: Some(SECRET.into()),
        redirect_uri: Some(CALLBACK.into()),
    };
    Application { credentials: vec![given], metadata: Some(metadata()), ..Application::default() }
}

fn to(server: &Provider, application: Application) -> Introduction {
    Introduction::new(&format!("{}{API}", server.url), application, LOOPBACK).unwrap()
}

async fn introduce(server: &Provider, application: Application) -> Introduced {
    Http::new().run(to(server, application)).await.unwrap()
}

async fn registration(server: &Provider) -> Registration {
    let found = Server::from_metadata(&server.discover().await.unwrap(), LOOPBACK).unwrap();
    Registration::new(&found, metadata()).unwrap()
}

#[tokio::test]
async fn l11_a_server_that_names_another_issuer_later_gets_none_of_the_credentials_of_the_first() {
    let honest = Provider::honest().await;
    let introduced = introduce(&honest, known_at(&honest.url)).await;
    assert_eq!(introduced.config.client_id, "app");
    // The same server, on the next day; and the other issuer would like to be taken for the first.
    let liar = Provider::honest().await;
    let issuer = liar.url.clone();
    let turned = Provider::stating(RESOURCE, move |document, _| {
        document["authorization_servers"] = json!([issuer]);
    })
    .await;
    let introduced = introduce(&turned, known_at(&honest.url)).await;
    assert_eq!(introduced.registered.unwrap().issuer, liar.url);
    let client = Client::new(introduced.config).unwrap();
    assert_eq!((client.client_id(), client.issuer()), ("registered", &*liar.url));
    Http::new().run(exchange(&client)).await.unwrap();
    let told = liar.forms().concat() + &turned.forms().concat();
    assert!(!told.contains(SECRET) && !told.contains("client_id=app"), "{told}");
    // An issuer that only says that it is the first is not believed.
    let first = honest.url.clone();
    let pretender =
        Provider::stating(METADATA, move |document, _| document["issuer"] = first.clone().into()).await;
    let before = pretender.count();
    let error = refused(to(&pretender, known_at(&honest.url))).await;
    assert_eq!(error, MetadataError::IssuerMismatch.into());
    assert_eq!((pretender.times(REGISTER), pretender.times(TOKEN), before), (0, 0, 0));
}

#[tokio::test]
async fn l08_a_challenge_leads_to_no_document_of_another_server() {
    let honest = Provider::honest().await;
    let liar = Provider::honest().await;
    // Somebody on the way puts the address of a document of theirs into the challenge.
    for of in [format!("{}{API}", liar.url), format!("{}{API}/x", honest.url), format!("{}/mc", honest.url)] {
        let lie = of.clone();
        let liar =
            Provider::stating(RESOURCE, move |document, _| document["resource"] = lie.clone().into()).await;
        let told = challenge(401, &format!(r#"Bearer resource_metadata="{}{RESOURCE}""#, liar.url));
        let introduction =
            to(&honest, known_at(&honest.url)).challenged(&Challenged::read(&told).unwrap()).unwrap();
        assert_eq!(refused(introduction).await, MetadataError::ResourceMismatch.into(), "{of}");
        assert_eq!((liar.times(METADATA), liar.times(REGISTER)), (0, 0));
    }
    // An address that may not be asked is not.
    for bad in
        ["http://192.0.2.1/x", "file:///etc/passwd", "javascript:alert(1)", "x", "https://me@as.example/x"]
    {
        let told = challenge(401, &format!(r#"Bearer resource_metadata="{bad}""#));
        let led = to(&honest, known_at(&honest.url)).challenged(&Challenged::read(&told).unwrap());
        assert!(matches!(led.unwrap_err(), Error::Metadata(MetadataError::Url { .. })), "{bad}");
    }
    assert_eq!(honest.count(), 0);
}

#[tokio::test]
async fn l05_a_server_that_trusts_nobody_or_somebody_unsafe_leads_nowhere() {
    for servers in [
        json!([]),
        json!("https://as.example"),
        json!([7]),
        json!(["http://192.0.2.1"]),
        json!(["javascript:alert(1)"]),
        json!(["https://as.example/?x"]),
        json!(["https://me@as.example"]),
    ] {
        let lie = servers.clone();
        let lie = move |document: &mut Value, _: &str| document["authorization_servers"] = lie.clone();
        let server = Provider::stating(RESOURCE, lie).await;
        let error = refused(to(&server, known_at("https://as.example"))).await;
        assert!(matches!(error, Error::Metadata(_)), "{servers}: {error:?}");
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn l06_a_registration_does_not_choose_where_the_browser_comes_back() {
    let lies: [fn(&mut Value); 3] = [
        |answer| answer["redirect_uris"] = json!(["https://evil.example/ready"]),
        |answer| answer["redirect_uris"] = json!(["https://evil.example/ready", CALLBACK]),
        |answer| answer["redirect_uris"] = json!([CALLBACK, "https://evil.example/ready"]),
    ];
    for (number, lie) in lies.into_iter().enumerate() {
        let server = Provider::lying(move |asked| {
            let mut answer: Value = serde_json::from_slice(asked.request.body()).unwrap_or_default();
            let lie = |answer: &mut Value| {
                answer["client_id"] = "registered".into();
                lie(answer);
                crate::common::json(201, answer.to_string())
            };
            (asked.path == REGISTER).then(|| lie(&mut answer))
        })
        .await;
        match Http::new().run(registration(&server).await).await {
            Ok(registered) => {
                assert_ne!(number, 0);
                assert_eq!(registered.metadata.redirect_uris, [CALLBACK]);
                let found = Server::from_metadata(&server.discover().await.unwrap(), LOOPBACK).unwrap();
                let client = Client::new(registered.config(found, None).unwrap()).unwrap();
                let url = client.authorize().start(moment(&Hands::default())).unwrap().0;
                assert!(!url.as_str().contains("evil"), "{url}");
            }
            Err(oauth_hyper_client::Error::Exchange(error)) => {
                assert_eq!(number, 0);
                assert!(error.to_string().contains("redirect_uris"), "{error}");
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn l06_a_registration_is_not_looked_after_at_an_unsafe_address_nor_made_at_another() {
    for uri in [
        "http://192.0.2.1/r",
        "javascript:alert(1)",
        "https://me@as.example/r",
        "https://as.example/r#x",
        "/r",
    ] {
        let server = Provider::lying(move |asked| {
            let answer = json!({
                "client_id": "registered", "registration_access_token": "t", "registration_client_uri": uri,
                "token_endpoint_auth_method": "none",
            });
            (asked.path == REGISTER).then(|| crate::common::json(201, answer.to_string()))
        })
        .await;
        let error = refused(registration(&server).await).await;
        let problem = DocumentError::Value("registration_client_uri");
        assert!(matches!(error, Error::Answer { problem: told, .. } if told == problem), "{uri}");
    }
    // A redirect is no registration, and the application is not made known elsewhere.
    let elsewhere = Provider::honest().await;
    let to = format!("{}{REGISTER}", elsewhere.url);
    let server = Provider::answering(REGISTER, move || {
        let moved = http::Response::builder().status(307).header("location", &to);
        moved.body(bytes::Bytes::new()).unwrap()
    })
    .await;
    assert!(matches!(refused(registration(&server).await).await, Error::Answer { .. }));
    assert_eq!((server.times(REGISTER), elsewhere.count()), (1, 0));
    // What it gave is for it alone.
    let other = Server::from_metadata(&elsewhere.discover().await.unwrap(), LOOPBACK).unwrap();
    let honest = Provider::honest().await;
    let registered = Http::new().run(registration(&honest).await).await.unwrap();
    assert_eq!(registered.config(other, None).unwrap_err(), Misuse::OtherIssuer.into());
}
