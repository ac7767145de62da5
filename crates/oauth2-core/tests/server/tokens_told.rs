//! Revocation (RFC 7009) and introspection (RFC 7662).

use http::{Method, StatusCode};
use oauth_sansio::{Reply, form};
use oauth2_core::server::{Client, Endpoint, Reason, Resource};

use crate::world::*;

fn call(world: &World, endpoint: Endpoint, path: &str, client_id: &str, token: &str) -> Reply<Reason> {
    let credentials = basic(client_id, SECRET);
    let (headers, parameters) = match client_id {
        "native" => (vec![], vec![("client_id", client_id), ("token", token)]),
        _ => (vec![("authorization", credentials.as_str())], vec![("token", token)]),
    };
    world.drive(world.receive(endpoint, post(path, &headers, &parameters)), None)
}

fn revoke(world: &World, client_id: &str, token: &str) -> Reply<Reason> {
    call(world, Endpoint::Revocation, "/oauth2/revoke", client_id, token)
}

fn introspect(world: &World, client_id: &str, token: &str) -> serde_json::Value {
    let reply = call(world, Endpoint::Introspection, "/oauth2/introspect", client_id, token);
    assert_eq!(reply.response.status(), StatusCode::OK, "{:?}", reply.reason);
    json(&reply.response)
}

fn is_active(world: &World, token: &str) -> bool {
    introspect(world, "web", token)["active"] == true
}

#[test]
fn v01_v02_nobody_revokes_the_token_of_another_client() {
    let world = World::new();
    let tokens = world.tokens("web");
    for thief in ["other", "native"] {
        for token in [&tokens.access, &tokens.refresh] {
            let reply = revoke(&world, thief, token);
            assert_eq!(reply.response.status(), StatusCode::OK);
            assert!(reply.response.body().is_empty());
        }
    }
    assert!(is_active(&world, &tokens.access) && is_active(&world, &tokens.refresh));
    Tokens::of(&world.refresh("web", &tokens.refresh));
}

#[test]
fn v04_a_token_that_never_was_is_revoked_like_any_other() {
    let world = World::new();
    let tokens = world.tokens("web");
    let answers = [&tokens.access, "garbage", "oat_x"].map(|token| revoke(&world, "web", token));
    for answer in &answers {
        assert_eq!(answer.response.status(), answers[0].response.status());
        assert_eq!(answer.response.headers(), answers[0].response.headers());
        assert_eq!(answer.response.body(), answers[0].response.body());
    }
}

#[test]
fn v05_a_revoked_refresh_token_takes_the_access_tokens_with_it() {
    for client in ["web", "native"] {
        let world = World::new();
        let first = world.tokens(client);
        let second = Tokens::of(&world.refresh(client, &first.refresh));
        assert_eq!(revoke(&world, client, &second.refresh).response.status(), StatusCode::OK);
        for token in [&first.access, &second.access] {
            assert!(world.api(token).is_err());
        }
        assert_eq!(error(&world.refresh(client, &second.refresh)), "invalid_grant");
    }
}

#[test]
fn v06_a_callback_is_no_parameter_of_revocation() {
    let world = World::new();
    let tokens = world.tokens("native");
    let parameters = [("client_id", "native"), ("token", tokens.access.as_str()), ("callback", "alert")];
    let reply =
        world.drive(world.receive(Endpoint::Revocation, post("/oauth2/revoke", &[], &parameters)), None);
    assert_eq!((reply.response.status(), reply.response.body().len()), (StatusCode::OK, 0));
}

#[test]
fn v07_whoever_asks_about_tokens_authenticates() {
    let world = World::new();
    let tokens = world.tokens("web");
    let ask = |headers: &[(&str, &str)], parameters: &[(&str, &str)]| {
        world.drive(
            world.receive(Endpoint::Introspection, post("/oauth2/introspect", headers, parameters)),
            None,
        )
    };
    let token = ("token", tokens.access.as_str());
    for parameters in [
        vec![token],
        vec![token, ("client_id", "web")],
        vec![token, ("client_id", "web"), ("client_secret", "no")],
    ] {
        let reply = ask(&[], &parameters);
        assert_eq!(
            (reply.response.status(), error(&reply)),
            (StatusCode::UNAUTHORIZED, "invalid_client".into())
        );
    }
    assert_eq!(ask(&[], &[token, ("client_id", "native")]).reason, Some(Reason::NoIntrospection));
    let reply = world.drive(
        world.receive(
            Endpoint::Introspection,
            request_with(Method::GET, "/oauth2/introspect", form::MEDIA_TYPE, ""),
        ),
        None,
    );
    assert_eq!(reply.response.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[test]
fn v08_v09_an_api_learns_of_its_own_tokens_and_of_others_nothing() {
    let world = World::with(|config| {
        config.resource_servers = vec!["photos-api".into()];
        let mut resource = Resource::new("https://mail.example");
        resource.introspected_by = vec!["mail-api".into()];
        config.resources = vec![resource];
    });
    for api in ["photos-api", "mail-api"] {
        world.register(Client { client_id: api.into(), grants: vec![], ..machine() });
    }
    let tokens = world.tokens("web");
    let told = introspect(&world, "photos-api", &tokens.access);
    assert_eq!(
        (&told["active"], &told["sub"], &told["client_id"]),
        (&true.into(), &"ann".into(), &"web".into())
    );
    assert_eq!((&told["iss"], &told["scope"]), (&ISSUER.into(), &"read write".into()));
    assert_eq!(told["exp"].as_u64(), Some(world.now.get() + 600));
    let inactive = serde_json::json!({ "active": false });
    for (who, token) in [
        ("mail-api", &tokens.access),
        ("other", &tokens.access),
        ("photos-api", &tokens.refresh),
        ("web", &"x".to_owned()),
    ] {
        assert_eq!(introspect(&world, who, token), inactive, "{who}");
    }
}

#[test]
fn v10_a_token_that_is_over_is_inactive() {
    let world = World::new();
    let tokens = world.tokens("web");
    world.pass(599);
    assert!(is_active(&world, &tokens.access));
    world.pass(1);
    assert_eq!(introspect(&world, "web", &tokens.access), serde_json::json!({ "active": false }));
    let next = Tokens::of(&world.refresh("web", &tokens.refresh));
    assert!(!is_active(&world, &tokens.refresh), "it is spent");
    assert!(is_active(&world, &next.refresh));
}

#[test]
fn v12_a_token_of_a_megabyte_is_refused_unread() {
    let world = World::new();
    let reply = revoke(&world, "web", &"x".repeat(1 << 20));
    assert_eq!(reply.response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let reply = call(&world, Endpoint::Introspection, "/oauth2/introspect", "web", &"x".repeat(9000));
    assert_eq!(reply.response.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[test]
fn a_client_that_is_deleted_takes_everything_with_it() {
    use oauth2_core::server::Batch;
    let world = World::new();
    let (tokens, issued) = (world.tokens("web"), world.code("web"));
    let batch = Batch { revoke: vec![web().family()], ..Batch::default() };
    assert_eq!(world.store.borrow_mut().commit(&batch), oauth_sansio::Outcome::Applied);
    assert!(world.api(&tokens.access).is_err());
    assert_eq!(error(&world.refresh("web", &tokens.refresh)), "invalid_client");
    assert_eq!(error(&world.redeem("web", &issued)), "invalid_client");
    assert!(world.api(&world.tokens("native").access).is_ok());
}

#[test]
fn a_token_request_asks_the_store_once_and_writes_once() {
    let world = World::new();
    let issued = world.code("web");
    let trips = |what: &dyn Fn() -> Reply<Reason>| {
        let before = world.store.borrow().trips;
        let reply = what();
        let after = world.store.borrow().trips;
        (reply, (after.0 - before.0, after.1 - before.1))
    };
    let (reply, code) = trips(&|| world.redeem("web", &issued));
    let token = Tokens::of(&reply).refresh;
    let (_, refresh) = trips(&|| world.refresh("web", &token));
    let (_, own) = trips(&|| {
        world.token(&[("authorization", &basic("machine", SECRET))], &[("grant_type", "client_credentials")])
    });
    assert_eq!([code, refresh, own], [(1, 1); 3]);
}
