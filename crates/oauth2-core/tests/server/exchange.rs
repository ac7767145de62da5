//! Token exchange (RFC 8693).

use http::StatusCode;
use oauth_sansio::{Answer, Reply};
use oauth2_core::server::{Client, Config, Endpoint, GrantType, Reason, Resource};
use serde_json::{Value, json};

use crate::world::*;

pub(crate) const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
pub(crate) const TYPE: &str = "urn:ietf:params:oauth:token-type:access_token";

/// A client whose tokens are for `one`; behind it `two`, behind that `three`, and so on.
const APIS: [&str; 6] = ["one", "two", "three", "four", "five", "six"];

pub(crate) fn uri(api: &str) -> String {
    format!("https://{api}.example")
}

pub(crate) fn world() -> World {
    world_with(|_| {})
}

pub(crate) fn world_with(change: impl FnOnce(&mut Config)) -> World {
    let world = World::with(|config| {
        config.resources = APIS
            .iter()
            .map(|api| Resource { introspected_by: vec![(*api).into()], ..Resource::new(uri(api)) })
            .collect();
        change(config);
    });
    for (place, api) in APIS.iter().enumerate() {
        let next = APIS.get(place + 1).map(|next| uri(next));
        world.register(Client {
            client_id: (*api).into(),
            grants: vec![GrantType::TokenExchange],
            resources: Some(next.into_iter().collect()),
            ..machine()
        });
    }
    let grants = vec![GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::TokenExchange];
    world.register(Client { grants, ..web() });
    world
}

/// A token of `web` for `ann`, for these APIs.
pub(crate) fn token(world: &World, apis: &[&str]) -> String {
    token_of(world, "web", "ann", apis)
}

/// A token of a client for a person, for these APIs.
pub(crate) fn token_of(world: &World, client: &str, person: &str, apis: &[&str]) -> String {
    let issued = {
        let verifier = oauth2_core::pkce::Verifier::generate(&mut world.moment().entropy());
        let challenge = verifier.challenge().to_string();
        let resources: Vec<_> = apis.iter().map(|api| uri(api)).collect();
        let mut request = world.request(client, &challenge);
        request.extend(resources.iter().map(|resource| ("resource", resource.as_str())));
        let reply = world.authorize(&request);
        let allowed = Some(Answer::allowed(person));
        let reply = world.consent(&location(&reply.response), Some(&cookie(&reply.response)), allowed);
        let code = query(&location(&reply.response))["code"].clone();
        Issued { code, verifier: verifier.expose().to_owned() }
    };
    Tokens::of(&world.redeem(client, &issued)).access
}

pub(crate) fn exchange(world: &World, client: &str, subject: &str, more: &[(&str, &str)]) -> Reply<Reason> {
    let parameters = [("grant_type", GRANT), ("subject_token", subject), ("subject_token_type", TYPE)];
    world.token(&[("authorization", &basic(client, SECRET))], &[&parameters, more].concat())
}

pub(crate) fn exchanged(reply: &Reply<Reason>) -> String {
    assert_eq!(reply.response.status(), StatusCode::OK, "{:?}", reply.reason);
    let body = json(&reply.response);
    assert_eq!(body["issued_token_type"], TYPE);
    assert!(body["refresh_token"].is_null());
    body["access_token"].as_str().unwrap().to_owned()
}

pub(crate) fn told(world: &World, client: &str, token: &str) -> Value {
    let request =
        post("/oauth2/introspect", &[("authorization", &basic(client, SECRET))], &[("token", token)]);
    json(&world.drive(world.receive(Endpoint::Introspection, request), None).response)
}

#[test]
fn an_api_calls_the_next_one_in_the_name_of_the_person_and_as_itself() {
    let world = world();
    let subject = token(&world, &["one"]);
    let next = exchanged(&exchange(&world, "one", &subject, &[("resource", &uri("two")), ("scope", "read")]));
    let told = told(&world, "two", &next);
    assert_eq!(
        (&told["sub"], &told["client_id"], &told["scope"]),
        (&json!("ann"), &json!("one"), &json!("read"))
    );
    assert_eq!((&told["aud"], &told["act"]), (&json!([uri("two")]), &json!({ "sub": "one" })));
}

#[test]
fn n13_only_a_living_access_token_of_this_server_is_taken() {
    let world = world();
    let subject = token(&world, &["one"]);
    let two = uri("two");
    let target = [("resource", two.as_str())];
    for kind in ["refresh_token", "id_token", "jwt", "saml2"] {
        let kind = format!("urn:ietf:params:oauth:token-type:{kind}");
        let parameters = [
            ("grant_type", GRANT),
            ("subject_token", subject.as_str()),
            ("subject_token_type", kind.as_str()),
        ];
        let reply =
            world.token(&[("authorization", &basic("one", SECRET))], &[&parameters[..], &target].concat());
        assert_eq!(
            (error(&reply), reply.reason),
            ("invalid_request".into(), Some(Reason::TokenType("subject_token_type")))
        );
        let reply = exchange(&world, "one", &subject, &[target[0], ("requested_token_type", &kind)]);
        assert_eq!(error(&reply), "invalid_request");
    }
    let refresh = world.tokens("web").refresh;
    for other in ["x", refresh.as_str(), "a.b.c"] {
        assert_eq!(exchange(&world, "one", other, &target).reason, Some(Reason::SubjectToken), "{other}");
    }
    world.pass(600);
    assert_eq!(exchange(&world, "one", &subject, &target).reason, Some(Reason::SubjectToken));
}

#[test]
fn n14_whoever_is_not_meant_by_a_token_cannot_exchange_it_and_actors_are_kept() {
    let world = world();
    let subject = token(&world, &["one"]);
    let reply = exchange(&world, "two", &subject, &[("resource", &uri("three"))]);
    assert_eq!(reply.reason, Some(Reason::SubjectToken));
    // Along the chain each one is named, the last in front, until there are too many.
    let mut current = subject;
    for (place, api) in APIS.iter().enumerate().take(4) {
        let next = APIS[place + 1];
        current = exchanged(&exchange(&world, api, &current, &[("resource", &uri(next))]));
    }
    let told = told(&world, "five", &current);
    let act =
        json!({ "sub": "four", "act": { "sub": "three", "act": { "sub": "two", "act": { "sub": "one" } } } });
    assert_eq!((&told["act"], &told["sub"]), (&act, &json!("ann")));
    let reply = exchange(&world, "five", &current, &[("resource", &uri("six"))]);
    assert_eq!((error(&reply), reply.reason), ("invalid_request".into(), Some(Reason::ChainTooLong)));
}

#[test]
fn n15_what_comes_out_is_never_more_than_what_went_in() {
    let world = world();
    let subject = token(&world, &["one", "two"]);
    // A client narrows its own.
    let narrow =
        exchanged(&exchange(&world, "web", &subject, &[("resource", &uri("two")), ("scope", "read")]));
    let told_of_narrow = told(&world, "two", &narrow);
    assert_eq!((&told_of_narrow["aud"], &told_of_narrow["scope"]), (&json!([uri("two")]), &json!("read")));
    assert!(told_of_narrow["act"].is_null());
    for (more, wanted) in [
        (vec![("scope", "admin".to_owned())], Reason::ScopeWider),
        (vec![("resource", uri("three"))], Reason::TargetWider),
        (vec![("audience", uri("three"))], Reason::TargetWider),
    ] {
        let more: Vec<_> = more.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(exchange(&world, "web", &subject, &more).reason, Some(wanted));
        if wanted != Reason::ScopeWider {
            // Nor does an API get where its registration does not say.
            assert_eq!(exchange(&world, "one", &subject, &more).reason, Some(Reason::TargetUnknown));
        }
    }
    assert_eq!(exchange(&world, "web", &narrow, &[("scope", "write")]).reason, Some(Reason::ScopeWider));
    // Time is inherited, and so is the end.
    world.pass(500);
    let late = exchanged(&exchange(&world, "web", &subject, &[]));
    assert_eq!(told(&world, "web", &late)["exp"], told(&world, "web", &subject)["exp"]);
    let request = post("/oauth2/revoke", &[("authorization", &basic("web", SECRET))], &[("token", &subject)]);
    assert_eq!(
        world.drive(world.receive(Endpoint::Revocation, request), None).response.status(),
        StatusCode::OK
    );
    assert_eq!(told(&world, "web", &late), json!({ "active": false }));
}

#[test]
fn v01_whoever_acts_with_an_exchanged_token_gives_back_that_token_and_nothing_else() {
    let world = world();
    let tokens = world.tokens("web");
    let subject = token(&world, &["one"]);
    let next = exchanged(&exchange(&world, "one", &subject, &[("resource", &uri("two"))]));
    let revoke = |client: &str, token: &str| {
        let request =
            post("/oauth2/revoke", &[("authorization", &basic(client, SECRET))], &[("token", token)]);
        world.drive(world.receive(Endpoint::Revocation, request), None).response.status()
    };
    // As often as it likes.
    assert_eq!([(), ()].map(|()| revoke("one", &next)), [StatusCode::OK; 2]);
    assert_eq!(told(&world, "two", &next), json!({ "active": false }));
    assert_eq!(world.api(&next).unwrap_err().reason, Some(oauth2_core::resource::Reason::Revoked));
    assert_eq!(
        exchange(&world, "two", &next, &[("resource", &uri("three"))]).reason,
        Some(Reason::SubjectToken)
    );
    // What the person granted to `web` is untouched, until `web` gives it back.
    assert_eq!(told(&world, "one", &subject)["active"], true);
    let another = exchanged(&exchange(&world, "one", &subject, &[("resource", &uri("two"))]));
    assert_eq!(revoke("web", &subject), StatusCode::OK);
    assert_eq!(told(&world, "two", &another), json!({ "active": false }));
    assert!(world.api(&tokens.access).is_ok());
}

#[test]
fn an_exchange_is_for_confidential_clients_that_are_registered_for_it() {
    let world = world();
    let subject = token(&world, &["one"]);
    assert_eq!(exchange(&world, "other", &subject, &[]).reason, Some(Reason::GrantNotAllowed));
    world.register(Client { grants: vec![GrantType::TokenExchange], ..native() });
    let parameters = [
        ("grant_type", GRANT),
        ("client_id", "native"),
        ("subject_token", subject.as_str()),
        ("subject_token_type", TYPE),
    ];
    assert_eq!(world.token(&[], &parameters).reason, Some(Reason::GrantNotAllowed));
}
