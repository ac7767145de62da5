//! Attacks on the three steps. The names carry the numbers of `docs/attacks.md`.
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
use http::{
    Request, StatusCode,
    header::{ALLOW, COOKIE, LOCATION},
};
use oauth_sansio::{Answer, Digest};
use oauth1_core::{
    server::{Callbacks, Client, Endpoint, Once, Reason, Record, Step},
    signature::ReadError,
};
use support::{
    CALLBACK, Credentials, ORIGIN, PHOTOS, Signer, World, credentials, location, other_client, parameter,
    printer, server_paths,
};

#[test]
fn o07_no_token_without_a_verifier() {
    let mut world = World::new();
    let temporary = world.temporary(CALLBACK);
    let url = world.url(server_paths().token);
    let missing = Reason::Read(ReadError::Missing("oauth_verifier"));
    for approved in [false, true] {
        if approved {
            world.verifier(&temporary.token);
        }
        let request = world.printer().token(&temporary).post(&url);
        assert_eq!(world.send_refused(&request), missing);
        assert_eq!(world.send_refused(&world.token_request(&temporary, "")), missing);
    }
    // Nor a dance that begins without a callback, as OAuth 1.0 did.
    let request = world.printer().nonce("2").post(&world.url(server_paths().temporary));
    assert_eq!(world.send_refused(&request), Reason::Read(ReadError::Missing("oauth_callback")));
}

#[test]
fn o08_a_verifier_is_long_and_belongs_to_one_token() {
    let mut world = World::new();
    let (mine, theirs) = (world.temporary(CALLBACK), world.temporary_with_nonce(CALLBACK, "2"));
    let (my_verifier, their_verifier) = (world.verifier(&mine.token), world.verifier(&theirs.token));
    assert_eq!(my_verifier.len(), 22, "128 bits");
    assert_ne!(my_verifier, their_verifier);
    let marks = world.store.spent.len();
    for wrong in [&their_verifier, "guess", &my_verifier[..21], &format!("{my_verifier}x")] {
        assert_eq!(world.send_refused(&world.token_request(&mine, wrong)), Reason::Verifier);
    }
    // The failed tries have cost nothing, not even the nonce.
    assert_eq!(world.store.spent.len(), marks);
    assert_eq!(world.send(&world.token_request(&mine, &my_verifier)).reason, None);
    assert_eq!(world.send_refused(&world.token_request(&mine, &my_verifier)), Reason::TemporaryUsed);
}

#[test]
fn o08_a_verifier_before_consent_is_worth_nothing() {
    let mut world = World::new();
    let temporary = world.temporary(CALLBACK);
    assert_eq!(world.send_refused(&world.token_request(&temporary, "guess")), Reason::NotApproved);
}

#[test]
fn o09_the_callback_is_fixed_by_the_first_signed_request() {
    let mut world = World::new();
    let evil = "https://evil.example/";
    // Another one in the place of the signed one.
    let url = world.url(server_paths().temporary);
    let mut request = world.printer().with("oauth_callback", CALLBACK).post(&url);
    let header =
        request.headers()["authorization"].to_str().unwrap().replace("printer.example.com", "evil.example");
    request.headers_mut().insert("authorization", header.parse().unwrap());
    assert_eq!(world.send_refused(&request), Reason::Signature);
    // One that is signed and not registered.
    let request = world.printer().with("oauth_callback", evil).post(&url);
    let refused = world.send(&request);
    assert_eq!(refused.reason, Some(Reason::Callback));
    assert_eq!(refused.response.status(), StatusCode::BAD_REQUEST);
    assert!(world.store.temporary.is_empty() && world.store.spent.is_empty());
    // One that the person brings.
    let request = world.printer().with("oauth_callback", CALLBACK).post(&url);
    let reply = world.send(&request);
    assert_eq!(parameter(&reply.response, "oauth_callback_confirmed").unwrap(), "true");
    let token = credentials(&reply).token;
    let authorize = world.url(server_paths().authorize);
    let reply = world.browse(&format!("{authorize}?oauth_token={token}&oauth_callback={evil}"));
    assert!(location(&reply.response).unwrap().starts_with(CALLBACK));
}

#[test]
fn o09_only_a_client_with_any_callback_may_name_a_new_one() {
    let mut world = World::new();
    world.store.register(Client { callbacks: Callbacks::Any, ..printer() });
    let temporary = world.temporary("http://localhost:8080/new");
    let reply = world.authorize(&temporary.token);
    assert!(location(&reply.response).unwrap().starts_with("http://localhost:8080/new?oauth_token="));
}

#[test]
fn a_callback_that_was_taken_back_is_used_no_more() {
    let mut world = World::new();
    let temporary = world.temporary(CALLBACK);
    world.store.register(Client { callbacks: Callbacks::default(), ..printer() });
    let refused = world.authorize(&temporary.token);
    assert_eq!(refused.reason, Some(Reason::ClientChanged));
    assert_eq!(location(&refused.response), None);
    world.store.clients.clear();
    assert_eq!(world.authorize(&temporary.token).reason, Some(Reason::ClientChanged));
}

#[test]
fn o25_temporary_credentials_open_nothing_but_one_exchange_by_their_client() {
    let mut world = World::new();
    world.store.register(other_client());
    let temporary = world.temporary(CALLBACK);
    let verifier = world.verifier(&temporary.token);
    // As access token.
    assert_eq!(world.fetch_refused(&world.printer().token(&temporary).get(PHOTOS)), Reason::UnknownToken);
    // By another client, or with a secret that is wrong.
    let url = world.url(server_paths().token);
    let thief =
        Signer::new("other", "other secret", world.now).token(&temporary).with("oauth_verifier", &verifier);
    assert_eq!(world.send_refused(&thief.post(&url)), Reason::OtherClient);
    let forged = Credentials { secret: "guess".into(), ..temporary.clone() };
    assert_eq!(world.send_refused(&world.token_request(&forged, &verifier)), Reason::Signature);
    // None of that has spoiled them; their second use fails and takes nothing from the first.
    let token = credentials(&world.send(&world.token_request(&temporary, &verifier)));
    world.pass(Duration::from_secs(1));
    assert_eq!(world.send_refused(&world.token_request(&temporary, &verifier)), Reason::TemporaryUsed);
    assert!(world.store.revoked.is_empty());
    assert!(world.fetch(&world.printer().token(&token).get(PHOTOS)).is_ok());
    // An access token is no temporary one.
    assert_eq!(world.send_refused(&world.token_request(&token, &verifier)), Reason::UnknownToken);
    // And they cannot be authorized again.
    assert_eq!(world.authorize(&temporary.token).reason, Some(Reason::Link));
}

#[test]
fn o25_of_two_exchanges_at_the_same_time_one_is_lost() {
    let mut world = World::new();
    let temporary = world.temporary(CALLBACK);
    let verifier = world.verifier(&temporary.token);
    let exchanges = ["one", "two"].map(|nonce| {
        let signer = world.printer().nonce(nonce).token(&temporary).with("oauth_verifier", &verifier);
        signer.post(&world.url(server_paths().token))
    });
    let replies = world.send_at_the_same_time(&exchanges);
    assert_eq!(replies[0].reason, None);
    assert_eq!(replies[1].reason, Some(Reason::NonceOrTemporaryUsed));
    assert_eq!(replies[1].response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!((world.store.tokens.len(), world.store.revoked.len()), (1, 0));
}

#[test]
fn o27_a_person_is_asked_every_time() {
    let mut world = World::new();
    for nonce in ["one", "two"] {
        world.asked = None;
        let temporary = world.temporary_with_nonce(CALLBACK, nonce);
        world.verifier(&temporary.token);
        assert!(world.asked.is_some());
    }
}

#[test]
fn o28_only_the_browser_that_began_may_decide() {
    let mut world = World::new();
    let temporary = world.temporary(CALLBACK);
    let begin = format!("{}?oauth_token={}", world.url(server_paths().authorize), temporary.token);
    let reply = world.send(&Request::get(begin).body(Bytes::new()).unwrap());
    let consent = location(&reply.response).unwrap();
    let cookie =
        reply.response.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    // The attacker sends the victim the link to the second page, with or without a browser cookie of its own.
    let planted = format!("__Host-oauth-browser={}", "A".repeat(43));
    for cookies in [None, Some(&planted)] {
        for method in ["GET", "POST"] {
            let mut request = Request::builder().method(method).uri(&consent);
            if let Some(cookie) = cookies {
                request = request.header(COOKIE, cookie);
            }
            let refused = world.send(&request.body(Bytes::new()).unwrap());
            assert_eq!(refused.reason, Some(Reason::Browser));
            assert_eq!(refused.response.status(), StatusCode::FORBIDDEN);
        }
    }
    assert_eq!(world.asked, None);
    let request = Request::post(&consent).header(COOKIE, cookie).body(Bytes::new()).unwrap();
    assert_eq!(world.send(&request).reason, None);
}

#[test]
fn o28_a_decision_falls_once() {
    let mut world = World::new();
    let temporary = world.temporary(CALLBACK);
    let first = world.verifier(&temporary.token);
    // Through the same page or a new one.
    world.answer = Answer::allowed("mallory");
    let again = world.authorize(&temporary.token);
    assert_eq!(again.reason, Some(Reason::Answered));
    assert_eq!(again.response.status(), StatusCode::BAD_REQUEST);
    credentials(&world.send(&world.token_request(&temporary, &first)));
    assert_eq!(&*world.store.tokens.values().next().unwrap().subject, "jane");
}

#[test]
fn a_browser_keeps_its_cookie_through_several_authorizations() {
    let mut world = World::new();
    let first = world.temporary(CALLBACK);
    world.verifier(&first.token);
    let cookie = world.cookie.clone();
    let second = world.temporary_with_nonce(CALLBACK, "2");
    world.verifier(&second.token);
    assert!(cookie.is_some() && world.cookie == cookie);
}

#[test]
fn links_that_name_nothing_lead_nowhere() {
    let mut world = World::new();
    let (authorize, consent) = (world.url(server_paths().authorize), world.url(server_paths().consent));
    for (url, reason) in [
        (format!("{authorize}?oauth_token=x"), Reason::Link),
        (authorize.clone(), Reason::Read(ReadError::Missing("oauth_token"))),
        (format!("{authorize}?oauth_token="), Reason::Read(ReadError::Missing("oauth_token"))),
        (format!("{authorize}?oauth_token=x&oauth_token=x"), Reason::Read(ReadError::Repeated)),
        (format!("{authorize}?oauth_token=%zz"), Reason::Query),
        (format!("{consent}?handle=x"), Reason::Handle),
        (consent, Reason::Read(ReadError::Missing("handle"))),
    ] {
        let refused = world.browse(&url);
        assert_eq!(refused.reason, Some(reason), "{url}");
        assert_eq!(refused.response.status(), StatusCode::BAD_REQUEST, "{url}");
        assert!(!refused.response.headers().contains_key(LOCATION));
    }
}

#[test]
fn a_consent_page_that_was_left_open_expires() {
    let mut world = World::new();
    let temporary = world.temporary(CALLBACK);
    let begin = format!("{}?oauth_token={}", world.url(server_paths().authorize), temporary.token);
    let reply = world.send(&Request::get(begin).body(Bytes::new()).unwrap());
    let cookie = reply.response.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap();
    let consent = Request::get(location(&reply.response).unwrap()).header(COOKIE, cookie);
    let consent = consent.body(Bytes::new()).unwrap();

    // While it is shown.
    let moment = world.moment();
    let step = world.provider.receive(Endpoint::Consent, &consent, moment);
    let Step::Load(load) = step else { panic!("{step:?}") };
    let (facts, moment) = (world.store.load(load.wanted()), world.moment());
    let step = load.resume(facts, moment);
    let Step::Load(load) = step else { panic!("{step:?}") };
    let (facts, moment) = (world.store.load(load.wanted()), world.moment());
    let step = load.resume(facts, moment);
    let Step::Interact(interact) = step else { panic!("{step:?}") };
    world.pass(Duration::from_secs(600));
    let step = interact.answer(Answer::Denied, world.moment());
    let Step::Reply(reply) = step else { panic!("{step:?}") };
    assert_eq!(reply.reason, Some(Reason::Handle));

    // When it is opened again.
    assert_eq!(world.send_refused(&consent), Reason::Handle);
    assert_eq!(world.asked, None);
}

#[test]
fn each_endpoint_takes_its_own_http_methods() {
    let mut world = World::new();
    let paths = server_paths();
    for (path, wrong, allow) in [
        (&paths.temporary, "GET", "POST"),
        (&paths.token, "GET", "POST"),
        (&paths.authorize, "POST", "GET"),
        (&paths.consent, "PUT", "GET, POST"),
    ] {
        let request = Request::builder().method(wrong).uri(format!("{ORIGIN}{path}"));
        let refused = world.send(&request.body(Bytes::new()).unwrap());
        assert_eq!(refused.response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(refused.response.headers()[ALLOW], allow);
    }
}

#[test]
fn a_client_gets_the_realms_it_asks_for_and_no_others() {
    let mut world = World::new();
    let url = world.url(server_paths().temporary);
    let ask =
        |world: &World, realm: &str| world.printer().realm(realm).with("oauth_callback", CALLBACK).post(&url);
    let refused = world.send(&ask(&world, "admin"));
    assert_eq!(refused.reason, Some(Reason::Realm));
    assert_eq!(refused.response.status(), StatusCode::BAD_REQUEST);
    assert!(world.store.spent.is_empty());
    let temporary = credentials(&world.send(&ask(&world, "admin albums")));
    let verifier = world.verifier(&temporary.token);
    assert_eq!(world.asked.clone().unwrap().scopes, ["albums"]);
    let token = credentials(&world.send(&world.token_request(&temporary, &verifier)));
    let grant = world.fetch(&world.printer().token(&token).get(PHOTOS)).unwrap();
    assert_eq!(*grant.realms, ["albums"]);
}

#[test]
fn a_token_has_no_place_in_the_first_request() {
    let mut world = World::new();
    let temporary = world.temporary(CALLBACK);
    let request = world.printer().token(&temporary).with("oauth_callback", CALLBACK);
    let request = request.post(&world.url(server_paths().temporary));
    assert_eq!(world.send_refused(&request), Reason::Unexpected("oauth_token"));
}

#[test]
fn marks_outlive_what_they_mark() {
    let mut world = World::new();
    world.token();
    let batches = &world.store.applied;
    let expires = batches.iter().flat_map(|batch| &batch.put).find_map(|record| match record {
        Record::Temporary(id, record) => Some((*id, record.expires)),
        _ => None,
    });
    let (id, expires) = expires.unwrap();
    let spends: Vec<_> = batches.iter().flat_map(|batch| &batch.spend).collect();
    for once in [Once::Temporary(id), Once::Decision(id)] {
        let spend = spends.iter().find(|spend| spend.once == once).unwrap();
        assert!(spend.keep_until > expires);
    }
    assert_eq!(id, Digest::of_token(&world.store.interactions.values().next().unwrap().token));
}
