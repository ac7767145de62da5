//! Attacks with nonces, timestamps and clocks. The names carry the numbers of `docs/attacks.md`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod support;

use std::time::Duration;

use http::StatusCode;
use oauth_sansio::Timestamp;
use oauth1_core::server::{Once, Reason};
use support::{Credentials, PHOTOS, Signer, World, other_client};

#[test]
fn o01_a_nonce_is_good_once_even_for_another_request() {
    let mut world = World::new();
    let token = world.token();
    let signer = world.printer().token(&token);
    assert!(world.fetch(&signer.get(PHOTOS)).is_ok());
    assert_eq!(world.fetch_refused(&signer.get(PHOTOS)), Reason::NonceUsed);
    assert_eq!(world.fetch_refused(&signer.get("https://photos.example.net/other")), Reason::NonceUsed);
    assert_eq!(world.fetch_refused(&signer.clone().method("HMAC-SHA256").get(PHOTOS)), Reason::NonceUsed);
    assert!(world.store.revoked.is_empty());
    assert!(world.fetch(&signer.nonce("another").get(PHOTOS)).is_ok());
}

#[test]
fn o02_nonces_of_two_clients_or_tokens_do_not_meet() {
    let mut world = World::with(|_| {}, |config| config.two_legged = true);
    world.store.register(other_client());
    let (one, two) = (world.token(), {
        world.pass(Duration::from_secs(1));
        world.token()
    });
    let other = Signer::new("other", "other secret", world.now);
    assert!(world.fetch(&world.printer().get(PHOTOS)).is_ok());
    assert!(world.fetch(&other.get(PHOTOS)).is_ok());
    assert!(world.fetch(&world.printer().token(&one).get(PHOTOS)).is_ok());
    assert!(world.fetch(&world.printer().token(&two).get(PHOTOS)).is_ok());
    // RFC 5849 section 3.3: only the pair with the timestamp is unique.
    assert!(world.fetch(&world.printer().timestamp(world.now.as_unix() - 1).get(PHOTOS)).is_ok());
}

#[test]
fn o03_a_nonce_is_remembered_for_longer_than_its_timestamp_is_accepted() {
    for offset in [-300i64, 0, 300] {
        let mut world = World::new();
        let token = world.token();
        let timestamp = world.now.as_unix().checked_add_signed(offset).unwrap();
        let request = world.printer().token(&token).timestamp(timestamp).nonce("x").get(PHOTOS);
        assert!(world.fetch(&request).is_ok());
        let spend = world.store.applied.last().unwrap().spend[0];
        assert!(matches!(spend.once, Once::Nonce(_)));
        assert!(spend.keep_until >= Timestamp::from_unix(timestamp + 300 + 3600));
        // When the mark may be swept, the timestamp is long refused.
        world.now = spend.keep_until;
        assert!(matches!(world.fetch_refused(&request), Reason::Timestamp { .. }));
    }
}

#[test]
fn o04_a_timestamp_from_the_future_is_refused() {
    let mut world = World::new();
    let token = world.token();
    for ahead in [301, 3600, 1_000_000_000] {
        let timestamp = world.now.as_unix() + ahead;
        let request = world.printer().token(&token).timestamp(timestamp).get(PHOTOS);
        assert!(matches!(world.fetch_refused(&request), Reason::Timestamp { .. }), "{ahead}");
    }
    let last = world.printer().token(&token).timestamp(u64::MAX).get(PHOTOS);
    assert!(matches!(world.fetch_refused(&last), Reason::Timestamp { .. }));
}

#[test]
fn o05_a_timestamp_is_digits_only() {
    let mut world = World::new();
    let token = world.token();
    for text in ["+1", "1_0", "-1", " 1", "1.5", "1e9", "0x10", "", "abc", "99999999999999999999", "١"] {
        let request = world.printer().token(&token).timestamp(text).get(PHOTOS);
        let refused = world.fetch(&request).unwrap_err();
        assert!(matches!(refused.reason, Some(Reason::Read(_))), "{text}");
        assert_eq!(refused.response.status(), StatusCode::BAD_REQUEST, "{text}");
    }
}

#[test]
fn o06_nonce_is_recorded_only_after_the_signature_verifies() {
    let mut world = World::new();
    let token = world.token();
    let marks = world.store.spent.len();
    let forged = Signer::new("printer", "guess", world.now).token(&token);
    for nonce in ["nonce", "another"] {
        assert_eq!(world.fetch_refused(&forged.clone().nonce(nonce).get(PHOTOS)), Reason::Signature);
    }
    let wrong_token = Credentials { secret: "guess".into(), ..token.clone() };
    assert_eq!(world.fetch_refused(&world.printer().token(&wrong_token).get(PHOTOS)), Reason::Signature);
    assert_eq!(world.store.spent.len(), marks);
    assert!(world.fetch(&world.printer().token(&token).get(PHOTOS)).is_ok());
}

#[test]
fn o06_a_refused_token_leaves_the_nonce_alone() {
    let mut world = World::with(|config| config.lifetimes.token = Some(Duration::from_secs(60)), |_| {});
    let token = world.token();
    let marks = world.store.spent.len();
    world.pass(Duration::from_secs(60));
    assert_eq!(world.fetch_refused(&world.printer().token(&token).get(PHOTOS)), Reason::Expired);
    assert_eq!(world.store.spent.len(), marks);
}

#[test]
fn z08_no_clock_brings_the_verifier_down() {
    let mut world = World::new();
    let token = world.token();
    for now in [0, 1, 300, u64::MAX - 300, u64::MAX - 1, u64::MAX] {
        for timestamp in [0, 1, u64::MAX - 1, u64::MAX] {
            world.now = Timestamp::from_unix(now);
            let request = world.printer().token(&token).timestamp(timestamp).get(PHOTOS);
            let accepted = world.fetch(&request).is_ok();
            assert_eq!(accepted, now.abs_diff(timestamp) <= 300, "{now} {timestamp}");
            world.store.spent.clear();
        }
    }
}
