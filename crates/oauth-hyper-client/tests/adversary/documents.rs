//! Documents of servers that speak for others, or lead elsewhere.

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use oauth_hyper_client::{Client as Http, Error as Sent, GuardedClient, SendError};
use oauth_sansio::{Exchange as _, base64url};
use oauth2_core::DocumentError;
use oauth2_core::client::{AssertionKey, ClientAuthentication, Discovery, Error, ResourceDiscovery};
use oauth2_core::jose::{Algorithm, LocalSigner};
use oauth2_core::metadata::{MetadataError, UrlError};
use serde_json::{Value, json};

use crate::common::{Hands, moment};
use crate::provider::*;

const REDIRECTS: [u16; 5] = [301, 302, 303, 307, 308];

fn moved(status: u16, location: &str) -> Response<Bytes> {
    Response::builder().status(status).header("location", location).body(Bytes::new()).unwrap()
}

async fn metadata_error(server: &Provider) -> MetadataError {
    match server.discover().await.unwrap_err() {
        Sent::Exchange(Error::Metadata(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn l05_metadata_speaks_for_the_issuer_that_was_asked_byte_for_byte() {
    let lies: [fn(&str) -> String; 6] = [
        |_| "https://as.example".into(),
        |own| format!("{own}/"),
        |own| own.replace("http", "HTTP"),
        |own| own.replace("127.0.0.1", "localhost"),
        |own| format!("{own}?"),
        |own| format!("{own}/tenant"),
    ];
    for lie in lies {
        let server =
            Provider::stating(METADATA, move |document, own| document["issuer"] = lie(own).into()).await;
        assert_eq!(
            metadata_error(&server).await,
            MetadataError::IssuerMismatch,
            "{}",
            lie("http://127.0.0.1")
        );
        // Neither is there another place to ask, once there is a document.
        assert_eq!(server.count(), 1);
    }
    let silent =
        Provider::stating(METADATA, |document, _| drop(document.as_object_mut().unwrap().remove("issuer")))
            .await;
    assert_eq!(metadata_error(&silent).await, DocumentError::Missing("issuer").into());
}

#[tokio::test]
async fn l06_no_endpoint_leads_to_a_script_a_file_a_shell_or_an_open_line() {
    let endpoints = [
        "authorization_endpoint",
        "token_endpoint",
        "registration_endpoint",
        "jwks_uri",
        "device_authorization_endpoint",
        "revocation_endpoint",
        "pushed_authorization_request_endpoint",
    ];
    for member in endpoints {
        for url in [
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "http://192.0.2.1/x",
            "/relative",
            "",
            "https://me@as.example/x",
            "https://as.example/x#y",
            "ftp://as.example/x",
        ] {
            let server = Provider::stating(METADATA, move |document, _| document[member] = url.into()).await;
            let found = server.discover().await;
            let used = found.map(|found| oauth2_core::client::Server::from_metadata(&found, LOOPBACK));
            assert!(!matches!(used, Ok(Ok(_))), "{member} {url}");
            assert_eq!(server.count(), 1);
        }
    }
    // What a shell would make something of is no address.
    for text in ["\"$(id)\"", "`id`", "a b", "<b>", "a\nb"] {
        let server = Provider::stating(METADATA, move |document, own| {
            document["authorization_endpoint"] = format!("{own}/a?x={text}").into();
        })
        .await;
        let (member, problem) = ("authorization_endpoint", UrlError::Malformed);
        assert_eq!(metadata_error(&server).await, MetadataError::Url { member, problem }, "{text}");
    }
}

#[tokio::test]
async fn l06_an_endpoint_does_not_set_what_the_client_sets() {
    for query in
        ["redirect_uri=https://evil.example", "client_id=evil", "code_challenge=x", "state=x", "%73tate=x"]
    {
        let server = Provider::stating(METADATA, move |document, own| {
            document["authorization_endpoint"] = format!("{own}/authorize?{query}").into();
        })
        .await;
        let used = oauth2_core::client::Server::from_metadata(&server.discover().await.unwrap(), LOOPBACK);
        let problem = UrlError::Component;
        assert_eq!(
            used.unwrap_err(),
            MetadataError::Url { member: "authorization_endpoint", problem },
            "{query}"
        );
    }
}

#[tokio::test]
async fn l07_no_document_and_no_token_is_fetched_where_a_redirect_leads() {
    for status in REDIRECTS {
        let elsewhere = Provider::honest().await;
        for path in [METADATA, TOKEN, DEVICE, KEYS, RESOURCE] {
            let to = format!("{}{path}", elsewhere.url);
            let server = Provider::answering(path, move || moved(status, &to)).await;
            let error = match path {
                METADATA => refused(Discovery::new(&*server.url, LOOPBACK).unwrap()).await,
                RESOURCE => {
                    let api = format!("{}{API}", server.url);
                    refused(ResourceDiscovery::new(api, LOOPBACK).unwrap()).await
                }
                TOKEN => refused(exchange(&server.client().await)).await,
                DEVICE => refused(server.client().await.device(&"read".parse().unwrap()).unwrap()).await,
                _ => refused(server.client().await.server_keys().unwrap()).await,
            };
            assert!(matches!(error, Error::Answer { status: told, .. } if told == status), "{path}: {error}");
            assert_eq!((server.times(path), elsewhere.count()), (1, 0), "{path}");
        }
    }
}

#[tokio::test]
async fn l07_a_stranger_who_names_an_inside_address_has_nobody_asked() {
    let inside = Provider::honest().await;
    let http = GuardedClient::new();
    for issuer in [inside.url.clone(), inside.url.replace("http", "https"), "https://169.254.169.254".into()]
    {
        let outgoing =
            Discovery::new(issuer, LOOPBACK).map(|mut asks| asks.request(moment(&Hands::default())));
        let Ok(Ok(outgoing)) = outgoing else { continue };
        assert!(matches!(http.send(outgoing).await, Err(SendError::Refused)));
    }
    assert_eq!(inside.count(), 0);
}

#[tokio::test]
async fn l08_a_document_of_another_resource_is_not_believed() {
    let lies: [fn(&str) -> String; 6] = [
        |_| "https://api.example/mcp".into(),
        |own| format!("{own}/mcp/"),
        |own| format!("{own}/MCP"),
        |own| format!("{own}/mc"),
        |own| format!("{own}/mcp?x"),
        |own| own.replace("127.0.0.1", "localhost") + "/mcp",
    ];
    for lie in lies {
        let server =
            Provider::stating(RESOURCE, move |document, own| document["resource"] = lie(own).into()).await;
        let api = format!("{}{API}", server.url);
        let error = refused(ResourceDiscovery::new(api, LOOPBACK).unwrap()).await;
        assert_eq!(error, MetadataError::ResourceMismatch.into(), "{}", lie(""));
        assert_eq!(server.count(), 1, "nobody that it names is asked");
    }
}

#[tokio::test]
async fn l09_a_server_that_may_not_check_pkce_is_left() {
    let lies: [fn(&mut Value); 4] = [
        |document| drop(document.as_object_mut().unwrap().remove("code_challenge_methods_supported")),
        |document| document["code_challenge_methods_supported"] = json!([]),
        |document| document["code_challenge_methods_supported"] = json!(["plain"]),
        |document| document["code_challenge_methods_supported"] = json!(["s256"]),
    ];
    for lie in lies {
        let server = Provider::stating(METADATA, move |document, _| lie(document)).await;
        assert_eq!(metadata_error(&server).await, MetadataError::NoS256);
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn l20_a_server_that_names_the_token_endpoint_of_another_gets_no_assertion_for_that_one() {
    let honest = Provider::honest().await;
    let (issuer, endpoint) = (honest.url.clone(), format!("{}{TOKEN}", honest.url));
    // One says that its token endpoint is the other's, and one says so of its issuer's name.
    let liar = Provider::stating(METADATA, move |document, own| {
        document["token_endpoint"] = format!("{own}{TOKEN}?for={endpoint}").into();
        document["introspection_endpoint"] = endpoint.clone().into();
    })
    .await;
    let client = liar
        .client_with(|config| {
            let key = LocalSigner::generate(Algorithm::Es256, "k").unwrap();
            config.authentication = ClientAuthentication::Assertion(AssertionKey::new(Arc::new(key)));
        })
        .await;
    Http::new().run(exchange(&client)).await.unwrap();
    let form = liar.told(TOKEN).remove(0);
    let assertion = form.split("client_assertion=").nth(1).unwrap().split('&').next().unwrap();
    let claims = base64url::decode(assertion.split('.').nth(1).unwrap().as_bytes()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["aud"], *liar.url);
    assert!(!claims.to_string().contains(&issuer) && honest.count() == 0);
}

#[tokio::test]
async fn j06_one_bad_key_spoils_no_other_and_a_secret_that_is_published_is_an_alarm() {
    let good = LocalSigner::generate(Algorithm::Es256, "good").unwrap().public().unwrap().to_value();
    let bad = [
        json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "off the curve" }),
        json!({ "kty": "OKP", "crv": "X448", "x": "AA" }),
        json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" }),
        json!({ "kty": 7 }),
        json!({}),
    ];
    let set = json!({ "keys": bad.iter().chain([&good]).collect::<Vec<_>>() });
    let server = Provider::stating(KEYS, move |document, _| *document = set.clone()).await;
    let keys = Http::new().run(server.client().await.server_keys().unwrap()).await.unwrap();
    assert_eq!(keys.keys().len(), 1);
    assert!(keys.names("good"));
    for set in [
        json!({ "keys": [good, { "kty": "oct", "k": "c2VjcmV0" }] }),
        json!({ "keys": "none" }),
        json!([]),
        json!({ "keys": vec![good.clone(); 65] }),
    ] {
        let server = Provider::stating(KEYS, move |document, _| *document = set.clone()).await;
        let error = refused(server.client().await.server_keys().unwrap()).await;
        assert!(matches!(error, Error::Answer { .. }), "{error}");
        assert_eq!(server.times(KEYS), 1);
    }
}

#[tokio::test]
async fn l21_whoever_is_asked_for_a_document_is_shown_no_secret() {
    let server = Provider::honest().await;
    let client = server.client().await;
    refused(client.server_keys().unwrap()).await;
    let api = format!("{}{API}", server.url);
    Http::new().run(ResourceDiscovery::new(api, LOOPBACK).unwrap()).await.unwrap();
    for path in [METADATA, KEYS, RESOURCE] {
        assert_eq!(server.headers(path, "authorization"), [""], "{path}");
        assert_eq!(server.told(path), [""], "{path}");
    }
}
