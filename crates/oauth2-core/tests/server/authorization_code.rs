//! Attacks on the authorization code at the token endpoint.

use http::StatusCode;
use oauth2_core::server::{Client, GrantType, Reason, Step};

use crate::world::*;

#[test]
fn g01_a_second_valid_use_revokes_all_that_came_from_the_code() {
    for client in ["web", "native"] {
        let world = World::new();
        let issued = world.code(client);
        let first = Tokens::of(&world.redeem(client, &issued));
        let next = Tokens::of(&world.refresh(client, &first.refresh));
        let replay = world.redeem(client, &issued);
        assert_eq!(error(&replay), "invalid_grant");
        assert_eq!(replay.reason, Some(Reason::CodeReplayed));
        for token in [&first.access, &next.access] {
            assert!(world.api(token).is_err());
        }
        assert_eq!(world.refresh(client, &next.refresh).reason, Some(Reason::RefreshRevoked));
        // Also when the code has long expired: somebody has kept it.
        let issued = world.code(client);
        let tokens = Tokens::of(&world.redeem(client, &issued));
        world.pass(61);
        assert_eq!(world.redeem(client, &issued).reason, Some(Reason::CodeReplayed));
        assert!(world.api(&tokens.access).is_err());
    }
}

#[test]
fn g02_a_second_use_by_anyone_else_changes_nothing() {
    let world = World::new();
    let issued = world.code("web");
    let tokens = Tokens::of(&world.redeem("web", &issued));
    let before = world.store.borrow().size();
    let wrong = Issued { code: issued.code.clone(), verifier: "x".repeat(43) };
    assert_eq!(world.redeem("web", &wrong).reason, Some(Reason::PkceMismatch));
    assert_eq!(world.redeem("other", &issued).reason, Some(Reason::CodeOfOtherClient));
    assert_eq!(world.redeem("native", &issued).reason, Some(Reason::CodeOfOtherClient));
    let elsewhere = [
        ("grant_type", "authorization_code"),
        ("code", issued.code.as_str()),
        ("code_verifier", issued.verifier.as_str()),
        ("redirect_uri", "https://evil.example/"),
    ];
    let reply = world.drive(world.as_client("web", &elsewhere), None);
    assert_eq!(reply.reason, Some(Reason::RedirectUriMismatch));
    let reply = world.token(&[("authorization", &basic("web", "wrong"))], &elsewhere);
    assert_eq!(reply.reason, Some(Reason::WrongSecret));
    assert_eq!(world.store.borrow().size(), before);
    assert!(world.api(&tokens.access).is_ok());
    Tokens::of(&world.refresh("web", &tokens.refresh));
}

#[test]
fn g03_one_of_64_redeems_at_once_wins_and_the_others_are_replays() {
    let world = World::new();
    let issued = world.code("web");
    // All have read the store before any of them writes.
    let racing: Vec<Step> = (0..64).map(|_| world.advance(world.redeem_step("web", &issued))).collect();
    assert!(racing.iter().all(|step| matches!(step, Step::Commit(_))));
    let replies: Vec<_> = racing.into_iter().map(|step| world.drive(step, None)).collect();
    let won = replies.iter().filter(|reply| reply.response.status() == StatusCode::OK).count();
    // The first of the others revokes the family, which the rest find revoked.
    let count = |reason| replies.iter().filter(|reply| reply.reason == Some(reason)).count();
    assert_eq!((won, count(Reason::CodeReplayed), count(Reason::CodeRevoked)), (1, 1, 62));
    // Two holders of one code and its verifier: whatever came of it is dead.
    assert!(world.api(&Tokens::of(&replies[0]).access).is_err());
    assert_eq!(world.store.borrow().access.len(), 1);
}

#[test]
fn g04_the_code_of_one_client_is_no_use_to_another_and_not_burnt_by_it() {
    let world = World::new();
    let issued = world.code("web");
    for thief in ["other", "native"] {
        let reply = world.redeem(thief, &issued);
        assert_eq!(error(&reply), "invalid_grant");
        assert_eq!(reply.reason, Some(Reason::CodeOfOtherClient));
    }
    Tokens::of(&world.redeem("web", &issued));
}

#[test]
fn g05_a_redirect_uri_that_is_sent_must_be_the_one_that_was_used() {
    let world = World::new();
    let issued = world.code("native");
    let with = |uri: &str| {
        let step = world.as_client(
            "native",
            &[
                ("grant_type", "authorization_code"),
                ("code", &issued.code),
                ("code_verifier", &issued.verifier),
                ("redirect_uri", uri),
            ],
        );
        world.drive(step, None)
    };
    for uri in ["http://127.0.0.1/cb", "http://127.0.0.1:5001/cb", "http://127.0.0.1:5000/cb/", "x"] {
        let reply = with(uri);
        assert_eq!(error(&reply), "invalid_grant", "{uri}");
        assert_eq!(reply.reason, Some(Reason::RedirectUriMismatch));
    }
    Tokens::of(&with("http://127.0.0.1:5000/cb"));
}

#[test]
fn g06_a_verifier_that_does_not_match_burns_nothing() {
    let world = World::new();
    let issued = world.code("web");
    let redeem = |verifier: &str| {
        let issued = Issued { code: issued.code.clone(), verifier: verifier.to_owned() };
        world.redeem("web", &issued)
    };
    let other = world.code("web").verifier;
    let flipped = issued.verifier.to_ascii_uppercase();
    for wrong in [other.as_str(), &flipped, &"x".repeat(128), &format!("{}x", issued.verifier)] {
        let reply = redeem(wrong);
        assert_eq!(error(&reply), "invalid_grant", "{wrong}");
        assert_eq!(reply.reason, Some(Reason::PkceMismatch));
    }
    let spaced = format!("{} ", issued.verifier);
    for malformed in [&issued.verifier[1..], &"x".repeat(129), &spaced, &"é".repeat(43), &"+".repeat(43)] {
        let reply = redeem(malformed);
        assert_eq!(error(&reply), "invalid_request", "{malformed}");
        assert_eq!(reply.reason, Some(Reason::Malformed("code_verifier")));
    }
    assert_eq!(redeem("").reason, Some(Reason::Missing("code_verifier")));
    Tokens::of(&redeem(&issued.verifier));
}

#[test]
fn g07_a_code_lives_for_60_seconds() {
    let world = World::new();
    let issued = world.code("web");
    world.pass(60);
    let reply = world.redeem("web", &issued);
    assert_eq!(error(&reply), "invalid_grant");
    assert_eq!(reply.reason, Some(Reason::CodeExpired));
    let issued = world.code("web");
    world.pass(59);
    Tokens::of(&world.redeem("web", &issued));
}

#[test]
fn g08_z06_everything_that_can_be_redeemed_is_random_and_stored_by_its_digest() {
    let world = World::new();
    let tokens = world.tokens("web");
    let mut codes: Vec<String> = (0..100).map(|_| world.code("web").code).collect();
    // 43 characters of base64url; the first eight tell the time, 208 random bits follow.
    assert!(codes.iter().all(|code| code.len() == 43));
    codes.sort_by_key(|code| code[8..].to_owned());
    assert!(codes.windows(2).all(|pair| pair[0][8..] != pair[1][8..]));
    let stored = format!("{:?}", world.store.borrow());
    let rows = {
        let store = world.store.borrow();
        let rows = (
            store.codes.values().collect::<Vec<_>>(),
            store.access.values().collect::<Vec<_>>(),
            store.refresh.values().collect::<Vec<_>>(),
            store.pending.values().collect::<Vec<_>>(),
        );
        serde_json::to_string(&rows).unwrap()
    };
    for secret in [&codes[0], &tokens.access, &tokens.refresh] {
        assert!(!stored.contains(secret.as_str()) && !rows.contains(secret.as_str()));
    }
}

#[test]
fn g10_a_grant_that_is_not_registered_is_refused() {
    let world = World::new();
    let (issued, refresh) = (world.code("web"), world.tokens("web").refresh);
    world.register(Client { grants: vec![], ..web() });
    for reply in [
        world.redeem("web", &issued),
        world.refresh("web", &refresh),
        world.drive(world.as_client("web", &[("grant_type", "client_credentials")]), None),
    ] {
        assert_eq!(error(&reply), "unauthorized_client");
        assert_eq!(reply.response.status(), StatusCode::BAD_REQUEST);
    }
    // Nothing was spent by it.
    world.register(web());
    Tokens::of(&world.redeem("web", &issued));
    Tokens::of(&world.refresh("web", &refresh));
}

#[test]
fn g11_a_store_that_fails_has_neither_spent_nor_issued_anything() {
    let world = World::new();
    let issued = world.code("web");
    let before = world.store.borrow().size();
    // The driver drops the step where the store fails: at the look-up, then at the commit.
    drop(world.redeem_step("web", &issued));
    drop(world.advance(world.redeem_step("web", &issued)));
    assert_eq!(world.store.borrow().size(), before);
    Tokens::of(&world.redeem("web", &issued));
}

#[test]
fn g12_a_code_from_one_session_does_not_fit_the_verifier_of_another() {
    let world = World::new();
    let (victim, attacker) = (world.code("web"), world.code("web"));
    let injected = Issued { code: attacker.code, verifier: victim.verifier };
    assert_eq!(world.redeem("web", &injected).reason, Some(Reason::PkceMismatch));
}

#[test]
fn g13_a_code_of_a_grant_that_was_withdrawn_is_dead() {
    let world = World::new();
    let issued = world.code("web");
    let family = world.store.borrow().codes.values().next().unwrap().authorization.family;
    world.store.borrow_mut().revoked.insert(family);
    let reply = world.redeem("web", &issued);
    assert_eq!(error(&reply), "invalid_grant");
    assert_eq!(reply.reason, Some(Reason::CodeRevoked));
}

#[test]
fn g14_scope_cannot_be_widened_at_redemption() {
    let world = World::new();
    let issued = world.code("web");
    let step = world.as_client(
        "web",
        &[
            ("grant_type", "authorization_code"),
            ("code", &issued.code),
            ("code_verifier", &issued.verifier),
            ("scope", "read write admin"),
        ],
    );
    // RFC 6749 section 4.1.3 knows no scope here: it is an unknown parameter.
    assert_eq!(Tokens::of(&world.drive(step, None)).scope, "read write");
}

#[test]
fn a_client_that_lost_the_refresh_grant_gets_no_new_refresh_token_from_a_code() {
    let world = World::new();
    let issued = world.code("web");
    world.register(Client { grants: vec![GrantType::AuthorizationCode], ..web() });
    assert_eq!(Tokens::of(&world.redeem("web", &issued)).refresh, "");
}
