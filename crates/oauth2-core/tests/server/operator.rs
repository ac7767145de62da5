//! What an operator's own code decides: reviews of tokens, extension grants, passwords where they must be.

use std::time::Duration;

use http::StatusCode;
use oauth_sansio::{Digest, Login, Reply, Timestamp};
use oauth2_core::server::{
    Client, Config, ConfigError, Endpoint, Extended, Extension, GrantType, JsonText, Profile, Reason,
    ServerKeys, Verdict,
};
use serde_json::{Value, json as value};

use crate::world::*;

const VOUCHER: &str = "https://as.example/grants/voucher";

fn reviewed() -> World {
    World::with(|config| {
        config.reviews = true;
        config.keys = ServerKeys::always([5; 32]);
        config.resource_servers = vec!["machine".into()];
    })
}

fn say(world: &World, verdict: Verdict) {
    world.operator.borrow_mut().verdict = verdict;
}

fn introspect(world: &World, token: &str) -> Value {
    let request =
        post("/oauth2/introspect", &[("authorization", &basic("machine", SECRET))], &[("token", token)]);
    json(&world.drive(world.receive(Endpoint::Introspection, request), None).response)
}

#[test]
fn the_operator_is_asked_before_each_token_and_only_where_it_wants_to_be() {
    let world = World::new();
    world.tokens("web");
    assert_eq!(world.asked.take(), Vec::<String>::new());
    let world = reviewed();
    let tokens = world.tokens("web");
    world.refresh("web", &tokens.refresh);
    assert_eq!(world.asked.take(), ["review authorization_code", "review refresh_token"]);
}

#[test]
fn a_token_says_what_the_operator_adds_and_never_in_the_place_of_the_server() {
    let world = reviewed();
    let claims = value!({ "roles": ["editor"], "sub": "root", "scope": "admin", "active": false, "cnf": {} });
    let Value::Object(claims) = claims else { unreachable!() };
    say(&world, Verdict::with_claims(claims));
    let token = world.tokens("web").access;
    let told = introspect(&world, &token);
    assert_eq!(told["roles"], value!(["editor"]));
    assert_eq!((&told["sub"], &told["scope"]), (&value!("ann"), &value!("read write")));
    assert_eq!((&told["active"], &told["cnf"]), (&value!(true), &Value::Null));
}

#[test]
fn the_operator_narrows_a_token_and_cannot_widen_it() {
    let world = reviewed();
    say(
        &world,
        Verdict::Granted {
            scopes: Some(scopes("read admin")),
            resources: None,
            claims: Some(JsonText::of(&value!("no object"))),
            lifetime: Some(Duration::from_secs(30)),
        },
    );
    let reply = world.redeem("web", &world.code("web"));
    let body = json(&reply.response);
    assert_eq!((&body["scope"], &body["expires_in"]), (&value!("read"), &value!(30)));
    // What was granted is what the refresh token stands for.
    say(&world, Verdict::AS_PROPOSED);
    let next = world.refresh("web", body["refresh_token"].as_str().unwrap());
    assert_eq!(json(&next.response)["scope"], "read write");
    say(
        &world,
        Verdict::Granted { scopes: None, resources: None, claims: None, lifetime: Some(Duration::MAX) },
    );
    let reply = world.redeem("web", &world.code("web"));
    assert_eq!(json(&reply.response)["expires_in"], 600);
}

#[test]
fn the_operator_says_where_a_token_may_be_used_and_never_farther_than_was_proposed() {
    let world = reviewed();
    let to = |apis: &[&str]| Verdict::Granted {
        scopes: None,
        resources: Some(apis.iter().map(|api| (*api).to_owned()).collect()),
        claims: None,
        lifetime: None,
    };
    say(&world, to(&["https://one.example"]));
    let token = world.tokens("web").access;
    assert_eq!(world.api(&token).unwrap().audience, ["https://one.example"]);
    say(&world, to(&[]));
    assert_eq!(world.redeem("web", &world.code("web")).reason, Some(Reason::NotApproved));
}

#[test]
fn r08_a_person_who_was_dismissed_gets_no_further_token_and_nothing_is_spent() {
    let world = reviewed();
    let tokens = world.tokens("web");
    let before = world.store.borrow().size();
    say(&world, Verdict::Refused);
    let reply = world.refresh("web", &tokens.refresh);
    assert_eq!((error(&reply).as_str(), reply.reason), ("invalid_grant", Some(Reason::NotApproved)));
    assert_eq!(world.store.borrow().size(), before);
    say(&world, Verdict::AS_PROPOSED);
    assert_eq!(world.refresh("web", &tokens.refresh).reason, None);
}

#[test]
fn r02_a_retry_is_told_what_was_reviewed_for_the_first_answer() {
    let world = reviewed();
    let tokens = world.tokens("web");
    let first = Tokens::of(&world.refresh("web", &tokens.refresh));
    let again = Tokens::of(&world.refresh("web", &tokens.refresh));
    assert_eq!((first.access, first.refresh), (again.access, again.refresh));
}

// ---- extension grants

fn vouchers() -> World {
    let world = World::with(|config| config.extension_grants = vec![VOUCHER.into()]);
    let grants = vec![GrantType::Extension(VOUCHER.into()), GrantType::RefreshToken];
    world.register(Client { grants, ..web() });
    world.operator.borrow_mut().extend = |extension: &Extension| {
        let voucher = extension.parameter("voucher")?.expose();
        (voucher != "forged").then(|| Extended {
            subject: Some("bob".into()),
            login: Some(Login { auth_time: Timestamp::from_unix(START), acr: None, amr: vec![] }),
            scopes: Some(scopes("read admin")),
            refresh: true,
            once: Some((Digest::of(voucher), Timestamp::from_unix(START + 60))),
        })
    };
    world
}

fn present(world: &World, more: &[(&str, &str)]) -> Reply<Reason> {
    let parameters = [&[("grant_type", VOUCHER)], more].concat();
    world.token(&[("authorization", &basic("web", SECRET))], &parameters)
}

#[test]
fn an_extension_grant_gives_what_the_operator_says_within_what_the_client_may_have() {
    let world = vouchers();
    let tokens = Tokens::of(&present(&world, &[("voucher", "v1"), ("scope", "read write")]));
    assert_eq!(tokens.scope, "read");
    assert!(!tokens.refresh.is_empty());
    let grant = world.api(&tokens.access).unwrap();
    assert_eq!(grant.principal, oauth2_core::resource::Principal::User("bob".into()));
    assert_eq!(world.refresh("web", &tokens.refresh).reason, None);
}

#[test]
fn what_an_extension_grant_takes_once_is_taken_once_also_by_two_at_once() {
    let world = vouchers();
    assert_eq!(present(&world, &[("voucher", "v1")]).reason, None);
    let reply = present(&world, &[("voucher", "v1")]);
    assert_eq!((error(&reply).as_str(), reply.reason), ("invalid_grant", Some(Reason::GrantReplayed)));
    assert_eq!(present(&world, &[("voucher", "forged")]).reason, Some(Reason::NotExtended));
    world.pass(60);
    assert_eq!(present(&world, &[("voucher", "v2")]).reason, Some(Reason::NotExtended));
}

#[test]
fn an_extension_grant_is_asked_for_only_when_all_else_is_right() {
    let world = vouchers();
    let voucher = [("voucher", "v1")];
    assert_eq!(
        present(&world, &[("voucher", "v1"), ("voucher", "v2")]).reason,
        Some(Reason::Repeated("a parameter"))
    );
    assert_eq!(present(&world, &[voucher[0], ("scope", "admin")]).reason, Some(Reason::ScopeNotAllowed));
    let unregistered = [("grant_type", VOUCHER), voucher[0]];
    let reply = world.token(&[("authorization", &basic("other", SECRET))], &unregistered);
    assert_eq!(reply.reason, Some(Reason::GrantNotAllowed));
    let reply = world.token(&[("authorization", &basic("web", "wrong"))], &unregistered);
    assert_eq!(reply.reason, Some(Reason::WrongSecret));
    assert_eq!(world.asked.take(), Vec::<String>::new());
    present(&world, &voucher);
    assert_eq!(world.asked.take(), [format!("extend {VOUCHER}")]);
}

#[test]
fn an_extension_grant_is_told_no_credentials_of_the_client() {
    let world = vouchers();
    world.operator.borrow_mut().extend = |extension| {
        let names: Vec<_> = extension.parameters.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["voucher"]);
        None
    };
    let parameters = [
        ("grant_type", VOUCHER),
        ("client_id", "web"),
        ("client_secret", SECRET),
        ("voucher", "v1"),
        ("empty", ""),
    ];
    assert_eq!(world.token(&[], &parameters).reason, Some(Reason::NotExtended));
}

#[test]
fn an_extension_grant_has_a_name_of_its_own_and_is_advertised() {
    let world = vouchers();
    assert!(world.server.metadata().grant_types_supported.contains(&VOUCHER.to_owned()));
    for name in ["password", "urn:ietf:params:oauth:grant-type:device_code", ""] {
        let mut config = Config::new(ISSUER.parse().unwrap());
        config.extension_grants = vec![name.into()];
        let refused = oauth2_core::server::AuthorizationServer::new(config).map(drop);
        assert_eq!(refused, Err(ConfigError::ExtensionGrant), "{name}");
    }
}

// ---- passwords

fn with_passwords() -> World {
    let world = World::with(|config| config.policy = Profile::LegacyInsecure.policy());
    let grants = vec![GrantType::InsecurePassword, GrantType::RefreshToken];
    world.register(Client { grants: grants.clone(), ..web() });
    world.register(Client { grants, ..native() });
    world
}

fn log_in(world: &World, password: &str) -> Reply<Reason> {
    let parameters = [("grant_type", "password"), ("username", "ann"), ("password", password)];
    world.token(&[("authorization", &basic("web", SECRET))], &parameters)
}

#[test]
fn a_password_is_taken_under_the_legacy_profile_from_confidential_clients() {
    let world = with_passwords();
    assert!(world.server.metadata().grant_types_supported.contains(&"password".to_owned()));
    let tokens = Tokens::of(&log_in(&world, "nna"));
    assert_eq!(tokens.scope, "read write");
    assert_eq!(world.refresh("web", &tokens.refresh).reason, None);
    let reply = log_in(&world, "wrong");
    assert_eq!((error(&reply).as_str(), reply.reason), ("invalid_grant", Some(Reason::WrongPassword)));
    let parameters =
        [("grant_type", "password"), ("username", "ann"), ("password", "nna"), ("client_id", "native")];
    assert_eq!(world.token(&[], &parameters).reason, Some(Reason::GrantNotAllowed));
}

#[test]
fn n03_no_other_profile_takes_a_password_whatever_the_client_is_registered_for() {
    for profile in [Profile::Oauth21, Profile::Fapi2, Profile::Mcp] {
        let world = World::with(|config| config.policy = profile.policy());
        world.register(Client { grants: vec![GrantType::InsecurePassword], ..web() });
        let reply = log_in(&world, "nna");
        assert_eq!(reply.response.status(), StatusCode::BAD_REQUEST);
        assert_eq!(error(&reply), "unsupported_grant_type");
        assert_eq!(world.asked.take(), Vec::<String>::new());
    }
}
