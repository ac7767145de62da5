//! Attacks on the authorization endpoint.

use http::{Method, StatusCode};
use oauth_sansio::form;
use oauth2_core::pkce::Verifier;
use oauth2_core::server::{Client, Endpoint, GrantType, Reason};

use crate::world::*;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Each way to spoil a request that leaves client and redirect URI alone, and the error it must give.
const SPOILT: [(&str, &str, &str); 11] = [
    ("response_type", "", "invalid_request"),
    ("response_type", "token", "unsupported_response_type"),
    ("response_mode", "web_message", "invalid_request"),
    ("scope", "admin", "invalid_scope"),
    ("scope", "a\"b", "invalid_scope"),
    ("state", "\u{7f}", "invalid_request"),
    ("code_challenge", "", "invalid_request"),
    ("code_challenge", "short", "invalid_request"),
    ("code_challenge_method", "", "invalid_request"),
    ("code_challenge_method", "plain", "invalid_request"),
    ("code_challenge_method", "s256", "invalid_request"),
];

#[test]
fn a06_error_before_redirect_uri_is_validated_is_never_redirected() {
    let world = World::new();
    let request = world.request("web", CHALLENGE);
    for (name, value, error) in SPOILT {
        let spoilt = changed(&request, name, value);
        // With a good URI the client learns of it …
        let reply = world.authorize(&spoilt);
        assert_eq!(redirected_error(&reply), error, "{name}={value}");
        assert!(location(&reply.response).starts_with(CALLBACK));
        // … with a bad one, or a client that does not exist, only the person does.
        for (name, value) in [("redirect_uri", "https://evil.example/cb"), ("client_id", "nobody")] {
            assert_direct(&world.authorize(&changed(&spoilt, name, value)), StatusCode::BAD_REQUEST, name);
        }
    }
    let two = vec![CALLBACK.to_owned(), "https://app.example/two".to_owned()];
    world.register(Client { redirect_uris: two, ..web() });
    let reply = world.authorize(&without(&request, "redirect_uri"));
    assert_direct(&reply, StatusCode::BAD_REQUEST, "ambiguous");
    assert_eq!(reply.reason, Some(Reason::RedirectUriMissing));
    assert_eq!(world.store.borrow().size(), (0, 0));
}

#[test]
fn a08_every_redirect_to_a_client_ends_with_its_own_fragment() {
    let world = World::new();
    let request = world.request("web", CHALLENGE);
    let refused = world.authorize(&changed(&request, "scope", "admin"));
    assert!(location(&refused.response).ends_with('#'));
    let reply = world.authorize(&request);
    let granted = world.consent(&location(&reply.response), Some(&cookie(&reply.response)), allow());
    assert!(location(&granted.response).ends_with('#'));
}

#[test]
fn a09_a10_a12_every_answer_to_a_browser_keeps_to_itself() {
    let world = World::new();
    let request = world.request("web", CHALLENGE);
    let asked = world.authorize(&request);
    let (consent, cookie) = (location(&asked.response), cookie(&asked.response));
    let replies = [
        world.authorize(&changed(&request, "scope", "admin")),
        world.authorize(&changed(&request, "redirect_uri", "https://evil.example/cb")),
        world.authorize(&[]),
        world.consent(&consent, None, allow()),
        world.consent("/oauth2/consent", Some(&cookie), allow()),
        world.consent(&consent, Some(&cookie), allow()),
        world.consent(&consent, Some(&cookie), allow()),
        asked,
    ];
    for reply in replies {
        assert_guarded(reply.response.headers());
    }
}

#[test]
fn a11_redirects_use_303() {
    let world = World::new();
    let request = world.request("web", CHALLENGE);
    let step = world.receive(Endpoint::Authorize, post("/oauth2/authorize", &[], &request));
    let asked = world.drive(step, None);
    assert_eq!(asked.response.status(), StatusCode::SEE_OTHER);
    let reply = world.consent(&location(&asked.response), Some(&cookie(&asked.response)), allow());
    assert_eq!(reply.response.status(), StatusCode::SEE_OTHER);
}

#[test]
fn a14_success_and_error_name_the_issuer_and_the_metadata_says_so() {
    let world = World::new();
    let request = world.request("web", CHALLENGE);
    for (name, value, _) in SPOILT {
        let reply = world.authorize(&changed(&request, name, value));
        assert_eq!(query(&location(&reply.response))["iss"], ISSUER, "{name}={value}");
    }
    let reply = world.authorize(&request);
    let reply = world.consent(&location(&reply.response), Some(&cookie(&reply.response)), allow());
    assert_eq!(query(&location(&reply.response))["iss"], ISSUER);
    let metadata = world.server.metadata();
    assert_eq!(metadata.issuer, ISSUER);
    assert_eq!(metadata.authorization_response_iss_parameter_supported, Some(true));
}

#[test]
fn a15_a18_no_client_gets_around_pkce() {
    let world = World::new();
    // Confidential or public, native or not: there is no code without a challenge …
    for client in ["web", "native", "other"] {
        let reply = world.authorize(&without(&world.request(client, CHALLENGE), "code_challenge"));
        assert_eq!(redirected_error(&reply), "invalid_request", "{client}");
        assert_eq!(reply.reason, Some(Reason::Missing("code_challenge")));
    }
    assert!(world.store.borrow().pending.is_empty());
    // … and none is redeemed without a verifier.
    for client in ["web", "native"] {
        let issued = world.code(client);
        let step =
            world.as_client(client, &[("grant_type", "authorization_code"), ("code", issued.code.as_str())]);
        let reply = world.drive(step, None);
        assert_eq!(error(&reply), "invalid_request");
        assert_eq!(reply.reason, Some(Reason::Missing("code_verifier")));
        Tokens::of(&world.redeem(client, &issued));
    }
}

#[test]
fn a16_only_s256_is_a_challenge_method() {
    let world = World::new();
    let request = world.request("web", CHALLENGE);
    for method in ["plain", "s256", "S512", "", "S256 "] {
        let reply = world.authorize(&changed(&request, "code_challenge_method", method));
        assert_eq!(redirected_error(&reply), "invalid_request", "{method}");
        assert_eq!(reply.reason, Some(Reason::ChallengeMethod));
    }
    let reply = world.authorize(&without(&request, "code_challenge_method"));
    assert_eq!(redirected_error(&reply), "invalid_request");
}

#[test]
fn a17_a_malformed_challenge_is_refused() {
    let world = World::new();
    let request = world.request("web", CHALLENGE);
    let bad = [
        &CHALLENGE[1..],
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cMA",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c=",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw/cM",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw~cM",
    ];
    for challenge in bad {
        let reply = world.authorize(&changed(&request, "code_challenge", challenge));
        assert_eq!(redirected_error(&reply), "invalid_request", "{challenge}");
        assert_eq!(reply.reason, Some(Reason::Malformed("code_challenge")), "{challenge}");
    }
}

#[test]
fn a19_repeated_parameters_are_refused_and_some_of_them_are_not_redirected() {
    let world = World::new();
    let request = world.request("web", CHALLENGE);
    for (name, value) in &request {
        for second in [*value, "other", ""] {
            let mut twice = request.clone();
            twice.push((*name, second));
            let reply = world.authorize(&twice);
            assert_eq!(reply.reason, Some(Reason::Repeated(name)), "{name}");
            if matches!(*name, "client_id" | "redirect_uri") {
                assert_direct(&reply, StatusCode::BAD_REQUEST, name);
                continue;
            }
            let answer = query(&location(&reply.response));
            assert_eq!(answer["error"], "invalid_request", "{name}");
            // Which of two states is the client's is not for us to say.
            assert_eq!(answer.contains_key("state"), *name != "state");
        }
    }
    assert_eq!(world.store.borrow().size(), (0, 0));
}

#[test]
fn a20_nothing_but_a_code_comes_through_the_browser() {
    let world = World::new();
    let request = world.request("web", CHALLENGE);
    for kind in ["token", "id_token", "code token", "token code", "none", "Code", "code code"] {
        let reply = world.authorize(&changed(&request, "response_type", kind));
        assert_eq!(redirected_error(&reply), "unsupported_response_type", "{kind}");
    }
    // The signed ones need a key, which this server has not.
    for mode in
        ["web_message", "jwt", "query.jwt", "fragment.jwt", "form_post.jwt", "Query", "query fragment"]
    {
        let reply = world.authorize(&changed(&request, "response_mode", mode));
        assert_eq!(redirected_error(&reply), "invalid_request", "{mode}");
        assert!(location(&reply.response).starts_with("https://app.example/cb?"), "{mode}");
    }
    assert_eq!(world.authorize(&changed(&request, "response_mode", "query")).reason, None);
}

#[test]
fn a21_scopes_follow_their_grammar_and_the_registration() {
    let world = World::new();
    let request = world.request("web", CHALLENGE);
    for scope in
        ["a\r\nb", "a\"b", "a\\b", "a\0b", "read  write", " read", "read ", "réad", "read\tx", "read\u{7f}"]
    {
        let reply = world.authorize(&changed(&request, "scope", scope));
        assert_eq!(redirected_error(&reply), "invalid_scope", "{scope:?}");
        assert_eq!(reply.reason, Some(Reason::ScopeMalformed), "{scope:?}");
    }
    for scope in ["admin", "unknown", "read admin", "READ"] {
        let reply = world.authorize(&changed(&request, "scope", scope));
        assert_eq!(reply.reason, Some(Reason::ScopeNotAllowed), "{scope}");
    }
    // One that comes twice is one.
    assert_eq!(world.authorize(&changed(&request, "scope", "read read")).reason, None);
    assert_eq!(world.store.borrow().pending.values().next().unwrap().goal.scopes(), &scopes("read"));
}

#[test]
fn a22_state_comes_back_encoded_once_or_not_at_all() {
    let world = World::new();
    let request = world.request("web", CHALLENGE);
    for state in ["\"><script>alert(1)</script>", "a&code=evil#x", "%0d%0aSet-Cookie: a=b", "a+b c%20"] {
        let reply = world.authorize(&changed(&request, "state", state));
        let reply = world.consent(&location(&reply.response), Some(&cookie(&reply.response)), allow());
        let answer = location(&reply.response);
        assert_eq!(query(&answer)["state"], state);
        assert!(answer.bytes().all(|b| b.is_ascii_graphic() && !b"<>\"".contains(&b)), "{answer}");
    }
    let long = "s".repeat(1025);
    for state in ["a\r\nSet-Cookie: a=b", "é", long.as_str()] {
        let reply = world.authorize(&changed(&request, "state", state));
        assert_eq!(reply.reason, Some(Reason::Malformed("state")));
        assert!(!query(&location(&reply.response)).contains_key("state"));
    }
    let huge = "s".repeat(64 * 1024);
    let posted = post("/oauth2/authorize", &[], &changed(&request, "state", &huge));
    let reply = world.drive(world.receive(Endpoint::Authorize, posted), None);
    assert_direct(&reply, StatusCode::PAYLOAD_TOO_LARGE, "64 KiB");
}

#[test]
fn a23_consent_is_asked_for_every_time() {
    let world = World::new();
    world.tokens("native");
    let reply = world.authorize(&world.request("native", CHALLENGE));
    assert!(location(&reply.response).starts_with("https://as.example/oauth2/consent?"));
    let step = world.visit(&location(&reply.response), Some(&cookie(&reply.response)));
    let asked = world.advance(world.advance(step));
    assert!(matches!(asked, oauth2_core::server::Step::Interact(_)), "{asked:?}");
}

#[test]
fn a30_no_other_origin_may_read_the_authorization_endpoint() {
    let world = World::new();
    let request = get(
        "/oauth2/authorize",
        &world.request("web", CHALLENGE),
        &[("origin", "https://app.example"), ("sec-fetch-mode", "cors")],
    );
    let reply = world.drive(world.receive(Endpoint::Authorize, request), None);
    let preflight = http::Request::options("/oauth2/authorize").body(bytes::Bytes::new()).unwrap();
    let refused = world.drive(world.receive(Endpoint::Authorize, preflight), None);
    assert_direct(&refused, StatusCode::METHOD_NOT_ALLOWED, "preflight");
    assert_eq!(refused.response.headers()["allow"], "GET, POST");
    for reply in [reply, refused] {
        let mut names = reply.response.headers().keys();
        assert!(!names.any(|name| name.as_str().starts_with("access-control-")));
    }
}

#[test]
fn a_client_without_the_code_grant_is_told_so() {
    let world = World::new();
    world.register(Client { grants: vec![GrantType::RefreshToken], ..web() });
    let reply = world.authorize(&world.request("web", CHALLENGE));
    assert_eq!(redirected_error(&reply), "unauthorized_client");
}

#[test]
fn a_posted_request_must_be_a_form() {
    let world = World::new();
    let body = form::encode(world.request("web", CHALLENGE));
    for content_type in ["application/json", "text/plain", ""] {
        let request = request_with(Method::POST, "/oauth2/authorize", content_type, &body);
        let reply = world.drive(world.receive(Endpoint::Authorize, request), None);
        assert_direct(&reply, StatusCode::BAD_REQUEST, content_type);
    }
    let request = request_with(Method::PUT, "/oauth2/authorize", form::MEDIA_TYPE, &body);
    let reply = world.drive(world.receive(Endpoint::Authorize, request), None);
    assert_direct(&reply, StatusCode::METHOD_NOT_ALLOWED, "PUT");
}

#[test]
fn a07_a_client_that_nobody_knows_cannot_have_people_sent_anywhere_by_an_error() {
    use oauth2_core::server::Origin;
    let challenge = Verifier::generate(&mut World::new().moment().entropy()).challenge().to_string();
    for origin in [Origin::Registered, Origin::Document] {
        let world = World::new();
        world.register(Client { origin, ..web() });
        for (name, value) in [("scope", "unheard-of"), ("response_type", "token"), ("code_challenge", "x")] {
            let reply = world.authorize(&changed(&world.request("web", &challenge), name, value));
            assert_direct(&reply, StatusCode::BAD_REQUEST, (origin, name));
        }
        assert_eq!(world.authorize(&world.request("web", &challenge)).reason, None);
    }
    let world = World::with(|config| config.policy.hold_errors_of_unknown_clients = false);
    world.register(Client { origin: Origin::Registered, ..web() });
    let reply = world.authorize(&changed(&world.request("web", &challenge), "scope", "unheard-of"));
    assert_eq!(redirected_error(&reply), "invalid_scope");
}

#[test]
fn a_policy_may_close_private_use_schemes() {
    let challenge = Verifier::generate(&mut World::new().moment().entropy()).challenge().to_string();
    for (open, wanted) in [(true, None), (false, Some(Reason::RedirectUriUnfit))] {
        let world = World::with(|config| config.policy.private_use_schemes = open);
        let uri = "com.example.app:/cb";
        world.register(Client { redirect_uris: vec![uri.into()], ..native() });
        let reply = world.authorize(&changed(&world.request("native", &challenge), "redirect_uri", uri));
        assert_eq!(reply.reason, wanted);
    }
}
