//! Clients that prove who they are by a signature or by the certificate of their connection.

use std::sync::Arc;

use oauth_sansio::{Secret, base64url};
use oauth2_core::{
    client::AssertionKey,
    jose::{Algorithm, JwkSet, LocalSigner, Signer},
    metadata::{MetadataError, UrlError},
    server::{self, Authentication, ClientKeys, JsonText, MutualTls},
};
use serde_json::{Value, json};

use crate::{
    world::{machine, scopes},
    *,
};

fn found(world: &World) -> Server {
    let metadata = run(world, Discovery::new(ISSUER, Transport::Https).unwrap()).unwrap();
    Server::from_metadata(&metadata, Transport::Https).unwrap()
}

fn by(server: Server, authentication: ClientAuthentication) -> Client {
    let mut config = Config::new(server, "machine");
    config.authentication = authentication;
    Client::new(config).unwrap()
}

fn asserting(signer: impl Signer + Send + Sync + 'static) -> ClientAuthentication {
    ClientAuthentication::Assertion(AssertionKey::new(Arc::new(signer)))
}

/// The assertion in a request.
fn assertion(exchange: &mut TokenExchange, world: &World) -> Value {
    let request = exchange.request(world.moment()).unwrap().request;
    let body = url::form_urlencoded::parse(request.body()).into_owned().collect::<Vec<_>>();
    let (_, text) = body.iter().find(|(name, _)| name == "client_assertion").unwrap();
    let payload = text.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64url::decode(payload.as_bytes()).unwrap()).unwrap()
}

#[test]
fn a_client_signs_for_itself_with_its_key() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
        let world = World::new();
        let key = LocalSigner::generate(algorithm, "mine").unwrap();
        let keys = Some(ClientKeys::Jwks(JsonText::of(&JwkSet::new([key.public().unwrap()]).to_value())));
        world.register(server::Client { authentication: Authentication::PrivateKeyJwt, keys, ..machine() });
        let client = by(found(&world), asserting(key));
        for _ in 0..2 {
            assert!(run(&world, client.client_credentials(&scopes("read")).unwrap()).is_ok());
        }
        let stranger = by(found(&world), asserting(LocalSigner::generate(algorithm, "mine").unwrap()));
        let error = run(&world, stranger.client_credentials(&scopes("read")).unwrap()).unwrap_err();
        assert!(matches!(error, Error::Refused(refusal) if refusal.code.as_str() == "invalid_client"));
    }
}

#[test]
fn a_client_signs_for_itself_with_its_secret() {
    let world = World::new();
    let secret = Secret::new("a secret that the server can read, of enough bytes");
    let authentication = Authentication::SecretJwt { secret: secret.clone() };
    world.register(server::Client { authentication, ..machine() });
    let key = asserting(LocalSigner::from_secret(&secret).unwrap());
    assert_eq!(key.method(), "client_secret_jwt");
    let client = by(found(&world), key);
    assert!(run(&world, client.client_credentials(&scopes("read")).unwrap()).is_ok());
}

#[test]
fn l20_an_assertion_is_for_the_issuer_whatever_the_metadata_says_and_for_one_request() {
    let world = World::new();
    let metadata = json!({
        "issuer": ISSUER, "token_endpoint": "https://evil.example/token", "authorization_endpoint": "https://evil.example/a",
        "response_types_supported": ["code"], "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
    });
    let metadata =
        oauth2_core::metadata::AuthorizationServerMetadata::parse(metadata.to_string().as_bytes()).unwrap();
    let lying = Server::from_metadata(&metadata, Transport::Https).unwrap();
    let client = by(lying, asserting(LocalSigner::generate(Algorithm::Es256, "mine").unwrap()));
    let mut exchange = client.client_credentials(&scopes("read")).unwrap();
    let (first, second) = (assertion(&mut exchange, &world), assertion(&mut exchange, &world));
    for claims in [&first, &second] {
        assert_eq!(
            (&claims["aud"], &claims["iss"], &claims["sub"]),
            (&json!(ISSUER), &json!("machine"), &json!("machine"))
        );
        assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 60);
    }
    assert_ne!(first["jti"], second["jti"]);
}

#[test]
fn a_client_with_a_certificate_goes_where_one_is_asked_for() {
    let world = World::with(|config| {
        let aliases = Some("https://mtls.as.example".parse().unwrap());
        config.mutual_tls = Some(MutualTls { aliases });
    });
    let mut exchange = by(found(&world), ClientAuthentication::SelfSignedTlsClientAuth)
        .client_credentials(&scopes("read"))
        .unwrap();
    let request = exchange.request(world.moment()).unwrap().request;
    assert_eq!(request.uri(), "https://mtls.as.example/oauth2/token");
    assert!(String::from_utf8_lossy(request.body()).ends_with("client_id=machine"));
    // Of every endpoint (RFC 8705 section 5); where no alias is named, to the one of everybody.
    let mut metadata = run(&world, Discovery::new(ISSUER, Transport::Https).unwrap()).unwrap();
    metadata.extra.insert("device_authorization_endpoint".into(), json!("https://as.example/device"));
    let named = |name: &str| (name.to_owned(), json!(format!("https://mtls.as.example/{name}")));
    let aliases =
        ["revocation_endpoint", "introspection_endpoint", "device_authorization_endpoint"].map(named);
    metadata.extra.insert("mtls_endpoint_aliases".into(), Value::Object(aliases.into_iter().collect()));
    let server = Server::from_metadata(&metadata, Transport::Https).unwrap();
    let client = by(server, ClientAuthentication::TlsClientAuth);
    let at = |outgoing: Result<Outgoing, Error>| outgoing.unwrap().request.uri().to_string();
    let (token, moment) = (Secret::new("t"), || world.moment());
    assert_eq!(
        [
            at(client.revoke(&token).unwrap().request(moment())),
            at(client.introspect(&token).unwrap().request(moment())),
            at(client.device(&scopes("read")).unwrap().request(moment())),
            at(client.client_credentials(&scopes("read")).unwrap().request(moment())),
        ],
        [
            "https://mtls.as.example/revocation_endpoint",
            "https://mtls.as.example/introspection_endpoint",
            "https://mtls.as.example/device_authorization_endpoint",
            "https://as.example/oauth2/token",
        ]
    );
    // Whoever shows none stays where everybody goes.
    let mut exchange = by(found(&world), ClientAuthentication::SecretBasic(SECRET.into()))
        .client_credentials(&scopes("read"))
        .unwrap();
    assert_eq!(exchange.request(world.moment()).unwrap().request.uri(), "https://as.example/oauth2/token");

    for (alias, problem) in [
        ("http://mtls.as.example/token", UrlError::Insecure),
        ("https://mtls.as.example/token#x", UrlError::Component),
        ("https://mtls.as.example/token?client_id=x", UrlError::Component),
        ("nowhere", UrlError::Malformed),
    ] {
        let mut metadata = run(&world, Discovery::new(ISSUER, Transport::Https).unwrap()).unwrap();
        metadata.extra.insert("mtls_endpoint_aliases".into(), json!({ "token_endpoint": alias }));
        let refused = Server::from_metadata(&metadata, Transport::Https);
        assert_eq!(refused.err(), Some(MetadataError::Url { member: "token_endpoint", problem }), "{alias}");
    }
}
