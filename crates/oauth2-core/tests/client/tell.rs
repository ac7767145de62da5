//! What a client makes of answers about a token (RFC 7662), and of what comes when it gives one back (RFC 7009).

use bytes::Bytes;
use http::Response;
use oauth_sansio::{Exchange as _, Progress, Secret};
use oauth2_core::{
    DocumentError,
    client::{Client, Config, Error, ErrorCode, Introspection, Misuse, Server},
    metadata::{AuthorizationServerMetadata, MetadataError, Transport},
};
use serde_json::{Value, json};

use crate::common::*;

fn client_at(change: impl FnOnce(&mut Value)) -> Result<Client, MetadataError> {
    let mut metadata = json!({ "issuer": AS, "token_endpoint": "https://as.example/token", "response_types_supported": [],
        "introspection_endpoint": "https://as.example/introspect", "revocation_endpoint": "https://as.example/revoke",
        "token_endpoint_auth_methods_supported": ["none"] });
    change(&mut metadata);
    let metadata = AuthorizationServerMetadata::parse(metadata.to_string().as_bytes()).unwrap();
    Ok(Client::new(Config::new(Server::from_metadata(&metadata, Transport::Https)?, "api")).unwrap())
}

fn told(response: Response<Bytes>) -> Result<Introspection, Error> {
    let client = client_at(|_| {}).unwrap();
    let mut request = client.introspect(&Secret::new("a token")).unwrap();
    let sent = request.request(moment(1)).unwrap().request;
    assert_eq!((sent.uri().path(), &sent.body()[..]), ("/introspect", &b"token=a+token&client_id=api"[..]));
    assert!(!format!("{request:?}").contains("a+token"));
    match request.response(response, moment(2))? {
        Progress::Done(told) => Ok(told),
        other => panic!("{other:?}"),
    }
}

fn given_back(response: Response<Bytes>) -> Result<(), Error> {
    let client = client_at(|_| {}).unwrap();
    let mut request = client.revoke(&Secret::new("a token")).unwrap();
    assert_eq!(request.request(moment(1)).unwrap().request.uri(), "https://as.example/revoke");
    request.response(response, moment(2)).map(drop)
}

#[test]
fn a_token_is_active_only_where_the_server_says_so_in_so_many_words() {
    assert!(told(reply(200, r#"{"active":true,"sub":"ann"}"#)).unwrap().active);
    assert!(!told(reply(200, r#"{"active":false}"#)).unwrap().active);
    for (status, body) in [
        (200, r#"{"sub":"ann"}"#),
        (200, r#"{"active":"true"}"#),
        (200, r#"{"active":1}"#),
        (200, r#"{"active":false,"active":true}"#),
        (200, "[true]"),
        (201, r#"{"active":true}"#),
        (302, r#"{"active":true}"#),
        (500, r#"{"active":true}"#),
    ] {
        assert!(matches!(told(reply(status, body)), Err(Error::Answer { .. })), "{status} {body}");
    }
    let html =
        Response::builder().header("content-type", "text/html").body(r#"{"active":true}"#.into()).unwrap();
    assert!(matches!(told(html), Err(Error::Answer { problem: DocumentError::ContentType, .. })));
    let refused = told(reply(401, r#"{"error":"invalid_client"}"#)).unwrap_err();
    assert!(matches!(refused, Error::Refused(refusal) if refusal.code == ErrorCode::InvalidClient));
}

#[test]
fn a_token_is_given_back_when_the_server_says_200_and_nothing_else() {
    for body in ["", "whatever", r#"{"error":"x"}"#] {
        assert_eq!(given_back(reply(200, body)), Ok(()));
    }
    let busy = given_back(reply(503, r#"{"error":"temporarily_unavailable"}"#)).unwrap_err();
    assert!(busy.is_transient());
    for status in [201, 204, 302, 400] {
        assert!(matches!(given_back(reply(status, "")), Err(Error::Answer { .. })), "{status}");
    }
}

#[test]
fn what_a_server_has_no_endpoint_for_cannot_be_asked() {
    let bare = client(|_| {});
    let token = Secret::new("a");
    assert_eq!(bare.revoke(&token).map(drop).unwrap_err(), Misuse::NoRevocationEndpoint.into());
    assert_eq!(bare.introspect(&token).map(drop).unwrap_err(), Misuse::NoIntrospectionEndpoint.into());
    for member in ["introspection_endpoint", "revocation_endpoint"] {
        for hostile in ["http://as.example/x", "https://as.example/x#y", "https://as.example/x?client_id=y"] {
            let refused = client_at(|metadata| metadata[member] = hostile.into());
            assert!(
                matches!(refused, Err(MetadataError::Url { member: at, .. }) if at == member),
                "{hostile}"
            );
        }
    }
}
