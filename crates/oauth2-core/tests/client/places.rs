//! Where metadata is looked for, and in which order (RFC 8414 sections 3.1 and 5, OpenID Connect Discovery section 4).

use oauth_sansio::{Exchange as _, Progress, auth::parse_challenges};
use oauth2_core::{
    DocumentError,
    client::{Client, Config, Discovery, Error, ResourceDiscovery, Server},
    metadata::{AuthorizationServerMetadata, MetadataError, Transport},
};
use serde_json::{Value, json};

use crate::common::*;

const TENANT: &str = "https://as.example/tenant";

fn discovery(issuer: &str) -> Discovery {
    Discovery::new(issuer, Transport::Https).unwrap()
}

/// Where it asks now.
fn place(discovery: &mut Discovery) -> String {
    discovery.request(moment(1)).unwrap().request.uri().to_string()
}

/// What it does with an answer: goes on, or is done.
fn answered(discovery: Discovery, status: u16, body: &Value) -> Result<Discovery, Error> {
    match discovery.response(reply(status, body.to_string()), moment(1))? {
        Progress::Again(next) => Ok(next),
        other => panic!("{other:?}"),
    }
}

fn found(discovery: Discovery, body: &Value) -> Result<AuthorizationServerMetadata, Error> {
    match discovery.response(reply(200, body.to_string()), moment(1))? {
        Progress::Done(metadata) => Ok(metadata),
        other => panic!("{other:?}"),
    }
}

fn of(issuer: &str) -> Value {
    let mut document = metadata();
    document["issuer"] = issuer.into();
    document
}

#[test]
fn an_issuer_is_asked_at_each_place_until_one_has_its_document() {
    let expected = [
        "https://as.example/.well-known/oauth-authorization-server/tenant",
        "https://as.example/.well-known/openid-configuration/tenant",
        "https://as.example/tenant/.well-known/openid-configuration",
    ];
    for last in 0..3 {
        let mut discovery = discovery(TENANT);
        for expected in &expected[..last] {
            assert_eq!(place(&mut discovery), *expected);
            discovery = answered(discovery, 404, &json!({})).unwrap();
        }
        assert_eq!(place(&mut discovery), expected[last]);
        assert_eq!(found(discovery, &of(TENANT)).unwrap().issuer, TENANT);
    }
    // Without a path there are two.
    for issuer in ["https://as.example", "https://as.example/"] {
        let mut asked = answered(discovery(issuer), 404, &json!({})).unwrap();
        assert_eq!(place(&mut asked), "https://as.example/.well-known/openid-configuration");
        let error = answered(asked, 404, &json!({})).unwrap_err();
        assert!(matches!(error, Error::Answer { status, .. } if status == 404));
    }
}

#[test]
fn the_next_place_is_asked_where_there_is_nothing_and_not_where_something_is_wrong() {
    for status in [400, 401, 403, 404, 405, 410] {
        assert!(answered(discovery(TENANT), status, &json!({})).is_ok(), "{status}");
    }
    for status in [201, 204, 301, 302, 307, 308, 408, 429, 500, 502, 503] {
        let error = answered(discovery(TENANT), status, &of(TENANT)).unwrap_err();
        assert!(matches!(error, Error::Answer { problem: DocumentError::Status, .. }), "{status}");
    }
}

#[test]
fn l05_the_issuer_is_the_one_that_was_asked_for_at_every_place() {
    for steps in 0..3 {
        for other in ["https://as.example", "https://as.example/tenant/", "https://evil.example/tenant"] {
            let mut discovery = discovery(TENANT);
            for _ in 0..steps {
                discovery = answered(discovery, 404, &json!({})).unwrap();
            }
            let refused = found(discovery, &of(other)).unwrap_err();
            assert_eq!(refused, MetadataError::IssuerMismatch.into(), "{steps} {other}");
        }
    }
}

#[test]
fn l09_s256_is_wanted_at_every_place() {
    let mut silent = of(TENANT);
    silent.as_object_mut().unwrap().remove("code_challenge_methods_supported");
    let second = answered(discovery(TENANT), 404, &json!({})).unwrap();
    assert_eq!(found(second, &silent).unwrap_err(), MetadataError::NoS256.into());
}

#[test]
fn a_server_without_any_document_has_the_endpoints_of_old_where_the_caller_insists() {
    let mut asked = discovery(TENANT).dangerously_assume_endpoints();
    for _ in 0..2 {
        asked = answered(asked, 404, &json!({})).unwrap();
    }
    // A server that is busy has not said that it has none.
    assert!(answered(asked.clone(), 503, &json!({})).is_err());
    let Ok(Progress::Done(metadata)) = asked.response(reply(404, ""), moment(1)) else { panic!() };
    assert_eq!(metadata.issuer, TENANT);
    let at = |url: &Option<url::Url>| url.as_ref().unwrap().to_string();
    assert_eq!(at(&metadata.authorization_endpoint), "https://as.example/authorize");
    assert_eq!(at(&metadata.token_endpoint), "https://as.example/token");
    assert_eq!(at(&metadata.registration_endpoint), "https://as.example/register");
    // A public client may go there, and sends its challenge.
    let mut config = Config::new(Server::from_metadata(&metadata, Transport::Https).unwrap(), "app");
    config.redirect_uri = Some(CALLBACK.into());
    let (url, _) = Client::new(config).unwrap().authorize().start(moment(1)).unwrap();
    assert!(url.as_str().contains("code_challenge_method=S256"), "{url}");
}

#[test]
fn l08_an_api_is_asked_at_its_own_place_and_then_at_its_origin() {
    let api = "https://api.example/v1?x=1";
    let of = |resource: &str| json!({ "resource": resource, "authorization_servers": [AS] }).to_string();
    let mut first = ResourceDiscovery::new(api, Transport::Https).unwrap();
    let place =
        |discovery: &mut ResourceDiscovery| discovery.request(moment(1)).unwrap().request.uri().to_string();
    assert_eq!(place(&mut first), "https://api.example/.well-known/oauth-protected-resource/v1?x=1");
    let Ok(Progress::Again(mut second)) = first.clone().response(reply(404, ""), moment(1)) else { panic!() };
    assert_eq!(place(&mut second), "https://api.example/.well-known/oauth-protected-resource");
    assert!(first.response(reply(503, ""), moment(1)).is_err());
    assert!(second.clone().response(reply(404, ""), moment(1)).is_err());
    let other = second.clone().response(reply(200, of("https://api.example")), moment(1));
    assert!(matches!(other, Err(Error::Metadata(MetadataError::ResourceMismatch))));
    assert!(matches!(second.response(reply(200, of(api)), moment(1)), Ok(Progress::Done(_))));
    // Where both are one, it is asked once; and a place that was told is the only one.
    let only = ResourceDiscovery::new("https://api.example", Transport::Https).unwrap();
    assert!(only.response(reply(404, ""), moment(1)).is_err());
    let challenges = parse_challenges(["Bearer resource_metadata=\"https://api.example/here\""]).unwrap();
    let told = ResourceDiscovery::told_by(&challenges[0], api, Transport::Https).unwrap().unwrap();
    assert!(told.response(reply(404, ""), moment(1)).is_err());
}
