//! Token credentials that expire, are renewed and are given back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod support;

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use oauth_sansio::Reply;
use oauth1_core::server::{Once, Reason, Record};
use support::{
    CALLBACK, Credentials, PHOTOS, Signer, World, credentials, other_client, parameter, server_paths,
};

const HOUR: Duration = Duration::from_secs(3600);
const MONTH: Duration = Duration::from_secs(30 * 86_400);
const REVOKE: &str = "https://photos.example.net/oauth1/revoke";

/// Tokens that live for an hour and can be renewed for a month.
fn world() -> World {
    World::with(
        |config| {
            config.lifetimes.token = Some(HOUR);
            config.lifetimes.authorization = Some(MONTH);
            config.paths.revoke = Some("/oauth1/revoke".into());
        },
        |_| {},
    )
}

/// Token credentials with their session handle.
#[derive(Clone)]
struct Session {
    credentials: Credentials,
    handle: String,
}

fn session_of(reply: &Reply<Reason>) -> Session {
    let handle = parameter(&reply.response, "oauth_session_handle").unwrap();
    Session { credentials: credentials(reply), handle }
}

fn begin(world: &mut World) -> Session {
    let temporary = world.temporary(CALLBACK);
    let verifier = world.verifier(&temporary.token);
    let request = world.token_request(&temporary, &verifier);
    session_of(&world.send(&request))
}

fn renewal(world: &World, session: &Session, nonce: &str) -> Request<Bytes> {
    let signer = world.printer().nonce(nonce).token(&session.credentials);
    signer.with("oauth_session_handle", &session.handle).post(&world.url(server_paths().token))
}

fn renew(world: &mut World, session: &Session) -> Session {
    let request = renewal(world, session, "renewal");
    session_of(&world.send(&request))
}

fn photo(world: &mut World, token: &Credentials, nonce: &str) -> Result<(), Reason> {
    let request = world.printer().nonce(nonce).token(token).get(PHOTOS);
    world.fetch(&request).map(drop).map_err(|reply| reply.reason.unwrap())
}

#[test]
fn a_token_that_expires_says_when() {
    let mut world = World::with(|config| config.lifetimes.token = Some(HOUR), |_| {});
    let temporary = world.temporary(CALLBACK);
    let verifier = world.verifier(&temporary.token);
    let request = world.token_request(&temporary, &verifier);
    let reply = world.send(&request);
    assert_eq!(parameter(&reply.response, "oauth_expires_in").unwrap(), "3600");
    for name in ["oauth_session_handle", "oauth_authorization_expires_in"] {
        assert_eq!(parameter(&reply.response, name), None);
    }
    // Without sessions the handle means nothing, and what is missing is the verifier.
    let token = credentials(&reply);
    let session = Session { credentials: token, handle: "guess".into() };
    let missing = oauth1_core::signature::ReadError::Missing("oauth_verifier");
    assert_eq!(world.send_refused(&renewal(&world, &session, "2")), Reason::Read(missing));
}

#[test]
fn a_renewed_token_takes_the_place_of_the_old_one() {
    let mut world = world();
    let first = begin(&mut world);
    let family = world.store.tokens.values().next().unwrap().family;
    // Early, while the old one still works.
    assert_eq!(photo(&mut world, &first.credentials, "1"), Ok(()));
    let request = renewal(&world, &first, "renewal");
    let reply = world.send(&request);
    assert_eq!(parameter(&reply.response, "oauth_expires_in").unwrap(), "3600");
    assert_eq!(parameter(&reply.response, "oauth_authorization_expires_in").unwrap(), "2592000");
    let second = session_of(&reply);
    assert_ne!(first.handle, second.handle);
    assert_eq!(photo(&mut world, &first.credentials, "2"), Err(Reason::Replaced));
    assert_eq!(photo(&mut world, &second.credentials, "2"), Ok(()));
    // Late, when it has expired.
    world.pass(HOUR);
    assert_eq!(photo(&mut world, &second.credentials, "3"), Err(Reason::Expired));
    let third = renew(&mut world, &second);
    assert_eq!(photo(&mut world, &third.credentials, "4"), Ok(()));
    assert!(world.store.tokens.values().all(|token| token.family == family && &*token.subject == "jane"));
    assert!(world.store.revoked.is_empty());
}

#[test]
fn no_renewal_outlives_the_authorization() {
    let mut world = world();
    let first = begin(&mut world);
    let end = world.now.plus(MONTH);
    world.pass(MONTH - Duration::from_secs(600));
    let request = renewal(&world, &first, "renewal");
    let reply = world.send(&request);
    // Ten minutes are left, and no more than that is given.
    assert_eq!(parameter(&reply.response, "oauth_expires_in").unwrap(), "600");
    assert_eq!(parameter(&reply.response, "oauth_authorization_expires_in").unwrap(), "600");
    let second = session_of(&reply);
    world.pass(Duration::from_secs(600));
    assert_eq!(photo(&mut world, &second.credentials, "1"), Err(Reason::Expired));
    assert_eq!(world.send_refused(&renewal(&world, &second, "2")), Reason::Expired);
    // What can be renewed is kept until then, and the mark that it was for longer.
    for batch in &world.store.applied {
        for record in batch.put.iter().filter(|record| matches!(record, Record::Token(..))) {
            assert_eq!(record.keep_until(), Some(end));
        }
        for spend in batch.spend.iter().filter(|spend| matches!(spend.once, Once::Renewal(_))) {
            assert!(spend.keep_until > end);
        }
    }
}

#[test]
fn a_second_valid_renewal_revokes_all_that_came_from_the_authorization() {
    let mut world = world();
    let first = begin(&mut world);
    let second = renew(&mut world, &first);
    let again = world.send(&renewal(&world, &first, "another"));
    assert_eq!(again.reason, Some(Reason::RenewedTwice));
    assert_eq!(again.response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(photo(&mut world, &second.credentials, "1"), Err(Reason::Revoked));
    assert_eq!(world.send_refused(&renewal(&world, &second, "1")), Reason::Revoked);
}

#[test]
fn a_renewal_that_was_overheard_and_sent_again_revokes_nothing() {
    let mut world = world();
    let first = begin(&mut world);
    let request = renewal(&world, &first, "renewal");
    let second = session_of(&world.send(&request));
    for _ in 0..3 {
        assert_eq!(world.send_refused(&request), Reason::NonceUsed);
    }
    assert!(world.store.revoked.is_empty());
    assert_eq!(photo(&mut world, &second.credentials, "1"), Ok(()));
}

#[test]
fn of_two_renewals_at_the_same_time_the_second_revokes_unless_it_is_the_same_request() {
    for (nonces, reason, revoked) in
        [(["one", "two"], Reason::RenewedTwice, 1), (["one", "one"], Reason::NonceUsed, 0)]
    {
        let mut world = world();
        let first = begin(&mut world);
        let renewals = nonces.map(|nonce| renewal(&world, &first, nonce));
        let replies = world.send_at_the_same_time(&renewals);
        assert_eq!(replies[0].reason, None);
        assert_eq!(replies[1].reason, Some(reason));
        assert_eq!(world.store.revoked.len(), revoked);
    }
}

#[test]
fn a_failed_renewal_burns_nothing() {
    let mut world = world();
    world.store.register(other_client());
    let session = begin(&mut world);
    let marks = world.store.spent.len();
    let wrong = |change: fn(&mut Session)| {
        let mut wrong = session.clone();
        change(&mut wrong);
        wrong
    };
    for (wrong, reason) in [
        (wrong(|session| session.handle = "guess".into()), Reason::SessionHandle),
        (wrong(|session| session.credentials.secret = "guess".into()), Reason::Signature),
        (wrong(|session| session.credentials.token = "guess".into()), Reason::UnknownToken),
    ] {
        assert_eq!(world.send_refused(&renewal(&world, &wrong, "renewal")), reason);
    }
    let thief = Signer::new("other", "other secret", world.now).token(&session.credentials);
    let thief = thief.with("oauth_session_handle", &session.handle).post(&world.url(server_paths().token));
    assert_eq!(world.send_refused(&thief), Reason::OtherClient);
    // Nor is it an exchange and a renewal in one.
    let both = world.printer().token(&session.credentials).with("oauth_session_handle", &session.handle);
    let both = both.with("oauth_verifier", "x").post(&world.url(server_paths().token));
    assert_eq!(world.send_refused(&both), Reason::Unexpected("oauth_verifier"));
    assert_eq!((world.store.spent.len(), world.store.revoked.len()), (marks, 0));
    renew(&mut world, &session);
}

#[test]
fn a_token_without_a_handle_is_not_renewed() {
    let mut world = World::with(|config| config.lifetimes.token = Some(HOUR), |_| {});
    let token = world.token();
    let session = Session { credentials: token, handle: "guess".into() };
    // The provider has learnt to renew since.
    world.provider = self::world().provider;
    assert_eq!(world.send_refused(&renewal(&world, &session, "2")), Reason::NotRenewable);
}

#[test]
fn z06_session_handles_are_stored_as_digests() {
    let mut world = world();
    let first = begin(&mut world);
    let second = renew(&mut world, &first);
    let rows: Vec<_> =
        world.store.tokens.values().map(|token| serde_json::to_string(token).unwrap()).collect();
    assert_eq!(rows.len(), 2);
    for session in [first, second] {
        assert_eq!(session.handle.len(), 43, "256 bits");
        assert!(rows.iter().all(|row| !row.contains(&session.handle)));
    }
}

#[test]
fn revocation_ends_all_that_came_from_the_authorization() {
    let mut world = world();
    let first = begin(&mut world);
    let second = renew(&mut world, &first);
    world.pass(Duration::from_secs(1));
    let other = begin(&mut world);
    let request = world.printer().nonce("revoke").token(&second.credentials).post(REVOKE);
    let reply = world.send(&request);
    assert_eq!((reply.reason, reply.response.status()), (None, StatusCode::OK));
    assert_eq!(photo(&mut world, &second.credentials, "1"), Err(Reason::Revoked));
    assert_eq!(world.send_refused(&renewal(&world, &second, "2")), Reason::Revoked);
    assert_eq!(photo(&mut world, &other.credentials, "1"), Ok(()));
    // Once more is no error, with any token of the family; the same request is.
    for token in [&first, &second] {
        let request = world.printer().nonce("again").token(&token.credentials).post(REVOKE);
        assert_eq!(world.send(&request).response.status(), StatusCode::OK);
    }
    assert_eq!(world.send_refused(&request), Reason::NonceUsed);
    assert_eq!(world.store.revoked.len(), 1);
}

#[test]
fn an_expired_token_can_be_given_back() {
    let mut world = world();
    let session = begin(&mut world);
    world.pass(HOUR);
    let request = world.printer().token(&session.credentials).post(REVOKE);
    assert_eq!(world.send(&request).reason, None);
    assert_eq!(world.send_refused(&renewal(&world, &session, "2")), Reason::Revoked);
}

#[test]
fn revocation_is_for_those_who_can_sign() {
    let mut world = world();
    world.store.register(other_client());
    let session = begin(&mut world);
    let token = &session.credentials;
    let forged = Credentials { secret: "guess".into(), ..token.clone() };
    let unknown = Credentials { token: "guess".into(), ..token.clone() };
    let other = Signer::new("other", "other secret", world.now);
    for (request, reason) in [
        (other.token(token).post(REVOKE), Reason::OtherClient),
        (world.printer().token(&forged).post(REVOKE), Reason::Signature),
        (world.printer().token(&unknown).post(REVOKE), Reason::UnknownToken),
    ] {
        let refused = world.send(&request);
        assert_eq!(refused.reason, Some(reason));
        assert_eq!(refused.response.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(world.send(&world.printer().post(REVOKE)).response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(
        world.send(&world.printer().token(token).get(REVOKE)).response.status(),
        StatusCode::METHOD_NOT_ALLOWED
    );
    assert!(world.store.revoked.is_empty());
    assert_eq!(photo(&mut world, token, "1"), Ok(()));
    // And nowhere unless the provider says where.
    assert_eq!(World::new().provider.endpoint("/oauth1/revoke"), None);
}
