//! Both ends in memory: the client's core against the provider's and the resource's, with a clock moved by hand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod support;

use std::{sync::Arc, time::Duration};

use http::StatusCode;
use oauth_sansio::{Allowed, Answer, Exchange, Person, Progress, Timestamp};
use oauth1_core::{
    client::{Callback, CallbackError},
    server::{Lifetimes, OutOfBandVerifier, Reason},
    signature::{AllowedMethods, HmacSha256, HmacSha512, Plaintext, SignatureMethod},
};
use support::{
    CALLBACK, World,
    app::{App, callback, run},
    location, printer,
};

#[test]
fn the_whole_dance_ends_with_a_photo() {
    let mut world = World::new();
    let app = App::new(&world);
    let token = app.connect(&mut world);
    let asked = world.asked.clone().unwrap();
    assert_eq!((asked.client_name.as_str(), asked.scopes), ("Printer", vec!["photos".to_owned()]));
    assert_eq!(asked.return_host.as_deref(), Some("printer.example.com"));
    assert_eq!(asked.return_origin.as_deref(), Some("https://printer.example.com"));
    let grant = app.photo(&mut world, &token).unwrap();
    assert_eq!((grant.client_id.as_str(), grant.subject.as_deref()), ("printer", Some("jane")));
    assert_eq!(*grant.realms, ["photos"]);
}

#[test]
fn the_callback_keeps_its_own_query() {
    let mut world = World::new();
    let app = App::new(&world);
    let pending = app.begin(&mut world, callback());
    let reply = app.authorize(&mut world, &pending);
    assert_eq!(reply.response.status(), StatusCode::SEE_OTHER);
    let expected = format!("{CALLBACK}&oauth_token={}&oauth_verifier=", pending.token());
    assert!(location(&reply.response).unwrap().starts_with(&expected));
}

#[test]
fn every_signature_method_carries_the_dance() {
    let methods: [Arc<dyn SignatureMethod>; 3] =
        [Arc::new(HmacSha256), Arc::new(HmacSha512), Arc::new(Plaintext)];
    for method in methods {
        let mut world = World::with_plaintext();
        let methods = AllowedMethods::new([method.name()]);
        world.store.register(oauth1_core::server::Client { methods, ..printer() });
        let app = App::with(&world, |config| config.method = method);
        let token = app.connect(&mut world);
        assert!(app.photo(&mut world, &token).is_ok());
    }
}

#[test]
fn out_of_band_the_person_carries_the_verifier() {
    let mut world = World::new();
    let app = App::new(&world);
    let pending = app.begin(&mut world, Callback::OutOfBand);
    let shown = app.authorize(&mut world, &pending).response;
    assert_eq!(shown.status(), StatusCode::OK);
    assert_eq!(world.asked.clone().unwrap().return_host, None);
    let verifier = std::str::from_utf8(shown.body()).unwrap();
    assert_eq!(shown.extensions().get::<OutOfBandVerifier>().unwrap().0.expose(), verifier);
    let token = run(&mut world, pending.verifier(&app.0, verifier)).unwrap();
    assert!(app.photo(&mut world, &token).is_ok());
}

#[test]
fn a_person_who_refuses_is_sent_back_with_nothing() {
    let mut world = World::new();
    let app = App::new(&world);
    world.answer = Answer::Denied;
    let pending = app.begin(&mut world, callback());
    assert_eq!(app.come_back(&mut world, &pending).unwrap_err(), CallbackError::Denied);
    assert!(world.store.approvals.is_empty());
    // A change of mind comes too late.
    world.answer = Answer::allowed("jane");
    assert_eq!(app.authorize(&mut world, &pending).reason, Some(Reason::Answered));
    assert_eq!(run(&mut world, pending.verifier(&app.0, "guess")).unwrap_err(), StatusCode::UNAUTHORIZED);

    world.answer = Answer::Denied;
    let pending = app.begin(&mut world, Callback::OutOfBand);
    assert_eq!(app.authorize(&mut world, &pending).reason, Some(Reason::Denied));
}

#[test]
fn a_person_who_leaves_out_a_realm_refuses() {
    for (left, allowed) in [(vec!["photos"], true), (vec![], false), (vec!["albums"], false)] {
        let mut world = World::new();
        let app = App::new(&world);
        let scopes = Some(left.iter().map(|realm| (*realm).to_owned()).collect());
        world.answer = Answer::Allowed(Allowed { person: Person::new("jane"), scopes, remember: false });
        let pending = app.begin(&mut world, callback());
        let back = app.come_back(&mut world, &pending);
        assert_eq!(back.err(), (!allowed).then_some(CallbackError::Denied), "{left:?}");
    }
}

#[test]
fn temporary_credentials_expire_before_the_person_arrives_or_the_client_returns() {
    let mut world = World::new();
    let app = App::new(&world);
    let lifetime = Lifetimes::default().temporary;

    let pending = app.begin(&mut world, callback());
    world.pass(lifetime);
    assert_eq!(app.authorize(&mut world, &pending).reason, Some(Reason::Link));

    let pending = app.begin(&mut world, callback());
    let exchange = app.come_back(&mut world, &pending).unwrap();
    world.pass(lifetime);
    assert_eq!(run(&mut world, exchange).unwrap_err(), StatusCode::UNAUTHORIZED);

    // One second earlier is early enough.
    let pending = app.begin(&mut world, callback());
    let exchange = app.come_back(&mut world, &pending).unwrap();
    world.pass(lifetime - Duration::from_secs(1));
    assert!(run(&mut world, exchange).is_ok());
}

#[test]
fn a_token_expires_when_it_was_given_out_to_expire() {
    let day = Duration::from_secs(86_400);
    let mut world = World::with(|config| config.lifetimes.token = Some(day), |_| {});
    let app = App::new(&world);
    let token = app.connect(&mut world);
    world.pass(day - Duration::from_secs(1));
    assert!(app.photo(&mut world, &token).is_ok());
    world.pass(Duration::from_secs(1));
    assert_eq!(app.photo(&mut world, &token), Err(Reason::Expired));
}

#[test]
fn a_revoked_token_is_refused_from_then_on() {
    let mut world = World::new();
    let app = App::new(&world);
    let (token, other) = (app.connect(&mut world), app.connect(&mut world));
    let family = app.photo(&mut world, &token).unwrap().family.unwrap();
    world.store.revoked.insert(family);
    assert_eq!(app.photo(&mut world, &token), Err(Reason::Revoked));
    assert!(app.photo(&mut world, &other).is_ok());
}

#[test]
fn a_request_that_travels_too_long_is_stale() {
    let mut world = World::new();
    let app = App::new(&world);
    let token = app.connect(&mut world);
    let request = app.photo_request(&mut world, &token);
    world.pass(Duration::from_secs(301));
    assert!(matches!(world.fetch_refused(&request), Reason::Timestamp { .. }));
    let request = app.photo_request(&mut world, &token);
    world.pass(Duration::from_secs(300));
    assert!(world.fetch(&request).is_ok());
}

#[test]
fn a_clock_that_goes_wrong_is_tolerated_within_the_window() {
    for (offset, accepted) in [(-301, false), (-300, true), (300, true), (301, false)] {
        let mut world = World::new();
        let app = App::with(&world, |config| config.clock_offset = offset);
        assert_eq!(run(&mut world, app.0.temporary_credentials(callback())).is_ok(), accepted, "{offset}");
    }
}

#[test]
fn no_signed_request_of_the_dance_is_good_twice() {
    let mut world = World::new();
    let app = App::new(&world);
    let mut temporary = app.0.temporary_credentials(callback());
    let first = temporary.request(world.moment()).unwrap().request;
    let pending = match temporary.response(world.send(&first).response, world.moment()).unwrap() {
        Progress::Done(pending) => pending,
        _ => panic!("not done"),
    };
    assert_eq!(world.send_refused(&first), Reason::NonceUsed);

    let mut exchange = app.come_back(&mut world, &pending).unwrap();
    let second = exchange.request(world.moment()).unwrap().request;
    let token = match exchange.response(world.send(&second).response, world.moment()).unwrap() {
        Progress::Done(token) => token,
        _ => panic!("not done"),
    };
    assert_eq!(world.send_refused(&second), Reason::TemporaryUsed);

    let third = app.photo_request(&mut world, &token);
    assert!(world.fetch(&third).is_ok());
    assert_eq!(world.fetch_refused(&third), Reason::NonceUsed);
    // None of it costs the honest client anything.
    assert!(app.photo(&mut world, &token).is_ok());
}

#[test]
fn a_tampered_callback_gets_no_token() {
    let mut world = World::new();
    let app = App::new(&world);
    let (mine, other) = (app.begin(&mut world, callback()), app.begin(&mut world, callback()));
    let reply = app.authorize(&mut world, &other);
    let foreign = location(&reply.response).unwrap();
    // Somebody else's callback, and the same with our token put in its place.
    assert_eq!(mine.callback(&app.0, &foreign.parse().unwrap()).unwrap_err(), CallbackError::TokenMismatch);
    let mixed = foreign.replace(other.token(), mine.token());
    let exchange = mine.callback(&app.0, &mixed.parse().unwrap()).unwrap();
    assert_eq!(run(&mut world, exchange).unwrap_err(), StatusCode::UNAUTHORIZED);
    // Our own is still good.
    let exchange = app.come_back(&mut world, &mine).unwrap();
    assert!(run(&mut world, exchange).is_ok());
}

#[test]
fn a_dance_may_begin_at_the_epoch() {
    let mut world = World::new();
    world.now = Timestamp::from_unix(1);
    let app = App::new(&world);
    let token = app.connect(&mut world);
    assert!(app.photo(&mut world, &token).is_ok());
}
