//! Renewal and revocation of OAuth 1 tokens, racing each other and the tokens' use.

use bytes::Bytes;
use http::Request;
use oauth_sansio::Moment;
use oauth_sansio::form::{Form, Limits};
use oauth1_core::server::{Config, Endpoint, Provider};
use std::time::Duration;

use crate::explorer::{ISSUER, Knowledge, Landed, NOW, Rules, Seen, afterwards, explore};
use crate::oauth1::{
    FAMILY, Flying, HANDLE, TOKEN, knowledge, no_reply_precedes_its_rows, photo, photo_with, signed, verifier,
};

fn provider() -> Provider {
    let mut config = Config::new(ISSUER.parse().unwrap());
    config.lifetimes.token = Some(Duration::from_secs(10));
    config.lifetimes.authorization = Some(Duration::from_secs(30));
    config.paths.revoke = Some("/oauth1/revoke".into());
    Provider::new(config).unwrap()
}

fn post(provider: &Provider, endpoint: Endpoint, path: &str, nonce: &str, extra: &[(&str, &str)]) -> Flying {
    let request = Request::post(format!("{ISSUER}{path}")).body(Bytes::new()).unwrap();
    let request = signed(request, TOKEN, nonce, extra);
    Flying::Provider(provider.receive(endpoint, &request, Moment::new(NOW, [0; 32])))
}

fn renew(provider: &Provider, nonce: &str, handle: &str) -> Flying {
    post(provider, Endpoint::Token, "/oauth1/token", nonce, &[("oauth_session_handle", handle)])
}

fn revoke(provider: &Provider, nonce: &str) -> Flying {
    post(provider, Endpoint::Revoke, "/oauth1/revoke", nonce, &[])
}

fn is_revoked(knowledge: &Knowledge) -> bool {
    knowledge.is_revoked(FAMILY)
}

/// The token credentials in an answer, if there are any.
fn renewed(landed: &Landed) -> Option<(String, String)> {
    let form = Form::parse(&landed.body, &Limits::default()).ok()?;
    let one = |name| form.one(name).unwrap().map(str::to_owned);
    Some((one("oauth_token")?, one("oauth_token_secret")?))
}

/// What a request that begins when all is over gets: the old token, then those that it was renewed into.
fn still_open(world: &Seen<'_, Flying>) -> (bool, Vec<bool>) {
    let verifier = verifier();
    let opens = |token: (&str, &str)| {
        afterwards(world.knowledge, photo_with(&verifier, token, "afterwards")).status == 200
    };
    let tokens = world.landed().filter_map(|(_, landed)| renewed(&landed));
    (opens(TOKEN), tokens.map(|(token, secret)| opens((&token, &secret))).collect())
}

/// At most one renewal is granted, no answer comes before its rows, and nothing is revoked unless `may_revoke`.
fn run(
    name: &str,
    requests: Vec<Flying>,
    may_revoke: &dyn Fn(&Seen<'_, Flying>) -> bool,
    at_the_end: &dyn Fn(&Seen<'_, Flying>),
) {
    let always = |world: &Seen<'_, Flying>| {
        let renewals = world.landed().filter(|(_, landed)| renewed(landed).is_some()).count();
        assert!(renewals <= 1, "a token was renewed twice");
        assert!(!is_revoked(world.knowledge) || may_revoke(world), "nobody revoked that");
        no_reply_precedes_its_rows(world);
    };
    let worlds = explore(name, knowledge(), requests, &Rules { always: &always, at_the_end });
    assert!(worlds > 1);
}

fn status(world: &Seen<'_, Flying>, number: usize) -> u16 {
    world.landed().find(|(i, _)| *i == number).map_or(0, |(_, landed)| landed.status)
}

#[test]
fn one_renewal_sent_four_times_is_granted_once_and_revokes_nothing() {
    let provider = provider();
    let requests = (0..4).map(|_| renew(&provider, "a", HANDLE)).collect();
    run("one renewal, four times", requests, &|_| false, &|world| {
        assert_eq!(world.granted(), 1);
        assert_eq!(still_open(world), (false, vec![true]));
    });
}

#[test]
fn two_renewals_with_nonces_of_their_own_revoke_whatever_they_brought() {
    let provider = provider();
    let requests = ["a", "b", "b"].map(|nonce| renew(&provider, nonce, HANDLE)).into();
    run("two renewals and a replay", requests, &|_| true, &|world| {
        assert_eq!(world.granted(), 1);
        assert!(is_revoked(world.knowledge));
        assert_eq!(still_open(world), (false, vec![false]));
    });
}

#[test]
fn a_wrong_session_handle_burns_nothing_and_revokes_nothing() {
    let provider = provider();
    let requests =
        vec![renew(&provider, "a", "wrong"), renew(&provider, "a", HANDLE), renew(&provider, "b", "wrong")];
    run("a thief with a wrong handle", requests, &|_| false, &|world| {
        assert_eq!(world.granted(), 1);
        assert_eq!(still_open(world), (false, vec![true]));
    });
}

/// A request that loaded its facts before may still be let through; none that begins later is.
#[test]
fn a_token_that_is_renewed_while_it_is_used_opens_nothing_afterwards() {
    let (provider, verifier) = (provider(), verifier());
    let requests = vec![
        renew(&provider, "a", HANDLE),
        photo(&verifier, "a"),
        photo(&verifier, "b"),
        photo(&verifier, "b"),
    ];
    run("a renewal and two photos", requests, &|_| false, &|world| {
        // The renewal and the photo share a nonce: it is good for one of them.
        assert!(world.landed().take(2).filter(|(_, landed)| landed.status == 200).count() <= 1);
        let renewed = status(world, 0) == 200;
        assert_eq!(still_open(world), (!renewed, vec![true; usize::from(renewed)]));
    });
}

#[test]
fn once_a_revocation_is_answered_nothing_of_the_family_opens_anything() {
    let (provider, verifier) = (provider(), verifier());
    let requests = vec![
        revoke(&provider, "a"),
        renew(&provider, "b", HANDLE),
        renew(&provider, "b", HANDLE),
        photo(&verifier, "c"),
    ];
    let written_first = |world: &Seen<'_, Flying>| {
        assert!(status(world, 0) != 200 || is_revoked(world.knowledge), "answered before it was written");
        true
    };
    run("a revocation, a renewal twice and a photo", requests, &written_first, &|world| {
        assert_eq!(status(world, 0), 200);
        let (old, new) = still_open(world);
        assert!(!old && !new.contains(&true));
    });
}

#[test]
fn one_revocation_sent_three_times_is_done_once() {
    let (provider, verifier) = (provider(), verifier());
    let mut requests: Vec<_> = (0..3).map(|_| revoke(&provider, "a")).collect();
    requests.push(photo(&verifier, "b"));
    run("one revocation, three times, and a photo", requests, &|_| true, &|world| {
        assert_eq!((0..3).filter(|i| status(world, *i) == 200).count(), 1);
        assert_eq!(still_open(world), (false, vec![]));
    });
}
