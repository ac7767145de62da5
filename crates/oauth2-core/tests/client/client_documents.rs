//! A client whose identifier is the address of its description (draft-ietf-oauth-client-id-metadata-document).

use oauth2_core::{
    client::{ClientDocument, ClientMetadata, Error, Misuse, Server},
    jose::{Algorithm, JwkSet, LocalSigner},
    metadata::{AuthorizationServerMetadata, Transport},
};
use serde_json::{Value, json};

use crate::common::*;

const ID: &str = "https://app.example/client.json";

fn described() -> ClientMetadata {
    ClientMetadata::for_application("Album", [CALLBACK])
}

fn refused(change: impl FnOnce(&mut ClientMetadata)) -> Error {
    let mut metadata = described();
    change(&mut metadata);
    ClientDocument::new(ID, metadata).unwrap_err()
}

#[test]
fn a_description_says_whose_it_is_and_is_served_as_json() {
    let document = ClientDocument::new(ID, described()).unwrap();
    let response = document.response();
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!((response.status().as_u16(), response.body()), (200, document.body()));
    assert_eq!((document.client_id(), document.path()), (ID, "/client.json"));
    assert_eq!(
        serde_json::from_slice::<Value>(document.body()).unwrap(),
        json!({
            "client_id": ID, "client_name": "Album", "redirect_uris": [CALLBACK], "application_type": "web",
            "token_endpoint_auth_method": "none", "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
        })
    );
}

#[test]
fn an_address_of_a_description_is_plain() {
    for id in [
        "",
        "app",
        "http://app.example/client.json",
        "https://app.example",
        "https://app.example/",
        "https://app.example/a/../client.json",
        "https://app.example/./client.json",
        "https://app.example/client.json#x",
        "https://app.example/client.json?x=1",
        "https://user@app.example/client.json",
        "https://user:password@app.example/client.json",
        "https://APP.example/client.json",
        "https://app.example:443/client.json",
        "https://app.example/a b",
        " https://app.example/client.json",
        "javascript:alert(1)",
    ] {
        let error = ClientDocument::new(id, described()).unwrap_err();
        assert_eq!(error, Error::Misuse(Misuse::ClientId), "{id}");
    }
    for id in ["https://app.example:8443/client", "https://app.example/a/b/"] {
        assert_eq!(ClientDocument::new(id, described()).unwrap().client_id(), id);
    }
}

#[test]
fn a_description_is_complete_and_holds_no_secret() {
    let metadata = |name| Error::Misuse(Misuse::ClientMetadata(name));
    for method in [None, Some("client_secret_basic"), Some("client_secret_post"), Some("client_secret_jwt")] {
        let error = refused(|it| it.token_endpoint_auth_method = method.map(str::to_owned));
        assert_eq!(error, metadata("token_endpoint_auth_method"), "{method:?}");
    }
    for name in ["client_secret", "client_secret_expires_at", "client_id"] {
        assert_eq!(refused(|it| drop(it.extra.insert(name.into(), "x".into()))), metadata(name));
    }
    assert_eq!(refused(|it| it.client_name = None), metadata("client_name"));
    assert_eq!(refused(|it| it.client_name = Some(" ".into())), metadata("client_name"));
    let machine = |it: &mut ClientMetadata| {
        it.redirect_uris.clear();
        it.grant_types = vec!["client_credentials".into()];
    };
    assert_eq!(refused(machine), Error::Misuse(Misuse::NoRedirectUri));
    let error = refused(|it| it.redirect_uris = vec!["http://app.example/cb".into()]);
    assert_eq!(error, Error::Misuse(Misuse::RedirectUri));
    let error = refused(|it| it.client_name = Some("x".repeat(ClientDocument::MAX_BYTES)));
    assert_eq!(error, Error::Misuse(Misuse::ClientDocumentTooLarge));
    // Keys without their private halves are all that there is to show.
    let keys = |it: &mut ClientMetadata| {
        let key = LocalSigner::generate(Algorithm::Es256, "mine").unwrap();
        it.token_endpoint_auth_method = Some("private_key_jwt".into());
        it.jwks = Some(JwkSet::new([key.public().unwrap()]));
    };
    let mut metadata = described();
    keys(&mut metadata);
    let document = ClientDocument::new(ID, metadata).unwrap();
    let body: Value = serde_json::from_slice(document.body()).unwrap();
    assert_eq!((&body["jwks"]["keys"][0]["kid"], body["jwks"]["keys"][0].get("d")), (&json!("mine"), None));
}

#[test]
fn a_description_is_used_where_the_server_says_that_it_reads_them() {
    let server = |supported: Option<bool>| {
        let mut document = metadata();
        document["token_endpoint_auth_methods_supported"] = json!(["none"]);
        if let Some(supported) = supported {
            document["client_id_metadata_document_supported"] = supported.into();
        }
        let metadata = AuthorizationServerMetadata::parse(document.to_string().as_bytes()).unwrap();
        Server::from_metadata(&metadata, Transport::Https).unwrap()
    };
    let document = ClientDocument::new(ID, described()).unwrap();
    for silent in [None, Some(false)] {
        let refused = document.config(server(silent), None).map(drop).unwrap_err();
        assert_eq!(refused, Error::Misuse(Misuse::NoClientDocuments));
    }
    let config = document.config(server(Some(true)), None).unwrap();
    assert_eq!((config.client_id.as_str(), config.redirect_uri.as_deref()), (ID, Some(CALLBACK)));
    // Of a server that was written down, the operator knows.
    assert!(document.config(crate::common::server(), None).is_ok());
}
