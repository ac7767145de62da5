//! Clients whose identifier is the address of their description (draft-ietf-oauth-client-id-metadata-document).

use http::StatusCode;
use oauth_sansio::{Reply, Warning};
use oauth2_core::{
    pkce::Verifier,
    server::{
        Client, ClientDocumentError, ClientMetadata, Config, DocumentKind, Endpoint, FetchError, GrantType,
        MetadataError, Origin, Reason, Step,
    },
};
use serde_json::{Value, json};

use crate::world::*;

const ID: &str = "https://app.example/client.json";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn with(change: impl FnOnce(&mut Config)) -> World {
    World::with(|config| {
        config.policy.client_id_metadata_documents = true;
        config.document_clients.scopes = scopes("read");
        change(config);
    })
}

fn world() -> World {
    let world = with(|_| {});
    world.web.publish(ID, &description());
    world
}

fn description() -> Value {
    json!({
        "client_id": ID,
        "client_name": "Album",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    })
}

/// The description with another member.
fn but(name: &str, value: Value) -> Value {
    let mut description = description();
    description[name] = value;
    description
}

fn parameters<'a>(client_id: &'a str, challenge: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", CALLBACK),
        ("scope", "read"),
        ("state", "st"),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ]
}

fn authorize(world: &World, client_id: &str) -> Reply<Reason> {
    world.authorize(&parameters(client_id, CHALLENGE))
}

/// From the authorization request to the code.
fn code(world: &World) -> (String, String) {
    let verifier = Verifier::generate(&mut world.moment().entropy());
    let challenge = verifier.challenge().to_string();
    let reply = world.authorize(&parameters(ID, &challenge));
    assert_eq!(reply.reason, None);
    let (consent, cookie) = (location(&reply.response), cookie(&reply.response));
    let reply = world.consent(&consent, Some(&cookie), allow());
    (query(&location(&reply.response))["code"].clone(), verifier.expose().to_owned())
}

fn redeem(world: &World, (code, verifier): &(String, String)) -> Reply<Reason> {
    let grant = [("grant_type", "authorization_code"), ("code", code), ("code_verifier", verifier)];
    world.token(&[], &[&grant[..], &[("client_id", ID)]].concat())
}

/// The reason for which the description is refused, told to nobody but the operator.
fn refused(world: &World, description: &Value) -> Option<ClientDocumentError> {
    world.web.publish(ID, description);
    let reply = authorize(world, ID);
    let Some(Reason::ClientDocument(error)) = reply.reason else {
        assert_eq!(reply.reason, None, "{description}");
        return None;
    };
    assert_direct(&reply, StatusCode::BAD_REQUEST, description);
    let posted =
        world.token(&[], &[("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", ID)]);
    assert_eq!((crate::world::error(&posted), posted.reason), ("invalid_client".into(), reply.reason));
    Some(error)
}

#[test]
fn a_client_that_nobody_registered_goes_from_its_description_to_tokens() {
    let world = world();
    let tokens = Tokens::of(&redeem(&world, &code(&world)));
    assert_eq!(tokens.scope, "read");
    assert_eq!(&*world.api(&tokens.access).unwrap().client_id, ID);
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", &*tokens.refresh), ("client_id", ID)];
    Tokens::of(&world.token(&[], &refresh));
    let asked = world.web.asked();
    // One for each request that speaks of the client: authorization, consent, code, refresh.
    assert_eq!(asked.len(), 4);
    for wanted in asked {
        assert_eq!((wanted.url.as_str(), wanted.kind), (ID, DocumentKind::ClientMetadata));
        assert_eq!(wanted.newer_than, None);
    }
}

#[test]
fn one_request_is_one_look_up_and_one_commit() {
    let world = world();
    let code = code(&world);
    world.store.borrow_mut().trips = (0, 0);
    Tokens::of(&redeem(&world, &code));
    assert_eq!(world.store.borrow().trips, (1, 1));
}

#[test]
fn nothing_is_fetched_where_the_policy_does_not_say_so() {
    let world = with(|config| config.policy.client_id_metadata_documents = false);
    world.web.publish(ID, &description());
    let reply = authorize(&world, ID);
    assert_direct(&reply, StatusCode::BAD_REQUEST, ID);
    assert_eq!(reply.reason, Some(Reason::UnknownClient));
    assert!(world.web.asked().is_empty());
    assert!(!world.server.metadata().extra.contains_key("client_id_metadata_document_supported"));
    let takes = with(|_| {});
    assert_eq!(takes.server.metadata().extra["client_id_metadata_document_supported"], Value::Bool(true));
}

#[test]
fn a_registered_client_is_what_it_was_registered_as_and_a_deleted_one_stays_away() {
    let world = world();
    world.register(Client { client_id: ID.into(), ..web() });
    assert_eq!(authorize(&world, ID).reason, None);
    assert!(world.web.asked().is_empty());
    world.store.borrow_mut().revoked.insert(Client::new(ID).family());
    assert_eq!(authorize(&world, ID).reason, Some(Reason::UnknownClient));
    assert!(world.web.asked().is_empty());
}

#[test]
fn a_description_gets_no_more_than_the_settings_open_to_it() {
    let world = world();
    let all = ["authorization_code", "refresh_token", "client_credentials", "urn:of:nobody"];
    world.web.publish(ID, &but("grant_types", json!(all)));
    let wide = changed(&parameters(ID, "x"), "scope", "read write");
    let reply = world.authorize(&changed(&wide, "code_challenge", CHALLENGE));
    assert_eq!(reply.reason, Some(Reason::ScopeNotAllowed));
    let reply = world.token(&[], &[("grant_type", "client_credentials"), ("client_id", ID)]);
    assert_eq!(error(&reply), "unauthorized_client");
    // What it does not ask for, it does not get either.
    world.web.publish(ID, &but("grant_types", json!(["authorization_code"])));
    assert_eq!(json(&redeem(&world, &code(&world)).response).get("refresh_token"), None);
}

#[test]
fn d12_a_description_of_another_spelling_of_the_address_is_of_another_client() {
    let world = world();
    for near in [
        "https://app.example/client.json/",
        "https://app.example:443/client.json",
        "https://App.example/client.json",
        "https://app.example/client.jso%6E",
        "https://app.example/Client.json",
        "http://app.example/client.json",
        "https://app.example/client.json?",
        "",
    ] {
        let error = refused(&world, &but("client_id", json!(near)));
        assert_eq!(error, Some(ClientDocumentError::OtherClient), "{near}");
    }
    let missing = MetadataError::Missing("client_id");
    let mut description = description();
    description.as_object_mut().unwrap().remove("client_id");
    assert_eq!(refused(&world, &description), Some(ClientDocumentError::Metadata(missing)));
}

#[test]
fn d13_an_identifier_that_is_a_malformed_address_is_refused_and_nothing_is_fetched() {
    let world = world();
    let long = format!("https://app.example/{}", "a".repeat(Client::MAX_ID_BYTES));
    for id in [
        "https://app.example",
        "https:",
        "https:app.example/client.json",
        "https:///app.example/client.json",
        "https:\\\\app.example/client.json",
        "https://ann@app.example/client.json",
        "https://:secret@app.example/client.json",
        "https://@app.example/client.json",
        "https://app.example/client.json#",
        "https://app.example/client.json#me",
        "https://app.example/client.json?",
        "https://app.example/./client.json",
        "https://app.example/a/../client.json",
        "https://app.example/a/%2e%2e/client.json",
        "https://app.example/..",
        "https://app.example:443/client.json",
        "https://APP.example/client.json",
        "https://0177.0.0.1/client.json",
        "https://2130706433/client.json",
        "https://app.example/client json",
        "https://app.example/\tclient.json",
        &long,
    ] {
        let reply = authorize(&world, id);
        assert_direct(&reply, StatusCode::BAD_REQUEST, id);
        assert_eq!(reply.reason, Some(Reason::ClientDocument(ClientDocumentError::Address)), "{id}");
        let reply = world.token(&[], &[("grant_type", "client_credentials"), ("client_id", id)]);
        assert_eq!(error(&reply), "invalid_client");
    }
    for id in ["http://app.example/client.json", "HTTPS://app.example/client.json", "ftp://app.example/c"] {
        assert_eq!(authorize(&world, id).reason, Some(Reason::UnknownClient), "{id}");
    }
    assert!(world.web.asked().is_empty());
}

#[test]
fn an_address_may_have_a_port_and_a_query() {
    let world = world();
    for id in ["https://app.example:8443/c", "https://app.example/c?v=2", "https://app.example/"] {
        world.web.publish(id, &but("client_id", json!(id)));
        assert_eq!(authorize(&world, id).reason, None, "{id}");
    }
}

#[test]
fn d11_an_answer_that_is_no_description_is_refused() {
    let world = world();
    let text = description().to_string();
    let large = but("client_uri", json!(format!("https://app.example/{}", "a".repeat(5000)))).to_string();
    for (status, content_type, body, expected) in [
        (404, "application/json", &text, FetchError::Status),
        (201, "application/json", &text, FetchError::Status),
        (302, "application/json", &text, FetchError::Status),
        (200, "text/html", &text, FetchError::ContentType),
        (200, "application/jsonp", &text, FetchError::ContentType),
        (200, "", &text, FetchError::ContentType),
        (200, "application/json", &large, FetchError::TooLarge),
    ] {
        world.web.answer(ID, status, content_type, body);
        let reason = Reason::ClientDocument(ClientDocumentError::Fetch(expected));
        let reply = authorize(&world, ID);
        assert_direct(&reply, StatusCode::BAD_REQUEST, expected);
        assert_eq!(reply.reason, Some(reason));
    }
    for content_type in ["application/json; charset=utf-8", "Application/JSON", "application/client+json"] {
        world.web.answer(ID, 200, content_type, &text);
        assert_eq!(authorize(&world, ID).reason, None, "{content_type}");
    }
    for body in ["", "[]", "{", "null", r#"{"client_id":1}"#] {
        world.web.answer(ID, 200, "application/json", body);
        assert!(matches!(authorize(&world, ID).reason, Some(Reason::ClientDocument(_))), "{body}");
    }
}

#[test]
fn d14_a_description_with_a_secret_or_a_method_that_needs_one_is_refused() {
    let world = world();
    for name in ["client_secret", "client_secret_expires_at"] {
        for value in [json!("s"), json!(0), json!(null)] {
            assert_eq!(refused(&world, &but(name, value)), Some(ClientDocumentError::Secret));
        }
    }
    for method in ["client_secret_basic", "client_secret_post", "client_secret_jwt"] {
        let error = refused(&world, &but("token_endpoint_auth_method", json!(method)));
        assert_eq!(error, Some(ClientDocumentError::Method), "{method}");
    }
    let unknown = refused(&world, &but("token_endpoint_auth_method", json!("shared_secret_hmac")));
    let value = MetadataError::Value("token_endpoint_auth_method");
    assert_eq!(unknown, Some(ClientDocumentError::Metadata(value)));
}

#[test]
fn a_description_is_complete_strictly_typed_and_without_private_keys() {
    let world = world();
    let private = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "d": "AA", "x": "AA" }] });
    let shared = json!({ "keys": [{ "kty": "oct", "k": "AA" }] });
    let mut both = but("jwks", json!({ "keys": [] }));
    both["jwks_uri"] = json!("https://app.example/keys");
    for (description, expected) in [
        (but("jwks", private), MetadataError::PrivateKey),
        (but("jwks", shared), MetadataError::PrivateKey),
        (both, MetadataError::TwoKeySets),
        (but("jwks", json!("{}")), MetadataError::Type("jwks")),
        (but("jwks_uri", json!("http://app.example/keys")), MetadataError::Value("jwks_uri")),
        (but("jwks_uri", json!("https://ann@app.example/keys")), MetadataError::Value("jwks_uri")),
        (but("redirect_uris", json!([])), MetadataError::Missing("redirect_uris")),
        (but("redirect_uris", json!([CALLBACK, null])), MetadataError::Type("redirect_uris")),
        (but("redirect_uris", json!([CALLBACK, 7])), MetadataError::Type("redirect_uris")),
        (but("redirect_uris", json!(CALLBACK)), MetadataError::Type("redirect_uris")),
        (but("redirect_uris", json!(vec![CALLBACK; 33])), MetadataError::Value("redirect_uris")),
        (but("grant_types", json!([null])), MetadataError::Type("grant_types")),
        (but("client_name", json!(" ")), MetadataError::Missing("client_name")),
        (but("client_name", json!(7)), MetadataError::Type("client_name")),
        (but("client_uri", json!("javascript:alert(1)")), MetadataError::Value("client_uri")),
        (but("logo_uri", json!(null)), MetadataError::Type("logo_uri")),
        (but("scope", json!("a  b")), MetadataError::Value("scope")),
        (
            but("request_object_signing_alg", json!("none")),
            MetadataError::Value("request_object_signing_alg"),
        ),
        (but("response_types", json!(["token"])), MetadataError::Value("response_types")),
    ] {
        assert_eq!(refused(&world, &description), Some(ClientDocumentError::Metadata(expected)));
    }
    for uri in ["javascript:alert(1)", "http://app.example/cb", "https://app.example/cb#x"] {
        let error = refused(&world, &but("redirect_uris", json!([CALLBACK, uri])));
        assert!(matches!(error, Some(ClientDocumentError::Client(_))), "{uri} {error:?}");
    }
}

#[test]
fn what_metadata_says_is_kept_member_by_member() {
    let read = |value: Value| ClientMetadata::parse(value.to_string().as_bytes()).unwrap();
    let full = json!({
        "client_name": "Album", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "private_key_jwt",
        "grant_types": ["authorization_code"], "response_types": ["code"], "scope": "read",
        "application_type": "web", "jwks_uri": "https://app.example/keys", "contacts": ["ann@app.example"],
        "client_uri": "https://app.example/", "software_id": "album",
        "dpop_bound_access_tokens": true, "require_pushed_authorization_requests": false,
        "tls_client_certificate_bound_access_tokens": false,
        "require_signed_request_object": false, "request_object_signing_alg": "ES256",
        "authorization_signed_response_alg": "EdDSA",
    });
    let metadata = read(full.clone());
    assert!(metadata.demands.dpop_bound_access_tokens && metadata.others.is_empty());
    assert_eq!(serde_json::to_value(metadata).unwrap(), full);
    assert_eq!(read(json!({ "client_name#de": "Album" })).others.len(), 1);
    let twice = r#"{"scope":"a","scope":"b"}"#;
    assert_eq!(ClientMetadata::parse(twice.as_bytes()), Err(MetadataError::Malformed));
    let large = vec![b' '; ClientMetadata::MAX_BYTES + 1];
    assert_eq!(ClientMetadata::parse(&large), Err(MetadataError::TooLarge));
}

#[test]
fn d16_redirect_uris_count_as_they_are_now_and_consent_is_asked_again() {
    let world = world();
    let reply = world.authorize(&parameters(ID, CHALLENGE));
    let (consent, cookie) = (location(&reply.response), cookie(&reply.response));
    let moved = "https://app.example/moved";
    world.web.publish(ID, &but("redirect_uris", json!([moved])));
    // The request that waits does not fit any more, and another one neither.
    let reply = world.consent(&consent, Some(&cookie), allow());
    assert_direct(&reply, StatusCode::BAD_REQUEST, "waiting");
    assert_eq!(reply.reason, Some(Reason::ClientChanged));
    assert_eq!(authorize(&world, ID).reason, Some(Reason::RedirectUriUnregistered));
    // What fits the new description is asked about.
    let reply = world.authorize(&changed(&parameters(ID, CHALLENGE), "redirect_uri", moved));
    let (consent, cookie) = (location(&reply.response), crate::world::cookie(&reply.response));
    let mut step = world.visit(&consent, Some(&cookie));
    while !matches!(step, Step::Interact(_) | Step::Reply(_)) {
        step = world.advance(step);
    }
    assert!(matches!(step, Step::Interact(_)));
}

/// What the person is warned of.
fn warnings(world: &World, client_id: &str, redirect_uri: &str) -> Vec<Warning> {
    let request = changed(&parameters(client_id, CHALLENGE), "redirect_uri", redirect_uri);
    let reply = world.authorize(&request);
    let mut step = world.visit(&location(&reply.response), Some(&cookie(&reply.response)));
    loop {
        match step {
            Step::Interact(pause) => return pause.prompt().warnings.clone(),
            Step::Reply(reply) => panic!("{:?}", reply.reason),
            other => step = world.advance(other),
        }
    }
}

#[test]
fn d17_a_client_that_nobody_looked_at_is_marked_and_one_that_stays_on_the_device_twice() {
    let world = world();
    let local = "http://127.0.0.1:4000/cb";
    assert_eq!(warnings(&world, ID, CALLBACK), [Warning::NobodyKnows]);
    world.web.publish(ID, &but("redirect_uris", json!([local, "http://localhost:4000/cb"])));
    assert_eq!(warnings(&world, ID, local), [Warning::NobodyKnows, Warning::OnlyOnDevice]);
    world.web.publish(ID, &but("redirect_uris", json!([local, CALLBACK])));
    assert_eq!(warnings(&world, ID, local), [Warning::NobodyKnows]);
    assert_eq!(warnings(&world, "web", CALLBACK), []);
    world.register(Client { origin: Origin::Registered, ..web() });
    assert_eq!(warnings(&world, "web", CALLBACK), [Warning::NobodyKnows]);
}

#[test]
fn d18_a_description_that_declares_keys_is_held_to_them() {
    let world = world();
    let mut description = but("token_endpoint_auth_method", json!("private_key_jwt"));
    let error = refused(&world, &description);
    assert!(matches!(error, Some(ClientDocumentError::Client(_))), "without keys: {error:?}");
    description["jwks_uri"] = json!("https://app.example/keys");
    world.web.publish(ID, &description);
    let reply = redeem(&world, &code(&world));
    assert_eq!(
        (crate::world::error(&reply), reply.reason),
        ("invalid_client".into(), Some(Reason::Unauthenticated))
    );
    // Nor may it act on its own behalf, unless that is open to such clients.
    assert!(
        !Config::new(ISSUER.parse().unwrap()).document_clients.grants.contains(&GrantType::ClientCredentials)
    );
}

#[test]
fn z04_whatever_is_wrong_with_an_address_the_answer_is_the_same() {
    let world = world();
    let errors = [
        FetchError::Refused,
        FetchError::Unreachable,
        FetchError::TimedOut,
        FetchError::TooLarge,
        FetchError::Compressed,
    ];
    let mut told = Vec::new();
    for error in errors {
        world.web.fail(ID, error);
        let page = authorize(&world, ID);
        let posted =
            world.token(&[], &[("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", ID)]);
        assert_eq!(page.reason, posted.reason);
        told.push((page.response.body().clone(), posted.response.body().clone()));
    }
    world.web.publish(ID, &json!({}));
    let posted =
        world.token(&[], &[("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", ID)]);
    told.push((authorize(&world, ID).response.body().clone(), posted.response.body().clone()));
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]));
    let text = String::from_utf8_lossy(&told[0].0).into_owned();
    assert!(!text.contains("app.example") && !text.contains("time"), "{text}");
}

#[test]
fn a_device_is_described_by_its_client_too() {
    let world = with(|config| config.document_clients.grants = [GrantType::DeviceCode].into());
    world.web.publish(ID, &but("grant_types", json!([GrantType::DeviceCode.as_str()])));
    let begin = post("/oauth2/device_authorization", &[], &[("client_id", ID)]);
    let reply = world.drive(world.receive(Endpoint::DeviceAuthorization, begin), None);
    assert_eq!(reply.response.status(), StatusCode::OK, "{:?}", reply.reason);
}
