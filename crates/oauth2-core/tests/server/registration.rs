//! Dynamic registration (RFC 7591) and its management (RFC 7592).

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use oauth_sansio::{Moment, Reply, Secret, Timestamp};
use oauth2_core::{
    jose::{Algorithm, JwkSet, LocalSigner, Signer, Unsigned},
    server::{
        AuthenticationMethod, ClientKeys, Endpoint, GrantType, JsonText, MetadataError, Origin, Reason,
        RedirectUriError, Registrants, RegistrationPolicy, Step, TrustedIssuer,
    },
};
use proptest::prelude::*;
use serde_json::{Value, json as value};

use crate::world::*;

const PLACE: &str = "/oauth2/register";
const VENDOR: &str = "https://vendor.example";

fn world() -> World {
    world_with(|_| {})
}

fn world_with(change: impl FnOnce(&mut RegistrationPolicy)) -> World {
    World::with(|config| {
        let mut policy = RegistrationPolicy::for_applications(scopes("read write"));
        change(&mut policy);
        config.registration = Some(policy);
    })
}

/// What an application says of itself that is fine.
fn good() -> Value {
    value!({ "client_name": "Photo prints", "redirect_uris": [CALLBACK], "scope": "read write admin" })
}

fn with(name: &str, member: Value) -> Value {
    let mut metadata = good();
    metadata[name] = member;
    metadata
}

fn request(method: Method, path: &str, token: Option<&str>, body: &str) -> Request<Bytes> {
    let mut request = Request::builder().method(method).uri(path);
    if !body.is_empty() {
        request = request.header(header::CONTENT_TYPE, "application/json; charset=utf-8");
    }
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap()
}

fn register_as(world: &World, token: Option<&str>, metadata: &Value) -> Reply<Reason> {
    let request = request(Method::POST, PLACE, token, &metadata.to_string());
    world.drive(world.receive(Endpoint::Registration, request), None)
}

fn register(world: &World, metadata: &Value) -> Reply<Reason> {
    register_as(world, None, metadata)
}

fn registered(world: &World, metadata: &Value) -> Value {
    let reply = register(world, metadata);
    assert_eq!(reply.response.status(), StatusCode::CREATED, "{:?}", reply.reason);
    json(&reply.response)
}

fn manage(world: &World, method: Method, client_id: &str, token: &str, body: &str) -> Reply<Reason> {
    let request = request(method, &format!("{PLACE}/{client_id}"), Some(token), body);
    assert_eq!(world.server.endpoint(request.uri().path()), Some(Endpoint::ClientConfiguration));
    world.drive(world.receive(Endpoint::ClientConfiguration, request), None)
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().unwrap_or_else(|| panic!("{name}: {body}"))
}

#[test]
fn a_client_registers_and_does_the_dance_with_what_it_was_told() {
    let world = world();
    assert_eq!(world.server.metadata().registration_endpoint.as_ref().unwrap().path(), PLACE);
    let told = registered(&world, &with("token_endpoint_auth_method", value!("client_secret_post")));
    assert_eq!(told["client_id_issued_at"], START);
    assert_eq!(told["client_secret_expires_at"], START + 180 * 24 * 60 * 60);
    assert_eq!(
        (&told["grant_types"], &told["response_types"]),
        (&value!(["authorization_code"]), &value!(["code"]))
    );
    let verifier = oauth2_core::pkce::Verifier::generate(&mut world.moment().entropy());
    let challenge = verifier.challenge().to_string();
    let reply =
        world.authorize(&changed(&world.request("web", &challenge), "client_id", text(&told, "client_id")));
    let reply = world.consent(&location(&reply.response), Some(&cookie(&reply.response)), allow());
    let code = query(&location(&reply.response))["code"].clone();
    let parameters = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("code_verifier", verifier.expose()),
        ("client_id", text(&told, "client_id")),
        ("client_secret", text(&told, "client_secret")),
    ];
    assert_eq!(world.token(&[], &parameters).reason, None);
}

#[test]
fn no_secret_of_a_registration_is_stored_readable() {
    let world = world();
    let told = registered(&world, &good());
    let client = world.store.borrow().clients[text(&told, "client_id")].clone();
    assert_eq!(client.origin, Origin::Registered);
    let rows = serde_json::to_string(&*client).unwrap() + &format!("{client:?}");
    for secret in ["client_secret", "registration_access_token"] {
        assert!(!rows.contains(text(&told, secret)));
    }
}

#[test]
fn where_nobody_may_register_there_is_no_endpoint() {
    let world = World::new();
    assert_eq!(world.server.endpoint(PLACE), None);
    assert_eq!(world.server.endpoint(&format!("{PLACE}/web")), None);
    assert_eq!(world.server.metadata().registration_endpoint, None);
    assert_eq!(register(&world, &good()).reason, Some(Reason::RegistrationClosed));
}

#[test]
fn d01_hostile_addresses_are_refused() {
    let world = world();
    for uri in [
        "javascript:alert(1)",
        "data:text/html,x",
        "http://app.example/cb",
        "https://a@app.example/",
        "//x",
        "",
    ] {
        let reply = register(&world, &with("redirect_uris", value!([CALLBACK, uri])));
        assert_eq!(error(&reply), "invalid_redirect_uri", "{uri}");
    }
    let reply = register(&world, &with("redirect_uris", value!(["https://app.example/#x"])));
    assert_eq!(reply.reason, Some(Reason::MetadataRedirectUri(RedirectUriError::Fragment)));
    assert_eq!(error(&register(&world, &with("redirect_uris", value!([])))), "invalid_client_metadata");
    for member in ["client_uri", "logo_uri", "tos_uri", "policy_uri", "jwks_uri"] {
        for uri in ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "x"] {
            let reply = register(&world, &with(member, value!(uri)));
            assert_eq!(error(&reply), "invalid_client_metadata", "{member} {uri}");
        }
    }
    assert_eq!(world.store.borrow().clients.len(), 4);
}

#[test]
fn d02_a_client_gets_what_is_open_to_such_and_is_told_so() {
    let world = world();
    let mut asked =
        with("grant_types", value!(["authorization_code", "client_credentials", "password", "x:y"]));
    asked["response_types"] = value!(["code", "token"]);
    asked["client_id"] = value!("web");
    asked["origin"] = value!("first_party");
    let told = registered(&world, &asked);
    assert_eq!(
        (&told["scope"], &told["grant_types"]),
        (&value!("read write"), &value!(["authorization_code"]))
    );
    assert_eq!(told["response_types"], value!(["code"]));
    assert_ne!(told["client_id"], "web");
    let client = world.store.borrow().clients[text(&told, "client_id")].clone();
    assert_eq!(
        (client.origin, client.grants.as_slice()),
        (Origin::Registered, &[GrantType::AuthorizationCode][..])
    );
    // A method that is not open, or one for which something is missing.
    for method in ["client_secret_jwt", "tls_client_auth", "private_key_jwt", "x"] {
        let reply = register(&world, &with("token_endpoint_auth_method", value!(method)));
        assert_eq!(error(&reply), "invalid_client_metadata", "{method}");
    }
    let reply = register(&world, &with("grant_types", value!(["client_credentials"])));
    assert_eq!(reply.reason, Some(Reason::Metadata(MetadataError::Value("grant_types"))));
    let reply = register(&world, &with("response_types", value!(["token"])));
    assert_eq!(reply.reason, Some(Reason::Metadata(MetadataError::Value("response_types"))));
}

#[test]
fn a_public_client_has_no_secret_and_no_grant_that_needs_one() {
    let world = world_with(|policy| policy.grants.extend([GrantType::ClientCredentials]));
    let mut asked = with("token_endpoint_auth_method", value!("none"));
    asked["grant_types"] = value!(["authorization_code", "client_credentials"]);
    let told = registered(&world, &asked);
    assert!(told.get("client_secret").is_none() && told.get("client_secret_expires_at").is_none());
    assert_eq!(told["grant_types"], value!(["authorization_code"]));
}

#[test]
fn an_algorithm_that_a_client_could_not_use_is_not_registered() {
    let world = world();
    let asked = |method: &str, algorithm: &str| {
        let mut asked = with("token_endpoint_auth_method", value!(method));
        asked["token_endpoint_auth_signing_alg"] = value!(algorithm);
        asked["jwks"] = value!({ "keys": [] });
        register(&world, &asked)
    };
    for (method, algorithm) in
        [("private_key_jwt", "none"), ("private_key_jwt", "HS256"), ("private_key_jwt", "x")]
    {
        let reply = asked(method, algorithm);
        assert_eq!(error(&reply), "invalid_client_metadata", "{method} {algorithm}");
        let wrong = Reason::Metadata(MetadataError::Value("token_endpoint_auth_signing_alg"));
        assert_eq!(reply.reason, Some(wrong), "{method} {algorithm}");
    }
    let told = json(&asked("private_key_jwt", "Ed25519").response);
    assert_eq!(told["token_endpoint_auth_signing_alg"], "EdDSA", "{told}");
}

#[test]
fn a05_a_scheme_that_no_request_could_name_is_not_registered() {
    let asked = with("redirect_uris", value!(["com.example.app:/cb"]));
    assert_eq!(register(&world(), &asked).response.status(), StatusCode::CREATED);
    let closed = World::with(|config| {
        config.registration = Some(RegistrationPolicy::for_applications(scopes("read")));
        config.policy.private_use_schemes = false;
    });
    assert_eq!(error(&register(&closed, &asked)), "invalid_redirect_uri");
}

#[test]
fn an_application_on_the_device_is_one_by_where_it_answers() {
    let world = world();
    for (uris, kind) in [
        (value!([CALLBACK]), "web"),
        (value!(["http://127.0.0.1/cb"]), "native"),
        (value!([CALLBACK, "com.example.app:/cb"]), "native"),
    ] {
        assert_eq!(registered(&world, &with("redirect_uris", uris))["application_type"], kind);
    }
    let mut asked = with("redirect_uris", value!(["com.example.app:/cb"]));
    asked["application_type"] = value!("web");
    assert_eq!(error(&register(&world, &asked)), "invalid_redirect_uri");
}

#[test]
fn d03_a_registration_that_nobody_renews_is_over() {
    let world = world_with(|policy| policy.lifetime = Some(Duration::from_secs(3600)));
    let told = registered(&world, &good());
    let (client_id, token) = (text(&told, "client_id"), text(&told, "registration_access_token"));
    world.pass(3599);
    let mut same = good();
    same["client_id"] = value!(client_id);
    assert_eq!(manage(&world, Method::PUT, client_id, token, &same.to_string()).reason, None);
    world.pass(3599);
    assert_eq!(manage(&world, Method::GET, client_id, token, "").reason, None);
    world.pass(1);
    let reply = manage(&world, Method::GET, client_id, token, "");
    assert_eq!(reply.reason, Some(Reason::RegistrationToken));
    let reply = world.authorize(&[("client_id", client_id)]);
    assert_eq!(reply.reason, Some(Reason::UnknownClient));
}

#[test]
fn d03_the_operator_decides_who_registers() {
    let secret = Secret::new("a-token-of-the-operator");
    let world = world_with(|policy| policy.registrants = Registrants::with_tokens([secret.clone()]));
    let reply = register(&world, &good());
    assert_eq!(
        (reply.response.status(), reply.reason),
        (StatusCode::UNAUTHORIZED, Some(Reason::RegistrationTokenMissing))
    );
    assert_eq!(reply.response.headers()[header::WWW_AUTHENTICATE], "Bearer");
    let reply = register_as(&world, Some("guessed"), &good());
    assert_eq!((error(&reply).as_str(), reply.reason), ("invalid_token", Some(Reason::RegistrationToken)));
    assert_eq!(reply.response.headers()[header::WWW_AUTHENTICATE], "Bearer error=\"invalid_token\"");
    assert_eq!(register_as(&world, Some(secret.expose()), &good()).reason, None);
}

#[test]
fn d04_a_token_is_for_its_own_registration_as_long_as_that_is_there() {
    let world = world();
    let (one, other) = (registered(&world, &good()), registered(&world, &good()));
    let token = text(&one, "registration_access_token");
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let body = if method == Method::PUT { good().to_string() } else { String::new() };
        for client_id in [text(&other, "client_id"), "web", "nobody", "a%2Fb"] {
            let reply = manage(&world, method.clone(), client_id, token, &body);
            assert_eq!(reply.response.status(), StatusCode::UNAUTHORIZED, "{method} {client_id}");
            assert_eq!(reply.reason, Some(Reason::RegistrationToken));
        }
    }
    let client_id = text(&one, "client_id");
    let reply = manage(&world, Method::DELETE, client_id, token, "");
    assert_eq!((reply.response.status(), reply.response.body().len()), (StatusCode::NO_CONTENT, 0));
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(manage(&world, method, client_id, token, "").reason, Some(Reason::RegistrationToken));
    }
    assert_eq!(world.authorize(&[("client_id", client_id)]).reason, Some(Reason::UnknownClient));
    // A token for registering is none for this, and the reverse.
    let request = request(Method::GET, &format!("{PLACE}/{client_id}"), None, "");
    let reply = world.drive(world.receive(Endpoint::ClientConfiguration, request), None);
    assert_eq!(reply.reason, Some(Reason::RegistrationTokenMissing));
}

#[test]
fn what_is_registered_is_read_replaced_and_kept_but_for_its_secret() {
    let world = world();
    let told = registered(&world, &good());
    let (client_id, token) = (text(&told, "client_id"), text(&told, "registration_access_token"));
    assert_eq!(text(&told, "registration_client_uri"), format!("{ISSUER}{PLACE}/{client_id}"));
    let read = json(&manage(&world, Method::GET, client_id, token, "").response);
    assert_eq!(
        (&read["client_name"], &read["redirect_uris"]),
        (&told["client_name"], &told["redirect_uris"])
    );
    assert!(read.get("client_secret").is_none());
    assert_eq!(read["registration_access_token"], token);

    let mut next = value!({ "client_id": client_id, "redirect_uris": ["https://app.example/new"] });
    next["client_secret"] = told["client_secret"].clone();
    let replaced = json(&manage(&world, Method::PUT, client_id, token, &next.to_string()).response);
    assert_eq!(replaced["redirect_uris"], value!(["https://app.example/new"]));
    assert!(replaced.get("client_name").is_none() && replaced.get("client_secret").is_none());
    let client = world.store.borrow().clients[client_id].clone();
    let secret = Secret::new(text(&told, "client_secret"));
    assert_eq!(
        client.authentication,
        oauth2_core::server::Authentication::secret(&secret, oauth2_core::server::SecretMethods::Basic)
    );

    // Another method needs another secret, which is told once.
    next["token_endpoint_auth_method"] = value!("client_secret_post");
    let replaced = json(&manage(&world, Method::PUT, client_id, token, &next.to_string()).response);
    assert_ne!(replaced["client_secret"], told["client_secret"]);
    assert!(replaced["client_secret"].is_string());
}

#[test]
fn whoever_replaces_a_registration_says_which_and_nothing_that_the_server_says() {
    let world = world();
    let told = registered(&world, &good());
    let (client_id, token) = (text(&told, "client_id"), text(&told, "registration_access_token"));
    let mut same = good();
    same["client_id"] = value!(client_id);
    for (name, member) in [
        ("client_id", value!("web")),
        ("client_id", value!("")),
        ("client_secret", value!("guessed")),
        ("client_secret", value!(null)),
        ("registration_access_token", value!("mine")),
        ("registration_client_uri", value!("https://elsewhere.example")),
        ("client_id_issued_at", value!(1)),
    ] {
        let mut body = same.clone();
        body[name] = member;
        let reply = manage(&world, Method::PUT, client_id, token, &body.to_string());
        assert_eq!(error(&reply), "invalid_client_metadata", "{name}");
    }
    let request = request(Method::POST, &format!("{PLACE}/{client_id}"), Some(token), "{}");
    let reply = world.drive(world.receive(Endpoint::ClientConfiguration, request), None);
    assert_eq!(reply.response.headers()[header::ALLOW], "GET, PUT, DELETE");
}

#[test]
fn d05_a_private_or_shared_key_is_refused_and_two_key_sets_are() {
    let world = world();
    let public = LocalSigner::generate(Algorithm::Es256, "k").unwrap().public().unwrap().to_value();
    let mut private = public.clone();
    private["d"] = value!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    for key in [private, value!({ "kty": "oct", "k": "c2VjcmV0" })] {
        let reply = register(&world, &with("jwks", value!({ "keys": [public, key] })));
        assert_eq!(reply.reason, Some(Reason::Metadata(MetadataError::PrivateKey)), "{key}");
    }
    let mut both = with("jwks", value!({ "keys": [public] }));
    both["jwks_uri"] = value!("https://app.example/jwks");
    assert_eq!(register(&world, &both).reason, Some(Reason::Metadata(MetadataError::TwoKeySets)));
    let mut keyed = with("jwks", value!({ "keys": [public] }));
    keyed["token_endpoint_auth_method"] = value!("private_key_jwt");
    assert!(registered(&world, &keyed).get("client_secret").is_none());
}

#[test]
fn d06_a_software_statement_is_by_somebody_who_is_believed() {
    let vendor = LocalSigner::generate(Algorithm::Es256, "v1").unwrap();
    let keys = ClientKeys::Jwks(JsonText::of(&JwkSet::new([vendor.public().unwrap()]).to_value()));
    let world = world_with(|policy| {
        policy.statement_issuers = vec![TrustedIssuer::new(VENDOR, keys)];
        policy.require_statement = true;
    });
    let statement = |signer: &LocalSigner, typ, claims: Value| {
        let unsigned = Unsigned::new(signer, typ, claims.to_string().as_bytes());
        let signature = signer.sign(unsigned.input()).unwrap();
        unsigned.signed(&signature)
    };
    let claims = value!({ "iss": VENDOR, "client_name": "Certified", "exp": START + 60, "software_id": "s" });
    let changed = |name: &str, claim: Value| {
        let mut claims = claims.clone();
        claims[name] = claim;
        claims
    };
    let told =
        registered(&world, &with("software_statement", value!(statement(&vendor, None, claims.clone()))));
    assert_eq!((&told["client_name"], &told["software_id"]), (&value!("Certified"), &value!("s")));
    assert!(told.get("exp").is_none());

    let stranger = LocalSigner::generate(Algorithm::Es256, "v1").unwrap();
    for (statement, code) in [
        (statement(&stranger, None, claims.clone()), "invalid_software_statement"),
        (statement(&vendor, Some("at+jwt"), claims.clone()), "invalid_software_statement"),
        (statement(&vendor, None, changed("exp", value!(START - 11))), "invalid_software_statement"),
        (statement(&vendor, None, changed("nbf", value!(START + 11))), "invalid_software_statement"),
        (
            statement(&vendor, None, changed("aud", value!("https://elsewhere.example"))),
            "invalid_software_statement",
        ),
        (statement(&vendor, None, changed("software_statement", value!("x"))), "invalid_software_statement"),
        (
            statement(&vendor, None, changed("iss", value!("https://stranger.example"))),
            "unapproved_software_statement",
        ),
        (
            statement(&vendor, None, changed("redirect_uris", value!(["javascript:x"]))),
            "invalid_redirect_uri",
        ),
        ("garbage".into(), "invalid_software_statement"),
    ] {
        assert_eq!(
            error(&register(&world, &with("software_statement", value!(statement)))),
            code,
            "{statement}"
        );
    }
    assert_eq!(error(&register(&world, &good())), "unapproved_software_statement");
}

#[test]
fn d07_nothing_that_a_client_names_is_fetched_to_register_it() {
    let world = world();
    let mut metadata = good();
    for member in ["client_uri", "logo_uri", "tos_uri", "policy_uri", "jwks_uri", "sector_identifier_uri"] {
        metadata[member] = value!("https://169.254.169.254/latest/meta-data");
    }
    // From the request to the row there is no other pause.
    let request = request(Method::POST, PLACE, None, &metadata.to_string());
    let step = world.receive(Endpoint::Registration, request);
    assert!(matches!(step, Step::Commit(_)), "{step:?}");
}

#[test]
fn d22_members_of_another_type_and_arrays_with_holes_are_refused() {
    let world = world();
    for (name, member) in [
        ("redirect_uris", value!([null])),
        ("redirect_uris", value!([CALLBACK, 7])),
        ("redirect_uris", value!(CALLBACK)),
        ("redirect_uris", value!([[CALLBACK]])),
        ("grant_types", value!([null, "authorization_code"])),
        ("response_types", value!({})),
        ("contacts", value!([1])),
        ("scope", value!(["read"])),
        ("scope", value!("\"")),
        ("client_name", value!(7)),
        ("client_name", value!(null)),
        ("jwks", value!([])),
        ("jwks", value!({ "keys": {} })),
        ("dpop_bound_access_tokens", value!("true")),
        ("require_pushed_authorization_requests", value!(1)),
        ("application_type", value!("browser")),
        ("client_name", value!("x".repeat(4000))),
        ("redirect_uris", value!(vec![CALLBACK; 100])),
    ] {
        let reply = register(&world, &with(name, member.clone()));
        assert_eq!(error(&reply), "invalid_client_metadata", "{name}: {member}");
    }
    for body in ["[]", "7", "{", "{\"client_name\":\"a\",\"client_name\":\"b\"}", "\u{feff}{}"] {
        let reply = world
            .drive(world.receive(Endpoint::Registration, request(Method::POST, PLACE, None, body)), None);
        assert_eq!(error(&reply), "invalid_client_metadata", "{body}");
    }
}

#[test]
fn a_registration_is_a_post_of_bounded_json() {
    let world = world();
    let send = |request| world.drive(world.receive(Endpoint::Registration, request), None);
    let reply = send(request(Method::GET, PLACE, None, ""));
    assert_eq!(
        (reply.response.status(), reply.response.headers()[header::ALLOW].to_str().unwrap()),
        (StatusCode::METHOD_NOT_ALLOWED, "POST")
    );
    let reply = send(request_with(Method::POST, PLACE, "application/x-www-form-urlencoded", "client_name=x"));
    assert_eq!(reply.reason, Some(Reason::NotJson));
    let large = format!("{{\"client_name\":\"{}\"}}", "x".repeat(20_000));
    let reply = send(request(Method::POST, PLACE, None, &large));
    assert_eq!(reply.response.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[test]
fn a_method_that_the_server_does_not_serve_is_none_to_register_for() {
    let world = World::with(|config| {
        config.policy.authentication_methods.remove(&AuthenticationMethod::None);
        config.registration = Some(RegistrationPolicy::for_applications(scopes("read")));
    });
    let reply = register(&world, &with("token_endpoint_auth_method", value!("none")));
    assert_eq!(reply.reason, Some(Reason::Metadata(MetadataError::Value("token_endpoint_auth_method"))));
}

proptest! {
    #[test]
    fn a31_no_identifier_that_is_given_out_is_an_address(seed: [u8; 32]) {
        let world = world();
        let moment = Moment::new(Timestamp::from_unix(START), seed);
        let request = request(Method::POST, PLACE, None, &good().to_string());
        let reply = world.drive(world.server.receive(Endpoint::Registration, &request, moment), None);
        let told = json(&reply.response);
        let client_id = text(&told, "client_id");
        prop_assert!(client_id.len() == 43);
        prop_assert!(client_id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')));
    }
}
