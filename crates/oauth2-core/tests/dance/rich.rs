//! Tokens for one API (RFC 8707), and for what is asked for in detail (RFC 9396).

use std::sync::Arc;

use oauth2_core::{
    client::{AuthorizationDetails, ErrorCode, Misuse},
    server::{self, GrantType, JsonKind, PlainDetails, Resource, ServerKeys},
};
use serde_json::json;

use crate::{
    world::{allow, machine, post, scopes, web},
    *,
};

const API: &str = "https://one.example";
const OTHER: &str = "https://two.example";

/// A server with two APIs and a type of details; its clients may ask what their own tokens are.
fn app() -> App {
    let world = World::with(|config| {
        config.resources = [API, OTHER].map(Resource::new).to_vec();
        config.resource_servers = vec!["machine".into(), "web".into()];
        config.details_types = vec![Arc::new(PlainDetails::new("accounts").with("actions", JsonKind::Texts))];
        config.keys = ServerKeys::always([3; 32]);
    });
    world.register(server::Client { grants: vec![GrantType::ClientCredentials], ..machine() });
    App { client: client(&world, "web"), world }
}

fn details(actions: &[&str]) -> AuthorizationDetails {
    AuthorizationDetails::default().with("accounts", json!({ "actions": actions })).unwrap()
}

fn refused(result: Result<Tokens, Error>) -> ErrorCode {
    match result {
        Err(Error::Refused(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_token_is_for_the_api_that_was_named_when_asking() {
    let app = app();
    let (url, pending) =
        app.client.authorize().scope("read").resource(API).start(app.world.moment()).unwrap();
    let back = app.browse(&url, allow());
    let tokens = app.run(app.callback(pending, &back).unwrap()).unwrap();
    let told = app.run(app.client.introspect(&tokens.access_token).unwrap()).unwrap();
    assert_eq!(told.members["aud"], json!([API]));
    let refresh = || app.client.refresh(tokens.refresh_token.as_ref().unwrap());
    let elsewhere = app.run(refresh().with_resource(OTHER).unwrap());
    assert_eq!(refused(elsewhere), ErrorCode::InvalidTarget);
    assert!(app.run(refresh().with_resource(API).unwrap()).is_ok());
}

#[test]
fn what_is_asked_for_in_detail_is_granted_told_and_narrowed() {
    let app = app();
    let both = details(&["list", "read"]);
    for push in [false, true] {
        let request = app.client.authorize().authorization_details(&both);
        let (url, pending) = match push {
            false => request.start(app.world.moment()).unwrap(),
            true => app.run(request.push(app.world.moment()).unwrap()).unwrap(),
        };
        let back = app.browse(&url, allow());
        let tokens = app.run(app.callback(pending, &back).unwrap()).unwrap();
        assert_eq!(tokens.authorization_details, Some(both.clone()));
        let refresh = |tokens: &Tokens, details| {
            let exchange = app.client.refresh(tokens.refresh_token.as_ref().unwrap());
            app.run(exchange.with_authorization_details(&details))
        };
        let narrower = refresh(&tokens, details(&["list"])).unwrap();
        assert_eq!(narrower.authorization_details, Some(details(&["list"])));
        let wider = refused(refresh(&narrower, details(&["list", "delete"])));
        assert_eq!(wider, ErrorCode::InvalidAuthorizationDetails, "pushed: {push}");
    }
}

#[test]
fn a_machine_asks_for_itself_in_detail() {
    let app = app();
    let machine = client(&app.world, "machine");
    let exchange = || machine.client_credentials(&scopes("read")).unwrap().with_resource(API).unwrap();
    let tokens = app.run(exchange().with_authorization_details(&details(&["read"]))).unwrap();
    assert_eq!(tokens.authorization_details, Some(details(&["read"])));
    let told = app.run(machine.introspect(&tokens.access_token).unwrap()).unwrap();
    assert_eq!(told.members["aud"], json!([API]));
    let unknown = AuthorizationDetails::default().with("unknown", json!({})).unwrap();
    let refused = refused(app.run(exchange().with_authorization_details(&unknown)));
    assert_eq!(refused, ErrorCode::InvalidAuthorizationDetails);
}

#[test]
fn a_device_asks_in_detail_too() {
    let app = app();
    let grants = vec![GrantType::DeviceCode];
    app.world.register(server::Client { grants, ..web() });
    let begin = || app.client.device(&scopes("read")).unwrap().with_resource(API).unwrap();
    let codes = app.run(begin().with_authorization_details(&details(&["read"]))).unwrap();
    let entered = post("/device", &[], &[("user_code", &codes.user_code)]);
    let entered = app.world.drive(app.world.receive(Endpoint::Device, entered), None);
    app.world.consent(&location(&entered.response), Some(&cookie(&entered.response)), allow());
    let tokens = app.run(codes.poll(&app.client).unwrap()).unwrap();
    assert_eq!(tokens.authorization_details, Some(details(&["read"])));
    let told = app.run(app.client.introspect(&tokens.access_token).unwrap()).unwrap();
    assert_eq!(told.members["aud"], json!([API]));
    assert_eq!(begin().with_resource("nowhere").map(drop), Err(Misuse::Resource.into()));
}
