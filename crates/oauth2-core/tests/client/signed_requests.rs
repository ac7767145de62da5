//! The authorization request as one signed text (RFC 9101).

use std::sync::Arc;

use oauth_sansio::Exchange as _;
use oauth2_core::{
    client::{AssertionKey, AuthorizationDetails, Client, Config, Misuse, Server},
    jose::{Algorithm, Jwk, Jws, LocalSigner, Typ},
    metadata::{AuthorizationServerMetadata, Transport},
};
use serde_json::{Value, json};
use url::Url;

use crate::common::*;

fn key(algorithm: Algorithm) -> (AssertionKey, Jwk) {
    let signer = LocalSigner::generate(algorithm, "mine").unwrap();
    let public = signer.public().unwrap();
    (AssertionKey::new(Arc::new(signer)), public)
}

fn signing(key: AssertionKey) -> Client {
    client(|config| config.request_key = Some(key))
}

/// The one text beside the identifier.
fn request(url: &Url) -> String {
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let [(first, client_id), (second, text)] = pairs.as_slice() else { panic!("{url}") };
    assert_eq!((first.as_str(), client_id.as_str(), second.as_str()), ("client_id", "app", "request"));
    text.clone()
}

fn claims(text: &str, jwk: &Jwk, algorithm: Algorithm) -> Value {
    let jws = Jws::parse(text, &Default::default()).unwrap();
    jws.expect_typ(&[Typ::Is("oauth-authz-req+jwt")]).unwrap();
    assert_eq!(jws.header().key_id(), Some("mine"));
    serde_json::from_slice(jws.verify(&jwk.verifying_key(algorithm).unwrap()).unwrap()).unwrap()
}

#[test]
fn a_signed_request_holds_everything_and_beside_it_stands_the_client_alone() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Ps256] {
        let (key, jwk) = key(algorithm);
        let client = signing(key);
        let details = AuthorizationDetails::default().with("payment", json!({ "amount": 1 })).unwrap();
        let asked = client.authorize().scope("read").resource("https://api.example").max_age(60);
        let (url, pending) = asked.authorization_details(&details).prompt("login").start(moment(1)).unwrap();
        let mut claims = claims(&request(&url), &jwk, algorithm);
        let mut take = |name: &str| claims.as_object_mut().unwrap().remove(name).unwrap_or_default();
        assert_eq!(take("state"), pending.state().expose());
        assert_eq!(take("code_challenge").as_str().unwrap().len(), 43);
        assert_eq!(take("jti").as_str().unwrap().len(), 43, "256 bits");
        let now = NOW.as_unix();
        assert_eq!([take("iat"), take("nbf"), take("exp")], [json!(now), json!(now), json!(now + 300)]);
        assert_eq!(
            claims,
            json!({
                "iss": "app", "aud": AS, "client_id": "app", "response_type": "code", "redirect_uri": CALLBACK,
                "code_challenge_method": "S256", "scope": "read", "resource": "https://api.example",
                "max_age": 60, "prompt": "login", "authorization_details": [{ "type": "payment", "amount": 1 }],
            }),
            "no `sub`: it could pass for an assertion of the client"
        );
    }
}

#[test]
fn several_resources_are_an_array_in_it() {
    let (key, jwk) = key(Algorithm::Es256);
    let client = signing(key);
    let three = ["https://a.example", "https://b.example", "https://c.example"];
    let asked = three.into_iter().fold(client.authorize(), |asked, resource| asked.resource(resource));
    let (url, _) = asked.start(moment(1)).unwrap();
    assert_eq!(claims(&request(&url), &jwk, Algorithm::Es256)["resource"], json!(three));
}

#[test]
fn no_two_signed_requests_are_alike() {
    let (key, jwk) = key(Algorithm::EdDsa);
    let client = signing(key);
    let id = |seed| {
        let (url, _) = client.authorize().start(moment(seed)).unwrap();
        claims(&request(&url), &jwk, Algorithm::EdDsa)["jti"].clone()
    };
    assert_ne!(id(1), id(2));
}

#[test]
fn a_server_that_wants_requests_signed_gets_no_others() {
    let server = |change: &dyn Fn(&mut Value)| {
        let mut document = metadata();
        document["token_endpoint_auth_methods_supported"] = json!(["none"]);
        document["pushed_authorization_request_endpoint"] = "https://as.example/par".into();
        change(&mut document);
        let metadata = AuthorizationServerMetadata::parse(document.to_string().as_bytes()).unwrap();
        Server::from_metadata(&metadata, Transport::Https).unwrap()
    };
    let client = |server: Server, key: Option<AssertionKey>| {
        let mut config = Config::new(server, "app");
        config.redirect_uri = Some(CALLBACK.into());
        config.request_key = key;
        Client::new(config)
    };
    let wanting = server(&|document| document["require_signed_request_object"] = true.into());
    let unsigned = client(wanting.clone(), None).unwrap();
    assert_eq!(unsigned.authorize().start(moment(1)).unwrap_err(), Misuse::SignatureRequired.into());
    assert_eq!(unsigned.authorize().push(moment(1)).unwrap_err(), Misuse::SignatureRequired.into());
    let signed = client(wanting, Some(key(Algorithm::Es256).0)).unwrap();
    assert!(signed.authorize().start(moment(1)).is_ok());
    // Pushed, the text is all there is, too (RFC 9126 section 3).
    let mut pushed = signed.authorize().push(moment(1)).unwrap();
    let body = pushed.request(moment(2)).unwrap().request.into_body();
    assert!(body.starts_with(b"client_id=app&request=ey"));
    assert_eq!(body.iter().filter(|byte| **byte == b'&').count(), 1);

    // A server that lists its algorithms is believed.
    let open = |names: Value| {
        let server = server(&|it| it["request_object_signing_alg_values_supported"] = names.clone());
        client(server, Some(key(Algorithm::EdDsa).0)).map(drop)
    };
    assert_eq!(open(json!(["ES256", "none"])), Err(Misuse::RequestAlgorithm.into()));
    for names in [json!(["ES256", "EdDSA"]), json!(["Ed25519"]), json!([])] {
        assert_eq!(open(names), Ok(()));
    }
}
