//! Attacks on the resource server.

use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, header};
use oauth_sansio::form;
use oauth2_core::{
    dpop::DpopError,
    jose::JwsError,
    resource::{Config, ConfigError, Dpop, Grant, Implied, Principal, Published, Reason, Verifier},
    server::Want,
};

use crate::{exchange, world::*};

fn challenge(reply: &oauth_sansio::Reply<Reason>) -> &str {
    reply.response.headers()[header::WWW_AUTHENTICATE].to_str().unwrap()
}

fn with_header(value: &str) -> Request<Bytes> {
    Request::get("/photos").header(header::AUTHORIZATION, value).body(Bytes::new()).unwrap()
}

#[test]
fn s01_a_token_in_the_query_is_not_looked_at() {
    let world = World::new();
    let token = world.tokens("web").access;
    let request = get("/photos", &[("access_token", &token)], &[]);
    let reply = world.protected(&world.api, &request).unwrap_err();
    assert_eq!(reply.response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(challenge(&reply), "Bearer");
    assert_eq!(reply.reason, Some(Reason::NoToken));
}

#[test]
fn a_token_in_the_query_is_used_where_that_is_insisted_on_and_goes_no_further() {
    let world = World::new();
    let token = world.tokens("web").access;
    let api = Verifier::new(Config { insecure_query: true, ..Config::default() }).unwrap();
    let request = |query: &str| Request::get(format!("/photos{query}")).body(Bytes::new()).unwrap();
    assert!(world.protected(&api, &request(&format!("?a=%26&access_token={token}&b"))).is_ok());
    assert_eq!(world.protected(&api, &request("?a=b")).unwrap_err().reason, Some(Reason::NoToken));
    for (sent, handed_on) in [
        ("?access_token=x", ""),
        ("?a=%26&access_token=x&b", "?a=%26&b"),
        ("?access%5Ftoken=x&a=b", "?a=b"),
        ("?a=access_token", "?a=access_token"),
        ("?", "?"),
        ("", ""),
    ] {
        let mut request = request(sent);
        api.hide_token(&mut request);
        assert_eq!(request.uri().to_string(), format!("/photos{handed_on}"), "{sent}");
    }
    let mut whole = Request::get("https://api.example/photos?access_token=x").body(Bytes::new()).unwrap();
    api.hide_token(&mut whole);
    assert_eq!(whole.uri(), "https://api.example/photos");
    let mut untouched = request("?access_token=x");
    world.api.hide_token(&mut untouched);
    assert_eq!(untouched.uri(), "/photos?access_token=x");
}

#[test]
fn a_scope_may_open_others_and_whoever_has_it_needs_not_name_them() {
    let world = World::new();
    let token = world.tokens("web").access;
    let implied = Implied::none().by("write", scopes("files")).by("files", scopes("files.list write"));
    let config = Config { implied, scopes: scopes("files.list"), ..Config::default() };
    let api = Verifier::new(config.clone()).unwrap();
    let request = with_header(&format!("Bearer {token}"));
    let grant = world.protected(&api, &request).unwrap();
    assert_eq!(grant.scopes.as_str(), "read write files files.list");
    let lacking = Verifier::new(Config { scopes: scopes("files.admin"), ..config }).unwrap();
    assert_eq!(world.protected(&lacking, &request).unwrap_err().reason, Some(Reason::InsufficientScope));
    let plain = Verifier::new(Config { scopes: scopes("files.list"), ..Config::default() }).unwrap();
    assert_eq!(world.protected(&plain, &request).unwrap_err().reason, Some(Reason::InsufficientScope));
}

#[test]
fn s02_two_tokens_in_one_request_are_refused() {
    let world = World::new();
    let token = world.tokens("web").access;
    let bearer = format!("Bearer {token}");
    let api = Verifier::new(Config { form_body: true, ..Config::default() }).unwrap();
    let in_query = get("/photos", &[("access_token", &token)], &[("authorization", &bearer)]);
    let in_body = post("/photos", &[("authorization", &bearer)], &[("access_token", &token)]);
    let twice = get("/photos", &[], &[("authorization", &bearer), ("authorization", &bearer)]);
    let body_twice = post("/photos", &[], &[("access_token", &token), ("access_token", &token)]);
    for request in [in_query, in_body, twice, body_twice] {
        let reply = world.protected(&api, &request).unwrap_err();
        assert_eq!(reply.response.status(), StatusCode::BAD_REQUEST);
        assert!(challenge(&reply).starts_with("Bearer error=\"invalid_request\""));
        assert_eq!(reply.reason, Some(Reason::SeveralTokens));
    }
    let alone = post("/photos", &[], &[("access_token", &token)]);
    assert!(world.protected(&api, &alone).is_ok());
    assert_eq!(world.protected(&world.api, &alone).unwrap_err().reason, Some(Reason::NoToken));
}

#[test]
fn s03_expired_revoked_and_unknown_tokens_look_alike() {
    let world = World::new();
    let tokens = world.tokens("web");
    let unknown = world.api(&tokens.access.replace(&tokens.access[20..22], "..")).unwrap_err();
    world.pass(600);
    let expired = world.api(&tokens.access).unwrap_err();
    let revoked = {
        let tokens = world.tokens("web");
        let next = Tokens::of(&world.refresh("web", &tokens.refresh));
        let _ = world.refresh("web", &tokens.refresh);
        world.api(&next.access).unwrap_err()
    };
    assert_eq!(unknown.reason, Some(Reason::Unknown));
    assert_eq!(expired.reason, Some(Reason::Expired));
    assert_eq!(revoked.reason, Some(Reason::Revoked));
    for reply in [&unknown, &expired, &revoked] {
        assert_eq!(reply.response.status(), StatusCode::UNAUTHORIZED);
        assert!(challenge(reply).starts_with("Bearer error=\"invalid_token\""));
        assert_eq!(challenge(reply), challenge(&unknown));
        assert_eq!(reply.response.headers()[header::CACHE_CONTROL], "no-store");
    }
}

#[test]
fn s05_scopes_are_compared_as_a_whole() {
    let world = World::new();
    let token = world.tokens("web").access;
    for (needed, enough) in [
        ("read", true),
        ("write", true),
        ("write read", true),
        ("", true),
        ("readwrite", false),
        ("rea", false),
        ("READ", false),
        ("read admin", false),
    ] {
        let api = world.api.requiring(scopes(needed));
        match world.protected(&api, &with_header(&format!("Bearer {token}"))) {
            Ok(_) => assert!(enough, "{needed}"),
            Err(reply) => {
                assert!(!enough, "{needed}");
                assert_eq!(reply.response.status(), StatusCode::FORBIDDEN);
                let expected = format!("scope=\"{needed}\"");
                assert!(challenge(&reply).starts_with("Bearer error=\"insufficient_scope\""));
                assert!(challenge(&reply).ends_with(&expected), "{}", challenge(&reply));
            }
        }
    }
}

#[test]
fn s06_a_challenge_cannot_be_broken_out_of() {
    let world = World::new();
    for realm in ["photos", "a \"b\", error=\"x", "back\\slash"] {
        let api = Verifier::new(Config { realm: Some(realm.into()), ..Config::default() }).unwrap();
        let reply = world.protected(&api, &with_header("Bearer unknown")).unwrap_err();
        let read = oauth_sansio::auth::parse_challenges([challenge(&reply)]).unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].parameter("realm"), Some(realm));
        assert_eq!(read[0].parameter("error"), Some("invalid_token"));
    }
    for realm in ["a\r\nSet-Cookie: b", "a\0b", "\u{7f}", "é"] {
        let config = Config { realm: Some(realm.into()), ..Config::default() };
        assert_eq!(Verifier::new(config).unwrap_err(), ConfigError::Realm, "{realm:?}");
    }
}

#[test]
fn s07_who_brings_nothing_is_told_nothing() {
    let world = World::new();
    let bare = Request::get("/photos").body(Bytes::new()).unwrap();
    for request in [bare, with_header("Basic YTpi"), with_header("BearerX abc"), with_header("DPoP abc")] {
        let reply = world.protected(&world.api, &request).unwrap_err();
        assert_eq!(reply.response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(challenge(&reply), "Bearer");
    }
}

#[test]
fn s08_the_scheme_has_no_case_and_the_token_its_grammar() {
    let world = World::new();
    let token = world.tokens("web").access;
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        assert!(world.protected(&world.api, &with_header(&format!("{scheme} {token}"))).is_ok());
    }
    assert!(world.protected(&world.api, &with_header(&format!("Bearer   {token}"))).is_ok());
    for value in [
        "Bearer".to_owned(),
        format!("Bearer\t{token}"),
        format!("Bearer {token} x"),
        format!("Bearer {token},{token}"),
        format!("Bearer \"{token}\""),
        format!("Bearer token={token}"),
        "Bearer =".to_owned(),
        "Bearer a=b=".to_owned(),
        format!("Bearer {}", "a".repeat(100_000)),
    ] {
        let reply = world.protected(&world.api, &with_header(&value)).unwrap_err();
        assert_eq!(reply.response.status(), StatusCode::BAD_REQUEST, "{value:.40}");
        assert_eq!(reply.reason, Some(Reason::Malformed));
    }
    let mut request = with_header("x");
    let bytes = HeaderValue::from_bytes(b"Bearer \xff\xfe").unwrap();
    request.headers_mut().insert(header::AUTHORIZATION, bytes);
    assert_eq!(world.protected(&world.api, &request).unwrap_err().reason, Some(Reason::Malformed));
}

#[test]
fn s15_n02_a_client_is_never_taken_for_a_user_of_the_same_name() {
    let world = World::new();
    let mut client = machine();
    client.client_id = "ann".into();
    world.register(client);
    let own = Tokens::of(&world.drive(world.as_client("ann", &[("grant_type", "client_credentials")]), None));
    let of_user = world.tokens("web");
    assert_eq!(world.api(&own.access).unwrap().principal, Principal::Client);
    assert_eq!(world.api(&of_user.access).unwrap().principal, Principal::User("ann".into()));
}

#[test]
fn s13_what_is_admitted_carries_no_token_to_pass_on() {
    let world = World::new();
    let token = world.tokens("web").access;
    let grant: Grant = world.api(&token).unwrap();
    assert!(!format!("{grant:?}").contains(&token));
}

#[test]
fn s17_s03_a_token_for_other_apis_is_worth_nothing_here() {
    let world = exchange::world();
    let at = |api: &str| {
        let identifier = Some(exchange::uri(api));
        Verifier::new(Config { identifier, ..Config::default() }).unwrap()
    };
    let ask = |api: &str, token: &str| world.protected(&at(api), &with_header(&format!("Bearer {token}")));
    let for_one = exchange::token(&world, &["one"]);
    assert!(ask("one", &for_one).is_ok());
    let reply = ask("two", &for_one).unwrap_err();
    assert_eq!(reply.response.status(), StatusCode::UNAUTHORIZED);
    assert!(challenge(&reply).starts_with("Bearer error=\"invalid_token\""));
    assert_eq!(reply.reason, Some(Reason::OtherResource));
    let for_both = exchange::token(&world, &["one", "two"]);
    assert!(ask("one", &for_both).is_ok() && ask("two", &for_both).is_ok());
    // One that is for nobody in particular is for everybody.
    let for_all = world.tokens("web").access;
    assert!(ask("two", &for_all).is_ok());
}

fn published() -> Config {
    let identifier = Some("https://api.example/v1".into());
    let published = Published {
        authorization_servers: vec!["https://as.example".into()],
        scopes: scopes("read write"),
        name: Some("Photos".into()),
        documentation: Some("https://api.example/docs".parse().unwrap()),
        ..Published::default()
    };
    Config { identifier, published: Some(published), ..Config::default() }
}

#[test]
fn s12_an_api_says_of_itself_what_its_settings_say_and_no_header() {
    let dpop = Some(Dpop::new("https://api.example/v1".parse().unwrap()));
    let api = Verifier::new(Config { dpop, form_body: true, ..published() }).unwrap();
    let path = "/.well-known/oauth-protected-resource/v1";
    let answer = api.describe(&get(path, &[], &[("host", "evil.example")])).unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/json");
    let told: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
    let expected = serde_json::json!({
        "resource": "https://api.example/v1",
        "authorization_servers": ["https://as.example"],
        "scopes_supported": ["read", "write"],
        "bearer_methods_supported": ["header", "body"],
        "dpop_signing_alg_values_supported": ["ES256", "EdDSA", "PS256", "RS256"],
        "tls_client_certificate_bound_access_tokens": true,
        "resource_name": "Photos",
        "resource_documentation": "https://api.example/docs",
    });
    assert_eq!(told, expected);
    for other in
        ["/.well-known/oauth-protected-resource", "/v1/.well-known/oauth-protected-resource", "/photos"]
    {
        assert!(api.describe(&get(other, &[], &[])).is_none(), "{other}");
    }
    let answer = api.describe(&post(path, &[], &[])).unwrap();
    assert_eq!(
        (answer.status(), &answer.headers()[header::ALLOW]),
        (StatusCode::METHOD_NOT_ALLOWED, &"GET, HEAD".parse().unwrap())
    );
    assert!(Verifier::new(Config::default()).unwrap().describe(&get(path, &[], &[])).is_none());
}

#[test]
fn s07_who_brings_nothing_is_told_where_the_api_says_what_it_wants() {
    let world = World::new();
    let api = Verifier::new(published()).unwrap().requiring(scopes("read"));
    for request in [Request::get("/photos").body(Bytes::new()).unwrap(), with_header("Bearer unknown")] {
        let reply = world.protected(&api, &request).unwrap_err();
        let read = oauth_sansio::auth::parse_challenges([challenge(&reply)]).unwrap();
        let place = "https://api.example/.well-known/oauth-protected-resource/v1";
        assert_eq!(read[0].parameter("resource_metadata"), Some(place));
    }
}

#[test]
fn what_is_published_is_for_an_identifier_that_is_an_address() {
    for identifier in [None, Some("http://api.example"), Some("urn:api"), Some("https://api.example/#x")] {
        let identifier = identifier.map(str::to_owned);
        let refused = Verifier::new(Config { identifier, ..published() }).err();
        assert_eq!(refused, Some(ConfigError::Identifier));
    }
    let authorization_servers = vec!["https://as.example?x".into()];
    let published = published().published.map(|all| Published { authorization_servers, ..all });
    let refused = Verifier::new(Config { published, ..self::published() }).err();
    assert_eq!(refused, Some(ConfigError::Published));
}

#[test]
fn s16_a_token_with_one_character_changed_is_unknown() {
    let world = World::new();
    let token = world.tokens("web").access;
    for at in 0..token.len() {
        let mut forged = token.clone().into_bytes();
        forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
        let refused = world.api(str::from_utf8(&forged).unwrap()).unwrap_err();
        assert_eq!(refused.reason, Some(Reason::Unknown), "{at}");
    }
    assert!(world.api(&token).is_ok());
}

#[test]
fn every_request_of_the_vectors_is_read_as_they_say() {
    let all: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("../../../../vectors/bearer.json")).unwrap();
    let cases: Vec<_> = all.iter().filter(|case| case["kind"] == "request").collect();
    let (mut ran, mut not_http, mut wrong) = (0, 0, Vec::new());
    for case in &cases {
        let (request, expected) = (&case["request"], &case["expected"]);
        let Some(request) = http_request(request) else {
            not_http += 1;
            continue;
        };
        ran += 1;
        let form_body = case["config"]["allow_body"] == true;
        let insecure_query = case["config"]["allow_query"] == true;
        let dpop =
            (expected["scheme"] == "DPoP").then(|| Dpop::new("https://api.example.com".parse().unwrap()));
        let api = Verifier::new(Config { form_body, insecure_query, dpop, ..Config::default() }).unwrap();
        let right = match api.receive(&request, World::new().moment()) {
            oauth2_core::resource::Step::Load(pause) => {
                let token = expected["token"].as_str().unwrap_or_default();
                expected["ok"] == true
                    && pause.wanted().rows == [Want::Access(oauth_sansio::Digest::of_token(token))]
            }
            // The token was read, and what stands beside it is no proof.
            oauth2_core::resource::Step::Reply(reply) if expected["scheme"] == "DPoP" => {
                reply.reason == Some(Reason::Dpop(DpopError::Jws(JwsError::Malformed)))
            }
            oauth2_core::resource::Step::Reply(reply) => {
                let status = u64::from(reply.response.status().as_u16());
                let read = oauth_sansio::auth::parse_challenges([challenge(&reply)]).unwrap();
                expected["ok"] == false
                    && expected["http_status"] == status
                    && expected["error"].as_str() == read[0].parameter("error")
            }
            _ => false,
        };
        if !right {
            wrong.push(format!("{case:.400}"));
        }
    }
    println!("bearer request: {ran} ran, {} excluded:", cases.len() - ran);
    println!("  {not_http}: what no HTTP library can carry");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((ran, not_http), (72, 1));
}

fn http_request(request: &serde_json::Value) -> Option<Request<Bytes>> {
    let mut builder = Request::builder().method(request["method"].as_str()?).uri(request["url"].as_str()?);
    for header in request["headers"].as_array()? {
        builder = builder
            .header(header[0].as_str()?, HeaderValue::from_bytes(header[1].as_str()?.as_bytes()).ok()?);
    }
    let body = request["body"].as_str().unwrap_or_default();
    builder.body(Bytes::copy_from_slice(body.as_bytes())).ok()
}

#[test]
fn a_form_over_the_limit_is_refused() {
    let world = World::new();
    let api = Verifier::new(Config { form_body: true, ..Config::default() }).unwrap();
    let body = "a&".repeat(100_000);
    let request = request_with(http::Method::POST, "/photos", form::MEDIA_TYPE, &body);
    assert_eq!(world.protected(&api, &request).unwrap_err().reason, Some(Reason::Malformed));
}
