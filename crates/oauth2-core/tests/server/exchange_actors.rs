//! Who may act for whom in a token exchange (RFC 8693 sections 2.1, 4.1, 4.4).

use oauth_sansio::{Reply, base64url};
use oauth2_core::{
    jose::{Algorithm, LocalSigner, Signer, Unsigned},
    server::{Client, Endpoint, GrantType, KeyRing, Reason, RingKey, ServerKeys, TokenFormat, Verdict},
};
use serde_json::{Map, Value, json};

use crate::{exchange::*, world::*};

/// APIs in a row, `web`, and `helper`, which acts for people at `two` and `three`; the operator looks at each token.
fn world() -> World {
    let world = world_with(|config| config.reviews = true);
    register_helper(&world);
    world
}

fn register_helper(world: &World) {
    let grants = [GrantType::AuthorizationCode, GrantType::ClientCredentials, GrantType::TokenExchange];
    world.register(Client {
        client_id: "helper".into(),
        grants: grants.into(),
        resources: Some(["one", "two", "three"].map(uri).into()),
        ..web()
    });
}

/// What is issued meanwhile says this of who may act.
fn letting<T>(world: &World, may_act: Value, issue: impl FnOnce() -> T) -> T {
    let claims = Map::from_iter([("may_act".to_owned(), may_act)]);
    world.operator.borrow_mut().verdict = Verdict::with_claims(claims);
    let issued = issue();
    world.operator.borrow_mut().verdict = Verdict::AS_PROPOSED;
    issued
}

/// A token of `web` for `ann`, for `one`, with this `may_act`.
fn subject(world: &World, may_act: Value) -> String {
    letting(world, may_act, || token(world, &["one"]))
}

/// `helper` exchanges a token with an actor token.
fn act(world: &World, subject: &str, actor: &str, more: &[(&str, &str)]) -> Reply<Reason> {
    let actor = [("actor_token", actor), ("actor_token_type", TYPE)];
    exchange(world, "helper", subject, &[&actor[..], more].concat())
}

fn revoke(world: &World, client: &str, token: &str) {
    let request = post("/oauth2/revoke", &[("authorization", &basic(client, SECRET))], &[("token", token)]);
    assert_eq!(world.drive(world.receive(Endpoint::Revocation, request), None).reason, None);
}

fn expiry(world: &World, client: &str, token: &str) -> u64 {
    told(world, client, token)["exp"].as_u64().unwrap()
}

#[test]
fn n14_where_a_token_names_who_may_act_that_client_alone_exchanges_it() {
    let world = world();
    for named in [json!({ "sub": "three" }), json!({ "sub": "three", "iss": ISSUER })] {
        let subject = subject(&world, named.clone());
        assert_eq!(told(&world, "one", &subject)["may_act"], named);
        // Neither the API that it is for nor the client whose it is: a narrower one would name nobody.
        for (client, to) in [("one", "two"), ("web", "one")] {
            let reply = exchange(&world, client, &subject, &[("resource", &uri(to))]);
            assert_eq!((error(&reply), reply.reason), ("invalid_request".into(), Some(Reason::MayNotAct)));
        }
        let next = exchanged(&exchange(&world, "three", &subject, &[("resource", &uri("four"))]));
        let told = told(&world, "four", &next);
        assert_eq!((&told["sub"], &told["client_id"]), (&json!("ann"), &json!("three")));
        assert_eq!((&told["act"], &told["aud"]), (&json!({ "sub": "three" }), &json!([uri("four")])));
        assert!(told["may_act"].is_null(), "it is not inherited");
    }
    // A client that is named narrows its own, and acts for nobody by that.
    let own = subject(&world, json!({ "sub": "web" }));
    let narrow = exchanged(&exchange(&world, "web", &own, &[("scope", "read")]));
    assert!(told(&world, "one", &narrow)["act"].is_null());
    let elsewhere = subject(&world, json!({ "sub": "three", "iss": "https://other.example" }));
    let reply = exchange(&world, "three", &elsewhere, &[("resource", &uri("four"))]);
    assert_eq!(reply.reason, Some(Reason::MayNotAct));
}

#[test]
fn a_may_act_of_another_form_lets_nobody_act() {
    let world = world();
    for odd in [
        json!(null),
        json!("three"),
        json!(["three"]),
        json!({}),
        json!({ "sub": 3 }),
        json!({ "sub": "" }),
        json!({ "iss": ISSUER }),
        json!({ "sub": "three", "iss": null }),
        json!({ "sub": "three", "email": "three@example.com" }),
        json!({ "sub": "three", "may_act": { "sub": "four" } }),
        json!({ "sub": { "sub": "three" } }),
    ] {
        let subject = subject(&world, odd.clone());
        assert_eq!(told(&world, "one", &subject)["may_act"], odd);
        for (client, to) in [("three", "four"), ("one", "two")] {
            let reply = exchange(&world, client, &subject, &[("resource", &uri(to))]);
            assert_eq!(reply.reason, Some(Reason::MayNotAct), "{odd} {client}");
        }
    }
}

#[test]
fn a_person_who_is_named_acts_through_a_client_that_has_a_token_of_hers() {
    let world = world();
    let subject = subject(&world, json!({ "sub": "bob" }));
    let bob = token_of(&world, "helper", "bob", &["one"]);
    let trips = world.store.borrow().trips;
    let next = exchanged(&act(&world, &subject, &bob, &[("resource", &uri("two")), ("scope", "read")]));
    assert_eq!(world.store.borrow().trips, (trips.0 + 1, trips.1 + 1));
    let told = told(&world, "two", &next);
    assert_eq!((&told["sub"], &told["act"]), (&json!("ann"), &json!({ "sub": "bob" })));
    assert_eq!((&told["client_id"], &told["scope"]), (&json!("helper"), &json!("read")));
}

#[test]
fn a_client_that_is_named_may_show_a_token_that_is_its_own() {
    let world = world();
    let subject = subject(&world, json!({ "sub": "helper" }));
    let own = world.token(
        &[("authorization", &basic("helper", SECRET))],
        &[("grant_type", "client_credentials"), ("resource", &uri("one"))],
    );
    let own = Tokens::of(&own).access;
    let next = exchanged(&act(&world, &subject, &own, &[("resource", &uri("two"))]));
    assert_eq!(told(&world, "two", &next)["act"], json!({ "sub": "helper" }));
}

#[test]
fn n14_nobody_acts_without_leave_whatever_tokens_he_has() {
    let world = world();
    let bob = token_of(&world, "helper", "bob", &["one"]);
    let two = uri("two");
    let target = [("resource", two.as_str())];
    // The token names nobody.
    let silent = token(&world, &["one"]);
    let reply = act(&world, &silent, &bob, &target);
    assert_eq!((error(&reply), reply.reason), ("invalid_request".into(), Some(Reason::MayNotAct)));
    assert_eq!(exchange(&world, "helper", &silent, &target).reason, Some(Reason::SubjectToken));
    // It names somebody else: not this person, and not the client that comes with his token or without it.
    let of_carol = subject(&world, json!({ "sub": "carol" }));
    assert_eq!(act(&world, &of_carol, &bob, &target).reason, Some(Reason::MayNotAct));
    assert_eq!(exchange(&world, "helper", &of_carol, &target).reason, Some(Reason::MayNotAct));
    let of_helper = subject(&world, json!({ "sub": "helper" }));
    assert_eq!(act(&world, &of_helper, &bob, &target).reason, Some(Reason::MayNotAct));
    // Nor does the person's name help without his token.
    let of_bob = subject(&world, json!({ "sub": "bob" }));
    assert_eq!(exchange(&world, "helper", &of_bob, &target).reason, Some(Reason::MayNotAct));
    // A token is no leave for itself.
    let own = token_of(&world, "helper", "ann", &["two"]);
    assert_eq!(act(&world, &own, &own, &target).reason, Some(Reason::MayNotAct));
}

#[test]
fn n14_an_actor_token_of_another_client_lends_nobody() {
    let world = world();
    let subject = subject(&world, json!({ "sub": "bob" }));
    let target = [("resource", &*uri("two"))];
    let foreign = token_of(&world, "web", "bob", &["one"]);
    let reply = act(&world, &subject, &foreign, &target);
    assert_eq!((error(&reply), reply.reason), ("invalid_request".into(), Some(Reason::ActorToken)));
    exchanged(&act(&world, &subject, &token_of(&world, "helper", "bob", &["one"]), &target));
}

#[test]
fn n13_an_actor_token_is_a_living_access_token_of_this_server() {
    let world = world();
    let target = [("resource", &*uri("two"))];
    let living = token_of(&world, "helper", "bob", &["one"]);
    let revoked = token_of(&world, "helper", "bob", &["one"]);
    revoke(&world, "helper", &revoked);
    let named = subject(&world, json!({ "sub": "bob" }));
    let refresh = world.tokens("web").refresh;
    for other in ["x", "a.b.c", refresh.as_str(), revoked.as_str()] {
        assert_eq!(act(&world, &named, other, &target).reason, Some(Reason::ActorToken), "{other}");
    }
    // Both or neither, and of the one type (section 2.1).
    for (more, reason) in [
        (vec![("actor_token", living.as_str())], Reason::Missing("actor_token_type")),
        (vec![("actor_token_type", TYPE)], Reason::Missing("actor_token")),
        (
            vec![
                ("actor_token", &*living),
                ("actor_token_type", "urn:ietf:params:oauth:token-type:id_token"),
            ],
            Reason::TokenType("actor_token_type"),
        ),
    ] {
        let reply = exchange(&world, "helper", &named, &[&more[..], &target].concat());
        assert_eq!((error(&reply), reply.reason), ("invalid_request".into(), Some(reason)));
    }
    world.pass(300);
    let late = subject(&world, json!({ "sub": "bob" }));
    exchanged(&act(&world, &late, &living, &target));
    world.pass(300);
    assert_eq!(act(&world, &late, &living, &target).reason, Some(Reason::ActorToken));
}

#[test]
fn n14_an_actor_token_that_is_bound_lends_nobody_without_its_key() {
    let world = world();
    let key = LocalSigner::generate(Algorithm::Es256, "k").unwrap();
    let other = LocalSigner::generate(Algorithm::Es256, "o").unwrap();
    let subject = subject(&world, json!({ "sub": "helper" }));
    let ask = |proof: Option<String>, parameters: &[(&str, &str)]| {
        let basic = basic("helper", SECRET);
        let mut headers = vec![("authorization", basic.as_str())];
        headers.extend(proof.as_deref().map(|proof| ("dpop", proof)));
        world.token(&headers, parameters)
    };
    let one = uri("one");
    let bound =
        ask(Some(proof(&world, &key, "1")), &[("grant_type", "client_credentials"), ("resource", &one)]);
    let bound = Tokens::of(&bound).access;
    let two = uri("two");
    let parameters = [
        ("grant_type", GRANT),
        ("subject_token", subject.as_str()),
        ("subject_token_type", TYPE),
        ("actor_token", bound.as_str()),
        ("actor_token_type", TYPE),
        ("resource", two.as_str()),
    ];
    for wrong in [None, Some(proof(&world, &other, "2"))] {
        assert_eq!(ask(wrong, &parameters).reason, Some(Reason::ActorToken));
    }
    let next = exchanged(&ask(Some(proof(&world, &key, "3")), &parameters));
    let thumbprint = key.public().unwrap().thumbprint().to_string();
    assert_eq!(told(&world, "two", &next)["cnf"], json!({ "jkt": thumbprint }));
}

fn proof(world: &World, key: &LocalSigner, id: &str) -> String {
    let url = format!("{ISSUER}/oauth2/token");
    let claims = json!({ "jti": id, "htm": "POST", "htu": url, "iat": world.now.get() });
    let jwk = key.public().unwrap();
    let claims = claims.to_string();
    let unsigned = Unsigned::with_embedded_key(&jwk, Algorithm::Es256, "dpop+jwt", claims.as_bytes());
    let signature = key.sign(unsigned.input()).unwrap();
    unsigned.signed(&signature)
}

#[test]
fn n14_no_actor_is_stripped_by_an_actor_token() {
    let world = world();
    let first = token(&world, &["one"]);
    let to_two = [("resource", &*uri("two"))];
    let named = json!({ "sub": "bob" });
    let acted = letting(&world, named.clone(), || exchanged(&exchange(&world, "one", &first, &to_two)));
    let bob = token_of(&world, "helper", "bob", &["one"]);
    let next = exchanged(&act(&world, &acted, &bob, &[("resource", &uri("three"))]));
    let chain = json!({ "sub": "bob", "act": { "sub": "one" } });
    assert_eq!(told(&world, "three", &next)["act"], chain);
    // A token with which `helper` acts for Bob is not Bob.
    let of_web = letting(&world, json!({ "sub": "helper" }), || token_of(&world, "web", "bob", &["one"]));
    let for_bob = exchanged(&exchange(&world, "helper", &of_web, &to_two));
    assert_eq!(told(&world, "two", &for_bob)["act"], json!({ "sub": "helper" }));
    let reply = act(&world, &subject(&world, named), &for_bob, &to_two);
    assert_eq!(reply.reason, Some(Reason::ActorToken));
}

#[test]
fn n14_actor_tokens_make_no_chain_longer_than_it_may_be() {
    let world = world();
    let people = ["bob", "carol", "dora", "emil", "fay"];
    let named = |person: &str| json!({ "sub": person });
    let mut current = subject(&world, named("bob"));
    for (place, person) in people.iter().enumerate().take(4) {
        let actor = token_of(&world, "helper", person, &["one"]);
        let next = named(people[place + 1]);
        current =
            letting(&world, next, || exchanged(&act(&world, &current, &actor, &[("resource", &uri("two"))])));
    }
    let chain = json!({ "sub": "emil", "act": { "sub": "dora", "act": { "sub": "carol", "act": { "sub": "bob" } } } });
    assert_eq!(told(&world, "two", &current)["act"], chain);
    let fay = token_of(&world, "helper", "fay", &["one"]);
    let reply = act(&world, &current, &fay, &[("resource", &uri("two"))]);
    assert_eq!((error(&reply), reply.reason), ("invalid_request".into(), Some(Reason::ChainTooLong)));
}

#[test]
fn n15_an_actor_widens_neither_scope_nor_target() {
    let world = world();
    let bob = token_of(&world, "helper", "bob", &["one"]);
    let named = || json!({ "sub": "bob" });
    let subject = subject(&world, named());
    let two = uri("two");
    for (more, reason) in [
        (vec![("resource", two.clone()), ("scope", "read admin".into())], Reason::ScopeWider),
        (vec![("resource", uri("four"))], Reason::TargetUnknown),
        (vec![("resource", two.clone()), ("audience", uri("four"))], Reason::TargetUnknown),
        (vec![], Reason::TargetUnknown),
    ] {
        let more: Vec<_> = more.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(act(&world, &subject, &bob, &more).reason, Some(reason));
    }
    // Where the token is its own, the client stays where that leads, whoever acts.
    let own = letting(&world, named(), || token_of(&world, "helper", "ann", &["two"]));
    assert_eq!(act(&world, &own, &bob, &[("resource", &uri("three"))]).reason, Some(Reason::TargetWider));
    let next = exchanged(&act(&world, &own, &bob, &[]));
    let told = told(&world, "two", &next);
    assert_eq!((&told["aud"], &told["act"]), (&json!([two]), &json!({ "sub": "bob" })));
}

#[test]
fn n15_what_an_actor_gets_lives_no_longer_than_either_token() {
    let world = world();
    let target = [("resource", &*uri("two"))];
    let named = || json!({ "sub": "bob" });
    let (early_subject, early_bob) = (subject(&world, named()), token_of(&world, "helper", "bob", &["one"]));
    world.pass(400);
    let (late_subject, late_bob) = (subject(&world, named()), token_of(&world, "helper", "bob", &["one"]));
    let end = expiry(&world, "one", &early_subject);
    for (subject, bob) in [(&early_subject, &late_bob), (&late_subject, &early_bob)] {
        let next = exchanged(&act(&world, subject, bob, &target));
        assert_eq!(expiry(&world, "two", &next), end);
    }
    let by_late = exchanged(&act(&world, &late_subject, &late_bob, &target));
    let by_early = exchanged(&act(&world, &late_subject, &early_bob, &target));
    // With the actor's token goes the leave to make more; what there is, ends with it or with the subject's.
    revoke(&world, "helper", &early_bob);
    assert_eq!(act(&world, &late_subject, &early_bob, &target).reason, Some(Reason::ActorToken));
    world.pass(200);
    assert_eq!(told(&world, "two", &by_early), json!({ "active": false }));
    assert_eq!(told(&world, "two", &by_late)["active"], true);
    revoke(&world, "web", &late_subject);
    assert_eq!(told(&world, "two", &by_late), json!({ "active": false }));
    assert_eq!(act(&world, &late_subject, &late_bob, &target).reason, Some(Reason::SubjectToken));
}

#[test]
fn n13_both_tokens_are_found_whichever_of_them_is_signed() {
    let key = LocalSigner::generate(Algorithm::Es256, "2026").unwrap();
    let ring = KeyRing::new([RingKey::always(key.public().unwrap())]).unwrap();
    let mut world = world_with(|config| {
        config.reviews = true;
        config.signing = ring;
        config.keys = ServerKeys::always([3; 32]);
        config.resources[0].token = TokenFormat::Jwt;
    });
    world.keys.push(key);
    register_helper(&world);
    let payload = |token: &str| -> Value {
        serde_json::from_slice(&base64url::decode(token.split('.').nth(1).unwrap().as_bytes()).unwrap())
            .unwrap()
    };
    let target = [("resource", &*uri("three"))];
    let named = json!({ "sub": "bob" });
    for (subject_for, actor_for) in [("one", "one"), ("one", "two"), ("two", "one"), ("two", "two")] {
        let subject = letting(&world, named.clone(), || token(&world, &[subject_for]));
        let bob = token_of(&world, "helper", "bob", &[actor_for]);
        assert_eq!((subject.contains('.'), bob.contains('.')), (subject_for == "one", actor_for == "one"));
        let next = exchanged(&act(&world, &subject, &bob, &target));
        let told = told(&world, "three", &next);
        assert_eq!((&told["sub"], &told["act"]), (&json!("ann"), &json!({ "sub": "bob" })));
        if subject_for == "one" {
            assert_eq!(payload(&subject)["may_act"], named);
        }
        // The `jti` of a token is not the token, whichever place it is put in.
        if actor_for == "one" {
            let id = payload(&bob)["jti"].as_str().unwrap().to_owned();
            assert_eq!(act(&world, &subject, &id, &target).reason, Some(Reason::ActorToken));
        }
    }
}
