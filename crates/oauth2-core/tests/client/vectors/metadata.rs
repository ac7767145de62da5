//! Metadata: where it is and whether it is believed.

use oauth_sansio::{Exchange, Progress};
use oauth2_core::{
    DocumentError,
    client::{Discovery, Error, ResourceDiscovery},
    metadata::{AuthorizationServerMetadata, MetadataError, Transport, UrlError, WellKnown, well_known},
};
use serde_json::{Value, json};

use super::{Verdict, cases, ensure, response, run};
use crate::common::{AS, moment};

#[test]
fn every_well_known_url_is_built_as_the_vectors_say() {
    let cases = cases(include_str!("../../../../../vectors/metadata.json"), Some("well_known_url"));
    run("metadata well_known_url", &cases, 48, |case| {
        let document = match case["type"].as_str().unwrap() {
            "oauth-authorization-server" => WellKnown::OAuthAuthorizationServer,
            "openid-configuration" => WellKnown::OpenIdConfiguration,
            "oauth-protected-resource" => WellKnown::OAuthProtectedResource,
            other => panic!("{other}"),
        };
        let identifier = case["identifier"].as_str().unwrap();
        let (expected, key) = match well_known(identifier, document, Transport::Https) {
            Ok(url) => (url.to_string(), "url"),
            Err(UrlError::Component) => ("forbidden_component".into(), "reject"),
            Err(UrlError::Insecure) => ("insecure_url".into(), "reject"),
            Err(UrlError::Malformed) => ("malformed".into(), "reject"),
        };
        ensure(case["expected"][key] == expected.as_str(), || expected)
    });
}

#[test]
fn every_metadata_document_is_believed_or_not_as_the_vectors_say() {
    let file = include_str!("../../../../../vectors/metadata.json");
    assert_eq!(26 + 48 + 62, cases(file, None).len());
    run("metadata pr_metadata", &cases(file, Some("pr_metadata")), 26, |case| {
        let resource = case["resource"].as_str().unwrap();
        let discovery = ResourceDiscovery::new(resource, Transport::Https).unwrap();
        judged(discovery, case)
    });
    run("metadata as_metadata", &cases(file, Some("as_metadata")), 62, |case| {
        let issuer = case["issuer"].as_str().unwrap();
        // Whether a document may be believed is one question, whether its server does PKCE another.
        let discovery = Discovery::new(issuer, Transport::Https).unwrap().dangerously_accept_missing_s256();
        judged(discovery, case)
    });
}

/// What becomes of an answer that is the same at every place.
fn judged<E: Exchange<Error = Error>>(discovery: E, case: &Value) -> Result<(), Verdict> {
    let (answer, expected) = (|| response(&case["response"]), &case["expected"]);
    let mut result = discovery.response(answer(), moment(1));
    while let Ok(Progress::Again(next)) = result {
        result = next.response(answer(), moment(1));
    }
    let (reason, member) = match result {
        Ok(_) => return ensure(expected["ok"] == true, || "believed".into()),
        Err(Error::Answer { problem: DocumentError::Status, .. }) => ("bad_status", None),
        Err(Error::Answer { problem: DocumentError::ContentType, .. }) => ("bad_content_type", None),
        Err(Error::Metadata(error)) => metadata_reason(error),
        Err(other) => return Err(Verdict::Wrong(format!("{other:?}"))),
    };
    let right = expected["reason"] == reason && (member.is_none() || expected["member"].as_str() == member);
    ensure(right, || format!("{reason} {member:?}"))
}

fn metadata_reason(error: MetadataError) -> (&'static str, Option<&'static str>) {
    match error {
        MetadataError::IssuerMismatch => ("issuer_mismatch", None),
        MetadataError::ResourceMismatch => ("resource_mismatch", None),
        MetadataError::NoS256 => ("no_s256", None),
        MetadataError::Url { member, problem: UrlError::Component } => ("forbidden_component", Some(member)),
        MetadataError::Url { member, problem: UrlError::Insecure } => ("insecure_url", Some(member)),
        MetadataError::Url { member, problem: UrlError::Malformed } => ("malformed_url", Some(member)),
        MetadataError::Document(DocumentError::Missing(member)) => ("missing_member", Some(member)),
        MetadataError::Document(DocumentError::Type(member)) => ("bad_type", Some(member)),
        MetadataError::Document(DocumentError::Value(member)) => ("bad_value", Some(member)),
        MetadataError::Document(_) => ("malformed", None),
    }
}

#[test]
fn metadata_survives_storage_with_members_that_nobody_knows() {
    let text = json!({
        "issuer": AS, "token_endpoint": "https://as.example/token", "response_types_supported": ["code"],
        "scopes_supported": [], "x": { "y": [1, null] },
    });
    let metadata = AuthorizationServerMetadata::parse(text.to_string().as_bytes()).unwrap();
    let stored = serde_json::to_value(&metadata).unwrap();
    assert_eq!(serde_json::from_value::<AuthorizationServerMetadata>(stored.clone()).unwrap(), metadata);
    assert_eq!(stored["x"], text["x"]);
    assert!(stored.get("scopes_supported").is_none(), "an empty list is left out");
    assert!(stored.get("jwks_uri").is_none());
}
