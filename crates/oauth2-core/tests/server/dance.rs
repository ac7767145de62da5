//! The dances as RFC 6749 tells them, from end to end.

use std::time::Duration;

use http::StatusCode;
use oauth_sansio::Answer;
use oauth2_core::{resource::Principal, server::Endpoint, server::Step};

use crate::world::*;

#[test]
fn a_code_is_asked_for_granted_redeemed_and_refreshed() {
    for client in ["web", "native"] {
        let world = World::new();
        let tokens = world.tokens(client);
        assert_eq!(tokens.scope, "read write");
        let grant = world.api(&tokens.access).unwrap();
        assert_eq!(*grant.client_id, *client);
        assert_eq!(grant.principal, Principal::User("ann".into()));
        assert_eq!(grant.scopes, scopes("read write"));
        assert_eq!(grant.expires.since(grant.issued.unwrap()), Duration::from_secs(600));

        world.pass(600);
        assert_eq!(world.api(&tokens.access).unwrap_err().response.status(), StatusCode::UNAUTHORIZED);
        let next = Tokens::of(&world.refresh(client, &tokens.refresh));
        assert_eq!(world.api(&next.access).unwrap().principal, Principal::User("ann".into()));
        assert_ne!(next.refresh, tokens.refresh);
    }
}

#[test]
fn the_token_answer_is_the_one_of_rfc_6749() {
    let world = World::new();
    let reply = world.redeem("web", &world.code("web"));
    let headers = reply.response.headers();
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["pragma"], "no-cache");
    let body = json(&reply.response);
    let names: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["access_token", "expires_in", "refresh_token", "scope", "token_type"]);
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 600);
}

#[test]
fn the_authorization_answer_carries_code_state_and_issuer() {
    let world = World::new();
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let reply = world.authorize(&world.request("web", challenge));
    let consent = location(&reply.response);
    assert!(consent.starts_with("https://as.example/oauth2/consent?handle="), "{consent}");
    let reply = world.consent(&consent, Some(&cookie(&reply.response)), allow());
    let answer = location(&reply.response);
    assert!(answer.starts_with("https://app.example/cb?code="), "{answer}");
    let parameters = query(&answer);
    assert_eq!(parameters.keys().collect::<Vec<_>>(), ["code", "iss", "state"]);
    assert_eq!((parameters["iss"].as_str(), parameters["state"].as_str()), (ISSUER, "st"));
}

#[test]
fn the_prompt_tells_who_asks_for_what_and_where_it_leads() {
    let world = World::new();
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let reply = world.authorize(&world.request("native", challenge));
    let step = world.visit(&location(&reply.response), Some(&cookie(&reply.response)));
    let Step::Interact(pause) = world.advance(world.advance(step)) else { panic!("nobody is asked") };
    let prompt = pause.prompt();
    assert_eq!((prompt.client_id.as_str(), prompt.client_name.as_str()), ("native", "Photo prints"));
    assert_eq!(prompt.return_host.as_deref(), Some("127.0.0.1"));
    assert_eq!(prompt.return_origin.as_deref(), Some("http://127.0.0.1:5000"));
    assert_eq!(prompt.scopes, ["read", "write"]);
}

#[test]
fn a_request_may_be_posted_and_leave_out_what_can_be_implied() {
    let world = World::new();
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let full = world.request("web", challenge);
    let short = without(&without(&without(&full, "scope"), "state"), "redirect_uri");
    // A parameter without a value counts as left out; an unknown one is ignored (RFC 6749 section 3.1).
    let short = [short.as_slice(), &[("state", ""), ("scope", ""), ("nonce", "1"), ("nonce", "2")]].concat();
    let step = world.receive(Endpoint::Authorize, post("/oauth2/authorize", &[], &short));
    let reply = world.drive(step, None);
    let reply = world.consent(&location(&reply.response), Some(&cookie(&reply.response)), allow());
    let answer = location(&reply.response);
    assert!(answer.starts_with(CALLBACK));
    assert!(!query(&answer).contains_key("state"));
    let code = query(&answer)["code"].clone();
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned();
    assert_eq!(Tokens::of(&world.redeem("web", &Issued { code, verifier })).scope, "read write");
}

#[test]
fn a_refusal_goes_back_to_the_client() {
    let world = World::new();
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let reply = world.authorize(&world.request("web", challenge));
    let reply =
        world.consent(&location(&reply.response), Some(&cookie(&reply.response)), Some(Answer::Denied));
    let parameters = query(&location(&reply.response));
    assert_eq!(parameters["error"], "access_denied");
    assert_eq!((parameters["iss"].as_str(), parameters["state"].as_str()), (ISSUER, "st"));
    assert!(!parameters.contains_key("code"));
}

#[test]
fn a_client_without_the_refresh_grant_gets_no_refresh_token() {
    let world = World::new();
    let mut client = web();
    client.grants.retain(|grant| *grant != oauth2_core::server::GrantType::RefreshToken);
    world.register(client);
    assert_eq!(world.tokens("web").refresh, "");
    assert!(world.store.borrow().refresh.is_empty());
}
