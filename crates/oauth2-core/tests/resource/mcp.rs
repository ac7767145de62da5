//! What a server of the Model Context Protocol does as a protected resource.

use http::{Request, header};
use oauth2_core::{
    resource::{Config, Signed},
    server::TokenFormat,
};

use crate::{api::*, world::*};

fn settings() -> Config {
    let mut config = Config::mcp(API, [ISSUER], scopes("read offline_access"));
    config.signed = vec![Signed::offline(ISSUER, JWKS.parse().unwrap())];
    config
}

/// The one challenge of an answer.
fn challenge(reply: &oauth_sansio::Reply<oauth2_core::resource::Reason>, name: &str) -> Option<String> {
    let value = reply.response.headers()[header::WWW_AUTHENTICATE].to_str().unwrap();
    let read = oauth_sansio::auth::parse_challenges([value]).unwrap();
    assert_eq!(read.len(), 1);
    read[0].parameter(name).map(str::to_owned)
}

const PLACE: &str = "https://api.example/.well-known/oauth-protected-resource/v1";

#[test]
fn a_challenge_tells_what_is_needed_and_where_to_get_it() {
    let world = world(TokenFormat::Jwt);
    let api = Remote::new(&world, settings());
    let bare = api.judge(&Request::get("/photos").body(Default::default()).unwrap()).unwrap_err();
    let wrong = api.bearer("wrong").unwrap_err();
    for (reply, error) in [(&bare, None), (&wrong, Some("invalid_token"))] {
        assert_eq!(reply.response.status(), 401);
        assert_eq!(challenge(reply, "error").as_deref(), error);
        assert_eq!(challenge(reply, "scope").as_deref(), Some("read"), "and no offline_access");
        assert_eq!(challenge(reply, "resource_metadata").as_deref(), Some(PLACE));
    }
    // All that an operation needs, in one challenge.
    let token = machine_token(&world);
    let narrow = api.verifier.requiring(scopes("read write admin"));
    let reply = api.judge_by(&narrow, &with_token("Bearer", &token)).unwrap_err();
    assert_eq!(reply.response.status(), 403);
    assert_eq!(challenge(&reply, "error").as_deref(), Some("insufficient_scope"));
    assert_eq!(challenge(&reply, "scope").as_deref(), Some("read write admin"));
    assert_eq!(challenge(&reply, "resource_metadata").as_deref(), Some(PLACE));
    let malformed = api.judge(&with_token("Bearer", "a b")).unwrap_err();
    assert_eq!(malformed.response.status(), 400);
}

#[test]
fn the_document_names_its_servers_and_nothing_that_is_between_them_and_the_client() {
    let world = world(TokenFormat::Jwt);
    let api = Remote::new(&world, settings());
    let path = "/.well-known/oauth-protected-resource/v1";
    let told = json(&api.verifier.describe(&get(path, &[], &[])).unwrap());
    assert_eq!(told["resource"], API);
    assert_eq!(told["authorization_servers"], serde_json::json!([ISSUER]));
    assert_eq!(told["scopes_supported"], serde_json::json!(["read"]));
}

#[test]
fn a28_s17_a_token_for_nobody_in_particular_is_for_others() {
    let world = world_with(TokenFormat::Opaque, |config| config.resource_servers = vec!["other".into()]);
    let ask = Config { introspected: asking(&world).introspected, scopes: scopes("read"), ..settings() };
    let api = Remote::new(&world, ask.clone());
    assert!(api.bearer(&machine_token(&world)).is_ok());
    let token = world.tokens("web").access;
    assert_eq!(api.refusal(&token), (401, oauth2_core::resource::Reason::OtherResource));
    let lax = Remote::new(&world, Config { require_audience: false, ..ask });
    assert!(lax.bearer(&token).is_ok());
}
