//! Attacks through metadata.

use http::{Response, StatusCode};
use oauth_sansio::{Exchange as _, Progress, auth::parse_challenges};
use oauth2_core::{
    DocumentError,
    client::{Discovery, Error, ResourceDiscovery, Server},
    metadata::{MetadataError, Transport},
};
use serde_json::json;

use crate::common::*;

#[test]
fn l05_metadata_of_another_issuer_is_refused() {
    for issuer in [
        json!("https://as.example/"),
        json!("https://AS.example"),
        json!("https://as.example:443"),
        json!("http://as.example"),
        json!("https://evil.example"),
        json!(""),
    ] {
        assert_eq!(discover(&with("issuer", issuer.clone())), Err(MetadataError::IssuerMismatch), "{issuer}");
    }
    let missing = without("issuer");
    assert_eq!(discover(&missing), Err(DocumentError::Missing("issuer").into()));
    assert_eq!(discover(&metadata()), Ok(()));
}

#[test]
fn l06_hostile_endpoints_are_refused() {
    for endpoint in [
        "http://as.example/authorize",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "vbscript:x",
        "ftp://as.example/authorize",
        "https://as.example/a#fragment",
        "https://user:password@as.example/a",
        "https://as.example/$(calc)|x",
        "https://as.example/`calc`",
        "https://as.example/\\evil",
        "https://as.example/a b",
        "https://as.exam\tple/a",
        "//as.example/a",
        "/authorize",
        "",
    ] {
        for member in ["authorization_endpoint", "token_endpoint", "revocation_endpoint"] {
            let result = discover(&with(member, endpoint.into()));
            assert!(matches!(result, Err(MetadataError::Url { .. })), "{member} {endpoint}: {result:?}");
        }
        let written_down = Server::new(AS, Some(endpoint), "https://as.example/token", Transport::Https);
        assert!(matches!(written_down, Err(MetadataError::Url { .. })), "{endpoint}");
    }
}

#[test]
fn l07_discovery_asks_only_secure_hosts() {
    for issuer in
        ["http://as.example", "http://127.0.0.1:8080", "http://localhost", "file:///x", "as.example"]
    {
        assert!(Discovery::new(issuer, Transport::Https).is_err(), "{issuer}");
    }
    let loopback = Transport::HttpsOrInsecureLoopback;
    assert!(Discovery::new("http://as.example", loopback).is_err());
    assert!(Discovery::new("http://127.0.0.1.evil.example", loopback).is_err());
    for issuer in ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:9"] {
        let mut discovery = Discovery::new(issuer, loopback).unwrap();
        let uri = discovery.request(moment(1)).unwrap().request.into_parts().0.uri;
        assert_eq!(uri.to_string(), format!("{issuer}/.well-known/oauth-authorization-server"));
    }
}

#[test]
fn l09_a_server_that_does_not_say_s256_is_refused_unless_the_caller_insists() {
    for methods in [None, Some(json!([])), Some(json!(["plain"])), Some(json!(["s256"]))] {
        let document = match methods {
            None => without("code_challenge_methods_supported"),
            Some(methods) => with("code_challenge_methods_supported", methods),
        };
        assert_eq!(discover(&document), Err(MetadataError::NoS256));
        let insisting = Discovery::new(AS, Transport::Https).unwrap().dangerously_accept_missing_s256();
        assert!(insisting.response(reply(200, document.to_string()), moment(1)).is_ok());
    }
    // The challenge is sent all the same.
    let (url, _) = client(|_| {}).authorize().start(moment(1)).unwrap();
    assert!(url.as_str().contains("code_challenge_method=S256&code_challenge="));
}

fn with(member: &str, value: serde_json::Value) -> serde_json::Value {
    let mut document = metadata();
    document[member] = value;
    document
}

fn without(member: &str) -> serde_json::Value {
    let mut document = metadata();
    document.as_object_mut().unwrap().remove(member);
    document
}

fn discover(document: &serde_json::Value) -> Result<(), MetadataError> {
    let discovery = Discovery::new(AS, Transport::Https).unwrap();
    let response = Response::builder().status(StatusCode::OK).header("content-type", "application/json");
    match discovery.response(response.body(document.to_string().into()).unwrap(), moment(1)) {
        Ok(Progress::Done(_)) => Ok(()),
        Err(Error::Metadata(error)) => Err(error),
        other => panic!("{other:?}"),
    }
}

#[test]
fn l08_a_challenge_leads_to_the_metadata_of_its_own_resource_and_to_no_other() {
    let api = "https://api.example/v1";
    let told = |header: &str| {
        let challenges = parse_challenges([header]).unwrap();
        ResourceDiscovery::told_by(&challenges[0], api, Transport::Https)
    };
    let place = "https://api.example/.well-known/oauth-protected-resource/v1";
    let mut discovery = told(&format!("Bearer resource_metadata=\"{place}\"")).unwrap().unwrap();
    let request = discovery.request(moment(1)).unwrap().request;
    assert_eq!(
        (request.uri().to_string().as_str(), &request.headers()["accept"]),
        (place, &"application/json".parse().unwrap())
    );
    let answer = |resource: &str| {
        let document = json!({ "resource": resource, "authorization_servers": [AS] });
        Response::builder()
            .header("content-type", "application/json")
            .body(document.to_string().into())
            .unwrap()
    };
    for other in
        ["https://evil.example", "https://api.example", "https://api.example/v1/", "https://API.example/v1"]
    {
        let refused = discovery.clone().response(answer(other), moment(1));
        assert!(matches!(refused, Err(Error::Metadata(MetadataError::ResourceMismatch))), "{other}");
    }
    let Ok(Progress::Done(metadata)) = discovery.response(answer(api), moment(1)) else { panic!() };
    assert_eq!(metadata.authorization_servers, [AS]);

    assert!(told("Bearer realm=\"x\"").unwrap().is_none());
    for hostile in [
        "http://api.example/x",
        "file:///etc/passwd",
        "https://u:p@api.example/x",
        "/x",
        "",
        "https://api.example/#x",
    ] {
        let refused = told(&format!("Bearer resource_metadata=\"{hostile}\""));
        assert!(matches!(refused, Err(Error::Metadata(MetadataError::Url { .. }))), "{hostile}");
    }
}
