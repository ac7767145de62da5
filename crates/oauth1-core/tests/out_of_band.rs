//! Clients that say `oob`: those whose callback is established, and those of people who type a PIN.
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
use oauth1_core::server::{Callbacks, Client, Once, OutOfBandVerifier, Pin, Reason};
use support::{
    CALLBACK, Credentials, PHOTOS, Signer, World, credentials, location, other_client, printer, server_paths,
};

const PIN: Pin = Pin { digits: 6, tries: 3 };

fn world() -> World {
    World::with(|config| config.pin = Some(PIN), |_| {})
}

/// The PIN that the person is shown.
fn pin(world: &mut World, temporary: &Credentials) -> String {
    let shown = world.authorize(&temporary.token).response;
    let verifier = shown.extensions().get::<OutOfBandVerifier>().expect("a page with a PIN").0.clone();
    assert_eq!(shown.body(), verifier.expose());
    verifier.expose().to_owned()
}

/// Another PIN, the same for all that are wrong.
fn wrong(pin: &str) -> &'static str {
    if pin == "000000" { "000001" } else { "000000" }
}

fn attempt(world: &World, temporary: &Credentials, nonce: &str, pin: &str) -> Request<Bytes> {
    let signer = world.printer().nonce(nonce).token(temporary).with("oauth_verifier", pin);
    signer.post(&world.url(server_paths().token))
}

fn tries_taken(world: &World) -> usize {
    world.store.spent.keys().filter(|once| matches!(once, Once::Try(..))).count()
}

#[test]
fn a_client_with_an_established_callback_says_oob_and_is_called_back() {
    let mut world = world();
    world.store.register(Client { callbacks: Callbacks::Established(CALLBACK.into()), ..printer() });
    let temporary = world.temporary("oob");
    let reply = world.authorize(&temporary.token);
    assert!(location(&reply.response).unwrap().starts_with(&format!("{CALLBACK}&oauth_token=")));
    assert_eq!(world.asked.clone().unwrap().return_host.as_deref(), Some("printer.example.com"));
    // A browser carries any verifier, so it is a long one.
    let verifier = support::query_of(&location(&reply.response).unwrap(), "oauth_verifier").unwrap();
    assert_eq!(verifier.len(), 22);
    credentials(&world.send(&world.token_request(&temporary, &verifier)));
    // Any other callback is refused, also one that was established when the dance began.
    let url = world.url(server_paths().temporary);
    let other = world.printer().nonce("2").with("oauth_callback", "https://evil.example/").post(&url);
    assert_eq!(world.send_refused(&other), Reason::Callback);
    let temporary = world.temporary_with_nonce("oob", "3");
    let moved = Callbacks::Established("https://printer.example.com/new".into());
    world.store.register(Client { callbacks: moved, ..printer() });
    assert_eq!(world.authorize(&temporary.token).reason, Some(Reason::ClientChanged));
}

#[test]
fn a_pin_is_shown_typed_and_good_for_a_token() {
    let mut world = world();
    let temporary = world.temporary("oob");
    let pin = pin(&mut world, &temporary);
    assert!(pin.len() == 6 && pin.bytes().all(|byte| byte.is_ascii_digit()));
    // As it stands on the page, in two groups.
    let request = attempt(&world, &temporary, "1", &format!("{} {}", &pin[..3], &pin[3..]));
    let token = credentials(&world.send(&request));
    assert!(world.fetch(&world.printer().token(&token).get(PHOTOS)).is_ok());
    assert_eq!(world.send_refused(&request), Reason::TemporaryUsed);
    // Where the person is sent back nothing is typed.
    world.pass(Duration::from_secs(1));
    let temporary = world.temporary(CALLBACK);
    assert_eq!(world.verifier(&temporary.token).len(), 22);
}

#[test]
fn o08_wrong_pins_are_counted_and_the_last_uses_up_the_temporary_credentials() {
    let mut world = world();
    let temporary = world.temporary("oob");
    let pin = pin(&mut world, &temporary);
    for (nonce, reason) in [("1", Reason::Verifier), ("2", Reason::Verifier), ("3", Reason::LastTry)] {
        let refused = world.send(&attempt(&world, &temporary, nonce, wrong(&pin)));
        assert_eq!(refused.reason, Some(reason));
        assert_eq!(refused.response.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(world.send_refused(&attempt(&world, &temporary, "4", &pin)), Reason::TemporaryUsed);
    assert!(world.store.tokens.is_empty());
}

#[test]
fn o08_a_person_may_mistype_a_pin() {
    let mut world = world();
    let temporary = world.temporary("oob");
    let pin = pin(&mut world, &temporary);
    for nonce in ["1", "2"] {
        assert_eq!(world.send_refused(&attempt(&world, &temporary, nonce, wrong(&pin))), Reason::Verifier);
    }
    credentials(&world.send(&attempt(&world, &temporary, "3", &pin)));
}

#[test]
fn o08_only_signed_requests_of_the_owner_take_a_try_and_each_but_one() {
    let mut world = world();
    world.store.register(other_client());
    let temporary = world.temporary("oob");
    // Before anybody has been shown a PIN there is none to guess.
    assert_eq!(world.send_refused(&attempt(&world, &temporary, "0", "000000")), Reason::NotApproved);
    let pin = pin(&mut world, &temporary);
    let forged = Credentials { secret: "guess".into(), ..temporary.clone() };
    let other = Signer::new("other", "other secret", world.now).token(&temporary);
    let other = other.with("oauth_verifier", wrong(&pin)).post(&world.url(server_paths().token));
    assert_eq!(world.send_refused(&attempt(&world, &forged, "1", wrong(&pin))), Reason::Signature);
    assert_eq!(world.send_refused(&other), Reason::OtherClient);
    assert_eq!(tries_taken(&world), 0);
    // A try that was overheard and sent again takes none.
    let request = attempt(&world, &temporary, "1", wrong(&pin));
    assert_eq!(world.send_refused(&request), Reason::Verifier);
    for _ in 0..5 {
        assert_eq!(world.send_refused(&request), Reason::NonceOrTemporaryUsed);
    }
    assert_eq!(tries_taken(&world), 1);
    credentials(&world.send(&attempt(&world, &temporary, "2", &pin)));
}

/// All facts are loaded before anything is written: whoever counts before that looks at every guess.
#[test]
fn o08_of_many_pins_tried_at_the_same_time_no_more_are_looked_at_than_may_be_tried() {
    for right_at in [2, 3, 7] {
        let mut world = world();
        let temporary = world.temporary("oob");
        let pin = pin(&mut world, &temporary);
        let attempts: Vec<_> = (0..8)
            .map(|number| {
                let guess = if number == right_at { &pin } else { wrong(&pin) };
                attempt(&world, &temporary, &number.to_string(), guess)
            })
            .collect();
        let replies = world.send_at_the_same_time(&attempts);
        let reasons: Vec<_> = replies.into_iter().map(|reply| reply.reason).collect();
        let used = Some(Reason::NonceOrTemporaryUsed);
        let third = if right_at == 2 { None } else { Some(Reason::LastTry) };
        assert_eq!(reasons[..3], [Some(Reason::Verifier), Some(Reason::Verifier), third]);
        assert!(reasons[3..].iter().all(|reason| *reason == used), "{reasons:?}");
        assert_eq!(world.store.tokens.len(), usize::from(right_at == 2));
    }
}

#[test]
fn z06_a_pin_is_stored_as_a_digest() {
    let mut world = world();
    let temporary = world.temporary("oob");
    let pin = pin(&mut world, &temporary);
    let approval = world.store.approvals.values().next().unwrap();
    assert_eq!(approval.tries, Some(3));
    let row = serde_json::to_string(approval).unwrap();
    assert!(!row.contains(&pin), "{row}");
}
