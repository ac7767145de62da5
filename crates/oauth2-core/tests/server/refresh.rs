//! Attacks on refresh tokens.

use std::time::Duration;

use http::StatusCode;
use oauth_sansio::{Digest, Timestamp};
use oauth2_core::server::{Client, Reason, Refresh, RefreshRotation, ServerKey, ServerKeys, Step};

use crate::world::*;

const DAY: u64 = 24 * 60 * 60;

#[test]
fn r01_a_used_refresh_token_kills_its_successors() {
    for client in ["web", "native"] {
        let world = World::new();
        let first = world.tokens(client);
        let second = Tokens::of(&world.refresh(client, &first.refresh));
        let third = Tokens::of(&world.refresh(client, &second.refresh));
        let replay = world.refresh(client, &first.refresh);
        assert_eq!(error(&replay), "invalid_grant");
        assert_eq!(replay.reason, Some(Reason::RefreshReplayed));
        for tokens in [&first, &second, &third] {
            assert!(world.api(&tokens.access).is_err());
        }
        assert_eq!(world.refresh(client, &third.refresh).reason, Some(Reason::RefreshRevoked));
        // What the same person granted another time lives on.
        let tokens = world.tokens(client);
        assert!(world.api(&tokens.access).is_ok());
    }
}

#[test]
fn r01_an_old_copy_is_still_an_alarm() {
    let world = World::new();
    let first = world.tokens("web");
    let mut last = first.clone();
    for _ in 0..2 {
        world.pass(20 * DAY);
        last = Tokens::of(&world.refresh("web", &last.refresh));
    }
    // Its own idle time is over, its family lives.
    assert_eq!(world.refresh("web", &first.refresh).reason, Some(Reason::RefreshReplayed));
    assert!(world.api(&last.access).is_err());
}

/// Without rotation, too, it is idle time that ends it, and all of it that is absolute.
#[test]
fn a_refresh_token_that_stays_is_kept_alive_by_its_use_until_its_family_ends() {
    let world = World::with(|config| {
        config.policy.refresh = RefreshRotation::UnlessBound { grace: Duration::from_secs(30) };
    });
    let tokens = world.tokens("web");
    let again = || world.refresh("web", &tokens.refresh);
    for _ in 0..4 {
        world.pass(20 * DAY);
        let reply = again();
        assert_eq!((reply.reason, json(&reply.response).get("refresh_token")), (None, None));
    }
    world.pass(10 * DAY);
    assert_eq!(again().reason, Some(Reason::RefreshExpired));

    let idle = world.tokens("web");
    world.pass(30 * DAY);
    assert_eq!(world.refresh("web", &idle.refresh).reason, Some(Reason::RefreshExpired));
}

#[test]
fn r03_a_refresh_token_is_for_its_own_authenticated_client() {
    let world = World::new();
    let tokens = world.tokens("web");
    let before = world.store.borrow().size();
    for thief in ["other", "native"] {
        let reply = world.refresh(thief, &tokens.refresh);
        assert_eq!(error(&reply), "invalid_grant");
        assert_eq!(reply.reason, Some(Reason::RefreshOfOtherClient));
    }
    let request =
        [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str()), ("client_id", "web")];
    let reply = world.token(&[], &request);
    assert_eq!(
        (error(&reply).as_str(), reply.response.status()),
        ("invalid_client", StatusCode::UNAUTHORIZED)
    );
    // A used one in a thief's hand is no alarm: he has not proven that he is its client.
    let next = Tokens::of(&world.refresh("web", &tokens.refresh));
    assert_eq!(world.refresh("other", &tokens.refresh).reason, Some(Reason::RefreshOfOtherClient));
    assert!(world.api(&next.access).is_ok());
    assert_eq!(world.store.borrow().size(), (before.0 + 2, before.1 + 1));
}

#[test]
fn r04_scope_is_narrowed_for_one_access_token_and_never_widened() {
    let world = World::new();
    let tokens = world.tokens("web");
    let ask = |token: &str, scope: &str| {
        let step = world
            .as_client("web", &[("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)]);
        world.drive(step, None)
    };
    for scope in ["admin", "read admin", "rea", "read write read.more", "a\"b"] {
        let reply = ask(&tokens.refresh, scope);
        assert_eq!(error(&reply), "invalid_scope", "{scope}");
    }
    let narrow = Tokens::of(&ask(&tokens.refresh, "read"));
    assert_eq!(narrow.scope, "read");
    assert_eq!(world.api(&narrow.access).unwrap().scopes, scopes("read"));
    // The new refresh token has kept all of it.
    let whole = Tokens::of(&ask(&narrow.refresh, ""));
    assert_eq!(whole.scope, "read write");
    // A wrong request with a used token is wrong first of all.
    assert_eq!(ask(&tokens.refresh, "admin").reason, Some(Reason::ScopeWider));
    assert!(world.api(&whole.access).is_ok());
}

#[test]
fn r06_rotation_does_not_make_a_family_immortal() {
    let world = World::new();
    let mut tokens = world.tokens("web");
    for _ in 0..4 {
        world.pass(20 * DAY);
        tokens = Tokens::of(&world.refresh("web", &tokens.refresh));
    }
    // Day 80: the last one dies with the family, not thirty days later.
    let last = tokens.refresh;
    world.pass(10 * DAY - 1);
    let final_tokens = Tokens::of(&world.refresh("web", &last));
    world.pass(1);
    assert_eq!(world.refresh("web", &final_tokens.refresh).reason, Some(Reason::RefreshExpired));

    // And one that nobody uses dies early.
    let tokens = world.tokens("web");
    world.pass(30 * DAY);
    let reply = world.refresh("web", &tokens.refresh);
    assert_eq!(error(&reply), "invalid_grant");
    assert_eq!(reply.reason, Some(Reason::RefreshExpired));
}

#[test]
fn r07_of_64_refreshes_at_once_one_wins_and_no_two_families_live() {
    let world = World::new();
    let tokens = world.tokens("web");
    let racing: Vec<Step> =
        (0..64).map(|_| world.advance(world.refresh_step("web", &tokens.refresh))).collect();
    let replies: Vec<_> = racing.into_iter().map(|step| world.drive(step, None)).collect();
    let won = replies.iter().filter(|reply| reply.response.status() == StatusCode::OK).count();
    // The first of the others revokes the family, which the rest find revoked.
    let count = |reason| replies.iter().filter(|reply| reply.reason == Some(reason)).count();
    assert_eq!((won, count(Reason::RefreshReplayed), count(Reason::RefreshRevoked)), (1, 1, 62));
    assert!(world.api(&Tokens::of(&replies[0]).access).is_err());
}

#[test]
fn r08_what_the_client_may_is_looked_at_again_on_each_refresh() {
    let world = World::new();
    let tokens = world.tokens("web");
    world.register(Client { scopes: scopes("read"), ..web() });
    let narrowed = Tokens::of(&world.refresh("web", &tokens.refresh));
    assert_eq!(narrowed.scope, "read");
    let step = world.as_client(
        "web",
        &[("grant_type", "refresh_token"), ("refresh_token", &narrowed.refresh), ("scope", "write")],
    );
    assert_eq!(world.drive(step, None).reason, Some(Reason::ScopeWider));
    world.store.borrow_mut().clients.remove("web");
    assert_eq!(world.refresh("web", &narrowed.refresh).reason, Some(Reason::UnknownClient));
}

#[test]
fn r09_access_and_refresh_tokens_do_not_stand_in_for_each_other() {
    let world = World::new();
    let tokens = world.tokens("web");
    let refused = world.api(&tokens.refresh).unwrap_err();
    assert_eq!(refused.reason, Some(oauth2_core::resource::Reason::Unknown));
    assert_eq!(world.refresh("web", &tokens.access).reason, Some(Reason::RefreshUnknown));
    let code = world.code("web");
    assert!(world.api(&code.code).is_err());
    assert_eq!(world.refresh("web", &code.code).reason, Some(Reason::RefreshUnknown));
    let as_code = Issued { code: tokens.refresh, verifier: code.verifier };
    assert_eq!(world.redeem("web", &as_code).reason, Some(Reason::CodeUnknown));
}

#[test]
fn r10_zero_is_not_for_ever_and_the_end_of_time_does_not_wrap() {
    let world = World::new();
    let token = world.tokens("web").refresh;
    let key = Digest::of_token(&token);
    let row = Refresh::clone(&world.store.borrow().refresh[&key]);
    let (zero, end) = (Timestamp::from_unix(0), Timestamp::from_unix(u64::MAX));
    for (expires, family_expires) in [(zero, end), (end, zero), (zero, zero)] {
        let row = Refresh { expires, family_expires, ..row.clone() };
        world.store.borrow_mut().refresh.insert(key, row.into());
        assert_eq!(world.refresh("web", &token).reason, Some(Reason::RefreshExpired));
    }
    // Lifetimes beyond the end of time end there.
    let world = World::with(|config| {
        let for_ever = std::time::Duration::from_secs(u64::MAX);
        config.lifetimes.access = for_ever;
        config.lifetimes.refresh_idle = for_ever;
        config.lifetimes.refresh_absolute = for_ever;
    });
    let tokens = world.tokens("web");
    world.pass(1000 * 365 * DAY);
    assert!(world.api(&tokens.access).is_ok());
    Tokens::of(&world.refresh("web", &tokens.refresh));
    // A lifetime of nothing is over at once.
    let world = World::with(|config| config.lifetimes.access = std::time::Duration::ZERO);
    assert!(world.api(&world.tokens("web").access).is_err());
}

#[test]
fn r11_a_withdrawn_grant_takes_its_refresh_token_along() {
    let world = World::new();
    let tokens = world.tokens("web");
    let family = world.store.borrow().refresh[&Digest::of_token(&tokens.refresh)].authorization.family;
    world.store.borrow_mut().revoked.insert(family);
    let reply = world.refresh("web", &tokens.refresh);
    assert_eq!(error(&reply), "invalid_grant");
    assert_eq!(reply.reason, Some(Reason::RefreshRevoked));
    assert!(world.api(&tokens.access).is_err());
}

#[test]
fn a_spend_mark_outlives_the_row_that_it_is_about() {
    let world = World::new();
    let tokens = world.tokens("web");
    let Step::Commit(commit) = world.advance(world.refresh_step("web", &tokens.refresh)) else {
        panic!("nothing to commit")
    };
    let row = world.store.borrow().refresh[&Digest::of_token(&tokens.refresh)].clone();
    let kept = oauth2_core::server::Record::Refresh(Digest::of_token(&tokens.refresh), row.clone());
    assert!(Some(commit.batch().spend[0].keep_until) >= kept.keep_until());
    assert!(kept.keep_until() > Some(row.family_expires));
}

// ---- an answer that got lost

fn graceful() -> World {
    World::with(|config| config.keys = ServerKeys::always([7; 32]))
}

#[test]
fn r02_a_retry_within_the_grace_period_gets_the_same_answer() {
    let world = graceful();
    let tokens = world.tokens("web");
    let first = Tokens::of(&world.refresh("web", &tokens.refresh));
    world.pass(30);
    let (rows, marks) = world.store.borrow().size();
    for _ in 0..3 {
        let again = Tokens::of(&world.refresh("web", &tokens.refresh));
        assert_eq!((&again.access, &again.refresh), (&first.access, &first.refresh));
    }
    assert_eq!(world.store.borrow().size(), (rows, marks), "nothing is written for a retry");
    assert!(world.api(&first.access).is_ok());
    Tokens::of(&world.refresh("web", &first.refresh));
}

#[test]
fn r02_after_the_grace_period_a_second_use_kills_the_family() {
    let world = graceful();
    let tokens = world.tokens("web");
    let first = Tokens::of(&world.refresh("web", &tokens.refresh));
    world.pass(31);
    assert_eq!(world.refresh("web", &tokens.refresh).reason, Some(Reason::RefreshReplayed));
    assert!(world.api(&first.access).is_err());
    assert_eq!(world.refresh("web", &first.refresh).reason, Some(Reason::RefreshRevoked));
}

#[test]
fn r02_whoever_has_used_the_answer_has_not_lost_it() {
    let world = graceful();
    let tokens = world.tokens("web");
    let first = Tokens::of(&world.refresh("web", &tokens.refresh));
    let second = Tokens::of(&world.refresh("web", &first.refresh));
    assert_eq!(world.refresh("web", &tokens.refresh).reason, Some(Reason::RefreshReplayed));
    assert!(world.api(&second.access).is_err());
}

#[test]
fn r02_of_64_refreshes_at_once_all_get_one_successor() {
    let world = graceful();
    let tokens = world.tokens("web");
    let racing: Vec<Step> =
        (0..64).map(|_| world.advance(world.refresh_step("web", &tokens.refresh))).collect();
    let answers: Vec<_> = racing.into_iter().map(|step| Tokens::of(&world.drive(step, None))).collect();
    assert!(answers.iter().all(|answer| answer.refresh == answers[0].refresh));
    assert!(world.api(&answers[0].access).is_ok());
}

#[test]
fn the_successor_is_known_to_nobody_without_the_servers_key() {
    let (one, other) = (graceful(), World::with(|config| config.keys = ServerKeys::always([8; 32])));
    let tokens = [&one, &other].map(|world| {
        let tokens = world.tokens("web");
        (tokens.refresh.clone(), Tokens::of(&world.refresh("web", &tokens.refresh)).refresh)
    });
    assert_eq!(tokens[0].0, tokens[1].0, "both worlds draw alike");
    assert_ne!(tokens[0].1, tokens[1].1);
}

#[test]
fn a_retry_is_answered_alike_while_the_servers_key_changes() {
    let old = ServerKey::new([7; 32], Timestamp::from_unix(0));
    let world = World::with(|config| {
        config.keys = ServerKeys::new([ServerKey::new([8; 32], Timestamp::from_unix(START + 10)), old]);
    });
    let tokens = world.tokens("web");
    let first = Tokens::of(&world.refresh("web", &tokens.refresh));
    world.pass(20);
    assert_eq!(Tokens::of(&world.refresh("web", &tokens.refresh)).refresh, first.refresh);
}

#[test]
fn a_token_that_was_mistyped_is_refused_without_a_look_up() {
    let world = World::new();
    let tokens = world.tokens("web");
    let mut mistyped = tokens.refresh.into_bytes();
    mistyped[20] = if mistyped[20] == b'x' { b'y' } else { b'x' };
    let Step::Load(pause) = world.refresh_step("web", std::str::from_utf8(&mistyped).unwrap()) else {
        panic!()
    };
    assert!(pause.wanted().rows.is_empty());
}
