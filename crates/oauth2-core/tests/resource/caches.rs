//! What is kept of tokens, and for how long.

use std::sync::Arc;
use std::time::Duration;

use oauth_sansio::{Digest, Moment, Timestamp};
use oauth2_core::{
    jose::{Algorithm, LocalSigner},
    resource::{Caching, Config, Grant, Principal, Reason, Verdict, Verdicts},
    server::TokenFormat,
};

use crate::{api::*, world::*};

fn moment() -> Moment {
    Moment::new(Timestamp::from_unix(START), [7; 32])
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix(START + seconds)
}

fn grant() -> Arc<Grant> {
    Arc::new(Grant {
        issuer: None,
        client_id: "web".into(),
        principal: Principal::Client,
        scopes: Default::default(),
        audience: Vec::new(),
        details: None,
        acr: None,
        auth_time: None,
        claims: None,
        family: None,
        bindings: Vec::new(),
        issued: None,
        expires: at(1000),
    })
}

#[test]
fn s19_a_verdict_is_recalled_until_its_end_and_not_in_that_second() {
    let mut verdicts = Verdicts::new(100, moment());
    let (good, bad) = (Digest::of("good"), Digest::of("bad"));
    verdicts.remember(good, Verdict::Good(grant()), at(60));
    verdicts.remember(bad, Verdict::Bad(Reason::Inactive), at(10));
    assert_eq!(verdicts.recall(&good, at(59)), Some(Verdict::Good(grant())));
    assert_eq!(verdicts.recall(&bad, at(9)), Some(Verdict::Bad(Reason::Inactive)));
    assert_eq!(verdicts.recall(&good, at(60)), None);
    assert_eq!(verdicts.recall(&bad, at(10)), None);
    assert_eq!(verdicts.recall(&Digest::of("x"), at(0)), None);
    // What was learnt last counts.
    verdicts.remember(good, Verdict::Bad(Reason::Inactive), at(60));
    assert_eq!(verdicts.recall(&good, at(0)), Some(Verdict::Bad(Reason::Inactive)));
    verdicts.remember(good, Verdict::Good(grant()), at(60));
    assert_eq!(verdicts.recall(&good, at(0)), Some(Verdict::Good(grant())));
}

#[test]
fn d15_a_flood_of_tokens_takes_the_room_of_as_many_as_there_may_be_and_drives_no_good_one_out() {
    let mut verdicts = Verdicts::new(100, moment());
    let used = Digest::of("used");
    verdicts.remember(used, Verdict::Good(grant()), at(60));
    for i in 0..10_000_u32 {
        verdicts.remember(Digest::of(i.to_be_bytes()), Verdict::Bad(Reason::Inactive), at(10));
        assert!(verdicts.len() <= 101);
    }
    assert!(verdicts.recall(&used, at(0)).is_some());
    // Among good ones, what is used stays.
    for i in 0..10_000_u32 {
        verdicts.remember(Digest::of(i.to_be_bytes()), Verdict::Good(grant()), at(60));
        assert!(verdicts.recall(&used, at(0)).is_some() && verdicts.len() <= 200);
    }
    let mut none = Verdicts::new(0, moment());
    none.remember(used, Verdict::Good(grant()), at(60));
    assert!(none.is_empty() && none.recall(&used, at(0)).is_none());
}

#[test]
fn a_token_that_is_not_active_is_asked_about_again_after_seconds() {
    let world = world(TokenFormat::Opaque);
    let api = Remote::new(&world, asking(&world));
    for (pass, questions) in [(0, 1), (9, 0), (1, 1)] {
        world.pass(pass);
        assert_eq!(api.refusal("unknown"), (401, Reason::Inactive));
        assert_eq!(api.questions(), questions);
    }
}

#[test]
fn a_forged_signature_is_verified_once_and_a_token_by_an_unknown_key_each_time() {
    let world = world(TokenFormat::Jwt);
    let api = Remote::new(&world, offline());
    let named = |name: &str| LocalSigner::generate(Algorithm::Es256, name).unwrap();
    for (key, kept) in [(named("2026"), 1), (named("2027"), 1)] {
        let token = sign(&key, "at+jwt", &claims(&world));
        for _ in 0..2 {
            assert_eq!(api.refusal(&token).0, 401);
        }
        assert_eq!(api.verdicts.borrow().len(), kept);
    }
}

#[test]
fn nothing_is_kept_where_nothing_shall_be() {
    let world = world(TokenFormat::Opaque);
    let api = Remote::new(&world, Config { caching: Caching::NONE, ..asking(&world) });
    let token = machine_token(&world);
    for _ in 0..3 {
        assert!(api.bearer(&token).is_ok());
    }
    assert_eq!((api.questions(), api.verdicts.borrow().len()), (3, 0));
    let caching = Caching { positive: Duration::ZERO, ..Caching::default() };
    let api = Remote::new(&world, Config { caching, ..asking(&world) });
    for _ in 0..3 {
        assert!(api.bearer(&token).is_ok());
        assert!(api.bearer("unknown").is_err());
    }
    assert_eq!(api.questions(), 4);
}

#[test]
fn z05_of_the_token_itself_nothing_is_kept() {
    let world = world(TokenFormat::Opaque);
    let api = Remote::new(&world, asking(&world));
    let token = machine_token(&world);
    assert!(api.bearer(&token).is_ok());
    let kept = format!("{:?} {:?}", api.verdicts.borrow(), api.verifier);
    assert!(!kept.contains(&token) && !kept.contains(&token[10..30]) && !kept.contains(SECRET));
}

#[test]
fn what_one_api_has_learnt_counts_for_no_other() {
    let world = world(TokenFormat::Jwt);
    let (one, two) = (Remote::new(&world, offline()), Remote::new(&world, offline()));
    assert!(one.verifier.learns_with(&one.verifier.requiring(scopes("read"))));
    assert!(!one.verifier.learns_with(&two.verifier));
    assert!(one.verifier.learns() && !world.api.learns());
}
