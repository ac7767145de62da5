//! What holds at every endpoint.

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use oauth_sansio::{Moment, Timestamp, form};
use oauth2_core::{
    jose::{Algorithm, LocalSigner},
    server::{AuthorizationServer, Config, ConfigError, Endpoint, GrantType, KeyRing, Reason, RingKey},
};
use proptest::prelude::*;

use crate::world::*;

const ENDPOINTS: [(Endpoint, &str); 4] = [
    (Endpoint::Authorize, "/oauth2/authorize"),
    (Endpoint::Consent, "/oauth2/consent"),
    (Endpoint::Token, "/oauth2/token"),
    (Endpoint::Metadata, "/.well-known/oauth-authorization-server"),
];

#[test]
fn z01_forms_over_a_limit_and_broken_escapes_are_refused() {
    let world = World::new();
    let long_name = format!("{}=1", "n".repeat(65));
    let many = "a&".repeat(100_000);
    let bodies: [(&str, StatusCode); 7] = [
        (many.as_str(), StatusCode::PAYLOAD_TOO_LARGE),
        (&many[..200], StatusCode::PAYLOAD_TOO_LARGE),
        (&long_name, StatusCode::PAYLOAD_TOO_LARGE),
        ("grant_type=%zz", StatusCode::BAD_REQUEST),
        ("grant_type=%ff", StatusCode::BAD_REQUEST),
        ("grant_type=client_credentials%00", StatusCode::UNAUTHORIZED),
        ("grant_type=client_credentials;client_id=machine", StatusCode::UNAUTHORIZED),
    ];
    for (body, status) in bodies {
        let request = request_with(Method::POST, "/oauth2/token", form::MEDIA_TYPE, body);
        let reply = world.drive(world.receive(Endpoint::Token, request), None);
        assert_eq!(reply.response.status(), status, "{body:.40}");
        let request = request_with(Method::POST, "/oauth2/authorize", form::MEDIA_TYPE, body);
        let reply = world.drive(world.receive(Endpoint::Authorize, request), None);
        assert!(reply.response.status().is_client_error(), "{body:.40}");
    }
    assert_eq!(world.store.borrow().size(), (0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn z02_no_bytes_panic_and_every_answer_is_one(
        body: Vec<u8>,
        query in "[ -~]{0,60}",
        authorization in "([ -~]{0,60}|Basic [A-Za-z0-9+/=]{0,40})",
        method in 0..3usize,
    ) {
        let world = World::new();
        for (endpoint, path) in ENDPOINTS {
            let method = [Method::GET, Method::POST, Method::HEAD][method].clone();
            let Ok(request) = Request::builder()
                .method(method)
                .uri(format!("{path}?{}", query.replace(' ', "+")))
                .header(header::CONTENT_TYPE, form::MEDIA_TYPE)
                .header(header::AUTHORIZATION, &authorization)
                .header(header::COOKIE, &authorization)
                .body(Bytes::from(body.clone()))
            else { continue };
            let reply = world.drive(world.receive(endpoint, request.clone()), allow());
            prop_assert!(reply.reason.is_some() || endpoint == Endpoint::Metadata);
            prop_assert!(!reply.response.headers().contains_key(header::LOCATION));
            let _ = world.protected(&world.api, &request);
        }
        prop_assert_eq!(world.store.borrow().size(), (0, 0));
    }

    #[test]
    fn z02_no_value_of_a_parameter_panics_or_redirects_elsewhere(
        name in 0..8usize,
        value in "(\\PC{0,80}|[ -~]{0,80})",
    ) {
        let world = World::new();
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let names = [
            "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge",
            "code_challenge_method", "response_mode",
        ];
        let reply = world.authorize(&changed(&world.request("web", challenge), names[name], &value));
        if let Some(location) = reply.response.headers().get(header::LOCATION) {
            let location = location.to_str().unwrap();
            let ours = location.starts_with("https://as.example/oauth2/consent?handle=");
            prop_assert!(ours || location.starts_with("https://app.example/cb?"), "{location}");
        }
    }

    #[test]
    fn z08_no_clock_makes_a_panic_or_a_token_that_lives_for_ever(start: u64, step: u64) {
        let world = World::new();
        world.now.set(start);
        let tokens = world.tokens("web");
        world.now.set(start.saturating_add(step));
        // A clock at its end has no later second left to expire in.
        let lives = world.api(&tokens.access).is_ok();
        prop_assert_eq!(lives, world.now.get() < start.saturating_add(600));
        // A clock that went back finds what it knew.
        world.now.set(start.saturating_sub(step));
        let _ = world.refresh("web", &tokens.refresh);
    }
}

#[test]
fn z05_rows_hold_what_is_needed_and_no_credential() {
    let world = World::new();
    let issued = world.code("web");
    let request = [
        ("grant_type", "authorization_code"),
        ("code", issued.code.as_str()),
        ("code_verifier", issued.verifier.as_str()),
        ("client_id", "web"),
        ("client_secret", SECRET),
        ("unknown", "parameter"),
    ];
    Tokens::of(&world.token(&[], &request));
    let store = world.store.borrow();
    let rows = format!("{:?}", (&store.pending, &store.codes, &store.access, &store.refresh));
    for secret in [&issued.code, &issued.verifier, SECRET, "unknown", "parameter"] {
        assert!(!rows.contains(secret), "{secret}");
    }
}

#[test]
fn z06_steps_and_rows_print_no_secret() {
    let world = World::new();
    let issued = world.code("web");
    let mut step = world.redeem_step("web", &issued);
    let mut printed = String::new();
    let reply = loop {
        printed += &format!("{step:?} {step:#?}");
        step = match step {
            oauth2_core::server::Step::Reply(reply) => break *reply,
            other => world.advance(other),
        };
    };
    let tokens = Tokens::of(&reply);
    printed += &format!("{:?}", world.store.borrow());
    for secret in [&issued.code, &issued.verifier, &tokens.access, &tokens.refresh, &SECRET.to_owned()] {
        assert!(!printed.contains(secret.as_str()), "{secret}");
    }
}

#[test]
fn z10_a_direct_error_is_no_page_that_could_run_anything() {
    let world = World::new();
    let reply = world.authorize(&[("client_id", "<script>alert(1)</script>")]);
    assert_direct(&reply, StatusCode::BAD_REQUEST, "script");
    assert_eq!(reply.response.headers()[header::CONTENT_TYPE], "text/plain; charset=utf-8");
    assert_guarded(reply.response.headers());
    assert!(!String::from_utf8_lossy(reply.response.body()).contains('<'));
}

#[test]
fn z11_no_value_splits_a_response() {
    let world = World::new();
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let request = world.request("web", challenge);
    for (name, _) in &request {
        let value = "x\r\nSet-Cookie: evil=1\r\n\r\n<html>";
        let reply = world.authorize(&changed(&request, name, value));
        assert!(reply.reason.is_some(), "{name}");
        for value in reply.response.headers().values() {
            assert!(!value.as_bytes().iter().any(|b| matches!(b, b'\r' | b'\n')), "{name}");
        }
        assert!(!reply.response.headers().contains_key("set-cookie"));
    }
}

#[test]
fn d19_the_issuer_comes_from_the_settings_and_never_from_the_request() {
    let world = World::new();
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let spoofed =
        [("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("x-forwarded-proto", "http")];
    let request = get("/oauth2/authorize", &world.request("web", challenge), &spoofed);
    let reply = world.drive(world.receive(Endpoint::Authorize, request), None);
    assert!(location(&reply.response).starts_with("https://as.example/oauth2/consent?"));
    let request = get("/.well-known/oauth-authorization-server", &[], &spoofed);
    let reply = world.drive(world.receive(Endpoint::Metadata, request), None);
    assert!(!String::from_utf8_lossy(reply.response.body()).contains("evil"));
}

#[test]
fn the_metadata_says_what_the_server_does() {
    let world = World::new();
    let request = get("/.well-known/oauth-authorization-server", &[], &[]);
    let reply = world.drive(world.receive(Endpoint::Metadata, request), None);
    assert_eq!(reply.response.status(), StatusCode::OK);
    assert_eq!(reply.response.headers()[header::CONTENT_TYPE], "application/json");
    let expected = serde_json::json!({
        "issuer": "https://as.example",
        "authorization_endpoint": "https://as.example/oauth2/authorize",
        "token_endpoint": "https://as.example/oauth2/token",
        "scopes_supported": ["read", "write", "admin"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": [
            "authorization_code", "refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ],
        "device_authorization_endpoint": "https://as.example/oauth2/device_authorization",
        "token_endpoint_auth_methods_supported":
            ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256", "EdDSA", "Ed25519", "PS256", "RS256", "HS256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "pushed_authorization_request_endpoint": "https://as.example/oauth2/par",
        "introspection_endpoint": "https://as.example/oauth2/introspect",
        "introspection_endpoint_auth_methods_supported":
            ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt"],
        "introspection_endpoint_auth_signing_alg_values_supported": ["ES256", "EdDSA", "Ed25519", "PS256", "RS256", "HS256"],
        "revocation_endpoint": "https://as.example/oauth2/revoke",
        "revocation_endpoint_auth_methods_supported":
            ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"],
        "revocation_endpoint_auth_signing_alg_values_supported": ["ES256", "EdDSA", "Ed25519", "PS256", "RS256", "HS256"],
        "dpop_signing_alg_values_supported": ["ES256", "EdDSA", "Ed25519", "PS256", "RS256"],
        "request_parameter_supported": true,
        "request_object_signing_alg_values_supported": ["ES256", "EdDSA", "Ed25519", "PS256", "RS256"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    });
    assert_eq!(json(&reply.response), expected);
    let request = Request::post("/.well-known/oauth-authorization-server").body(Bytes::new()).unwrap();
    let reply = world.drive(world.receive(Endpoint::Metadata, request), None);
    assert_eq!(reply.response.headers()[header::ALLOW], "GET, HEAD");
}

#[test]
fn a_server_without_codes_tells_of_none_and_gives_none() {
    let world = World::with(|config| {
        config.policy.grants = [GrantType::ClientCredentials].into();
    });
    let told = serde_json::to_value(world.server.metadata()).unwrap();
    // A list without elements is left out (RFC 8414 section 3.2).
    let absent =
        ["authorization_endpoint", "pushed_authorization_request_endpoint", "response_types_supported"];
    for name in absent {
        assert_eq!(told.get(name), None, "{name}");
    }
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let reply = world.authorize(&world.request("web", challenge));
    assert_eq!(reply.reason, Some(Reason::GrantNotAllowed));
    assert_eq!(world.store.borrow().size(), (0, 0));
}

#[test]
fn a_server_that_refreshes_nothing_gives_no_refresh_tokens() {
    let world = World::with(|config| config.policy.grants.retain(|grant| *grant != GrantType::RefreshToken));
    let reply = world.redeem("web", &world.code("web"));
    assert_eq!((reply.reason, json(&reply.response).get("refresh_token")), (None, None));
}

#[test]
fn the_metadata_has_what_the_operator_adds_and_nothing_in_the_place_of_the_server() {
    let with = |name: &str| {
        let mut config = Config::new("https://as.example".parse().unwrap());
        config.more_metadata.insert(name.into(), serde_json::json!("x"));
        AuthorizationServer::new(config).map(|server| server.metadata().extra[name].clone())
    };
    assert_eq!(with("signed_metadata"), Ok(serde_json::json!("x")));
    let own =
        ["issuer", "token_endpoint", "registration_endpoint", "jwks_uri", "request_parameter_supported"];
    for name in own {
        assert_eq!(with(name), Err(ConfigError::Metadata), "{name}");
    }
}

#[test]
fn paths_lead_to_their_endpoints() {
    let world = World::new();
    for (endpoint, path) in ENDPOINTS {
        assert_eq!(world.server.endpoint(path), Some(endpoint));
        assert_eq!(world.server.endpoint(&format!("{path}/")), None);
    }
    let config = Config::new("https://as.example/tenant/".parse().unwrap());
    let server = AuthorizationServer::new(config).unwrap();
    assert_eq!(server.metadata().issuer, "https://as.example/tenant/");
    let path = "/.well-known/oauth-authorization-server/tenant";
    assert_eq!(server.endpoint(path), Some(Endpoint::Metadata));
}

#[test]
fn the_metadata_is_where_the_vectors_say() {
    let cases: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("../../../../vectors/metadata.json")).unwrap();
    let mut ran = 0;
    for case in cases.iter().filter(|case| case["kind"] == "well_known_url") {
        let (issuer, url) = (case["identifier"].as_str().unwrap(), case["expected"]["url"].as_str());
        let (Some(url), false) = (url, case["type"] == "oauth-protected-resource") else { continue };
        let server = AuthorizationServer::new(Config::new(issuer.parse().unwrap())).unwrap();
        let path = url.parse::<url::Url>().unwrap().path().to_owned();
        assert_eq!(server.endpoint(&path), Some(Endpoint::Metadata), "{case}");
        ran += 1;
    }
    assert!(ran > 10, "{ran}");
}

#[test]
fn settings_that_contradict_the_standards_are_refused() {
    let with = |issuer: &str, change: fn(&mut Config)| {
        let mut config = Config::new(issuer.parse().unwrap());
        change(&mut config);
        AuthorizationServer::new(config).err()
    };
    let loopback = |config: &mut Config| config.insecure_loopback = true;
    assert_eq!(with("https://as.example", |_| {}), None);
    assert_eq!(with("http://as.example", |_| {}), Some(ConfigError::InsecureIssuer));
    assert_eq!(with("http://as.example", loopback), Some(ConfigError::InsecureIssuer));
    assert_eq!(with("http://127.0.0.1:8000", |_| {}), Some(ConfigError::InsecureIssuer));
    for issuer in ["http://127.0.0.1:8000", "http://[::1]:8000", "http://localhost"] {
        assert_eq!(with(issuer, loopback), None);
    }
    for issuer in
        ["https://as.example?x", "https://as.example#x", "https://u@as.example", "https://:p@as.example"]
    {
        assert_eq!(with(issuer, |_| {}), Some(ConfigError::Issuer), "{issuer}");
    }
    let rsa = |config: &mut Config| {
        let key = LocalSigner::generate(Algorithm::Rs256, "2026").unwrap().public().unwrap();
        config.signing = KeyRing::new([RingKey::always(key)]).unwrap();
        config.policy.signing_algorithms.remove(&Algorithm::Rs256);
    };
    assert_eq!(with("https://as.example", rsa), Some(ConfigError::SigningAlgorithm));
    let paths: [fn(&mut Config); 5] = [
        |c| c.paths.token = "token".into(),
        |c| c.paths.token = "/t?x".into(),
        |c| c.paths.token = "/a/../b".into(),
        |c| c.paths.token = "/a b".into(),
        |c| c.paths.token = String::new(),
    ];
    for change in paths {
        assert_eq!(with("https://as.example", change), Some(ConfigError::Path));
    }
    let same = |c: &mut Config| c.paths.token = c.paths.consent.clone();
    assert_eq!(with("https://as.example", same), Some(ConfigError::SamePath));
    let prefixes: [fn(&mut Config); 5] = [
        |c| c.prefixes.access = "a.".into(),
        |c| c.prefixes.access = "a b".into(),
        |c| c.prefixes.access = "a\"".into(),
        |c| c.prefixes.refresh = "a=".into(),
        |c| c.prefixes.refresh = "é".into(),
    ];
    for change in prefixes {
        assert_eq!(with("https://as.example", change), Some(ConfigError::Prefix));
    }
}

#[test]
fn the_same_moment_gives_the_same_answer() {
    let world = World::new();
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let moment = || Moment::new(Timestamp::from_unix(START), [7; 32]);
    let ask = || {
        let request = get("/oauth2/authorize", &world.request("web", challenge), &[]);
        let step = world.server.receive(Endpoint::Authorize, &request, moment());
        let oauth2_core::server::Step::Load(pause) = step else { panic!("no look-up") };
        let facts = world.load(pause.wanted());
        world.drive(pause.resume(facts, moment()), None)
    };
    assert!(ask() == ask());
    assert_eq!(ask().reason, None::<Reason>);
}

#[test]
fn the_metadata_is_found_where_clients_of_openid_connect_look_too() {
    let at = |issuer: &str, path| {
        let server = AuthorizationServer::new(Config::new(issuer.parse().unwrap())).unwrap();
        server.endpoint(path) == Some(Endpoint::Metadata)
    };
    for path in ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"] {
        assert!(at("https://as.example", path), "{path}");
    }
    for path in [
        "/.well-known/oauth-authorization-server/one",
        "/.well-known/openid-configuration/one",
        "/one/.well-known/openid-configuration",
    ] {
        assert!(at("https://as.example/one", path), "{path}");
        assert!(!at("https://as.example", path), "{path}");
    }
}
